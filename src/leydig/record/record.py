"""The record: dated results, examinations, answers and treatments of one man, as they came.

Nothing is converted and nothing is guessed: a result keeps its value, unit, comparator (``<5``), assay and
time of draw; rules read it through `Result.bounds`, in the unit of its quantity.
"""

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from leydig import checks
from leydig.cards import card, plural
from leydig.errors import BadRecord, WrongUnit
from leydig.record.medicine import Medicine
from leydig.record.quantity import Quantity, QuantityKind, quantity
from leydig.regimen import Regimen
from leydig.units import snap

__all__ = ["Override", "Record", "Result", "Treatment"]

SPECIFIC = ("ms", "mass spectrometry", "lc-ms/ms", "gc-ms/ms", "lc-ms", "gc-ms", "lcms", "id-lc-ms/ms")


@dataclass(frozen=True)
class Result:
    """One dated result, examination or answer.

    Parameters
    ----------
    name : str
        A name of `leydig.record.quantity.QUANTITIES`.
    value : float, bool or str
        As it came; a fact is True or False, a work-up is ``"normal"`` or what was found in words.
    unit : str, optional
        As it came; needed unless the quantity is a pure number or a fact.
    date : datetime.date
    time : datetime.time, optional
        Time of draw.
    comparator : {"", "<", ">"}, optional
        ``"<"`` where the laboratory could say no more than that it is below.
    assay : str, optional
        Method in words; mass spectrometry is recognized.
    low, high : float, optional
        The laboratory's own reference interval, in `unit`.
    note : str, optional

    Raises
    ------
    UnknownName, WrongUnit, OutOfRange
        When nothing is called so, the unit is missing or of another quantity, or no man has this value.
    BadRecord
        When a fact is no yes or no, a work-up is not in words, a comparator is unknown, a number is none, or the date
        is no day.
    """

    name: str
    value: float | bool | str
    date: dt.date
    unit: str = ""
    time: dt.time | None = None
    comparator: str = ""
    assay: str = ""
    low: float | None = None
    high: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        one = quantity(self.name)
        object.__setattr__(self, "name", one.name)
        if one.ratio_of and self.unit.strip() in ("", "1"):
            raise WrongUnit(
                f"got {one.title} {self.value}; expected {' and '.join(one.ratio_of)} of one draw, or the ratio with "
                f"its units ({', '.join(one.units)}). A bare ratio does not say them: add the unit."
            )
        if self.comparator not in ("", "<", ">"):
            raise BadRecord(f"got comparator {self.comparator!r} of {one.title}; expected < or >. Leave it out else.")
        self._set_date()
        if one.kind == QuantityKind.FACT:
            self._check_fact(one)
            return
        if one.kind == QuantityKind.WORK_UP:
            self._check_words(one)
            return
        object.__setattr__(self, "value", checks.number(self.value, one.title, error=BadRecord))
        for key in ("low", "high"):
            if getattr(self, key) is not None:
                end = checks.number(getattr(self, key), f"{key} end of the reference interval", error=BadRecord)
                object.__setattr__(self, key, end)
        one.convert(float(self.value), self.unit)

    def _set_date(self) -> None:
        """Take a day, or a moment in place of day and time."""
        date, time = checks.moment(self.date, f"date of {self.name}", error=BadRecord)
        object.__setattr__(self, "date", date)
        if self.time is None:
            object.__setattr__(self, "time", time)
        elif not isinstance(self.time, dt.time) or self.time.tzinfo is not None or time is not None:
            raise BadRecord(
                f"got time {str(self.time)!r} of {self.name}; expected one time of draw without a time zone. "
                "Give a datetime.time of the local clock."
            )

    def _check_fact(self, one: Quantity) -> None:
        """Refuse what is no plain yes or no."""
        if not isinstance(self.value, bool):
            raise BadRecord(f"got {one.name} {self.value!r}; expected yes or no ({one.title}). Give True or False.")
        self._check_alone(one, "yes or no alone")

    def _check_words(self, one: Quantity) -> None:
        """Refuse a work-up that is not in words."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise BadRecord(f"got {one.name} {self.value!r}; expected words. Write 'normal', or what was found.")
        if one.is_outstanding(self.value):
            raise BadRecord(
                f"got {one.name} {self.value!r}; expected a result, 'normal' or what was found. "
                "Leave it out until there is one: what is not known yet stays open."
            )
        self._check_alone(one, "words alone")

    def _check_alone(self, one: Quantity, expected: str) -> None:
        for key in ("unit", "comparator", "low", "high"):
            if getattr(self, key) not in ("", None):
                raise BadRecord(f"got {key} {getattr(self, key)!r} of {one.name}; expected {expected}. Leave it out.")

    @cached_property
    def standard_value(self) -> float:
        """The value in the unit of its quantity; 1 or 0 for a fact, and for a work-up that is abnormal or normal."""
        one = quantity(self.name)
        if isinstance(self.value, str):
            return float(one.abnormal(self.value))
        return (
            float(self.value) if one.kind == QuantityKind.FACT else snap(float(self.value) * one.factor_from(self.unit))
        )

    def value_in(self, unit: str) -> float:
        """Return the value in another unit of the quantity, so that a rule has a unit of its own."""
        return self.standard_value / quantity(self.name).factor_from(unit)

    def bounds_in(self, unit: str) -> tuple[float, float]:
        """Return `bounds` in another unit of the quantity, so that a rule has a unit of its own."""
        scale = quantity(self.name).factor_from(unit)
        return self.bounds[0] / scale, self.bounds[1] / scale

    @property
    def bounds(self) -> tuple[float, float]:
        """The values, in the unit of the quantity, between which the true one lies."""
        if self.comparator == "<":
            return quantity(self.name).possible[0], math.nextafter(self.standard_value, -math.inf)
        if self.comparator == ">":
            return math.nextafter(self.standard_value, math.inf), quantity(self.name).possible[1]
        return self.standard_value, self.standard_value

    @property
    def specific(self) -> bool:
        """Whether the assay is a mass spectrometry."""
        return self.assay.strip().lower() in SPECIFIC

    @property
    def sane_range(self) -> tuple[float, float] | None:
        """The laboratory's reference interval in the unit of the quantity; None where it is missing or absurd."""
        if self.low is None or self.high is None or not 0.0 <= self.low < self.high:
            return None
        scale = quantity(self.name).factor_from(self.unit)
        return snap(self.low * scale), snap(self.high * scale)

    @property
    def own_limits(self) -> tuple[float | None, float | None] | None:
        """The laboratory's own limits in the unit of the quantity, None for an end that it does not print."""
        if (self.low is None) == (self.high is None):
            return self.sane_range
        low, high = (None if end is None else snap(end * quantity(self.name).factor_from(self.unit))
                     for end in (self.low, self.high))  # fmt: skip
        return (low, high) if (low or high or 0.0) > 0.0 else None

    def __str__(self) -> str:
        if quantity(self.name).kind == QuantityKind.FACT:
            return "yes" if self.value else "no"
        if isinstance(self.value, str):
            return self.value
        unit = f" {self.unit}" if self.unit not in ("", "1") else ""
        return f"{self.comparator}{self.value:g}{unit}"


@dataclass(frozen=True)
class Treatment:
    """What was given from one day until another.

    Attributes
    ----------
    regimen : Regimen
    start : datetime.date
    stop : datetime.date or None
        The first day without it; None while it goes on.
    """

    regimen: Regimen
    start: dt.date
    stop: dt.date | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.regimen, Regimen):
            raise BadRecord(
                f"got {checks.text_of(self.regimen)} as what was given; expected a Regimen. "
                "Write Regimen('...') around a text."
            )
        object.__setattr__(self, "start", checks.date(self.start, "start of a treatment", error=BadRecord))
        if self.stop is not None:
            object.__setattr__(self, "stop", checks.date(self.stop, "stop of a treatment", error=BadRecord))
        if self.stop is not None and self.stop <= self.start:
            raise BadRecord(
                f"got treatment {str(self.regimen)!r} from {self.start} with its stop on {self.stop}; expected a later "
                "stop. It is the first day without it."
            )

    def on(self, day: dt.date) -> bool:
        """Return whether it is given on a day."""
        return self.start <= day and (self.stop is None or day < self.stop)


@dataclass(frozen=True)
class Override:
    """A number of the protocol that the clinician set for this man, or a warning that he lifts, and why.

    Attributes
    ----------
    what : str
        Such as ``ceiling.anastrozole``, ``target.testosterone.at_least`` or ``lift.KARYOTYPE``.
    value : float
        In the protocol's unit; 1 for a warning that is lifted.
    reason : str
    """

    what: str
    value: float
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", checks.number(self.value, f"override {self.what!r}", error=BadRecord))
        if not self.reason.strip():
            raise BadRecord(f"got override {self.what!r} without a reason; expected one. Write why.")


_PARTS = {"results": Result, "treatments": Treatment, "overrides": Override, "medicines": Medicine}


def _parts(given: Iterable[object], kind: type, name: str) -> tuple[object, ...]:
    """Return what stands in a list of a record, refusing what is no such thing."""
    several = tuple(given) if isinstance(given, Iterable) else ()
    wrong = [one for one in several if not isinstance(one, kind)] if isinstance(given, Iterable) else [given]
    for one in wrong:
        raise BadRecord(
            f"got {checks.text_of(one)} among {name}; expected a list of {kind.__name__}. "
            f"Make one: {kind.__name__}(...)."
        )
    return several


@dataclass(frozen=True, repr=False)
class Record:
    """Dated laboratory results and doses of one man.

    Attributes
    ----------
    sex : str
        As it came; empty where it was not said.
    born : datetime.date or None
    results : tuple of Result
        By date and time.
    treatments : tuple of Treatment
        By start.
    overrides : tuple of Override
    goals : tuple of str
        What the man wants, in his words.
    id : str
    medicines : tuple of Medicine
        What he takes that the model does not simulate, by start.
    """

    sex: str
    born: dt.date | None = None
    results: tuple[Result, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    overrides: tuple[Override, ...] = ()
    goals: tuple[str, ...] = ()
    id: str = ""
    medicines: tuple[Medicine, ...] = ()
    _by_name: dict[str, tuple[Result, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.born is not None:
            object.__setattr__(self, "born", checks.date(self.born, "day of birth", error=BadRecord))
        for name, kind in _PARTS.items():
            object.__setattr__(self, name, _parts(getattr(self, name), kind, name))
        ordered = sorted(self.results, key=lambda one: (one.date, one.time or dt.time.min))
        object.__setattr__(self, "results", tuple(ordered))
        object.__setattr__(self, "treatments", tuple(sorted(self.treatments, key=lambda one: one.start)))
        object.__setattr__(self, "medicines", tuple(sorted(self.medicines, key=lambda one: one.start)))
        found: dict[str, list[Result]] = {}
        for one in ordered:
            found.setdefault(one.name, []).append(one)
        object.__setattr__(self, "_by_name", {name: tuple(many) for name, many in found.items()})

    def __repr__(self) -> str:
        days = sorted(one.date for one in self.results)
        span = f", {days[0]} to {days[-1]}" if days else ""
        parts = (plural(len(self.results), "result") + span, plural(len(self.treatments), "treatment"))
        born = f", born {self.born}" if self.born else ""
        return f"Record({self.sex or 'sex not said'}{born}: {', '.join(parts)})"

    def _repr_html_(self) -> str:
        rows = [(one.date, quantity(one.name).title, one, one.note) for one in self.results]
        given = [f"{one.regimen} from {one.start}" + (f" until {one.stop}" if one.stop else "")
                 for one in self.treatments]  # fmt: skip
        return card(repr(self), ("date", "result", "value", "note"), rows, given)

    def of(self, name: str) -> tuple[Result, ...]:
        """Return every result of one quantity, oldest first."""
        return self._by_name.get(name, ())

    def with_results(self, more: Iterable[Result]) -> "Record":
        """Return the record with further results."""
        return replace(self, results=(*self.results, *more))

    def last_day(self) -> dt.date:
        """Return the day of the last thing that was written down.

        Raises
        ------
        BadRecord
            When nothing is dated.
        """
        days = [one.date for one in self.results]
        taken: tuple[Treatment | Medicine, ...] = (*self.treatments, *self.medicines)
        days += [day for one in taken for day in (one.start, one.stop) if day is not None]
        if not days:
            raise BadRecord("got a record with no dated result or treatment; expected at least one. Add it.")
        return max(days)
