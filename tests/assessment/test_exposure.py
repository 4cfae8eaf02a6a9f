"""Courses of androgens: when each began and ended, and from which day it is washed out."""

import pytest

from leydig.assessment.facts.exposure import AndrogenCourse, androgen_courses, androgens_are, current_medicines
from leydig.drugs import DRUGS
from leydig.record.medicine import Medicine
from leydig.record.record import Record, Result, Treatment
from leydig.regimen import Regimen
from tests.assessment.men import START, after


def course(text, start, stop):
    return AndrogenCourse(text, after(start), None if stop is None else after(stop))


def record(*answers, treatments=(), medicines=()):
    return Record("male", None, tuple(Result("androgens", value, after(day)) for day, value in answers), treatments,
                  medicines=medicines)  # fmt: skip


@pytest.mark.parametrize("name", ["testosterone_enanthate", "testosterone_cypionate", "testosterone_undecanoate"])
def test_a_depot_of_the_catalogue_is_washed_out_after_five_half_lives(name):
    one = course(f"{name.replace('_', ' ')} 200 mg weekly", -90, 0)
    half_life = float(DRUGS[name].half_life_days)
    assert 0 <= one.washout_days - 5 * half_life < 1  # whole days, rounded up
    assert one.washout_end == after(one.washout_days)
    assert one.washout.startswith(f"wash-out until {one.washout_end}, {one.washout_days} days (5 half-lives of ")
    assert f", {half_life:.3g} days each" in one.washout


def test_an_agent_that_the_catalogue_does_not_know_takes_three_months():
    one = course("nandrolone 200 mg weekly", -90, 0)
    assert (one.washout_days, one.washout_end) == (91, after(91))
    assert "a proposal" in one.washout


def test_of_several_agents_the_slowest_counts_and_an_unknown_one_is_never_forgotten():
    both = course("testosterone enanthate 200 mg weekly + testosterone undecanoate 1000 mg every 10 weeks", -90, 0)
    slowest = DRUGS["testosterone_undecanoate"]
    assert both.washout_days >= 5 * float(slowest.half_life_days)
    assert f"5 half-lives of {slowest.title}" in both.washout
    mixed = course("testosterone cypionate and nandrolone", -90, 0)
    assert mixed.washout_days == max(course("testosterone cypionate", -90, 0).washout_days, 91)


def test_a_course_that_goes_on_has_no_end():
    one = course("nandrolone", -90, None)
    assert (one.washout_end, one.weeks_since(START)) == (None, 0.0)
    assert one.washout.startswith("wash-out of 91 days from the first day without it")
    assert str(one).endswith("which goes on")


def test_weeks_are_counted_from_the_first_day_without_it():
    one = course("nandrolone", -90, -21)
    assert one.weeks_since(START) == 3.0
    assert str(one) == f"nandrolone from {after(-90)} to {after(-21)}; half a year is over on {after(161)}"


@pytest.mark.parametrize(
    ("ended", "what", "held"),
    [
        (-91, "cleared", True), (-90, "cleared", False), (None, "cleared", False), (-181, "washout", True),
        (-182, "washout", False), (None, "washout", True), (-999, "past", True),
    ],
)  # fmt: skip
def test_androgens_are(ended, what, held):
    assert androgens_are(what, [course("nandrolone", -1000, ended)], START) is held


def test_without_a_course_there_is_nothing_to_wash_out():
    assert [androgens_are(what, [], START) for what in ("past", "cleared", "washout")] == [False, True, False]


def test_each_of_several_courses_has_to_be_washed_out():
    two = [course("nandrolone", -300, -200), course("nandrolone", -150, -50)]
    assert androgens_are("cleared", two, START) is False
    assert androgens_are("cleared", two[:1], START) is True
    assert androgens_are("washout", two, START) is True


def test_a_course_counts_from_its_first_day_and_its_end_only_once_it_came():
    text = Regimen("testosterone enanthate 200 mg weekly")
    on_record = record(treatments=(Treatment(text, after(0), after(10)),))
    assert [len(androgen_courses(on_record, after(day))) for day in (-1, 0, 10)] == [0, 1, 1]
    assert [androgen_courses(on_record, after(day))[0].stop for day in (9, 10)] == [None, after(10)]


def test_the_course_that_is_washed_out_last_stands_last_and_one_that_goes_on_after_all():
    depot = Treatment(Regimen("testosterone undecanoate 1000 mg every 10 weeks"), after(-200), after(-40))
    gel = Treatment(Regimen("testosterone gel 50 mg daily"), after(-30), after(-20))
    found = androgen_courses(record(treatments=(depot, gel)), START)
    assert [one.start for one in found] == [after(-30), after(-200)]
    going = Treatment(Regimen("testosterone gel 50 mg daily"), after(-300), None)
    assert androgen_courses(record(treatments=(depot, going)), START)[-1].start == after(-300)


def test_an_answer_ends_a_course_on_the_first_no_after_the_last_yes():
    said = record((-90, True), (-60, False), (-40, True), (-20, False), (-10, False))
    (one,) = androgen_courses(said, START)
    assert (one.start, one.stop) == (after(-90), after(-20))
    assert androgen_courses(record((-90, True)), START)[0].stop is None
    assert androgen_courses(record((-90, True), (-90, False)), START)[0].stop is None  # of one day the yes counts
    assert androgen_courses(record((-90, False)), START) == ()
    assert androgen_courses(record((1, True)), START) == ()


def test_medicines_answer_the_questions_of_their_class_on_days_on_which_they_are_taken():
    on_record = record(medicines=(Medicine("tramadol 50 mg", after(-9), after(0)), Medicine("finasteride 1 mg", after(-9), None)))  # fmt: skip
    assert current_medicines(on_record, (), after(-1), "opioids") == ["tramadol 50 mg"]
    assert current_medicines(on_record, (), START, "opioids") == []
    assert current_medicines(on_record, (), START, "five_alpha_reductase_inhibitor") == ["finasteride 1 mg"]
    assert current_medicines(on_record, ("testosterone_gel",), START, "androgens") == ["testosterone gel"]
    assert current_medicines(on_record, ("testosterone_gel",), START, "headache") == []
