"""Replay: the mean man of an arm goes through its regimen, and his ratios stand beside the published ones.

Every figure is compared as a ratio to the arm's own baseline, because assays differ between studies.
A mean without a published baseline has no ratio and is left out.
"""

from dataclasses import dataclass
from typing import Any

from leydig.analytes import ANALYTES
from leydig.body import Body
from leydig.drugs import Drug
from leydig.evidence.study import Arm, Observation, Study
from leydig.man import Man
from leydig.simulation import simulate
from leydig.simulation.system import drugs_of
from leydig.units import read_quantity

__all__ = ["Compared", "replay"]

UNKNOWN_AGE = 35.0  # [years] where a study gives no age
UNKNOWN_BMI = 25.0  # [kg/m2] where a study gives no BMI
_MARGIN = 1.0  # [d] simulated beyond the last observation


@dataclass(frozen=True)
class Compared:
    """One published ratio beside the predicted one.

    Attributes
    ----------
    study, arm, analyte, role : str
    week : float
    observed, predicted : float
        Ratios to the arm's own baseline.
    """

    study: str
    arm: str
    analyte: str
    role: str
    week: float
    observed: float
    predicted: float

    @property
    def error(self) -> float:
        """The predicted over the observed ratio, less one."""
        return self.predicted / self.observed - 1.0


def mean_man(arm: Arm) -> Man:
    """Return the mean man of an arm; what was not published is expected from what was."""
    levels: dict[str, Any] = dict(arm.baseline)
    return Man(
        age=arm.age if arm.age is not None else UNKNOWN_AGE,
        bmi=arm.bmi if arm.bmi is not None else UNKNOWN_BMI,
        **levels,
    )


def replay(study: Study, body: Body | None = None, drugs: dict[str, Drug] | None = None) -> list[Compared]:
    """Return every comparable figure of a study beside its prediction.

    Parameters
    ----------
    study : Study
    body : Body, optional
        Response constants to use; the shipped ones when left out.
    drugs : dict of str to Drug, optional
        Drugs with changed parameters.
    """
    found = []
    for arm in study.arms:
        man = mean_man(arm)
        if body is not None:
            man = man.with_body(body)
        days = 7.0 * max(one.week for one in arm.observed) + _MARGIN
        used = {name: drug for name, drug in (drugs or {}).items() if name in drugs_of(list(arm.regimen.drugs))}
        course = simulate(man, arm.regimen, days=days, drugs=used or None)
        for one in arm.observed:
            observed = _ratio(one, arm)
            if observed is not None:
                series = course[one.analyte]
                predicted = float(series.at(week=one.week)) / float(series.at(day=0.0))
                found.append(Compared(study.id, arm.name, one.analyte, study.role, one.week, observed, predicted))
    return found


def _ratio(one: Observation, arm: Arm) -> float | None:
    """Return an observation as a ratio to baseline, None when the arm's baseline was not published."""
    if one.form == "ratio":
        return one.value
    if one.form == "change_percent":
        return 1.0 + one.value / 100.0
    if one.analyte not in arm.baseline:
        return None
    analyte: Any = ANALYTES[one.analyte]
    value, unit = read_quantity(arm.baseline[one.analyte])
    return (one.value / analyte.factor_to(one.unit)) / (value / analyte.factor_to(unit))
