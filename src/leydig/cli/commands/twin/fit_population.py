"""The command that looks for means and spreads of a population in a folder of records."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.commands.fhir import record_of
from leydig.cli.commands.protocol import REFUSED
from leydig.cli.output import one_line, print_json, print_rows, refusals, say, spinner
from leydig.target import figure_folder

if TYPE_CHECKING:
    from leydig.inference.hierarchy.fit_population import PopulationFit
    from leydig.inference.hierarchy.predictive_check import PredictiveCheck
    from leydig.record import Record

__all__ = ["fit_population"]

ENDINGS = (".json", ".csv")
NEAR_ONE = 0.5  # shrinkage from which single men say little


@app.command()
def fit_population(
    records: Annotated[list[Path], typer.Argument(help="Folders of records, or records, .json or .csv.")],
    constant: Annotated[list[str], typer.Option(help="A level, or path of a constant, such as lh; again for each.")],
    kind: Annotated[str, typer.Option(help="A kind of men: healthy, secondary, obesity and others.")] = "healthy",
    draws: Annotated[int, typer.Option(help="Of each man and round.")] = 300,
    rounds: Annotated[int, typer.Option(help="At most; it ends where a round moves little.")] = 4,
    plot: Annotated[Path | None, typer.Option(help="A folder for convergence, VPC and NPDE, .png.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws others.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Fit means and spreads to many men's records. Exit codes: 0 fitted, 3 refused, 2 wrong call."""
    with refusals():
        from leydig.errors import BadRecord
        from leydig.inference.hierarchy.fit_population import fit_population as fit_men

        folder = None if plot is None else figure_folder(plot)
        files = list(_files(records))
        read, failed = _read(files)
        with spinner("fitting every man in every round; the first use compiles for some seconds"):
            try:
                found = fit_men(list(read.values()), constant, kind=kind, draws=draws, rounds=rounds, seed=seed)
            except BadRecord as error:
                _print_failures(failed)
                say(f"refused: {one_line(error)}", error=True)
                raise typer.Exit(REFUSED) from error
            checks = _checks(found)
        names = list(read)
        failed |= {names[place]: why for place, why in found.failed.items()}
        if folder is not None:
            from leydig.plots.population_fit import population_fit_figures

            for path in population_fit_figures(found, checks, folder):
                say(f"written: {path}", error=True)
        if as_json:
            more = {one.key: {"inside": one.share_inside, "npde_mean": float(one.npde.mean()),
                              "npde_spread": float(one.npde.std())} for one in checks}  # fmt: skip
            print_json(found.record() | {"failed": failed, "checks": more})
        else:
            _print_fit(found, checks, failed)


def _files(paths: list[Path]) -> Iterator[Path]:
    """Yield the records that are named, those of a folder by name."""
    from leydig.errors import BadRecord

    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() in ENDINGS)
        if not inside:
            raise BadRecord(f"got folder {str(path)!r} without records; expected some ending in .json or .csv. "
                            "Name another folder.")  # fmt: skip
        yield from inside


def _read(files: list[Path]) -> tuple[dict[str, "Record"], dict[str, str]]:
    """Return the records that can be read, by file, and why the others cannot."""
    from leydig.errors import LeydigError

    read: dict[str, Record] = {}
    failed: dict[str, str] = {}
    for path in files:
        try:
            read[str(path)] = record_of(path, None)
        except LeydigError as error:
            failed[str(path)] = one_line(error)
    return read, failed


def _checks(found: "PopulationFit") -> list["PredictiveCheck"]:
    """Return the checks of every analyte of blood with exact results."""
    from leydig.inference.hierarchy.predictive_check import predictive_check

    exact = [(one.analyte, one.by) for history in found.histories for one in history.measurements
             if one.entry.specimen == "blood" and not one.comparator]  # fmt: skip
    return [predictive_check(found, name, assay=by, seed=found.seed) for name, by in dict.fromkeys(exact)]


def _print_failures(failed: dict[str, str]) -> None:
    for name, why in failed.items():
        say(f"left out: {name}: {why}", error=True)


def _print_fit(found: "PopulationFit", checks: list["PredictiveCheck"], failed: dict[str, str]) -> None:
    _print_failures(failed)
    ended = "settled" if found.settled else "not settled: give more rounds, or men"
    say(f"{len(found.histories)} men of kind {found.kind}, {len(found.steps)} rounds, {ended}")
    print_rows([
        {"constant": one.name, "mean [SD of the kind]": f"{one.mean:+.2f} ({one.mean_error:.2f})",
         "spread [SD of the kind]": f"{one.spread:.2f} ({one.spread_error:.2f})", "shrinkage": f"{one.shrinkage:.2f}"}
        for one in found.constants
    ])  # fmt: skip
    say("in brackets the standard error; 0 and 1 are as the kind is declared")
    weak = [one.name for one in found.constants if one.shrinkage > NEAR_ONE]
    if weak:
        say(f"the records say little of {', '.join(weak)} man by man: what is shown of single men is the population")
    print_rows([
        {"results of": one.key, "percentiles inside their bands (VPC)": f"{100 * one.share_inside:.0f} %",
         "mean of NPDE": f"{one.npde.mean():+.2f}", "spread of NPDE": f"{one.npde.std():.2f}"}
        for one in checks
    ])  # fmt: skip
    say("where the fit holds most percentiles are inside, and NPDE have mean 0 and spread 1")
