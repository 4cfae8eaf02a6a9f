"""Commands about FHIR: a record from a bundle, and a bundle from a record."""

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.output import console, print_json, print_rows, refusals, say

if TYPE_CHECKING:
    from leydig.exchange.fhir.report import FhirImport
    from leydig.record import Record

__all__ = ["check_bundle", "export", "fhir", "import_bundle", "record_of"]

fhir = typer.Typer(help="FHIR R4: a record from a bundle, a bundle from a record.", no_args_is_help=True)
app.add_typer(fhir, name="fhir")

_SHOWN = 12  # lines of one list on a terminal
_LISTS = (("taken", "taken"), ("repaired", "repaired"), ("confirm", "to confirm"), ("left", "left out"))


@fhir.command("import")
def import_bundle(
    file: Annotated[Path, typer.Argument(help="A bundle or resource, .json.")],
    out: Annotated[Path | None, typer.Option(help="Write the record, .json.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Write nothing, say what the record would hold.")] = False,
    confirm: Annotated[
        list[str] | None, typer.Option(help="The path of an entry that waits, or 'all' for every open status.")
    ] = None,
    patient: Annotated[str, typer.Option(help="Id of the Patient, where there are several.")] = "",
    sex: Annotated[str, typer.Option(help="male, where the bundle does not say it.")] = "",
    born: Annotated[str, typer.Option(help="Day of birth, YYYY-MM-DD, where the bundle does not say it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Read one man's record from FHIR, and say what was taken, repaired, waits for confirmation or was left out."""
    with refusals():
        from leydig.exchange.fhir.read import read_fhir
        from leydig.record.files import as_json as record_content
        from leydig.target import target_file
        from leydig.whole_file import write_text

        target = target_file(out, {".json": ()}) if out is not None else None
        found = read_fhir(file, patient=patient, sex=sex, born=born or None, confirm=confirm or ())
        if target is not None and not preview:
            write_text(target, json.dumps(record_content(found.record), ensure_ascii=False, indent=1) + "\n")
            say(f"written: {target}", error=True)
        if as_json:
            print_json({"report": found.report.as_json(), "record": record_content(found.record)})
        else:
            _print_import(found, file)


@fhir.command()
def export(
    record: Annotated[Path, typer.Argument(help="A record, .json or .csv, or a FHIR bundle, .json.")],
    out: Annotated[Path, typer.Option(help="The document to write, .json.")],
    protocol: Annotated[str, typer.Option(help="Assess it by this protocol, and write what that says too.")] = "",
    region: Annotated[str, typer.Option(help="aua, eau, endocrine_society; none when left out.")] = "",
) -> None:
    """Write a record, and with --protocol its assessment, as a FHIR R4 document."""
    with refusals():
        from leydig.assessment.assess import assess
        from leydig.exchange.fhir.write import write_fhir

        man = record_of(record, None)
        found = assess(man, protocol, region=region) if protocol else None
        say(f"written: {write_fhir(man, out, assessment=found)}", error=True)


@fhir.command("check")
def check_bundle(file: Annotated[Path, typer.Argument(help="A bundle, .json.")]) -> None:
    """Check a bundle against the classes of FHIR R4 (extra fhir). Exit codes: 0 accepted, 2 refused."""
    with refusals():
        from leydig.exchange.fhir.bundle import bundle_content
        from leydig.exchange.fhir.write import check_fhir

        check_fhir(bundle_content(file))
        console().print(f"{file.name}: accepted by the classes of FHIR R4. See: leydig fhir import {file}")


def _print_import(found: "FhirImport", file: Path) -> None:
    """Print what became of the entries of a bundle."""
    out, report = console(), found.report
    out.print(f"{file.name}, {report.release}: {found.record!r}", style="bold")
    for key, words in _LISTS:
        items = getattr(report, key)
        out.print(f"{words}: {len(items)}", style="bold")
        if items:
            print_rows([{"path": one.place, "what": one.what, "why": one.why} for one in items[:_SHOWN]])
        if len(items) > _SHOWN:
            out.print(f"{len(items) - _SHOWN} more: add --json")
    unread = ", ".join(f"{count} {kind}" for kind, count in report.unread.items())
    out.print(f"resources that are not read: {unread or 'none'}")
    for note in report.notes:
        out.print(f"note: {note}")
    if report.confirm:
        out.print("A clinician confirms what waits: --confirm PATH, or --confirm all for every open status.")


def record_of(path: Path, on: dt.date | None) -> "Record":
    """Return the record of a file: one of Leydig's own, or the man of a FHIR bundle, saying what it does not hold."""
    from leydig.exchange.fhir.bundle import is_fhir
    from leydig.record.files import read_record

    if not is_fhir(path):
        return read_record(path, on)
    from leydig.exchange.fhir.read import read_fhir

    found = read_fhir(path, on=on)
    waiting, left = len(found.report.confirm), len(found.report.left)
    if waiting or left:
        say(f"note: {path}: {waiting} entries wait for confirmation and {left} were left out. "
            f"See: leydig fhir import {path}", error=True)  # fmt: skip
    return found.record
