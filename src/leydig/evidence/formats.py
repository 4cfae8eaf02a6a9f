"""How figures and their totals are written: in tables on a terminal, on the credibility page and in drawings."""

from collections.abc import Mapping
from typing import Any

from leydig.analytes import ANALYTES

__all__ = ["decimals", "label_of", "number_text", "percent", "total_cells"]


def label_of(name: str) -> str:
    """Return the title of what an observation is of: an analyte, or pregnancy."""
    return name if name == "pregnancy" else ANALYTES[name].title


def number_text(value: float) -> str:
    """Return a level or ratio with three digits, and no digit behind the point from a thousand on."""
    return f"{value:.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


def percent(value: float | None) -> str:
    """Return a share as whole percent; a dash where there is none."""
    return "-" if value is None else f"{value:.0%}"


def decimals(value: float | None) -> str:
    """Return a number with two digits behind the point; a dash where there is none."""
    return "-" if value is None else f"{value:.2f}"


def total_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of one row of totals, as `leydig.evidence.score.score_summary` counts them.

    Parameters
    ----------
    row : mapping
        Totals over some figures.

    Returns
    -------
    tuple of str
        Figures, inside their interval, median error, largest error, above 40 %, median of high over low,
        direction right, figures without a ratio, men who were not solved.
    """
    return (
        str(row["figures"]),
        f"{row['inside']} ({percent(row['inside_share'])})",
        percent(row["median_error"]),
        percent(row["largest_error"]),
        str(row["above_40_percent"]),
        decimals(row["high_over_low"]),
        f"{row['directions_right']} of {row['directions']}",
        str(row["figures"] - row["compared"]),
        str(row["failed_men"]),
    )
