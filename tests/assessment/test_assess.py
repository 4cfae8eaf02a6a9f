"""Assessment: what stays unknown, how values are read, and what follows."""

import datetime as dt
from dataclasses import replace

import pytest
from assessment.men import START, man, result, treated

import leydig as ly
from leydig.assessment.assess import assess
from leydig.assessment.facts.facts import Facts
from leydig.assessment.finding import FindingKind
from leydig.protocol.reader import names, read_protocol, regions
from leydig.record.record import Override, Record, Result


def view(record, on=START, name="anastrozole"):
    return Facts(record, read_protocol(name), on)


# How values are read ------------------------------------------------------------------------------------


def test_a_censored_value_decides_only_what_it_can():
    low = man(estradiol=None).with_results([Result("estradiol", 15.0, START, "pg/mL", comparator="<")])
    assert assess(low)["IND_E2_HIGH"].status == "not met"
    ratio = view(low).level("te2_ratio")
    assert ratio.low == pytest.approx(280.0 / 15.0, rel=1e-6) and ratio.text == ">18.7"
    assert assess(low)["IND_RATIO_LOW"].status == "not met"
    wide = man(estradiol=None).with_results([Result("estradiol", 80.0, START, "pg/mL", comparator="<")])
    assert assess(wide)["IND_E2_HIGH"].status == "unknown"
    assert assess(wide)["IND_E2_HIGH"].changes == ("record estradiol",)


def test_mass_spectrometry_goes_first_on_one_day():
    both = man(estradiol=None).with_results([
        Result("estradiol", 65.0, START, "pg/mL", assay="immunoassay"), Result("estradiol", 50.0, START, "pg/mL", assay="LC-MS/MS")])  # fmt: skip
    assert view(both).level("estradiol").low == 50.0


def test_low_estradiol_by_immunoassay_is_to_be_confirmed():
    record, day = treated("anastrozole 1 mg every other day", estradiol=None)
    by = {assay: assess(record.with_results([Result("estradiol", 15.0, day, "pg/mL", assay=assay)]), on=day)
          for assay in ("immunoassay", "LC-MS/MS")}  # fmt: skip
    assert "E2_CONFIRM" in by["immunoassay"] and "E2_CONFIRM" not in by["LC-MS/MS"]


def test_a_ratio_is_worked_out_and_never_taken():
    with pytest.raises(ly.WrongUnit, match="expected testosterone and estradiol"):
        Result("te2_ratio", 8.0, START, "1")


def test_units_convert_and_wrong_ones_are_refused():
    assert Result("testosterone", 10.0, START, "nmol/L").standard_value == pytest.approx(288.42, rel=1e-3)
    with pytest.raises(ly.WrongUnit, match="without a unit"):
        Result("testosterone", 300.0, START)
    with pytest.raises(ly.WrongUnit, match="in 'IU/L'; expected ng/dL"):
        Result("testosterone", 300.0, START, "IU/L")
    with pytest.raises(ly.OutOfRange, match="Did you mean 45 %"):
        Result("hematocrit", 45.0, START, "L/L")


def test_an_absurd_reference_range_does_not_count():
    assert Result("lh", 3.0, START, "IU/L", low=0.0, high=0.0).sane_range is None
    assert Result("lh", 3.0, START, "IU/L", low=8.6, high=1.7).sane_range is None
    assert Result("testosterone", 10.0, START, "nmol/L", low=9.0, high=29.0).sane_range[0] == pytest.approx(
        259.6, rel=1e-3
    )


def test_the_grey_zone_asks_for_free_testosterone():
    assert "GREY_LOW" in assess(man(shbg=80.0))
    assert "GREY_NORMAL" in assess(man(shbg=15.0))
    neither = assess(man(shbg=None))
    assert "GREY_LOW" not in neither and "GREY_NORMAL" not in neither


@pytest.mark.parametrize(
    ("testosterone", "lh", "rule"),
    [
        (303.0, 9.4, "CLASS_EUGONADAL"),
        (302.0, 9.4, "CLASS_SECONDARY"),
        (302.0, 9.5, "CLASS_PRIMARY"),
        (303.0, 9.5, "CLASS_COMPENSATED"),
    ],
)
def test_the_four_classes(testosterone, lh, rule):
    classes = [one.rule for one in assess(man(testosterone=testosterone, lh=lh)).of("classification")]
    assert [one for one in classes if one.startswith("CLASS_")] == [rule]


@pytest.mark.parametrize(
    ("more", "facts", "rule"),
    [
        ({"estradiol": 65.0, "testosterone": 500.0}, {}, "PATTERN_HIGH_E2"),
        ({"bmi": 33.0}, {}, "PATTERN_OBESITY"),
        ({"testosterone": 90.0, "lh": 0.8, "fsh": 0.9}, {}, "PATTERN_HH"),
        ({"prolactin": 60.0}, {}, "PATTERN_PROLACTIN"),
        ({"fsh": 15.0, "lh": 12.0}, {}, "PATTERN_PRIMARY"),
        ({"lh": 0.3, "fsh": 0.3, "testosterone": 900.0}, {}, "PATTERN_ANDROGENS"),
        ({"sperm_concentration": 0.0, "testis_length": 5.0}, {}, "PATTERN_OBSTRUCTION"),
        ({"semen_volume": 0.8}, {"vas_absent": True}, "PATTERN_DUCT"),
    ],
)
def test_every_pattern_speaks(more, facts, rule):
    assert rule in assess(man(facts=facts, **more))
    assert rule not in assess(man())


@pytest.mark.parametrize(("sperm", "rules"), [(0.5, {"KARYOTYPE", "Y_DELETION"}), (3.0, {"KARYOTYPE"}), (8.0, set())])
def test_genetics_by_sperm_count_and_region(sperm, rules):
    asked = {"KARYOTYPE", "Y_DELETION"}
    assert {one.rule for one in assess(man(sperm_concentration=sperm)).of("work-up")} & asked == rules
    european = {one.rule for one in assess(man(sperm_concentration=3.0), region="eau").of("work-up")}
    assert asked <= european


# What follows -------------------------------------------------------------------------------------------


def test_every_finding_says_why_at_three_levels_with_source_and_certainty():
    for record, day in ((man(), START), treated(), treated(hematocrit=56.0, estradiol=8.0)):
        for name in names():
            for one in assess(record, name, on=day).findings:
                assert isinstance(one.kind, FindingKind) and one.plain and one.clinical and one.academic
                assert one.source and one.certainty
                assert "{" not in one.plain + one.clinical + one.academic


def test_a_criterion_says_what_would_change_it():
    for one in assess(man(estradiol=None)).of("eligibility"):
        assert one.changes or one.status == "met"


def test_what_is_not_met_never_reads_as_if_it_were():
    for one in assess(man()).of("eligibility"):
        said = (one.plain, one.clinical, one.academic)
        if one.status == "not met":
            assert one.clinical.startswith("Not met: ") and "does not apply" in one.plain and one.severity == "info"
        elif one.status == "met":
            assert not any(text.startswith("Not met") for text in said)


def test_a_baseline_criterion_shows_baseline_values_on_treatment():
    record, day = treated(testosterone=640.0, estradiol=22.0, base=man(estradiol=70.0))
    found = assess(record, on=day)["IND_E2_HIGH"]
    assert "280 ng/dL" in found.clinical and "70 pg/mL" in found.clinical


@pytest.mark.parametrize("days_old", [91, 200])
def test_old_results_ask_for_new_ones(days_old):
    record, day = treated(days=40)
    found = assess(record, on=day + dt.timedelta(days_old))
    assert found.action == "request labs" and "older than 90 days" in found["T0_LABS"].clinical


def test_a_change_waits_for_the_least_time():
    plan = replace(read_protocol("anastrozole"), minimum=40)
    record, day = treated(estradiol=65.0, days=21)
    found = assess(record, plan, on=day)
    assert (
        found.action == "continue"
        and found.now == found.next
        and "next change is possible from" in found["T5_UP"].clinical
    )


def test_safety_does_not_wait():
    plan = replace(read_protocol("anastrozole"), minimum=40)
    record, day = treated("anastrozole 1 mg every other day", estradiol=15.0, days=21)
    assert assess(record, plan, on=day).action == "step down anastrozole"


@pytest.mark.parametrize(
    ("now", "estradiol", "then"),
    [
        ("anastrozole 0.5 mg twice weekly", 65.0, "anastrozole 0.25 mg daily"),
        ("anastrozole 1 mg twice weekly", 65.0, "anastrozole 1 mg every other day"),
        ("anastrozole 1 mg every other day", 65.0, "anastrozole 1 mg every other day"),
        ("anastrozole 1 mg every other day", 15.0, "anastrozole 1 mg twice weekly"),
        ("anastrozole 0.5 mg twice weekly", 15.0, "nothing"),
    ],
)
def test_steps_follow_the_ladder(now, estradiol, then):
    record, day = treated(now, estradiol=estradiol)
    assert assess(record, on=day).next == then


def test_a_step_down_answers_the_results_that_it_was_made_on():
    """The last of two, though the results came after the first."""
    record, day = treated("anastrozole 0.5 mg twice weekly", 30, estradiol=15.0,
                          before=[("anastrozole 1 mg every other day", 0, 10), ("anastrozole 1 mg twice weekly", 10, 40)])  # fmt: skip
    assert assess(record, on=day + dt.timedelta(15)).action == "request labs"
    again = record.with_results([result("estradiol", 15.0, day + dt.timedelta(15))])
    assert assess(again, on=day + dt.timedelta(15)).action == "step down anastrozole"


def test_a_ceiling_may_be_raised_with_a_reason():
    record, day = treated("anastrozole 1 mg every other day", estradiol=65.0)
    own = replace(record, overrides=(Override("ceiling.anastrozole", 7.0, "trial dose agreed"),))
    found = assess(own, on=day)
    assert found.next == "anastrozole 1 mg daily" and "trial dose agreed" in found["OVERRIDE"].plain
    with pytest.raises(ly.BadRecord, match="ceiling.anastrozole"):
        assess(replace(record, overrides=(Override("ceiling.letrozole", 7.0, "why not"),)), on=day)


def test_hold_and_restart():
    held = treated("", 60, estradiol=25.0, before=[("anastrozole 1 mg every other day", 0, 30)])
    assert assess(held[0], on=held[1]).next == "anastrozole 0.25 mg daily"
    still = treated("", 60, estradiol=15.0, before=[("anastrozole 1 mg every other day", 0, 30)])
    assert assess(still[0], on=still[1]).action == "continue"
    low = treated("", 60, estradiol=25.0, before=[("anastrozole 0.5 mg twice weekly", 0, 30)])
    assert assess(low[0], on=low[1]).action == "refer"


def test_two_rises_without_answer_ask_why():
    record, day = treated("anastrozole 1 mg twice weekly", 80, estradiol=70.0, testosterone=400.0,
                          before=[("anastrozole 0.5 mg twice weekly", 0, 25), ("anastrozole 0.25 mg daily", 25, 50)])  # fmt: skip
    start = START + dt.timedelta(1)
    more = [result("estradiol", 71.0, start + dt.timedelta(20)), result("estradiol", 70.0, start + dt.timedelta(45))]
    found = assess(record.with_results(more), on=day)
    assert found.of("advice")[0].rule == "T10_NONRESPONSE"


@pytest.mark.parametrize(
    ("facts", "drug", "rule", "action"),
    [
        ({"visual_symptoms": True}, "clomiphene 25 mg daily", "VISION", "stop all"),
        ({"thrombosis": True}, "clomiphene 25 mg daily", "THROMBOSIS", "stop all"),
        ({"suicidal_thoughts": True}, "anastrozole 1 mg every other day", "SUICIDE", "stop all"),
        ({"headache": True}, "anastrozole 1 mg every other day", "PITUITARY_SIGNS", "stop all"),
        ({"pregnancy": True}, "anastrozole 1 mg every other day", "STOP_PREGNANCY", "stop all"),
        ({"breast_tenderness": True}, "anastrozole 1 mg every other day", "BREAST", "continue"),
        ({"athlete": True}, "anastrozole 1 mg every other day", "DOPING", "continue"),
        ({"partner_may_be_pregnant": True}, "anastrozole 1 mg every other day", "PARTNER", "continue"),
        ({"retrieval_planned": True}, "anastrozole 1 mg every other day", "RETRIEVAL", "continue"),
    ],
)
def test_alerts_of_answers(facts, drug, rule, action):
    name = "clomiphene" if "clomiphene" in drug else "anastrozole"
    record, day = treated(drug, facts=facts)
    found = assess(record, name, on=day)
    assert rule in found and found.action == action


@pytest.mark.parametrize(
    ("level", "rule", "stops"),
    [({"alt": 130.0}, "LIVER_CRITICAL", True), ({"alt": 90.0, "bilirubin": 3.0}, "LIVER_BILIRUBIN", True), ({"ldl": 195.0}, "LDL", False),
     ({"ldl": 135.0}, "LDL", False), ({"psa": 4.5}, "PSA", False), ({"testosterone": 1100.0}, "T_HIGH", False), ({"hematocrit": 48.5}, "HCT_RISE", False)],
)  # fmt: skip
def test_alerts_of_levels(level, rule, stops):
    record, day = treated("anastrozole 1 mg every other day", **level)
    found = assess(record, on=day)
    assert rule in found and (found.action == "stop all") == stops


def test_alerts_come_by_severity():
    record, day = treated(
        "anastrozole 1 mg every other day", hematocrit=56.0, testosterone=1100.0, ldl=195.0, facts={"athlete": True}
    )
    severities = [one.severity for one in assess(record, on=day).of("alert")]
    assert severities[0] == "critical" and severities == sorted(severities, key=["critical", "warning", "info"].index)


def test_later_results_do_not_count():
    record, day = treated()
    assert assess(record, on=START).text() == assess(replace(man(), treatments=()), on=START).text()
    assert assess(record, on=day).verdict == "on treatment"


def test_regions_are_laid_over_every_protocol():
    for name in names():
        for region in regions():
            assert read_protocol(name, region).region == region
    with pytest.raises(ly.UnknownName, match="region"):
        read_protocol("anastrozole", "mars")
    with pytest.raises(ly.UnknownName, match="Did you mean anastrozole"):
        read_protocol("anastrozol")


def test_an_empty_record_is_refused_in_words():
    with pytest.raises(ly.BadRecord, match="no dated result"):
        assess(Record("male"))


# What is unknown, who is refused first, and what a clinician may set -----------------------------------


@pytest.mark.parametrize("name", ["anastrozole", "anastrozole_clomiphene", "clomiphene", "gonadorelin"])
def test_what_is_unknown_is_missing_and_no_alarm(name):
    few = Record("male", START - dt.timedelta(34 * 365), (result("bmi", 27.0), result("hematocrit", 45.0)))
    for record in (few, man(), man(without=("estradiol", "lh"))):
        found = ly.assess(record, name)
        unknown = [one for one in found.findings if one.status == "unknown"]
        assert all(one.severity == "info" and one.missing for one in unknown)
    assert {one.severity for one in ly.assess(few, name).of("missing")} == {"info"}
    assert any(one.required for one in ly.assess(few, name).of("missing"))


def test_an_unknown_alarm_cannot_be_made():
    with pytest.raises(ValueError, match="no alarm"):
        ly.Finding("X", "missing", "x", "x", "x", "x", (), "brief", "unknown", "warning")


def test_who_may_not_be_assessed_is_refused_before_a_day_is_looked_for():
    with pytest.raises(ly.BadRecord, match=r"got a record that is refused \(SEX\).*'female'"):
        ly.assess(Record("female", dt.date(1990, 1, 1)))
    with pytest.raises(ly.BadRecord, match="does not say the sex"):
        ly.assess(Record(""))
    with pytest.raises(ly.BadRecord, match="no dated"):
        ly.assess(Record("male", dt.date(1990, 1, 1)))


def test_a_result_that_lies_ahead_is_refused_unless_that_day_is_asked_for():
    ahead = dt.date.today() + dt.timedelta(3650)
    record = man().with_results([result("estradiol", 30.0, ahead)])
    with pytest.raises(ly.BadRecord, match=f"got estradiol dated {ahead}"):
        ly.assess(record)
    assert ly.assess(record, on=START).on == START
    for on in (START.isoformat(), dt.datetime(2026, 3, 2)):
        assert ly.assess(record, on=on).on == START
    for on in ("soon", 5, True, dt.datetime(2026, 3, 2, 8, 30)):
        with pytest.raises(ly.BadRecord, match="got day of the assessment"):
            ly.assess(record, on=on)


@pytest.mark.parametrize("value", [1e9, 7.1, 0.0, -1.0, 0.9])
def test_a_ceiling_stays_on_the_ladder_of_its_protocol(value):
    record, day = treated()
    with pytest.raises(ly.BadRecord, match="expected 1 to 7 mg a week"):
        assess(replace(record, overrides=(Override("ceiling.anastrozole", value, "why"),)), on=day)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), True, "7", None])
def test_an_override_is_a_finite_number(value):
    with pytest.raises(ly.BadRecord, match=r"got override 'ceiling\.anastrozole'"):
        Override("ceiling.anastrozole", value, "why")


def test_a_target_is_possible_and_in_order():
    record, day = treated()
    for value, says in ((1e9, "expected"), (-5.0, "expected"), (5000.0, "lower bound first")):
        with pytest.raises(ly.BadRecord, match=says):
            assess(replace(record, overrides=(Override("target.testosterone.at_least", value, "why"),)), on=day)


def test_a_criterion_that_fails_at_its_first_part_shows_what_all_its_parts_read():
    found = assess(man(testosterone=600.0), "clomiphene")["IND_SECONDARY"]
    assert found.status == "not met" and {"testosterone", "lh"} <= {name for name, *_ in found.inputs}


def test_what_is_missing_before_treatment_is_named_in_its_title():
    assert assess(man(without=("testosterone",)), "clomiphene")["NEED_TESTOSTERONE"].title == (
        "Testosterone before treatment"
    )


def test_what_is_missing_before_treatment_is_named_beside_what_is_on_record():
    """One morning counts once: the other has still to be drawn."""
    none = assess(man(without=("testosterone",)), "clomiphene")["NEED_TESTOSTERONE"].clinical
    assert none.endswith("On record: nothing.")
    one = man()
    only = next(result for result in one.results if result.name == "testosterone")
    kept = tuple(result for result in one.results if result.name != "testosterone") + (only,)
    said = assess(replace(one, results=kept), "clomiphene")["NEED_TESTOSTERONE"].clinical
    assert said.endswith(f"On record: {only} ({only.date}).")


def test_of_many_results_on_record_the_last_ones_are_named():
    days = [START - dt.timedelta(day) for day in range(400, 600)]
    many = tuple(result("testosterone", 300.0, day) for day in days)
    said = assess(man(without=("testosterone",)).with_results(many), "clomiphene")["NEED_TESTOSTERONE"].clinical
    assert f"On record: 194 earlier; 300 ng/dL ({days[5]})" in said and said.count("300 ng/dL") == 6
