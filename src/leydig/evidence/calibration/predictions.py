"""What the model says of every published ratio, for many parameter vectors at once.

The mean man of each arm (`leydig.evidence.virtual_arm.mean_man`) goes through its regimen under every
vector; arms that share their drugs march together. This is what a fit needs thousands of times;
`leydig.evidence.replay` does the same with whole virtual arms, once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from leydig.body import Body
from leydig.drugs import drugs_of
from leydig.engine import Cohort, Levels
from leydig.evidence.study import SEMEN, Arm, Observation, Study
from leydig.evidence.virtual_arm import mean_man
from leydig.man import Man
from leydig.parameter import change

__all__ = ["MeanManPredictions", "PublishedRatio", "published_ratio", "receptor_limits", "targets"]

AGONADAL = 8.5  # LH of agonadal men against the reference: 35.7 over 4.2 IU/L (Gooren1987)
RECEPTOR_NULL = (4.4, 0.78)  # LH and FSH without androgen receptor: 18.5 over 4.2, 3.5 over 4.5 (CAIS42)
RECEPTOR_NULL_ESTROGEN = 1.1  # their free estradiol against the reference: 113 pmol/L at SHBG 53 nmol/L

TOLERANCE = 1e-3
NOTHING = -1  # the place of what a level is divided by
_MOST = 4096  # men who are solved at once


@dataclass(frozen=True)
class PublishedRatio:
    """One published ratio that a mean man can be compared with.

    Attributes
    ----------
    study : Study
    arm : Arm
    one : Observation
    observed : float
        Ratio to the arm's own baseline, or to its control arm; where neither was published, the level itself
        [inside unit].
    absolute : bool
        Whether it is a level.
    """

    study: Study
    arm: Arm
    one: Observation
    observed: float
    absolute: bool = False


def published_ratio(one: Observation, arm: Arm) -> float | None:
    """Return an observation as a ratio to baseline or control; None where it is none."""
    if one.ratio is not None:
        return one.ratio
    if not one.is_level or one.control or one.analyte not in arm.baseline:
        return None
    return one.internal_value / arm.baseline[one.analyte].internal_value(one.analyte)


def targets(studies: Sequence[Study]) -> list[PublishedRatio]:
    """Return every published ratio of these studies, and the levels of arms without a baseline.

    Semen of men whom a count enrolled into an uncontrolled treatment is left out: how much of its gain is regression to
    the mean is what the replay shows, so it must not set what the drug does. A titrated arm is left out too: its men
    had many doses, and no mean man has had them.
    """
    found = []
    for study in studies:
        for arm in (one for one in study.arms if one.titration is None):
            for one in arm.observed:
                if one.analyte in SEMEN and study.enrolled_by_count:
                    continue
                ratio = published_ratio(one, arm)
                if ratio is not None and ratio > 0.0:
                    found.append(PublishedRatio(study, arm, one, ratio))
                elif ratio is None and one.is_level and not one.control:
                    found.append(PublishedRatio(study, arm, one, one.internal_value, absolute=True))
    return found


class MeanManPredictions:
    """The predictions for a list of targets.

    Parameters
    ----------
    ratios : sequence of Target
    paths : sequence of str
        Parameters that vary, such as ``body.testis.half_lh`` or ``drugs.letrozole.inhibition``.
    """

    def __init__(self, ratios: Sequence[PublishedRatio], paths: Sequence[str]) -> None:
        self.paths = list(paths)
        arms: dict[tuple[str, str], Arm] = {}
        for one in ratios:
            arms[one.study.id, one.arm.name] = one.arm
            if one.one.control:
                arms[one.study.id, one.one.control] = next(a for a in one.study.arms if a.name == one.one.control)
        keys = list(arms)
        times: dict[tuple[str, str], set[float]] = {key: {0.0} for key in keys}
        for one in ratios:
            for name in {one.arm.name, one.one.control or one.arm.name}:
                times[one.study.id, name].add(7.0 * one.one.week)
        self.men = Man.stack([mean_man(arms[key]) for key in keys])
        self.times = [np.array(sorted(times[key] | ({1.0} if len(times[key]) == 1 else set()))) for key in keys]
        groups: dict[tuple[str, ...], list[int]] = {}
        for place, key in enumerate(keys):
            groups.setdefault(tuple(drugs_of(list(arms[key].regimen.drugs))), []).append(place)
        self.groups = [_Group(names, places, [arms[keys[p]] for p in places], [self.times[p] for p in places])
                       for names, places in groups.items()]  # fmt: skip
        self.read = [self._reading(one, keys) for one in ratios]
        self.specific = [one.study.specific_assay(one.one.analyte) for one in ratios]

    def _reading(self, one: PublishedRatio, keys: list[tuple[str, str]]) -> tuple[int, int, int, int, str]:
        """Return arm and row above, arm and row below the line, and the analyte, of one ratio."""
        place = keys.index((one.study.id, one.arm.name))
        row = int(np.searchsorted(self.times[place], 7.0 * one.one.week))
        analyte = one.one.analyte
        if one.absolute:
            return place, row, NOTHING, 0, analyte
        if not one.one.control:
            return place, row, place, 0, analyte
        other = keys.index((one.study.id, one.one.control))
        return place, row, other, int(np.searchsorted(self.times[other], 7.0 * one.one.week)), analyte

    def __call__(self, values: Float[np.ndarray, "vector parameter"]) -> Float[np.ndarray, "vector target"]:
        """Return the predicted ratios; NaN for a vector under which an arm was not solved.

        Parameters
        ----------
        values : Float[np.ndarray, "vector parameter"]
            Values of the parameters, in their units.
        """
        count = len(values)
        body = {path: values[:, place] for place, path in enumerate(self.paths) if path.startswith("body.")}
        drugs = {path: values[:, place] for place, path in enumerate(self.paths) if path.startswith("drugs.")}
        men = _everyone(_change_bodies(body), self.men)
        levels = dict(found for group in self.groups for found in group.solve(men, drugs, count))
        columns = []
        for (above, row, below, base, analyte), specific in zip(self.read, self.specific, strict=True):
            more = men.body.blood.estradiol_background * specific
            under = 1.0 if below == NOTHING else levels[below][analyte][:, base] - more[below]
            columns.append((levels[above][analyte][:, row] - more[above]) / under)
        return np.stack(columns, axis=1)


def _change_bodies(values: Mapping[str, Float[np.ndarray, " vector"]]) -> Body:
    """Return bodies with these parameters, every other leaf as shipped."""
    return change(Body(), dict(values), "body")


@jax.jit
def _anchor(bodies: Body, men: Man) -> Man:
    def anchor_man(body: Body, man: Man) -> Man:
        return Man.from_baseline(body, man.baseline, man.age, man.bmi, man.measured)

    found: Man = jax.vmap(lambda man: jax.vmap(lambda body: anchor_man(body, man))(bodies))(men)
    return found


def _everyone(body: Body, men: Man) -> Man:
    """Return each man under each vector; shape (arm, vector)."""
    count = max((np.shape(leaf)[0] for leaf in jax.tree.leaves(body) if np.ndim(leaf)), default=1)
    bodies = jax.tree.map(lambda leaf: jnp.broadcast_to(jnp.asarray(leaf, dtype=float), (count,)), body)
    shaped = jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype=float), men)
    found: Man = jax.tree.map(np.asarray, _anchor(bodies, shaped))
    return found


class _Group:
    """Arms with the same drugs."""

    def __init__(
        self, names: tuple[str, ...], places: list[int], arms: list[Arm], times: list[Float[np.ndarray, " time"]]
    ) -> None:
        self.places, self.drugs = places, drugs_of(list(names))
        self.regimens, self.times = [arm.regimen for arm in arms], times

    def solve(
        self, men: Man, values: Mapping[str, Float[np.ndarray, " vector"]], count: int
    ) -> list[tuple[int, Levels]]:
        """Return the levels of every arm, a row for each vector; a man whom the kernel cannot solve is NaN."""
        found = []
        step = max(1, _MOST // count)
        for first in range(0, len(self.places), step):
            here = slice(first, first + step)
            places = self.places[here]
            rows = jax.tree.map(lambda leaf: leaf[places].reshape(-1), men)  # noqa: B023
            drugs = {
                name: change(
                    drug,
                    {path: np.tile(value, len(places)) for path, value in values.items() if path.split(".")[1] == name},
                    f"drugs.{name}",
                )
                for name, drug in self.drugs.items()
            }
            regimens = [one for one in self.regimens[here] for _ in range(count)]
            times = [one for one in self.times[here] for _ in range(count)]
            cohort = Cohort(rows, drugs, tolerance=TOLERANCE, rescue=False)
            levels = cohort.advance(regimens, [at[-1] for at in times], at=times)
            found += [(place, levels.take(slice(number * count, (number + 1) * count)))
                      for number, place in enumerate(places)]  # fmt: skip
        return found


def receptor_limits(
    paths: Sequence[str], values: Float[np.ndarray, "vector parameter"]
) -> list[tuple[Float[np.ndarray, " vector"], float]]:
    """Return predicted and known LH of agonadal men, and LH and FSH without androgen receptor.

    Parameters
    ----------
    paths : sequence of str
    values : Float[np.ndarray, "vector parameter"]
        Values of these parameters.
    """
    read = ("body.hypothalamus.", "body.pituitary.")
    body = _change_bodies({path: values[:, place] for place, path in enumerate(paths) if path.startswith(read)})
    brain: Any = body.hypothalamus  # its equations are written for JAX, which has no type for what else they read
    pituitary: Any = body.pituitary  # the same
    free = (1.0 + brain.androgen_gain) * (1.0 + brain.estrogen_gain)
    agonadal = pituitary.release(free) * pituitary.reserve(pituitary.release(free))
    seen, usual = np.asarray(RECEPTOR_NULL_ESTROGEN), np.asarray(1.0)
    brake = brain.estrogen_brake(seen)
    pulses = (1.0 + brain.androgen_gain) * brake**brain.estrogen_on_pulses
    released = pituitary.release(pulses * brake ** (1.0 - brain.estrogen_on_pulses))
    lh = released * pituitary.reserve(released)
    fsh_release = pituitary.fsh_release(pituitary.fsh_demand(pulses, seen, usual))
    fsh = fsh_release * pituitary.reserve(fsh_release)
    return [(np.asarray(agonadal), AGONADAL), *zip(map(np.asarray, (lh, fsh)), RECEPTOR_NULL, strict=True)]
