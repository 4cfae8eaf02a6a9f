"""Whatever a bundle holds, it is read or refused in words: never a traceback, never half a record."""

import json
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

import leydig as ly
from leydig.errors import LeydigError
from leydig.record.files import as_json, from_json
from tests.exchange.fhir.fhir_samples import bundle, condition, dosage, observation, request

WHOLE = bundle(
    observation(id="t", referenceRange=[{"low": {"value": 300, "unit": "ng/dL"}}], note=[{"text": "fasting"}], method={"text": "LC-MS/MS"}),
    observation("4544-3", 47, "%", component=[{"code": {"text": "x"}}]), condition(), request(),
    request(dosageInstruction=[dosage(1, timing={"repeat": {"dayOfWeek": ["mon"], "boundsPeriod": {"start": "2026-01-05"}}})]),
    {"resourceType": "DiagnosticReport", "effectiveDateTime": "2026-03-02", "result": [{"reference": "Observation/t"}]},
)  # fmt: skip
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 10**30), st.floats(), st.text(max_size=5), st.binary(max_size=3), st.just([]), st.just({}),
    st.sampled_from(["", "\0", "\u202e", "2026-02-30", "9999-12-31", "0001-01-01", "NaN", "1e999", "2**9**9", "ng/dL", "Patient/adam",
                     "#", "/", "entered-in-error", [None], [[]], [{}], {"": ""}, {"coding": [None]}, {"reference": 5}, -0.0, 10**400]),
)  # fmt: skip


def ways(value, way=()):
    """Return the way to everything in a content."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(one for key, part in inside for one in ways(part, (*way, key)))]


WAYS = ways(WHOLE)[1:]


@st.composite
def broken_bundles(draw):
    content = deepcopy(WHOLE)
    for way in draw(st.lists(st.sampled_from(WAYS), min_size=1, max_size=3)):
        holder = content
        try:
            for key in way[:-1]:
                holder = holder[key]
            if draw(st.booleans()):
                holder[way[-1]] = draw(ODD)
            else:
                del holder[way[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # what was broken before
    return content


def outcome(source):
    try:
        found = ly.read_fhir(source, confirm="all")
    except LeydigError as error:
        assert "got" in str(error) and "expected" in str(error)
        return
    assert from_json(as_json(found.record)) == found.record  # what was read is a whole record
    json.dumps(found.report.as_json(), allow_nan=False).encode()


@settings(max_examples=150, deadline=None)
@given(broken_bundles())
def test_a_broken_bundle_is_read_or_refused(content):
    outcome(content)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_broken_file_is_read_or_refused(data):
    text = bytearray(json.dumps(WHOLE).encode())
    for place in data.draw(st.lists(st.integers(0, len(text) - 1), max_size=4)):
        text[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.json"
        path.write_bytes(bytes(text))
        outcome(path)
