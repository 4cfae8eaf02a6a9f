"""Every drug of the catalogue: documented, sourced, in known units, true to its published levels."""

import dataclasses
import sys

import jax
import numpy as np
import pytest
from docstrings import documented

from leydig import Regimen
from leydig.body.effects import Action
from leydig.drug import Delivery, Drug, Mixture
from leydig.drugs import DRUGS, drugs_of
from leydig.source import read_sources
from leydig.ticks import days_of
from leydig.units import factor

SAMPLES = [
    pytest.param(name, sample, id=f"{name}: {sample.what} on {sample.regimen}")
    for name, drug in DRUGS.items()
    for sample in drug.samples
]
EACH_DRUG = pytest.mark.parametrize("name", list(DRUGS))


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
