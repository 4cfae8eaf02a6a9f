"""The peers: other solvers on the same equations, the same men and the same dosing.

Every solver starts again at each dose and chooses its own steps. A peer returns states at some hours of
every day; what a laboratory reads in them is compared with the engine at its tightest tolerance.
"""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

import leydig
from benchmarks import DOSINGS, LENGTH, MANY, Setting, Timing, installed, men_of, timed
from leydig import Man, Regimen
from leydig.analytes import analyte_order
from leydig.blocks import take_rows
from leydig.engine import solve
from leydig.engine.origin import plan_work

__all__ = [
    "BEST",
    "GOAL",
    "HOURS",
    "LOOSEST",
    "PEERS",
    "Numbalsoda",
    "Peer",
    "Row",
    "compared",
    "difference",
    "engine_levels",
]

HOURS = (1.0, 2.0, 3.0, 6.0, 12.0, 18.0, 24.0)  # after a dose, at which errors are looked for; 24 is trough
GOAL = 1e-4  # worst relative error allowed
LADDER = tuple(10.0 ** (-half / 2.0) for half in range(6, 17))  # tolerances tried, loosest first
TIGHTEST = 1e-8  # tolerance of the engine that stands for the truth
SCORED = 8  # men on whom errors are looked for, at most
NOTHING = 1e-2  # error allowed in a level that is almost nothing, as a share of the relative tolerance
LOOSEST = "leydig, loosest tolerance"  # the engine under the rule of the peers
BEST = 16  # times that the engine is measured: half before the peers, half after
MOST = 100_000  # steps a peer may take in a day


class Peer:
    """A solver. It may prepare (trace, compile, load) outside the clock."""

    name: ClassVar[str]
    package: ClassVar[str]
    count: ClassVar[int]  # men who are timed
    note: ClassVar[str] = ""
    alone: ClassVar[bool] = False  # whether it needs a process of its own

    def __init__(self, setting: Setting, count: int) -> None:
        self.setting, self.most = setting, count

    def solve(self, count: int, days: int, hours: Sequence[float], tolerance: float) -> Any:
        """Return the states of the first men in shape (man, day, hour, state); hours end with 24."""
        raise NotImplementedError


class Numbalsoda(Peer):
    """LSODA in C++, called from compiled code with a compiled right-hand side."""

    name, package, count = "numbalsoda LSODA", "numbalsoda", 20
    note = "nothing of it is interpreted"

    def __init__(self, setting: Setting, count: int) -> None:
        super().__init__(setting, count)
        from numba import carray, cfunc, njit  # type: ignore[attr-defined]

        package = import_module("numbalsoda")
        flow, lsoda, modes = setting.compiled["flow"], package.lsoda, len(setting.dose)
        states, size = setting.numbers.start.shape[1], setting.compiled["size"]

        @cfunc(package.lsoda_sig)
        def pointed(now, state, out, data):  # type: ignore[no-untyped-def]
            flow(now, carray(state, (states,)), carray(data, (size,)), carray(out, (states,)))

        @njit(error_model="numpy")
        def march(pointer, start, rows, dose, moments, rtol, atol, out):  # type: ignore[no-untyped-def]
            for man in range(out.shape[0]):
                state, data = start[man].copy(), rows[man]
                for day in range(out.shape[1]):
                    data[0] = day
                    for j in range(modes):
                        data[1 + j] += dose[j]
                    found, fine = lsoda(pointer, state, day + moments, data, rtol, atol, MOST)
                    if not fine:
                        found[:] = np.nan
                    out[man, day] = found[1:]
                    state = found[-1].copy()
                    for j in range(modes):
                        data[1 + j] *= np.exp(-data[1 + modes + j])

        self.pointed, self.march = pointed, march

    def solve(self, count: int, days: int, hours: Sequence[float], tolerance: float) -> Any:
        """Return the states of the first men."""
        start, moments = self.setting.numbers.start, np.array([0.0, *hours]) / 24.0
        out = np.empty((count, days, len(hours), start.shape[1]))
        rows, atol = self.setting.data(count), NOTHING * tolerance
        self.march(self.pointed.address, start, rows, self.setting.dose, moments, tolerance, atol, out)
        return out


class Scipy(Peer):
    """LSODA in Fortran, called from Python with a compiled right-hand side."""

    name, package, count = "SciPy odeint LSODA", "scipy", 12
    note = "right-hand side compiled, called through Python"

    def solve(self, count: int, days: int, hours: Sequence[float], tolerance: float) -> Any:
        """Return the states of the first men."""
        from numba import njit
        from scipy.integrate import odeint

        flow, start, modes = self.setting.compiled["flow"], self.setting.numbers.start, len(self.setting.dose)
        if not hasattr(self, "called"):

            @njit(error_model="numpy")
            def called(now, state, data):  # type: ignore[no-untyped-def]
                out = np.empty_like(state)
                flow(now, state, data, out)
                return out

            self.called = called
        out, moments = np.empty((count, days, len(hours), start.shape[1])), np.array([0.0, *hours]) / 24.0
        for man, data in enumerate(self.setting.data(count)):
            state = start[man]
            for day in range(days):
                data[0] = day
                data[1 : 1 + modes] += self.setting.dose
                settings = {"rtol": tolerance, "atol": NOTHING * tolerance, "mxstep": MOST, "tfirst": True}
                found = odeint(self.called, state, day + moments, args=(data,), **settings)
                out[man, day], state = found[1:], found[-1]
                data[1 : 1 + modes] *= np.exp(-data[1 + modes : 1 + 2 * modes])
        return out


class Diffrax(Peer):
    """Tsitouras' method in XLA, all men in one call."""

    name, package, count = "diffrax Tsit5, vmap", "diffrax", 128
    note = "men in one vectorized call, new step lengths every day"

    def __init__(self, setting: Setting, count: int) -> None:
        super().__init__(setting, count)
        diffrax = import_module("diffrax")
        solver, dose = diffrax.Tsit5(), jnp.asarray(setting.dose)

        def course(theta: Any, start: Any, decay: Any, days: Any, moments: Any, tolerance: Any) -> Any:
            def flow(now: Any, state: Any, level: Any) -> Any:
                return jnp.stack(setting.rate(theta, state, level * jnp.exp(-decay * now), setting.given))

            def day(carry: Any, _: Any) -> Any:
                state, level = carry[0], carry[1] + dose
                steps = diffrax.PIDController(rtol=tolerance, atol=NOTHING * tolerance)
                found = diffrax.diffeqsolve(
                    diffrax.ODETerm(flow), solver, 0.0, 1.0, None, state, level, stepsize_controller=steps,
                    saveat=diffrax.SaveAt(ts=moments), max_steps=MOST, throw=False,
                )  # fmt: skip
                return (found.ys[-1], level * jnp.exp(-decay)), found.ys

            return jax.lax.scan(day, (start, jnp.zeros_like(decay)), days)[1]

        self.march = jax.jit(jax.vmap(course, (0, 0, 0, None, None, None)))

    def solve(self, count: int, days: int, hours: Sequence[float], tolerance: float) -> Any:
        """Return the states of the first men."""
        theta, start, _, decay = (part[:count] for part in self.setting.numbers)
        return np.asarray(self.march(theta, start, decay, np.arange(days), np.array(hours) / 24.0, tolerance))


class RoadRunner(Peer):
    """CVODE on the exported SBML, whose doses are events."""

    name, package, count = "libRoadRunner CVODE", "libroadrunner", 3
    note = "the exported SBML, drugs as compartments, doses as events"
    alone = True  # its LLVM and that of Numba do not live together

    def __init__(self, setting: Setting, count: int) -> None:
        super().__init__(setting, min(count, self.count))
        sbml = import_module("leydig.exchange.sbml").sbml
        runner = import_module("roadrunner")
        runner.Config.setValue(runner.Config.LLVM_BACKEND, runner.Config.LLJIT)
        paths = jax.tree_util.tree_flatten_with_path(setting.man(0).state)[0]
        names = [re.sub(r"\W+", "_", jax.tree_util.keystr(path)).strip("_") for path, _ in paths]
        texts = [sbml(setting.man(man), setting.dosing, days=float(LENGTH)) for man in range(self.most)]
        self.models = [runner.RoadRunner(text) for text in texts]
        for model in self.models:
            model.timeCourseSelections = names

    def solve(self, count: int, days: int, hours: Sequence[float], tolerance: float) -> Any:
        """Return the states of the first men."""
        moments = [0.0, *(np.arange(days)[:, None] + np.array(hours) / 24.0).ravel().tolist()]
        found = []
        for model in self.models[:count]:
            solver = model.getIntegrator()
            solver.relative_tolerance, solver.absolute_tolerance = tolerance, NOTHING * tolerance
            solver.maximum_num_steps = MOST
            model.resetAll()  # when the next dose is due is a parameter, which `reset` leaves as it is
            found.append(np.array(model.simulate(times=moments))[1:].reshape(days, len(hours), -1))
        return np.stack(found)


PEERS: tuple[type[Peer], ...] = (Numbalsoda, Diffrax, RoadRunner, Scipy)


@dataclass(frozen=True)
class Row:
    """One solver on one dosing.

    Attributes
    ----------
    name, version, dosing : str
    tolerance, error : float
        Tolerance asked for, and the worst relative error that came of it.
    men, cores : int
        Men who were timed, and cores allowed.
    timing : Timing or None
        Of 1,000 men; None when it was not measured, and `note` says why.
    note : str
    """

    name: str
    version: str
    dosing: str
    tolerance: float = float("nan")
    error: float = float("nan")
    men: int = 0
    cores: int = 1
    timing: Timing | None = None
    note: str = ""


def engine_levels(setting: Setting, count: int, days: int, hours: Sequence[float], tolerance: float) -> Any:
    """Return the engine's levels in shape (man, day, hour, analyte).

    Every hour comes from a course of its own, since the engine stops at every time that is kept.
    """
    men = take_rows(setting.men, slice(count))
    regimen, found = Regimen(setting.dosing), []
    for hour in hours:
        times = np.append(0.0, np.arange(days) + hour / 24.0)
        work = plan_work([regimen], times, tolerance, setting.drugs)
        solution = work.solve(men, np.zeros(count, dtype=int), None, None)
        found.append(solution.values[:, 1:, : len(analyte_order())])
    return np.stack(found, axis=2)


def difference(levels: Any, truth: Any) -> float:
    """Return the worst relative difference of any level of any man at any time; infinite when one is no number."""
    found = np.abs(levels / truth[: len(levels)] - 1.0).max()
    return float(found) if np.isfinite(found) else float("inf")


def _loosest(error: Callable[[float], float], ladder: Sequence[float]) -> tuple[float, float]:
    """Return the loosest tolerance that reaches the goal, and its error; the tightest when none does."""
    for tolerance in ladder:
        found = error(tolerance)
        if found <= GOAL:
            break
    return tolerance, found


def _ours(name: str, setting: Setting, tolerance: float, error: float, cores: int) -> Row:
    """Return a row of the engine."""
    dosing, count = setting.dosing, int(setting.men.count or 1)
    call = lambda: leydig.simulate(setting.men, dosing, days=LENGTH, tolerance=tolerance, cores=cores)  # noqa: E731
    note = "the public call: planning, solving, reading every analyte"
    timing = timed(call, BEST // 2).scaled(MANY / count)
    return Row(name, leydig.__version__, dosing, tolerance, error, count, cores, timing, note)


def _both_of_ours(setting: Setting, truth: Any) -> list[tuple[str, Setting, float, float, int]]:
    """Return what `_ours` takes: as the engine comes, on one core and two, and by the rule of the peers."""

    def error(tolerance: float) -> float:
        return difference(engine_levels(setting, SCORED, LENGTH, HOURS, tolerance), truth)

    usual, worst = _loosest(error, [rung for rung in LADDER if rung <= solve.TOLERANCE * 1.001])
    loosest, other = _loosest(error, LADDER)
    return [(*("leydig", setting, usual, worst), cores) for cores in (1, 2)] + [(LOOSEST, setting, loosest, other, 1)]


def _theirs(kind: type[Peer], dosing: str, setting: Setting, truth: Any) -> Row:
    """Return the row of a peer."""
    version = installed(kind.package)
    if version is None:
        return Row(kind.name, "", dosing, note="not installed")
    try:
        peer = kind(setting, kind.count)
    except (ImportError, AttributeError) as error:
        return Row(kind.name, version, dosing, note=f"not available: {error}")
    scored = min(SCORED, kind.count)

    def wrong(tolerance: float) -> float:
        return difference(setting.levels(peer.solve(scored, LENGTH, HOURS, tolerance), HOURS), truth)

    tolerance, worst = _loosest(wrong, LADDER)
    if worst > GOAL:
        return Row(kind.name, version, dosing, tolerance, worst, note="did not reach the accuracy")
    timing = timed(lambda: peer.solve(kind.count, LENGTH, (24.0,), tolerance), 3).scaled(MANY / kind.count)
    return Row(kind.name, version, dosing, tolerance, worst, kind.count, 1, timing, kind.note)


def _by_itself(kind: type[Peer], dosing: str, truth: Any) -> Row:
    """Return the row of a peer in a process that has drawn the men again."""
    return _theirs(kind, dosing, Setting(dosing, Man.stack(men_of(kind.count))), truth)


def _alone(kind: type[Peer], setting: Setting, truth: Any) -> Row:
    """Return the row of a peer, measured in a process of its own."""
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            return pool.submit(_by_itself, kind, setting.dosing, truth).result()
    except BrokenProcessPool:
        return Row(kind.name, installed(kind.package) or "", setting.dosing, note="not measured: its process ended")


def compared(men: Sequence[Man], say: Callable[[str], None] = print) -> list[Row]:
    """Return engine and peers on both dosings, each at the loosest tolerance that reaches the goal.

    The men are the first ones that `men_of` draws.
    """
    rows, stacked = [], Man.stack(list(men))
    for name, dosing in DOSINGS.items():
        setting = Setting(dosing, stacked)
        truth = engine_levels(setting, SCORED, LENGTH, HOURS, TIGHTEST)
        ours = _both_of_ours(setting, truth)
        before, theirs = [_ours(*one) for one in ours], []
        for kind in PEERS:
            say(f"{name}: {kind.name}")
            theirs.append(_alone(kind, setting, truth) if kind.alone else _theirs(kind, dosing, setting, truth))
        after = [_ours(*one) for one in ours]
        rows += [_merged(one, other) for one, other in zip(before, after, strict=True)] + theirs
    return rows


def _merged(one: Row, other: Row) -> Row:
    """Return a row that was measured before and after the others."""
    if one.timing is None or other.timing is None:
        return one
    return Row(**{**vars(one), "timing": one.timing.merged(other.timing)})
