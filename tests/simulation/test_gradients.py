"""Gradients: they flow through `simulate`, and agree with finite differences of the same call."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leydig import Dose, Man, Regimen, Repeat, simulate
from leydig.parameter import change, parameters

PATHS = (
    "body.hypothalamus.estrogen_gain",
    "body.hypothalamus.androgen_gain",
    "body.pituitary.lh_ceiling",
    "body.pituitary.reserve_delay",
    "body.periphery.testis_share",
    "body.testis.half_lh",
    "body.testis.capacity_delay",
    "body.blood.testosterone_clearance",
)
TEXT = "anastrozole 1 mg daily"


def last(course, name="testosterone"):
    return course.inside[name][..., -1]


def by_differences(call, at, step):
    """Return the central difference of fourth order."""
    near, far = (call(at + k * step) - call(at - k * step) for k in (1, 2))
    return float((8.0 * near - far) / (12.0 * step))


def dosed(man, amount):
    return simulate(man, Regimen(Dose("anastrozole", amount)), days=14, every="14 days")


def test_gradient_through_the_dose(shah_man):
    slope = float(jax.grad(lambda amount: last(dosed(shah_man, amount)))(0.4))
    differences = by_differences(lambda amount: float(last(dosed(shah_man, float(amount)))), 0.4, 0.01)
    assert slope == pytest.approx(differences, rel=1e-4)
    assert slope > 0.0


def value_of(man, path):
    return float({name: value for name, _, value in parameters(man.body, "body")}[path])


def treated(man, paths, values):
    """Return testosterone at day 14 of the man with these parameters, anchored again."""
    body = change(man.body, dict(zip(paths, values, strict=True)), "body")
    return last(simulate(man.with_body(body), TEXT, days=14, every="14 days"))


def test_gradient_through_parameters(shah_man):
    start = [value_of(shah_man, path) for path in PATHS]
    slopes = jax.grad(lambda values: treated(shah_man, PATHS, values))([jnp.asarray(value) for value in start])
    for path, slope, at in zip(PATHS, slopes, start, strict=True):
        differences = by_differences(
            lambda value, path=path: float(treated(shah_man, [path], [jnp.asarray(value)])), at, 2e-3 * at
        )
        assert differences != 0.0, path
        assert float(slope) == pytest.approx(differences, rel=1e-4), path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anastrozole 1 mg daily",
        "anastrozole 0.5 mg twice weekly + clomiphene 25 mg daily from week 1",
        "gonadorelin 10 ug every 90 minutes for 1 week",
    ],
)
def test_the_kernel_and_the_jax_reader_agree(shah_man, text):
    kernel = simulate(shah_man, text, days=14)
    traced = jax.jit(lambda man: simulate(man, text, days=14).inside)(shah_man)
    for name, values in kernel.inside.items():
        np.testing.assert_allclose(np.asarray(traced[name]), values, rtol=1e-9, err_msg=name)


def test_vmap_over_men_is_the_kernel_over_men(reference_man, shah_man):
    men = Man.stacked([reference_man, shah_man])
    kernel = simulate(men, TEXT, days=14)
    mapped = jax.vmap(lambda man: simulate(man, TEXT, days=14).inside)(men)
    for name, values in kernel.inside.items():
        np.testing.assert_allclose(np.asarray(mapped[name]), values, rtol=1e-9, err_msg=name)


def test_gradient_through_the_size_of_a_pulse(hypogonadotropic_man):
    def lh(amount):
        regimen = Regimen(Dose("gonadorelin", amount, Repeat("every", 0.0625)))
        return last(simulate(hypogonadotropic_man, regimen, days=7, every="7 days"), "lh")

    slope = float(jax.grad(lh)(5.0))
    assert slope == pytest.approx(by_differences(lambda amount: float(lh(float(amount))), 5.0, 0.1), rel=1e-4)
    assert slope > 0.0
