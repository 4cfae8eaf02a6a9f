"""Protocols side by side for one man: each row is the protocol's own assessment, and mechanisms are the drugs' own."""

import dataclasses
import json
from collections import defaultdict

import numpy as np
import pytest
from assessment.men import NORMAL, START, man, treated
from typer.testing import CliRunner

import leydig as ly
from leydig.assessment.assess import assess
from leydig.assessment.mechanism import mechanisms
from leydig.assessment.side_by_side import VERDICTS, compare_protocols
from leydig.body.effects import PLACES, Action
from leydig.cli.main import app
from leydig.drug import Delivery
from leydig.drugs import DRUGS
from leydig.protocol.reader import names, read_protocol, regions
from leydig.record.files import as_json
from leydig.reports.pages.report import report

LOW = {"testosterone": 200.0, "lh": 0.5, "fsh": 0.8, "estradiol": 12.0, "sperm_concentration": 1.0}
CENTRAL = man(workup=NORMAL, **LOW)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "record.json"
    path.write_text(json.dumps(as_json(CENTRAL)), encoding="utf-8")
    return path


@pytest.mark.parametrize("region", ["", *regions()])
def test_each_row_is_what_the_protocol_says_by_itself(region):
    found = ly.compare_protocols(CENTRAL, region=region, on=START)
    assert {one.protocol for one in found.sides} == set(names())
    for one in found.sides:
        alone = assess(CENTRAL, one.protocol, region=region, on=START)
        assert (one.verdict, one.action, one.regimen) == (alone.verdict, alone.action, alone.next)
        assert one.blocked_by == alone.reasons
        assert one.advice.rule == (
            alone.reasons[0].rule or "NOT_STARTED" if alone.reasons else alone.of("advice")[0].rule
        )
    order = [VERDICTS.index(one.verdict) for one in found.sides]
    assert order == sorted(order)


def test_the_two_paths_of_a_silent_pituitary_stand_first_and_say_how_they_begin():
    found = compare_protocols(CENTRAL, on=START)
    assert {one.protocol for one in found.sides if one.verdict == "candidate"} == {"gonadorelin", "gonadotropins"}
    assert found["gonadotropins"].regimen == found["gonadotropins"].begins == "hcg 2000 IU twice weekly"
    assert found["clomiphene"].begins == "clomiphene 25 mg every other day" and found["clomiphene"].regimen == "nothing"
    failed = compare_protocols(man(workup=NORMAL, facts={"pituitary_failure": True}, **LOW), on=START)
    assert failed["gonadorelin"].verdict == "contraindicated" and failed["gonadotropins"].verdict == "candidate"
    assert [one.rule for one in failed["gonadorelin"].blocked_by][0] == "EX_PITUITARY"


def test_what_is_missing_is_named_for_the_protocol_that_needs_it():
    found = compare_protocols(man(facts={"pituitary_failure": None}, workup=NORMAL, **LOW), on=START)
    assert any("pituitary itself has failed" in what for what in found["gonadorelin"].missing)
    assert found["gonadotropins"].missing == ()
    bare = compare_protocols(man(without=("hematocrit",), workup=NORMAL, **LOW), on=START)
    assert all("hematocrit" in one.missing for one in bare.sides)


def test_a_man_on_treatment_is_on_it_under_the_protocol_that_holds_his_drug():
    record, day = treated("hCG 2000 IU twice weekly", 92, CENTRAL, testosterone=250.0, lh=0.2, fsh=0.3, estradiol=15.0)
    found = compare_protocols(record, on=day)
    on = {one.protocol: one for one in found.sides if one.verdict == "on treatment"}
    assert set(on) == {"gonadotropins", "recovery"} and on["gonadotropins"].begins == ""
    assert on["gonadotropins"].action == "step up hcg"
    assert "OTHERS_RUNNING" in [one.rule for one in found["gonadorelin"].blocked_by]


def test_chosen_protocols_and_files_of_ones_own_are_compared(tmp_path):
    own = tmp_path / "mine.toml"
    text = 'extends = "clomiphene"\ntitle = "Ours"\nversion = "1"\ndate = 2026-11-26\nreview = 2027-11-26\n'
    own.write_text(text, encoding="utf-8")
    found = compare_protocols(CENTRAL, ["gonadorelin", str(own)], on=START)
    assert {one.protocol for one in found.sides} == {"gonadorelin", "mine"}
    with pytest.raises(ly.UnknownName, match="gonadorelin"):
        compare_protocols(CENTRAL, ["gonadoreline"], on=START)


def test_who_is_refused_is_refused_by_each():
    woman = man(sex="female")
    assert {one.verdict for one in compare_protocols(woman, on=START).sides} == {"refused"}


# Mechanisms ----------------------------------------------------------------------------------------------------------


def test_every_field_of_an_action_has_one_place():
    assert set(PLACES) == {one.name for one in dataclasses.fields(Action)}


@pytest.mark.parametrize("name", DRUGS.names())
def test_a_mechanism_is_there_if_and_only_if_the_drug_acts_there(name):
    touched = set()
    for part in DRUGS[name].parts():
        drug = DRUGS[part]
        for dose in (0.3, 3.0):
            levels = defaultdict(float, dict.fromkeys(drug.chains(), dose))
            action = drug.action(levels, Delivery(dose * drug.infusible, dose * drug.pulsatile, 0.0625))
            touched |= {one for one in PLACES if float(np.asarray(getattr(action, one))) != 0.0}
    assert {one.field for one in mechanisms([name])} == touched != set()


def test_brief_S37_the_map_of_a_combination_shows_each_drug_where_it_acts():
    found = mechanisms(read_protocol("anastrozole_clomiphene").components)
    at = {one.organ: one.drug for one in found}
    assert at["fat and liver"] == "anastrozole" and at["hypothalamus and pituitary"] == "clomiphene"
    order = list(PLACES)
    assert [order.index(one.field) for one in found] == sorted(order.index(one.field) for one in found)
    alone = {one.organ for one in mechanisms(["anastrozole"])}
    assert len({one.organ for one in found}) > len(alone)  # multi-pronged


def test_brief_S37_a_new_drug_brings_its_own_mechanism(monkeypatch):
    import leydig.assessment.mechanism as care_mechanism

    class Both(type(DRUGS["hcg"])):
        def action(self, levels, delivery):
            return super().action(levels, delivery) + DRUGS["follitropin"].action(
                {"follitropin": levels["hcg"]}, delivery
            )

    monkeypatch.setattr(care_mechanism, "DRUGS", {"both": Both(), Both().name: Both()})
    care_mechanism._fields.cache_clear()
    try:
        assert [one.organ for one in mechanisms(["both"])] == ["Leydig cells", "Sertoli cells"]
    finally:
        care_mechanism._fields.cache_clear()


def test_brief_S50_mechanisms_of_all_protocols_stand_side_by_side():
    found = compare_protocols(CENTRAL, on=START)
    given = {drug for name in names() for drug in read_protocol(name).components}
    assert {one.drug for one in found.mechanisms} == given
    assert found.protocols_with("hcg") == ("gonadotropins", "recovery") and found.protocols_with("gonadorelin") == (
        "gonadorelin",
    )


def test_brief_S37_the_report_shows_where_the_drugs_of_the_regimen_act(tmp_path):
    page = report(CENTRAL, "gonadotropins", on=START, out=tmp_path / "page.html").read_text(encoding="utf-8")
    section = page.partition("Where the drugs act")[2].partition("</table>")[0]
    assert "Leydig cells" in section and "hCG" in section and "Sertoli" not in section and "aromatase" not in section


# The command ---------------------------------------------------------------------------------------------------------


def called(*words):
    done = CliRunner().invoke(app, ["protocol", "compare", *map(str, words)])
    return done.exit_code, done.output


def test_the_command_prints_every_protocol_with_what_blocks_it(file):
    code, said = called(file, "--on", START)
    assert code == 0 and all(name in said for name in ("gonadotropins", "recovery", "candidate", "not now"))
    assert (
        "blocked by" in said and "missing for it" in said and "Leydig cells" in said and "the clinician decides" in said
    )


def test_the_command_as_json_is_the_function(file):
    code, said = called(
        file, "--on", START, "--json", "--region", "eau", "--protocol", "gonadorelin", "--protocol", "recovery"
    )
    found = compare_protocols(CENTRAL, ["gonadorelin", "recovery"], region="eau", on=START)
    assert code == 0 and json.loads(said) == json.loads(json.dumps(found.as_json()))
    assert {"verdict", "action", "advice", "regimen", "begins", "blocked_by", "missing"} <= set(
        json.loads(said)["protocols"][0]
    )


def test_the_command_speaks_on_the_level_that_is_asked_for(file):
    words = {level: called(file, "--on", START, "--level", level, "--protocol", "gonadotropins")[1] for level in
             ("plain", "clinical", "academic")}  # fmt: skip
    assert len(set(words.values())) == 3 and called(file, "--level", "loud")[0] == 2


def test_the_command_refuses_with_three(tmp_path):
    path = tmp_path / "woman.json"
    path.write_text(json.dumps(as_json(man(sex="female"))), encoding="utf-8")
    assert called(path, "--on", START)[0] == 3
