"""A language that joins from outside: plain Python, written with what `leydig.engine` hands on and nothing behind it."""

import math

import jax
import numpy as np
import pytest

from leydig import Man, NotSolved
from leydig.drugs import DRUGS, drugs_of
from leydig.engine import LinePrinter, assemble_system, flatten_equations, trace_groups
from leydig.engine import operations as op

SEEDS = range(6)
MAN = Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L", fsh="4.8 IU/L")
INFIX = {op.ADD: "+", op.SUBTRACT: "-", op.MULTIPLY: "*", op.DIVIDE: "/", op.LESS: "<", op.LESS_EQUAL: "<=",
         op.GREATER: ">", op.GREATER_EQUAL: ">=", op.EQUAL: "==", op.NOT_EQUAL: "!="}  # fmt: skip
PREFIX = {op.MAXIMUM: "max({}, {})", op.MINIMUM: "min({}, {})", op.NEGATE: "-{}", op.EXPONENTIAL: "exp({})",
          op.LOGARITHM: "log({})", op.SQUARE_ROOT: "sqrt({})", op.WHERE: "({1} if {0} else {2})"}  # fmt: skip


class PythonPrinter(LinePrinter):
    """Prints plain Python of the standard library."""

    language = "Python"
    line = "{} = {}"
    forms = {one: f"{{}} {sign} {{}}" for one, sign in INFIX.items()} | PREFIX

    def constant(self, value):
        return repr(value)


def python_function(function, sizes):
    """Return a function of lists as compiled Python: a prelude of the parameters, and the rest of it."""
    program = PythonPrinter.program(trace_groups(function, sizes, "t"))
    handed, fixed = ", ".join(program.fixed_names()), program.fixed.keys()
    text = ["def prelude(t):", *(f"    {one} = t[{one[1:]}]" for one in sorted(program.fixed_reads))]
    text += [*(f"    {line}" for line in program.fixed.values()), f"    return [{handed}]"]
    text += ["def rest(prelude, t, y, m, g):", f"    [{handed}] = prelude"]
    text += [f"    {one} = {one[0]}[{one[1:]}]" for one in sorted(program.moving_reads - fixed)]
    text += [*(f"    {line}" for line in program.moving.values()), f"    return [{', '.join(program.results)}]"]
    room = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "inf": math.inf, "nan": math.nan}
    exec("\n".join(text), room)
    return lambda t, *groups: room["rest"](room["prelude"](t), t, *groups)


def case(seed):
    """Return a system with up to three drugs, a state far from rest, amounts and what is given, all by chance."""
    rng = np.random.default_rng(seed)
    drugs = drugs_of([str(one) for one in rng.choice(sorted(DRUGS), rng.integers(0, 4), replace=False)])
    system, rest, _, _ = assemble_system(MAN, drugs)
    state = jax.tree.map(lambda one: one * np.exp(rng.normal(0.0, 0.7)), rest)
    sizes = flatten_equations(system, state).sizes
    return system, state, list(rng.uniform(0.0, 2.0, sizes["m"])), list(rng.uniform(0.1, 2.0, sizes["g"]))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_printer_from_outside_gives_the_rates_of_the_system_and_its_readings(seed):
    system, state, amounts, given = case(seed)
    equations = flatten_equations(system, state)
    lists = [float(one) for one in jax.tree.leaves(system)], [float(one) for one in jax.tree.leaves(state)]
    printed = python_function(equations.rate, equations.sizes)(*lists, amounts, given)
    truth = jax.tree.leaves(system.rate(state, tuple(amounts), tuple(given)))
    np.testing.assert_allclose(printed, truth, rtol=1e-12, err_msg=str([*system.drugs]))
    read = python_function(equations.read, equations.sizes)(*lists, amounts, given)
    np.testing.assert_allclose(read, equations.read(*lists, amounts, given), rtol=1e-12)
    assert (len(printed), len(read)) == (len(equations.states), len(equations.readings))
    assert read[equations.readings.index("lh")] == pytest.approx(float(state.lh), rel=1e-12)
    assert lists[1][equations.states.index("lh")] == float(state.lh)


def test_the_cases_have_drugs_and_differ():
    drugs = {tuple(case(seed)[0].drugs) for seed in SEEDS}
    assert len(drugs) >= 4 and max(map(len, drugs)) >= 3


def test_the_language_writes_every_operation():
    assert PythonPrinter.missing_forms() == []


def test_a_group_that_is_named_as_lines_are_is_refused():
    with pytest.raises(NotSolved, match="got an input named p0; expected a name that no line has"):
        PythonPrinter.program(trace_groups(lambda p: [p[0] + 1.0], {"p": 1}, "p"))
