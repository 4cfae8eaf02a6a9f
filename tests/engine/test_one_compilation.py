"""One compilation of the march, whatever arrays come: any layout in memory, read-only or not, few men or many.

Numba compiles anew, for as long as at first, for every layout of an array and for what is read-only.
"""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import leydig as ly
from leydig.engine import solve
from leydig.engine.cohort import Cohort
from leydig.engine.kernel.march import march
from leydig.engine.plan import plan_schedule, stack_plans

TEXT = "anastrozole 1 mg daily"
DRUGS = {"anastrozole": ly.drugs["anastrozole"]}


def of_jax(leaf):
    """Return an array as it comes from JAX: read-only."""
    return np.asarray(jnp.asarray(leaf))


def broadcast(leaf):
    """Return an array that is read-only and without an order in memory, as `np.broadcast_to` and xarray give them."""
    return np.broadcast_to(leaf, (2, *np.shape(leaf)))[1]


def turned(leaf):
    """Return an array whose first axis runs fastest in memory."""
    return np.asfortranarray(leaf)


def sliced(leaf):
    """Return every other row of an array."""
    return np.repeat(leaf, 2, axis=0)[::2]


def shifted(leaf):
    """Return an array that begins between two numbers in memory."""
    flat = np.zeros(leaf.nbytes + 1, dtype=np.uint8)[1:].view(leaf.dtype).reshape(leaf.shape)
    flat[...] = leaf
    return flat


def narrow(leaf):
    """Return whole numbers in 32 bits where they fit, the others with their bytes turned around."""
    whole = leaf.dtype.kind == "i"
    return leaf.astype(np.int32) if whole and leaf.max() < 2**31 else leaf.astype(leaf.dtype.newbyteorder())


FORMS = (of_jax, broadcast, turned, sliced, shifted)


@pytest.fixture(scope="module")
def men():
    return ly.population(12, seed=3)


@pytest.fixture(autouse=True)
def _one_compilation():
    """Hold the march to one compilation, or one fetch, whatever came before in this process."""
    yield
    assert len(march.overloads) == 1


@pytest.mark.parametrize("cores", [1, 2, 3])
def test_a_crowd_marches_with_one_compilation(men, cores):
    """Of more than 32 men for each core, groups of eight that do not follow one another make a piece of work."""
    for count in (1, 12, 70, 250):
        ly.simulate(men.take(np.arange(count) % 12), TEXT, days=2, cores=cores)


@pytest.mark.parametrize("form", (*FORMS, narrow))
def test_arrays_of_any_form_march_to_the_same_numbers(men, form):
    who, kernel = solve.kernel_numbers(men, DRUGS), solve.kernel(men, DRUGS)
    plans = [plan_schedule(ly.Regimen(text).schedule(3.0), DRUGS, np.arange(4.0)) for text in (TEXT, "")]
    given = (who, (who.start, np.zeros_like(who.decay)), np.arange(12) % 2, stack_plans(plans))
    expected, found = (solve.march(kernel, *parts, 1e-4) for parts in (given, jax.tree.map(form, given)))
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize("form", FORMS)
def test_every_door_marches_with_one_compilation(men, form):
    crowd = jax.tree.map(form, men)
    course = ly.simulate(crowd, TEXT, days=2)
    course = replace(course, ending=jax.tree.map(form, course.ending))
    ly.simulate(crowd, TEXT, days=2, after=course)
    ly.simulate(crowd.take([0]), TEXT, days=2, uncertainty=20)
    cohort = Cohort(crowd, ["anastrozole"])
    cohort.advance(ly.Regimen(TEXT), form(np.linspace(1.0, 2.0, 12)))
    cohort.advance(ly.Regimen(TEXT), 3.0, men=form(np.arange(2, 7)))


def test_a_gradient_marches_with_one_compilation(men):
    man = jax.tree.map(of_jax, men).take(0)

    def build(values):
        return man, ly.Regimen(ly.Dose("anastrozole", values[0]))

    for values in ([1.0], of_jax([0.5])):
        ly.gradient(build, values, days=2)
