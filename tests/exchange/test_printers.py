"""Every printer says the same: each operation gives one number in JAX, the kernel, SBML, JavaScript and the documentation."""

import math
import tempfile
from pathlib import Path

import jax.numpy as jnp
import libsbml
import numpy as np
import pytest
from node import run_node
from numba import njit
from presentation import value_of

from leydig.engine.javascript.script import JavaScriptPrinter
from leydig.engine.kernel import simd
from leydig.engine.kernel.lane_code import call
from leydig.engine.kernel.machine_code import compile_functions, load_functions
from leydig.engine.trace import operations as op
from leydig.engine.trace.lanes import LanePrinter
from leydig.engine.trace.mathml import EquationPrinter, symbol
from leydig.engine.trace.tape import Input, Tape
from leydig.engine.trace.tracer import trace_equations
from leydig.errors import NotSolved
from leydig.exchange.sbml_document import Document
from leydig.exchange.sbml_formulas import FormulaPrinter, FormulaValue

NAMES = ("a", "b", "c")
DRAWS = np.random.default_rng(20).uniform(0.2, 3.0, (24, len(NAMES)))
DRAWS[:6, 1] = DRAWS[:6, 0]  # some are equal, so that every comparison goes both ways


def every_operation():
    """Return one trace whose results are the operations by name; a condition chooses between two inputs."""
    tape = Tape([Input(name) for name in NAMES])
    results = {}
    for one in op.OPERATIONS.values():
        condition = [tape.call(op.LESS, 1, 2)] * (one is op.WHERE)
        place = tape.call(one, *condition, *range(one.arity - len(condition)))
        results[one.name] = tape.call(op.WHERE, place, 0, 2) if one in op.TRUTHS else place
    results["power of a whole number"] = tape.call(op.POWER, 0, tape.constant(-3))
    results["nested"] = tape.call(op.SUBTRACT, 2, tape.call(op.SUBTRACT, 1, tape.call(op.NEGATE, 0)))
    results["power of a quotient"] = tape.call(op.POWER, tape.call(op.DIVIDE, 0, 1), 2)
    results["minus a number"] = tape.call(op.MULTIPLY, 0, tape.constant(-2.5))
    return tape.trace(results)


TRACE = every_operation()


def expected(numbers, traced=TRACE):
    """Return the results of a trace by the values that operations declare."""
    values = list(numbers)
    for node in traced.nodes[len(values) :]:
        given = [values[place] for place in getattr(node, "arguments", ())]
        values.append(node.operation.value(*given) if given else node.value)
    return [float(values[place]) for place in traced.results.values()]


def test_the_declared_values_are_those_of_mathematics():
    a, b, c = (2.0, 0.5, 3.0)
    plain = {
        "add": a + b, "subtract": a - b, "multiply": a * b, "divide": a / b, "maximum": a, "minimum": b, "negate": -a,
        "exponential": math.e**a, "logarithm": math.log(a), "square root": a**0.5, "power": a**b, "less": c,
        "less or equal": c, "greater": a, "greater or equal": a, "equal": c, "not equal": a, "where": a,
        "power of a whole number": 0.125, "nested": c - (b + a), "power of a quotient": 64.0, "minus a number": -5.0,
    }  # fmt: skip
    assert dict(zip(TRACE.results, expected((a, b, c)), strict=True)) == pytest.approx(plain)


def test_the_draws_send_every_comparison_both_ways():
    for one in op.TRUTHS:
        assert {bool(one.value(a, b)) for a, b, _ in DRAWS} == {True, False}, one.name


def kernel_values(rows):
    """Return the results of the kernel's printer, compiled for lanes as the kernel is."""
    program = LanePrinter.program(TRACE)
    body = [f"{name} = x[{place}]" for place, name in enumerate(NAMES)] + [*program.fixed.values()]
    body += [*program.moving.values()] + [f"out[{place}] = {one}" for place, one in enumerate(program.results)]
    room = {name: getattr(simd, name) for name in simd.__all__} | {"inf": math.inf, "nan": math.nan}
    exec("def all_operations(x, out):\n" + "\n".join(f"    {line}" for line in body), room)
    (code,) = load_functions(compile_functions({"all_operations": room["all_operations"]}), ["all_operations"])

    @njit
    def run_all(x, out):
        for place in range(x.shape[0]):
            call(code, x[place], out[place])

    x = np.ascontiguousarray(np.reshape(rows, (-1, simd.LANES, len(NAMES))).transpose(0, 2, 1))
    out = np.empty((len(x), len(program.results), simd.LANES))
    run_all(x, out)
    return out.transpose(0, 2, 1).reshape(len(rows), -1)


def sbml_values(rows):
    """Return the results of SBML's printer, worked out by libSBML."""
    document = Document()
    for name in NAMES:
        document.quantity(name, name, "1", 1.0, False)
    printer = FormulaPrinter(document)
    printer._known = {name: FormulaValue(name) for name in NAMES}
    formulas = {name: value.text for name, value in printer.texts(TRACE).items()}
    assert not printer.rules  # a rule would have to be worked out first
    found = []
    for numbers in rows:
        for name, number in zip(NAMES, numbers, strict=True):
            document.model.getParameter(name).setValue(float(number))
        libsbml.SBMLTransforms.clearComponentValues()
        trees = [libsbml.parseL3Formula(text) for text in formulas.values()]
        found.append([libsbml.SBMLTransforms.evaluateASTNode(tree, document.model) for tree in trees])
    return np.array(found)


def documentation_values(rows):
    """Return the results of the documentation's printer, read from its MathML."""
    found = []
    for numbers in rows:
        symbols = {symbol(name, ()): float(number) for name, number in zip(NAMES, numbers, strict=True)}
        equations, results = EquationPrinter.equations_of(TRACE)
        for one in equations:
            symbols[one.left] = value_of(one.right, symbols)
        found.append([value_of(text, symbols) for text in results.values()])
    return np.array(found)


def jax_values(rows):
    """Return the results that JAX gives, one row of numbers after the other."""
    places = [*TRACE.results.values()]
    return np.array([TRACE.values(places, dict(enumerate(map(float, row)))) for row in rows])


def javascript_values(rows):
    """Return the results of JavaScript's printer, worked out by node; NaN comes and goes as null."""
    program = JavaScriptPrinter.program(TRACE)
    lines = [f"{name}=x[{place}]??NaN" for place, name in enumerate(NAMES)]
    lines += [*program.fixed.values(), *program.moving.values()]
    answer = f"const{{exp,log,sqrt}}=Math,answer=rows=>rows.map(x=>{{const {','.join(lines)};return[{','.join(program.results)}]}});"
    given = [[None if math.isnan(one) else one for one in row] for row in np.asarray(rows).tolist()]
    with tempfile.TemporaryDirectory() as folder:
        return np.array(run_node(Path(folder), answer, given), dtype=float)


WAYS = {"JAX": jax_values, "kernel": kernel_values, "SBML": sbml_values, "documentation": documentation_values,
        "JavaScript": javascript_values}  # fmt: skip


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_operation_gives_the_same_number(way):
    np.testing.assert_allclose(way(DRAWS), [expected(row) for row in DRAWS], rtol=1e-14)


def test_javascript_writes_every_operation_and_takes_nan_as_the_kernel_does():
    assert JavaScriptPrinter.missing_forms() == []
    row = [1.0, math.nan, 2.0]
    np.testing.assert_array_equal(javascript_values([row])[0], kernel_values(np.tile(row, (simd.LANES, 1)))[0])


@pytest.mark.parametrize(
    ("number", "text"), [(2.0, "2"), (-0.5, "(-0.5)"), (1e-7, "1e-7"), (1e22, "1e22"), (-math.inf, "(-Infinity)"),
                         (math.nan, "NaN"), (0.1, "0.1"), (-0.0, "(-0)")]
)  # fmt: skip
def test_javascript_writes_a_number_with_all_its_digits(number, text):
    assert JavaScriptPrinter().constant(number) == text


def test_the_kernel_knows_a_number_that_is_none():
    nan = kernel_values(np.full((simd.LANES, len(NAMES)), np.nan))[0]
    names = list(TRACE.results)
    a, c = 1.0, 2.0
    x = kernel_values(np.tile([a, math.nan, c], (simd.LANES, 1)))[0]
    assert np.isnan(nan).all()
    assert (x[names.index("not equal")], x[names.index("equal")]) == (a, c)


def test_sbml_writes_every_operation_and_refuses_a_new_one(monkeypatch):
    assert FormulaPrinter.missing_forms() == []
    monkeypatch.setitem(op.OPERATIONS, "sine", op.Operation("sine", 1, math.sin, jnp.sin, ("sin",)))
    assert FormulaPrinter.missing_forms() == ["sine"]
    with pytest.raises(NotSolved, match="sine; expected one that SBML writes: add.*leydig.exchange.sbml_formulas"):
        FormulaPrinter(Document()).formulas(lambda x: [jnp.sin(x[0])], [1.0], {"0": FormulaValue("x")})


def test_what_a_trace_holds_is_what_the_function_gives():
    """The trace itself against JAX: every operation of a function that uses many of them."""

    def function(x):
        a, b = x["a"], x["b"]
        return [jnp.where(a < b, a**2.5, b**-2) / jnp.maximum(a, 1.0) - jnp.log(b) * jnp.sqrt(a)]

    traced = trace_equations(function, {"a": 1.0, "b": 1.0})
    for a, b, _ in DRAWS:
        assert expected((a, b), traced) == pytest.approx([float(function({"a": a, "b": b})[0])], rel=1e-12)
