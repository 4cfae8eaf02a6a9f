"""Where a man is on a ladder, and since when: starts, rises, falls, pauses, single doses, doses between rungs."""

import pytest

from leydig.assessment.facts.ladder import steps
from leydig.protocol.reader import read_protocol
from leydig.record.record import Override, Record, Treatment
from leydig.regimen import Regimen
from tests.assessment.men import after

PROTOCOL = read_protocol("anastrozole")  # 1, 1.75, 2, 3.5 and 7 mg a week; its ceiling is 3.5
DRUG = "anastrozole"


def at(day, *courses, overrides=(), protocol=PROTOCOL):
    """Return where he is on a day; each course is a text with its first day and the first day without it."""
    treatments = tuple(Treatment(Regimen(text), after(first), None if last is None else after(last))
                       for text, first, last in courses)  # fmt: skip
    return steps(Record("male", None, (), treatments, overrides), protocol, after(day))


LOW, DAILY, HIGH = "anastrozole 0.5 mg twice weekly", "anastrozole 0.25 mg daily", "anastrozole 1 mg every other day"


def test_nothing_was_ever_given():
    none = at(0)
    assert (none.start, none.changed, none.last_rise, none.treated_days, none.is_treated) == (
        None,
        None,
        None,
        0,
        False,
    )
    assert (none.rungs(), none.drugs, none.of[DRUG].exact) == ({DRUG: 0}, frozenset(), True)


@pytest.mark.parametrize(
    ("text", "rung", "exact"),
    [
        (LOW, 1, True), (DAILY, 2, True), (HIGH, 4, True),
        ("anastrozole 0.75 mg twice weekly", 1, False),  # 1.5 mg a week
        ("anastrozole 0.25 mg twice weekly", 1, False),  # below the first rung is the first
        ("anastrozole 0.995 mg twice weekly", 3, True),  # within a hundredth of a rung
        ("anastrozole 0.985 mg twice weekly", 2, False),
        ("anastrozole 1.005 mg twice weekly", 3, True),
        ("anastrozole 1.02 mg twice weekly", 3, False),
    ],
)  # fmt: skip
def test_a_rung_is_the_highest_that_gives_no_more(text, rung, exact):
    step = at(1, (text, 0, None)).of[DRUG]
    assert (step.rung, step.exact) == (rung, exact)


def test_a_day_counts_before_anything_is_changed_on_it_and_after_what_began_on_it():
    courses = ((LOW, 0, 10), (DAILY, 10, None))
    assert [at(day, *courses).of[DRUG].rung for day in (-1, 0, 9, 10, 11)] == [0, 1, 1, 2, 2]


def test_start_change_rises_and_falls():
    found = at(60, (LOW, 0, 10), (HIGH, 10, 30), (DAILY, 30, 40), (DAILY, 40, 50))
    assert (found.start, found.changed) == (after(0), after(50))
    assert found.rises[DRUG] == (after(0), after(10))
    assert found.falls[DRUG] == (after(30), after(50))
    assert found.last_rise == after(10)
    assert found.treated_days == 50


def test_the_same_dose_in_other_words_is_no_change():
    found = at(30, (LOW, 0, 10), ("anastrozole 0.505 mg twice weekly", 10, None))
    assert (found.changed, found.rises[DRUG], found.falls[DRUG]) == (after(0), (after(0),), ())
    found = at(30, (LOW, 0, 10), ("anastrozole 0.52 mg twice weekly", 10, None))
    assert (found.changed, found.rises[DRUG]) == (after(10), (after(0), after(10)))
    found = at(30, ("anastrozole 0.52 mg twice weekly", 0, 10), (LOW, 10, None))
    assert (found.changed, found.falls[DRUG]) == (after(10), (after(10),))


def test_the_rung_before_a_pause_is_the_last_one_given():
    paused = at(30, (LOW, 0, 10), (DAILY, 10, 20))
    assert (paused.of[DRUG].rung, paused.of[DRUG].before, paused.is_treated) == (0, 2, False)
    assert at(15, (LOW, 0, 10), (DAILY, 10, 20)).of[DRUG].before == 0


def test_days_off_treatment_do_not_count():
    assert at(50, (LOW, 0, 10), (LOW, 30, None)).treated_days == 30


def test_two_courses_at_once_add_up():
    found = at(5, (LOW, 0, None), (LOW, 0, None)).of[DRUG]
    assert (found.amount, found.rung, found.exact) == (pytest.approx(2.0), 3, True)


def test_a_single_dose_counts_as_being_on_it():
    once = at(3, ("anastrozole 1 mg once", 0, None))
    assert once.is_treated and once.of[DRUG].rung == 1 and not once.of[DRUG].exact
    assert once.drugs == {DRUG}
    assert (once.changed, once.rises[DRUG]) == (after(0), (after(0),))


def test_what_is_no_component_runs_beside_it_and_starts_nothing():
    found = at(5, ("tamoxifen 20 mg daily", 0, None), (LOW, 3, None))
    assert (found.start, found.treated_days) == (after(3), 2)
    assert str(found.others) == "tamoxifen 20 mg daily"
    assert found.drugs == {DRUG, "tamoxifen"}
    assert not at(5, ("tamoxifen 20 mg daily", 0, 4)).others.doses


def test_room_is_left_below_the_ceiling_and_the_ceiling_may_be_set_for_him():
    assert at(5, (DAILY, 0, None)).of[DRUG].room and not at(5, (HIGH, 0, None)).of[DRUG].room
    raised = Override("ceiling.anastrozole", 7.0, "low response")
    found = at(5, (HIGH, 0, None), overrides=(raised,)).of[DRUG]
    assert (found.ceiling, found.room) == (7.0, True)
    lowered = Override("ceiling.anastrozole", 1.75, "bone")
    assert at(5, (DAILY, 0, None), overrides=(raised, lowered)).of[DRUG].room is False


def test_other_rungs_are_tried_on_the_same_man():
    man = at(5, ("tamoxifen 20 mg daily", 0, None), (LOW, 0, None))
    up = man.with_rungs({DRUG: 4}, PROTOCOL)
    assert (up.of[DRUG].rung, up.of[DRUG].amount, up.of[DRUG].room) == (4, pytest.approx(3.5), False)
    assert up.drugs == {DRUG, "tamoxifen"}
    none = man.with_rungs({DRUG: 0}, PROTOCOL)
    assert (none.of[DRUG].amount, none.of[DRUG].room, none.drugs) == (0.0, True, {"tamoxifen"})
    assert man.with_rungs({DRUG: 1}, PROTOCOL).of[DRUG] is man.of[DRUG]
