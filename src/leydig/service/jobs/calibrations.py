"""Calibrations as they are asked for: whole ones of hours, a rehearsal of a minute; none changes what is shipped."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leydig.course.course import without_nan
from leydig.evidence.calibration.calibration import STARTS, STEPS, CalibrationSize, calibrate, write
from leydig.evidence.calibration.expected import CalibrationClock, expected_seconds
from leydig.extras import require
from leydig.progress import Progress
from leydig.service.jobs.requests import CalibrationBody
from leydig.service.problems import ServiceProblem

__all__ = [
    "calibrate_question",
    "calibration_minutes",
    "calibration_question",
    "require_fit",
]

REHEARSED = {"starts": 1, "steps": 200}


def calibration_question(body: CalibrationBody) -> dict[str, Any]:
    """Return what a worker is asked for.

    Raises
    ------
    ServiceProblem
        Status 422, when a rehearsal is asked for with starts or steps of its own.
    MissingExtra
        When what fits is not installed.
    """
    require_fit()
    if body.size == CalibrationSize.WHOLE:
        starts = STARTS if body.starts is None else body.starts
        steps = STEPS if body.steps is None else body.steps
        return {"size": str(body.size), "seed": body.seed, "starts": starts, "steps": steps}
    for name in REHEARSED:
        if getattr(body, name) is not None:
            raise ServiceProblem(
                "WrongBody",
                422,
                f"got {name} of a rehearsal; expected them of a whole calibration alone. Leave it out.",
                pointer=f"/{name}",
            )
    return {"size": str(body.size), "seed": body.seed, **REHEARSED}


def require_fit() -> None:
    """Refuse to begin where what fits is not installed; raises MissingExtra."""
    require("fit", "emcee", "arviz_stats")


def calibration_minutes(size: CalibrationSize) -> int:
    """Return how long a calibration of usual size takes on an idle machine [min]."""
    usual = {"starts": STARTS, "steps": STEPS} if size == CalibrationSize.WHOLE else REHEARSED
    return max(round(expected_seconds(usual["starts"], usual["steps"], size) / 60.0), 1)


def calibrate_question(question: Mapping[str, Any], watch: Progress) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what comes of a question: the record of the calibration, and its draws as files."""
    size, starts, steps = CalibrationSize(question["size"]), question["starts"], question["steps"]
    clock = CalibrationClock(watch, starts, steps, size)
    found = calibrate(question["seed"], starts, steps, clock.watch, size)
    with tempfile.TemporaryDirectory() as folder:
        files = {path.name: path.read_bytes() for path in write(found, Path(folder))}
    kept = without_nan({key: value for key, value in found.record.items() if key != "predictions"})
    assert isinstance(kept, dict)
    return {"size": str(size), "draws": len(found.draws), **kept}, files
