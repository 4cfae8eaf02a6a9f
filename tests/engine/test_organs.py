"""Organs on a clock of their own: who follows the axis, what he hears, and that neither clock nor cut moves a level."""

import dataclasses

import jax
import numpy as np
import pytest

import leydig as ly
from leydig.body import State
from leydig.drugs import drugs_of
from leydig.engine import solve
from leydig.engine.equations import FlatEquations, flatten_equations, readings_by_name
from leydig.engine.kernel import organs
from leydig.engine.kernel.feedback import divide_equations
from leydig.engine.plan import plan_schedule, stack_plans
from leydig.engine.system import FAST
from leydig.ticks import tick_of

FOLLOWING = ("stages", "epididymis", "history", "tubules", "hematocrit", "bone")
SLOW = ("sperm_concentration", "motility", "normal_forms", "hematocrit", "spine_bmd")
SUDDEN = "ketoconazole 400 mg daily + testosterone enanthate 200 mg weekly"
REGIMENS = ("", "anastrozole 1 mg daily", SUDDEN, "hCG 1500 IU twice weekly + follitropin 150 IU three times weekly",
            "testosterone infusion 10 mg/day continuous", "gonadorelin 10 ug every 90 minutes")  # fmt: skip


def divided(man, text):
    """Return the equations of a man on a regimen, taken apart, with his parameters, states and the whole rate."""
    drugs = drugs_of(list(ly.Regimen(text).drugs))
    system, state, _, _ = solve.assemble_system(man, drugs)
    flat = flatten_equations(system, state)
    return divide_equations(flat, FAST), jax.tree.leaves(system), jax.tree.leaves(state), flat.rate, flat.sizes


@pytest.mark.parametrize("text", REGIMENS)
def test_no_hormone_answers_germ_cells_marrow_and_bone(shah_man, text):
    found, _, _, _, _ = divided(shah_man, text)
    names = [
        field.name for field in dataclasses.fields(State) for _ in jax.tree.leaves(getattr(shah_man.state, field.name))
    ]
    assert tuple(dict.fromkeys(names[place] for place in found.organs)) == FOLLOWING
    assert not {names[place] for place in found.axis} & {*FOLLOWING}


@pytest.mark.parametrize("text", REGIMENS)
def test_the_parts_are_the_whole(shah_man, text):
    found, theta, state, rate, sizes = divided(shah_man, text)
    amounts, given = [0.3] * sizes["m"], [0.5] * sizes["g"]
    axis, following = ([state[place] for place in places] for places in (found.axis, found.organs))
    signals = found.signals(theta, axis, amounts, given)
    messages = found.messages(theta, signals)
    assert (len(signals), len(messages)) == found.counts
    whole = np.array(rate(theta, state, amounts, given))
    np.testing.assert_array_equal(found.rate(theta, axis, amounts, given), whole[list(found.axis)])
    np.testing.assert_array_equal(found.organ_rate(theta, following, messages), whole[list(found.organs)])


def test_organs_answer_messages_in_proportion(shah_man):
    """What a message was over half a day is then what its mean and slope tell: a bend would be averaged away."""
    found, theta, state, _, sizes = divided(shah_man, SUDDEN)
    axis, following = ([state[place] for place in places] for places in (found.axis, found.organs))
    few, many = (
        np.array(found.messages(theta, found.signals(theta, axis, [amount] * sizes["m"], [0.5] * sizes["g"])))
        for amount in (0.0, 3.0)
    )
    ends = [np.array(found.organ_rate(theta, following, list(one))) for one in (few, many)]
    middle = found.organ_rate(theta, following, list(0.5 * (few + many)))
    assert np.abs(few / many - 1.0).max() > 0.01
    np.testing.assert_allclose(middle, 0.5 * (ends[0] + ends[1]), rtol=1e-12, atol=1e-16)


def test_an_organ_that_feeds_back_belongs_to_the_axis():
    def rate(t, y, m, g):
        hormone, cells, late, bone = y
        return [m[0] * t[0] - hormone * cells, hormone**2 - cells, cells - late, 2.0 * hormone * late * g[0] - bone]

    found = divide_equations(FlatEquations(rate, rate, {"t": 1, "y": 4, "m": 1, "g": 1}, (), ()), [0])
    assert (found.axis, found.organs) == ((0, 1), (2, 3))
    said = found.messages([1.0], found.signals([1.0], [3.0, 5.0], [1.0], [7.0]))
    assert sorted(map(float, said)) == [5.0, 6.0, 7.0]  # cells, twice the hormone, what is given
    assert list(map(float, found.organ_rate([1.0], [4.0, 1.0], said))) == [1.0, 6.0 * 4.0 * 7.0 - 1.0]


@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-8])
def test_levels_of_organs_are_within_the_tolerance(shah_man, tolerance):
    """Against the adaptive reference, which integrates everything together."""
    regimen, times = ly.Regimen(SUDDEN), np.array([0.3, 1.0, 7.25, 20.0, 45.5, 60.0])
    drugs = drugs_of(list(regimen.drugs))
    plan = plan_schedule(regimen.schedule(60.0), drugs, times)
    found = ly.simulate(shah_man, regimen, at=times, tolerance=tolerance)
    truth = readings_by_name(solve._rescue(shah_man, drugs, regimen, plan, 1e-7)[0])[0]
    for name in SLOW:
        worst = np.abs(found.inside[name] / truth[name] - 1.0).max()
        assert worst < max(tolerance, 2e-7), f"{name}: {worst:.1e}"


@pytest.mark.parametrize("cut", [0.3, 7.0, 33.77])
def test_a_course_cut_anywhere_goes_on_to_the_same_organs(shah_man, cut):
    whole = ly.simulate(shah_man, SUDDEN, at=[60.0])
    rest = ly.simulate(shah_man, SUDDEN, at=[60.0], after=ly.simulate(shah_man, SUDDEN, at=[cut]))
    for name in SLOW:
        np.testing.assert_allclose(rest.inside[name][-1], whole.inside[name][-1], rtol=3e-5, err_msg=name)


def test_times_that_are_kept_move_no_organ(shah_man):
    few, many = (ly.simulate(shah_man, SUDDEN, days=28, every=every) for every in ("1 week", "3 hours"))
    for name in SLOW:
        np.testing.assert_allclose(many.inside[name][::56], few.inside[name], rtol=3e-5, err_msg=name)


@pytest.mark.parametrize(
    ("tolerance", "days"), [(1e-2, 0.25), (1e-4, 0.25), (9.9e-5, 0.125), (1e-6, 1 / 32), (1e-8, 1 / 128)]
)
def test_cells_are_as_long_as_the_tolerance_allows(tolerance, days):
    assert organs.cell_length(tolerance) == days


def test_the_trial_of_the_steps_is_the_first_day_of_every_plan():
    regimen = ly.Regimen("anastrozole 1 mg daily")
    drugs = drugs_of(["anastrozole"])
    plans = [plan_schedule(regimen.schedule(60.0), drugs, np.array(times), start)
             for times, start in (([0.0, 0.25, 30.0, 60.0], 0.0), ([60.0], 12.5))]  # fmt: skip
    day = solve._first_day(stack_plans(plans))
    assert solve._lengths(day).tolist() == [tick_of(1.0)] * 2
    assert day.row.max() == 1


def test_men_side_by_side_are_the_same_in_any_order(shah_man):
    men = ly.population(20, seed=3)
    forth, back = (ly.simulate(one, "anastrozole 1 mg daily", days=24) for one in (men, men.take(np.arange(20)[::-1])))
    for name, values in forth.inside.items():
        assert values.tobytes() == back.inside[name][::-1].tobytes(), name
