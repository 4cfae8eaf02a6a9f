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
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leydig.care.protocol_file import names, regions
from leydig.errors import BadTrial, LeydigError, UnknownName
from leydig.lines import Tables
from leydig.man.kinds import KINDS
from leydig.regimen import Regimen

__all__ = ["Arm", "Trial", "read_trial", "trial_from"]

MONTH = 30.4375  # [d]
CYCLE = 28  # [d] distance of kept levels, and of cycles
_TOP = {"name": str, "title": str, "n": int, "months": float, "seed": int, "start": dt.date, "enrolled_by": str,
        "region": str, "kind": str, "age": list, "bmi": list, "visits": dict, "adherence": dict, "couple": dict,
        "arm": list}  # fmt: skip
_VISITS = {"turnaround": int, "jitter": int, "missed": float, "missing": float, "fixed": list}
_ADHERENCE: dict[str, type] = {"taken": float, "dropout": float}
_COUPLE = {"partner_age": list, "months_trying": float}
_ARM = {"name": str, "protocol": str, "regimen": str}


@dataclass(frozen=True)
class Arm:
    """One arm: a protocol that titrates, or a fixed regimen (``""`` for nothing)."""

    name: str
    protocol: str = ""
    regimen: str = ""


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

    @property
    def grid(self) -> range:
        """Days whose levels are kept: every 28th from 0."""
        return range(0, self.days + 1, CYCLE)

    def date(self, day: int) -> dt.date:
        """Return the date of a day."""
        return self.start + dt.timedelta(day)


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
        self.checked("a trial", content, _TOP, (), ("name", "n", "months", "arm"))
        parts: dict[str, dict[str, type]] = {"visits": _VISITS, "adherence": _ADHERENCE, "couple": _COUPLE}
        more: dict[str, Any] = {}
        for part, kinds in parts.items():
            self.checked(part, content.get(part, {}), kinds, (part,))
            more |= content.get(part, {})
        for key, low, high in (("n", 1, 10_000_000), ("months", 0.5, 120.0)):
            self._inside((), key, content[key], low, high)
        for part, key in (
            ("visits", "missed"),
            ("visits", "missing"),
            ("adherence", "taken"),
            ("adherence", "dropout"),
        ):
            self._inside((part,), key, more.get(key, 0.0), 0.0, 1.0)
        for key in ("turnaround", "jitter"):
            self._inside(("visits",), key, more.get(key, 0), 0, 28)
        known = {key: content[key] for key in ("title", "seed", "start", "enrolled_by", "region", "kind")
                 if key in content}  # fmt: skip
        self._named(known)
        ranges = (((), "age", content), ((), "bmi", content), (("couple",), "partner_age", more))
        pairs = {key: self._pair(place, key, source[key]) for place, key, source in ranges if key in source}
        fixed = {"fixed": tuple(int(day) for day in more.pop("fixed"))} if "fixed" in more else {}
        more.pop("partner_age", None)
        arms = tuple(self._arm(one, place) for place, one in enumerate(content["arm"]))
        if not arms or len({arm.name for arm in arms}) < len(arms):
            raise self.refused((), "arm", "the trial has no arm, or two of one name. Give each arm its own name.")
        return Trial(
            name=content["name"], n=content["n"], days=round(content["months"] * MONTH), arms=arms,
            **({"title": content["name"]} | known | pairs | fixed | more),
        )  # fmt: skip

    def _inside(self, place: tuple[Any, ...], key: str, value: Any, low: float, high: float) -> None:
        if not low <= value <= high:
            raise self.refused(place, key, f"{key} = {value!r} came. Allowed: {low:g} to {high:g}. Correct it.")

    def _pair(self, place: tuple[Any, ...], key: str, value: Any) -> tuple[float, float]:
        if len(value) != 2 or not all(isinstance(x, (int, float)) for x in value) or not value[0] < value[1]:
            raise self.refused(place, key, f"{key} = {value!r} came. Allowed: [least, most]. Correct it.")
        return float(value[0]), float(value[1])

    def _named(self, known: Mapping[str, Any]) -> None:
        """Refuse names that no catalogue holds."""
        for key, kind, allowed in (("enrolled_by", "protocol", names()), ("kind", "kind of men", list(KINDS)),
                                   ("region", "region", ["", *regions()])):  # fmt: skip
            value = known.get(key)
            if value is not None and value not in allowed and not (key == "enrolled_by" and value.endswith(".toml")):
                raise self.refused((), key, str(UnknownName.among(kind, value, [one for one in allowed if one])))

    def _arm(self, one: Any, number: int) -> Arm:
        place = ("arm", number)
        self.checked("an arm", one, _ARM, place)
        if "name" not in one or ("protocol" in one) == ("regimen" in one):
            raise self.refused(place, "", "an arm needs a name, and either a protocol or a regimen. Correct it.")
        if "protocol" in one and one["protocol"] not in names() and not one["protocol"].endswith(".toml"):
            raise self.refused(place, "protocol", str(UnknownName.among("protocol", one["protocol"], names())))
        try:
            Regimen.written(one.get("regimen", ""))
        except LeydigError as error:
            raise self.refused(place, "regimen", f"regimen: {str(error).splitlines()[0]}") from error
        return Arm(one["name"], one.get("protocol", ""), one.get("regimen", ""))
