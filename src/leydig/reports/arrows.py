"""Through which arrows of the loop a regimen changes testosterone: for `explain` and for reports."""

from leydig.man import Man
from leydig.regimen import Regimen
from leydig.simulation.attribute import attribute
from leydig.simulation.attribution import Attribution
from leydig.units import DAYS_PER_WEEK

__all__ = ["STEADY", "arrow_parts", "attribute_regimen"]

STEADY = 0.02  # relative changes below this are called none


def attribute_regimen(man: Man, regimen: Regimen, week: float) -> Attribution | None:
    """Return the change of testosterone by a week against no treatment; None where it is less than 2 %.

    Raises
    ------
    NotSolved
        When he cannot be solved with some arrow cut.
    """
    found = attribute(man, "", regimen, at=DAYS_PER_WEEK * week)
    return found if abs(found.after[0] / found.before[0] - 1.0) >= STEADY else None


def arrow_parts(attribution: Attribution) -> list[tuple[str, float]]:
    """Return arrows in words and what came through each, without those that carried less than 2 % of the change."""
    parts = [(title, float(values[0])) for title, values in attribution.rows()[:-1]]
    return [(title, part) for title, part in parts if abs(part) > STEADY * abs(float(attribution.change[0]))]
