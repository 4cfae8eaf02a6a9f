"""Arms whose dose followed what was measured: every virtual man goes up by his own measurements.

At each visit one noisy measurement decides, as it did in the study. Who reads less than the goal is given the next rung
from that day on; nobody goes down. What each man was given is then a regimen like any other.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Int

from leydig.engine import Cohort
from leydig.evidence.study import Arm, Titration
from leydig.man.sample import noise_of
from leydig.regimen import Dose, Regimen
from leydig.streams import stream
from leydig.units import DAYS_PER_WEEK

__all__ = ["titrate"]

Steps = tuple[float, ...]  # the days on which a man went up


def titrate(cohort: Cohort, arm: Arm, until: float, people: Int[np.ndarray, " man"], seed: int) -> list[Regimen]:
    """March men through their visits and return what each of them was given.

    Parameters
    ----------
    cohort : Cohort
        At rest on day 0; it stands at the last visit afterwards.
    arm : Arm
        With a titration.
    until : float
        No visit is on this day or later [d].
    people : Int[np.ndarray, " man"]
        Who each of them is: the same man under two sets of constants is measured with the same noise.
    seed : int
        Of the noise.
    """
    rule = arm.titration
    assert rule is not None
    steps: list[Steps] = [()] * len(people)
    for day, spread in _visits(rule, arm.name, until, people, seed):
        regimens = _regimens(arm, rule, steps)
        read = cohort.advance(regimens, day).now(rule.analyte) * spread
        steps = [(*own, day) if low and len(own) < len(rule.rungs) else own
                 for own, low in zip(steps, read < rule.below, strict=True)]  # fmt: skip
    return _regimens(arm, rule, steps)


def _visits(
    rule: Titration, arm: str, until: float, people: Int[np.ndarray, " man"], seed: int
) -> Iterator[tuple[float, np.ndarray]]:
    """Yield the day of each visit, and by what each man's level is multiplied where it is measured."""
    random = stream(seed, f"titration|{arm}")
    every, noise = DAYS_PER_WEEK * rule.every, noise_of(rule.analyte)
    for number in range(1, int(np.ceil(until / every - 1e-9))):
        z = random.standard_normal(int(people.max()) + 1)[people]
        yield number * every, np.exp(noise * z - 0.5 * noise**2)


def _regimens(arm: Arm, rule: Titration, steps: list[Steps]) -> list[Regimen]:
    """Return the regimen of each man; who went up on the same days share one, so that they share a plan."""
    shared = {own: _titrated_regimen(arm, rule, own) for own in dict.fromkeys(steps)}
    return [shared[own] for own in steps]


def _titrated_regimen(arm: Arm, rule: Titration, steps: Steps) -> Regimen:
    """Return the arm's regimen until the first step, and each rung from its step to the next."""
    begins, ends = (0.0, *steps), (*steps, None)
    return Regimen(
        dose
        for given, begin, end in zip((arm.regimen, *rule.rungs), begins, ends, strict=False)
        for dose in _doses_between(given, begin, end)
    )


def _doses_between(given: Regimen, begin: float, end: float | None) -> Iterator[Dose]:
    """Yield the doses of a regimen that begins on a day and is stopped on another."""
    for dose in given.delay(begin).doses:
        if end is None or dose.start < end:
            yield dose if end is None or (dose.stop is not None and dose.stop <= end) else replace(dose, stop=end)
