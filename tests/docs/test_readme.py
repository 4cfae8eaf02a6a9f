"""Every command of the README ends well, one after another in one process.

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


def commands():
    """Return the commands of the indented blocks of the README, in its order."""
    blocks = re.findall(r"^    leydig .*(?:\n    leydig .*)*", README.replace("\\\n", " "), re.M)
    return [line for block in blocks for line in re.split(r"\s{4,}(?=leydig )", block.strip())]


COMMANDS = commands()
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
def ran():
    """Return exit code and standard error of each command, run one after another in one process.

    That a command starts alone is held by `tests/cli` and `tests/packaging`.
    """
    done = subprocess.run([sys.executable, "-c", SESSION, json.dumps(COMMANDS)], capture_output=True, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return found + [[done.returncode, done.stderr]] * (len(COMMANDS) - len(found))


def test_the_readme_holds_commands():
    assert len(COMMANDS) == len(re.findall(r"^    leydig | {4,}leydig ", README, re.M)) >= 5


@pytest.mark.parametrize("number", range(len(COMMANDS)), ids=[line[:60] for line in COMMANDS])
def test_a_command_of_the_readme_runs(number):
    code, said = ran()[number]
    assert code == 0, said
