"""When a visit is late: after its day of grace, not on it."""

import datetime as dt

import pytest
from assessment.men import treated

from leydig.assessment.facts.facts import Facts
from leydig.assessment.visits import due_visits
from leydig.protocol.reader import names, read_protocol


@pytest.mark.parametrize("name", names())
def test_a_visit_is_late_from_the_day_after_its_grace(name):
    plan = read_protocol(name)
    record, _ = treated(f"{plan.components[next(iter(plan.components))].rungs[0]}", days=0)
    start = record.treatments[0].start
    for visit in plan.visits:
        days = [start + dt.timedelta(visit.overdue + more) for more in (0, 1)]
        late = [
            next(one.overdue for one in due_visits(Facts(record, plan, day), plan) if one.visit == visit)
            for day in days
        ]
        assert late == [False, True], visit.name


def test_of_one_day_what_is_overdue_longest_comes_first():
    plan = read_protocol("anastrozole")
    record, _ = treated("anastrozole 1 mg daily", days=0)
    day = record.treatments[0].start + dt.timedelta(363)
    found = due_visits(Facts(record, plan, day), plan)
    late = [one for one in found if one.overdue]
    assert found[: len(late)] == late and len(late) >= 2 and not found[len(late)].overdue
    assert [one.closes for one in late] == sorted(one.closes for one in late)


def test_recovery_stops_at_two_years_because_all_men_had_recovered_by_then():
    rule = next(one for one in read_protocol("recovery").rules if one.id == "STOP_NO_RESPONSE")
    assert "24 months" in rule.clinical and any("Liu 2006" in str(one) for one in rule.source)
