"""What a request may hold: models whose refusals speak as the rest of the program does, each with its pointer."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails

from leydig.analytes import is_steroid, of_specimen
from leydig.assessment.finding import OVERRIDE_REASONS
from leydig.characters import hidden_character
from leydig.checks import text_of
from leydig.exchange.laboratory_days import DateOrder
from leydig.json_file import FREE_TEXT
from leydig.service.problems import ServiceProblem
from leydig.text_enum import TextEnum

__all__ = [
    "USUAL_DRAWS",
    "USUAL_KIND",
    "USUAL_PROTOCOL",
    "USUAL_SEED",
    "AccountBody",
    "AssessmentBody",
    "ChangeBody",
    "CodeBody",
    "CommitBody",
    "DecisionBody",
    "DeletionBody",
    "EntryBody",
    "EntryKind",
    "ForecastBody",
    "ImportBody",
    "PasswordBody",
    "PersonBody",
    "PresentBody",
    "RequestBody",
    "SearchBody",
    "SignInBody",
    "SimulationBody",
    "SmartBody",
    "StudiesBody",
    "TrialBody",
    "VisitBody",
    "read_body",
]

USUAL_PROTOCOL = "anastrozole"  # where none is chosen
_OF_VISIT = ("value", "unit", "answer", "right")  # how fields of a form of a visit begin
USUAL_KIND, USUAL_DRAWS, USUAL_SEED = "healthy", 200, 1  # of a twin

B = TypeVar("B", bound="RequestBody")


class RequestBody(BaseModel):
    """What comes with a request: every key is known, and no text holds what cannot be seen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    longest: ClassVar[int] = 4000  # characters of a text

    @field_validator("*", mode="after")
    @classmethod
    def _refuse_hidden_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            hidden = hidden_character(value, FREE_TEXT + "\r")
            if hidden:
                raise ValueError(f"got {hidden}; expected text that can be seen. Remove the character.")
            if len(value) > cls.longest:
                raise ValueError(
                    f"got a text of {len(value):,} characters; expected at most {cls.longest:,}. Shorten it."
                )
        return value


class EntryKind(TextEnum):
    """What an entry of a record is."""

    RESULT = "result"
    FACT = "fact"
    MEDICINE = "medicine"
    GOAL = "goal"
    OVERRIDE = "override"
    PERSON = "person"
    WITHDRAWAL = "withdrawal"


class PersonBody(RequestBody):
    """A new person."""

    pseudonym: str = Field(min_length=1, max_length=64)
    sex: str = Field(default="male", max_length=64)
    born: str = Field(default="", max_length=10, description="YYYY-MM-DD")


class SearchBody(RequestBody):
    """Whom one looks for."""

    pseudonym: str = Field(min_length=1, max_length=64, description="A part of it.")


class EntryContent(RequestBody):
    """What an entry says; a value is a text, as it came."""

    name: str = Field(default="", description="A quantity; sex or born; of a medicine treatment or medicine.")
    value: str = Field(default="", description="As it came; of a medicine the regimen in words.")
    unit: str = ""
    date: str = Field(default="", description="YYYY-MM-DD; of a medicine its first day.")
    time: str = ""
    comparator: str = ""
    assay: str = ""
    low: str = Field(default="", description="Of the laboratory's own reference interval.")
    high: str = ""
    note: str = ""
    stop: str = Field(default="", description="Of a medicine: the first day without it.")


class EntryBody(EntryContent):
    """One thing of a record, beside its kind or in a `body` of its own."""

    kind: EntryKind
    supersedes: str = Field(default="", max_length=26)
    reason: str = Field(default="", validate_default=True, description="Of what supersedes an entry.")
    body: EntryContent | None = Field(default=None, exclude=True, description="What it says, where that stands apart.")

    @field_validator("reason")
    @classmethod
    def _refuse_silent_correction(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("supersedes") and not value.strip():
            raise ValueError(
                "got a correction without a reason; expected one. Write why the entry that it supersedes was wrong."
            )
        return value

    @model_validator(mode="after")
    def _read_body(self) -> "EntryBody":
        """Take what stands in the body for what stands beside it; the body itself says that it stood apart."""
        if self.body is None:
            return self
        twice = sorted(self.body.model_fields_set & self.model_fields_set)
        if twice:
            raise ValueError(
                f"got {', '.join(twice)} twice; expected it beside the kind or in the body. Leave one out."
            )
        said = {name: getattr(self.body, name) for name in self.body.model_fields_set}
        return self.model_copy(update=said)


class VisitBody(RequestBody):
    """Results of one draw and answers of one day, stored together; a form has fields such as ``value.testosterone``."""

    date: str = Field(default="", description="YYYY-MM-DD")
    time: str = ""
    assay: str = Field(default="", description="Of the steroids.")
    results: list[EntryContent] = Field(default_factory=list, max_length=200)
    answers: list[EntryContent] = Field(default_factory=list, max_length=200)
    right: list[str] = Field(default_factory=list, max_length=200, description="Of a form: rare values that are right.")

    @model_validator(mode="before")
    @classmethod
    def _read_form(cls, said: object) -> object:
        """Return the fields of a form as lists; a unit without its value says nothing."""
        if not isinstance(said, dict) or not any(isinstance(key, str) and "." in key for key in said):
            return said
        parts = {key: key.split(".", 1) for key in said if "." in key}
        rest = {key: value for key, value in said.items() if key not in parts}
        results = [
            {"name": name, "value": said[key]} | ({"unit": said[f"unit.{name}"]} if f"unit.{name}" in said else {})
            for key, (what, name) in parts.items()
            if what == "value"
        ]
        answers = [{"name": name, "value": said[key]} for key, (what, name) in parts.items() if what == "answer"]
        right = [name for what, name in parts.values() if what == "right"]
        other = {key: value for key, value in said.items() if key in parts and parts[key][0] not in _OF_VISIT}
        return rest | other | {"results": results, "answers": answers, "right": right}

    def entries(self) -> Iterator[tuple[str, EntryBody]]:
        """Yield each thing with the pointer of its place."""
        for place, one in enumerate(self.results):
            assay = {"assay": self.assay} if self.assay and is_steroid(one.name) else {}
            time = {} if one.name in of_specimen("semen") else {"time": self.time}  # that of the draw
            said = {"date": self.date} | time | assay | one.model_dump(exclude_unset=True)
            yield f"/results/{place}", EntryBody(kind=EntryKind.RESULT, **said)
        for place, one in enumerate(self.answers):
            said = {"date": self.date} | one.model_dump(exclude_unset=True)
            yield f"/answers/{place}", EntryBody(kind=EntryKind.FACT, **said)


class ImportBody(RequestBody):
    """A file as text."""

    longest: ClassVar[int] = 5_500_000
    text: str = Field(default="", description="A FHIR bundle or a record in JSON, or a table of results.")


class CommitBody(RequestBody):
    """What a clinician has confirmed of an import: paths that wait, or all, and how dates that may be two are read."""

    confirmed: list[str] = Field(default_factory=list, max_length=10_000)
    dates: DateOrder | Literal[""] = Field(default="", description="How a table writes dates that may be two.")


class AssessmentBody(RequestBody):
    """What is to be assessed."""

    protocol: str = USUAL_PROTOCOL
    region: str = ""
    on: str = Field(default="", description="YYYY-MM-DD; today when left out.")


class ForecastBody(RequestBody):
    """What is to be forecast, side by side."""

    regimens: list[str] = Field(min_length=1, max_length=4)
    weeks: float = Field(default=26.0, gt=0.0, le=260.0)
    draws: int = Field(default=USUAL_DRAWS, ge=100, le=1000)
    seed: int = Field(default=USUAL_SEED, ge=0, le=2**31)
    kind: str = USUAL_KIND
    protocol: str = USUAL_PROTOCOL
    region: str = ""


class DecisionBody(RequestBody):
    """What a clinician decided."""

    assessment: str = Field(min_length=1, max_length=26)
    forecast: str = Field(default="", max_length=26)
    regimen: str
    reason: str = Field(min_length=1)
    override_code: str = Field(
        default="",
        description="Why a finding is overridden, as of a card of CDS Hooks.",
        json_schema_extra={"enum": ["", *OVERRIDE_REASONS]},
    )

    @field_validator("override_code")
    @classmethod
    def _refuse_other_code(cls, value: str) -> str:
        if value and value not in OVERRIDE_REASONS:
            codes = ", ".join(OVERRIDE_REASONS)
            raise ValueError(
                f"got override code {text_of(value)}; expected one of {codes}, or none. Say more in the reason."
            )
        return value


class DeletionBody(RequestBody):
    """That a person is to be deleted: his pseudonym, written again."""

    pseudonym: str


class SimulationBody(RequestBody):
    """A man and what he is given; nothing of it is kept."""

    age: float
    bmi: float = 23.0
    labs: dict[str, str] = Field(default_factory=dict, max_length=50)
    regimen: str = ""
    days: float = Field(default=182.0, gt=0.0, le=1830.0)
    every_days: float = Field(default=14.0, ge=1.0)


class TrialBody(RequestBody):
    """A virtual trial: a shipped one by its name, or the text of one."""

    longest: ClassVar[int] = 20_000
    name: str = Field(default="", max_length=64)
    text: str = Field(default="", description="A trial file in TOML.")
    n: int | None = Field(default=None, ge=1, le=10_000, description="Men enrolled, in place of the text's.")
    seed: int | None = Field(default=None, ge=0, le=2**31, description="Other men, in place of the text's.")


class StudiesBody(RequestBody):
    """Studies that are to be replayed; every one where none is named."""

    studies: list[str] = Field(default_factory=list, max_length=500)
    seed: int = Field(default=USUAL_SEED, ge=0, le=2**31)


class SignInBody(RequestBody):
    """Who signs in; `draft` is a form that he had sent after his session ended, and gets back."""

    longest: ClassVar[int] = 50_000
    account: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=1024)
    draft: str = ""


class PasswordBody(RequestBody):
    """A new password; of a first account its name too."""

    account: str = Field(default="", max_length=64)
    password: str = Field(max_length=1024)


class SmartBody(RequestBody):
    """Whose the results are that another system has: a man who is here, or a new one under a pseudonym."""

    person: str = Field(default="", max_length=26)
    pseudonym: str = Field(default="", max_length=64)


class CodeBody(RequestBody):
    """A code of an authenticator, or a recovery code; `draft` as in `SignInBody`."""

    longest: ClassVar[int] = 50_000
    code: str = Field(min_length=1, max_length=64)
    draft: str = ""


class PresentBody(RequestBody):
    """The present password, of who changes his own account."""

    present: str = Field(min_length=1, max_length=1024)


class ChangeBody(RequestBody):
    """Another password, by who knows the present one."""

    present: str = Field(max_length=1024)
    password: str = Field(max_length=1024)


class AccountBody(RequestBody):
    """A new account, or another role of one."""

    account: str = Field(min_length=1, max_length=64)
    role: str


# Reading -------------------------------------------------------------------------------------------


def read_body(model: type[B], content: Any) -> B:
    """Return a content as its model.

    Raises
    ------
    ServiceProblem
        Status 422, with every refusal and its pointer.
    """
    if not isinstance(content, Mapping):
        raise ServiceProblem("UnreadableBody", 400, "got no object; expected one. Put it in braces.")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = [
            {"pointer": "".join(f"/{part}" for part in one["loc"]), "detail": _words(one, model)}
            for one in error.errors(include_url=False)
        ]
        raise ServiceProblem("WrongBody", 422, found[0]["detail"], pointer=found[0]["pointer"], errors=found) from error


def _words(error: ErrorDetails, model: type[RequestBody]) -> str:
    """Return what a model refused, in the words of the program."""
    kind, sent = error["type"], text_of(error["input"])
    if kind == "extra_forbidden":
        name = str(error["loc"][-1])
        near = get_close_matches(name, model.model_fields, n=1)
        advice = f"Did you mean {near[0]}?" if near else "Leave it out."
        return f"got key {text_of(name)}; expected one of {', '.join(model.model_fields)}. {advice}"
    if kind == "missing":
        return f"got nothing; expected {error['loc'][-1]}. Add it."
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "string_type":
        return f"got {sent}; expected text, as the laboratory wrote it. Put it in quotes."
    length = error.get("ctx", {})
    if kind == "string_too_long":
        return f"got {len(error['input'])} characters; expected at most {length['max_length']}. Shorten it."
    if kind == "string_too_short":
        return f"got nothing; expected {error['loc'][-1]}. Write it."
    expected = error["msg"].removeprefix("Input should be ").removesuffix(".")
    return f"got {sent if len(sent) < 80 else sent[:80] + '…'}; expected {expected}. See the schema at /openapi.json."
