"""The record of a course with what its posterior draws say: median and the middle 90 %."""

from typing import Any

import numpy as np

from leydig.course.course import Course, without_nan

__all__ = ["with_intervals"]


def with_intervals(course: Course, record: dict[str, Any]) -> dict[str, Any]:
    """Return the record of one man's course; of one under draws every level has ``median``, ``p5`` and ``p95``."""
    if not course.draws:
        return record
    return record | {part: {name: _summary(one) for name, one in record[part].items()}
                     for part in ("analytes", "drug_levels")}  # fmt: skip


def _summary(one: dict[str, Any]) -> dict[str, Any]:
    values = np.array(one["values"], dtype=float)
    ends = np.nanquantile(values, (0.05, 0.5, 0.95), axis=0)
    return one | dict(zip(("p5", "median", "p95"), (without_nan(end.tolist()) for end in ends), strict=True))
