"""The teacher's figures: a day of LH and testosterone before and on treatment, and a GnRH stimulation test."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leydig.analytes import ANALYTES
from leydig.checks import option
from leydig.course.figures.axes import strip_frame, write_one
from leydig.course.figures.panels import BLUE, GREY, VERMILION
from leydig.extras import extra
from leydig.man import Man
from leydig.pulses.detect import PulseReport, detect_pulses
from leydig.pulses.simulate import MinuteSeries, simulate_pulses
from leydig.pulses.stimulation import StimulationTest
from leydig.regimen import Regimen
from leydig.target import FIGURE, target_file

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["minutes_figure", "stimulation_figure"]

SHOWN = ("lh", "testosterone")
LEAST = 0.05  # rise of LH against its mean below which a pulse is not marked
FOOTER = "A simulation for professionals and research; it prescribes nothing. The rhythm of the day is left out."


def minutes_figure(
    man: Man,
    regimen: Regimen | str,
    path: str | Path | None = None,
    *,
    week: float = 6.0,
    hours: float = 24.0,
    every_minutes: float = 10.0,
    key: int = 0,
    units: str = "us",
) -> "Figure":
    """Draw LH and testosterone over a day, untreated and on treatment.

    Parameters
    ----------
    man : Man
        One man.
    regimen : Regimen or str
    path : str or Path, optional
        Where to write, ending in ``.png``.
    week : float, optional
        Week of treatment on which the second day begins.
    hours, every_minutes, key
        As `leydig.pulses.simulate.simulate_pulses`.
    units : {"us", "si"}

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    OutOfRange
        When the path ends otherwise, the units are unknown, or a number is impossible.
    """
    target = None if path is None else target_file(path, FIGURE)
    option(units, "units", ("us", "si"))
    drawn = [
        simulate_pulses(man, given, hours=hours, key=key, day=day, every=f"{every_minutes!r} minutes")
        for given, day in (("", 0.0), (regimen, 7.0 * week))
    ]
    figure = _draw(drawn, ("untreated", f"{regimen}, from day {7.0 * week:g}"), units)
    write_one(figure, target)
    return figure


def stimulation_figure(test: StimulationTest, title: str, path: str | Path | None = None) -> "Figure":
    """Draw LH and FSH after a dose of GnRH, the median with its 90 % interval.

    Parameters
    ----------
    test : StimulationTest
    title : str
        What was given.
    path : str or Path, optional
        Where to write, ending in ``.png``.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    OutOfRange
        When the path ends otherwise.
    """
    target = None if path is None else target_file(path, FIGURE)
    with extra("plots"):
        from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    folds = {"lh": test.lh_fold, "fsh": test.fsh_fold}
    for axes, name in zip(figure.subplots(1, 2), folds, strict=True):
        low, middle, high = getattr(test, name)
        axes.axhspan(*ANALYTES[name].reference, color=GREY, alpha=0.18, lw=0, label="reference interval")
        axes.fill_between(test.minutes, low, high, color=BLUE, alpha=0.2, lw=0, label="90 % of men and nights")
        axes.plot(test.minutes, middle, color=BLUE, lw=1.6, label="median")
        axes.set(xlim=(0.0, test.minutes[-1]), xlabel="minutes after the dose", ylabel=f"{ANALYTES[name].title}  IU/L")
        axes.set_ylim(0.0, 1.08 * max(high.max(), middle.max()))
        axes.set_xticks(np.arange(0.0, test.minutes[-1] + 1.0, 30.0 if test.minutes[-1] <= 240.0 else 120.0))
        axes.set_title(
            "highest over before: {1:.2g} ({0:.2g} to {2:.2g})".format(*folds[name]), fontsize=8, loc="right"
        )
        axes.xaxis.label.set_size(8)
        axes.yaxis.label.set_size(8)
        strip_frame(axes)
    figure.suptitle(title, fontsize=9)
    figure.supxlabel(FOOTER, fontsize=7)
    figure.axes[0].legend(fontsize=7, frameon=False, loc="upper right")
    write_one(figure, target)
    return figure


def _draw(drawn: list[MinuteSeries], titles: tuple[str, ...], units: str) -> "Figure":
    with extra("plots"):
        from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 5.2), layout="constrained")
    grid = figure.subplots(len(SHOWN), len(drawn), sharex=True, sharey="row", squeeze=False)
    for row, name in zip(grid, SHOWN, strict=True):
        for axes, series, title in zip(row, drawn, titles, strict=True):
            _panel(axes, series, name, units)
            if name == "lh":
                axes.set_title(title, fontsize=9, loc="left", wrap=True)
        row[0].set_ylabel(f"{ANALYTES[name].title}  {getattr(ANALYTES[name], units)}", fontsize=8)
        row[0].set_ylim(0.0, 1.05 * max(axes.dataLim.y1 for axes in row))
    for axes in grid[-1]:
        axes.set_xlabel("hours", fontsize=8)
    figure.supxlabel(FOOTER, fontsize=8)
    handles, labels = _legend()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels), fontsize=8, frameon=False)
    return figure


def _panel(axes: "Axes", series: MinuteSeries, name: str, units: str) -> None:
    analyte = ANALYTES[name]
    scale = analyte.factor_to(getattr(analyte, units))
    low, high = analyte.reference
    hours, values = series.minutes / 60.0, getattr(series, name) * scale
    axes.axhspan(low * scale, high * scale, color=GREY, alpha=0.18, lw=0)
    axes.plot(hours, values, "-", marker=".", color=BLUE, lw=1.0, ms=3.5)
    axes.dataLim.y1 = values.max()
    axes.axhline(values.mean(), color=BLUE, lw=0.8, ls="--")
    if name == "lh":
        _pulses(axes, series, detect_pulses(series.minutes, series.lh), scale)
    axes.set_xlim(0.0, hours[-1])
    axes.set_xticks(range(0, int(hours[-1]) + 1, max(int(hours[-1]) // 6, 1)))
    strip_frame(axes)


def _pulses(axes: "Axes", series: MinuteSeries, report: PulseReport, scale: float) -> None:
    """Mark the pulses that came at the foot, and those that are found at their peaks."""
    came = series.pulse_minutes[series.pulse_mass > LEAST * series.lh.mean()] / 60.0
    top = axes.get_xaxis_transform()
    axes.plot(came, np.full(len(came), 0.02), "|", color=VERMILION, ms=9, mew=1.4, transform=top, clip_on=False)
    axes.plot(series.minutes[report.peaks] / 60.0, series.lh[report.peaks] * scale, "o", mfc="none", mec=VERMILION)
    axes.set_title(f"pulses: {len(came)} came, {report.count} found", fontsize=8, loc="right")


def _legend() -> tuple[list["Artist"], list[str]]:
    with extra("plots"):
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

    handles: list[Artist] = [
        Line2D([], [], color=BLUE, lw=1.0, marker=".", ms=3.5),
        Line2D([], [], color=BLUE, lw=0.8, ls="--"),
        Line2D([], [], ls="", marker="|", color=VERMILION, ms=9, mew=1.4),
        Line2D([], [], ls="", marker="o", mfc="none", mec=VERMILION),
        Patch(color=GREY, alpha=0.18),
    ]
    return handles, ["drawn", "mean", "a pulse came", "a pulse is found", "reference interval"]
