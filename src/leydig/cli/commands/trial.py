"""Commands about virtual trials: run one, look at it, and prove its ledger."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.output import console, print_json, print_rows, refusals, say

if TYPE_CHECKING:
    from leydig.trial import Trial
    from leydig.trial.run import TrialResult

__all__ = ["check", "export", "power", "run", "trial_app"]

trial_app = typer.Typer(help="Virtual trials of protocols and fixed regimens.", no_args_is_help=True)
app.add_typer(trial_app, name="trial")


@trial_app.command()
def run(
    file: Annotated[Path, typer.Argument(help="A trial, .toml, or the name of a shipped one, such as obese.")],
    as_json: AsJson = False,
    plot: Annotated[Path | None, typer.Option(help="Folder for the figures.")] = None,
    ledger: Annotated[Path | None, typer.Option(help="Where every decision is written (.jsonl).")] = None,
    workers: Annotated[str, typer.Option(help="A number of processes, or dask://host:port.")] = "",
    n: Annotated[int | None, typer.Option(help="Men enrolled, in place of the file's.")] = None,
    seed: Annotated[int | None, typer.Option(help="Other men, in place of the file's seed.")] = None,
    seeds: Annotated[str, typer.Option(help="Several seeds, side by side and together, such as 1,2,3.")] = "",
    uncertainty: Annotated[
        int | None, typer.Option(help="Repeat it under so many posterior draws of the model, each with other men.")
    ] = None,
) -> None:
    """Run a virtual trial: enrollment, visits, titration, endpoints."""
    with refusals():
        from dataclasses import replace

        from leydig.cli.trial_tables import print_several, print_trial
        from leydig.trial import read_trial
        from leydig.trial.replicates import trials_of_draws, trials_of_seeds

        trial = read_trial(file)
        trial = replace(trial, n=trial.n if n is None else n, seed=trial.seed if seed is None else seed)
        draws = trial.uncertainty if uncertainty is None else uncertainty
        _check_options(ledger, plot, seed, seeds, draws)
        trial = replace(trial, uncertainty=0)
        if not seeds and not draws:
            found = _runs([trial], {"": trial}, ledger, plot, _workers(workers))[0]
            content = _summary(found)
            print_json(content) if as_json else print_trial(content, file, ledger)
            return
        trials = trials_of_draws(trial, draws) if draws else trials_of_seeds(trial, _seeds(seeds))
        labels = {f"draw{one.draw}" if draws else f"seed{one.seed}": one for one in trials}
        several = _combine_runs(_runs(trials, labels, ledger, plot, _workers(workers)), bool(draws))
        print_json(several) if as_json else print_several(several)


def _check_options(ledger: Path | None, plot: Path | None, seed: int | None, seeds: str, draws: int) -> None:
    """Refuse options that cannot be honoured together, before anything runs."""
    from leydig.errors import BadTrial
    from leydig.target import figure_folder, target_file

    if seeds and (draws or seed is not None):
        raise BadTrial(f"got --seeds {seeds} with {'--uncertainty' if draws else '--seed'}; expected one of them. "
                       "Run the other by itself.")  # fmt: skip
    if ledger is not None:
        target_file(ledger, {".jsonl": ()}, make=True)
    if plot is not None:
        figure_folder(plot)


def _seeds(text: str) -> list[int]:
    """Return the seeds of a text such as 1,2,3."""
    from leydig.errors import BadTrial

    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise BadTrial(f"got seeds {text[:60]!r}; expected whole numbers. Write such as 1,2,3.") from error


def _runs(
    trials: list["Trial"], labels: dict[str, "Trial"], ledger: Path | None, plot: Path | None, workers: int | str | None
) -> list["TrialResult"]:
    """Run trials one after the other; each of several has a ledger and a folder of figures by its label."""
    from leydig.progress import bars
    from leydig.trial import run as ran

    done = []
    with bars({"trials": len(trials)} if len(trials) > 1 else {"men enrolled": trials[0].n}) as watch:
        for place, (label, trial) in enumerate(labels.items(), 1):
            path = ledger.with_name(f"{ledger.stem}_{label}.jsonl") if ledger and label else ledger
            found = ran(trial, workers, ledger=path, watch=watch)
            _write(found, path, plot / label if plot else None)
            done.append(found)
            if label:
                watch("trials", place, len(trials))
    return done


def _write(found: "TrialResult", ledger: Path | None, plot: Path | None) -> None:
    """Write the figures of a run, and say what was written."""
    if plot is not None:
        from leydig.plots.trial import trial_figures

        for path in trial_figures(found, plot):
            say(f"written: {path}", error=True)
    if found.resumed:
        say(f"resumed: {found.resumed} men were there from a run that was interrupted", error=True)
    if ledger is not None:
        say(f"written: {ledger}", error=True)


def _summary(found: "TrialResult") -> dict[str, Any]:
    from leydig.trial import trial_summary

    return trial_summary(found)


def _combine_runs(runs: list["TrialResult"], draws: bool) -> dict[str, Any]:
    """Return several runs side by side, and together."""
    from leydig.trial.replicates import across_draws, across_seeds

    trial = runs[0].trial
    content = {"trial": trial.name, "title": trial.title, "seeds": [one.trial.seed for one in runs],
               "runs": [_summary(one) for one in runs]}  # fmt: skip
    if draws:
        return content | {"draws": [one.trial.draw for one in runs], "uncertainty": across_draws(runs)}
    return content | {"pooled": across_seeds(runs)}


@trial_app.command()
def power(
    file: Annotated[Path, typer.Argument(help="A trial, .toml, or the name of a shipped one, such as obese.")],
    n: Annotated[list[int], typer.Option(help="Men of the whole trial; give it again for another size.")],
    as_json: AsJson = False,
    sims: Annotated[int, typer.Option(help="Trials drawn at each size.")] = 1000,
    target: Annotated[float, typer.Option("--power", help="Power that the sample size reaches.")] = 0.8,
    pool: Annotated[int, typer.Option(help="Virtual men from whom trials are drawn.")] = 400,
    seed: Annotated[int | None, typer.Option(help="Other men, in place of the file's seed.")] = None,
    workers: Annotated[str, typer.Option(help="A number of processes, or dask://host:port.")] = "",
) -> None:
    """Power of a trial of parallel groups by simulation, beside the closed formula, and its sample size."""
    with refusals():
        from dataclasses import replace

        from leydig.cli.trial_tables import print_power
        from leydig.progress import bars
        from leydig.trial import read_trial
        from leydig.trial.design.power import power as power_of

        trial = read_trial(file)
        trial = replace(trial, seed=trial.seed if seed is None else seed, uncertainty=0)
        with bars({"men enrolled": pool}) as watch:
            content = power_of(trial, n, sims=sims, target=target, pool=pool, workers=_workers(workers), watch=watch)
        print_json(content) if as_json else print_power(content)


def _workers(text: str) -> int | str | None:
    return int(text) if text.isdigit() else text or None


@trial_app.command()
def check(
    ledger: Annotated[Path, typer.Argument(help="A ledger of leydig trial run, .jsonl.")],
    as_json: AsJson = False,
    workers: Annotated[str, typer.Option(help="A number of processes, or dask://host:port.")] = "",
) -> None:
    """Run the trial of a ledger again and hold every line against it. Exit code 1 where it differs."""
    with refusals():
        from leydig.progress import bars
        from leydig.trial import check_ledger

        with bars({}) as watch:
            found = check_ledger(ledger, _workers(workers), watch)
        if as_json:
            print_json({"men": found.men, "visits": found.visits, "decisions": found.decisions,
                        "largest": found.largest, "differing": list(found.differing)})  # fmt: skip
        else:
            console().print(
                f"{found.men} men in arms, {found.visits} visits, {found.decisions} decisions made again: "
                f"{len(found.differing)} differ; levels agree within {found.largest:.1e} on one fixed schedule."
            )
            for one in found.differing[:20]:
                say(one)
        if found.differing:
            raise typer.Exit(1)


@trial_app.command()
def export(
    ledger: Annotated[Path, typer.Argument(help="A ledger of leydig trial run, .jsonl.")],
    out: Annotated[Path, typer.Option(help="Folder of the tables; made where it is not there.")],
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="csv or parquet, again for the other; both when left out.")
    ] = None,
    time: Annotated[str, typer.Option(help="Unit of time of the event table: days or hours.")] = "days",
    as_json: AsJson = False,
) -> None:
    """Write a trial as tables: ADSL, ADLB, ADEX with their dictionary, and an event table of doses and levels."""
    with refusals():
        from leydig.exchange.adam import write_trial_tables

        found = write_trial_tables(ledger, out, formats or ("csv", "parquet"), time)
        if as_json:
            print_json({"files": [str(path) for path in found.files], "rows": found.rows, "arms": found.arms,
                        "screened": found.screened})  # fmt: skip
            return
        for path in found.files:
            say(f"written: {path}", error=True)
        print_rows([{"arm": name} | counts for name, counts in found.arms.items()])
        counted = ", ".join(f"{count} of {name.upper()}" for name, count in found.rows.items())
        console().print(f"rows: {counted}; {found.screened} men screened. Next: leydig data check {out}/events.csv")
