"""Every entry of every catalogue: documented, sourced, in known units, true to its published levels.

And the promise of the catalogue: one file more is one drug or analyte more, with no other change.
"""

import dataclasses
import importlib
import inspect
import re
import sys
from contextlib import contextmanager

import jax
import numpy as np
import pytest

from leydig import Regimen, simulate
from leydig.analytes import ANALYTES
from leydig.body import Body
from leydig.body.effects import Action
from leydig.drug import Delivery, Drug, Mixture
from leydig.drugs import DRUGS, drugs_of
from leydig.errors import UnknownName, WrongUnit
from leydig.man.imputation import Expectation
from leydig.parameter import parameters
from leydig.source import read_sources
from leydig.ticks import days_of
from leydig.units import _read_unit, factor

SAMPLES = [
    pytest.param(name, sample, id=f"{name}: {sample.what} on {sample.regimen}")
    for name, drug in DRUGS.items()
    for sample in drug.samples
]
PARAMETERS = [
    pytest.param(path, declaration, value, id=path)
    for root, part in (("body", Body()), ("expect", Expectation()), *((f"drugs.{n}", d) for n, d in DRUGS.items()))
    for path, declaration, value in parameters(part, root)
]
EACH_DRUG = pytest.mark.parametrize("name", list(DRUGS))
EACH_ANALYTE = pytest.mark.parametrize("name", list(ANALYTES))


def documented(thing):
    """Return whether a module or class opens with a sentence."""
    text = inspect.getdoc(thing) or ""
    return re.match(r"[A-Za-z].{15,}?\.", text, re.DOTALL) is not None


# Drugs ------------------------------------------------------------------------------------------------


@EACH_DRUG
def test_a_drug_is_documented(name):
    drug = DRUGS[name]
    assert documented(sys.modules[type(drug).__module__])
    assert documented(type(drug))
    assert drug.title and drug.kind and drug.label.indication
    assert drug.mechanism and all(line == line.strip() and len(line) > 20 for line in drug.mechanism)


@EACH_DRUG
def test_a_drug_is_named_by_its_file(name):
    assert DRUGS[name].name == name
    assert type(DRUGS[name]).__doc__ != Drug.__doc__


@EACH_DRUG
def test_a_drug_is_sourced(name):
    drug = DRUGS[name]
    for line in (drug.label.source, *(sample.source for sample in drug.samples)):
        assert all(one.kind != "assumed" for one in read_sources(line))


@EACH_DRUG
def test_the_dose_units_of_a_drug_are_known_and_consistent(name):
    drug = DRUGS[name]
    if drug.unit == "IU":
        assert all(unit.upper().endswith("IU") for unit in drug.units)
    for unit, size in drug.units.items():
        assert size == pytest.approx(factor(unit, drug.unit))


@EACH_DRUG
def test_the_label_of_a_drug_is_possible(name):
    label = DRUGS[name].label
    assert label.daily_maximum > 0.0
    assert all(strength > 0.0 for strength in label.strengths)
    assert list(label.strengths) == sorted(label.strengths)


@EACH_DRUG
def test_a_drug_has_a_route_that_texts_know(name):
    for route in DRUGS[name].routes:
        assert route in ("oral", "sc", "im", "iv", "transdermal")


@EACH_DRUG
def test_a_drug_does_nothing_at_level_zero(name):
    drugs = drugs_of([name])
    levels = {level: np.float64(0.0) for drug in drugs.values() for level in drug.chains()}
    for drug in drugs.values():
        action = drug.action(levels, Delivery(np.float64(0.0), np.float64(0.0), np.float64(1.0)))
        assert all(float(getattr(action, one.name)) == 0.0 for one in dataclasses.fields(Action))


@pytest.mark.parametrize("name", [name for name, drug in DRUGS.items() if isinstance(drug, Mixture)])
def test_the_parts_of_a_mixture_are_drugs_and_make_it_up(name):
    parts = DRUGS[name].parts()
    assert all(isinstance(DRUGS[part], Drug) for part in parts)
    assert sum(float(share) for share in parts.values()) == pytest.approx(1.0)


def levels_over_day(regimen, day, points=481):
    """Return every level, and the action of every drug, over one day of a regimen."""
    drugs = drugs_of(list(regimen.drugs))
    days = np.linspace(day, day + 1.0, points)
    given = {}
    for name, (when, amounts) in regimen.schedule(day + 1.0).doses.items():
        entry, when = DRUGS[name], days_of(when)
        for part, share in (entry.parts() if isinstance(entry, Mixture) else {name: 1.0}).items():
            given.setdefault(part, []).extend(zip(when, amounts * float(share), strict=True))
    levels = {}
    for name, drug in drugs.items():
        for level, chain in drug.chains().items():
            levels[level] = np.zeros(points)
            for when, amount in given.get(name, []):
                levels[level] += (days >= when) * amount * chain.response(np.maximum(days - when, 0.0))
    nothing = Delivery(np.float64(0.0), np.float64(0.0), np.float64(1.0))
    joint = jax.vmap(lambda one: sum((drug.action(one, nothing) for drug in drugs.values()), start=Action()))
    return levels, joint(levels)


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_published_levels_are_reproduced(name, sample):
    levels, action = levels_over_day(Regimen(sample.regimen), sample.day)
    values = np.asarray(levels[sample.what] if sample.what in levels else getattr(action, sample.what))
    found = {"average": np.mean, "peak": np.max, "trough": np.min}[sample.statistic](values)
    assert 0.0 < sample.tolerance <= 0.5
    assert found == pytest.approx(sample.value, rel=sample.tolerance)


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


# Analytes ---------------------------------------------------------------------------------------------


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
