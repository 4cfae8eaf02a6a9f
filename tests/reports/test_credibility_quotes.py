"""The credibility page says of verification what the pages say that it quotes."""

import re
from pathlib import Path

import leydig
from leydig.evidence.replay import REPLICATES

DOCS = Path(leydig.__file__).parents[2] / "docs"


def words(name):
    return " ".join((DOCS / name).read_text(encoding="utf-8").split())


def test_verification_is_quoted_as_it_stands():
    page, engine, men = (words(name) for name in ("credibility.md", "engine.md", "population.md"))
    worst = re.search(r"On [\d,]+ cases of seed \d+ the worst relative error[^;]*; none failed[^.]*\.", engine).group(0)
    assert worst in page and re.search(r"\d+ of \d+ values are within", men).group(0) in page
    assert "not stated in" not in page
    assert f"made of {REPLICATES} drawn arms" in page
