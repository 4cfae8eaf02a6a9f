"""How men differ: virtual men whose levels and response constants are spread as declared.

A man's level is what is expected of his age, his BMI and his other levels (`leydig.man.imputation`)
times his own deviation, or, where his kind (`leydig.man.phenotypes`) has a median of its own, that median
times his deviation. ``z`` are normal deviates, correlated as the kind declares::

    no median:  T = T*·(1 + s·z_T)²     X = X*·exp(σ_X·z_X)     odds q = odds q*·exp(σ_q·z_q)
                E = E*·excess·exp(σ_E·z_E)                      (the kind's aromatase, of estradiol)
                C = C*·exp(σ_C·z_C + σ_V·z_V)                   (so concentration and volume are independent)
    a median:   X = median·exp(σ_X·z_X)     odds q = odds of the median·exp(σ_q·z_q)     within the kind's limits
    a capacity: c = capacity·S0·M·exp(σ_C·z_C)     C = c·l/(c + l)     M0 = M·l/(c + l)      (none are seen below l)

``S0`` is his own support and ``M`` the kind's maturation of tubules (`leydig.body.spermatogenesis`): a count of
none sets no capacity, so that is drawn, and he shows none because his tubules are as little mature as that asks
for. The square root makes testosterone's lower tail longer than a log-normal's, as it is. Parameters of the
response with a ``cv`` are spread log-normally inside their range. Every ``z`` is drawn within 3 by its purpose
and by the number of the man, so that man 17 of seed 1 is the same man in any population.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr, ndtri
from jaxtyping import Array, Float, Int, UInt32

from leydig.analytes import ANALYTES
from leydig.arrays import Scalar
from leydig.body import Body
from leydig.body.axis import State
from leydig.body.baseline import quasi_steady_state, steady_state
from leydig.body.effects import Action
from leydig.checks import ABOVE_ZERO, NOT_NEGATIVE, interval, plain_number, seed_number, whole_number
from leydig.errors import UnknownName
from leydig.man.imputation import impute_baseline
from leydig.man.limits import AGES, BMIS
from leydig.man.man import MEASURABLE, SHARES, Man
from leydig.man.phenotypes import kind_of
from leydig.parameter import change, log_spread, parameters
from leydig.streams import word_of

__all__ = ["population", "population_matching"]

MOST_MEN = 2**31 - 1  # a man's number is one word of his random stream
BLOCK = 1000  # men drawn together; always the same shape, so that a man has the same bytes anywhere
FURTHEST = 3.0  # standard deviations beyond which no man is drawn
TOGETHER = (("testosterone", "shbg"), ("testosterone", "lh"), ("fsh", "inhibin_b"),
            ("sperm_concentration", "inhibin_b"), ("sperm_concentration", "fsh"))  # fmt: skip
OWN = (
    "hypothalamus.drive",
    "hypothalamus.own_androgen",
    "hypothalamus.own_estrogen",
    "pituitary.fsh_drive",
    "testis.capacity",
    "testis.inhibin_production",
    "testis.adrenal_secretion",
    "blood.shbg_production",
    "periphery.aromatase",
    "spermatogenesis.sertoli",
    "spermatogenesis.tubules",
    "spermatogenesis.usual_support",
    "spermatogenesis.volume",
    "spermatogenesis.motile",
    "spermatogenesis.progressive",
    "spermatogenesis.normal",
    "marrow.hematocrit_production",
    "bone.density_formation",
)  # fmt: skip  (what a man's baseline sets)


def population(
    n: int,
    seed: int = 1,
    *,
    kind: str = "healthy",
    age: tuple[float, float] | None = None,
    bmi: tuple[float, float] | None = None,
    first: int = 0,
) -> Man:
    """Return virtual men, stacked in one `Man`.

    Parameters
    ----------
    n : int
        How many.
    seed : int, optional
        Another seed is another population.
    kind : str, optional
        A kind of `leydig.man.phenotypes`: healthy, obesity, secondary, primary, compensated, hypogonadotropic,
        oligozoospermia, azoospermia, obstructive, recovering.
    age, bmi : (float, float), optional
        Range of ages [year] and of BMI [kg/m2]; those of the kind when left out.
    first : int, optional
        Number of the first man, so that a large population can be drawn piece by piece.

    Returns
    -------
    Man
        With a leading ``man`` axis; nothing counts as measured. Men who recover are not at rest: their
        baseline is what they return to.

    Raises
    ------
    UnknownName
        When there is no such kind.
    OutOfRange
        When the number or a range is impossible.

    Examples
    --------
    >>> men = population(200, seed=1)
    >>> bool(14.0 < np.median(men.baseline.testosterone) < 20.0)
    True
    """
    own = kind_of(kind)
    ages = (own["youngest"], own["oldest"]) if age is None else interval(age, "age", AGES, "years")
    masses = (own["leanest"], own["heaviest"]) if bmi is None else interval(bmi, "BMI", BMIS, "kg/m2")
    years = np.array([*ages, np.nan, np.nan])
    mass = np.array([*masses, np.nan, np.nan, np.log(own["usual_bmi"]), own["bmi_spread"]])
    return _draw(n, seed, first, own, years, mass, _levels(own), Body())


def population_matching(
    n: int,
    seed: int,
    *,
    kind: str = "healthy",
    age: tuple[float, float],
    bmi: tuple[float, float],
    levels: Mapping[str, tuple[float, float]],
    body: Body | None = None,
    first: int = 0,
) -> Man:
    """Return virtual men like those of a published group.

    Parameters
    ----------
    n, seed, first
        As for `population`.
    kind : str, optional
        Kind of man for all that `levels` leaves open.
    age, bmi : (float, float)
        Mean and standard deviation; what is outside 18 to 90 years and 14 to 80 kg/m2 becomes the limit.
    levels : mapping of str to (float, float)
        By the names of `leydig.man.man.MEASURABLE`: median true level in its inside unit, and standard
        deviation of its logarithm (for shares of sperm, of the logarithm of the odds).
    body : Body, optional
        Medians of the response constants; the shipped ones when left out.

    Returns
    -------
    Man
        With a leading ``man`` axis; nothing counts as measured.

    Raises
    ------
    UnknownName
        When there is no such kind or level.
    OutOfRange
        When a number is impossible.

    Examples
    --------
    >>> men = population_matching(400, 1, age=(34.0, 5.0), bmi=(28.7, 3.0), levels={"testosterone": (9.4, 0.2)})
    >>> bool(8.9 < np.median(men.baseline.testosterone) < 9.9)
    True
    """
    own = kind_of(kind)
    for name, (mean, sd), limits, unit in (("age", age, AGES, "years"), ("BMI", bmi, BMIS, "kg/m2")):
        plain_number(mean, f"mean {name}", limits, unit)
        plain_number(sd, f"standard deviation of {name}", NOT_NEGATIVE, unit)
    table = _levels(own)
    for name, (median, spread) in levels.items():
        if name not in MEASURABLE:
            raise UnknownName.among("baseline level", name, MEASURABLE)
        highest = np.nextafter(1.0, 0.0) if name in SHARES else np.inf
        plain_number(median, f"median {name}", (ABOVE_ZERO, float(highest)), ANALYTES[name].unit)
        plain_number(spread, f"spread of {name}", NOT_NEGATIVE)
        table[name] = np.array([median, spread, 0.0, np.inf])
    years, mass = np.array([*AGES, *age]), np.array([*BMIS, *bmi, 0.0, 1.0])
    return _draw(n, seed, first, own, years, mass, table, Body() if body is None else body)


def _levels(own: Mapping[str, float]) -> dict[str, Float[np.ndarray, "4"]]:
    """Return median (NaN: expected), spread and limits of every level of a kind."""
    return {
        name: np.array([own.get(name, np.nan), own.get(f"{name}_spread", 0.0),
                        own.get(f"{name}_least", 0.0), own.get(f"{name}_most", np.inf)])
        for name in MEASURABLE
    }  # fmt: skip


def _cholesky_factor(own: Mapping[str, float]) -> Float[np.ndarray, "level level"]:
    """Return the matrix that makes independent deviates correlated as a kind declares."""
    names = list(MEASURABLE)
    matrix = np.eye(len(names))
    for one, other in TOGETHER:
        i, j = names.index(one), names.index(other)
        matrix[i, j] = matrix[j, i] = own[f"{one}_{other}"]
    return np.linalg.cholesky(matrix)


def _draw(
    n: int,
    seed: int,
    first: int,
    own: dict[str, Any],
    years: Float[np.ndarray, "4"],
    mass: Float[np.ndarray, "6"],
    levels: dict[str, Float[np.ndarray, "4"]],
    body: Body,
) -> Man:
    """Return these men, drawn in blocks of one size."""
    n, first = whole_number(n, "number of men", (1, MOST_MEN)), whole_number(first, "first man", (0, MOST_MEN))
    seed = seed_number(seed)
    known = {"age": years, "bmi": mass, "levels": levels, "mixing": _cholesky_factor(own),
             "root": own["root_testosterone_spread"], "room": own["room"], "tubules": own["tubules"],
             "excess": own["estradiol_excess"]}  # fmt: skip
    if "sperm_capacity" in own and np.isnan(levels["sperm_concentration"][0]):
        known["capacity"] = own["sperm_capacity"]
    drawn = []
    for block in range(first // BLOCK, (first + n - 1) // BLOCK + 1):
        men = _block(np.uint32(seed), BLOCK * block + np.arange(BLOCK), known, body)
        men = _stop_testosterone(men, own["testosterone_input"]) if "testosterone_input" in own else men
        drawn.append(jax.tree.map(np.asarray, men))
    skipped = first % BLOCK
    stacked: Man = jax.tree.map(lambda *leaves: np.concatenate(leaves)[skipped : skipped + n], *drawn)
    return stacked


@jax.jit
def _block(seed: UInt32[Array, ""], numbers: Int[Array, " man"], known: dict[str, Any], body: Body) -> Man:
    """Return the men of these numbers."""
    return jax.vmap(partial(_man, seed, known, body))(numbers)


def _man(seed: UInt32[Array, ""], known: dict[str, Any], middle: Body, number: Int[Array, ""]) -> Man:
    """Return one man."""
    own = jax.random.fold_in(jax.random.key(seed), number)

    def normal(purpose: str) -> Scalar:
        key = jax.random.fold_in(own, np.uint32(word_of(purpose)))
        return jax.random.truncated_normal(key, -FURTHEST, FURTHEST, dtype=float)

    years, mass = _age(known["age"], normal("age")), _mass(known["bmi"], normal("bmi"))
    body = _vary_response(normal, change(middle, {"body.spermatogenesis.tubules": known["tubules"]}, "body"))
    z = dict(zip(MEASURABLE, known["mixing"] @ jnp.stack([normal(name) for name in MEASURABLE]), strict=True))
    levels = known["levels"]
    apart = {name: jnp.exp(levels[name][1] * z[name]) for name in MEASURABLE}
    apart["testosterone"] = (1.0 + known["root"] * z["testosterone"]) ** 2
    apart["estradiol"] = known["excess"] * apart["estradiol"]
    apart["sperm_concentration"] = apart["sperm_concentration"] * apart["semen_volume"]
    unseen = None
    if "capacity" in known:
        usual = known["capacity"] * middle.spermatogenesis.volume / middle.spermatogenesis.sertoli
        unseen = partial(_unseen, levels["sperm_concentration"], z["sperm_concentration"], usual)
    drawn = {name: _level(name, levels[name], z[name]) for name in levels}
    baseline = impute_baseline(body, drawn, years, mass, apart, unseen)
    highest = body.pituitary.highest_lh(), body.pituitary.highest_fsh()
    kept = [
        jnp.minimum(level, known["room"] * top) for level, top in zip((baseline.lh, baseline.fsh), highest, strict=True)
    ]
    baseline = eqx.tree_at(lambda base: [base.lh, base.fsh], baseline, kept)
    if "capacity" in known:
        none = 1.0 - baseline.sperm_concentration / levels["sperm_concentration"][3]
        body = change(body, {"body.spermatogenesis.tubules": known["tubules"] * none}, "body")
    return Man.from_baseline(body, baseline, years, mass, {name: jnp.zeros(()) for name in MEASURABLE})


def _age(known: Float[Array, "4"], z: Scalar) -> Scalar:
    """Return an age: spread evenly over a range, or normal where a mean is known."""
    low, high, mean, sd = known
    return jnp.where(jnp.isnan(mean), low + (high - low) * ndtr(z), jnp.clip(mean + sd * z, low, high))


def _mass(known: Float[Array, "6"], z: Scalar) -> Scalar:
    """Return a BMI: log-normal inside a range, or normal where a mean is known."""
    low, high, mean, sd, middle, spread = known
    ends = [(jnp.log(end) - middle) / spread for end in (low, high)]
    ranged = jnp.clip(jnp.exp(middle + spread * _truncated_deviate(z, *ends)), low, high)
    return jnp.where(jnp.isnan(mean), ranged, jnp.clip(mean + sd * z, low, high))


def _level(name: str, known: Float[Array, "4"], z: Scalar) -> Scalar:
    """Return a level that has a median of its own; NaN where it has none."""
    median, spread, least, most = known
    middle = jnp.log(median)
    ends = [(jnp.log(end) - middle) / spread for end in (least, most)]
    if name in SHARES:
        odds = median / (1.0 - median) * jnp.exp(spread * z)
        return odds / (1.0 + odds)
    limited = jnp.isfinite(most) | (least > 0.0)
    return jnp.exp(middle + spread * jnp.where(limited, _truncated_deviate(z, *ends), z))


def _unseen(known: Float[Array, " number"], z: Scalar, usual: Scalar, expected: Scalar) -> Scalar:
    """Return how far a man in whom no sperm are seen is apart from what is expected of a usual man's testes in him."""
    _, spread, _, most = known
    own = usual * jnp.exp(spread * z)
    return own * most / (own * expected + most)


def _truncated_deviate(z: Scalar, low: Scalar, high: Scalar) -> Scalar:
    """Return a normal deviate pressed between two limits, in its order: a truncated normal deviate."""
    upper = low > 0.0  # tails are resolved on the lower side only
    start, end = jnp.where(upper, -high, low), jnp.where(upper, -low, high)
    share = ndtr(start) + ndtr(jnp.where(upper, -z, z)) * (ndtr(end) - ndtr(start))
    found = ndtri(share)
    return jnp.where(upper, -found, found)


def _vary_response(normal: Callable[[str], Scalar], middle: Body) -> Body:
    """Return a body whose response constants are spread about these; his own numbers follow from his baseline."""
    changes: dict[str, Scalar] = {}
    for path, one, value in parameters(middle):
        if one.cv and path not in OWN and ".reference_" not in path:
            changes[path] = jnp.clip(value * jnp.exp(log_spread(one.cv) * normal(path)), *one.within)
    return change(jax.tree.map(jnp.asarray, middle), changes)


# Men who recover --------------------------------------------------------------------------------------


@jax.jit
def _stop_testosterone(men: Man, given: Scalar) -> Man:
    """Return these men on the day on which long-standing testosterone has left their blood."""
    return eqx.tree_at(lambda many: many.state, men, jax.vmap(partial(_state_after_testosterone, given))(men))


def _state_after_testosterone(given: Scalar, man: Man) -> State:
    """Return his state: all that is slow as it was under testosterone, blood as his own testes fill it now."""
    body, frame = man.body, man.body.frame(man.bmi)
    state = steady_state(body, man.state, given, frame)
    for _ in range(2):  # estradiol follows testosterone
        after = quasi_steady_state(body, state, body.signals(state, Action(), frame), jnp.zeros(()), frame)
        state = eqx.tree_at(lambda s: (s.testosterone, s.estradiol), state, (after.testosterone, after.estradiol))
    return state
