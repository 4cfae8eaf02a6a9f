"""Running scripts in node, where there is one."""

import json
import shutil
import subprocess

import pytest

NODE = shutil.which("node")


def run_node(tmp_path, script, argument):
    """Return what the function `answer` of a script gives for an argument, both as JSON; skips where node is absent."""
    if NODE is None:
        pytest.skip("got no node on this machine; expected node 18 or later. Install it to run the scripts.")
    file = tmp_path / "script.js"
    say = 'process.stdout.write(JSON.stringify(answer(JSON.parse(require("fs").readFileSync(0, "utf8")))));'
    file.write_text(f"{script}\n{say}\n", encoding="utf-8")
    ran = subprocess.run([NODE, str(file)], input=json.dumps(argument), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)
