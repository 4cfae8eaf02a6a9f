"""The tables of protocol and region files as models: every key known, every unit and source readable.

A file may extend another, so an editor asks of a table only the key by which it is joined; what it must hold in all is
asked of the joined table (`leydig.protocol.parts`).
"""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from pydantic import Discriminator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Tag, model_validator
from pydantic_core import CoreSchema, core_schema

from leydig.errors import UnknownName
from leydig.file_model import FileModel, OneOf, Read, Within, refusal, refuse_at
from leydig.protocol.condition import AnyOf, Condition
from leydig.protocol.implied import (
    FACTS,
    FORECASTS,
    NUMBERS,
    OF_DRUG,
    implied_kind,
    is_forecast,
    quantity_behind,
)
from leydig.protocol.vocabulary import (
    RAISING,
    AskedChange,
    AskedDay,
    AskedRegimen,
    Certainty,
    Group,
    Severity,
    Verb,
    VisitAnchor,
    WorkUpResult,
)
from leydig.record.quantity import QUANTITIES, QuantityKind, quantity
from leydig.regimen import Regimen
from leydig.source import Source, read_sources

__all__ = ["ComponentTable", "ExpectedTable", "InseminationTable", "NeedTable", "ProtocolFile", "RuleTable",
           "TargetTable", "TitrationTable", "VisitTable"]  # fmt: skip

BOUNDS = ("below", "above", "at_least", "at_most")


@dataclass(frozen=True)
class _Quantity:
    """A quantity of a record, or what a record implies (`leydig.protocol.implied`); of a condition, a forecast too."""

    more: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check_name, core_schema.str_schema())

    def _check_name(self, name: str) -> str:
        if is_forecast(name) and name not in self.more:
            if not self.more:
                raise refusal(
                    f"got {name!r}; expected what is recorded. A forecast is read by conditions of rules alone."
                )
            raise refusal(str(UnknownName.among("forecast", name, self.more)))
        if name not in QUANTITIES and not implied_kind(name):
            raise refusal(str(UnknownName.among("quantity", name, QUANTITIES)))
        return name

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        names = {"type": "string", "enum": [*QUANTITIES, *FACTS, *NUMBERS, *self.more]}
        return {"anyOf": [names, {"type": "string", "pattern": rf"^({'|'.join(OF_DRUG)})\."}]}


def _questions() -> list[str]:
    return [name for name in QUANTITIES if QUANTITIES[name].kind == QuantityKind.FACT]


Quantity = Annotated[str, _Quantity()]
AskedName = Annotated[str, _Quantity(FORECASTS)]
Sources = Annotated[tuple[Source, ...], Read(read_sources), Field(description="What was read, and where.")]
Sure = Annotated[Certainty, OneOf(Certainty)]


class PartTable(FileModel):
    """A table that may be written in part, over the same table of what its file extends."""

    written_needs: ClassVar[tuple[str, ...] | None] = ()


class BoundsTable(PartTable):
    """Bounds of a quantity."""

    written_needs = ("of",)
    of: Quantity
    below: float | None = None
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    def scale(self) -> float:
        """Return the factor from `unit` to the unit of the quantity; 1 without bounds and for what is implied."""
        name = quantity_behind(self.of)
        if name not in QUANTITIES or all(getattr(self, bound) is None for bound in BOUNDS):
            return 1.0
        return float(refuse_at(lambda: quantity(name).factor_from(self.unit), lead=f"condition of {self.of}: "))

    def check_kind(self, keys: set[str]) -> None:
        """Refuse bounds of a question, an answer to a number, and the like."""
        kind = quantity(self.of).kind if self.of in QUANTITIES else implied_kind(self.of)
        words: dict[str | None, tuple[str, str]] = {
            QuantityKind.FACT: ("is", "is = true or false"),
            QuantityKind.WORK_UP: ("result", "result = 'normal' or 'abnormal'"),
        }
        key, allowed = words.get(kind, ("", "below, above, at_least, at_most"))
        wrong = (key not in keys) if key else bool({"is", "result"} & keys)
        if wrong and "known" not in keys:
            raise refusal(f"got {self.of!r} ({kind}) with {sorted(keys - {'of'})}; "
                          f"expected {allowed}. Correct the condition.")  # fmt: skip


class ConditionTable(BoundsTable):
    """One comparison."""

    table = "a condition"
    of: AskedName
    answer: bool | None = Field(default=None, alias="is", description="Of a question.")
    known: Annotated[bool, Field(description="Whether it was recorded at all.")] | None = None
    at: Annotated[AskedDay, OneOf(AskedDay)] = Condition.at
    change: Annotated[AskedChange, OneOf(AskedChange)] = Condition.change
    times: Annotated[int, Field(description="On how many days in a row.")] = Condition.times
    result: Annotated[WorkUpResult, OneOf(WorkUpResult)] = Condition.result
    within: Annotated[int, Field(description="Age in days at most.")] = Condition.within
    laboratory: Annotated[float, Field(description="Times the laboratory's own limit.")] = Condition.laboratory
    under: Annotated[AskedRegimen, OneOf(AskedRegimen), Field(description="Whose forecast it asks.")] = Condition.under

    @model_validator(mode="after")
    def _check_question(self) -> Self:
        written = {"is" if name == "answer" else name for name in self.model_fields_set}
        if bool(written & set(BOUNDS)) + ("is" in written) + ("known" in written) + ("result" in written) != 1:
            raise refusal(f"got a condition of {self.of!r} with {', '.join(sorted(written - {'of'})) or 'nothing'}; "
                          "expected bounds, or is, or result, or known. Give one of these.")  # fmt: skip
        self.check_kind(written)
        self.scale()
        self._check_forecast(written)
        return self

    def _check_forecast(self, written: set[str]) -> None:
        """Refuse of a forecast what is asked of results alone, and of a chance what is no share."""
        if not is_forecast(self.of):
            if self.under == AskedRegimen.ADVISED:
                raise refusal(f"got {self.of!r} with under = 'advised'; expected a forecast or a chance, such as "
                              "chance.below_floor. Leave it out.", "under")  # fmt: skip
            return
        wrong = sorted(written - {"of", "known", "unit", "under", *BOUNDS})
        if wrong:
            raise refusal(f"got {self.of!r} with {', '.join(wrong)}; expected bounds, or known. A forecast has no "
                          "other day than that of the next visit.", wrong[0])  # fmt: skip
        limits = [(key, limit) for key in BOUNDS if (limit := getattr(self, key)) is not None]
        for key, limit in limits if self.of.startswith("chance.") else ():
            if self.unit not in ("", "1") or not 0.0 <= limit <= 1.0:
                raise refusal(f"got {self.of!r} with {key} = {limit:g} {self.unit}; expected a share between 0 and 1 "
                              "without a unit. Write 0.05 for 5 %.", key)  # fmt: skip

    def scale(self) -> float:
        """Return the factor from `unit` to the unit of the quantity; 1 for a ratio."""
        return 1.0 if self.change == AskedChange.RATIO else super().scale()

    @property
    def conditions(self) -> Condition:
        """The condition."""
        return Condition(scale=self.scale(), **dict(self))


class AnyTable(FileModel):
    """Conditions of which one is enough."""

    table = "alternatives"
    any: list[ConditionTable]

    @property
    def conditions(self) -> AnyOf:
        """The alternatives."""
        return AnyOf(tuple(one.conditions for one in self.any))


def _kind_of_condition(content: object) -> str:
    return "alternatives" if isinstance(content, dict) and "any" in content else "condition"


When = Annotated[
    Annotated[ConditionTable, Tag("condition")] | Annotated[AnyTable, Tag("alternatives")],
    Discriminator(_kind_of_condition),
]


class RuleTable(PartTable):
    """What must hold, what follows, in words for three readers."""

    table, written_needs = "a rule", ("id",)
    id: str
    group: Annotated[Group, OneOf(Group)]
    title: str
    when: list[When]
    then: Annotated[str, Field(description="A verb, with a component where it concerns one.")] = ""
    severity: Annotated[Severity, OneOf(Severity)] = Severity.INFO
    plain: str
    clinical: str
    academic: str
    source: Sources
    certainty: Sure
    before: Annotated[str, Field(description="The rule before which it is read.")] = ""
    blocks: list[Annotated[Verb, OneOf(RAISING)]] | None = None
    implies: list[Annotated[str, OneOf(_questions, "question")]] = Field(default_factory=list)


class NeedTable(PartTable):
    """What must be known before treatment."""

    table, written_needs = "a need", ("of",)
    of: Quantity
    times: int = 1
    apart: int = 0
    within: int = 0
    morning: bool = False
    required: bool = True
    source: Sources
    certainty: Sure


class TargetTable(BoundsTable):
    """A band that a level should be in."""

    table = "a target"
    source: Sources
    certainty: Sure

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        written = self.model_fields_set - {"source", "certainty"}
        if not written & set(BOUNDS):
            raise refusal(f"got a target of {self.of!r} without bounds; expected {', '.join(BOUNDS)}. Give one.")
        self.check_kind(written)
        self.scale()
        return self

    @property
    def band(self) -> Condition:
        """The band."""
        return Condition(
            self.of, self.below, self.above, self.at_least, self.at_most, unit=self.unit, scale=self.scale()
        )


class ComponentTable(PartTable):
    """One drug and its ladder."""

    table = "a component"
    rungs: Annotated[list[Annotated[Regimen, Read(Regimen.parse)]], Field(description="In ascending order.")]
    begin: Annotated[int, Field(description="The first rung, counted from 1; 0 for none.")]
    ceiling: Annotated[float, Field(description="Most per week without an override.")]
    reduce: Annotated[float, Field(description="Least share by which a step down lowers.")] = 0.25
    one_step: dict[Annotated[str, OneOf(QUANTITIES, "quantity")], Annotated[float, Within(math.ulp(0.0), math.inf)]] = (
        Field(default_factory=dict)
    )
    source: Sources
    certainty: Sure

    @model_validator(mode="after")
    def _check_begin(self) -> Self:
        if not 0 <= self.begin <= len(self.rungs):
            raise refusal(f"got begin = {self.begin}; expected 0 to {len(self.rungs)}. "
                          "Name a rung, counted from 1, or 0 for none.", "begin")  # fmt: skip
        return self


class VisitTable(PartTable):
    """When he is seen, and what is measured."""

    table, written_needs = "a visit", ("name",)
    name: str
    after: Annotated[VisitAnchor, OneOf(VisitAnchor)]
    day: int
    opens: int
    closes: int
    overdue: int
    panel: list[Quantity]
    source: Sources
    certainty: Sure


class ExpectedTable(PartTable):
    """Where a level should go."""

    table, written_needs = "an expected", ("of",)
    of: Quantity
    goes: Annotated[str, OneOf(("up", "down"))]
    why: str
    source: Sources


class TitrationTable(FileModel):
    """When a dose may change, and by what."""

    table = "titration"
    valid_after: int = 14
    stale_after: int = 90
    minimum: int = 14
    on: list[Quantity] = Field(default_factory=list)


class InseminationTable(PartTable):
    """Motile sperm before washing from which a couple has access to insemination."""

    table = "insemination"
    insemination: Annotated[float, Within(0.0, 1000.0), Field(description="From here on insemination [million].")]
    discuss: Annotated[float, Within(0.0, 1000.0), Field(description="From here on it is discussed [million].")]
    fertilization: Annotated[float, Within(0.0, 1000.0), Field(description="Below, with injection [million].")]
    source: Sources
    certainty: Sure

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if not self.fertilization < self.discuss < self.insemination:
            raise refusal(f"got fertilization {self.fertilization:g}, discuss {self.discuss:g} and insemination "
                          f"{self.insemination:g} million; expected each above the one before. Put them in this order.",
                          "insemination")  # fmt: skip
        return self


@dataclass(frozen=True)
class _Parts:
    """Tables that are joined with those of what the file extends before they are checked as `model`."""

    model: type[PartTable]

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "array", "items": handler(self.model.__pydantic_core_schema__)}


@dataclass(frozen=True)
class _Part(_Parts):
    """One table of the same kind."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(handler(self.model.__pydantic_core_schema__))


@dataclass(frozen=True)
class _NamedParts(_Parts):
    """The same, by name."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": handler(self.model.__pydantic_core_schema__)}


class ProtocolFile(FileModel):
    """A protocol of Leydig, or the differences of a region."""

    table = "a protocol"
    title: str = ""
    version: str = ""
    date: dt.date | None = None
    review: dt.date | None = None
    region: str = ""
    extends: Annotated[str, Field(description="The protocol over which this one is laid.")] = ""
    abstract: bool = False
    goal: str = ""
    context: str = ""
    off_label: str = ""
    source: Sources | None = None
    need: Annotated[list[object], _Parts(NeedTable)] = Field(default_factory=list)
    target: Annotated[list[object], _Parts(TargetTable)] = Field(default_factory=list)
    component: Annotated[dict[str, dict[str, Any]], _NamedParts(ComponentTable)] = Field(default_factory=dict)
    visit: Annotated[list[object], _Parts(VisitTable)] = Field(default_factory=list)
    expected: Annotated[list[object], _Parts(ExpectedTable)] = Field(default_factory=list)
    rule: Annotated[list[object], _Parts(RuleTable)] = Field(default_factory=list)
    titration: TitrationTable = Field(default_factory=TitrationTable)
    insemination: Annotated[dict[str, Any], _Part(InseminationTable)] = Field(default_factory=dict)
    checks: list[Quantity] = Field(default_factory=list)
    drop: list[str] = Field(default_factory=list)
