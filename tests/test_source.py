"""Source lines: the strict form is read, written back and enforced."""

import pytest

from leydig.errors import BadSource
from leydig.source import read_sources

GOOD = [
    "Lakshman 2010, pmid:20534765",
    "Shah 2021, doi:10.21037/tau-20-919, Table 2; three months",
    "Jorgensen 2012, pmc:PMC3391374; median",
    "OpenBoneMin undated, url:https://github.com/metrumresearchgroup/OpenBoneMin; note",
    "Taxel 2001, journal:JCEM-86-2869",
    "Clomid undated, label:Clomid; 30 to 50 %",
    "IUPAC 2021, textbook:molar-masses",
    "Leydig 2026, calibration:first",
    "Camacho 2013, unresolved:Camacho2013",
    "assumed: nobody has measured it in men",
]
BAD = [
    "",
    "Lakshman 2010",
    "Lakshman, pmid:20534765",
    "Lakshman 2110, pmid:20534765",
    "Lakshman 2010 pmid:20534765",
    "Lakshman 2010, pmid:2053x",
    "Lakshman 2010, doi:11.1000/a",
    "Lakshman 2010, pmc:3391374",
    "Lakshman 2010, url:ftp://example.org",
    "Lakshman 2010, book:yes",
    "assumed:",
    "assumed: yes",
    "Lakshman 2010, pmid:1 | ",
]


@pytest.mark.parametrize("line", GOOD)
def test_a_good_line_reads_back_to_itself(line):
    assert [str(one) for one in read_sources(line)] == [line]


@pytest.mark.parametrize("line", BAD)
def test_a_bad_line_is_refused(line):
    with pytest.raises(BadSource):
        read_sources(line)


def test_the_parts_of_a_line():
    (one,) = read_sources("Shah 2021, doi:10.21037/tau-20-919, Table 2; three months")
    assert (one.who, one.year, one.kind, one.locator) == ("Shah", "2021", "doi", "10.21037/tau-20-919")
    assert (one.place, one.note) == ("Table 2", "three months")


def test_several_sources_are_joined_with_a_bar():
    first, second = read_sources("Shah 2021, doi:10.21037/tau-20-919; a | Ly 2005, journal:X-1-2; b")
    assert (first.who, first.note, second.who, second.note) == ("Shah", "a", "Ly", "b")


def test_an_assumption_keeps_its_reason():
    (one,) = read_sources("assumed: nobody has measured it in men")
    assert (one.kind, one.locator) == ("assumed", "nobody has measured it in men")
