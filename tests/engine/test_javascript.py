"""The engine in JavaScript against the engine: every drug, many ways of giving them, several men; run in node."""

import jax
import numpy as np
import pytest
from node import run_node
from script_cases import (
    CASES,
    DAYS,
    EXACT,
    FINE,
    MEN,
    OPERATED,
    WEIGHED,
    as_man,
    as_script,
    marched_after_surgery,
    marched_cases,
    operated_script,
    values_of,
    weighed_script,
)

import leydig as ly
from leydig import Man, Regimen
from leydig.analytes import ANALYTES
from leydig.drugs import DRUGS, drugs_of
from leydig.engine import Input, operations, print_javascript
from leydig.engine.equations import flatten_equations
from leydig.engine.kernel.feedback import divide_equations
from leydig.engine.kernel.kernel import trace_kernel
from leydig.engine.plan import plan_schedule
from leydig.engine.solve import assemble_system
from leydig.engine.system import FAST
from leydig.engine.trace.tape import Tape
from leydig.man.man import MEASURABLE
from leydig.man.surgery.surgery import Surgery, operate
from leydig.product import PRODUCTS
from leydig.regimen.regimen import regimen_of

MOST_BYTES = 60_000


@pytest.fixture(scope="module")
def script_answers(tmp_path_factory):
    """Return what the script says of all cases, at the usual tolerance and some at a finer one."""
    cases = [as_script(*one, 1e-4) for one in CASES] + [as_script(*CASES[place], 1e-7) for place in FINE]
    cases += [weighed_script(*one) for one in WEIGHED]
    cases += [operated_script(*one) for one in OPERATED]
    answer = "const answer = ({ cases, days }) => cases.map(one => leydig.simulate(one.man, one.regimen, days, one.tolerance));"
    folder = tmp_path_factory.mktemp("node")
    return run_node(folder, print_javascript().text + answer, {"cases": cases, "days": DAYS})


def test_every_drug_and_regimen_gives_the_levels_of_the_engine_in_as_many_steps(script_answers):
    found = marched_cases(CASES, 1e-4)
    np.testing.assert_allclose(values_of(script_answers[: len(CASES)]), found.values, rtol=EXACT)
    assert [one["steps"] for one in script_answers[: len(CASES)]] == found.steps.tolist()
    assert {drug for regimen, _ in CASES for drug in regimen.drugs} == set(PRODUCTS)
    effects = np.abs(found.values[:, -1] / found.values[:, 0] - 1.0).max(axis=1)
    assert (effects[1:] > 1e-3).sum() > len(CASES) - 5  # nothing is compared with nothing


def test_a_finer_tolerance_is_as_fine(script_answers):
    found = marched_cases([CASES[place] for place in FINE], 1e-7)
    np.testing.assert_allclose(values_of(script_answers[len(CASES) : len(CASES) + len(FINE)]), found.values, rtol=EXACT)
    assert [one["steps"] for one in script_answers[len(CASES) : len(CASES) + len(FINE)]] == found.steps.tolist()


def test_a_loop_that_was_operated_on_gives_the_levels_of_python(script_answers):
    found, answers = marched_after_surgery(), script_answers[-len(OPERATED) :]
    np.testing.assert_allclose(values_of(answers), found.values, rtol=EXACT)
    assert [one["steps"] for one in answers] == found.steps.tolist()


def test_a_man_whose_weight_changes_has_the_levels_of_python(script_answers):
    answers = script_answers[-len(OPERATED) - len(WEIGHED) : -len(OPERATED)]
    for (series, regimen), answer in zip(WEIGHED, answers, strict=True):
        course = ly.simulate(as_man(MEN[0]), regimen, at=DAYS, bmi=series)
        resting = ly.simulate(as_man(MEN[0]), regimen, at=DAYS)
        for name in course.inside:
            np.testing.assert_allclose(answer["levels"][name], course.inside[name], rtol=EXACT, err_msg=name)
        assert abs(course.inside["shbg"][-1] / resting.inside["shbg"][-1] - 1.0) > 0.05


def test_the_signals_between_organs_are_those_of_the_body(script_answers):
    drugs = drugs_of(DRUGS)
    for place in (2, 4, 10):
        regimen, one = CASES[place]
        found = marched_cases([CASES[place]], 1e-4)
        system, state, _, _ = assemble_system(as_man(one), drugs)
        at = jax.tree.unflatten(jax.tree.structure(state), list(found.states[0]))
        given = plan_schedule(regimen.schedule(DAYS[-1]), drugs, np.array(DAYS)).output_givens()[-1]
        action = system.action(tuple(found.amounts[0]), tuple(given))
        signals = system.body.signals(at, action, system.frame), action.gnrh_drive
        shown = [line[-1] for line in script_answers[place]["signals"].values()]
        np.testing.assert_allclose(shown, np.array(jax.tree.leaves(signals), dtype=float), rtol=EXACT)


def test_the_public_call_says_the_same(script_answers):
    regimen, one = CASES[1]
    course = ly.simulate(as_man(one), regimen, at=DAYS)
    for name, level in script_answers[1]["levels"].items():
        if name in ANALYTES:
            shown = np.array(level) * ANALYTES[name].factor_to(course[name].unit)
            np.testing.assert_allclose(shown, course[name].values, rtol=EXACT, err_msg=name)


def test_the_script_is_small_and_names_the_traces_that_the_kernel_prints():
    engine = print_javascript()
    assert len(engine.text.encode()) < MOST_BYTES
    assert engine.digest == print_javascript.__wrapped__().digest  # traced anew
    drugs = drugs_of(DRUGS)
    system, state, _, _ = assemble_system(operate(Man(age=50, bmi=31), Surgery()), drugs)
    equations = flatten_equations(system, state)
    traces = trace_kernel(equations, divide_equations(equations, FAST))
    del traces["read"]  # which tells signals as well
    assert {name: one.digest() for name, one in traces.items()}.items() <= engine.traces.items()
    assert f'"digest":"{engine.digest}"' in engine.text


def test_a_trace_with_another_number_or_operation_has_another_digest():
    def digest(operation, number, name="a"):
        tape = Tape([Input(name)])
        return tape.trace({"x": tape.call(operation, 0, tape.constant(number))}).digest()

    same = digest(operations.ADD, 2.0)
    assert same == digest(operations.ADD, 2.0)
    assert (
        len({same, digest(operations.MULTIPLY, 2.0), digest(operations.ADD, 2.5), digest(operations.ADD, 2.0, "b")})
        == 4
    )


@pytest.mark.parametrize(
    ("days", "regimen", "words"),
    [
        ([0.0, 2.0, 2.0], "", "got kept days that do not ascend"),
        ([0.0, 9.0], "gonadorelin 10 ug every 90 minutes + gonadorelin 20 ug every 2 hours", "two pulse trains"),
    ],
)
def test_what_python_refuses_the_script_refuses(tmp_path, days, regimen, words):
    answer = """function answer({ man, regimen, days }) {
      try { leydig.simulate(man, regimen, days); return ""; } catch (error) { return error.message; }
    }"""
    given = as_script(regimen_of(regimen), MEN[1], 1e-4) | {"days": days}
    assert words in run_node(tmp_path, print_javascript().text + answer, given)


def test_the_script_anchors_a_man_as_python_does(tmp_path):
    answer = """const answer = men => men.map(one => {
      const { start, own, baseline, ceilings } = leydig.anchorMan(one);
      return [...start, ...own, ...baseline, ...ceilings];
    });"""
    given = [as_script(Regimen(()), one, 1e-4)["man"] for one in MEN]
    for one, found in zip(MEN, run_node(tmp_path, print_javascript().text + answer, given), strict=True):
        man = as_man(one)
        _, state, own, _ = assemble_system(man, {})
        pituitary = man.body.pituitary
        numbers = [
            *jax.tree.leaves(state),
            *own,
            *jax.tree.leaves(man.baseline),
            pituitary.highest_lh(),
            pituitary.highest_fsh(),
        ]
        np.testing.assert_allclose(found, np.array(numbers, dtype=float), rtol=EXACT)
    assert len(MEASURABLE) == 13
