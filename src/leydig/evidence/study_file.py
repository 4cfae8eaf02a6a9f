"""Study files: every table as a model, from which the study of `leydig.evidence.study` is built."""

import math
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from leydig.analytes import ANALYTES
from leydig.errors import BadStudy, UnknownName
from leydig.evidence.study import (
    SHARES_OF_MEN,
    Arm,
    Assay,
    Criterion,
    Form,
    Observation,
    PublishedValue,
    Role,
    Study,
    Titration,
)
from leydig.file_model import FileModel, OneOf, Read, Within, refusal, refuse_at, validate_file
from leydig.man.man import MEASURABLE
from leydig.man.phenotypes import KINDS
from leydig.regimen import Regimen
from leydig.source import Source, read_sources
from leydig.toml_file import Tables

__all__ = ["STUDIES_FOLDER", "StudyFile", "load_study", "studies"]

STUDIES_FOLDER = Path(__file__).with_name("studies")

ENROLLING = (*MEASURABLE, "te2_ratio", "total_sperm_count", "total_motile_count")
Analyte = Annotated[str, OneOf(lambda: list(ANALYTES), "analyte")]
Spread = Annotated[float, Within(0.0, math.inf), Field(description="Standard deviation or error: one of the two.")]


class SpreadTable(FileModel):
    """A mean or median with its spread between men."""

    mean: float | None = None
    median: float | None = None
    sd: Spread | None = None
    sem: Spread | None = None
    unit: str = ""

    @model_validator(mode="after")
    def _one_spread(self) -> Self:
        if self.sd is not None and self.sem is not None:
            raise refusal("got sd and sem; expected one of the two. Leave one out.", "sd")
        return self

    def spread(self, n: int | None) -> float | None:
        """Return the standard deviation between `n` men."""
        return self.sd if self.sem is None else self.sem * math.sqrt(n or 1)


class ValueTable(SpreadTable):
    """A mean or median, and its spread between men."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["mean"]}, {"required": ["median"]}]})
    table = "a value"

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.mean is None) == (self.median is None):
            came = "neither" if self.mean is None else "mean and median"
            raise refusal(f"got a value with {came}; expected mean or median. Give one.")
        return self

    def published_value(self, n: int | None) -> PublishedValue:
        """Return the value of `n` men."""
        value = self.median if self.mean is None else self.mean
        assert value is not None  # one was given
        return PublishedValue(float(value), self.unit, self.spread(n), self.mean is None)


class LevelTable(ValueTable):
    """A baseline level."""

    table = "a level"
    unit: str

    def check_range(self, analyte: str) -> None:
        """Refuse a level in a unit of something else, or that no man has."""
        published = self.published_value(None)
        refuse_at(
            lambda: ANALYTES[analyte].parse(f"{published.value!r} {published.unit}"),
            "baseline", analyte, lead=f"baseline.{analyte}: ",
        )  # fmt: skip


class CriterionTable(FileModel):
    """A bound on a measured value, kept as it is written: the hash of a calibration covers its text."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["below"]}, {"required": ["above"]}]})
    table = "a criterion"
    below: int | float | None = None
    above: int | float | None = None
    unit: str = ""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        _check_bounds(self.below, self.above, "a criterion")
        return self

    def check_unit(self, analyte: str) -> None:
        """Refuse a bound in a unit of something else."""
        where = ("enrolled", analyte)
        refuse_at(lambda: ANALYTES[analyte].factor_to(self.unit), *where, lead=f"enrolled.{analyte}: ")


def _check_bounds(below: float | None, above: float | None, what: str) -> None:
    if below is None and above is None:
        raise refusal(f"got {what} without a bound; expected below or above. Give one, with its unit.")


class ObservedTable(SpreadTable):
    """One value that the study reports of an arm."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [form.value]} for form in Form]})
    table = "an observation"
    analyte: Analyte | None = None
    week: Annotated[float, Within(0.0, 1000.0), Field(description="Counted from the first dose.")]
    ratio: Annotated[float, Within(0.0, 1000.0), Field(description="Against the baseline or control.")] | None = None
    change_percent: Annotated[float, Within(-100.0, 10000.0)] | None = None
    fraction: Annotated[float, Within(0.0, 1.0), Field(description="Of the men, below or above a bound.")] | None = None
    reached: Annotated[
        float, Within(0.0, 1.0), Field(description="Of the men, who have had a sample below or above a bound by then.")
    ] | None = None  # fmt: skip
    every: Annotated[float, Within(0.1, 104.0), Field(description="Weeks between the samples.")] | None = None
    start: Annotated[
        float, Within(0.0, 1000.0), Field(alias="from", description="First week of which a sample counts.")
    ] = 0.0  # fmt: skip
    below: int | float | None = None
    above: int | float | None = None
    of: Annotated[str, OneOf(("pregnancy",))] | None = None
    control: Annotated[str, Field(description="Arm that the value is held against.")] = ""
    note: str = ""

    @property
    def form(self) -> Form:
        """What it is."""
        return next(form for form in Form if getattr(self, form) is not None)

    @property
    def value(self) -> float:
        """The value."""
        return float(getattr(self, self.form))

    @model_validator(mode="after")
    def _check_form(self) -> Self:
        forms = [form for form in Form if getattr(self, form) is not None]
        if len(forms) != 1:
            raise refusal(
                f"got an observation with {' and '.join(forms) or 'no value'}; expected one of {', '.join(Form)}. "
                "Write an [[arm.observed]] for each.", *forms[1:2]
            )  # fmt: skip
        if self.of is not None and self.form != Form.FRACTION:
            raise refusal(f"got of = {self.of!r} with {self.form}; expected fraction of 'pregnancy'. "
                          "Name an analyte else.", "of")  # fmt: skip
        if self.of is None and self.analyte is None:
            raise refusal("got an observation without 'analyte'; expected one. Name it, or write of = \"pregnancy\".")
        self._check_visits()
        if self.of is None:
            self._check_analyte(self.analyte or "")
        return self

    def _check_visits(self) -> None:
        """Refuse samples of what nobody followed, what was reached without them, and a first week after the last."""
        if self.form != Form.REACHED:
            for field, key in (("every", "every"), ("start", "from")):
                if field in self.model_fields_set:
                    raise refusal(f"got {key} with a {self.form}; expected it with reached alone. Leave it out.", key)
        elif self.every is None:
            raise refusal("got reached without 'every'; expected the weeks between samples. Add every = 4 for monthly.")
        elif not self.start <= self.week:
            raise refusal(f"got from = {self.start:g} of a value of week {self.week:g}; expected no later week. "
                          "Weeks are counted from the first dose.", "from")  # fmt: skip

    def _check_analyte(self, analyte: str) -> None:
        """Refuse bounds where none belong, a unit of something else, and a level that no man has."""
        if self.form in SHARES_OF_MEN:
            _check_bounds(self.below, self.above, f"a {self.form} of {analyte}")
            refuse_at(lambda: ANALYTES[analyte].factor_to(self.unit), "unit", lead=f"{analyte}: ")
        elif self.below is not None or self.above is not None:
            raise refusal(f"got below or above with a {self.form}; expected them with fraction or reached alone. "
                          "Leave them out.", "above" if self.below is None else "below")  # fmt: skip
        elif self.form in (Form.MEAN, Form.MEDIAN):
            refuse_at(lambda: ANALYTES[analyte].factor_to(self.unit), "unit", lead=f"unit of {analyte}: ")
            level = f"{self.value!r} {self.unit}"
            refuse_at(lambda: ANALYTES[analyte].parse(level), self.form, lead=f"{self.form}: ")

    def observation(self, n: int | None) -> Observation:
        """Return the observation of an arm of `n` men."""
        counted = self.form in SHARES_OF_MEN and self.of is None
        return Observation(
            self.of or self.analyte or "",
            float(self.week),
            self.form,
            self.value,
            self.unit if self.form in (Form.MEAN, Form.MEDIAN) else "",
            self.spread(n),
            Criterion(self.below, self.above, self.unit) if counted else None,
            self.control,
            self.every or 0.0,
            self.start,
        )


class TitrationTable(FileModel):
    """How the dose of each man followed what was measured in him."""

    table = "a titration"
    analyte: Analyte
    below: Annotated[float, Field(description="Whoever reads less at a visit is given the next rung.")]
    unit: str
    every: Annotated[float, Within(0.1, 104.0), Field(description="Weeks between visits.")]
    rungs: Annotated[
        list[Annotated[Regimen, Read(Regimen.parse)]],
        Field(description="What is given after one step up, after two.", json_schema_extra={"minItems": 1}),
    ]

    @model_validator(mode="after")
    def _check_rungs(self) -> Self:
        if not self.rungs:
            raise refusal("got a titration without rungs; expected at least one. Name what a step up gives.", "rungs")
        refuse_at(lambda: ANALYTES[self.analyte].parse(f"{self.below!r} {self.unit}"), "below", lead="below: ")
        return self

    @property
    def titration(self) -> Titration:
        """The titration."""
        below = self.below / ANALYTES[self.analyte].factor_to(self.unit)
        return Titration(self.analyte, below, self.every, tuple(self.rungs))


class ArmTable(FileModel):
    """One arm: its men, what they took, and what was observed of them."""

    table = "an arm"
    name: str
    men: str
    regimen: Annotated[Regimen, Read(Regimen.parse), Field(description="As published; '' for nothing.")]
    n: Annotated[int, Within(1, math.inf), Field(description="Number of men.")] | None = None
    kind: Annotated[str, OneOf(KINDS, "kind of men")] = "healthy"
    age: ValueTable | None = None
    bmi: ValueTable | None = None
    baseline: dict[Analyte, LevelTable] = Field(default_factory=dict)
    enrolled: dict[Annotated[str, OneOf(ENROLLING, "enrolling analyte")], CriterionTable] = Field(default_factory=dict)
    titration: TitrationTable | None = None
    observed: list[ObservedTable]
    note: str = ""

    @model_validator(mode="after")
    def _check_levels(self) -> Self:
        for analyte, level in self.baseline.items():
            level.check_range(analyte)
        for analyte, one in self.enrolled.items():
            one.check_unit(analyte)
        if self.n is None:
            self._refuse_errors_of_means()
        return self

    def _refuse_errors_of_means(self) -> None:
        """Refuse standard errors, from which nothing follows without the number of men."""
        tables: list[tuple[tuple[str | int, ...], SpreadTable | None]] = [(("age",), self.age), (("bmi",), self.bmi)]
        tables += [(("baseline", name), level) for name, level in self.baseline.items()]
        tables += [(("observed", place), one) for place, one in enumerate(self.observed)]
        for where, table in tables:
            if table is not None and table.sem is not None:
                raise refusal(
                    "got sem in an arm without n; expected both. Give n, or sd in place of sem.", *where, "sem"
                )

    @property
    def arm(self) -> Arm:
        """The arm."""
        return Arm(
            name=self.name,
            men=self.men,
            regimen=self.regimen,
            kind=self.kind,
            n=self.n,
            age=self.age.published_value(self.n) if self.age else None,
            bmi=self.bmi.published_value(self.n) if self.bmi else None,
            baseline={name: level.published_value(self.n) for name, level in self.baseline.items()},
            enrolled={name: Criterion(one.below, one.above, one.unit) for name, one in self.enrolled.items()},
            observed=tuple(one.observation(self.n) for one in self.observed),
            titration=self.titration.titration if self.titration else None,
        )


class StudyFile(FileModel):
    """A study of the literature, as Leydig replays it."""

    table = "a study"
    id: str
    title: str
    source: Annotated[tuple[Source, ...], Read(read_sources), Field(description="Such as 'Shah 2021, doi:10.1000/a'.")]
    role: Annotated[Role, OneOf(Role)]
    design: str
    assay: Annotated[Assay, OneOf(Assay)] = Assay.USUAL
    arm: Annotated[list[ArmTable], Field(json_schema_extra={"minItems": 1})]
    note: str = ""

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [arm.name for arm in self.arm]
        if not names:
            raise refusal("got a study without an arm; expected at least one. Add [[arm]].", "arm")
        for place, arm in enumerate(self.arm):
            if arm.name in names[:place]:
                raise refusal(
                    f"got two arms named {arm.name!r}; expected each name once. Rename one.", "arm", place, "name"
                )
            for number, one in enumerate(arm.observed):
                if one.control and one.control not in names:
                    message = str(UnknownName.among("arm as control", one.control, names))
                    raise refusal(message, "arm", place, "observed", number, "control")
        return self

    @property
    def study(self) -> Study:
        """The study."""
        arms = tuple(one.arm for one in self.arm)
        return Study(self.id, self.title, self.role, self.design, self.source, arms, self.assay)


def studies() -> dict[str, Study]:
    """Return every study of the catalogue, by its id."""
    return {path.stem: _load_version(path, path.stat().st_mtime_ns) for path in sorted(STUDIES_FOLDER.glob("*.toml"))}


@lru_cache(maxsize=1000)
def _load_version(path: Path, changed: int) -> Study:
    del changed
    return load_study(path)


def load_study(path: Path | str) -> Study:
    """Read one study file.

    Parameters
    ----------
    path : Path or str

    Returns
    -------
    Study

    Raises
    ------
    BadStudy
        When the file is not there, is not TOML, or a key is missing, unknown or of a wrong kind; the
        message names the key and the line.
    """
    return validate_file(StudyFile, Tables(Path(path), BadStudy, "a study")).study
