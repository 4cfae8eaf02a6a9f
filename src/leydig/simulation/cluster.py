"""A Dask cluster that is named: the one way in which long work reaches it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leydig.errors import OutOfRange
from leydig.extras import extra

if TYPE_CHECKING:
    from dask.distributed import Client

__all__ = ["SCHEME", "cluster_client", "cluster_name"]

SCHEME = "dask://"
PATIENCE = "10s"  # in which a scheduler answers


def cluster_name(text: str) -> str:
    """Return the name of a cluster as it is; empty for none.

    Raises
    ------
    OutOfRange
        When it is none.

    Examples
    --------
    >>> cluster_name("dask://10.0.0.7:8786")
    'dask://10.0.0.7:8786'
    """
    host, colon, port = text.removeprefix(SCHEME).rpartition(":")
    if text and not (text.startswith(SCHEME) and host and colon and port.isascii() and port.isdigit()):
        raise OutOfRange(f"got cluster {text[:60]!r}; expected dask://host:port of a Dask scheduler. Name it so.")
    return text


@contextmanager
def cluster_client(name: str) -> "Iterator[Client | None]":
    """Reach a cluster, and leave it at the end; what was asked of it and not read is given up then.

    Parameters
    ----------
    name : str
        ``dask://host:port``; None is given for an empty one.

    Raises
    ------
    OutOfRange
        When it is no name, or nobody answers there.
    """
    if not cluster_name(name):
        yield None
        return
    with extra("cluster"):
        from dask.distributed import Client

    try:
        client = Client(f"tcp://{name.removeprefix(SCHEME)}", set_as_default=False, timeout=PATIENCE)
    except OSError as error:
        raise OutOfRange(
            f"got {name}, where nobody answers; expected a Dask scheduler. Start it, or check it."
        ) from error
    with client:
        yield client
