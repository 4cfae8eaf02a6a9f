"""Tables of a study file with a mean or median: its spread between men, however a paper prints it.

Papers print a standard deviation, or what one follows from. Levels are log-normal, shares of sperm normal::

    sd     standard deviation                     s = sd
    sem    standard error of n men                s = sem·√n
    ci     95 % confidence interval of a mean     s = (b − a)/(2·t)·√n        t: 97.5 % of Student's t
    iqr    first and third quartile               σ = ln(b/a)/(2·0.6745)
    range  least and most of n men                σ = ln(b/a)/(2·m)           m: expected most of n normal numbers
           s = value·√(e^(σ²) − 1); where a is 0 the half above the value counts twice
"""

import math
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from scipy.special import ndtri, stdtrit

from leydig.analytes import ANALYTES
from leydig.evidence.study import PublishedValue
from leydig.file_model import FileModel, Within, refusal, refuse_at
from leydig.man.limits import AGES, BMIS
from leydig.man.man import SHARES

__all__ = ["AgeTable", "BmiTable", "LevelTable", "SpreadTable", "ValueTable"]

SPREADS = ("sd", "sem", "iqr", "ci", "range")
OF_N = ("sem", "ci", "range")  # from which nothing follows without the number of men
WIDEST = 5.0  # times its value: a spread that is wider was given in another unit
Spread = Annotated[float, Within(0.0, math.inf), Field(description="Of the men; one of sd, sem, iqr, ci, range.")]
Ends = Annotated[
    list[float],
    Field(description="Two numbers, the lower first.", json_schema_extra={"minItems": 2, "maxItems": 2}),
]


class SpreadTable(FileModel):
    """A mean or median with its spread between men."""

    mean: float | None = None
    median: float | None = None
    sd: Spread | None = None
    sem: Spread | None = None
    iqr: Ends | None = None
    ci: Ends | None = None
    extremes: Annotated[Ends | None, Field(alias="range")] = None
    unit: str = ""

    @model_validator(mode="after")
    def _check_spread(self) -> Self:
        written = self.written_spreads
        if len(written) > 1:
            came, asked = " and ".join(written), ", ".join(SPREADS)
            raise refusal(f"got {came}; expected one of {asked}. Leave one out.", list(written)[1])
        for key, given in written.items():
            if isinstance(given, list):
                self._check_ends(key, given)
            elif key == "sd" and self.central is not None and given > WIDEST * abs(self.central) > 0.0:
                raise refusal(f"got sd {given:g} of {self.central:g}; expected at most {WIDEST:g} times as much. "
                              "Give both in one unit.", key)  # fmt: skip
        return self

    def _check_ends(self, key: str, ends: list[float]) -> None:
        """Refuse what is no interval, and an interval that a median, or a mean's confidence, cannot have."""
        value = self.central
        if len(ends) != 2 or not 0.0 <= ends[0] < ends[1]:
            raise refusal(f"got {key} {ends}; expected two numbers, the lower first. Write {key} = [1.5, 2.5].", key)
        if value is None:
            raise refusal(f"got {key} without a mean or median; expected one of the two. Give it, or sd.", key)
        outside = not ends[0] <= value <= ends[1]
        if outside and (self.mean is None or key != "iqr"):
            raise refusal(f"got {key} {ends[0]:g} to {ends[1]:g} of {value:g}; expected the value inside. "
                          "Give both in one unit.", key)  # fmt: skip

    @property
    def written_spreads(self) -> dict[str, float | list[float]]:
        """The spreads that are given, by their keys."""
        every = (self.sd, self.sem, self.iqr, self.ci, self.extremes)
        return {key: given for key, given in zip(SPREADS, every, strict=True) if given is not None}

    @property
    def central(self) -> float | None:
        """What the spread is about."""
        return self.mean if self.median is None else self.median

    @property
    def needs_n(self) -> str:
        """The spread that says nothing without the number of men; empty where there is none."""
        return next((key for key in self.written_spreads if key in OF_N), "")

    def spread(self, n: int | None, analyte: str = "") -> float | None:
        """Return the standard deviation between `n` men, in `unit`.

        Parameters
        ----------
        n : int or None
        analyte : str, optional
            What it is of: shares of sperm are no log-normal levels.
        """
        if self.sem is not None:
            return self.sem * math.sqrt(n or 1)
        if self.ci is not None:
            count = max(n or 2, 2)
            return (self.ci[1] - self.ci[0]) / (2.0 * float(stdtrit(count - 1, 0.975))) * math.sqrt(count)
        ends, value = self.iqr or self.extremes, self.central
        if ends is None or value is None:
            return self.sd
        reach = float(ndtri(0.75)) if self.iqr else _expected_most(n or 2)
        if analyte in SHARES:
            return (ends[1] - ends[0]) / (2.0 * reach)
        low = ends[0] if ends[0] > 0.0 else value**2 / ends[1]
        return value * math.sqrt(math.expm1((math.log(ends[1] / low) / (2.0 * reach)) ** 2))


def _expected_most(n: int) -> float:
    """Return the expected largest of n standard normal numbers (Blom 1958, textbook: within 1 %)."""
    return float(ndtri((max(n, 2) - 0.375) / (max(n, 2) + 0.25)))


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

    @property
    def value(self) -> float:
        """The mean or median."""
        value = self.central
        assert value is not None  # one was given
        return float(value)

    def published_value(self, n: int | None, analyte: str = "") -> PublishedValue:
        """Return the value of `n` men."""
        return PublishedValue(self.value, self.unit, self.spread(n, analyte), self.mean is None)


class LevelTable(ValueTable):
    """A baseline level."""

    table = "a level"
    unit: str

    def check_range(self, analyte: str) -> None:
        """Refuse a level in a unit of something else, or that no man has."""
        refuse_at(
            lambda: ANALYTES[analyte].parse(f"{self.value!r} {self.unit}"),
            "baseline", analyte, lead=f"baseline.{analyte}: ",
        )  # fmt: skip


class AgeTable(ValueTable):
    """The age of the men of an arm [year]."""

    table = "an age"

    @model_validator(mode="after")
    def _check_age(self) -> Self:
        _check_men(self, "age", AGES, ("", "year", "years"))
        return self


class BmiTable(ValueTable):
    """The BMI of the men of an arm [kg/m2]."""

    table = "a BMI"

    @model_validator(mode="after")
    def _check_bmi(self) -> Self:
        _check_men(self, "BMI", BMIS, ("", "kg/m2"))
        return self


def _check_men(table: ValueTable, what: str, limits: tuple[float, float], units: tuple[str, ...]) -> None:
    """Refuse another unit, and a value that no virtual man has."""
    if table.unit not in units:
        raise refusal(f"got {what} in {table.unit!r}; expected {units[1]}. Leave the unit out.", "unit")
    if not limits[0] <= table.value <= limits[1]:
        raise refusal(f"got {what} {table.value:g}; expected {limits[0]:g} to {limits[1]:g} {units[1]}. "
                      "Check the value: there are no other virtual men.",
                      "median" if table.mean is None else "mean")  # fmt: skip
