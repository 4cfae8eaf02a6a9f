"""Adverse events by grade: the worst that each man's own results showed after the first day.

Joint pain is graded by CTCAE (grade 1 mild, 2 moderate, 3 severe), as the record carries it. Hematocrit and estradiol
have no grade of CTCAE; they are counted past the limits at which the protocols warn and at which they hold. The model
has no liver: no liver enzyme is measured in a virtual man, so none is reported.
"""

from collections.abc import Sequence

from leydig.record.record import Record, Result
from leydig.trial.design.design import Trial

__all__ = ["EVENTS", "worst_events"]

EVENTS = {
    "joint_pain": ("grade 1", "grade 2", "grade 3"),
    "hematocrit": ("above 50 %", "above 54 %"),
    "estradiol": ("below 20 pg/mL", "below 10 pg/mL"),
}
_LIMITS = {"joint_pain": ("1", (1.0, 2.0, 3.0)), "hematocrit": ("%", (50.0, 54.0)),
           "estradiol": ("pg/mL", (20.0, 10.0))}  # fmt: skip


def worst_events(trial: Trial, record: Record) -> tuple[tuple[str, int], ...]:
    """Return what a man had after the first day, each at its worst: place in `EVENTS`, counted from 1.

    Parameters
    ----------
    trial : Trial
    record : Record
        As it stands at the end.
    """
    found = []
    for name in EVENTS:
        worst = max((_grade(name, one) for one in _results_after_start(trial, record.of(name))), default=0)
        if worst:
            found.append((name, worst))
    return tuple(found)


def _results_after_start(trial: Trial, results: Sequence[Result]) -> list[Result]:
    return [one for one in results if one.date > trial.start]


def _grade(name: str, one: Result) -> int:
    """Return how many limits of an event a result has passed."""
    unit, limits = _LIMITS[name]
    if name == "joint_pain":
        return sum(one.standard_value >= limit for limit in limits)
    value = one.value_in(unit)
    if name == "hematocrit":
        return sum(value > limit for limit in limits)
    return sum(value < limit or (one.comparator == "<" and value <= limit) for limit in limits)
