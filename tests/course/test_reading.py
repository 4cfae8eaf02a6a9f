"""Reading a course at any time: kept days are read, every other moment is solved, nothing is interpolated."""

import pickle
from functools import partial

import equinox as eqx
import jax
import numpy as np
import pytest

import leydig as ly
from leydig import simulate
from leydig.drugs import drugs_of
from leydig.engine import origin
from leydig.engine.reference import reference
from leydig.errors import NotSolved, OutOfRange, WrongUnit
from leydig.moments import moments

DAILY = "anastrozole 1 mg daily"
EXACT = partial(pytest.approx, rel=2e-4)  # two solutions, each within the tolerance of a course


@pytest.fixture(scope="module")
def course(shah_man):
    return simulate(shah_man, DAILY, weeks=1)


def from_reference(man, regimen, days, name="testosterone"):
    """Return a state at some days from the other solver, at 1e-10."""
    states = reference(man, ly.Regimen(regimen), np.asarray(days))
    names = list(man.state.__dataclass_fields__)
    return states[:, names.index(name)]


def test_a_moment_between_kept_days_is_solved(course, shah_man):
    inside = from_reference(shah_man, DAILY, [0.25, 3.5, 6.999])
    for day, value in zip((0.25, 3.5, 6.999), inside, strict=True):
        assert float(course["testosterone"].at(day=day).to("nmol/L")) == EXACT(value)
    first, second = (float(course["testosterone"].at(day=day)) for day in (0, 1))
    assert abs(float(course["testosterone"].at(day=0.25)) - (0.75 * first + 0.25 * second)) > 50.0  # never interpolated


@pytest.mark.parametrize("day", ["36 hours", "2160 minutes", 1.5])
def test_a_day_may_be_a_text_with_its_unit(course, day):
    assert float(course["lh"].at(day=day)) == float(course["lh"].at(day=1.5))


def test_a_kept_day_is_read_whatever_its_last_bit(course, monkeypatch):
    monkeypatch.setattr(origin.Origin, "solve", None)  # nothing is solved
    assert course["lh"].at(day=3.0).value == course["lh"].values[3]
    assert course["lh"].at(week=3.0 / 7.0).value == course["lh"].values[3]
    assert course["lh"].at(day=0.1 + 0.2 + 2.7).value == course["lh"].values[3]


def test_a_moment_is_solved_once(shah_man, monkeypatch):
    course, calls = simulate(shah_man, DAILY, weeks=1), []
    solved = origin.Origin.solve
    monkeypatch.setattr(origin.Origin, "solve", lambda self, days: calls.append(days) or solved(self, days))
    first = [float(course[name].at(day=0.5)) for name in course]
    assert len(calls) == 1
    assert [float(course[name].to(course[name].analyte.si).to(course[name].unit).at(day=0.5)) for name in course] == (
        pytest.approx(first, rel=1e-12)
    )
    assert len(calls) == 1


def test_what_was_read_before_changes_nothing(shah_man):
    fresh, used = simulate(shah_man, DAILY, weeks=1), simulate(shah_man, DAILY, weeks=1)
    used["lh"].read(np.linspace(0.0, 7.0, 30))
    assert float(used["lh"].at(day=0.3)) == float(fresh["lh"].at(day=0.3))


def test_units_and_intervals_keep_the_ability_to_read(shah_man):
    course = simulate(shah_man, DAILY, weeks=2, uncertainty=12)
    finer = simulate(shah_man, DAILY, weeks=2, every="6 hours", uncertainty=12)
    for series, fine in zip(
        course.in_units("estradiol", "si").interval(), finer.in_units("estradiol", "si").interval()
    ):
        assert series.unit == "pmol/L"
        assert float(series.at(day=10.25)) == EXACT(float(fine.at(day=10.25)))
    assert course["lh"].at(day=0.75).value.shape == (12,)


def test_every_man_is_read_on_his_own_regimen(shah_man, reference_man):
    men, plans = [shah_man, reference_man, shah_man], [DAILY, "", "clomiphene 25 mg daily"]
    course = simulate(men, plans, weeks=2)
    alone = [simulate(man, plan, days=2, every="6 hours") for man, plan in zip(men, plans)]
    found = course["testosterone"].at(day=1.25).value
    assert found == EXACT(np.array([float(one["testosterone"].at(day=1.25)) for one in alone]))


def test_a_resumed_course_is_read_from_where_it_began(shah_man, course):
    rest = simulate(shah_man, DAILY, days=3, after=course)
    whole = simulate(shah_man, DAILY, days=10, every="6 hours")
    assert float(rest["testosterone"].at(day=8.25)) == EXACT(float(whole["testosterone"].at(day=8.25)))
    with pytest.raises(OutOfRange, match="day 7 to 10"):
        rest["lh"].at(day=6.5)


def test_changed_drugs_and_tolerance_are_those_of_the_course(shah_man):
    weak = {"anastrozole": eqx.tree_at(lambda one: one.inhibition, drugs_of(["anastrozole"])["anastrozole"], 8.0)}
    course = simulate(shah_man, DAILY, weeks=1, drugs=weak, tolerance=1e-7)
    fine = simulate(shah_man, DAILY, weeks=1, every="6 hours", drugs=weak, tolerance=1e-7)
    assert float(course["estradiol"].at(day=2.5)) == pytest.approx(float(fine["estradiol"].at(day=2.5)), rel=3e-7)


def test_who_was_not_solved_is_not_read_either(shah_man):
    broken = eqx.tree_at(lambda man: man.state.lh, shah_man, np.float64("nan"))
    course = simulate([shah_man, broken], DAILY, weeks=1)
    assert course.failed_count == 1
    found = course["lh"].at(day=0.5).value
    assert np.isfinite(found[0]) and np.isnan(found[1])


def test_under_a_transformation_a_course_refuses_and_says_what_to_ask_for(shah_man):
    seen = []

    @jax.jit
    def last(man):
        course = simulate(man, DAILY, days=2)
        with pytest.raises(NotSolved, match=r"at=\[0\.25\]"):
            course["lh"].at(day=0.25)
        seen.append(course["lh"].at(day=1))
        return course["lh"].at(day=2).value

    assert float(last(shah_man)) > 0.0
    assert seen


def test_a_course_that_was_sent_elsewhere_is_read_there(course):
    again = pickle.loads(pickle.dumps(course))
    assert float(again["lh"].at(day=0.3)) == float(course["lh"].at(day=0.3))


def test_tables_and_records_are_solved_where_no_day_is_kept(course, shah_man):
    fine = simulate(shah_man, DAILY, weeks=1, every="6 hours")
    table = course.table(every="6 hours")
    assert table["testosterone [ng/dL]"].to_numpy() == EXACT(fine["testosterone"].values)
    record = course.record(days=[0.25, 6.75])
    assert record["analytes"]["testosterone"]["values"] == EXACT(fine["testosterone"].values[[1, 27]])


@pytest.mark.parametrize("when", [{"day": "soon"}, {"day": "3 mg"}])
def test_a_day_that_measures_no_time_is_refused(course, when):
    with pytest.raises(WrongUnit):
        course["lh"].at(**when)


@pytest.mark.parametrize("when", [{"day": -0.1}, {"day": 7.1}, {"day": np.nan}, {"day": True}, {"week": "2"}, {}])
def test_a_day_that_is_outside_or_no_number_is_refused(course, when):
    with pytest.raises((OutOfRange, WrongUnit), match="got .*; expected|no unit"):
        course["lh"].at(**when)


# Asking for times -------------------------------------------------------------------------------------


def test_moments_come_in_any_order_and_unit():
    assert moments(["4 weeks", 0.25, np.float32(2.0), "12 hours"]).tolist() == [0.25, 0.5, 2.0, 28.0]


@pytest.mark.parametrize(
    "asked", [[], [np.nan], [np.inf], [-1.0], [1.0, 1.0], [1.0, "24 hours"], [1.0, 1.0 + 1e-12], 3.0, "3 days", [True]]
)
def test_impossible_moments_are_refused(asked):
    with pytest.raises(OutOfRange, match="got .*; expected"):
        moments(asked)


def test_a_course_keeps_the_times_that_are_asked_for(shah_man, course):
    asked = simulate(shah_man, DAILY, at=["1 week", 0.25, "36 hours"])
    assert asked.days.tolist() == [0.25, 1.5, 7.0]
    assert asked["testosterone"].values == EXACT(course["testosterone"].read([0.25, 1.5, 7.0]))
    assert float(asked["testosterone"].at(day=0)) == pytest.approx(271.0)  # readable from the start
    assert float(asked["testosterone"].at(day=3.5)) == EXACT(float(course["testosterone"].at(day=3.5)))


def test_the_start_alone_may_be_asked_for(shah_man):
    assert float(simulate(shah_man, DAILY, at=[0])["testosterone"].values[0]) == pytest.approx(271.0)


def test_many_men_draws_and_gradients_keep_any_times(shah_man, reference_man):
    men = simulate([shah_man, reference_man], [DAILY, ""], at=[2.5, 0.25])
    assert men["lh"].values.shape == (2, 2)
    assert simulate(shah_man, DAILY, at=[0.3, 6.0], uncertainty=3)["lh"].values.shape == (3, 2)
    traced = jax.jit(lambda man: simulate(man, DAILY, at=[0.25, 2.0]).inside["testosterone"])(shah_man)
    whole = simulate(shah_man, DAILY, at=[0.25, 2.0], tolerance=1e-6)
    assert np.asarray(traced) == pytest.approx(whole.inside["testosterone"], rel=1e-3)


def test_times_go_on_counting_after_an_earlier_course(shah_man, course):
    rest = simulate(shah_man, DAILY, at=[9.25, 7.5], after=course)
    whole = simulate(shah_man, DAILY, days=10, every="6 hours")
    assert rest["lh"].values == EXACT(whole["lh"].read([7.5, 9.25]))
    with pytest.raises(OutOfRange, match="day 7 or later"):
        simulate(shah_man, DAILY, at=[6.0], after=course)


@pytest.mark.parametrize("more", [{"weeks": 1}, {"days": 3}, {"every": "1 day"}])
def test_times_and_a_length_are_not_both_given(shah_man, more):
    with pytest.raises(OutOfRange):
        simulate(shah_man, DAILY, at=[1.0], **more)


def test_after_a_dose_is_after_it(shah_man):
    course = simulate(shah_man, "testosterone enanthate 200 mg weekly", weeks=2)
    before, after = (float(course["testosterone"].at(day=7, after=after)) for after in (False, True))
    assert after == pytest.approx(before, rel=1e-4)  # blood takes time
    assert float(course["testosterone"].at(day=7.05)) > 1.02 * before
    assert float(course["testosterone"].at(day=14, after=True)) > 0.0  # at the very end too


def test_a_course_under_draws_is_not_gone_on_from(shah_man):
    drawn = simulate(shah_man, DAILY, days=1, uncertainty=2)
    with pytest.raises(OutOfRange, match="one piece"):
        simulate(shah_man, DAILY, days=1, after=drawn)
