"""Entry, import, protocols, evidence and the patient's page: what each shows, and what it never shows."""

import re
from itertools import pairwise

import pytest
from web.clinic import ENTRIES, TODAY, Outline, pages, plan, views

from leydig.errors import LeydigError
from leydig.protocol.reader import names, read_protocol
from leydig.record.quantity import QUANTITIES, QuantityKind
from leydig.reports.glossary import GLOSSARY
from leydig.web.views.entry.entries import entry_line, unit_reading
from leydig.web.views.problem import problem_view
from leydig.web.views.protocols import protocol_view


def test_everything_that_can_be_recorded_is_offered_once():
    view = views()["entry"]
    offered = [one.name for choices in view.quantities.values() for one in choices] + [one.name for one in view.facts]
    assert sorted(offered) == sorted(QUANTITIES)
    values = [one.get("value") for one in Outline(pages()["entry"]).of("option")]
    assert set(QUANTITIES) <= set(values)


def test_the_first_unit_that_is_offered_is_one_in_which_laboratories_report():
    choices = {one.name: one for many in views()["entry"].quantities.values() for one in many}
    assert choices["testosterone"].units[:2] == ("ng/dL", "nmol/L")
    assert choices["estradiol"].units[0] == "pg/mL" and choices["low_libido"].units == ()
    assert "1" not in choices["te2_ratio"].units  # a bare ratio does not say its units


@pytest.mark.parametrize(
    ("name", "value", "unit", "reading"),
    [("testosterone", "271", "ng/dL", "271 ng/dL is 9.4 nmol/L"), ("testosterone", "9.4", "nmol/L", "9.4 nmol/L is 271 ng/dL"),
     ("estradiol", "<10", "pg/mL", "<10 pg/mL is <36.7 pmol/L"), ("lh", "3.4", "IU/L", ""), ("low_libido", "4", "", ""),
     ("consent", "yes", "", ""), ("karyotype", "46,XY", "", ""), ("prolactin", "424", "mIU/L", "424 mIU/L is 20 ng/mL")],
)  # fmt: skip
def test_a_value_is_read_in_the_other_unit_as_one_types(name, value, unit, reading):
    assert unit_reading(name, value, unit) == {"reading": reading}


@pytest.mark.parametrize(
    ("name", "value", "unit", "words"),
    [("testosterone", "271", "nmol/L", "Did you mean 271 ng/dL?"), ("testosterone", "271", "", "without a unit"),
     ("testosterone", "abc", "ng/dL", "expected a number"), ("estradiol", "30", "mmHg", "got estradiol in 'mmHg'"),
     ("unicorn", "1", "", "got quantity 'unicorn'"), ("testosterone", "1e400", "ng/dL", "expected"),
     ("testosterone", "nan", "ng/dL", "expected"), ("testosterone", "9" * 400, "ng/dL", "expected")],
)  # fmt: skip
def test_what_no_man_has_is_refused_as_one_types(name, value, unit, words):
    refusal = unit_reading(name, value, unit)["refusal"]
    assert words in refusal and re.match(r"got .+; expected .+", refusal)


def test_a_correction_is_shown_beside_what_it_corrects():
    text = pages()["entry"]
    assert re.search(r"<del>271 ng/dL</del>", text) and "217 ng/dL" in text
    assert 'href="#entry-01JA"' in text and 'id="entry-01JA"' in text
    supersedes = [one["value"] for one in Outline(text).of("input") if one.get("name") == "supersedes"]
    assert set(supersedes) == {"01JB", "01JC", "01JD"}  # neither what is superseded nor what withdraws
    assert [one.id for one in views()["entry"].history] == [one["id"] for one in reversed(ENTRIES)]


def test_an_entry_keeps_its_text_as_it_came():
    line = entry_line(
        {"id": "1", "kind": "result", "name": "testosterone", "value": "271.0", "unit": "ng/dL", "comparator": ">"}
    )
    assert line.text == ">271.0 ng/dL" and line.title == "testosterone" and line.superseded_by == ""


def test_a_refused_form_comes_back_with_what_was_written_and_why():
    outline = Outline(pages()["entry refused"])
    fields = {one["id"]: one for one in outline.of("input") if "id" in one}
    assert fields["result-value"]["value"] == "271" and fields["result-value"]["aria-invalid"] == "true"
    assert fields["result-unit"]["value"] == "nmol/L" and "aria-invalid" not in fields["result-unit"]
    assert "result-value-error" in fields["result-value"]["aria-describedby"]
    assert [one["value"] for one in outline.of("option") if "selected" in one] == ["testosterone"]
    assert fields["fact-date"]["value"] == TODAY.isoformat() and "aria-invalid" not in fields["fact-date"]


def test_only_what_waits_can_be_ticked():
    ticks = [one for one in Outline(pages()["import"]).of("input") if one.get("type") == "checkbox"]
    assert [(one["name"], one["value"]) for one in ticks] == [("confirmed", "/entry/5")]
    assert not [one for one in Outline(pages()["import empty"]).of("button") if one.get("class") != "quiet"]
    assert views()["import"].left[0].pointer == "entry[6].resource"


def test_the_page_of_a_protocol_holds_every_rule_target_need_and_visit():
    view, own = views()["protocol"], plan()
    assert sorted(one.id for group in view.groups for one in group.rules) == sorted(one.id for one in own.rules)
    assert [len(view.targets), len(view.needs), len(view.visits)] == [len(own.targets), len(own.needs), len(own.visits)]
    assert [len(one.rungs) for one in view.ladders] == [len(one.rungs) for one in own.components.values()]
    cited = {number for group in view.groups for one in group.rules for number in one.sources}
    assert cited <= {one.number for one in view.sources}
    assert [one.name for one in views()["protocols"].protocols] == names()


def test_a_region_is_chosen_on_the_page_of_a_protocol():
    view = protocol_view(read_protocol("anastrozole", "eau"), on=TODAY)
    assert view.region == "eau" and view.faults == ()


def test_held_out_studies_come_first_and_scores_are_those_of_the_replay():
    lines = views()["evidence"].studies
    roles = [one.role for one in lines]
    assert all(not (a == "calibration" and b == "held-out") for a, b in pairwise(roles))
    scored = next(one for one in lines if one.values)
    assert (scored.values, scored.inside) == (2, 1) and scored.median_error == pytest.approx(0.3)
    assert "1 of 2 values inside the 90 % interval; median error 30 %" in Outline(pages()["evidence"]).text


def test_the_patient_reads_sixteen_terms_at_three_levels():
    view = views()["patient treated"]
    assert len(view.glossary) == 16 == len(GLOSSARY)
    assert all(one.plain and one.clinical and one.academic for one in view.glossary)


@pytest.mark.parametrize("name", ["before", "treated", "alarm", "few"])
def test_the_patient_reads_no_dose_advice_and_no_forecast(name):
    view, man = views()[f"patient {name}"], views()[f"man {name}"]
    text = Outline(pages()[f"patient {name}"]).text
    assert man.dose not in text and man.advice.text not in text and "median" not in text.lower()
    said = " ".join((*view.story, *view.topics, *view.missing))
    assert not re.search(r"\bdose|\bmg\b|twice weekly|\bstop\b|come down", said, re.I)


def test_the_patient_reads_his_results_alarms_and_visits():
    view, man = views()["patient alarm"], views()["man alarm"]
    assert len(view.alarms) == len(man.alarms) == 2
    first = next(one for one in view.levels if one.title == "testosterone")
    assert [one.day for one in first.points] == sorted((one.day for one in first.points), reverse=True)
    assert [one.day for one in view.visits] == [one.day for one in man.board.visits]
    assert views()["patient refused"].refusals and not views()["patient refused"].levels


@pytest.mark.parametrize(
    ("back", "link"), [("/people/a", "/people/a"), ("//evil.example", ""), ("https://evil.example", "")]
)
def test_a_problem_leads_back_inside_alone(back, link):
    content = {"type": "/problems/NotFound", "title": "Not found", "status": 404, "detail": "got x; expected y. Go."}
    assert problem_view(content, back=back).back == link


def test_a_refusal_of_the_library_is_handed_on_whole():
    try:
        QUANTITIES["unicorn"]
    except LeydigError as error:
        assert unit_reading("unicorn", "1", "") == {"refusal": str(error)}
    assert QUANTITIES["consent"].kind == QuantityKind.FACT
