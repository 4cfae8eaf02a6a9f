"""The twin: draws of a man whose levels, constants and drug handling go with all that was measured of him."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from leydig.analytes import ANALYTES, of_panel
from leydig.checks import plain_number
from leydig.drug import Drug
from leydig.drugs import drugs_of
from leydig.inference.contraction import Contraction, contractions
from leydig.inference.decision.next_lab import next_lab
from leydig.inference.forecast import Forecast, ForecastLevel
from leydig.inference.forward import TrueLevels, levels_at, levels_of_branches
from leydig.inference.prior import Prior
from leydig.inference.prior_men import PriorMen
from leydig.inference.results.adherence import Adherence
from leydig.inference.results.history import History
from leydig.inference.results.laboratory import LaboratoryBias
from leydig.inference.results.likelihood import Likelihood
from leydig.inference.trust.misfit import Misfit, ResultCheck
from leydig.inference.trust.trust import Trust, judge_coverage, judge_regimen
from leydig.man import Man
from leydig.man.drug_variability import sample_drug_variability
from leydig.man.sample import noise_of
from leydig.man.uncertainty import drugs_of_draws
from leydig.moments import output_times
from leydig.regimen import Regimen
from leydig.regimen.regimen import regimen_of
from leydig.streams import stream

__all__ = ["FitQuality", "Twin"]

PANEL = "score"  # the levels for whose course on treatment the evidence has goals


@dataclass(frozen=True)
class FitQuality:
    """How the draws were made and how good they are.

    Attributes
    ----------
    method : str
        ``"prior"`` where nothing was measured, ``"weighted"`` or ``"tempered"``.
    pareto_k : float
        Shape of the tail of the first weights.
    effective : float
        How many equal draws they were worth.
    solved, failed : int
        Men who were solved, and of them those who could not be: they count for nothing.
    """

    method: str
    pareto_k: float
    effective: float
    solved: int
    failed: int


@dataclass(frozen=True, repr=False)
class Twin:
    """A posterior over men, from the dated results of one.

    Attributes
    ----------
    prior : Prior
        Of his kind, age and BMI.
    history : History
        What the fit read of the record.
    places : Float[np.ndarray, "draw coordinate"]
        Equal draws of the posterior, in the coordinates of `leydig.inference.prior`.
    men : PriorMen
        The men there, with their drugs and the share of their doses that they take, where their results left them.
    levels : Float[np.ndarray, "draw measurement"]
        Their true levels, one column for each result, as its own assay reads it.
    quality : FitQuality
    misfit : Misfit
        Whether his results are those of his kind.
    trust : Trust
        Whether the twin is to be trusted, and the reasons against it.
    seed : int
    """

    prior: Prior
    history: History
    places: Float[np.ndarray, "draw coordinate"]
    men: PriorMen
    levels: Float[np.ndarray, "draw measurement"]
    quality: FitQuality
    misfit: Misfit
    trust: Trust
    seed: int

    @property
    def man(self) -> Man:
        """The draws, as men with a leading axis."""
        return self.men.man

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return len(self.places)

    @property
    def predictive(self) -> tuple[ResultCheck, ...]:
        """For each result whether it was to be expected, given his kind and all his other results."""
        return self.misfit.results

    @cached_property
    def informed(self) -> tuple[Contraction, ...]:
        """What his results taught: the share of the prior's variance that they took away, for every coordinate."""
        random = stream(self.seed, "prior of a twin")
        return contractions(self.prior, self.places, self.men, self.quality.effective, random)

    def __repr__(self) -> str:
        results = f"{self.draws} draws from {len(self.history.measurements)} results"
        return f"Twin({self.prior.kind}: {results}, {self.quality.method}: {self.trust.verdict})"

    def record(self) -> dict[str, Any]:
        """Return verdict, quality and what was learned, ready for JSON."""
        quality, checks = self.quality, self.predictive
        return {
            "kind": self.prior.kind, "draws": self.draws, "estradiol_assay": str(self.history.estradiol_assay),
            "verdict": str(self.trust.verdict),
            "reasons": [one.text for one in self.trust.reasons], "p": self.misfit.p, "kinds": self.misfit.kinds,
            "method": quality.method,
            "pareto_k": quality.pareto_k if np.isfinite(quality.pareto_k) else None, "effective": quality.effective,
            "solved": quality.solved, "failed": quality.failed,
            "results": [{"name": one.measurement.analyte, "day": one.measurement.day, "z": one.z, "p": one.p}
                        for one in checks],
            "informed": [one.record() for one in self.informed],
        }  # fmt: skip

    def forecast(
        self, regimen: Regimen | str = "", weeks: float = 26.0, every: str = "4 weeks", adherence: float | None = None
    ) -> Forecast:
        """Return what is to be expected of a regimen from the last day of the record on.

        Parameters
        ----------
        regimen : Regimen or str, optional
            All that is given from then on; nothing when left out. What he took before ends that day.
        weeks : float, optional
        every : str, optional
            Distance of the days.
        adherence : float, optional
            Share of the doses that he will take; as he took them before when left out.

        Raises
        ------
        BadRegimen, UnknownName
            When the regimen cannot be read.
        OutOfRange
            When a number is impossible.
        """
        plan, ahead = regimen_of(regimen), output_times(weeks, None, every)
        share = None if adherence is None else plain_number(adherence, "adherence", (0.0, 1.0))
        return self.forecast_on(ahead, plan, adherence=share)

    def forecast_on(
        self, days: Float[np.ndarray, " time"], plan: Regimen, *, wait: float = 0.0, adherence: float | None = None
    ) -> Forecast:  # fmt: skip
        """Return what is to be expected of a regimen on some days; parameters as `levels_ahead`."""
        trust = self.trust + judge_regimen(plan) + judge_coverage(self.prior.kind, plan, self.history)
        found = self.levels_ahead(plan, days, of_panel(PANEL), wait=wait, adherence=adherence)
        levels = {name: self._level(name, days, values, trust.abstains) for name, values in found.values.items()}
        return Forecast(plan, trust, found.failed, self.history.estradiol_assay, levels)

    def levels_ahead(
        self,
        plan: Regimen,
        days: Float[np.ndarray, " time"],
        analytes: tuple[str, ...],
        *,
        wait: float = 0.0,
        adherence: float | None = None,
    ) -> TrueLevels:
        """Return the true levels of every draw on some days after the last one, in inside units.

        Estradiol, and T:E2, are those that the assay of his last results of it reads (`History.estradiol_assay`).

        Parameters
        ----------
        plan : Regimen
        days : Float[np.ndarray, " time"]
            From the last day of the record on, ascending.
        analytes : tuple of str
        wait : float, optional
            Days until the regimen takes the place of what he is given.
        adherence : float, optional
            Share of the regimen that he takes; as before when left out.
        """
        men, back = self._men_on(plan.drugs)
        taken = partial(_regimen_ahead, self.history, plan, adherence, wait)
        found = levels_at(men, taken, self.history.now + days, analytes, self.history.estradiol_assay)
        return TrueLevels(days, {name: values[back] for name, values in found.values.items()}, found.failed)

    def levels_of_options(
        self, options: Sequence[Regimen], days: Float[np.ndarray, " time"], analytes: tuple[str, ...], wait: float
    ) -> list[TrueLevels]:  # fmt: skip
        """Return `levels_ahead` of several regimens that all begin after the same wait; until then he is solved once.

        Parameters
        ----------
        options : sequence of Regimen
        days, analytes, wait
            As for `levels_ahead`; the last day after the wait.
        """
        branch = self.history.now + wait
        if not branch > 0.0:
            return [self.levels_ahead(one, days, analytes, wait=wait) for one in options]
        men, back = self._men_on(tuple(drug for one in options for drug in one.drugs))
        taken = [partial(_regimen_ahead, self.history, one, None, wait) for one in options]
        found = levels_of_branches(men, taken, branch, self.history.now + days, analytes, self.history.estradiol_assay)
        return [TrueLevels(days, {name: values[back] for name, values in one.values.items()}, one.failed)
                for one in found]  # fmt: skip

    def _men_on(self, names: tuple[str, ...]) -> tuple[PriorMen, Int[np.ndarray, " draw"]]:
        """Return the men of the draws with some drugs, each once, and which of them each draw is."""
        drugs = self._drugs_with(names)
        men = self.men.with_drugs(drugs, self._share_of_doses(names))
        once, back = self._distinct if men.taken is self.men.taken and drugs is self.men.drugs else (self._each,) * 2
        return men.take(once), back

    def thin(self, draws: int) -> "Twin":
        """Return the twin with fewer draws, evenly chosen; itself where it has no more."""
        if self.draws <= draws:
            return self
        which = np.linspace(0, self.draws - 1, draws).round().astype(int)
        return replace(self, places=self.places[which], men=self.men.take(which), levels=self.levels[which])

    next_lab = next_lab  # of this twin

    @property
    def _each(self) -> Int[np.ndarray, " draw"]:
        return np.arange(self.draws)

    @cached_property
    def _distinct(self) -> tuple[Int[np.ndarray, " man"], Int[np.ndarray, " draw"]]:
        """Return a draw of each man, and which of these men each draw is: weights draw a likely man more than once."""
        _, once, back = np.unique(self.places, axis=0, return_index=True, return_inverse=True)
        return once, back

    def _drugs_with(self, names: tuple[str, ...]) -> dict[str, Drug]:
        """Return his drugs, and those that are new to him as they differ between men."""
        new = {name: drug for name, drug in drugs_of(names).items() if name not in self.men.drugs}
        if not new:
            return self.men.drugs
        spread = sample_drug_variability(new, self.draws, self.seed)
        under = self.prior.shared_draws(self.places)
        return dict(sorted((self.men.drugs | drugs_of_draws(spread, under, np.arange(self.draws))).items()))

    def _share_of_doses(self, names: tuple[str, ...]) -> Float[np.ndarray, " draw"]:
        """Return the share of his doses that each draw takes; of a man who took none before, as men do."""
        if self.prior.drugs or not names:
            return self.men.taken
        return Adherence().share(stream(self.seed, "adherence").standard_normal(self.draws))

    def _level(
        self, name: str, days: Float[np.ndarray, " time"], values: Float[np.ndarray, "draw time"], abstains: bool
    ) -> ForecastLevel:  # fmt: skip
        """Return one analyte ahead, with what a laboratory would read."""
        entry, noise = ANALYTES[name], noise_of(name)
        random = stream(self.seed, f"result of {name}")
        bias, width = self.bias(name)
        apart = noise * random.standard_normal(values.shape) - 0.5 * noise**2
        shift = (bias + width * random.standard_normal(self.draws))[:, None]
        scale = np.nan if abstains else entry.factor_to(entry.us)
        return ForecastLevel(name, entry.us, days, values * scale, values * np.exp(apart + shift) * scale)

    def bias(self, name: str) -> tuple[Float[np.ndarray, " draw"], float]:
        """Return mean and standard deviation of the bias of the assay of his last result, for each draw."""
        block = Likelihood(self.history.measurements).blood.get(name)
        if block is None:
            return np.zeros(self.draws), float(LaboratoryBias().spread)
        mean, variance = block.bias_of_last(np.log(self.levels[:, block.columns]))
        return np.nan_to_num(mean), float(np.sqrt(max(variance, 0.0)))


def _regimen_ahead(history: History, plan: Regimen, share: float | None, wait: float, taken: float) -> Regimen:
    return history.followed_by(plan, taken, taken if share is None else share, wait)
