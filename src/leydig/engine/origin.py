"""The origin of a course: who, on what, from where, how exactly; all that solving it, or more of it, needs.

`Work` is the part of it that is the same for all men: which drugs, which regimens, at which times.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import jax
import numpy as np
from jaxtyping import Float, Int

from leydig.blocks import take_rows
from leydig.checks import text_of
from leydig.drug import Drug
from leydig.drugs import drugs_of
from leydig.engine import solve
from leydig.engine.plan import Plan, plan_schedule
from leydig.engine.solve import Solution, SolvePath
from leydig.engine.steady import find_steady_state
from leydig.engine.system import Compartment, compartments
from leydig.errors import OutOfRange, UnknownName
from leydig.man import Man
from leydig.man.drug_variability import take_drugs
from leydig.man.uncertainty import men_of_draws, shipped_draws
from leydig.man.weight.change import change_bmi
from leydig.man.weight.series import BmiSeries
from leydig.parameter import check_ranges
from leydig.progress import progress
from leydig.regimen import Regimen
from leydig.regimen.steady import SteadyRegimen
from leydig.ticks import days_of, ticks_of

if TYPE_CHECKING:
    from dask.distributed import Client

__all__ = ["Origin", "Work", "plan_work"]

AFTER = 1.0  # [d] solved beyond a moment at which nothing has happened yet, and thrown away


class Work(NamedTuple):
    """What is the same for all men: drugs, regimens, their plans, tolerance."""

    drugs: dict[str, Drug]
    regimens: tuple[Regimen, ...]
    plans: tuple[Plan, ...]
    tolerance: float

    def of(self, piece: slice) -> "Work":
        """Return the work of some of the men."""
        return self._replace(drugs=take_drugs(self.drugs, piece))

    def solve(self, men: Man, which: Int[np.ndarray, " man"], begin: solve.Begin | None, cores: int | None) -> Solution:
        """Solve some men."""
        return solve.solve_men(men, self.drugs, self.regimens, self.plans, which, begin, self.tolerance, cores)


_Values = TypeVar("_Values")
_Part = tuple[Work, Man, Int[np.ndarray, " man"], solve.Begin | None]


class _Rows(NamedTuple):
    """Who is solved, one row each, with drugs, regimen, and where they begin."""

    men: Man
    drugs: dict[str, Drug]
    which: Int[np.ndarray, " row"]
    begin: solve.Begin | None

    def take(self, rows: Int[np.ndarray, " some"]) -> "_Rows":
        """Return some of them."""
        return _Rows(take_rows(self.men, rows), take_drugs(self.drugs, rows), self.which[rows],
                     take_rows(self.begin, rows))  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """What a course is solved from.

    Attributes
    ----------
    men : Man
        As they came, one or many.
    regimens : tuple of Regimen
        Every regimen once.
    which : Int[np.ndarray, " man"]
        The regimen of each man.
    drugs : dict of str to Drug or None
        Drugs with changed parameters.
    tolerance : float
    start : float
        Day on which it begins.
    begin : (states, amounts) or None
        Where the men begin, one row each; at rest when None.
    draws : Int[np.ndarray, " draw"] or None
        Numbers of the posterior draws under which every man is solved.
    batch : int
    cores : int or None
    residual : tuple of str
        Drugs that may be in the body where it begins, beside those of the regimens.
    steady : tuple of SteadyRegimen
        What has been given for ever to each man until day 0; empty where all were at rest.
    bmi : tuple of BmiSeries or None
        Of each man, from day 0 on; None where it is that of his baseline, and empty where it is so of all.
    """

    men: Man
    regimens: tuple[Regimen, ...]
    which: Int[np.ndarray, " man"]
    drugs: dict[str, Drug] | None
    tolerance: float
    start: float = 0.0
    begin: tuple[Float[np.ndarray, "row state"], Float[np.ndarray, "row compartment"]] | None = None
    draws: Int[np.ndarray, " draw"] | None = None
    batch: int = 1000
    cores: int | None = None
    residual: tuple[str, ...] = ()
    steady: tuple[SteadyRegimen, ...] = ()
    bmi: tuple[BmiSeries | None, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes before ``time``."""
        many = () if self.men.count is None else (self.men.count,)
        return many if self.draws is None else (*many, len(self.draws))

    def work(self, times: Float[np.ndarray, " time"]) -> Work:
        """Return what there is to do to know these days."""
        return plan_work(self.regimens, times, self.tolerance, self.drugs, self.start, self.residual)

    @property
    def layout(self) -> list[Compartment]:
        """The compartments in the order in which `begin`, and where it ends, hold what is in them."""
        return compartments(self.drugs_in_use())

    def drugs_in_use(self) -> dict[str, Drug]:
        """Return the drugs of the regimens and the residual ones, mixtures resolved, changed ones as they are."""
        return _drugs_in_use(self.regimens, self.drugs or {}, self.residual)

    def go_on_from(self, other: "Origin", ending: solve.Begin) -> "Origin":
        """Return the same from where a course ends that had another origin, with what is left of its drugs."""
        found = replace(self, residual=tuple(other.drugs_in_use()), steady=other.steady)
        states, before = ending
        amounts = np.zeros((len(states), len(found.layout)))
        for amount, compartment in zip(before.T, other.layout, strict=True):
            amounts[:, found.layout.index(compartment)] = amount
        return replace(found, begin=(states, amounts))

    def at_steady_state(self, before: Sequence[SteadyRegimen], each: Int[np.ndarray, " man"]) -> "Origin":
        """Return the same from where men are to whom something has been given for ever.

        Parameters
        ----------
        before : sequence of SteadyRegimen
        each : Int[np.ndarray, " man"]
            Which of them has been given to each man.
        """
        residual = tuple(dict.fromkeys(drug for one in before for drug in one.drugs))
        found = replace(self, residual=residual, steady=tuple(before[place] for place in each))
        men, drugs, _ = found.rows(found.drugs_in_use())
        every = each if self.draws is None else np.repeat(each, len(self.draws))
        parts = [
            find_steady_state(take_rows(men, piece), take_drugs(drugs, piece), before, every[piece], self.tolerance,
                         self.cores)
            for piece in self._pieces(len(every))
        ]  # fmt: skip
        states, amounts = (np.concatenate(rows) for rows in zip(*parts, strict=True))
        return replace(found, begin=(states, amounts))

    def _pieces(self, count: int) -> list[slice]:
        """Return the batches of so many rows."""
        return [slice(first, first + self.batch) for first in range(0, count, self.batch)]

    def rows(self, drugs: dict[str, Drug]) -> tuple[Man, dict[str, Drug], Int[np.ndarray, " row"]]:
        """Return everyone who is solved, one row for each man, or for each draw of each, with drugs and regimen."""
        men = self.men if self.men.count is not None else take_rows(self.men, None)
        if self.draws is None:
            return men, drugs, self.which
        count = men.count or 0
        each = np.repeat(np.arange(count), len(self.draws))
        found, own = men_of_draws(
            take_rows(men, each), take_drugs(drugs, each), shipped_draws(), np.tile(self.draws, count)
        )
        return found, own, self.which[each]

    def solve(self, times: Float[np.ndarray, " time"], client: "Client | None" = None) -> Solution:
        """Solve everyone, batch by batch.

        Parameters
        ----------
        times : Float[np.ndarray, " time"]
            Days to keep, ascending, none before `start`.
        client : dask.distributed.Client, optional
            A cluster whose workers share the batches.

        Returns
        -------
        Solution
            One row for each man, or for each draw of each man.
        """
        men, drugs, which = self.rows(self.drugs_in_use())
        everyone = _Rows(men, drugs, which, self.begin)
        series = np.repeat(np.array(self.bmi, dtype=object), 1 if self.draws is None else len(self.draws)).tolist()
        kinds = [one for one in dict.fromkeys(series) if one is not None]
        if not kinds:
            return self._solve_rows(everyone, times, self.start, client)
        found = []
        for kind in dict.fromkeys(series):  # so that nobody is stopped where the BMI of another changes
            who = np.array([row for row, own in enumerate(series) if own == kind])
            rows = everyone.take(who)
            one = (
                self._solve_rows(rows, times, self.start, client)
                if kind is None
                else self._solve_steps(rows, kind, times, client)
            )
            found.append((who, one))
        return _join_groups(found)

    def _solve_steps(
        self, rows: "_Rows", series: BmiSeries, times: Float[np.ndarray, " time"], client: "Client | None"
    ) -> Solution:
        """Solve some rows from one change of BMI to the next; who is not solved on the way stays behind."""
        left, begin, found = np.arange(len(rows.which)), rows.begin, []
        for day, stop, bmi in _stretches(series, self.start, float(times[-1])):
            seen = np.flatnonzero((times <= stop) & ((times >= day) if day == self.start else (times > day)))
            here = rows.take(left)._replace(begin=begin)
            here = here._replace(men=change_bmi(here.men, bmi))
            one = self._solve_rows(here, np.union1d(times[seen], [stop]), day, client)
            found.append((left, seen, one))
            fine = np.setdiff1d(np.arange(len(left)), list(one.failed))
            left, begin = left[fine], (one.states[fine], one.amounts[fine])
            if not len(left):
                break
        return _join_stretches(found, len(times))

    def _solve_rows(
        self, rows: "_Rows", times: Float[np.ndarray, " time"], start: float, client: "Client | None"
    ) -> Solution:
        """Solve some rows from a day on, batch by batch."""
        whole = times if times[-1] > start else np.append(times, start + AFTER)
        work = plan_work(self.regimens, whole, self.tolerance, self.drugs, start, self.residual)
        work, men, which = work._replace(drugs=rows.drugs), rows.men, rows.which
        pieces = self._pieces(len(which))
        if len(pieces) == 1:
            parts: list[_Part] = [(work, men, which, rows.begin)]
        else:
            parts = [
                (work.of(piece), take_rows(men, piece), which[piece], take_rows(rows.begin, piece)) for piece in pieces
            ]
        size = len(which) * (times[-1] - start)
        if client is None:
            found = [
                own.solve(who, kinds, begin, self.cores) for own, who, kinds, begin in progress(parts, "men", size)
            ]
        else:
            futures = [client.submit(_solve_at_worker, *part, pure=False) for part in parts]
            found = [future.result() for future in progress(futures, "men", size)]
        joined = _join(found, pieces)
        return joined._replace(values=joined.values[:, : len(times)])

    def reshape(self, values: _Values) -> _Values:
        """Return rows, or every part of a tree of them, with the axes of the course."""
        return jax.tree.map(lambda rows: np.reshape(rows, (*self.shape, *np.shape(rows)[1:])), values)

    def breaks(self, start: float, stop: float) -> Float[np.ndarray, " edge"]:
        """Return both ends [d] and the days between them on which something is given or ends, or a BMI changes."""
        first, last = ticks_of([start, stop])
        plans = self.work(np.array([self.start, stop])).plans
        changes = [series.steps()[0] for series in dict.fromkeys(self.bmi) if series is not None]
        ends = np.unique(np.concatenate([[first, last], *(plan.ends for plan in plans), *changes]))
        edges: Float[np.ndarray, " edge"] = days_of(ends[(ends >= first) & (ends <= last)])
        return edges


def _stretches(series: BmiSeries, start: float, stop: float) -> Iterator[tuple[float, float, float]]:
    """Yield first and last day of each stretch of a course, and the BMI on it."""
    ticks, values = series.steps()
    begin, end = ticks_of([start, stop])
    place = max(int(np.searchsorted(ticks, begin, side="right")) - 1, 0)
    edges = [begin, *(tick for tick in ticks[place + 1 :] if tick < end), end]
    for number, (day, last) in enumerate(pairwise(days_of(edges).tolist())):
        yield day, last, float(values[place + number])


def _join_stretches(
    found: list[tuple[Int[np.ndarray, " row"], Int[np.ndarray, " time"], Solution]], count: int
) -> Solution:
    """Return solutions of one stretch after the other, each of some rows at some of so many times, as one."""
    *_, first = found[0]
    values = np.full((len(first.paths), count, first.values.shape[-1]), np.nan)
    states, amounts, paths = first.states.copy(), first.amounts.copy(), list(first.paths)
    failed: dict[int, str] = {}
    for who, seen, one in found:
        values[np.ix_(who, seen)] = one.values[:, : len(seen)]
        states[who], amounts[who] = one.states, one.amounts
        failed |= {int(who[row]): why for row, why in one.failed.items()}
        for row, path in zip(who, one.paths, strict=True):
            paths[row] = path if path != SolvePath.KERNEL else paths[row]
    values[list(failed)] = np.nan
    return Solution(values, states, amounts, failed, tuple(paths))


def _join_groups(found: list[tuple[Int[np.ndarray, " row"], Solution]]) -> Solution:
    """Return the solutions of groups of rows as one, in the order of the rows."""
    order = np.argsort(np.concatenate([who for who, _ in found]))
    values, states, amounts = (
        np.concatenate([one[part] for _, one in found])[order] for part in range(3)
    )  # fmt: skip
    failed = {int(who[row]): why for who, one in found for row, why in one.failed.items()}
    paths = [path for _, one in found for path in one.paths]
    return Solution(values, states, amounts, failed, tuple(paths[row] for row in order))


def _join(found: list[Solution], pieces: list[slice]) -> Solution:
    """Return the solutions of all batches as one."""
    values, states, amounts = (
        rows[0] if len(rows) == 1 else np.concatenate(rows) for rows in list(zip(*found, strict=True))[:3]
    )
    failed = {
        first.start + man: why
        for first, part in zip(pieces, found, strict=True)
        for man, why in part.failed.items()
    }  # fmt: skip
    return Solution(values, states, amounts, failed, tuple(path for part in found for path in part.paths))


def _solve_at_worker(work: Work, men: Man, which: Int[np.ndarray, " man"], begin: solve.Begin | None) -> Solution:
    """Solve some men on one core of a cluster's worker."""
    return work.solve(men, which, begin, 1)


def plan_work(
    regimens: Sequence[Regimen],
    times: Float[np.ndarray, " out"],
    tolerance: float,
    drugs: dict[str, Drug] | None = None,
    start: float = 0.0,
    residual: Sequence[str] = (),
) -> Work:
    """Return the work of these regimens, planned from `start` [d]; `residual` drugs may be in the body then."""
    found = _drugs_in_use(regimens, drugs or {}, residual)
    plans = (plan_schedule(one.schedule(float(times[-1])), found, times, start) for one in regimens)
    return Work(found, tuple(regimens), tuple(plans), tolerance)


def _drugs_in_use(
    regimens: Sequence[Regimen], changed: dict[str, Drug], residual: Sequence[str] = ()
) -> dict[str, Drug]:
    """Return the drugs of the regimens and the residual ones, changed ones in place of the catalogue's.

    Raises
    ------
    UnknownName
        When the regimen does not hold a drug, or it is of another kind.
    OutOfRange
        When a parameter of a changed drug is outside its range, however it was set.
    """
    found = drugs_of([*(name for one in regimens for name in one.drugs), *residual])
    if not isinstance(changed, Mapping):
        raise OutOfRange(
            f"got drugs={text_of(changed)}; expected a dict of drugs by name. Write drugs={{'anastrozole': changed}}."
        )
    for name, drug in changed.items():
        if name not in found:
            raise UnknownName.among("drug of this regimen (isomers apart)", name, found)
        if not isinstance(drug, type(found[name])):
            raise UnknownName.among(f"kind of {name}", type(drug).__name__, [type(found[name]).__name__])
        check_ranges(drug, f"drugs.{name}")
    return found | changed
