"""One rule of reading FHIR at a time, on the smallest bundle that shows it."""

import datetime as dt
import json

import pytest

import leydig as ly
from tests.exchange.fhir.fhir_samples import ADAM, HIM, LOINC, SNOMED, UCUM, bundle, condition, merge, observation

DAY = dt.date(2026, 3, 2)


def read(*resources, **options):
    return ly.read_fhir(bundle(*resources), **options)


def only(*resources, **options):
    found = read(*resources, **options)
    assert len(found.record.results) == 1, found.report
    return found.record.results[0]


def why_left(*resources):
    found = read(*resources)
    assert not found.record.results and not found.report.confirm, found.report
    return " ".join(one.why for one in found.report.left)


def waiting(*resources):
    found = read(*resources)
    assert not found.record.results, found.report
    return [(one.place, one.why) for one in found.report.confirm]


# Who ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gender": "female"}, "got 'female'; expected male"),
        ({"gender": "other"}, "got 'other'; expected male"),
        ({"gender": "unknown"}, "got 'unknown'; expected male"),
        ({"gender": None}, "got no gender; expected male"),
        ({"gender": 1}, "got 1; expected text"),
        ({"birthDate": None}, "got no birthDate; expected one"),
        ({"birthDate": "1990"}, "got '1990'; expected a day of birth, or one that the caller says"),
        ({"birthDate": "1990-02-30"}, "got '1990-02-30'; expected a day that exists"),
        ({"birthDate": "2008-03-03"}, "17 years old on 2026-03-02; expected 18 to 90"),
        ({"birthDate": "1935-03-01"}, "91 years old on 2026-03-02; expected 18 to 90"),
    ],
)
def test_sex_and_age_are_refused_first(changes, words):
    with pytest.raises(ly.BadRecord, match=words):
        ly.read_fhir(bundle(observation(), patient=merge(ADAM, changes)))


@pytest.mark.parametrize("born", ["2008-03-02", "1935-03-03"])
def test_the_ages_of_the_model_include_their_ends(born):
    assert ly.read_fhir(
        bundle(observation(), patient=merge(ADAM, {"birthDate": born}))
    ).record.born == dt.date.fromisoformat(born)


def test_who_is_known_otherwise_may_be_said():
    found = ly.read_fhir(
        bundle(observation(), patient=merge(ADAM, {"gender": None, "birthDate": "1990"})), sex="male", born="1990-02-01"
    )
    assert found.record.born == dt.date(1990, 2, 1)
    with pytest.raises(ly.BadRecord, match="expected male"):
        ly.read_fhir(bundle(observation(), patient=merge(ADAM, {"gender": "female"})), sex="male")


def test_of_several_one_is_named():
    two = bundle(merge(ADAM, {"id": "bert", "birthDate": "1980-01-01"}), observation())
    with pytest.raises(ly.BadRecord, match=r"got 2 Patients \(adam, bert\); expected one man"):
        ly.read_fhir(two)
    assert len(ly.read_fhir(two, patient="adam").record.results) == 1
    found = ly.read_fhir(two, patient="bert")
    assert found.record.born == dt.date(1980, 1, 1) and "about Patient/adam" in found.report.left[0].why


@pytest.mark.parametrize("subject", [{"reference": "Patient/eve"}, {"reference": "Group/adam"}])
def test_what_is_about_another_is_left_out(subject):
    assert "it is about" in why_left(observation(subject=subject))
    assert "focus" in why_left(observation(focus=[{"reference": "RelatedPerson/eve"}]))


def test_what_does_not_say_whose_it_is_waits():
    assert waiting(observation(subject=None)) == [("entry[1].resource", "it does not say whose it is")]


# Results --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "value", "unit", "name", "text"),
    [
        ("2986-8", 271, "ng/dL", "testosterone", "271 ng/dL"), ("14913-8", 9.4, "nmol/L", "testosterone", "9.4 nmol/L"),
        ("14715-7", 117, "pmol/L", "estradiol", "117 pmol/L"), ("10501-5", 3.4, "m[IU]/mL", "lh", "3.4 mIU/mL"),
        ("15067-2", 4.8, "[IU]/L", "fsh", "4.8 IU/L"), ("9780-8", 16, "10*6/mL", "sperm_concentration", "16 10*6/mL"),
        ("9780-8", 16, "10*9/L", "sperm_concentration", "16 10*9/L"), ("4544-3", 0.47, "L/L", "hematocrit", "0.47 L/L"),
        ("59260-0", 9.1, "mmol/L", "hemoglobin", "9.1 mmol/L"), ("15081-3", 212, "m[IU]/L", "prolactin", "212 mIU/L"),
        ("3016-3", 1.5, "u[IU]/mL", "tsh", "1.5 uIU/mL"), ("85394-5", -1.5, "{Z-score}", "spine_z_score", "-1.5"),
        ("44261-6", 7, "{score}", "low_mood", "7"), ("10587-4", 3, "d", "abstinence", "3 d"),
        ("83104-0", 20, "pmol/L", "amh", "20 pmol/L"), ("3016-3", 1.5, "mU/L", "tsh", "1.5 mU/L"), ("15081-3", 212, "m[IU]/l", "prolactin", "212 mIU/L"),
    ],
)  # fmt: skip
def test_codes_and_units_are_read(code, value, unit, name, text):
    one = only(observation(code, value, unit))
    assert (one.name, str(one), one.date) == (name, text, DAY)


def test_a_molar_level_is_the_level_that_its_mass_is():
    one = only(observation("59260-0", 9.1, "mmol/L"))
    assert one.standard_value == pytest.approx(9.1 * 1.6114, rel=1e-4)  # codes.csv: g/dL in 1 mmol/L


def test_a_mass_code_with_a_molar_unit_is_read_by_its_unit_and_told():
    found = read(observation("2986-8", 9.4, "nmol/L"))
    assert str(found.record.results[0]) == "9.4 nmol/L" and "its code is of ng/dL" in found.report.repaired[0].why


@pytest.mark.parametrize("unit", ["IU/l", "miu/mL", "MIU/ML", "mIU / mL"])
def test_spellings_are_repaired_and_told(unit):
    found = read(observation("10501-5", valueQuantity={"value": 3.4, "unit": unit}))
    assert (
        found.record.results[0].standard_value == pytest.approx(3.4) and "no UCUM code" in found.report.repaired[0].why
    )


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ({"value": 355}, "expected a unit of testosterone"),
        ({"value": 355, "unit": "mmHg"}, "measures something else"),
        ({"value": 355, "unit": "IU/L", "code": "[IU]/L", "system": UCUM}, "measures something else"),
        ({"value": 12, "unit": "nmol/L", "code": "ng/dL", "system": UCUM}, "expected one unit"),
        ({"value": "355", "unit": "ng/dL"}, "got '355'; expected a number"),
        ({"value": "3,5", "unit": "ng/dL"}, "expected a number"),
        ({"value": True, "unit": "ng/dL"}, "got True; expected a number"),
        ({"value": -3, "unit": "ng/dL"}, "got testosterone -3"),
        ({"value": 355, "unit": "2**9**9**9"}, "measures something else"),
        ({"unit": "ng/dL"}, "expected a number"),
        ({"value": 355, "unit": "ng/dL", "comparator": "~"}, "expected <, <=, > or >="),
        ([], "expected an object"),
    ],
)
def test_a_value_that_is_none_is_left_out_and_told(quantity, words):
    assert words in why_left(observation(valueQuantity=quantity))


@pytest.mark.parametrize(
    ("sign", "ours", "told"), [("<", "<", False), (">", ">", False), ("<=", "<", True), (">=", ">", True)]
)
def test_a_comparator_is_kept(sign, ours, told):
    quantity = {"value": 5, "unit": "pg/mL", "code": "pg/mL", "system": UCUM, "comparator": sign}
    found = read(observation("2243-4", valueQuantity=quantity))
    assert found.record.results[0].comparator == ours and bool(found.report.repaired) == told
    assert f"{sign}5" in found.report.taken[0].what


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_a_result_that_stands_is_taken(status):
    assert only(observation(status=status)).value == 355


@pytest.mark.parametrize("status", ["unknown", "preliminary", None])
def test_a_result_that_may_change_waits(status):
    one = observation(status=status)
    ((place, _),) = waiting(one)
    assert only(one, confirm="all").value == only(one, confirm=[place]).value == 355
    with pytest.raises(ly.BadRecord, match="expected what waits"):
        read(one, confirm=["entry[9].resource"])


@pytest.mark.parametrize("status", ["registered", "cancelled", "entered-in-error", "nonsense"])
def test_a_result_that_is_none_is_left_out(status):
    assert f"its status is {status}" in why_left(observation(status=status))


@pytest.mark.parametrize("name", [{"id": "a"}, {"identifier": [{"system": "lab", "value": "7"}]}])
def test_what_was_entered_in_error_takes_its_earlier_self_along(name):
    assert "entered in error" in why_left(observation(**name), observation(**name, status="entered-in-error"))


def test_a_correction_stands_for_what_it_corrects():
    name = {"identifier": [{"system": "lab", "value": "7"}]}
    assert only(observation(**name), observation(**name, value=365, status="corrected")).value == 365


def test_what_came_twice_is_one():
    assert only(observation(), observation(), observation(status="unknown")).value == 355


def test_two_values_of_one_time_wait_and_one_is_named():
    two = observation(), observation(value=455)
    assert [place for place, _ in waiting(*two)] == ["entry[1].resource", "entry[2].resource"]
    assert not read(*two, confirm="all").record.results
    assert only(*two, confirm=["entry[2].resource"]).value == 455


def test_a_reason_of_absence_is_missing():
    absent = {"coding": [{"code": "not-performed"}]}
    assert "not-performed" in why_left(observation(valueQuantity=None, dataAbsentReason=absent))
    assert "expected one value" in why_left(observation(dataAbsentReason=absent))


def test_components_are_read_with_the_day_and_status_of_their_observation():
    parts = [{key: observation(code, value, unit)[key] for key in ("code", "valueQuantity")}
             for code, value, unit in (("3160-9", 2.5, "mL"), ("9780-8", 16, "10*6/mL"))]  # fmt: skip
    found = read(observation(code="0-0", valueQuantity=None, component=parts))
    assert [(one.name, str(one), one.date) for one in found.record.results] == [
        ("semen_volume", "2.5 mL", DAY), ("sperm_concentration", "16 10*6/mL", DAY)]  # fmt: skip
    assert [one.place for one in found.report.taken] == [
        "entry[1].resource.component[0]",
        "entry[1].resource.component[1]",
    ]


@pytest.mark.parametrize(
    ("text", "day", "time"),
    [
        ("2026-03-02T08:30:00+11:00", DAY, dt.time(8, 30)), ("2026-03-02T23:30-05:00", DAY, dt.time(23, 30)),
        ("2026-03-02T08:30:00.123+01:00", DAY, dt.time(8, 30)), ("2026-03-02T08:30:00Z", DAY, None), ("2026-03-02", DAY, None),
    ],
)  # fmt: skip
def test_the_local_day_is_kept(text, day, time):
    one = only(observation(effectiveDateTime=text))
    assert (one.date, one.time) == (day, time)


@pytest.mark.parametrize("text", ["2026", "2026-03", "2026-02-30", "yesterday", "2026-03-02T25:00:00Z", ""])
def test_what_is_no_day_dates_nothing(text):
    assert "expected a day that exists" in why_left(observation(effectiveDateTime=text))


def test_nothing_is_dated_ahead():
    assert "or earlier" in why_left(observation(effectiveDateTime="2099-01-01"))


@pytest.mark.parametrize("holder", ["report", "panel", "specimen"])
def test_a_day_is_looked_for_beside_the_result(holder):
    one = observation(
        id="t", effectiveDateTime=None, specimen={"reference": "Specimen/s"} if holder == "specimen" else None
    )
    beside = {
        "report": {"resourceType": "DiagnosticReport", "effectiveDateTime": "2026-03-02", "result": [{"reference": "Observation/p"}]},
        "specimen": {"resourceType": "Specimen", "id": "s", "collection": {"collectedDateTime": "2026-03-02"}},
    }  # fmt: skip
    panel = {
        "resourceType": "Observation",
        "id": "p",
        "status": "final",
        "subject": HIM,
        "code": {},
        "hasMember": [{"reference": "Observation/t"}],
    }
    more = [panel] + ([beside[holder]] if holder in beside else [])
    if holder == "panel":
        panel["effectiveDateTime"] = "2026-03-02"
    assert only(one, *more).date == DAY
    assert "got no day" in why_left(merge(one, {"specimen": None}), merge(panel, {"effectiveDateTime": None}))


def test_a_reference_interval_stays_with_its_value():
    one = only(
        observation(referenceRange=[{"low": {"value": 300, "unit": "ng/dL"}, "high": {"value": 1000, "unit": "ng/dL"}}])
    )
    assert one.sane_range == (300.0, 1000.0)
    other = read(observation(referenceRange=[{"low": {"value": 10, "unit": "nmol/L"}}]))
    assert other.record.results[0].low is None and "another unit" in other.report.repaired[0].why


def test_codes_that_mean_two_things_are_left_out():
    both = {"coding": [{"system": LOINC, "code": "2986-8"}, {"system": LOINC, "code": "2243-4"}]}
    assert "its codes mean" in why_left(merge(observation(), {"code": both}))
    assert "no system" in why_left(merge(observation(), {"code": {"coding": [{"code": "2986-8"}]}}))


# Diagnoses ------------------------------------------------------------------------------------------


def test_a_diagnosis_answers_its_question():
    one = only(condition())
    assert (one.name, one.value, one.date) == ("thrombosis", True, dt.date(2024, 5, 6))


@pytest.mark.parametrize("status", ["resolved", {"coding": [{"code": "resolved"}]}])
def test_what_is_over_answers_only_what_is_for_ever(status):
    assert only(condition(clinicalStatus=status)).name == "thrombosis"
    assert "it is resolved" in why_left(condition("51070004", clinicalStatus=status))


@pytest.mark.parametrize("changes", [
    {"code": {"text": "Adenocarcinoma of prostate"}}, {"verificationStatus": {"coding": [{"code": "provisional"}]}},
])  # fmt: skip
def test_what_is_not_sure_waits(changes):
    assert len(waiting(merge(condition(), changes))) == 1


def test_a_refuted_diagnosis_is_left_out():
    assert "refuted" in why_left(condition(verificationStatus={"coding": [{"code": "refuted"}]}))
    assert "no question" in why_left(condition("38341003", SNOMED))


# Files ----------------------------------------------------------------------------------------------


def write(folder, content):
    path = folder / "clinic.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"resourceType": "Bundle", "entry": [{"resource": {"id": "a", "id": "b"}}]}', r"entry\[0\].resource.id: got the key twice"),
        ('{"resourceType": "Bundle", "entry": [{"value": NaN}]}', r"entry\[0\].value: got NaN"),
        ('{"resourceType": "Bundle", "entry": [{"value": -Infinity}]}', r"entry\[0\].value: got -Infinity"),
        ('{"resourceType": "Bundle", "entry": [{"value": 1e999}]}', r"entry\[0\].value: got 1e999"),
        ('{"resourceType": "Bundle", "id": "a\\u0000b"}', r"id: got the invisible character U\+0000"),
        ('{"resourceType": "Bundle", "entry": {}}', "entry: got {}; expected a list"),
        ('{"resourceType": "Bundle", "entry": [5]}', r"entry\[0\]: got 5; expected an object"),
        ('{"resourceType": "Bundle"', "line 1: got no JSON"),
        ('{"entry": []}', "without a resourceType"),
        ("[]", "without a resourceType"), ("", "got no JSON"), ("5", "without a resourceType"),
        (b'{"resourceType": "M\xfcller"}', "line 1: got bytes that are no UTF-8"),
        ('{"resourceType": "Bundle"}'.encode("utf-16"), "got bytes that are no UTF-8"),
        ('{"a": ' * 40 + "1" + "}" * 40, "got lists within lists; expected at most 32"),
        ('{"a": ' * 100_000, "lists within lists|got no JSON"),
        (b" " * 5_000_001, "got more than 5,000,000 bytes"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_place(tmp_path, content, words):
    with pytest.raises(ly.BadRecord, match=words) as refusal:
        ly.read_fhir(write(tmp_path, content))
    assert "clinic.json" in str(refusal.value)


@pytest.mark.parametrize("depth", [32, 33])
def test_the_limit_of_depth(tmp_path, depth):
    inside = '{"a": ' * (depth - 1) + "{}" + "}" * (depth - 1)
    content = '{"resourceType": "Patient", "gender": "male", "birthDate": "1990-02-01", "a": ' + inside + "}"
    if depth == 32:
        assert ly.read_fhir(write(tmp_path, content)).record.sex == "male"
    else:
        with pytest.raises(ly.BadRecord, match="at most 32"):
            ly.read_fhir(write(tmp_path, content))


@pytest.mark.parametrize("entries", [9_999, 10_000])
def test_the_limit_of_entries(entries):
    content = bundle() | {"entry": [{"resource": ADAM}] + [{}] * entries}
    if entries == 9_999:
        assert ly.read_fhir(content).record.born
    else:
        with pytest.raises(ly.BadRecord, match="got 10,001 entries; expected at most 10,000"):
            ly.read_fhir(content)


def test_a_mark_of_utf_8_and_windows_lines_are_read(tmp_path):
    text = json.dumps(bundle(observation()), indent=1).replace("\n", "\r\n")
    assert len(ly.read_fhir(write(tmp_path, b"\xef\xbb\xbf" + text.encode())).record.results) == 1


def test_what_no_file_holds_is_refused_of_an_object():
    for value, words in ((10**400, "more than 40 digits"), (float("nan"), "got nan"), ({1: 2}, "the key 1"), (b"x", "a bytes"),
                         ({"a"}, "a set")):  # fmt: skip
        with pytest.raises(ly.BadRecord, match=words):
            ly.read_fhir(bundle(observation(note=value)))


def test_a_record_reader_says_who_reads_fhir(tmp_path):
    with pytest.raises(ly.BadRecord, match="got FHIR; expected a record. Read it with leydig.read_fhir"):
        ly.read_record(write(tmp_path, json.dumps(bundle())))


def test_a_report_says_what_came_and_what_was_not_read():
    content = read(observation(), {"resourceType": "MedicationDispense"}).report.as_json()
    assert content["resources"] == {"Patient": 1, "Observation": 1, "MedicationDispense": 1}
    assert content["unread"] == {"MedicationDispense": 1} and "incomplete" in content["notes"][0]
    assert json.loads(json.dumps(content))["taken"][0]["place"] == "entry[1].resource"


@pytest.mark.parametrize(("option", "words"), [
    ({"confirm": 5}, "expected paths"), ({"confirm": [5]}, "expected paths"), ({"patient": 5}, "expected the id"), ({"on": "soon"}, "expected a date"),
    ({"born": "soon"}, "expected a date"), ({"sex": "female"}, "expected male"), ({"sex": 1}, "expected male"), ({"patient": "eve"}, "expected one of the bundle: adam"),
])  # fmt: skip
def test_an_option_that_is_none_is_refused(option, words):
    with pytest.raises(ly.BadRecord, match=words):
        read(observation(), **option)


def test_units_that_laboratories_print_for_iu_are_no_other_kind():
    found = read(observation("10501-5", 3.4, "U/L"))
    assert found.record.results[0].standard_value == 3.4 and not found.report.repaired
    assert "its code is of ng/mL" in read(observation("2842-3", 212, "m[IU]/L")).report.repaired[0].why
