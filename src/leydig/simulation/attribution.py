"""An attribution: how much of a change of a level came through which arrow, as a sum that is exact."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from leydig.analyte import Analyte
from leydig.cards import card
from leydig.errors import UnknownName
from leydig.extras import extra
from leydig.man.surgery.surgery import ARROW_TITLES
from leydig.target import FIGURE, target_file

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

__all__ = ["DIRECT", "DIRECT_TITLE", "Attribution"]

DIRECT = "direct"  # what no arrow carried
DIRECT_TITLE = "by none of these arrows"
ARROW_BLUE, FALL_RED, REST_GREY = "#0b5fae", "#a3262a", "#6b7680"


@dataclass(frozen=True, repr=False)
class Attribution:
    """How much of a change of one level came through which arrow.

    Attributes
    ----------
    name : str
        Catalogue name of the level.
    analyte : Analyte
    unit : str
        Of every number here.
    days : Float[np.ndarray, " time"]
        [d]
    before, after : Float[np.ndarray, " time"]
        The level on either regimen.
    parts : dict of str to Float[np.ndarray, " time"]
        What came through each arrow, by its name, and ``"direct"`` last: what is left of the change when all of them
        are cut. They add up to `change`.
    regimens : tuple of str, str
        What was given before and after.
    """

    name: str
    analyte: Analyte
    unit: str
    days: Float[np.ndarray, " time"]
    before: Float[np.ndarray, " time"]
    after: Float[np.ndarray, " time"]
    parts: Mapping[str, Float[np.ndarray, " time"]]
    regimens: tuple[str, str]

    @property
    def change(self) -> Float[np.ndarray, " time"]:
        """How far the level is from where it would be on the regimen before."""
        return self.after - self.before

    def __getitem__(self, name: str) -> Float[np.ndarray, " time"]:
        """Return what came through one arrow, or ``"direct"``; raises `UnknownName`."""
        if name not in self.parts:
            raise UnknownName.among("arrow", name, self.parts)
        return self.parts[name]

    def __repr__(self) -> str:
        parts = ", ".join(f"{name} {values[-1]:+.4g}" for name, values in self.parts.items())
        return (
            f"Attribution({self.analyte.title} {self.before[-1]:.4g} to {self.after[-1]:.4g} {self.unit} on day "
            f"{self.days[-1]:g}: {parts})"
        )

    def _repr_html_(self) -> str:
        head = ["through", *(f"day {day:g}" for day in self.days)]
        rows = [[title, *(f"{value:+.4g}" for value in values)] for title, values in self.rows()]
        title = f"{self.analyte.title} [{self.unit}]: {self.regimens[1]} against {self.regimens[0]}"
        return card(title, head, rows, ["What came through each arrow adds up to the change."])

    def to(self, unit: str) -> "Attribution":
        """Return it in another unit; raises `WrongUnit` when that measures something else."""
        scale = self.analyte.factor_to(unit) / self.analyte.factor_to(self.unit)
        parts = {name: values * scale for name, values in self.parts.items()}
        return replace(self, unit=unit, before=self.before * scale, after=self.after * scale, parts=parts)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON content, with the words of each arrow."""
        titles = {name: _title(name) for name in self.parts}
        return {
            "analyte": self.name, "unit": self.unit, "days": self.days.tolist(),
            "before": {"regimen": self.regimens[0], "values": self.before.tolist()},
            "after": {"regimen": self.regimens[1], "values": self.after.tolist()},
            "change": self.change.tolist(),
            "parts": {name: {"title": titles[name], "values": part.tolist()} for name, part in self.parts.items()},
        }  # fmt: skip

    def table(self) -> "pandas.DataFrame":
        """Return it as a table: one row for each arrow, the direct part and the change, one column for each day."""
        import pandas

        rows = dict(self.rows())
        index = pandas.Index(rows, name=f"{self.name} [{self.unit}]")
        return pandas.DataFrame(np.array([*rows.values()]), index=index, columns=[f"day {day:g}" for day in self.days])

    def plot(self, path: str | Path | None = None) -> "Figure":
        """Draw the parts of the last day as a staircase from before to after.

        Parameters
        ----------
        path : str or Path, optional
            Where to write, ending in ``.png``.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        OutOfRange
            When the file cannot be written.
        """
        target = None if path is None else target_file(path, FIGURE)
        with extra("plots"):
            from matplotlib.figure import Figure
        from leydig.course.figures.axes import strip_frame, write_one

        steps = [(_title(name), float(values[-1])) for name, values in self.parts.items()]
        figure = Figure(figsize=(7.2, 0.45 * len(steps) + 1.9), layout="constrained")
        axes = figure.subplots()
        level = float(self.before[-1])
        axes.axvline(level, color=REST_GREY, linewidth=0.8)
        for place, (_, step) in enumerate(steps):
            axes.barh(place, step, left=level, color=ARROW_BLUE if step >= 0.0 else FALL_RED, height=0.6)
            level += step
            axes.plot([level, level], [place - 0.3, place + 1.3], color=REST_GREY, linewidth=0.8)
        axes.plot(float(self.before[-1]), -1, "o", color=REST_GREY)
        axes.plot(level, len(steps), "o", color=REST_GREY)
        ends = f"before, {self.before[-1]:.3g}", f"after, {self.after[-1]:.3g}"
        words = [ends[0], *(f"{title}, {step:+.3g}" for title, step in steps), ends[1]]
        axes.set_yticks(range(-1, len(steps) + 1), words)
        axes.invert_yaxis()
        axes.margins(x=0.06)
        axes.set_xlabel(f"{self.analyte.title} [{self.unit}] on day {self.days[-1]:g}")
        axes.set_title(f"{self.regimens[1]} against {self.regimens[0]}", fontsize=9, loc="left")
        strip_frame(axes)
        write_one(figure, target)
        return figure

    def rows(self) -> list[tuple[str, Float[np.ndarray, " time"]]]:
        """Return what came through each arrow, in words, and the change last."""
        return [*((_title(name), values) for name, values in self.parts.items()), ("change", self.change)]


def _title(name: str) -> str:
    return ARROW_TITLES.get(name, DIRECT_TITLE)
