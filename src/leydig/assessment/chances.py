"""Chances: how likely a forecast meets the joint target of a protocol, and crosses the limits at which it alarms."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from leydig.inference.forecast import Forecast, ForecastLevel
from leydig.protocol.protocol import Condition, Protocol, compare
from leydig.protocol.vocabulary import Group, Severity
from leydig.record.quantity import QUANTITIES
from leydig.text_enum import TextEnum
from leydig.units import DAYS_PER_WEEK

__all__ = ["WEEKS_ASKED", "Chance", "ChanceGap", "ChanceOf", "chances", "forecast_level", "places_of_week"]

WEEKS_ASKED = (4.0, 12.0)  # when a change is judged: the control after it, and the visit at three months
RATIO = ("testosterone", "estradiol")


class ChanceOf(TextEnum):
    """What may come."""

    JOINT_BAND = "joint band"
    BELOW_FLOOR = "below the floor"
    ABOVE_LIMIT = "above the limit"


class ChanceGap(TextEnum):
    """Why a chance is not told."""

    NONE = ""
    ABSTAINS = "the twin abstains"
    NOT_FORECAST = "its course on treatment is not validated, so it is not forecast"
    TOO_FAR = "the forecast ends before"


@dataclass(frozen=True)
class Chance:
    """The chance of one thing in one week.

    Attributes
    ----------
    of : ChanceOf
    conditions : tuple of str
        What has to hold, all of it, in the words of the protocol.
    week : float
    share : float or None
        Of the draws that were solved; None where it is not told.
    gap : ChanceGap
        Why it is not told.
    draws : int
        Of how many draws: the standard error of a share p is ``sqrt(p (1 - p) / draws)``.
    """

    of: ChanceOf
    conditions: tuple[str, ...]
    week: float
    share: float | None
    gap: ChanceGap = ChanceGap.NONE
    draws: int = 0


def chances(forecast: Forecast, protocol: Protocol, weeks: tuple[float, ...] = WEEKS_ASKED) -> tuple[Chance, ...]:
    """Return the chances of a forecast under a protocol: of true levels, not of what a laboratory would read.

    Parameters
    ----------
    forecast : Forecast
    protocol : Protocol
        Its targets are the joint band, the lower end of its estradiol target is the floor, and its critical alerts on
        hematocrit are the limit.
    weeks : tuple of float, optional
        From the last day of the record on.

    Returns
    -------
    tuple of Chance
        By what may come, then by week. What the forecast does not hold stays unknown and is never left out.
    """
    asked = [(ChanceOf.JOINT_BAND, tuple(one.band for one in protocol.targets))]
    asked += [(ChanceOf.BELOW_FLOOR, (one,)) for one in _floor(protocol)]
    asked += [(ChanceOf.ABOVE_LIMIT, (one,)) for one in _limit(protocol)]
    return tuple(_chance(forecast, of, conditions, week) for of, conditions in asked if conditions for week in weeks)


def _ratio_level(forecast: Forecast) -> ForecastLevel | None:
    if not set(RATIO) <= set(forecast.names):
        return None
    up, down = (forecast[name] for name in RATIO)
    return ForecastLevel("te2_ratio", "1", up.days, up.levels / down.levels, up.results / down.results)


def _floor(protocol: Protocol) -> list[Condition]:
    """Return being below the lower end of the target of estradiol."""
    return [Condition("estradiol", below=one.band.at_least, unit=one.band.unit, scale=one.band.scale)
            for one in protocol.targets if one.of == "estradiol" and one.band.at_least is not None]  # fmt: skip


def _limit(protocol: Protocol) -> list[Condition]:
    """Return what the critical alerts on hematocrit alone ask."""
    found = [one.conditions for one in protocol.of_group(Group.ALERT) if one.severity == Severity.CRITICAL]
    return [many[0] for many in found if len(many) == 1 and many[0].of == "hematocrit"]


def _chance(forecast: Forecast, of: ChanceOf, conditions: tuple[Condition, ...], week: float) -> Chance:
    words = tuple(map(str, conditions))
    levels = {one.of: forecast_level(forecast, one.of) for one in conditions}
    if forecast.trust.abstains:
        return Chance(of, words, week, None, ChanceGap.ABSTAINS)
    known = {name: level for name, level in levels.items() if level is not None}
    if len(known) < len(levels):
        return Chance(of, words, week, None, ChanceGap.NOT_FORECAST)
    at = [places_of_week(level, week) for level in known.values()]
    if not all(len(one) for one in at):
        return Chance(of, words, week, None, ChanceGap.TOO_FAR)
    there = {name: level.levels[:, place[0]] for (name, level), place in zip(known.items(), at, strict=True)}
    solved = np.all([np.isfinite(values) for values in there.values()], axis=0)
    holds = np.all([_holds(one, there[one.of], known[one.of].unit) for one in conditions], axis=0)
    count = int(solved.sum())
    return Chance(of, words, week, float(holds[solved].mean()) if count else None, draws=count)


def places_of_week(level: ForecastLevel, week: float) -> Int[np.ndarray, " place"]:
    """Return where a week stands among the days of a forecast; nothing where it does not."""
    return np.flatnonzero(np.isclose(level.days, DAYS_PER_WEEK * week))


def forecast_level(forecast: Forecast, name: str) -> ForecastLevel | None:
    """Return one level of a forecast, the ratio worked out draw by draw; None where it is not forecast."""
    if name == "te2_ratio":
        return _ratio_level(forecast)
    return forecast[name] if name in forecast.names else None


def _holds(condition: Condition, values: Float[np.ndarray, " draw"], unit: str) -> Bool[np.ndarray, " draw"]:
    """Return for every draw whether a condition holds."""
    quantity = QUANTITIES[condition.of]
    own = values if quantity.unit == "1" else values * quantity.factor_from(unit)
    return np.asarray(compare(condition, own, own)[0])
