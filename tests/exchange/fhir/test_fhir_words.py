"""Medicines of a bundle whose doses are not read: which drug they are is kept, however it was coded."""

import pytest

import leydig as ly
from leydig.record.medicine import classes_of, drugs_in

HIM = {"resourceType": "Patient", "id": "a", "gender": "male", "birthDate": "1990-02-01"}
ATC = "http://www.whocc.no/atc"


def medicine(**concept):
    """Return the words under which a statement without a dose is kept."""
    statement = {
        "resourceType": "MedicationStatement", "status": "active", "subject": {"reference": "Patient/a"},
        "medicationCodeableConcept": concept, "effectivePeriod": {"start": "2026-01-05"},
    }  # fmt: skip
    found = ly.read_fhir(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": HIM}, {"resource": statement}]}
    )
    return found.record.medicines[0].text


@pytest.mark.parametrize(
    ("code", "drug"), [("L02BA01", "tamoxifen"), ("L02BG03", "anastrozole"), ("G03GB02", "clomiphene")]
)
def test_a_code_alone_says_which_drug_of_the_catalogue_it_is(code, drug):
    assert drugs_in(medicine(coding=[{"system": ATC, "code": code}]))[0] == (drug,)


@pytest.mark.parametrize(
    ("code", "question"), [("G04CB01", "five_alpha_reductase_inhibitor"), ("G03BA03", "androgens")]
)
def test_a_code_of_a_class_is_judged_whatever_the_words_are(code, question):
    text = medicine(text="Tabletten wie besprochen", coding=[{"system": ATC, "code": code}])
    assert question in classes_of(text) and text.startswith("Tabletten")


def test_words_that_say_the_drug_are_kept_as_they_are():
    assert medicine(text="Nolvadex") == "Nolvadex"
    assert medicine(coding=[{"system": ATC, "code": "A10BA02", "display": "metformin"}]) == "metformin"
