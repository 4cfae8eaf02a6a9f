"""Gradients: through JAX and through the compiled kernel, against finite differences of the reference."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leydig import Dose, Man, Regimen, Repeat, gradient, simulate
from leydig.engine import solve
from leydig.engine.reference import reference
from leydig.errors import NotSolved, OutOfRange
from leydig.parameter import change, parameters

STATES = ("lh", "fsh", "lh_reserve", "fsh_reserve", "gnrh_receptors", "lh_receptors", "effective_lh", "capacity",
          "inhibin", "testosterone", "estradiol", "shbg", "enzyme")  # fmt: skip
PATHS = (
    "body.hypothalamus.androgen_gain",
    "body.hypothalamus.estrogen_steepness",
    "body.pituitary.lh_ceiling",
    "body.pituitary.reserve_delay",
    "body.pituitary.lh_half_life",
    "body.periphery.testis_share",
    "body.testis.half_lh",
    "body.testis.capacity_delay",
    "body.blood.testosterone_clearance",
    "body.blood.testosterone_volume",
)
TEXT = "anastrozole 1 mg daily"
DAYS = 10


def by_differences(call, at, step):
    """Return the central difference of fourth order."""
    near, far = (call(at + k * step) - call(at - k * step) for k in (1, 2))
    return (8.0 * near - far) / (12.0 * step)


def value_of(man, path):
    return float({name: value for name, _, value in parameters(man.body, "body")}[path])


def with_parameters(man, paths, values):
    return man.with_body(change(man.body, dict(zip(paths, values, strict=True)), "body"))


def treated(amount, moved=0.0, depot=0.0):
    """Return a regimen of a tablet and a depot, whose doses are of this size and moved by these days."""
    return Regimen(
        [
            Dose("anastrozole", amount, start=0.2, shift=moved),
            Dose("testosterone_enanthate", 100.0, Repeat("every", 7.0), start=1.2, shift=depot),
        ]
    )


NG_PER_DL = 28.842  # in one nmol/L of testosterone, 288.42 g/mol


def by_reference(man, regimen):
    """Return testosterone [ng/dL] and LH [IU/L] on the last day by the reference."""
    last = reference(man, regimen, np.array([0.0, float(DAYS)]))[-1]
    return np.array([last[STATES.index("testosterone")] * NG_PER_DL, last[STATES.index("lh")]])


def slopes_of(found, value):
    return np.array([found.slopes[name][value, -1] for name in ("testosterone", "lh")])


@pytest.fixture(scope="module")
def at_parameters(shah_man):
    start = [value_of(shah_man, path) for path in PATHS]
    build = lambda values: (with_parameters(shah_man, PATHS, list(values)), Regimen(TEXT))  # noqa: E731
    return build, start, gradient(build, start, days=DAYS, tolerance=1e-7)


@pytest.mark.parametrize("path", PATHS)
def test_the_kernel_knows_the_slope_of_every_parameter(shah_man, at_parameters, path):
    _, start, found = at_parameters
    at = value_of(shah_man, path)
    differences = by_differences(
        lambda value: by_reference(with_parameters(shah_man, [path], [value]), Regimen(TEXT)), at, 2e-3 * at
    )
    assert np.abs(differences).min() > 0.0
    np.testing.assert_allclose(slopes_of(found, PATHS.index(path)), differences, rtol=1e-3)


@pytest.mark.parametrize(("value", "name", "step"), [(0, "size", 0.01), (1, "time", 0.02), (2, "depot time", 0.02)])
def test_the_kernel_knows_the_slope_of_dose_size_and_dose_time(shah_man, value, name, step):
    at = np.array([0.5, 0.0, 0.0])
    found = gradient(lambda x: (shah_man, treated(*x)), at, days=DAYS, tolerance=1e-7)

    def last(x):
        return by_reference(shah_man, treated(*np.where(np.arange(3) == value, x, at).tolist()))

    differences = by_differences(last, at[value], step)
    np.testing.assert_allclose(slopes_of(found, value), differences, rtol=1e-3, err_msg=name)


def test_the_slope_of_a_baseline_level_is_known(shah_man):
    def build(values):
        base = shah_man.baseline
        moved = type(base)(**{**vars(base), "lh": values[0]})
        return type(shah_man).with_baseline(shah_man, moved), Regimen(TEXT)

    found = gradient(build, [3.4], days=DAYS, tolerance=1e-7)
    differences = by_differences(lambda lh: by_reference(build(jnp.asarray([lh]))[0], Regimen(TEXT)), 3.4, 0.01)
    np.testing.assert_allclose(slopes_of(found, 0), differences, rtol=1e-3)


def test_kernel_and_jax_have_the_same_slopes(shah_man, at_parameters):
    build, start, found = at_parameters

    def last(values):
        man, regimen = build(values)
        return simulate(man, regimen, days=DAYS)["testosterone"].values[-1]

    slopes = jax.grad(last)(jnp.asarray(start))
    np.testing.assert_allclose(np.asarray(slopes), found.slopes["testosterone"][:, -1], rtol=1e-3)


def test_jax_knows_the_slope_of_dose_size_and_dose_time(shah_man):
    found = gradient(lambda x: (shah_man, treated(*x)), [0.5, 0.0, 0.0], days=DAYS, tolerance=1e-7)
    slopes = jax.grad(lambda x: simulate(shah_man, treated(*x), days=DAYS)["testosterone"].values[-1])(
        jnp.asarray([0.5, 0.0, 0.0])
    )
    np.testing.assert_allclose(np.asarray(slopes), found.slopes["testosterone"][:, -1], rtol=2e-3)


def test_the_size_and_the_start_of_pulses_have_slopes(hypogonadotropic_man):
    def pulsed(amount, moved):
        return Regimen(Dose("gonadorelin", amount, Repeat("every", 0.0625), start=0.5, shift=moved))

    found = gradient(lambda x: (hypogonadotropic_man, pulsed(*x)), [5.0, 0.0], days=DAYS, tolerance=1e-7)
    by_size = by_differences(lambda amount: by_reference(hypogonadotropic_man, pulsed(float(amount), 0.0)), 5.0, 0.05)
    by_time = by_differences(lambda moved: by_reference(hypogonadotropic_man, pulsed(5.0, float(moved))), 0.0, 0.02)
    np.testing.assert_allclose(slopes_of(found, 0), by_size, rtol=1e-3)
    np.testing.assert_allclose(slopes_of(found, 1), by_time, rtol=1e-3)


def test_the_levels_beside_the_slopes_are_those_of_simulate(shah_man, at_parameters):
    _, _, found = at_parameters
    course = simulate(shah_man, TEXT, days=DAYS, tolerance=1e-7)
    for units in ("us", "si"):
        shown = found.in_units(units)
        for name in course:
            series = course.in_units(name, units)
            assert shown.units[name] == series.unit
            np.testing.assert_allclose(shown.levels[name], series.values, rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(found.slopes["testosterone"], found.in_units("si").slopes["testosterone"] * NG_PER_DL)
    assert found.units == found.in_units("us").units


def test_a_gradient_that_makes_no_sense_is_refused(shah_man, reference_man):
    with pytest.raises(OutOfRange, match="at least 1"):
        gradient(lambda x: (shah_man, Regimen(TEXT)), [], days=2)
    with pytest.raises(OutOfRange, match="expected one man"):
        gradient(lambda x: (Man.stack([shah_man, reference_man]), Regimen(TEXT)), [1.0], days=2)
    broken = jax.tree.map(lambda leaf: leaf * np.nan, shah_man)
    with pytest.raises(NotSolved):
        gradient(lambda x: (broken, Regimen(Dose("anastrozole", x[0]))), [1.0], days=2)


def test_the_kernel_and_the_jax_reader_agree(shah_man):
    """Tablets of two drugs, pulses that end and a depot in one course, since what is compiled costs more than all else."""
    text = (
        "anastrozole 0.5 mg twice weekly + clomiphene 25 mg daily from week 1 + gonadorelin 10 ug every 90 minutes for 1 week"
        " + testosterone enanthate 20 mg weekly"
    )
    kernel = simulate(shah_man, text, days=14, tolerance=1e-7)
    traced = jax.jit(lambda man: simulate(man, text, days=14).inside)(shah_man)
    for name, values in kernel.inside.items():
        np.testing.assert_allclose(np.asarray(traced[name]), values, rtol=solve.TOLERANCE, err_msg=name)


def test_vmap_over_men_is_the_kernel_over_men(reference_man, shah_man):
    men = Man.stack([reference_man, shah_man])
    kernel = simulate(men, TEXT, days=14, tolerance=1e-7)
    mapped = jax.vmap(lambda man: simulate(man, TEXT, days=14).inside)(men)
    for name, values in kernel.inside.items():
        np.testing.assert_allclose(np.asarray(mapped[name]), values, rtol=solve.TOLERANCE, err_msg=name)


def test_men_on_their_own_regimens_can_be_traced(reference_man, shah_man):
    men, given = Man.stack([reference_man, shah_man]), ["", TEXT]
    kernel = simulate(men, given, days=14, tolerance=1e-7)
    traced = jax.jit(lambda men: simulate(men, given, days=14).inside["estradiol"])(men)
    np.testing.assert_allclose(np.asarray(traced), kernel.inside["estradiol"], rtol=solve.TOLERANCE)
