"""What a twin expects until the next visit, under what is advised, and why the newest results are not what it expected.

It stands beside the rule and changes no advice.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from leydig.analytes import ANALYTES
from leydig.assessment.chances import Chance, chances
from leydig.errors import BadRecord
from leydig.inference.decision.surprise import Surprise, attribute_surprise
from leydig.inference.forecast import ForecastLevel
from leydig.inference.results.assay import EstradiolAssay
from leydig.inference.twin import Twin
from leydig.protocol.protocol import Protocol
from leydig.record import Record
from leydig.regimen import Regimen
from leydig.units import DAYS_PER_WEEK

__all__ = ["Outlook", "OutlookBand", "OutlookLevel", "outlook", "visit_ahead"]

DRAWN = 8  # days until the next visit whose bands are told
SURPRISE_DRAWS = 300  # of him as he was before his newest results
USUAL_DAYS = 28  # [d] until a next visit, where none is due


@dataclass(frozen=True)
class OutlookBand:
    """Where a result of one day is expected.

    Attributes
    ----------
    day : datetime.date
    least, low, high, most : float
        90 % of results lie between least and most, 50 % between low and high.
    """

    day: dt.date
    least: float
    low: float
    high: float
    most: float


@dataclass(frozen=True)
class OutlookLevel:
    """The next result of one analyte.

    Attributes
    ----------
    name, title, unit : str
    low, median, high : float
        Of the result, 90 % between low and high; the median is that of the true level.
    bands : tuple of OutlookBand
        From the day of the assessment to that visit.
    """

    name: str
    title: str
    unit: str
    low: float
    median: float
    high: float
    bands: tuple[OutlookBand, ...]

    def record(self) -> dict[str, Any]:
        """Return it as plain lists and texts."""
        bands = [vars(one) | {"day": one.day.isoformat()} for one in self.bands]
        return vars(self) | {"bands": bands}


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
    estradiol_assay : EstradiolAssay
        Which reads the estradiol of levels and chances: that of his last results of it.
    surprise : Surprise or None
        Why his newest results are not what was expected of him; None where they are, or nothing was known before.
    """

    day: dt.date
    regimen: str
    verdict: str
    reasons: tuple[str, ...]
    levels: tuple[OutlookLevel, ...]
    chances: tuple[Chance, ...]
    estradiol_assay: EstradiolAssay
    surprise: Surprise | None = None

    def record(self) -> dict[str, Any]:
        """Return it as plain lists and texts."""
        return {
            "day": self.day.isoformat(), "regimen": self.regimen, "verdict": self.verdict,
            "reasons": list(self.reasons), "levels": [one.record() for one in self.levels],
            "chances": [{"of": str(one.of), "conditions": list(one.conditions), "share": one.share, "gap": str(one.gap)}
                        for one in self.chances],
            "estradiol_assay": str(self.estradiol_assay),
            "surprise": None if self.surprise is None else self.surprise.record(),
        }  # fmt: skip


def outlook(
    twin: Twin, record: Record, regimen: Regimen, protocol: Protocol, on: dt.date, due: dt.date | None
) -> Outlook:  # fmt: skip
    """Return what is expected of a regimen until the day of the next visit.

    Parameters
    ----------
    twin : Twin
    record : Record
        Of which the twin is.
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
    day, days, wait = visit_ahead(last, on, due)
    shown = np.unique(np.linspace(min(wait, days), days, DRAWN).round())
    ahead = twin.forecast_on(shown, regimen, wait=wait)
    levels = []
    for name in () if ahead.trust.abstains else ahead.names:
        one = ahead[name]
        bands = _bands(one, last)
        levels.append(OutlookLevel(name, ANALYTES[name].title, one.unit, bands[-1].least, float(one.median()[-1]),
                                   bands[-1].most, bands))  # fmt: skip
    reasons = tuple(one.text for one in ahead.trust.reasons)
    told = chances(ahead, protocol, (days / DAYS_PER_WEEK,))
    why = _surprise(record, twin)
    return Outlook(
        day, str(regimen), str(ahead.trust.verdict), reasons, tuple(levels), told, ahead.estradiol_assay, why
    )


def _bands(level: ForecastLevel, last: dt.date) -> tuple[OutlookBand, ...]:
    (least, most), (low, high) = level.result_interval(0.9), level.result_interval(0.5)
    rows = zip(level.days.tolist(), *(one.tolist() for one in (least, low, high, most)), strict=True)
    return tuple(OutlookBand(last + dt.timedelta(day), *ends) for day, *ends in rows)


def _surprise(record: Record, twin: Twin) -> Surprise | None:
    """Return why the newest results are not what was expected of him; None where they are, or nothing was before."""
    try:
        found = attribute_surprise(record, kind=twin.prior.kind, draws=SURPRISE_DRAWS, seed=twin.seed)
    except BadRecord:  # results of one day alone
        return None
    return found if found.is_surprise else None


def visit_ahead(last: dt.date, on: dt.date, due: dt.date | None) -> tuple[dt.date, float, float]:
    """Return the day of the next visit, and the days from the end of the record to it and to the day of the assessment.

    It is four weeks after the record where none is due after it.
    """
    day = due if due is not None and due > last else last + dt.timedelta(USUAL_DAYS)
    return day, float((day - last).days), float(max((on - last).days, 0))
