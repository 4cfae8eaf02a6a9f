"""Virtual men on up to four regimens: percentiles of their levels over time, and shares of them in the band.

Each man handles each drug in his own way (`leydig.man.drug_variability`), the same man the same drug on every regimen,
so that regimens are compared over the same men. Levels are true ones, under the declared parameters: the spread is that
between men, and what is uncertain about the model is not in it (`leydig.man.uncertainty`, `leydig trial run
--uncertainty`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float

from leydig.analytes import ANALYTES, of_panel
from leydig.assessment.chances import ChanceOf
from leydig.checks import plain_number, seed_number
from leydig.course.series import quantiles
from leydig.drugs import drugs_of
from leydig.errors import BadRegimen, OutOfRange
from leydig.inference.decision.aims import Aims, condition_holds
from leydig.inference.results.assay import EstradiolAssay
from leydig.inference.trust.applicability import uncovered_regimen
from leydig.man import Man
from leydig.man.drug_variability import sample_drug_variability
from leydig.progress import Progress, no_progress
from leydig.protocol.condition import Condition
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import read_protocol
from leydig.regimen import Regimen
from leydig.regimen.regimen import regimen_of
from leydig.simulation.simulate import simulate
from leydig.units import DAYS_PER_WEEK

if TYPE_CHECKING:
    from dask.distributed import Client

__all__ = [
    "MEN_QUANTILES",
    "MOST_COURSES",
    "MOST_FORECAST_DAYS",
    "PopulationCourse",
    "PopulationForecast",
    "PopulationShare",
    "forecast_days",
    "forecast_population",
    "read_regimens",
]

MEN_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_COURSES = 4
WEEKS, STEP = (1.0, 260.0), (0.5, 52.0)  # [week] length, and distance of the days that are told
MOST_FORECAST_DAYS = 120
BATCH = 250  # men who are solved between two looks at whether it is to go on
NOTES = (
    "levels are true ones, not what a laboratory would read; the spread is that between men, and what is uncertain "
    "about the model is not in it",
    EstradiolAssay.IMMUNOASSAY.note,
)
Levels = Mapping[str, Float[np.ndarray, "man time"]]


@dataclass(frozen=True)
class PopulationShare:
    """The share of men of whom something holds, day by day.

    Attributes
    ----------
    of : ChanceOf
    conditions : tuple of str
        What has to hold, all of it, in the words of the protocol.
    values : Float[np.ndarray, " time"]
        Of those who were solved; NaN where none was.
    """

    of: ChanceOf
    conditions: tuple[str, ...]
    values: Float[np.ndarray, " time"]


@dataclass(frozen=True)
class PopulationCourse:
    """The men on one regimen.

    Attributes
    ----------
    regimen : Regimen
    uncovered : str
        What of it no study covers; empty where all is.
    levels : dict of str to Float[np.ndarray, "quantile time"]
        Percentiles over those who were solved, by `MEN_QUANTILES`, in US units.
    shares : tuple of PopulationShare
    failed : dict of int to str
        Men who were not solved, and why, by number.
    """

    regimen: Regimen
    uncovered: str
    levels: dict[str, Float[np.ndarray, "quantile time"]]
    shares: tuple[PopulationShare, ...]
    failed: dict[int, str]


@dataclass(frozen=True)
class PopulationForecast:
    """The same men on each regimen.

    Attributes
    ----------
    men : int
    days : Float[np.ndarray, " time"]
    protocol : Protocol
        Whose band, floor and limit are asked.
    courses : tuple of PopulationCourse
        In the order of the regimens.
    notes : tuple of str
    """

    men: int
    days: Float[np.ndarray, " time"]
    protocol: Protocol
    courses: tuple[PopulationCourse, ...]
    notes: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "men": self.men, "weeks": [_plain_value(day / DAYS_PER_WEEK) for day in self.days],
            "protocol": self.protocol.name, "region": self.protocol.region,
            "courses": [_course_record(one, self.men) for one in self.courses], "notes": list(self.notes),
        }  # fmt: skip


def forecast_days(weeks: float, every_weeks: float) -> Float[np.ndarray, " time"]:
    """Return the days that are told: day 0, every so many weeks, and the last one.

    Raises
    ------
    OutOfRange
        When a number is impossible, or they are more than `MOST_FORECAST_DAYS`.
    """
    last = DAYS_PER_WEEK * plain_number(weeks, "weeks", WEEKS, "weeks")
    step = DAYS_PER_WEEK * plain_number(every_weeks, "every_weeks", STEP, "weeks")
    if last / step > MOST_FORECAST_DAYS:
        raise OutOfRange(
            f"got {weeks:g} weeks told every {every_weeks:g} weeks; expected at most {MOST_FORECAST_DAYS} steps. "
            "Take fewer weeks, or a longer step."
        )
    return np.unique([*np.arange(0.0, last, step), last])


def forecast_population(
    men: Man,
    regimens: Sequence[Regimen | str],
    *,
    weeks: float = 26.0,
    every_weeks: float = 2.0,
    protocol: Protocol | str = "anastrozole",
    seed: int = 1,
    client: "Client | None" = None,
    watch: Progress = no_progress,
) -> PopulationForecast:
    """Return what men come to on each of some regimens, each of them from rest.

    Parameters
    ----------
    men : Man
        With a leading ``man`` axis, such as `leydig.population` gives.
    regimens : sequence of Regimen or str
        One to four; ``"nothing"`` is no treatment.
    weeks, every_weeks : float, optional
        How long, and how far apart the days that are told are.
    protocol : Protocol or str, optional
        Whose joint band, floor and limit are counted.
    seed : int, optional
        Of how men handle drugs.
    client : dask.distributed.Client, optional
        A cluster whose workers share the men.
    watch : callable, optional
        Told how many men, over all regimens, are done; what it raises ends the forecast.

    Raises
    ------
    OutOfRange
        When a number is impossible, or one man came.
    BadRegimen
        When there are none or too many, one comes twice, or one cannot be read.
    BadProtocol, UnknownName
        When the protocol cannot be read.

    Examples
    --------
    >>> from leydig.man.population import population
    >>> found = forecast_population(population(50, kind="obesity"), ["nothing", "anastrozole 1 mg daily"], weeks=4)
    >>> before, after = (one.levels["testosterone"][2, -1] for one in found.courses)
    >>> bool(after > before)
    True
    """
    if not isinstance(men, Man) or men.count is None:
        raise OutOfRange("got one man; expected men with a leading axis. Fit his twin, or write Man.stack([man]).")
    plans = read_regimens(regimens)
    days, seed = forecast_days(weeks, every_weeks), seed_number(seed)
    plan = protocol if isinstance(protocol, Protocol) else read_protocol(protocol)
    aims = Aims.of_protocol(plan)
    names = tuple(dict.fromkeys((*of_panel("card"), *aims.analytes)))
    total, found, notes = men.count * len(plans), [], dict[str, None]()
    for place, one in enumerate(plans):
        told = partial(_tell, watch, place * men.count, total)
        levels, failed, said = _solve(men, one, days, names, seed, client, told)
        notes |= dict.fromkeys(said)
        scales = {name: ANALYTES[name].factor_to(ANALYTES[name].us) for name in names}
        spread = {name: quantiles(levels[name], MEN_QUANTILES, axis=0) * scales[name] for name in names}
        found.append(PopulationCourse(one, "; ".join(uncovered_regimen(one)), spread, _shares(aims, levels), failed))
    return PopulationForecast(men.count, days, plan, tuple(found), (*NOTES, *notes))


def _tell(watch: Progress, before: int, total: int, count: int) -> None:
    watch("men", before + count, total)


def read_regimens(regimens: Sequence[Regimen | str]) -> list[Regimen]:
    """Return regimens that are forecast together.

    Raises
    ------
    BadRegimen
        When there are none or too many, one comes twice, or one cannot be read.
    """
    if not 1 <= len(regimens) <= MOST_COURSES:
        raise BadRegimen(f"got {len(regimens)} regimens; expected 1 to {MOST_COURSES}. Leave some out, or add one.")
    plans = [regimen_of(one) for one in regimens]
    for place, one in enumerate(plans):
        if one in plans[:place]:
            raise BadRegimen(f"got the regimen {str(one)!r} twice; expected each once. Leave one out.")
    return plans


def _solve(
    men: Man, plan: Regimen, days: Float[np.ndarray, " time"], names: tuple[str, ...], seed: int,
    client: "Client | None", told: Callable[[int], None],
) -> tuple[Levels, dict[int, str], tuple[str, ...]]:  # fmt: skip
    """Return the levels of all men in inside units, who was not solved, and what is said of the drugs."""
    assert men.count is not None
    size = BATCH if client is None else BATCH * max(len(client.scheduler_info()["workers"]), 1)
    parts, failed, notes = [], dict[int, str](), dict[str, None]()
    for first in range(0, men.count, size):
        here = men.take(slice(first, min(first + size, men.count)))
        assert here.count is not None
        drugs = sample_drug_variability(drugs_of(plan.drugs), here.count, seed, first=first)
        course = simulate(here, plan, at=days, drugs=drugs, batch=BATCH, client=client)
        parts.append({name: course[name].to(ANALYTES[name].unit).values for name in names})
        failed |= {first + man: why for man, why in course.failed.items()}
        notes |= dict.fromkeys(course.notes)
        told(first + here.count)
    return {name: np.concatenate([one[name] for one in parts]) for name in names}, failed, tuple(notes)


def _shares(aims: Aims, levels: Levels) -> tuple[PopulationShare, ...]:
    """Return the shares of men in the joint band, and of those whom a harm has met."""
    asked = [(ChanceOf.JOINT_BAND, aims.targets)]
    asked += [(ChanceOf.BELOW_FLOOR, (one,)) for one in aims.floor]
    asked += [(ChanceOf.ABOVE_LIMIT, (one,)) for one in aims.limit]
    return tuple(
        PopulationShare(of, tuple(map(str, conditions)), _share(conditions, levels))
        for of, conditions in asked if conditions
    )  # fmt: skip


def _share(conditions: tuple[Condition, ...], levels: Levels) -> Float[np.ndarray, " time"]:
    solved = np.all([np.isfinite(levels[one.of]) for one in conditions], axis=0)
    holds: Bool[np.ndarray, "man time"] = np.all([condition_holds(one, levels[one.of]) for one in conditions], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((holds & solved).sum(axis=0) / solved.sum(axis=0))


def _course_record(one: PopulationCourse, men: int) -> dict[str, Any]:
    levels = {
        name: {"title": ANALYTES[name].title, "unit": ANALYTES[name].us}
        | {
            f"q{round(100 * share):02d}": list(map(_plain_value, row))
            for share, row in zip(MEN_QUANTILES, rows, strict=True)
        }
        for name, rows in one.levels.items()
    }
    shares = [
        {"of": str(part.of), "conditions": list(part.conditions), "values": list(map(_plain_value, part.values))}
        for part in one.shares
    ]
    return {
        "regimen": str(one.regimen), "uncovered": one.uncovered, "solved": men - len(one.failed),
        "failed": {str(number): why for number, why in one.failed.items()}, "levels": levels, "shares": shares,
    }  # fmt: skip


def _plain_value(value: float) -> float | None:
    """Return a number to six digits; None of what is none."""
    return float(f"{value:.6g}") if np.isfinite(value) else None
