"""The files of reference physiology as models: published values and whom each needs, and what no check can use.

``reference.toml`` beside this file holds the values, ``unused.toml`` the rows of the published tables of studies.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from leydig.analytes import ANALYTES
from leydig.errors import BadStudy
from leydig.file_model import FileModel, Interval, OneOf, Read, Within, refusal, validate_file
from leydig.man.limits import AGES, BMIS
from leydig.man.phenotypes import KINDS
from leydig.source import read_sources
from leydig.text_enum import TextEnum
from leydig.toml_file import Tables

__all__ = [
    "FILE",
    "NEEDS",
    "TRAITS",
    "GroupTable",
    "ReferenceFile",
    "ReferenceValue",
    "Statistic",
    "UnusedFile",
    "read_reference",
    "read_unused_rows",
    "reference",
]  # fmt: skip

FILE = Path(__file__).with_name("reference.toml")
TRAITS = ("age", "bmi", "inhibin_fsh", "free_fraction")  # what is known of men beside their levels: two ratios of these


class Statistic(TextEnum):
    """What a published value of many men is."""

    PERCENTILE = "percentile"
    MEDIAN = "median"
    MEAN = "mean"
    GEOMETRIC_MEAN = "geometric mean"
    SLOPE = "slope"
    DIFFERENCE = "difference"
    RATIO = "ratio"
    ODDS = "odds"
    SHARE = "share"
    CORRELATION = "correlation"
    RANK_CORRELATION = "rank correlation"
    DETERMINATION = "determination"


NEEDS = {  # what a statistic asks beside the levels of its men
    Statistic.PERCENTILE: ("at",),
    Statistic.MEDIAN: (),
    Statistic.MEAN: (),
    Statistic.GEOMETRIC_MEAN: (),
    Statistic.SLOPE: ("of",),
    Statistic.DIFFERENCE: ("versus",),
    Statistic.RATIO: ("versus",),
    Statistic.ODDS: ("versus",),
    Statistic.SHARE: (),
    Statistic.CORRELATION: ("of",),
    Statistic.RANK_CORRELATION: ("of",),
    Statistic.DETERMINATION: ("of",),
}
COUNTED = (Statistic.ODDS, Statistic.SHARE)  # of the men beyond a bound
FORMS = ("kind", "among", "parts")

Tolerance = Annotated[float, Within(math.ulp(0.0), 1.0)]
Level = Annotated[str, OneOf(lambda: [*ANALYTES, *TRAITS], "level")]
Row = Annotated[int, Within(2, 100_000), Field(description="Line of the evidence table; its head is line 1.")]
Share = Annotated[float, Within(math.ulp(0.0), math.inf)]


def _pair(value: object) -> tuple[object, ...]:
    """Return mean and standard deviation."""
    if not isinstance(value, list) or len(value) != 2:
        raise refusal(f"got {value!r}; expected mean and standard deviation. Write [mean, sd].")
    return tuple(value)


MeanSpread = Annotated[tuple[float, float], BeforeValidator(_pair), Field(description="Mean and standard deviation.")]


class TolerancesTable(FileModel):
    """How far ours may be from a published value, by statistic or by a name that values give."""

    table = "tolerances"
    relative: dict[str, Tolerance]
    absolute: Annotated[dict[str, Tolerance], Field(description="In the unit of the value.")]


class GroupTable(FileModel):
    """Whom a value needs: a kind of men, those of another group within a range, or groups by weight."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [form]} for form in FORMS]})
    table = "a group of men"
    kind: Annotated[str, OneOf(tuple(KINDS), "kind of men")] = ""
    age: Annotated[tuple[float, float], Interval(*AGES)] | None = None
    bmi: Annotated[tuple[float, float], Interval(*BMIS)] | None = None
    age_like: MeanSpread | None = None
    bmi_like: MeanSpread | None = None
    among: str = ""
    by: Level = ""
    within: Annotated[tuple[float, float], Interval(0.0, math.inf)] | None = None
    parts: dict[str, Share] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [form for form in FORMS if getattr(self, form)]
        if len(given) != 1:
            came = " and ".join(given) or "neither"
            raise refusal(f"got a group of men with {came}; expected one of {', '.join(FORMS)}. Give one.")
        if (self.among != "") != (self.by != "") or (self.among != "") != (self.within is not None):
            raise refusal("got one of among, by, within without the others; expected all three. Write the missing.")
        if (self.age_like is None) != (self.bmi_like is None):
            raise refusal("got one of age_like and bmi_like; expected both or none. Write the other.")
        return self

    def references(self) -> Iterator[tuple[str, str]]:
        """Yield the key and name of each group that this one is made from."""
        yield from (("among", self.among),) if self.among else ()
        yield from (("parts", part) for part in self.parts)


class ReferenceValue(FileModel):
    """A published value, and the statistic of virtual men that stands beside it."""

    table = "a value"
    row: Row
    also: Annotated[Row, Field(description="Another row that the value is worked out from.")] | None = None
    study: str
    source: Annotated[str, Read(lambda line: line if read_sources(line) else "")]
    what: str
    men: Annotated[str, Field(description="A group of [men].")]
    versus: Annotated[str, Field(description="The group it is compared with.")] = ""
    analyte: Level
    of: Level = ""
    unit: str
    statistic: Annotated[Statistic, OneOf(Statistic, "statistic")]
    published: float
    interval: Annotated[tuple[float, float], Interval(-math.inf, math.inf)] | None = None
    at: Annotated[float, Within(0.0, 100.0), Field(description="Of a percentile [%].")] = 50.0
    below: float | None = None
    above: float | None = None
    tolerance: Annotated[str, Field(description="A name of [tolerances.relative]; the statistic otherwise.")] = ""

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        for key in ("at", "of", "versus"):
            needed, given = key in NEEDS[self.statistic], key in self.model_fields_set
            if needed and not given:
                raise refusal(f"got a {self.statistic} without {key!r}; expected it. Add {key} = ...")
            if given and not needed:
                raise refusal(f"got {key!r} of a {self.statistic}; expected none. Remove it.", key)
        bounds = len({"below", "above"} & self.model_fields_set)
        if bounds != (self.statistic in COUNTED):
            wanted = "below or above" if self.statistic in COUNTED else "neither below nor above"
            raise refusal(f"got a {self.statistic} with {bounds} bounds; expected {wanted}. Correct the value.")
        return self


class UnusedRow(FileModel):
    """A row of the evidence table that no check of a population can use."""

    table = "an unused row"
    row: Row
    study_id: str
    analyte: str
    reason: str


class ReferenceFile(FileModel):
    """Reference physiology."""

    table = "reference physiology"
    tolerances: TolerancesTable
    men: dict[str, GroupTable]
    value: list[ReferenceValue]
    unused: list[UnusedRow] = Field(default_factory=list)

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        for name, group in self.men.items():
            for key, other in group.references():
                self._check_member(other, self.men, "men", name, key)
        for place, entry in enumerate(self.value):
            for key in ("men", "versus"):
                if getattr(entry, key):
                    self._check_member(getattr(entry, key), self.men, "value", place, key)
            if entry.statistic not in self.tolerances.absolute:
                word, key = entry.tolerance or entry.statistic, "tolerance" if entry.tolerance else "statistic"
                self._check_member(word, self.tolerances.relative, "value", place, key)
        return self

    @staticmethod
    def _check_member(word: str, listed: dict[str, Any], *where: str | int) -> None:
        if word not in listed:
            raise refusal(f"got {where[-1]} {word!r}; expected one of {', '.join(listed)}. Choose one.", *where)


class UnusedTable(FileModel):
    """Rows of one arm in a published table that no study file uses."""

    table = "unused rows"
    study: str
    arm: str
    analyte: str
    rows: Annotated[int, Within(1, 10_000)]
    reason: str


class UnusedFile(FileModel):
    """What no study file uses, and why."""

    table = "unused rows"
    unused: list[UnusedTable]


@lru_cache(maxsize=1)
def reference() -> ReferenceFile:
    """Return the reference physiology of this version."""
    return read_reference(FILE)


def read_reference(path: Path | str) -> ReferenceFile:
    """Return the reference physiology of a file.

    Raises
    ------
    BadStudy
        When something of it cannot be used; the message names the line.
    """
    return validate_file(ReferenceFile, Tables(path, BadStudy, "reference physiology"))


def read_unused_rows(path: Path | str) -> UnusedFile:
    """Return the list of a file of unused rows; what is refused as for `read_reference`."""
    return validate_file(UnusedFile, Tables(path, BadStudy, "unused rows"))
