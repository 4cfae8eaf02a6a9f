"""CDS Hooks: what each service answers, and that a card says what `assess` says."""

import datetime as dt
import json
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leydig as ly
from leydig.errors import LeydigError
from leydig.exchange.fhir.resources.observations import quantities_by_loinc
from leydig.exchange.hooks.cards import LONGEST_SUMMARY, MOST_CARDS
from leydig.exchange.hooks.response import answer_hook
from leydig.exchange.hooks.services import discover_services
from tests.exchange.fhir.fhir_samples import ADAM, SHARED, WHY, bundle, dosage, merge, observation, request

DAY = dt.date(2026, 3, 2)
REVIEW, ORDER, DUE, ELIGIBLE = (
    "fertility-lab-review",
    "fertility-order-check",
    "fertility-monitoring-due",
    "fertility-eligibility",
)
LABS = [observation(), observation("4544-3", 55, "%"), observation("2243-4", 32, "pg/mL")]


def call(hook="patient-view", labs=LABS, patient=ADAM, **context):
    prefetch = {"patient": patient, "labs": bundle(*labs, patient=None), "problems": None}
    return {
        "hook": hook,
        "hookInstance": "d1577c69",
        "context": {"userId": "Practitioner/1", "patientId": "adam", **context},
        "prefetch": prefetch,
    }


def cards(service, content=None, **options):
    found = answer_hook(service, content or call(), on=DAY, **options)["cards"]
    assert len(found) <= MOST_CARDS and len({one["uuid"] for one in found}) == len(found)
    for one in found:
        assert one["summary"] and len(one["summary"]) <= LONGEST_SUMMARY and one["source"]["label"]
        assert one["indicator"] in ("info", "warning", "critical")
    json.dumps(found, allow_nan=False)
    return found


def order(draft, hook="order-sign", **context):
    return call(hook, draftOrders=bundle(draft, patient=None), **context)


def test_services_are_found_and_ask_for_every_code():
    found = discover_services()["services"]
    assert {(one["id"], one["hook"]) for one in found} == {
        (ELIGIBLE, "patient-view"), (DUE, "patient-view"), (REVIEW, "patient-view"), (ORDER, "order-select"), (ORDER, "order-sign")}  # fmt: skip
    assert all(code in one["prefetch"]["labs"] for one in found for code in quantities_by_loinc())


def test_a_card_says_what_an_assessment_says():
    record = ly.read_fhir(bundle(*LABS)).record
    findings = {one.title: one for one in ly.assess(record, on=DAY).findings}
    found = cards(REVIEW)
    assert found[0]["summary"] == "Hematocrit above 54 %" and found[0]["indicator"] == "critical"
    for card in found[:-1]:
        one = findings[card["summary"]]
        assert (
            one.clinical.replace("<", "&lt;").replace(">", "&gt;") in card["detail"]
            and card["indicator"] == one.severity
        )
        assert one.rule in card["detail"] and card["overrideReasons"] and "Off-label" not in card["summary"]
        assert all(link["url"].startswith("https://") for link in card["links"])
    assert "hematocrit 55 % (2026-03-02)" in found[0]["detail"]


def test_the_worst_comes_first_and_what_is_unknown_is_one_card():
    for service in (REVIEW, ELIGIBLE):
        found = cards(service)
        weights = [("info", "warning", "critical").index(one["indicator"]) for one in found]
        assert weights == sorted(weights, reverse=True)
        assert found[-1]["summary"].startswith("Not known: ") and found[-1]["indicator"] == "info"
        assert sum(one["summary"].startswith("Not known") for one in found) == 1


def test_nothing_known_alarms_nobody():
    found = cards(REVIEW, call(labs=[observation("39156-5", 27, "kg/m2")]))
    assert not [one for one in found if one["indicator"] == "critical"]


def test_the_same_call_gives_the_same_cards():
    assert cards(REVIEW) == cards(REVIEW)


@pytest.mark.parametrize(("patient", "words"), [
    (merge(ADAM, {"gender": "female"}), "expected male"), (merge(ADAM, {"birthDate": "2015-01-01"}), "expected 18 to 90"), (None, "one of the bundle"),
])  # fmt: skip
def test_who_is_not_assessed_gets_one_card(patient, words):
    (one,) = cards(REVIEW, call(patient=patient))
    assert one["indicator"] == "info" and words in one["detail"] and "Not assessed" in one["summary"]


def test_what_waits_is_said():
    found = cards(DUE, call(labs=[observation(), observation("2243-4", 32, "pg/mL", status="unknown")]))
    assert "1 entries wait" in found[-1]["summary"] and "estradiol" in found[-1]["detail"]


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_an_order_for_a_man_who_must_not_begin_is_answered(hook):
    draft = request(status="draft", intent="order", id="new")
    found = cards(ORDER, order(draft, hook, selections=["MedicationRequest/new"]))
    assert any(one["summary"].startswith("Do not start") for one in found)
    assert cards(ORDER, order(draft, hook, selections=["MedicationRequest/other"])) == []


def test_an_order_of_another_medicine_is_none_of_ours():
    assert cards(ORDER, order(request(medicationCodeableConcept={"text": "Acetaminophen 325 MG Oral Tablet"}))) == []


def test_an_order_whose_dose_is_not_read_is_not_judged_in_silence():
    (one,) = cards(ORDER, order(request(dosageInstruction=[dosage(1, asNeededBoolean=True)])))
    assert one["summary"].startswith("Not checked")


def test_an_order_changes_the_dose_that_is_given():
    labs = [observation(value=400, effectiveDateTime="2026-02-20")]
    content = order(request(authoredOn=None, dosageInstruction=[dosage(2)]), labs=labs)
    content["prefetch"]["medications"] = bundle(request(), patient=None)
    assert all("Not assessed" not in one["summary"] for one in cards(ORDER, content))


def test_text_of_a_record_does_not_act():
    content = call(labs=[*LABS, observation("2857-1", 2, "ng/mL", note=[{"text": "<script>"}])])
    assert "<script" not in json.dumps(cards(REVIEW, content))


@pytest.mark.parametrize(
    ("service", "content", "error"),
    [
        ("nothing", call(), ly.UnknownName),
        (REVIEW, call("order-sign"), ly.BadRecord),
        (REVIEW, {}, ly.BadRecord),
        (REVIEW, [], ly.BadRecord),
    ],
)
def test_what_is_no_call_is_refused(service, content, error):
    with pytest.raises(error, match="got .*; expected"):
        answer_hook(service, content, on=DAY)


@pytest.mark.skipif(SHARED is None, reason=WHY)
@pytest.mark.parametrize("number", [1, 3])
def test_published_calls_of_both_versions_are_read(number):
    content = json.loads((SHARED / "fhir" / f"cds-hooks-request-{number}.json").read_text(encoding="utf-8"))
    assert answer_hook(ORDER, content, on=DAY) == {"cards": []}


@pytest.mark.skipif(SHARED is None, reason=WHY)
@pytest.mark.parametrize("name", ["request-2", "response-4"])  # the first is a card, whatever its name
def test_published_answers_are_no_calls(name):
    content = json.loads((SHARED / "fhir" / f"cds-hooks-{name}.json").read_text(encoding="utf-8"))
    with pytest.raises(ly.BadRecord, match="got .*; expected"):
        answer_hook(REVIEW, content, on=DAY)


ODD = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.just([]),
    st.just({}),
    st.just([[None]]),
    st.just({"entry": [5]}),
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["hook", "context", "prefetch"]),
    st.sampled_from(["", "patient", "labs", "draftOrders", "medications", "selections", "patientId"]),
    ODD,
)
def test_a_broken_call_is_answered_or_refused(part, key, value):
    content = order(request())
    if key and isinstance(content[part], dict):
        content[part][key] = value
    else:
        content[part] = value
    try:
        answer_hook(ORDER, content, on=DAY)
    except LeydigError as error:
        assert "expected" in str(error)


def test_a_call_is_answered_in_time():
    labs = [observation(value=300 + n, effectiveDateTime=f"2025-{n % 12 + 1:02}-{n % 28 + 1:02}") for n in range(56)]
    cards(REVIEW, call(labs=labs))
    before = process_time()
    cards(REVIEW, call(labs=labs))
    assert process_time() - before < 0.25
