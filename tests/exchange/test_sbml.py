"""The SBML text: consistent by libsbml, and run by libRoadRunner against SciPy on the model's own equations."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jax
import jax.numpy as jnp
import libsbml
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from scipy.integrate import solve_ivp

from leydig import Man, Regimen, simulate
from leydig.analytes import ANALYTES
from leydig.drug import Drug
from leydig.drugs import DRUGS, drugs_of
from leydig.engine import System, leaf_ids
from leydig.engine.reference import reference
from leydig.errors import BadRegimen, MissingExtra, NotSolved, OutOfRange, UnknownName, WrongUnit
from leydig.exchange.sbml import sbml, write_sbml
from leydig.exchange.sbml_document import Document
from leydig.exchange.sbml_formulas import FormulaPrinter, FormulaValue
from leydig.exchange.sbml_units import sbml_unit
from leydig.parameter import parameters
from leydig.units import factor

MEN = {
    "reference": Man(age=30),
    "overweight": Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L", fsh="4.8 IU/L"),
}
STATES = leaf_ids({"state": MEN["reference"].state})
LEVELS = {"anastrozole": 100.0, "enclomiphene": 3.0}  # nmol/L and ug/L
WRITTEN = (
    "clomiphene 25 mg daily + tamoxifen 20 mg daily + letrozole 2.5 mg weekly + anastrozole 1 mg daily from day 3 + "
    "exemestane 25 mg daily + testolactone 500 mg twice daily + ketoconazole 200 mg twice daily + "
    "testosterone enanthate 200 mg weekly + testosterone cypionate 100 mg weekly + testosterone gel 50 mg daily + "
    "testosterone undecanoate 750 mg once + hCG 500 IU every other day + follitropin 150 IU three times weekly + "
    "gonadorelin 10 ug every 90 minutes missing days 5 + estradiol patch 100 ug/day continuous for 1 week + "
    "testosterone infusion 5 mg/day continuous for 1 week + "
    "cetrorelix 0.25 mg daily from day 3"
)


def once(name):
    """Return one dose of any drug, or a day of it where it is infused."""
    drug = DRUGS[name]
    amount = drug.label.single_maximum or drug.label.daily_maximum
    return f"{name} {amount:g} {drug.unit}" + ("/day continuous for 1 day" if drug.infusible else " once")


UNWRITTEN = [name for name in drugs_of(list(DRUGS)) if name not in drugs_of(list(Regimen(WRITTEN).drugs))]
EVERYTHING = " + ".join([WRITTEN, *map(once, UNWRITTEN)])
quiet = pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")


def complaints(text):
    """Return every error and warning of libsbml, units included."""
    document = libsbml.readSBMLFromString(text)
    document.checkConsistency()
    return [document.getError(i).getMessage() for i in range(document.getNumErrors())]


def run(text, times, starts=({},), names=tuple(STATES)):
    """Return the states, or other quantities, at `times` from each start, by CVODE."""
    starts = [{name: float(value) for name, value in start.items()} for start in starts]
    asked = {"text": text, "times": [float(time) for time in times], "states": list(names), "starts": starts}
    child = Path(__file__).with_name("roadrunner_child.py")
    done = subprocess.run([sys.executable, str(child)], input=json.dumps(asked), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [np.array(rows) for rows in json.loads(done.stdout)]


def resting(man):
    flat, shape = ravel_pytree(jax.tree.map(np.asarray, man.state))
    return np.asarray(flat), shape


@quiet
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"levels": LEVELS},
        {"regimen": EVERYTHING, "days": 14.0},
        {"levels": {level: 1.0 for drug in DRUGS.values() if isinstance(drug, Drug) for level in drug.chains()}},
    ],
    ids=["untreated", "held", "dosed", "all held"],
)
def test_consistent_with_no_error_and_no_warning_even_of_units(settings):
    assert complaints(sbml(MEN["overweight"], **settings)) == []


def test_every_drug_is_in_the_dosed_document():
    assert {*drugs_of(list(DRUGS))} == {*drugs_of(list(Regimen(EVERYTHING).drugs))}


def size(unit):
    """Return the factor to SI units and the powers of these."""
    unit = libsbml.UnitDefinition.convertToSI(unit)
    parts = [unit.getUnit(i) for i in range(unit.getNumUnits())]
    factors = [(one.getMultiplier() * 10.0 ** one.getScale()) ** one.getExponentAsDouble() for one in parts]
    powers = Counter()
    for one in parts:
        powers[libsbml.UnitKind_toString(one.getKind())] += one.getExponentAsDouble()
    return np.prod(factors), {kind: power for kind, power in powers.items() if power and kind != "dimensionless"}


def misfits(text):
    """Return the variables whose rule is in another unit than they are, prefixes and hours against days included."""
    document = libsbml.readSBMLFromString(text)
    model = document.getModel()
    rules = {rule.getVariable(): rule for rule in model.getListOfRules()}
    rules |= {rule.getSymbol(): rule for rule in model.getListOfInitialAssignments()}
    found = []
    for name, rule in rules.items():
        factor_here, powers = size(rule.getDerivedUnitDefinition())
        factor_own, own = size(model.getParameter(name).getDerivedUnitDefinition())
        if model.getRateRuleByVariable(name) is not None:
            factor_own, own = factor_own / 86400.0, own | {"second": own.get("second", 0.0) - 1.0}
        own = {kind: power for kind, power in own.items() if power}
        if powers != own or abs(factor_here / factor_own - 1.0) > 1e-9:
            found.append(name)
    return found


@quiet
def test_every_rule_is_in_the_unit_of_its_variable():
    assert misfits(sbml(MEN["overweight"], EVERYTHING, days=7.0)) == []


@pytest.mark.parametrize(("name", "wrong"), [("testosterone", "IU_per_L"), ("body_pituitary_lh_half_life", "d")])
def test_a_wrong_unit_would_be_seen(name, wrong):
    text = sbml(MEN["reference"])
    start = text.index('units="', text.index(f' id="{name}"')) + len('units="')
    spoilt = text[:start] + wrong + text[text.index('"', start) :]
    assert complaints(spoilt) or misfits(spoilt) == ["lh"]


@pytest.mark.parametrize("name", MEN)
def test_the_untreated_man_stays_at_rest(name):
    man = MEN[name]
    (found,) = run(sbml(man), np.linspace(0.0, 60.0, 13))
    np.testing.assert_allclose(found, np.tile(resting(man)[0], (13, 1)), rtol=1e-6)


@pytest.mark.parametrize("name", MEN)
def test_constant_levels_agree_with_scipy_from_rest_and_away_from_it(name):
    man, times = MEN[name], np.linspace(0.0, 60.0, 61)
    drugs, (rest, shape) = drugs_of(list(LEVELS)), resting(man)
    system = System(man.body, man.body.frame(man.bmi), drugs, tuple(LEVELS), (1, 1), (np.float64(1.0),) * 2)

    @jax.jit
    def rate(y):
        return ravel_pytree(system.rate(shape(y), tuple(LEVELS.values()), (0.0, 0.0, 1.0) * 2))[0]

    starts = [rest, 1.2 * rest]
    text = sbml(man, levels=LEVELS)
    for start, found in zip(starts, run(text, times, [dict(zip(STATES, y, strict=True)) for y in starts]), strict=True):
        theirs = solve_ivp(
            lambda _, y: np.asarray(rate(y)), (0.0, 60.0), start, "LSODA", times, rtol=1e-11, atol=1e-13
        ).y.T
        assert np.abs(theirs[-1] / start - 1.0).max() > 0.1
        np.testing.assert_allclose(found, theirs, rtol=1e-6)


@quiet
@pytest.mark.parametrize(
    ("name", "regimen"),
    [
        ("overweight", "anastrozole 1 mg daily"),
        (
            "reference",
            "gonadorelin 10 ug every 90 minutes missing days 4 + estradiol patch 100 ug/day continuous from day 1 for "
            "3 days + testolactone 500 mg twice daily + clomiphene 25 mg every other day from day 1",
        ),
    ],
)
def test_doses_infusions_and_pulses_agree_with_the_second_solution(name, regimen):
    man, times = MEN[name], np.unique([*np.arange(8.0), 0.1, 0.5, 1.25, 4.7, 6.3])
    (found,) = run(sbml(man, regimen, days=7.0), times)
    np.testing.assert_allclose(found, reference(man, Regimen(regimen), times), rtol=1e-5)


@pytest.mark.parametrize(
    ("regimen", "events"),
    [
        ("anastrozole 1 mg daily for 365 days", 1),
        ("anastrozole 1 mg twice weekly for 10 weeks", 2),
        ("anastrozole 1 mg once", 0),  # in the body at the start
        ("anastrozole 1 mg once from day 2", 1),
        ("anastrozole 1 mg daily from day 1 for 2 days", 1),
        ("anastrozole 1 mg daily for 10 days + letrozole 2.5 mg daily for 10 days", 2),
        ("estradiol patch 100 ug/day continuous from day 1 for 3 days", 2),
    ],
)
def test_what_comes_evenly_is_one_event(regimen, events):
    text = sbml(MEN["reference"], regimen)
    assert libsbml.readSBMLFromString(text).getModel().getNumEvents() == events and complaints(text) == []


@quiet
def test_doses_of_several_series_at_one_time_are_all_given_and_none_comes_after_the_last():
    regimen = "anastrozole 1 mg every 8 hours for 4 days + anastrozole 0.5 mg every other day for 5 days + " \
              "anastrozole 2 mg once from day 2"  # fmt: skip
    man, times = MEN["overweight"], np.unique([*np.arange(8.0), 2.01, 2.2, 3.99])
    expected = reference(man, Regimen(regimen), times)
    for found in run(sbml(man, regimen, days=7.0), times, ({}, {})):  # the second run gives every dose again
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_every_element_says_what_it_is_in_the_systems_biology_ontology():
    model = libsbml.readSBMLFromString(sbml(MEN["reference"], "anastrozole 1 mg daily", days=7.0)).getModel()
    rules, events = list(model.getListOfRules()), list(model.getListOfEvents())
    assert {one.getSBOTermID() for one in model.getListOfParameters()} == {"SBO:0000002"}
    expressions = [*rules, *model.getListOfInitialAssignments(), *model.getListOfFunctionDefinitions()]
    expressions += [one for event in events for one in event.getListOfEventAssignments()]
    assert {one.getSBOTermID() for one in expressions} == {"SBO:0000064"}
    assert {one.getSBOTermID() for one in events} == {"SBO:0000231"}


def test_what_is_measured_is_what_the_course_shows():
    """Follitropin counts in FSH, and estradiol has the background of its assay, in every simulator alike."""
    regimen, man = "follitropin 150 IU three times weekly + estradiol patch 50 ug/day continuous", MEN["overweight"]
    course = simulate(man, regimen, days=7.0, every="1 day")
    names = [f"measured_{name}" for name in ANALYTES]
    (model,) = run(sbml(man, regimen, days=7.0), course.days, names=names)
    for place, name in enumerate(ANALYTES):
        np.testing.assert_allclose(model[:, place], course.inside[name], rtol=1e-4)


def test_states_parameters_and_units_read_back(tmp_path):
    man = MEN["overweight"]
    path = write_sbml(man, tmp_path / "man.xml", "anastrozole 1 mg daily", days=7.0)
    model = libsbml.readSBMLFromFile(str(path)).getModel()
    units = {one.getId(): one.getName() for one in model.getListOfUnitDefinitions()} | {"dimensionless": "1"}

    def read(name):
        one = model.getParameter(name)
        return one.getValue(), units[one.getUnits()], one.getName(), one.getConstant()

    assert [read(name)[0] for name in STATES] == pytest.approx(list(resting(man)[0]), rel=1e-14)
    assert all(model.getRateRuleByVariable(name) is not None and not read(name)[3] for name in STATES)
    assert read("testosterone")[1:3] == ("nmol/L", "testosterone")
    assert (read("bone")[1], read("stages_0")[1]) == ("g/cm2", "1")
    for start, part in (("body", man.body), ("drugs.anastrozole", DRUGS["anastrozole"])):
        for path, declared, value in parameters(part, start):
            if "tamoxifen" not in path:
                number, unit, meaning, constant = read(path.replace(".", "_"))
                assert number == pytest.approx(float(value), rel=1e-14)
                assert factor(unit, declared.unit) == pytest.approx(1.0)
                assert (meaning, constant) == (declared.meaning, True)
    assert (read("anastrozole")[1], read("amount_anastrozole_0")[:2]) == ("nmol/L", (1.0, "mg"))
    assert model.getNumEvents() == 1 and read("next_dose_1")[:2] == (1.0, "d")
    assert {one.getVariable() for one in model.getEvent(0).getListOfEventAssignments()} == {
        "amount_anastrozole_0", "next_dose_1",
    }  # fmt: skip


def test_vocabularies_and_notes():
    model = libsbml.readSBMLFromString(sbml(MEN["reference"], levels={"anastrozole": 30.0})).getModel()

    def about(name):
        terms = model.getParameter(name).getCVTerms()
        return {term.getResourceURI(i) for term in terms for i in range(term.getNumResources())}

    assert about("testosterone") == {"https://identifiers.org/CHEBI:17347"}
    assert about("measured_testosterone") == {"https://loinc.org/2986-8"}
    assert about("estradiol") == {"https://identifiers.org/CHEBI:16469"}
    assert about("measured_estradiol") == {"https://loinc.org/2243-4"}
    assert about("lh") == set() and about("measured_lh") == {"https://loinc.org/10501-5"}
    assert "http://purl.bioontology.org/ontology/RXNORM/84857" in about("anastrozole")
    assert "prescribes nothing" in model.getNotesString()
    assert model.getParameter("anastrozole").getValue() == 30.0


def test_the_text_is_the_same_each_time():
    assert sbml(MEN["reference"], levels=LEVELS) == sbml(MEN["reference"], levels=LEVELS)


def test_what_cannot_be_written_is_refused(tmp_path, monkeypatch):
    man = MEN["reference"]
    with pytest.raises(NotSolved, match="sin"):
        FormulaPrinter(Document()).formulas(lambda x: {"y": jnp.sin(x["x"])}, {"x": 1.0}, {"x": FormulaValue("x")})
    with pytest.raises(UnknownName, match="anastrozole"):
        sbml(man, levels={"anastrozol": 1.0})
    with pytest.raises(OutOfRange, match="0 or more"):
        sbml(man, levels={"anastrozole": -1.0})
    with pytest.raises(BadRegimen, match="Leave one out"):
        sbml(man, "anastrozole 1 mg daily", levels={"anastrozole": 1.0}, days=7.0)
    with pytest.raises(OutOfRange, match="no end"):
        sbml(man, "anastrozole 1 mg daily")
    assert "Given for 14 days" in sbml(man, "anastrozole 1 mg daily for 2 weeks")
    with pytest.raises(OutOfRange, match="2 men"):
        sbml(Man.stack([man, man]))
    with pytest.raises(OutOfRange, match="xml"):
        write_sbml(man, tmp_path / "man.txt")
    with pytest.raises(WrongUnit, match="furlong"):
        sbml_unit("furlong/d")
    monkeypatch.setitem(sys.modules, "libsbml", None)
    with pytest.raises(MissingExtra, match='pip install "leydig.sbml.'):
        sbml(man)
