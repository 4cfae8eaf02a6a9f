"""Every command of the README ends well: one block is one session, in a process of its own.

Apart from `test_docs`, so that both workers of ``make test`` have a long file to begin with.
"""

import json
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def sessions():
    """Return the commands of each indented block of the README, in its order."""
    blocks = re.findall(r"^    leydig .*(?:\n    leydig .*)*", README.replace("\\\n", " "), re.M)
    return [tuple(re.split(r"\s{4,}(?=leydig )", block.strip())) for block in blocks]


SESSIONS = sessions()
SESSION = """
import contextlib, io, json, shlex, sys, traceback
from leydig.cli.main import main

for line in json.loads(sys.argv[1]):
    sys.argv, said, code = shlex.split(line), io.StringIO(), None
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            code = end.code
        except BaseException:
            traceback.print_exc()
    print(json.dumps([code, said.getvalue()]), flush=True)
"""


@lru_cache
def ran(lines):
    """Return exit code and standard error of each of these commands, run one after another in a process of their own.

    That a command starts alone is held by `tests/cli` and `tests/packaging`.
    """
    done = subprocess.run([sys.executable, "-c", SESSION, json.dumps(lines)], capture_output=True, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return found + [[done.returncode, done.stderr]] * (len(lines) - len(found))


def test_the_readme_holds_commands():
    assert sum(map(len, SESSIONS)) == len(re.findall(r"^    leydig | {4,}leydig ", README, re.M)) >= 5


@pytest.mark.parametrize(
    ("lines", "number"),
    [pytest.param(lines, number, id=line[:60]) for lines in SESSIONS for number, line in enumerate(lines)],
)
def test_a_command_of_the_readme_runs(lines, number):
    code, said = ran(lines)[number]
    assert code == 0, said
