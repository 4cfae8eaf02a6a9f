"""Turns: how many requests, and how many streams of events, an account has at a time in one process.

So nobody holds the others up, whatever he asks for: who asks for more waits, and is told so.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from leydig.service.problems import ServiceProblem

__all__ = ["MOST_REQUESTS", "MOST_STREAMS", "Turns"]

MOST_REQUESTS = 16  # of two browsers with six connections each, and a program
MOST_STREAMS = 20  # as many as jobs that one may have
SILENT = 5.0  # [s] after which a stream of which nothing is asked has ended
WAIT = 2  # [s] after which one may ask again
EventSource = Callable[[], tuple[dict[str, Any], bool]]


class Turns:
    """The turns of every account in one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._streams: dict[str, dict[object, float]] = {}

    @contextmanager
    def enter(self, account: str) -> Iterator[None]:
        """Count a request of an account while it is answered.

        Raises
        ------
        ServiceProblem
            Status 429, where too many of this account are.
        """
        with self._lock:
            if self._requests[account] >= MOST_REQUESTS:
                raise _problem(f"a request beside {MOST_REQUESTS} that are being answered")
            self._requests[account] += 1
        try:
            yield
        finally:
            with self._lock:
                self._requests[account] -= 1
                if not self._requests[account]:
                    del self._requests[account]

    def follow(self, account: str, ask: EventSource) -> EventSource:
        """Count a stream of an account as long as it is asked for what is new; raises as `enter`."""
        stream = object()

        def look() -> tuple[dict[str, Any], bool]:
            content, is_over = ask()
            self._note(account, stream, is_over)
            return content, is_over

        with self._lock:
            now = time.monotonic()
            there = {one: at for one, at in self._streams.get(account, {}).items() if now - at < SILENT}
            if len(there) >= MOST_STREAMS:
                raise _problem(f"a stream beside {MOST_STREAMS} that are open")
            self._streams[account] = there | {stream: now}
        return look

    def _note(self, account: str, stream: object, is_over: bool) -> None:
        with self._lock:
            if is_over:
                self._streams.get(account, {}).pop(stream, None)
            else:
                self._streams.setdefault(account, {})[stream] = time.monotonic()


def _problem(got: str) -> ServiceProblem:
    detail = f"got {got} of this account; expected fewer. Wait {WAIT} seconds and ask again."
    return ServiceProblem("TooManyRequests", 429, detail, wait=WAIT)
