"""Rival structures: each is chosen by name, rests where the man rests, and differs only where it says so."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leydig import Man, simulate
from leydig.body import Body
from leydig.body.effects import Action
from leydig.body.structures import STRUCTURES, body_of
from leydig.engine.reference import reference
from leydig.errors import UnknownName
from leydig.parameter import change, parameters
from leydig.regimen import Regimen

RIVALS = [{"sperm support": "pooled"}, {"set point": "own"}, {"sperm support": "pooled", "set point": "own"}]
LABS = {"testosterone": "271 ng/dL", "estradiol": "32 pg/mL", "lh": "3.4 IU/L"}


def test_the_first_choice_of_each_structure_is_shipped():
    for organ, choices in STRUCTURES.values():
        assert type(getattr(Body(), organ)) is next(iter(choices.values()))
    assert body_of() == body_of({"set point": "common", "sperm support": "joint"})


@pytest.mark.parametrize("wrong", [{"sperm": "joint"}, {"sperm support": "own"}])
def test_what_is_no_structure_is_refused(wrong):
    with pytest.raises(UnknownName):
        body_of(wrong)


@pytest.mark.parametrize("rival", RIVALS)
@pytest.mark.parametrize("labs", [{}, LABS])
def test_an_untreated_man_rests_under_every_structure(rival, labs):
    man = Man(age=34, bmi=28.7, structures=rival, **labs)
    rate = man.body.rate(man.state, Action(), man.body.frame(man.bmi))
    for y, dy in zip(jax.tree.leaves(man.state), jax.tree.leaves(rate), strict=True):
        assert abs(float(dy)) < 1e-9 * abs(float(y)) * 24.0


@pytest.mark.parametrize("rival", RIVALS[:2])
def test_the_engine_and_the_reference_agree_on_rivals(rival):
    man = Man(age=34, bmi=28.7, structures=rival, **LABS)
    text, days = "anastrozole 1 mg daily", np.array([0.0, 7.0, 28.0, 84.0])
    states = reference(man, Regimen(text), days)
    course = simulate(man, text, days=84)
    places = [int(day) for day in days]
    np.testing.assert_allclose(course.inside["testosterone"][places], states[:, 9], rtol=1e-4)


@pytest.mark.parametrize("choice", ["joint", "pooled"])
def test_support_is_one_in_the_reference_man_and_nearly_none_without_signals(choice):
    sperm = body_of({"sperm support": choice}).spermatogenesis
    one, none = jnp.ones(()), jnp.zeros(())
    assert float(sperm.support(one, one)) == pytest.approx(1.0)
    assert float(sperm.support(none, none)) == pytest.approx(float(sperm.unsupported))
    assert float(sperm.support(one, none)) < 0.9 and float(sperm.support(none, one)) < 0.9


def test_much_fsh_stands_in_for_little_testosterone_more_where_signals_are_pooled():
    gain = {}
    for choice in ("joint", "pooled"):
        sperm = body_of({"sperm support": choice}).spermatogenesis
        gain[choice] = float(sperm.support(jnp.asarray(0.1), jnp.asarray(5.0)) / sperm.support(jnp.asarray(0.1), 1.0))
    assert gain["pooled"] > gain["joint"] > 1.0


def test_a_set_point_that_is_wholly_common_is_the_shipped_one():
    wholly = {"body.hypothalamus.common_share": 1.0}
    shipped = simulate(Man(age=34, **LABS), "clomiphene 25 mg daily", weeks=6)
    rival = simulate(Man(age=34, structures={"set point": "own"}, parameters=wholly, **LABS), "clomiphene 25 mg daily",
                     weeks=6)  # fmt: skip
    for name in shipped.inside:
        np.testing.assert_allclose(rival.inside[name], shipped.inside[name], rtol=1e-6, err_msg=name)


def test_a_man_with_low_levels_is_braked_more_by_what_he_is_used_to():
    action = Action(testosterone_given=jnp.asarray(0.0))
    driven = {}
    for choice in ("common", "own"):
        man = Man(age=34, structures={"set point": choice}, **LABS)
        low = jax.tree.map(lambda x: x, man.state)
        frame = man.body.frame(man.bmi)
        rest = man.body.signals(low, action, frame)
        driven[choice] = float(man.body.hypothalamus.brake(rest.androgen, rest.estrogen_brake))
    assert driven["own"] < driven["common"]


def test_rivals_declare_parameters_of_their_own():
    shipped = {path for path, _, _ in parameters(Body(), "body")}
    for rival in RIVALS[:2]:
        own = {path for path, _, _ in parameters(body_of(rival), "body")} - shipped
        assert own and change(body_of(rival), {sorted(own)[0]: 0.5}, "body")
