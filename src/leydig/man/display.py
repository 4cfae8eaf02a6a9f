"""How a man, or many men, are shown: one line, or a card in a notebook."""

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from leydig.analytes import ANALYTES, of_panel
from leydig.cards import card

if TYPE_CHECKING:
    from leydig.man.man import Man

__all__ = ["man_card", "man_line"]


def man_line(man: "Man") -> str:
    """Return a man, or many men, in one line."""
    if not _is_concrete(man):
        return "Man(traced, or not of numbers)"
    if man.count is None:
        levels = ", ".join(f"{ANALYTES[name].symbol} {_level(man, name)}{_mark(man, name)}" for name in of_panel("man"))
        return f"Man({float(man.age):.4g} years, BMI {float(man.bmi):.4g}, {levels})"
    first, *_ = of_panel("man")
    levels = f"{ANALYTES[first].symbol} {_level(man, first)}"
    return f"Man({man.count:,} men, {_range(man.age)} years, BMI {_range(man.bmi)}, {levels})"


def man_card(man: "Man") -> str:
    """Return a man, or many men, as a card: every level that sets a baseline, measured or expected."""
    if not _is_concrete(man):
        return card(man_line(man), (), ())
    rows = [(ANALYTES[name].title, _level(man, name), _origin(man, name)) for name in man.measured]
    if man.count is None:
        title = f"Man of {float(man.age):.4g} years, BMI {float(man.bmi):.4g}"
        return card(title, ("untreated level", "value", ""), rows)
    title = f"{man.count:,} men, {_range(man.age)} years, BMI {_range(man.bmi)}"
    return card(title, ("untreated level", "median (5 to 95 %)", ""), rows)


def _is_concrete(man: "Man") -> bool:
    """Return whether every number has a value: not in a transformation, nor while a tree is put together."""
    parts = (man.age, man.bmi, man.baseline, man.measured)
    leaves: list[Any] = jax.tree.leaves(parts, is_leaf=lambda leaf: leaf is None)
    kinds = (np.ndarray, np.generic, float, int, jax.Array)
    return all(isinstance(leaf, kinds) and not isinstance(leaf, jax.core.Tracer) for leaf in leaves)


def _level(man: "Man", name: str) -> str:
    analyte = ANALYTES[name]
    values = np.asarray(getattr(man.baseline, _field(name))) * analyte.factor_to(analyte.us)
    unit = "" if analyte.us == "1" else f" {analyte.us}"
    if values.ndim == 0:
        return f"{float(values):.4g}{unit}"
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    return f"{middle:.4g} ({low:.4g} to {high:.4g}){unit}"


def _field(name: str) -> str:
    from leydig.man.man import MEASURABLE

    return MEASURABLE[name]


def _mark(man: "Man", name: str) -> str:
    return "" if float(man.measured[name]) else " expected"


def _origin(man: "Man", name: str) -> str:
    share = float(np.mean(np.asarray(man.measured[name])))
    return {0.0: "expected", 1.0: "measured"}.get(share, f"measured in {share:.0%}")


def _range(values: Any) -> str:
    return f"{float(np.min(values)):.4g} to {float(np.max(values)):.4g}"
