"""Reading a study file: TOML, checked key by key; what is wrong is named with its line.

The keys of a study are ``id title source role design``, ``assay`` and its ``[[arm]]``; of an arm ``name men regimen``
with ``n age bmi kind``, ``baseline.ANALYTE``, ``enrolled.ANALYTE`` and its ``[[arm.observed]]``; of an
observation ``analyte week``, one of ``mean median ratio change_percent fraction``, and ``sd`` or ``sem``,
``unit``, ``below`` or ``above``, ``of``, ``control``. A ``note`` is allowed everywhere.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from leydig.analytes import ANALYTES
from leydig.errors import BadStudy, LeydigError, UnknownName
from leydig.evidence.study import ASSAYS, FORMS, ROLES, Arm, Criterion, Figure, Observation, Study
from leydig.man.man import MEASURABLE
from leydig.man.phenotypes import KINDS
from leydig.regimen import Regimen
from leydig.source import read_sources
from leydig.toml_file import Tables

__all__ = ["FOLDER", "load", "studies"]

FOLDER = Path(__file__).with_name("studies")

_STUDY = {"id": str, "title": str, "source": str, "role": str, "design": str, "arm": list, "assay": str,
          "note": str}  # fmt: skip
_ARM = {"name": str, "men": str, "regimen": str, "n": int, "kind": str, "age": dict, "bmi": dict, "baseline": dict,
        "enrolled": dict, "observed": list, "note": str}  # fmt: skip
_OBSERVED = {"analyte": str, "week": float, "sd": float, "sem": float, "unit": str, "below": float, "above": float,
             "of": str, "control": str, "note": str} | dict.fromkeys(FORMS, float)  # fmt: skip
_FIGURE = {"mean": float, "median": float, "sd": float, "sem": float, "unit": str}
_CRITERION = {"below": float, "above": float, "unit": str}
_LONGEST_WEEKS = 1000.0
ENROLLING = (*MEASURABLE, "te2_ratio", "total_sperm_count", "total_motile_count")


class _File(Tables):
    """A study file while it is read: arms by number, observations by two."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, BadStudy, "a study")

    @staticmethod
    def place(where: tuple[int, ...]) -> tuple[str | int, ...]:
        """Return the place of the study, of arm `where[0]`, or of observation `where[1]` of it."""
        return tuple(part for pair in zip(("arm", "observed"), where, strict=False) for part in pair)

    def refused(self, where: tuple[Any, ...], key: str, message: str) -> LeydigError:
        """Return the error that names file and line."""
        return super().refused(self.place(where), key, message)


def studies() -> dict[str, Study]:
    """Return every study of the catalogue, by its id."""
    return {path.stem: _loaded(path, path.stat().st_mtime_ns) for path in sorted(FOLDER.glob("*.toml"))}


@lru_cache(maxsize=1000)
def _loaded(path: Path, changed: int) -> Study:
    del changed
    return load(path)


def load(path: Path | str) -> Study:
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
    path = Path(path)
    file = _File(path)
    read = file.content
    file.checked("a study", read, _STUDY, (), set(_STUDY) - {"note", "assay"})
    if read["role"] not in ROLES:
        raise file.unlisted((), "role", read["role"], ROLES)
    assay = read.get("assay", "")
    if assay not in ASSAYS:
        raise file.refused(
            (), "assay", f"got assay {assay!r}; expected {' or '.join(ASSAYS[1:])}. Choose one, or leave it out."
        )
    try:
        sources = read_sources(read["source"])
    except LeydigError as error:
        raise file.refused((), "source", f"source: {error}") from error
    arms = tuple(_arm(file, arm, (place,)) for place, arm in enumerate(read["arm"]))
    names = [arm.name for arm in arms]
    for place, arm in enumerate(arms):
        if names.count(arm.name) > 1:
            raise file.refused(
                (place,), "name", f"got two arms named {arm.name!r}; expected each name once. Rename one."
            )
        for number, one in enumerate(arm.observed):
            if one.control and one.control not in names:
                raise file.refused(
                    (place, number), "control", str(UnknownName.among("arm as control", one.control, names))
                )
    if not arms:
        raise file.refused((), "arm", "got a study without an arm; expected at least one. Add [[arm]].")
    return Study(read["id"], read["title"], read["role"], read["design"], sources, arms, assay)


def _arm(file: _File, arm: Any, where: tuple[int, ...]) -> Arm:
    if not isinstance(arm, dict):
        raise file.refused((), "arm", f"got arm {arm!r}; expected a table. Write each arm under [[arm]].")
    file.checked("an arm", arm, _ARM, where, {"name", "men", "regimen", "observed"})
    n = arm.get("n")
    if n is not None and n < 1:
        raise file.refused(where, "n", f"got n = {n}; expected at least 1. Give the number of men, or leave it out.")
    try:
        regimen = Regimen.written(arm["regimen"])  # what was published, above its label or not
    except LeydigError as error:
        raise file.refused(where, "regimen", f"regimen: {error}") from error
    kind = arm.get("kind", "healthy")
    if kind not in KINDS:
        raise file.refused(where, "kind", str(UnknownName.among("kind of men", kind, KINDS)))
    age, bmi = (
        _figure(file, name, arm[name], n, where, need_unit=False) if name in arm else None for name in ("age", "bmi")
    )
    return Arm(
        name=arm["name"],
        men=arm["men"],
        regimen=regimen,
        kind=kind,
        n=n,
        age=age,
        bmi=bmi,
        baseline={name: _level(file, name, one, n, where) for name, one in arm.get("baseline", {}).items()},
        enrolled={name: _enrolled(file, name, one, where) for name, one in arm.get("enrolled", {}).items()},
        observed=tuple(_observation(file, one, n, (*where, place)) for place, one in enumerate(arm["observed"])),
    )


def _spread(file: _File, found: Mapping[str, Any], n: int | None, where: tuple[int, ...], key: str) -> float | None:
    """Return the standard deviation between men, from a standard deviation or a standard error."""
    if "sd" in found and "sem" in found:
        raise file.refused(where, key or "sd", "got sd and sem; expected one of the two. Leave one out.")
    spread = found.get("sd", found.get("sem"))
    if spread is None:
        return None
    if spread < 0:
        raise file.refused(where, key or "sd", f"got a spread of {spread:g}; expected 0 or more. Check its sign.")
    if "sem" in found and n is None:
        raise file.refused(
            where, key or "sem", "got sem in an arm without n; expected both. Give n, or sd in place of sem."
        )
    return float(spread) * (float(n or 1) ** 0.5 if "sem" in found else 1.0)


def _figure(
    file: _File, name: str, found: Any, n: int | None, where: tuple[int, ...], need_unit: bool = True
) -> Figure:
    """Read a mean or median with its spread."""
    if not isinstance(found, dict):
        raise file.refused(
            where, name, f"got {name} = {found!r}; expected a table. Write {name} = {{ mean = ..., unit = ... }}."
        )
    file.checked(name, found, _FIGURE, where, {"unit"} if need_unit else set())
    forms = [form for form in ("mean", "median") if form in found]
    if len(forms) != 1:
        raise file.refused(
            where, name, f"got {name} with {' and '.join(forms) or 'neither'}; expected mean or median. Give one."
        )
    spread = _spread(file, found, n, where, name)
    return Figure(float(found[forms[0]]), found.get("unit", ""), spread, forms[0] == "median")


def _level(file: _File, name: str, found: Any, n: int | None, where: tuple[int, ...]) -> Figure:
    """Read a baseline level, in a unit of its analyte and possible for a man."""
    try:
        analyte = ANALYTES[name]
        figure = _figure(file, name, found, n, where)
        analyte.taken(f"{figure.value!r} {figure.unit}")
    except BadStudy:
        raise
    except LeydigError as error:
        raise file.refused(where, name, f"baseline.{name}: {error}") from error
    return figure


def _criterion(file: _File, name: str, found: Mapping[str, Any], where: tuple[int, ...]) -> Criterion:
    """Read a bound on a measured value."""
    if "below" not in found and "above" not in found:
        raise file.refused(
            where, name, f"got {name} without a bound; expected below or above. Give one, with its unit."
        )
    try:
        ANALYTES[name].factor_to(found.get("unit", ""))
    except LeydigError as error:
        raise file.refused(where, "unit" if "analyte" in found else name, f"{name}: {error}") from error
    return Criterion(found.get("below"), found.get("above"), found.get("unit", ""))


def _enrolled(file: _File, name: str, found: Any, where: tuple[int, ...]) -> Criterion:
    if not isinstance(found, dict):
        raise file.refused(
            where, name, f"got enrolled.{name} = {found!r}; expected a table. Write {{ below = ..., unit = ... }}."
        )
    if name not in ENROLLING:
        raise file.refused(where, name, str(UnknownName.among("enrolling analyte", name, ENROLLING)))
    file.checked(f"enrolled.{name}", found, _CRITERION, where)
    return _criterion(file, name, found, where)


def _observation(file: _File, one: Any, n: int | None, where: tuple[int, ...]) -> Observation:
    if not isinstance(one, dict):
        raise file.refused(
            where[:1], "observed", f"got observed {one!r}; expected a table. Write each under [[arm.observed]]."
        )
    file.checked("an observation", one, _OBSERVED, where, {"week"})
    if not 0.0 <= one["week"] <= _LONGEST_WEEKS:
        raise file.refused(
            where, "week", f"got week = {one['week']:g}; expected 0 to {_LONGEST_WEEKS:g}. Count from the first dose."
        )
    forms = [form for form in FORMS if form in one]
    if len(forms) != 1:
        raise file.refused(
            where, forms[1] if forms else "", f"got an observation with {' and '.join(forms) or 'no figure'}; "
            f"expected one of {', '.join(FORMS)}. Write an [[arm.observed]] for each.",
        )  # fmt: skip
    form, value = forms[0], float(one[forms[0]])
    _check_value(file, form, value, where)
    analyte = _observed_analyte(file, one, form, where)
    counted = None
    if analyte != "pregnancy":
        if form == "fraction":
            counted = _criterion(file, analyte, one, where)
        elif "below" in one or "above" in one:
            raise file.refused(
                where,
                "below",
                f"got below or above with a {form}; expected them with a fraction alone. Leave them out.",
            )
        elif form in ("mean", "median"):
            _check_level(file, form, analyte, value, one.get("unit", ""), where)
    unit = one.get("unit", "") if form in ("mean", "median") else ""
    spread = _spread(file, one, n, where, "")
    return Observation(analyte, float(one["week"]), form, value, unit, spread, counted, one.get("control", ""))


def _observed_analyte(file: _File, one: Mapping[str, Any], form: str, where: tuple[int, ...]) -> str:
    """Return the analyte of an observation, ``pregnancy`` for a fraction of couples."""
    if "of" in one:
        if one["of"] != "pregnancy" or form != "fraction":
            raise file.refused(
                where,
                "of",
                f"got of = {one['of']!r} with {form}; expected fraction of 'pregnancy'. Name an analyte else.",
            )
        return "pregnancy"
    if "analyte" not in one:
        raise file.refused(
            where, "", "got an observation without 'analyte'; expected one. Name it, or write of = \"pregnancy\"."
        )
    try:
        ANALYTES[one["analyte"]]
    except LeydigError as error:
        raise file.refused(where, "analyte", f"analyte: {error}") from error
    return str(one["analyte"])


def _check_value(file: _File, form: str, value: float, where: tuple[int, ...]) -> None:
    allowed = {"fraction": (0.0, 1.0), "change_percent": (-100.0, 10000.0), "ratio": (0.0, 1000.0)}.get(form)
    if allowed and not allowed[0] <= value <= allowed[1]:
        raise file.refused(
            where,
            form,
            f"got {form} = {value:g}; expected {allowed[0]:g} to {allowed[1]:g}. Check it, and that it is a {form}.",
        )


def _check_level(file: _File, form: str, analyte: str, value: float, unit: str, where: tuple[int, ...]) -> None:
    try:
        ANALYTES[analyte].factor_to(unit)
    except LeydigError as error:
        raise file.refused(where, "unit", f"unit of {analyte}: {error}") from error
    try:
        ANALYTES[analyte].taken(f"{value!r} {unit}")
    except LeydigError as error:
        raise file.refused(where, form, f"{form}: {error}") from error
