"""A whole visit: results of one draw and answers of one day, asked for as his protocol needs them, sent at once."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from leydig.analytes import of_panel
from leydig.assessment.finding import Assessment, FindingKind
from leydig.protocol.lint.reads import quantities_behind
from leydig.protocol.protocol import Protocol
from leydig.protocol.semen import LIMITED
from leydig.record import Record
from leydig.record.quantity import QUANTITIES, QuantityKind
from leydig.web.view import View
from leydig.web.views.entry.entries import usual_units

__all__ = ["ANSWER", "UNIT", "VALUE", "VisitQuestion", "VisitRow", "VisitView", "visit_view"]

VALUE, UNIT, ANSWER = "value.", "unit.", "answer."  # how a field of the form begins; the name of the quantity follows
_NUMBERS = (QuantityKind.ANALYTE, QuantityKind.LEVEL, QuantityKind.SCORE)


@dataclass(frozen=True)
class VisitRow:
    """A result that may be written down.

    Attributes
    ----------
    name, title : str
        Of the quantity.
    units : tuple of str
        Those it may have; none for a score.
    unit : str
        That of his last result, or the usual one.
    is_missing : bool
        Whether his protocol needs it now.
    last : str
        His last result with its day; empty where there is none.
    error : str
        Why what was written cannot be taken.
    is_rare : bool
        Whether it can be, once somebody says that it is right.
    """

    name: str
    title: str
    units: tuple[str, ...]
    unit: str
    is_missing: bool = False
    last: str = ""
    error: str = ""
    is_rare: bool = False


@dataclass(frozen=True)
class VisitQuestion:
    """A question that his protocol reads: name, title, his last answer with its day, why the new one is refused."""

    name: str
    title: str
    last: str = ""
    error: str = ""


@dataclass(frozen=True)
class VisitView(View):
    """The page.

    Attributes
    ----------
    id, pseudonym : str
    protocol : str
        Title of the protocol by which is asked.
    today : datetime.date
    results : tuple of VisitRow
        What is missing first.
    questions : tuple of VisitQuestion
        Those without an answer first.
    draft : dict of str to str
        What was written into the form that was refused.
    refusal : str
        Why.
    errors : tuple of str
        Refusals of what has no row here.
    """

    template: ClassVar[str] = "visit.html.jinja"
    id: str
    pseudonym: str
    protocol: str
    today: dt.date
    results: tuple[VisitRow, ...]
    questions: tuple[VisitQuestion, ...]
    draft: dict[str, str]
    refusal: str = ""
    errors: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return what is asked, as the service answers."""
        return {
            "id": self.id,
            "results": [{"name": one.name, "title": one.title, "units": list(one.units), "is_missing": one.is_missing,
                         "last": one.last} for one in self.results],
            "questions": [{"name": one.name, "title": one.title, "last": one.last} for one in self.questions],
        }  # fmt: skip


def visit_view(
    id: str,
    record: Record,
    protocol: Protocol,
    assessment: Assessment,
    *,
    today: dt.date,
    pseudonym: str = "",
    draft: Mapping[str, str] | None = None,
    refusal: str = "",
    errors: Mapping[str, str] | None = None,
    rare: Collection[str] = (),
) -> VisitView:
    """Return the form of a visit.

    Parameters
    ----------
    id : str
    record : Record
    protocol : Protocol
    assessment : Assessment
        Which says what is missing.
    today : datetime.date
    pseudonym : str, optional
    draft : mapping of str to str, optional
        What was written into a form that was refused.
    refusal : str, optional
        Why.
    errors : mapping of str to str, optional
        Why a row cannot be taken, by the name of its quantity.
    rare : collection of str, optional
        Of these, the quantities of which somebody may say that the value is right.
    """
    wrong = dict(errors or {})
    missing = {name for one in assessment.of(FindingKind.MISSING) for name in one.missing}
    missing |= {name for one in assessment.of(FindingKind.ELIGIBILITY) for name in one.missing}
    asked = dict.fromkeys([*_asked_names(protocol), *sorted(missing)])
    asked |= dict.fromkeys(key.removeprefix(VALUE) for key in draft or {} if key.startswith(VALUE))
    last = _last_entries(record)
    rows = [
        replace(_row(name, name in missing, last, wrong), is_rare=name in rare) for name in asked if _is_number(name)
    ]
    questions = [VisitQuestion(name, QUANTITIES[name].title, last.get(name, ("", ""))[0], wrong.get(name, ""))
                 for name in _facts(protocol)]  # fmt: skip
    shown = {*(one.name for one in rows), *(one.name for one in questions)}
    return VisitView(
        id, pseudonym, protocol.title, today, tuple(sorted(rows, key=lambda one: not one.is_missing)),
        tuple(sorted(questions, key=lambda one: bool(one.last))), dict(draft or {}), refusal,
        tuple(text for name, text in wrong.items() if name not in shown),
    )  # fmt: skip


def _asked_names(protocol: Protocol) -> Iterator[str]:
    """Yield what a protocol needs before treatment and at its visits, and what the page of a man shows."""
    yield from (one.of for one in protocol.needs)
    yield from (name for one in protocol.visits for name in one.panel)
    yield from of_panel("score")
    yield from (*LIMITED, "bmi")


def _is_number(name: str) -> bool:
    """Return whether a laboratory or an examination gives it as a number that is not worked out of others."""
    return name in QUANTITIES and QUANTITIES[name].kind in _NUMBERS and not QUANTITIES[name].ratio_of


def _facts(protocol: Protocol) -> list[str]:
    """Return the questions that the rules of a protocol read, and those that it asks before treatment."""
    read = {name for rule in protocol.rules for one in rule.conditions for name in quantities_behind(one.of, protocol)}
    read |= {one.of for one in protocol.needs}
    facts = [one for one in QUANTITIES.values() if one.kind == QuantityKind.FACT and one.name in read]
    return sorted((one.name for one in facts), key=lambda name: QUANTITIES[name].title.lower())


def _last_entries(record: Record) -> dict[str, tuple[str, str]]:
    """Return of everything on record its last value with the day, and its unit."""
    ordered = sorted(record.results, key=lambda one: one.date)
    return {one.name: (f"{one}, {one.date.isoformat()}", one.unit) for one in ordered}


def _row(name: str, is_missing: bool, last: Mapping[str, tuple[str, str]], wrong: Mapping[str, str]) -> VisitRow:
    units = usual_units(QUANTITIES[name])
    before, unit = last.get(name, ("", ""))
    return VisitRow(name, QUANTITIES[name].title, units, unit or (units[0] if units else ""), is_missing, before,
                    wrong.get(name, ""))  # fmt: skip
