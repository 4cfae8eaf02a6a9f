"""A virtual trial: who is enrolled, what each arm gets, when it is visited, and how men really behave.

::

    name = "anastrozole_secondary"       n = 200          months = 12       seed = 1
    enrolled_by = "anastrozole"          region = ""      kind = "secondary"
    age = [25, 45]                       bmi = [24, 40]
    [visits]      turnaround = 5   jitter = 3   missed = 0.05   missing = 0.02
    [adherence]   taken = 0.95     dropout = 0.01           (per month)
    [couple]      partner_age = [25, 40]     months_trying = [12, 36]
    screen = "trial"                     (or "arm": each arm's own protocol must call a man a candidate too)
    design = "paired"                    (or "parallel": drawn by lot, in blocks within strata)
    [[stratum]]   of = "bmi"             cuts = [35]       unit = "kg/m2"
    [[subgroup]]  of = "testosterone"    cuts = [264]      unit = "ng/dL"
    [primary]     of = "in_band"         month = 6         control = "no treatment"
    [[arm]]       name = "titrated"      protocol = "anastrozole"                  allocation = 2
    [[arm]]       name = "1 mg daily"    regimen = "anastrozole 1 mg daily"
    [[arm]]       name = "no treatment"  regimen = ""

In the paired design every man is in every arm (common random numbers): the same body, the same noise, the same missed
doses. It compares a man with himself, which no real trial can; the parallel design draws one arm for each man.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from leydig import checks
from leydig.characters import hidden_character
from leydig.errors import BadTrial, UnknownName
from leydig.man.limits import AGES, BMIS
from leydig.text_enum import TextEnum
from leydig.trial.design.primary import Primary
from leydig.trial.design.strata import Strata
from leydig.units import DAYS_PER_MONTH

__all__ = ["LONGEST", "NUMBERS", "PAIRS", "WHOLE", "Design", "Screen", "Trial", "TrialArm", "month_day", "one_line",
           "plain_name", "visit_days"]  # fmt: skip

CYCLE = 28  # [d] length of a cycle
MONTHS = (0, 1, 3, 6, 9, *range(12, 121, 6))  # that are reported
LONGEST = 3653  # [d]
WHOLE = {"n": (1, 10_000_000), "days": (14, LONGEST), "seed": (0, checks.HIGHEST_SEED), "turnaround": (0, 28),
         "jitter": (0, 28), "draw": (0, 100_000),
         "uncertainty": (0, 1000)}  # fmt: skip
NUMBERS = {"missed": (0.0, 1.0), "missing": (0.0, 1.0), "taken": (0.0, 1.0), "dropout": (0.0, 1.0)}
PAIRS = {"age": AGES, "bmi": BMIS, "partner_age": (18.0, 55.0), "months_trying": (0.0, 240.0)}
_NAME = re.compile(r"\w[\w .,+()%-]{0,59}")


class Screen(TextEnum):
    """Whose criteria a man must meet before an arm treats him."""

    TRIAL = "trial"
    ARM = "arm"


class Design(TextEnum):
    """Every man in every arm, or one arm drawn for each man."""

    PAIRED = "paired"
    PARALLEL = "parallel"


@dataclass(frozen=True)
class TrialArm:
    """One arm: a protocol that titrates, or a fixed regimen (``""`` for nothing).

    Attributes
    ----------
    name, protocol, regimen : str
    allocation : int
        Its part of the men in a parallel design, such as 2 for two to one.

    Raises
    ------
    BadTrial
        When its name is none that a table and a file can carry.
    """

    name: str
    protocol: str = ""
    regimen: str = ""
    allocation: int = 1

    def __post_init__(self) -> None:
        plain_name("name", self.name)
        checks.whole_number(self.allocation, "allocation", (1, 10), error=BadTrial)


@dataclass(frozen=True)
class Trial:
    """A virtual trial.

    Attributes
    ----------
    name, title : str
    n : int
        Men enrolled.
    days : int
        Length of follow-up [d].
    seed : int
    start : datetime.date
        First day of treatment of everybody.
    enrolled_by, region : str
        The protocol whose criteria enroll, and the region that holds for it and for every arm.
    kind : str
        Kind of virtual men who are screened.
    age, bmi : (float, float)
    turnaround, jitter : int
        Days until results are there; days by which a visit comes early or late.
    missed, missing : float
        Chance that a visit is missed, and that a result of a visit is.
    fixed : tuple of int
        Visit days of arms on a fixed regimen.
    taken, dropout : float
        Chance that a day's doses are taken; share of men who leave per month.
    partner_age, months_trying : (float, float)
        Of the couples, and how long they have tried before; drawn evenly between the two.
    screen : Screen
        Who an arm's protocol treats: everybody whom the trial enrolls and its own exclusions, alarms and needs
        allow, or those alone who meet its own indications too.
    design : Design
        Every man in every arm, or one arm drawn for each man.
    primary : Primary
        The endpoint by which arms are compared.
    strata, subgroups : tuple of Strata
        Within which men are drawn, and within which the endpoint is told apart.
    draw : int
        The posterior draw of the calibration under which the men live, counted from 1; 0 for the declared values.
    uncertainty : int
        Posterior draws under which the trial is repeated (`leydig.trial.replicates`); 0 for the declared values alone.
    arms : tuple of Arm

    Raises
    ------
    BadTrial
        When a number is impossible, whoever gives it, or the arms share a name.
    """

    name: str
    title: str
    n: int
    days: int
    arms: tuple[TrialArm, ...]
    seed: int = 1
    start: dt.date = dt.date(2026, 1, 5)
    enrolled_by: str = "anastrozole"
    region: str = ""
    kind: str = "secondary"
    age: tuple[float, float] = (25.0, 45.0)
    bmi: tuple[float, float] = (24.0, 40.0)
    turnaround: int = 5
    jitter: int = 3
    missed: float = 0.05
    missing: float = 0.02
    fixed: tuple[int, ...] = (28, 90, 180, 270, 365)
    taken: float = 0.95
    dropout: float = 0.01
    partner_age: tuple[float, float] = (25.0, 40.0)
    months_trying: tuple[float, float] = (12.0, 36.0)
    screen: Screen | str = Screen.TRIAL
    design: Design | str = Design.PAIRED
    primary: Primary = field(default_factory=Primary)
    strata: tuple[Strata, ...] = ()
    subgroups: tuple[Strata, ...] = ()
    draw: int = 0
    uncertainty: int = 0

    def __post_init__(self) -> None:
        for key in ("name", "title", "start", *WHOLE, *NUMBERS, *PAIRS, "fixed", "screen", "design"):
            object.__setattr__(self, key, _value(key, getattr(self, key)))
        names = [arm.name for arm in self.arms]
        if not names or len(set(names)) < len(names):
            raise BadTrial(f"got arms {', '.join(names) or 'none'}; expected at least one, each with its own name. "
                           "Rename or add one.")  # fmt: skip
        if self.design == Design.PARALLEL and len(names) < 2:
            raise BadTrial('got one arm in design "parallel"; expected two or more. Add an arm, or drop the design.')
        if self.strata and self.design == Design.PAIRED:
            raise BadTrial('got strata in design "paired", where every man is in every arm; expected none. Write '
                           'design = "parallel", or name them as [[subgroup]].')  # fmt: skip
        if self.primary.control and self.primary.control not in names:
            raise BadTrial(str(UnknownName.among("arm as control", self.primary.control, names)))
        if self.primary.month is not None and month_day(self.primary.month) > self.days:
            raise BadTrial(f"got month {self.primary.month} of the primary endpoint in a trial of {self.days} days; "
                           "expected one that it reaches. Make the trial longer, or read earlier.")  # fmt: skip

    @cached_property
    def months(self) -> tuple[int, ...]:
        """Months that are reported: the usual ones, the last whole month, and that of the primary endpoint."""
        whole = [month for month in range(LONGEST // 30) if month_day(month) <= self.days]
        return tuple(sorted({*(month for month in MONTHS if month <= whole[-1]), whole[-1], self.primary.month or 0}))

    @cached_property
    def grid(self) -> tuple[int, ...]:
        """Days whose levels are kept: those of every cycle and every reported month."""
        return tuple(sorted({*range(0, self.days + 1, CYCLE), *map(month_day, self.months)}))

    @cached_property
    def cycles(self) -> tuple[int, ...]:
        """Places in `grid` of the first days of cycles."""
        return tuple(self.grid.index(day) for day in range(0, self.days + 1, CYCLE))

    @property
    def endpoint_month(self) -> int:
        """Month of the primary endpoint."""
        return self.months[-1] if self.primary.month is None else self.primary.month

    @property
    def control(self) -> str:
        """Name of the arm with which the others are compared."""
        return self.primary.control or self.arms[-1].name

    def grid_index(self, month: int) -> int:
        """Return the place in `grid` of a reported month."""
        return self.grid.index(month_day(month))

    def date(self, day: int) -> dt.date:
        """Return the date of a day."""
        return self.start + dt.timedelta(day)


def month_day(month: int) -> int:
    """Return the day on which a month is over."""
    return round(month * DAYS_PER_MONTH)


def _value(key: str, value: object) -> object:
    """Return what a key of a trial holds, refusing what no trial has."""
    if key in WHOLE:
        return checks.whole_number(value, key, WHOLE[key], error=BadTrial)
    if key in NUMBERS:
        return checks.number(value, key, NUMBERS[key], error=BadTrial)
    if key in PAIRS:
        return checks.interval(value, key, PAIRS[key], error=BadTrial)
    if key == "start":
        return checks.date(value, key, error=BadTrial)
    if key == "fixed":
        return visit_days(value)
    if key in ("screen", "design"):
        kinds: type[TextEnum] = Screen if key == "screen" else Design
        return kinds(checks.option(value, key, list(kinds), error=BadTrial))
    return plain_name(key, value) if key == "name" else one_line(key, value)


def visit_days(value: object) -> tuple[int, ...]:
    """Return the days of visits, which ascend."""
    if not isinstance(value, Iterable):
        raise BadTrial(f"got fixed {checks.text_of(value)}; expected days of visits. Write them as (28, 90).")
    days = tuple(checks.whole_number(day, "a day of fixed", (1, LONGEST), error=BadTrial) for day in value)
    if list(days) != sorted(set(days)):
        raise BadTrial(f"got fixed {list(days)}; expected ascending days. Sort them, and keep each once.")
    return days


def plain_name(key: str, value: object) -> str:
    """Return a name that tables, figures and files can carry as it is."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise BadTrial(
            f"got {key} {checks.text_of(value)}; expected at most 60 letters, digits, spaces and . , + - ( ) %, "
            "beginning with a letter or digit. It names columns and files."
        )
    return value


def one_line(key: str, value: object) -> str:
    """Return a text that a table can carry as it is."""
    if not isinstance(value, str) or hidden_character(value) or len(value) > 200:
        raise BadTrial(f"got {key} {checks.text_of(value)}; expected one line of at most 200 characters. "
                       "Shorten it, without hidden characters.")  # fmt: skip
    return value
