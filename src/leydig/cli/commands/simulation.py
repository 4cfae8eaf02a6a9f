"""Commands about one man on a regimen: simulate him, and explain in words what the regimen does."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leydig.characters import visible_text
from leydig.cli.app import AsJson, Bmi, Given, Lab, app, read_labs
from leydig.cli.commands.event_tables import print_simulated
from leydig.cli.output import console, print_json, refusals, say, spinner

__all__ = ["explain", "simulate"]

NEXT = 'Next: add --out course.html for a figure, or leydig explain "{regimen}" for the reasons.'


@app.command()
def simulate(
    age: Annotated[float | None, typer.Option(help="Years, 18 to 90.")] = None,
    bmi: Bmi = 23.0,
    lab: Lab = None,
    events: Annotated[Path | None, typer.Option(help="An event table: its people in place of one man.")] = None,
    sidecar: Annotated[
        Path | None, typer.Option(help="With --events: a JSON file that says what its numbers mean.")
    ] = None,
    regimen: Given = "",
    regimen_file: Annotated[Path | None, typer.Option(help="A file with the text of --regimen.")] = None,
    weeks: Annotated[float | None, typer.Option(help="Length of the course; 26 when left out.")] = None,
    days: Annotated[float | None, typer.Option(help="Length of the course, in place of --weeks.")] = None,
    every: Annotated[str | None, typer.Option(help="Distance of the shown times; 2 weeks when left out.")] = None,
    uncertainty: Annotated[int | None, typer.Option(help="Simulate under this many posterior draws.")] = None,
    seed: Annotated[int | None, typer.Option(help="With --uncertainty: draws by chance.")] = None,
    units: Annotated[str, typer.Option(help="us or si.")] = "us",
    sex: Annotated[str, typer.Option(help="Only male: the equations hold for men.")] = "male",
    as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option(help="Write a .csv, .parquet, .png or .html file.")] = None,
) -> None:
    """Simulate one man on a regimen, or everybody of an event table on his."""
    with refusals() as said:
        one_man = {
            "--regimen": regimen,
            "--regimen-file": regimen_file,
            "--weeks": weeks,
            "--days": days,
            "--every": every,
            "--uncertainty": uncertainty,
            "--seed": seed,
        }
        _refuse_mixture(events, sidecar, age, one_man)
        if events is not None:
            print_simulated(events, sidecar, age, bmi, lab or [], units, out, as_json)
            return
        from leydig.course.tables.summary import with_intervals
        from leydig.course.tables.table import ENDINGS, days_every, write_course
        from leydig.man import Man
        from leydig.simulation.simulate import simulate as run
        from leydig.target import target_file

        if out is not None:
            target_file(out, ENDINGS)
        text = _regimen_text(regimen, regimen_file)
        labs: dict[str, Any] = read_labs(lab or [])
        man = Man(age=age, bmi=bmi, sex=sex, **labs)
        with spinner("simulating; the first use of a set of drugs compiles for some seconds"):
            course = run(
                man, text, weeks=weeks, days=days, uncertainty=False if uncertainty is None else uncertainty, seed=seed
            )
        length = float(course.days[-1])
        shown = every or (f"{min(14.0, length)!r} days")
        record = with_intervals(course, course.record(units, days_every(course, shown)))
        record["notes"] += [text for text in said if text not in record["notes"]]
        if out is not None:
            path = write_course(course, out, units, shown)
            say(f"written: {path}", error=True)
        if as_json:
            print_json(record)
        else:
            _print_course(record)


def _refuse_mixture(events: Path | None, sidecar: Path | None, age: float | None, one_man: dict[str, Any]) -> None:
    """Refuse options of one man beside an event table, and those of a table without one."""
    from leydig.errors import BadRecord, OutOfRange

    if events is None:
        if sidecar is not None:
            raise BadRecord(
                "got --sidecar without --events; expected the table beside it. Add --events, or leave it out."
            )
        if age is None:
            raise OutOfRange("got no --age; expected the man's age in years. Add --age 34.")
        return
    there = [option for option, value in one_man.items() if value not in (None, "")]
    if there:
        raise BadRecord(f"got {there[0]} beside --events; expected the table alone, which says what is given and when. "
                        "Leave it out.")  # fmt: skip


def _regimen_text(text: str, file: Path | None) -> str:
    """Return the regimen of an option, or of a file."""
    from leydig.errors import BadRegimen
    from leydig.json_file import file_text

    if file is None:
        return text
    if text:
        raise BadRegimen("got --regimen and --regimen-file; expected one of the two. Leave one out.")
    return " ".join(file_text(file, BadRegimen, "the text of a regimen").split())


def _cells(series: dict[str, Any]) -> list[str]:
    """Return the cells of an analyte: values, or medians with the middle 90 % of draws."""
    if "median" not in series:
        return ["-" if value is None else f"{value:.4g}" for value in series["values"]]
    rows = zip(series["median"], series["p5"], series["p95"], strict=True)
    return ["-" if None in row else f"{row[0]:.4g} ({row[1]:.4g} to {row[2]:.4g})" for row in rows]


def _print_course(record: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(title=visible_text(record["regimen"]), title_justify="left")
    table.add_column("level")
    table.add_column("unit")
    for day in record["days"]:
        table.add_column(f"week {day / 7.0:g}", justify="right")
    for name, series in (record["analytes"] | record["drug_levels"]).items():
        table.add_row(name, series["unit"], *_cells(series))
    out = console()
    out.print(table)
    expected = [name for name, level in record["man"]["baseline"].items() if not level["measured"]]
    out.print(f"not measured, so expected from age, BMI and the rest: {', '.join(expected) or 'nothing'}")
    for note in record["notes"]:
        out.print(f"note: {note}")
    out.print(NEXT.format(regimen=record["regimen"]))


@app.command()
def explain(regimen: Annotated[str, typer.Argument(help="A regimen text.")]) -> None:
    """Say in words what a regimen does to each level, and why."""
    with refusals():
        from leydig.reports.explain import explain as explained

        say(explained(regimen))
