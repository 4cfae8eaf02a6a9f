"""Public samples of FHIR, each with what it has to come to; none of them is copied here."""

import csv
import datetime as dt
import json

import pytest

import leydig as ly
from leydig.exchange.fhir.resources.observations import quantities_by_loinc
from leydig.product import PRODUCTS
from leydig.record.diagnosis import diagnosis
from tests.exchange.fhir.fhir_samples import SHARED, WHY

pytestmark = pytest.mark.skipif(SHARED is None, reason=WHY)
HIM = {"sex": "male", "born": "1975-05-05"}


def path(name):
    return SHARED / "fhir" / name


def codes():
    with (SHARED / "codes.csv").open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def values(record, name):
    return [(str(one.date), str(one)) for one in record.of(name)]


def test_a_report_dates_its_panels_and_they_their_members():
    content = json.loads(path("r4-example-bundle-ghp.json").read_text(encoding="utf-8"))
    patient = {"resourceType": "Patient", "id": "pat2", "gender": "male", "birthDate": "1975-05-05"}
    content["entry"].append({"resource": patient})
    found = ly.read_fhir(content)
    day = "2015-08-16"
    expected = {"hemoglobin": "176 g/L", "hematocrit": "55 %", "alt": "54 U/L", "ast": "30 U/L", "albumin": "42 g/L"}
    assert {one.name: values(found.record, one.name) for one in found.record.results} == {
        name: [(day, text)] for name, text in expected.items()
    }
    repair = next(one for one in found.report.repaired if "hematocrit" in one.what)
    assert "no UCUM code" in repair.why and "panel" in repair.why
    critical = [one.title for one in ly.assess(found.record).findings if one.severity == "critical"]
    assert "Hematocrit above 54 %" in critical


@pytest.mark.parametrize("name", ["r4-example-bundle-ghp", "r4-example-bundle-lipids", "us-core-observation-hematocrit",
                                  "r4-example-medicationrequest"])  # fmt: skip
def test_nobody_is_assumed_to_be_a_man(name):
    with pytest.raises(ly.BadRecord, match=f"^{name}.json: got no Patient; expected one"):
        ly.read_fhir(path(f"{name}.json"))


def test_lipids_are_read_by_their_unit_on_the_local_day():
    found = ly.read_fhir(path("r4-example-bundle-lipids.json"), **HIM)
    (ldl,) = found.record.results
    assert (ldl.name, str(ldl), ldl.date, ldl.time) == ("ldl", "4.6 mmol/L", dt.date(2011, 3, 4), dt.time(8, 30))
    assert "its code is of mg/dL" in found.report.repaired[0].why and len(found.report.left) == 3


@pytest.mark.parametrize(("name", "hematocrits", "results"), [("michael-kihn", 2, 11), ("rudolf-weber", 2, 9)])
def test_a_record_without_hormones_alarms_nobody(name, hematocrits, results):
    found = ly.read_fhir(path(f"r4-synthea-{name}.json"))
    assert len(found.record.of("hematocrit")) == hematocrits and len(found.record.results) == results
    assert not found.report.confirm and found.report.release == "R4"
    assert not found.record.of("testosterone")
    assert not [one for one in ly.assess(found.record).findings if one.status == "unknown" and one.severity != "info"]


def test_what_is_over_without_an_end_is_told_and_not_taken():
    left = ly.read_fhir(path("r4-synthea-rudolf-weber.json")).report.left
    assert sum("stopped without its last day" in one.why for one in left) == 4


@pytest.mark.parametrize(
    ("name", "observations", "expected"),
    [
        ("stu3-man-testosterone", 181, {"testosterone": [("2008-02-16", "355 ng/dL")]}),
        (
            "stu3-man-testosterone-hematocrit",
            193,
            {
                "testosterone": [("2014-07-29", "598 ng/dL"), ("2015-07-12", "462 ng/dL")],
                "free_testosterone": [("2014-07-29", "139 pmol/L"), ("2015-07-12", "125 pmol/L")],
                "hematocrit": [("2013-11-27", "46.9 %"), ("2014-07-29", "46.9 %"), ("2015-07-12", "48.2 %")],
            },
        ),
    ],
)
def test_an_unknown_status_waits_for_a_clinician(name, observations, expected):
    before = ly.read_fhir(path(f"{name}.json"))
    assert before.report.release == "STU3" and before.report.resources["Observation"] == observations
    assert not any(before.record.of(one) for one in expected)
    assert all("its status is unknown" in one.why for one in before.report.confirm)
    after = ly.read_fhir(path(f"{name}.json"), confirm="all")
    assert {one: values(after.record, one) for one in expected} == expected and not after.report.confirm


def test_an_interval_of_nothing_is_not_used():
    record = ly.read_fhir(path("stu3-man-testosterone-hematocrit.json"), confirm="all").record
    assert [one.sane_range for one in record.of("testosterone")] == [None, None]
    backward = ly.read_fhir(path("us-core-observation-hematocrit.json"), **HIM)
    assert backward.record.results[0].sane_range is None and "46 to 38" in backward.report.repaired[0].why


def test_a_woman_is_refused_at_the_door():
    with pytest.raises(ly.BadRecord, match=r"entry\[0\].resource.gender: got 'female'; expected male"):
        ly.read_fhir(path("stu3-woman-anastrozole.json"))


def test_her_orders_are_read_where_a_man_has_them():
    content = json.loads(path("stu3-woman-anastrozole.json").read_text(encoding="utf-8"))
    content["entry"][0]["resource"]["gender"] = "male"
    found = ly.read_fhir(content)
    (treatment,) = found.record.treatments
    assert str(treatment.regimen) == "anastrozole 1 mg daily" and treatment.start == dt.date(2003, 10, 23)
    assert len(found.record.medicines) == 3 and "MedicationDispense" in found.report.notes[1]
    assert any("prostate_or_breast_cancer" in one.why for one in found.report.confirm)


EXCUSED = {
    "testosterone_bioavailable_fraction": "a share; the level is recorded", "testosterone_free_fraction": "the same",
    "macroprolactin": "no question of a record", "dhea_s": "no rule reads it", "hcg": "no rule reads it",
    "psa_free_ratio": "a share; the level is recorded", "cholesterol_total": "only LDL is read",
    "cholesterol_total_molar": "the same", "hdl": "the same", "hdl_molar": "the same", "triglycerides": "the same",
    "triglycerides_molar": "the same", "alp": "no rule reads it", "creatinine": "no rule reads it",
    "hba1c": "no rule reads it", "vitamin_d_25oh": "no rule reads it", "vitamin_d3_25oh": "no rule reads it",
    "sperm_nonprogressive_motility": "progressive and total are read", "sperm_rapid": "the same", "sperm_slow": "the same",
    "sperm_immotile": "the same", "semen_leukocytes": "no question of a record", "semen_round_cells": "the same",
    "semen_liquefaction": "the same", "semen_fructose": "the question is whether it is low, by the laboratory's limit",
    "body_weight": "BMI is read", "body_height": "BMI is read", "bp_panel": "no rule reads it",
    "bmd_lumbar_t": "the lowest T-score of spine and hip is asked: the clinician says which it is",
    "bmd_hip": "the spine is read", "bmd_hip_t": "as bmd_lumbar_t", "bmd_hip_z": "the spine is read",
    "bmd_femur": "the spine is read", "bmd_femur_t": "as bmd_lumbar_t", "bmd_femur_z": "the spine is read",
    "bmd_radius_t": "neither spine nor hip", "karyotype": "its code is recalled, not confirmed",
}  # fmt: skip


def test_every_laboratory_code_is_a_quantity_or_excused():
    rows = codes()
    concepts = {row["concept"]: row["code"] for row in rows if row["system"].endswith("loinc.org") and row["code"]}
    names = quantities_by_loinc()
    assert {name for name, code in concepts.items() if code not in names} == set(EXCUSED)
    assert set(names) == {code for name, code in concepts.items() if name not in EXCUSED}


def test_every_drug_code_that_was_seen_is_on_its_drug():
    rows = codes()
    ours = {code for one in PRODUCTS.values() for code in (*one.codes.values(), *one.tablets)}
    drugs = ("rxnorm", "atc")
    lost = {row["concept"] for row in rows if row["system"].endswith(drugs) and row["code"] and row["code"] not in ours}
    assert lost == {"cabergoline_0_5mg_tab", "hmg_atc", "testosterone_atc"}  # none, or several, of our drugs


def test_diagnoses_that_exclude_were_seen():
    rows = {row["code"]: row["certainty"] for row in codes()}
    for terminology, code in [
        ("snomed", "128053003"),
        ("snomed", "64859006"),
        ("icd10", "N46.023"),
        ("icd10", "E22.1"),
    ]:
        assert rows[code] == "seen" and diagnosis(((terminology, code),), "").sure
