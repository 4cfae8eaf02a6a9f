"""What is said of a person: assessments and forecasts as they are stored, with inputs and versions."""

import hashlib
from dataclasses import asdict, fields
from functools import lru_cache, partial
from typing import Any

import numpy as np
from jaxtyping import Float

from leydig.assessment.chances import chances
from leydig.assessment.finding import Assessment
from leydig.inference.forecast import Forecast
from leydig.man.uncertainty import POSTERIOR_FOLDER
from leydig.progress import Progress, no_progress
from leydig.protocol.protocol import Protocol
from leydig.record import Record
from leydig.record.files import as_json
from leydig.regimen.regimen import regimen_of
from leydig.service.bodies import ForecastBody
from leydig.service.clinic.day import named_protocol
from leydig.service.clinic.record import record_hash
from leydig.service.clinic.twins import TwinShelf
from leydig.service.problems import refuse_with_pointer
from leydig.version import VERSION

__all__ = [
    "assessment_content",
    "forecast_content",
    "forecast_each",
    "posterior_hash",
    "protocol_hash",
    "regimen_content",
    "times_content",
]

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}


def assessment_content(record: Record, plan: Protocol, assessment: Assessment) -> dict[str, Any]:
    """Return an assessment as it is stored: all that gives it again, and what was said."""
    about = {
        "inputs": as_json(record),
        "inputs_sha256": record_hash(record),
        "protocol_version": plan.version,
        "protocol_sha256": protocol_hash(plan),
        "leydig_version": VERSION,
    }
    return assessment.record() | about


def forecast_each(
    shelf: TwinShelf, record: Record, question: ForecastBody, watch: Progress = no_progress
) -> list[Forecast]:  # fmt: skip
    """Return the forecast of each regimen, by one twin; what `watch` raises between two steps ends it.

    A protocol or a regimen that is none is refused before it is worked out.
    """
    named_protocol(question.protocol, question.region)
    for place, text in enumerate(question.regimens):
        refuse_with_pointer(partial(regimen_of, text), f"/regimens/{place}")
    ask = partial(shelf.forecast, kind=question.kind, draws=question.draws, seed=question.seed, watch=watch)
    return [ask(record, text, question.weeks) for text in question.regimens]


def forecast_content(record: Record, question: ForecastBody, forecasts: list[Forecast]) -> dict[str, Any]:
    """Return forecasts as they are stored: all that gives them again, and what was expected."""
    about = {
        "inputs": as_json(record),
        "inputs_sha256": record_hash(record),
        "posterior_sha256": posterior_hash(),
        "leydig_version": VERSION,
    }
    plan = named_protocol(question.protocol, question.region)
    each = [regimen_content(one, plan) for one in forecasts]
    return question.model_dump() | about | times_content(record, forecasts[0]) | {"forecasts": each}


def times_content(record: Record, forecast: Forecast) -> dict[str, Any]:
    """Return the times of a forecast, which are those of every regimen beside it, and the day that is their zero."""
    days = forecast[forecast.names[0]].days
    return {
        "times": [float(day) for day in days],
        "unit_of_times": "days",
        "from": record.last_day().isoformat(),
    }


def regimen_content(forecast: Forecast, plan: Protocol) -> dict[str, Any]:
    """Return what is expected of one regimen, at the times of `times_content`."""
    names = () if forecast.trust.abstains else forecast.names
    return {
        "regimen": str(forecast.regimen),
        "verdict": str(forecast.trust.verdict),
        "failed": forecast.failed,
        "estradiol_assay": str(forecast.estradiol_assay),
        "levels": {name: _quantiles(forecast[name].unit, forecast[name].levels) for name in names},
        "results": {name: _quantiles(forecast[name].unit, forecast[name].results) for name in names},
        "chances": [asdict(one) | {"conditions": list(one.conditions)} for one in chances(forecast, plan)],
        "not_validated_for": [one.text for one in forecast.trust.reasons],
    }


def _quantiles(unit: str, values: Float[np.ndarray, "draw time"]) -> dict[str, Any]:
    """Return the quantiles of true levels, or of what a laboratory would read, over the draws that were solved."""
    solved = values[np.isfinite(values).all(axis=1)]
    found: dict[str, Any] = {"unit": unit}
    return found | {name: np.quantile(solved, at, axis=0).tolist() for name, at in QUANTILES.items()}


def protocol_hash(plan: Protocol) -> str:
    """Return the SHA-256 of a protocol as it holds in its region, in hexadecimal digits."""
    whole = ", ".join(f"{one.name}={getattr(plan, one.name)!r}" for one in fields(plan))
    return hashlib.sha256(f"Protocol({whole})".encode()).hexdigest()


@lru_cache(maxsize=1)
def posterior_hash() -> str:
    """Return the SHA-256 of the posterior draws of the constants that all men share, in hexadecimal digits."""
    return hashlib.sha256((POSTERIOR_FOLDER / "draws.csv").read_bytes()).hexdigest()
