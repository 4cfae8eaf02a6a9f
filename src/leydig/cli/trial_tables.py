"""Tables of virtual trials for the shell: one run, several runs, and the power of a design."""

from pathlib import Path
from typing import Any

from leydig.cli.output import console, print_rows
from leydig.trial.analysis.tables import (
    contrast_rows,
    endpoint_text,
    interval_text,
    level_text,
    trial_notes,
    trial_tables,
)

__all__ = ["print_power", "print_several", "print_trial", "print_trial_tables"]


def print_trial(content: dict[str, Any], file: Path, ledger: Path | None) -> None:
    """Print one run, and what may be done next."""
    print_trial_tables(content)
    following = (
        f"leydig trial check {ledger}" if ledger else f"leydig trial run {file} --ledger ledger.jsonl --plot figures"
    )
    console().print(f"Next: {following}")


def print_trial_tables(content: dict[str, Any]) -> None:
    """Print one run: who was enrolled, what arms did to levels, and how they differ."""
    out, flow = console(), content["flow"]
    counted = f"{flow['screened']} screened, {flow['enrolled']} enrolled by {content['enrolled_by']}"
    out.print(f"{content['title']}: {counted}", style="bold")
    for table in trial_tables(content):
        out.print(table.title, style="bold")
        print_rows([dict(row) for row in table.rows])
    for note in trial_notes(content):
        out.print(note)


def print_several(content: dict[str, Any]) -> None:
    """Print runs of several seeds or draws side by side, and together."""
    out, runs = console(), content["runs"]
    about = runs[0]["primary"]
    by_draw = "uncertainty" in content
    out.print(f"{content['title']}: {len(runs)} runs of {runs[0]['flow']['enrolled']} men", style="bold")
    out.print(f"Primary endpoint: {endpoint_text(about)}")
    rows = [({"draw": run["draw"]} if by_draw else {}) | {"seed": run["seed"]} | row
            for run in runs for row in contrast_rows("all", run["primary"]["contrasts"], about)]  # fmt: skip
    if rows:
        print_rows(rows)
        print_rows(_draws_rows(content["uncertainty"]) if by_draw else _seeds_rows(content["pooled"], about))
    out.print(runs[0]["notice"])


def _seeds_rows(pooled: dict[str, Any], about: dict[str, Any]) -> list[dict[str, Any]]:
    rows = contrast_rows("of all seeds", {name: one["pooled"] for name, one in pooled.items()}, about)
    return [row | {"between seeds, sd": level_text(pooled[row["arm"]]["sd"])} for row in rows]


def _draws_rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"arm": name, "replicates": one["replicates"], "difference": level_text(one["mean"]),
         f"{found['level']:.0%} interval, men and model": interval_text(one), "sd": level_text(one["sd"]),
         "sd of men": level_text(one["sd_men"]), "sd of the model": level_text(one["sd_model"])}
        for name, one in found["contrasts"].items()
    ]  # fmt: skip


def print_power(content: dict[str, Any]) -> None:
    """Print the power of a design at several sizes, and the sample size."""
    out = console()
    out.print(f"{content['title']}: parallel groups, {endpoint_text(content)}", style="bold")
    print_rows([
        {"arm": name, "men": row["men"], "n": f"{row['n']} and {row['n_control']}",
         "power": f"{row['power']:.3f} ({row['low']:.3f} to {row['high']:.3f})",
         "closed formula": f"{row['closed']:.3f}"}
        for name, one in content["arms"].items() for row in one["power"]
    ])  # fmt: skip
    for name, one in content["arms"].items():
        values = (
            f"{level_text(one['value'])} against {level_text(one['value_control'])} in {content['pool']} virtual men"
        )
        difference = f"difference {level_text(one['difference'])} ({interval_text(one)})"
        out.print(f"{name}: {values}, {difference}; {_size(one)}")
    out.print("The effect is the model's: its own error, and men unlike these, are not in the power.")


def _size(one: dict[str, Any]) -> str:
    size = one["sample_size"]
    if size is None:
        return "no million men reach the power"
    return f"power {size['power']:.0%} by the closed formula with {size['n']} men and {size['n_control']} controls"
