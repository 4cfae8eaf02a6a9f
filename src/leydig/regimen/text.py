"""The readable text of a regimen, as a clinician writes it.

::

    regimen   = phase { "then" phase }
    phase     = "nothing" ["for" LENGTH] | "stop" | item { ("+" | "and" | "plus" | "with" | "," | ";") item }
    item      = [DRUG [DOSE]] FREQUENCY { ROUTE | CLOCK | DAYS | CYCLE | from | for | until | missing }
    DRUG      = catalogue name, other generic name, or brand; ["pump"] where pulses are given
    DOSE      = NUMBER UNIT [("/" | "per" | "a") ("hour" | "day" | "week")]
    FREQUENCY = daily | N times daily | Nx/day | every other day | every N minutes|hours|days|weeks|months |
                weekly | once, twice, three times weekly | Nx/week | monthly | once | continuous | CLOCK | DAYS |
                "on days" N { , N } "of each week"
    CLOCK     = "in the morning" | "in the evening" | "at night" | "at bedtime" | "nightly" | "every morning" ...
    DAYS      = ["on"] WEEKDAY { WEEKDAY } | WEEKDAY "to" WEEKDAY | "mwf" | "m/w/f"
    CYCLE     = N [days|weeks|months] "on" N [days|weeks|months] "off"
    ROUTE     = oral | sc | im | iv | transdermal
    from      = ("from" | "starting") ("week" | "day") NUMBER [("to" | "-") ["week"] NUMBER]
    for       = ("for" | "x") LENGTH;   LENGTH = NUMBER ("days" | "weeks" | "months")
    until     = ("until" | "to" | "stop") ("week" | "day") NUMBER
    missing   = ("missing" | "skip") ("days" | "weeks") N ["to" N] { , N ["to" N] }, after all else

What the words mean:

- Days and weeks count from 0: day 0 is the first day, ``from day 1`` begins on the second, ``from week 4`` on day 28.
  ``until`` is the first day without it. ``missing week 3`` is days 21 to 27. A month has the length
  of `leydig.units`, to the nearest whole day: three are 91 days.
- A day begins in the morning, when doses are taken unless a text says otherwise; evening, night and bedtime are half
  a day later. Twice daily is every 12 hours; twice weekly is days 0 and 3 of each week, three times 0, 2 and 4.
- Day 0 is a Monday unless the regimen has a date to begin on.
- After ``then`` a dose without a drug is of the drug before it, and a frequency alone keeps drug and dose. Days and
  weeks are counted from the start of the phase; those that may as well count from the start of all are refused.
- Shorthand (bid, tid, qod, q12h, q90min, mcg, 2x/week) is read and written out. A decimal comma is read where it can
  be nothing else. What has two meanings (``biweekly``, ``1,500 IU``, ``mon-thu``) is refused with both.
"""

import math
from dataclasses import replace
from typing import NamedTuple

from leydig.errors import BadRegimen
from leydig.product import Product
from leydig.regimen.dose import CONTINUOUS, Dose, Repeat
from leydig.regimen.frequency import (
    Frequency,
    clock,
    clock_comes,
    cycle,
    cycle_comes,
    frequency,
    frequency_comes,
    weekday_comes,
    weekdays,
)
from leydig.regimen.names import drug, drug_comes
from leydig.regimen.repeat import RepeatKind
from leydig.regimen.span import Span, span_comes, take_span
from leydig.regimen.words import NOTHING, Reader, days_in
from leydig.ticks import snap_ticks
from leydig.units import DAYS_PER_WEEK, snap

__all__ = ["read"]

_ROUTES = ("oral", "sc", "im", "iv", "transdermal")
_FORMS = ("tablet", "tablets", "tab", "tabs", "capsule", "capsules", "cap", "caps", "injection", "injections")


class Prescription(NamedTuple):
    """What is given each time: what a later phase may leave out."""

    entry: Product
    amount: float
    route: str | None
    often: Frequency


def read(text: str, weekday: int | None = None) -> tuple[tuple[Dose, ...], tuple[str, ...]]:
    """Read a regimen text.

    Parameters
    ----------
    text : str
    weekday : int, optional
        The day of the week of day 0, 0 for Monday. A Monday is taken, and noted, when left out.

    Returns
    -------
    doses : tuple of Dose
    notes : tuple of str
        What was taken to be meant where the text alone does not say, and brands.

    Raises
    ------
    BadRegimen
        When a word cannot be read, or can be read in two ways; the message points at it.
    UnknownName
        When no drug has the name.
    """
    reader = Reader(text, weekday)
    doses: list[Dose] = []
    before: list[Prescription] = []
    alone: set[str] = set()  # drugs given once in the phase before, which does not say for how long
    place = 0
    while True:
        phase, length, prescriptions = _phase(reader, before)
        if alone & {dose.drug for dose in phase}:
            raise reader.refusal(
                "how long after a single dose the next one of this drug comes",
                "Write such as 'once for 6 weeks then', or '+' and 'from week 6'.",
                place,
            )
        alone = {dose.drug for dose in phase if dose.repeat.kind == RepeatKind.ONCE and dose.stop is None}
        doses += [dose.delay(reader.phase) for dose in phase] if reader.phase else phase
        before = prescriptions or before
        if reader.at_end:
            return tuple(doses), tuple(reader.notes)
        if not _then(reader):
            reader.here += reader.peek() == "at" and reader.peek(1).startswith("steady")
            raise reader.refusal(
                "then, +, from, for, until, missing, or the end",
                "Remove or correct the word, or write + before another drug.",
            )
        place = reader.here - 1
        _begin(reader, length)


def _begin(reader: Reader, length: float | None) -> None:
    """Begin the phase after one of this length [d]."""
    if length is not None:
        reader.phase = snap_ticks(reader.phase + length)
    else:
        raise reader.refusal(
            "a length before 'then': the phase before it has no end, so what follows would never start",
            "Write how long, such as 'for 12 weeks then'.",
            reader.here - 1,
        )


def _then(reader: Reader) -> bool:
    """Step over 'then', with a comma or semicolon before it."""
    here = reader.here
    reader.take(",") or reader.take("+")
    if reader.take("then") or reader.take("followed", "by"):
        return True
    reader.here = here
    return False


def _phase(reader: Reader, before: list[Prescription]) -> tuple[list[Dose], float | None, list[Prescription]]:
    """Read one phase; return its doses, counted from its start, its length [d] and what is given each time."""
    if reader.take(NOTHING) or reader.take("stop"):
        return [], reader.length("how long", "day", "week", "month") if reader.take("for") else None, []
    dose, prescription = _item(reader, before)
    doses, prescriptions = [dose], [prescription]
    while _step_over_joint(reader):
        dose, prescription = _item(reader, [])
        doses.append(dose)
        prescriptions.append(prescription)
    ends = [dose.end for dose in doses]
    length = None if None in ends else max(end for end in ends if end is not None)
    return doses, length, prescriptions


def _step_over_joint(reader: Reader) -> bool:
    """Step over what joins two drugs: +, and, or a comma before a name."""
    here = reader.here
    if reader.take(",") and not (reader.take("+") or reader.take("and") or drug_comes(reader)):
        reader.here = here
        return False
    if reader.here > here:
        return True
    if reader.take("+") or reader.take("and"):
        if reader.peek() != "then":
            return True
        reader.here = here
    return False


def _item(reader: Reader, before: list[Prescription]) -> tuple[Dose, Prescription]:
    """Read one drug with its dose, frequency and span."""
    place = reader.here
    prescription = _prescription(reader, before)
    span, route, often = Span(), prescription.route, prescription.often
    while True:
        here = reader.here
        reader.take(",")
        if _route_comes(reader) and route is None:
            route = _route(reader, prescription.entry)
        elif clock_comes(reader) and often.hour is None:
            often = clock(reader, often)
        elif weekday_comes(reader) and not often.names:
            often = weekdays(reader, often)
        elif cycle_comes(reader):
            often = cycle(reader, often)
        elif span_comes(reader):
            take_span(reader, span, often.repeat.kind == RepeatKind.ONCE)
        else:
            reader.here = here
            break
    prescription = prescription._replace(route=route, often=often)
    return _dose(reader, prescription, span, place), prescription


def _dose(reader: Reader, prescription: Prescription, span: Span, place: int) -> Dose:
    """Return a dose of one item, its weekdays and time of day counted from its start."""
    entry, amount, route, often = prescription
    start, repeat = span.first_day, often.repeat
    if often.hour is not None:
        start = math.ceil(start - often.hour) + often.hour
    if often.names:
        today = reader.weekday + math.floor(reader.phase + start)
        offsets = tuple(sorted((name - today) % DAYS_PER_WEEK for name in often.names))
        if repeat.kind == RepeatKind.WEEKDAYS:
            repeat = replace(repeat, weekdays=offsets)
        else:
            start += offsets[0]
    try:
        return Dose(entry.name, amount, repeat, start, span.end, route, tuple(span.missed))
    except BadRegimen as error:
        raise BadRegimen(f"{error}\n{reader.excerpt(reader.words[place].at)}") from None


def _prescription(reader: Reader, before: list[Prescription]) -> Prescription:
    """Read a drug, its dose and how often; in a later phase what is left out is that of the one before."""
    if reader.numeric() or frequency_comes(reader):
        if len(before) != 1:
            several = "what is before it has more than one drug" if before else "nothing is before it"
            raise reader.refusal(
                f"the name of a drug, because {several}", "Write the drug first, such as anastrozole 1 mg daily."
            )
        if frequency_comes(reader):
            return before[0]._replace(often=frequency(reader, before[0].entry))
        return _read_dose(reader, before[0].entry, None)
    entry = drug(reader)
    if entry.pulsatile:
        reader.take("by")
        reader.take("pump")
    reader.here += reader.peek() in _FORMS
    route = _route(reader, entry) if _route_comes(reader) else None
    return _read_dose(reader, entry, route)


def _read_dose(reader: Reader, entry: Product, route: str | None) -> Prescription:
    """Read a dose and how often it is given."""
    place = reader.here
    amount = _amount(reader, entry)
    unit = ""
    if reader.take("/") or reader.take("per") or reader.take("a"):
        unit = reader.unit("hour", "day", "week")
    if route is None and _route_comes(reader):
        route = _route(reader, entry)
    if reader.peek() == "," and not reader.is_last:
        reader.here += 1
    if reader.peek() == "continuous" and not unit:
        raise reader.refusal("a rate before 'continuous'", "Write such as '10 ug/h continuous'.")
    if not unit:
        return Prescription(entry, amount, route, frequency(reader, entry))
    if reader.take("continuous"):
        return Prescription(entry, _a_day(amount, unit), route, Frequency(CONTINUOUS))
    plain = not (frequency_comes(reader) and not clock_comes(reader) and not weekday_comes(reader))
    if not plain or unit == "hour":
        raise reader.refusal("'continuous' after a rate", "Write a rate with 'continuous', or a dose and how often.")
    if entry.infusible and not entry.pulsatile:
        if unit != "day":
            raise reader.refusal(f"{entry.unit}/day", "Write the rate of a day.", place)
        return Prescription(entry, amount, route, Frequency(CONTINUOUS))
    return Prescription(entry, amount, route, Frequency(Repeat(RepeatKind.EVERY, days_in(1, unit))))


def _amount(reader: Reader, entry: Product) -> float:
    """Read a dose and return it in the drug's own unit."""
    amount = reader.number("the dose", thousands=entry.unit == "IU")
    sizes = entry.unit_sizes
    word = reader.peek()
    if word in ("-", "to"):
        raise reader.refusal("one dose", "Write one number.")
    if word not in sizes:
        way_out = "Write the number without a gap." if reader.numeric() else "Give the unit of the dose."
        raise reader.refusal(f"a unit of {entry.title}: {', '.join([entry.unit, *entry.units])}", way_out)
    reader.here += 1
    reader.here += reader.peek() in _FORMS
    return amount if sizes[word] == 1.0 else snap(amount * sizes[word])


def _a_day(amount: float, unit: str) -> float:
    """Return a rate per unit of time as a rate per day."""
    return amount if unit == "day" else snap(amount / days_in(1, unit))


def _route_comes(reader: Reader) -> bool:
    return reader.peek() in _ROUTES or (reader.peek() == "by" and reader.peek(1) in ("mouth", "pump"))


def _route(reader: Reader, entry: Product) -> str | None:
    """Read how a drug is given; a pump says nothing that its pulses do not."""
    place = reader.here
    if reader.take("by", "pump"):
        if entry.pulsatile:
            return None
        raise reader.refusal("a drug that is given by pump", "Remove the words.", place)
    route = "oral" if reader.take("by", "mouth") else reader.peek()
    reader.here += route in _ROUTES and reader.here == place
    if route not in entry.routes:
        raise reader.refusal(f"{' or '.join(entry.routes)} for {entry.title}", "Write one, or leave it out.", place)
    return route
