"""Files that people write, each table of them a model: one way to check them, and one to describe them to an editor.

A model says which keys a table has and what each may hold. Checking a file against it names file, line and key of what
is wrong (`validate_file`); its JSON Schema (`json_schema`) tells the same to an editor or a service before Leydig reads
it.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import EnumType
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from leydig import checks
from leydig.errors import LeydigError, UnknownName
from leydig.text_enum import TextEnum
from leydig.toml_file import FilePlace

__all__ = ["FileModel", "FileText", "Interval", "OneOf", "Read", "Within", "json_schema", "refusal", "refuse_at",
           "validate_file"]  # fmt: skip

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_WORDS = {"string": ("text", "'...'"), "int": ("a whole number", "12"), "float": ("a number", "1.5"),
          "bool": ("true or false", "true"), "list": ("a list", "[...]"), "dict": ("a table", "{ ... }"),
          "table": ("a table", "{ ... }"), "date": ("a date", "2026-11-23"),
          "finite": ("a number that is finite", "1.5")}  # fmt: skip

M = TypeVar("M", bound="FileModel")


class FileModel(BaseModel):
    """A table of a file: every key is known, no needed one is missing, and no value is converted.

    Attributes
    ----------
    table : str
        What it is called in messages, such as ``"an arm"``.
    written_needs : tuple of str or None
        The keys that an editor asks for, where a table may be written in part and is joined with another before it is
        checked; every needed key when None.
    unsaid : tuple
        Values that say no more than a missing key.
    """

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, arbitrary_types_allowed=True
    )
    table: ClassVar[str] = "a table"
    written_needs: ClassVar[tuple[str, ...] | None] = None
    unsaid: ClassVar[tuple[object, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, content: Any) -> Any:
        """Refuse what is no table, keys that nobody reads, and a table without what it needs."""
        if not isinstance(content, Mapping):
            raise cls.no_table(content)
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        for key in content:
            if key not in fields:
                near = get_close_matches(str(key), fields, n=1)
                advice = f"Did you mean {near[0]}?" if near else "Correct its spelling, or remove it."
                came = f"got key {checks.text_of(key)} of {cls.table}"
                raise _key_refusal(key, f"{came}; expected one of {', '.join(sorted(fields))}. {advice}")
        needed = [key for key, field in fields.items() if field.is_required()]
        for key in sorted(needed):
            if key not in content or (cls.unsaid and content[key] in cls.unsaid):
                raise cls.absent(key, needed)
        return content

    @classmethod
    def no_table(cls, content: Any) -> PydanticCustomError:
        """Return the error for what is no table."""
        keys = ", ".join(sorted(field.alias or name for name, field in cls.model_fields.items()))
        return PydanticCustomError("table_type", "got {kind}", {"kind": type(content).__name__, "keys": keys})

    @classmethod
    def absent(cls, key: str, keys: list[str]) -> PydanticCustomError:
        """Return the error for a table without a key that it needs."""
        return refusal(f"got {cls.table} without {key!r}; expected {', '.join(sorted(keys))}. Add {key} = ...")

    def explicit_fields(self) -> dict[str, Any]:
        """Return what was written, by key, without what was left to its default."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def refusal(message: str, *where: str | int, error: type[LeydigError] | None = None) -> PydanticCustomError:
    """Return the error that a validator of a model raises.

    Parameters
    ----------
    message : str
        In the form ``got ...; expected ... . Way out.``
    *where : str or int
        The way from the table or value that is validated to the key that is wrong.
    error : type of LeydigError, optional
        What was refused, for files whose errors tell it apart.
    """
    return PydanticCustomError("refused", "{message}", {"message": message, "where": where, "error": error})


def _key_refusal(key: str, message: str) -> PydanticCustomError:
    """Return the error for a key that no table of this kind has."""
    return PydanticCustomError("refused", "{message}", {"message": message, "key": (key,)})


def refuse_at(reading: Callable[[], Any], *where: str | int, lead: str = "") -> Any:
    """Return what a reading gives; what it refuses is refused at `where`, after `lead` (as for `refusal`)."""
    try:
        return reading()
    except LeydigError as error:
        raise refusal(f"{lead}{error}", *where, error=type(error)) from error


# What a value may be -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Within:
    """A number between limits, as `leydig.checks` refuses it: ``Annotated[int, Within(1, 10)]``."""

    low: float
    high: float

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        check = checks.whole_number if source is int else checks.number

        def within(value: Any, info: ValidationInfo) -> Any:
            return refuse_at(lambda: check(value, info.field_name or "a number", (self.low, self.high)))

        inner = (
            core_schema.int_schema(strict=True)
            if source is int
            else core_schema.float_schema(strict=True, allow_inf_nan=True)
        )
        return core_schema.with_info_after_validator_function(within, inner)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema) | _limits(self.low, self.high)


@dataclass(frozen=True)
class Interval:
    """Two numbers between limits, the lower first: ``Annotated[tuple[float, float], Interval(18, 90)]``."""

    low: float
    high: float

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def interval(value: Any, info: ValidationInfo) -> Any:
            return refuse_at(lambda: checks.interval(value, info.field_name or "ends", (self.low, self.high)))

        return core_schema.with_info_after_validator_function(
            interval,
            core_schema.list_schema(strict=True),
            serialization=core_schema.plain_serializer_function_ser_schema(list),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        end = {"type": "number"} | _limits(self.low, self.high)
        return {"type": "array", "items": end, "minItems": 2, "maxItems": 2}


def _limits(low: float, high: float) -> dict[str, float]:
    """Return limits as a schema writes them."""
    return {name: limit for name, limit in {"minimum": low, "maximum": high}.items() if math.isfinite(limit)}


@dataclass(frozen=True)
class OneOf:
    """A state, a word of a list, or of a catalogue: ``Annotated[Role, OneOf(Role)]``.

    Attributes
    ----------
    allowed : type of TextEnum, collection of str, or function that returns one
        A member of the type is returned; a function where reading the catalogue waits for the first value.
    kind : str
        What the words name, such as ``"protocol"``; the nearest ones are offered then.
    or_file : bool
        Whether the path of a ``.toml`` file stands for a word too.
    """

    allowed: type[TextEnum] | Collection[str] | Callable[[], Collection[str]]
    kind: str = ""
    or_file: bool = False

    def words(self) -> list[str]:
        """Return the words that are allowed."""
        if isinstance(self.allowed, EnumType):
            return [state.value for state in self.allowed]
        return [str(word) for word in (self.allowed() if callable(self.allowed) else self.allowed)]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check_word, core_schema.str_schema(strict=True))

    def _check_word(self, value: str, info: ValidationInfo) -> str:
        words = self.words()
        if value in words or (self.or_file and value.endswith(".toml")):
            return self.allowed(value) if isinstance(self.allowed, EnumType) else value
        named = list(filter(None, words))
        if self.kind:
            raise refusal(str(UnknownName.among(self.kind, value, named)))
        raise refusal(f"got {info.field_name or 'word'} {value!r}; expected {' or '.join(named)}. Choose one.")

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        words = {"type": "string", "enum": self.words()}
        return {"anyOf": [words, {"type": "string", "pattern": r"\.toml$"}]} if self.or_file else words


@dataclass(frozen=True)
class Read:
    """A text as a function reads it: ``Annotated[Regimen, Read(Regimen.parse)]``; its refusal gets the line.

    Attributes
    ----------
    reading : function
    pattern : str
        What an editor can check of it.
    named : bool
        Whether the key stands before what the function says.
    """

    reading: Callable[[str], Any]
    pattern: str = ""
    named: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(value: str, info: ValidationInfo) -> Any:
            lead = f"{info.field_name}: " if self.named and info.field_name else ""
            return refuse_at(lambda: self.reading(value), lead=lead)

        return core_schema.with_info_after_validator_function(read, core_schema.str_schema(strict=True))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string"} | ({"pattern": self.pattern} if self.pattern else {})


# Checking and describing ---------------------------------------------------------------------------


class FileText(Protocol):
    """A file while it is read, which names the place of what is wrong in it."""

    @property
    def content(self) -> Any:
        """What it holds."""

    def refusal_at(self, loc: FilePlace, message: str, error: type[LeydigError] | None, key: FilePlace) -> LeydigError:
        """Return the error for a value, or for a key of it that nobody reads; `error` where its class is known."""


def validate_file(
    model: type[M], file: FileText, content: Any = None, at: FilePlace = (), context: Mapping[str, Any] | None = None
) -> M:
    """Return a file, or a table of it, as its model.

    Parameters
    ----------
    model : type of FileModel
    file : FileText
        Names the place of what is refused, and raises it.
    content : mapping, optional
        The table; the whole file when left out.
    at : tuple of str or int, optional
        The way to the table.
    context : mapping, optional
        What validators ask for beside the file, such as today.

    Raises
    ------
    LeydigError
        The error of `file`, for the first thing that is wrong.
    """
    content = file.content if content is None else content
    try:
        return model.model_validate(content, context=dict(context or {}))
    except ValidationError as why:
        first = why.errors(include_url=False)[0]
        about = first.get("ctx", {})
        loc = (*_file_place(first["loc"], content), *about.get("where", ()))
        message = about["message"] if first["type"] == "refused" else _wrong_kind(first, loc)
        raise file.refusal_at((*at, *loc), message, about.get("error"), about.get("key", ())) from why


def json_schema(model: type[FileModel]) -> dict[str, Any]:
    """Return the JSON Schema of a file."""
    return {"$schema": DIALECT} | model.model_json_schema(schema_generator=_FileSchema)


class _FileSchema(GenerateJsonSchema):
    """What a file may hold: a key that is left out is left out, never null, and needs no title beside its name."""

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        found, needs = super().model_schema(schema), getattr(schema["cls"], "written_needs", None)
        return found if needs is None else found | {"required": list(needs)}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        found = super().default_schema(schema)
        return {key: value for key, value in found.items() if key != "default" or value is not None}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _wrong_kind(error: ErrorDetails, loc: FilePlace) -> str:
    key, value = _path_text(loc), error["input"]
    expected, example = _WORDS[error["type"].partition("_")[0]]
    if keys := error.get("ctx", {}).get("keys"):
        expected = f"a table of {keys}"
    if error["type"] == "table_type" and isinstance(loc[-1], int):
        key = ".".join(part for part in loc if isinstance(part, str))
        return f"got {key} {value!r}; expected {expected}. Write [[{key}]], or {{ ... }}."
    return f"got {key} = {checks.text_of(value) if len(repr(value)) > 60 else repr(value)}; expected {expected}. " + (
        f"Write {loc[-1]} = {example}." if isinstance(loc[-1], str) else f"Write {example}."
    )


def _file_place(loc: FilePlace, content: Any) -> FilePlace:
    """Return the way through a content, without what Pydantic adds to tell alternatives apart."""
    return tuple(_steps(loc, content))


def _steps(loc: FilePlace, content: Any) -> Iterator[str | int]:
    for part in loc:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            continue
        yield part


def _path_text(loc: FilePlace) -> str:
    """Return the way to a value as it is written below the nearest header, such as ``fixed[0]``."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text = part if not text or text.endswith("]") else f"{text}.{part}"
    return text
