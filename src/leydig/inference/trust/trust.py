"""Whether a twin is to be trusted, and why not.

A twin abstains where its answer could not be told from a guess: his results are not those of his kind, a result looks
like one in another unit, the draws do not represent the posterior, or no study covers the man or what he is given. It
cautions where something was left out. An abstention is an answer, not an error.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leydig.analytes import ANALYTES
from leydig.inference.results.history import History
from leydig.inference.sampling.problem import Problem, WeightedPlaces
from leydig.inference.sampling.tempering import FEWEST_ACCEPTED
from leydig.inference.sampling.weights import HEAVY_TAIL
from leydig.inference.trust.applicability import uncovered_man, uncovered_regimen
from leydig.inference.trust.coverage import SETTINGS, CoverageCell, doubtful_cells
from leydig.inference.trust.misfit import Misfit
from leydig.regimen import Regimen
from leydig.text_enum import TextEnum

__all__ = [
    "MISFIT",
    "Trust",
    "TrustReason",
    "TrustVerdict",
    "judge_coverage",
    "judge_draws",
    "judge_record",
    "judge_regimen",
]

MISFIT = 0.01  # share of men of his kind below which his results are not theirs
FITS = 0.05  # share of men of another kind from which it is offered
OFFERED = 3  # kinds at most
LEAST_TOLD = 0.001  # share of men that is told as a number
ASK = "ask the laboratory for the unit, and record it where it confirms the units"
UNLIKE, NAMED = 2.0, 3  # standard deviations from which a result is named as unlike his kind, and how many at most
BANDS = {"level": "the true level", "result": "the next result"}
NOTHING_AGAINST = "his results are like those of his kind, and studies cover him and what he is given"
FAILED = 0.05  # share of men who were not solved above which a fit is to be looked at


class TrustVerdict(TextEnum):
    """Whether an answer is given."""

    TRUST = "trust"
    CAUTION = "caution"
    ABSTAIN = "abstain"


@dataclass(frozen=True)
class TrustReason:
    """Why a twin cautions or abstains.

    Attributes
    ----------
    verdict : TrustVerdict
    text : str
    """

    verdict: TrustVerdict
    text: str


@dataclass(frozen=True)
class Trust:
    """Whether an answer is given, and the reasons against it.

    Attributes
    ----------
    reasons : tuple of TrustReason
    """

    reasons: tuple[TrustReason, ...] = ()

    @property
    def verdict(self) -> TrustVerdict:
        """The gravest of the reasons; trust where there is none."""
        came = {one.verdict for one in self.reasons}
        order = (TrustVerdict.ABSTAIN, TrustVerdict.CAUTION)
        return next((one for one in order if one in came), TrustVerdict.TRUST)

    @property
    def abstains(self) -> bool:
        """Whether no answer is given."""
        return self.verdict == TrustVerdict.ABSTAIN

    def __add__(self, other: "Trust") -> "Trust":
        """Return the reasons of both, the graver first."""
        both = dict.fromkeys((*self.reasons, *other.reasons))
        return Trust(tuple(sorted(both, key=lambda one: one.verdict != TrustVerdict.ABSTAIN)))

    def __str__(self) -> str:
        if not self.reasons:
            return f"{self.verdict}: {NOTHING_AGAINST}"
        return "\n".join([str(self.verdict), *(f"- {one.verdict}: {one.text}" for one in self.reasons)])


def judge_record(problem: Problem, misfit: Misfit) -> Trust:
    """Return whether his record lets a fit be trusted, before anything is drawn."""
    history = problem.history
    grave = [
        *_misfit(problem, misfit), *_units(misfit), *uncovered_man(history.age, history.bmi), *_past(history),
    ]  # fmt: skip
    slight = [*_questions(misfit), *_left_out(history)]
    return Trust(
        (*(TrustReason(TrustVerdict.ABSTAIN, text) for text in grave),
         *(TrustReason(TrustVerdict.CAUTION, text) for text in slight))
    )  # fmt: skip


def judge_draws(problem: Problem, draws: WeightedPlaces) -> Trust:
    """Return whether draws represent the posterior, and whether enough men were solved."""
    grave = (TrustReason(TrustVerdict.ABSTAIN, text) for text in _unrepresentative(draws))
    return Trust((*grave, *(TrustReason(TrustVerdict.CAUTION, text) for text in _failures(problem))))


def judge_regimen(regimen: Regimen) -> Trust:
    """Return whether what a regimen will do can be told."""
    return Trust(tuple(TrustReason(TrustVerdict.ABSTAIN, text) for text in uncovered_regimen(regimen)))


def judge_coverage(kind: str, regimen: Regimen, history: History) -> Trust:
    """Return which bands of a forecast are not to be trusted, because those of virtual men like him did not hold."""
    return Trust(tuple(
        TrustReason(TrustVerdict.CAUTION, _did_not_hold(cell))
        for cell in doubtful_cells(kind, regimen.drugs, history)
    ))  # fmt: skip


def _did_not_hold(cell: CoverageCell) -> str:
    kind, given = SETTINGS[cell.setting]
    return (
        f"the 90 % band of {BANDS[cell.of]} of {ANALYTES[cell.analyte].title} is not to be trusted: it held "
        f"{100 * cell.inside_90:.0f} % of {cell.men} virtual men ({kind}, {given}; known: {cell.results})"
    )


def _misfit(problem: Problem, misfit: Misfit) -> Iterator[str]:
    if misfit.p < MISFIT:
        yield (
            f"of 100 men of kind {problem.prior.kind} fewer than one has such results (p {_chance_text(misfit.p)})"
            f"{_unlike(misfit)}; {_kinds_that_fit(misfit)}a wrong unit, another man's result or something that "
            "he takes would explain them"
        )


def _unlike(misfit: Misfit) -> str:
    """Return in words which results lie farthest from what is expected of him, given the others."""
    far = sorted((one for one in misfit.results if abs(one.z) > UNLIKE), key=lambda one: -abs(one.z))
    said = ", ".join(
        f"{one.measurement.entry.title} {one.measurement.result} of {one.measurement.result.date} "
        f"({'higher' if one.z > 0.0 else 'lower'} than expected beside the others)"
        for one in far[:NAMED]
    )
    return f": above all {said}" if said else ""


def _chance_text(p: float) -> str:
    return f"= {p:.3f}" if p >= LEAST_TOLD else f"below {LEAST_TOLD}"


def _kinds_that_fit(misfit: Misfit) -> str:
    """Return in words which other kinds have such results, the likeliest first; else the nearest that may have them."""
    ranked = sorted(misfit.kinds, key=lambda kind: -misfit.kinds[kind])
    fitting = [kind for kind in ranked if misfit.kinds[kind] >= FITS][:OFFERED]
    nearest = [kind for kind in ranked[:1] if misfit.kinds[kind] >= MISFIT]
    said = " or ".join(f"kind {kind} (p = {misfit.kinds[kind]:.2f})" for kind in fitting or nearest)
    if not said:
        return "no kind that is known has them; "
    return f"{said}, " if fitting else f"no kind has them often, {said} at best; "


def _units(misfit: Misfit) -> Iterator[str]:
    for one in misfit.results:
        if one.other_unit:
            result = one.measurement.result
            yield (
                f"{one.measurement.entry.title} {result} of {result.date} is not to be expected of him, "
                f"{result.value:g} {one.other_unit} would be: a unit may have been mistaken, {ASK}"
            )


def _questions(misfit: Misfit) -> Iterator[str]:
    for one in misfit.results:
        if one.possible_unit:
            result = one.measurement.result
            yield (
                f"{one.measurement.entry.title} {result} of {result.date} could be {result.value:g} "
                f"{one.possible_unit} as well, and both would be his: {ASK}"
            )


def _unrepresentative(draws: WeightedPlaces) -> Iterator[str]:
    if not np.isnan(draws.acceptance):
        if draws.acceptance < FEWEST_ACCEPTED:
            yield "the posterior could not be drawn from: the tempered draws do not move"
    elif draws.pareto_k > HEAVY_TAIL:
        yield f"the draws do not represent the posterior (Pareto k {draws.pareto_k:.2f} above {HEAVY_TAIL})"


def _past(history: History) -> Iterator[str]:
    for dose in history.regimen.doses:
        yield from uncovered_regimen(Regimen([dose]))


def _failures(problem: Problem) -> Iterator[str]:
    count = problem.count
    if count.failed > FAILED * count.men:
        yield f"{count.failed} of {count.men} men could not be solved and count for nothing"


def _left_out(history: History) -> Iterator[str]:
    for why in history.unread:
        yield f"not read: {why}"
    for name in history.medicines:
        yield f"he takes {name}, which the model does not simulate"
