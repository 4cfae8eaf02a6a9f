"""The planned visits as a calendar file."""

import datetime as dt
from dataclasses import replace

import pytest
from assessment.men import man, result
from reports import pages

import leydig as ly
from leydig.assessment.assess import assess
from leydig.reports.pages.calendar import calendar_file


@pytest.fixture(scope="module")
def on_treatment():
    return pages.on_treatment()


def events(path):
    from icalendar import Calendar

    return Calendar.from_ical(path.read_bytes()).walk("VEVENT")


def test_every_planned_visit_is_an_all_day_event_with_window_panel_and_reminder(on_treatment, tmp_path):
    record, day = on_treatment
    read = events(calendar_file(record, on=day, out=tmp_path / "visits.ics"))
    assert [(str(one["summary"]), one.decoded("dtstart")) for one in read] == [
        ("Visit: 6 months", dt.date(2026, 8, 31)),
        ("Visit: 9 months", dt.date(2026, 11, 27)),
        ("Visit: 12 months", dt.date(2027, 3, 3)),
    ]
    first = read[0]
    assert first.decoded("dtend") - first.decoded("dtstart") == dt.timedelta(1)
    assert first.decoded("dtstamp") == dt.datetime(2026, 6, 5, tzinfo=dt.UTC)
    assert "Window: 2026-08-16 to 2026-09-13." in first["description"]
    assert "testosterone, estradiol, LH, FSH, hematocrit, sperm concentration" in first["description"]
    (alarm,) = first.walk("VALARM")
    assert alarm.decoded("trigger") == dt.timedelta(days=-3)
    assert len({str(one["uid"]) for one in read}) == 3


def test_the_calendar_is_the_same_each_time_and_an_event_keeps_its_identity(on_treatment, tmp_path):
    record, day = on_treatment
    first = calendar_file(record, on=day, out=tmp_path / "a.ics")
    assert first.read_bytes() == calendar_file(record, on=day, out=tmp_path / "b.ics").read_bytes()
    later = record.with_results([result("bmi", 26.0, day)])
    again = events(calendar_file(later, on=day + dt.timedelta(150), out=tmp_path / "c.ics"))
    moved = next(one for one in again if "6 months" in one["summary"])
    assert moved["uid"] == events(first)[0]["uid"] and moved["dtstart"] != events(first)[0]["dtstart"]
    other = calendar_file(replace(record, id="M-2"), on=day, out=tmp_path / "d.ics")
    assert not {str(one["uid"]) for one in events(first)} & {str(one["uid"]) for one in events(other)}


def test_the_calendar_follows_the_advice_and_an_overdue_visit_has_no_reminder(on_treatment, tmp_path):
    record, day = on_treatment
    start = events(calendar_file(man(), out=tmp_path / "start.ics"))[0]
    assert str(start["summary"]) == "Visit: control after change" and assess(man()).due == start.decoded("dtstart")
    late = day + dt.timedelta(150)
    first = events(calendar_file(record, on=late, out=tmp_path / "visits.ics"))[0]
    assert "overdue" in first["summary"] and first.decoded("dtstart") == late and not first.walk("VALARM")
    content = (tmp_path / "visits.ics").read_bytes()  # folded as the standard wants
    assert all(len(line) <= 75 for line in content.split(b"\r\n")) and b"\n" not in content.replace(b"\r\n", b"")


def test_no_calendar_where_nothing_is_planned(tmp_path):
    out = tmp_path / "visits.ics"
    with pytest.raises(ly.errors.BadRecord, match="men only"):
        calendar_file(man(sex="female"), out=out)
    with pytest.raises(ly.errors.BadRecord, match="do not start"):
        calendar_file(man(facts={"prostate_or_breast_cancer": True}), out=out)
    with pytest.raises(ly.OutOfRange, match=r"expected \.ics"):
        calendar_file(man(), out=tmp_path / "visits.txt")
    assert not list(tmp_path.iterdir())
