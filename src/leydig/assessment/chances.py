"""Chances: how likely a forecast meets the joint target of a protocol, and crosses the limits at which it alarms."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from leydig.inference.decision.aims import Aims, condition_holds
from leydig.inference.forecast import Forecast, ForecastLevel
from leydig.protocol.condition import Condition
from leydig.protocol.protocol import Protocol
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
    aims = Aims.of_protocol(protocol)
    asked = [(ChanceOf.JOINT_BAND, aims.targets)]
    asked += [(ChanceOf.BELOW_FLOOR, (one,)) for one in aims.floor]
    asked += [(ChanceOf.ABOVE_LIMIT, (one,)) for one in aims.limit]
    return tuple(_chance(forecast, of, conditions, week) for of, conditions in asked if conditions for week in weeks)


def _ratio_level(forecast: Forecast) -> ForecastLevel | None:
    if not set(RATIO) <= set(forecast.names):
        return None
    up, down = (forecast[name] for name in RATIO)
    return ForecastLevel("te2_ratio", "1", up.days, up.levels / down.levels, up.results / down.results)


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
    there = {name: level.levels[:, place.min()] for (name, level), place in zip(known.items(), at, strict=True)}
    solved = np.all([np.isfinite(values) for values in there.values()], axis=0)
    holds = np.all([condition_holds(one, there[one.of], known[one.of].unit) for one in conditions], axis=0)
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
