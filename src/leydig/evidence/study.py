"""A published study as data: one TOML file, its arms, and what was observed in them.

A study has a ``role``: ``calibration`` studies may be fitted to, ``held-out`` studies touch no fit and
are the source of no parameter. An observation is a level (``mean`` with ``unit``), a ``ratio`` to the
arm's own baseline, or a ``change_percent`` of it.
"""

import tomllib
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leydig.analytes import ANALYTES
from leydig.errors import BadStudy, LeydigError, LeydigWarning, UnknownName
from leydig.man.man import MEASURABLE
from leydig.regimen import Regimen
from leydig.source import Source, read_sources

__all__ = ["Arm", "Observation", "Study", "load", "studies"]

FOLDER = Path(__file__).with_name("studies")
ROLES = ("calibration", "held-out")
_STUDY_KEYS = {"id", "title", "source", "role", "design", "arm"}
_ARM_KEYS = {"name", "n", "men", "regimen", "age", "bmi", "baseline", "observed"}
_OBSERVED_KEYS = {"analyte", "week", "mean", "ratio", "change_percent", "sd", "sem", "unit"}
_FORMS = ("mean", "ratio", "change_percent")


@dataclass(frozen=True)
class Observation:
    """One published figure.

    Attributes
    ----------
    analyte : str
        Catalogue name.
    week : float
        Weeks since the start.
    form : {"mean", "ratio", "change_percent"}
    value : float
        In `unit` for a mean.
    unit : str
        Empty unless a mean.
    """

    analyte: str
    week: float
    form: str
    value: float
    unit: str = ""


@dataclass(frozen=True)
class Arm:
    """Men, regimen, baseline and observations of one arm.

    Attributes
    ----------
    name, men : str
    regimen : Regimen
    age, bmi : float or None
        Means [years, kg/m2]; None where not seen.
    n : int or None
    baseline : dict of str to str
        Mean baseline levels as text with units.
    observed : tuple of Observation
    """

    name: str
    men: str
    regimen: Regimen
    age: float | None
    bmi: float | None
    n: int | None
    baseline: dict[str, str] = field(default_factory=dict)
    observed: tuple[Observation, ...] = ()


@dataclass(frozen=True)
class Study:
    """A published study.

    Attributes
    ----------
    id, title, role, design : str
    source : tuple of Source
    arms : tuple of Arm
    """

    id: str
    title: str
    role: str
    design: str
    source: tuple[Source, ...]
    arms: tuple[Arm, ...]


def studies() -> dict[str, Study]:
    """Return every study of the catalogue, by its id."""
    return {path.stem: load(path) for path in sorted(FOLDER.glob("*.toml"))}


def load(path: Path) -> Study:
    """Read one study file.

    Raises
    ------
    BadStudy
        When the file is not TOML, or a key is missing, unknown or of a wrong kind; the message names it.
    """
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadStudy(f"{path}: {error}. Allowed is a TOML file of a study. Correct the line.") from error
    _check_keys(path, "study", read, _STUDY_KEYS, _STUDY_KEYS)
    if read["role"] not in ROLES:
        raise BadStudy(f"{path}: role {read['role']!r} came. Allowed: {', '.join(ROLES)}. Choose one.")
    try:
        arms = tuple(_arm(path, arm) for arm in read["arm"])
        return Study(read["id"], read["title"], read["role"], read["design"], read_sources(read["source"]), arms)
    except BadStudy:
        raise
    except LeydigError as error:
        raise BadStudy(f"{path}: {error}") from error


def _check_keys(path: Path, what: str, found: dict[str, Any], allowed: set[str], needed: set[str]) -> None:
    for key in found:
        if key not in allowed:
            raise BadStudy(f"{path}: key {key!r} of a {what} came. Allowed: {', '.join(sorted(allowed))}. Correct it.")
    for key in sorted(needed - set(found)):
        raise BadStudy(f"{path}: a {what} has no {key!r}. It needs {', '.join(sorted(needed))}. Add it.")


def _arm(path: Path, arm: dict[str, Any]) -> Arm:
    _check_keys(path, "arm", arm, _ARM_KEYS, {"name", "men", "regimen", "observed"})
    baseline = {}
    for name, level in arm.get("baseline", {}).items():
        if name not in MEASURABLE:
            raise UnknownName.among("baseline level", name, MEASURABLE)
        baseline[name] = f"{level['mean']} {level['unit']}"
    return Arm(
        name=arm["name"],
        men=arm["men"],
        regimen=_regimen(arm["regimen"]),
        age=arm.get("age", {}).get("mean"),
        bmi=arm.get("bmi", {}).get("mean"),
        n=arm.get("n"),
        baseline=baseline,
        observed=tuple(_observation(path, one) for one in arm["observed"]),
    )


def _regimen(text: str) -> Regimen:
    """Read a published regimen; a dose above its label is what was published, so its note suffices."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeydigWarning)
        return Regimen(text)


def _observation(path: Path, one: dict[str, Any]) -> Observation:
    _check_keys(path, "observation", one, _OBSERVED_KEYS, {"analyte", "week"})
    analyte = ANALYTES[one["analyte"]]
    forms = [form for form in _FORMS if form in one]
    if len(forms) != 1:
        raise BadStudy(f"{path}: {one['analyte']} has {len(forms)} of {', '.join(_FORMS)}. Allowed is one. Correct it.")
    unit = one.get("unit", "")
    if forms[0] == "mean":
        analyte.factor_to(unit)
    return Observation(one["analyte"], float(one["week"]), forms[0], float(one[forms[0]]), unit)
