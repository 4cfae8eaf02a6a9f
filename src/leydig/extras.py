"""Optional libraries: what an extra of the package installs is imported inside ``with extra(...)``.

::

    with extra("plots"):
        from matplotlib.figure import Figure

Where the library is not installed, that is a `MissingExtra`: one line with the command that installs it. Before long
work whose result needs one, `require` looks for it without loading it.
"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

from leydig.errors import MissingExtra

__all__ = ["extra", "require"]


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Import libraries of one extra inside, such as ``plots``.

    Parameters
    ----------
    name : str
        A name of ``project.optional-dependencies`` in ``pyproject.toml``.

    Raises
    ------
    MissingExtra
        When one of the libraries is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise _missing_extra(name, (error.name or str(error)).partition(".")[0]) from error


def require(name: str, *libraries: str) -> None:
    """Refuse to begin where one of these libraries of an extra is not installed; none is loaded. Raises as `extra`."""
    for library in libraries:
        if importlib.util.find_spec(library) is None:
            raise _missing_extra(name, library)


def _missing_extra(name: str, library: str) -> MissingExtra:
    return MissingExtra(
        f'got no library {library!r} here; expected the extra {name!r}. Install it: pip install "leydig[{name}]"',
        name=library,
    )
