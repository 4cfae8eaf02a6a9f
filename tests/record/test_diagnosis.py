"""Diagnoses by how their codes begin: dangerous ones wait for a clinician."""

import pytest

from leydig.record.diagnosis import diagnosis


@pytest.mark.parametrize(
    ("code", "fact"),
    [("I82.409", "thrombosis"), ("I26.99", "thrombosis"), ("C61", "prostate_or_breast_cancer"), ("I25.10", "ischemic_heart_disease"),
     ("R45.851", "suicidal_thoughts"), ("G47.33", "sleep_apnea"), ("Z86.711", "thrombosis"), ("Z86.718", "thrombosis"),
     ("Z85.46", "prostate_or_breast_cancer"), ("Z87.310", "osteoporosis"), ("Z98.52", "obstruction"), ("Q55.3", "vas_absent"),
     ("Z79.891", "opioids"), ("Z79.52", "opioids"), ("B26.0", "infection")],
)  # fmt: skip
def test_a_code_of_a_dangerous_family_waits_for_a_clinician(code, fact):
    """It was left out as a diagnosis that no question is about."""
    found = diagnosis((("icd10", code),), "")
    assert found.fact == fact and not found.sure


def test_the_code_of_another_diagnosis_answers_nothing():
    assert diagnosis((("icd10", "J06.9"),), "") is None
