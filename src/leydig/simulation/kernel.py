"""The compiled kernel: the traced equations printed as plain numbers, beside the step that marches them.

`leydig.simulation.system` is traced once into elementary operations. What depends on parameters alone
is printed into ``prelude`` (once per man), the rest into ``rate`` (every evaluation); powers become
exponentials of shared logarithms. The text is kept in a cache folder under the hash of itself, so that
compilation is paid once per machine and set of drugs. An operation that the printer does not know is
refused by its name.
"""

import hashlib
import importlib.util
import inspect
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.extend.core as jex
import numpy as np

from leydig.errors import NotSolved
from leydig.simulation.step import march
from leydig.simulation.system import System

__all__ = ["cache_folder", "compiled", "printed"]

_BINARY = {"add": "{} + {}", "sub": "{} - {}", "mul": "{} * {}", "div": "{} / {}",
           "max": "max({}, {})", "min": "min({}, {})", "lt": "{} < {}", "le": "{} <= {}",
           "gt": "{} > {}", "ge": "{} >= {}", "eq": "{} == {}", "ne": "{} != {}"}  # fmt: skip
_UNARY = {"neg": "-{}", "exp": "np.exp({})", "log": "np.log({})", "sqrt": "np.sqrt({})",
          "abs": "abs({})", "log1p": "np.log1p({})", "expm1": "np.expm1({})", "tanh": "np.tanh({})",
          "square": "{0} * {0}", "convert_element_type": "{}", "stop_gradient": "{}", "copy": "{}",
          "reshape": "{}", "broadcast_in_dim": "{}", "squeeze": "{}"}  # fmt: skip
_NESTED = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "custom_jvp_call": "call_jaxpr"}


class _Printer:
    """Prints a list of traced scalar operations as lines of Python."""

    def __init__(self) -> None:
        self.fixed: list[str] = []  # lines that depend on parameters alone
        self.moving: list[str] = []
        self.moves: set[str] = set()
        self.logarithms: dict[str, str] = {}
        self.count = 0

    def line(self, expression: str, sources: list[str]) -> str:
        """Print one assignment and return its name."""
        moving = any(source in self.moves for source in sources)
        name = f"{'v' if moving else 'p'}{self.count}"
        self.count += 1
        (self.moving if moving else self.fixed).append(f"{name} = {expression}")
        if moving:
            self.moves.add(name)
        return name

    def walk(self, jaxpr: Any, constants: list[Any], names: list[str]) -> list[str]:
        """Print the operations of one (possibly nested) trace and return the names of its results."""
        known = {id(var): name for var, name in zip(jaxpr.invars, names, strict=True)}
        known |= {id(var): repr(float(value)) for var, value in zip(jaxpr.constvars, constants, strict=True)}

        def read(atom: Any) -> str:
            return repr(float(atom.val)) if isinstance(atom, jex.Literal) else known[id(atom)]

        for equation in jaxpr.eqns:
            results = self.operation(equation, [read(atom) for atom in equation.invars])
            known |= {id(var): name for var, name in zip(equation.outvars, results, strict=True)}
        return [read(atom) for atom in jaxpr.outvars]

    def operation(self, equation: Any, arguments: list[str]) -> list[str]:
        """Print one operation and return the names of its results."""
        name = equation.primitive.name
        if name in _NESTED:
            inner = equation.params[_NESTED[name]]
            return self.walk(inner.jaxpr, list(inner.consts), arguments[-len(inner.jaxpr.invars) :])
        if any(var.aval.shape != () for var in equation.outvars):
            raise NotSolved(f"the operation {name!r} gives an array; the kernel prints scalars. Rewrite the equation.")
        if name in _BINARY:
            return [self.line(_BINARY[name].format(*arguments), arguments)]
        if name in ("reshape", "broadcast_in_dim", "squeeze", "convert_element_type", "copy", "stop_gradient"):
            return arguments[:1]
        if name in _UNARY:
            return [self.line(_UNARY[name].format(*arguments), arguments)]
        if name == "integer_pow":
            return [self.line(_whole_power(arguments[0], equation.params["y"]), arguments)]
        if name == "pow":
            return [self.line(f"np.exp({arguments[1]} * {self.logarithm(arguments[0])})", arguments)]
        if name == "select_n":
            return [self.line(f"{arguments[2]} if {arguments[0]} else {arguments[1]}", arguments)]
        raise NotSolved(
            f"the operation {name!r} is not known to the kernel's printer. Add it to leydig.simulation.kernel."
        )

    def logarithm(self, base: str) -> str:
        """Return the name of the logarithm of `base`, printed once."""
        if base not in self.logarithms:
            self.logarithms[base] = self.line(f"np.log({base})", [base])
        return self.logarithms[base]


def _whole_power(base: str, power: int) -> str:
    product = " * ".join([base] * abs(power)) or "1.0"
    return product if power >= 0 else f"1.0 / ({product})"


def printed(system: System, state: Any, modes: int, givens: int) -> str:
    """Return the source text of the kernel for this system.

    Parameters
    ----------
    system : System
        Any man's system with the drugs in question; only its structure matters.
    state : State
    modes, givens : int
        How many modes and given numbers there are.

    Raises
    ------
    NotSolved
        When the equations use an operation that the printer does not know.
    """
    theta, system_shape = jax.tree.flatten(system)
    leaves, state_shape = jax.tree.flatten(state)

    def flow(theta: list[Any], y: list[Any], m: list[Any], g: list[Any]) -> list[Any]:
        moved = jax.tree.unflatten(system_shape, theta).rate(jax.tree.unflatten(state_shape, y), tuple(m), tuple(g))
        return [jax.numpy.asarray(leaf) for leaf in jax.tree.leaves(moved)]

    one = jax.ShapeDtypeStruct((), np.float64)
    groups = [[one] * len(theta), [one] * len(leaves), [one] * modes, [one] * givens]
    trace = jax.make_jaxpr(flow)(*groups)
    printer = _Printer()
    inputs = [
        [f"{name}{i}" for i in range(len(group))] for name, group in zip(("t", "y", "m", "g"), groups, strict=True)
    ]
    printer.moves.update(name for group in inputs[1:] for name in group)
    results = printer.walk(trace.jaxpr, list(trace.consts), [name for group in inputs for name in group])
    return _source(printer, inputs, results)


def _names(lines: list[str]) -> set[str]:
    """Return every name that stands in these lines."""
    return set(re.findall(r"[a-z]\w*", " ".join(lines)))


def _source(printer: _Printer, inputs: list[list[str]], results: list[str]) -> str:
    """Put prelude, rate and march together as one module."""
    used = _names(printer.moving + results)
    kept = [line.split(" = ")[0] for line in printer.fixed if line.split(" = ")[0] in used]
    words = _names(printer.fixed)
    reads = [
        f"{name} = {array}[{i}]"
        for array, group in zip(("y", "m", "g"), inputs[1:], strict=True)
        for i, name in enumerate(group)
        if name in used
    ]
    prelude = [f"{name} = th[{i}]" for i, name in enumerate(inputs[0]) if name in words]
    prelude += printer.fixed + [f"aux[{i}] = {name}" for i, name in enumerate(kept)]
    body = reads + [f"{name} = th[{i}]" for i, name in enumerate(inputs[0]) if name in used]
    body += [f"{name} = aux[{i}]" for i, name in enumerate(kept)] + printer.moving
    body += [f"dy[{i}] = {name}" for i, name in enumerate(results)]
    compile_line = "@njit(cache=True, nogil=True, error_model='numpy'{})"
    return "\n".join(
        [
            '"""Printed by leydig.simulation.kernel; do not edit."""',
            "import numpy as np",
            "from numba import njit",
            f"AUX = {max(len(kept), 1)}",
            compile_line.format(""),
            "def prelude(th, aux):",
            *(f"    {line}" for line in prelude or ["pass"]),
            compile_line.format(", inline='never'"),
            "def rate(y, m, g, th, aux, dy):",
            *(f"    {line}" for line in body),
            compile_line.format(""),
            inspect.getsource(march),
        ]
    )


def cache_folder() -> Path:
    """Return the folder of compiled things; ``LEYDIG_CACHE`` names another.

    Where the home folder cannot be written, it is a temporary folder.
    """
    chosen = os.environ.get("LEYDIG_CACHE")
    folder = Path(chosen) if chosen else Path.home() / ".cache" / "leydig"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir()) / "leydig"
        folder.mkdir(parents=True, exist_ok=True)
    return folder


_LOADED: dict[str, Callable[..., None]] = {}


def compiled(source: str) -> Callable[..., None]:
    """Return the compiled `march` of a printed kernel, from the cache when it is there."""
    name = "leydig_kernel_" + hashlib.sha256(source.encode()).hexdigest()[:16]
    if name not in _LOADED:
        path = cache_folder() / f"{name}.py"
        if not path.exists():
            fresh = path.with_suffix(f".{os.getpid()}.tmp")
            fresh.write_text(source, encoding="utf-8")
            fresh.replace(path)
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise NotSolved(f"the kernel {path} cannot be loaded. Empty the folder or set LEYDIG_CACHE.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        _LOADED[name] = module.march
    return _LOADED[name]
