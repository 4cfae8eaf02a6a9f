"""Entry: a form for results, answers and medicines, a door for files, and the history with its corrections."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from leydig.analytes import ANALYTES
from leydig.errors import LeydigError, OutOfRange
from leydig.evidence.formats import number_text
from leydig.exchange.laboratory_table import other_unit, value_and_unit
from leydig.record.quantity import QUANTITIES, Quantity, QuantityKind, quantity
from leydig.web.text import catalogue
from leydig.web.view import View

__all__ = ["EntryLine", "EntryView", "FactChoice", "QuantityChoice", "entry_line", "entry_view", "typed_number",
           "unit_reading", "usual_units"]  # fmt: skip

MEASURED = (QuantityKind.ANALYTE, QuantityKind.LEVEL, QuantityKind.SCORE, QuantityKind.WORK_UP)

HISTORY = 60  # entries of one page: each brings a form
WITHDRAWAL = "withdrawal"  # the kind of an entry that takes another one back
RESULT = "result"  # the kind of an entry that a laboratory makes
_NUMBER = re.compile(r"[<>]?\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class QuantityChoice:
    """What can be measured: its name and title, and the units in which it may be given."""

    name: str
    title: str
    units: tuple[str, ...]


@dataclass(frozen=True)
class FactChoice:
    """A question that is answered with yes or no."""

    name: str
    title: str


@dataclass(frozen=True)
class EntryLine:
    """One entry of a record, as it came.

    Attributes
    ----------
    id, kind, name, title : str
    value, unit, date, time, comparator, assay, note, stop : str
    recorded_at, recorded_by : str
    supersedes, superseded_by : str
        Ids of the entry that it corrects, and of the one that corrects it; empty else.
    reason : str
        Of a correction.
    """

    id: str
    kind: str
    name: str
    title: str
    value: str
    unit: str = ""
    date: str = ""
    time: str = ""
    comparator: str = ""
    assay: str = ""
    note: str = ""
    stop: str = ""
    recorded_at: str = ""
    recorded_by: str = ""
    supersedes: str = ""
    superseded_by: str = ""
    reason: str = ""

    @property
    def text(self) -> str:
        """The value with its comparator and unit."""
        return f"{self.comparator}{self.value}{f' {self.unit}' if self.unit else ''}"


@dataclass(frozen=True)
class EntryView(View):
    """The page.

    Attributes
    ----------
    id, pseudonym, version : str
        The version of the record, which a change has to name.
    today : datetime.date
    quantities : dict of str to tuple of QuantityChoice
        By kind.
    facts : tuple of FactChoice
    draft : dict of str to str
        What was written into the form that was refused.
    refusal, pointer : str
        Why, and in which field (``/value``).
    history : tuple of EntryLine
        The last one first, a page of them.
    earlier : str
        The cursor of earlier ones; empty where there are none.
    recorded : EntryLine or None
        What was recorded just before.
    beside : tuple of str
        Other values that are on record of its moment.
    """

    template: ClassVar[str] = "entry.html.jinja"
    id: str
    pseudonym: str
    version: str
    today: dt.date
    quantities: dict[str, tuple[QuantityChoice, ...]]
    facts: tuple[FactChoice, ...]
    draft: dict[str, str]
    refusal: str = ""
    pointer: str = ""
    history: tuple[EntryLine, ...] = ()
    earlier: str = ""
    recorded: EntryLine | None = None
    beside: tuple[str, ...] = ()

    @property
    def usual_moment(self) -> tuple[str, str]:
        """Day and time that the next result most likely has: those of the one before, as a laboratory prints many."""
        before = self.recorded
        is_result = before is not None and before.kind == RESULT
        return (before.date, before.time) if before and is_result else (self.today.isoformat(), "")


def entry_view(
    id: str,
    pseudonym: str,
    entries: Sequence[EntryLine],
    *,
    today: dt.date,
    version: str = "",
    draft: Mapping[str, str] | None = None,
    refusal: str = "",
    pointer: str = "",
    before: str = "",
    newest: str = "",
) -> EntryView:
    """Return the page of a man's entries.

    Parameters
    ----------
    id, pseudonym : str
    entries : sequence of EntryLine
        All of them, those that were superseded too, the first first.
    today : datetime.date
    version : str, optional
        Of the record.
    draft : mapping of str to str, optional
        What was written into a form that was refused.
    refusal, pointer : str, optional
        Why, and in which field.
    before : str, optional
        Show entries before this one; the last ones when left out.
    newest : str, optional
        Id of the entry that was recorded just before.
    """
    past = [one for one in reversed(entries) if not before or one.id < before]
    shown = past[:HISTORY]
    draft = _draft_of_now(dict(draft or {}), entries)
    corrected = draft.get("supersedes")
    recorded = next((one for one in entries if one.id == newest), None)
    shown += [one for one in past[HISTORY:] if one.id == corrected]  # its form comes back, wherever it stands
    return EntryView(
        id, pseudonym, version, today, *_choices(), draft, refusal, pointer, tuple(shown),
        past[HISTORY - 1].id if len(past) > HISTORY else "",
        recorded, _other_values(recorded, entries) if recorded else (),
    )  # fmt: skip


def _draft_of_now(draft: dict[str, str], entries: Sequence[EntryLine]) -> dict[str, str]:
    """Return a correction as one of what holds now, where somebody else corrected the same entry before it.

    Of an entry that was withdrawn there is nothing to correct: what was written is offered as a new one.
    """
    by_id = {one.id: one for one in entries}
    held = by_id.get(draft.get("supersedes", ""))
    while held is not None and held.superseded_by in by_id:
        held = by_id[held.superseded_by]
    if held is None:
        return draft
    if held.kind == WITHDRAWAL:
        return {key: value for key, value in draft.items() if key not in ("supersedes", "reason")}
    return draft | {"supersedes": held.id}


def _other_values(one: EntryLine, entries: Sequence[EntryLine]) -> tuple[str, ...]:
    """Return what else is on record of the same level, moment and assay, in another value."""
    same = [other for other in entries if other.kind == one.kind == RESULT and not other.superseded_by
            and other.id != one.id and _moment(other) == _moment(one)]  # fmt: skip
    return tuple(dict.fromkeys(other.text for other in same if other.text != one.text))


def _moment(one: EntryLine) -> tuple[str, ...]:
    return one.title, one.date, one.time, one.assay


@lru_cache(maxsize=1)
def _choices() -> tuple[dict[str, tuple[QuantityChoice, ...]], tuple[FactChoice, ...]]:
    """Return everything that can be recorded, by kind and title."""
    every = sorted(QUANTITIES.values(), key=lambda one: one.title.lower())
    measured = {
        str(kind): tuple(QuantityChoice(one.name, one.title, usual_units(one)) for one in every if one.kind == kind)
        for kind in MEASURED
    }
    return measured, tuple(FactChoice(one.name, one.title) for one in every if one.kind == QuantityKind.FACT)


def usual_units(one: Quantity) -> tuple[str, ...]:
    """Return the units in which a quantity may be given, the usual one first; none for a pure number."""
    first = (ANALYTES[one.name].us,) if one.name in ANALYTES and not one.ratio_of else (one.unit,)
    return tuple(unit for unit in dict.fromkeys((*first, *one.units)) if unit not in ("", "1"))


def entry_line(content: Mapping[str, Any]) -> EntryLine:
    """Return an entry of a record as a line of its history.

    Parameters
    ----------
    content : mapping
        ``id``, ``kind``, ``name``, ``value``, ``unit``, ``date`` ... as the entry was written, with ``recorded_at``,
        ``recorded_by``, ``supersedes`` and ``superseded_by``.
    """
    name = str(content.get("name") or "")
    title = QUANTITIES[name].title if name in QUANTITIES else name
    texts = {key: str(content.get(key) or "") for key in EntryLine.__dataclass_fields__ if key not in ("title", "name")}
    return EntryLine(name=name, title=title, **texts)


def unit_reading(name: str, value: str, unit: str) -> dict[str, str]:
    """Return what a value means in the other usual unit, or why it cannot be: what a form says as one types.

    Parameters
    ----------
    name : str
        A quantity.
    value : str
        A number, with ``<`` or ``>`` before it or not.
    unit : str

    Returns
    -------
    dict
        ``reading``, empty where there is no other unit, or ``refusal``.

    Examples
    --------
    >>> unit_reading("testosterone", "271", "ng/dL")
    {'reading': '271 ng/dL is 9.4 nmol/L'}
    >>> unit_reading("testosterone", "271", "nmol/L")["refusal"].endswith("Did you mean 271 ng/dL?")
    True
    """
    try:
        one = quantity(name)
        if one.kind in (QuantityKind.FACT, QuantityKind.WORK_UP):
            return {"reading": ""}
        value, unit = value_and_unit(value, unit)
        number = typed_number(value)
        own = one.convert(number, unit)
        rare = other_unit(one.name, number, unit) if value.strip()[:1] not in ("<", ">") else ""
    except LeydigError as error:
        return {"refusal": str(error)}
    usual = (ANALYTES[name].us, ANALYTES[name].si) if one.name in ANALYTES and not one.ratio_of else (one.unit,)
    sign = value.strip()[:1] if value.strip()[:1] in ("<", ">") else ""
    others = [other for other in dict.fromkeys(usual) if other not in ("", "1", unit.strip())]
    shown = [f"{sign}{number_text(own / one.factor_from(other))} {other}" for other in others]
    words = catalogue().entry.reading
    reading = words.format(value=f"{value.strip()} {unit}", others="; ".join(shown)) if shown else ""
    doubt = catalogue().entry.rare.format(value=value.strip(), other=rare) if rare else ""
    return {"reading": " ".join(filter(None, (reading, doubt)))}


def typed_number(value: str) -> float:
    """Return the number of a text, with or without a comparator.

    Raises
    ------
    OutOfRange
        When it is none.
    """
    if "," in value:
        raise OutOfRange(
            f"got value {value[:40]!r}; expected a decimal point, because a comma may also group thousands. Write "
            f"{value[:40].replace(',', '.')} or {value[:40].replace(',', '')}."
        )
    if _NUMBER.fullmatch(value.strip()) is None:
        raise OutOfRange(f"got value {value[:40]!r}; expected a number. Write such as 28.5, or <5.")
    return float(value.strip().lstrip("<> "))
