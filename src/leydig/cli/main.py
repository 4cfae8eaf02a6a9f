"""The command line. Exit codes: 0 done, 2 bad input, 1 the solve failed."""

import gc
import sys
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from leydig.cli.output import console, print_json, print_rows, refusing, say, visible, waiting

__all__ = [
    "Age",
    "AsJson",
    "Bmi",
    "Given",
    "Lab",
    "app",
    "labs_read",
    "main",
]

app = typer.Typer(
    name="leydig",
    help="The male reproductive hormone axis and the fertility protocols that act on it, simulated.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Age = Annotated[float, typer.Option(help="Years, 18 to 90.")]
Bmi = Annotated[float, typer.Option(help="Body mass index [kg/m2].")]
Lab = Annotated[list[str] | None, typer.Option(help="An untreated level: 'NAME VALUE UNIT'.")]
Given = Annotated[str, typer.Option(help="What is given, such as 'anastrozole 1 mg daily'.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
_COLLECT = (1_000_000, 10, 10)  # allocations between collections; the usual 700 cost a sixth of a short command
NEXT = 'Next: add --out course.html for a figure, or leydig explain "{regimen}" for the reasons.'


def _lab(text: str) -> tuple[str, str]:
    """Read ``"inhibin b 150 pg/mL"`` into a name and a value with unit."""
    from leydig.errors import WrongUnit

    words = text.split()
    first = next((i for i, word in enumerate(words) if word[0] in "-+.0123456789<>≤≥"), None)
    if first is None or first == 0:
        raise WrongUnit(f"got the lab {text!r}; expected 'NAME VALUE UNIT'. Write such as 'testosterone 271 ng/dL'.")
    return "_".join(words[:first]).lower(), " ".join(words[first:])


@app.command()
def simulate(
    age: Age,
    bmi: Bmi = 23.0,
    lab: Lab = None,
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
    """Simulate one man on a regimen."""
    with refusing() as said:
        from leydig.course.summary import with_intervals
        from leydig.target import target_file
        from leydig.course.table import ENDINGS, days_every, written
        from leydig.man import Man
        from leydig.simulation.simulate import simulate as run

        if out is not None:
            target_file(out, ENDINGS)
        text = _regimen_text(regimen, regimen_file)
        labs: dict[str, Any] = labs_read(lab or [])
        man = Man(age=age, bmi=bmi, sex=sex, **labs)
        with waiting("simulating; the first use of a set of drugs compiles for some seconds"):
            course = run(
                man, text, weeks=weeks, days=days, uncertainty=False if uncertainty is None else uncertainty, seed=seed
            )
        length = float(course.days[-1])
        shown = every or (f"{min(14.0, length)!r} days")
        record = with_intervals(course, course.record(units, days_every(course, shown)))
        record["notes"] += [text for text in said if text not in record["notes"]]
        if out is not None:
            path = written(course, out, units, shown)
            say(f"written: {path}", error=True)
        if as_json:
            print_json(record)
        else:
            _print_course(record)


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


def labs_read(given: list[str]) -> dict[str, Any]:
    """Return baseline levels by name from texts such as ``"testosterone 271 ng/dL"``."""
    from leydig.errors import WrongUnit

    found: dict[str, str] = {}
    for text in given:
        name, value = _lab(text)
        if name in found:
            raise WrongUnit(f"got {name} twice, {found[name]} and {value}; expected one baseline. Leave one out.")
        found[name] = value
    return found


def _print_course(record: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(title=visible(record["regimen"]), title_justify="left")
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


@app.command("list")
def list_(
    kind: Annotated[str, typer.Argument(help="drugs, analytes, parameters, protocols, regions, terms or works")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """List drugs, analytes, parameters, protocols, regions, terms of the glossary or works that rules stand on."""
    with refusing():
        from leydig.cli.listings import rows_of

        rows = rows_of(kind)
        if as_json:
            print_json(rows)
            return
        print_rows([{key: row[key] for key in row if key not in ("within", "cv", "meaning")} for row in rows])
        first = quote(rows[0]["name"]) if "name" in rows[0] else ""
        console().print(f"{len(rows)} {kind}. Next: leydig show {kind.rstrip('s')} {first}".rstrip())


@app.command()
def show(
    kind: Annotated[str, typer.Argument(help="drug, analyte, parameter, protocol, term or work")],
    name: Annotated[str, typer.Argument(help="its name or path")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show one drug, analyte, parameter, protocol, term or work: equations, numbers, rules, readings, sources."""
    with refusing():
        from leydig.errors import UnknownName

        shown = {"drug": _drug, "analyte": _analyte, "parameter": _parameter, "protocol": _protocol,
                 "term": _term, "work": _work}  # fmt: skip
        if kind not in shown:
            raise UnknownName.among("kind", kind, shown)
        about = shown[kind](name)
        if as_json:
            print_json(about)
            return
        rows = about.pop("parameters", []) or about.pop("rules", [])
        out = console()
        for key, value in about.items():
            text = "\n  ".join(["", *map(str, value)]) if isinstance(value, list) else value
            out.print(f"{key}: {text}")
        if rows:
            print_rows(rows)


def _assays(drug: Any) -> list[str]:
    """Return what assays make of a drug, or of the parts of a mixture."""
    from leydig.drugs import DRUGS

    parts: list[Any] = [DRUGS[name] for name in drug.parts()]
    lines = [
        f"{analyte}: {told.reads.value}; {told.why} ({told.source})"
        for part in parts
        for analyte, told in part.cross_reactions.items()
    ]
    return list(dict.fromkeys(lines)) or ["none known"]


def _drug(name: str) -> dict[str, Any]:
    from leydig.drugs import DRUGS
    from leydig.cli.listings import parameter_rows

    drug = DRUGS[name]
    single = drug.label.single_maximum
    most = f"{drug.label.daily_maximum:g} {drug.unit} a day" + (f", {single:g} {drug.unit} at once" if single else "")
    return {
        "name": drug.name,
        "title": drug.title,
        "kind": drug.kind,
        "label": f"{drug.label.indication}; at most {most}",
        "label_source": drug.label.source,
        "mechanism": list(drug.mechanism),
        "assays": _assays(drug),
        "codes": drug.codes,
        "brands": ", ".join(drug.brands) or "none",
        "other_names": ", ".join(drug.synonyms) or "none",
        "file": (sys.modules[type(drug).__module__].__doc__ or "").strip(),
        "parameters": parameter_rows(f"drugs.{drug.name}", drug),
    }


def _analyte(name: str) -> dict[str, Any]:
    from leydig.analytes import ANALYTES

    one = ANALYTES[name]
    return {
        "title": one.title,
        "units": list(one.units()),
        "ucum": one.ucum,
        "loinc": one.loinc,
        "reference": f"{one.shown(one.reference[0], one.us)} to {one.shown(one.reference[1], one.us)} {one.us}",
        "within_man_cv": one.within_man_cv,
        "assay_cv": one.assay_cv,
        "quantified": f"{one.shown(one.quantified, one.us)} {one.us}",
        "source": one.source,
    }


def _term(name: str) -> dict[str, Any]:
    from leydig.reports.glossary import term

    return asdict(term(name))


def _work(name: str) -> dict[str, Any]:
    """Return every entry of the registry under a name: what is named, and what was found."""
    from leydig.protocol.works import STATUSES
    from leydig.errors import UnknownName
    from leydig.cli.listings import rows_of

    rows = rows_of("works")
    found = [row for row in rows if row["name"].lower() == name.strip().lower()]
    if not found:
        raise UnknownName.among("work", name, [row["name"] for row in rows])
    entries = [
        f"{row['status']} ({STATUSES[row['status']]}); "
        + "; ".join(f"{key} {row[key]}" for key in ("brief", "where", "checked", "review", "note") if row[key])
        for row in found
    ]
    return {"name": found[0]["name"], "entries": entries}


def _protocol(name: str) -> dict[str, Any]:
    from leydig.protocol.reader import protocol

    plan = protocol(name)
    return {
        "name": plan.name, "title": plan.title, "version": plan.version, "review": plan.review.isoformat(),
        "goal": plan.goal, "context": plan.context, "off_label": plan.off_label,
        "targets": [str(target.band) for target in plan.targets],
        "ladders": [f"{drug}: " + "; ".join(str(rung) for rung in one.rungs) +
                    f" (begins at rung {one.begin}, ceiling {one.ceiling:g} {one.unit} a week)"
                    for drug, one in plan.components.items()],
        "needed": [f"{need.of}" + (f" on {need.times} days" if need.times > 1 else "") for need in plan.needs],
        "visits": [f"{one.name}: day {one.day} after {one.after} ({one.opens} to {one.closes}), {', '.join(one.panel)}"
                   for one in plan.visits],
        "source": [str(one) for one in plan.source],
        "rules": [{"id": rule.id, "group": rule.group, "when": "; ".join(map(str, rule.when)), "then": rule.then,
                   "clinical": rule.clinical, "certainty": rule.certainty,
                   "source": " | ".join(map(str, rule.source))} for rule in plan.rules],
    }  # fmt: skip


def _parameter(name: str) -> dict[str, Any]:
    from leydig.errors import UnknownName
    from leydig.cli.listings import rows_of

    rows = {row["path"]: row for row in rows_of("parameters")}
    if name not in rows:
        raise UnknownName.among("parameter", name, rows)
    return rows[name]


@app.command()
def cite(
    regimen: Annotated[str, typer.Option(help="Cite its drugs too.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Cite every source behind a prediction, and list what is assumed."""
    with refusing():
        from leydig.evidence.citations import cite as cited

        found = cited(regimen)
        if as_json:
            sources = [{"source": str(source), "parameters": paths} for source, paths in found.sources.items()]
            print_json({"sources": sources, "assumed": found.assumed, "counts": found.counts})
            return
        print_rows([{"source": str(source), "parameters": ", ".join(paths)} for source, paths in found.sources.items()])
        print_rows([{"assumed": path, "why": why} for path, why in found.assumed.items()])
        console().print(", ".join(f"{count} {basis}" for basis, count in found.counts.items()))


@app.command()
def explain(regimen: Annotated[str, typer.Argument(help="A regimen text.")]) -> None:
    """Say in words what a regimen does to each level, and why."""
    with refusing():
        from leydig.reports.explain import explain as explained

        say(explained(regimen))


def _version(wanted: bool) -> None:
    if wanted:
        from leydig import __version__

        say(__version__)
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold the options of every command."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(*_COLLECT)
    app()


from leydig.cli import evidence, model, population, protocol, trial, units  # noqa: E402, F401  (add their commands to the app)
