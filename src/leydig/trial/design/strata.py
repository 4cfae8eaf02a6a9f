"""Strata: groups of men by a quantity measured before treatment, cut where the trial says."""

import datetime as dt
import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from leydig import checks
from leydig.errors import BadTrial, LeydigError, UnknownName
from leydig.man.man import MEASURABLE
from leydig.record.quantity import quantity
from leydig.record.record import Record

__all__ = ["Strata"]

ALLOWED = ("age", "bmi", *MEASURABLE)


@dataclass(frozen=True)
class Strata:
    """Groups of men by one quantity at baseline.

    Attributes
    ----------
    of : str
        What is cut: age, bmi, or a level that is measured at screening.
    cuts : tuple of float
        Ascending; a man at a cut is in the group above it.
    unit : str
        Of the cuts.

    Raises
    ------
    BadTrial
        When there is no such quantity or unit, or the cuts do not ascend.
    """

    of: str
    cuts: tuple[float, ...]
    unit: str

    def __post_init__(self) -> None:
        if self.of not in ALLOWED:
            raise BadTrial(str(UnknownName.among("quantity at baseline", self.of, ALLOWED)))
        try:
            quantity(self.of).factor_from(self.unit)
        except LeydigError as error:
            raise BadTrial(str(error)) from error
        cuts = tuple(checks.number(cut, f"a cut of {self.of}", error=BadTrial) for cut in self.cuts)
        if not cuts or list(cuts) != sorted(set(cuts)):
            raise BadTrial(f"got cuts {list(cuts)} of {self.of}; expected ascending numbers. Sort them.")
        object.__setattr__(self, "cuts", cuts)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the groups, from the lowest."""
        edges = [f"{cut:g}" for cut in self.cuts]
        between = [f"{low} to {high}" for low, high in pairwise(edges)]
        return tuple(f"{self.of} {text} {self.unit}" for text in (f"below {edges[0]}", *between, f"from {edges[-1]}"))

    def label(self, record: Record, start: dt.date) -> str:
        """Return the group of a man: by the mean of what was measured at screening.

        Parameters
        ----------
        record : Record
        start : datetime.date
            First day of treatment: what was measured before counts.
        """
        values = [one.value_in(self.unit) for one in record.of(self.of) if one.date < start]
        mean = math.fsum(values) / len(values)
        return self.labels[bisect_right(self.cuts, mean)]
