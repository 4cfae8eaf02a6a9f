"""The whole engine as one script: facts, printed functions, then the march and the planner, written once by hand.

Printed are the traces of the kernel of all drugs (`leydig.engine.kernel.kernel.trace_kernel`) with a body whose arrows
can be cut (`leydig.man.surgery`), what the organs tell one another, and how a man is anchored: from age, BMI and
measured levels to his parameters and his resting state. Every number that the hand-written part reads stands in
``FACTS``, taken from where Python has it.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import factorial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from leydig import kinetics, ticks
from leydig.body import Body, State
from leydig.body.axis import Signals
from leydig.body.baseline import Baseline
from leydig.drug import Drug
from leydig.drugs import DRUGS, drugs_of
from leydig.engine import plan, solve, step
from leydig.engine.equations import Function, flatten_equations
from leydig.engine.javascript.elementary import ELEMENTARY_TABLES
from leydig.engine.javascript.script import (
    JavaScriptPrinter,
    input_reads,
    script_body,
    script_function,
    staged_functions,
)
from leydig.engine.javascript.unrolling import unroll_loops
from leydig.engine.kernel import organs
from leydig.engine.kernel.feedback import Feedback, divide_equations
from leydig.engine.kernel.kernel import trace_kernel
from leydig.engine.system import FAST, GIVEN, Kinetics, System, compartments, fast_rates
from leydig.engine.system import kinetics as drug_kinetics
from leydig.engine.trace.tape import Trace
from leydig.engine.trace.tracer import leaf_ids, trace_groups
from leydig.man import Man
from leydig.man.imputation import at_rest, impute_baseline
from leydig.man.man import MEASURABLE
from leydig.man.surgery.organs import HELD
from leydig.man.surgery.surgery import ARROWS, SIZES, STOPPED, surgical_body
from leydig.man.weight.change import weigh_body
from leydig.man.weight.series import LINEAR, PIECE
from leydig.product import PRODUCTS

__all__ = ["JavaScriptEngine", "print_javascript"]

_FIELDS = tuple(field.name for field in dataclasses.fields(Baseline))
_SOURCES = ("step.js", "march.js", "weight.js", "plan.js")
_ROWS = 7  # numbers of one step for each fast state
_HALVED = 0.4  # to which a step times a rate is halved, so that ten terms of its series give all digits
_KINETIC_HALVED = 0.05  # the same for seven terms of the series of a chain
_FOLLOWING_BMI = ("body_blood_shbg_production", "body_periphery_aromatase", "body_periphery_testis_share")
_REFUSALS = {
    "steps": "got steps that became too short; expected a man who can be marched. Use the reference of Python.",
    "level": "got a level that is no positive number; expected one. Use the reference of Python.",
    "trains": "got two pulse trains of one drug at once; expected one at a time. Give one train with the dose and "
    "interval that are meant.",
    "days": "got kept days that do not ascend; expected each after the one before, from day 0 on. Sort them.",
}


class JavaScriptEngine(NamedTuple):
    """The engine as text.

    Attributes
    ----------
    text : str
        A script without imports; it sets ``globalThis.leydig``.
    traces : dict of str to str
        SHA-256 of each trace that is printed in it: those of the kernel of all drugs, and ``anchor``.
    digest : str
        SHA-256 of them all, which stands in the script as ``FACTS.digest``.
    """

    text: str
    traces: dict[str, str]
    digest: str


class _Traces(NamedTuple):
    """What is printed: the kernel of all drugs, taken apart, and the anchoring."""

    drugs: dict[str, Drug]
    kinetics: Kinetics
    apart: Feedback
    traces: dict[str, Trace]
    anchor: Trace
    weigh: Trace
    sizes: dict[str, int]
    names: tuple[str, ...]
    signals: tuple[str, ...]
    states: tuple[str, ...]
    levers: dict[str, int]


@cache
def print_javascript() -> JavaScriptEngine:
    """Return the engine with every drug of the catalogue as a script, printed once per process.

    Raises
    ------
    NotSolved
        When the equations use an operation that JavaScript has no form for.

    Examples
    --------
    >>> engine = print_javascript()
    >>> engine.digest in engine.text
    True
    """
    printed = _trace_all()
    digests = {
        name: one.digest()
        for name, one in (printed.traces | {"anchor": printed.anchor, "weigh": printed.weigh}).items()
    }
    digest = hashlib.sha256("".join(digests.values()).encode()).hexdigest()
    programs = {name: JavaScriptPrinter.program(one) for name, one in printed.traces.items()}
    aux = {f"{_camel(name)}Aux": max(len(one.fixed_names()), 1) for name, one in programs.items()}
    axis, whole = len(printed.apart.axis), {"y": 0, "m": 0, "g": 0}
    rate = staged_functions("rate", programs.pop("rate"), {"g": "Given", "m": "Drugs", "y": ""})
    groups = {"say": {"s": axis}, "organ_rate": {"y": 0, "s": 0}, "read": whole, "own_rate": {"y": 0}}
    facts = _facts(printed, aux | {"rateShared": rate.shared}) | {"digest": digest}
    sources = [(files(__package__) / name).read_text(encoding="utf-8") for name in _SOURCES]
    fast = facts["layout"]["fast"]
    slow = [place for place in range(axis) if place not in fast]
    parts = [
        '"use strict";(()=>{',
        f"const FACTS={json.dumps(facts, separators=(',', ':'))};",
        ELEMENTARY_TABLES,
        rate.text,
        *(script_function(_camel(name), one, groups[name], name == "say") for name, one in programs.items()),
        _list_function("anchor", printed.anchor, {"a": 0}),
        _list_function("weigh", printed.weigh, {"a": 0, "t": 0}),
        *(_shorten(unroll_loops(text, fast, slow, _ROWS)) for text in sources),
        "})();",
    ]
    return JavaScriptEngine("\n".join(parts) + "\n", digests, digest)


def _trace_all() -> _Traces:
    man, drugs = Man(age=30), drugs_of(DRUGS)
    own, body = drug_kinetics(drugs), surgical_body(man.body, man.state, man.bmi)
    system, state = System(body, man.body.frame(man.bmi), drugs, *own[:3]), man.state
    equations = flatten_equations(system, state)
    apart, sizes = divide_equations(equations, FAST), equations.sizes
    signals, names = _signals(system, state, sizes)
    read = trace_groups(lambda *groups: [*equations.read(*groups), *signals(*groups)], sizes, "t")
    traces = trace_kernel(equations, apart) | {"read": read, "own_rate": _trace_own(system, state, sizes)}
    levers = {name: place for place, name in enumerate(leaf_ids(system))}
    anchor = _trace_anchor(drugs, own)
    weigh = _trace_weigh(system, sizes, [levers[path] for path in _by_bmi(levers)])
    return _Traces(drugs, own, apart, traces, anchor, weigh, sizes, equations.readings, names, equations.states, levers)


def _signals(system: System, state: State, sizes: dict[str, int]) -> tuple[Function, tuple[str, ...]]:
    """Return what the organs tell one another at a moment as a function of lists, and the names of what it gives."""
    (_, system_shape), (_, state_shape) = jax.tree.flatten(system), jax.tree.flatten(state)

    def signals(t: list[Array], y: list[Array], m: list[Array], g: list[Array]) -> dict[str, Signals | Array]:
        now, at = jax.tree.unflatten(system_shape, t), jax.tree.unflatten(state_shape, y)
        action = now.action(tuple(m), tuple(g))
        return {"": now.body.signals(at, action, now.frame), "given_gnrh": action.gnrh_drive}

    one = jax.ShapeDtypeStruct((), np.float64)
    shape = jax.eval_shape(signals, *([one] * count for count in sizes.values()))
    return lambda *groups: [jnp.asarray(one) for one in jax.tree.leaves(signals(*groups))], tuple(leaf_ids(shape))


def _trace_own(system: System, state: State, sizes: dict[str, int]) -> Trace:
    """Record how fast the fast states decay on their own at a state."""
    (_, system_shape), (_, state_shape) = jax.tree.flatten(system), jax.tree.flatten(state)

    def rates(t: list[Array], y: list[Array]) -> list[Array]:
        found = fast_rates(jax.tree.unflatten(system_shape, t).body, jax.tree.unflatten(state_shape, y))
        return [jnp.asarray(rate) for rate in found]

    return trace_groups(rates, {"t": sizes["t"], "y": sizes["y"]}, "t")


def _trace_anchor(drugs: dict[str, Drug], own: Kinetics) -> Trace:
    """Record how a man's numbers follow from age, BMI and levels, NaN where one is unknown."""

    def anchor(a: list[Array]) -> list[Array]:
        age, bmi, *levels = a
        baseline = impute_baseline(Body(), dict(zip(_FIELDS, levels, strict=True)), age, bmi)
        body, state = at_rest(Body(), baseline, age, bmi)
        system = System(surgical_body(body, state, bmi), body.frame(bmi), drugs, *own[:3])
        ceilings = body.pituitary.highest_lh(), body.pituitary.highest_fsh()
        return [jnp.asarray(leaf, dtype=float) for leaf in jax.tree.leaves((system, state, baseline, ceilings))]

    return trace_groups(anchor, {"a": 2 + len(_FIELDS)}, "t")


def _by_bmi(levers: Mapping[str, int]) -> list[str]:
    """Return the paths of what follows a man's BMI among the parameters."""
    return [*_FOLLOWING_BMI, *(path for path in levers if path.startswith("frame_"))]


def _trace_weigh(system: System, sizes: dict[str, int], places: list[int]) -> Trace:
    """Record what is at these places for another BMI, from the one at which his numbers are his and that one."""
    _, shape = jax.tree.flatten(system)

    def weigh(a: list[Array], t: list[Array]) -> list[Array]:
        before, now = a
        one = jax.tree.unflatten(shape, t)
        body = weigh_body(one.body, before, now)
        leaves = jax.tree.leaves(eqx.tree_at(lambda part: (part.body, part.frame), one, (body, body.frame(now))))
        return [jnp.asarray(leaves[place]) for place in places]

    return trace_groups(weigh, {"a": 2, "t": sizes["t"]}, "")


def _list_function(name: str, trace: Trace, firsts: dict[str, int]) -> str:
    """Return a printed function that gives a list of what was recorded."""
    program = JavaScriptPrinter.program(trace)
    body = script_body(program.moving, program.results, input_reads(program.moving_reads, firsts), "{1}", ",")
    constants, results = body.rsplit(";", 1)
    return f"function {name}({','.join(firsts)}){{{constants};return[{results}]}}"


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def _shorten(text: str) -> str:
    """Return a script without comments and without blanks that it does not need; none of its strings has any."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    lines = (re.sub(r" // .*", "", line).strip() for line in text.splitlines())
    return "\n".join(re.sub(r" ?([-=,;(){}\[\]:?<>*/|&+!]) ?", r"\1", line) for line in lines if line)


def _facts(printed: _Traces, aux: Mapping[str, int]) -> dict[str, Any]:
    """Return every number and name that the hand-written part reads."""
    apart, sizes = printed.apart, printed.sizes
    return {
        "ticksPerDay": ticks.TICKS_PER_DAY,
        "roundings": ticks.ROUNDINGS,
        "trusted": solve.TRUSTED,
        "tolerance": solve.TOLERANCE,
        "step": {
            "terms": step.TERMS, "series": [1.0 / factorial(k) for k in range(step.TERMS + 3)], "halved": _HALVED,
            "kineticTerms": kinetics.TERMS, "kineticHalved": _KINETIC_HALVED, "longest": step.LONGEST,
            "shortest": step.SHORTEST, "most": step.MOST, "curved": step.CURVED, "strayed": step.STRAYED,
            "caution": step.CAUTION, "slowest": step.SLOWEST, "fastest": step.FASTEST,
        },
        "organs": {
            "substep": organs.SUBSTEP, "longestCell": organs.LONGEST_CELL, "afterJump": organs.AFTER_JUMP,
            "ordinary": organs.ORDINARY, "order": organs.ORDER,
        },
        "plan": {
            "edge": plan.EDGE, "firstStep": plan.FIRST_STEP, "absorbed": plan.ABSORBED, "fresh": plan.FRESH,
            "empty": plan.EMPTY,
        },
        "layout": {
            "axis": apart.axis, "organs": apart.organs, "fast": [apart.axis.index(place) for place in FAST],
            "signals": apart.counts[0], "messages": apart.counts[1], "compartments": sizes["m"], "given": sizes["g"],
            "readings": printed.names, "signalNames": printed.signals, **aux,
        },
        **_drug_facts(printed),
        "measurable": [next(name for name, field in MEASURABLE.items() if field == one) for one in _FIELDS],
        "anchor": {"theta": sizes["t"], "start": sizes["y"], "baseline": len(_FIELDS)},
        "surgery": _surgery_facts(printed),
        "weight": {"piece": PIECE, "linear": LINEAR, "places": [printed.levers[at] for at in _by_bmi(printed.levers)]},
        "places": {name: printed.levers[f"body_{name}"] for name in ("hypothalamus_drive", "pituitary_reference_lh")},
        "messages": _REFUSALS,
    }  # fmt: skip


def _surgery_facts(printed: _Traces) -> dict[str, Any]:
    """Return the places of what can be cut, made smaller or held, among the parameters and the states."""
    levers = printed.levers
    return {
        "arrows": {name: levers[path] for name, path in ARROWS.items()},
        "stopped": STOPPED,
        "sizes": {name: [levers[path] for path in paths] for name, paths in SIZES.items()},
        "held": {name: [levers[f"body_free_{name}"], printed.states.index(name)] for name in HELD},
        "background": levers["body_blood_estradiol_background"],
    }


def _drug_facts(printed: _Traces) -> dict[str, Any]:
    """Return the chains in their order, where doses of each drug enter, and what a regimen may name."""
    layout = compartments(printed.drugs)
    levels = {level: chain for drug in printed.drugs.values() for level, chain in drug.chains().items()}
    chains = [
        {"drug": one.drug, "first": place, "rates": np.asarray(levels[one.level].rates).tolist()}
        for place, one in enumerate(layout)
        if one.place == 0
    ]
    intakes = plan.Intakes(printed.drugs)
    drugs = {
        name: {"entries": np.flatnonzero(intakes[name].entered).tolist(), "rates": intakes[name].rates,
               "atOnce": int(intakes[name].at_once), "given": GIVEN * place}
        for place, name in enumerate(printed.drugs)
    }  # fmt: skip
    products = {
        name: {"parts": {part: float(share) for part, share in DRUGS[name].parts().items()},
               "pulsatile": product.pulsatile, "infusible": product.infusible}
        for name, product in PRODUCTS.items()
    }  # fmt: skip
    return {"chains": chains, "drugs": drugs, "products": products}
