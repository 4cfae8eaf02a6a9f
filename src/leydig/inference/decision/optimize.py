"""`optimize`: the dose that does most good, among those whose chances of harm stay below two bounds.

Over draws of one man, or over men of a population, each on every option::

    maximize   the goal: the share in the protocol's joint band, or the median of a level
    subject to P(estradiol below the floor) ≤ p_floor,   P(hematocrit above the limit) ≤ p_limit

All are of true levels in the last week. The frontier holds the options than which no other does more good with less
chance of harm. Options are few, so all of them are looked at; nothing is interpolated between two doses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES
from leydig.checks import option, plain_number, seed_number, whole_number
from leydig.drugs import drugs_of
from leydig.engine import Cohort
from leydig.errors import OutOfRange
from leydig.inference.decision.aims import Aims
from leydig.inference.decision.options import DoseOptions, dose_options
from leydig.inference.forward import TOLERANCE
from leydig.inference.results.assay import EstradiolAssay
from leydig.inference.trust.applicability import uncovered_regimen
from leydig.inference.trust.trust import Trust
from leydig.inference.twin import Twin
from leydig.man import Man
from leydig.man.drug_variability import sample_drug_variability
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import read_protocol
from leydig.regimen import Regimen
from leydig.regimen.regimen import regimen_of
from leydig.units import DAYS_PER_WEEK

__all__ = ["GOALS", "DosePoint", "Optimum", "optimize"]

GOALS = {"band": "", "testosterone": "testosterone", "ratio": "te2_ratio", "semen": "total_motile_count"}  # a level
CHANCES = (0.0, 1.0)
WEEKS = (4.0, 104.0)
DRAWS = (50, 5000)
FEWEST = 2  # options between which there is something to choose


@dataclass(frozen=True)
class DosePoint:
    """What one option does.

    Attributes
    ----------
    regimen : Regimen
    goal : float
        Share of men in the joint band, or median level [`Optimum.unit`].
    below_floor, above_limit : float
        Chances of harm.
    men : int
        Draws, or men, who were solved: the standard error of a share p is ``sqrt(p (1 - p) / men)``.
    uncovered : str
        What of it no study covers; empty where all is.
    is_allowed : bool
        Whether both chances are within their bounds.
    is_efficient : bool
        Whether no other option does more good with less chance of any harm.
    levels : dict of str to Float[np.ndarray, " man"]
        True levels in the last week, in inside units, NaN of who was not solved.
    """

    regimen: Regimen
    goal: float
    below_floor: float
    above_limit: float
    men: int
    uncovered: str
    is_allowed: bool
    is_efficient: bool
    levels: dict[str, Float[np.ndarray, " man"]]

    def record(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {"regimen": str(self.regimen), "goal": self.goal, "below_floor": self.below_floor,
                "above_limit": self.above_limit, "men": self.men, "uncovered": self.uncovered,
                "allowed": self.is_allowed, "efficient": self.is_efficient}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Optimum:
    """What the options do, and which of them is chosen.

    Attributes
    ----------
    goal, unit : str
    week : float
    aims : Aims
    floor_chance, limit_chance : float
        The bounds.
    trust : Trust
        Of a twin; where it abstains there are no points.
    estradiol_assay : EstradiolAssay
        Which reads the estradiol of goal, bands and floor: of a twin that of his last results of it, of men of a
        population an immunoassay.
    points : tuple of DosePoint
        The most good first.
    left_out : dict of str to str
        What no study covers, and why.
    """

    goal: str
    unit: str
    week: float
    aims: Aims
    floor_chance: float
    limit_chance: float
    trust: Trust
    estradiol_assay: EstradiolAssay
    points: tuple[DosePoint, ...]
    left_out: dict[str, str]

    @property
    def choice(self) -> DosePoint | None:
        """The option that does most good within the bounds; None where none keeps them, or the twin abstains."""
        return next((one for one in self.points if one.is_allowed), None)

    @property
    def frontier(self) -> tuple[DosePoint, ...]:
        """The efficient options, the least chance below the floor first."""
        return tuple(sorted((one for one in self.points if one.is_efficient), key=lambda one: one.below_floor))

    def __repr__(self) -> str:
        said = "none within the bounds" if self.choice is None else str(self.choice.regimen)
        return f"Optimum({self.goal}, {len(self.points)} options: {said})"

    def record(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "goal": self.goal, "unit": self.unit, "week": self.week, "floor_chance": self.floor_chance,
            "limit_chance": self.limit_chance, "verdict": str(self.trust.verdict),
            "reasons": [one.text for one in self.trust.reasons], "estradiol_assay": str(self.estradiol_assay),
            "choice": None if self.choice is None else str(self.choice.regimen),
            "points": [one.record() for one in self.points], "left_out": self.left_out,
        }  # fmt: skip


def optimize(
    men: Twin | Man,
    drugs: Sequence[str] = (),
    *,
    goal: str = "band",
    protocol: Protocol | str = "anastrozole",
    floor_chance: float = 0.05,
    limit_chance: float = 0.05,
    weeks: float = 26.0,
    options: Sequence[Regimen | str] = (),
    evidence_only: bool = True,
    draws: int = 300,
    seed: int = 1,
) -> Optimum:
    """Return the dose that does most good within bounds on the chances of harm, and the frontier about it.

    Parameters
    ----------
    men : Twin or Man
        One man's twin, from the last day of his record on, or men with a leading axis.
    drugs : sequence of str, optional
        Whose strengths and intervals are looked at, each by itself and together; or give `options`.
    goal : {"band", "testosterone", "ratio", "semen"}, optional
        The share in the joint band, or the median of testosterone, of T:E2 or of motile sperm of an ejaculate.
    protocol : Protocol or str, optional
        Whose bands, floor and limit are aimed at.
    floor_chance, limit_chance : float, optional
        The most that the chances of harm may be.
    weeks : float, optional
        After which levels are judged.
    options : sequence of Regimen or str, optional
        What may be given, in place of `drugs`.
    evidence_only : bool, optional
        Whether what no study covers is left out; else it is looked at, and marked.
    draws : int, optional
        Of a twin, that are looked at.
    seed : int, optional
        Of how men handle drugs that they were not given before.

    Raises
    ------
    OutOfRange
        When a number is impossible, one man came without a twin, or fewer than two options are left.
    UnknownName, BadRegimen, BadProtocol
        When a drug, an option or the protocol cannot be read.

    Examples
    --------
    >>> from leydig.man.population import population
    >>> found = optimize(population(60, kind="obesity"), ["tamoxifen"], weeks=8)
    >>> [one.is_allowed for one in found.points] == [one.below_floor <= 0.05 for one in found.points]
    True
    """
    option(goal, "goal", tuple(GOALS), error=OutOfRange)
    plan = protocol if isinstance(protocol, Protocol) else read_protocol(protocol)
    aims, week = Aims.of_protocol(plan), plain_number(weeks, "weeks", WEEKS, "weeks")
    bounds = plain_number(floor_chance, "floor_chance", CHANCES), plain_number(limit_chance, "limit_chance", CHANCES)
    known = _options(drugs, options, evidence_only)
    count, seed = whole_number(draws, "draws", DRAWS), seed_number(seed)
    entry = ANALYTES.get(GOALS[goal])
    unit = "share of men" if entry is None else entry.us
    trust = men.trust if isinstance(men, Twin) else Trust()
    assay = men.history.estradiol_assay if isinstance(men, Twin) else EstradiolAssay.IMMUNOASSAY
    if trust.abstains:
        return Optimum(goal, unit, week, aims, *bounds, trust, assay, (), known.left_out)
    names = tuple(dict.fromkeys((*aims.analytes, *filter(None, [GOALS[goal]]))))
    each = (
        _levels_of_twin(men.thin(count), known.regimens, DAYS_PER_WEEK * week, names)
        if isinstance(men, Twin)
        else _levels_of_men(men, known, seed, DAYS_PER_WEEK * week, names)
    )
    points = [_point(one, levels, aims, goal, bounds) for one, levels in zip(known.regimens, each, strict=True)]
    efficient = [_is_efficient(one, points) for one in points]
    judged = (replace(one, is_efficient=kept) for one, kept in zip(points, efficient, strict=True))
    ranked = tuple(sorted(judged, key=lambda one: (-one.goal, one.below_floor + one.above_limit)))
    return Optimum(goal, unit, week, aims, *bounds, trust, assay, ranked, known.left_out)


def _options(drugs: Sequence[str], options: Sequence[Regimen | str], evidence_only: bool) -> DoseOptions:
    if bool(drugs) == bool(options):
        raise OutOfRange(f"got drugs {list(drugs)} and {len(options)} options; expected one of the two. Give either.")
    known = dose_options(drugs, evidence_only) if drugs else _named_options(options, evidence_only)
    if len(known.regimens) < FEWEST:
        raise OutOfRange(f"got {len(known.regimens)} options that studies cover; expected at least {FEWEST}. "
                         "Give other drugs, or evidence_only=False.")  # fmt: skip
    return known


def _named_options(options: Sequence[Regimen | str], evidence_only: bool) -> DoseOptions:
    given = dict.fromkeys(map(regimen_of, options))
    why = {one: "; ".join(uncovered_regimen(one)) for one in given}
    kept = tuple(one for one in given if not (evidence_only and why[one]))
    return DoseOptions(kept, {str(one): why[one] for one in given if one not in kept})


def _levels_of_twin(
    twin: Twin, plans: Sequence[Regimen], day: float, names: tuple[str, ...]
) -> Iterator[dict[str, Float[np.ndarray, " draw"]]]:
    """Yield the levels of each option on a day; what he took before is in the draws, or solved once for all options."""
    for found in twin.levels_of_options(plans, np.array([day]), names, 0.0):
        yield {name: values[:, 0] for name, values in found.values.items()}


def _levels_of_men(
    men: Man, known: DoseOptions, seed: int, day: float, names: tuple[str, ...]
) -> Iterator[dict[str, Float[np.ndarray, " man"]]]:
    """Yield the levels of each option in men of a population, each with his own way with every drug."""
    if not isinstance(men, Man) or men.count is None:
        raise OutOfRange("got one man; expected his twin, or men with a leading axis. Fit his record.")
    given = drugs_of(dict.fromkeys(drug for one in known.regimens for drug in one.drugs))
    drugs = sample_drug_variability(given, men.count, seed)
    for plan in known.regimens:
        needed = drugs_of(plan.drugs)
        own = {name: drug for name, drug in drugs.items() if name in needed}
        found = Cohort(men, own, tolerance=TOLERANCE, rescue=False).advance(plan, day)
        yield {name: found.now(name) for name in names}


def _point(
    plan: Regimen, levels: dict[str, Float[np.ndarray, " man"]], aims: Aims, goal: str, bounds: tuple[float, float]
) -> DosePoint:  # fmt: skip
    """Return what an option does, but for whether it is efficient."""
    solved = np.isfinite(levels[aims.analytes[0]])
    own = {name: values[solved] for name, values in levels.items()}
    nan, uncovered = float("nan"), "; ".join(uncovered_regimen(plan))
    if not solved.any():
        return DosePoint(plan, nan, nan, nan, 0, uncovered, False, False, levels)
    below, above = float(aims.below_floor(own).mean()), float(aims.above_limit(own).mean())
    if GOALS[goal]:
        entry = ANALYTES[GOALS[goal]]
        good = float(np.median(own[GOALS[goal]])) * entry.factor_to(entry.us)
    else:
        good = float(aims.in_band(own).mean())
    allowed = below <= bounds[0] and above <= bounds[1]
    return DosePoint(plan, good, below, above, int(solved.sum()), uncovered, allowed, False, levels)


def _is_efficient(one: DosePoint, points: Sequence[DosePoint]) -> bool:
    """Return whether no other option is at least as good in all and better in something."""
    own = (one.goal, -one.below_floor, -one.above_limit)
    others = [(other.goal, -other.below_floor, -other.above_limit) for other in points if other is not one]
    return bool(np.isfinite(one.goal)) and not any(
        all(a >= b for a, b in zip(other, own, strict=True)) and other != own for other in others
    )  # fmt: skip
