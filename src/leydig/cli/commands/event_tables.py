"""Commands about event tables: check one, and simulate the people of one."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leydig.cli.app import AsJson, app, read_labs
from leydig.cli.output import console, print_json, print_rows, refusals, say, spinner

__all__ = ["check", "data", "print_simulated"]

data = typer.Typer(help="Files of doses and observations.", no_args_is_help=True)
app.add_typer(data, name="data")

_SHOWN = 40  # rows of a simulated table on a terminal


@data.command()
def check(
    file: Annotated[Path, typer.Argument(help="An event table: .csv with commas, semicolons or tabs.")],
    drug: Annotated[
        list[str] | None, typer.Option(help="What ADM or CMT means: '1=anastrozole', or one for all.")
    ] = None,
    analyte: Annotated[list[str] | None, typer.Option(help="What DVID means: '1=testosterone ng/dL'.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="A column of another name: 'DV=CONC'.")] = None,
    time: Annotated[str | None, typer.Option(help="Unit of TIME and II: hours or days.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Of real dates, such as Europe/Berlin.")] = None,
    ties: Annotated[str | None, typer.Option(help="record, or 'dose first'.")] = None,
    sidecar: Annotated[Path | None, typer.Option(help="A JSON file that says the same.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read an event table and say what it holds: rows read and dropped, people, doses and observations."""
    with refusals():
        from leydig.exchange.events.read import read_events

        table = read_events(
            file, drugs=_declared(drug), analytes=_declared(analyte), time=time, timezone=timezone, ties=ties,
            columns=_pairs(column), sidecar=sidecar,
        )  # fmt: skip
        report = table.report.as_json()
        if as_json:
            print_json(report)
            return
        rows = [
            {"what": key.replace("_", " "), "count": count} for key, count in report.items() if isinstance(count, int)
        ]
        rows += [{"what": f"doses of {name}", "count": count} for name, count in report["doses"].items()]
        rows += [{"what": f"observations of {name}", "count": count} for name, count in report["observations"].items()]
        print_rows(rows)
        out = console()
        out.print(f"dose and observation at one time: {report['ties']}")
        out.print(f"columns that were not read: {', '.join(report['unread']) or 'none'}")


def print_simulated(
    events: Path,
    sidecar: Path | None,
    age: float | None,
    bmi: float | None,
    labs: list[str],
    units: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Simulate the people of an event table; print the rows, or write them."""
    from leydig.exchange.events.read import read_events
    from leydig.exchange.events.simulation import simulate_table
    from leydig.target import target_file
    from leydig.whole_file import disk, whole_file

    if out is not None:
        target_file(out, {".csv": ()})
    table = read_events(events, sidecar=sidecar)
    with spinner("simulating; the first use of a set of drugs compiles for some seconds"):
        frame = simulate_table(table, age, bmi, read_labs(labs), units)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    if out is not None:
        with whole_file(out) as beside, disk(out):
            frame.to_csv(beside, index=False)
        say(f"written: {out}", error=True)
    if as_json:
        print_json({"report": table.report.as_json(), "rows": rows})
    elif out is None:
        print_rows(rows[:_SHOWN])
        if len(rows) > _SHOWN:
            console().print(f"{len(rows) - _SHOWN} more rows: add --out levels.csv")


def _declared(options: list[str] | None) -> Any:
    """Return what numbers of a column mean, or what all of them do."""
    if options and len(options) == 1 and "=" not in options[0]:
        return options[0]
    return _pairs(options)


def _pairs(options: list[str] | None) -> dict[str, str] | None:
    """Return texts such as ``1=anastrozole`` as a mapping; None without any."""
    from leydig.errors import BadRecord

    if not options:
        return None
    found: dict[str, str] = {}
    for text in options:
        key, equal, meaning = text.partition("=")
        if not equal or key.strip() in found:
            raise BadRecord(
                f"got {text!r}; expected each number once, as NUMBER=MEANING. Write such as '1=anastrozole'."
            )
        found[key.strip()] = meaning.strip()
    return found
