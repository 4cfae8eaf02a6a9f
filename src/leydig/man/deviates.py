"""How men differ: the map from standard normal numbers to a man, by which every population is drawn.

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
and by the number of the man, so that man 17 of seed 1 is the same man in any population. `men_of_deviates` is the map
from these numbers to men: populations draw them, a fit (`leydig.inference`) looks for those of one man.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr, ndtri
from jaxtyping import Array, Float

from leydig.arrays import Scalar
from leydig.body import Body
from leydig.body.axis import State
from leydig.body.baseline import quasi_steady_state, steady_state
from leydig.body.effects import Action
from leydig.checks import plain_number
from leydig.man.imputation import impute_baseline, unseen_factor
from leydig.man.limits import AGES, BMIS
from leydig.man.man import MEASURABLE, SHARES, Man
from leydig.man.phenotypes import kind_of
from leydig.parameter import change, log_spread, parameters

__all__ = [
    "BLOCK",
    "FURTHEST",
    "PopulationTraits",
    "about",
    "deviate_names",
    "level_table",
    "man_of_deviates",
    "men_of_deviates",
    "population_traits",
    "state_after_testosterone",
    "traits_of_kind",
]

BLOCK = 1000  # men made together; always the same shape, so that a man has the same bytes anywhere
FURTHEST = 3.0  # standard deviations beyond which no man is drawn
CLEARANCE = "blood.testosterone_clearance"  # beside the levels: what it takes from testosterone
TOGETHER = (("testosterone", "clearance"), ("testosterone", "shbg"), ("testosterone", "lh"), ("fsh", "inhibin_b"),
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


class PopulationTraits(NamedTuple):
    """What men of a kind have in common, as `men_of_deviates` reads it.

    Attributes
    ----------
    known : dict
        Age, BMI, levels with their medians, spreads and limits, and how they go together.
    testosterone_input : float or None
        Testosterone [nmol/L] that men who recover had until day 0; None of other men.
    """

    known: dict[str, Any]
    testosterone_input: float | None


def traits_of_kind(kind: str, age: float, bmi: float) -> PopulationTraits:
    """Return what men of a kind, of one age and BMI, have in common.

    Parameters
    ----------
    kind : str
        Of `leydig.man.phenotypes`.
    age, bmi : float
        Years and kg/m2; they may lie outside the ranges of the kind.

    Raises
    ------
    UnknownName
        When there is no such kind.
    OutOfRange
        When a number is impossible.
    """
    own = kind_of(kind)
    age, bmi = plain_number(age, "age", AGES, "years"), plain_number(bmi, "BMI", BMIS, "kg/m2")
    return population_traits(own, *about((age, 0.0), (bmi, 0.0)), level_table(own))


def about(
    age: tuple[float, float], bmi: tuple[float, float]
) -> tuple[Float[np.ndarray, "4"], Float[np.ndarray, "6"]]:
    """Return ages and BMIs that are normal about a mean."""
    return np.array([*AGES, *age]), np.array([*BMIS, *bmi, 0.0, 1.0])


def level_table(own: Mapping[str, float]) -> dict[str, Float[np.ndarray, "4"]]:
    """Return median (NaN: expected), spread and limits of every level of a kind."""
    return {
        name: np.array([own.get(name, np.nan), own.get(f"{name}_spread", 0.0),
                        own.get(f"{name}_least", 0.0), own.get(f"{name}_most", np.inf)])
        for name in MEASURABLE
    }  # fmt: skip


def _cholesky_factor(own: Mapping[str, float]) -> Float[np.ndarray, "level level"]:
    """Return the matrix that makes independent deviates correlated as a kind declares: of clearance, then of levels."""
    names = ["clearance", *MEASURABLE]
    matrix = np.eye(len(names))
    for one, other in TOGETHER:
        i, j = names.index(one), names.index(other)
        matrix[i, j] = matrix[j, i] = own[f"{one}_{other}"]
    return np.linalg.cholesky(matrix)


def population_traits(
    own: dict[str, Any],
    years: Float[np.ndarray, "4"],
    mass: Float[np.ndarray, "6"],
    levels: dict[str, Float[np.ndarray, "4"]],
) -> PopulationTraits:
    """Return what men have in common, from their kind, ages, BMIs and levels."""
    known = {"age": years, "bmi": mass, "levels": levels, "mixing": _cholesky_factor(own),
             "root": own["root_testosterone_spread"], "room": own["room"], "tubules": own["tubules"],
             "excess": own["estradiol_excess"]}  # fmt: skip
    if "sperm_capacity" in own and np.isnan(levels["sperm_concentration"][0]):
        known["capacity"] = own["sperm_capacity"]
    return PopulationTraits(known, own.get("testosterone_input"))


def deviate_names(body: Body) -> tuple[str, ...]:
    """Return what each standard normal number of a man is for: his age, his BMI, his levels, his response constants."""
    varied = [path for path, one, _ in parameters(body) if one.cv and path not in OWN and ".reference_" not in path]
    return ("age", "bmi", *MEASURABLE, *varied)


def men_of_deviates(
    deviates: Mapping[str, Float[np.ndarray, " man"]], traits: PopulationTraits, body: Body | None = None
) -> Man:
    """Return men from their standard normal numbers: the map by which every population is drawn.

    Parameters
    ----------
    deviates : mapping of str to Float[np.ndarray, " man"]
        One number for each man, by `deviate_names`; what is beyond `FURTHEST` is nobody's.
    traits : PopulationTraits
    body : Body, optional
        Medians of the response constants; the shipped ones when left out.
    """
    middle, count = Body() if body is None else body, len(next(iter(deviates.values())))
    parts = []
    for first in range(0, count, BLOCK):
        which = np.minimum(np.arange(first, first + BLOCK), count - 1)
        parts.append(_men({name: np.asarray(z)[which] for name, z in deviates.items()}, traits, middle))
    stacked: Man = jax.tree.map(lambda *leaves: np.concatenate(leaves)[:count], *parts)
    return stacked


def _men(deviates: Mapping[str, Any], traits: PopulationTraits, body: Body) -> Man:
    """Return the men of one block."""
    men = _block(dict(deviates), traits.known, body)
    men = men if traits.testosterone_input is None else _stop_testosterone(men, traits.testosterone_input)
    numbers: Man = jax.tree.map(np.asarray, men)
    return numbers


@jax.jit
def _block(deviates: dict[str, Float[Array, " man"]], known: dict[str, Any], body: Body) -> Man:
    """Return the men of these deviates."""
    return jax.vmap(partial(man_of_deviates, known, body))(deviates)


def man_of_deviates(traits: dict[str, Any], middle: Body, normal: dict[str, Scalar]) -> Man:
    """Return one man, while JAX traces.

    Parameters
    ----------
    traits : dict
        `PopulationTraits.known`.
    middle : Body
        Medians of the response constants.
    normal : dict of str to Float[Array, ""]
        His standard normal numbers, by `deviate_names`.
    """
    years, mass = _age(traits["age"], normal["age"]), _mass(traits["bmi"], normal["bmi"])
    body = _vary_response(normal, change(middle, {"body.spermatogenesis.tubules": traits["tubules"]}, "body"))
    together = traits["mixing"] @ jnp.stack([normal[name] for name in (CLEARANCE, *MEASURABLE)])
    z = dict(zip(MEASURABLE, together[1:], strict=True))
    levels = traits["levels"]
    apart = {name: jnp.exp(levels[name][1] * z[name]) for name in MEASURABLE}
    apart["testosterone"] = (1.0 + traits["root"] * z["testosterone"]) ** 2
    apart["estradiol"] = traits["excess"] * apart["estradiol"]
    apart["sperm_concentration"] = apart["sperm_concentration"] * apart["semen_volume"]
    unseen = None
    if "capacity" in traits:
        usual = traits["capacity"] * middle.spermatogenesis.volume / middle.spermatogenesis.sertoli
        unseen = partial(_unseen, levels["sperm_concentration"], z["sperm_concentration"], usual)
    drawn = {name: _level(name, levels[name], z[name]) for name in levels}
    baseline = impute_baseline(body, drawn, years, mass, apart, unseen)
    highest = body.pituitary.highest_lh(), body.pituitary.highest_fsh()
    gonadotropins = zip((baseline.lh, baseline.fsh), highest, strict=True)
    kept = [jnp.minimum(level, traits["room"] * top) for level, top in gonadotropins]
    baseline = eqx.tree_at(lambda base: [base.lh, base.fsh], baseline, kept)
    if "capacity" in traits:
        none = 1.0 - baseline.sperm_concentration / levels["sperm_concentration"][3]
        body = change(body, {"body.spermatogenesis.tubules": traits["tubules"] * none}, "body")
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
    return unseen_factor(usual * jnp.exp(spread * z), most, expected)


def _truncated_deviate(z: Scalar, low: Scalar, high: Scalar) -> Scalar:
    """Return a normal deviate pressed between two limits, in its order: a truncated normal deviate."""
    upper = low > 0.0  # tails are resolved on the lower side only
    start, end = jnp.where(upper, -high, low), jnp.where(upper, -low, high)
    share = ndtr(start) + ndtr(jnp.where(upper, -z, z)) * (ndtr(end) - ndtr(start))
    found = ndtri(share)
    return jnp.where(upper, -found, found)


def _vary_response(normal: Mapping[str, Scalar], middle: Body) -> Body:
    """Return a body whose response constants are spread about these; his own numbers follow from his baseline."""
    changes: dict[str, Scalar] = {}
    for path, one, value in parameters(middle):
        if path in normal:
            changes[path] = jnp.clip(value * jnp.exp(log_spread(one.cv) * normal[path]), *one.within)
    return change(jax.tree.map(jnp.asarray, middle), changes)


# Men who recover --------------------------------------------------------------------------------------


@jax.jit
def _stop_testosterone(men: Man, given: Scalar) -> Man:
    """Return these men on the day on which long-standing testosterone has left their blood."""
    return eqx.tree_at(lambda many: many.state, men, jax.vmap(partial(state_after_testosterone, given))(men))


def state_after_testosterone(level: Scalar, man: Man) -> State:
    """Return his state on the day on which long-standing testosterone has left his blood, while JAX traces.

    All that is slow is as it was under testosterone; blood is as his own testes fill it now.

    Parameters
    ----------
    level : Float[Array, ""]
        The testosterone that he had [nmol/L].
    man : Man
        At rest.
    """
    body, frame = man.body, man.body.frame(man.bmi)
    state = steady_state(body, man.state, level, frame)
    for _ in range(2):  # estradiol follows testosterone
        after = quasi_steady_state(body, state, body.signals(state, Action(), frame), jnp.zeros(()), frame)
        state = eqx.tree_at(lambda s: (s.testosterone, s.estradiol), state, (after.testosterone, after.estradiol))
    return state
