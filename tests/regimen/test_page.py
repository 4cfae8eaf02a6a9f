"""The tables of docs/regimen.md are true: every text is read, or refused, as they say."""

import re
from pathlib import Path

import pytest

from leydig import Regimen
from leydig.errors import BadRegimen, UnknownName
from leydig.regimen import text as grammar

pytestmark = pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")

PAGE = (Path(__file__).parents[2] / "docs" / "regimen.md").read_text(encoding="utf-8")


def rows(title, columns):
    """Return the cells in code of a table of the page."""
    table = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("| `")]
    assert all(len(line) == columns for line in lines)
    return [tuple(cell.strip().strip("`") for cell in line) for line in lines]


READ, REFUSED = rows("Read", 2), rows("Refused", 3)


@pytest.mark.parametrize(("text", "plain"), READ)
def test_a_text_is_written_out_as_the_page_says(text, plain):
    regimen = Regimen(text)
    assert str(regimen) == plain
    assert Regimen(plain) == regimen


@pytest.mark.parametrize(("text", "word", "way_out"), REFUSED)
def test_a_text_is_refused_at_its_word_with_a_way_out(text, word, way_out):
    with pytest.raises((BadRegimen, UnknownName)) as caught:
        Regimen(text)
    message, line, marker = str(caught.value).rsplit("\n", 2)
    assert re.match(r"got .+; expected .+\. ", message) and "\n" not in message
    assert way_out in message
    assert line.strip() == text
    rest = line[marker.index("^") :]
    assert rest.startswith(word) if word else rest == ""


def test_the_tables_hold_what_they_held():
    assert len(READ) >= 50 and len(REFUSED) >= 40


def test_page_and_docstring_show_one_grammar():
    lines = re.findall(r"^    (\S.*|\s{10,}\S.*)$", grammar.__doc__.split("::")[1].split("What the words")[0], re.M)
    assert len(lines) > 12
    for line in lines:
        assert f"    {line}\n" in PAGE
