"""Every row of the brief is held by a test that names it."""

import subprocess
import sys
from pathlib import Path

import pytest
from brief_rows import ROWS, held_by_row, rows_of


@pytest.mark.parametrize("row", ROWS)
def test_a_row_of_the_brief_is_held_by_a_test(row):
    assert held_by_row()[row], f"no test is called test_brief_{row}_..."


def test_no_test_names_a_row_that_the_brief_does_not_have():
    assert list(held_by_row()) == list(ROWS) and len(ROWS) == 117


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("test_brief_S1_symptoms", ["S1"]),
        ("test_brief_S22_S23_the_goal", ["S22", "S23"]),
        ("test_brief_S107_to_S110_sources", ["S107", "S108", "S109", "S110"]),
        ("test_brief_S1_it_is_not_S2", ["S1"]),
        ("test_brief_S22x_nothing", []),
    ],
)
def test_rows_are_read_from_names(name, rows):
    assert rows_of(name) == rows


def test_the_list_is_printed_from_the_names():
    script = Path(__file__).with_name("brief_rows.py")
    printed = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True).stdout
    assert (
        "S116\n  assessment/test_brief_evidence.py::test_brief_S2_S21_S116_S117" in printed and "NO TEST" not in printed
    )
