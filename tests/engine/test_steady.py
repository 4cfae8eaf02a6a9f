"""The steady state: exact in the compartments of drugs, a fixed point of the body, and where a long course ends."""

import equinox as eqx
import jax
import numpy as np
import pytest

import leydig as ly
from leydig.drugs import drugs_of
from leydig.engine import reference_path
from leydig.engine.plan import plan_schedule
from leydig.engine.steady import find_steady_state, steady_amounts
from leydig.errors import OutOfRange
from leydig.man.drug_variability import sample_drug_variability
from leydig.regimen.events import DoseEvent
from leydig.regimen.steady import SteadyRegimen

FINE = 1e-6
DAILY = "anastrozole 1 mg daily"
DEPOT = "testosterone cypionate 200 mg every 2 weeks"
HOUR = 3_600_000_000
NIGHTS = SteadyRegimen((DoseEvent(20 * HOUR, "testosterone_infusion", 3.0, None, 6.0, 1.0),))  # 12 h of every day


def chain_plan(interval, dose):
    regimen = ly.Regimen([ly.Dose("anastrozole", dose, ly.Repeat("every", interval), 0.0, interval)])
    return plan_schedule(regimen.schedule(interval), drugs_of(["anastrozole"]), np.array([interval]))


@pytest.mark.parametrize("periods", [0.01, 1.0, 100.0, 1e4])  # half-life of so many intervals
def test_amounts_are_solved_and_not_cut_short(periods):
    interval, dose = 0.5, 1.0
    slow = np.log(2.0) / (periods * interval)
    fast = 30.0
    found = steady_amounts(chain_plan(interval, dose), np.array([[fast, slow]]), [2])[0]
    gone = [-np.expm1(-rate * interval) for rate in (fast, slow)]
    depot = dose * np.exp(-fast * interval) / gone[0]
    blood = dose * fast / (fast - slow) * (np.exp(-slow * interval) / gone[1] - np.exp(-fast * interval) / gone[0])
    assert found == pytest.approx([depot, blood], rel=1e-12)


@pytest.mark.parametrize(("before", "days"), [
    (SteadyRegimen.of(ly.Regimen(DAILY)), 7.0), (SteadyRegimen.of(ly.Regimen(DEPOT)), 14.0), (NIGHTS, 7.0),
], ids=["tablet", "depot", "nights"])  # fmt: skip
def test_the_reference_comes_back_to_the_steady_state_of_the_engine(shah_man, before, days):
    drugs = drugs_of(before.drugs)
    found = find_steady_state(ly.Man.stack([shah_man]), drugs, [before], np.array([0]), FINE)
    states, amounts = reference_path(
        shah_man, before.cycle(days), np.array([days]), drugs=drugs, begin=(0.0, found.states[0], found.amounts[0])
    )
    np.testing.assert_allclose(states[-1], found.states[0], rtol=3e-6, atol=1e-9)
    np.testing.assert_allclose(amounts[-1], found.amounts[0], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(("text", "days"), [(DAILY, 3640.0), (DEPOT, 3640.0)])
def test_ten_years_lead_there(shah_man, text, days):
    begun = ly.simulate(shah_man, text, at=[0.0, 14.0], start="steady state", tolerance=FINE)
    long = ly.simulate(shah_man, text, at=[days], tolerance=FINE)
    for name in (*begun, *begun.drug_levels):
        levels = np.asarray(begun[name].read(np.array([0.0, 14.0])))
        assert levels[1] == pytest.approx(levels[0], rel=2e-6), name
        assert levels[0] == pytest.approx(float(long[name].at(day=days)), rel=2e-6), name


def test_what_flows_on_is_counted(shah_man):
    """Twelve hours from 20:00, on day 0 amid them; from there on the regimen gives the rest and every night."""
    rest = ly.Regimen(NIGHTS.remainder())
    assert [(dose.start, dose.stop, dose.amount) for dose in rest.doses] == [(0.0, pytest.approx(8 / 24), 6.0)]
    on = ly.Regimen([*rest.doses, *(ly.Dose("testosterone_infusion", 6.0, ly.Repeat("continuous"), day + 20 / 24, day + 32 / 24)
                                    for day in range(14))])  # fmt: skip
    course = ly.simulate(shah_man, on, at=[0.0, 3.0, 13.0], start=NIGHTS, tolerance=FINE)
    levels = np.asarray(course["testosterone"].read(np.array([0.0, 3.0, 13.0])))
    assert levels == pytest.approx([levels[0]] * 3, rel=2e-6)
    long = ly.simulate(shah_man, NIGHTS.cycle(1800.0), at=[1799.0], tolerance=FINE)
    assert levels[0] == pytest.approx(float(long["testosterone"].at(day=1799)), rel=2e-6)
    assert float(course["testosterone"].at(day=8 / 24)) != pytest.approx(levels[0], rel=0.03)


def test_nothing_given_is_rest(shah_man):
    rest, steady = (ly.simulate(shah_man, "", at=[0.0, 7.0], start=start) for start in ("rest", "steady state"))
    for name in rest:
        assert np.asarray(steady.inside[name]) == pytest.approx(np.asarray(rest.inside[name]), rel=1e-9)


def test_what_was_given_for_ever_wears_off_and_is_named(shah_man):
    before = SteadyRegimen.of(ly.Regimen(DEPOT))
    course = ly.simulate(shah_man, "", at=[0.0, 400.0], start=before)
    assert course.origin.residual == ("testosterone_cypionate",)
    lh = np.asarray(course["lh"].read(np.array([0.0, 400.0])))
    assert lh[0] < 0.7 * lh[1]
    assert any("steady state of testosterone cypionate 200 mg every 14 days" in note for note in course.notes)


def test_a_course_from_a_steady_state_goes_on(shah_man):
    first = ly.simulate(shah_man, DAILY, at=[5.0], start="steady state", tolerance=FINE)
    second = ly.simulate(shah_man, DEPOT, at=[20.0], after=first, tolerance=FINE)
    before = SteadyRegimen.of(ly.Regimen(DAILY))
    whole = ly.simulate(shah_man, f"{DAILY} until day 5 + {DEPOT} from day 14", at=[20.0], start=before, tolerance=FINE)
    for name in whole:
        assert float(second[name].at(day=20)) == pytest.approx(float(whole[name].at(day=20)), rel=5e-6), name


def test_no_mans_steady_state_depends_on_who_is_beside_him(shah_man, reference_man):
    men = ly.population(5, seed=3)
    drugs = sample_drug_variability(drugs_of(["anastrozole"]), 5, seed=1)
    together = ly.simulate(men, DAILY, at=[0.0], drugs=drugs, start="steady state")
    apart = ly.simulate(men, DAILY, at=[0.0], drugs=drugs, start="steady state", batch=2, cores=1)
    for name in together:
        assert np.array_equal(together.inside[name], apart.inside[name]), name


def test_each_man_has_his_own_start(shah_man):
    before = SteadyRegimen.of(ly.Regimen(DAILY))
    both = ly.simulate([shah_man, shah_man], DAILY, at=[0.0], start=[before, None])
    steady, rest = np.asarray(both["estradiol"].values)[:, 0]
    assert steady < 0.9 * rest
    with pytest.raises(OutOfRange, match="3 starts for 2 men"):
        ly.simulate([shah_man, shah_man], DAILY, at=[0.0], start=[before, None, None])


def test_draws_have_their_own_steady_states(shah_man):
    course = ly.simulate(shah_man, DAILY, at=[0.0, 7.0], start="steady state", uncertainty=3)
    levels = np.asarray(course["estradiol"].values)
    assert levels[:, 1] == pytest.approx(levels[:, 0], rel=1e-3) and len(set(levels[:, 0].tolist())) == 3


def test_a_man_without_a_steady_state_is_not_solved_and_named(shah_man, reference_man):
    broken = eqx.tree_at(lambda man: man.state.lh, shah_man, np.float64("nan"))
    course = ly.simulate([reference_man, broken], DAILY, at=[0.0, 7.0], start="steady state")
    assert list(course.failed) == [1] and "not solved before" in course.failed[1]
    assert np.isfinite(np.asarray(course["lh"].values)[0]).all() and np.isnan(np.asarray(course["lh"].values)[1]).all()
    with pytest.raises(ly.NotSolved, match="not solved before"):
        ly.simulate(broken, DAILY, at=[0.0], start="steady state")


def test_impossible_starts_are_refused(shah_man):
    course = ly.simulate(shah_man, DAILY, days=1)
    for start, after, said in (
        ("steady", None, "expected rest or steady state"), (3, None, "start 3"), ([3], None, "got start"),
        ("steady state", course, "a course that goes on"),
    ):  # fmt: skip
        with pytest.raises(OutOfRange, match=said):
            ly.simulate(shah_man, DAILY, days=1, start=start, after=after)
    with pytest.raises(OutOfRange, match="for a JAX transformation"):
        jax.jit(lambda man: ly.simulate(man, DAILY, days=2, start="steady state").inside)(shah_man)
