"""The command that fits a man's twin to his record and forecasts a regimen with it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.commands.fhir import record_of
from leydig.cli.commands.protocol import REFUSED, RecordFile, refused_records
from leydig.cli.output import print_json, print_rows, refusals, say, spinner

if TYPE_CHECKING:
    from leydig.inference.forecast import Forecast
    from leydig.inference.twin import Twin

__all__ = ["fit"]

NOTE = "calibrated against itself: no series of real men was used to check these bands"


def _print_check(asked: bool) -> None:
    """Print how the shipped intervals held, and end."""
    if not asked:
        return
    from leydig.inference.trust.coverage import coverage_cells, score_cells

    cells = coverage_cells()
    print_rows([
        {"setting": one.setting, "results": one.results, "analyte": one.analyte, "of": one.of,
         "inside 50 %": f"{one.inside_50:.2f}", "inside 90 %": f"{one.inside_90:.2f}",
         "holds": "yes" if one.holds else "no"}
        for one in cells
    ])  # fmt: skip
    say(f"{cells[0].men} virtual men a cell; one standard error of 0.90 is {cells[0].standard_error:.2f}")
    say("mean CRPS of the logarithm of the next result, less is better:")
    print_rows([
        {"setting": one.setting, "results": one.results, "analyte": one.analyte, "twin": f"{one.twin:.3f}",
         "prior alone": f"{one.prior:.3f}", "last result": f"{one.carried:.3f}"}
        for one in score_cells()
    ])  # fmt: skip
    say(NOTE)
    raise typer.Exit


@app.command()
def fit(
    record: RecordFile,
    forecast: Annotated[str, typer.Option(help="What is given from now on; nothing is forecast when left out.")] = "",
    weeks: Annotated[float, typer.Option(help="Length of the forecast.")] = 26.0,
    every: Annotated[str, typer.Option(help="Distance of the shown times.")] = "4 weeks",
    kind: Annotated[str, typer.Option(help="A kind of men: healthy, secondary, obesity and others.")] = "healthy",
    draws: Annotated[int, typer.Option(help="Men who stand for him.")] = 1000,
    seed: Annotated[int, typer.Option(help="Another seed draws others.")] = 1,
    _check: Annotated[
        bool, typer.Option("--check", is_eager=True, callback=_print_check, help="How often its intervals held.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fit a man's twin to his record. Exit codes: 0 fitted, 3 refused, or the twin abstains, 2 wrong call."""
    with refusals():
        from leydig.inference.fit import fit as fitted
        from leydig.man.phenotypes import kind_of

        kind_of(kind)  # a wrong call is told from a record that is refused
        with spinner("fitting; the first use compiles for some seconds"):
            with refused_records():
                twin = fitted(record_of(record, None), kind=kind, draws=draws, seed=seed)
            ahead = twin.forecast(forecast, weeks, every) if forecast else None
        trust = twin.trust if ahead is None else ahead.trust
        if as_json:
            print_json(twin.record() | {"forecast": None if ahead is None else ahead.record(), "note": NOTE})
        else:
            _print_twin(twin, ahead)
        if trust.abstains:
            raise typer.Exit(REFUSED)


def _print_twin(twin: "Twin", ahead: "Forecast | None") -> None:
    say(repr(twin))
    say(twin.trust if ahead is None else ahead.trust)
    if twin.trust.abstains:
        return
    learned = sorted((one for one in twin.informed if one.is_learned), key=lambda one: -one.share)
    own = [one for one in learned if one.is_his]
    say("what his results taught of him:" if own else "his results taught nothing of him beyond his kind, age and BMI")
    print_rows([
        {"unknown": one.name, "group": one.group, "share of the prior's variance taken away": f"{one.share:.2f}"}
        for one in own
    ])  # fmt: skip
    if shared := [f"{one.name} {one.share:.2f}" for one in learned if not one.is_his]:
        say(f"of what all men share: {', '.join(shared)}")
    if ahead is not None and not ahead.trust.abstains:
        say(f"{ahead.regimen}:")
        print_rows(_bands(ahead))
        say(ahead.estradiol_assay.note)
    say(NOTE)


def _bands(ahead: "Forecast") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in ahead.names:
        one = ahead[name]
        bands = zip(one.days, one.median(), *one.interval(0.9), *one.result_interval(0.9), strict=True)
        for day, middle, low, high, least, most in bands:
            rows.append({"level": f"{name} [{one.unit}]", "day": f"{day:g}", "median": f"{middle:.4g}",
                         "90 % of levels": f"{low:.4g} to {high:.4g}",
                         "90 % of results": f"{least:.4g} to {most:.4g}"})  # fmt: skip
    return rows
