"""The body mass index of who was weighed and measured: ``weight / height²``, in kg/m2."""

from leydig.checks import Limits
from leydig.errors import OutOfRange, WrongUnit
from leydig.units import factor

__all__ = ["body_mass_index"]

WEIGHTS: Limits = (30.0, 400.0)  # [kg] of a grown man, so that a unit that was confused is seen
HEIGHTS: Limits = (1.2, 2.5)  # [m]


def body_mass_index(weight: float, weight_unit: str, height: float, height_unit: str) -> float:
    """Return the index [kg/m2], to a tenth as it is usually printed.

    Parameters
    ----------
    weight, height : float
    weight_unit, height_unit : str
        Such as kg or lb, and cm, m or in.

    Raises
    ------
    WrongUnit, OutOfRange

    Examples
    --------
    >>> body_mass_index(98, "kg", 179, "cm"), body_mass_index(216, "lb", 70.5, "in")
    (30.6, 30.6)
    """
    for what, unit, usual in (("weight", weight_unit, "kg or lb"), ("height", height_unit, "cm, m or in")):
        if not unit:
            raise WrongUnit(f"got {what} without a unit; expected {usual}. Write it beside the value.")
    mass, size = weight * factor(weight_unit, "kg"), height * factor(height_unit, "m")
    for what, value, (low, high), unit, came in (
        ("weight", mass, WEIGHTS, "kg", f"{weight:g} {weight_unit}"),
        ("height", size, HEIGHTS, "m", f"{height:g} {height_unit}"),
    ):
        if not low <= value <= high:
            raise OutOfRange(f"got {what} {came}; expected {low:g} to {high:g} {unit}. Check the value and its unit.")
    return round(mass / size**2, 1)
