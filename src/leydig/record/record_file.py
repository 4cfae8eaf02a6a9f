"""The objects of record files as models, which are the rows of tables too: read strictly, refused at their place.

What is None or an empty text was not said. Each object is read into what a record holds (`ResultTable.result`,
`TreatmentTable.entry`, ...), and keeps the class of what is refused: a wrong unit is a `WrongUnit` here too.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BeforeValidator,
    FailFast,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)  # fmt: skip
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from leydig import checks
from leydig.characters import hidden_character
from leydig.errors import BadRecord, LeydigError, UnknownName
from leydig.file_model import FileModel, refusal, refuse_at
from leydig.json_file import FREE_TEXT
from leydig.product import PRODUCTS
from leydig.record.medicine import Medicine
from leydig.record.quantity import QUANTITIES, QuantityKind, quantity
from leydig.record.record import Override, Record, Result, Treatment
from leydig.regimen import Regimen

__all__ = ["MedicineRow", "RecordFile", "ResultTable", "SingleRow", "TreatmentRow", "build_record"]

_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_COMMA = re.compile(r"[<>]?\s*[-+]?\d+,\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)
LONGEST_NUMBER = 40  # characters
AHEAD = dt.timedelta(366)  # by which a planned treatment may begin after today
PLANNED = dt.timedelta(3653)  # by which it may end after today
MOST = 100_000  # entries of one list

Value = float | bool | str


# What a value may be -------------------------------------------------------------------------------


def _text(value: Any, free: str = "") -> str:
    """Return a text, empty where it was not said."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise refusal(f"got {checks.text_of(value)}; expected text. Put it in quotes.")
    hidden = hidden_character(value, free)
    if hidden:
        raise refusal(f"got {hidden}; expected text that can be seen. Remove the character.")
    return value.strip()


def _identity(value: Any) -> str:
    """Return the text of an id, which may be a whole number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _number(value: Any) -> float | None:
    """Return a number; None where it was not said."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _number_of(_text(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal(f"got {checks.text_of(value)}; expected a number. Write such as 28.5.")
    return float(refuse_at(lambda: checks.number(value, "a number", error=BadRecord)))


def _number_of(text: str) -> float:
    if _COMMA.fullmatch(text):
        raise refusal(
            f"got {checks.text_of(text)}; expected a decimal point, because a comma may also group thousands. "
            f"Write {text.replace(',', '.')} or {text.replace(',', '')}."
        )
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise refusal(f"got {checks.text_of(text)}; expected a number. Write such as 28.5, or <5.")
    return float(text)


def _time(value: Any) -> dt.time | None:
    """Return a time of day; None where it was not said."""
    text = _text(value)
    try:
        if text and not _TIME.fullmatch(text):
            raise ValueError(text)
        return dt.time.fromisoformat(text) if text else None
    except ValueError as why:
        raise refusal(
            f"got {checks.text_of(text)}; expected a local time without a time zone. Write HH:MM, such as 08:10."
        ) from why


@dataclass(frozen=True)
class _Day:
    """A day that is no later than `ahead` after today; None where it was not said."""

    ahead: dt.timedelta = dt.timedelta(1)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def _read(self, value: Any, info: ValidationInfo) -> dt.date | None:
        text = _text(value)
        if not text and value in (None, ""):
            return None
        if not _DATE.fullmatch(text):
            raise refusal(f"got {checks.text_of(text)}; expected a date. Write YYYY-MM-DD, such as 2026-03-02.")
        day: dt.date = refuse_at(lambda: checks.date(text, "date", error=BadRecord))
        latest = (info.context or {}).get("latest")
        if latest is not None and day > latest + self.ahead:
            raise refusal(f"got {day}; expected no later than {latest + self.ahead}. Check the year.")
        return day


@dataclass(frozen=True)
class _TextForm:
    """A value as a function reads it, and what an editor is told of it."""

    reading: Any
    schema: tuple[tuple[str, Any], ...] = (("type", "string"),)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.reading)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)


@dataclass(frozen=True)
class _Name:
    """A quantity; an editor is offered the names of this system, and a laboratory may write its own."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: refuse_at(lambda: quantity(_text(value)).name)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "enum": [*QUANTITIES]}, {"type": "string"}]}


def _entries(value: Any) -> Any:
    """Return a list of the record; an empty one where it was not said."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise refusal("got no list; expected a list. Write [ ... ].")
    if len(value) > MOST:
        raise refusal(f"got {len(value):,} entries; expected at most {MOST:,} of one man. Is it a file of many?")
    return value


Text = Annotated[str, _TextForm(_text)]
FreeText = Annotated[str, _TextForm(lambda value: _text(value, FREE_TEXT))]
Number = Annotated[float | None, _TextForm(_number, (("type", ["number", "string"]),))]
_LIST = (FailFast(), BeforeValidator(_entries))


# Objects -------------------------------------------------------------------------------------------


class RecordTable(FileModel):
    """An object of a record."""

    unsaid = (None, "")

    @classmethod
    def no_table(cls, content: Any) -> PydanticCustomError:
        """Return the error for what is no object."""
        return refusal(f"got {checks.text_of(content)}; expected an object. Put it in braces.")

    @classmethod
    def absent(cls, key: str, keys: list[str]) -> PydanticCustomError:
        """Return the error for an object that does not say what it must."""
        return refusal(f"got nothing; expected {', '.join(keys)}. Add what is missing.", key)


class ResultTable(RecordTable):
    """One dated result, examination or answer."""

    table = "a result"
    name: Annotated[str, _Name()]
    value: Annotated[
        tuple[Value, str], Field(description="A number, '<5' or '>5'; yes or no; normal or what was found.")
    ]
    date: Annotated[dt.date, _Day()]
    unit: Text = ""
    time: Annotated[dt.time | None, _TextForm(_time, (("type", "string"), ("pattern", _TIME.pattern)))] = None
    assay: Text = ""
    low: Annotated[Number, Field(description="Of the laboratory's own reference interval.")] = None
    high: Annotated[Number, Field(description="The same.")] = None
    note: FreeText = ""

    @field_validator("value", mode="plain", json_schema_input_type=Value)
    @classmethod
    def _read_value(cls, value: Any, info: ValidationInfo) -> tuple[Value, str]:
        """Return a value as its quantity is recorded, and its comparator."""
        if "name" not in info.data:  # what is wrong already
            return 0.0, ""
        one = quantity(info.data["name"])
        if one.kind == QuantityKind.FACT:
            word = str(value).strip().lower()
            if word not in (*_YES, *_NO):
                raise refusal(f"got {checks.text_of(value)}; expected yes or no ({one.title}). Write one of the two.")
            return word in _YES, ""
        if one.kind == QuantityKind.WORK_UP:
            return _text(value), ""
        text = _text(value) if isinstance(value, str) else ""
        if text[:1] in ("<", ">") and text:
            return _number_of(text[1:].strip()), text[0]
        return _number(text or value) or 0.0, ""

    @cached_property
    def result(self) -> Result:
        """The result."""
        value, comparator = self.value
        return Result(
            self.name, value, self.date, self.unit, self.time, comparator, self.assay, self.low, self.high, self.note
        )

    @model_validator(mode="after")
    def _check_result(self) -> Self:
        refuse_at(lambda: self.result)
        return self


class _TakenTable(RecordTable):
    """What is taken from one day until another."""

    start: Annotated[dt.date, _Day(AHEAD)]
    stop: Annotated[dt.date | None, _Day(PLANNED), Field(description="The first day without it.")] = None

    @cached_property
    def entry(self) -> Treatment | Medicine:
        """The treatment, or the medicine that is not simulated."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        refuse_at(lambda: self.entry)
        return self


class TreatmentTable(_TakenTable):
    """A regimen of drugs of the catalogue; a text that names none of them is kept as a medicine."""

    table = "a treatment"
    regimen: Regimen | str

    @field_validator("regimen", mode="plain", json_schema_input_type=str)
    @classmethod
    def _read_regimen(cls, value: Any, info: ValidationInfo) -> Regimen | str:
        text = _text(value)
        if "start" not in info.data:  # what is wrong already
            return text
        try:
            return Regimen.parse(text, info.data["start"])
        except UnknownName as error:
            if _is_unknown_drug(text):
                return text
            message = f"{error}\n  A medicine that is not simulated goes under medicines, as text."
            raise refusal(message, error=UnknownName) from error
        except LeydigError as error:
            raise refusal(str(error), error=type(error)) from error

    @cached_property
    def entry(self) -> Treatment | Medicine:
        """The treatment, or the medicine that is not simulated."""
        if isinstance(self.regimen, str):
            return Medicine(self.regimen, self.start, self.stop)
        return Treatment(self.regimen, self.start, self.stop)


def _is_unknown_drug(text: str) -> bool:
    """Return whether a text names no drug of the catalogue, not even a misspelled one."""
    words = [word for word in re.findall(r"[a-z]+", text.lower()) if len(word) > 4]
    return bool(words) and not any(get_close_matches(word, PRODUCTS, n=1, cutoff=0.7) for word in words)


class MedicineTable(_TakenTable):
    """A medicine that is not simulated."""

    table = "a medicine"
    text: Text

    @cached_property
    def entry(self) -> Medicine:
        """The medicine."""
        return Medicine(self.text, self.start, self.stop)


class OverrideTable(RecordTable):
    """A number of the protocol that the clinician set; one that lifts a warning needs no value."""

    table = "an override"
    written_needs: ClassVar[tuple[str, ...] | None] = ("what", "reason")
    what: Text
    value: Number = None
    reason: FreeText

    @cached_property
    def override(self) -> Override:
        """The override."""
        return Override(self.what, 1.0 if self.value is None else self.value, self.reason)

    @model_validator(mode="after")
    def _check_reason(self) -> Self:
        if self.value is None and not self.what.startswith("lift."):
            raise self.absent("value", [*type(self).model_fields])
        refuse_at(lambda: self.override)
        return self


class RecordFile(RecordTable):
    """A record of one man."""

    table = "a record"
    id: Annotated[str, _TextForm(_identity, (("type", ["string", "integer"]),))] = ""
    sex: Text = ""
    born: Annotated[dt.date | None, _Day()] = None
    goals: Annotated[list[FreeText], *_LIST] = Field(
        default_factory=list, description="What the man wants, in his words."
    )
    results: Annotated[list[ResultTable], *_LIST] = Field(default_factory=list)
    treatments: Annotated[list[TreatmentTable], *_LIST] = Field(default_factory=list)
    medicines: Annotated[list[MedicineTable], *_LIST] = Field(default_factory=list)
    overrides: Annotated[list[OverrideTable], *_LIST] = Field(default_factory=list)


def build_record(
    singles: Sequence[RecordFile], results: Iterable[Result], treatments: Iterable[Treatment | Medicine],
    overrides: Iterable[Override] = (),
) -> Record:  # fmt: skip
    """Return the record of what was read; `singles` say who the man is, each a part of it."""
    given = tuple(treatments)
    return Record(
        "".join(one.sex for one in singles), next((one.born for one in singles if one.born), None), tuple(results),
        tuple(one for one in given if isinstance(one, Treatment)), tuple(overrides),
        tuple(goal for one in singles for goal in one.goals), "".join(one.id for one in singles),
        tuple(one for one in given if isinstance(one, Medicine)),
    )  # fmt: skip


# Rows of a table -----------------------------------------------------------------------------------


class SingleRow(RecordTable):
    """A row whose value says it all: sex, birth, id or a goal."""

    table = "a row of sex, birth, id or a goal"
    name: Text
    value: Annotated[str, _TextForm(lambda value: _text(value, FREE_TEXT))] = ""


class TreatmentRow(TreatmentTable):
    """A treatment, in the columns of a table."""

    table = "a treatment's row"
    name: Text
    start: Annotated[dt.date, _Day(AHEAD)] = Field(alias="date")
    regimen: Regimen | str = Field(alias="value")


class MedicineRow(MedicineTable):
    """A medicine, in the columns of a table."""

    table = "a medicine's row"
    name: Text
    start: Annotated[dt.date, _Day(AHEAD)] = Field(alias="date")
    text: Text = Field(alias="value")
