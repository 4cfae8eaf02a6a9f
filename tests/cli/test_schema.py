"""The JSON Schema of a file says what reading it says: every shipped file fits, a planted fault is refused by both."""

import datetime as dt
import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from typer.testing import CliRunner

from leydig.cli.commands.schema import FILE_KINDS
from leydig.cli.main import app
from leydig.errors import LeydigError
from leydig.evidence import load_study
from leydig.evidence.reference.reference_file import FILE, read_reference, read_unused_rows
from leydig.evidence.study_file import STUDIES_FOLDER as STUDIES
from leydig.protocol.reader import PROTOCOLS_FOLDER, REGIONS
from leydig.protocol.reader import load_protocol as read_protocol_file
from leydig.record import read_record
from leydig.trial import read_trial

ROOT = Path(__file__).parents[2]
SHIPPED = {
    "study": sorted(STUDIES.glob("*.toml")),
    "protocol": sorted(PROTOCOLS_FOLDER.glob("*.toml")),
    "region": sorted(REGIONS.glob("*.toml")),
    "record": [ROOT / "docs" / "trials" / "man.json"],
    "reference": [FILE],
    "trial": sorted((ROOT / "src" / "leydig" / "trial" / "trials").glob("*.toml")),
    "unused": [FILE.with_name("unused.toml")],
}
READ = {
    "protocol": read_protocol_file,
    "record": read_record,
    "reference": read_reference,
    "region": read_protocol_file,
    "study": load_study,
    "trial": read_trial,
    "unused": read_unused_rows,
}
NAMES = {
    "protocol": '"sperm_concentration"',
    "region": '"sperm_concentration"',
    "record": '"sperm_concentration"',
    "reference": '"free_testosterone"',
    "study": '"inhibin_b"',
    "unused": '"reason"',
    "trial": '"anastrozole_daily"',
}
PLANTED = {
    "study": [
        ("role = ", "roll = "),
        ("week = ", "week = -"),
        ("analyte = ", 'analyte = "x" #'),
        ("regimen = ", "regime = "),
        ("[[arm.observed]]", "[[arm.observed]]\nratio = 1\nmean = 2\n[[arm.observed]]"),
        ("baseline.", "baseline.x"),
        ("n = ", "n = 0 #"),
    ],
    "protocol": [
        ("goal = ", "gaol = "),
        ("certainty = ", 'certainty = "sure" #'),
        ("{ of = ", "{ off = "),
        ("{ of = ", "{ of = 1, was = "),
        ('group = "', 'group = "x'),
        ("blocks = [", 'blocks = ["lift", '),
        ("after = ", 'after = "lunch" #'),
        ("begin = ", "begin = 1.5 #"),
    ],
    "record": [
        ('"results"', '"result"'),
        ('"value": 280.0', '"value": [280.0]'),
        ('"date": "2026-01-12"', '"date": "12.1.2026"'),
        ('"unit": "ng/dL"', '"unit": 3'),
        ('"unit": "ng/dL"', '"units": "ng/dL"'),
        ('"date": "2026-01-12",', ""),
        ('"a child"', "7"),
        ('"regimen"', '"dose"'),
    ],
    "reference": [
        ("row = ", "line = "),
        ("published = ", 'published = "x" #'),
        ("at = ", "at = 999 #"),
        ("statistic = ", 'statistic = "x" #'),
        ('by = "', 'by = "x'),
        ("kind = ", 'among = "young", kind = '),
        ("interval = [", "interval = [1, "),
        ("reason = ", "why = "),
    ],
    "unused": [("rows = ", "rows = 0 #"), ("reason = ", "why = "), ("study = ", "study_id = ")],
    "region": [("severity = ", 'severity = "none" #'), ("id = ", "di = "), ("region = ", "regions = ")],
    "trial": [("n = ", "men = "), ("n = ", "n = -"), ("[[arm]]\nname", "[[arm]]\nnames"), ("regimen = ", "regime = ")],
}


def schema(kind):
    printed = CliRunner().invoke(app, ["schema", kind])
    assert printed.exit_code == 0, printed.output
    found = json.loads(printed.stdout)
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found, format_checker=FormatChecker())


def as_json(text):
    """Return the content of a file as an editor hands it to a JSON Schema: dates as text."""
    if text.startswith("{"):
        return json.loads(text)
    return json.loads(json.dumps(tomllib.loads(text), default=dt.date.isoformat))


def test_every_kind_is_tested_and_an_unknown_one_is_refused():
    assert set(SHIPPED) == set(READ) == set(PLANTED) == set(FILE_KINDS)
    refused = CliRunner().invoke(app, ["schema", "trail"])
    assert refused.exit_code == 2 and "Did you mean trial?" in refused.stderr


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_every_shipped_file_fits_its_schema(kind):
    validator = schema(kind)
    assert SHIPPED[kind]
    for path in SHIPPED[kind]:
        wrong = [error.message for error in validator.iter_errors(as_json(path.read_text(encoding="utf-8")))]
        assert not wrong, (path, wrong)


@pytest.mark.parametrize(("kind", "old", "new"), [(kind, *fault) for kind in PLANTED for fault in PLANTED[kind]])
def test_a_planted_fault_is_refused_by_the_schema_and_by_reading(kind, old, new, tmp_path):
    source = next(path for path in SHIPPED[kind] if old in path.read_text(encoding="utf-8"))
    text = source.read_text(encoding="utf-8").replace(old, new, 1)
    assert not schema(kind).is_valid(as_json(text))
    path = tmp_path / source.name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LeydigError, match=r"got (?s:.*); expected"):
        READ[kind](path)


def _described(part):
    """Yield every object of a schema that lists its keys."""
    if isinstance(part, dict):
        if "properties" in part:
            yield part
        for one in part.values():
            yield from _described(one)


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_a_schema_allows_no_other_keys_and_completes_names(kind):
    tables = list(_described(schema(kind).schema))
    assert tables and all(table["additionalProperties"] is False for table in tables)
    assert NAMES[kind] in json.dumps(schema(kind).schema)
