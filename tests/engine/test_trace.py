"""The trace: what is recorded, what comes to nothing, how it is lowered, and what is refused."""

import math

import jax
import jax.numpy as jnp
import pytest

from leydig.engine.trace import operations as op
from leydig.engine.trace.lanes import LanePrinter
from leydig.engine.trace.lowering import lower
from leydig.engine.trace.mathml import EquationPrinter
from leydig.engine.trace.tape import Call, Constant, Input, Tape
from leydig.engine.trace.tracer import trace_equations, trace_groups
from leydig.errors import NotSolved


def operations(traced):
    return [call.operation for call in traced.calls().values()]


def test_every_operation_that_equations_use_is_recorded_with_its_arguments():
    traced = trace_equations(lambda x: {"y": x["a"] * x["b"] - jnp.exp(x["a"])}, {"a": 1.0, "b": 2.0})
    assert traced.nodes[:2] == (Input("a"), Input("b"))
    assert traced.nodes[2:] == (
        Call(op.MULTIPLY, (0, 1)), Call(op.EXPONENTIAL, (0,)), Call(op.SUBTRACT, (2, 3)),
    )  # fmt: skip
    assert traced.results == {"y": 4}


def test_inputs_keep_names_units_and_whether_they_are_fixed():
    inputs = [Input("volume", "L", fixed=True), Input("amount", "nmol")]
    assert trace_equations(lambda x: x[1] / x[0], [1.0, 1.0], inputs).nodes[:2] == tuple(inputs)


def test_nested_functions_are_recorded_in_one_list():
    inner = jax.jit(lambda a: jnp.sqrt(a) + 1.0)
    assert operations(trace_equations(lambda x: [inner(x[0]) * inner(x[1])], [1.0, 2.0])).count(op.SQUARE_ROOT) == 2


@pytest.mark.parametrize(
    "function",
    [
        lambda a: 0.0 + a, lambda a: a + 0.0, lambda a: a - 0.0, lambda a: 1.0 * a, lambda a: a * 1.0, lambda a: a / 1.0,
        lambda a: jnp.where(jnp.asarray(True), a, 2.0 * a),
    ],
)  # fmt: skip
def test_what_zero_and_one_make_trivial_is_not_recorded(function):
    traced = trace_equations(function, 3.0)
    assert (traced.nodes, *traced.results.values()) == ((Input(""),), 0)


def test_plain_numbers_are_worked_out_and_zero_takes_all():
    traced = trace_equations(lambda a: [0.0 * a, a + jnp.sqrt(jnp.asarray(9.0))], 2.0)
    assert traced.node("0") == Constant("0.0")
    assert [node for node in traced.nodes if isinstance(node, Constant)] == [Constant("0.0"), Constant("3.0")]


def test_what_comes_twice_is_recorded_once_and_what_no_result_needs_never():
    def function(x):
        jnp.exp(x["b"])
        return [jnp.log(x["a"]) + 1.0, jnp.log(x["a"]) + 2.0]

    assert operations(trace_equations(function, {"a": 1.0, "b": 2.0})).count(op.LOGARITHM) == 1
    assert op.EXPONENTIAL not in operations(trace_equations(function, {"a": 1.0, "b": 2.0}))


def test_a_derivative_of_the_models_own_is_refused_since_no_text_would_have_it():
    own = jax.custom_jvp(jnp.exp)
    own.defjvps(lambda tangent, _, a: 2.0 * a * tangent)
    with pytest.raises(NotSolved, match="'custom_jvp_call'"):
        trace_equations(lambda x: [own(x[0])], [1.0])
    with pytest.raises(NotSolved, match="'stop_gradient'"):
        trace_equations(lambda x: [jax.lax.stop_gradient(x[0])], [1.0])


def two_sums():
    """Return a trace of two results, the first of which reads nothing of the last input."""
    return trace_equations(lambda x: [x[0] + 2.0 * x[1], jnp.exp(x[0] + 2.0 * x[1]) * x[2]], [1.0, 1.0, 1.0])


def test_a_trace_says_who_depends_on_whom():
    traced = two_sums()
    first, second = traced.results.values()
    assert {0, 1, first} <= traced.dependencies([first]) and 2 not in traced.dependencies([first])
    assert traced.dependencies([second], [first]) == {2, second, *traced.arguments(second)}
    assert traced.reach([2]) == {2, second} and {first, second} <= traced.reach([1])


def test_a_trace_is_worked_out_from_any_places_that_are_known():
    traced = two_sums()
    first, second = traced.results.values()
    assert traced.values([first, second], {0: 1.0, 1: 2.0, 2: 3.0}) == pytest.approx([5.0, 3.0 * math.e**5])
    assert traced.values([second, first], {first: 0.0, 2: 7.0}) == [7.0, 0.0]
    with pytest.raises(KeyError):
        traced.values([second], {first: 0.0})


def test_minus_zero_is_not_zero():
    tape = Tape([])
    assert tape.constant(-0.0) != tape.constant(0.0)


def test_powers_become_products_or_exponentials_and_fixed_divisors_become_factors():
    inputs = [Input("a"), Input("k", fixed=True)]
    low = lower(
        trace_equations(lambda x: [x[0] ** 3, x[0] ** x[1], x[0] / x[1], x[1] / x[0], x[0] ** -1], [1.0, 2.0], inputs)
    )
    assert op.POWER not in operations(low)
    assert sorted(one.name for one in operations(low)) == sorted(
        ["multiply", "multiply", "logarithm", "multiply", "exponential", "divide", "multiply", "divide", "divide"]
    )
    inverses = [call for call in low.calls().values() if call.operation is op.DIVIDE and call.arguments[1] == 1]
    assert [low.nodes[call.arguments[0]] for call in inverses] == [Constant("1.0")]


def test_a_factor_that_is_fixed_is_printed_into_the_prelude():
    program = LanePrinter.program(trace_groups(lambda t, y: [y[0] / t[0]], {"t": 1, "y": 1}, "t"))
    assert program.fixed == {"p0": "p0 = 1.0 / t0"} and program.moving == {"v1": "v1 = y0 * p0"}
    assert (program.results, program.fixed_names()) == (["v1"], ["p0"])


def test_an_operation_that_no_trace_knows_is_refused_by_name():
    with pytest.raises(NotSolved, match="'erf'.*expected one of add, subtract"):
        trace_groups(lambda t, y: [jax.lax.erf(y[0])], {"t": 1, "y": 1}, "t")
    with pytest.raises(NotSolved, match="'stack', which gives an array"):
        trace_groups(lambda t, y: [jnp.stack([y[0], t[0]])[0]], {"t": 1, "y": 1}, "t")


PRINTERS = {"kernel": LanePrinter, "documentation": EquationPrinter}


@pytest.mark.parametrize("printer", PRINTERS.values(), ids=PRINTERS)
def test_a_printer_writes_every_operation(printer):
    assert printer.missing_forms() == []


@pytest.mark.parametrize("printer", PRINTERS.values(), ids=PRINTERS)
def test_a_printer_that_lacks_a_new_operation_is_refused_with_its_name(printer, monkeypatch):
    sine = op.Operation("sine", 1, math.sin, jax.lax.sin, ("sin",))
    monkeypatch.setitem(op.OPERATIONS, "sine", sine)
    assert printer.missing_forms() == ["sine"]
    traced = trace_equations(lambda x: [jnp.sin(x[0])], [1.0])
    assert operations(traced) == [sine]
    with pytest.raises(NotSolved, match=f"got the operation sine; expected one that {printer.language} writes: add"):
        printer().texts(traced)
    monkeypatch.setattr(printer, "forms", printer.forms | {sine: "sin({})"})
    if printer is EquationPrinter:  # a new operation without a binding is an atom
        assert printer().texts(traced)["0"].text == "sin(<mi>0</mi>)"
    assert printer.missing_forms() == []
