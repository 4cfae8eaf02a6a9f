"""Commands about virtual men: draw them into a file, forecast them, and hold them against reference physiology."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.output import console, print_json, print_rows, refusals, say
from leydig.target import TABLE, figure_folder, target_file

if TYPE_CHECKING:
    from leydig.evidence.reference.reference_ranges import RangeCheck
    from leydig.man import Man

__all__ = ["check", "forecast", "make", "population"]

population = typer.Typer(
    help="Virtual men: draw them, forecast them, and hold them against published values.", no_args_is_help=True
)
app.add_typer(population, name="population")

Seed = Annotated[int, typer.Option(help="Another seed is other men.")]


@population.command()
def make(
    n: Annotated[int, typer.Option(help="How many men.")] = 1000,
    kind: Annotated[str, typer.Option(help="healthy, obesity, secondary, primary, compensated, ...")] = "healthy",
    age: Annotated[str, typer.Option(help="Youngest and oldest, such as 25:45 years.")] = "",
    bmi: Annotated[str, typer.Option(help="Leanest and heaviest, such as 22:38 kg/m2.")] = "",
    seed: Seed = 1,
    first: Annotated[int, typer.Option(help="Number of the first man.")] = 0,
    as_json: AsJson = False,
    out: Annotated[
        Path | None, typer.Option(help="Write a .parquet or .csv file from which they can be rebuilt.")
    ] = None,
) -> None:
    """Draw virtual men of one kind, and say what levels they have."""
    with refusals():
        if out is not None:
            target_file(out, TABLE)
        from leydig.exchange.men import write_men
        from leydig.man import population as drawn

        men = drawn(n, seed, kind=kind, age=_range("age", age), bmi=_range("bmi", bmi), first=first)
        if out is not None:
            write_men(men, out, {"kind": kind, "seed": str(seed), "first": str(first)})
            say(f"written: {out}", error=True)
        rows = _summary(men)
        if as_json:
            print_json({"n": n, "kind": kind, "seed": seed, "levels": rows})
            return
        print_rows([{key: f"{value:.3g}" if isinstance(value, float) else value for key, value in row.items()}
                    for row in rows])  # fmt: skip
        console().print(f"{n} men, kind {kind}, seed {seed}. Next: leydig population check"
                        + ("" if out else ", or add --out men.parquet."))  # fmt: skip


def _range(name: str, text: str) -> tuple[float, float] | None:
    """Read ``25:45``; None when empty."""
    from leydig.errors import OutOfRange

    if not text:
        return None
    try:
        low, high = (float(part) for part in text.split(":"))
    except ValueError as error:
        raise OutOfRange(f"got {name} {text!r}; expected two numbers with a colon. Write --{name} 25:45.") from error
    return low, high


def _summary(men: "Man") -> list[dict[str, Any]]:
    """Return the middle 90 % of age, BMI and the baseline levels in US units."""
    import numpy as np

    from leydig.analytes import ANALYTES, of_panel
    from leydig.man.man import MEASURABLE

    columns = {("age", "year"): men.age, ("BMI", "kg/m2"): men.bmi}
    for name in of_panel("men"):
        one = ANALYTES[name]
        columns[one.title, one.us] = getattr(men.baseline, MEASURABLE[name]) * one.factor_to(one.us)
    names = ("5 %", "median", "95 %")
    return [
        {"level": title, "unit": unit, **dict(zip(names, np.percentile(values, (5, 50, 95)).tolist(), strict=True))}
        for (title, unit), values in columns.items()
    ]


@population.command()
def forecast(
    regimen: Annotated[list[str], typer.Option(help="What they are given; again for another, up to four.")],
    n: Annotated[int, typer.Option(help="How many men.")] = 1000,
    kind: Annotated[str, typer.Option(help="healthy, obesity, secondary, primary, compensated, ...")] = "healthy",
    age: Annotated[str, typer.Option(help="Youngest and oldest, such as 25:45 years.")] = "",
    bmi: Annotated[str, typer.Option(help="Leanest and heaviest, such as 22:38 kg/m2.")] = "",
    men: Annotated[Path | None, typer.Option(help="A file of population make, in place of these.")] = None,
    seed: Seed = 1,
    weeks: Annotated[float, typer.Option(help="How long.")] = 26.0,
    every_weeks: Annotated[float, typer.Option(help="How far apart the days that are told are.")] = 2.0,
    protocol: Annotated[
        str, typer.Option(help="Whose band, floor and limit are counted; a name or a file.")
    ] = "anastrozole",
    region: Annotated[str, typer.Option(help="In which it holds, such as aua.")] = "",
    cluster: Annotated[str, typer.Option(help="dask://host:port of a Dask cluster that shares the men.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what virtual men come to on up to four regimens: percentiles of levels, and shares of men in the band."""
    with refusals():
        from leydig.assessment.forecast.population import forecast_population, read_regimens
        from leydig.exchange.men import read_men
        from leydig.man import population as drawn
        from leydig.progress import bars
        from leydig.protocol.reader import read_protocol
        from leydig.simulation.cluster import cluster_client

        plans, plan = read_regimens(regimen), read_protocol(protocol, region)
        many = (
            drawn(n, seed, kind=kind, age=_range("age", age), bmi=_range("bmi", bmi)) if men is None else read_men(men)
        )
        total = (many.count or 0) * len(plans)
        with cluster_client(cluster) as client, bars({"men": total}) as watch:
            found = forecast_population(
                many, plans, weeks=weeks, every_weeks=every_weeks, protocol=plan, seed=seed, client=client, watch=watch
            )
        who = {"kind": kind} if men is None else {"file": str(men)}
        content = who | {"seed": seed} | found.record()
        print_json(content) if as_json else _print_forecast(content)


def _print_forecast(content: dict[str, Any]) -> None:
    """Print what the men have come to in the last week."""
    out, courses = console(), content["courses"]
    out.print(f"{content['men']} men, week {content['weeks'][-1]:g}: median (5th to 95th centile), and shares of them")
    rows: list[dict[str, Any]] = [
        {"what": f"{one['of']}: {'; '.join(one['conditions'])}"}
        | {course["regimen"]: _share_text(course["shares"][place]["values"][-1]) for course in courses}
        for place, one in enumerate(courses[0]["shares"])
    ]
    rows += [
        {"what": f"{one['title']} [{one['unit']}]"}
        | {course["regimen"]: _level_text(course["levels"][name]) for course in courses}
        for name, one in courses[0]["levels"].items()
    ]
    print_rows(rows)
    for course in courses:
        if course["uncovered"]:
            out.print(f"{course['regimen']}: no study covers this ({course['uncovered']})")
        if course["failed"]:
            out.print(f"{course['regimen']}: {len(course['failed'])} men were not solved and are counted nowhere")
    for note in content["notes"]:
        out.print(f"note: {note}")


def _share_text(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _level_text(level: dict[str, Any]) -> str:
    median, low, high = (level[key][-1] for key in ("q50", "q05", "q95"))
    return "-" if median is None else f"{median:.3g} ({low:.3g} to {high:.3g})"


@population.command()
def check(
    n: Annotated[int, typer.Option(help="Men drawn for each group that a value needs.")] = 10000,
    seed: Seed = 1,
    as_json: AsJson = False,
    plot: Annotated[Path | None, typer.Option(help="A folder for three figures (.png).")] = None,
) -> None:
    """Hold virtual men against every usable value of reference physiology."""
    with refusals():
        from leydig.evidence.reference.reference_file import reference
        from leydig.evidence.reference.reference_ranges import Groups, compare_ranges

        if plot is not None:
            figure_folder(plot)
        drawn, unused = Groups(n, seed), len(reference().unused)
        rows = compare_ranges(drawn)
        if plot is not None:
            from leydig.plots.population import population_figures

            for path in population_figures(plot, drawn, rows):
                say(f"written: {path}", error=True)
        near = sum(row.within for row in rows)
        if as_json:
            print_json({"n": n, "seed": seed, "within": near, "unused_rows": unused,
                        "values": [dataclasses.asdict(row) for row in rows]})  # fmt: skip
            return
        print_rows([_value_row(row) for row in rows])
        console().print(f"{near} of {len(rows)} values within their tolerance; {unused} rows of the evidence cannot "
                        "be used here (its `reference.toml` says why). Next: add --plot DIR.")  # fmt: skip


def _value_row(row: "RangeCheck") -> dict[str, str]:
    """Return one value as a row of the table."""
    from leydig.evidence.reference.reference_file import Statistic

    between = f" ({row.interval[0]:g} to {row.interval[1]:g})" if row.interval else ""
    unit = "" if row.unit == "1" or row.statistic in (Statistic.SHARE, Statistic.ODDS) else f" {row.unit}"
    off, allowed = (f"{x:+.2f}" if row.absolute else f"{x:+.0%}" for x in (row.difference, row.tolerance))
    return {
        "what": row.what,
        "source": row.source.split(",")[0],
        "published": f"{row.published:.3g}{unit}{between}",
        "ours": f"{row.ours:.3g}",
        "difference": off,
        "allowed": allowed.replace("+", "±"),
        "within": "yes" if row.within else "NO",
    }
