"""Why the last results are not what was expected: noise, doses that were not taken, or another man.

The man's draws are those that go with all results before the last day. Under each cause the last results have a
density::

    noise        Σ_i w_i p(y | man i, as he takes his doses)
    adherence    Σ_i w_i p(y | man i, nothing taken since the results before)
    changed man  Σ_k p(y | man k of his kind, as one takes doses) / n        results of another, or an illness

and the share of a cause is its prior times its density, over the sum. ``y`` shares the bias of an assay with earlier
results, but for the last cause.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float
from scipy.special import logsumexp

from leydig.checks import seed_number, whole_number
from leydig.errors import BadRecord
from leydig.inference.fit import DRAWS, draw_posterior
from leydig.inference.forward import levels_of_results
from leydig.inference.prior import Prior
from leydig.inference.results.assay import title_by
from leydig.inference.results.history import History, Measurement, history_of
from leydig.inference.results.likelihood import Likelihood
from leydig.inference.sampling.ensemble import Ensemble
from leydig.inference.sampling.problem import Problem
from leydig.inference.sampling.weights import resample
from leydig.man.phenotypes import kind_of
from leydig.parameter import parameter
from leydig.record import Record
from leydig.regimen import Regimen
from leydig.streams import stream
from leydig.text_enum import TextEnum

__all__ = ["ExpectedResult", "Surprise", "SurpriseCause", "SurprisePrior", "attribute_surprise"]

READINGS = 4  # replicated results of each draw
BAND = (5.0, 95.0)
DAYS_NEEDED = 2


class SurpriseCause(TextEnum):
    """Why results may lie elsewhere than expected."""

    NOISE = "noise"
    ADHERENCE = "adherence"
    CHANGED_MAN = "changed man"


class SurprisePrior(eqx.Module):
    """How often results have each cause, before they are looked at."""

    adherence: Float[Array, ""] = parameter(
        0.05, "1", "share of visits before which nothing was taken since the last", within=(0.0, 0.5), basis="assumed",
        source="assumed: some of the men who take their doses stop without a word between two visits")  # fmt: skip
    changed: Float[Array, ""] = parameter(
        0.02, "1", "share of visits whose results are another man's, or his after an illness", within=(0.0, 0.5),
        basis="assumed", source="assumed: mistaken identity and new illness are rare")  # fmt: skip


@dataclass(frozen=True)
class ExpectedResult:
    """One of the last results beside what was expected.

    Attributes
    ----------
    measurement : Measurement
    low, median, high : float
        Of results that were to be expected, 90 % between low and high, in the clinic's unit.
    unit : str
    """

    measurement: Measurement
    low: float
    median: float
    high: float
    unit: str

    @property
    def name(self) -> str:
        """The analyte."""
        return self.measurement.analyte

    @property
    def title(self) -> str:
        """The analyte in words; an estradiol with the assay that read it, and as which the band is."""
        return title_by(self.measurement.by, self.measurement.analyte)

    @property
    def value(self) -> float:
        """What was read [`unit`]."""
        return self.measurement.value * self.measurement.entry.factor_to(self.unit)

    @property
    def is_outside(self) -> bool:
        """Whether the result lies outside the band."""
        return not self.low <= self.value <= self.high


@dataclass(frozen=True)
class Surprise:
    """The last results, what was expected of them, and why they differ.

    Attributes
    ----------
    day : float
        Of the last results, from the first day of the record on [d].
    results : tuple of ExpectedResult
    shares : dict of SurpriseCause to float
        Of each cause; they sum to 1.
    """

    day: float
    results: tuple[ExpectedResult, ...]
    shares: dict[SurpriseCause, float]

    @property
    def likeliest(self) -> SurpriseCause:
        """The cause with the greatest share."""
        return max(self.shares, key=lambda cause: self.shares[cause])

    def __str__(self) -> str:
        return "; ".join(f"{cause} {100 * share:.0f} %" for cause, share in self.shares.items())

    @property
    def is_surprise(self) -> bool:
        """Whether a result lies outside its band, or noise is not the likeliest cause."""
        return self.likeliest != SurpriseCause.NOISE or any(one.is_outside for one in self.results)

    def record(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "day": self.day, "surprise": self.is_surprise,
            "shares": {str(cause): share for cause, share in self.shares.items()},
            "results": [{"name": one.name, "title": one.title, "value": one.value, "unit": one.unit,
                         "low": one.low, "median": one.median, "high": one.high, "outside": one.is_outside}
                        for one in self.results],
        }  # fmt: skip


def attribute_surprise(record: Record, *, kind: str = "healthy", draws: int = 500, seed: int = 1) -> Surprise:
    """Return whether the last results were to be expected, and why not.

    Parameters
    ----------
    record : Record
        With blood results of at least two days.
    kind : str, optional
        The kind of men among whom he is looked for.
    draws : int, optional
    seed : int, optional

    Raises
    ------
    BadRecord
        When there are no exact results of blood on two days.
    UnknownName
        When there is no such kind.
    OutOfRange
        When a number is impossible.
    """
    draws, seed = whole_number(draws, "draws", DRAWS), seed_number(seed)
    kind_of(kind)
    history = history_of(record)
    blood = [one for one in history.measurements if one.entry.specimen == "blood"]
    days = sorted({one.day for one in blood})
    last = [one for one in blood if days and one.day == days[-1] and not one.comparator]
    if len(days) < DAYS_NEEDED or not last:
        raise BadRecord(f"got blood results of {len(days)} days; expected exact ones on two at least. Add results.")
    before = replace(history, measurements=tuple(one for one in blood if one.day < days[-1]))
    newest = tuple(one for one in blood if one.day == days[-1])
    own = replace(history, measurements=(*before.measurements, *newest))
    prior = Prior.for_drugs(kind, history.age, history.bmi, history.regimen.drugs, history.most_share)
    random = stream(seed, "surprise")
    known = Problem(prior, before)
    _, weighted, _ = draw_posterior(known, Ensemble.of_prior(known, random), draws, random)
    places = weighted.places[resample(weighted.weights, draws, random)]
    usual, others = _levels(prior, own, places), _levels(prior, own, random.standard_normal(places.shape))
    told = partial(_log_mean, Likelihood(own.measurements), Likelihood(before.measurements), len(before.measurements))
    logs = {SurpriseCause.NOISE: told(usual), SurpriseCause.CHANGED_MAN: _log_alone(last, own, others)}
    share, rule = {}, SurprisePrior()
    share[SurpriseCause.CHANGED_MAN] = float(rule.changed)
    if prior.drugs:
        none = _levels(prior, own, places, partial(_regimen_until, own, days[-2]))
        logs[SurpriseCause.ADHERENCE], share[SurpriseCause.ADHERENCE] = told(none), float(rule.adherence)
    share[SurpriseCause.NOISE] = 1.0 - sum(share.values())
    total = logsumexp([logs[cause] + np.log(share[cause]) for cause in logs])
    shares = {
        cause: float(np.exp(logs[cause] + np.log(share[cause]) - total)) for cause in SurpriseCause if cause in logs
    }
    return Surprise(days[-1], _expected_results(last, own, usual, random), shares)


def _levels(
    prior: Prior, history: History, places: Float[np.ndarray, "draw coordinate"],
    taken: Callable[[float], Regimen] | None = None,
) -> Float[np.ndarray, "draw measurement"]:  # fmt: skip
    """Return true levels on the days of the results, of men who take their share or what `taken` says."""
    if taken is None:
        return Problem(prior, history).levels(places)
    return levels_of_results(prior.men(places), taken, history.measurements)


def _regimen_until(history: History, day: float, share: float) -> Regimen:
    """Return what a man takes who takes nothing from a day on."""
    return replace(history, last_day=history.first_day).followed_by(Regimen(), share, 0.0, day)


def _log_mean(
    whole: Likelihood, earlier: Likelihood, count: int, levels: Float[np.ndarray, "draw measurement"]
) -> float:  # fmt: skip
    """Return the log density of the last results over equal draws, given each draw's earlier ones."""
    logs = whole.log_density(levels) - (earlier.log_density(levels[:, :count]) if count else 0.0)
    kept = logs[np.isfinite(logs)]
    return float(logsumexp(kept) - np.log(len(logs))) if len(kept) else -np.inf


def _log_alone(last: list[Measurement], history: History, levels: Float[np.ndarray, "draw measurement"]) -> float:
    """Return the log density of the last results alone, over men of the kind."""
    columns = [history.measurements.index(one) for one in last]
    logs = Likelihood(tuple(last)).log_density(levels[:, columns])
    kept = logs[np.isfinite(logs)]
    return float(logsumexp(kept) - np.log(len(logs))) if len(kept) else -np.inf


def _expected_results(
    last: list[Measurement], history: History, levels: Float[np.ndarray, "draw measurement"],
    random: np.random.Generator,
) -> tuple[ExpectedResult, ...]:  # fmt: skip
    """Return the last results beside the band of results that were to be expected of him."""
    columns = [history.measurements.index(one) for one in last]
    solved = levels[np.isfinite(levels).all(axis=1)]
    read = Likelihood(tuple(last)).simulate(np.repeat(solved[:, columns], READINGS, axis=0), random)
    found = []
    for one, logs in zip(last, read.T, strict=True):
        unit = one.entry.us
        low, middle, high = np.exp(np.percentile(logs, (BAND[0], 50.0, BAND[1]))) * one.entry.factor_to(unit)
        found.append(ExpectedResult(one, float(low), float(middle), float(high), unit))
    return tuple(found)
