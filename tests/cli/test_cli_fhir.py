"""FHIR at the command line: what is said of a bundle, and the record that comes of it."""

import json

import pytest
from typer.testing import CliRunner

from leydig.cli.main import app
from tests.exchange.fhir.fhir_samples import ADAM, bundle, merge, observation


@pytest.fixture
def clinic(tmp_path):
    path = tmp_path / "clinic.json"
    path.write_text(
        json.dumps(bundle(observation(), observation("4544-3", 47, "%", status="unknown"), observation("1-1")))
    )
    return path


def run(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def test_a_bundle_is_read_and_what_waits_is_said(clinic):
    code, said, _ = run("fhir", "import", clinic)
    assert code == 0, said
    assert "testosterone 355 ng/dL" in said and "to confirm: 1" in said and "left out: 1" in said


def test_a_record_is_written_unless_it_is_a_preview(clinic, tmp_path):
    out = tmp_path / "record.json"
    assert run("fhir", "import", clinic, "--out", out, "--preview")[0] == 0 and not out.exists()
    assert run("fhir", "import", clinic, "--out", out, "--confirm", "all")[0] == 0
    assert {one["name"] for one in json.loads(out.read_text())["results"]} == {"testosterone", "hematocrit"}
    code, said, _ = run("protocol", "assess", out, "--json")
    assert code == 0 and json.loads(said)["protocol"] == "anastrozole"


def test_json_holds_report_and_record(clinic):
    code, said, _ = run("fhir", "import", clinic, "--json")
    content = json.loads(said)
    assert code == 0 and len(content["report"]["left"]) == 1 and len(content["record"]["results"]) == 1


def test_a_bundle_is_assessed_and_what_it_lacks_is_said(clinic):
    code, said, beside = run("protocol", "assess", clinic, "--json")
    assert code == 0 and json.loads(said)["verdict"] and "1 entries wait" in " ".join(beside.split())


def test_a_woman_is_refused(tmp_path):
    path = tmp_path / "eve.json"
    path.write_text(json.dumps(bundle(observation(), patient=merge(ADAM, {"gender": "female"}))))
    assert run("fhir", "import", path)[0] == 2
    code, _, said = run("protocol", "assess", path)
    assert code == 3 and "expected male" in said


def test_a_record_is_exported_with_its_assessment_checked_and_read_back(clinic, tmp_path):
    out = tmp_path / "document.json"
    assert run("fhir", "export", clinic, "--out", out, "--protocol", "anastrozole")[0] == 0
    assert "GuidanceResponse" in out.read_text()
    code, said, _ = run("fhir", "check", out)
    assert code == 0 and "accepted" in said
    out.write_text(out.read_text().replace('"document"', "5"))
    code, _, said = run("fhir", "check", out)
    assert code == 2 and "got what FHIR R4 refuses" in said
