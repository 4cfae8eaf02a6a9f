"""Requests and statements of medicines: which become treatments, which stay words, and which are neither."""

import datetime as dt

import pytest

import leydig as ly
from tests.exchange.fhir.fhir_samples import HIM, RXNORM, bundle, dosage, merge, request

START = dt.date(2026, 1, 5)  # a Monday
ATC = "http://www.whocc.no/atc"


def read(*resources, **options):
    return ly.read_fhir(bundle(*resources), **options)


def regimen(*resources, **options):
    found = read(*resources, **options)
    assert len(found.record.treatments) == 1 and not found.record.medicines, found.report
    return str(found.record.treatments[0].regimen)


def medicine(one):
    found = read(one)
    assert not found.record.treatments and len(found.record.medicines) == 1, found.report
    return found.record.medicines[0].text, found


def coded(system, code, text=None):
    concept = {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})
    return {"medicationCodeableConcept": concept}


@pytest.mark.parametrize(
    ("changes", "dose", "expected"),
    [
        (coded(RXNORM, "199224"), dosage(1), "anastrozole 1 mg daily"), (coded(RXNORM, "151124"), dosage(0.5, "1"), "anastrozole 0.5 mg daily"),
        (coded(RXNORM, "84857"), dosage(1, "mg"), "anastrozole 1 mg daily"), (coded(RXNORM, "200064"), dosage(1), "letrozole 2.5 mg daily"),
        (coded(RXNORM, "313195"), dosage(1), "tamoxifen 20 mg daily"), (coded(RXNORM, "1093060"), dosage(0.5), "clomiphene 25 mg daily"),
        (coded(ATC, "G03GA01"), dosage(1500, "[IU]", 2, 1, "wk"), "hcg 1500 IU twice weekly"),
        (coded(ATC, "H01CA01"), dosage(10, "ug", 1, 90, "min"), "gonadorelin 10 ug every 90 minutes"),
        ({"medicationCodeableConcept": {"text": "Anastrozole 1 MG Oral Tablet"}}, dosage(1), "anastrozole 1 mg daily"),
        ({"medicationCodeableConcept": {"text": "Arimidex"}}, dosage(1000, "ug"), "anastrozole 1 mg daily"),
        (coded(RXNORM, "199224"), dosage(1, "", 2), "anastrozole 1 mg twice daily"),
        (coded(RXNORM, "199224"), dosage(1, "{tablet}", 1, 2, "d"), "anastrozole 1 mg every other day"),
        (coded(RXNORM, "199224"), dosage(1, "{tablet}", 1, 8, "h"), "anastrozole 1 mg three times daily"),
        (coded(RXNORM, "199224"), dosage(1, "{tablet}", 1, 1, "wk"), "anastrozole 1 mg weekly"),
        (coded(RXNORM, "199224"), dosage(1, "{tablet}", 3, 1, "wk"), "anastrozole 1 mg three times weekly"),
        (coded(RXNORM, "199224"), dosage(1, "{tablet}", 7, 1, "wk"), "anastrozole 1 mg daily"),
        (coded(RXNORM, "199224"), dosage(1, timing={"repeat": {"dayOfWeek": ["tue", "fri"]}}), "anastrozole 1 mg on days 1, 4 of each week"),
        (coded(RXNORM, "199224"), dosage(1, timing={"repeat": {"timeOfDay": ["08:00:00", "20:00:00"]}}), "anastrozole 1 mg twice daily"),
        (coded(RXNORM, "199224"), dosage(1, timing={"repeat": {"count": 1}}), "anastrozole 1 mg once"),
        (coded(RXNORM, "199224"), dosage(1, timing={"code": {"coding": [{"code": "QOD"}]}}), "anastrozole 1 mg every other day"),
        (coded(RXNORM, "84857"), {"text": "0.5 mg twice weekly"}, "anastrozole 0.5 mg twice weekly"),
        (coded(RXNORM, "199224"), dosage(1, timing={"code": {"text": "bid"}}), "anastrozole 1 mg twice daily"),
        (coded(RXNORM, "199224"), dosage(1, route={"text": "Oral route"}), "anastrozole 1 mg daily"),
        (coded(ATC, "G03GA01"), dosage(1500, "[IU]", route={"text": "Subcutaneous"}), "hcg 1500 IU daily"),
        (coded(ATC, "G03GA01"), dosage(1500, "[IU]", route={"text": "Intramuscular route"}), "hcg 1500 IU im daily"),
    ],
)  # fmt: skip
def test_code_strength_and_timing_are_a_regimen(changes, dose, expected):
    assert regimen(request(**changes, dosageInstruction=[dose])) == expected


def test_doses_of_one_time_are_given_together():
    assert (
        regimen(request(dosageInstruction=[dosage(1), dosage(0.5)]))
        == "anastrozole 1 mg daily + anastrozole 0.5 mg daily"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dosageInstruction": None}, "got no dosage"), ({"dosageInstruction": [dosage(1, asNeededBoolean=True)]}, "as needed"),
        ({"dosageInstruction": [dosage(1, "mL")]}, "expected a dose of anastrozole in mg"),
        ({"dosageInstruction": [dosage(1, timing=None)]}, "as how often"),
        ({"dosageInstruction": [dosage(1, "{tablet}", 5, 1, "wk")]}, "expected 2, 3 or 7 in a week"),
        ({"dosageInstruction": [dosage(1, "{tablet}", 2, 3, "d")]}, "expected 1 where there are several doses"),
        ({"dosageInstruction": [dosage(1, timing={"repeat": {"frequency": 1, "period": 1, "periodUnit": "a"}})]}, "expected min or h"),
        ({"dosageInstruction": [dosage(1, timing={"repeat": {"frequency": 1, "period": 0, "periodUnit": "d"}})]}, "a whole number of doses"),
        ({"dosageInstruction": [dosage(1, timing={"repeat": {"frequency": 0, "period": 1, "periodUnit": "d"}})]}, "a whole number of doses"),
        ({"dosageInstruction": [dosage(1, timing={"repeat": {"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}})]}, "one frequency"),
        ({"dosageInstruction": [dosage(1, timing={"repeat": {"duration": 1, "period": 1, "periodUnit": "d"}})]}, "got duration"),
        ({"dosageInstruction": [dosage(1, sequence=1), dosage(2, sequence=2)]}, "follow one another"),
        ({"dosageInstruction": [dosage(20)]}, "ten times|10 times|label"),
        ({"dosageInstruction": [dosage(1, route={"text": "rectal"})]}, "expected oral"),
        (coded(RXNORM, "84857"), "expected a dose of anastrozole in mg"),  # an ingredient has no tablet
    ],
)  # fmt: skip
def test_doses_that_are_not_read_leave_the_words_and_say_so(changes, words):
    one = request(
        **(
            {"medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": "199224"}], "text": "Arimidex"}}
            | changes
        )
    )
    if changes.get("medicationCodeableConcept"):
        one["medicationCodeableConcept"]["text"] = "anastrozole"
    text, found = medicine(one)
    assert "incomplete" in found.report.repaired[0].why and text
    assert __import__("re").search(words, found.report.repaired[0].why), found.report.repaired


@pytest.mark.parametrize(
    "text", ["cabergoline 0.5 MG Oral Tablet", "Anastrozole 1 MG / Letrozole 2.5 MG Oral Tablet", "Testosterone"]
)
def test_what_is_no_drug_of_ours_is_a_medicine(text):
    assert medicine(request(medicationCodeableConcept={"text": text}))[0] == text


def test_a_code_and_a_name_that_mean_two_drugs_are_neither():
    one = request(**coded(RXNORM, "199224", "Letrozole 2.5 MG Oral Tablet"))
    assert medicine(one)[0] == "Letrozole 2.5 MG Oral Tablet"


@pytest.mark.parametrize("kind", ["contained", "entry"])
def test_a_medicine_may_be_referred_to(kind):
    code = coded(RXNORM, "199224")["medicationCodeableConcept"]
    other = {"resourceType": "Medication", "id": "m", "code": code}
    reference = {"medicationReference": {"reference": "#m" if kind == "contained" else "Medication/m"}}
    one = request(medicationCodeableConcept=None, **reference, contained=[other] if kind == "contained" else None)
    assert regimen(one, *([other] if kind == "entry" else [])) == "anastrozole 1 mg daily"


@pytest.mark.parametrize("status", ["cancelled", "draft", "entered-in-error", "nonsense"])
def test_what_is_no_order_is_left_out(status):
    found = read(request(status=status))
    assert not found.record.treatments and status in found.report.left[0].why


@pytest.mark.parametrize("intent", ["proposal", "plan", "option"])
def test_a_proposal_is_not_given(intent):
    found = read(request(intent=intent))
    assert not found.record.treatments and "it is no order" in found.report.left[0].why


@pytest.mark.parametrize("changes", [{"status": "on-hold"}, {"status": "unknown"}, {"status": None}, {"intent": None}])
def test_what_may_not_be_given_waits(changes):
    found = read(request(**changes))
    assert not found.record.treatments and len(found.report.confirm) == 1
    assert regimen(request(**changes), confirm="all") == "anastrozole 1 mg daily"


def test_what_is_over_has_an_end():
    bounds = {
        "frequency": 1,
        "period": 1,
        "periodUnit": "d",
        "boundsPeriod": {"start": "2026-01-06", "end": "2026-01-20"},
    }
    over = request(status="completed", dosageInstruction=[dosage(1, timing={"repeat": bounds})])
    (one,) = read(over).record.treatments
    assert (one.start, one.stop) == (dt.date(2026, 1, 6), dt.date(2026, 1, 21))  # the last day is included
    left = read(request(status="completed")).report.left
    assert "without its last day" in left[0].why
    lasting = bounds | {"boundsPeriod": None, "boundsDuration": {"value": 2, "code": "wk"}}
    lasting = {key: value for key, value in lasting.items() if value}
    (one,) = read(request(dosageInstruction=[dosage(1, timing={"repeat": lasting})])).record.treatments
    assert (one.start, one.stop) == (START, START + dt.timedelta(14))


def test_a_renewal_is_one_treatment_and_two_doses_of_one_drug_wait():
    renewal = request(authoredOn="2026-02-05")
    found = read(request(), renewal)
    (one,) = found.record.treatments
    assert one.start == START and one.stop is None and "renewed" in found.report.left[0].why
    both = read(request(), request(dosageInstruction=[dosage(0.5)]))
    assert not both.record.treatments and [one.place for one in both.report.confirm] == [
        "entry[1].resource",
        "entry[2].resource",
    ]
    (one,) = read(request(), request(dosageInstruction=[dosage(0.5)]), confirm=["entry[2].resource"]).record.treatments
    assert str(one.regimen) == "anastrozole 0.5 mg daily"


def test_a_statement_is_read_like_a_request():
    one = {"resourceType": "MedicationStatement", "status": "active", "subject": HIM, "effectivePeriod": {"start": "2026-01-05"},
           **coded(RXNORM, "199224"), "dosage": [dosage()]}  # fmt: skip
    assert regimen(one) == "anastrozole 1 mg daily"
    assert "it is not taken" in read(merge(one, {"taken": "n"})).report.left[0].why
    assert "not-taken" in read(merge(one, {"status": "not-taken"})).report.left[0].why
