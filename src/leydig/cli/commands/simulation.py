"""Commands about men on regimens: simulate, attribute a change to arrows, check an event table, explain a regimen."""

from pathlib import Path
from typing import Annotated, Any, TypeGuard

import typer

from leydig.characters import visible_text
from leydig.cli.app import Age, AsJson, Given, Lab, app, read_bmi, read_labs
from leydig.cli.output import console, print_json, print_rows, refusals, say, spinner
from leydig.target import COURSE, FIGURE, target_file

__all__ = ["attribute", "check", "data", "explain", "simulate"]

data = typer.Typer(help="Files of doses and observations.", no_args_is_help=True)
app.add_typer(data, name="data")

_ROUNDING = 1e-9  # of the largest change: less came through an arrow by the rounding of a sum alone
_SHOWN = 40  # rows of a simulated table on a terminal

NEXT = 'Next: add --out course.html for a figure, or leydig explain "{regimen}" for the reasons.'
_OF_ONE_MAN = ("--regimen", "--regimen-file", "--weeks", "--days", "--every", "--uncertainty", "--seed",
               "--bmi by day")  # fmt: skip


@app.command()
def simulate(
    age: Annotated[float | None, typer.Option(help="Years, 18 to 90.")] = None,
    bmi: Annotated[str, typer.Option(help="Body mass index in kg/m2, or by day: '0: 34, 180: 29'.")] = "23",
    between: Annotated[str | None, typer.Option(help="With --bmi by day: 'last value' or linear.")] = None,
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
        own_bmi, series = read_bmi(bmi, between)
        one_man = (regimen, regimen_file, weeks, days, every, uncertainty, seed, series)
        if _is_table(events, sidecar, dict(zip(_OF_ONE_MAN, one_man, strict=True))):
            _simulate_events(events, sidecar, age, own_bmi, lab or [], units, out, as_json)
            return
        if out is not None:
            target_file(out, COURSE)  # before JAX is loaded, which takes a second
        from leydig.course.tables.summary import with_intervals
        from leydig.course.tables.table import days_every, write_course
        from leydig.man import Man
        from leydig.simulation.simulate import simulate as run

        text = _regimen_text(regimen, regimen_file)
        labs: dict[str, Any] = read_labs(lab or [])
        man = Man(age=_years(age), bmi=own_bmi, sex=sex, **labs)
        with spinner("simulating; the first use of a set of drugs compiles for some seconds"):
            course = run(
                man, text, weeks=weeks, days=days, bmi=series,
                uncertainty=False if uncertainty is None else uncertainty, seed=seed,
            )  # fmt: skip
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


def _is_table(events: Path | None, sidecar: Path | None, one_man: dict[str, Any]) -> TypeGuard[Path]:
    """Return whether an event table is simulated, refusing options of one man beside it."""
    from leydig.errors import BadRecord

    if events is None and sidecar is not None:
        raise BadRecord("got --sidecar without --events; expected the table beside it. Add --events, or leave it out.")
    there = [option for option, value in one_man.items() if value not in (None, "")]
    if events is not None and there:
        raise BadRecord(
            f"got {there[0]} beside --events; expected the table alone, which says what is given, and when. "
            "Leave it out."
        )
    return events is not None


def _years(age: float | None) -> float:
    """Return the age of one man, refusing none."""
    from leydig.errors import OutOfRange

    if age is None:
        raise OutOfRange("got no --age; expected the man's age in years. Add --age 34.")
    return age


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


@app.command()
def attribute(
    age: Age,
    regimen: Given = "",
    bmi: Annotated[str, typer.Option(help="Body mass index in kg/m2, or by day: '0: 34, 180: 29'.")] = "23",
    between: Annotated[str | None, typer.Option(help="With --bmi by day: 'last value' or linear.")] = None,
    lab: Lab = None,
    before: Annotated[str, typer.Option(help="What the regimen is compared with; nothing when left out.")] = "",
    analyte: Annotated[
        str | None, typer.Option(help="Whose change is taken apart; testosterone when left out.")
    ] = None,
    at: Annotated[list[str] | None, typer.Option(help="When, such as '12 weeks'; 26 weeks when left out.")] = None,
    arrow: Annotated[list[str] | None, typer.Option(help="Between which arrows; the four brakes if left out.")] = None,
    units: Annotated[str, typer.Option(help="us or si.")] = "us",
    as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option(help="Write a .png figure of the last moment.")] = None,
) -> None:
    """Say how much of a change of a level came through which arrow of the loop, as an exact sum."""
    with refusals():
        if out is not None:
            target_file(out, FIGURE)
        from leydig.analytes import ANALYTES
        from leydig.checks import option
        from leydig.man import Man
        from leydig.simulation.attribute import BRAKES, USUAL_ANALYTE
        from leydig.simulation.attribute import attribute as attributed

        option(units, "units", ("us", "si"))
        own_bmi, series = read_bmi(bmi, between)
        labs: dict[str, Any] = read_labs(lab or [])
        man = Man(age=age, bmi=own_bmi, **labs)
        name = analyte or USUAL_ANALYTE
        with spinner("simulating with arrows cut; the first use of a set of drugs compiles for some seconds"):
            found = attributed(
                man, before, regimen, analyte=name, at=at or "26 weeks", arrows=arrow or BRAKES, bmi=series
            )
        found = found.to(getattr(ANALYTES[name], units))
        if out is not None:
            found.plot(out)
            say(f"written: {out}", error=True)
        if as_json:
            print_json(found.as_json())
            return
        say(f"{found.analyte.title} [{found.unit}]: {found.regimens[1]} against {found.regimens[0]}")
        days, rows, least = [f"day {day:g}" for day in found.days], [], _ROUNDING * float(abs(found.change).max())
        for title, values in found.rows():
            told = [f"{value:+.4g}" if abs(value) > least else "0" for value in values]
            rows.append({"through": title} | dict(zip(days, told, strict=True)))
        print_rows(rows)


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
    absorption: Annotated[
        str | None, typer.Option(help="Whose lag time and share hold: drug, or table beside it.")
    ] = None,
    sidecar: Annotated[Path | None, typer.Option(help="A JSON file that says the same.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Write what was said here beside the table, where simulate reads it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read an event table and say what it holds: rows read and dropped, people, doses and observations."""
    with refusals():
        from leydig.exchange.events.columns import write_sidecar
        from leydig.exchange.events.read import read_events

        names = {str(name): text for name, text in (_pairs(column) or {}).items()}
        said: dict[str, Any] = {
            "drugs": _declaration(drug), "analytes": _declaration(analyte), "time": time, "timezone": timezone,
            "ties": ties, "absorption": absorption, "columns": names or None,
        }  # fmt: skip
        table = read_events(file, **said, sidecar=sidecar)
        if keep:
            say(f"written: {write_sidecar(file, said, sidecar)}", error=True)
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
        alone = keep or (sidecar is None and all(one is None for one in said.values()))
        first = "" if alone else "the same with --keep, then "
        out.print(f"Next: {first}leydig simulate --events {file} --age 34", soft_wrap=True)


def _simulate_events(
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
    who = {str(key): value for key, value in frame.attrs.items()}
    plain = frame.astype(object).where(frame.notna(), None)
    rows: list[dict[str, Any]] = [dict(zip(plain.columns, row, strict=True)) for row in plain.to_numpy().tolist()]
    if out is not None:
        with whole_file(out) as beside, disk(out):
            frame.to_csv(beside, index=False)
        say(f"written: {out}", error=True)
    if as_json:
        print_json({"report": table.report.as_json(), "rows": rows, **who})
        return
    if out is None:
        print_rows(rows[:_SHOWN])
        if len(rows) > _SHOWN:
            console().print(f"{len(rows) - _SHOWN} more rows: add --out levels.csv")
    _say_failures(who, beside_file=out is not None)


def _say_failures(record: dict[str, Any], beside_file: bool) -> None:
    """Say how many were solved, and who was not and why."""
    from leydig.course.failures import failure_sentence

    failed = dict(enumerate(record["failed"].values()))
    told = [failure_sentence(failed, record["men"])]
    told += [f"ID {visible_text(who)} was not solved: {why}" for who, why in record["failed"].items()]
    for line in told:
        say(line, error=beside_file)


def _declaration(options: list[str] | None) -> "dict[str | int, str] | str | None":
    """Return what numbers of a column mean, or what all of them do."""
    if options and len(options) == 1 and "=" not in options[0]:
        return options[0]
    return _pairs(options)


def _pairs(options: list[str] | None) -> dict[str | int, str] | None:
    """Return texts such as ``1=anastrozole`` as a mapping; None without any."""
    from leydig.errors import BadRecord

    if not options:
        return None
    found: dict[str | int, str] = {}
    for text in options:
        key, equal, meaning = text.partition("=")
        if not equal or key.strip() in found:
            raise BadRecord(
                f"got {text!r}; expected each number once, as NUMBER=MEANING. Write such as '1=anastrozole'."
            )
        found[key.strip()] = meaning.strip()
    return found
