"""Parameters: what a declaration refuses, how they are walked, and how they are changed."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from leydig.body import Body
from leydig.errors import BadSource, OutOfRange, UnknownName
from leydig.parameter import change, parameter, parameters

SOURCE = "Author 2009, doi:10.1000/a"


def declared(value=1.0, within=(0.0, 2.0), source=SOURCE, basis="measured"):
    return parameter(value, "1", "a number", within=within, source=source, basis=basis)


class Inner(eqx.Module):
    speed: float = parameter(2.0, "1/d", "a speed", within=(1.0, 3.0), cv=0.2, source=SOURCE, basis="measured")


class Outer(eqx.Module):
    inner: Inner = Inner()
    size: float = parameter(5.0, "L", "a size", within=(1.0, 9.0), source=SOURCE, basis="derived")


@pytest.mark.parametrize("value", [-0.1, 2.1, float("nan"), float("inf")])
def test_a_shipped_value_outside_its_range_is_refused(value):
    with pytest.raises(OutOfRange):
        declared(value=value)


@pytest.mark.parametrize(
    ("source", "basis"),
    [(SOURCE, "assumed"), ("assumed: nobody measured it", "measured"), (SOURCE, "fitted"),
     (SOURCE, "guessed"), ("somewhere", "measured"),
     (f"{SOURCE} | assumed: nobody measured it", "assumed")],
)  # fmt: skip
def test_a_source_that_does_not_fit_its_basis_is_refused(source, basis):
    with pytest.raises(BadSource):
        declared(source=source, basis=basis)


def test_a_fitted_number_names_its_calibration():
    source = f"Leydig 2026, calibration:first | {SOURCE}"
    assert declared(source=source, basis="fitted").metadata["declaration"].basis == "fitted"


def test_walking_yields_paths_declarations_and_values():
    found = {path: (one.unit, one.cv, float(value)) for path, one, value in parameters(Outer(), "body")}
    assert found == {"body.inner.speed": ("1/d", 0.2, 2.0), "body.size": ("L", 0.0, 5.0)}


def test_a_change_touches_one_leaf_of_a_copy():
    old = Outer()
    new = change(old, {"body.inner.speed": 2.5}, "body")
    assert (float(new.inner.speed), float(new.size)) == (2.5, 5.0)
    assert float(old.inner.speed) == 2.0


def test_no_changes_give_the_same_numbers():
    assert eqx.tree_equal(change(Body(), {}, "body"), Body())


@pytest.mark.parametrize("value", [0.9, 3.1, 10])
def test_a_changed_value_outside_its_range_is_refused(value):
    with pytest.raises(OutOfRange, match=r"body\.inner\.speed"):
        change(Outer(), {"body.inner.speed": value}, "body")


def test_an_unknown_path_offers_the_nearest():
    with pytest.raises(UnknownName, match=r"Did you mean body\.inner\.speed"):
        change(Outer(), {"body.inner.sped": 2.0}, "body")


def test_gradients_flow_through_a_change():
    slope = jax.grad(lambda x: change(Outer(), {"inner.speed": x}).inner.speed ** 2)(jnp.asarray(2.0))
    assert float(slope) == pytest.approx(4.0)
