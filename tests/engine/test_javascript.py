"""The engine in JavaScript against the engine: every drug, many ways of giving them, several men; run in node."""

from dataclasses import asdict

import jax
import numpy as np
import pytest
from node import run_node

import leydig as ly
from leydig import Dose, Man, Regimen, Repeat
from leydig.analytes import ANALYTES
from leydig.drugs import DRUGS, drugs_of
from leydig.engine import Input, operations, print_javascript
from leydig.engine.equations import flatten_equations
from leydig.engine.kernel.feedback import divide_equations
from leydig.engine.kernel.kernel import trace_kernel
from leydig.engine.plan import plan_schedule, stack_plans
from leydig.engine.solve import assemble_system, kernel, kernel_numbers, march
from leydig.engine.system import FAST
from leydig.engine.trace.tape import Tape
from leydig.man.man import MEASURABLE
from leydig.product import PRODUCTS
from leydig.regimen.regimen import regimen_of

EXACT = 1e-10  # relative; what is left is the rounding of exponentials and the order of sums
MOST_BYTES = 60_000
SHAH = {"testosterone": "271 ng/dL", "estradiol": "32 pg/mL", "lh": "3.4 IU/L", "fsh": "4.8 IU/L"}
MEN = [
    {"age": 34, "bmi": 28.7, "labs": SHAH},
    {"age": 71, "bmi": 34.0, "labs": {}},
    {"age": 26, "bmi": 21.0, "labs": {"sperm_concentration": "3 million/mL", "semen_volume": "2.2 mL", "motility": "22 %",
                                      "inhibin_b": "60 ng/L", "fsh": "14 IU/L", "hematocrit": "47 %"}},
]  # fmt: skip
WRITTEN = [
    "",
    "anastrozole 1 mg daily",
    "clomiphene 25 mg daily 25 days on 5 days off",
    "anastrozole 0.5 mg twice weekly + clomiphene 25 mg every other day for 12 weeks",
    "hcg 2000 IU three times weekly + follitropin 75 IU three times weekly from week 6",
    "testosterone enanthate 200 mg every 2 weeks for 10 weeks",
    "testosterone gel 50 mg daily missing days 3, 4, 40",
    "testosterone infusion 6 mg/day continuous from day 2.3 for 30 days",
    "gonadorelin 20 ug every 90 minutes",
    "gonadorelin 100 ug/day continuous for 20 days",
    "anastrozole 1 mg daily + tamoxifen 20 mg daily + hcg 1500 IU twice weekly",
    "estradiol patch 0.1 mg/day continuous 14 days on 7 days off",
    "clomiphene 50 mg daily + enclomiphene 12.5 mg daily",
]
DAYS = [0.0, 0.37, 1.0, 3.0, 10.5, 28.0, 29.0, 56.0, 84.0]


def drawn_regimen(name, seed):
    """Return a regimen of one product, given in a way that is drawn."""
    rng, product = np.random.default_rng(seed), PRODUCTS[name]
    if product.infusible and not product.pulsatile:
        repeat = Repeat("continuous")
    else:
        repeat = [Repeat("every", 1.0), Repeat("every", 1.0 / 3.0), Repeat("weekdays", weekdays=(1, 4)), Repeat("once"),
                  Repeat("every", 2.5, on=20, off=8)][rng.integers(5)]  # fmt: skip
    amount = product.label.daily_maximum * rng.uniform(0.2, 1.0)
    missed = (5, 6) if repeat.kind in ("every", "weekdays") and not repeat.on else ()
    return Regimen((Dose(name, amount, repeat, start=float(rng.choice([0.0, 0.25, 7.0])), stop=70.0, missed=missed),))


CASES = [(regimen_of(text), MEN[place % len(MEN)]) for place, text in enumerate(WRITTEN)]
CASES += [(drawn_regimen(name, seed), MEN[seed % len(MEN)]) for seed, name in enumerate(PRODUCTS)]
FINE = [0, 1, 5, 7, 9]  # cases that are marched at a finer tolerance, too


def as_man(one):
    return Man(age=one["age"], bmi=one["bmi"], **one["labs"])


def as_script(regimen, one, tolerance):
    levels = {name: ANALYTES[name].parse(text) for name, text in one["labs"].items()}
    doses = [asdict(dose) for dose in regimen.doses]
    return {"man": {"age": one["age"], "bmi": one["bmi"], "levels": levels}, "regimen": doses, "tolerance": tolerance}


@pytest.fixture(scope="module")
def script_answers(tmp_path_factory):
    """Return what the script says of all cases, at the usual tolerance and some at a finer one."""
    cases = [as_script(*one, 1e-4) for one in CASES] + [as_script(*CASES[place], 1e-7) for place in FINE]
    answer = "const answer = ({ cases, days }) => cases.map(one => leydig.simulate(one.man, one.regimen, days, one.tolerance));"
    folder = tmp_path_factory.mktemp("node")
    return run_node(folder, print_javascript().text + answer, {"cases": cases, "days": DAYS})


def marched(cases, tolerance):
    """Return what the engine's kernel of all drugs gives for some cases: readings and steps."""
    drugs, days = drugs_of(DRUGS), np.array(DAYS)
    men = Man.stack([as_man(one) for _, one in cases])
    plans = stack_plans([plan_schedule(regimen.schedule(days[-1]), drugs, days) for regimen, _ in cases])
    numbers = kernel_numbers(men, drugs)
    begin = (numbers.start, np.zeros_like(numbers.decay))
    found = march(kernel(men, drugs), numbers, begin, np.arange(len(cases)), plans, tolerance)
    assert (found.bad == -1).all()
    return found


def values_of(answers):
    return np.array([np.transpose([*one["levels"].values()]) for one in answers])


def test_every_drug_and_regimen_gives_the_levels_of_the_engine_in_as_many_steps(script_answers):
    found = marched(CASES, 1e-4)
    np.testing.assert_allclose(values_of(script_answers[: len(CASES)]), found.values, rtol=EXACT)
    assert [one["steps"] for one in script_answers[: len(CASES)]] == found.steps.tolist()
    assert {drug for regimen, _ in CASES for drug in regimen.drugs} == set(PRODUCTS)
    effects = np.abs(found.values[:, -1] / found.values[:, 0] - 1.0).max(axis=1)
    assert (effects[1:] > 1e-3).sum() > len(CASES) - 5  # nothing is compared with nothing


def test_a_finer_tolerance_is_as_fine(script_answers):
    found = marched([CASES[place] for place in FINE], 1e-7)
    np.testing.assert_allclose(values_of(script_answers[len(CASES) :]), found.values, rtol=EXACT)
    assert [one["steps"] for one in script_answers[len(CASES) :]] == found.steps.tolist()


def test_the_signals_between_organs_are_those_of_the_body(script_answers):
    drugs = drugs_of(DRUGS)
    for place in (2, 4, 10):
        regimen, one = CASES[place]
        found = marched([CASES[place]], 1e-4)
        system, state, _, _ = assemble_system(as_man(one), drugs)
        at = jax.tree.unflatten(jax.tree.structure(state), list(found.states[0]))
        given = plan_schedule(regimen.schedule(DAYS[-1]), drugs, np.array(DAYS)).output_givens()[-1]
        signals = system.body.signals(at, system.action(tuple(found.amounts[0]), tuple(given)), system.frame)
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
    system, state, _, _ = assemble_system(Man(age=50, bmi=31), drugs)
    equations = flatten_equations(system, state)
    traces = trace_kernel(equations, divide_equations(equations, FAST))
    assert [one.digest() for one in traces.values()] == [engine.traces[name] for name in traces]
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
