"""The first calibration: response constants fitted to the calibration studies by least squares.

Every parameter declared as fitted is free; the mean man of each arm is replayed, and the log ratios of
prediction to observation are made small, together with weak priors in the middle of each allowed range
and two limits (agonadal men, and men without androgen receptor). Held-out studies are never read here. Run it with::

    python -m leydig.evidence.calibration

It prints each declared value beside the fitted one; it changes no file.
"""

import math
import sys
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from leydig.body import Body
from leydig.drugs import DRUGS, Drug
from leydig.errors import LeydigWarning
from leydig.evidence.replay import replay
from leydig.evidence.study import Study, studies
from leydig.parameter import Declaration, change, parameters

__all__ = ["calibrate", "free_parameters", "training"]

SPREAD = {"lh": 0.2, "fsh": 0.25, "sperm_concentration": 0.15, "inhibin_b": 0.2}
USUAL_SPREAD = 0.1  # of a log ratio: assay and study
MEN_SPREAD = 0.35  # of a log ratio between men; an arm of n men adds it over the root of n
UNKNOWN_MEN = 10  # where a study does not give n
FLOOR = 0.1  # ratios below this are near an assay's floor
FLOOR_SPREAD = 0.5
PRIOR_WIDTHS = 4.0  # a prior's standard deviation is the log range over this
AGONADAL = 8.5  # LH of agonadal men against the reference: 35.7 over 4.2 IU/L (Gooren1987)
RECEPTOR_NULL = (4.4, 0.78)  # LH and FSH without androgen receptor: 18.5 over 4.2, 3.5 over 4.5 (CAIS42)
RECEPTOR_NULL_ESTROGEN = 1.1  # their free estradiol against the reference: 113 pmol/L at SHBG 53 nmol/L
LIMIT_SPREAD = 0.2


@dataclass(frozen=True)
class Free:
    """One free parameter: where it is, and its declaration."""

    path: str
    declaration: Declaration

    @property
    def bounds(self) -> tuple[float, float]:
        """Log bounds; a lower bound of zero becomes a thousandth of the upper one."""
        low, high = self.declaration.within
        return math.log(max(low, high / 1000.0)), math.log(high)


def free_parameters() -> list[Free]:
    """Return every parameter that is declared as fitted."""
    groups = [("body", Body()), *((f"drugs.{name}", DRUGS[name]) for name in DRUGS)]
    return [
        Free(path, declaration)
        for start, part in groups
        for path, declaration, _ in parameters(part, start)
        if declaration.basis == "fitted"
    ]


def training() -> list[Study]:
    """Return the studies that may be fitted to."""
    return [study for study in studies().values() if study.role == "calibration"]


def with_values(free: list[Free], logs: Float[np.ndarray, " free"]) -> tuple[Body, dict[str, Drug]]:
    """Return the body and the drugs with these parameter values (logs)."""
    values = {
        one.path: min(max(math.exp(log), one.declaration.within[0]), one.declaration.within[1])
        for one, log in zip(free, logs, strict=True)
    }
    body = change(Body(), {path: value for path, value in values.items() if path.startswith("body.")}, "body")
    drugs: dict[str, Any] = {}
    for path, value in values.items():
        if path.startswith("drugs."):
            name = path.split(".")[1]
            drugs[name] = change(drugs.get(name, DRUGS[name]), {path: value}, f"drugs.{name}")
    return body, drugs


def residuals(free: list[Free], logs: Float[np.ndarray, " free"], used: list[Study]) -> Float[np.ndarray, " r"]:
    """Return weighted log ratios, the limits, and the priors."""
    body, drugs = with_values(free, logs)
    found = []
    for study in used:
        men = {arm.name: arm.n or UNKNOWN_MEN for arm in study.arms}
        for one in replay(study, body, drugs):
            own = FLOOR_SPREAD if one.observed < FLOOR else SPREAD.get(one.analyte, USUAL_SPREAD)
            spread = math.hypot(own, MEN_SPREAD / math.sqrt(men[one.arm]))
            found.append(math.log(one.predicted / one.observed) / spread)
    found += [math.log(value / known) / LIMIT_SPREAD for value, known in limits(body)]
    for parameter, log in zip(free, logs, strict=True):
        low, high = parameter.bounds
        found.append((log - (low + high) / 2.0) * PRIOR_WIDTHS / (high - low))
    return np.array(found)


def limits(body: Body) -> list[tuple[float, float]]:
    """Return predicted and known LH of agonadal men, and LH and FSH without androgen receptor."""
    brain: Any = body.hypothalamus
    pituitary: Any = body.pituitary
    free = (1.0 + brain.androgen_gain) * (1.0 + brain.estrogen_gain)
    agonadal = pituitary.released(free) * pituitary.reserve(pituitary.released(free))
    seen, usual = np.asarray(RECEPTOR_NULL_ESTROGEN), np.asarray(1.0)
    brake = brain.estrogen_brake(seen)
    pulses = (1.0 + brain.androgen_gain) * brake**brain.estrogen_on_pulses
    released = pituitary.released(pulses * brake ** (1.0 - brain.estrogen_on_pulses))
    lh = released * pituitary.reserve(released)
    fsh_asked = pituitary.fsh_asked(pulses, seen, usual)
    fsh = fsh_asked * pituitary.reserve(fsh_asked)
    return [(float(agonadal), AGONADAL), *zip((float(lh), float(fsh)), RECEPTOR_NULL, strict=True)]


def calibrate(rounds: int = 12) -> dict[str, float]:
    """Fit every free parameter.

    Parameters
    ----------
    rounds : int
        Most evaluations of the Jacobian.

    Returns
    -------
    dict of str to float
        Fitted value by path.
    """
    from scipy.optimize import least_squares

    free, used = free_parameters(), training()
    start = np.array([math.log(one.declaration.value) for one in free])
    low, high = np.array([one.bounds for one in free]).T
    solution = least_squares(
        lambda logs: residuals(free, logs, used),
        np.clip(start, low + 1e-6, high - 1e-6),
        bounds=(low, high),
        diff_step=1e-3,
        max_nfev=rounds,
        loss="soft_l1",
        verbose=2 if sys.stderr.isatty() else 0,
    )
    return {one.path: float(math.exp(log)) for one, log in zip(free, solution.x, strict=True)}


def main() -> None:
    """Run the calibration and print declared beside fitted values."""
    warnings.simplefilter("ignore", LeydigWarning)
    fitted = calibrate(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
    for one in free_parameters():
        declared = one.declaration.value
        print(f"{one.path:45s} {declared:10.4g} {fitted[one.path]:10.4g} {one.declaration.unit}")


if __name__ == "__main__":
    main()
