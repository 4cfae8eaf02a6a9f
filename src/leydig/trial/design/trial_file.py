"""Trial files: every table as a model, from which the trial of `leydig.trial.design` is built."""

import datetime as dt
from collections.abc import Mapping
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from leydig.errors import BadTrial
from leydig.file_model import FileModel, Interval, OneOf, Read, Within, refusal, refuse_at, validate_file
from leydig.man.phenotypes import KINDS
from leydig.protocol.reader import names, regions
from leydig.regimen import Regimen
from leydig.toml_file import Tables
from leydig.trial.design import primary
from leydig.trial.design.design import (
    LONGEST,
    NUMBERS,
    PAIRS,
    WHOLE,
    Design,
    Screen,
    Trial,
    TrialArm,
    one_line,
    plain_name,
    visit_days,
)
from leydig.trial.design.primary import Primary
from leydig.trial.design.strata import ALLOWED, Strata
from leydig.units import DAYS_PER_MONTH

__all__ = ["TrialFile", "read_trial", "shipped_trials", "trial_from", "trial_of_text"]

_PUNCTUATION = r":-@\[-^`{-~"  # that a name never holds, beside some of what a keyboard has on its digits
_NAME = rf"^[^\s!-/{_PUNCTUATION}][^!-$&'*/{_PUNCTUATION}]{{0,59}}$"  # `plain_name` for editors
Name = Annotated[str, Read(partial(plain_name, "name"), _NAME, named=False)]
Text = Annotated[str, Read(partial(one_line, "title"), named=False), Field(max_length=200)]
Protocol = Annotated[str, OneOf(names, "protocol", or_file=True)]
Month = Annotated[int, Within(1, primary.LONGEST)]


def _regimen(text: str) -> str:
    Regimen.parse(text)
    return text


class ArmTable(FileModel):
    """What the men of one arm get."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["protocol"]}, {"required": ["regimen"]}]})
    table = "an arm"
    name: Name
    protocol: Annotated[str, OneOf(names, "protocol", or_file=True), Field(description="A protocol that titrates.")] = (
        ""
    )
    regimen: Annotated[str, Read(_regimen), Field(description="A fixed regimen; '' for nothing.")] = ""
    allocation: Annotated[int, Within(1, 10)] = TrialArm.allocation

    @model_validator(mode="after")
    def _check_treatment(self) -> Self:
        if {"protocol", "regimen"} <= self.model_fields_set or not {"protocol", "regimen"} & self.model_fields_set:
            raise refusal(f"got an arm with {', '.join(sorted(self.model_fields_set))}; expected a name, and either a "
                          "protocol or a regimen. Give one of each.")  # fmt: skip
        return self


class VisitsTable(FileModel):
    """When men are seen, and what of it goes wrong."""

    table = "visits"
    turnaround: Annotated[int, Within(*WHOLE["turnaround"]), Field(description="Days until results are there.")] = (
        Trial.turnaround
    )
    jitter: Annotated[int, Within(*WHOLE["jitter"]), Field(description="Days by which a visit is early or late.")] = (
        Trial.jitter
    )
    missed: Annotated[float, Within(*NUMBERS["missed"]), Field(description="Chance that a visit is missed.")] = (
        Trial.missed
    )
    missing: Annotated[float, Within(*NUMBERS["missing"]), Field(description="Chance that a result is missing.")] = (
        Trial.missing
    )
    fixed: Annotated[list[Annotated[int, Within(1, LONGEST)]], Field(description="Visit days of a fixed regimen.")] = (
        list(Trial.fixed)
    )

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        refuse_at(lambda: visit_days(self.fixed), "fixed")
        return self


class AdherenceTable(FileModel):
    """How men behave."""

    table = "adherence"
    taken: Annotated[float, Within(*NUMBERS["taken"]), Field(description="Chance that a day's doses are taken.")] = (
        Trial.taken
    )
    dropout: Annotated[float, Within(*NUMBERS["dropout"]), Field(description="Share of men who leave per month.")] = (
        Trial.dropout
    )


class CoupleTable(FileModel):
    """The couples of the men."""

    table = "couple"
    partner_age: Annotated[tuple[float, float], Interval(*PAIRS["partner_age"])] = Trial.partner_age
    months_trying: Annotated[
        tuple[float, float], Interval(*PAIRS["months_trying"]), Field(description="Months in vain before the trial.")
    ] = Trial.months_trying


class PrimaryTable(FileModel):
    """The endpoint by which arms are compared."""

    table = "a primary"
    of: Annotated[str, OneOf(primary.ALLOWED, "primary endpoint")] = Primary.of
    month: (
        Annotated[int, Within(1, primary.LONGEST), Field(description="The last reported month when left out.")] | None
    ) = None
    control: Annotated[str, Field(description="Name of the arm that the others are held against.")] = Primary.control
    reading: Annotated[str, OneOf(primary.EndpointReading)] = Primary.reading
    change: bool = Primary.change
    level: Annotated[float, Within(*primary.LEVELS)] = Primary.level

    @cached_property
    def endpoint(self) -> Primary:
        """The endpoint."""
        return Primary(**dict(self))

    @model_validator(mode="after")
    def _check_whole_table(self) -> Self:
        refuse_at(lambda: self.endpoint)
        return self


class StrataTable(FileModel):
    """Groups of men by one quantity at baseline."""

    table = "a stratum"
    of: Annotated[str, OneOf(ALLOWED, "quantity at baseline")]
    cuts: Annotated[list[float], Field(json_schema_extra={"minItems": 1})]
    unit: str

    @cached_property
    def strata(self) -> Strata:
        """The groups."""
        return Strata(self.of, tuple(self.cuts), self.unit)

    @model_validator(mode="after")
    def _check_whole_table(self) -> Self:
        refuse_at(lambda: self.strata)
        return self


class TrialFile(FileModel):
    """A virtual trial of Leydig."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["months"]}, {"required": ["days"]}]})
    table = "a trial"
    name: Name
    title: Text = ""
    n: Annotated[int, Within(*WHOLE["n"]), Field(description="Men enrolled.")]
    months: Annotated[
        float, Within(0.5, LONGEST / DAYS_PER_MONTH), Field(default_factory=float, description="Length; or days.")
    ]
    days: Annotated[int, Within(*WHOLE["days"]), Field(default_factory=int, description="Length; or months.")]
    seed: Annotated[int, Within(*WHOLE["seed"])] = Trial.seed
    start: Annotated[dt.date, Field(description="First day of treatment of everybody.")] = Trial.start
    enrolled_by: Protocol = Trial.enrolled_by
    region: Annotated[str, OneOf(lambda: ["", *regions()], "region")] = Trial.region
    kind: Annotated[str, OneOf(KINDS, "kind of men")] = Trial.kind
    age: Annotated[tuple[float, float], Interval(*PAIRS["age"])] = Trial.age
    bmi: Annotated[tuple[float, float], Interval(*PAIRS["bmi"])] = Trial.bmi
    visits: VisitsTable = Field(default_factory=VisitsTable)
    adherence: AdherenceTable = Field(default_factory=AdherenceTable)
    couple: CoupleTable = Field(default_factory=CoupleTable)
    screen: Annotated[str, OneOf(Screen)] = Trial.screen
    design: Annotated[str, OneOf(Design)] = Trial.design
    primary: PrimaryTable = Field(default_factory=PrimaryTable)
    stratum: list[StrataTable] = []
    subgroup: list[StrataTable] = []
    draw: Annotated[int, Within(*WHOLE["draw"])] = Trial.draw
    uncertainty: Annotated[int, Within(*WHOLE["uncertainty"])] = Trial.uncertainty
    arm: Annotated[list[ArmTable], Field(json_schema_extra={"minItems": 1})]

    @model_validator(mode="after")
    def _check_whole_table(self) -> Self:
        if {"months", "days"} <= self.model_fields_set or not {"months", "days"} & self.model_fields_set:
            raise refusal("got months and days, or neither; expected one of the two. Write months = 12.", "months")
        refuse_at(lambda: self.trial)
        return self

    @cached_property
    def trial(self) -> Trial:
        """The trial."""
        same = ("name", "n", "seed", "start", "enrolled_by", "region", "kind", "age", "bmi", "screen", "design",
                "draw", "uncertainty")  # fmt: skip
        known: dict[str, Any] = {key: getattr(self, key) for key in same}
        for part in (self.visits, self.adherence, self.couple):
            known |= dict(part)
        return Trial(
            title=self.title or self.name,
            days=self.days or round(self.months * DAYS_PER_MONTH),
            arms=tuple(TrialArm(**dict(one)) for one in self.arm),
            primary=self.primary.endpoint,
            strata=tuple(one.strata for one in self.stratum),
            subgroups=tuple(one.strata for one in self.subgroup),
            **known,
        )


def read_trial(path: Path | str) -> Trial:
    """Read a trial file, or a shipped trial by its name.

    Raises
    ------
    BadTrial
        When it cannot be used; the message names the key and the line.
    """
    if str(path) in shipped_trials():
        return trial_of_text(shipped_trials()[str(path)], str(path))
    if not Path(path).suffix and not Path(path).exists():
        raise BadTrial(
            f"got {str(path)!r} as a trial; expected one of {', '.join(shipped_trials())}, or a file. "
            "Choose one of these, or write the path of a .toml file."
        )
    return validate_file(TrialFile, Tables(path, BadTrial, "a trial")).trial


def trial_of_text(text: str, path: str = "the trial") -> Trial:
    """Return the trial of a TOML text, which messages call `path`; raises as `read_trial`."""
    return validate_file(TrialFile, Tables(path, BadTrial, "a trial", text=text)).trial


@lru_cache(maxsize=1)
def shipped_trials() -> dict[str, str]:
    """Return the texts of the trials that are shipped, by name."""
    folder = Path(__file__).parents[1] / "trials"
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml"))}


def trial_from(content: Mapping[str, Any], path: str = "the trial") -> Trial:
    """Return the trial of a mapping as `read_trial` reads it; raises the same."""
    return validate_file(TrialFile, Tables(path, BadTrial, "a trial", content)).trial
