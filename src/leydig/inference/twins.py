"""Twins of many men, fitted side by side: one for each record, and the reason where there is none."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from leydig.errors import BadRecord, NotSolved, OutOfRange
from leydig.inference.twin import Twin
from leydig.record import Record

__all__ = ["Twins", "fit_side_by_side"]


@dataclass(frozen=True, repr=False)
class Twins:
    """Twins of many men.

    Attributes
    ----------
    count : int
        How many records came.
    failed : dict of int to str
        The men who have no twin, by the place of their record, and why.
    """

    count: int
    failed: dict[int, str]
    _fitted: dict[int, Twin]

    def __getitem__(self, place: int) -> Twin:
        """Return the twin of a record, by its place.

        Raises
        ------
        BadRecord
            When he has none.
        """
        if place not in self._fitted:
            why = self.failed.get(place, f"there are {self.count} records")
            raise BadRecord(f"got record {place}; expected the place of a man who was fitted. He has no twin: {why}")
        return self._fitted[place]

    def __iter__(self) -> Iterator[tuple[int, Twin]]:
        """Yield the place of each record that was fitted, and its twin."""
        return iter(sorted(self._fitted.items()))

    def __len__(self) -> int:
        return len(self._fitted)

    def __repr__(self) -> str:
        return f"Twins({len(self)} of {self.count} men)"


def fit_side_by_side(records: list[Record], fit_one: Callable[[Record], Twin]) -> Twins:
    """Return the twins of many men, one man on each core.

    Parameters
    ----------
    records : list of Record
    fit_one : callable
        Returns one man's twin, on one core.
    """

    def attempt(record: Record) -> Twin | str:
        try:
            return fit_one(record)
        except (BadRecord, NotSolved, OutOfRange) as error:
            return str(error)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = dict(enumerate(pool.map(attempt, records)))
    failed = {place: one for place, one in found.items() if isinstance(one, str)}
    return Twins(len(records), failed, {place: one for place, one in found.items() if isinstance(one, Twin)})
