"""The history of one man: what a record says of him, on one clock of days, in inside units.

Day 0 is the first day of the record. A result is read in the morning before that day's dose, unless it has a time of
draw: testosterone of the afternoon reads less by the analyte's ``afternoon``, in proportion to the hours from 8 to 16.
Results that no likelihood reads are listed with the reason; none is left out silently. An estradiol by mass
spectrometry is compared with the level less the background that immunoassays read (`leydig.inference.results.assay`).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from leydig.analyte import Analyte, SpreadScale
from leydig.analytes import ANALYTES
from leydig.drugs import DRUGS
from leydig.errors import BadRecord
from leydig.inference.results.adherence import regimen_at
from leydig.inference.results.assay import EstradiolAssay, read_by
from leydig.man.man import MEASURABLE
from leydig.record import Record, Result, Treatment
from leydig.regimen import Dose, Regimen
from leydig.units import DAYS_PER_YEAR

__all__ = ["History", "Measurement", "history_of", "last_assay"]

MORNING, AFTERNOON = 8.0, 16.0  # [h] between which `Analyte.afternoon` is declared


@dataclass(frozen=True)
class Measurement:
    """One result that the fit reads.

    Attributes
    ----------
    analyte : str
    value : float
        In the inside unit of the analyte.
    comparator : str
        ``"<"`` or ``">"`` where the laboratory could say no more.
    day : float
        [d]
    draw : int
        Results of one tube of blood, or of one ejaculate, have one number.
    assay : str
        In lower case; results of one assay share its bias.
    rhythm : float
        What the time of draw makes of the level.
    result : Result
    sure_unit : bool
        Whether the laboratory confirmed its unit.
    """

    analyte: str
    value: float
    comparator: str
    day: float
    draw: int
    assay: str
    rhythm: float
    result: Result
    sure_unit: bool = False

    @property
    def entry(self) -> Analyte:
        """The catalogue's entry."""
        return ANALYTES[self.analyte]

    @property
    def by(self) -> EstradiolAssay:
        """What read it, where it is estradiol; of another level an immunoassay, since that makes no difference."""
        return read_by(self.result) if self.entry.anchors == "estradiol" else EstradiolAssay.IMMUNOASSAY


@dataclass(frozen=True)
class History:
    """What is known of a man.

    Attributes
    ----------
    age, bmi : float
        On day 0 [year], [kg/m2].
    first_day, last_day : datetime.date
        Day 0, and the day of the last thing that was written down.
    measurements : tuple of Measurement
        By day.
    regimen : Regimen
        All that he was to take, in days from day 0, up to the last day.
    most_share : float
        The share of his doses that he says he took.
    unread : tuple of str
        What the fit does not read, and why.
    medicines : tuple of str
        What he takes that the model does not simulate.
    """

    age: float
    bmi: float
    first_day: dt.date
    last_day: dt.date
    measurements: tuple[Measurement, ...]
    regimen: Regimen
    most_share: float
    unread: tuple[str, ...]
    medicines: tuple[str, ...]

    @property
    def now(self) -> float:
        """The last day, on the clock of days from day 0."""
        return float((self.last_day - self.first_day).days)

    @property
    def days(self) -> tuple[float, ...]:
        """The days of the measurements, each once, ascending."""
        return tuple(sorted({one.day for one in self.measurements}))

    @property
    def estradiol_assay(self) -> EstradiolAssay:
        """What read his estradiol on the last day, mass spectrometry where both did; an immunoassay where none did."""
        own = [one for one in self.measurements if one.entry.anchors == "estradiol"]
        return last_assay(own)

    @property
    def is_untreated(self) -> bool:
        """Whether every measurement is from before his first dose."""
        begun = min((dose.start for dose in self.regimen.doses), default=np.inf)
        return bool(self.days[-1] <= begun) if self.days else True

    def followed_by(self, regimen: Regimen, before: float, after: float, wait: float = 0.0) -> Regimen:
        """Return what he takes: his share of all that he was given, and a share of a regimen in place of it.

        The regimen begins `wait` days after the last day.
        """
        day = self.now + wait
        past = Regimen(_cut(dose, day) for dose in self.regimen.doses if dose.start < day)
        return regimen_at(past, before) + regimen_at(regimen.delay(day), after)

    @property
    def current(self) -> Regimen:
        """What he is given on the last day and after it, from then on."""
        going = (dose for dose in self.regimen.doses if dose.stop is None or dose.stop > self.now)
        return Regimen(
            replace(dose, start=max(dose.start - self.now, 0.0), missed=(),
                    stop=None if dose.stop is None else dose.stop - self.now)
            for dose in going
        )  # fmt: skip


def last_assay(results: Sequence[Measurement]) -> EstradiolAssay:
    """Return what read results of estradiol on the last of their days; an immunoassay where there is none.

    Parameters
    ----------
    results : sequence of Measurement
        Of one analyte.
    """
    last = {one.by for one in results if one.day == results[-1].day}
    return max(last, key=lambda by: by == EstradiolAssay.MASS_SPECTROMETRY, default=EstradiolAssay.IMMUNOASSAY)


def history_of(record: Record) -> History:
    """Return what a record says of a man.

    Parameters
    ----------
    record : Record
        Of a man whose day of birth and BMI are known.

    Raises
    ------
    BadRecord
        When his sex, age or BMI is missing, nothing is dated, or he takes what the model does not simulate.
    """
    if record.sex.strip().lower() not in ("male", "m", "man"):
        raise BadRecord(f"got sex {record.sex!r}; expected male: the equations hold for men. Write sex = male.")
    days = [one.date for one in record.results] + [one.start for one in record.treatments]
    last, first = record.last_day(), min(days, default=record.last_day())
    taken = [one.standard_value for one in record.of("doses_missed")]
    read, unread = _measurements(record, first)
    return History(
        _age(record, first), _bmi(record), first, last, read, _regimen(record.treatments, first),
        1.0 - taken[-1] / 100.0 if taken else 1.0, unread, tuple(dict.fromkeys(one.text for one in record.medicines)),
    )  # fmt: skip


def _age(record: Record, day: dt.date) -> float:
    if record.born is not None:
        return (day - record.born).days / DAYS_PER_YEAR
    said = record.of("age")
    if not said:
        raise BadRecord("got a record without a day of birth; expected his age: the prior depends on it. Add born.")
    return said[0].standard_value


def _bmi(record: Record) -> float:
    said = record.of("bmi")
    if not said:
        raise BadRecord("got a record without a BMI; expected it: the prior depends on it. Add a result bmi.")
    return said[0].standard_value


def _measurements(record: Record, first: dt.date) -> tuple[tuple[Measurement, ...], tuple[str, ...]]:
    """Return the results that are read, by day, and of the others what they are and why not."""
    draws: dict[tuple[str, dt.date, dt.time | None], int] = {}
    read, unread, confirmed = [], [], _confirmation_day(record)
    shown = {(one.name, one.date, one.time) for one in record.results}
    for one in record.results:
        if one.name not in ANALYTES:
            continue  # examinations, answers and levels that the model does not simulate
        entry = ANALYTES[one.name]
        why = _objection(one, entry)
        twin_share = one.name == "progressive_motility" and ("motility", one.date, one.time) in shown
        if twin_share:
            why = "counted in the same drop as the motile, which is read"
        if why:
            unread.append(f"{entry.title} {one} of {one.date}: {why}")
            continue
        draw = draws.setdefault((entry.specimen, one.date, one.time), len(draws))
        value = one.standard_value / entry.factor_to(entry.clinical)
        read.append(
            Measurement(one.name, value, one.comparator, float((one.date - first).days), draw,
                        one.assay.strip().lower(), _rhythm(entry, one.time), one,
                        confirmed is not None and one.date <= confirmed)
        )  # fmt: skip
    return tuple(read), tuple(unread)


def _confirmation_day(record: Record) -> dt.date | None:
    """Return the day up to which the laboratory confirmed units, where the last answer says that it did."""
    answers = record.of("units_confirmed")
    return answers[-1].date if answers and answers[-1].value is True else None


def _objection(one: Result, entry: Analyte) -> str:
    """Return why a result is not read; empty when it is."""
    if one.name not in MEASURABLE:
        return "worked out from others, or no level of his own"
    if entry.specimen == "semen":
        return _semen_objection(one, entry)
    if not one.standard_value > 0.0:
        return "no level is 0; write what the laboratory said, such as <5"
    return ""


def _semen_objection(one: Result, entry: Analyte) -> str:
    """Return why a result of an ejaculate is not read; empty when it is."""
    counted = one.name == "sperm_concentration"
    if one.comparator == ">" or (one.comparator and not counted):
        return "of semen the upper bound of a concentration is the only bound that is read"
    share = one.standard_value / entry.factor_to(entry.clinical) if entry.spread == SpreadScale.ODDS else 0.5
    if not counted and (one.standard_value == 0.0 or share >= 1.0):
        return "none or all: what such a count says of a share is not read"
    return ""


def _rhythm(entry: Analyte, time: dt.time | None) -> float:
    """Return what the time of draw makes of a level of the morning."""
    if time is None:
        return 1.0
    hour = time.hour + time.minute / 60.0
    return float(1.0 + (entry.afternoon - 1.0) * np.clip((hour - MORNING) / (AFTERNOON - MORNING), 0.0, 1.0))


def _regimen(treatments: tuple[Treatment, ...], first: dt.date) -> Regimen:
    """Return all treatments on the clock of days from day 0, as far as they were written down."""
    return Regimen(dose for one in treatments for dose in _doses_of(one, first))


def _doses_of(one: Treatment, first: dt.date) -> Iterator[Dose]:
    """Yield the doses of a treatment up to its stop."""
    for drug in one.regimen.drugs:
        if drug not in DRUGS:
            raise BadRecord(f"got treatment with {drug}; expected a drug of the catalogue. See leydig list drugs.")
    later = one.regimen.delay(float((one.start - first).days))
    stop = None if one.stop is None else float((one.stop - first).days)
    for dose in later.doses:
        if stop is None:
            yield dose
        elif dose.start < stop:
            yield _cut(dose, stop)


def _cut(dose: Dose, stop: float) -> Dose:
    """Return a dose that is over on a day, at the latest."""
    return replace(dose, stop=stop if dose.stop is None else min(dose.stop, stop))
