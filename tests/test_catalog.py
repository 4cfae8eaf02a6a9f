"""The promise of the catalogues: a parameter is declared in full, and one file more is one drug or analyte more."""

import importlib
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from leydig import Regimen, simulate
from leydig.body import Body
from leydig.drugs import DRUGS
from leydig.errors import UnknownName, WrongUnit
from leydig.man.imputation import Expectation
from leydig.parameter import parameters
from leydig.source import read_sources
from leydig.units import _read_unit

PARAMETERS = [
    pytest.param(path, declaration, value, id=path)
    for root, part in (("body", Body()), ("expect", Expectation()), *((f"drugs.{n}", d) for n, d in DRUGS.items()))
    for path, declaration, value in parameters(part, root)
]


# Parameters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "declaration", "value"), PARAMETERS)
def test_a_parameter_is_declared_in_full(path, declaration, value):
    low, high = declaration.within
    assert low <= float(value) <= high and low < high
    assert float(value) == declaration.value
    assert 0.0 <= declaration.cv < 1.0
    assert len(declaration.meaning) > 5
    assert read_sources(declaration.source)
    _read_unit(declaration.unit)


# One file more ----------------------------------------------------------------------------------------

NEW_DRUG = '''"""A drug of the tests, which blocks aromatase."""

from leydig.body.effects import Action
from leydig.drug import Drug
from leydig.product import Label
from leydig.kinetics import oral
from leydig.parameter import parameter


class Newdrug(Drug):
    """A drug that exists in one temporary file only."""

    title = "newdrug"
    kind = "aromatase inhibitor"
    label = Label(indication="none", daily_maximum=2.0, source="Test undated, label:Newdrug")
    mechanism = ("blocks aromatase, as far as the tests can tell",)
    half_life: float = parameter(
        24.0, "h", "half-life", within=(1.0, 99.0), basis="assumed", source="assumed: a number for a test")

    def chains(self):
        return {"newdrug": oral(1.5, 2.0, self.half_life, 1.0e3)}

    def action(self, levels, delivery):
        return Action(aromatase_block=levels["newdrug"])


entry = Newdrug()
'''
NEW_ANALYTE = '''"""Twice the testosterone, an analyte of the tests."""

from leydig.analytes import Analyte


def read(at):
    """Return twice total testosterone [nmol/L]."""
    return 2.0 * at.state.testosterone


entry = Analyte(
    title="twice testosterone", unit="nmol/L", us="nmol/L", si="nmol/L", ucum="nmol/L",
    possible=(0.1, 500.0), usual=(1.0, 120.0), reference=(10.0, 70.0),
    within_man_cv=0.1, assay_cv=0.1, quantified=0.1, source="Test undated, textbook:none", read=read,
)
'''


@contextmanager
def one_file_more(package, folder, name, text):
    """Put one file into a folder that joins a catalogue, and take it out again."""
    package = importlib.import_module(package)
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    package.__path__.append(str(folder))
    try:
        yield
    finally:
        package.__path__.remove(str(folder))
        sys.modules.pop(f"{package.__name__}.{name}", None)
        vars(package).pop(name, None)


def test_one_file_is_one_drug(tmp_path, reference_man):
    with one_file_more("leydig.drugs", tmp_path, "newdrug", NEW_DRUG):
        regimen = Regimen("newdrug 1 mg daily")
        assert "newdrug" in DRUGS
        estradiol = simulate(reference_man, regimen, days=7)["estradiol"]
        assert estradiol.at(day=7).value < 0.8 * estradiol.at(day=0).value
        course = simulate(reference_man, regimen, days=7)
        assert course.drug_levels == () and len(course.table(every="1 day")) == 8
        with pytest.raises(WrongUnit, match="Declare it in `measures`"):
            course["newdrug"]
    with pytest.raises(UnknownName):
        Regimen("newdrug 1 mg daily")


def test_one_file_is_one_analyte(tmp_path, reference_man):
    with one_file_more("leydig.analytes", tmp_path, "twice_testosterone", NEW_ANALYTE):
        course = simulate(reference_man, days=2)
        assert np.allclose(course["twice_testosterone"].values, 2.0 * course.inside["testosterone"], rtol=1e-14)
    with pytest.raises(UnknownName):
        simulate(reference_man, days=2)["twice_testosterone"]
