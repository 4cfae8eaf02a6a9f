"""A virtual trial: who is enrolled, what each arm gets, when it is visited, and how men really behave.

::

    name = "anastrozole_secondary"       n = 200          months = 12       seed = 1
    enrolled_by = "anastrozole"          region = ""      kind = "secondary"
    age = [25, 45]                       bmi = [24, 40]
    [visits]      turnaround = 5   jitter = 3   missed = 0.05   missing = 0.02
    [adherence]   taken = 0.95     dropout = 0.01           (per month)
    [couple]      partner_age = [25, 40]     months_trying = 24
    [[arm]]       name = "titrated"      protocol = "anastrozole"
    [[arm]]       name = "1 mg daily"    regimen = "anastrozole 1 mg daily"
    [[arm]]       name = "no treatment"  regimen = ""

Every man is in every arm (common random numbers): the same body, the same noise, the same missed doses.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leydig import checks
from leydig.care.protocol_file import names, regions
from leydig.characters import hidden_character
from leydig.errors import BadTrial, LeydigError, UnknownName
from leydig.lines import Tables
from leydig.man.kinds import KINDS
from leydig.man.limits import AGES, BMIS
from leydig.regimen import Regimen
from leydig.units import DAYS_PER_MONTH

__all__ = ["Arm", "Trial", "read_trial", "trial_from"]

CYCLE = 28  # [d] distance of kept levels, and of cycles
_TOP = {"name": str, "title": str, "n": int, "months": float, "days": int, "seed": int, "start": dt.date,
        "enrolled_by": str, "region": str, "kind": str, "age": list, "bmi": list, "visits": dict, "adherence": dict,
        "couple": dict, "arm": list}  # fmt: skip
_VISITS = {"turnaround": int, "jitter": int, "missed": float, "missing": float, "fixed": list}
_ADHERENCE: dict[str, type] = {"taken": float, "dropout": float}
_COUPLE = {"partner_age": list, "months_trying": float}
_ARM = {"name": str, "protocol": str, "regimen": str}
LONGEST = 3653  # [d]
_WHOLE = {"n": (1, 10_000_000), "days": (14, LONGEST), "seed": (0, checks.HIGHEST_SEED), "turnaround": (0, 28),
          "jitter": (0, 28)}  # fmt: skip
_NUMBERS = {"missed": (0.0, 1.0), "missing": (0.0, 1.0), "taken": (0.0, 1.0), "dropout": (0.0, 1.0),
            "months_trying": (0.0, 240.0)}  # fmt: skip
_PAIRS = {"age": AGES, "bmi": BMIS, "partner_age": (18.0, 55.0)}
_NAME = re.compile(r"\w[\w .,+()%-]{0,59}")


@dataclass(frozen=True)
class Arm:
    """One arm: a protocol that titrates, or a fixed regimen (``""`` for nothing).

    Raises
    ------
    BadTrial
        When its name is none that a table and a file can carry.
    """

    name: str
    protocol: str = ""
    regimen: str = ""

    def __post_init__(self) -> None:
        _plain_name("name", self.name)


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
    partner_age : (float, float)
    months_trying : float
        How long couples have tried before.
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
    arms: tuple[Arm, ...]
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
    months_trying: float = 24.0

    def __post_init__(self) -> None:
        for key in ("name", "title", "start", *_WHOLE, *_NUMBERS, *_PAIRS, "fixed"):
            object.__setattr__(self, key, _value(key, getattr(self, key)))
        names = [arm.name for arm in self.arms]
        if not names or len(set(names)) < len(names):
            raise BadTrial(f"got arms {', '.join(names) or 'none'}; expected at least one, each with its own name.")

    @property
    def grid(self) -> range:
        """Days whose levels are kept: every 28th from 0."""
        return range(0, self.days + 1, CYCLE)

    def date(self, day: int) -> dt.date:
        """Return the date of a day."""
        return self.start + dt.timedelta(day)


def _value(key: str, value: Any) -> Any:
    """Return what a key of a trial holds, refusing what no trial has."""
    if key in _WHOLE:
        return checks.whole(value, key, _WHOLE[key], error=BadTrial)
    if key in _NUMBERS:
        return checks.number(value, key, _NUMBERS[key], error=BadTrial)
    if key in _PAIRS:
        return checks.interval(value, key, _PAIRS[key], error=BadTrial)
    if key == "start":
        return checks.date(value, key, error=BadTrial)
    if key == "fixed":
        return _visit_days(value)
    return _plain_name(key, value) if key == "name" else _line(key, value)


def _visit_days(value: Any) -> tuple[int, ...]:
    """Return the days of visits, which ascend."""
    days = tuple(checks.whole(day, "a day of fixed", (1, LONGEST), error=BadTrial) for day in value)
    if list(days) != sorted(set(days)):
        raise BadTrial(f"got fixed {list(days)}; expected ascending days. Sort them, and keep each once.")
    return days


def _plain_name(key: str, value: str) -> str:
    """Return a name that tables, figures and files can carry as it is."""
    if not _NAME.fullmatch(value):
        raise BadTrial(
            f"got {key} {value[:60]!r}; expected at most 60 letters, digits, spaces and . , + - ( ) %, beginning "
            "with a letter or digit. It names columns and files."
        )
    return value


def _line(key: str, value: str) -> str:
    if hidden_character(value) or len(value) > 200:
        raise BadTrial(f"got {key} {value[:60]!r}; expected one line of at most 200 characters that can be seen.")
    return value


def read_trial(path: Path | str) -> Trial:
    """Read a trial file.

    Raises
    ------
    BadTrial
        When it cannot be used; the message names the key and the line.
    """
    return _Reading(path).trial()


def trial_from(content: Mapping[str, Any], path: str = "the trial") -> Trial:
    """Return the trial of a mapping as `read_trial` reads it; raises the same."""
    return _Reading(path, content).trial()


class _Reading(Tables):
    """A trial file while it is read."""

    def __init__(self, path: Path | str, content: Mapping[str, Any] | None = None) -> None:
        super().__init__(path, BadTrial, "a trial", content)

    def trial(self) -> Trial:
        """Return the trial."""
        content = self.content
        self.checked("a trial", content, _TOP, (), ("name", "n", "arm"))
        if ("months" in content) == ("days" in content):
            raise self.refused(
                (), "months", "got months and days, or neither; expected one of the two. Write months = 12."
            )
        known = {key: self._checked((), key, value) for key, value in content.items()
                 if key in ("name", "title", "start", "n", "seed", "age", "bmi", "days")}  # fmt: skip
        for part, kinds in (("visits", _VISITS), ("adherence", _ADHERENCE), ("couple", _COUPLE)):
            self.checked(part, content.get(part, {}), kinds, (part,))
            known |= {key: self._checked((part,), key, value) for key, value in content.get(part, {}).items()}
        self._named(content)
        known |= {key: content[key] for key in ("enrolled_by", "region", "kind") if key in content}
        arms = tuple(self._arm(one, place) for place, one in enumerate(content["arm"]))
        if not arms or len({arm.name for arm in arms}) < len(arms):
            raise self.refused((), "arm", "got no arm, or two of one name; expected arms, each with its own name.")
        return Trial(**({"title": content["name"], "days": self._days()} | known), arms=arms)

    def _days(self) -> int:
        """Return the length of follow-up."""
        if "days" in self.content:
            return int(self.content["days"])
        months = self.content["months"]
        try:
            return round(
                checks.number(months, "months", (0.5, LONGEST / DAYS_PER_MONTH), error=BadTrial) * DAYS_PER_MONTH
            )
        except BadTrial as error:
            raise self.refused((), "months", str(error)) from error

    def _checked(self, place: tuple[Any, ...], key: str, value: Any) -> Any:
        """Return a value that a trial may have; what it refuses is named with its line."""
        try:
            return _value(key, value)
        except BadTrial as error:
            raise self.refused(place, key, str(error)) from error

    def _named(self, known: Mapping[str, Any]) -> None:
        """Refuse names that no catalogue holds."""
        for key, kind, allowed in (("enrolled_by", "protocol", names()), ("kind", "kind of men", list(KINDS)),
                                   ("region", "region", ["", *regions()])):  # fmt: skip
            value = known.get(key)
            if value is not None and value not in allowed and not (key == "enrolled_by" and value.endswith(".toml")):
                raise self.refused((), key, str(UnknownName.among(kind, value, [one for one in allowed if one])))

    def _arm(self, one: Any, number: int) -> Arm:
        place = ("arm", number)
        if not isinstance(one, Mapping):
            raise self.refused((), "arm", f"got arm {one!r}; expected a table. Write [[arm]].")
        self.checked("an arm", one, _ARM, place)
        if "name" not in one or ("protocol" in one) == ("regimen" in one):
            raise self.refused(
                place, "", "got an arm without them; expected a name, and either a protocol or a regimen."
            )
        if "protocol" in one and one["protocol"] not in names() and not one["protocol"].endswith(".toml"):
            raise self.refused(place, "protocol", str(UnknownName.among("protocol", one["protocol"], names())))
        try:
            Regimen.written(one.get("regimen", ""))
        except LeydigError as error:
            raise self.refused(place, "regimen", f"regimen: {str(error).splitlines()[0]}") from error
        self._checked(place, "name", one["name"])
        return Arm(one["name"], one.get("protocol", ""), one.get("regimen", ""))
