"""`simulate` and its course: times, units, refusals, failures and going on from an earlier course."""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leydig import Level, Regimen, simulate
from leydig.drugs import drugs_of
from leydig.engine.plan import GRID_LONGEST, plan_schedule
from leydig.engine.system import System, compartments
from leydig.errors import BadRegimen, LeydigError, NotSolved, OutOfRange, UnknownName, WrongUnit
from leydig.ticks import days_of


@pytest.fixture(scope="module")
def course(shah_man):
    return simulate(shah_man, "anastrozole 1 mg daily", weeks=2)


# Length and times -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "days"),
    [({}, 182.0), ({"weeks": 2}, 14.0), ({"days": 2.5}, 2.5), ({"days": 0.25, "every": "1 hour"}, 0.25)],
)
def test_a_course_has_the_length_that_was_asked_for(reference_man, length, days):
    times = simulate(reference_man, **length).days
    assert times[0] == 0.0
    assert times[-1] == days
    assert np.all(np.diff(times) > 0.0)


def test_kept_times_are_evenly_spaced(reference_man):
    times = simulate(reference_man, days=2, every="6 hours").days
    np.testing.assert_allclose(times, np.arange(9) / 4.0)


@pytest.mark.parametrize("length", [{"days": 0}, {"days": -1}, {"weeks": 1, "days": 7}, {"weeks": 1e6}])
def test_an_impossible_length_is_refused(reference_man, length):
    with pytest.raises(OutOfRange, match="expected"):
        simulate(reference_man, **length)


@pytest.mark.parametrize(("every", "error"), [("3 weeks", OutOfRange), ("1 mg", WrongUnit), ("1", WrongUnit)])
def test_an_impossible_distance_is_refused(reference_man, every, error):
    with pytest.raises(error):
        simulate(reference_man, weeks=2, every=every)


def test_the_kept_times_do_not_change_the_answer(shah_man, course):
    fine = simulate(shah_man, "anastrozole 1 mg daily", weeks=2, every="6 hours")
    for name, values in course.inside.items():
        np.testing.assert_allclose(fine.inside[name][::4], values, rtol=2e-4, err_msg=name)


# Reading a course -------------------------------------------------------------------------------------


def test_a_level_carries_its_unit(course):
    level = course["testosterone"].at(day=0)
    assert isinstance(level, Level)
    assert float(level) == pytest.approx(271.0)
    assert float(level.to("nmol/L")) == pytest.approx(271.0 / 28.842, rel=1e-4)
    assert repr(level) == "271. ng/dL"
    with pytest.raises(WrongUnit):
        level.to("IU/L")


@pytest.mark.parametrize("when", [{}, {"week": 1, "day": 7}, {"day": 15}, {"day": -1}])
def test_a_time_outside_the_course_is_refused(course, when):
    with pytest.raises(OutOfRange):
        course["lh"].at(**when)


def test_an_unknown_analyte_is_refused(course):
    with pytest.raises(UnknownName, match="Did you mean lh"):
        course["lhh"]


def test_shown_in_us_and_si(course):
    assert course.in_units("estradiol", "us").unit == "pg/mL"
    assert course.in_units("estradiol", "si").unit == "pmol/L"
    with pytest.raises(OutOfRange, match="us or si"):
        course.in_units("estradiol", "metric")


def test_the_record_is_plain_json(course):
    record = json.loads(json.dumps(course.record(days=np.array([0.0, 14.0])), allow_nan=False))
    assert record["days"] == [0.0, 14.0]
    assert record["regimen"] == "anastrozole 1 mg daily"
    assert record["analytes"]["testosterone"]["values"][0] == pytest.approx(271.0)
    assert set(record["analytes"]) == set(course)


def test_derived_analytes_agree_with_what_they_are_made_of(course):
    us = {name: course[name].values for name in course}
    np.testing.assert_allclose(us["te2_ratio"], us["testosterone"] / us["estradiol"], rtol=1e-9)
    np.testing.assert_allclose(us["total_sperm_count"], us["sperm_concentration"] * us["semen_volume"], rtol=1e-9)
    np.testing.assert_allclose(us["total_motile_count"], us["total_sperm_count"] * us["motility"] / 100.0, rtol=1e-9)
    inside = course.inside
    assert np.all(inside["free_testosterone"] < inside["bioavailable_testosterone"])
    assert np.all(inside["progressive_motility"] <= inside["motility"])


# Drugs, failures and going on -------------------------------------------------------------------------


def test_a_changed_drug_takes_the_place_of_the_catalogue(shah_man, course):
    drugs = drugs_of(["anastrozole"])
    same = simulate(shah_man, course.regimen, weeks=2, drugs=drugs)
    weak = jax.tree.map(lambda leaf: leaf, drugs)
    weak["anastrozole"] = type(drugs["anastrozole"])(inhibition=np.float64(8.0))
    weaker = simulate(shah_man, course.regimen, weeks=2, drugs=weak)
    assert np.array_equal(same.inside["estradiol"], course.inside["estradiol"])
    assert weaker.inside["estradiol"][-1] > course.inside["estradiol"][-1]


@pytest.mark.parametrize("name", ["anastrazole", "letrozole", "clomiphene"])
def test_a_changed_drug_that_is_not_given_is_refused_not_ignored(shah_man, course, name):
    other = drugs_of(["anastrozole"])["anastrozole"]
    with pytest.raises(LeydigError):
        simulate(shah_man, course.regimen, days=2, drugs={name: other})


def test_a_course_is_resumed_by_its_own_man_only(shah_man, reference_man, course):
    for other in (reference_man, [shah_man, reference_man]):
        with pytest.raises(LeydigError):
            simulate(other, course.regimen, days=2, after=course)


@pytest.mark.parametrize("other", [90, 120])
def test_two_trains_of_pulses_at_once_are_solved_or_refused_as_a_regimen(hypogonadotropic_man, other):
    text = f"gonadorelin 5 ug every 90 minutes + gonadorelin 5 ug every {other} minutes"
    try:
        both = simulate(hypogonadotropic_man, text, days=7)
    except BadRegimen:
        return
    alone = simulate(hypogonadotropic_man, "gonadorelin 5 ug every 90 minutes", days=7)
    assert both.inside["lh"][-1] > alone.inside["lh"][-1]


def test_one_man_who_cannot_be_solved_is_an_error(shah_man):
    broken = eqx.tree_at(lambda man: man.state.lh, shah_man, np.float64("nan"))
    with pytest.raises(NotSolved, match="day 0"):
        simulate(broken, days=2)


def test_a_course_is_not_resumed_under_a_transformation(shah_man, course):
    with pytest.raises(OutOfRange, match="for a JAX transformation"):
        jax.jit(lambda man: simulate(man, "anastrozole 1 mg daily", days=2, after=course).inside)(shah_man)


def test_resumed_days_go_on_counting(shah_man, course):
    rest = simulate(shah_man, course.regimen, days=3, after=course)
    assert rest.days.tolist() == [14.0, 15.0, 16.0, 17.0]


# The plan ---------------------------------------------------------------------------------------------

TEXT = "anastrozole 1 mg every other day + gonadorelin 10 ug every 90 minutes from day 2 for 3 days"


def test_a_plan_has_a_boundary_at_every_dose_change_and_kept_time():
    regimen, times = Regimen(TEXT), np.array([0.0, 0.1, 3.3, 7.0])
    drugs = drugs_of(list(regimen.drugs))
    plan = plan_schedule(regimen.schedule(7.0), drugs, times)
    ends = days_of(plan.ends)
    assert ends.tolist() == [0.0, 0.1, 2.0, 3.3, 4.0, 5.0, 6.0, 7.0]
    assert ends[plan.row >= 0].tolist() == times.tolist()
    assert ends[plan.dose >= 0].tolist() == [0.0, 2.0, 4.0, 6.0]
    on = np.asarray(plan.givens)[plan.given][:, 3 * list(drugs).index("gonadorelin") + 1] > 0.0
    assert ends[on].tolist() == [2.0, 3.3, 4.0]


def test_a_fixed_grid_fills_a_plan_with_growing_steps():
    regimen, times = Regimen(TEXT), np.array([0.0, 0.1, 3.3, 7.0])
    plan = plan_schedule(regimen.schedule(7.0), drugs_of(list(regimen.drugs)), times)
    grid = plan.grid()
    starts = np.concatenate([[0.0], np.cumsum(grid.lengths)])
    np.testing.assert_allclose(starts[:-1][grid.boundary >= 0], days_of(plan.ends)[:-1], atol=1e-12)
    np.testing.assert_allclose(starts[grid.kept], times, atol=1e-12)
    assert 0.0 < grid.lengths.min() < 0.01
    assert grid.lengths.max() <= GRID_LONGEST


def test_a_dose_adds_its_amount_to_the_first_compartment_of_its_drug():
    regimen = Regimen("clomiphene 50 mg daily")
    drugs = drugs_of(["clomiphene"])
    plan = plan_schedule(regimen.schedule(2.0), drugs, np.array([0.0, 2.0]))
    given = dict(zip(compartments(drugs), plan.doses[0].tolist(), strict=True))
    assert given == {
        ("enclomiphene", "enclomiphene", 0): pytest.approx(31.0), ("enclomiphene", "enclomiphene", 1): 0.0,
        ("zuclomiphene", "zuclomiphene", 0): pytest.approx(19.0), ("zuclomiphene", "zuclomiphene", 1): 0.0,
    }  # fmt: skip


def test_the_level_of_a_system_is_that_of_the_last_compartment(shah_man):
    drugs = drugs_of(["anastrozole"])
    system = System(
        shah_man.body,
        shah_man.body.frame(shah_man.bmi),
        drugs,
        ("x", "y"),
        (2, 1),
        (jnp.asarray(2.0), jnp.asarray(3.0)),
    )
    levels = system.levels((jnp.asarray(10.0), jnp.asarray(1.0), jnp.asarray(5.0)))
    assert {name: float(level) for name, level in levels.items()} == {"x": 2.0, "y": 15.0}
