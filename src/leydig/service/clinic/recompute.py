"""A decision worked out again: whether what it stood on comes out the same, and if not, what moved."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from leydig.assessment.assess import assess
from leydig.extras import extra
from leydig.record.files import from_json
from leydig.service.bodies import ForecastBody
from leydig.service.clinic.day import assessment_day, named_protocol
from leydig.service.clinic.opinion import (
    assessment_content,
    forecast_content,
    forecast_each,
)
from leydig.service.clinic.twins import TwinShelf
from leydig.service.problems import ServiceProblem
from leydig.service.storage.act import Act
from leydig.service.storage.database import Database
from leydig.service.storage.person_file import open_person
from leydig.service.storage.tables import SCHEMA

with extra("web"):
    import sqlalchemy as sa

__all__ = ["DecisionCheck", "recompute_decision"]


@dataclass(frozen=True)
class DecisionCheck:
    """What came out again.

    Attributes
    ----------
    decision : str
    parts : tuple of str
        What was worked out: the assessment, and the forecast where it stood on one.
    moved : tuple of str
        What is not as it was, each with its path, what it was and what it is; nothing where all is the same.
    """

    decision: str
    parts: tuple[str, ...]
    moved: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain content."""
        return {"decision": self.decision, "parts": list(self.parts), "moved": list(self.moved)}


def recompute_decision(database: Database, decision: str) -> DecisionCheck:
    """Work out again what a decision stood on, from the inputs that were kept with it.

    Raises
    ------
    ServiceProblem
        Status 404, when there is no such decision, or its person was deleted.
    """
    table = SCHEMA.tables["decision"]
    with database.look() as connection:
        person = connection.execute(sa.select(table.c.person).where(table.c.id == decision)).scalar_one_or_none()
    if person is None:
        raise ServiceProblem(
            "NotFound", 404, f"got decision {decision[:32]!r}; expected one of this database. See the person."
        )
    with database.read(Act("decision.recompute", target=person)) as connection:
        file = open_person(connection, person)
        content = file.note("decision", decision).content
        said = {"assessment": file.note("assessment", content["assessment"]).content}
        said |= {"forecast": file.note("forecast", content["forecast"]).content} if content["forecast"] else {}
    again = {"assessment": _assess_again, "forecast": _forecast_again}
    moved = [f"{name}{line}" for name, one in said.items() for line in _differences(one, again[name](one))]
    return DecisionCheck(decision, tuple(said), tuple(moved))


def _assess_again(said: dict[str, Any]) -> dict[str, Any]:
    record, plan = from_json(said["inputs"]), named_protocol(said["protocol"], said["region"])
    return assessment_content(record, plan, assess(record, plan, on=assessment_day(said["on"])))


def _forecast_again(said: dict[str, Any]) -> dict[str, Any]:
    record = from_json(said["inputs"])
    question = ForecastBody(**{key: said[key] for key in ForecastBody.model_fields})
    return forecast_content(record, question, forecast_each(TwinShelf(), record, question))


def _differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield every value that differs, with its path."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from _differences(one.get(key), other.get(key), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from _differences(first, second, f"{path}[{place}]")
    elif one != other:
        yield f"{path}: {one!r}, now {other!r}"
