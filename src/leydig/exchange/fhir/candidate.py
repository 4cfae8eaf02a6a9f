"""What a resource offers to a record, before it is known whether the record takes it."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from itertools import combinations

from leydig.exchange.fhir.report import ImportItem
from leydig.record import Result, Treatment
from leydig.record.medicine import Medicine
from leydig.record.quantity import quantity

__all__ = ["ALL", "Candidate", "Offers"]

ALL = "all"  # confirms every status that waits; what contradicts itself is named one by one


@dataclass(frozen=True)
class Candidate:
    """One entry that a record may take.

    Attributes
    ----------
    place : str
        The path of its resource or component.
    entry : Result, Treatment or Medicine
    words : str
        What it says, as it came.
    waits : str
        Why a clinician has to confirm it; empty where it may be taken.
    contradicts : bool
        Whether it waits because another entry says otherwise.
    repairs : tuple of str
        What was not taken as it was written.
    identities : tuple of str
        What it calls itself.
    ours : bool
        Whether it was written here, so that it says the whole of what a record held.
    rank : int
        Of two that call themselves alike the higher one holds: a correction is above what it corrects.
    digits : str
        The value of a result as it came.
    """

    place: str
    entry: Result | Treatment | Medicine
    words: str
    waits: str = ""
    contradicts: bool = False
    repairs: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    ours: bool = False
    rank: int = 0
    digits: str = ""

    def wait(self, why: str, contradicts: bool) -> "Candidate":
        """Return it as one that waits, for a further reason."""
        waits = "; ".join(filter(None, (self.waits, why)))
        return replace(self, waits=waits, contradicts=self.contradicts or contradicts)

    def item(self, why: str = "") -> ImportItem:
        """Return it as an entry of a report."""
        name = self.entry.name if isinstance(self.entry, Result) else ""
        return ImportItem(self.place, self.words, why, name, self.digits)

    def is_confirmed(self, confirm: Collection[str]) -> bool:
        """Return whether a clinician has confirmed it."""
        named = any(self.place == one or self.place.startswith(f"{one}.") for one in confirm)
        return named or (ALL in confirm and not self.contradicts)

    def names(self) -> list[tuple[str, str]]:
        """Return what it calls itself, each with what it is: components share a name with their Observation."""
        what = self.entry.name if isinstance(self.entry, Result) else type(self.entry).__name__
        return [(one, what) for one in self.identities]

    @property
    def day(self) -> dt.date:
        """The day that it is dated."""
        return self.entry.date if isinstance(self.entry, Result) else self.entry.start


@dataclass
class Offers:
    """What the resources of a bundle offer, and what of them was left out.

    Attributes
    ----------
    candidates : list of Candidate
    left : list of ImportItem
    errors : set of str
        What entries call themselves that were entered in error.
    """

    candidates: list[Candidate] = field(default_factory=list)
    errors: set[str] = field(default_factory=set)
    left: list[ImportItem] = field(default_factory=list)

    def leave(self, place: str, what: str, why: str) -> None:
        """Leave something out, and say why."""
        self.left.append(ImportItem(place, what, why))

    def settle(self) -> None:
        """Keep one of what came twice, the correction of what was corrected, and let wait what contradicts itself."""
        self.candidates = self._corrections()
        self.candidates = self._without_repeats()
        self.candidates = self._renewals()
        self.candidates = _without_contradictions(self.candidates)

    def _corrections(self) -> list[Candidate]:
        """Return the last state of what calls itself alike, and nothing that was entered in error."""
        best: dict[tuple[str, str], int] = {}
        for one in self.candidates:
            for name in one.names():
                best[name] = max(best.get(name, 0), one.rank)
        kept = []
        for one in self.candidates:
            if self.errors & set(one.identities):
                self.left.append(one.item("it was entered in error, as a later state of it says"))
            elif any(best[name] > one.rank for name in one.names()):
                self.left.append(one.item("a later state of the same entry came"))
            else:
                kept.append(one)
        return kept

    def _without_repeats(self) -> list[Candidate]:
        """Return each entry once, the one that need not be confirmed first."""
        first: dict[object, Candidate] = {}
        for one in sorted(self.candidates, key=lambda one: bool(one.waits)):
            key = _sameness(one.entry)
            if key in first and one.ours:
                continue  # a further dose of one regimen, which each of its statements says whole
            if key in first:
                self.left.append(one.item(f"it came before, at {first[key].place}"))
            else:
                first[key] = one
        return list(first.values())

    def _renewals(self) -> list[Candidate]:
        """Return the candidates; orders of one regimen that follow or overlap one another are one treatment."""
        joined: list[Candidate] = []
        treatments = [one for one in self.candidates if isinstance(one.entry, Treatment)]
        for one in sorted(treatments, key=lambda one: one.day):
            before = next((k for k, other in enumerate(joined) if _renews(one, other)), None)
            if before is None:
                joined.append(one)
            else:
                first = joined[before]
                self.left.append(one.item(f"it is renewed: one treatment with {first.place}"))
                joined[before] = replace(first, entry=_joint_treatment(first.entry, one.entry))
        return [one for one in self.candidates if not isinstance(one.entry, Treatment)] + joined


def _renews(later: Candidate, earlier: Candidate) -> bool:
    """Return whether an order goes on with the regimen of an earlier one that is as sure."""
    a, b = earlier.entry, later.entry
    if not isinstance(a, Treatment) or not isinstance(b, Treatment) or bool(later.waits) != bool(earlier.waits):
        return False
    if later.ours or earlier.ours:
        return False
    return a.regimen == b.regimen and a.regimen.days() is None and (a.stop is None or b.start <= a.stop)


def _joint_treatment(a: Result | Treatment | Medicine, b: Result | Treatment | Medicine) -> Treatment:
    """Return one treatment from the start of the first to the end of both."""
    if not isinstance(a, Treatment) or not isinstance(b, Treatment):
        raise TypeError(f"{a!r} and {b!r} are no treatments")
    return replace(a, stop=None if a.stop is None or b.stop is None else max(a.stop, b.stop))


def _sameness(entry: Result | Treatment | Medicine) -> object:
    """Return what two entries share that are one."""
    if isinstance(entry, Result):
        size = quantity(entry.name).unit_size(entry.unit)
        return entry.name, entry.date, entry.time, entry.value, size, entry.comparator, entry.assay
    return entry


def _without_contradictions(candidates: list[Candidate]) -> list[Candidate]:
    """Return the candidates; those that say different things of one moment wait."""
    by_moment: dict[object, list[Candidate]] = {}
    for one in candidates:
        if isinstance(one.entry, Result):
            by_moment.setdefault((one.entry.name, one.entry.date, one.entry.time, one.entry.assay), []).append(one)
    doubtful = {one.place: many for many in by_moment.values() if len(many) > 1 for one in many}
    doubtful |= _doses_at_once(candidates)
    return [
        one.wait(_contradiction(one, doubtful[one.place]), True) if one.place in doubtful else one for one in candidates
    ]


def _doses_at_once(candidates: list[Candidate]) -> dict[str, list[Candidate]]:
    """Return the treatments of which another gives the same drug at the same time, by path, with those others."""
    found: dict[str, list[Candidate]] = {}
    for a, b in combinations([one for one in candidates if isinstance(one.entry, Treatment)], 2):
        if _overlap(a.entry, b.entry):
            found.setdefault(a.place, [a]).append(b)
            found.setdefault(b.place, [b]).append(a)
    return found


def _overlap(a: Result | Treatment | Medicine, b: Result | Treatment | Medicine) -> bool:
    """Return whether two treatments give one drug at one time."""
    if not isinstance(a, Treatment) or not isinstance(b, Treatment) or not set(a.regimen.drugs) & set(b.regimen.drugs):
        return False
    return (a.stop is None or b.start < a.stop) and (b.stop is None or a.start < b.stop)


def _contradiction(one: Candidate, many: list[Candidate]) -> str:
    others = ", ".join(f"{other.words} at {other.place}" for other in many if other is not one)
    return f"of the same time there is {others}: name the one that holds"
