"""The server: uvicorn as this service runs it, by which TLS, with how much patience, and what it writes of errors.

A connection on which the head of a request does not come is closed; a body has its own limit (`http.limits`).
Of an error of the program its kind and its places are written to standard error, never its words: they may hold what
somebody asked.
"""

import logging
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType

from leydig.extras import extra
from leydig.service.error_places import error_places

with extra("web"):
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol
    from uvicorn.server import ServerState

__all__ = ["PlainErrors", "server_settings"]

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; those of 1.3 are all of this kind
PATIENCE = 20.0  # [s] for which the head of a request is waited for
END = 5  # [s] in which requests that are being answered come to their end


class PlainErrors(logging.Formatter):
    """Writes of an error its kind and its places."""

    def formatException(  # noqa: N802
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Return an error in lines."""
        return error_places(ei[1])


_LOGGING: dict[str, object] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": PlainErrors, "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"plain": {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stderr"}},
    "loggers": {"uvicorn": {"handlers": ["plain"], "propagate": False}},
}


class _Patient(H11Protocol):
    """Waits for the head of a request so long and no longer, whether or not letters of it come."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._since = self.loop.time()
        self.loop.call_later(PATIENCE / 4.0, self._look)

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._since = self.loop.time()
        super().on_response_complete()

    def _look(self) -> None:
        is_waiting = self.cycle is None or self.cycle.response_complete
        if is_waiting and self.loop.time() - self._since >= PATIENCE:
            self.transport.close()
        elif not self.transport.is_closing():
            self.loop.call_later(PATIENCE / 4.0, self._look)


def server_settings(
    app: Callable[..., Awaitable[None]], certificate: Path | None = None, key: Path | None = None
) -> uvicorn.Config:
    """Return how uvicorn runs an application.

    Parameters
    ----------
    app : callable
        An ASGI application.
    certificate, key : Path, optional
        For HTTPS.
    """
    return uvicorn.Config(
        app, http=_Patient, ws="none", log_config=_LOGGING, log_level="warning", access_log=False, server_header=False,
        proxy_headers=False, ssl_certfile=certificate, ssl_keyfile=key, ssl_ciphers=CIPHERS, lifespan="off",
        timeout_graceful_shutdown=END,
    )  # fmt: skip
