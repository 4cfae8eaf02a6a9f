"""The page of one man says what his assessment says, all of it and nothing else; the list says it in short."""

import datetime as dt

import pytest
from web.clinic import TODAY, Outline, assessments, man_views, men, pages, plan, views

from leydig.assessment.finding import FindingKind, Status
from leydig.protocol.vocabulary import Severity
from leydig.reports.pages.case import alarms, dose_words
from leydig.web.views.people import people_view, person_row


def every_line(view):
    """Return every finding of a page but the alarms, which say again what stands among the findings."""
    single = [one for one in (view.advice, view.off_label) if one]
    groups = [one for group in view.findings for one in group.findings]
    return [*single, *view.refusals, *view.missing, *view.visits, *(one.finding for one in view.criteria), *groups]


@pytest.mark.parametrize("name", men())
def test_every_finding_of_the_assessment_stands_on_the_page_once(name):
    said = [
        (one.kind, one.rule, one.title, one.clinical, one.severity, one.status) for one in assessments()[name].findings
    ]
    shown = [
        (one.kind, one.rule, one.title, one.text, one.severity, one.status) for one in every_line(man_views()[name])
    ]
    assert sorted(shown) == sorted(said)


@pytest.mark.parametrize("name", ["before", "treated", "alarm", "few", "new"])
def test_the_page_advises_what_the_command_line_advises(name):
    found, view = assessments()[name], man_views()[name]
    assert (view.verdict, view.action) == (found.verdict, found.action)
    assert view.dose == dose_words(found, found.verdict == "on treatment")
    assert [one.rule for one in view.alarms] == [one.rule for one in alarms(found)]
    assert [one.title for one in view.reasons] == [one.title for one in found.reasons]


def test_what_alarms_stands_before_everything_else():
    text = pages()["man alarm"]
    main = text.index("<main")
    assert main < text.index('class="alarm"') < text.index("<h1>")
    assert len(man_views()["alarm"].alarms) == 2
    assert 'class="alarm"' not in pages()["man treated"]


def test_a_refused_record_shows_why_and_nothing_else():
    view, text = man_views()["refused"], pages()["man refused"]
    assert view.verdict == "refused" and view.refusals and view.board is None and view.what_if is None
    assert all(one.text in Outline(text).text for one in view.refusals)
    assert "<svg" not in text.replace("/leydig.svg", "")


def test_a_man_of_whom_nothing_is_recorded_has_a_page_that_asks_for_it():
    view = man_views()["new"]
    assert (view.verdict, view.action) == ("possible", "request labs") and len(view.missing) > 5
    assert all(not one.points for one in view.board.panels) and view.board.first < view.on < view.board.last
    assert "No result is on record." in pages()["man new"] and view.what_if is not None


def test_criteria_that_are_met_come_first():
    order = [Status.MET, Status.UNKNOWN, Status.NOT_MET]
    for name in ("before", "treated", "few"):
        places = [order.index(one.finding.status) for one in man_views()[name].criteria]
        assert places == sorted(places) and len(places) > 10
    assert {one.finding.status for one in man_views()["few"].criteria} >= {Status.UNKNOWN, Status.NOT_MET}


def test_findings_of_a_kind_stand_with_the_gravest_first():
    groups = {group.kind: group.findings for group in man_views()["alarm"].findings}
    weights = [Severity(one.severity).weight for one in groups[FindingKind.ALERT]]
    assert weights == sorted(weights, reverse=True) and weights[0] == 2
    assert next(iter(groups)) == FindingKind.ALERT


def test_a_source_that_is_cite_is_listed():
    for name, view in man_views().items():
        numbers = {number for one in every_line(view) for number in one.sources}
        assert numbers <= {one.number for one in view.sources}, name
        assert [one.number for one in view.sources] == list(range(1, len(view.sources) + 1))


def test_the_list_shows_alerts_visits_and_what_is_missing():
    rows = {one.id: one for one in views()["people"].people}
    assert [one.severity for one in rows["alarm"].alerts][:2] == ["critical", "critical"]
    assert rows["alarm"].overdue and rows["treated"].visit == "3 months"
    assert (rows["treated"].due - TODAY).days == rows["treated"].days > 0
    assert "estradiol" in rows["few"].missing
    assert rows["refused"].verdict == "refused" and rows["refused"].refusal


def test_who_needs_attention_comes_first():
    assert views()["people"].people[0].id == "alarm"


def test_an_overdue_visit_counts_from_the_day_on_which_its_window_closed():
    record, day, _ = men()["alarm"]
    found = assessments()["alarm"]
    row = person_row("a", "A", record, plan(), found, on=day)
    closes = next(one for one in man_views()["alarm"].board.visits).closes
    assert row.days == -(day - closes).days < -40


def test_a_man_who_could_not_be_assessed_is_listed_with_the_reason():
    record = men()["few"][0]
    row = person_row("f", "F", record, plan(), None, on=TODAY, refusal="got nothing dated; expected a result. Add one.")
    assert row.verdict == "" and "nothing dated" in row.refusal
    assert people_view([row], on=TODAY).people == (row,)


def test_the_day_of_the_page_is_the_day_of_the_assessment():
    assert man_views()["treated"].on == dt.date(2026, 3, 24) == man_views()["treated"].board.now
