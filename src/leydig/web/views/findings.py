"""Findings on a page: the words of the library, with numbers that lead to the sources beneath."""

from collections.abc import Iterable
from dataclasses import dataclass

from leydig.assessment.finding import Finding
from leydig.assessment.wording import certainty_text
from leydig.protocol.implied import short_title, title_of
from leydig.reports.pages.case import value_in_usual_units
from leydig.reports.pages.sources import Citation

__all__ = ["CitedSource", "FindingLine", "InputLine", "finding_line", "source_numbers", "sources_of"]


@dataclass(frozen=True)
class InputLine:
    """One value that a rule read: what it is, the value with its unit, and its day; empty where it has none."""

    title: str
    value: str
    day: str


@dataclass(frozen=True)
class FindingLine:
    """One finding, in the clinician's words.

    Attributes
    ----------
    rule, kind, title, status, severity, text, action : str
    inputs : tuple of InputLine
    missing, changes : tuple of str
        In words: what is not known, and what would change it.
    sources : tuple of int
        Numbers of the sources of the page.
    certainty : str
        In words.
    """

    rule: str
    kind: str
    title: str
    status: str
    severity: str
    text: str
    action: str
    inputs: tuple[InputLine, ...]
    missing: tuple[str, ...]
    changes: tuple[str, ...]
    sources: tuple[int, ...]
    certainty: str


@dataclass(frozen=True)
class CitedSource:
    """A source of a page, by its number."""

    number: int
    text: str


def finding_line(one: Finding, citation: Citation) -> FindingLine:
    """Return a finding with its sources numbered."""
    inputs = tuple(dict.fromkeys(InputLine(short_title(name), value_in_usual_units(name, value), day)
                                 for name, value, day in one.inputs))  # fmt: skip
    return FindingLine(
        one.rule, str(one.kind), one.title, str(one.status), str(one.severity), one.clinical, one.action, inputs,
        tuple(map(title_of, one.missing)), one.changes, source_numbers(one.source, citation),
        certainty_text(one.certainty),
    )  # fmt: skip


def source_numbers(sources: Iterable[object], citation: Citation) -> tuple[int, ...]:
    """Return the numbers of some sources."""
    return tuple(int(number) for number in citation.number(sources).split(", ") if number)


def sources_of(citation: Citation) -> tuple[CitedSource, ...]:
    """Return every source that was named, in the order of the numbers."""
    return tuple(CitedSource(place, text) for place, text in enumerate(citation.points().items, 1))
