"""The report of one man on one day: one printable page for the clinician, another in plain words for the patient."""

import datetime as dt
from pathlib import Path

from leydig.assessment.assess import assess
from leydig.assessment.finding import Assessment
from leydig.errors import UnknownName
from leydig.inference.twin import Twin
from leydig.log import logger
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import read_protocol
from leydig.record.record import Record
from leydig.reports.pages.case import case_of, name_of
from leydig.reports.pages.clinician import NOTICE, clinician_page
from leydig.reports.pages.html import Page, Pairs, Points, ReportReader, Section, Tone
from leydig.reports.pages.patient import TO_HIM, patient_page
from leydig.target import PAGE, target_file

__all__ = ["report"]

LOG = logger(__name__)


def report(
    record: Record,
    protocol: Protocol | str = "anastrozole",
    region: str = "",
    on: dt.date | None = None,
    *,
    out: Path | str,
    reader: ReportReader | str = ReportReader.CLINICIAN,
    twin: Twin | None = None,
) -> Path:
    """Write the report of one man: his results, regimen, findings with sources, plan and the off-label statement.

    The same record, protocol, day and reader give the same bytes. A refused record gives a page that only says why.

    Parameters
    ----------
    record : Record
    protocol : Protocol or str, optional
        A protocol, its name, or the path of its file.
    region : str, optional
        For a name or path only.
    on : datetime.date, optional
        The day of the assessment; the last day of the record when left out.
    out : Path or str
        Ending in ``.html`` (one page that works offline) or ``.pdf`` (A4).
    reader : ReportReader, optional
        The patient's page is in plain words, with questions to ask, a diary and the glossary.
    twin : Twin, optional
        Of this record: what it expects at the next visit is shown beside the rule.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutOfRange
        When the path ends otherwise.
    UnknownName
        When there is no such reader, protocol or region.
    BadProtocol, BadRecord
        As `leydig.assessment.assess`.
    """
    target = target_file(out, PAGE, make=True)
    if reader not in PAGES:
        raise UnknownName.among("reader", reader, PAGES)
    plan = protocol if isinstance(protocol, Protocol) else read_protocol(protocol, region)
    found = assess(record, plan, on=on, twin=twin)
    whom = ReportReader(reader)
    page = _refusal(record, plan, found, whom) if found.is_refused else PAGES[whom](case_of(record, plan, found))
    if target.suffix == ".html":
        from leydig.reports.pages.html import html_page as drawn
    else:
        from leydig.reports.pages.pdf import pdf_page as drawn
    target.write_bytes(drawn(page))
    LOG.info("wrote %s", target)
    return target


def _refusal(record: Record, plan: Protocol, found: Assessment, reader: ReportReader) -> Page:
    to_him = reader == ReportReader.PATIENT
    why = Points(tuple(one.plain if to_him else f"{one.clinical} ({one.rule})" for one in found.findings))
    facts = [("Man", record.id)] if record.id else []
    facts += [("Date", found.on.isoformat()), ("Protocol", name_of(plan)), ("Verdict", "refused: nothing was assessed")]
    section = Section("Why nothing was assessed", (why,), Tone.WARNING)
    return Page("Leydig report: refused", Pairs(tuple(facts)), (((section,),),), TO_HIM if to_him else NOTICE, reader)


PAGES = {ReportReader.CLINICIAN: clinician_page, ReportReader.PATIENT: patient_page}
