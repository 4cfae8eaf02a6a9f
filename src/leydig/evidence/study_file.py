"""Study files: every table as a model, from which the study of `leydig.evidence.study` is built."""

import math
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from leydig.analytes import ANALYTES
from leydig.errors import BadStudy, UnknownName
from leydig.evidence.reading.spread_table import AgeTable, BmiTable, LevelTable, SpreadTable
from leydig.evidence.study import (
    ENROLLING_TRAITS,
    LARGEST_ARM,
    SHARES_OF_MEN,
    Arm,
    Assay,
    Criterion,
    Form,
    Observation,
    Role,
    Study,
    Titration,
)
from leydig.file_model import FileModel, OneOf, Read, Within, refusal, refuse_at, validate_file
from leydig.man.man import MEASURABLE
from leydig.man.phenotypes import KINDS, kind_of
from leydig.regimen import Regimen
from leydig.source import Source, read_sources
from leydig.toml_file import Tables

__all__ = ["STUDIES_FOLDER", "StudyFile", "load_study", "studies"]

STUDIES_FOLDER = Path(__file__).with_name("studies")

ENROLLING = (*MEASURABLE, "te2_ratio", "total_sperm_count", "total_motile_count", *ENROLLING_TRAITS)
FIELDS = {"range": "extremes"}  # by key, where a field is called otherwise
COUNTS = ("sperm_concentration", "total_sperm_count", "total_motile_count")
NONE_SEEN = ("azoospermia", "hypogonadotropic", "obstructive")  # kinds whose men may have no sperm in the ejaculate
OBESE = "obesity"
BEYOND_KIND = 1.5  # times the limit of a kind, up to which the mean of an arm may lie beyond it
NO_TREATMENT = ("placebo", "none", "untreated", "no treatment")
Analyte = Annotated[str, OneOf(lambda: list(ANALYTES), "analyte")]


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
        """Refuse a bound in a unit of something else, or that no man's value can be on both sides of."""
        where, lead = ("enrolled", analyte), f"enrolled.{analyte}: "
        if analyte in ENROLLING_TRAITS:
            units = ENROLLING_TRAITS[analyte]
            if self.unit not in ("", *units):
                raise refusal(f"{lead}got {self.unit!r}; expected {units[0]}. Leave the unit out.", *where)
            return
        refuse_at(lambda: ANALYTES[analyte].factor_to(self.unit), *where, lead=lead)
        _check_possible(analyte, self.below, self.above, self.unit, lead, *where)


def _check_bounds(below: float | None, above: float | None, what: str) -> None:
    """Refuse bounds that nobody or everybody is between."""
    if below is None and above is None:
        raise refusal(f"got {what} without a bound; expected below or above. Give one, with its unit.")
    if below is not None and not below > 0.0:
        raise refusal(f"got below = {below:g} of {what}; expected a number above 0. Of men in whom no sperm are seen, "
                      "write below = 0.01.", "below")  # fmt: skip
    if above is not None and not above >= 0.0:
        raise refusal(f"got above = {above:g} of {what}; expected 0 or more. Leave it out.", "above")
    if below is not None and above is not None and not above < below:
        raise refusal(f"got above = {above:g} and below = {below:g} of {what}; expected what lies between. "
                      "Swap the two, or write two observations.", "above")  # fmt: skip


def _check_possible(
    analyte: str, below: float | None, above: float | None, unit: str, lead: str, *where: str | int
) -> None:
    """Refuse a bound that no man's level comes near: it was given in another unit."""
    for bound in (below, above):
        if bound and not bound <= ANALYTES[analyte].possible[1] * ANALYTES[analyte].factor_to(unit):
            refuse_at(partial(ANALYTES[analyte].parse, f"{bound!r} {unit}"), *where, lead=lead)


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
    def central(self) -> float | None:
        """What the spread is about."""
        return next((given for form in Form if (given := getattr(self, form)) is not None), None)

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
        self._refuse_idle_keys()
        self._check_visits()
        if self.of is None:
            self._check_analyte(self.analyte or "")
        return self

    def _refuse_idle_keys(self) -> None:
        """Refuse keys that say nothing of this form."""
        unread = [key for key in ("analyte", "unit", "below", "above", "control") if self.of is not None]
        unread += ["unit"] if self.form in (Form.RATIO, Form.CHANGE_PERCENT) else []
        unread += ["control", *self.written_spreads] if self.form in SHARES_OF_MEN else []
        for key in unread:
            if getattr(self, FIELDS.get(key, key)) not in (None, ""):
                what = f"a {self.form} of {self.of or self.analyte}"
                raise refusal(f"got {key} with {what}; expected none: it would not be read. Leave it out.", key)

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
            key = "above" if self.below is None else "below"
            _check_possible(analyte, self.below, self.above, self.unit, f"{self.form} of {analyte}: ", key)
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
            None if self.form in SHARES_OF_MEN else self.spread(n, self.analyte or ""),
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


def _read_regimen(text: str) -> Regimen:
    """Read a regimen; what papers call an arm without treatment is one."""
    return Regimen() if text.strip().lower() in NO_TREATMENT else Regimen.parse(text)


class ArmTable(FileModel):
    """One arm: its men, what they took, and what was observed of them."""

    table = "an arm"
    name: str
    men: str
    regimen: Annotated[Regimen, Read(_read_regimen), Field(description="As published; '' or 'placebo' for nothing.")]
    n: Annotated[int, Within(1, LARGEST_ARM), Field(description="Number of men.")] | None = None
    kind: Annotated[str, OneOf(KINDS, "kind of men")] = "healthy"
    age: AgeTable | None = None
    bmi: BmiTable | None = None
    baseline: dict[Analyte, LevelTable] = Field(default_factory=dict)
    enrolled: dict[Annotated[str, OneOf(ENROLLING, "enrolling analyte")], CriterionTable] = Field(default_factory=dict)
    titration: TitrationTable | None = None
    observed: list[ObservedTable]
    note: str = ""

    @model_validator(mode="after")
    def _check_levels(self) -> Self:
        for analyte, level in self.baseline.items():
            level.check_range(analyte)
            self._check_count(analyte, level)
            self._check_kind(analyte, level.value / ANALYTES[analyte].factor_to(level.unit), "baseline", analyte)
        if self.bmi is not None and self.kind == OBESE and self.bmi.value < kind_of(OBESE)["leanest"]:
            raise refusal(f"got BMI {self.bmi.value:g} of men of kind {self.kind!r}; expected "
                          f"{kind_of(OBESE)['leanest']:g} or more. Choose another kind.", "bmi")  # fmt: skip
        for analyte, one in self.enrolled.items():
            one.check_unit(analyte)
        for place, seen in enumerate(self.observed):
            self._check_ratio(place, seen)
        if self.n is None:
            self._refuse_errors_of_means()
        return self

    def _check_kind(self, name: str, central: float, *where: str) -> None:
        """Refuse a level far outside what makes the kind of men."""
        own = kind_of(self.kind)
        least, most = own.get(f"{name}_least", 0.0), own.get(f"{name}_most", math.inf)
        if not least / BEYOND_KIND <= central <= most * BEYOND_KIND:
            unit = ANALYTES[name].unit
            ends = f"above {least:g}" if central < least else f"below {most:g}"
            raise refusal(f"got {name} {central:.3g} {unit} of men of kind {self.kind!r}; expected {ends} {unit}, "
                          "which makes the kind. Choose another kind, or leave it out.", *where)  # fmt: skip

    def _check_count(self, analyte: str, level: LevelTable) -> None:
        """Refuse no sperm in men of a kind who have some."""
        if analyte in COUNTS and level.value == 0.0 and self.kind not in NONE_SEEN:
            raise refusal(f"got {analyte} 0 of men of kind {self.kind!r}; expected one of {', '.join(NONE_SEEN)}. "
                          "Choose why there are no sperm; levels that are given stay as they are.",
                          "baseline", analyte)  # fmt: skip

    def _check_ratio(self, place: int, seen: ObservedTable) -> None:
        """Refuse a ratio that takes its level beyond what any man has: it was a percentage."""
        if seen.of is not None or seen.form != Form.RATIO:
            return
        analyte, level = ANALYTES[seen.analyte or ""], self.baseline.get(seen.analyte or "")
        low = analyte.reference[0] if level is None else level.value / analyte.factor_to(level.unit)
        if seen.value * low > analyte.possible[1]:
            raise refusal(f"got ratio {seen.value:g} of {seen.analyte}; expected at most "
                          f"{analyte.possible[1] / low:.3g}, or change_percent. 140 % of baseline is ratio = 1.4.",
                          "observed", place, "ratio")  # fmt: skip

    def _refuse_errors_of_means(self) -> None:
        """Refuse spreads from which nothing follows without the number of men."""
        tables: list[tuple[tuple[str | int, ...], SpreadTable | None]] = [(("age",), self.age), (("bmi",), self.bmi)]
        tables += [(("baseline", name), level) for name, level in self.baseline.items()]
        tables += [(("observed", place), one) for place, one in enumerate(self.observed)]
        for where, table in tables:
            if table is not None and (key := table.needs_n):
                raise refusal(
                    f"got {key} in an arm without n; expected both. Give n, or sd in place of {key}.", *where, key
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
            baseline={name: level.published_value(self.n, name) for name, level in self.baseline.items()},
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
                if one.control == arm.name:
                    raise refusal(f"got control {one.control!r} of an arm of this name; expected another arm. "
                                  "Leave it out: without control the baseline is compared.",
                                  "arm", place, "observed", number, "control")  # fmt: skip
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
