"""`Cohort`: men, what their drugs do in each of them, and where they are now; the one way to march men on.

A trial, a replay and a fit march the same way: they say who goes on, on which regimen, until when, and which days they
want to see. States, drug amounts, plans and the order of readings stay inside.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
import numpy.typing as npt
from jaxtyping import Bool, Float, Int, Num

from leydig.analytes import analyte_order
from leydig.blocks import take_rows
from leydig.drug import Drug
from leydig.drugs import drugs_of
from leydig.engine import solve
from leydig.engine.equations import HAZARDS
from leydig.engine.plan import Intakes, Plan, drug_rates, plan_schedule
from leydig.errors import OutOfRange, UnknownName
from leydig.man import Man
from leydig.man.drug_variability import take_drugs
from leydig.regimen import Regimen

__all__ = ["Cohort", "Levels"]

PLANS = 256  # that are remembered, so that a fit does not plan the same regimen at every step

_Days = (  # for all, or for each
    Sequence[float] | Num[np.ndarray, "*man time"] | Sequence[Sequence[float]] | Sequence[Num[np.ndarray, " time"]]
)


@dataclass(frozen=True)
class Levels:
    """What some men of a cohort showed on the way, one row each, in inside units.

    Attributes
    ----------
    men : Int[np.ndarray, " man"]
        Their places in the cohort.
    days : Float[np.ndarray, "man time"]
        Days that were asked for, ascending, the last one of each man is where he stands now; NaN after it.
    failed : dict of int to str
        The men who were not solved, by their place in the cohort, and why; their levels are NaN.
    paths : tuple of str
        How each man was solved: ``"kernel"``, ``"reference"`` or ``"failed"``.
    """

    men: Int[np.ndarray, " man"]
    days: Float[np.ndarray, "man time"]
    failed: dict[int, str]
    paths: tuple[str, ...]
    _values: Float[np.ndarray, "man time reading"]

    def __getitem__(self, name: str) -> Float[np.ndarray, "man time"]:
        """Return an analyte, or the hazard of a symptom [1/month], on every day.

        Raises
        ------
        UnknownName
            When neither is called so.
        """
        return self._values[..., _level_place(name)]

    def now(self, name: str) -> Float[np.ndarray, " man"]:
        """Return the same where each man stands now; raises as for every day."""
        last = (~np.isnan(self.days)).sum(axis=1) - 1
        return self._values[np.arange(len(last)), last, _level_place(name)]

    def take(self, which: slice | Int[np.ndarray, " place"] | Bool[np.ndarray, " man"]) -> "Levels":
        """Return some of the men, by their rows here."""
        men = self.men[which]
        failed = {man: self.failed[man] for man in men.tolist() if man in self.failed}
        paths = tuple(np.array(self.paths, dtype=object)[which])
        return Levels(men, self.days[which], failed, paths, self._values[which])


def _level_place(name: str) -> int:
    places = _places(analyte_order())
    if name not in places:
        raise UnknownName.among("analyte or hazard", name, places)
    return places[name]


@lru_cache(maxsize=8)
def _places(analytes: tuple[str, ...]) -> dict[str, int]:
    """Return where each reading stands (`leydig.engine.equations.readings`)."""
    return {name: place for place, name in enumerate((*analytes, *HAZARDS))}


class Cohort:
    """Men on drugs, who are marched on together or some of them at a time.

    Parameters
    ----------
    men : Man
        With a leading axis.
    drugs : mapping of str to Drug, or iterable of str
        Every drug that any of them will be given, mixtures resolved; one number for all men, or one for each. Names
        stand for the catalogue's.
    day : float, optional
        The day on which they are at rest.
    tolerance : float, optional
        Relative error allowed in every level.
    cores : int, optional
        Every core when left out.
    rescue : bool, optional
        Whether a man whom the kernel cannot solve is solved by the adaptive reference. Without it he has failed: a fit
        does not need him.
    drug_free : Numbers, optional
        What the kernel needs to know of these men without drugs, where it is known already.

    Attributes
    ----------
    men : Man
    day : Float[np.ndarray, " man"]
        Where each of them is now.
    """

    def __init__(
        self, men: Man, drugs: Mapping[str, Drug] | Iterable[str], *, day: float = 0.0,
        tolerance: float = solve.TOLERANCE, cores: int | None = None, rescue: bool = True,
        drug_free: solve.Numbers | None = None,
    ) -> None:  # fmt: skip
        if men.count is None:
            raise OutOfRange("got one man; expected men with a leading axis. Write Man.stack([man]).")
        self.men = men
        self.day: Float[np.ndarray, " man"] = np.full(men.count, float(day))
        self._drugs = dict(drugs) if isinstance(drugs, Mapping) else drugs_of(list(drugs))
        self._tolerance, self._cores, self._rescue = tolerance, cores, rescue
        self._intakes = Intakes(self._drugs)
        self._rates = tuple((name, *drug_rates(drug)) for name, drug in self._drugs.items())
        self._drug_free = solve.kernel_numbers(men, {}) if drug_free is None else drug_free
        self._who = solve.numbers_with_drugs(self._drug_free, self._drugs)
        self._states, self._amounts = self._who.start.copy(), np.zeros_like(self._who.decay)

    def advance(
        self,
        regimens: Regimen | Sequence[Regimen],
        until: npt.ArrayLike,
        *,
        at: _Days = (),
        men: Sequence[int] | None = None,
    ) -> Levels:
        """March men on, each from where he is now.

        Parameters
        ----------
        regimens : Regimen, or a sequence of them
            All that is given from the day on which they were at rest; one for all, or one for each who goes on. What
            lies before a man's own day is in him already.
        until : float, or a sequence of float
            The day to which they go, one for all or one for each [d].
        at : sequence of float, or a sequence of such, optional
            Days to look at on the way, for all or for each; the end is always seen.
        men : sequence of int, optional
            Places of those who go on; everybody when left out.

        Returns
        -------
        Levels

        Raises
        ------
        OutOfRange
            When there is not one regimen, end or list of days for each man, or a day lies outside his way.
        """
        which = np.arange(len(self.day)) if men is None else np.asarray(men, dtype=int)
        listed = [regimens] * len(which) if isinstance(regimens, Regimen) else list(regimens)
        ends = np.broadcast_to(np.asarray(until, dtype=float), len(which))
        each: list[npt.ArrayLike] = [at] * len(which) if not len(at) or np.ndim(at[0]) == 0 else list(at)
        if not len(listed) == len(each) == len(which):
            raise OutOfRange(
                f"got {len(listed)} regimens and {len(each)} lists of days for {len(which)} men; "
                "expected one for all, or one for each. Give as many of each as men."
            )
        times = _days_of_each(self.day[which], ends, each)
        found = self._solve_men(which, listed, times)
        values = found.values
        days = np.full(values.shape[:2], np.nan)
        for row, own in enumerate(times):
            days[row, : len(own)] = own
            values[row, len(own) :] = np.nan
        self._states[which], self._amounts[which], self.day[which] = found.states, found.amounts, ends
        failed = {int(which[row]): why for row, why in found.failed.items()}
        return Levels(which, days, failed, found.paths, values)

    def branch(self) -> "Cohort":
        """Return the same men as they stand now, who go their own way from here on, on every core."""
        other = copy(self)
        other.day, other._cores = self.day.copy(), None
        other._states, other._amounts = self._states.copy(), self._amounts.copy()
        return other

    def take(self, which: Int[np.ndarray, " place"]) -> "Cohort":
        """Return some of the men as they stand now, by their places; a man may be taken more than once."""
        other = copy(self)
        other.men, other.day, other._drugs = self.men.take(which), self.day[which], take_drugs(self._drugs, which)
        other._intakes = Intakes(other._drugs)
        other._drug_free, other._who = (solve.Numbers(*take_rows(one, which)) for one in (self._drug_free, self._who))
        other._states, other._amounts = self._states[which], self._amounts[which]
        return other

    def with_drugs(self, drugs: Mapping[str, Drug]) -> "Cohort":
        """Return the same men as they stand now, on other drugs, among which those are that they have in them.

        Parameters
        ----------
        drugs : mapping of str to Drug
            Mixtures resolved.
        """
        other = Cohort(
            self.men, drugs, tolerance=self._tolerance, cores=self._cores, rescue=self._rescue,
            drug_free=self._drug_free,
        )  # fmt: skip
        there = {one: place for place, one in enumerate(other._intakes.layout)}
        other.day, other._states = self.day.copy(), self._states.copy()
        other._amounts[:, [there[one] for one in self._intakes.layout]] = self._amounts
        return other

    def _solve_men(
        self, which: Int[np.ndarray, " man"], regimens: list[Regimen], times: list[Float[np.ndarray, " time"]]
    ) -> solve.Solution:
        """Solve these men; who share regimen and days share a plan."""
        shared: dict[tuple[int, float, bytes], int] = {}
        own: list[int] = []
        plans: list[Plan] = []
        kinds: list[Regimen] = []
        for man, regimen, days in zip(which, regimens, times, strict=True):
            key = (id(regimen), self.day[man], days.tobytes())
            if key not in shared:
                shared[key] = len(plans)
                plans.append(self._plan(regimen, float(self.day[man]), days))
                kinds.append(regimen)
            own.append(shared[key])
        begin = (self._states[which], self._amounts[which])
        men, drugs, who = self.men, self._drugs, self._who
        if len(which) != len(self.day) or np.any(np.diff(which) != 1):
            men, drugs = take_rows(men, which), take_drugs(drugs, which)
            who = solve.Numbers(*take_rows(who, which))
        return solve.solve_men(
            men, drugs, kinds, plans, np.array(own), begin, self._tolerance, self._cores, rescue=self._rescue,
            numbers=who,
        )  # fmt: skip

    def _plan(self, regimen: Regimen, begin: float, days: Float[np.ndarray, " time"]) -> Plan:
        """Return a plan, one that was made before where there is one."""
        key = (regimen, begin, days.tobytes(), self._rates)
        with _ONE_PLANS:
            if key not in _PLANS:
                if len(_PLANS) >= PLANS:
                    _PLANS.pop(next(iter(_PLANS)))
                _PLANS[key] = plan_schedule(regimen.schedule(float(days[-1])), self._intakes, days, begin)
            return _PLANS[key]


_PLANS: dict[tuple[Hashable, ...], Plan] = {}
_ONE_PLANS = Lock()  # cohorts may be marched side by side


def _days_of_each(
    begins: Float[np.ndarray, " man"], ends: Float[np.ndarray, " man"], each: list[npt.ArrayLike]
) -> list[Float[np.ndarray, " time"]]:
    """Return the days of each man, worked out once for all who share them."""
    shared: dict[tuple[float, float, int], Float[np.ndarray, " time"]] = {}
    keys = [(begin, end, id(at)) for begin, end, at in zip(begins.tolist(), ends.tolist(), each, strict=True)]
    for key, at in zip(keys, each, strict=True):
        if key not in shared:
            shared[key] = _days(key[0], key[1], at)
    return [shared[key] for key in keys]


def _days(begin: float, end: float, at: npt.ArrayLike) -> Float[np.ndarray, " time"]:
    """Return the days that are looked at, the end among them."""
    days = np.union1d(np.asarray(at, dtype=float), [end])
    if not begin < end or days[0] < begin or days[-1] > end:
        raise OutOfRange(
            f"got days {days[0]:g} to {days[-1]:g} for a man who is on day {begin:g} and goes to day {end:g}; "
            "expected days on his way, and an end after where he is. Leave the other days out, or go further."
        )
    return days
