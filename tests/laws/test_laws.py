"""Laws of the body and of the engine: they hold for every man and every regimen, whatever the numbers."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.flatten_util import ravel_pytree
from jax.interpreters.partial_eval import dce_jaxpr

from leydig import Dose, Man, Regimen, Repeat, population, simulate
from leydig.body.axis import FOLLOWING
from leydig.body.effects import Action
from leydig.man.phenotypes import KINDS
from leydig.parameter import change

REGIMENS = (
    "",
    "anastrozole 1 mg daily",
    "anastrozole 0.5 mg twice weekly",
    "clomiphene 25 mg daily",
    "anastrozole 0.25 mg daily + clomiphene 25 mg daily from week 1",
    "testosterone enanthate 200 mg weekly",
    "gonadorelin 10 ug every 90 minutes",
    "gonadorelin 10 ug/h continuous",
)
KEYS = {"testosterone", "estradiol", "lh", "fsh"}

men = st.builds(
    lambda age, bmi, testosterone, ratio, lh, fsh, shbg: Man(
        age=age,
        bmi=bmi,
        testosterone=f"{testosterone} nmol/L",
        estradiol=f"{testosterone * ratio} pmol/L",
        lh=f"{lh} IU/L",
        fsh=f"{fsh} IU/L",
        shbg=f"{shbg} nmol/L",
    ),
    age=st.floats(20.0, 70.0),
    bmi=st.floats(19.0, 42.0),
    testosterone=st.floats(5.0, 28.0),
    ratio=st.floats(3.5, 8.0),
    lh=st.floats(1.5, 9.0),
    fsh=st.floats(1.5, 9.0),
    shbg=st.floats(12.0, 70.0),
)


@pytest.fixture(scope="module", autouse=True)
def first_man():
    """Compile what a man needs: that draws random names, which Hypothesis allows in no strategy."""
    Man(age=30)


@pytest.fixture(scope="module")
def three_men():
    """Three unlike men."""
    return [
        Man(age=30),
        Man(age=45, bmi=35.0, testosterone="260 ng/dL", lh="2.5 IU/L"),
        Man(age=60, bmi=27.0, estradiol="30 pg/mL", fsh="8 IU/L"),
    ]


def relative(ours, theirs):
    """Return the largest relative difference over all analytes of two courses."""
    return max(float(np.max(np.abs(ours.inside[n] / theirs.inside[n] - 1.0))) for n in theirs.inside)


def assert_same_bytes(ours, theirs, pick=lambda values: values):
    for name in theirs.inside:
        assert np.array_equal(ours.inside[name], pick(theirs.inside[name])), name


# The body ---------------------------------------------------------------------------------------------


@given(man=men, regimen=st.sampled_from(REGIMENS))
def test_nothing_is_negative_or_nan(man, regimen):
    course = simulate(man, regimen, weeks=8)
    for group in (course.inside, course.hazards):
        for name, values in group.items():
            assert np.all(np.isfinite(values)) and np.all(values >= 0.0), name


@given(man=men)
def test_the_untreated_man_is_a_fixed_point(man):
    rate = man.body.rate(man.state, Action(), man.body.frame(man.bmi))
    for y, dy in zip(jax.tree.leaves(man.state), jax.tree.leaves(rate), strict=True):
        assert abs(float(dy)) < 1e-9 * abs(float(y)) * 24.0  # per hour


@given(man=men, regimen=st.sampled_from((*REGIMENS, "testosterone enanthate 200 mg weekly + hcg 125 IU twice weekly")))
def test_testosterone_inside_the_testis_is_never_below_serum(man, regimen):
    course = simulate(man, regimen, weeks=12)
    assert np.all(course.inside["intratesticular_testosterone"] >= course.inside["testosterone"] * (1.0 - 1e-9))


def test_no_hormone_answers_germ_cells_marrow_or_bone(three_men):
    man = three_men[0]
    trace, shape = jax.make_jaxpr(man.body.rate, return_shape=True)(man.state, Action(), man.body.frame(man.bmi))
    names = [path[0].name for path, _ in jax.tree_util.tree_flatten_with_path(shape)[0]]
    axis = [name not in FOLLOWING for name in names]
    needed = dce_jaxpr(trace.jaxpr, axis)[1][: len(names)]
    assert not {name for name, used in zip(names, needed, strict=True) if used} & set(FOLLOWING)
    assert set(FOLLOWING) <= set(names) and all(
        dce_jaxpr(trace.jaxpr, [name == one for name in names])[1][names.index(one)] for one in FOLLOWING
    )


@settings(max_examples=5)
@given(man=men)
def test_the_untreated_man_stays_at_his_baseline_for_two_years(man):
    course = simulate(man, weeks=104, every="4 weeks")
    for name, values in course.inside.items():
        assert np.max(np.abs(values / values[0] - 1.0)) < 1e-6, name
    assert course["lh"].at(week=104).value == pytest.approx(float(man.baseline.lh), rel=1e-6)


@given(
    man=men,
    low=st.floats(0.0, 3.0),
    more=st.floats(1e-3, 3.0),
    capacity=st.floats(0.1, 2.0),
    receptors=st.floats(0.1, 1.0),
    estrogen=st.floats(0.1, 3.0),
)
def test_more_lh_never_lowers_testosterone_secretion(man, low, more, capacity, receptors, estrogen):
    fixed = [jnp.asarray(x) for x in (capacity, receptors, estrogen, 0.0)]
    secretion = man.body.testis.secretion
    assert float(secretion(jnp.asarray(low + more), *fixed)) > float(secretion(jnp.asarray(low), *fixed))


@given(man=men, factor=st.floats(1.01, 3.0))
def test_more_lh_felt_makes_more_testosterone_in_the_whole_body(man, factor):
    frame = man.body.frame(man.bmi)
    louder = dataclasses.replace(man.state, effective_lh=man.state.effective_lh * factor)
    calm, loud = (man.body.rate(state, Action(), frame) for state in (man.state, louder))
    assert float(loud.testosterone) > float(calm.testosterone)


@given(man=men, dose=st.floats(50.0, 200.0))
def test_given_testosterone_never_raises_lh(man, dose):
    course = simulate(man, Regimen(Dose("testosterone_enanthate", dose, Repeat("every", 7.0))), weeks=6)
    assert np.all(course.inside["lh"][3:] <= course.inside["lh"][0] * (1.0 + 1e-9))


@given(man=men, dose=st.floats(0.02, 1.0))
def test_an_aromatase_inhibitor_never_raises_estradiol_to_testosterone(man, dose):
    course = simulate(man, Regimen(Dose("anastrozole", dose)), weeks=6)
    ratio = course.inside["te2_ratio"]
    assert np.all(ratio >= ratio[0] * (1.0 - 1e-9))


@given(
    man=men,
    testosterone=st.floats(0.01, 100.0),
    estradiol=st.floats(1.0, 2000.0),
    shbg=st.floats(1.0, 300.0),
)
def test_binding_conserves_mass(man, testosterone, estradiol, shbg):
    blood = man.body.blood
    free = blood.free(*map(jnp.asarray, (testosterone, estradiol, shbg)))
    S = float(free.unbound_shbg)
    held = []
    for total, one, on_shbg, on_albumin in (
        (testosterone, free.testosterone, blood.testosterone_shbg, blood.testosterone_albumin),
        (estradiol, free.estradiol, blood.estradiol_shbg, blood.estradiol_albumin),
    ):
        bound, loose = float(one * on_shbg) * S, float(one * on_albumin * blood.albumin)
        assert float(one) + bound + loose == pytest.approx(total, rel=1e-9)
        held.append(bound)
    assert S > 0.0
    assert S + held[0] + held[1] / 1000.0 == pytest.approx(shbg, rel=1e-6)


# The regimen ------------------------------------------------------------------------------------------


@given(man=men, dose=st.floats(0.1, 1.0), share=st.floats(0.1, 0.9))
def test_a_dose_split_in_two_at_one_time_is_one_dose(man, dose, share):
    whole = simulate(man, Regimen(Dose("anastrozole", dose)), days=10)
    split = simulate(
        man, Regimen([Dose("anastrozole", dose * share), Dose("anastrozole", dose * (1.0 - share))]), days=10
    )
    assert relative(split, whole) < 1e-10


@given(man=men, regimen=st.sampled_from(REGIMENS), cut=st.integers(1, 20))
def test_a_course_cut_in_two_and_resumed_is_the_same_course(man, regimen, cut):
    whole = simulate(man, regimen, days=21)
    first = simulate(man, regimen, days=cut)
    rest = simulate(man, regimen, days=21 - cut, after=first)
    assert rest.days[0] == cut and rest.days[-1] == 21
    for name, values in whole.inside.items():
        np.testing.assert_allclose(first.inside[name], values[: cut + 1], rtol=5e-4, err_msg=name)
        np.testing.assert_allclose(rest.inside[name], values[cut:], rtol=5e-4, err_msg=name)


@given(man=men, day=st.sampled_from([7, 14, 21]))
def test_what_is_given_later_changes_nothing_before(man, day):
    now = simulate(man, "anastrozole 1 mg daily", days=day)
    more = simulate(man, f"anastrozole 1 mg daily + anastrozole 0.5 mg daily from day {day}", days=28)
    for name, values in now.inside.items():
        np.testing.assert_allclose(more.inside[name][: day + 1], values, rtol=1e-9, err_msg=name)


# Many men ---------------------------------------------------------------------------------------------

SOME = ("anastrozole 1 mg daily", "testosterone enanthate 200 mg weekly", "gonadorelin 10 ug every 90 minutes")


@pytest.mark.parametrize("regimen", SOME)
def test_many_men_at_once_are_the_loop_over_men(three_men, regimen):
    together = simulate(three_men, regimen, weeks=4)
    for place, man in enumerate(three_men):
        alone = simulate(man, regimen, weeks=4)
        np.testing.assert_array_equal(alone.ending[0], together.ending[0][place])
        for name, values in alone.inside.items():
            np.testing.assert_allclose(values, together.inside[name][place], rtol=1e-12, err_msg=name)


def test_stacked_men_are_the_list_of_men(three_men):
    assert_same_bytes(simulate(Man.stack(three_men), SOME[0], weeks=2), simulate(three_men, SOME[0], weeks=2))


@pytest.mark.parametrize("order", [[2, 0, 1], [1, 0, 2], [2, 1, 0]])
def test_permuting_men_permutes_results(three_men, order):
    straight = simulate(three_men, SOME[0], weeks=4)
    mixed = simulate([three_men[i] for i in order], SOME[0], weeks=4)
    assert_same_bytes(mixed, straight, lambda values: values[order])


def test_adding_a_man_changes_nobody(three_men):
    few = simulate(three_men[:2], SOME[0], weeks=4)
    more = simulate(three_men, SOME[0], weeks=4)
    np.testing.assert_array_equal(few.ending[0], more.ending[0][:2])
    for name, values in few.inside.items():
        np.testing.assert_allclose(values, more.inside[name][:2], rtol=1e-12, err_msg=name)


def test_a_man_who_fails_is_named_and_harms_nobody(three_men):
    broken = eqx.tree_at(lambda man: man.state.lh, three_men[1], np.float64("nan"))
    course = simulate([three_men[0], broken, three_men[2]], SOME[0], weeks=1)
    whole = simulate(three_men, SOME[0], weeks=1)
    assert list(course.failed) == [1]
    assert all(np.all(np.isnan(values[1])) for values in course.inside.values())
    for name, values in course.inside.items():
        assert np.array_equal(values[[0, 2]], whole.inside[name][[0, 2]])


@pytest.mark.parametrize("regimen", SOME)
def test_the_same_call_gives_the_same_bytes(three_men, regimen):
    assert_same_bytes(simulate(three_men, regimen, weeks=2), simulate(three_men, regimen, weeks=2))


@given(man=men, name=st.sampled_from(sorted(KEYS)))
def test_unit_round_trip_of_a_series(man, name):
    series = simulate(man, days=2)[name]
    units = series.analyte.units()
    for unit in units:
        np.testing.assert_allclose(series.to(unit).to(series.unit).values, series.values, rtol=1e-12)


def test_a_body_that_is_anchored_again_rests_at_the_same_baseline(three_men):
    for man in three_men:
        stiffer = man.with_body(change(man.body, {"body.hypothalamus.estrogen_gain": 3.0}, "body"))
        before, after = (simulate(one, days=30) for one in (man, stiffer))
        assert relative(after, before) < 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_a_man_who_is_pushed_from_his_rest_comes_back_to_it(kind):
    """No level grows away from rest, and a swing is gone within a few of its periods: men do not cycle over weeks."""
    men = jax.tree.map(jnp.asarray, population(40, kind=kind, seed=3))

    def slopes(man):
        levels, whole = ravel_pytree(jax.tree.map(lambda level: jnp.asarray(level, dtype=float), man.state))
        rate = jax.jacfwd(lambda x: ravel_pytree(man.body.rate(whole(x), Action(), man.body.frame(man.bmi)))[0])
        return rate(levels)

    found = np.linalg.eigvals(np.asarray(jax.jit(jax.vmap(slopes))(men)))
    assert found.real.max() < 1e-9
    swings = found[np.abs(found.imag) > 1e-6]
    assert (-swings.real / np.abs(swings)).min() > 0.1
