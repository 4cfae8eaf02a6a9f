"""One condition of a rule: which quantity, or what a record or a twin implies, it compares with what.

What is unknown stays unknown: a missing result, and a forecast that no twin gives, never decide.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from leydig.protocol.implied import is_forecast, short_title
from leydig.protocol.vocabulary import AskedChange, AskedDay, AskedRegimen, WorkUpResult
from leydig.units import snap

if TYPE_CHECKING:
    import numpy as np

__all__ = ["AnyOf", "Condition", "compare"]


@dataclass(frozen=True)
class Condition:
    """One comparison.

    Attributes
    ----------
    of : str
        A quantity, or what a record implies (`leydig.assessment.facts`): ``rung.DRUG``, ``on.DRUG``, ``labs.valid`` ...
    below, above, at_least, at_most : float or None
        In `unit`.
    answer : bool or None
        For a question.
    known : bool or None
        Whether it was recorded at all, `within` so many days where that is said.
    result : WorkUpResult
    unit : str
        As the protocol writes it.
    at : AskedDay
    change : AskedChange
        Compare what changed since baseline instead of the level.
    times : int
        On how many days in a row, the last ones.
    scale : float
        From `unit` to the unit of the quantity.
    within : int
        Age in days at most of what was recorded; 0 for any.
    under : AskedRegimen
        Of which regimen a forecast is asked: of what is given, or of what its rule would advise.
    laboratory : float
        How many times its laboratory's own limit stands in place of the bound, where that was recorded; 0 for never.
    """

    of: str
    below: float | None = None
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    answer: bool | None = None
    known: bool | None = None
    unit: str = ""
    at: AskedDay = AskedDay.LATEST
    change: AskedChange = AskedChange.NONE
    times: int = 1
    scale: float = 1.0
    result: WorkUpResult = WorkUpResult.UNASKED
    within: int = 0
    laboratory: float = 0.0
    under: AskedRegimen = AskedRegimen.GIVEN

    def __str__(self) -> str:
        name = short_title(self.of)
        name += {AskedChange.DIFFERENCE: " (change)", AskedChange.RATIO: " (against baseline)"}.get(self.change, "")
        name += " at baseline" if self.at == AskedDay.BASELINE else ""
        name += " under what is advised" if self.under == AskedRegimen.ADVISED else ""
        if self.answer is not None:
            return f"{name}: {'yes' if self.answer else 'no'}"
        if self.result:
            return f"{name}: {self.result}"
        if self.known is not None:
            age = f" within {self.within} days" if self.within else ""
            return f"{name} {'' if self.known else 'not '}recorded{age}"
        return f"{name} {self.range_text}" + (f" {self.times} times in a row" if self.times > 1 else "")

    @property
    def range_text(self) -> str:
        """Its bounds in words."""
        words = {"above": self.above, "at least": self.at_least, "below": self.below, "at most": self.at_most}
        unit = f" {self.unit}" if self.unit not in ("", "1") else ""
        return " and ".join(f"{word} {value:g}{unit}" for word, value in words.items() if value is not None)

    @property
    def of_regimen(self) -> bool:
        """Whether it asks what is given, or what is expected of it."""
        head = self.of.partition(".")[0]
        return self.of in ("treated", "others.running") or head in ("on", "rung") or self.of_forecast

    @cached_property
    def of_forecast(self) -> bool:
        """Whether a twin answers it."""
        return is_forecast(self.of)

    @property
    def key(self) -> str:
        """What it reads, by which the states of a protocol name it."""
        return f"{self.of} under what is advised" if self.under == AskedRegimen.ADVISED else self.of

    @property
    def limits(self) -> tuple[float, ...]:
        """Every number that it compares with, in the unit of the quantity."""
        given = (self.below, self.above, self.at_least, self.at_most)
        return tuple(snap(one * self.scale) for one in given if one is not None)


def compare(
    condition: Condition, low: "float | np.ndarray", high: "float | np.ndarray",
    own: tuple[float | None, float | None] | None = None,
) -> tuple["bool | np.ndarray", "bool | np.ndarray"]:  # fmt: skip
    """Return whether a value between these bounds surely fulfills a condition, and whether it surely does not.

    Parameters
    ----------
    condition : Condition
    low, high : float or Float[np.ndarray, "..."]
        Bounds in the unit of the quantity.
    own : (float or None, float or None), optional
        The laboratory's own limits in that unit, for a condition that asks for them; None for one that is not printed.
    """
    surely: bool | np.ndarray = True
    never: bool | np.ndarray = False
    scale, times = condition.scale, condition.laboratory
    lowest, highest = own if own and times else (None, None)
    if condition.below is not None:
        limit = snap(condition.below * scale if lowest is None else times * lowest)
        surely, never = surely & (high < limit), never | (low >= limit)
    if condition.above is not None:
        limit = snap(condition.above * scale if highest is None else times * highest)
        surely, never = surely & (low > limit), never | (high <= limit)
    if condition.at_least is not None:
        limit = snap(condition.at_least * scale)
        surely, never = surely & (low >= limit), never | (high < limit)
    if condition.at_most is not None:
        limit = snap(condition.at_most * scale)
        surely, never = surely & (high <= limit), never | (low > limit)
    return surely, never


@dataclass(frozen=True)
class AnyOf:
    """Conditions of which one is enough."""

    conditions: tuple[Condition, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.conditions))
