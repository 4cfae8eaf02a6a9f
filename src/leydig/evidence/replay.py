"""Replay: virtual men like those of an arm go through its regimen, and the published values are predicted.

What an arm of ``n`` men would have shown is drawn again and again: ``n`` of the virtual men, one posterior
draw of the fitted parameters, one effect of study and assay (as wide as the calibration found them), one
noisy measurement before and one after. The prediction is that of all virtual men at the declared
parameters; its 90 % interval is that of the draws. A level is compared through the arm's own published
baseline where there is one; without it the level itself is predicted, less surely.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any

import jax
import numpy as np
from jaxtyping import Float, Int

from leydig.analytes import ANALYTES
from leydig.checks import seed_number, whole_number
from leydig.drugs import drugs_of
from leydig.engine import Cohort
from leydig.evidence.calibration.posterior import BACKGROUND, FLOOR, FLOOR_SPREAD
from leydig.evidence.calibration.predictions import TOLERANCE
from leydig.evidence.noise import Noise, level_noise, on_scale, share_noise, whole_share
from leydig.evidence.reading.pregnancies import pregnancy_shares
from leydig.evidence.reading.scatter import (
    carry_effect,
    even_normals,
    level_spread,
    own_scale,
    read_levels,
    study_spread,
)
from leydig.evidence.study import SEMEN, UNKNOWN_MEN, Arm, Form, Observation, Study
from leydig.evidence.titration import titrate
from leydig.evidence.virtual_arm import VirtualArm, chance_to_fulfil, fulfils_criterion, virtual_arm
from leydig.man.drug_variability import sample_drug_variability, take_drugs
from leydig.man.sample import TRACE, noise_of
from leydig.man.uncertainty import Draws, men_of_draws, shipped_draws
from leydig.regimen import Regimen
from leydig.streams import stream
from leydig.ticks import days_of, even_times, tick_of, ticks_of
from leydig.trial.conduct.conception import Fecundability

__all__ = ["Prediction", "prediction_of", "replay"]

MEN = 160  # virtual men of an arm
PAIRED = 6  # of them, who are solved again under every draw
DRAWS = 20
REPLICATES = 4000  # so that a twentieth of them is two hundred: of 400 arms, ends moved by a tenth of the interval
MOST_DRAWN = 1000  # of the men of an arm: what more would steady is far below the effects of studies
TAIL = 0.05  # left out on each side of the interval

Men = Float[np.ndarray, "*replicate man"]  # a level of each man, of one arm or of many
Replicates = Float[np.ndarray, " replicate"]
OfMen = Callable[[Men, Men], Float[np.ndarray, "*replicate"]]  # a statistic of levels after and before


@dataclass(frozen=True)
class Prediction:
    """One published value beside its prediction.

    Attributes
    ----------
    study, arm, analyte, role, form, unit : str
        A ratio has no unit; a change in percent is shown as the ratio that it is.
    week : float
    observed, predicted, low, high : float
        Published value, prediction, and 90 % interval of what an arm of this size would show; of a published share,
        that of the whole men from whom it was rounded (55.9 % of 34 men are 19).
    failed : int
        Virtual men who were not solved and are left out.
    regression : float or None
        Of an uncontrolled value of semen: what the ratio to baseline would be without treatment.
    men : int
        Men of the arm.
    untreated : float or None
        What the value would be if nothing had changed.
    noise : Noise or None
        By how much a published value of these men scatters about the truth.
    replicates : Float[np.ndarray, " replicate"] or None
        What arms of this size would show: the interval is of these.
    """

    study: str
    arm: str
    analyte: str
    role: str
    form: str
    unit: str
    week: float
    observed: float
    predicted: float
    low: float
    high: float
    failed: int = 0
    regression: float | None = None
    men: int = UNKNOWN_MEN
    untreated: float | None = None
    noise: Noise | None = None
    replicates: Float[np.ndarray, " replicate"] | None = field(default=None, repr=False, compare=False)

    @property
    def is_covered(self) -> bool:
        """Whether the published value lies in the interval."""
        return bool(self.low <= self.observed <= self.high)

    @property
    def log_ratio(self) -> float | None:
        """Logarithm of predicted over observed; None where one of them is 0."""
        if self.observed <= 0.0 or self.predicted <= 0.0:
            return None
        return float(np.log(self.predicted / self.observed))

    def on_scale(self, value: float | Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return a value of this value on the scale on which it is compared: logarithm, or logit of a share."""
        return on_scale(value, self.form, self.men)

    @property
    def standardized_residual(self) -> float | None:
        """Published minus predicted, in standard deviations of the noise; None where it is not known."""
        if self.noise is None or not np.isfinite(self.predicted):
            return None
        return float((self.on_scale(self.observed) - self.on_scale(self.predicted)) / self.noise.total)

    def record(self) -> dict[str, Any]:
        """Return the value as plain numbers and texts."""
        first = ("study", "arm", "analyte", "week", "observed", "predicted", "low", "high")
        found: dict[str, Any] = {name: getattr(self, name) for name in first}
        found |= {"inside": self.is_covered, "log_ratio": self.log_ratio, "role": self.role}
        found |= {"form": self.form, "unit": self.unit, "failed": self.failed}
        found |= {"untreated": self.untreated, "noise": self.noise.total if self.noise else None}
        found["standardized"] = self.standardized_residual
        if self.regression is not None:
            found["regression_to_the_mean"] = self.regression
        return found


def prediction_of(record: Mapping[str, Any]) -> Prediction:
    """Return a value beside its prediction as `Prediction.record` wrote it, without noise and replicates."""
    study, arm, analyte, role, form, unit = (
        str(record[key]) for key in ("study", "arm", "analyte", "role", "form", "unit")
    )
    week, observed, predicted, low, high = (
        np.nan if record[key] is None else float(record[key])
        for key in ("week", "observed", "predicted", "low", "high")
    )
    return Prediction(
        study, arm, analyte, role, form, unit, week, observed, predicted, low, high, record["failed"],
        record.get("regression_to_the_mean"), untreated=record["untreated"],
    )  # fmt: skip


def replay(study: Study, draws: Draws | None = None, seed: int = 1, cores: int | None = None) -> list[Prediction]:
    """Return every value of a study beside its prediction.

    Parameters
    ----------
    study : Study
    draws : Draws, optional
        Posterior draws; the shipped ones when left out.
    seed : int, optional
        Another seed draws other men.
    cores : int, optional
        Every core when left out.
    """
    seed, cores = seed_number(seed), None if cores is None else whole_number(cores, "cores")
    drawn = draws if draws is not None else shipped_draws()
    arms = {arm.name: _Course(study, arm, drawn, seed, cores) for arm in study.arms}
    return [_predict(study, arms, arm, one, drawn, seed) for arm in study.arms for one in arm.observed]


class _Course:
    """The virtual men of one arm, solved at its moments."""

    def __init__(self, study: Study, arm: Arm, draws: Draws, seed: int, cores: int | None) -> None:
        self.arm = arm
        self.matched: VirtualArm = virtual_arm(arm, MEN, seed)
        count = self.matched.men.count or 0
        moments = {7.0 * week for other in study.arms for one in other.observed
                   if other.name == arm.name or one.control == arm.name for week in one.visits}  # fmt: skip
        if any(one.analyte == "pregnancy" for one in arm.observed):
            moments |= set(days_of(even_times(float(Fecundability().cycle), tick_of(max(moments)))).tolist())
        self.times = days_of(np.unique(ticks_of([*moments, 0.0, 1.0])))
        names = drugs_of(list(arm.drugs))
        drugs = sample_drug_variability(names, count, seed)
        self.which = draws.sample(min(DRAWS, draws.count))
        paired = np.tile(np.arange(min(PAIRED, count)), len(self.which))
        again, other = men_of_draws(
            self.matched.men.take(paired), take_drugs(drugs, paired), draws, np.repeat(self.which, min(PAIRED, count))
        )
        men = jax.tree.map(lambda a, b: np.concatenate([a, b]), self.matched.men, again)
        both = jax.tree.map(lambda a, b: np.concatenate([np.broadcast_to(a, count), np.broadcast_to(b, len(paired))]),
                            drugs, other)  # fmt: skip
        given: Regimen | list[Regimen] = arm.regimen
        if arm.titration is not None:
            people = np.concatenate([np.arange(count), paired])
            given = titrate(Cohort(men, both, tolerance=TOLERANCE, cores=cores), arm, self.times[-1], people, seed)
        cohort = Cohort(men, both, tolerance=TOLERANCE, cores=cores)
        self.levels = cohort.advance(given, self.times[-1], at=self.times)
        self.failed = sum(man < count for man in self.levels.failed)
        self.good = np.array([man for man in range(count) if man not in self.levels.failed], dtype=int)
        self.count = count

    def row(self, week: float) -> int:
        """Return the kept row of a week."""
        return int(np.argmin(np.abs(self.times - 7.0 * week)))

    def level(self, name: str, week: float, specific: bool = False) -> Float[np.ndarray, " man"]:
        """Return the level of every solved man, before noise; a specific assay of estradiol has no background."""
        found = self.levels[name][self.good, self.row(week)]
        if specific:
            found = found - np.asarray(self.matched.men.body.blood.estradiol_background)[self.good]
        return found

    def shift(self, name: str, week: float) -> Float[np.ndarray, " draw"]:
        """Return by how much the level moves under each draw, on its own scale."""
        levels = own_scale(name, self.levels[name][:, self.row(week)])
        again = levels[self.count :].reshape(len(self.which), -1)
        with np.errstate(invalid="ignore"):
            moved = again - levels[: again.shape[1]]
        return np.asarray(np.nan_to_num(np.nanmean(moved, axis=1)))

    def enrollment_level(self, name: str) -> Float[np.ndarray, " man"] | None:
        """Return what the enrolling measurement read; None where it was not of this analyte."""
        found = self.matched.measured.get(name)
        return None if found is None else found[self.good]


def _predict(study: Study, arms: dict[str, _Course], arm: Arm, one: Observation, draws: Draws, seed: int) -> Prediction:
    course = arms[arm.name]
    men = arm.size
    random = stream(seed, f"{study.id}|{arm.name}|{one}")
    if one.analyte == "pregnancy":
        value, replicates, untreated = _pregnancies(course, one, random)
        noise = Noise(share_noise(value, men, 0.0, 1.0).own, float(Fecundability().between))
        return _prediction(study, arm, one, one.value, value, replicates, course, untreated, noise)
    world = _World(study, one, course, arms.get(one.control), draws, random)
    if one.is_share:
        shares = world.shares()
        value = float(shares.mean())
        noise = share_noise(value, men, world.usual_effect, world.wide(world.post))
        seen = whole_share(one.value, men)
        return _prediction(study, arm, one, seen, value, shares, course, world.untreated_share(), noise)
    published = study.comparison_level(arm, one)
    if one.ratio is not None:
        observed, scale, against = one.ratio, 1.0, True
    elif published is not None:
        observed, scale, against = one.value, published.to(one.unit, one.analyte), True
    else:
        observed, scale, against = one.value, ANALYTES[one.analyte].factor_to(one.unit), False
    middle = np.median if one.form == Form.MEDIAN else np.mean
    below = np.median if published is not None and published.median else np.mean

    def statistic(post: Men, base: Men) -> Float[np.ndarray, "*replicate"]:
        return scale * middle(post, axis=-1) / (below(base, axis=-1) if against else 1.0)

    replicates, unknown = world.replicates(statistic), 0.0
    if not against:
        unknown = level_spread(one.analyte, world.wide(world.base))
        moved = unknown * even_normals(REPLICATES, random)
        replicates = scale * carry_effect(one.analyte, replicates / scale, 0.0, moved)
    untreated = scale * (1.0 if against else float(middle(world.base + world.background)))
    more = np.hypot(FLOOR_SPREAD * world.near_floor(), unknown)
    others = arms[one.control].arm.size if one.control else None
    noise = level_noise(one, men, others, world.usual_effect, float(more))
    return _prediction(
        study, arm, one, observed, float(world.population_statistic(statistic)), replicates, course, untreated, noise,
        world.regression(),
    )  # fmt: skip


def _prediction(
    study: Study, arm: Arm, one: Observation, observed: float, predicted: float, replicates: Replicates,
    course: _Course, untreated: float, noise: Noise, regression: float | None = None,
) -> Prediction:  # fmt: skip
    low, high = np.quantile(replicates, [TAIL, 1.0 - TAIL])
    return Prediction(
        study.id, arm.name, one.analyte, study.role, one.shown_form, one.unit, one.week, observed, predicted,
        float(low), float(high), course.failed, regression, arm.size, untreated, noise, replicates,
    )  # fmt: skip


class _World:
    """One value of one arm: levels before and after, and how they would be measured."""

    def __init__(
        self, study: Study, one: Observation, course: _Course, control: _Course | None, draws: Draws,
        random: np.random.Generator,
    ) -> None:  # fmt: skip
        self.one, self.course, self.control, self.random = one, course, control, random
        self.specific = study.specific_assay(one.analyte)
        self.post = course.level(one.analyte, one.week, self.specific)
        self.base = (control or course).level(one.analyte, one.week if control else 0.0, self.specific)
        first = None if control else course.enrollment_level(one.analyte)
        self.enrollment_level = self.base if first is None else first
        self.screened = first is not None
        self.tau = study_spread(draws, one.analyte)[course.which]
        usual = {"lh": course.matched.men.body.pituitary.reference_lh,
                 "fsh": course.matched.men.body.pituitary.reference_fsh}.get(one.analyte, 0.0)  # fmt: skip
        read = float(np.median(draws.beside.get(BACKGROUND, np.zeros(1)))) if study.old_assay(one.analyte) else 0.0
        self.background = read * float(np.mean(usual))

    @property
    def usual_effect(self) -> float:
        """Spread of the effects of studies on this analyte's logarithm, in the middle of the posterior."""
        level = np.asarray(np.mean(self.post))
        motile = np.asarray(np.mean(self.course.level("motility", self.one.week)))
        moved = carry_effect(self.one.analyte, level, float(np.median(self.tau)), motile=motile)
        return float(np.log(np.maximum(moved, TRACE) / np.maximum(level, TRACE)))

    def wide(self, levels: Float[np.ndarray, " man"]) -> float:
        """Return the standard deviation of the logarithm of single readings between men."""
        true = float(np.log(np.maximum(levels, TRACE)).std())
        return float(np.hypot(true, noise_of(self.one.analyte)))

    def untreated_share(self) -> float:
        """Return the share of men who would be counted if nothing changed, of as many samples."""
        assert self.one.counted is not None
        once = chance_to_fulfil(self.base, self.one.analyte, self.one.counted)
        return float((1.0 - (1.0 - once) ** len(self.one.visits)).mean())

    def population_statistic(self, statistic: OfMen) -> float:
        """Return the statistic over every virtual man, without noise."""
        return float(statistic(self.post + self.background, self.enrollment_level + self.background))

    def _effects(self) -> tuple[Int[np.ndarray, " replicate"], Replicates, Replicates]:
        """Return a posterior draw, the effect of the study and that of the draw, for each replicate."""
        draw = self.random.permutation(np.arange(REPLICATES) % len(self.course.which))
        spread = np.full(REPLICATES, FLOOR_SPREAD) if self.near_floor() else self.tau[draw]
        moved = self.course.shift(self.one.analyte, self.one.week)[draw]
        return draw, spread * even_normals(REPLICATES, self.random), moved

    def _move(
        self, week: float, levels: Float[np.ndarray, "... man"], study: Replicates, own: Replicates,
        men: EllipsisType | Int[np.ndarray, "replicate man"] = ...,
    ) -> Float[np.ndarray, "replicate man"]:  # fmt: skip
        """Return the levels of these men in a week under the effects of each replicate."""
        motile = self.course.level("motility", week)[men]
        return carry_effect(self.one.analyte, levels, study[:, None], own[:, None], motile)

    def replicates(self, statistic: OfMen) -> Float[np.ndarray, " replicate"]:
        """Return the statistic over arms of the published size, drawn again and again."""
        random, size = self.random, (REPLICATES, min(self.course.arm.size, MOST_DRAWN))
        draw, study, own = self._effects()
        men = random.integers(len(self.post), size=size)
        post = self._read(self._move(self.one.week, self.post[men], study, own, men))
        if self.control is None:
            base = self.enrollment_level[men] + self.background if self.screened else self._read(self.base[men])
        else:
            other = (REPLICATES, min(self.control.arm.size, MOST_DRAWN))
            moved = self.control.shift(self.one.analyte, self.one.week)[draw % len(self.control.which)]
            levels = self.base[random.integers(len(self.base), size=other)]
            base = self._read(carry_effect(self.one.analyte, levels, 0.0, moved[:, None]))
        return np.asarray(statistic(post, base))

    def shares(self) -> Float[np.ndarray, " replicate"]:
        """Return the share of men of whom a measured level is counted, in arms of the published size.

        What was reached counts a man whose level was so at one of his samples. Some hundred virtual men resolve no
        share nearer to 0 or 1 than their number: what they leave open is drawn from a beta distribution with half a
        man on each side.
        """
        _, study, own = self._effects()
        counted, hit = self.one.counted, np.zeros((REPLICATES, len(self.post)), dtype=bool)
        assert counted is not None  # a share of men, as its file says
        for week in self.one.visits:
            level = self._move(week, self.course.level(self.one.analyte, week, self.specific), study, own)
            hit |= fulfils_criterion(self._read(level), self.one.analyte, counted)
        hits = hit.sum(axis=-1)
        chance = self.random.beta(hits + 0.5, hit.shape[-1] - hits + 0.5)
        men = self.course.arm.size
        return np.asarray(self.random.binomial(men, chance) / men)

    def near_floor(self) -> bool:
        """Whether the level falls so low that the assay decides."""
        return bool(np.mean(self.post) < FLOOR * np.mean(self.base)) and not self.one.is_share

    def _read(self, level: Men) -> Men:
        return read_levels(self.one.analyte, level, self.random) + self.background

    def regression(self) -> float | None:
        """Return the ratio to baseline that these men would show untreated; None where it is not asked."""
        if self.control is not None or self.one.analyte not in SEMEN:
            return None
        return float(np.mean(self.base) / np.mean(self.enrollment_level))


def _pregnancies(course: _Course, one: Observation, random: np.random.Generator) -> tuple[float, Replicates, float]:
    """Return the predicted share of couples with a pregnancy, its replicates, and the share if no count changed."""
    cycle = float(Fecundability().cycle)
    rows = [int(np.argmin(np.abs(course.times - cycle * k))) for k in range(max(1, round(7.0 * one.week / cycle)))]
    motile = course.levels["total_motile_count"][course.good][:, rows]
    size = (REPLICATES, min(course.arm.size, MOST_DRAWN))
    return pregnancy_shares(motile, course.arm.kind, size, random)
