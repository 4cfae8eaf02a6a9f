"""What earlier versions stored, in the shape in which it is stored today: every number as it was."""

from collections.abc import Callable
from typing import Any

from leydig.assessment.facts.input_row import input_row

__all__ = ["present_shape"]

_OF_ALL = ("times", "unit_of_times", "from")  # stood with each regimen of a forecast, and is the same of all


def present_shape(table: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return an assessment or a forecast as it would be stored today; any other content as it is.

    Parameters
    ----------
    table : str
        Where it is stored.
    content : dict
        Inputs of findings were objects of name, value with unit and date; in a forecast every regimen had the times
        of its levels.
    """
    return _SHAPES.get(table, dict)(content)


def _assessment(content: dict[str, Any]) -> dict[str, Any]:
    return content | {"findings": [_finding(one) for one in content["findings"]]}


def _forecast(content: dict[str, Any]) -> dict[str, Any]:
    if not any("times" in one for one in content["forecasts"]):
        return content
    first, *_ = content["forecasts"]
    each = [{key: value for key, value in one.items() if key not in _OF_ALL} for one in content["forecasts"]]
    return content | {key: first[key] for key in _OF_ALL if key in first} | {"forecasts": each}


def _finding(one: dict[str, Any]) -> dict[str, Any]:
    rows = [input_row(**_words(row)) if isinstance(row, dict) else row for row in one["inputs"]]
    return one | {"inputs": rows}


def _words(row: dict[str, str]) -> dict[str, str]:
    return {"name": row["name"], "words": row["value"], "date": row["date"]}


_SHAPES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"assessment": _assessment, "forecast": _forecast}
