"""The frontier of an optimum: good against the chance of harm, option by option."""

from pathlib import Path

from leydig.course.figures.axes import strip_frame, write_all
from leydig.extras import extra
from leydig.inference.decision.optimize import Optimum

__all__ = ["frontier_figure"]

GOOD, BARRED, BOUND = "#0072B2", "#999999", "#D55E00"
LABELED = 40  # characters of an option at most


def frontier_figure(optimum: Optimum, path: Path) -> Path:
    """Draw every option by its chance below the floor and what good it does, the frontier joined; return the path.

    Parameters
    ----------
    optimum : Optimum
    path : Path
        Ending in .png.

    Raises
    ------
    MissingExtra
        When the extra ``plots`` is not installed.
    """
    with extra("plots"):
        from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.subplots()
    edge = [one for one in optimum.frontier if one.regimen.drugs]
    axes.plot([100 * one.below_floor for one in edge], [one.goal for one in edge], color=GOOD, lw=1.2, zorder=1)
    for kept, color, label in ((True, GOOD, "within both bounds"), (False, BARRED, "a bound is crossed")):
        own = [one for one in optimum.points if one.is_allowed == kept]
        if own:
            x, y = [100 * one.below_floor for one in own], [one.goal for one in own]
            axes.scatter(x, y, color=color, label=label, zorder=2)
    marks: dict[tuple[float, float], list[str]] = {}
    for one in edge:
        mark = str(one.regimen)[:LABELED] + (" (not covered)" if one.uncovered else "")
        marks.setdefault((100 * one.below_floor, one.goal), []).append(mark)
    for place, texts in marks.items():  # options that do the same stand above one another
        axes.annotate("\n".join(texts), place, textcoords="offset points", xytext=(6, 5), fontsize=8)
    axes.axvline(100 * optimum.floor_chance, color=BOUND, ls="--", lw=1, label="bound")
    axes.set_xlabel(f"chance of estradiol below the floor by {optimum.estradiol_assay}, week {optimum.week:g} [%]")
    axes.set_ylabel("chance of the joint band [1]" if optimum.goal == "band" else f"{optimum.goal} [{optimum.unit}]")
    axes.set_xmargin(0.18)  # room for the marks, in which nothing can lie
    axes.set_xticks([tick for tick in axes.get_xticks() if 0.0 <= tick <= 100.0], minor=False)
    if optimum.goal == "band":
        axes.set_yticks([tick for tick in axes.get_yticks() if 0.0 <= tick <= 1.0], minor=False)
    axes.legend(frameon=False)
    strip_frame(axes)
    return write_all({path.name: figure}, path.parent)[0]
