"""Documents of a person: reports, the calendar of visits, everything of him in one archive."""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from leydig.errors import BadRecord
from leydig.exchange.fhir.write import fhir_bundle
from leydig.record.files import as_json
from leydig.reports.pages.calendar import calendar_file
from leydig.reports.pages.html import ReportReader
from leydig.reports.pages.report import report
from leydig.service.bodies import USUAL_PROTOCOL
from leydig.service.clinic.day import assessment_day, named_protocol
from leydig.service.clinic.desk import PersonArchive
from leydig.service.http.call import Reply, Route, RouteCall

__all__ = ["DOCUMENT_ROUTES"]

_MEDIA = {".html": "text/html; charset=utf-8", ".pdf": "application/pdf", ".ics": "text/calendar; charset=utf-8"}
_OF_PAGE = {
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'none'; base-uri 'none'"
}  # one page with its style inside, and no script
_READERS = tuple(map(str, ReportReader))
README = """Everything of one person: entries.json has every entry with what superseded what, record.json the record
that holds, fhir.json the same as a FHIR R4 document, assessments.json, forecasts.json and decisions.json what was said
and decided with its inputs and versions, imports/ the files as they came, audit.json who did what.
"""


def _document(ending: str) -> Callable[[RouteCall], Reply]:
    """Return what answers a report with this ending."""

    def answer(call: RouteCall) -> Reply:
        state = call.desk.person(call.path["id"], call.account.id, "report.read")
        plan = named_protocol(call.query.get("protocol") or USUAL_PROTOCOL, call.query.get("region", ""))
        day, reader = assessment_day(call.query.get("on", "")), call.choice("reader", _READERS)
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / f"report{ending}"
            if ending == ".ics":
                calendar_file(state.record, plan, out=out, on=day)
            else:
                report(state.record, plan, on=day, out=out, reader=reader)
            name, headers = ("", _OF_PAGE) if ending == ".html" else (out.name, {})
            return Reply(file=out.read_bytes(), media=_MEDIA[ending], name=name, headers=headers)

    return answer


def _export(call: RouteCall) -> Reply:
    archive = call.desk.archive(call.path["id"], call.account.id)
    return Reply(file=_zip(archive), media="application/zip", name=f"{archive.state.id}.zip")


def _zip(archive: PersonArchive) -> bytes:
    state, plain = archive.state, io.BytesIO()
    parts: dict[str, Any] = {
        "person.json": {"id": state.id, "pseudonym": state.pseudonym, "recorded_at": state.recorded_at},
        "entries.json": [one.as_json() for one in state.entries],
        "record.json": as_json(state.record),
        **{f"{table}s.json": [one.as_json() for one in notes] for table, notes in archive.notes.items()},
        "audit.json": archive.audit,
    }
    try:
        parts["fhir.json"] = fhir_bundle(state.record)
    except BadRecord as error:
        parts["fhir.json"] = {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": "not-supported", "diagnostics": str(error)}],
        }
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", README)
        for name, content in parts.items():
            packed.writestr(name, json.dumps(content, ensure_ascii=False, indent=1))
        for name, file in archive.files.items():
            packed.writestr(f"imports/{name}", file)
    return plain.getvalue()


_ASKED = ("protocol", "region", "on", "reader")
DOCUMENT_ROUTES = (
    *(
        Route(
            "GET",
            f"/people/{{id}}/report{ending}",
            _document(ending),
            f"A report, {ending}",
            query=_ASKED,
            media=media.partition(";")[0],
        )
        for ending, media in _MEDIA.items()
    ),
    Route(
        "GET", "/people/{id}/export.zip", _export, "Everything of a person", media="application/zip", is_signature=True
    ),
)
