"""A bundle of 1 MB is read in less than half a second, once everything is loaded."""

import json
from time import process_time

import leydig as ly
from tests.exchange.fhir.fhir_samples import bundle, observation

SECONDS = 0.5


def test_a_megabyte_is_read_in_half_a_second(tmp_path):
    rows = [observation(value=300 + number % 400, effectiveDateTime=f"20{10 + number // 360 % 15}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}",
                        id=f"t{number}", note=[{"text": "drawn in the morning, fasting " * 5}]) for number in range(2000)]  # fmt: skip
    path = tmp_path / "clinic.json"
    path.write_text(json.dumps(bundle(*rows)), encoding="utf-8")
    assert path.stat().st_size > 1_000_000
    ly.read_fhir(bundle(observation()))
    before = process_time()
    found = ly.read_fhir(path)
    assert process_time() - before < SECONDS
    assert len(found.report.taken) + len(found.report.confirm) + len(found.report.left) == 2000
