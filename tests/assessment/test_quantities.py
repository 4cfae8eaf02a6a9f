"""What a record holds is read: every quantity by a rule of every protocol, and what that changes for a man.

The limits of these rules stand in ``limits/recorded.toml``.
"""

import json

import numpy as np
import pytest
from assessment.men import EARLIER, NORMAL, START, man, treated
from protocol.test_lint import overlaid, planted
from typer.testing import CliRunner

from leydig.assessment.assess import assess
from leydig.assessment.facts.facts import Facts
from leydig.cli.main import app
from leydig.errors import UnknownName
from leydig.man.free_hormones import ALBUMIN_MOLAR_MASS, free_testosterone
from leydig.protocol.implied import FOLLOWS, implied_kind
from leydig.protocol.lint.lint import lint_file
from leydig.protocol.lint.reads import quantities_behind, reads, unread_quantities
from leydig.protocol.reader import names, read_protocol, regions
from leydig.protocol.semen import below_limits
from leydig.record.quantity import DERIVED, QUANTITIES, quantity
from leydig.record.record import Result

# The list ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["", *regions()])
@pytest.mark.parametrize("name", names())
def test_everything_that_can_be_recorded_is_read(name, region):
    assert unread_quantities(read_protocol(name, region)) == ()


def test_each_quantity_names_its_rules():
    read = reads(read_protocol("anastrozole", "aua"))
    assert set(read) == set(QUANTITIES)
    assert set(read["tsh"]) == {"PATTERN_THYROID", "ESTRADIOL_FIRST"} and read["hemoglobin"] == (
        "HB_CRITICAL",
        "HB_WARNING",
    )
    assert set(read["albumin"]) == {"GREY_LOW", "GREY_NORMAL"}  # by way of free testosterone
    assert "T0_LABS" in read["lh"] and "T0_LABS" not in read["fsh"]  # doses change on testosterone, estradiol, LH
    assert "IND_IDIOPATHIC" in read["infection"] and "IND_IDIOPATHIC" in read["sperm_vitality"]


@pytest.mark.parametrize(
    ("rule", "name"), [("HB_CRITICAL HB_WARNING", "hemoglobin"), ("SYMPTOMS_UNEXPLAINED", "imbalance")]
)
def test_lint_says_what_is_kept_for_nothing(rule, name, tmp_path):
    faults = [one for one in lint_file(planted(tmp_path, *overlaid(drop=rule.split()))) if one.kind == "unread"]
    assert len(faults) == 1 and name in faults[0].message


def test_the_shell_lists_what_a_record_may_hold():
    said = CliRunner().invoke(app, ["protocol", "reads", "gonadorelin", "--region", "aua", "--json"])
    found = {one["name"]: one for one in json.loads(said.stdout)}
    assert {name: tuple(one["rules"]) for name, one in found.items()} == reads(read_protocol("gonadorelin", "aua"))
    assert found["hemoglobin"]["units"] == ["g/dL", "g/L", "mmol/L"] and found["consent"]["kind"] == "fact"


def everything(without=()):
    """Return a record in which every level is known on one day, before and on treatment."""
    base, day = treated()
    units = {name: one.unit for name, one in QUANTITIES.items() if one.kind in ("analyte", "level", "score")}
    more = [Result(name, float(np.mean(QUANTITIES[name].possible)), day, unit)
            for name, unit in units.items() if name not in DERIVED and not base.of(name)]  # fmt: skip
    return base.with_results([one for one in more if one.name not in without]), day


def looked_up(name, monkeypatch):
    """Return which results a view looks up when it is asked for a name."""
    asked, results = set(), Facts.results
    monkeypatch.setattr(
        Facts, "_reason_for_yes", lambda view, question: ""
    )  # rules that answer a question read for themselves
    monkeypatch.setattr(Facts, "results", lambda view, one, at="latest": asked.add(one) or results(view, one, at))
    for without in ((), ("shbg",)):
        record, day = everything(without)
        record = type(record)(record.sex, record.born, tuple(one for one in record.results if one.name not in without),
                              record.treatments)  # fmt: skip
        view = Facts(record, read_protocol("anastrozole"), day)
        if name in QUANTITIES:
            view.level(name)
            view.level(name, "baseline")
        elif implied_kind(name) == "fact":
            view.fact(name)
        else:
            view.number(name)
    return asked


@pytest.mark.parametrize("name", [*DERIVED, *FOLLOWS, "labs.valid", "causes.excluded"])
def test_what_stands_behind_a_name_is_what_a_view_looks_up(name, monkeypatch):
    asked = looked_up("nonresponses.anastrozole" if name == "nonresponses" else name, monkeypatch)
    assert asked - {name} == quantities_behind(name, read_protocol("anastrozole")) - {name}


# Out of the catalogue, or read by way of another ---------------------------------------------------------------------


def test_what_no_laboratory_measures_is_not_recorded():
    with pytest.raises(UnknownName, match="intratesticular_testosterone"):
        quantity("intratesticular_testosterone")


def free_of(**more):
    """Return free testosterone [pmol/L] of a man of 290 ng/dL."""
    record = man(testosterone=290.0, **more)
    return lambda *results: (
        Facts(record.with_results(list(results)), read_protocol("anastrozole"), START).level("free_testosterone").low
        / quantity("free_testosterone").factor_from("pmol/L")
    )


@pytest.mark.parametrize(("albumin", "results"), [
    ("43 g/L", []), ("30 g/L", [Result("albumin", 30.0, START, "g/L")]), ("5 g/dL", [Result("albumin", 5.0, EARLIER, "g/dL")]),
])  # fmt: skip
def test_free_testosterone_is_that_of_his_albumin(albumin, results):
    expected = 1000.0 * free_testosterone("290 ng/dL", "25 nmol/L", albumin).free
    assert free_of()(*results) == pytest.approx(expected, rel=5e-3)


def test_free_testosterone_of_bioavailable_is_that_of_the_binding_equations():
    whole = free_testosterone("290 ng/dL", "25 nmol/L", "38 g/L")
    held = Result("bioavailable_testosterone", whole.bioavailable, START, "nmol/L")
    albumin = Result("albumin", 3.8, START, "g/dL")
    assert free_of(shbg=None)(held, albumin) == pytest.approx(1000.0 * whole.free, rel=1e-3)
    assert free_of(shbg=None)(held) < 0.95 * 1000.0 * whole.free  # more of it is held by the usual 43 g/L
    low = man(testosterone=290.0, shbg=None).with_results([Result("bioavailable_testosterone", 100.0, START, "ng/dL")])
    assert "GREY_LOW" in assess(low) and "GREY_NORMAL" not in assess(low)


def test_albumin_has_one_molar_mass():
    assert quantity("albumin").molar_mass == ALBUMIN_MOLAR_MASS


# What changes for the man --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "blocked"),
    [(17.5, "g/dL", False), (17.6, "g/dL", True), (176.0, "g/L", True), (175.0, "g/L", False)],
)
def test_hemoglobin_above_its_limit_stands_before_a_start(value, unit, blocked):
    found = assess(man().with_results([Result("hemoglobin", value, START, unit)]))
    assert (found.verdict, found.action) == (("not now", "do not start") if blocked else ("candidate", "start"))
    assert [one.rule for one in found.reasons] == (["HB_WARNING"] if blocked else [])


def test_the_limit_of_hemoglobin_is_its_laboratorys():
    high = Result("hemoglobin", 17.9, START, "g/dL", low=14.0, high=18.2)
    low = Result("hemoglobin", 172.0, START, "g/L", low=130.0, high=170.0)
    assert assess(man().with_results([high])).action == "start"
    assert assess(man().with_results([low])).action == "do not start"


@pytest.mark.parametrize(
    ("region", "value", "stops"),
    [("", 18.0, False), ("", 18.1, True), ("aua", 18.0, True), ("aua", 17.9, False), ("eau", 18.0, False)],
)
def test_hemoglobin_of_a_third_of_54_percent_stops(region, value, stops):
    record, day = treated(estradiol=30.0)
    found = assess(record.with_results([Result("hemoglobin", value, day, "g/dL")]), region=region, on=day)
    assert (found.action == "stop all") is stops
    limit = read_protocol("anastrozole", region)
    third = next(one for rule in limit.rules if rule.id == "HCT_CRITICAL" for one in rule.conditions).limits[0] / 3.0
    assert next(one for rule in limit.rules if rule.id == "HB_CRITICAL" for one in rule.conditions).limits == (third,)


@pytest.mark.parametrize(("value", "low"), [(53.9, True), (54.0, False), (80.0, False)])
def test_vitality_below_its_limit_is_low_semen(value, low):
    healthy = man(sperm_concentration=40.0, testosterone=700.0, estradiol=30.0, progressive_motility=35.0)
    found = assess(healthy.with_results([Result("sperm_vitality", value, START, "%")]))
    assert ("IND_IDIOPATHIC" in found) is low and ("PATTERN_IDIOPATHIC" in found) is low


@pytest.mark.parametrize(("edition", "limit"), [(2021, 54.0), (2010, 58.0)])  # fifth centiles of both editions
def test_living_sperm_have_the_limit_of_their_edition(edition, limit):
    assert below_limits({"sperm_vitality": limit - 0.1}, edition) == ("sperm_vitality",)
    assert below_limits({"sperm_vitality": limit}, edition) == ()


@pytest.mark.parametrize("name", sorted({*names()} - {"gonadotropins", "recovery"}))  # these go around the pituitary
def test_a_failed_pituitary_is_no_case_for_drugs_that_ask_it_for_more(name):
    low = man(testosterone=150.0, lh=0.5, fsh=0.6, facts={"pituitary_failure": True}, workup=NORMAL)
    found = assess(low, name)
    assert "PITUITARY_FAILED" in found and "hCG with FSH" in found["PITUITARY_FAILED"].clinical
    held = assess(man(facts={"pituitary_failure": True}), name)
    assert held.action == "do not start"
    blocking = {one.rule for one in held.reasons}
    assert blocking & ({"EX_PITUITARY"} if name == "gonadorelin" else {"PITUITARY_FAILED"})


def test_a_short_time_of_trying_is_said_and_blocks_nothing():
    early = man().with_results([Result("months_trying", 3.0, START, "month")])
    found = assess(early)
    assert found["COUPLE_EARLY"].severity == "warning" and found.action == "start"
    record, day = treated(base=early)
    assert "COUPLE_EARLY" not in assess(record, on=day)


def test_amh_says_nothing_where_a_genetic_cause_is_known_or_not_asked_for():
    known = {"sperm_concentration": 0.0, "fsh": 12.0}  # non-obstructive by its FSH
    amh = Result("amh", 2.0, START, "ng/mL")
    for answer in (True, None):
        assert "AMH_RETRIEVAL" not in assess(man(facts={"genetic_cause": answer}, **known).with_results([amh]))
    assert "AMH_RETRIEVAL" in assess(man(**known).with_results([amh]))


def test_symptoms_alone_are_no_reason_to_start():
    well = man(testosterone=600.0, estradiol=30.0, sperm_concentration=40.0)
    found = assess(well.with_results([Result("vitality", 9.0, START), Result("low_libido", 9.0, START)]))
    assert "SYMPTOMS_UNEXPLAINED" in found and "SYMPTOMS_LOW_T" not in found
    assert (found.verdict, found.action) == ("not now", "do not start")
