"""One line of text is one source.

The strict form is ``Who YEAR, LOCATOR[, place][; note]``; the year is ``undated`` where none was seen,
and the locator is one of

====================  ===================================================================
``doi:10.x/y``        a digital object identifier
``pmid:123``          a PubMed number
``pmc:PMC123``        a PubMed Central number
``url:https://...``   a page, when nothing better was seen
``journal:NAME-V-P``  journal, volume and first page, when no number was seen
``label:NAME``        a drug label or monograph
``textbook:NAME``     a fact of chemistry or physiology found in any textbook
``calibration:NAME``  a calibration of this project; the command that remakes it is in its record
``unresolved:NAME``   a published value whose bibliographic identity is not settled
====================  ===================================================================

An assumed number has no source: its line is ``assumed: why this value``.
Several sources are joined with `` | ``.
"""

import re
from dataclasses import dataclass

from leydig.errors import BadSource
from leydig.text_enum import TextEnum

__all__ = ["Source", "SourceKind", "read_sources"]


class SourceKind(TextEnum):
    """How a source is found, or that a number is assumed."""

    DOI = "doi"
    PMID = "pmid"
    PMC = "pmc"
    URL = "url"
    JOURNAL = "journal"
    LABEL = "label"
    TEXTBOOK = "textbook"
    CALIBRATION = "calibration"
    UNRESOLVED = "unresolved"
    ASSUMED = "assumed"


_FORM = re.compile(
    r"(?P<who>[^,;|]+?) (?P<year>(?:18|19|20)\d\d|undated), "
    r"(?P<kind>doi|pmid|pmc|url|journal|label|textbook|calibration|unresolved):(?P<locator>[^\s,;|]+)"
    r"(?:, (?P<place>[^;|]+))?(?:; (?P<note>[^|]+))?"
)
_LOCATORS = {
    SourceKind.DOI: re.compile(r"10\.\d{4,9}/\S+"),
    SourceKind.PMID: re.compile(r"\d{1,9}"),
    SourceKind.PMC: re.compile(r"PMC\d{3,9}"),
    SourceKind.URL: re.compile(r"https?://\S+"),
}
_ALLOWED = (
    "'Who YEAR, doi:10.x/y[, place][; note]' (or pmid:, pmc:, url:, journal:, label:, "
    "textbook:, "
    "calibration:, unresolved:), or 'assumed: why'"
)


@dataclass(frozen=True)
class Source:
    """Where one number comes from.

    Attributes
    ----------
    who, year : str
        First author or body, and year; empty for an assumption.
    kind : SourceKind
        The kind of locator, or that it is an assumption.
    locator : str
        Its text; for an assumption the reason.
    place, note : str
        Table or page in the source, and a remark; both may be empty.
    """

    who: str
    year: str
    kind: SourceKind
    locator: str
    place: str = ""
    note: str = ""

    def __str__(self) -> str:
        if self.kind == SourceKind.ASSUMED:
            return f"assumed: {self.locator}"
        text = f"{self.who} {self.year}, {self.kind}:{self.locator}"
        text += f", {self.place}" if self.place else ""
        return text + (f"; {self.note}" if self.note else "")


def read_sources(line: str) -> tuple[Source, ...]:
    """Read a source line.

    Parameters
    ----------
    line : str
        One or several sources, joined with `` | ``.

    Returns
    -------
    tuple of Source

    Raises
    ------
    BadSource
        When a part does not follow the strict form.

    Examples
    --------
    >>> read_sources("Lakshman 2010, pmid:20534765")[0].who
    'Lakshman'
    """
    return tuple(_read_one(part.strip()) for part in line.split(" | "))


def _read_one(text: str) -> Source:
    if text.startswith("assumed: ") and len(text) > len("assumed: ") + 7:
        return Source("", "", SourceKind.ASSUMED, text.removeprefix("assumed: "))
    match = _FORM.fullmatch(text)
    if match is None:
        raise BadSource(f"got source {text!r}; expected {_ALLOWED}. Rewrite the line.")
    found = {key: value or "" for key, value in match.groupdict().items()}
    pattern = _LOCATORS.get(SourceKind(found["kind"]))
    if pattern is not None and pattern.fullmatch(found["locator"]) is None:
        raise BadSource(
            f"got {found['kind']} {found['locator']!r}; expected the form {pattern.pattern}. "
            f"Correct the locator in {text!r}."
        )
    return Source(
        found["who"], found["year"], SourceKind(found["kind"]), found["locator"], found["place"], found["note"]
    )
