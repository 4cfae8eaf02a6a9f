"""Units and names as laboratories send them, days on which a clinic is open, and plans that are out of date."""

import datetime as dt
from dataclasses import replace

import pytest
from assessment.men import START, UNITS, man, treated

import leydig as ly
from leydig.assessment.assess import assess
from leydig.assessment.facts.facts import Facts
from leydig.assessment.visits import due_visits
from leydig.protocol.reader import names, read_protocol, regions
from leydig.record.quantity import QUANTITIES, quantity, synonyms
from leydig.record.record import Record, Result


def seen(*results, sex="male"):
    return Facts(Record(sex, dt.date(1990, 1, 1), tuple(results)), read_protocol("anastrozole"), START)


# Units ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(12.5, "(ng/dL)/(pg/mL)", 12.5), (12.5, "ng/dL per pg/mL", 12.5), (0.125, "(ng/mL)/(pg/mL)", 12.5),
     (125.0, "ng/ng", 12.5), (94.44, "mol/mol", 10.0), (0.09444, "(nmol/L)/(pmol/L)", 10.0)],
)  # fmt: skip
def test_a_ratio_with_its_units_is_the_ratio_of_the_rules(value, unit, expected):
    level = seen(Result("te2_ratio", value, START, unit)).level("te2_ratio")
    assert level.low == level.high == pytest.approx(expected, rel=1e-3) and unit in level.text


def test_by_substance_it_is_the_quotient_of_levels_in_si_units():
    levels = Result("testosterone", 12.0, START, "nmol/L"), Result("estradiol", 120.0, START, "pmol/L")
    recorded = seen(Result("te2_ratio", 100.0, START, "mol/mol")).level("te2_ratio")
    assert recorded.low == pytest.approx(seen(*levels).level("te2_ratio").low, rel=1e-3)


@pytest.mark.parametrize("unit", ["", "1", " "])
def test_a_bare_ratio_is_refused_and_told_how_to_say_it(unit):
    with pytest.raises(ly.WrongUnit, match=r"\(ng/dL\)/\(pg/mL\).*A bare ratio"):
        Result("te2_ratio", 12.5, START, unit)


def test_of_one_draw_the_ratio_that_is_worked_out_counts_and_one_that_contradicts_is_refused():
    record = man().with_results([Result("te2_ratio", 6.5, START, "(ng/dL)/(pg/mL)")])
    assert Facts(record, read_protocol("anastrozole"), START).level("te2_ratio").low == pytest.approx(280.0 / 45.0)
    later = record.with_results([Result("te2_ratio", 18.0, START + dt.timedelta(9), "(ng/dL)/(pg/mL)")])
    assert [one.low for one in Facts(later, read_protocol("anastrozole"), START + dt.timedelta(9)).days("te2_ratio")] == [
        pytest.approx(280.0 / 45.0), 18.0]  # fmt: skip
    wrong = assess(man().with_results([Result("te2_ratio", 62.0, START, "(ng/dL)/(pg/mL)")]))
    assert wrong.is_refused and "which is 6.22" in wrong.findings[0].clinical


def test_prolactin_in_milli_units_is_by_the_who_standard_and_gonadotropins_come_in_units():
    assert Result("prolactin", 424.0, START, "mIU/L").standard_value == pytest.approx(20.0, rel=1e-5)
    assert Result("lh", 4.0, START, "U/L").standard_value == Result("fsh", 4.0, START, "U/L").standard_value == 4.0


def test_free_testosterone_is_worked_out_in_the_unit_of_its_limit():
    record = man(testosterone=290.0, shbg=40.0)
    level = Facts(record, read_protocol("anastrozole"), START).level("free_testosterone")
    assert level.text.endswith(" pmol/L (calculated)")
    assert float(level.text.split()[0]) == pytest.approx(
        level.low / quantity("free_testosterone").factor_from("pmol/L"), rel=5e-3
    )


def test_what_is_worked_out_is_of_the_last_draw_that_has_all_of_it():
    later, last = START + dt.timedelta(40), START + dt.timedelta(80)
    draws = {START: (290.0, 40.0, 45.0, 4.0, 2.0, 3.2), later: (410.0, 20.0, 30.0, 9.0, 3.0, 4.8)}
    names = ("testosterone", "shbg", "estradiol", "sperm_concentration", "semen_volume", "albumin")
    units = ("ng/dL", "nmol/L", "pg/mL", "million/mL", "mL", "g/dL")

    def derived(days):
        results = [Result(*one, day, unit) for day in days for *one, unit in zip(names, draws[day], units, strict=True)]
        results.append(Result("testosterone", 600.0, last, "ng/dL"))  # alone: nothing follows from it
        record = man(without=names).with_results(results)
        facts = Facts(record, read_protocol("anastrozole"), last)
        return {name: facts.level(name) for name in ("free_testosterone", "te2_ratio", "total_sperm_count")}

    both, alone = derived(draws), derived([later])
    for name, value in both.items():
        assert (value.low, value.date) == (alone[name].low, later)
        assert value.low != derived([START])[name].low


def test_free_testosterone_follows_from_the_last_bioavailable_and_the_last_albumin():
    later = START + dt.timedelta(40)

    def free(*results):
        record = man(without=("testosterone", "shbg")).with_results([Result(*one) for one in results])
        return Facts(record, read_protocol("anastrozole"), later).level("free_testosterone")

    first, last = (
        ("bioavailable_testosterone", 80.0, START, "ng/dL"),
        ("bioavailable_testosterone", 150.0, later, "ng/dL"),
    )
    thin, thick = ("albumin", 3.2, START, "g/dL"), ("albumin", 4.8, later, "g/dL")
    both = free(first, last, thin, thick)
    assert (both.low, both.date) == (free(last, thick).low, later)
    assert len({both.low, free(last, thin).low, free(first, thick).low}) == 3


def test_a_value_is_said_as_recorded_and_in_the_unit_of_the_limit_that_judges_it():
    si = man(without=("testosterone", "estradiol")).with_results(
        [Result("testosterone", 8.1, START, "nmol/L"), Result("testosterone", 8.3, START - dt.timedelta(9), "nmol/L"),
         Result("estradiol", 250.0, START, "pmol/L")])  # fmt: skip
    assert "Estradiol 250 pmol/L (68.1 pg/mL)" in assess(si)["IND_E2_HIGH"].clinical
    free = man(testosterone=290.0).with_results([Result("free_testosterone", 50.0, START, "pg/mL")])
    said = next(one.clinical for one in assess(free).findings if "225 pmol/L" in one.clinical)
    assert "free testosterone 50 pg/mL (173 pmol/L), below 225 pmol/L" in said
    below = man(without=("estradiol",)).with_results([Result("estradiol", 30.0, START, "pmol/L", comparator="<")])
    assert "<30 pmol/L (<8.17 pg/mL)" in assess(below).text()


def test_a_value_in_the_unit_of_its_limit_is_said_once():
    assert "Estradiol 65 pg/mL," in assess(man(estradiol=65.0))["IND_E2_HIGH"].clinical


# Names ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "name"),
    [("oestradiol", "estradiol"), ("E2", "estradiol"), ("Haematocrit", "hematocrit"), ("T:E2", "te2_ratio"),
     ("Luteinising Hormone", "lh"), ("follicle-stimulating hormone", "fsh"), ("PRL", "prolactin")],
)  # fmt: skip
def test_names_of_laboratories_are_read(word, name):
    value, unit = (9.0, "(ng/dL)/(pg/mL)") if name == "te2_ratio" else (44.0, UNITS[name])
    assert Result(word, value, START, unit).name == name


def test_every_synonym_names_one_quantity_and_hides_none():
    assert set(synonyms().values()) <= set(QUANTITIES)
    hidden = {word for word, name in synonyms().items() if word in QUANTITIES and word != name}
    assert not hidden


# Days -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_no_visit_falls_on_a_weekend_or_out_of_its_window(name):
    given = str(
        read_protocol(name).regimen({drug: max(one.begin, 1) for drug, one in read_protocol(name).components.items()})
    )
    for shift in range(14):
        record, day = treated(given, days=20 + shift)
        for one in due_visits(Facts(record, read_protocol(name), day), read_protocol(name)):
            assert one.day.weekday() < 5 and one.day >= day
            middle = one.opens + dt.timedelta(one.visit.day - one.visit.opens)
            assert one.overdue or one.day > one.closes or one.opens <= one.day <= one.closes
            assert one.day < day + dt.timedelta(3) or abs((one.day - middle).days) <= 1


def test_a_visit_that_is_due_on_a_weekend_day_is_on_monday():
    record, day = treated(days=21)
    late = next(day + dt.timedelta(n) for n in range(150, 160) if (day + dt.timedelta(n)).weekday() == 5)
    assert assess(record, on=late).due == late + dt.timedelta(2)


# A plan out of date ---------------------------------------------------------------------------------------------------


def test_brief_S105_a_review_that_is_overdue_is_said_and_one_that_is_due_today_is_not():
    plan, record = read_protocol("anastrozole"), man()
    assert "PROTOCOL_REVIEW" not in assess(record, replace(plan, review=START))
    found = assess(record, replace(plan, review=START - dt.timedelta(1)))["PROTOCOL_REVIEW"]
    assert found.kind == "alert" and found.severity == "warning" and "2026-03-01" in found.clinical


@pytest.mark.parametrize("region", regions())
@pytest.mark.parametrize("name", names())
def test_a_region_has_a_title_of_its_own_and_takes_none_from_the_protocol(name, region):
    plan = read_protocol(name, region)
    assert plan.title == read_protocol(name).title != plan.region_title != "" and not read_protocol(name).region_title


# Directions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estradiol", "status"), [(8.0, "too far"), (19.9, "too far"), (20.0, "as expected"), (44.0, "unclear")]
)
def test_a_level_that_went_beyond_its_target_is_no_success(estradiol, status):
    record, day = treated(estradiol=estradiol)
    found = assess(record, on=day)["DIRECTION_ESTRADIOL"]
    assert found.status == status and found.severity == ("warning" if status == "too far" else "info")


def test_testosterone_above_its_target_is_no_success_either():
    record, day = treated(testosterone=1200.0)
    assert assess(record, on=day)["DIRECTION_TESTOSTERONE"].status == "too far"


@pytest.mark.parametrize(
    ("name", "unit", "value", "low", "high", "rule", "held"),
    [
        ("prolactin", "ng/mL", 17.0, None, 15.2, "PATTERN_PROLACTIN", True), ("prolactin", "ng/mL", 15.2, None, 15.2, "PATTERN_PROLACTIN", False),
        ("prolactin", "ng/mL", 22.0, None, 26.0, "PATTERN_PROLACTIN", False), ("prolactin", "ng/mL", 22.0, 2.0, None, "PATTERN_PROLACTIN", True),
        ("prolactin", "ng/mL", 17.0, None, 0.0, "PATTERN_PROLACTIN", False), ("prolactin", "mIU/L", 400.0, None, 324.0, "PATTERN_PROLACTIN", True),
        ("tsh", "mIU/L", 0.05, None, 4.5, "PATTERN_THYROID", True), ("tsh", "mIU/L", 0.35, 0.4, None, "PATTERN_THYROID", True),
        ("tsh", "mIU/L", 4.2, None, 4.0, "PATTERN_THYROID", True), ("tsh", "mIU/L", 5.0, 0.4, None, "PATTERN_THYROID", True),
        ("tsh", "mIU/L", 0.35, None, 4.5, "PATTERN_THYROID", False),
    ],
)  # fmt: skip
def test_a_limit_of_the_laboratory_counts_alone_too(name, unit, value, low, high, rule, held):
    """Many print one end: what they do not print is the usual limit."""
    base = man(without=("prolactin",))
    own = Result(name, value, START, unit, low=low, high=high)
    assert (rule in assess(base.with_results([own]))) == held
