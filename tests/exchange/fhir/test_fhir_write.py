"""A record as a FHIR document: the classes of R4 accept it, and it reads back to the same record and the same advice."""

import datetime as dt
import json
import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leydig as ly
from leydig.exchange.fhir.write import check_fhir, fhir_bundle
from leydig.record import Override, Record, Result, Treatment
from leydig.record.medicine import Medicine
from leydig.record.quantity import QUANTITIES, QuantityKind

DAY = dt.date(2026, 3, 2)
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
WORDS = st.text(alphabet=string.ascii_letters + string.digits + " ,;()äé<>&\"'", min_size=1, max_size=20).map(
    lambda text: " ".join(text.split())
)  # fmt: skip
SAID = WORDS.filter(bool)
DAYS = st.dates(dt.date(2020, 1, 1), DAY)
REGIMENS = st.sampled_from([
    "anastrozole 1 mg daily", "anastrozole 0.5 mg twice weekly", "clomiphene 25 mg daily for 25 days", "letrozole 2.5 mg on days 1, 4 of each week",
    "hcg 1500 IU twice weekly + anastrozole 1 mg every other day from week 4", "gonadorelin 10 ug every 90 minutes", "tamoxifen 20 mg daily 3 weeks on 1 week off",
    "testosterone cypionate 100 mg weekly missing days 7, 14", "gonadorelin 96 ug/day continuous", "anastrozole 1 mg once", "follitropin 150 IU three times weekly",
]).map(ly.Regimen.parse)  # fmt: skip


@st.composite
def results(draw):
    one = QUANTITIES[draw(st.sampled_from([*QUANTITIES]))]
    time = draw(st.none() | st.times().map(lambda time: time.replace(microsecond=0)))
    plain = {"date": draw(DAYS), "time": time, "note": draw(st.just("") | SAID)}
    if one.kind == QuantityKind.FACT:
        return Result(one.name, draw(st.booleans()), **plain)
    if one.kind == QuantityKind.WORK_UP:
        return Result(one.name, draw(SAID.filter(lambda words: not one.is_outstanding(words))), **plain)
    unit = draw(st.sampled_from(one.units))
    scale = one.factor_from(unit)
    low, high = (end / scale for end in one.possible)
    value = draw(st.floats(low + 1e-9 * (high - low), high - 1e-9 * (high - low)))
    ends = draw(st.sampled_from([{}, {"low": low, "high": high}, {"high": value}, {"low": 0.0, "high": 0.0}]))
    return Result(one.name, value, unit="" if unit == one.unit == "1" else unit, comparator=draw(st.sampled_from(["", "<", ">"])),
                  assay=draw(st.just("") | st.just("LC-MS/MS") | SAID), **ends, **plain)  # fmt: skip


@st.composite
def spans(draw):
    start = draw(DAYS)
    return start, draw(st.none() | st.dates(start + dt.timedelta(1), dt.date(2026, 12, 31)))


@st.composite
def records(draw):
    found = {(one.name, one.date, one.time, one.assay): one for one in draw(st.lists(results(), max_size=8))}
    given_ = draw(st.none() | st.tuples(REGIMENS, spans()))
    medicines = draw(st.lists(st.tuples(SAID, spans()), max_size=2, unique_by=lambda one: one[0]))
    return Record(
        "male", dt.date(1980, 5, 6), tuple(found.values()), () if given_ is None else (Treatment(given_[0], *given_[1]),),
        tuple(Override(what, value, why) for what, value, why in draw(st.lists(st.tuples(SAID, st.floats(-1e6, 1e6), SAID), max_size=2))),
        tuple(draw(st.lists(SAID, max_size=2))), draw(st.just("") | SAID),
        tuple(Medicine(text, *span) for text, span in medicines),
    )  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(records())
def test_a_record_reads_back_the_same(record):
    content = json.loads(json.dumps(fhir_bundle(record, at=NOON), allow_nan=False))
    found = ly.read_fhir(content)
    assert found.record == record, found.report
    assert not found.report.confirm and not found.report.left


@settings(max_examples=12, deadline=None)
@given(records())
def test_the_classes_of_r4_accept_what_is_written(record):
    check_fhir(fhir_bundle(record, at=NOON))


RECORD = Record(
    "male", dt.date(1985, 3, 4),
    (Result("testosterone", 271.0, DAY, "ng/dL", dt.time(8, 10), assay="LC-MS/MS", low=300.0, high=1000.0),
     Result("estradiol", 5.0, DAY, "pg/mL", comparator="<"), Result("hematocrit", 46.0, DAY, "%"), Result("bmi", 28.7, DAY, "kg/m2")),
    (Treatment(ly.Regimen("anastrozole 0.5 mg twice weekly + hcg 1500 IU twice weekly"), dt.date(2026, 1, 5)),),
    (Override("ceiling.anastrozole", 2.0, "agreed"),), ("a child",), "A7", (Medicine("finasteride 1 mg daily", dt.date(2024, 1, 1)),),
)  # fmt: skip


def resources(content, kind):
    return [one["resource"] for one in content["entry"] if one["resource"]["resourceType"] == kind]


@pytest.mark.parametrize("protocol", ["anastrozole", "gonadotropins"])
def test_an_assessment_goes_along_and_is_the_same_of_what_is_read_back(protocol):
    record = replace(RECORD, overrides=()) if protocol != "anastrozole" else RECORD  # a number of that protocol alone
    assessment = ly.assess(record, protocol)
    content = fhir_bundle(record, assessment, NOON)
    check_fhir(content)
    again = ly.read_fhir(json.loads(json.dumps(content))).record
    assert again == record and ly.assess(again, protocol).text() == assessment.text()
    said = resources(content, "GuidanceResponse")
    assert [one["note"][0]["text"] for one in said] == [one.clinical for one in assessment.findings]
    unknown = [one["reasonCode"][0]["text"] for one in said if one["status"] == "data-required"]
    assert unknown == [one.title for one in assessment.findings if one.status == "unknown" or one.kind == "missing"]
    assert protocol in resources(content, "Provenance")[0]["entity"][0]["what"]["display"]


def test_planned_visits_have_their_window_and_a_proposal_is_no_order():
    assessment = ly.assess(RECORD)
    content = fhir_bundle(RECORD, assessment, NOON)
    visits = resources(content, "ServiceRequest")
    assert visits and all(one["occurrencePeriod"]["start"] < one["occurrencePeriod"]["end"] for one in visits)
    assert {
        one["intent"]
        for kind in ("ServiceRequest", "MedicationRequest", "CarePlan")
        for one in resources(content, kind)
    } == {"proposal"}
    assert assessment.next != assessment.now
    (proposal,) = resources(content, "MedicationRequest")
    assert proposal["medicationCodeableConcept"]["text"] == "human chorionic gonadotropin"


def test_each_dose_is_coded_for_others():
    first, second, third = resources(fhir_bundle(RECORD, at=NOON), "MedicationStatement")
    assert first["medicationCodeableConcept"]["coding"][0]["code"] == "84857"
    assert first["dosage"][0]["timing"]["repeat"] == {"frequency": 2, "period": 1, "periodUnit": "wk"}
    assert second["dosage"][0]["doseAndRate"][0]["doseQuantity"]["code"] == "[IU]"
    assert third["medicationCodeableConcept"] == {"text": "finasteride 1 mg daily"}


@pytest.mark.parametrize("text", ["anastrozole 1 mg daily", "hcg 1500 IU twice weekly", "anastrozole 1 mg every 8 hours", "letrozole 2.5 mg weekly",
                                  "anastrozole 1 mg once", "letrozole 2.5 mg on days 1, 4 of each week", "gonadorelin 10 ug every 90 minutes",
                                  "gonadorelin 96 ug/day continuous"])  # fmt: skip
def test_the_coded_dose_alone_says_the_same(text):
    """What another system reads, our extension taken away."""
    record = Record("male", dt.date(1985, 3, 4), treatments=(Treatment(ly.Regimen(text), DAY),))
    content = fhir_bundle(record, at=NOON)
    for one in resources(content, "MedicationStatement"):
        del one["extension"]
        one["dosage"][0].pop("text")
    assert ly.read_fhir(content).record == record


def test_a_molar_level_has_the_code_of_a_molar_level():
    record = Record(
        "male", dt.date(1985, 3, 4), (Result("testosterone", 9.4, DAY, "nmol/L"), Result("lh", 3.4, DAY, "mIU/mL"))
    )
    coded = [
        (one["code"]["coding"][0]["code"], one["valueQuantity"]["code"])
        for one in resources(fhir_bundle(record, at=NOON), "Observation")
    ]
    assert coded == [("14913-8", "nmol/L"), ("10501-5", "m[IU]/mL")]


def test_the_same_record_at_the_same_time_is_the_same_file(tmp_path):
    first, second = (
        ly.write_fhir(RECORD, tmp_path / name, assessment=ly.assess(RECORD), at=NOON) for name in ("a.json", "b.json")
    )
    assert first.read_bytes() == second.read_bytes() and ly.read_fhir(first).record == RECORD


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(ly.BadRecord, match="got sex 'female'; expected male"):
        ly.write_fhir(Record("female"), tmp_path / "a.json")
    with pytest.raises(ly.BadRecord, match="expected a Record"):
        ly.write_fhir({}, tmp_path / "a.json")
    with pytest.raises(ly.BadRecord, match="expected one with a time zone"):
        ly.write_fhir(RECORD, tmp_path / "a.json", at=dt.datetime(2026, 3, 2))
    with pytest.raises(ly.OutOfRange, match="json"):
        ly.write_fhir(RECORD, tmp_path / "a.xml")
    with pytest.raises(ly.BadRecord, match="got what FHIR R4 refuses"):
        check_fhir(
            {
                "resourceType": "Bundle",
                "type": "document",
                "entry": [{"resource": {"resourceType": "Patient", "gender": 5}}],
            }
        )


def test_a_refused_record_is_written_with_its_refusal():
    record = Record("male", dt.date(2015, 3, 4), (Result("lh", 3.4, DAY, "IU/L"),))
    content = fhir_bundle(record, ly.assess(record), NOON)
    check_fhir(content)
    assert (
        not resources(content, "CarePlan")
        and "Not for minors" in resources(content, "GuidanceResponse")[0]["reasonCode"][0]["text"]
    )
