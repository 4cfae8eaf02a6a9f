"""The table, the plots and the page that show what was measured."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import DOSINGS, LENGTH, MANY, SPREAD, Timing
from benchmarks.costs import Cost, Limits, exponent
from benchmarks.goals import Goal
from benchmarks.peers import GOAL, HOURS, LOOSEST, SCORED, Row

__all__ = ["Results", "page", "table", "write"]

BLUE, ORANGE, GREEN, GREY, VERMILION = "#0072B2", "#E69F00", "#009E73", "#999999", "#D55E00"  # Okabe and Ito
HEAD = ("work", "cores", "best [s]", "median [s]", "processor [s]", "verdict", "accuracy", "note")
FLAT = {"men": 64, "days": 60}  # from where on the slope is taken
LINEAR = tuple(FLAT)  # axes along which the cost should be linear
PAGE = """# Performance

Written by `python -m benchmarks --write`; do not edit. Numbers are ratios within one run on one machine, which may
have been shared with other work: compare rows with one another, not with another machine's. Processor seconds are
those of all cores together and suffer least from neighbors; seconds on the wall clock are what a user waits, and
what a goal is held against, the best of several. Where other work holds a core, two cores are no faster than one.

Measured on: {machine}

## The table

{table}

![Seconds per thousand men](performance/peers.png)

Every solver has the same equations, the same men (labs spread by {spread:.0%}), the same dosing (S1: {first};
S2: {second}), {length} days, levels kept once a day, one core unless
the column says otherwise. Its tolerance is the loosest of a ladder of half decades from 1e-3 at which the worst
relative error of every analyte, on {scored} men (3 for libRoadRunner), at {hours} hours after every
dose, is at most {goal:.0e} against the engine at 1e-8, which is itself held against an independent adaptive solver in
the tests. "leydig" is the engine as it comes; "loosest tolerance" is the engine under the rule of the peers. Peers are
timed on fewer men and scaled linearly; what a peer does once (tracing, compiling, loading) is outside its clock, and
so is reading the analytes from its states, which the engine's time holds.

## What a reader should conclude

{conclusion}

## What it costs

On one core; days and drugs with 256 men. No drug, then anastrozole, clomiphene, hCG and letrozole join in turn.

![Cost](performance/cost.png)

{costs}
A vector holds eight men, or four where there are no more: one man costs as much as four, and five as much as eight.

## What limits it

Per man and evaluation of the derivative, without what is paid once per man; a step costs four of them, and
the last of these is the first of the next step. Steps are the mean of 60 days.

{limits}

Divisions, exponentials and logarithms are the slow part: a processor starts several vector additions in the time of
one vector division, and an exponential or a logarithm is a polynomial of its own (`leydig.engine.kernel.simd`). One man
alone waits for the chain of dependent operations instead. The other factor is the number of steps: a dose asks for
short ones after it, and 8 a day are the least, since the longest step is an eighth of a day.

## What is not compared

- Graphics processors, other processors, other operating systems.
- Peers that do not install from the Python package index (mrgsolve, rxode2, NONMEM, AMICI).
- Peers on several cores: every one of them could share men among cores as the engine does.
- Memory, other than that of the streamed run; the time to compile, other than the engine's.
- Regimens other than daily tablets; depots, pulses and patches change the steps of every solver.
- diffrax on other batches than 128 men, and its implicit methods.
"""


@dataclass(frozen=True)
class Results:
    """Everything that one run measured."""

    machine: dict[str, Any]
    peers: list[Row]
    goals: list[Goal]
    costs: list[Cost]
    limits: list[Limits]

    def plain(self) -> dict[str, Any]:
        """Return plain numbers and texts, for JSON; what is no number is null."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _number(value: float) -> str:
    """Return three figures."""
    if math.isnan(value):
        return "–"
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}" if 0.0 < value < 1000.0 else f"{value:,.0f}"


def _times(timing: Timing | None) -> tuple[str, str, str]:
    if timing is None:
        return ("–", "–", "–")
    return _number(timing.best), _number(timing.median), _number(timing.processor)


def _peer_line(row: Row, ours: float) -> tuple[str, ...]:
    """Return the cells of a solver; its verdict is its processor time against the engine's."""
    name = next(name for name, dosing in DOSINGS.items() if dosing == row.dosing)
    verdict = "–" if row.timing is None else f"{_number(row.timing.processor / ours)} times the engine"
    if row.name == "leydig":
        verdict = "the engine"
    accuracy = "–" if math.isnan(row.error) else f"{row.error:.1e} at {row.tolerance:.0e}"
    scaled = f"{row.men} men, scaled; " if 0 < row.men < MANY else ""
    solver, comma, rest = row.name.partition(",")
    work = f"{name}: {solver} {row.version}{comma}{rest}".strip()
    return (work, str(row.cores), *_times(row.timing), verdict, accuracy, scaled + row.note)


def _goal_line(goal: Goal) -> tuple[str, ...]:
    said = {True: "met", False: "**missed**", None: ""}[goal.met]
    ratio = f"{_number(goal.value)} times" if goal.timing is None and not math.isnan(goal.value) else ""
    verdict = ", ".join(part for part in (ratio, f"goal {goal.goal}" if goal.goal else "", said) if part)
    return (goal.work, str(goal.cores), *_times(goal.timing), verdict or "–", "–", goal.note)


def _lines(results: Results) -> list[tuple[str, ...]]:
    ours = {row.dosing: row.timing for row in results.peers if row.name == "leydig" and row.cores == 1}
    lines = []
    for row in results.peers:
        timing = ours[row.dosing]
        lines.append(_peer_line(row, timing.processor if timing else float("nan")))
    return lines + [_goal_line(goal) for goal in results.goals]


def table(results: Results) -> str:
    """Return the one table, as Markdown that is aligned for a terminal too."""
    rows = [HEAD, *_lines(results)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]

    def shown(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([shown(HEAD), rule, *(shown(row) for row in rows[1:])])


def machine_text(results: Results) -> str:
    """Return the machine in one paragraph."""
    told = results.machine
    libraries = ", ".join(f"{name} {version}" for name, version in told["libraries"].items())
    busy = told["busy"]
    others = f" Load average at the start: {busy}." if busy is not None else ""
    return (
        f"{told['processor']}, {told['cores']} cores, vectors of {told['vectors']}; Python {told['python']}, "
        f"{libraries}.{others}"
    )


def _peer_plot(results: Results, path: Path) -> None:
    """Draw seconds per thousand men of every solver."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 4.2), layout="constrained")
    for place, (axes, (name, dosing)) in enumerate(
        zip(figure.subplots(1, 2, sharey=True), DOSINGS.items(), strict=True)
    ):
        rows = [row for row in results.peers if row.dosing == dosing and row.timing and row.cores == 1]
        seconds = [row.timing.processor for row in rows if row.timing]
        colors = [BLUE if row.name.startswith("leydig") else GREY for row in rows]
        axes.barh(range(len(rows)), seconds, color=colors, height=0.6)
        for y, second in enumerate(seconds):
            axes.text(second * 1.15, y, f"{_number(second)} s", va="center", fontsize=8)
        axes.set_xscale("log")
        axes.set_xlim(min(seconds) / 3.0, max(seconds) * 8.0)
        axes.set_yticks(range(len(rows)), [row.name for row in rows], fontsize=8)
        axes.set_title(f"{name}: {dosing}", fontsize=7.5, loc="left")
        axes.set_xlabel(f"processor seconds, {MANY:,} men, {LENGTH} days", fontsize=8)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        if place == 0:
            axes.invert_yaxis()
    figure.savefig(path, dpi=120)


def _cost_plot(results: Results, path: Path) -> None:
    """Draw seconds against men, days and drugs, with a line of slope 1 through the last point."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullFormatter, StrMethodFormatter

    figure = Figure(figsize=(10.0, 3.4), layout="constrained")
    for axes, cost in zip(figure.subplots(1, 3), results.costs, strict=True):
        seconds = [one.processor for one in cost.timings]
        axes.plot(cost.places, seconds, "o-", color=BLUE, lw=1.6, ms=5, label="measured")
        if cost.axis == "drugs":
            axes.set_ylim(0.0, 1.15 * max(seconds))
            axes.set_xticks(cost.places)
        else:
            last, top = cost.places[-1], seconds[-1]
            axes.plot(cost.places, [top * n / last for n in cost.places], "--", color=ORANGE, lw=1.2, label="linear")
            axes.loglog()
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.yaxis.set_minor_formatter(NullFormatter())
            axes.set_xticks(cost.places, [f"{place:,}" for place in cost.places], rotation=40)
            axes.set_ylim(min(seconds) / 2.0, 2.0 * top)
            axes.legend(fontsize=8, frameon=False)
        axes.set_xlabel(cost.axis, fontsize=9)
        axes.set_ylabel("processor seconds, one core", fontsize=8)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def _cost_lines(costs: Sequence[Cost]) -> str:
    """Return the costs as small tables."""
    parts = []
    for cost in costs:
        heads = " | ".join(str(place) for place in cost.places)
        cells = " | ".join(_number(one.processor) for one in cost.timings)
        slope = ""
        if cost.axis in LINEAR:
            least = FLAT[cost.axis]
            slope = f"\nSlope of the logarithms from {least} {cost.axis} on: {exponent(cost, least):.2f}.\n"
        rule = "|---" * (len(cost.places) + 1) + "|"
        parts.append(f"| {cost.axis} | {heads} |\n{rule}\n| seconds | {cells} |\n{slope}")
    return "\n".join(parts)


def _limit_lines(limits: Sequence[Limits]) -> str:
    head = "| dosing | operations | divisions | exponentials | logarithms | steps a day |\n"
    rule = head + "|---|---|---|---|---|---|\n"
    return rule + "\n".join(
        f"| {one.dosing or 'nothing'} | {one.operations} | {one.divisions} | {one.exponentials} | {one.logarithms} "
        f"| {one.steps:.1f} |"
        for one in limits
    )


def _conclusion(results: Results) -> str:
    """Return in words what the numbers of this run say."""
    said = []
    for name, dosing in DOSINGS.items():
        rows = [row for row in results.peers if row.dosing == dosing and row.cores == 1]
        spent = {row.name: row.timing.processor for row in rows if row.timing}
        usual, loosest = spent.pop("leydig"), spent.pop(LOOSEST)
        said += [
            f"- {name}: {peer} needs {_number(seconds / usual)} times the processor time of the engine as it comes,\n"
            f"  and {_number(seconds / loosest)} times at equal accuracy by one rule."
            for peer, seconds in spent.items()
        ]
    missed = [goal.work for goal in results.goals if goal.met is False]
    unknown = [goal.work for goal in results.goals if goal.note.startswith("not measured")]
    said.append(f"- Goals missed in this run: {'; '.join(missed) or 'none'}.")
    said.append(f"- Not measured: {'; '.join(unknown) or 'none'}.")
    grown = [f"{exponent(cost, FLAT[cost.axis]):.2f} in {cost.axis}" for cost in results.costs if cost.axis in LINEAR]
    said.append(f"- The cost grows with the power {' and '.join(grown)} (1 is linear).")
    said.append("- What a drug costs is above all the steps that it asks for, not its share of the equations.")
    return "\n".join(said)


def page(results: Results) -> str:
    """Return the page of the documentation."""
    return PAGE.format(
        machine=machine_text(results),
        table=table(results),
        spread=SPREAD,
        first=DOSINGS["S1"],
        second=DOSINGS["S2"],
        length=LENGTH,
        scored=SCORED,
        hours=", ".join(f"{hour:g}" for hour in HOURS),
        goal=GOAL,
        conclusion=_conclusion(results),
        costs=_cost_lines(results.costs),
        limits=_limit_lines(results.limits),
    )


def write(results: Results, folder: Path) -> None:
    """Write JSON and plots into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(
        json.dumps(results.plain(), indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )
    _peer_plot(results, folder / "peers.png")
    _cost_plot(results, folder / "cost.png")
