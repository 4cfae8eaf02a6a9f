"""The list of OWASP ASVS 5.0.0: every line of levels 1 and 2 is there once, and held by tests that exist or says why not."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

from leydig.exchange import laboratory_table
from leydig.exchange.fhir import bundle
from leydig.exchange.fhir.resources import dates
from leydig.service import server
from leydig.service.access import accounts, attempts, passwords, sessions
from leydig.service.bodies import RequestBody
from leydig.service.clinic import imports
from leydig.service.http import limits, reading
from leydig.service.jobs import queue, trials

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"
LINES = [
    [cell.strip() for cell in line.strip("|\n").split(" | ")]
    for line in (DOCS / "asvs.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| V")
]
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
EXCUSES = ("does not apply: ", "not held: ", "whoever runs it: ")
LEVELS = (  # of each requirement, by chapter and section, in the order of their numbers
    ("22", "1111122223", "112222222223", "222", "123"), ("122", "112", "12223", "23"),
    ("3", "113", "12223", "11222233", "11122333", "3", "22333"), ("12233", "23333", "22", "1222"), ("2", "112333", "113", "222"),
    ("122", "111111112222", "11223333", "112233", "22222333", "2223", "33", "2222"),
    ("222", "1111", "22", "11222", "223", "22"), ("1233", "1123", "133", "23"), ("111", "1222"),
    ("22", "223", "22223", "1111122222233333", "22222", "22", "222"), ("2233", "22233", "11233", "1222", "23", "23", "33"),
    ("12233", "11", "22223"), ("2333", "222223", "2233", "1222233"), ("22", "12223333", "122"), ("12233", "12233", "1222222", "3333"),
    ("2", "22222", "2222", "222", "2223"), ("23", "22223333", "22"),
)  # fmt: skip
ASKED = [
    (f"V{chapter}.{section}.{number}", level)
    for chapter, sections in enumerate(LEVELS, 1)
    for section, levels in enumerate(sections, 1)
    for number, level in enumerate(levels, 1)
    if level != "3"
]
SERVICE = " ".join((DOCS / "service.md").read_text(encoding="utf-8").split())
MINUTES, HOURS = 60.0, 3600.0
WRITTEN = {  # what a line wants written down, as the program has it
    "V2.1.1": [f"{RequestBody.longest:,} characters", "/openapi.json", "## What is kept"],
    "V2.1.2": ["not before its man's birth", "sex and birth of a file are the man's"],
    "V2.1.3": [f"{reading.LARGEST:,} bytes", f"{queue.MOST_WAITING} jobs", f"{trials.MOST_DAYS:,} man-days"],
    "V5.1.1": [
        f"{reading.LARGEST_FILE:,}",
        f"{bundle.MOST:,} entries",
        f"{dates.MOST_REFERENCES:,} references",
        "nothing is unpacked",
        f"{laboratory_table.MOST:,} rows and {laboratory_table.LARGEST:,} characters",
        f"a record file {imports.MOST:,} entries",
    ],
    "V6.1.1": [
        f"Within {attempts.WINDOW / MINUTES:.0f} minutes five attempts",
        "twenty from one address",
        "twenty-five at one account",
        "keeps nobody at another address out",
    ],
    "V6.1.2": ["words of this program", f"{passwords.SHORTEST} characters"],
    "V6.1.3": ["Password and code are the one way in"],
    "V7.1.1": [f"after {sessions.IDLE / MINUTES:.0f} minutes without", f"after {sessions.LONGEST / HOURS:.0f} hours"],
    "V7.1.2": ["One may have several at a time"],
    "V7.1.3": ["Identity is that of this service"],
    "V8.1.1": ["## Who may do what", "| read-only |", "| assistant |", "| clinician |", "| admin |"],
    "V8.1.2": ["No field of a record is for some roles alone"],
    "V11.1.1": ["### Keys", "rotate-key", "once a year", "destroyed with him"],
    "V11.1.2": ["AES-256-GCM", "argon2id", "SHA-256", "RS384 from 2048 bits, ES384"],
    "V13.1.1": ["who is not in it is not asked", "jwks =", "fhir ="],
    "V14.1.1": ["### What is sensitive", "pseudonyms", "secrets of second factors"],
    "V14.1.2": ["encrypted under the key of their person", "answers for a day", "gone with the key"],
    "V15.1.1": ["within 7 days", "within 30", "within 90"],
    "V15.1.2": ["cyclonedx-py environment", "requirements.lock"],
    "V15.1.3": ["longer than two seconds are jobs", f"at most {queue.MOST_WAITING} jobs"],
    "V16.1.1": ["### What is logged", "kept as long as the database", "read by admins"],
    "V16.2.3": ["Nothing else is written anywhere"],
}


@lru_cache
def names_in(file):
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_line_of_levels_1_and_2_is_there_once_with_its_level():
    assert [(line[0], line[1]) for line in LINES] == ASKED and len(ASKED) == 253


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_a_line_is_held_by_tests_that_exist_or_says_why_not(line):
    assert len(line) == 5 and all(line), line
    number, _, _, here, held = line
    tests = TEST.findall(held)
    assert bool(tests) != held.startswith(EXCUSES) and (not tests or here != "–" or number.startswith("V4.4")), line
    assert tests or len(held.partition(": ")[2]) > 8, line
    for file, name in tests:
        assert name in names_in(file), f"{file} has no {name}"
    assert ("test_what_must_be_written_down_is" in held) == (number in WRITTEN), line


@pytest.mark.parametrize("number", WRITTEN)
def test_what_must_be_written_down_is(number):
    """With the numbers that the program has: a limit that moves takes its words along."""
    for words in WRITTEN[number]:
        assert words in SERVICE, words


def test_numbers_that_are_written_down_elsewhere_are_those_of_the_program():
    heads = f"comes within {server.PATIENCE:.0f} seconds, its body within {limits.PATIENCE:.0f}"
    assert heads in SERVICE and accounts.LINK_LASTS == 24 * HOURS and "once within a day" in SERVICE
    assert (attempts.MOST_OF_PAIR, attempts.MOST_OF_ADDRESS, attempts.MOST_OF_ACCOUNT) == (5, 20, 25)
    assert reading.LONGEST_PARAMETER == RequestBody.longest


def test_a_test_that_is_gone_is_found():
    assert "test_that_nobody_wrote" not in names_in("service/test_access.py")
    assert len(names_in("service/test_access.py")) > 20
