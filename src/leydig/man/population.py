"""How men differ: virtual men whose levels and response constants are spread as declared.

Each man is made of standard normal numbers by the map of `leydig.man.deviates`. Every number is drawn within 3 by its
purpose and by the number of the man, so that man 17 of seed 1 is the same man in any population.
"""

from collections.abc import Mapping
from functools import partial

import jax
import numpy as np
from jaxtyping import Array, Float, Int, UInt32
from scipy.special import ndtr, ndtri

from leydig.analytes import ANALYTES
from leydig.arrays import Scalar
from leydig.body import Body
from leydig.checks import ABOVE_ZERO, NOT_NEGATIVE, interval, plain_number, seed_number, whole_number
from leydig.man.deviates import (
    BLOCK,
    FURTHEST,
    PopulationTraits,
    about,
    deviate_names,
    level_table,
    men_of_deviates,
    population_traits,
)
from leydig.man.limits import AGES, BMIS
from leydig.man.man import MEASURABLE, SHARES, Man, unknown_level
from leydig.man.phenotypes import kind_of
from leydig.streams import word_of

__all__ = ["population", "population_matching"]

MOST_MEN = 2**31 - 1  # a man's number is one word of his random stream


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
    return _draw(n, seed, first, population_traits(own, years, mass, level_table(own)), Body())


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
    even: bool = False,
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
    even : bool, optional
        Give each standard normal number of the men one value in each of ``n`` slices of equal chance, in the order in
        which they were drawn (a Latin hypercube): means and shares of few men are then near those of many, and man 17
        is no longer the same man among other numbers of men.

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
    table = level_table(own)
    for name, (median, spread) in levels.items():
        if name not in MEASURABLE:
            raise unknown_level(name)
        highest = np.nextafter(1.0, 0.0) if name in SHARES else np.inf
        plain_number(median, f"median {name}", (ABOVE_ZERO, float(highest)), ANALYTES[name].unit)
        plain_number(spread, f"spread of {name}", NOT_NEGATIVE)
        table[name] = np.array([median, spread, 0.0, np.inf])
    traits = population_traits(own, *about(age, bmi), table)
    return _draw(n, seed, first, traits, Body() if body is None else body, even)


def _draw(n: int, seed: int, first: int, traits: PopulationTraits, body: Body, even: bool = False) -> Man:
    """Return these men, drawn in blocks of one size."""
    n, first = whole_number(n, "number of men", (1, MOST_MEN)), whole_number(first, "first man", (0, MOST_MEN))
    seed, names = seed_number(seed), deviate_names(body)
    words = np.array([word_of(name) for name in names], dtype=np.uint32)
    skipped = first % BLOCK
    blocks = range(first // BLOCK, (first + n - 1) // BLOCK + 1)
    numbers = [np.asarray(_normals(np.uint32(seed), BLOCK * block + np.arange(BLOCK), words)) for block in blocks]
    if even:
        numbers = [_even_numbers(np.concatenate(numbers, axis=1)[:, skipped : skipped + n])]
        skipped = 0
    drawn = [men_of_deviates(dict(zip(names, one, strict=True)), traits, body) for one in numbers]
    stacked: Man = jax.tree.map(lambda *leaves: np.concatenate(leaves)[skipped : skipped + n], *drawn)
    return stacked


def _even_numbers(numbers: Float[np.ndarray, "purpose man"]) -> Float[np.ndarray, "purpose man"]:
    """Return the middle of one slice of equal chance for each man, in the order of these numbers."""
    places = np.argsort(np.argsort(numbers, axis=1), axis=1)
    furthest = ndtr(-FURTHEST)
    return np.asarray(ndtri(furthest + (1.0 - 2.0 * furthest) * (places + 0.5) / numbers.shape[1]))


@jax.jit
def _normals(
    seed: UInt32[Array, ""], numbers: Int[Array, " man"], words: UInt32[Array, " purpose"]
) -> Float[Array, "purpose man"]:
    """Return a standard normal number within `FURTHEST` for each purpose and man, from their random streams."""

    def normal(word: UInt32[Array, ""], number: Int[Array, ""]) -> Scalar:
        key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), number), word)
        return jax.random.truncated_normal(key, -FURTHEST, FURTHEST, dtype=float)

    return jax.vmap(lambda word: jax.vmap(partial(normal, word))(numbers))(words)
