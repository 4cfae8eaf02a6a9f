"""Virtual men beside published values: percentiles, slopes on age and BMI, correlations."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Float
from scipy.special import ndtri

from leydig.analytes import ANALYTES
from leydig.course.figures.axes import plain_ticks, strip_frame, tens, write_all
from leydig.course.figures.panels import BLUE, GREEN, GREY, ORANGE, VERMILION
from leydig.evidence.reference.reference_file import ReferenceValue, Statistic, reference
from leydig.evidence.reference.reference_ranges import Groups, RangeCheck, values
from leydig.extras import extra
from leydig.target import target_folder

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["population_figures"]

PERCENTILES = {  # analyte: the group whose distribution is drawn
    "testosterone": "young",
    "lh": "chinese",
    "fsh": "chinese",
    "estradiol": "chinese",
    "shbg": "chinese",
    "inhibin_b": "fertile",
    "sperm_concentration": "fertile",
    "semen_volume": "fertile",
    "motility": "fertile",
}
GROUPS = {"young": "non-obese, 19 to 39 years", "chinese": "20 to 69 years", "fertile": "fertile men"}
ALIKE = {"conscripts": "fertile"}  # groups whose values are drawn with another group
MARKS = {  # of a source, the same in every panel
    "Travison": ("o", VERMILION),
    "Qin": ("o", VERMILION),
    "ChinaRI": ("s", ORANGE),
    "InhB2448": ("o", VERMILION),
    "Campbell": ("o", VERMILION),
    "Cooper": ("s", ORANGE),
    "Guangdong": ("^", GREEN),
    "Jorgensen": ("D", "black"),
}
TICKS = (1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0)
SLOPES = ("testosterone", "free_testosterone", "shbg", "lh")
CORRELATIONS = (Statistic.CORRELATION, Statistic.RANK_CORRELATION, Statistic.DETERMINATION)


def population_figures(folder: str | Path, groups: Groups, rows: Sequence[RangeCheck]) -> list[Path]:
    """Draw three figures of virtual men beside published values, and return their paths.

    Parameters
    ----------
    folder : str or Path
        Made when it does not exist.
    groups : Groups
        The virtual men.
    rows : sequence of Checked
        What `leydig.evidence.reference.reference_ranges.compare_ranges` returned for them.

    Raises
    ------
    OutOfRange
        When the folder is a file.
    """
    target = target_folder(folder)
    figures = {
        "percentiles.png": _percentiles(groups),
        "slopes.png": _slopes(groups),
        "correlations.png": _correlations(rows),
    }
    return write_all(figures, target)


def _figure(rows: int, columns: int, title: str, size: tuple[float, float]) -> tuple["Figure", npt.NDArray[Any]]:
    with extra("plots"):
        from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(title, fontsize=11)
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes in panels.flat:
        strip_frame(axes)
    return figure, panels


def _title(name: str, unit: str) -> str:
    return f"{ANALYTES[name].title} [{unit}]"


# Percentiles -------------------------------------------------------------------------------------------


def _percentiles(drawn: Groups) -> "Figure":
    figure, panels = _figure(3, 3, "How many men are below a level: virtual men and published percentiles", (10.0, 8.6))
    for axes, (name, men) in zip(panels.flat, PERCENTILES.items(), strict=True):
        rows = [row for row in reference().value if row.analyte == name and _belongs(row, men)]
        level = np.sort(values(rows[0], drawn[men]))
        share = (np.arange(len(level)) + 0.5) / len(level)
        seen = (share > 0.004) & (share < 0.996)
        axes.plot(level[seen], ndtri(share[seen]), color=BLUE, lw=1.6, label="virtual men")
        _points(axes, rows, float(level[0]))
        if rows[0].unit != "%":
            axes.set_xscale("log")
            plain_ticks(axes.xaxis, tens(-3, 5), *axes.get_xlim())
        axes.set_yticks(ndtri(np.array(TICKS) / 100.0), [f"{tick:g}" for tick in TICKS])
        axes.set_title(f"{_title(name, rows[0].unit)}\n{GROUPS[men]}", fontsize=9, loc="left")
        axes.legend(fontsize=7, frameon=False, loc="upper left")
    for axes in panels[:, 0]:
        axes.set_ylabel("% of men below", fontsize=8)
    return figure


def _belongs(row: ReferenceValue, men: str) -> bool:
    same = ALIKE.get(row.men, row.men) == men
    return same and row.statistic in (Statistic.PERCENTILE, Statistic.MEDIAN)


def _points(axes: "Axes", rows: list[ReferenceValue], lowest: float) -> None:
    """Mark published percentiles; one far below all virtual men is a matter of its assay and left out."""
    for who, (mark, color) in MARKS.items():
        own = [row for row in rows if row.source.startswith(f"{who} ") and row.published > lowest / 2.0]
        if own:
            place = [ndtri(row.at / 100.0) for row in own]
            label = own[0].source.split(",")[0].replace(" undated", "")
            published = [row.published for row in own]
            axes.plot(published, place, mark, mfc="none", mec=color, ms=6, mew=1.4, label=label)


# Slopes ------------------------------------------------------------------------------------------------


def _slopes(drawn: Groups) -> "Figure":
    figure, panels = _figure(2, 3, "Levels against age and BMI: virtual men of 40 to 79 years", (10.0, 6.4))
    men = drawn["community"]
    rows = reference().value
    for axes, name in zip(panels.flat, SLOPES, strict=False):
        own = [row for row in rows if row.statistic == Statistic.SLOPE and row.analyte == name]
        _band(axes, men["age"], values(own[0], men), np.arange(40.0, 80.1, 5.0))
        for color, row in zip((VERMILION, ORANGE), own, strict=False):
            ages = np.array([40.0, 79.0])
            line = np.mean(values(row, men)) + row.published * (ages - np.mean(men["age"]))
            label = f"{row.source.split(',')[0]}, {row.published:+g} a year"
            axes.plot(ages, line, "--", color=color, lw=1.6, label=label)
        _finish(axes, _title(name, own[0].unit), "age [year]")
    for axes, name in zip(panels.flat[len(SLOPES) :], SLOPES, strict=False):
        own = [row for row in rows if row.statistic == Statistic.DIFFERENCE and row.analyte == name]
        _band(axes, men["bmi"], values(own[0], men), np.array([20.0, 22.5, 25.0, 27.5, 30.0, 32.5, 35.0, 38.0]))
        _groups(axes, own, drawn)
        _finish(axes, _title(name, own[0].unit), "BMI [kg/m2]")
    return figure


def _band(
    axes: "Axes", x: Float[np.ndarray, " man"], y: Float[np.ndarray, " man"], edges: Float[np.ndarray, " edge"]
) -> None:
    """Draw median and middle 90 % in steps of age or BMI."""
    middle = (edges[1:] + edges[:-1]) / 2.0
    parts = [y[(x >= low) & (x < high)] for low, high in pairwise(edges)]
    low, mean, high = (np.array([f(part) for part in parts]) for f in (_percentile(5.0), np.mean, _percentile(95.0)))
    axes.fill_between(middle, low, high, color=BLUE, alpha=0.2, lw=0, label="virtual men, middle 90 %")
    axes.plot(middle, mean, color=BLUE, lw=1.8, label="virtual men, mean")


def _percentile(percent: float) -> Callable[[Float[np.ndarray, " man"]], float]:
    return lambda part: float(np.percentile(part, percent))


def _groups(axes: "Axes", rows: list[ReferenceValue], drawn: Groups) -> None:
    """Mark the means of overweight and obese men that follow from the published differences to lean men."""
    lean = drawn["community_lean"]
    start = float(np.mean(values(rows[0], lean)))
    x, y = [float(np.mean(lean["bmi"]))], [start]
    for row in rows:
        x.append(float(np.mean(drawn[row.men]["bmi"])))
        y.append(start + row.published)
    axes.plot(x, y, "o--", mfc="none", color=VERMILION, ms=6, mew=1.4, lw=1.0, label="Wu 2008, from our lean men")


def _finish(axes: "Axes", title: str, label: str) -> None:
    axes.set_title(title, fontsize=9, loc="left")
    axes.set_xlabel(label, fontsize=8)
    low, high = axes.get_ylim()
    axes.set_ylim(0.0, high + 0.42 * (high - max(low, 0.0)))
    axes.legend(fontsize=7, frameon=False, loc="upper right")


# Correlations ------------------------------------------------------------------------------------------


def _correlations(rows: Sequence[RangeCheck]) -> "Figure":
    shown = [row for row in rows if row.statistic in CORRELATIONS]
    figure, panels = _figure(1, 1, "Correlations: virtual men and published", (8.6, 4.6))
    axes = panels[0, 0]
    for place, row in enumerate(shown):
        allowed = [row.published - row.tolerance, row.published + row.tolerance]
        axes.plot(allowed, [place] * 2, color=GREY, lw=7, alpha=0.35, solid_capstyle="butt")
        axes.plot(row.published, place, "o", mfc="none", mec=VERMILION, ms=8, mew=1.6)
        axes.plot(row.ours, place, "o", color=BLUE, ms=6)
    labels = [f"{row.what}  ({row.source.split(',')[0].replace(' undated', '')})" for row in shown]
    axes.set_yticks(range(len(shown)), labels)
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", lw=0.6)
    axes.set_xlabel("correlation r, rank correlation, or R2", fontsize=8)
    figure.legend(*_keys(), loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure


def _keys() -> tuple[list["Artist"], list[str]]:
    with extra("plots"):
        from matplotlib.lines import Line2D

    handles: list[Artist] = [
        Line2D([], [], ls="", marker="o", color=BLUE, ms=6),
        Line2D([], [], ls="", marker="o", mfc="none", mec=VERMILION, ms=8, mew=1.6),
        Line2D([], [], color=GREY, lw=7, alpha=0.35),
    ]
    return handles, ["virtual men", "published", "tolerance"]
