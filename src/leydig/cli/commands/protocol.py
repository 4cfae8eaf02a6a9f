"""Commands about protocols: assess a record, lint a file, write reports, and prove that all ways in agree."""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leydig.assessment.finding import FindingKind, Status, Verdict
from leydig.cli.app import AsJson, app
from leydig.cli.commands.fhir import record_of
from leydig.cli.output import console, print_json, print_json_text, print_rows, refusals, say
from leydig.target import PAGE, target_file

if TYPE_CHECKING:
    from leydig.assessment.finding import Assessment
    from leydig.assessment.forecast.outlook import Outlook
    from leydig.assessment.side_by_side import Comparison
    from leydig.inference.twin import Twin
    from leydig.record import Record

__all__ = ["answer", "assess", "compare", "consistency", "lint", "protocol_app", "reads", "refused_records", "report"]

protocol_app = typer.Typer(
    help="Protocols: assess a record, compare protocols, lint a file, write a report.", no_args_is_help=True
)
app.add_typer(protocol_app, name="protocol")

REFUSED = 3
RecordFile = Annotated[Path, typer.Argument(help="A record, .json or .csv, or a FHIR bundle, .json.")]
Name = Annotated[str, typer.Option("--protocol", help="A protocol of the catalogue, or a .toml file.")]
Region = Annotated[str, typer.Option(help="aua, eau, endocrine_society; none when left out.")]
Level = Annotated[str, typer.Option(help="plain, clinical or academic.")]
On = Annotated[str, typer.Option(help="Day of the assessment, YYYY-MM-DD; the last day of the record when left out.")]
ORDER = (
    FindingKind.CLASSIFICATION, FindingKind.PATTERN, FindingKind.ELIGIBILITY, FindingKind.MISSING, FindingKind.ALERT,
    FindingKind.WORK_UP, FindingKind.STEP, FindingKind.ADVICE, FindingKind.VISIT, FindingKind.DIRECTION,
    FindingKind.EVIDENCE, FindingKind.OVERRIDE,
)  # fmt: skip


@contextmanager
def refused_records() -> Iterator[None]:
    """Turn what a record says wrong into exit code 3: it was refused, not assessed."""
    from leydig.errors import BadRecord, BadRegimen, OutOfRange, UnknownName, WrongUnit

    try:
        yield
    except (BadRecord, BadRegimen, OutOfRange, UnknownName, WrongUnit) as error:
        say(f"refused: {type(error).__name__}: {str(error).splitlines()[0]}", error=True)
        raise typer.Exit(REFUSED) from error


def _day(text: str) -> dt.date | None:
    from leydig.errors import OutOfRange

    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise OutOfRange(f"got day {text!r}; expected a date. Write YYYY-MM-DD, such as 2026-03-02.") from error


@protocol_app.command()
def assess(
    record: RecordFile,
    protocol: Name = "anastrozole",
    region: Region = "",
    on: On = "",
    level: Level = "clinical",
    twin: Annotated[str, typer.Option(help="A kind of men: what his twin among them expects is shown too.")] = "",
    as_json: AsJson = False,
) -> None:
    """Assess one man's record against a protocol. Exit codes: 0 assessed, 3 refused, 2 wrong call."""
    with refusals():
        from leydig.assessment.assess import assess as assessed
        from leydig.protocol.reader import read_protocol

        _check_level(level)
        plan, day = read_protocol(protocol, region), _day(on)
        with refused_records():
            man = record_of(record, day)
            found = assessed(man, plan, on=day, twin=_twin_of(man, twin))
        if as_json:
            print_json_text(found.text())
        else:
            _print_assessment(found, level, record)
        if found.is_refused:
            raise typer.Exit(REFUSED)


def _twin_of(record: "Record", kind: str) -> "Twin | None":
    """Return the man's twin among men of a kind; None where none is named."""
    if not kind:
        return None
    from leydig.inference.fit import fit

    return fit(record, kind=kind)


def _check_level(level: str) -> None:
    from leydig.errors import UnknownName
    from leydig.protocol.vocabulary import ReadingLevel

    if level not in list(ReadingLevel):
        raise UnknownName.among("reading level", level, list(ReadingLevel))


@protocol_app.command()
def compare(
    record: RecordFile,
    protocol: Annotated[list[str] | None, typer.Option(help="May come several times; all that are shipped.")] = None,
    region: Region = "",
    on: On = "",
    level: Level = "clinical",
    as_json: AsJson = False,
) -> None:
    """Set protocols side by side for one man. Exit codes: 0 compared, 3 refused, 2 wrong call."""
    with refusals():
        from leydig.assessment.side_by_side import compare_protocols

        _check_level(level)
        day = _day(on)
        with refused_records():
            found = compare_protocols(record_of(record, day), protocol or (), region=region, on=day)
        if as_json:
            print_json(found.as_json())
        else:
            _print_comparison(found, level)
        if all(one.verdict == Verdict.REFUSED for one in found.sides):
            raise typer.Exit(REFUSED)


def _print_comparison(found: "Comparison", level: str) -> None:
    from leydig.protocol.implied import short_title

    out = console()
    where = f", region {short_title(found.region)}" if found.region else ""
    out.print(f"{len(found.sides)} protocols side by side, {found.on}{where}", style="bold")
    print_rows([
        {"protocol": one.protocol, "verdict": one.verdict, "advice": f"{one.action}. {getattr(one.advice, level)}",
         "regimen": one.regimen if one.verdict in (Verdict.CANDIDATE, Verdict.ON_TREATMENT) else (
             f"none; begins with {one.begins}"),
         "blocked by": "; ".join(f"{why.title} ({why.rank})" for why in one.blocked_by),
         "missing for it": "; ".join(one.missing)}
        for one in found.sides
    ])  # fmt: skip
    out.print("Where their drugs act, in the order of the loop:", style="bold")
    print_rows([
        {"place": one.organ, "drug": short_title(one.drug), "does": one.effect,
         "in": ", ".join(found.protocols_with(one.drug))}
        for one in found.mechanisms
    ])  # fmt: skip
    out.print("For professionals; it prescribes nothing and ranks no drug, the clinician decides.")


def _print_outlook(found: "Outlook") -> None:
    """Print what his twin expects at the next visit."""
    say(f"his twin, on {found.day} under {found.regimen}: {found.verdict}")
    for why in found.reasons:
        say(f"- {why}")
    print_rows([
        {"next result": one.title, "expected": f"{one.median:.4g} {one.unit}",
         "90 % of results": f"{one.low:.4g} to {one.high:.4g}"}
        for one in found.levels
    ])  # fmt: skip
    for chance in found.chances:
        if chance.share is not None:
            say(f"{chance.of} ({', '.join(chance.conditions)}): {100 * chance.share:.0f} %")
    if found.levels:
        say(found.estradiol_assay.note)
    if found.surprise is not None:
        say(f"his newest results are not what was expected of him: {found.surprise}")


def _print_assessment(found: "Assessment", level: str, record: Path) -> None:
    from leydig.assessment.wording import certainty_text
    from leydig.protocol.implied import short_title

    out = console()
    where = f", region {short_title(found.region)}" if found.region else ""
    out.print(f"{short_title(found.protocol)} {found.version}{where}, {found.on}: {found.verdict}", style="bold")
    if found.is_refused:
        for one in found.findings:
            out.print(f"refused ({one.rule}): {getattr(one, level)}")
        return
    _print_advice(found, level)
    out.print(found.of(FindingKind.OFF_LABEL)[0].plain)
    rows = []
    for kind in ORDER:
        for one in found.of(kind):
            if one.status == Status.NOT_MET:
                continue
            inputs = "; ".join(
                f"{short_title(name)} {words}" + (f" ({date})" if date else "") for name, words, date in one.inputs
            )
            row = {"": kind, "finding": getattr(one, level), "status": one.status or one.severity, "from": inputs}
            rows.append(row | {"how sure": certainty_text(one.certainty), "rule": one.rule})
    print_rows(rows)
    if found.outlook is not None:
        _print_outlook(found.outlook)
    for one in found.of(FindingKind.ELIGIBILITY):
        if one.status == Status.UNKNOWN:
            out.print(f"unknown: {one.title}; {', '.join(one.changes)}")
    unmet = [one.title for one in found.of(FindingKind.ELIGIBILITY) if one.status == Status.NOT_MET]
    out.print(f"do not apply: {'; '.join(unmet)}")
    out.print("For professionals; it prescribes nothing, the clinician decides. "
              f"Next: leydig protocol report {record} --protocol {found.protocol} --out report.html")  # fmt: skip
    _print_advice(found, level)


def _print_advice(found: "Assessment", level: str) -> None:
    """Print what is critical, what is advised, and why: it begins and ends what the shell shows."""
    from leydig.reports.pages.case import alarms, dose_words

    out = console()
    for one in alarms(found):
        out.print(f"ALARM: {one.title}. {getattr(one, level)}", style="bold red")
    for reason in found.reasons:
        out.print(f"because: {reason.rank}: {reason.title}" + (f" ({reason.rule})" if reason.rule else ""))
    words = dose_words(found, found.verdict == Verdict.ON_TREATMENT)
    out.print(f"advice: {found.action}; now {found.now}; then: {words}", style="bold")


@protocol_app.command()
def lint(
    file: Annotated[str, typer.Argument(help="A .toml file, or a protocol of the catalogue.")],
    region: Region = "",
    as_json: AsJson = False,
) -> None:
    """Prove or refute what a protocol promises. Exit codes: 0 no fault, 1 faults, 2 wrong call."""
    with refusals():
        from leydig.protocol.lint.fault import FaultKind
        from leydig.protocol.lint.lint import lint as linted
        from leydig.protocol.lint.lint import lint_file
        from leydig.protocol.reader import read_protocol

        faults = lint_file(file, region) if file.endswith(".toml") else linted(read_protocol(file, region))
        if as_json:
            print_json([{"kind": one.kind, "rules": list(one.rules), "message": one.message} for one in faults])
        elif faults:
            for one in faults:
                say(one)
        else:
            console().print(f"no fault of {len(FaultKind)} kinds. Next: leydig show protocol {file}", highlight=False)
        if faults:
            raise typer.Exit(1)


@protocol_app.command()
def reads(
    protocol: Annotated[str, typer.Argument(help="A protocol of the catalogue, or a .toml file.")] = "anastrozole",
    region: Region = "",
    as_json: AsJson = False,
) -> None:
    """List what a record may hold, in which units, and the rules of a protocol that read it."""
    with refusals():
        from leydig.protocol.lint.reads import reads as read_by
        from leydig.protocol.reader import read_protocol
        from leydig.record.quantity import QUANTITIES

        found = [
            {"name": name, "title": QUANTITIES[name].title, "kind": QUANTITIES[name].kind,
             "units": list(QUANTITIES[name].units), "rules": list(rules)}
            for name, rules in read_by(read_protocol(protocol, region)).items()
        ]  # fmt: skip
        if as_json:
            print_json(found)
        else:
            print_rows([one | {"units": ", ".join(one["units"]), "rules": ", ".join(one["rules"])} for one in found])


@protocol_app.command()
def report(
    record: RecordFile,
    out: Annotated[Path, typer.Option(help="Ends in .html, .pdf or .ics (calendar of visits).")],
    protocol: Name = "anastrozole",
    region: Region = "",
    on: On = "",
    reader: Annotated[str, typer.Option(help="clinician or patient.")] = "clinician",
    twin: Annotated[str, typer.Option(help="A kind of men: what his twin among them expects is shown too.")] = "",
) -> None:
    """Write one printable page, for the clinician or the patient, or the visits as a calendar file."""
    with refusals():
        if out.suffix != ".ics":
            target_file(out, PAGE, make=True)
        from leydig.protocol.reader import read_protocol
        from leydig.reports.pages.calendar import calendar_file
        from leydig.reports.pages.report import report as written

        plan, day = read_protocol(protocol, region), _day(on)
        with refused_records():
            man = record_of(record, day)
            path = calendar_file(man, plan, out=out, on=day) if out.suffix == ".ics" else None
        if path is None:
            path = written(man, plan, on=day, out=out, reader=reader, twin=_twin_of(man, twin))
        say(f"written: {path}", error=True)


@cache
def _assemble_program() -> Callable[..., object]:
    """Return the program, put together once; `app` does so in every call, for half the time of an answer."""
    from typer.main import get_command

    return get_command(app)


def answer(file: Path, name: str, region: str, day: dt.date) -> str:
    """Return what the command line prints of a record, as JSON."""
    out = io.StringIO()
    words = ["protocol", "assess", str(file), "--protocol", name, "--region", region, "--on", str(day), "--json"]
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        _assemble_program()(words, standalone_mode=False)
    return out.getvalue().rstrip("\n")


@protocol_app.command()
def consistency(
    n: Annotated[int, typer.Option(help="How many random virtual visits.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Another seed is other visits.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Prove that trial engine, library and command line decide alike, to the byte, on random virtual visits."""
    with refusals():
        from leydig.progress import bars
        from leydig.verification.consistency import agree

        with bars({"visits": n}) as watch:
            found: dict[str, Any] = agree(n, answer, seed, watch)
        if as_json:
            print_json(found)
        else:
            console().print(
                f"{found['visits']} visits of {found['men']} men under {found['protocols']} protocols: "
                f"{found['differing']} differ between trial, library and command line."
            )
        if found["differing"]:
            raise typer.Exit(1)
