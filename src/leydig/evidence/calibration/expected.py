"""How far a calibration is as a whole, and how long it still takes: its stages, each with what it usually costs."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from leydig.evidence.calibration.calibration import REMEASUREMENTS, CalibrationSize
from leydig.evidence.calibration.posterior import free_parameters
from leydig.evidence.calibration.rivals import RIVALS
from leydig.evidence.calibration.sampling import CHECKED, EACH, ROUNDS, THINNED, WALKERS

__all__ = ["CalibrationClock", "StageCosts", "expected_seconds"]

SURE = 0.05  # share of the work from which on what it took says how long the rest takes
PERCENT = 100


@dataclass(frozen=True)
class StageCosts:
    """Processor time of one step of each stage [s], measured on two cores.

    Attributes
    ----------
    arm, start, apart, exact, step, end : float
        A virtual arm, an optimization, a measurement of what sets men apart, an exact prediction, a step of every
        walker, and what is left when all structures are sampled.
    """

    arm: float
    start: float
    apart: float
    exact: float
    step: float
    end: float


COSTS = {
    CalibrationSize.WHOLE: StageCosts(0.4, 60.0, 50.0, 0.025, 0.01, 20.0),
    CalibrationSize.REHEARSAL: StageCosts(3.0, 2.8, 1.2, 0.0012, 0.003, 1.5),
}


def expected_seconds(starts: int, steps: int, size: CalibrationSize) -> float:
    """Return how long a calibration usually takes [s], from what its stages cost."""
    return sum(_stages(starts, steps, size).values())


def _stages(starts: int, steps: int, size: CalibrationSize) -> dict[tuple[str, str], float]:
    """Return what each stage costs [s], by its name and the structure that it is of."""
    costs, held = COSTS[size], size.held_values
    found = {("virtual arms", ""): costs.arm * len(size.studies), ("end", ""): costs.end}
    for rival in RIVALS:
        count = len([one for one in free_parameters() if one.path not in {**held, **rival.held}])
        features = 1 + 2 * count + count * (count + 1) // 2
        kept = steps // THINNED + (ROUNDS - 1) * (max(steps // 4, 8) // THINNED)
        found |= {
            ("optimum", rival.name): costs.start * starts,
            ("men apart", rival.name): costs.apart * REMEASUREMENTS,
            ("exact", rival.name): costs.exact * ROUNDS * EACH * features,
            ("draws", rival.name): costs.step * THINNED * kept,
            ("weights", rival.name): costs.exact * min(CHECKED, steps * WALKERS),
        }
    return found


class CalibrationClock:
    """Watches a calibration, and tells how far all of it is.

    Parameters
    ----------
    tell : callable
        Told what is being done and how long all of it still takes, in words, and how many of 100 parts are done.
    starts, steps : int
    size : CalibrationSize
    now : callable, optional
        Gives the time [s].
    """

    def __init__(
        self,
        tell: Callable[[str, int, int], None],
        starts: int,
        steps: int,
        size: CalibrationSize,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell, self._now, self._begun = tell, now, now()
        self._costs = _stages(starts, steps, size)
        self._done = dict.fromkeys(self._costs, 0.0)
        self._names = [rival.name for rival in RIVALS]
        self._step = COSTS[size].step

    @property
    def share(self) -> float:
        """How much of the work is done."""
        return sum(self._done.values()) / sum(self._costs.values())

    def remaining_time(self) -> float:
        """Return how long it still takes [s]: as the costs say it at first, then as this machine says it."""
        share = self.share
        whole = sum(self._costs.values()) if share < SURE else (self._now() - self._begun) / share
        return max(whole * (1.0 - share), 0.0)

    def watch(self, what: str, count: int, total: int) -> None:
        """Note how far a stage is, as `leydig.evidence.calibration.calibration.calibrate` tells it."""
        stage, _, name = what.partition(", ")
        key = (stage, name)
        if key in self._costs:
            self._note(key, count, total)
        where = f"structure {self._names.index(name) + 1} of {len(self._names)}, " if name in self._names else ""
        self._tell(f"{where}{stage}; {_time_words(self.remaining_time())} left", round(PERCENT * self.share), PERCENT)

    def _note(self, key: tuple[str, str], count: int, total: int) -> None:
        """Note a stage; a walk that is taken again is not foreseen, and what was done stays done."""
        if key[0] == "draws":
            self._done[key] = min(self._done[key] + THINNED * self._step, self._costs[key])
        else:
            self._done[key] = max(self._done[key], self._costs[key] * count / max(total, 1))


def _time_words(seconds: float) -> str:
    minutes = round(seconds / 60.0)
    if minutes > 1:
        return f"about {minutes} minutes"
    return "about a minute" if minutes else "less than a minute"
