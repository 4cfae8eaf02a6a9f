"""One file more is one entry more: in a copy of the tree, a file of each catalogue is added and the guards are run on it.

The files are those of ``tests/one_file``; nothing else of the copy is touched.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENTRIES = Path(__file__).with_name("one_file")
PLACES = {
    "samplazole.py": "drugs",
    "threefold_testosterone.py": "analytes",
    "samplazole_trial.toml": "evidence/studies",
    "anastrozole_alternate.toml": "protocol/protocols",
}
NAMES = [Path(file).stem for file in PLACES]
FILES = (
    "test_catalog.py", "drugs/test_drugs.py", "drugs/test_cross_reactions.py", "analytes/test_analytes.py", "test_honesty.py",
    "docs/test_docs.py", "regimen/test_names.py", "protocol/test_plans.py", "assessment/test_quantities.py",
    "evidence/test_study.py", "evidence/test_calibration.py",
)  # fmt: skip
GUARDS = (  # tests of one entry are named by it; the others look at a whole catalogue
    *NAMES, "page_of_drugs", "brand", "two_drugs", "in_a_table_of_limits", "every_table", "names_its_rules", "frozen",
)  # fmt: skip
ASKED = """
from leydig.analytes import ANALYTES, of_panel
from leydig.drugs import DRUGS
from leydig.evidence.calibration.calibration import data_hash
from leydig.evidence.study_file import studies
from leydig.exchange.sbml import sbml
from leydig.man import Man
from leydig.man.uncertainty import manifest
from leydig.protocol.lint.lint import lint
from leydig.protocol.reader import names, read_protocol
from leydig.reports.explain import explain
from leydig.engine import TOLERANCE
from leydig.verification.cases import case, combination
from leydig.verification.verify import compare_case

assert "samplazole" in DRUGS and "threefold_testosterone" in ANALYTES and "samplazole_trial" in studies()
assert "anastrozole_alternate" in names() and read_protocol("anastrozole_alternate").name == "anastrozole_alternate"
assert lint(read_protocol("anastrozole_alternate")) == []
assert 'id="drugs_samplazole_inhibition"' in sbml(Man(age=30), "samplazole 1 mg daily", days=7.0)
alone = next(index for index in range(2000) if combination(1, index) == ("samplazole",))
found = compare_case(case(1, alone))
assert found.reason is None and found.error < TOLERANCE and found.drugs == ("samplazole",), found
assert "threefold_testosterone" in found.analytes
assert of_panel("course")[-1] == "threefold_testosterone"
assert "threefold testosterone" in explain("anastrozole 1 mg daily", Man(age=30))
assert data_hash() == manifest()["data"]  # it covers what calibration studies say: the one here is held out
"""
OTHER_DATA = """
from leydig.evidence.calibration.calibration import data_hash
from leydig.man.uncertainty import manifest

assert data_hash() != manifest()["data"]
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Return a copy of the tree with one file more in each catalogue."""
    copy = tmp_path_factory.mktemp("tree")
    for folder in ("src", "tests", "docs"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / file, copy / file)
    for file, folder in PLACES.items():
        shutil.copy(ENTRIES / file, copy / "src" / "leydig" / folder / file)
    return copy


SESSION = """
import contextlib, io, json, sys
from leydig.cli.main import main

for words in json.loads(sys.argv[1]):
    sys.argv[1:], said = words, io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            main()
        except SystemExit as end:
            assert not end.code, words
    print(json.dumps(said.getvalue()))
"""


def run(tree, *words):
    """Return what Python says in the copy, which must succeed."""
    there = os.environ | {"PYTHONPATH": str(tree / "src")}
    done = subprocess.run([sys.executable, *words], cwd=tree, env=there, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def test_every_guard_passes_with_one_file_more(tree):
    files = [f"tests/{file}" for file in FILES]
    said = run(tree, "-m", "pytest", "-q", *files, "-k", " or ".join(f"{guard}" for guard in GUARDS), "-rA")
    for name in (NAMES[0], NAMES[1], NAMES[3]):  # a test of each; studies are looked at together
        assert name in said, name


def test_the_entries_are_found_and_a_verified_case_is_drawn_with_the_drug(tree):
    run(tree, "-c", ASKED)


def test_the_entries_are_listed_and_shown(tree):
    drug, analyte, study, protocol = NAMES
    shown = {"drug": drug, "analyte": analyte, "protocol": protocol}
    commands = [["list", f"{kind}s", "--json"] for kind in shown] + [["show", *one, "--json"] for one in shown.items()]
    said = run(tree, "-c", SESSION, json.dumps([*commands, ["evidence", "list", "--json"]])).splitlines()
    listed, pages, studies = said[:3], said[3:6], said[6]
    for name, names, page in zip(shown.values(), listed, pages, strict=True):
        assert name in names and ("of the tests" in page or name == analyte)
    assert study in studies


def test_a_calibration_study_asks_for_another_calibration(tree):
    """The held-out one above left the hash alone, this one does not."""
    study = tree / "src" / "leydig" / "evidence" / "studies" / "samplazole_trial.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace('role = "held-out"', 'role = "calibration"'), encoding="utf-8")
    try:
        run(tree, "-c", OTHER_DATA)
    finally:
        study.write_text(text, encoding="utf-8")
