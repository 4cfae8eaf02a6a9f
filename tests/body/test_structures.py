"""Rival structures: numbers that switch them, which rest where the man rests and differ only where they say so."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leydig import Man, simulate
from leydig.body import Body
from leydig.body.effects import Action
from leydig.engine.reference import reference
from leydig.parameter import change
from leydig.regimen import Regimen

POOLED, OWN = {"body.spermatogenesis.pooled": 1.0}, {"body.hypothalamus.common_share": 0.44}
LABS = {"testosterone": "271 ng/dL", "estradiol": "32 pg/mL", "lh": "3.4 IU/L"}


@pytest.mark.parametrize("rival", [POOLED, OWN, POOLED | OWN])
@pytest.mark.parametrize("labs", [{}, LABS])
def test_an_untreated_man_rests_under_every_structure(rival, labs):
    man = Man(age=34, bmi=28.7, parameters=rival, **labs)
    rate = man.body.rate(man.state, Action(), man.body.frame(man.bmi))
    for y, dy in zip(jax.tree.leaves(man.state), jax.tree.leaves(rate), strict=True):
        assert abs(float(dy)) < 1e-9 * abs(float(y)) * 24.0


@pytest.mark.parametrize("rival", [POOLED, OWN])
def test_the_engine_and_the_reference_agree_on_rivals(rival):
    man = Man(age=34, bmi=28.7, parameters=rival, **LABS)
    text, days = "anastrozole 1 mg daily", np.array([0.0, 7.0, 28.0, 84.0])
    states = reference(man, Regimen(text), days)
    course = simulate(man, text, days=84)
    places = [int(day) for day in days]
    np.testing.assert_allclose(course.inside["testosterone"][places], states[:, 9], rtol=1e-4)


@pytest.mark.parametrize("pooled", [0.0, 1.0])
def test_support_is_one_in_the_reference_man_and_nearly_none_without_signals(pooled):
    sperm = change(Body(), {"body.spermatogenesis.pooled": pooled}, "body").spermatogenesis
    one, none = jnp.ones(()), jnp.zeros(())
    assert float(sperm.support(one, one)) == pytest.approx(1.0)
    assert float(sperm.support(none, none)) == pytest.approx(float(sperm.unsupported))
    assert float(sperm.support(one, none)) < 0.9 and float(sperm.support(none, one)) < 0.9


def test_much_fsh_stands_in_for_little_testosterone_more_where_signals_are_pooled():
    sperm, little, usual, much = Body().spermatogenesis, jnp.asarray(0.1), jnp.asarray(1.0), jnp.asarray(5.0)
    joined = float(sperm.joined_support(little, much) / sperm.joined_support(little, usual))
    pooled = float(sperm.pooled_support(little, much) / sperm.pooled_support(little, usual))
    assert pooled > joined > 1.0


def test_a_man_with_low_levels_is_braked_more_by_what_he_is_used_to():
    driven = {}
    for share in (1.0, 0.44):
        man = Man(age=34, parameters={"body.hypothalamus.common_share": share}, **LABS)
        rest = man.body.signals(man.state, Action(testosterone_input=jnp.asarray(0.0)), man.body.frame(man.bmi))
        driven[share] = float(man.body.hypothalamus.brake(rest.androgen, rest.estrogen_brake))
    assert driven[0.44] < driven[1.0]
