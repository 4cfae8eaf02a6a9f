"""Commands about virtual trials: run one, look at it, and prove its ledger."""

from pathlib import Path
from typing import Annotated, Any

import typer

from leydig.interfaces.cli import AsJson, app
from leydig.interfaces.output import console, print_json, print_rows, refusing, say

__all__ = ["replay", "run", "trial_app"]

trial_app = typer.Typer(help="Virtual trials of protocols and fixed regimens.", no_args_is_help=True)
app.add_typer(trial_app, name="trial")


@trial_app.command()
def run(
    file: Annotated[Path, typer.Argument(help="A trial, .toml.")],
    as_json: AsJson = False,
    plot: Annotated[Path | None, typer.Option(help="Folder for the figures.")] = None,
    ledger: Annotated[Path | None, typer.Option(help="Where every decision is written (.jsonl).")] = None,
    workers: Annotated[str, typer.Option(help="A number of processes, or dask://host:port.")] = "",
    n: Annotated[int | None, typer.Option(help="Men enrolled, in place of the file's.")] = None,
    seed: Annotated[int | None, typer.Option(help="Other men, in place of the file's seed.")] = None,
) -> None:
    """Run a virtual trial: enrollment, visits, titration, endpoints."""
    with refusing():
        from dataclasses import replace

        from leydig.interfaces.files import target_file, target_folder
        from leydig.simulation.progress import bars
        from leydig.trial import read_trial, summary
        from leydig.trial import run as ran

        trial = read_trial(file)
        trial = replace(trial, n=trial.n if n is None else n, seed=trial.seed if seed is None else seed)
        if ledger is not None:
            target_file(ledger, (".jsonl",), make=True)
        if plot is not None:
            target_folder(plot)
        with bars({"men enrolled": trial.n}) as watch:
            found = ran(trial, _workers(workers), ledger=ledger, watch=watch)
        content = summary(found)
        if plot is not None:
            from leydig.interfaces.plots_trial import trial_figures

            for path in trial_figures(found, plot):
                say(f"written: {path}", error=True)
        if found.resumed:
            say(f"resumed: {found.resumed} men were there from a run that was interrupted", error=True)
        if ledger is not None:
            say(f"written: {ledger}", error=True)
        if as_json:
            print_json(content)
        else:
            _print_trial(content, file, ledger)


def _workers(text: str) -> int | str | None:
    return int(text) if text.isdigit() else text or None


def _print_trial(content: dict[str, Any], file: Path, ledger: Path | None) -> None:
    out, flow = console(), content["flow"]
    counted = f"{flow['screened']} screened, {flow['enrolled']} enrolled by {content['enrolled_by']}"
    out.print(f"{content['title']}: {counted}", style="bold")
    if flow["excluded"]:
        print_rows([{"not enrolled because": why, "men": count} for why, count in flow["excluded"].items()])
    print_rows([_flow_row(name, arm) for name, arm in content["arms"].items()])
    first = next(iter(content["arms"].values()))
    months = list(next(iter(first["levels"].values()))["by_month"])
    for analyte, series in list(first["levels"].items())[:6]:
        rows = [{"analyte": analyte if place == 0 else "", "unit": series["unit"] if place == 0 else "", "arm": name}
                | {f"month {month}": _median(arm["levels"][analyte]["by_month"].get(month)) for month in months}
                for place, (name, arm) in enumerate(content["arms"].items())]  # fmt: skip
        print_rows(rows)
    print_rows([_end_row(name, arm) for name, arm in content["arms"].items()])
    for name, arm in content["arms"].items():
        decided = ", ".join(f"{rule} {count}" for rule, count in arm["decisions"].items())
        alerts = ", ".join(f"{rule} {count}" for rule, count in arm["alerts"].items())
        out.print(f"{name}: decisions {decided or 'none'}; men with an alert {alerts or 'none'}")
    out.print(content["notice"])
    following = f"leydig replay {ledger}" if ledger else f"leydig trial run {file} --ledger ledger.jsonl --plot figures"
    out.print(f"Next: {following}")


def _flow_row(name: str, arm: dict[str, Any]) -> dict[str, Any]:
    flow = arm["flow"]
    stopped = ", ".join(f"{rule} {count}" for rule, count in flow["stopped"].items())
    return {"arm": name, "given": arm["given"], "started": flow["started"], "left": flow["left"],
            "treatment stopped": stopped or "-", "not solved": flow["not_solved"], "completed": flow["completed"],
            "visits": flow["visits"], "missed": flow["visits_missed"]}  # fmt: skip


def _end_row(name: str, arm: dict[str, Any]) -> dict[str, Any]:
    last = list(arm["in_band"])[-1]
    share, semen = arm["in_band"][last], arm["semen"]
    return {"arm": name, f"in band, month {last}": "-" if share is None else f"{share:.0%}",
            "time in band": f"{arm['time_in_band']:.0%}",
            "semen category gained": f"{semen['gained']} of {semen['measured']}",
            "lost": f"{semen['lost']} of {semen['measured']}",
            f"pregnant, month {last}": f"{arm['pregnant'][last]:.0%}"}  # fmt: skip


def _median(cell: dict[str, Any] | None) -> str:
    return "-" if cell is None else f"{cell['median']:.3g} ({cell['p5']:.3g} to {cell['p95']:.3g})"


@app.command()
def replay(
    ledger: Annotated[Path, typer.Argument(help="A ledger of leydig trial run, .jsonl.")],
    as_json: AsJson = False,
    workers: Annotated[str, typer.Option(help="A number of processes, or dask://host:port.")] = "",
) -> None:
    """Run the trial of a ledger again and hold every line against it. Exit code 1 where it differs."""
    with refusing():
        from leydig.simulation.progress import bars
        from leydig.trial import replay as replayed

        with bars({}) as watch:
            found = replayed(ledger, _workers(workers), watch)
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
