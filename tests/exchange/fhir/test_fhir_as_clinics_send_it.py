"""Bundles without the codes and days that FHIR would like: what a clinician can decide waits, and is not lost."""

import datetime as dt

import pytest
from fhir_samples import ADAM, LOINC, SNOMED, bundle, condition, observation

import leydig as ly

LOCAL = {"system": "urn:oid:1.2.3", "code": "TESTO", "display": "Testosterone, Total, LC/MS/MS"}


@pytest.mark.parametrize("code", [{"coding": [LOCAL]}, {"text": "Testosterone, Total, LC/MS/MS"}])
def test_a_result_with_words_alone_waits(code):
    content = bundle(observation(code=None) | {"code": code})
    found = ly.read_fhir(content)
    assert found.record.results == () and "read by its words as testosterone" in found.report.confirm[0].why
    (one,) = ly.read_fhir(content, confirm=[found.report.confirm[0].place]).record.results
    assert (one.name, one.value, one.unit) == ("testosterone", 355.0, "ng/dL")


def test_a_code_that_is_known_to_be_another_thing_is_not_read_by_its_words():
    coding = {"system": LOINC, "code": "2991-8", "display": "Testosterone"}
    found = ly.read_fhir(bundle(observation() | {"code": {"coding": [coding | {"code": "99999-9"}]}}))
    assert found.report.confirm == () and "nothing with the code 99999-9" in found.report.left[0].why
    words = {"text": "Hemoglobin A1c"}
    assert ly.read_fhir(bundle(observation() | {"code": words})).report.left[0].why == "it has no code"


def test_components_of_a_semen_analysis_without_codes_wait_one_by_one():
    parts = [{"code": {"text": "Volume"}, "valueQuantity": {"value": 3.1, "unit": "mL"}},
             {"code": {"text": "Motility (PR)"}, "valueQuantity": {"value": 22, "unit": "%"}},
             {"code": {"text": "Round cells"}, "valueQuantity": {"value": 1, "unit": "million/mL"}}]  # fmt: skip
    panel = observation(valueQuantity=None, component=parts) | {"code": {"text": "Semen analysis"}}
    found = ly.read_fhir(bundle(panel), confirm="all")
    assert [one.name for one in found.record.results] == ["semen_volume", "progressive_motility"]
    assert [one.what for one in found.report.left] == ["Round cells"]


@pytest.mark.parametrize(("text", "value"), [("<0.3 mIU/mL", (0.3, "<", "mIU/mL")), ("3.4 IU/L", (3.4, "", "IU/L"))])
def test_a_number_that_was_sent_as_text_is_read_and_told(text, value):
    lh = observation("10501-5", valueQuantity=None, valueString=text)
    found = ly.read_fhir(bundle(lh))
    (one,) = found.record.results
    assert (one.value, one.comparator, one.unit) == value
    assert f"read from its text, '{text}'" in found.report.repaired[0].why


@pytest.mark.parametrize("text", ["low", "3,4 IU/L", "3.4", "3.4 mg/dL", "1:10", "about 3 IU/L"])
def test_a_text_that_may_be_read_otherwise_is_left_out(text):
    found = ly.read_fhir(bundle(observation("10501-5", valueQuantity=None, valueString=text)))
    assert found.record.results == () and len(found.report.left) == 1


def test_a_diagnosis_without_a_day_waits_and_is_dated_when_it_is_confirmed():
    content = bundle(condition("64859006", SNOMED, recordedDate=None))
    found = ly.read_fhir(content)
    assert found.record.results == () and "it has no day" in found.report.confirm[0].why
    (one,) = ly.read_fhir(content, confirm="all").record.results
    assert (one.name, one.value, one.date) == ("osteoporosis", True, max(dt.date.today(), one.date))


def test_a_year_of_birth_needs_the_day_that_the_caller_says():
    content = bundle(observation(), patient=ADAM | {"birthDate": "1990"})
    with pytest.raises(ly.BadRecord, match="Give born="):
        ly.read_fhir(content)
    with pytest.raises(ly.BadRecord, match="got '1990'"):
        ly.read_fhir(content, born="1991-07-01")
    assert ly.read_fhir(content, born="1990-07-01").record.born == dt.date(1990, 7, 1)


def test_allergies_are_not_read_and_that_is_said():
    allergy = {
        "resourceType": "AllergyIntolerance",
        "patient": {"reference": "Patient/adam"},
        "code": {"text": "anastrozole"},
    }
    notes = ly.read_fhir(bundle(observation(), allergy)).report.notes
    assert any("look at his allergies" in one for one in notes)


def body(code, value, unit, **changes):
    return observation(code, value, unit, **changes)


def test_weight_and_height_are_the_body_mass_index_where_none_came():
    weight, height = body("29463-7", 98, "kg"), body("8302-2", 179, "cm", effectiveDateTime="2025-03-02")
    found = ly.read_fhir(bundle(weight, height))
    (one,) = found.record.results
    assert (one.name, one.value, one.unit, str(one.date)) == ("bmi", 30.6, "kg/m2", "2026-03-02")
    assert found.report.repaired[0].why == "worked out of 98 kg and 179 cm" and found.report.left == ()
    pounds = body("3141-9", 216, "[lb_av]"), body("8302-2", 70.5, "[in_i]")
    assert ly.read_fhir(bundle(*pounds)).record.results[0].value == 30.6


@pytest.mark.parametrize("others", [
    (body("8302-2", 179, "cm", effectiveDateTime="2026-03-03"),),  # a height of later
    (body("8302-2", 179, "cm", status="preliminary"),),
    (body("8302-2", 179, "cm", subject={"reference": "Patient/eve"}),),
    (body("8302-2", 179, "cm", subject=None),),
    (body("8302-2", 17.9, "cm"),),
    (),
])  # fmt: skip
def test_a_height_that_is_not_plainly_his_of_that_day_or_possible_is_not_used(others):
    found = ly.read_fhir(bundle(body("29463-7", 98, "kg"), *others))
    assert found.record.results == () and found.report.left


def test_an_index_that_came_is_not_worked_out_again():
    sent = body("39156-5", 31, "kg/m2")
    found = ly.read_fhir(bundle(body("29463-7", 98, "kg"), body("8302-2", 179, "cm"), sent))
    assert [one.value for one in found.record.results] == [31.0]
