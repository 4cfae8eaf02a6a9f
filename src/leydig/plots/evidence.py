"""Published values beside their predictions: a forest of log ratios, observed against predicted, semen split."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES
from leydig.course.figures.axes import plain_ticks, strip_frame, tens, write_all
from leydig.course.figures.panels import BLUE, GREEN, GREY, ORANGE, VERMILION
from leydig.evidence.formats import label_of
from leydig.evidence.replay import Prediction
from leydig.evidence.score import comparison, semen_split
from leydig.evidence.study import Form, Study
from leydig.extras import extra
from leydig.target import target_folder

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["evidence_figures"]

COLORS = {"calibration": BLUE, "held-out": VERMILION}
ROWS = 42  # of a page of the forest, heads of studies counted
TICKS = (0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0)
FACTORS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)  # on the axis of semen
REACH = np.log(5.0)  # half of the forest's axis; what lies beyond is drawn at its end, as an arrow
NEAR = 1.25  # the lines beside identity
MARKS = ("o", "s", "^", "D", "v", "P")
HUES = (BLUE, VERMILION, GREEN, ORANGE, "black", "#CC79A7", "#56B4E9")
ARM = 36  # and beside a bar of semen
LONGEST = 64  # letters of an arm above its values
HEAD = "#EAEAEA"


def evidence_figures(
    predictions: Sequence[Prediction], folder: str | Path, extra_studies: Mapping[str, Study] | None = None
) -> list[Path]:
    """Draw a replay, and return the paths of the figures.

    Parameters
    ----------
    predictions : sequence of Prediction
    folder : str or Path
        Made when it does not exist.
    extra_studies : mapping of str to Study, optional
        Studies that are not in the catalogue, by id.

    Raises
    ------
    OutOfRange
        When the folder is a file.
    """
    target = target_folder(folder)
    pages = _pages(predictions)
    drawn = {
        f"forest{f'_{number}' if len(pages) > 1 else ''}.png": _forest(rows, number, len(pages))
        for number, rows in enumerate(pages, 1)
    }
    drawn["observed_predicted.png"] = _ratio_figure(predictions, extra_studies)
    split = [row for row in semen_split(predictions, extra_studies) if row["drug"] is not None]
    if split:
        drawn["semen.png"] = _semen(split)
    return write_all(drawn, target)


# Forest ------------------------------------------------------------------------------------------------


def _pages(found: Sequence[Prediction]) -> list[list[list[Prediction]]]:
    """Return the values in pages of arms; an arm is cut only when it is longer than a page."""
    arms: dict[tuple[str, str], list[Prediction]] = {}
    for one in found:
        arms.setdefault((one.study, one.arm), []).append(one)
    pages: list[list[list[Prediction]]] = [[]]
    for own in arms.values():
        for first in range(0, len(own), ROWS - 1):
            part = own[first : first + ROWS - 1]
            if pages[-1] and sum(len(other) + 1 for other in [*pages[-1], part]) > ROWS:
                pages.append([])
            pages[-1].append(part)
    return pages


def _forest(arms: Sequence[Sequence[Prediction]], page: int, pages: int) -> "Figure":
    with extra("plots"):
        from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 0.23 * sum(len(own) + 1 for own in arms) + 1.8), layout="constrained")
    axes = figure.add_subplot()
    strip_frame(axes)
    labels, place = [], 0
    for own in arms:
        _forest_head(axes, own[0], place)
        for place, one in enumerate(own, place + 1):  # noqa: B020
            _forest_row(axes, one, place)
            labels.append((place, _label(one)))
        place += 1
    axes.set_yticks([row for row, _ in labels], [text for _, text in labels])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(place - 0.4, -0.6)
    axes.set_xlim(-REACH, REACH)
    axes.axvline(0.0, color="black", lw=0.8, zorder=0)
    axes.set_xticks(np.log(TICKS), [f"{tick:g}" for tick in TICKS])
    axes.set_xlabel("published value and interval, divided by the prediction (logarithmic axis)", fontsize=8)
    of = f", page {page} of {pages}" if pages > 1 else ""
    figure.suptitle(f"Published values beside their predictions{of}", fontsize=11)
    figure.legend(*_forest_keys(), loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure


def _forest_head(axes: "Axes", one: Prediction, place: int) -> None:
    """Write study, role and arm above the arm's values."""
    axes.axhspan(place - 0.5, place + 0.5, color=HEAD, lw=0, zorder=1)
    arm = one.arm if len(one.arm) <= LONGEST else f"{one.arm[:LONGEST].rstrip()}…"
    axes.text(-REACH * 0.99, place, f"{one.study}, {one.role}: {arm}", fontsize=8, va="center", weight="bold",
              color=COLORS.get(one.role, "black"), zorder=2)  # fmt: skip


def _label(one: Prediction) -> str:
    """Return analyte and time in one short line."""
    share = {str(Form.FRACTION): "share by ", str(Form.REACHED): "ever, share by "}.get(one.form, "")
    share = "" if one.analyte == "pregnancy" else share
    return f"{share}{label_of(one.analyte)}, {_time_text(one.week)}"


def _time_text(week: float) -> str:
    return f"week {week:.3g}" if week >= 1.0 else f"day {7.0 * week:.2g}"


def _forest_row(axes: "Axes", one: Prediction, place: int) -> None:
    """Draw one interval about the prediction, and the published value as filled when inside, open when outside."""
    color = COLORS.get(one.role, "black")
    if not np.isfinite(one.predicted):
        axes.text(0.05, place, "not solved", fontsize=7.5, va="center", style="italic")
        return
    if one.predicted <= 0.0:
        axes.text(0.05, place, f"no ratio: published {one.observed:.3g}, predicted 0 to {one.high:.3g}", fontsize=7.5,
                  va="center", style="italic")  # fmt: skip
        return
    low, high = (np.log(end / one.predicted) if end > 0.0 else -2.0 * REACH for end in (one.low, one.high))
    axes.plot(np.clip([low, high], -REACH, REACH), [place] * 2, color=color, lw=4.5, alpha=0.35, solid_capstyle="butt")
    axes.plot(0.0, place, "|", color=color, ms=7, mew=1.4)
    at = np.log(one.observed / one.predicted) if one.observed > 0.0 else -2.0 * REACH
    fill = color if one.is_covered else "white"
    beyond = abs(at) > 0.97 * REACH
    mark = (">" if at > 0.0 else "<") if beyond else ("o" if one.is_covered else "X")
    axes.plot(np.clip(at, -0.97 * REACH, 0.97 * REACH), place, mark, mfc=fill, mec=color, ms=6.5, mew=1.2)
    if beyond:
        text = f"{one.observed:.3g} against {one.predicted:.3g}"
        axes.annotate(text, (np.sign(at) * 0.93 * REACH, place), fontsize=7, va="center",
                      ha="right" if at > 0.0 else "left",
                      bbox={"fc": "white", "ec": "none", "pad": 1.0, "alpha": 0.85})  # fmt: skip


def _forest_keys() -> tuple[list["Artist"], list[str]]:
    with extra("plots"):
        from matplotlib.lines import Line2D

    grey: dict[str, Any] = {"ls": "", "mec": "black", "ms": 6.5}
    handles: list[Artist] = [
        Line2D([], [], marker="o", mfc="black", **grey),
        Line2D([], [], marker="X", mfc="white", **grey),
        Line2D([], [], marker=">", mfc="white", **grey),
        Line2D([], [], color="black", lw=4.5, alpha=0.35),
        *(Line2D([], [], color=color, lw=4.5) for color in COLORS.values()),
    ]
    labels = ["published, inside", "published, outside", "beyond the axis", "90 % predictive interval", *COLORS]
    return handles, labels


# Observed against predicted ----------------------------------------------------------------------------


def _ratio_figure(found: Sequence[Prediction], known: Mapping[str, Study] | None) -> "Figure":
    """Draw ratios to baseline or control on log axes, one panel per role."""
    with extra("plots"):
        from matplotlib.figure import Figure

    pairs = [(one, ratios) for one in found if (ratios := comparison(one, known)) and _is_drawable(ratios)]
    roles = list(dict.fromkeys(one.role for one, _ in pairs)) or ["calibration"]
    names = [name for name in ANALYTES if any(one.analyte == name for one, _ in pairs)]
    figure = Figure(figsize=(8.4 if len(roles) > 1 else 5.6, 5.9 if len(roles) > 1 else 6.9), layout="constrained")
    panels = figure.subplots(1, len(roles), squeeze=False, sharex=True, sharey=True)
    values = [value for _, ratios in pairs for value in ratios] or [0.5, 2.0]
    ends = np.array([min([*values, 0.5]) / 1.4, max([*values, 2.0]) * 1.4])
    for axes, role in zip(panels.flat, roles, strict=True):
        own = [(one, ratios) for one, ratios in pairs if one.role == role]
        _guides(axes, ends)
        for one, (observed, predicted) in own:
            color, mark = _look(one.analyte)
            axes.plot(predicted, observed, mark, mec=color, mfc=color if one.is_covered else "none", ms=6, mew=1.3)
        near = sum(1.0 / NEAR <= observed / predicted <= NEAR for _, (observed, predicted) in own)
        axes.set_title(f"{role}: {near} of {len(own)} within a factor of {NEAR:g}", fontsize=9, loc="left")
        axes.set_xlabel("predicted, as a ratio to baseline or control", fontsize=8)
    panels[0, 0].set_ylabel("published, as a ratio to baseline or control", fontsize=8)
    figure.suptitle("Published against predicted", fontsize=11)
    figure.legend(
        *_against_keys(names), loc="outside lower center", ncols=4 if len(roles) > 1 else 3, fontsize=8, frameon=False
    )
    left = len(found) - len(pairs)
    if left:
        panels[0, 0].annotate(f"{left} values are not drawn: shares, levels without a baseline, zeros", (0.02, 0.98),
                              xycoords="axes fraction", fontsize=7, va="top")  # fmt: skip
    return figure


def _look(name: str) -> tuple[str, str]:
    """Return color and mark of an analyte, the same in every figure and no two alike."""
    place = list(ANALYTES).index(name)
    return HUES[place % len(HUES)], MARKS[(place // len(HUES) + place) % len(MARKS)]


def _is_drawable(ratios: tuple[float, float]) -> bool:
    return all(np.isfinite(value) and value > 0.0 for value in ratios)


def _guides(axes: "Axes", ends: Float[np.ndarray, " end"]) -> None:
    """Draw identity and the lines at a quarter above and below, on axes with plain numbers."""
    axes.plot(ends, ends, color="black", lw=0.9, zorder=0)
    for factor in (NEAR, 1.0 / NEAR):
        axes.plot(ends, ends * factor, "--", color=GREY, lw=0.9, zorder=0)
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends, aspect="equal")
    steps = tens(-6, 7, (1.0,)) if ends[1] / ends[0] > 3000.0 else tens(-6, 7)
    for axis in (axes.xaxis, axes.yaxis):
        plain_ticks(axis, steps, *ends)
    strip_frame(axes)


def _against_keys(names: Sequence[str]) -> tuple[list["Artist"], list[str]]:
    with extra("plots"):
        from matplotlib.lines import Line2D

    looks = [_look(name) for name in names]
    handles: list[Artist] = [Line2D([], [], ls="", marker=mark, color=color, ms=6) for color, mark in looks]
    handles += [
        Line2D([], [], ls="", marker="h", color=GREY, ms=7),
        Line2D([], [], ls="", marker="h", mfc="none", mec=GREY, ms=7, mew=1.3),
        Line2D([], [], color="black", lw=0.9),
        Line2D([], [], color=GREY, ls="--", lw=0.9),
    ]
    lines = ["filled: inside interval", "open: outside", "identity", "± 25 % (a factor of 1.25)"]
    return handles, [*(label_of(name) for name in names), *lines]


# Semen -------------------------------------------------------------------------------------------------


def _semen(rows: Sequence[Mapping[str, Any]]) -> "Figure":
    """Draw what regression to the mean and the drug each do to an uncontrolled value of semen."""
    with extra("plots"):
        from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 0.5 * len(rows) + 1.9), layout="constrained")
    axes = figure.add_subplot()
    strip_frame(axes)
    for place, row in enumerate(rows):
        regression, whole = row["regression"], row["predicted"]
        axes.plot([1.0, regression], [place + 0.14] * 2, color=ORANGE, lw=6, solid_capstyle="butt")
        axes.plot([regression, whole], [place - 0.14] * 2, color=BLUE, lw=6, solid_capstyle="butt")
        axes.plot([regression] * 2, [place - 0.3, place + 0.3], color="black", lw=0.8)
        axes.plot(row["observed"], place, "D", mfc="white", mec=VERMILION, ms=6.5, mew=1.4, zorder=3)
    labels = [f"{row['study']}, {row['arm'][:ARM]}\n{label_of(row['analyte'])}, {_time_text(row['week'])}: "
              f"regression × {row['regression']:.2f}, drug × {row['drug']:.2f}" for row in rows]  # fmt: skip
    axes.set_yticks(range(len(rows)), labels)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.axvline(1.0, color="black", lw=0.8, zorder=0)
    axes.set_xscale("log")
    axes.margins(x=0.08)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.8), max(high, 1.25))
    plain_ticks(axes.xaxis, FACTORS, *axes.get_xlim())
    axes.set_xlabel("ratio to the published baseline (logarithmic axis)", fontsize=8)
    figure.suptitle("Uncontrolled semen: regression to the mean, then the drug", fontsize=11)
    figure.legend(*_semen_keys(), loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure


def _semen_keys() -> tuple[list["Artist"], list[str]]:
    with extra("plots"):
        from matplotlib.lines import Line2D

    handles: list[Artist] = [
        Line2D([], [], color=ORANGE, lw=6),
        Line2D([], [], color=BLUE, lw=6),
        Line2D([], [], ls="", marker="D", mfc="white", mec=VERMILION, ms=6.5, mew=1.4),
    ]
    return handles, ["lower bar: regression, untreated", "upper bar: drug", "published"]
