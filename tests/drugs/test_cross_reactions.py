"""What an assay reads of what is given: every pair of a drug and an analyte, exactly as the drug's file says."""

import dataclasses
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from leydig import Man, simulate
from leydig.analytes import ANALYTES, analyte_order
from leydig.body.effects import Action
from leydig.drug import Drug, Reads
from leydig.drugs import DRUGS
from leydig.engine.equations import readings, readings_by_name
from leydig.engine.system import System, kinetics
from leydig.pulses.simulate import simulate_pulses
from leydig.source import read_sources

PLAIN = [name for name, drug in DRUGS.items() if isinstance(drug, Drug)]
EACH = pytest.mark.parametrize("name", PLAIN)
TISSUE = "intratesticular_testosterone"
DEFICIENT = Man(age=25, testosterone="50 ng/dL", estradiol="8 pg/mL", lh="0.4 IU/L", fsh="0.6 IU/L")


def tube(name, man, amount):
    """Return the system on one drug, its modes and what is given, all of this amount."""
    drugs = {name: DRUGS[name]}
    levels, sizes, scales, rates = kinetics(drugs)
    system = System(man.body, man.body.frame(man.bmi), drugs, levels, sizes, scales)
    modes = tuple(jnp.asarray(amount) for _ in rates)
    return system, modes, (jnp.asarray(amount), jnp.asarray(amount), jnp.asarray(1.0))


def read(system, state, modes, given):
    return readings_by_name(np.array([float(value) for value in readings(system, state, modes, given)]))[0]


@EACH
def test_a_reading_rises_by_what_the_drug_declares_and_no_other_moves(name, reference_man):
    """One blood sample, with and without the drug in it: what his body does of the drug is no part of this."""
    system, modes, given = tube(name, reference_man, 10.0)
    _, none, nothing = tube(name, reference_man, 0.0)
    action = system.action(modes, given)
    assert any(float(getattr(action, one.name)) != 0.0 for one in dataclasses.fields(Action))
    clean = read(system, reference_man.state, none, nothing)
    spiked = read(system, reference_man.state, modes, given)
    assert list(clean) == list(analyte_order())
    for analyte in ANALYTES:
        if analyte == TISSUE:  # secretion itself, which a drug may stop at once
            continue
        told = DRUGS[name].cross_reaction(analyte)
        more = float(getattr(action, told.action)) if told.reads is Reads.BESIDE else 0.0
        assert (more != 0.0) == (told.reads is Reads.BESIDE)
        assert spiked[analyte] - clean[analyte] == pytest.approx(more, rel=1e-12, abs=1e-12), analyte


@EACH
def test_the_hormone_itself_enters_the_blood_and_nothing_else_does(name, reference_man):
    """A drug that is a hormone of the state makes that hormone rise at once; one that is not, does not."""
    system, modes, given = tube(name, reference_man, 10.0)
    _, none, nothing = tube(name, reference_man, 0.0)
    before, after = (system.rate(reference_man.state, *one) for one in ((none, nothing), (modes, given)))
    for analyte, field in (("testosterone", "testosterone_input"), ("estradiol", "estradiol_input")):
        itself = DRUGS[name].cross_reaction(analyte).reads is Reads.ITSELF
        assert (float(getattr(system.action(modes, given), field)) > 0.0) == itself
        if itself:
            assert float(getattr(after, analyte)) > float(getattr(before, analyte))


@EACH
def test_what_is_declared_has_a_reason_and_a_source(name):
    for analyte, told in DRUGS[name].cross_reactions.items():
        assert analyte in ANALYTES
        assert len(told.why) > 10 and read_sources(told.source)
        assert (told.action != "") == (told.reads is Reads.BESIDE)


def test_the_page_of_drugs_lists_what_is_declared():
    """Each row of the page is what the drugs' files say; a drug that came since is shown by `leydig show drug`."""
    page = (
        (Path(__file__).parents[2] / "docs" / "drugs.md").read_text(encoding="utf-8").partition("## What an assay")[2]
    )
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")
    ]
    named = {DRUGS[name].title: name for name in PLAIN}
    analytes = {one.title: name for name, one in ANALYTES.items()}
    for drugs, analyte, reads in rows[1:]:
        for title in drugs.split(", "):
            told = DRUGS[named[title]].cross_reaction(analytes[analyte])
            assert reads.startswith(told.reads.value), (title, analyte)


# In every place that shows a level ---------------------------------------------------------------------


def follitropin(days):
    """Return the level [IU/L] of 75 IU three times weekly (days 0, 2, 4 of each week), in closed form."""
    drug = DRUGS["follitropin"]
    chain = drug.chains()["follitropin"]
    doses = np.array([7.0 * week + day for week in range(30) for day in (0.0, 2.0, 4.0)])
    since = np.maximum(np.asarray(days)[:, None] - doses, 0.0)
    ka, k = (float(rate) for rate in chain.rates)
    one = float(chain.scale) * ka / (ka - k) * (np.exp(-k * since) - np.exp(-ka * since))
    return (75.0 * one).sum(axis=1)


def test_follitropin_reads_as_fsh_in_a_course():
    """Defect A11: FSH read 0.001 of the usual; it is his own and what is given, by the closed form."""
    course = simulate(DEFICIENT, "follitropin 75 IU three times weekly", weeks=26, every="1 day", tolerance=1e-8)
    own = course.inside["fsh"] - follitropin(course.days)
    assert follitropin(np.arange(175.0, 182.0, 0.01)).mean() == pytest.approx(3 * 75.0 / 7.0 / (0.71 * 24.0), rel=0.01)
    assert (own[1:] > 0.0).all() and (own[-14:] < 0.9 * 0.6).all()  # inhibin B rises and brakes his own
    assert own[0] == pytest.approx(0.6, rel=1e-6)


def test_follitropin_reads_alike_on_both_clocks():
    regimen = "follitropin 150 IU three times weekly"
    drawn = [simulate_pulses(DEFICIENT, regimen, day=42.0, hours=48.0, every="60 minutes", noise=False, key=key).fsh
             for key in range(6)]  # fmt: skip
    course = simulate(DEFICIENT, regimen, days=44, every="1 hour")
    days = course.inside["fsh"][course.days >= 42.0 - 1e-9]
    np.testing.assert_allclose(np.mean(drawn, axis=0), days, rtol=0.02)


def test_hcg_does_not_read_as_lh(reference_man):
    """Its activity drives the testis while the laboratory sees LH vanish."""
    course = simulate(reference_man, "hCG 1500 IU three times weekly", weeks=8)
    assert course.inside["lh"][-1] < 0.4 * course.inside["lh"][0]
    assert course.inside["testosterone"][-1] > 1.1 * course.inside["testosterone"][0]


def test_the_pituitary_hears_nothing_of_what_only_an_assay_reads(reference_man):
    """Own FSH, testis and sperm are what they are whether or not the reading counts follitropin."""
    course = simulate(reference_man, "follitropin 150 IU three times weekly", weeks=4)
    leaves = [float(np.ravel(leaf)[0]) for leaf in course.ending[0][:2]]
    assert leaves[1] < float(reference_man.state.fsh)  # the state holds his own
    assert course.inside["fsh"][-1] > leaves[1] + 1.0
