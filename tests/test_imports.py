"""The core starts without the libraries of tables, plots, sampling and the web."""

import re
import subprocess
import sys
from pathlib import Path


def test_the_core_starts_without_heavy_libraries():
    code = (
        "import sys, leydig as ly; ly.simulate(ly.Man(age=30), 'anastrozole 1 mg daily', days=2); "
        "print([name for name in ('matplotlib', 'plotly', 'pandas', 'xarray', 'scipy.optimize', 'typer') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("jax", "jaxlib", "equinox", "numba", "llvmlite"):
            raise ImportError(name)

sys.meta_path.insert(0, Blocked())
"""
READS = """
from leydig.protocol.lint.lint import lint
from leydig.protocol.reader import names, read_protocol
from leydig.record import Record
from leydig.record.files import from_json
from leydig.regimen import Regimen

print(len(names()), lint(read_protocol("anastrozole", "aua")))
print(Regimen("Arimidex 1 mg qod + clomid 25 mg daily for 3 months"))
results = [{"name": "testosterone", "value": 271, "unit": "ng/dL", "date": "2026-01-05"}]
print(from_json({"sex": "male", "born": "1990-01-01", "results": results}).of("testosterone")[0].standard_value)
"""


def test_records_regimens_and_protocols_are_read_without_a_compiler():
    done = subprocess.run([sys.executable, "-c", BLOCKED + READS], capture_output=True, text=True, check=True)
    protocols, regimen, testosterone = done.stdout.strip().splitlines()
    assert protocols.split(maxsplit=1)[1] == "[]" and int(protocols.split()[0]) >= 8
    assert (
        regimen == "anastrozole 1 mg every other day + clomiphene 25 mg daily for 13 weeks"
        and float(testosterone) == 271.0
    )


def test_a_blocked_compiler_is_blocked():
    done = subprocess.run([sys.executable, "-c", BLOCKED + "import leydig.engine"], capture_output=True, text=True)
    assert done.returncode == 1 and "ImportError" in done.stderr


def test_the_tree_that_a_newcomer_reads_is_the_tree_that_is():
    root = Path(__file__).parents[1]
    table = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = [
        room
        for line in table.splitlines()
        if line.startswith("| `")
        for room in re.findall(r"`(\w+)`", line.split("|")[1])
    ]
    assert sorted(named) == sorted(
        path.name for path in (root / "src" / "leydig").iterdir() if (path / "__init__.py").exists()
    )
    for room in ROOMS_TESTED & set(named):
        assert (root / "tests" / room).is_dir(), room


ROOMS_TESTED = {"cli", "reports", "exchange", "plots", "verification", "evidence", "trial", "pulses", "assessment", "simulation",
                "course", "engine", "man", "protocol", "record", "regimen"}  # fmt: skip
