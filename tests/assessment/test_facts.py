"""What is known of a man on a day: each end of a span of days, each missing result, each way to say yes."""

import datetime as dt
import math
from dataclasses import replace

import pytest

from leydig.assessment.facts.facts import Facts
from leydig.protocol.condition import Condition
from leydig.protocol.reader import read_protocol
from leydig.protocol.vocabulary import AskedChange, AskedDay, WorkUpResult
from leydig.record.medicine import Medicine
from leydig.record.record import Record, Result, Treatment
from leydig.regimen import Regimen
from tests.assessment.men import EARLIER, START, after, man, result, treated

PROTOCOL = read_protocol("anastrozole")


def of(*results, treatments=(), on=START, born=None, protocol=PROTOCOL, medicines=()):
    return Facts(Record("male", born, tuple(results), treatments, medicines=medicines), protocol, on)


def given(*doses, on):
    """Return treatments that follow one another: each a text and the days from its start to its end, or None."""
    return tuple(
        Treatment(Regimen(text), after(first), None if last is None else after(last)) for text, first, last in doses
    )


# Levels ---------------------------------------------------------------------------------------------------------------


def test_a_result_of_the_day_itself_counts_and_one_of_tomorrow_does_not():
    facts = of(result("lh", 3.0, EARLIER), result("lh", 4.0, START), result("lh", 9.0, after(1)))
    assert facts.level("lh").low == 4.0


def test_the_baseline_is_the_last_result_up_to_the_first_day_of_treatment():
    course = given(("anastrozole 0.5 mg twice weekly", 3, None), on=START)
    labs = [result("lh", value, after(day)) for value, day in ((2.0, 0), (3.0, 3), (6.0, 4))]
    facts = of(*labs, treatments=course, on=after(10))
    assert facts.level("lh", AskedDay.BASELINE).low == 3.0
    assert facts.level("lh").low == 6.0


def test_without_treatment_the_last_result_is_the_baseline():
    assert of(result("lh", 2.0, EARLIER), result("lh", 3.0)).level("lh", AskedDay.BASELINE).low == 3.0


@pytest.mark.parametrize(("day", "years"), [((2026, 3, 1), 33), ((2026, 3, 2), 34), ((2026, 3, 3), 34)])
def test_age_changes_on_the_birthday(day, years):
    facts = of(on=dt.date(*day), born=dt.date(1992, 3, 2))
    assert facts.level("age").low == facts.level("age").high == years
    assert facts.level("age").text == f"{years} years"


def test_age_without_a_birth_date_is_the_last_that_was_recorded():
    assert of(Result("age", 40.0, EARLIER, "year"), Result("age", 41.0, START, "year")).level("age").low == 41.0
    assert of().level("age") is None


def test_the_ratio_is_that_of_the_last_day_on_which_both_were_drawn():
    labs = [result("testosterone", 300.0, EARLIER), result("estradiol", 30.0, EARLIER), result("testosterone", 900.0)]
    ratio = of(*labs).level("te2_ratio")
    assert (ratio.low, ratio.date) == (pytest.approx(10.0), EARLIER)
    assert of(result("testosterone", 900.0)).level("te2_ratio") is None


def test_a_ratio_that_is_worked_out_counts_before_one_that_was_recorded_on_its_day():
    labs = [
        result("testosterone", 300.0),
        result("estradiol", 30.0),
        Result("te2_ratio", 10.9, START, "ng/dL per pg/mL"),
    ]
    assert of(*labs).level("te2_ratio").low == pytest.approx(10.0)


def test_of_one_day_the_result_by_mass_spectrometry_counts():
    labs = [result("estradiol", 20.0, assay="LC-MS/MS"), result("estradiol", 31.0)]
    assert of(*labs).level("estradiol").low == 20.0
    assert [one.low for one in of(*labs).days("estradiol")] == [20.0]


# Questions ------------------------------------------------------------------------------------------------------------


def test_the_last_answer_counts_and_an_unasked_question_is_unknown():
    facts = of(Result("headache", True, EARLIER), Result("headache", False, START))
    assert facts.fact("headache") is False
    assert facts.fact("thrombosis") is None


def test_a_medicine_outranks_a_recorded_no_and_only_while_it_is_taken():
    records = [of(Result("opioids", False, START), on=START, medicines=(Medicine("tramadol 50 mg", EARLIER, stop),))
               for stop in (None, START)]  # fmt: skip
    assert [one.fact("opioids") for one in records] == [True, False]
    assert [one.medicines for one in records] == [("tramadol 50 mg",), ()]


@pytest.mark.parametrize(("age", "recent"), [(396, True), (397, False)])
def test_a_bone_scan_counts_for_thirteen_months(age, recent):
    assert of(result("spine_bmd", 1.0, START - dt.timedelta(age))).fact("spine_bmd.recent") is recent


def test_without_a_bone_scan_none_is_recent():
    assert of().fact("spine_bmd.recent") is False


def test_the_assay_is_that_of_the_last_estradiol_and_unknown_without_one():
    assert of(result("estradiol", 20.0, assay="LC-MS/MS")).fact("assay.specific") is True
    assert of(result("estradiol", 20.0)).fact("assay.specific") is False
    assert of().fact("assay.specific") is None


def test_causes_are_excluded_when_every_one_was_answered_with_no():
    answers = [Result(name, False, START) for name in PROTOCOL.checks]
    assert of(*answers).fact("causes.excluded") is True
    assert of(*answers[1:]).fact("causes.excluded") is None
    assert of(*answers[1:], Result(PROTOCOL.checks[0], True, START)).fact("causes.excluded") is False
    assert of(*answers[2:], Result(PROTOCOL.checks[0], True, START)).fact("causes.excluded") is False


def test_semen_is_low_by_any_limit_of_the_manual_once_a_count_is_known():
    assert of(result("sperm_concentration", 15.9)).fact("semen.low") is True
    assert of(result("sperm_concentration", 16.0)).fact("semen.low") is False
    assert of(result("sperm_concentration", 60.0), result("normal_forms", 3.9)).fact("semen.low") is True
    assert of(result("normal_forms", 3.0)).fact("semen.low") is None


@pytest.mark.parametrize(("drawn", "current"), [(9, False), (10, False), (11, True)])
def test_a_hematocrit_is_current_when_it_was_drawn_after_the_last_rise(drawn, current):
    course = given(("anastrozole 0.5 mg twice weekly", 0, 10), ("anastrozole 1 mg twice weekly", 10, None), on=START)
    facts = of(result("hematocrit", 45.0, after(drawn)), treatments=course, on=after(20))
    assert facts.fact("hematocrit.current") is current


def test_a_hematocrit_need_not_be_known_before_the_first_rise():
    assert of().fact("hematocrit.current") is True
    course = given(("anastrozole 0.5 mg twice weekly", 0, None), on=START)
    assert of(treatments=course, on=after(3)).fact("hematocrit.current") is False


def test_held_is_a_drug_that_was_given_and_is_not():
    stopped = given(("anastrozole 0.5 mg twice weekly", 0, 10), on=START)
    assert of(treatments=stopped, on=after(9)).fact("held.anastrozole") is False
    assert of(treatments=stopped, on=after(10)).fact("held.anastrozole") is True
    assert of(on=after(10)).fact("held.anastrozole") is False


def test_what_is_given_and_what_runs_beside_the_protocol():
    both = given(("anastrozole 0.5 mg twice weekly + tamoxifen 20 mg daily", 0, None), on=START)
    facts = of(treatments=both, on=after(3))
    assert [facts.fact(name) for name in ("treated", "on.anastrozole", "on.tamoxifen", "others.running")] == [True] * 4
    alone = of(treatments=given(("anastrozole 0.5 mg twice weekly", 0, None), on=START), on=after(3))
    assert [alone.fact(name) for name in ("on.tamoxifen", "others.running")] == [False, False]
    assert [of().fact(name) for name in ("treated", "on.anastrozole", "others.running")] == [False] * 3


# Numbers --------------------------------------------------------------------------------------------------------------


def test_rungs_now_and_before():
    course = given(("anastrozole 0.5 mg twice weekly", 0, 10), ("anastrozole 0.25 mg daily", 10, 20), on=START)
    on = of(treatments=course, on=after(15))
    assert (on.number("rung.anastrozole"), on.number("before.anastrozole")) == (2.0, 0.0)
    held = of(treatments=course, on=after(25))
    assert (held.number("rung.anastrozole"), held.number("before.anastrozole")) == (0.0, 2.0)


def test_months_count_the_days_of_treatment_alone():
    course = given(("anastrozole 0.5 mg twice weekly", 0, 10), ("anastrozole 0.5 mg twice weekly", 40, None), on=START)
    assert of(treatments=course, on=after(60)).number("months.treated") == pytest.approx(30 / 30.4375)


def test_weeks_since_androgens_are_those_of_the_last_course_and_never_without_one():
    courses = given(("testosterone enanthate 200 mg weekly", -100, -70), on=START)
    courses += given(("testosterone gel 50 mg daily", -60, -14), on=START)
    assert of(treatments=courses).number("androgens.weeks") == 2.0
    assert of().number("androgens.weeks") == math.inf


@pytest.mark.parametrize(
    ("before", "now", "change"), [(8.0, 20.0, 2.0), (20.0, 8.0, -2.0), (8.0, 9.9, 0.0), (None, 9.0, 0.0)]
)
def test_the_change_of_category_is_that_since_baseline(before, now, change):
    course = given(("anastrozole 0.5 mg twice weekly", 1, None), on=START)
    labs = [result("sperm_concentration", value, day) for value, day in ((before, START), (now, after(90)))
            if value is not None]  # fmt: skip
    facts = of(*labs, treatments=course, on=after(90))
    expected = None if before is None else change
    assert facts.number("semen.change") == expected
    assert of(*labs, on=after(90)).number("semen.change") is None


def test_a_category_needs_a_count():
    assert of().number("semen.category") is None
    assert of(result("sperm_concentration", 7.0)).number("semen.category") == 2.0


TWICE = (("anastrozole 0.5 mg twice weekly", 0, 30), ("anastrozole 0.25 mg daily", 30, 60), ("anastrozole 1 mg daily", 60, None))  # fmt: skip


@pytest.mark.parametrize(
    ("levels", "count"),
    [
        ({0: 60.0, 20: 60.0, 50: 60.0, 80: 60.0}, 3),
        ({0: 60.0, 20: 40.0, 50: 40.0, 80: 40.0}, 2),  # the first rise was answered, the later ones were not
        ({0: 60.0, 20: 60.0, 50: 60.0, 80: 53.9}, 0),  # a fall by more than a tenth answers
        ({0: 60.0, 20: 60.0, 50: 60.0, 80: 54.0}, 3),
        ({20: 60.0, 50: 60.0, 80: 60.0}, 2),  # nothing before the first rise
        ({0: 60.0, 20: 60.0, 50: 60.0}, 2),  # nothing after the last one
        ({0: 60.0, 13: 50.0}, 0),  # drawn a day too early for the first
        ({0: 60.0, 14: 60.0}, 1),
        ({}, 0),
    ],
)
def test_a_rise_that_estradiol_did_not_answer_is_counted_from_the_last(levels, count):
    labs = [result("estradiol", value, after(day)) for day, value in levels.items()]
    facts = of(*labs, treatments=given(*TWICE, on=START), on=after(90))
    assert facts.number("nonresponses.anastrozole") == count


@pytest.mark.parametrize(
    ("days", "words"),
    [(90, ""), (91, "older than 90 days"), (14, ""), (13, "less than 14 days after the change"), (None, "is missing")],
)
def test_results_decide_while_they_are_neither_old_nor_early(days, words):
    if days is None or days > 60:  # old: the dose was changed long before
        course, drawn, on = given(("anastrozole 0.5 mg twice weekly", -30, None), on=START), START, after(days or 90)
    else:
        course, drawn, on = given(("anastrozole 0.5 mg twice weekly", 0, None), on=START), after(days), after(40)
    labs = [result(name, 30.0, drawn) for name in PROTOCOL.titrates_on if days is not None or name != "estradiol"]
    facts = of(*labs, treatments=course, on=on)
    assert (facts.fact("labs.valid"), bool(facts.invalid())) == (not words, bool(words))
    assert all(words in one for one in facts.invalid())


def test_another_rung_is_tried_without_touching_the_man():
    facts = of(treatments=given(("anastrozole 0.5 mg twice weekly", 0, None), on=START), on=after(20))
    held = facts.with_rungs({"anastrozole": 0})
    assert (held.fact("on.anastrozole"), facts.fact("on.anastrozole")) == (False, True)
    top = len(PROTOCOL.components["anastrozole"].rungs)
    assert facts.with_rungs({"anastrozole": top}).fact("room.anastrozole") is False
    assert facts.fact("room.anastrozole") is True


# Conditions -----------------------------------------------------------------------------------------------------------


def test_known_is_whether_it_was_recorded_within_so_many_days():
    facts = of(result("psa", 1.0, START - dt.timedelta(30)))
    asked = [Condition("psa", known=True, within=days) for days in (0, 29, 30)]
    assert [facts.verdict(one) for one in asked] == [True, False, True]
    assert facts.verdict(Condition("psa", known=False, within=29)) is True
    assert facts.verdict(Condition("ldl", known=True)) is False


def test_what_is_worked_out_is_known_too_and_grows_old():
    facts = of(result("testosterone", 300.0, EARLIER), result("shbg", 30.0, EARLIER))
    age = (START - EARLIER).days
    asked = [Condition("free_testosterone", known=True, within=days) for days in (0, age - 1, age)]
    assert [facts.verdict(one) for one in asked] == [True, False, True]


def test_times_in_a_row_are_the_last_days_and_all_of_them():
    labs = [result("testosterone", value, START - dt.timedelta(days)) for value, days in ((500.0, 9), (290.0, 5))]
    low = Condition("testosterone", below=300.0, unit="ng/dL", times=2)
    assert of(*labs).verdict(low) is False
    assert of(*labs, result("testosterone", 280.0)).verdict(low) is True
    assert of(result("testosterone", 280.0)).verdict(low) is None


def test_a_bound_that_may_lie_on_either_side_is_unknown():
    facts = of(result("estradiol", 20.0, comparator="<"))
    assert facts.verdict(Condition("estradiol", below=30.0)) is True
    assert facts.verdict(Condition("estradiol", below=10.0)) is None
    assert facts.verdict(Condition("estradiol", at_least=25.0)) is False


def test_a_work_up_is_normal_or_abnormal():
    normal, found = (of(Result("karyotype", words, START)) for words in ("46,XY", "47,XXY"))
    asked = [Condition("karyotype", result=one) for one in (WorkUpResult.NORMAL, WorkUpResult.ABNORMAL)]
    assert [normal.verdict(one) for one in asked] == [True, False]
    assert [found.verdict(one) for one in asked] == [False, True]
    assert of().verdict(asked[0]) is None


def test_a_change_is_that_since_baseline_and_unknown_without_one_or_before_treatment():
    course = given(("anastrozole 0.5 mg twice weekly", 1, None), on=START)
    labs = (result("hematocrit", 45.0), result("hematocrit", 48.0, after(30)))
    facts = of(*labs, treatments=course, on=after(30))
    rise = Condition("hematocrit", at_least=3.0, change=AskedChange.DIFFERENCE)
    share = Condition("hematocrit", above=48.0 / 45.0, change=AskedChange.RATIO)
    assert (facts.verdict(rise), facts.verdict(share)) == (True, False)
    assert of(labs[0], treatments=course, on=after(30)).verdict(rise) is None
    assert of(labs[1], treatments=course, on=after(30)).verdict(rise) is None
    assert of(*labs, on=after(30)).verdict(rise) is None


def test_the_words_of_an_answer_say_where_a_yes_comes_from():
    facts = of(Result("opioids", False, EARLIER), medicines=(Medicine("tramadol 50 mg", EARLIER, None),))
    ((name, words, day),) = facts.holds(rule_of(Condition("opioids", answer=True))).inputs
    assert (name, words, day) == ("opioids", "yes (tramadol 50 mg); the recorded answer is no", EARLIER.isoformat())
    unsaid = of(medicines=(Medicine("tramadol 50 mg", EARLIER, None),))
    assert unsaid.holds(rule_of(Condition("opioids", answer=True))).inputs == (("opioids", "yes (tramadol 50 mg)", ""),)
    plain = of(Result("opioids", True, EARLIER)).holds(rule_of(Condition("opioids", answer=True)))
    assert plain.inputs == (("opioids", "yes", EARLIER.isoformat()),)


def test_what_a_rule_read_is_told_with_the_baseline_of_a_change():
    record, day = treated(hematocrit=48.0)
    facts = Facts(record, PROTOCOL, day)
    inputs = facts.holds(rule_of(Condition("hematocrit", at_least=3.0, change=AskedChange.DIFFERENCE))).inputs
    assert [row[1] for row in inputs] == ["45 % at baseline", "48 %"]
    assert facts.holds(rule_of(Condition("psa", known=True)), whole=True).inputs == (("psa", "not recorded", ""),)


def test_what_is_missing_is_named_once():
    two = rule_of(Condition("psa", above=4.0), Condition("psa", below=9.0), Condition("lh", below=9.0))
    found = Facts(man(lh=3.0), PROTOCOL, START).holds(two)
    assert (found.verdict, found.missing) == (None, ("psa",))


def rule_of(*conditions):
    """Return any rule of the protocol with other conditions."""
    return replace(PROTOCOL.rules[0], when=conditions)


@pytest.mark.parametrize(
    ("question", "lasts"),
    [("thrombosis", True), ("prostate_or_breast_cancer", True), ("osteoporosis", True), ("ischemic_heart_disease", True),
     ("vas_absent", True), ("genetic_cause", True), ("headache", False), ("infection", False), ("suicidal_thoughts", False),
     ("varicocele", False), ("opioids", False)],
)  # fmt: skip
def test_a_later_no_takes_back_no_diagnosis_of_the_past(question, lasts):
    yes, no = (Result(question, value, START - dt.timedelta(days)) for value, days in ((True, 400), (False, 0)))
    base = man(facts={question: None})
    view = Facts(base.with_results([yes, no]), read_protocol("anastrozole"), START)
    assert view.fact(question) is lasts
    assert Facts(base.with_results([no]), read_protocol("anastrozole"), START).fact(question) is False


def test_results_are_looked_through_once_however_many_there_are(monkeypatch):
    """A page of a man with thousands of results took seconds: each day of a ratio looked through all of them."""
    days = [START - dt.timedelta(day) for day in range(120)]
    record = man().with_results([result(name, 30.0, day) for day in days for name in ("testosterone", "estradiol")])
    looks, inner = [], Record.of
    monkeypatch.setattr(Record, "of", lambda self, name: looks.append(name) or inner(self, name))
    facts = Facts(record, read_protocol("anastrozole"), START)
    assert len(facts.days("te2_ratio")) == len(facts.days("te2_ratio")) >= 120
    assert len(looks) <= 6
