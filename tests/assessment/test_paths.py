"""Paths after androgens, for a silent pituitary, and to the urologist: doses, dates, lint and a small trial."""

import datetime as dt
from dataclasses import replace

import pytest
from assessment.men import EARLIER, NORMAL, START, man, treated

from leydig.assessment.assess import assess
from leydig.assessment.facts.exposure import HALF_LIVES, UNKNOWN_AGENT, androgen_courses
from leydig.drugs import DRUGS
from leydig.protocol.lint.lint import lint_file
from leydig.protocol.reader import PROTOCOLS_FOLDER, names, read_protocol, regions
from leydig.protocol.vocabulary import RAISING
from leydig.record.medicine import Medicine
from leydig.record.record import Record, Result, Treatment
from leydig.regimen import Regimen
from leydig.trial.conduct.enrollment import enroll_batch
from leydig.trial.design.trial_file import trial_from

LOW = {"testosterone": 200.0, "lh": 0.5, "fsh": 0.8, "estradiol": 12.0, "sperm_concentration": 1.0}
CENTRAL = man(workup=NORMAL, **LOW)


def after_androgens(text, days, medicine=False, **levels):
    """Return the record of a man whose androgens ended so many days ago; None while they go on."""
    base = man(workup=NORMAL, **(LOW | levels))
    begin, end = START - dt.timedelta(500), None if days is None else START - dt.timedelta(days)
    given = () if medicine else (Treatment(Regimen(text), begin, end),)
    taken = (Medicine(text, begin, end),) if medicine else ()
    return Record(base.sex, base.born, base.results, given, medicines=taken)


# Doses, as the clinic's table has them --------------------------------------------------------------------------------

HCG = {(500, 2), (1000, 2), (2000, 2), (2000, 3), (2500, 3)}  # IU, times a week: 500 to 2500 IU, 2 to 3 times weekly
FSH = {(75, 2), (75, 3), (150, 3)}  # 75 to 150 IU, 2 to 3 times weekly


@pytest.mark.parametrize("name", ["gonadotropins", "recovery"])
@pytest.mark.parametrize(("drug", "doses"), [("hcg", HCG), ("follitropin", FSH)])
def test_doses_are_those_of_the_clinic(name, drug, doses):
    component = read_protocol(name).components[drug]
    amounts = {(rung.doses[0].amount, round(rung.weekly_total()[drug][0], 9)) for rung in component.rungs}
    assert amounts == {(float(dose), float(dose * times)) for dose, times in doses}
    assert component.top(component.ceiling) == len(component.rungs)


def test_hcg_begins_with_the_dose_of_the_trial_and_clomiphene_with_25_mg_daily():
    for name in ("gonadotropins", "recovery"):
        first = {drug: one.begin for drug, one in read_protocol(name).components.items()}
        assert str(read_protocol(name).regimen(first)) == "hcg 2000 IU twice weekly"
    rungs = read_protocol("recovery_clomiphene").components["clomiphene"].rungs
    assert [str(one) for one in rungs] == ["clomiphene 25 mg daily", "clomiphene 50 mg daily"]
    assert [str(one) for one in read_protocol("recovery").components["clomiphene"].rungs] == ["clomiphene 25 mg daily"]


# The wash-out -----------------------------------------------------------------------------------------------------------

DEPOTS = {
    "testosterone enanthate 250 mg every 2 weeks": 36,  # 5 x 7.12 d
    "testosterone cypionate 200 mg every 2 weeks": 19,  # 5 x 3.8 d
    "testosterone undecanoate 1000 mg every 10 weeks": 145,  # 5 x 29 d
    "testosterone gel 50 mg daily": 3,  # 5 x 0.6 d
}


@pytest.mark.parametrize(("text", "days"), DEPOTS.items())
@pytest.mark.parametrize("medicine", [False, True])
@pytest.mark.parametrize("name", names())
def test_every_protocol_waits_for_the_half_lives_of_the_depot(text, days, medicine, name):
    before = assess(after_androgens(text, days - 1, medicine), name, on=START)
    assert "EX_CLEARANCE" in [one.rule for one in before.reasons] and before.action == "do not start"
    assert (START + dt.timedelta(1)).isoformat() in before["EX_CLEARANCE"].clinical
    after = assess(after_androgens(text, days, medicine), name, on=START)
    assert "EX_CLEARANCE" not in after


def test_half_lives_are_read_from_the_catalogue():
    (course,) = androgen_courses(after_androgens("testosterone enanthate 250 mg every 2 weeks", 10), START)
    half_life = float(DRUGS["testosterone_enanthate"].half_life_days)
    assert course.half_lives == {"testosterone enanthate": half_life}
    assert course.washout_days - 1 < HALF_LIVES * half_life <= course.washout_days
    assert HALF_LIVES == 5 and UNKNOWN_AGENT == 91


@pytest.mark.parametrize(
    ("text", "days"),
    [("nandrolone 200 mg weekly", 91), ("testosterone 250 mg weekly", 91), ("testosterone enanthate and trenbolone", 91),
     ("testosterone undecanoate with stanozolol", 145), ("Testosterone Cypionate 100 mg", 19),
     ("testosterone enanthate, then testosterone undecanoate", 145)],
)  # fmt: skip
def test_an_agent_without_a_half_life_gets_three_months_as_a_proposal(text, days):
    (course,) = androgen_courses(after_androgens(text, 10, medicine=True), START)
    assert course.washout_days == days and course.washout_end == START + dt.timedelta(days - 10)
    assert ("a proposal" in course.washout) == (days == UNKNOWN_AGENT)


def test_an_end_that_is_known_by_an_answer_alone_is_a_course_too():
    answers = (
        Result("androgens", True, START - dt.timedelta(400)),
        Result("androgens", False, START - dt.timedelta(90)),
    )
    base = man(workup=NORMAL, facts={"androgens": None}, **LOW)
    record = Record(base.sex, base.born, (*base.results, *answers))
    assert "EX_CLEARANCE" in [one.rule for one in assess(record, "recovery", on=START).reasons]
    assert assess(record, "recovery", on=START + dt.timedelta(1)).action == "start"


def test_of_two_courses_the_one_that_is_washed_out_last_decides():
    """Gel that ended last week is gone; the depot before it is not."""
    base = after_androgens("testosterone undecanoate 1000 mg every 10 weeks", 60)
    gel = Treatment(Regimen("testosterone gel 50 mg daily"), START - dt.timedelta(50), START - dt.timedelta(7))
    both = Record(base.sex, base.born, base.results, (*base.treatments, gel))
    assert "EX_CLEARANCE" not in assess(after_androgens("testosterone gel 50 mg daily", 7), "recovery", on=START)
    found = assess(both, "recovery", on=START)
    assert found.action == "do not start"
    assert (START + dt.timedelta(145 - 60)).isoformat() in found["EX_CLEARANCE"].clinical


@pytest.mark.parametrize("turned", [False, True])
def test_a_course_that_goes_on_comes_after_one_that_ended(turned):
    base = after_androgens("testosterone undecanoate 1000 mg every 10 weeks", 300)
    gel = Treatment(Regimen("testosterone gel 50 mg daily"), START - dt.timedelta(50))
    given = (*base.treatments, gel)
    both = Record(base.sex, base.born, base.results, given[::-1] if turned else given)
    assert [one.stop is None for one in androgen_courses(both, START)] == [False, True]
    assert "EX_CLEARANCE" in [one.rule for one in assess(both, "recovery", on=START).reasons]


def test_while_it_goes_on_the_wash_out_is_named_in_days():
    found = assess(after_androgens("testosterone cypionate 200 mg every 2 weeks", None), "recovery", on=START)
    assert found.verdict == "contraindicated"
    assert "wash-out of 19 days from the first day without it" in found["EX_ANDROGENS"].clinical


@pytest.mark.parametrize("name", names())
def test_a_man_who_never_took_any_waits_for_nothing(name):
    found = assess(CENTRAL, name, on=START)
    assert "EX_CLEARANCE" not in found and "EX_ANDROGENS" not in found
    if name.startswith("recovery"):
        assert found.action == "do not start" and found["IND_RECOVERY"].status == "not met"


def test_recovery_says_that_most_men_need_nothing():
    said = assess(after_androgens("testosterone gel 50 mg daily", 30), "recovery", on=START)["RECOVERY_TIME"].clinical
    assert all(number in said for number in ("67 %", "90 %", "3.4 months", "9 months"))


# A silent pituitary -----------------------------------------------------------------------------------------------------


def test_expected_time_to_sperm_and_the_other_path_are_said():
    found = assess(CENTRAL, "gonadotropins", on=START)
    assert (
        found.action == "start"
        and "18 months" in found["TIME_TO_SPERM"].clinical
        and "6 on" in found["TIME_TO_SPERM"].clinical
    )
    assert "gonadorelin" in found["IND_HH"].clinical


@pytest.mark.parametrize("name", ["gonadorelin", "gonadotropins", "anastrozole", "clomiphene"])
def test_the_pituitary_is_looked_at_first(name):
    without = man(workup={one: what for one, what in NORMAL.items() if one != "pituitary_imaging"}, **LOW)
    found = assess(without, name, on=START)
    assert "HH_IMAGING" in [one.rule for one in found.reasons] and found.action == "do not start"
    assert "HH_IMAGING" not in assess(CENTRAL, name, on=START)


def test_a_held_ladder_and_lost_hcg_are_decided_by_hand():
    record, day = treated("", 60, CENTRAL, before=[("hCG 2000 IU twice weekly", 0, 20)], testosterone=400.0)
    found = assess(record, "gonadotropins", on=day)
    assert found.of("advice")[0].rule == "H_STOPPED" and found.action == "refer"


# Varicocele and obstruction: to the urologist, from every protocol -----------------------------------------------------

REFERRED = {
    "varicocele by grade": ("PATTERN_VARICOCELE", {"varicocele_grade": 1.0, "sperm_concentration": 8.0}, {}),
    "varicocele by answer": ("PATTERN_VARICOCELE", {"sperm_concentration": 8.0}, {"varicocele": True}),
    "obstruction": ("PATTERN_OBSTRUCTION", {"fsh": 7.6, "testis_length": 4.7, "sperm_concentration": 0.0}, {}),
    "duct by pH": ("PATTERN_DUCT", {"semen_volume": 1.3, "semen_ph": 7.1, "sperm_concentration": 8.0}, {}),
    "duct by fructose": ("PATTERN_DUCT", {"semen_volume": 1.3, "sperm_concentration": 8.0}, {"semen_fructose_low": True}),
    "absent vas": ("PATTERN_DUCT", {"sperm_concentration": 0.0}, {"vas_absent": True}),
}  # fmt: skip
NOT_REFERRED = {
    "sub-clinical varicocele": ("PATTERN_VARICOCELE", {"varicocele_grade": 0.0, "sperm_concentration": 8.0}, {}),
    "varicocele, normal semen": ("PATTERN_VARICOCELE", {"varicocele_grade": 2.0, "sperm_concentration": 30.0}, {}),
    "varicocele, azoospermia": ("PATTERN_VARICOCELE", {"varicocele_grade": 2.0, "sperm_concentration": 0.0}, {}),
    "FSH above 7.6": ("PATTERN_OBSTRUCTION", {"fsh": 7.7, "testis_length": 4.7, "sperm_concentration": 0.0}, {}),
    "short axis": ("PATTERN_OBSTRUCTION", {"fsh": 4.0, "testis_length": 4.6, "sperm_concentration": 0.0}, {}),
    "some sperm": ("PATTERN_OBSTRUCTION", {"fsh": 4.0, "testis_length": 4.7, "sperm_concentration": 0.1}, {}),
    "usual volume": ("PATTERN_DUCT", {"semen_volume": 1.4, "semen_ph": 7.1, "sperm_concentration": 8.0}, {}),
    "usual pH": ("PATTERN_DUCT", {"semen_volume": 1.3, "semen_ph": 7.2, "sperm_concentration": 8.0}, {}),
}  # fmt: skip
UNITS = {"varicocele_grade": "1", "semen_ph": "1"}


def shown(levels, facts, workup):
    plain = {name: value for name, value in levels.items() if name not in UNITS}
    extra = [Result(name, levels[name], EARLIER, UNITS[name]) for name in UNITS if name in levels]
    return man(facts=facts, workup=workup, **plain).with_results(extra)


@pytest.mark.parametrize("region", ["", *regions()])
@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("what", REFERRED)
def test_what_a_urologist_mends_is_referred_by_every_protocol(what, name, region):
    rule, levels, facts = REFERRED[what]
    found = assess(shown(levels, facts, NORMAL), name, region=region, on=START)
    assert found.action == "do not start" and rule in [one.rule for one in found.reasons]
    assert "urolog" in f"{found[rule].title} {found[rule].clinical}".lower()
    assert set(RAISING) <= {verb for one in read_protocol(name, region).rules if one.id == rule for verb in one.blocks}


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("what", NOT_REFERRED)
def test_what_is_no_case_for_a_urologist_is_not_referred(what, name):
    rule, levels, facts = NOT_REFERRED[what]
    assert rule not in assess(shown(levels, facts, NORMAL), name, on=START)


@pytest.mark.parametrize("name", names())
def test_a_closed_duct_asks_for_ultrasound_and_genes(name):
    rule, levels, facts = REFERRED["duct by fructose"]
    found = assess(shown(levels, facts, {}), name, on=START)
    assert {rule, "DUCT_ULTRASOUND", "CFTR_FIRST"} <= {one.rule for one in found.reasons}
    assert "CFTR" in found[rule].clinical and "transrectal ultrasound" in found[rule].clinical


# Lint, and a trial ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "drops",
    [["EX_CLEARANCE"], ["HH_IMAGING"], ["PATTERN_ANDROGENS"], ["PATTERN_VARICOCELE"], ["EX_ANDROGENS", "EXOGENOUS"]],
)
def test_lint_finds_the_path_left_open(drops, tmp_path):
    text = (PROTOCOLS_FOLDER / "recovery.toml").read_text(encoding="utf-8")
    for drop in drops:
        text = text.replace("drop = [", f'drop = ["{drop}", ').replace(
            f'[[rule]]\nid = "{drop}"\n', '[[rule]]\nid = "OTHER"\n'
        )
        if 'id = "OTHER"' in text:  # what was laid over the dropped rule goes with it
            head, _, rest = text.partition('[[rule]]\nid = "OTHER"\n')
            text = head + "[[rule]]" + rest.partition("[[rule]]")[2]
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    assert {"unguarded", "interaction"} & {one.kind for one in lint_file(path)}


def test_both_paths_drive_a_trial_of_hypogonadotropic_men():
    content = {
        "name": "paths", "n": 6, "months": 4, "seed": 5, "kind": "hypogonadotropic", "enrolled_by": "gonadotropins",
        "arm": [{"name": "first FSH", "protocol": "gonadotropins"}, {"name": "first clomiphene", "protocol": "recovery"}],
    }  # fmt: skip
    arms = enroll_batch(trial_from(content), 0, 8).arms
    said = {name: [one.action for visits in arm.visits for one in visits] for name, arm in arms.items()}
    assert "start follitropin" in said["first FSH"] and "start clomiphene" in said["first clomiphene"]
    given = {name: {drug for one in arm.doses for drug in one.drugs} for name, arm in arms.items()}
    assert given == {"first FSH": {"hcg", "follitropin"}, "first clomiphene": {"hcg", "clomiphene"}}


@pytest.mark.parametrize(
    ("drug", "hematocrit", "verb"),
    [
        ("", 46.0, "start"),
        ("", 55.0, "do not start"),  # an alarm that stops everything, and nothing to stop
        ("testosterone enanthate 100 mg weekly", 46.0, "do not start"),  # no alarm on what he takes
        ("testosterone enanthate 100 mg weekly", 55.0, "do not start"),
    ],
)
def test_what_he_takes_is_stopped_by_an_alarm_on_it_and_by_nothing_else(drug, hematocrit, verb):
    given = tuple(Treatment(Regimen(one), START - dt.timedelta(60)) for one in filter(None, [drug]))
    found = assess(replace(man(hematocrit=hematocrit), treatments=given), on=START)
    said = f"Stop what is given: {drug}."
    assert found.action == verb
    assert (
        (said in found.of("advice")[0].clinical)
        == (said in found.of("advice")[0].plain)
        == (bool(drug) and hematocrit > 54.0)
    )


def test_a_man_who_never_took_androgens_is_said_to_have_never_taken_them():
    value = next(
        text for one in assess(man(), on=START).findings for name, text, _ in one.inputs if name == "androgens.weeks"
    )
    assert value == "never"
