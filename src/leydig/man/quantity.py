"""What can be recorded of a man: the analytes, and what the model does not simulate.

`QUANTITIES` joins the analytes with ``quantities.toml``: further laboratory levels, examinations and
scores, and questions that are answered with yes or no. Each level has one unit in which rules read it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from leydig.analytes import ANALYTES
from leydig.errors import OutOfRange, UnknownName, WrongUnit
from leydig.units import factor

__all__ = ["QUANTITIES", "Quantity", "quantity"]


@dataclass(frozen=True)
class Quantity:
    """One thing that can be recorded.

    Attributes
    ----------
    name, title : str
    kind : {"analyte", "level", "score", "fact"}
        Simulated; measured only; a number without a unit; yes or no.
    unit : str
        The unit in which rules read it; empty for a fact.
    units : tuple of str
        Units in which it may be given.
    possible : (float, float)
        Outside, in `unit`, no man's value lies.
    molar_mass : float or None
        [g/mol]
    loinc : str
        Empty where none is confirmed.
    """

    name: str
    title: str
    kind: str
    unit: str = ""
    units: tuple[str, ...] = ()
    possible: tuple[float, float] = (0.0, 1.0)
    molar_mass: float | None = None
    loinc: str = ""

    def factor_from(self, unit: str) -> float:
        """Return the number by which a value in `unit` is multiplied to be in this quantity's own unit.

        Raises
        ------
        WrongUnit
            When `unit` is missing or measures something else.
        """
        if not unit and self.unit not in ("", "1"):
            raise WrongUnit(
                f"got {self.title} without a unit; expected {', '.join(self.units)}. Write it beside the value."
            )
        try:
            return factor(unit or "1", self.unit or "1", self.molar_mass)
        except WrongUnit as error:
            raise WrongUnit(
                f"got {self.title} in {unit!r}; expected {', '.join(self.units) or 'no unit'}. Give one of these."
            ) from error

    def checked(self, value: float, unit: str) -> float:
        """Return a value in this quantity's own unit, refusing what no man has.

        Raises
        ------
        WrongUnit, OutOfRange
        """
        own = value * self.factor_from(unit)
        low, high = self.possible
        if not low <= own <= high:
            others = [other for other in self.units if other != unit and low <= value * self.factor_from(other) <= high]
            advice = f"Did you mean {value:g} {others[0]}?" if others else "Check the value and its unit."
            raise OutOfRange(
                f"got {self.title} {value:g} {unit}; expected {low:g} to {high:g} {self.unit or '(a number)'}. {advice}"
            )
        return own


def _simulated(name: str) -> Quantity:
    one = ANALYTES[name]
    scale = one.factor_to(one.clinical)
    low, high = one.possible
    possible = (low * scale, high * scale)
    return Quantity(name, one.title, "analyte", one.clinical, one.units(), possible, one.molar_mass, one.loinc)


@lru_cache(maxsize=1)
def _all() -> dict[str, Quantity]:
    read = tomllib.loads(Path(__file__).with_name("quantities.toml").read_text(encoding="utf-8"))
    found = {name: _simulated(name) for name in ANALYTES}
    for name, one in read["level"].items():
        found[name] = Quantity(
            name, one["title"], "level", one["units"][0], tuple(one["units"]), tuple(one["possible"]),
            one.get("molar_mass"), one.get("loinc", ""),
        )  # fmt: skip
    for name, one in read["score"].items():
        found[name] = Quantity(name, one["title"], "score", "1", ("1",), tuple(one["possible"]))
    return found | {name: Quantity(name, title, "fact") for name, title in read["fact"].items()}


class _Quantities(Mapping[str, Quantity]):
    """Everything that can be recorded, by name."""

    def __getitem__(self, name: str) -> Quantity:
        key = name.strip().lower().replace(" ", "_").replace("-", "_")
        if key not in _all():
            raise UnknownName.among("quantity", name, _all())
        return _all()[key]

    def __contains__(self, name: object) -> bool:
        return name in _all()

    def __iter__(self) -> Iterator[str]:
        return iter(_all())

    def __len__(self) -> int:
        return len(_all())


QUANTITIES = _Quantities()


def quantity(name: str) -> Quantity:
    """Return what can be recorded under a name.

    Raises
    ------
    UnknownName
        When nothing is called so.

    Examples
    --------
    >>> quantity("prolactin").unit
    'ng/mL'
    """
    return QUANTITIES[name]
