"""What there is to do for some men: which drugs, which regimens, at which times, how exactly."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from leydig.drug import Drug
from leydig.drugs import drugs_of
from leydig.engine import solve
from leydig.engine.plan import Plan, plan_schedule
from leydig.errors import UnknownName
from leydig.man import Man
from leydig.man.drug_variability import take_drugs
from leydig.parameter import check_ranges
from leydig.regimen import Regimen

__all__ = ["Work", "plan_work"]


class Work(NamedTuple):
    """What is the same for all men: drugs, regimens, their plans, tolerance."""

    drugs: dict[str, Drug]
    regimens: tuple[Regimen, ...]
    plans: tuple[Plan, ...]
    tolerance: float

    def of(self, piece: slice) -> "Work":
        """Return the work of some of the men."""
        return self._replace(drugs=take_drugs(self.drugs, piece))

    def solve(
        self, men: Man, which: Int[np.ndarray, " man"], begin: solve.Begin | None, cores: int | None
    ) -> solve.Solution:
        """Solve some men."""
        return solve.solve_men(men, self.drugs, self.regimens, self.plans, which, begin, self.tolerance, cores)


def plan_work(
    regimens: Sequence[Regimen],
    times: Float[np.ndarray, " out"],
    tolerance: float,
    drugs: dict[str, Drug] | None = None,
    start: float = 0.0,
) -> Work:
    """Return the work of these regimens, planned from `start` [d]."""
    found = _drugs_in_use(drugs_of([name for one in regimens for name in one.drugs]), drugs or {})
    plans = (plan_schedule(one.schedule(float(times[-1])), found, times, start) for one in regimens)
    return Work(found, tuple(regimens), tuple(plans), tolerance)


def _drugs_in_use(found: dict[str, Drug], changed: dict[str, Drug]) -> dict[str, Drug]:
    """Return the drugs of the regimen, changed ones in place of the catalogue's.

    Raises
    ------
    UnknownName
        When the regimen does not hold a drug, or it is of another kind.
    OutOfRange
        When a parameter of a changed drug is outside its range, however it was set.
    """
    for name, drug in changed.items():
        if name not in found:
            raise UnknownName.among("drug of this regimen (isomers apart)", name, found)
        if not isinstance(drug, type(found[name])):
            raise UnknownName.among(f"kind of {name}", type(drug).__name__, [type(found[name]).__name__])
        check_ranges(drug, f"drugs.{name}")
    return found | changed
