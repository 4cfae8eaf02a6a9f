"""Every analyte of the catalogue: documented, sourced, in known units, with ranges that lie inside one another."""

import re
import sys

import pytest
from docstrings import documented

from leydig import simulate
from leydig.analytes import ANALYTES
from leydig.source import read_sources

EACH_ANALYTE = pytest.mark.parametrize("name", list(ANALYTES))


@EACH_ANALYTE
def test_an_analyte_is_documented_and_sourced(name):
    analyte = ANALYTES[name]
    module = sys.modules[f"leydig.analytes.{name}"]
    assert documented(module) and documented(analyte.read)
    assert analyte.title
    assert read_sources(analyte.source)


@EACH_ANALYTE
def test_the_units_of_an_analyte_are_known(name):
    analyte = ANALYTES[name]
    assert analyte.units()[0] == analyte.us
    for unit in analyte.units():
        assert analyte.factor_to(unit) > 0.0
    assert analyte.factor_to(analyte.ucum) == pytest.approx(analyte.factor_to(analyte.us))


@EACH_ANALYTE
def test_the_ranges_of_an_analyte_lie_inside_one_another(name):
    one = ANALYTES[name]
    assert one.possible[0] <= one.usual[0] < one.usual[1] <= one.possible[1]
    assert one.usual[0] <= one.reference[0] < one.usual[1]
    assert one.reference[0] < one.reference[1] <= one.possible[1]
    assert one.target is None or one.usual[0] <= one.target[0] < one.target[1] <= one.usual[1]
    assert 0.0 <= one.within_man_cv < 1.0 and 0.0 <= one.assay_cv < 1.0
    assert 0.0 <= one.quantified < one.reference[0] and 0.0 < one.afternoon < 1.5


@EACH_ANALYTE
def test_a_loinc_code_has_its_form(name):
    assert re.fullmatch(r"|\d{1,6}-\d", ANALYTES[name].loinc)


@EACH_ANALYTE
def test_the_reference_man_is_within_every_reference_interval(name, reference_man):
    low, high = ANALYTES[name].reference
    value = simulate(reference_man, days=1).inside[name][0]
    assert low <= value <= high
