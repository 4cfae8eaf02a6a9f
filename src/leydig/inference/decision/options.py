"""The doses that may be given: strengths of the catalogue at usual intervals, with what no study covers told apart.

A dose is one or two tablets, or half of one where that may be halved; of a drug without strengths a quarter, a half or
the whole of the highest labelled daily dose. No day gives more than that on average.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from leydig.errors import OutOfRange, UnknownName
from leydig.inference.trust.applicability import uncovered_regimen
from leydig.product import PRODUCTS, Product
from leydig.regimen import Regimen
from leydig.regimen.names import find_drug

__all__ = ["INTERVALS", "DoseOptions", "dose_options"]

INTERVALS = {"daily": 1.0, "every other day": 2.0, "twice weekly": 3.5, "weekly": 7.0}  # days between doses
DRAWN_UP = (0.25, 0.5, 1.0)  # of the highest daily dose, where any dose is drawn up
TABLETS = (1, 2)
MOST_DRUGS = 3


@dataclass(frozen=True)
class DoseOptions:
    """What may be given.

    Attributes
    ----------
    regimens : tuple of Regimen
    left_out : dict of str to str
        What no study covers, and why.
    """

    regimens: tuple[Regimen, ...]
    left_out: dict[str, str]


def dose_options(drugs: Sequence[str], evidence_only: bool = True) -> DoseOptions:
    """Return every dose of some drugs, each by itself and all of them together.

    Parameters
    ----------
    drugs : sequence of str
        Each by its name, another generic name or a brand.
    evidence_only : bool, optional
        Whether what no study covers is left out; else it is looked at, and marked.

    Raises
    ------
    UnknownName
        When the catalogue has no such drug.
    OutOfRange
        When there is none, or more than three.

    Examples
    --------
    >>> [str(one) for one in dose_options(["anastrozole"]).regimens]
    ['anastrozole 0.5 mg daily', 'anastrozole 1 mg daily', 'anastrozole 1 mg every other day']
    """
    names = [] if isinstance(drugs, str) else list(dict.fromkeys(find_drug(name) or name for name in drugs))
    if not 1 <= len(names) <= MOST_DRUGS:
        raise OutOfRange(
            f"got drugs {drugs!r}; expected a list of one to {MOST_DRUGS} of the catalogue. See leydig list drugs."
        )
    each = [_doses(PRODUCTS[name]) for name in names]
    texts = [text for many in each for text in many]
    if len(names) > 1:
        texts += [" + ".join(parts) for parts in product(*each)]
    regimens, left_out = [], {}
    for one in map(Regimen, texts):
        why = "; ".join(uncovered_regimen(one))
        if why and evidence_only:
            left_out[str(one)] = why
        else:
            regimens.append(one)
    return DoseOptions(tuple(regimens), left_out)


def _doses(one: Product) -> list[str]:
    """Return the doses of one drug as texts."""
    if one.pulsatile or one.infusible:
        raise UnknownName(
            f"got {one.name}, which is given by a pump; expected a drug of single doses. Name another one."
        )
    most, label = one.label.daily_maximum, one.label
    amounts = [count * strength for strength in label.strengths for count in TABLETS]
    amounts += [0.5 * strength for strength in label.strengths if label.halves]
    amounts = amounts or [share * most for share in DRAWN_UP]
    return [
        f"{one.name} {amount:g} {one.unit} {name}"
        for amount in sorted(set(amounts)) for name, apart in INTERVALS.items()
        if amount <= most * min(apart, 1.0 if label.single_maximum is None else apart) * (1.0 + 1e-9)
    ]  # fmt: skip
