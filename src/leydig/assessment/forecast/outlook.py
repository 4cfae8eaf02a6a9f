"""What a twin expects at the next visit, under what is advised: it stands beside the rule and changes no advice."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from leydig.analytes import ANALYTES
from leydig.assessment.chances import Chance, chances
from leydig.inference.twin import Twin
from leydig.protocol.protocol import Protocol
from leydig.regimen import Regimen
from leydig.units import DAYS_PER_WEEK

__all__ = ["Outlook", "OutlookLevel", "day_ahead", "outlook"]

USUAL_DAYS = 28  # [d] until a next visit, where none is due


@dataclass(frozen=True)
class OutlookLevel:
    """The next result of one analyte.

    Attributes
    ----------
    name, title, unit : str
    low, median, high : float
        Of the result, 90 % between low and high; the median is that of the true level.
    """

    name: str
    title: str
    unit: str
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Outlook:
    """What is expected at the next visit.

    Attributes
    ----------
    day : datetime.date
    regimen : str
        That is advised.
    verdict : str
        Whether the twin is to be trusted.
    reasons : tuple of str
        Against it; where it abstains there are no levels.
    levels : tuple of OutlookLevel
    chances : tuple of Chance
        On that day, of true levels.
    """

    day: dt.date
    regimen: str
    verdict: str
    reasons: tuple[str, ...]
    levels: tuple[OutlookLevel, ...]
    chances: tuple[Chance, ...]

    def record(self) -> dict[str, Any]:
        """Return it as plain lists and texts."""
        return {
            "day": self.day.isoformat(), "regimen": self.regimen, "verdict": self.verdict,
            "reasons": list(self.reasons), "levels": [vars(one) for one in self.levels],
            "chances": [{"of": str(one.of), "conditions": list(one.conditions), "share": one.share, "gap": str(one.gap)}
                        for one in self.chances],
        }  # fmt: skip


def outlook(twin: Twin, regimen: Regimen, protocol: Protocol, on: dt.date, due: dt.date | None) -> Outlook:
    """Return what is expected of a regimen on the day of the next visit.

    Parameters
    ----------
    twin : Twin
    regimen : Regimen
        From the day of the assessment on; until then he goes on with what he is given.
    protocol : Protocol
        Whose bands and limits are asked.
    on : datetime.date
        The day of the assessment.
    due : datetime.date or None
        The day; four weeks ahead where no visit is due.
    """
    last = twin.history.last_day
    day = day_ahead(last, due)
    days, wait = float((day - last).days), float(max((on - last).days, 0))
    ahead = twin.forecast_on(np.array([days]), regimen, wait=wait)
    levels = []
    for name in () if ahead.trust.abstains else ahead.names:
        one = ahead[name]
        low, high = (float(end[-1]) for end in one.result_interval(0.9))
        levels.append(OutlookLevel(name, ANALYTES[name].title, one.unit, low, float(one.median()[-1]), high))
    reasons = tuple(one.text for one in ahead.trust.reasons)
    told = chances(ahead, protocol, (days / DAYS_PER_WEEK,))
    return Outlook(day, str(regimen), str(ahead.trust.verdict), reasons, tuple(levels), told)


def day_ahead(last: dt.date, due: dt.date | None) -> dt.date:
    """Return the day of the next visit; four weeks after the record where none is due after it."""
    return due if due is not None and due > last else last + dt.timedelta(USUAL_DAYS)
