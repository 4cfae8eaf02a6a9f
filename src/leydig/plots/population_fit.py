"""Figures of a fitted population: convergence of means and spreads, visual predictive checks, and NPDE."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from leydig.course.figures.axes import plain_ticks, strip_frame, tens, write_all
from leydig.extras import extra
from leydig.inference.hierarchy.fit_population import PopulationFit
from leydig.inference.hierarchy.predictive_check import PERCENTILES, PredictiveCheck

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["population_fit_figures"]

OBSERVED, BANDS, ROUND = "#222222", ("#0072B2", "#D55E00", "#0072B2"), "#999999"
NARROW = 3.0  # [d] half the width of a band about the day of its bin


def population_fit_figures(fit: PopulationFit, checks: list[PredictiveCheck], folder: Path) -> list[Path]:
    """Write convergence, visual predictive checks and NPDE, and return their paths.

    Parameters
    ----------
    fit : PopulationFit
    checks : list of PredictiveCheck
        One for each analyte.
    folder : Path

    Raises
    ------
    MissingExtra
        When the extra ``plots`` is not installed.
    """
    with extra("plots"):
        from matplotlib.figure import Figure

    drawn = {
        name: Figure(figsize=(10, 5.5), layout="constrained") for name in ("convergence.png", "vpc.png", "npde.png")
    }
    _convergence(drawn["convergence.png"], fit)
    _vpc(drawn["vpc.png"], checks)
    _npde(drawn["npde.png"], checks)
    return write_all(drawn, folder)


def _convergence(figure: "Figure", fit: PopulationFit) -> None:
    """Draw means and spreads step by step; a line where new draws were made."""
    rows = figure.subplots(2, 1, sharex=True)
    ends = np.cumsum([len(steps) for steps in fit.steps])
    for axes, name in zip(rows, ("mean", "spread"), strict=True):
        values = np.array([getattr(one, name) for steps in fit.steps for one in steps])
        for column, constant in enumerate(fit.constants):
            axes.plot(np.arange(1, len(values) + 1), values[:, column], label=constant.name)
        for end in ends[:-1]:
            axes.axvline(end + 0.5, color=ROUND, lw=0.8, ls=":")
        axes.set_ylabel(f"{name} [SD of the kind]")
        strip_frame(axes)
    rows[0].legend(frameon=False)
    rows[1].set_xlabel("step of maximization; dotted: new draws of every man")


def _vpc(figure: "Figure", checks: list[PredictiveCheck]) -> None:
    """Draw observed percentiles over simulation-based bands of the same, one panel for each analyte."""
    for axes, one in zip(figure.subplots(1, len(checks), squeeze=False)[0], checks, strict=True):
        days = [part.day for part in one.bins]
        axes.plot(one.days, one.values, ".", color=ROUND, ms=4, zorder=1)
        for place, (percentile, color) in enumerate(zip(PERCENTILES, BANDS, strict=True)):
            for part in one.bins:
                around = [part.day - NARROW, part.day + NARROW]
                axes.fill_between(around, part.low[place], part.high[place], color=color, alpha=0.3, lw=0)
            seen = [part.observed[place] for part in one.bins]
            axes.plot(days, seen, color=OBSERVED, ls="-" if percentile == PERCENTILES[1] else "--", lw=1.3)
        axes.set_yscale("log")
        plain_ticks(axes.yaxis, tens(-2, 4, (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)), *axes.get_ylim())
        axes.set_title(one.title + (", prediction-corrected" if one.corrected else ""), fontsize=10)
        axes.set_xlabel("day of the record")
        axes.set_ylabel(one.unit)
        strip_frame(axes)


def _npde(figure: "Figure", checks: list[PredictiveCheck]) -> None:
    """Draw the errors over the days and their quantiles against the normal ones, a column for each analyte."""
    grid = figure.subplots(2, len(checks), squeeze=False)
    for column, one in enumerate(checks):
        over, against = grid[:, column]
        over.plot(one.days, one.npde, ".", color=BANDS[0])
        for level in (-1.96, 0.0, 1.96):
            over.axhline(level, color=ROUND, lw=0.8, ls="--" if level else "-")
        over.set_title(one.title, fontsize=10)
        over.set_xlabel("day of the record")
        ordered = np.sort(one.npde)
        normal = ndtri((np.arange(len(ordered)) + 0.5) / len(ordered))
        against.plot(normal, ordered, ".", color=BANDS[0])
        against.plot(normal, normal, color=OBSERVED, lw=1)
        against.set_xlabel("normal quantile")
        for axes in (over, against):
            axes.set_ylabel("NPDE")
            strip_frame(axes)
