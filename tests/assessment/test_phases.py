"""A treatment on record whose regimen begins, changes or ends by itself is given on the days that its text says."""

import datetime as dt

import pytest
from assessment.men import START, treated

from leydig.assessment.assess import assess
from leydig.assessment.facts.exposure import androgen_courses
from leydig.assessment.facts.ladder import steps
from leydig.protocol.reader import read_protocol
from leydig.record.record import Record, Treatment
from leydig.regimen import Regimen

FIRST = START + dt.timedelta(1)


def on(days, *given, protocol="clomiphene"):
    """Return where a man is on the ladders so many days after the first one."""
    treatments = tuple(Treatment(Regimen(text), FIRST) for text in given)
    return steps(Record("male", None, (), treatments), read_protocol(protocol), FIRST + dt.timedelta(days))


PHASED = "clomiphene 25 mg every other day for 4 weeks then 25 mg daily"


@pytest.mark.parametrize(("days", "rung"), [(0, 1), (27, 1), (28, 2), (60, 2)])
def test_each_phase_is_a_rung_of_its_own(days, rung):
    assert on(days, PHASED).of["clomiphene"].rung == rung


def test_a_change_inside_a_text_is_a_change_on_its_day():
    found = on(35, PHASED)
    assert found.changed == FIRST + dt.timedelta(28) and found.rises["clomiphene"] == (FIRST, found.changed)
    assert found.treated_days == 35 and on(27, PHASED).changed == FIRST


@pytest.mark.parametrize(("days", "rung"), [(0, 2), (27, 2), (28, 0), (90, 0)])
def test_what_ends_by_its_text_is_over(days, rung):
    found = on(days, "clomiphene 25 mg daily for 4 weeks")
    assert found.of["clomiphene"].rung == rung and ("clomiphene" in found.drugs) == bool(rung)
    assert found.treated_days == min(days, 28)


@pytest.mark.parametrize(("days", "begun"), [(0, False), (55, False), (56, True)])
def test_what_begins_later_has_not_begun(days, begun):
    found = on(days, "clomiphene 25 mg daily from week 8")
    assert (found.start is not None) == begun == found.is_treated


def test_another_drug_that_ended_runs_no_more():
    assert on(27, "tamoxifen 20 mg daily for 4 weeks").others.drugs == ("tamoxifen",)
    assert not on(28, "tamoxifen 20 mg daily for 4 weeks").others.doses


def test_androgens_that_end_by_their_text_are_washed_out_from_there():
    given = Treatment(Regimen("testosterone enanthate 250 mg weekly for 8 weeks"), FIRST)
    endless = Treatment(
        Regimen("testosterone enanthate 250 mg weekly for 8 weeks + testosterone gel 50 mg daily"), FIRST
    )
    (course,) = androgen_courses(Record("male", None, (), (given,)), FIRST + dt.timedelta(100))
    assert course.stop == FIRST + dt.timedelta(56)
    assert androgen_courses(Record("male", None, (), (given,)), FIRST + dt.timedelta(50))[0].stop is None
    assert androgen_courses(Record("male", None, (), (endless,)), FIRST + dt.timedelta(100))[0].stop is None


@pytest.mark.parametrize(("days", "action"), [(35, "request labs"), (45, "step up anastrozole")])
def test_results_within_two_weeks_of_a_change_in_the_text_decide_nothing(days, action):
    text = "anastrozole 0.5 mg twice weekly for 4 weeks then 1 mg twice weekly"
    record, day = treated(text, days=days, testosterone=390.0, estradiol=40.0)
    assert assess(record, "anastrozole", on=day).action == action
