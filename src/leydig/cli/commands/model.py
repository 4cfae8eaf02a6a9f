"""Commands about the model itself: hold the engine against the reference, export it, look at its pulses."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leydig.cli.app import Age, AsJson, Bmi, Given, Lab, app, read_labs
from leydig.cli.output import console, print_json, print_rows, refusals, say
from leydig.target import FIGURE, LAB, SBML, target_file

if TYPE_CHECKING:
    from leydig.verification.verify import Verification

__all__ = ["export", "lab", "pulses", "stimulation", "verify"]


@app.command()
def verify(
    n: Annotated[int, typer.Option(help="How many random cases.")] = 200,
    seed: Annotated[int, typer.Option(help="Another seed draws other cases.")] = 1,
    only: Annotated[int | None, typer.Option("--case", help="Draw and compare this one case again.")] = None,
    shrink: Annotated[bool, typer.Option(help="Make the worst failing case small.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold the engine against an adaptive reference on random men and regimens; exit code 1 when it fails."""
    with refusals():
        from leydig.engine import TOLERANCE
        from leydig.progress import bars
        from leydig.verification.cases import case
        from leydig.verification.verify import Verification, compare_case
        from leydig.verification.verify import verify as verified

        if only is not None:
            drawn = case(seed, only)
            found = Verification(seed, TOLERANCE, (compare_case(drawn),))
            say(drawn.code(), error=True)
        else:
            with bars({"cases": n}) as watch:
                found = verified(n, seed, progress=partial(watch, "cases"))
        record = found.record()
        if shrink and not found.is_passed:
            record["shrunk"] = _worst_case_text(found)
        if as_json:
            print_json(record)
        else:
            _print_verification(found, record)
        if not found.is_passed:
            raise typer.Exit(1)


def _worst_case_text(found: "Verification") -> str:
    """Return the worst case, made small, as text that draws it again."""
    from leydig.verification.cases import case
    from leydig.verification.verify import shrink_case

    bad = [one for one in found.results if one.reason is not None]
    worst = bad[0] if bad else max(found.results, key=lambda one: one.error)
    return shrink_case(case(found.seed, worst.index), tolerance=found.tolerance).code()


def _print_verification(found: "Verification", record: dict[str, Any]) -> None:
    drugs = [
        {"drug": name, "cases": int(row["n"]), "failed": int(row["failures"]), "median error": f"{row['median']:.1e}",
         "worst error": f"{row['worst']:.1e}"}
        for name, row in found.by_drug.items()
    ]  # fmt: skip
    print_rows(drugs)
    print_rows([
        {"drawn on purpose": kind, "cases": int(row["n"]), "failed": int(row["failures"]),
         "worst error": f"{row['worst']:.1e}" if row["n"] else "-"}
        for kind, row in found.by_kind.items()
    ])  # fmt: skip
    print_rows([{"analyte": name, "worst error": f"{value:.1e}"} for name, value in found.by_analyte.items()])
    out = console()
    for one in record["largest"][:3]:
        out.print(f"case {one['case']}: {one['error']:.1e} in {one['where']}: {one['regimen']}")
    count = f"{len(found.results)} case{'' if len(found.results) == 1 else 's'}"
    out.print(f"{count}, worst error {found.worst:.1e}, {len(found.failures)} failed: "
              f"{'passed' if found.is_passed else 'NOT passed'} at {found.tolerance:g}")  # fmt: skip
    if "shrunk" in record:
        out.print(record["shrunk"])
    elif len(found.results) > 1:
        worst = record["largest"][0]["case"] if record["largest"] else next(iter(found.failures))
        out.print(f"Next: leydig verify --seed {found.seed} --case {worst}")


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="A file ending in .xml or .sbml.")],
    age: Age = 30.0,
    bmi: Bmi = 23.0,
    lab: Lab = None,
    regimen: Given = "",
    days: Annotated[
        float | None, typer.Option(help="Doses are written up to this day; needed where the regimen has no end.")
    ] = None,
) -> None:
    """Write one man and his regimen as SBML (Level 3 Version 2), for the tools of the field."""
    with refusals():
        target_file(path, SBML)
        from leydig.exchange.sbml import write_sbml
        from leydig.man import Man

        write_sbml(Man(age=age, bmi=bmi, **read_labs(lab or [])), path, regimen, days=days)
        console().print(f"written: {path}. Next: load it in libRoadRunner, COPASI or any tool that reads SBML.")


@app.command()
def lab(
    out: Annotated[Path, typer.Option(help="The page, a file ending in .html.")] = Path("lab.html"),
) -> None:
    """Write the lab, the axis in a browser for teaching, as one page that needs no network."""
    with refusals():
        target_file(out, LAB)
        from leydig.web.lab.page import write_lab

        write_lab(out)
        console().print(f"written: {out}. Next: open it in a browser; it runs without a network.")


@app.command()
def pulses(
    age: Age = 30.0,
    bmi: Bmi = 23.0,
    lab: Lab = None,
    regimen: Given = "",
    day: Annotated[float, typer.Option(help="Day of the regimen on which the window begins.")] = 0.0,
    hours: Annotated[float, typer.Option(help="Length of the window.")] = 24.0,
    every: Annotated[str, typer.Option(help="Distance of the samples.")] = "10 minutes",
    key: Annotated[int, typer.Option(help="Another key is another night.")] = 1,
    as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option(help="A .png of a day before treatment and one on it.")] = None,
) -> None:
    """Show hours of one man with every pulse of LH, as a sampling nurse would see them."""
    with refusals():
        from leydig.man import Man
        from leydig.plots.pulses import minutes_figure
        from leydig.pulses.detect import detect_pulses
        from leydig.pulses.simulate import simulate_pulses

        if out is not None:
            target_file(out, FIGURE)
        man = Man(age=age, bmi=bmi, **read_labs(lab or []))
        series = simulate_pulses(man, regimen, hours=hours, day=day, every=every, key=key)
        report = detect_pulses(series.minutes, series.lh)
        if out is not None:
            step = float(series.minutes[1] - series.minutes[0])
            minutes_figure(man, regimen, out, week=day / 7.0, hours=hours, every_minutes=step, key=key)
            say(f"written: {out}", error=True)
        if as_json:
            levels = {name: getattr(series, name).tolist() for name in ("minutes", "lh", "fsh")}
            units = {"minutes": "min", "lh": "IU/L", "fsh": "IU/L"}
            found = {"pulses": report.count, "per_day": report.per_day, "interval_minutes": report.interval}
            print_json({**levels, "units": units, **found})
            return
        print_rows([{"pulses found": report.count, "per day": f"{report.per_day:.1f}",
                     "mean interval [min]": f"{report.interval:.0f}", "mean rise [IU/L]": f"{report.amplitude:.2f}",
                     "mean nadir [IU/L]": f"{report.nadir:.2f}", "mean LH [IU/L]": f"{series.lh.mean():.2f}",
                     "pulses drawn": len(series.pulse_minutes)}])  # fmt: skip
        console().print("Next: add --out pulses.png to see them, or --json for the samples.")


@app.command()
def stimulation(
    age: Age = 30.0,
    bmi: Bmi = 23.0,
    lab: Lab = None,
    regimen: Annotated[str, typer.Option(help="What is given, with the dose of gonadorelin.")] = "",
    day: Annotated[float, typer.Option(help="Day of the regimen on which the dose comes.")] = 0.0,
    hours: Annotated[float, typer.Option(help="Length of the test.")] = 2.0,
    as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option(help="A .png of LH and FSH with their interval.")] = None,
) -> None:
    """Show a GnRH stimulation test: LH and FSH after one dose (100 ug when none is named), with a 90 % interval."""
    with refusals():
        from leydig.man import Man
        from leydig.plots.pulses import stimulation_figure
        from leydig.pulses.stimulation import DOSE, QUANTILES, stimulation_test

        if out is not None:
            target_file(out, FIGURE)
        text = regimen or DOSE
        found = stimulation_test(Man(age=age, bmi=bmi, **read_labs(lab or [])), text, hours=hours, day=day)
        if out is not None:
            stimulation_figure(found, text, out)
            say(f"written: {out}", error=True)
        if as_json:
            levels = {name: getattr(found, name).tolist() for name in ("minutes", "lh", "fsh")}
            units = {"minutes": "min", "lh": "IU/L", "fsh": "IU/L"}
            folds = {name: getattr(found, name) for name in ("lh_fold", "fsh_fold", "lh_peak", "peak_minutes")}
            print_json({**levels, "quantiles": list(QUANTILES), "units": units, **folds})
            return
        shown = [minute for minute in (0, 15, 30, 45, 60, 90, 120) if minute <= found.minutes[-1]]
        print_rows([{"minutes": minute, **{f"{name.upper()} [IU/L]": _spread(getattr(found, name)[:, minute])
                                           for name in ("lh", "fsh")}} for minute in shown])  # fmt: skip
        console().print(f"Highest over before: LH {_spread(found.lh_fold)}, FSH {_spread(found.fsh_fold)} (90 % of men "
                        "and nights). Next: add --out test.png to see it.")  # fmt: skip


def _spread(three: Iterable[float]) -> str:
    """Return the median and its interval as short text."""
    low, middle, high = (f"{value:.3g}" for value in three)
    return f"{middle} ({low} to {high})"
