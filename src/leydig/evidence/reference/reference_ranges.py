"""Reference physiology: published values of how men differ, each beside the same value of virtual men.

The values, their sources, whom each needs and its tolerance are data (`leydig.evidence.reference.reference_file`).
Published values are of single samples, so the blood of virtual men is read once, with the scatter of day and assay.
Their semen is not: published medians are of unselected men, centiles of fertile ones, and no population is both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float
from scipy.stats import pearsonr, spearmanr

from leydig.analyte import Reading
from leydig.analytes import ANALYTES
from leydig.arrays import Scalar
from leydig.body.effects import Action
from leydig.checks import seed_number, whole_number
from leydig.errors import OutOfRange
from leydig.evidence.reference.reference_file import GroupTable, ReferenceValue, Statistic, reference
from leydig.man import Man, population
from leydig.man.population import population_matching
from leydig.man.sample import Ejaculate, sample_level
from leydig.streams import stream

__all__ = [
    "Groups",
    "RangeCheck",
    "compare_ranges",
    "compare_reference_ranges",
    "levels",
    "tolerance",
    "values",
]

NAMES = (
    "testosterone",
    "free_testosterone",
    "bioavailable_testosterone",
    "estradiol",
    "te2_ratio",
    "lh",
    "fsh",
    "shbg",
    "inhibin_b",
    "sperm_concentration",
    "semen_volume",
    "total_sperm_count",
    "motility",
    "progressive_motility",
    "normal_forms",
)
BLOOD = ("testosterone", "estradiol", "lh", "fsh", "shbg", "inhibin_b")  # levels that a laboratory measures as such
Values = Float[np.ndarray, " man"]
Group = dict[str, Values]


@dataclass(frozen=True)
class RangeCheck:
    """One published value beside ours.

    Attributes
    ----------
    row : int
        Line of the evidence table.
    study, source, what, unit : str
    statistic : Statistic
    published : float
    interval : (float, float) or None
        Published interval of the value itself.
    ours : float
    difference : float
        Ours less published, relative to the published one unless `absolute`.
    tolerance : float
    absolute : bool
        Whether difference and tolerance are in the unit of the value.
    within : bool
    """

    row: int
    study: str
    source: str
    what: str
    unit: str
    statistic: Statistic
    published: float
    interval: tuple[float, float] | None
    ours: float
    difference: float
    tolerance: float
    absolute: bool
    within: bool


def compare_reference_ranges(n: int = 10000, seed: int = 1) -> list[RangeCheck]:
    """Return every value of reference physiology beside that of virtual men.

    Parameters
    ----------
    n : int, optional
        Men drawn for each group that a value needs; at least 100.
    seed : int, optional
        Another seed is other men.

    Raises
    ------
    OutOfRange
        When there are too few men for a percentile.
    """
    return compare_ranges(Groups(n, seed))


def compare_ranges(groups: "Groups") -> list[RangeCheck]:
    """Return every value beside that of these groups, which can then be drawn too.

    Parameters
    ----------
    groups : Groups

    Raises
    ------
    OutOfRange
        When there are too few men for a percentile.
    """
    if groups.n < 100:
        raise OutOfRange(
            f"got {groups.n} men; expected at least 100, so that a percentile means something. Ask for more."
        )
    return [_check_value(entry, groups) for entry in reference().value]


def tolerance(entry: ReferenceValue) -> tuple[float, bool]:
    """Return the tolerance of a value, and whether it is absolute."""
    table, statistic = reference().tolerances, entry.statistic
    if statistic in table.absolute:
        return table.absolute[statistic], True
    return table.relative[entry.tolerance or statistic], False


def _check_value(entry: ReferenceValue, groups: "Groups") -> RangeCheck:
    men = groups[entry.men]
    other = groups[entry.versus] if entry.versus else men
    ours = float(STATISTICS[entry.statistic](entry, men, other))
    allowed, absolute = tolerance(entry)
    difference = (ours - entry.published) / (1.0 if absolute else abs(entry.published))
    low, high = entry.interval or (np.inf, -np.inf)
    return RangeCheck(
        entry.row, entry.study, entry.source, entry.what, entry.unit, entry.statistic, entry.published,
        entry.interval, ours, difference, allowed, absolute,
        within=bool(abs(difference) <= allowed or low <= ours <= high),
    )  # fmt: skip


# Men ---------------------------------------------------------------------------------------------------


class Groups:
    """The levels of the groups of men that the file names, by name; each is drawn once, when first asked for.

    Parameters
    ----------
    n : int, optional
        Men drawn for each group.
    seed : int, optional
        Another seed is other men.
    """

    def __init__(self, n: int = 10000, seed: int = 1) -> None:
        self.n, self.seed = whole_number(n, "men of each group", (100, 10**7)), seed_number(seed)
        self._drawn: dict[str, Group] = {}

    def __getitem__(self, name: str) -> Group:
        if name not in self._drawn:
            self._drawn[name] = self._build_group(reference().men[name])
        return self._drawn[name]

    def _build_group(self, asked: GroupTable) -> Group:
        if asked.within:
            whole, (low, high) = self[asked.among], asked.within
            kept = (whole[asked.by] >= low) & (whole[asked.by] < high)
            return {name: level[kept] for name, level in whole.items()}
        if asked.parts:
            total = sum(asked.parts.values())
            shares = {part: weight / total for part, weight in asked.parts.items()}
            n = min(
                self.n, *(len(self[part]["age"]) / share for part, share in shares.items())
            )  # the rarest part decides
            parts = [
                {name: level[: round(n * share)] for name, level in self[part].items()}
                for part, share in shares.items()
            ]
            return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        if asked.age_like and asked.bmi_like:
            age, bmi = asked.age_like, asked.bmi_like
            return levels(
                population_matching(self.n, self.seed, kind=asked.kind, age=age, bmi=bmi, levels={}), self.seed
            )
        return levels(population(self.n, self.seed, kind=asked.kind, age=asked.age, bmi=asked.bmi), self.seed)


def levels(men: Man, seed: int = 1) -> Group:
    """Return age, BMI and levels of men as one sample each shows them, in inside units, and two ratios of levels.

    Parameters
    ----------
    men : Man
        At rest.
    seed : int, optional
        Of the scatter of day and assay.
    """
    found = {name: np.asarray(level) for name, level in _read(men).items()}
    count = len(found["testosterone"])
    read = {name: sample_level(name, found[name], stream(seed, f"reference {name}").standard_normal(count))
            for name in BLOOD}  # fmt: skip
    true, seen = (_free_of(men, one) for one in (found, read))
    for name in ("free_testosterone", "bioavailable_testosterone"):
        read[name] = found[name] * seen / true  # worked out from the same samples
    read["te2_ratio"] = found["te2_ratio"] * read["testosterone"] / found["testosterone"]
    read["te2_ratio"] = read["te2_ratio"] * found["estradiol"] / read["estradiol"]
    found |= read | {"age": np.asarray(men.age), "bmi": np.asarray(men.bmi)}
    found["inhibin_fsh"] = found["inhibin_b"] / found["fsh"]
    found["free_fraction"] = found["free_testosterone"] / found["testosterone"]
    return found


@jax.jit
def _free(men: Man, levels: dict[str, Float[Array, " man"]]) -> Float[Array, " man"]:
    free: Float[Array, " man"] = jax.vmap(
        lambda man, one: man.body.blood.free(one["testosterone"], one["estradiol"], one["shbg"]).testosterone
    )(men, levels)
    return free


def _free_of(men: Man, levels: Group) -> Values:
    """Return free testosterone [nmol/L] by mass action."""
    return np.asarray(_free(men, {name: levels[name] for name in ("testosterone", "estradiol", "shbg")}))


@jax.jit
def _read(men: Man) -> dict[str, Float[Array, " man"]]:
    def read_man(man: Man) -> dict[str, Scalar]:
        nothing = Action()
        signals = man.body.signals(man.state, nothing, man.body.frame(man.bmi))
        return {name: ANALYTES[name].read(Reading(man.body, man.state, signals, nothing)) for name in NAMES}

    read: dict[str, Float[Array, " man"]] = jax.vmap(read_man)(men)
    return read


# Statistics --------------------------------------------------------------------------------------------


def values(entry: ReferenceValue, men: Group) -> Values:
    """Return the levels of a value's analyte in the value's unit, of these men."""
    name = entry.analyte
    same = name not in ANALYTES or entry.unit == "1"
    return men[name] if same else men[name] * ANALYTES[name].factor_to(entry.unit)


def _share(entry: ReferenceValue, men: Group) -> float:
    """Return the share of the men beyond a limit."""
    found = values(entry, men)
    return float(np.mean(found < entry.below if entry.below is not None else found > entry.above))


def _logarithm(name: str, level: Values) -> Values:
    """Return the logarithm of levels; of sperm a laboratory counts one or none."""
    return np.log(np.maximum(level, float(Ejaculate().one_sperm)) if name == "sperm_concentration" else level)


def _odds(share: float) -> float:
    return share / (1.0 - share)


STATISTICS: dict[Statistic, Callable[[ReferenceValue, Group, Group], Any]] = {
    Statistic.PERCENTILE: lambda entry, men, _: np.percentile(values(entry, men), entry.at),
    Statistic.MEDIAN: lambda entry, men, _: np.median(values(entry, men)),
    Statistic.MEAN: lambda entry, men, _: np.mean(values(entry, men)),
    Statistic.GEOMETRIC_MEAN: lambda entry, men, _: np.exp(np.mean(np.log(values(entry, men)))),
    Statistic.SLOPE: lambda entry, men, _: np.polyfit(men[entry.of], values(entry, men), 1)[0],
    Statistic.DIFFERENCE: lambda entry, men, other: np.mean(values(entry, men)) - np.mean(values(entry, other)),
    Statistic.RATIO: lambda entry, men, other: np.mean(values(entry, men)) / np.mean(values(entry, other)),
    Statistic.ODDS: lambda entry, men, other: _odds(_share(entry, men)) / _odds(_share(entry, other)),
    Statistic.SHARE: lambda entry, men, _: _share(entry, men),
    Statistic.CORRELATION: lambda entry, men, _: pearsonr(men[entry.of], values(entry, men)).statistic,
    Statistic.RANK_CORRELATION: lambda entry, men, _: spearmanr(men[entry.of], values(entry, men)).statistic,
    Statistic.DETERMINATION: lambda entry, men, _: (
        pearsonr(_logarithm(entry.of, men[entry.of]), np.log(values(entry, men))).statistic ** 2
    ),
}
