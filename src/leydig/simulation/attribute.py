"""`attribute`: how much of a change came through which arrow of the loop.

Cutting an arrow shows what comes through it, but two arrows that are cut one after the other say another thing than
the same two in the other order: what one of them carries depends on what the others do. Shapley's value is the mean
over all orders, and the only split that adds up, treats like arrows alike, gives nothing to an arrow that carries
nothing, and is linear in what is split::

    φ_i = Σ_{S ∌ i} |S|!(n − |S| − 1)!/n! · [v(S ∪ i) − v(S)]        Σ_i φ_i = v(all) − v(none)

``v(S)`` is the change of the level when the arrows of ``S`` are whole and the others carry the man's own resting
signal (`leydig.man.surgery`). ``v(none)`` is the direct part, which no arrow carried.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from math import factorial

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES
from leydig.course.course import Course
from leydig.engine import TOLERANCE
from leydig.errors import NotSolved, OutOfRange, UnknownName
from leydig.man import Man
from leydig.man.surgery.surgery import ARROWS, cut_in_turn
from leydig.man.weight.series import BmiSeries
from leydig.moments import moments
from leydig.regimen import Regimen
from leydig.regimen.regimen import regimen_of
from leydig.simulation.arguments import one_man, solver_options
from leydig.simulation.attribution import DIRECT, Attribution
from leydig.simulation.simulate import BATCH, simulate

__all__ = ["BRAKES", "USUAL_ANALYTE", "attribute", "shapley_values"]

BRAKES = ("estradiol_feedback", "testosterone_feedback", "inhibin_feedback", "estradiol_to_leydig_cells")
NOTHING = "nothing"
USUAL_ANALYTE = "testosterone"


def attribute(
    man: Man,
    before: Regimen | str,
    after: Regimen | str,
    *,
    analyte: str = USUAL_ANALYTE,
    at: float | str | Iterable[float | str] = "26 weeks",
    arrows: Sequence[str] = BRAKES,
    bmi: BmiSeries | None = None,
    tolerance: float = TOLERANCE,
) -> Attribution:
    """Return how much of a change of a level came through which arrow, as a sum that is exact.

    Parameters
    ----------
    man : Man
        One man.
    before, after : Regimen or str
        The two regimens that are compared, each from day 0 on; an empty text is no treatment.
    analyte : str, optional
        Whose change is taken apart.
    at : float, str or iterable of them, optional
        When: days, or texts such as ``"12 weeks"``.
    arrows : sequence of str, optional
        Arrows between which it is split, of `leydig.man.surgery.surgery.ARROWS`; the four brakes when left out. Of
        arrows that follow one another, such as a brake on the brain and LH to the Leydig cells, each gets half.
    bmi : BmiSeries, optional
        How the BMI changes beside the regimen after.
    tolerance : float, optional
        As `simulate`.

    Returns
    -------
    Attribution

    Raises
    ------
    OutOfRange
        When many men came, no arrow, one twice, or a time is impossible.
    UnknownName
        When an analyte or an arrow has another name.
    NotSolved
        When he cannot be solved with some arrow cut.

    References
    ----------
    .. [1] Shapley LS. A value for n-person games. Contributions to the Theory of Games II, 1953, 307-317.

    Examples
    --------
    >>> man = Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L")
    >>> found = attribute(man, "", "anastrozole 1 mg daily", at="12 weeks")
    >>> bool(found["estradiol_feedback"][0] > 0 > found["testosterone_feedback"][0])
    True
    """
    one, names = one_man(man), _arrows(arrows)
    if analyte not in ANALYTES:
        raise UnknownName.among("analyte", analyte, ANALYTES)
    given = regimen_of(before), regimen_of(after)
    tolerance, *_ = solver_options(tolerance, BATCH)
    several = isinstance(at, Iterable) and not isinstance(at, str) and getattr(at, "ndim", 1) > 0
    days = moments(at if several else [at])
    keep = days if days[-1] > 0.0 else np.array([0.0, 1.0])
    subsets = product((False, True), repeat=len(names))
    cuts = [[name for name, whole in zip(names, which, strict=True) if not whole] for which in subsets]
    men = cut_in_turn(one, cuts)
    courses = [simulate(men, text, at=keep, bmi=None if series is None else [series] * len(cuts), tolerance=tolerance)
               for text, series in zip(given, (None, bmi), strict=True)]  # fmt: skip
    for course in courses:
        _refuse_failures(course, cuts)
    first, last = (np.asarray(course[analyte].values)[:, : len(days)] for course in courses)
    shares = shapley_values(last - first)
    parts = dict(zip(names, shares, strict=True)) | {DIRECT: last[0] - first[0]}
    unit = courses[0][analyte].unit
    told = str(given[0]) or NOTHING, str(given[1]) or NOTHING
    return Attribution(analyte, ANALYTES[analyte], unit, days, first[-1], last[-1], parts, told)


def shapley_values(worth: Float[np.ndarray, "subset *time"]) -> Float[np.ndarray, "arrow *time"]:
    """Return Shapley's value of each player of a game.

    Parameters
    ----------
    worth : Float[np.ndarray, "subset *time"]
        What every subset of n players is worth, in 2ⁿ rows: the first player is the highest bit of the row's number,
        so that the first row is that of nobody and the last that of all.

    Examples
    --------
    >>> shapley_values(np.array([0.0, 1.0, 2.0, 5.0]))
    array([3., 2.])
    """
    count = len(worth).bit_length() - 1
    sizes = np.array([number.bit_count() for number in range(len(worth))])
    weights = np.array([factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)])
    found = []
    for player in range(count):
        bit = 1 << (count - player - 1)
        without = np.flatnonzero((np.arange(len(worth)) & bit) == 0)
        found.append(np.tensordot(weights[sizes[without]], worth[without | bit] - worth[without], axes=1))
    return np.array(found)


def _refuse_failures(course: Course, cuts: Sequence[Sequence[str]]) -> None:
    """Refuse a course in which a man with some arrows cut was not solved."""
    for row, why in course.failed.items():
        cut = " and ".join(cuts[row]) or "no arrow"
        raise NotSolved(f"this man was not solved with {cut} cut: {why}. Split the change between fewer arrows, or ask "
                        "for an earlier day.")  # fmt: skip


def _arrows(names: Sequence[str]) -> list[str]:
    """Return names of arrows, refusing none, others, and one that comes twice."""
    listed = [names] if isinstance(names, str) else list(names)
    for name in listed:
        if name not in ARROWS:
            raise UnknownName.among("arrow", name, ARROWS)
    if not listed or len(set(listed)) < len(listed):
        raise OutOfRange(f"got arrows {listed}; expected at least one, each once. Write {list(BRAKES)}, for instance.")
    return listed
