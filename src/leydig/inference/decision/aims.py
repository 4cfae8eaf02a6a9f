"""What is aimed at, and what must not happen: the bands, the floor and the limit of a protocol, counted over men.

    in band          every target of the protocol at once
    below the floor  estradiol under the lower end of its target
    above the limit  what a critical alert on the hematocrit alone asks

All are asked of true levels, never of what a laboratory would read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from leydig.analytes import ANALYTES
from leydig.protocol.condition import Condition, compare
from leydig.protocol.protocol import Protocol
from leydig.protocol.vocabulary import Group, Severity
from leydig.record.quantity import QUANTITIES

__all__ = ["Aims", "condition_holds"]

Levels = Mapping[str, Float[np.ndarray, " draw"]]


@dataclass(frozen=True)
class Aims:
    """The bands, the floor and the limit of a protocol.

    Attributes
    ----------
    targets : tuple of Condition
        The joint band: all of them.
    floor, limit : tuple of Condition
        Each alone is a harm.
    """

    targets: tuple[Condition, ...]
    floor: tuple[Condition, ...]
    limit: tuple[Condition, ...]

    @classmethod
    def of_protocol(cls, protocol: Protocol) -> "Aims":
        """Return the aims of a protocol."""
        floor = tuple(
            Condition("estradiol", below=one.band.at_least, unit=one.band.unit, scale=one.band.scale)
            for one in protocol.targets if one.of == "estradiol" and one.band.at_least is not None
        )  # fmt: skip
        alone = [one.conditions for one in protocol.of_group(Group.ALERT) if one.severity == Severity.CRITICAL]
        limit = tuple(many[0] for many in alone if len(many) == 1 and many[0].of == "hematocrit")
        return Aims(tuple(one.band for one in protocol.targets), floor, limit)

    @property
    def analytes(self) -> tuple[str, ...]:
        """The levels that they ask."""
        return tuple(dict.fromkeys(one.of for one in (*self.targets, *self.floor, *self.limit)))

    def in_band(self, levels: Levels) -> Bool[np.ndarray, " draw"]:
        """Return for every draw whether all targets hold; levels in inside units."""
        return np.all([condition_holds(one, levels[one.of]) for one in self.targets], axis=0)

    def below_floor(self, levels: Levels) -> Bool[np.ndarray, " draw"]:
        """Return for every draw whether it is below a floor; levels in inside units."""
        return _is_any(self.floor, levels)

    def above_limit(self, levels: Levels) -> Bool[np.ndarray, " draw"]:
        """Return for every draw whether it is above a limit; levels in inside units."""
        return _is_any(self.limit, levels)


def condition_holds(
    condition: Condition, values: Float[np.ndarray, "*draw"], unit: str | None = None
) -> Bool[np.ndarray, "*draw"]:
    """Return for every draw whether a condition holds.

    Parameters
    ----------
    condition : Condition
    values : Float[np.ndarray, "*draw"]
    unit : str, optional
        Of the values; the inside unit of the analyte when left out.
    """
    quantity = QUANTITIES[condition.of]
    measure = ANALYTES[condition.of].unit if unit is None else unit
    own = values if quantity.unit == "1" else values * quantity.factor_from(measure)
    return np.asarray(compare(condition, own, own)[0])


def _is_any(conditions: Iterable[Condition], levels: Levels) -> Bool[np.ndarray, " draw"]:
    found = np.zeros(len(next(iter(levels.values()))), dtype=bool)
    for one in conditions:
        found |= condition_holds(one, levels[one.of])
    return found
