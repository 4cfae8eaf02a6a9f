"""`verify`: the engine held against the reference on random men, regimens and lengths.

Case ``index`` of a ``seed`` is drawn from these two numbers alone, so any case can be drawn again by
itself: a man (age, BMI, untreated levels, response constants), a regimen as readable text, kept times, every day and
at odd hours inside dosing days, in some cases drugs with other parameters, equal rates among them, and a day on which
the course is cut and resumed. What is drawn on purpose is counted (`Verification.by_kind`). The error of a case is the
largest of::

    |ours − theirs| / max(|theirs|, 10⁻⁶·baseline)        over analytes and times

The engine's analytes come out of its kernel, those of the reference are read from its states by the
catalogue, so what is printed and compiled is held against what is written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jaxtyping import Array, Float

from leydig.analytes import analyte_order
from leydig.blocks import in_blocks, take_rows
from leydig.body.effects import Action
from leydig.checks import ABOVE_ZERO, plain_number, seed_number, whole_number
from leydig.course.course import without_nan
from leydig.drug import Delivery, Drug
from leydig.drugs import drugs_of
from leydig.engine import TOLERANCE, Cohort, SolvePath, read_states, reference_path
from leydig.errors import LeydigError, NotSolved
from leydig.regimen import Regimen
from leydig.ticks import ticks_of
from leydig.verification.cases import KINDS_OF_CASE, VerificationCase, case, combination, ignore_warnings, smaller_cases

if TYPE_CHECKING:
    import pandas

__all__ = ["CaseResult", "Verification", "compare_case", "shrink_case", "verify"]

AnalyteLevels = Mapping[str, Float[np.ndarray, " time"]]
Solver = Callable[[VerificationCase], tuple[AnalyteLevels, str | None, str]]  # every analyte, why they failed, path

ROUNDING = 1e-9  # relative gap that is no broken law
FLOOR = 1e-6  # share of the baseline below which a level counts as nothing


@dataclass(frozen=True)
class CaseResult:
    """What one case gave.

    Attributes
    ----------
    index : int
    text : str
    drugs : tuple of str
        The drugs of the regimen, as they are written.
    path : str
        Which solver answered: ``kernel`` or ``reference``, or ``failed``.
    error : float
        Largest relative error of any analyte; NaN when the case failed.
    where : str
        Analyte and day of the largest error.
    analytes : dict of str to float
        Largest relative error by analyte.
    reason : str or None
        Why the case failed.
    kinds : tuple of str
        What is drawn on purpose and occurs in it, of `leydig.verification.cases.KINDS_OF_CASE`.
    """

    index: int
    text: str
    drugs: tuple[str, ...]
    path: str
    error: float = float("nan")
    where: str = ""
    analytes: dict[str, float] = field(default_factory=dict)
    reason: str | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verification:
    """What `verify` found; every value is of the cases that did not fail, and failures are counted.

    Attributes
    ----------
    seed : int
    tolerance : float
    results : tuple of Result
        In the order of their index.
    """

    seed: int
    tolerance: float
    results: tuple[CaseResult, ...]

    @property
    def failures(self) -> dict[int, str]:
        """Why each failed case failed, by index."""
        return {one.index: one.reason for one in self.results if one.reason is not None}

    @property
    def worst(self) -> float:
        """The largest error of all."""
        return max((one.error for one in self.results if one.reason is None), default=float("nan"))

    @property
    def is_passed(self) -> bool:
        """Whether the largest error is below the tolerance and fewer than one case in a thousand failed."""
        return self.worst < self.tolerance and len(self.failures) < 1e-3 * len(self.results)

    @property
    def by_analyte(self) -> dict[str, float]:
        """The largest error of each analyte."""
        well = [one for one in self.results if one.reason is None]
        return {name: max((one.analytes[name] for one in well), default=float("nan")) for name in analyte_order()}

    @property
    def by_drug(self) -> dict[str, dict[str, float]]:
        """Cases, failures, the median of the cases' errors and the largest, by drug."""
        names = dict.fromkeys(name for one in self.results for name in one.drugs or ("nothing",))
        rows = {name: self._row(name in (one.drugs or ("nothing",)) for one in self.results) for name in names}
        return dict(sorted(rows.items(), key=lambda row: -row[1]["median"]))

    @property
    def by_kind(self) -> dict[str, dict[str, float]]:
        """The same, by what is drawn on purpose."""
        return {kind: self._row(kind in one.kinds for one in self.results) for kind in KINDS_OF_CASE}

    def _row(self, own: Iterable[bool]) -> dict[str, float]:
        """Return cases, failures, the median of the errors and the largest, of some of the cases."""
        some = [one for one, yes in zip(self.results, own, strict=True) if yes]
        errors = [one.error for one in some if one.reason is None] or [float("nan")]
        return {"n": len(some), "failures": sum(one.reason is not None for one in some),
                "median": float(np.median(errors)), "worst": max(errors)}  # fmt: skip

    @property
    def paths(self) -> dict[str, int]:
        """How many cases each solver answered."""
        found = [one.path for one in self.results]
        return {path: found.count(path) for path in SolvePath}

    def record(self) -> dict[str, Any]:
        """Return everything as plain numbers and texts; the five largest errors with their cases."""
        order = sorted((one for one in self.results if one.reason is None), key=lambda one: -one.error)
        found = {
            "seed": self.seed, "n": len(self.results), "tolerance": self.tolerance, "passed": self.is_passed,
            "worst": self.worst, "failures": {str(index): reason for index, reason in self.failures.items()},
            "paths": self.paths, "by_analyte": self.by_analyte, "by_drug": self.by_drug, "by_kind": self.by_kind,
            "largest": [{"case": one.index, "error": one.error, "where": one.where, "regimen": one.text,
                         "path": one.path} for one in order[:5]],
        }  # fmt: skip
        return {name: without_nan(part) for name, part in found.items()}

    def table(self) -> "pandas.DataFrame":
        """Return a table with one row per drug."""
        import pandas

        return pandas.DataFrame.from_dict(self.by_drug, orient="index").rename_axis("drug")


def verify(
    n: int = 200,
    seed: int = 1,
    *,
    tolerance: float = TOLERANCE,
    progress: Callable[[int, int], None] | None = None,
    solver: Solver | None = None,
    workers: int = 2,
) -> Verification:
    """Hold the engine against the reference on random cases.

    Parameters
    ----------
    n : int, optional
        Number of cases.
    seed : int, optional
    tolerance : float, optional
        Largest allowed relative error.
    progress : callable, optional
        Called with the number of cases done and of all.
    solver : callable, optional
        What is verified: from a case to every analyte by name, one value per time, why they failed or None, and which
        solver answered; the engine when left out.
    workers : int, optional
        Processes; with 1 everything runs in this one.

    Returns
    -------
    Verification

    Raises
    ------
    OutOfRange
        When a number is impossible.

    Notes
    -----
    Cases of one combination of drugs go to one process, so that it is compiled once.
    """
    n, seed, workers = whole_number(n, "number of cases"), seed_number(seed), whole_number(workers, "workers")
    tolerance = plain_number(tolerance, "tolerance", (ABOVE_ZERO, 1.0))
    groups: dict[tuple[str, ...], list[int]] = {}
    for index in range(n):
        groups.setdefault(combination(seed, index), []).append(index)
    results: list[CaseResult] = []
    for part in _spread([(seed, indices, solver) for indices in groups.values()], workers):
        results += part
        if progress is not None:
            progress(len(results), n)
    return Verification(seed, tolerance, tuple(sorted(results, key=lambda one: one.index)))


def _spread(tasks: list[tuple[int, list[int], Solver | None]], workers: int) -> Iterator[list[CaseResult]]:
    """Yield the results of all tasks as they come, the long tasks first."""
    if workers == 1:
        yield from map(_group, tasks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        waiting = [pool.submit(_group, task) for task in sorted(tasks, key=lambda task: -len(task[1]))]
        for done in as_completed(waiting):
            yield done.result()


def _group(task: tuple[int, list[int], Solver | None]) -> list[CaseResult]:
    seed, indices, solver = task
    return [compare_case(case(seed, index), solver) for index in indices]


def _engine(one: VerificationCase) -> tuple[AnalyteLevels, str | None, str]:
    """Solve with the production engine, in two pieces where the case is cut."""
    drugs = drugs_of(list(one.regimen.drugs)) | one.changed_drugs
    cohort, parts, start = Cohort(take_rows(one.man, None), drugs, cores=1), [], 0.0
    for stop in (*([] if one.cut is None else [one.cut]), float(one.times[-1])):
        times = one.times[(one.times >= start) & (one.times <= stop)]
        parts.append(cohort.advance(one.regimen, stop, at=times))
        start = stop
    levels = {
        name: np.concatenate([part[name][0, bool(place) :] for place, part in enumerate(parts)])
        for name in analyte_order()
    }  # fmt: skip
    paths = [part.paths[0] for part in parts]
    path = next((path for path in (SolvePath.FAILED, SolvePath.REFERENCE) if path in paths), SolvePath.KERNEL)
    return levels, next((part.failed[0] for part in parts if part.failed), None), path


def compare_case(one: VerificationCase, solver: Solver | None = None) -> CaseResult:
    """Return how far the engine is from the reference in one case.

    Parameters
    ----------
    one : Case
    solver : callable, optional
        As `verify`.
    """
    one.regimen.schedule(float(one.times[-1]))  # a regimen that is refused is no failure of a solver
    ours, theirs, path, reason = _solve_both(one, solver or _engine)
    failed = CaseResult(one.index, one.text, one.regimen.drugs, path, reason=reason, kinds=one.kinds)
    if reason is not None:
        return failed
    names = np.array(analyte_order())
    apart = np.stack([_relative_error(np.asarray(ours[name]), theirs[name]) for name in names], axis=-1)
    if not np.isfinite(apart).all():
        wrong = names[~np.isfinite(apart).all(axis=0)]
        return replace(failed, path=SolvePath.FAILED, reason=f"NaN without a reason in {', '.join(wrong)}")
    if (broken := _broken_law(ours)) is not None:
        why = f"{broken:g} of serum testosterone inside the testis, where blood alone brings as much"
        return replace(failed, path=SolvePath.FAILED, reason=why)
    time, place = np.unravel_index(int(np.argmax(apart)), apart.shape)
    return replace(
        failed,
        error=float(apart.max()),
        where=f"{names[place]} on day {one.times[time]:g}",
        analytes=dict(zip(names.tolist(), apart.max(axis=0).tolist(), strict=True)),
    )


def _relative_error(ours: Float[np.ndarray, " time"], theirs: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Return the relative error of one analyte; below its floor it counts against the floor."""
    least = np.maximum(FLOOR * np.abs(theirs[0]), np.finfo(float).tiny)
    found: Float[np.ndarray, " time"] = np.abs(ours - theirs) / np.maximum(np.abs(theirs), least)
    return found


def _broken_law(ours: AnalyteLevels) -> float | None:
    """Return the least share of serum testosterone that is inside the testis, where it is below one."""
    least = float((np.asarray(ours["intratesticular_testosterone"]) / np.asarray(ours["testosterone"])).min())
    return least if least < 1.0 - ROUNDING else None


def _solve_both(one: VerificationCase, solver: Solver) -> tuple[AnalyteLevels, AnalyteLevels, str, str | None]:
    """Return the analytes of both solutions, who answered, and why one of them failed, with nothing in its place."""
    with ignore_warnings():
        try:
            ours, reason, path = solver(one)
        except Exception as error:  # whatever breaks is a failure with a name, and the other cases go on
            return {}, {}, SolvePath.FAILED, f"{type(error).__name__}: {error}"
        try:
            return ours, _analytes(one), path, reason
        except NotSolved as error:
            return ours, {}, path, f"the reference failed: {error}"


def _analytes(one: VerificationCase) -> AnalyteLevels:
    """Return every analyte of the reference, read by the catalogue."""
    drugs = drugs_of(list(one.regimen.drugs)) | one.changed_drugs
    states, amounts = reference_path(one.man, one.regimen, one.times, drugs=drugs)
    values = read_states(one.man, states, _action(one.regimen, drugs, one.times, amounts))
    return {name: values[:, place] for place, name in enumerate(analyte_order())}


def _action(
    regimen: Regimen,
    drugs: dict[str, Drug],
    times: Float[np.ndarray, " time"],
    amounts: Float[np.ndarray, "time compartment"],
) -> Action:
    """Return what the drugs do at each time, before any dose of that moment, from what is in their compartments."""
    schedule = regimen.schedule(float(times[-1]) + 1.0)
    chains = {level: chain for drug in drugs.values() for level, chain in drug.chains().items()}
    last = np.cumsum([len(chain.rates) for chain in chains.values()], dtype=int) - 1
    levels = {
        level: float(chain.scale) * amounts[:, end] for (level, chain), end in zip(chains.items(), last, strict=True)
    }
    given = {name: schedule.rates_at(name, ticks_of(times)) for name in drugs}

    def moment(_: Float[Array, ""], levels: dict[str, Array], given: dict[str, list[Array]]) -> Action:
        own = (drug.action(levels, Delivery(*given[name])) for name, drug in drugs.items())
        return sum(own, start=Action())

    return in_blocks(jax.vmap(moment), times, levels, given)


def shrink_case(
    one: VerificationCase, solver: Solver | None = None, *, tolerance: float = TOLERANCE, most: int = 200
) -> VerificationCase:
    """Return a small case that still fails: fewer drugs, days and modifiers, a man near the reference man.

    Parameters
    ----------
    one : Case
        A case that fails or whose error is not below the tolerance; any other is returned as it came.
    solver : callable, optional
        As `verify`.
    tolerance : float, optional
    most : int, optional
        Most steps to take.
    """
    wanted = _failure(one, solver, tolerance)
    for _ in range(most if wanted else 0):
        still = (nearer for nearer in smaller_cases(one) if _failure(nearer, solver, tolerance) == wanted)
        if (nearer := next(still, None)) is None:
            break
        one = nearer
    return one


def _failure(one: VerificationCase, solver: Solver | None, tolerance: float) -> str:
    """Return ``"failed"``, ``"wrong"``, or nothing when the case is well or is refused."""
    try:
        found = compare_case(one, solver)
    except LeydigError:
        return ""
    if found.reason is not None:
        return "failed"
    return "" if found.error < tolerance else "wrong"
