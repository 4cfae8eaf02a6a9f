"""Listings are read from the files, and say what the loaded entries say."""

import ast
import datetime as dt
import importlib
import json
import re
import sys
from dataclasses import asdict

import pytest
import typer
from source_trees import source_trees
from typer.testing import CliRunner

from leydig.analytes import ANALYTES
from leydig.body import Body
from leydig.cli.commands.listings import parameter_rows, rows_of
from leydig.cli.main import app
from leydig.drugs import DRUGS
from leydig.entry_file import _source, _tree, entry_facts, entry_names
from leydig.errors import UnknownName
from leydig.protocol.reader import names, read_protocol, regions
from leydig.protocol.works import works
from leydig.pulses.generator import Pulses
from leydig.reports.glossary import GLOSSARY

LOADED = {
    "drugs": lambda: [
        {"name": name, "kind": one.kind, "unit": one.unit, "label": one.label.indication} for name, one in DRUGS.items()
    ],
    "analytes": lambda: [
        {"name": name, "us": one.us, "si": one.si, "loinc": one.loinc, "title": one.title}
        for name, one in ANALYTES.items()
    ],
    "parameters": lambda: [
        *parameter_rows("body", Body()),
        *parameter_rows("pulses", Pulses()),
        *(row for name in DRUGS for row in parameter_rows(f"drugs.{name}", DRUGS[name])),
    ],
    "protocols": lambda: [
        {"name": one.name, "version": one.version, "drugs": ", ".join(one.components), "title": one.title}
        for one in map(read_protocol, names())
    ],
    "regions": lambda: [{"name": name} for name in regions()],
    "terms": lambda: [asdict(one) for one in GLOSSARY],
    "works": lambda: [
        {"name": one.cite, "status": one.status, "where": one.where, "brief": one.row, "note": one.note,
         "checked": one.checked.isoformat(), "review": one.review.isoformat(),
         "overdue": "overdue" if one.overdue(dt.date.today()) else ""}
        for one in works()
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", LOADED)
def test_a_listing_says_what_the_loaded_entries_say(kind):
    rows = rows_of(kind)
    assert rows == LOADED[kind]()
    assert json.loads(json.dumps(rows)) == rows and len(rows) >= 3


def test_an_unknown_listing_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean drugs"):
        rows_of("drug")


@pytest.mark.parametrize("name", DRUGS)
def test_plain_values_are_those_of_the_loaded_drug(name):
    facts, entry = entry_facts("leydig.drugs", name), DRUGS[name]
    plain = {key: facts[key] for key in ("title", "kind", "unit", "units", "routes", "brands", "codes") if key in facts}
    assert len(plain) >= 5
    assert plain == {key: getattr(entry, key) for key in plain}
    assert facts["label"] == {key: getattr(entry.label, key) for key in facts["label"]}


def test_a_file_of_another_folder_that_computes_is_loaded(tmp_path, monkeypatch):
    text = _source("leydig.drugs.anastrozole").read_text()
    text = text.replace('kind = "aromatase inhibitor"', 'kind = " ".join(["aromatase", "blocker"])')
    text = text.replace('half_life: Float[Array, ""] = parameter(', 'half_life: Float[Array, ""] = declared(')
    text = text.replace("class Anastrozole", "declared = parameter\n\n\nclass Anastrozole")
    (tmp_path / "newdrug.py").write_text(text)
    package = importlib.import_module("leydig.drugs")
    monkeypatch.setattr(package, "__path__", [*DRUGS.folders, str(tmp_path)])
    monkeypatch.setattr(package, "newdrug", None, raising=False)  # what is loaded here is taken out again
    monkeypatch.setitem(sys.modules, "leydig.drugs.newdrug", package)
    del sys.modules["leydig.drugs.newdrug"]
    _tree.cache_clear()
    assert "newdrug" in entry_names("leydig.drugs")
    assert "kind" not in entry_facts("leydig.drugs", "newdrug")
    (row,) = [one for one in rows_of("drugs") if one["name"] == "newdrug"]
    assert (row["kind"], row["unit"]) == ("aromatase blocker", "mg")
    (path,) = [one for one in rows_of("parameters") if one["path"] == "drugs.newdrug.half_life"]
    assert path["value"] == 46.8


@pytest.mark.parametrize(
    "words", [("drug", "hcg"), ("analyte", "lh"), ("parameter", "body.testis.half_lh"), ("protocol", "clomiphene")]
)
def test_whatever_is_listed_is_shown(words):
    found = CliRunner().invoke(app, ["show", *words])
    assert found.exit_code == 0, found.exception
    assert words[1] in found.output or words[0] == "analyte"


@pytest.mark.parametrize(
    ("name", "told"),
    [("osadchiy 2024", ["mismatch", "found", "S111"]), ("Dr.Oracle 2025", ["not evidence", "AI-written web page"])],
)
def test_a_work_is_shown_with_every_entry_under_its_name(name, told):
    shown = CliRunner().invoke(app, ["show", "work", name])
    assert shown.exit_code == 0
    assert all(text in " ".join(shown.output.split()) for text in told)


@pytest.mark.parametrize(("words", "own"), [(("drug", "Arimidex"), "anastrozole"), (("analyte", "E2"), "estradiol")])
def test_brands_and_what_laboratories_call_a_level_are_shown_too(words, own):
    here, there = (CliRunner().invoke(app, ["show", words[0], name]) for name in (words[1], own))
    assert here.exit_code == 0 and here.output == there.output


COMMAND = re.compile(r"(?:See|Run|Next:) leydig ([a-z-]+)(?: ([a-z-]+))?")


def test_a_command_that_a_message_names_is_one():
    known, named = typer.main.get_command(app).commands, []
    for file, tree in source_trees():
        texts = (one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str))
        named += [(file, *found) for text in texts for found in COMMAND.findall(text)]
    assert len(named) > 8
    inner = [(file, first, second, getattr(known.get(first), "commands", None)) for file, first, second in named]
    assert [one for one in inner if one[1] not in known or (one[3] is not None and one[2] not in one[3])] == []


def test_an_unknown_work_offers_near_ones():
    assert CliRunner().invoke(app, ["show", "work", "Naelitz 2024"]).exit_code == 2
