"""Twins and forecasts that are kept while the process lives, so that a what-if answers at once."""

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

from leydig.assessment.finding import Assessment
from leydig.errors import LeydigError
from leydig.progress import Progress, no_progress
from leydig.protocol.protocol import Protocol
from leydig.record import Record
from leydig.service.bodies import USUAL_DRAWS, USUAL_KIND, USUAL_SEED
from leydig.service.clinic.day import assess_record
from leydig.service.clinic.record import record_hash

if TYPE_CHECKING:
    from leydig.inference.decision.next_lab import NextLab
    from leydig.inference.forecast import Forecast
    from leydig.inference.twin import Twin

__all__ = ["Shelf", "TwinShelf"]

TWINS, FORECASTS, ASSESSMENTS, TESTS = 16, 128, 1024, 64  # that are kept
V = TypeVar("V")


class Shelf(Generic[V]):
    """The last values by key; who asks for one that is being worked out waits for it."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._working: dict[Hashable, threading.Lock] = {}

    def find(self, key: Hashable, work: Callable[[], V]) -> V:
        """Return the value of a key, worked out where it is not there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            gate = self._working.setdefault(key, threading.Lock())
        with gate:
            with self._lock:
                if key in self._values:
                    return self._values[key]
            try:
                value = work()
                with self._lock:
                    self._values[key] = value
                    while len(self._values) > self._most:
                        self._values.popitem(last=False)
                return value
            finally:  # what is refused leaves no gate behind
                with self._lock:
                    self._working.pop(key, None)


class TwinShelf:
    """Twins by the hash of their record; what a record says changes its hash, and so its twin."""

    def __init__(self) -> None:
        self._twins: Shelf[Twin] = Shelf(TWINS)
        self._forecasts: Shelf[Forecast] = Shelf(FORECASTS)
        self._assessments: Shelf[tuple[Protocol, Assessment]] = Shelf(ASSESSMENTS)
        self._tests: Shelf[NextLab] = Shelf(TESTS)
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="twin")

    def assess(self, record: Record, protocol: str, region: str, on: str) -> tuple[Protocol, Assessment]:
        """Return a protocol and what it says of a record."""
        key = (record_hash(record), protocol, region, on or dt.date.today().isoformat())
        return self._assessments.find(key, lambda: assess_record(record, protocol, region, on))

    def prepare(self, record: Record) -> None:
        """Work out a twin in the background, one after the other; what is refused waits for who asks."""

        def work() -> None:
            with suppress(LeydigError):
                self.twin(record, USUAL_KIND, USUAL_DRAWS, USUAL_SEED)

        self._background.submit(work)

    def twin(
        self, record: Record, kind: str, draws: int, seed: int, watch: Progress = no_progress
    ) -> "Twin":  # fmt: skip
        """Return the twin of a record; as `leydig.inference.fit.fit`."""
        from leydig.inference.fit import fit

        key = (record_hash(record), kind, draws, seed)
        return self._twins.find(key, lambda: fit(record, kind=kind, draws=draws, seed=seed, watch=watch))

    def next_lab(self, record: Record, plan: Protocol) -> "NextLab":
        """Return which test a coming decision gains most from; as `leydig.inference.twin.Twin.next_lab`."""
        key = (record_hash(record), plan.name, plan.version, plan.region, repr(record.overrides))
        twin = self.twin(record, USUAL_KIND, USUAL_DRAWS, USUAL_SEED)
        return self._tests.find(key, lambda: twin.next_lab(plan))

    def forecast(
        self,
        record: Record,
        regimen: str,
        weeks: float,
        *,
        every: str = "1 week",
        kind: str = USUAL_KIND,
        draws: int = USUAL_DRAWS,
        seed: int = USUAL_SEED,
        watch: Progress = no_progress,
    ) -> "Forecast":
        """Return what a man's twin expects of a regimen; as `leydig.inference.twin.Twin.forecast`.

        What `watch` raises ends the work; who else waits for the same goes on with it.
        """
        from leydig.regimen.regimen import regimen_of

        plan = regimen_of(regimen)  # a text that cannot be read is refused before the twin is worked out
        key = (record_hash(record), kind, draws, seed, str(plan), weeks, every)
        twin = self.twin(record, kind, draws, seed, watch)
        watch("forecast", 0, 1)
        return self._forecasts.find(key, lambda: twin.forecast(plan, weeks, every))
