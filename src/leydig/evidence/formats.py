"""How values and their totals are written: in tables on a terminal, on the credibility page and in drawings."""

from collections.abc import Mapping
from typing import Any

from leydig.analytes import ANALYTES

__all__ = ["decimals", "label_of", "number_text", "percent", "skill_rows", "total_cells"]

LEAST_SHOWN = 0.0001  # below which a number would be written as a power of ten
BASELINES = {"no_change": "no change", "other_studies": "other studies"}


def label_of(name: str) -> str:
    """Return the title of what an observation is of: an analyte, or pregnancy."""
    return name if name == "pregnancy" else ANALYTES[name].title


def number_text(value: float) -> str:
    """Return a level or ratio with three digits, never as a power of ten; what is nearly none as less than that."""
    if 0.0 < abs(value) < LEAST_SHOWN:
        return f"<{LEAST_SHOWN:g}"
    return f"{value:.0f}" if abs(value) >= 999.5 else f"{value:.3g}"


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
        Totals over some values.

    Returns
    -------
    tuple of str
        Values, inside their interval, median error, largest error, above 40 %, median of high over low,
        direction right, values without a ratio, men who were not solved.
    """
    return (
        str(row["values"]),
        f"{row['inside']} ({percent(row['inside_share'])})",
        percent(row["median_error"]),
        percent(row["largest_error"]),
        str(row["above_40_percent"]),
        decimals(row["high_over_low"]),
        f"{row['directions_right']} of {row['directions']}",
        str(row["values"] - row["compared"]),
        str(row["failed_men"]),
    )


def skill_rows(scores: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return one row for each score of some values, as `leydig.evidence.skill.score_skill` counts them.

    Parameters
    ----------
    scores : mapping
        Scores of some values.

    Returns
    -------
    list of dict
        ``score``, ``found``, ``perfect (5 to 95 %)``, and the CRPS of the baselines, each with the model's on
        the values that it could predict.
    """
    written = {
        "median error": ("median_error", percent), "errors above 40 %": ("above_40_percent", _count),
        "inside 90 % interval": ("inside_share", percent), "standardized, rms": ("rms", decimals),
        "the same, robust": ("robust", decimals), "the largest": ("largest", decimals), "CRPS": ("crps", _thousandths),
    }  # fmt: skip
    rows = []
    for title, (name, text) in written.items():
        ends = scores["perfect"][name]
        perfect = f"{text(ends['middle'])} ({text(ends['low'])} to {text(ends['high'])})"
        rivals = {kind: _baseline(scores[key]) if name == "crps" else "" for key, kind in BASELINES.items()}
        rows.append({"score": title, "found": text(scores[name]), "perfect (5 to 95 %)": perfect} | rivals)
    return rows


def _baseline(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return "-"
    return f"{_thousandths(one['crps'])}; here {_thousandths(one['model'])} (of {one['values']})"


def _count(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _thousandths(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
