"""The page of the equations says what is solved: its MathML, worked out, gives the engine's numbers."""

import dataclasses
import re
import sys
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from presentation import value_of

from leydig import Man
from leydig.analyte import Reading
from leydig.analytes import ANALYTES
from leydig.body.effects import Action
from leydig.cli.commands.catalogs import about
from leydig.drug import Delivery, Drug
from leydig.drugs import DRUGS
from leydig.engine.trace.mathml import EquationPrinter, symbol
from leydig.engine.trace.tracer import leaf_ids

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "hooks"))

import entries  # noqa: E402
import equations  # noqa: E402

OVERWEIGHT = Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L", fsh="4.8 IU/L")


@cache
def whole_page():
    """Return the page, which is made when a test first asks for it."""
    return equations.equation_page()


def worked_out(traced, numbers):
    """Return what the typeset equations of a trace give for these inputs."""
    symbols = {symbol(name, equations.ORGANS): float(number) for name, number in numbers.items()}
    assert len(symbols) == len(numbers)
    named, results = EquationPrinter.equations_of(traced, equations.ORGANS)
    for one in named:
        assert one.left not in symbols, f"{one.left} stands for two things"
        symbols[one.left] = value_of(one.right, symbols)
    return {name: value_of(text, symbols) for name, text in results.items()}


@pytest.mark.parametrize("action", [{}, {"aromatase_block": 30.0, "gnrh_block": 0.5, "testosterone_input": 2000.0}])
def test_the_typeset_body_gives_the_rates_and_readings_of_the_engine(action):
    man = OVERWEIGHT
    state = jax.tree.map(lambda one: 1.3 * jnp.asarray(one), man.state)
    actions = {name: action.get(name, 0.0) for name in Action.__dataclass_fields__}
    x = {"body": man.body, "bmi": man.bmi, "state": state, "action": actions}
    numbers = dict(zip(leaf_ids(x), map(float, jax.tree.leaves(x)), strict=True))
    found = worked_out(equations.body_trace(), numbers)
    acts, frame = Action(**actions), man.body.frame(man.bmi)
    rate = man.body.rate(state, acts, frame)
    at = Reading(man.body, state, man.body.signals(state, acts, frame), acts)
    truth = dict(zip(leaf_ids({"state": rate}), jax.tree.leaves(rate), strict=True))
    truth |= {f"measured_{name}": analyte.read(at) for name, analyte in ANALYTES.items()}
    assert found.keys() == truth.keys()
    np.testing.assert_allclose([found[name] for name in truth], [float(one) for one in truth.values()], rtol=1e-4)


def test_every_rate_reading_and_drug_is_on_the_page():
    for name in leaf_ids({"state": OVERWEIGHT.state}):
        assert equations._rate(name) in whole_page(), name
    for name in ANALYTES:
        assert equations._measured(name) in whole_page(), name
    for drug in (one for one in DRUGS.values() if isinstance(one, Drug)):
        part = whole_page().split(f"### [{drug.title}]")[1].split("\n### ")[0]
        assert "<mi>action</mi>" in part, drug.name


def test_every_block_is_well_formed():
    blocks = re.findall(r"<math.*?</math>", whole_page())
    assert len(blocks) > 200 and whole_page().count("<math") == whole_page().count("</math>") == len(blocks)
    for block in blocks:
        ElementTree.fromstring(block)


def symbols(elements):
    """Return every symbol in typeset elements; names of functions are none."""
    found = set()
    for one in elements:
        if one.tag == "msub" or (one.tag == "mi" and one.text not in ("exp", "ln", "max", "min")):
            found.add(ElementTree.tostring(one, encoding="unicode"))
        else:
            found |= symbols(one)
    return found


def sides(text):
    """Return the symbols that equations of some text give, and those that they read."""
    given, read = set(), set()
    for block in re.findall(r'<math display="block">.*?</math>', text):
        row = list(ElementTree.fromstring(block)[0])
        equals = next(place for place, one in enumerate(row) if (one.tag, one.text) == ("mo", "="))
        given |= symbols(row[:equals])
        read |= symbols(row[equals + 1 :])
    return given, read


def unexplained(page):
    """Return the symbols that no equation gives, no table lists and no sentence names."""
    body, *drugs = re.split(r"\n### ", page)
    inline = {
        one for text in re.findall(r"<math>(.*?)</math>", body) for one in symbols([ElementTree.fromstring(text)])
    }
    given, read = sides(body)
    everywhere = sides(page)[0]
    actions = {one for one in everywhere if one.endswith("<mi>action</mi></msub>")}
    left = read - given - inline - actions
    for text in drugs:
        name = re.search(r"\(drugs/(\w+)\.md\)", text)[1]
        listed = re.findall(r"`([\w.]+)`<br>", entries._drug(about("drug", name)))
        own = {symbol(one.replace(".", "_"), equations.ORGANS) for one in listed}
        other = {symbol(level, equations.ORGANS) for drug in DRUGS.values() if isinstance(drug, Drug)
                 for level in drug.chains()} & everywhere  # fmt: skip
        given, read = sides(text)
        left |= {one for one in read - given - own - other if not one.endswith("<mi>given</mi></msub>")}
    return left


def test_every_symbol_is_explained():
    """By an equation, in a table of parameters, on its drug's page or in words."""
    assert unexplained(whole_page()) == set()
    assert all(f"index *{index}*" in whole_page() for index in ("action", "given"))
    assert {field.name for field in dataclasses.fields(Delivery)} == {"rate", "pulse", "interval"}  # as the page says


def test_a_symbol_without_its_row_its_word_or_its_drug_is_found():
    row = next(line for line in whole_page().splitlines() if "`body.testis.capacity`" in line)
    assert unexplained(whole_page().replace(row, "")) == {symbol("body_testis_capacity", equations.ORGANS)}
    assert unexplained(whole_page().replace("<math><mi>bmi</mi></math>", "BMI")) == {"<mi>bmi</mi>"}
    tamoxifen = next(part for part in whole_page().split("\n### ") if part.startswith("[tamoxifen]"))
    assert unexplained(whole_page().replace(f"\n### {tamoxifen}", "")) == {"<mi>tamoxifen</mi>"}  # inhibitors read it
