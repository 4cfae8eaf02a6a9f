"""Rows of the brief on aim, follow-up and outcome: each is held by what changes for the man."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from assessment.men import NORMAL, START, man, result, treated
from reports.pages import page

from leydig.assessment.assess import assess
from leydig.protocol.reader import names, read_protocol
from leydig.record.quantity import QUANTITIES
from leydig.record.record import Result
from leydig.reports.pages.case import case_of
from leydig.reports.pages.clinician import clinician_page
from leydig.reports.pages.html import Table

AI = ("anastrozole", "anastrozole_daily", "anastrozole_clomiphene")


def after(record_and_day, name="anastrozole", **more):
    record, day = record_and_day
    return assess(record, name, on=day, **more)


def row_of(record_and_day, name, section="Levels"):
    """Return mark and cells of a row of the clinician's page, the name of the row left out."""
    record, day = record_and_day
    whole = clinician_page(case_of(record, read_protocol("anastrozole"), assess(record, on=day)))
    tables = [block for row in whole.rows for column in row for one in column if one.title == section
              for block in one.blocks if isinstance(block, Table)]  # fmt: skip
    (row,) = [row for _, rows in tables[0].groups for row in rows if row.cells[0] == name]
    return row.mark, row.cells[1:]


def his_page(record_and_day, tmp_path):
    record, day = record_and_day
    return page(record, tmp_path, on=day, reader="patient").text


# The aim --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("testosterone", "estradiol", "verdict", "speaks"),
    [
        (280.0, 45.0, "candidate", "IND_RATIO_LOW"),  # unfavorable to one another
        (900.0, 61.0, "candidate", "IND_E2_HIGH"),  # high in itself
        (150.0, 18.0, "not now", "EX_LOW_E2"),  # the same bad ratio with nothing to lower
    ],
)
def test_brief_S22_it_recalibrates_and_does_not_just_lower_estradiol(testosterone, estradiol, verdict, speaks):
    known = {"sperm_concentration": 8.0, "tsh": 2.0}
    found = assess(man(testosterone=testosterone, estradiol=estradiol, workup=NORMAL, **known))
    assert found.verdict == verdict and speaks in found
    assert (found.action == "start") == (verdict == "candidate")


def test_brief_S22_lower_estradiol_without_more_testosterone_is_no_reason_for_more_drug():
    assert after(treated(testosterone=420.0, estradiol=41.0)).action == "refer"
    assert after(treated(testosterone=420.0, estradiol=45.0)).action == "step up anastrozole"


@pytest.mark.parametrize("name", AI)
def test_brief_S22_the_advice_to_start_says_the_goal_of_the_plan_that_is_started(name):
    plan = replace(read_protocol(name), goal="Sperm for this couple, by an aim of their own.")
    assert "Sperm for this couple, by an aim of their own." in assess(man(), plan)["START"].clinical


def test_brief_S23_semen_decides_whatever_the_hormones_say():
    hormones = {"testosterone": 700.0, "estradiol": 30.0, "lh": 6.0}
    perfect = {"days": 290, "base": man(), **hormones}
    assert after(treated(**perfect, sperm_concentration=8.0)).action == "stop all"
    assert after(treated(**perfect, sperm_concentration=25.0)).action == "continue"
    assert after(treated(**perfect)).action == "stop all"  # no new sample is no gain


def test_brief_S23_the_page_holds_semen_against_its_limit_and_its_start():
    gained = treated(days=95, sperm_concentration=20.0)
    assert row_of(gained, "sperm concentration")[1][0] == "in"
    mark, cells = row_of(gained, "sperm concentration", "Before and after")
    assert mark == "good" and cells[0] == "as expected"
    mark, cells = row_of(treated(days=95, sperm_concentration=8.0), "sperm concentration")
    assert mark == "warning" and cells[0] == "below"


# Follow-up ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("testosterone", "place", "mark", "action"),
    [
        (450.0, "below", "warning", "refer"),
        (600.0, "in", "good", "continue"),
        (1100.0, "above", "warning", "step down anastrozole"),
    ],
)
def test_brief_S84_testosterone_against_its_band_moves_page_and_dose(testosterone, place, mark, action):
    visit = treated("anastrozole 1 mg every other day", testosterone=testosterone)
    assert after(visit).action == action
    shown_mark, cells = row_of(visit, "testosterone")
    assert (shown_mark, cells[0]) == (mark, place) and "500 to 1000 ng/dL" in cells[2]


@pytest.mark.parametrize(
    ("estradiol", "place", "mark", "action"),
    [
        (8.0, "below", "critical", "hold anastrozole"),
        (15.0, "below", "warning", "step down anastrozole"),
        (30.0, "in", "good", "continue"),
        (65.0, "above", "warning", "step up anastrozole"),
    ],
)
def test_brief_S85_estradiol_has_a_floor_and_a_ceiling_on_page_and_dose(estradiol, place, mark, action):
    visit = treated("anastrozole 1 mg twice weekly", estradiol=estradiol)
    assert after(visit).action == action
    shown_mark, cells = row_of(visit, "estradiol")
    assert (shown_mark, cells[0]) == (mark, place) and "20 to below 60 pg/mL" in cells[2]


def test_brief_S85_a_suppressed_estradiol_is_no_success():
    assert after(treated(estradiol=8.0))["DIRECTION_ESTRADIOL"].status == "too far"
    assert after(treated(estradiol=21.0))["DIRECTION_ESTRADIOL"].status == "as expected"


def test_brief_S86_lh_that_stays_flat_while_estradiol_falls_is_a_question(tmp_path):
    flat = treated(estradiol=30.0, lh=3.5)
    assert "LH_FLAT" in after(flat)
    assert "the signal from the brain (LH) did not rise" in his_page(flat, tmp_path)
    assert "LH_FLAT" not in after(treated(estradiol=30.0, lh=3.6))  # it answered
    assert "LH_FLAT" not in after(treated(estradiol=36.1, lh=3.5))  # nothing to answer to
    assert "LH_FLAT" in after(treated(estradiol=36.0, lh=3.5))
    assert "LH_FLAT" not in after(treated(days=10, estradiol=30.0, lh=3.5))  # too early to judge
    assert "LH_FLAT" not in after(treated(estradiol=30.0, lh=9.5, base=man(lh=9.6)))  # primary pattern


def test_brief_S86_lh_and_fsh_are_followed_from_their_start():
    found = after(treated(lh=9.0, fsh=3.9))
    assert found["DIRECTION_LH"].status == "as expected" and found["DIRECTION_FSH"].status == "unclear"
    assert after(treated(lh=1.0))["DIRECTION_LH"].status == "against expectation"


@pytest.mark.parametrize(
    ("hematocrit", "action", "mark"),
    [
        (50.0, "step up anastrozole", "good"),
        (50.1, "continue", "warning"),
        (54.0, "continue", "warning"),
        (54.1, "stop all", "critical"),
    ],
)
def test_brief_S87_hematocrit_withholds_a_rise_above_50_and_stops_above_54(hematocrit, action, mark):
    visit = treated(estradiol=65.0, hematocrit=hematocrit)
    assert after(visit).action == action
    assert row_of(visit, "hematocrit")[0] == mark


@pytest.mark.parametrize(("hematocrit", "action"), [(49.9, "start"), (50.0, "do not start")])
def test_brief_S87_nothing_is_started_at_a_hematocrit_of_50(hematocrit, action):
    assert assess(man(hematocrit=hematocrit)).action == action


@pytest.mark.parametrize(("hematocrit", "rise"), [(47.9, False), (48.0, True)])
def test_brief_S87_a_rise_of_three_points_is_said(hematocrit, rise):
    assert ("HCT_RISE" in after(treated(hematocrit=hematocrit))) == rise


@pytest.mark.parametrize("name", ["testosterone", "estradiol", "lh", "fsh", "hematocrit"])
def test_brief_S84_S85_S86_S87_a_control_is_not_done_before_the_whole_panel_is_measured(name):
    due = {one.rule for one in after(treated()).of("visit")}
    assert due == {"VISIT_3_MONTHS"}
    (visit,) = after(treated(**{name: None})).of("visit")
    assert visit.rule == "VISIT_CONTROL_AFTER_CHANGE"
    assert QUANTITIES[name].title in visit.clinical.partition("Panel: ")[2]


def test_brief_S82_the_heart_is_watched_at_the_start_and_with_long_use(tmp_path):
    assert assess(man(facts={"ischemic_heart_disease": True}))["HEART"].severity == "warning"
    assert "HEART" not in assess(man())
    long = treated(days=190, sperm_concentration=20.0)
    assert "LIPIDS_DUE" in after(long) and "LIPIDS_DUE" not in after(treated(days=150))
    record, day = long
    measured = record.with_results([result("ldl", 120.0, day)])
    assert "LIPIDS_DUE" not in assess(measured, on=day)
    assert "your cholesterol is measured again" in his_page(long, tmp_path)


@pytest.mark.parametrize(("ldl", "warned"), [(132.0, False), (132.1, True), (189.9, True), (190.0, True)])
def test_brief_S82_ldl_warns_when_it_rises_by_a_fifth_or_reaches_190(ldl, warned):
    record, day = treated()
    assert ("LDL" in assess(record.with_results([result("ldl", ldl, day)]), on=day)) == warned
    high = man(ldl=180.0)
    record, day = treated(base=high)
    assert ("LDL" in assess(record.with_results([result("ldl", ldl, day)]), on=day)) == (ldl >= 190.0)


# Outcome --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "rule", "words"),
    [
        (8.0, 20.0, "RESPONSE", "8 million/mL (moderate oligozoospermia) to 20 million/mL (normal concentration)"),
        (4.0, 12.0, "RESPONSE", "4 million/mL (severe oligozoospermia) to 12 million/mL (mild oligozoospermia)"),
        (12.0, 4.0, "SEMEN_LOST", "12 million/mL (mild oligozoospermia) to 4 million/mL (severe oligozoospermia)"),
        (6.0, 9.0, "", "6 million/mL (moderate oligozoospermia) to 9 million/mL (moderate oligozoospermia)"),
    ],
)
def test_brief_S94_S100_the_outcome_is_a_change_from_baseline_by_who_category(before, now, rule, words):
    visit = treated(days=95, base=man(sperm_concentration=before, workup=NORMAL), sperm_concentration=now)
    found = after(visit)
    assert [one for one in ("RESPONSE", "SEMEN_LOST") if one in found] == ([rule] if rule else [])
    assert words in found["DIRECTION_SPERM_CONCENTRATION"].clinical
    before_words, now_words = (part.partition(" (")[2].rstrip(")") for part in words.split(" to "))
    _, cells = row_of(visit, "sperm concentration", "Before and after")
    assert before_words in cells[1] and now_words in cells[2]


@pytest.mark.parametrize(
    ("name", "before", "now", "status", "terms"),
    [
        ("motility", 20.0, 60.0, "as expected", ("asthenozoospermia", "not below its WHO limit")),
        ("motility", 60.0, 41.9, "unclear", ("not below its WHO limit", "asthenozoospermia")),
        ("normal_forms", 1.0, 4.0, "as expected", ("teratozoospermia", "not below its WHO limit")),
        ("normal_forms", 4.0, 3.9, "unclear", ("not below its WHO limit", "teratozoospermia")),
    ],
)
def test_brief_S101_S102_motility_and_morphology_are_told_with_their_who_terms(name, before, now, status, terms):
    visit = treated(days=95, base=man(**{name: before}), sperm_concentration=20.0, **{name: now})
    finding = after(visit)[f"DIRECTION_{name.upper()}"]
    assert finding.status == status
    assert re.findall(r"\(([a-zA-Z ]+)\)", finding.clinical) == list(terms)


@pytest.mark.parametrize("now", [9.0, 13.0, 16.0, 20.0])
def test_brief_S103_a_response_is_a_range_and_counts_only_where_the_whole_range_does(now):
    found = after(treated(days=95, sperm_concentration=now))["DIRECTION_SPERM_CONCENTRATION"]
    low, high = (float(one) for one in re.search(r"90 % range ([+-]\d+) to ([+-]\d+) %", found.clinical).groups())
    change = 100.0 * (now / 8.0 - 1.0)
    assert low < change < high
    assert (found.status == "as expected") == (low > 0.0)


@pytest.mark.parametrize(
    ("days", "rules", "action"),
    [
        (80, [], "continue"),
        (95, ["NO_RESPONSE_EARLY"], "continue"),
        (180, ["NO_RESPONSE_EARLY"], "continue"),
        (190, ["NO_RESPONSE"], "continue"),
        (290, ["NO_RESPONSE", "STOP_NO_RESPONSE"], "stop all"),
    ],
)
def test_brief_S103_who_does_not_respond_is_looked_at_at_three_and_six_months_and_stopped_at_nine(days, rules, action):
    found = after(treated(days=days, sperm_concentration=8.0))
    spoke = [one for one in ("NO_RESPONSE_EARLY", "NO_RESPONSE") if one in found]
    spoke += ["STOP_NO_RESPONSE"] if found.of("advice")[0].rule == "STOP_NO_RESPONSE" else []
    assert spoke == rules and found.action == action
    gained = after(treated(days=days, sperm_concentration=20.0))
    assert not {"NO_RESPONSE_EARLY", "NO_RESPONSE"} & {one.rule for one in gained.findings}
    assert gained.action == "continue"


def test_brief_S103_who_has_too_few_sperm_is_told_that_not_every_man_gains():
    assert "RESPONSE_RANGE" in assess(man())
    assert "RESPONSE_RANGE" not in assess(man(sperm_concentration=40.0))
    assert "RESPONSE_RANGE" not in assess(man(sperm_concentration=0.0))
    counts = [int(one) for one in re.findall(r"(\d+) (?:gained|stayed|lost)", assess(man())["RESPONSE_RANGE"].clinical)]
    assert sum(counts) == 90  # every man of the series is told of, those who lost too


# He himself -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("missed", "action"), [(19.0, "step up anastrozole"), (20.0, "continue"), (60.0, "continue")])
def test_brief_S115_doses_missed_come_before_a_higher_dose(missed, action, tmp_path):
    record, day = treated(estradiol=65.0)
    told = record.with_results([Result("doses_missed", missed, day, "%")])
    found = assess(told, on=day)
    assert found.action == action
    assert ("DOSES_MISSED" in found) == (action == "continue")
    if action == "continue":
        assert found.next == found.now and [one.rule for one in found.reasons] == ["DOSES_MISSED"]
        shown = his_page((told, day), tmp_path)
        assert f"You missed {missed:g} % of your doses" in shown and "A fifth of the doses missed" in shown


def test_brief_S115_an_old_diary_says_nothing_of_today_and_no_diary_nothing_at_all():
    record, day = treated(days=150, estradiol=65.0)
    for age, action in ((90, "continue"), (91, "step up anastrozole")):
        old = record.with_results([Result("doses_missed", 50.0, day - dt.timedelta(age), "%")])
        assert assess(old, on=day).action == action
    assert assess(record, on=day).action == "step up anastrozole"


def test_brief_S115_missed_doses_never_delay_a_lower_dose():
    record, day = treated("anastrozole 1 mg every other day", estradiol=15.0)
    told = record.with_results([Result("doses_missed", 50.0, day, "%")])
    assert assess(told, on=day).action == "step down anastrozole"


@pytest.mark.parametrize(("name", "value", "rule"), [("joint_pain", 2.0, "JOINT_2"), ("joint_pain", 3.0, "JOINT_3")])
def test_brief_S115_what_he_writes_in_his_diary_is_what_the_rules_read(name, value, rule, tmp_path):
    record, day = treated("anastrozole 1 mg every other day")
    assert rule in assess(record.with_results([Result(name, value, day)]), on=day)
    shown = page(record, tmp_path, on=day, reader="patient")
    heads = shown.text[shown.text.index("Diary") :]
    assert "Dose taken" in heads and "Joint pain (0 to 5)" in heads  # in the scale of the record
    assert len([one for one in shown.all("table") if one.get("class") == "blank"]) == 1


@pytest.mark.parametrize("name", names())
def test_brief_S114_what_he_wants_decides_and_stands_beside_the_plan(name, tmp_path):
    wish = replace(man(workup=NORMAL), goals=("a second child before forty",))
    assert "a second child before forty" in page(wish, tmp_path, protocol=name, reader="patient").text
    record, day = treated()
    shown = page(replace(record, goals=wish.goals), tmp_path, on=day).text
    assert "Toward what he wants: a second child before forty." in shown[shown.index("Plan") :]
    assert assess(man(facts={"wants_pregnancy": False}, workup=NORMAL), name).action != "start"


def test_brief_S114_the_same_levels_in_two_men_make_two_plans():
    assert assess(man()).action == "start"
    assert assess(man(facts={"thrombosis": True}), "anastrozole_clomiphene").action == "do not start"
    assert "RETRIEVAL" in assess(man(facts={"retrieval_planned": True}), on=START)
    assert "RETRIEVAL" not in assess(man(), on=START)


def test_brief_S113_his_list_of_questions_is_made_of_what_is_open_in_him(tmp_path):
    def asked(record, **more):
        text = page(record, tmp_path, reader="patient", **more).text
        return text[text.index("Questions for your clinician") : text.index("Diary")]

    assert "Not on record: prolactin" not in asked(man())
    assert "Not on record: prolactin" in asked(man(without=("prolactin",)))
    record, day = treated(hematocrit=51.0)
    assert "Hematocrit above 50 %: what do we do about it?" in asked(record, on=day)
    record, day = treated(hematocrit=49.0)
    assert "Hematocrit" not in asked(record, on=day)


@pytest.mark.parametrize("visit", [treated(estradiol=65.0), treated(estradiol=8.0), treated(hematocrit=55.0)])
def test_brief_S112_his_page_is_his_visit_in_words_without_rules_and_grades(visit, tmp_path):
    record, day = visit
    found, text = assess(record, on=day), page(record, tmp_path, on=day, reader="patient").text
    assert " ".join(found.of("advice")[0].plain.split()) in text
    for one in found.findings:
        assert one.rule not in text
    assert not re.search(r"CTCAE|CYP|SHBG|aromatiz|gonadotrop", text.partition("Words")[0].partition("Off-label")[0])
