"""How men differ: virtual men whose levels and response constants are spread as declared.

A man's levels are what is expected of his age and BMI (`leydig.man.expectation`) times a log-normal
factor; SHBG draws testosterone with it::

    ln S = ln S*(age, BMI) + σ_S·z_S
    ln T = ln T*(age, BMI) + σ_T·[ρ·z_S + √(1 − ρ²)·z_T]          ln L = ln L*(age) + σ_L·z_L
    ln E = ln E*(T, BMI) + σ_E·z_E       ln F = ln F*(L) + σ_F·z_F       ln B = ln B*(F) + σ_B·z_B

The spreads are the ``cv`` of the reference man's levels; other parameters with a ``cv`` are spread in the
same way inside their range. Every ``z`` is normal within 2.5 and drawn by purpose and by the number of the
man, so that man 17 of seed 1 is the same man in any population.
"""

import zlib
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from leydig.body import Body
from leydig.errors import OutOfRange
from leydig.man.expectation import completed
from leydig.man.man import AGES, BMIS, MEASURABLE, Man
from leydig.parameter import change, parameter, parameters

__all__ = ["Spread", "population"]

BLOCK = 1000  # men drawn together; always the same shape, so that a man has the same bytes anywhere
FURTHEST = 2.5  # standard deviations beyond which no man is drawn
OWN = ("hypothalamus.drive", "pituitary.fsh_drive", "testis.capacity", "testis.inhibin_made",
       "blood.shbg_made", "periphery.aromatase")  # fmt: skip  (beside those that `LEVELS` names)
LEVELS = {
    "testosterone": "blood.reference_testosterone",
    "estradiol": "blood.reference_estradiol",
    "lh": "pituitary.reference_lh",
    "fsh": "pituitary.reference_fsh",
    "shbg": "blood.reference_shbg",
    "inhibin_b": "testis.reference_inhibin",
    "sperm_concentration": "spermatogenesis.sertoli",
    "semen_volume": "spermatogenesis.volume",
    "motility": "spermatogenesis.motile",
    "progressive_motility": "spermatogenesis.progressive",
    "normal_forms": "spermatogenesis.normal",
    "hematocrit": "marrow.hematocrit_made",
    "spine_bmd": "bone.density_made",
}


class Spread(eqx.Module):
    """What a population is beside the spreads of its parameters."""

    testosterone_with_shbg: Float[Array, ""] = parameter(
        0.5, "1", "correlation ρ of the logarithms of testosterone and SHBG at one age and BMI",
        within=(0.0, 0.9), basis="assumed",
        source="assumed: SHBG carries most of the spread of total testosterone among healthy men")
    youngest: Float[Array, ""] = parameter(
        18.0, "year", "age of the youngest man", within=(18.0, 90.0), basis="assumed",
        source="assumed: men of the age of fathers are asked for unless another range is given")
    oldest: Float[Array, ""] = parameter(
        60.0, "year", "age of the oldest man", within=(18.0, 90.0), basis="assumed",
        source="assumed: men of the age of fathers are asked for unless another range is given")
    leanest: Float[Array, ""] = parameter(
        18.5, "kg/m2", "BMI of the leanest man", within=(14.0, 30.0), basis="assumed",
        source="assumed: the limit below which WHO calls a man underweight")
    heaviest: Float[Array, ""] = parameter(
        30.0, "kg/m2", "BMI of the heaviest man", within=(25.0, 80.0), basis="assumed",
        source="assumed: the limit from which WHO calls a man obese")
    usual_bmi: Float[Array, ""] = parameter(
        24.5, "kg/m2", "median BMI of healthy men", within=(20.0, 30.0), basis="assumed",
        source="assumed: non-obese men, since the reference ranges are theirs")
    bmi_spread: Float[Array, ""] = parameter(
        0.12, "1", "spread of log BMI among healthy men", within=(0.02, 0.3), basis="assumed",
        source="assumed: nine men in ten between 20 and 30 kg/m2")


def population(
    n: int,
    seed: int = 1,
    *,
    age: tuple[float, float] | None = None,
    bmi: tuple[float, float] | None = None,
    first: int = 0,
) -> Man:
    """Return healthy virtual men, stacked in one `Man`.

    Parameters
    ----------
    n : int
        How many.
    seed : int, optional
        Another seed is another population.
    age, bmi : (float, float), optional
        Range of ages [year] and of BMI [kg/m2]; those of `Spread` when left out.
    first : int, optional
        Number of the first man, so that a large population can be drawn piece by piece.

    Returns
    -------
    Man
        With a leading ``man`` axis; nothing counts as measured.

    Raises
    ------
    OutOfRange
        When the number or a range is impossible.

    Examples
    --------
    >>> men = population(200, seed=1)
    >>> bool(14.0 < np.median(men.baseline.testosterone) < 20.0)
    True
    """
    if n < 1 or first < 0:
        raise OutOfRange(f"{n} men from number {first} came. Allowed: at least one, from number 0. Correct it.")
    spread = Spread()
    ages = age or (float(spread.youngest), float(spread.oldest))
    masses = bmi or (float(spread.leanest), float(spread.heaviest))
    for name, (low, high), (least, most) in (("age", ages, AGES), ("BMI", masses, BMIS)):
        if not least <= low < high <= most:
            raise OutOfRange(f"{name} {low:g} to {high:g} came. Allowed: ascending, in {least:g} to {most:g}. Fix it.")
    ranges = tuple(jnp.asarray([low, high]) for low, high in (ages, masses))
    blocks = range(first // BLOCK, (first + n - 1) // BLOCK + 1)
    drawn = [jax.tree.map(np.asarray, _block(np.uint32(seed), BLOCK * block + np.arange(BLOCK), *ranges))
             for block in blocks]  # fmt: skip
    skipped = first - BLOCK * blocks[0]
    men: Man = jax.tree.map(lambda *leaves: np.concatenate(leaves)[skipped : skipped + n], *drawn)
    return men


@jax.jit
def _block(seed: Any, numbers: Any, age: Any, bmi: Any) -> Man:
    """Return the men of these numbers."""
    return jax.vmap(partial(_man, seed, age, bmi))(numbers)


def _man(seed: Any, age: Any, bmi: Any, number: Any) -> Man:
    """Return one man."""
    own = jax.random.fold_in(jax.random.key(seed), number)

    def normal(purpose: str) -> Any:
        key = jax.random.fold_in(own, np.uint32(zlib.crc32(purpose.encode())))
        return jax.random.truncated_normal(key, -FURTHEST, FURTHEST, dtype=float)

    years = age[0] + (age[1] - age[0]) * jax.scipy.stats.norm.cdf(normal("age"))
    spread = Spread()
    mass = jnp.clip(spread.usual_bmi * jnp.exp(spread.bmi_spread * normal("bmi")), bmi[0], bmi[1])
    body = _responding(normal)
    cvs = {path: one.cv for path, one, _ in parameters(Body())}
    z = {name: normal(name) for name in LEVELS}
    rho = jnp.asarray(spread.testosterone_with_shbg)
    z["testosterone"] = rho * z["shbg"] + jnp.sqrt(1.0 - rho**2) * z["testosterone"]
    apart = {name: jnp.exp(_sigma(cvs[path]) * z[name]) for name, path in LEVELS.items()}
    baseline = completed(body, {}, years, mass, apart)
    measured = {name: jnp.zeros(()) for name in MEASURABLE}
    return Man.made(body, baseline, years, mass, measured)


def _responding(normal: Any) -> Body:
    """Return a body whose response constants are spread as declared; his own numbers follow from his baseline."""
    changes: dict[str, Any] = {}
    for path, one, value in parameters(Body()):
        if one.cv and path not in OWN and path not in LEVELS.values() and ".reference_" not in path:
            changes[path] = jnp.clip(value * jnp.exp(_sigma(one.cv) * normal(path)), *one.within)
    return change(jax.tree.map(jnp.asarray, Body()), changes)


def _sigma(cv: float) -> float:
    """Return the spread of the logarithm of what varies with this coefficient of variation."""
    return float(np.sqrt(np.log1p(cv**2)))
