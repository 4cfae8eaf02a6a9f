"""What figures of matplotlib share: bare axes, plain numbers on logarithmic ones, and where they are written."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leydig.extras import extra
from leydig.log import logger
from leydig.target import target_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = ["plain_ticks", "strip_frame", "tens", "write_all", "write_one"]

LOG = logger(__name__)


def strip_frame(axes: "Axes", *also: str) -> None:
    """Make labels small and leave the frame out, above and on the right.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    *also : {"left", "bottom"}
        Further sides without a line.
    """
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right", *also]].set_visible(False)


def tens(low: int, high: int, bases: Sequence[float] = (1.0, 2.0, 5.0)) -> list[float]:
    """Return these numbers times powers of ten, from 10^low to below 10^high, ascending."""
    return [base * 10.0**power for power in range(low, high) for base in bases]


def plain_ticks(axis: "Axis", steps: Sequence[float], low: float, high: float) -> None:
    """Put readable numbers on a logarithmic axis.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
    steps : sequence of float
        Where numbers may stand.
    low, high : float
        Ends of the axis; steps outside are left out.
    """
    with extra("plots"):
        from matplotlib.ticker import FixedLocator, NullLocator

    shown = [step for step in steps if low <= step <= high]
    axis.set_major_locator(FixedLocator(shown))
    axis.set_minor_locator(NullLocator())
    axis.set_ticklabels([f"{step:g}" for step in shown])


def write_all(figures: Mapping[str, "Figure"], folder: str | Path) -> list[Path]:
    """Write figures by their names into a folder, and return their paths.

    Parameters
    ----------
    figures : mapping of str to matplotlib.figure.Figure
    folder : str or Path
        Made when it does not exist.

    Raises
    ------
    OutOfRange
        When the folder is a file.
    """
    target = target_folder(folder)
    for name, figure in figures.items():
        write_one(figure, target / name, dpi=120)
    return [target / name for name in figures]


def write_one(figure: "Figure", path: str | Path | None, dpi: int = 150) -> None:
    """Write a figure, if there is a path for it."""
    if path is not None:
        figure.savefig(path, dpi=dpi)
        LOG.info("wrote %s", path)
