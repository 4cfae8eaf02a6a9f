"""Figures of a virtual trial: flow of men, response, pregnancies, the swim of doses, time in band."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES, of_panel
from leydig.course.figures.axes import strip_frame, write_all
from leydig.extras import extra
from leydig.protocol.implied import short_title
from leydig.protocol.reader import read_protocol
from leydig.trial.analysis.effect import primary
from leydig.trial.analysis.endpoints import in_band, levels_of
from leydig.trial.conduct.outcome import ArmResult
from leydig.trial.conduct.pregnancy import pregnancy_share
from leydig.trial.design.design import CYCLE, Design
from leydig.trial.run import TrialResult
from leydig.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

__all__ = ["trial_figures"]

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
COLUMNS = 3


def trial_figures(ran: TrialResult, folder: Path) -> list[Path]:
    """Write every figure of a trial and return their paths.

    Parameters
    ----------
    ran : Ran
    folder : Path
    """
    with extra("plots"):
        from matplotlib.figure import Figure

    makers = {"flow.png": _flow, "levels.png": _levels, "response.png": _response, "doses.png": _swimmers}
    if len(ran.arms) > 1:
        makers["effect.png"] = _effect
    drawn = {name: Figure(figsize=(10, 6.5), layout="constrained") for name in makers}
    for name, maker in makers.items():
        maker(drawn[name], ran)
    return write_all(drawn, folder)


def _flow(figure: "Figure", ran: TrialResult) -> None:
    """Draw the flow of men in the manner of CONSORT."""
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    arms = list(ran.arms.items())
    paired = ran.trial.design == Design.PAIRED
    lost = "\n".join(f"{why}: {count}" for why, count in ran.excluded.items()) or "nobody"
    _box(axes, 0.3, 0.93, f"screened\n{ran.screened} men")
    _box(axes, 0.76, 0.8, f"not enrolled: {sum(ran.excluded.values())}\n{lost}")
    _box(
        axes,
        0.3,
        0.64,
        f"enrolled\n{ran.trial.n} men, " + ("each in every arm" if paired else "one arm drawn for each"),
    )
    _arrow(axes, (0.3, 0.88), (0.3, 0.69))
    _arrow(axes, (0.3, 0.8), (0.56, 0.8))
    for place, (name, arm) in enumerate(arms):
        x = (place + 0.5) / len(arms)
        stopped = [rule for rule in arm.stopped if rule]
        reasons = "\n".join(f"{rule}: {stopped.count(rule)}" for rule in sorted(set(stopped)))
        dosed = f"{len(arm.numbers)} men, {int(arm.started.sum())} given a drug"
        _box(axes, x, 0.42, f"{name}\n{dosed}")
        _box(axes, x, 0.14, f"left: {int(arm.left.sum())}\nnot solved: {int(arm.unsolved.sum())}\n"
                            f"treatment stopped: {len(stopped)}" + (f"\n{reasons}" if reasons else ""))  # fmt: skip
        _arrow(axes, (0.3, 0.59), (x, 0.47))
        _arrow(axes, (x, 0.37), (x, 0.24))


def _box(axes: "Axes", x: float, y: float, text: str) -> None:
    axes.text(x, y, text, ha="center", va="center", fontsize=9,
              bbox={"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": "#555555"})  # fmt: skip


def _arrow(axes: "Axes", start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": "#555555"})


def _levels(figure: "Figure", ran: TrialResult) -> None:
    """Draw median and middle 90 % of each level, arm by arm, with the target band."""
    targets = {one.of: one.band for one in read_protocol(ran.trial.enrolled_by, ran.trial.region).targets}
    shown = of_panel("trial")
    panels = figure.subplots(-(-len(shown) // COLUMNS), COLUMNS, squeeze=False).ravel()
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    for axes, name in zip(panels, shown, strict=False):
        for color, (arm, outcome) in zip(COLORS, ran.arms.items(), strict=False):
            places, months = _line_places(ran)
            values = levels_of(outcome, name)[:, places]
            low, middle, high = np.nanquantile(values, [0.05, 0.5, 0.95], axis=0)
            axes.plot(months, middle, color=color, lw=1.8, label=arm)
            axes.fill_between(months, low, high, color=color, alpha=0.12, lw=0)
        if name != "hematocrit":
            axes.set_ylim(bottom=0.0)
        band = targets.get(name)
        if band is not None:
            top = axes.get_ylim()[1]
            low_end = band.at_least if band.at_least is not None else band.above or 0.0
            high_end = next((x for x in (band.at_most, band.below) if x is not None), top)
            axes.axhspan(low_end, min(high_end, top), facecolor="none", edgecolor="#009E73", hatch="///", alpha=0.25)
            axes.set_ylim(0.0, top)
        unit = "ratio" if ANALYTES[name].ratio_units else ANALYTES[name].us
        axes.set_title(short_title(name), fontsize=9, loc="left")
        axes.set_ylabel(unit, fontsize=8)
        axes.set_xlabel("months", fontsize=8)
        strip_frame(axes)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(ran.arms),
                  frameon=False, fontsize=9)  # fmt: skip
    figure.suptitle(f"{ran.trial.title}\nmedian and middle 90 % of the men who are still there; hatched: target",
                    fontsize=10)  # fmt: skip


def _line_places(ran: TrialResult) -> tuple[list[int], Float[np.ndarray, " place"]]:
    """Return the places in the grid that a line joins, and their months: first days of cycles, and the end if far."""
    places, days = list(ran.trial.cycles), np.array(ran.trial.grid)
    if days[-1] - days[places[-1]] >= CYCLE / 2.0:
        places.append(len(days) - 1)
    return places, days[places] / DAYS_PER_MONTH


def _response(figure: "Figure", ran: TrialResult) -> None:
    """Draw the share of men in the joint band, and of couples with a pregnancy, over time."""
    left, right = figure.subplots(1, 2)
    plan = read_protocol(ran.trial.enrolled_by, ran.trial.region)
    for color, (name, outcome) in zip(COLORS, ran.arms.items(), strict=False):
        there = outcome.there
        share = (in_band(outcome, plan) & there).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        places, months = _line_places(ran)
        left.plot(months, 100.0 * share[places], color=color, lw=1.8, label=name)
        pregnant = [100.0 * pregnancy_share(outcome, month * DAYS_PER_MONTH) for month in months]
        right.step(months, pregnant, color=color, lw=1.8, where="post", label=name)
    for axes, title in ((left, "men with every level in its target band"), (right, "couples with a pregnancy")):
        axes.set_title(title, fontsize=10, loc="left")
        axes.set_ylabel("%", fontsize=9)
        axes.set_xlabel("months", fontsize=9)
        axes.set_ylim(0, 100)
        strip_frame(axes)
    left.legend(frameon=False, fontsize=9)


def _effect(figure: "Figure", ran: TrialResult) -> None:
    """Draw how each arm differs from the control in the primary endpoint, whole and by subgroup."""
    found = primary(ran)
    parts = {"all men": found["contrasts"], **found["subgroups"]}
    rows = [(label, name, one) for label, many in parts.items() for name, one in many.items()]
    colors = dict(zip(ran.arms, COLORS, strict=False))
    axes = figure.subplots()
    for row, (_, name, one) in enumerate(rows):
        if one["low"] is not None:
            axes.plot([one["low"], one["high"]], [row, row], color=colors[name], lw=1.8)
        if one["difference"] is not None:
            axes.plot(one["difference"], row, "s", color=colors[name], ms=7)
    axes.axvline(0.0, color="#555555", lw=1.0, ls="--")
    axes.set_yticks(range(len(rows)), [f"{name}, {label}\n{one['n']} and {one['n_control']} men"
                                       for label, name, one in rows], fontsize=9)  # fmt: skip
    axes.set_ylim(len(rows) - 0.5, -0.5)
    unit = "share of men" if ran.trial.primary.binary else found["unit"]
    axes.set_xlabel(f"difference against {found['control']} [{unit}], {found['level']:.0%} interval", fontsize=9)
    strip_frame(axes)
    design = "paired, more precise than a real trial" if found["design"] == Design.PAIRED else "parallel groups"
    what = f"{found['of'].replace('_', ' ')} at month {found['month']}, {found['reading']}"
    figure.suptitle(f"{ran.trial.title}\n{what}; {design}", fontsize=10)


def _swimmers(figure: "Figure", ran: TrialResult) -> None:
    """Draw what the first men were prescribed, one line for each man."""
    arms = [(name, outcome) for name, outcome in ran.arms.items() if any(outcome.doses)]
    texts = sorted({text for _, outcome in arms for man in outcome.doses for *_, text in man})
    colors = {text: _shade(place, len(texts)) for place, text in enumerate(texts)}
    panels = np.atleast_1d(figure.subplots(1, max(len(arms), 1), sharey=True))
    for axes, (name, outcome) in zip(panels, arms, strict=False):
        for row, doses in enumerate(man for man in outcome.doses if man):
            for start, stop, text in doses:
                later = stop if stop >= 0 else _last_day(outcome, row, ran)
                axes.barh(
                    row, (later - start) / DAYS_PER_MONTH, left=start / DAYS_PER_MONTH, color=colors[text], height=0.75
                )
            if np.isfinite(outcome.conceived[row]):
                axes.plot(outcome.conceived[row] / DAYS_PER_MONTH, row, "*", color="black", ms=6)
        axes.set_title(name, fontsize=10, loc="left")
        axes.set_xlabel("months", fontsize=9)
        axes.set_yticks([])
        axes.set_xlim(0, ran.trial.days / DAYS_PER_MONTH)
        strip_frame(axes)
    handles = [_patch(colors[text], text) for text in texts]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    figure.suptitle("what each of the first men was prescribed (star: pregnancy)", fontsize=10)


def _last_day(outcome: ArmResult, row: int, ran: TrialResult) -> float:
    """Return the day on which a man's last line ends."""
    known = np.flatnonzero(outcome.there[row])
    return float(min(ran.trial.grid[known[-1]] + CYCLE, ran.trial.days)) if len(known) else 0.0


def _shade(place: int, count: int) -> tuple[float, float, float, float]:
    with extra("plots"):
        from matplotlib import colormaps

    return colormaps["viridis"](place / max(count - 1, 1))


def _patch(color: tuple[float, float, float, float], text: str) -> "Patch":
    with extra("plots"):
        from matplotlib.patches import Patch

    return Patch(color=color, label=text)
