"""What a calibration found as tables, and what is to be said against it: for the command line and for a page."""

import math
from collections.abc import Mapping
from typing import Any

from leydig.evidence.calibration.rivals import RIVALS
from leydig.evidence.formats import decimals
from leydig.inference.sampling.weights import HEAVY_TAIL
from leydig.reports.credibility_tables import CONVERGED, FLAT, weak_parameters

__all__ = ["calibration_warnings", "number_rows", "structure_rows"]


def structure_rows(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a row for each rival structure.

    Parameters
    ----------
    record : mapping
        As `leydig.evidence.calibration.calibration.calibrate` gives it.
    """
    return [
        {
            "structure": name,
            "weight": f"{row['weight']:.2f}",
            "elpd": f"{row['elpd']:.1f}",
            "log posterior": f"{row['log_posterior']:.1f}",
            "R-hat": _number(row["rhat"], ".3f"),
            "k of weights": _number(row["pareto_k"], ".2f"),
            "what it says": row["title"],
        }
        for name, row in _structures(record)
    ]


def number_rows(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a row for each number that was fitted, of the declared structure; `record` as in `structure_rows`."""
    return [
        {
            "number": name,
            "best": f"{row['best']:.4g}",
            "5 %": f"{row['low']:.4g}",
            "95 %": f"{row['high']:.4g}",
            "R-hat": _number(row["rhat"], ".3f"),
            "ESS": _number(row["ess"], ".0f"),
            "contraction": decimals(row.get("contraction")),
        }
        for name, row in record["numbers"].items()
    ]


def calibration_warnings(record: Mapping[str, Any]) -> list[str]:
    """Return which numbers did not converge, and which the data hardly narrowed; `record` as in `structure_rows`."""
    found = []
    flat, _, mixed = weak_parameters({"numbers": _without_none(record["numbers"])})
    if mixed:
        found.append(f"R-hat above {CONVERGED} of {len(mixed)} numbers: {', '.join(mixed)}. "
                     "The draws have not converged: give more steps.")  # fmt: skip
    heavy = [name for name, row in record["structures"].items() if not _is_light(row["pareto_k"])]
    if heavy:
        found.append(f"the weights of {', '.join(heavy)} have a tail of k above {HEAVY_TAIL}: the emulator does not "
                     "hold where the posterior is. Its draws are not to be trusted.")  # fmt: skip
    if flat:
        found.append(f"contraction below {FLAT} of {len(flat)} numbers: {', '.join(flat)}. "
                     "The data hardly narrow these priors.")  # fmt: skip
    return found


def _structures(record: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the structures in the order of the rivals: what one says may speak of the first."""
    order = [one.name for one in RIVALS]
    return sorted(record["structures"].items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order))


def _without_none(rows: Mapping[str, Mapping[str, float | None]]) -> dict[str, dict[str, float]]:
    """Return rows in which what JSON calls null is no number again."""
    return {name: {key: math.nan if value is None else value for key, value in row.items()}
            for name, row in rows.items()}  # fmt: skip


def _is_light(tail: float | None) -> bool:
    return tail is not None and tail <= HEAVY_TAIL


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
