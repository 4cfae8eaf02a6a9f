"""A published study as data: its arms, the men in them, and what was observed.

A study has a ``role``: ``calibration`` studies may be fitted to, ``held-out`` studies touch no fit and
are the source of no parameter. `leydig.evidence.study_file` reads one from a TOML file.
"""

from dataclasses import dataclass, field

import numpy as np

from leydig.analytes import ANALYTES, of_specimen
from leydig.regimen import Regimen
from leydig.source import Source
from leydig.text_enum import TextEnum

__all__ = [
    "ENROLLING_TRAITS",
    "LARGEST_ARM",
    "SEMEN",
    "SHARES_OF_MEN",
    "UNKNOWN_MEN",
    "Arm",
    "Assay",
    "Criterion",
    "Form",
    "Observation",
    "PublishedValue",
    "Role",
    "Study",
    "Titration",
]

NOT_BY_COUNT = ("normal men", "gonadotropin-deficient men")  # designs whose men no count of sperm has enrolled
SEMEN = of_specimen("semen")


class Role(TextEnum):
    """What a study may be used for: fitted to, or held against what was fitted without it."""

    CALIBRATION = "calibration"
    HELD_OUT = "held-out"


class Assay(TextEnum):
    """How hormones were measured, where it matters (`Study`)."""

    USUAL = ""
    RADIOIMMUNOASSAY = "radioimmunoassay"
    SPECIFIC_ESTRADIOL = "specific estradiol"


class Form(TextEnum):
    """What a published value is."""

    MEAN = "mean"
    MEDIAN = "median"
    RATIO = "ratio"
    CHANGE_PERCENT = "change_percent"
    FRACTION = "fraction"
    REACHED = "reached"


SHARES_OF_MEN = (Form.FRACTION, Form.REACHED)
UNKNOWN_MEN = 10  # where a study does not give n
LARGEST_ARM = 1_000_000  # men
ENROLLING_TRAITS = {"age": ("year", "years"), "bmi": ("kg/m2",)}  # what may enroll beside laboratory values, its units


@dataclass(frozen=True)
class PublishedValue:
    """A published mean or median with its spread, in one unit.

    Attributes
    ----------
    value : float
    unit : str
        Empty for a pure number.
    sd : float or None
        Standard deviation between men, in `unit`; a published standard error of n men is turned into it.
    median : bool
        Whether `value` is a median.
    """

    value: float
    unit: str
    sd: float | None = None
    median: bool = False

    def internal_value(self, analyte: str) -> float:
        """Return `value` in the inside unit of the analyte that it is of."""
        return self.value / ANALYTES[analyte].factor_to(self.unit)

    def to(self, unit: str, analyte: str) -> float:
        """Return `value` in another unit of the analyte that it is of."""
        return self.internal_value(analyte) * ANALYTES[analyte].factor_to(unit)


@dataclass(frozen=True)
class Criterion:
    """A bound on a measured value: what a man had to have to be enrolled, or to be counted.

    Attributes
    ----------
    below, above : float or None
        In `unit`.
    unit : str
    """

    below: float | None
    above: float | None
    unit: str


@dataclass(frozen=True)
class Observation:
    """One published value.

    Attributes
    ----------
    analyte : str
        Catalogue name, or ``pregnancy``.
    week : float
        Weeks since the start.
    form : Form
        A fraction counts the men who have such a value in this week; reached, those who have had one by then.
    value : float
        In `unit` for a mean or median; a ratio, percent or share of men else.
    unit : str
        Empty unless a level is meant.
    sd : float or None
        Between men, as `value`; a published standard error is turned into it.
    counted : Criterion or None
        Whom a share counts.
    control : str
        The arm of the same study with which it is compared; empty when that is its own baseline.
    every, first : float
        Of what was reached: weeks between samples, and the first week that counts.
    """

    analyte: str
    week: float
    form: Form
    value: float
    unit: str = ""
    sd: float | None = None
    counted: Criterion | None = None
    control: str = ""
    every: float = 0.0
    first: float = 0.0

    @property
    def visits(self) -> tuple[float, ...]:
        """The weeks of the samples that count, ascending: this one and, of what was reached, those before it.

        Notes
        -----
        They are counted back from this week: the time at which a cohort has reached something is the day of a sample.
        """
        if self.form != Form.REACHED:
            return (self.week,)
        before = np.floor((self.week - self.first) / self.every + 1e-9)
        return tuple((self.week - self.every * np.arange(before, -1.0, -1.0)).tolist())

    @property
    def is_share(self) -> bool:
        """Whether it is a share of the men."""
        return self.form in SHARES_OF_MEN

    @property
    def is_level(self) -> bool:
        """Whether it is a mean or a median."""
        return self.form in (Form.MEAN, Form.MEDIAN)

    @property
    def internal_value(self) -> float:
        """`value` of a level in the inside unit of its analyte."""
        return self.value / ANALYTES[self.analyte].factor_to(self.unit)

    @property
    def ratio(self) -> float | None:
        """A published ratio, or the ratio that a change in percent is; None of another form."""
        if self.form == Form.CHANGE_PERCENT:
            return 1.0 + self.value / 100.0
        return self.value if self.form == Form.RATIO else None

    @property
    def shown_form(self) -> Form:
        """The form in which it is compared: a change in percent is shown as a ratio."""
        return self.form if self.ratio is None else Form.RATIO


@dataclass(frozen=True)
class Titration:
    """How the dose of each man of an arm followed what was measured in him.

    Attributes
    ----------
    analyte : str
    below : float
        Whoever reads less at a visit goes one rung up [inside unit].
    every : float
        Weeks between visits; the first is as long after the start.
    rungs : tuple of Regimen
        What is given in place of the arm's regimen after one step up, after two, and so on.
    """

    analyte: str
    below: float
    every: float
    rungs: tuple[Regimen, ...]


@dataclass(frozen=True)
class Arm:
    """Men, regimen, baseline and observations of one arm.

    Attributes
    ----------
    name, men : str
        Name, and who the men were, in words.
    kind : str
        The kind of virtual men (`leydig.man.population`) from whom it is drawn.
    n : int or None
    regimen : Regimen
    age, bmi : PublishedValue or None
        [year], [kg/m2]; None where not seen.
    baseline : dict of str to PublishedValue
    enrolled : dict of str to Criterion
        What a measured value had to be.
    observed : tuple of Observation
    titration : Titration or None
        None where everybody is given the regimen all the time.
    """

    name: str
    men: str
    regimen: Regimen
    kind: str = "healthy"
    n: int | None = None
    age: PublishedValue | None = None
    bmi: PublishedValue | None = None
    baseline: dict[str, PublishedValue] = field(default_factory=dict)
    enrolled: dict[str, Criterion] = field(default_factory=dict)
    observed: tuple[Observation, ...] = ()
    titration: Titration | None = None

    @property
    def size(self) -> int:
        """How many men it has; `UNKNOWN_MEN` where the study does not say."""
        return self.n or UNKNOWN_MEN

    @property
    def drugs(self) -> tuple[str, ...]:
        """Every drug that a man of this arm may be given."""
        rungs = self.titration.rungs if self.titration else ()
        return tuple(dict.fromkeys(drug for given in (self.regimen, *rungs) for drug in given.drugs))


@dataclass(frozen=True)
class Study:
    """A published study.

    Attributes
    ----------
    id, title, design : str
    role : Role
    source : tuple of Source
    arms : tuple of Arm
    assay : Assay
        Where it matters: a radioimmunoassay of LH and FSH of their first decades reads something where there is
        nothing, so its ratios are drawn towards 1; an estradiol assay after extraction, or by mass
        spectrometry, has no background of its own.
    """

    id: str
    title: str
    role: Role
    design: str
    source: tuple[Source, ...]
    arms: tuple[Arm, ...]
    assay: Assay = Assay.USUAL

    @property
    def enrolled_by_count(self) -> bool:
        """Whether a gain in semen is partly regression to the mean: uncontrolled, and a low count chose the men."""
        return "uncontrolled" in self.design and not any(men in self.design for men in NOT_BY_COUNT)

    def comparison_level(self, arm: Arm, one: Observation) -> PublishedValue | None:
        """Return the published level through which a value is compared: the control's in that week, or the baseline.

        Notes
        -----
        Through a baseline of nothing no value is compared.
        """
        if not one.control:
            own = arm.baseline.get(one.analyte)
            return own if own is not None and own.value > 0.0 else None
        others = (other for control in self.arms if control.name == one.control for other in control.observed)
        same = [other for other in others if other.analyte == one.analyte and other.week == one.week]
        level = next((other for other in same if other.is_level), None)
        return None if level is None else PublishedValue(level.value, level.unit, level.sd, level.form == Form.MEDIAN)

    def old_assay(self, analyte: str) -> bool:
        """Return whether this analyte was measured by an old radioimmunoassay that reads a background."""
        return self.assay == Assay.RADIOIMMUNOASSAY and analyte in ("lh", "fsh")

    def specific_assay(self, analyte: str) -> bool:
        """Return whether this analyte was measured without the background of usual estradiol assays."""
        return self.assay == Assay.SPECIFIC_ESTRADIOL and analyte == "estradiol"
