"""The sources of a report, numbered, in words by which a reader can look them up."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from leydig.protocol.works import work_of
from leydig.reports.pages.html import ListStyle, Points
from leydig.source import Source, SourceKind, read_sources

__all__ = ["Citation", "citation"]

BRIEF = "Leydig brief"
FORMS = {
    "doi": "{who}. https://doi.org/{locator}",
    "pmid": "{who}. https://pubmed.ncbi.nlm.nih.gov/{locator}/",
    "pmc": "{who}. https://pmc.ncbi.nlm.nih.gov/articles/{locator}/",
    "url": "{who}. {locator}",
    "journal": "{who}. {words}",
    "label": "Prescribing information of {locator}",
    "textbook": "{who}: {words}",
    "calibration": "Calibration {words} of this program",
    "unresolved": "{who} ({words}): which publication it is, is not settled; confirm it before relying on it",
}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def citation(source: Source) -> str:
    """Return where a source is found, without the place inside it.

    Examples
    --------
    >>> citation(read_sources("Shah 2021, doi:10.21037/tau-20-919")[0])
    'Shah 2021. https://doi.org/10.21037/tau-20-919'
    """
    if source.kind == SourceKind.ASSUMED:
        return f"No publication, an engineering default: {source.locator}"
    if source.who == BRIEF:
        return "Project brief of this program: a requirement, no evidence"
    who = source.who if source.year == "undated" else f"{source.who} {source.year}"
    words = _CAPITAL.sub(" ", source.locator).replace("-", " ")
    return FORMS[source.kind].format(who=who, locator=source.locator, words=words)


class Citation:
    """The sources of a page, numbered as they are first named; places in one work are gathered under it.

    Parameters
    ----------
    on : datetime.date
        The day of the page: by then a work may have to be looked at again.
    """

    def __init__(self, on: dt.date) -> None:
        self._on = on
        self._places: dict[str, list[str]] = {}

    def number(self, sources: Iterable[object]) -> str:
        """Return the numbers of some sources."""
        return ", ".join(dict.fromkeys(str(1 + list(self._places).index(work)) for work in self._works(sources)))

    def _works(self, sources: Iterable[object]) -> Iterator[str]:
        for text in map(str, sources):
            source = read_sources(text)[0]
            work = citation(source)
            place = "; ".join(part for part in (source.place, source.note) if part)
            entry = work_of(source)
            told = entry.caution(self._on) if entry else ""
            places = self._places.setdefault(work, [told] if told else [])
            if place and place not in places:
                places.append(place)
            yield work

    def points(self) -> Points:
        """Return every source that was named."""
        return Points(
            tuple(f"{work}; {'; '.join(at)}" if at else work for work, at in self._places.items()), ListStyle.NUMBERS
        )
