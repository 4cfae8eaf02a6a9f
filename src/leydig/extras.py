"""Optional libraries: what an extra of the package installs is imported inside ``with extra(...)``.

::

    with extra("plots"):
        from matplotlib.figure import Figure

Where the library is not installed, that is a `MissingExtra`: one line with the command that installs it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from leydig.errors import MissingExtra

__all__ = ["extra"]


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
        library = (error.name or str(error)).partition(".")[0]
        raise MissingExtra(
            f'got no library {library!r} here; expected the extra {name!r}. Install it: pip install "leydig[{name}]"',
            name=library,
        ) from error
