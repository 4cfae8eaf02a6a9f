"""A batch of men: screened by the protocol's own criteria on noisy results, and sent through every arm.

A batch depends on the trial and on the numbers of its men alone, so batches can be made anywhere, in any
order, and a trial is the same to the byte for any number of workers.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from scipy.special import ndtri

from leydig import checks
from leydig.analytes import of_panel
from leydig.assessment.assess import assess
from leydig.assessment.finding import Assessment, Verdict
from leydig.drug import Drug
from leydig.drugs import drugs_of
from leydig.errors import BadTrial
from leydig.man import Man, population
from leydig.man.drug_variability import sample_drug_variability, take_drugs
from leydig.man.man import MEASURABLE
from leydig.man.uncertainty import Draws, drugs_of_draws, men_of_draws, shipped_draws
from leydig.protocol.reader import read_protocol
from leydig.record.quantity import QUANTITIES, QuantityKind
from leydig.record.record import Record, Result
from leydig.regimen import Regimen
from leydig.trial.conduct.arm import ArmCourse, run_arm
from leydig.trial.conduct.laboratory import laboratory_results, uniforms
from leydig.trial.design.design import Trial, TrialArm

__all__ = ["EnrolledBatch", "enroll_batch", "screening_record", "trial_men"]

SCREENING = (-35, -7)  # days of the two screening visits
YES = ("consent", "wants_pregnancy")
UNREMARKABLE = (  # of every virtual man; assumed
    ("prolactin", 8.0, "ng/mL"), ("psa", 1.0, "ng/mL"), ("t_score", 0.0, "1"), ("tsh", 2.0, "mIU/L"),
    ("alt", 25.0, "U/L"),
)  # fmt: skip
ANALYTES_READ = tuple(MEASURABLE)
DEVIATES = (*ANALYTES_READ, "abstinence")  # of one visit
TWICE = of_panel("screening")


@dataclass(frozen=True)
class EnrolledBatch:
    """What one batch left behind.

    Attributes
    ----------
    first, screened : int
        Number of the first man, and how many were screened.
    excluded : dict of int to str
        Why each man who was not enrolled was not, by number.
    arms : dict of str to ArmMen
        Empty when nobody was enrolled.
    """

    first: int
    screened: int
    excluded: dict[int, str]
    arms: dict[str, ArmCourse]


def enroll_batch(trial: Trial, first: int, count: int, cores: int | None = None) -> EnrolledBatch:
    """Screen men by number and send the enrolled ones through every arm.

    Parameters
    ----------
    trial : Trial
    first, count : int
        Number of the first man, and how many are screened.
    cores : int, optional
        Every core when left out.
    """
    men = trial_men(trial, first, count)
    records = [screening_record(trial, men, place, first + place) for place in range(count)]
    plan = read_protocol(trial.enrolled_by, trial.region)
    found = [assess(record, plan, on=trial.start) for record in records]
    inside = np.array([place for place, one in enumerate(found) if one.verdict == Verdict.CANDIDATE], dtype=int)
    excluded = {first + place: _reason(one) for place, one in enumerate(found) if one.verdict != Verdict.CANDIDATE}
    arms = {}
    for arm in trial.arms if len(inside) else ():
        drugs = arm_drugs(trial, arm, first, count, inside)
        arms[arm.name] = run_arm(
            trial, arm, (first + inside).tolist(), men.take(inside), drugs,
            [records[place] for place in inside], [found[place] for place in inside], cores,
        )  # fmt: skip
    return EnrolledBatch(first, count, excluded, arms)


def trial_men(trial: Trial, first: int, count: int) -> Man:
    """Return the men of a trial by number."""
    men = population(count, trial.seed, kind=trial.kind, age=trial.age, bmi=trial.bmi, first=first)
    return men_of_draws(men, {}, *_draw(trial, count))[0] if trial.draw else men


def _draw(trial: Trial, count: int) -> tuple[Draws, Int[np.ndarray, " man"]]:
    """Return the posterior draws, and which of them each man lives under."""
    draws = shipped_draws()
    checks.whole_number(trial.draw, "draw", (1, draws.count), error=BadTrial)
    return draws, np.full(count, trial.draw - 1)


def arm_drugs(trial: Trial, arm: TrialArm, first: int, count: int, which: Int[np.ndarray, " man"]) -> dict[str, Drug]:
    """Return every drug that an arm may give, as each of these men handles it."""
    names = (
        list(read_protocol(arm.protocol, trial.region).components) if arm.protocol else list(Regimen(arm.regimen).drugs)
    )
    spread = sample_drug_variability(drugs_of(names), count, trial.seed, first=first)
    return take_drugs(drugs_of_draws(spread, *_draw(trial, count)) if trial.draw else spread, which)


def screening_record(trial: Trial, men: Man, place: int, number: int) -> Record:
    """Return what is known of a man before he is enrolled: two mornings of blood and semen, questions answered.

    Parameters
    ----------
    trial : Trial
    men : Man
        With a leading axis.
    place, number : int
        His place in `men`, and his number in the population.
    """
    results = [
        Result("age", float(np.floor(men.age[place])), trial.date(SCREENING[0]), "year"),
        Result("bmi", float(f"{men.bmi[place]:.3g}"), trial.date(SCREENING[0]), "kg/m2"),
        *(
            Result(name, name in YES, trial.date(SCREENING[1]))
            for name, one in QUANTITIES.items()
            if one.kind == QuantityKind.FACT
        ),
        *(
            Result(name, "normal", trial.date(SCREENING[1]))
            for name, one in QUANTITIES.items()
            if one.kind == QuantityKind.WORK_UP
        ),
        *(Result(name, value, trial.date(SCREENING[1]), unit) for name, value, unit in UNREMARKABLE),
    ]
    true = {name: float(np.asarray(getattr(men.baseline, MEASURABLE[name]))[place]) for name in ANALYTES_READ}
    for visit, day in enumerate(SCREENING):
        drawn = ndtri(uniforms(trial.seed, "screening", number, len(DEVIATES), visit))
        noise = dict(zip(DEVIATES, drawn, strict=True))
        results += laboratory_results(ANALYTES_READ if visit else TWICE, true, noise, trial.date(day))
    return Record("male", None, tuple(results), id=str(number))


def _reason(one: Assessment) -> str:
    """Return in words why a man was not enrolled."""
    if one.is_refused:
        return "readings contradict each other"
    if one.verdict == Verdict.POSSIBLE:
        return "something is unknown"
    return one.reasons[0].title if one.reasons[0].rule else "no indication is met"
