"""Cards of CDS Hooks from the findings of an assessment, the worst first, and what is not known as one card."""

import hashlib
from collections.abc import Collection
from html import escape
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from leydig.assessment.finding import OVERRIDE_REASONS, Assessment, Finding, FindingKind, Status
from leydig.assessment.wording import certainty_text
from leydig.protocol.implied import short_title
from leydig.source import Source, SourceKind, read_sources

__all__ = ["LONGEST_SUMMARY", "MOST_CARDS", "finding_cards", "note_card"]

LONGEST_SUMMARY = 140  # characters, of CDS Hooks 2.0
MOST_CARDS = 5
Card = dict[str, Any]
_SYSTEM = "urn:leydig:override-reason"
_ADDRESSES = {
    SourceKind.DOI: "https://doi.org/{}", SourceKind.PMID: "https://pubmed.ncbi.nlm.nih.gov/{}/",
    SourceKind.PMC: "https://pmc.ncbi.nlm.nih.gov/articles/{}/", SourceKind.URL: "{}",
}  # fmt: skip
NOTICE = "For professionals; it prescribes nothing, the clinician decides."


def finding_cards(assessment: Assessment, kinds: Collection[FindingKind]) -> list[Card]:
    """Return the cards of an assessment.

    Parameters
    ----------
    assessment : Assessment
    kinds : collection of FindingKind
        The findings that are asked for.

    Returns
    -------
    list of dict
        At most five, the worst first. What is unknown makes no card of its own: it joins one card, the last.
    """
    asked = [one for one in assessment.findings if one.kind in kinds]
    known = [one for one in asked if one.status not in (Status.UNKNOWN, Status.NOT_MET)]
    unknown = [one.title for one in assessment.findings
               if one.status == Status.UNKNOWN and one.kind in (*kinds, FindingKind.MISSING)]  # fmt: skip
    worst = sorted(known, key=lambda one: -one.severity.weight)[: MOST_CARDS - bool(unknown)]
    cards = [_card(one, assessment) for one in worst]
    if unknown:
        text = "Not known: " + "; ".join(dict.fromkeys(unknown))
        cards.append(note_card(text, _identity(assessment, "NOT_KNOWN"), _protocol(assessment), text))
    return cards


def note_card(summary: str, identity: str, label: str = "Leydig", detail: str = "") -> Card:
    """Return a card that informs and asks for nothing."""
    more = {"detail": f"{escape(detail, quote=False)}\n\n{NOTICE}"} if detail else {}
    return {"uuid": identity, "summary": _shorten(summary), "indicator": "info", "source": {"label": label}, **more}


def _card(finding: Finding, assessment: Assessment) -> Card:
    """Return the card of a finding."""
    sources = read_sources(" | ".join(finding.source))
    links = [_link(one) for one in sources if one.kind in _ADDRESSES]
    source = {key: links[0][key] for key in ("label", "url")} if links else {"label": _protocol(assessment)}
    reasons = [{"code": code, "system": _SYSTEM, "display": words} for code, words in OVERRIDE_REASONS.items()]
    return {
        "uuid": _identity(assessment, finding.rule), "summary": _shorten(finding.title),
        "indicator": str(finding.severity), "source": source, "detail": _detail(finding, assessment),
        "overrideReasons": reasons, "links": links,
    }  # fmt: skip


def _link(source: Source) -> dict[str, str]:
    """Return where a source is found."""
    address = _ADDRESSES[source.kind].format(source.locator)
    return {"label": _shorten(f"{source.who} {source.year}"), "type": "absolute", "url": address}


def _detail(finding: Finding, assessment: Assessment) -> str:
    """Return a finding in full, as Markdown in which nothing of a record acts."""
    inputs = [f"{short_title(name)} {words}" + (f" ({date})" if date else "") for name, words, date in finding.inputs]
    off_label = [one.plain for one in assessment.of(FindingKind.OFF_LABEL)]
    lines = [
        finding.clinical,
        f"From: {'; '.join(inputs)}" if inputs else "",
        f"How sure: {certainty_text(finding.certainty)}",
        f"Sources: {' | '.join(finding.source)}",
        f"Rule {finding.rule} of {_protocol(assessment)}, {assessment.on}",
        *off_label,
        NOTICE,
    ]
    return "\n\n".join(escape(line, quote=False) for line in lines if line)


def _protocol(assessment: Assessment) -> str:
    return f"Leydig, protocol {short_title(assessment.protocol)} {assessment.version}"


def _identity(assessment: Assessment, rule: str) -> str:
    """Return the name of a card: the same assessment gives the same."""
    return str(uuid5(NAMESPACE_URL, f"{hashlib.sha256(assessment.text().encode()).hexdigest()}/{rule}"))


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST_SUMMARY else f"{text[: LONGEST_SUMMARY - 1].rstrip()}…"
