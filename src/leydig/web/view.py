"""What every view shares: its content as JSON is what its page shows, and its page has one template."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar

__all__ = ["View"]


class View:
    """The content of one page: a frozen dataclass of plain values.

    Attributes
    ----------
    template : str
        File of ``templates/`` that draws it.
    """

    template: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Return the content as JSON holds it: days as texts, what is no number as null."""
        return {one.name: _json_value(getattr(self, one.name)) for one in fields(self)}  # type: ignore[arg-type]


def _json_value(value: object) -> object:
    if isinstance(value, View):
        return value.to_json()
    if is_dataclass(value):
        return {one.name: _json_value(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _json_value(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_json_value(one) for one in value]
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, str) else value
