"""Loop surgery: a whole loop is the loop, a cut arrow carries rest, a held level stays; against the second solver."""

import jax
import numpy as np
import pytest

import leydig as ly
from leydig import Man, OutOfRange, UnknownName, WrongUnit
from leydig.engine import reference_path
from leydig.man.surgery.surgery import ARROWS, SIZES, Surgery, operate
from leydig.regimen.regimen import regimen_of

ALL_CUT = Surgery(**dict.fromkeys(ARROWS, 0.0))
ANASTROZOLE = "anastrozole 1 mg daily"
SHOWN = ("testosterone", "estradiol", "lh", "fsh", "inhibin_b", "sperm_concentration", "hematocrit")


def levels(man, surgery, regimen="", weeks=52):
    course = ly.simulate(operate(man, surgery), regimen, weeks=weeks)
    return {name: float(course[name].at(week=weeks).value) for name in SHOWN}


def test_a_loop_to_which_nothing_was_done_is_the_loop(shah_man):
    for regimen in ("", ANASTROZOLE, "hcg 2000 IU twice weekly"):
        whole, same = (ly.simulate(one, regimen, weeks=12) for one in (shah_man, operate(shah_man, Surgery())))
        for name in SHOWN:
            np.testing.assert_allclose(same[name].values, whole[name].values, rtol=1e-12, err_msg=f"{regimen} {name}")


def test_cut_arrows_carry_rest_so_that_an_untreated_man_stays_where_he_is(shah_man):
    rest = {name: float(ly.simulate(shah_man, days=1)[name].at(day=0).value) for name in SHOWN}
    assert levels(shah_man, ALL_CUT) == pytest.approx(rest, rel=1e-9)


def test_a_cut_feedback_takes_away_what_a_drug_does_by_it(shah_man):
    rest, whole = levels(shah_man, Surgery()), levels(shah_man, Surgery(), ANASTROZOLE)
    deaf = levels(shah_man, Surgery(estradiol_feedback=0.0), ANASTROZOLE)
    assert whole["lh"] > 1.3 * rest["lh"] and deaf["lh"] < rest["lh"]  # what is left is testosterone's brake
    assert deaf["estradiol"] < 0.6 * rest["estradiol"]  # the enzyme is blocked all the same
    held = levels(shah_man, Surgery(hold={"estradiol": "32 pg/mL"}), ANASTROZOLE)
    assert held == pytest.approx(rest, rel=1e-6)  # the drug does nothing but through estradiol


def test_deaf_testes_do_not_hear_what_is_given(shah_man):
    rest = levels(shah_man, Surgery())
    deaf = levels(
        shah_man,
        Surgery(lh_to_leydig_cells=0.0, fsh_to_sertoli_cells=0.0),
        "hcg 2000 IU twice weekly + follitropin 75 IU daily",
    )
    for name in ("testosterone", "sperm_concentration", "inhibin_b"):
        assert deaf[name] == pytest.approx(rest[name], rel=1e-6), name


def test_without_testes_gonadotropins_rise_and_there_is_no_sperm(shah_man):
    rest, castrated = levels(shah_man, Surgery()), levels(shah_man, Surgery(leydig_cells=0.0, sertoli_cells=0.0))
    assert castrated["sperm_concentration"] < 1e-6 and castrated["inhibin_b"] < 1e-6
    assert castrated["lh"] > 4 * rest["lh"] and castrated["fsh"] > 4 * rest["fsh"]


def test_a_level_is_held_without_an_operation_as_with_one(shah_man):
    both = Man.stack([shah_man, Man(age=60, bmi=31)])
    for men in (shah_man, both):
        held = ly.simulate(men, ANASTROZOLE, weeks=4, hold={"lh": "5 IU/L"})
        by_hand = ly.simulate(operate(men, Surgery(hold={"lh": "5 IU/L"})), ANASTROZOLE, weeks=4)
        assert all(np.array_equal(held[name].values, by_hand[name].values) for name in SHOWN)
    later = ly.simulate(both, "", weeks=1, hold={"lh": "5 IU/L"}, after=held)
    np.testing.assert_allclose(later["lh"].values, 5.0, rtol=1e-9)


def test_a_hold_that_is_none_is_refused(shah_man):
    with pytest.raises(OutOfRange, match="got hold='lh'; expected levels by name"):
        ly.simulate(shah_man, days=1, hold="lh")
    with pytest.raises(UnknownName, match="level to hold"):
        ly.simulate(shah_man, days=1, hold={"sperm_concentration": "5 million/mL"})
    with pytest.raises(OutOfRange, match="operated on; expected a whole one"):
        ly.simulate(operate(shah_man, Surgery(aromatase=2.0)), days=1, hold={"lh": "5 IU/L"})
    with pytest.raises(OutOfRange, match="JAX transformation"):
        jax.grad(
            lambda amount: ly.simulate(shah_man, ly.Dose("anastrozole", amount), days=1, hold={"lh": "5 IU/L"})[
                "lh"
            ].values[-1]
        )(1.0)


@pytest.mark.parametrize(("name", "text", "value"), [("testosterone", "800 ng/dL", 800.0), ("estradiol", "20 pg/mL", 20.0),
                                                     ("lh", "6 IU/L", 6.0), ("fsh", "2 IU/L", 2.0)])  # fmt: skip
def test_a_held_level_is_read_as_it_was_given(shah_man, name, text, value):
    course = ly.simulate(operate(shah_man, Surgery(hold={name: text})), ANASTROZOLE, weeks=8)
    np.testing.assert_allclose(course[name].values, value, rtol=1e-9)


@pytest.mark.parametrize(
    ("surgery", "regimen"),
    [
        (Surgery(testosterone_feedback=0.2, aromatase=2.0), "clomiphene 25 mg daily"),
        (Surgery(hold={"lh": "6 IU/L"}), ANASTROZOLE),
    ],
)
def test_the_second_solver_says_the_same(shah_man, surgery, regimen):
    man, days = operate(shah_man, surgery), np.array([0.0, 7.0, 56.0])
    course = ly.simulate(man, regimen, at=days, tolerance=1e-7)
    states, _ = reference_path(man, regimen_of(regimen), days, tolerance=1e-10)
    for name, place in (("lh", 0), ("fsh", 1), ("testosterone", 9)):
        inside = np.array(course[name].values) / ly.analytes[name].factor_to(course[name].unit)
        np.testing.assert_allclose(inside, states[:, place], rtol=1e-5, err_msg=name)


@pytest.mark.parametrize(("age", "bmi"), [(34.0, 28.7), (44.63327594503265, 40.53750951610692)])
def test_a_man_without_aromatase_is_solved_and_has_what_an_assay_reads_of_nothing(age, bmi):
    """The second one's estradiol once fell below nothing by less than any digit, and his levels were no numbers."""
    man = operate(Man(age=age, bmi=bmi), Surgery(aromatase=0.0))
    days = [0.0, 3.3, 10.5, 28.0, 56.0, 84.0, 180.0]
    course = ly.simulate(man, "", at=days, tolerance=1e-7)
    background = float(man.body.blood.estradiol_background)
    assert course.inside["estradiol"][-1] == pytest.approx(background, rel=1e-6) and course["lh"].values.min() > 0.0
    states, _ = reference_path(man, regimen_of(""), np.array(days), tolerance=1e-10)
    np.testing.assert_allclose(course.inside["lh"], states[:, 0], rtol=1e-5)


def test_many_men_are_operated_on_at_once(shah_man):
    other = Man(age=60, bmi=31)
    surgery = Surgery(estradiol_feedback=0.0, hold={"lh": "5 IU/L"})
    both = ly.simulate(operate(Man.stack([shah_man, other]), surgery), ANASTROZOLE, weeks=4)
    for place, man in enumerate((shah_man, other)):
        alone = ly.simulate(operate(man, surgery), ANASTROZOLE, weeks=4)
        np.testing.assert_allclose(both["testosterone"].values[place], alone["testosterone"].values, rtol=1e-12)


def test_a_man_who_was_not_operated_on_has_no_arrows_to_cut(shah_man):
    operate(shah_man, ALL_CUT)
    assert type(shah_man.body).__name__ == "Body" and not hasattr(shah_man.body, "free")


@pytest.mark.parametrize("name", ARROWS)
@pytest.mark.parametrize("share", [-0.01, 1.01, float("nan")])
def test_what_is_left_of_an_arrow_is_from_0_to_1(name, share):
    with pytest.raises(OutOfRange, match=rf"got {name.replace('_', ' ')}"):
        Surgery(**{name: share})


@pytest.mark.parametrize("name", SIZES)
def test_no_organ_is_smaller_than_nothing(name):
    assert getattr(Surgery(**{name: 0.0}), name) == 0.0
    with pytest.raises(OutOfRange, match=name.replace("_", " ")):
        Surgery(**{name: -0.1})


@pytest.mark.parametrize(
    ("hold", "error"),
    [({"shbg": "30 nmol/L"}, UnknownName), ({"lh": "6"}, WrongUnit), ({"lh": "4000 IU/L"}, OutOfRange)],
)
def test_what_cannot_be_held_is_refused(hold, error):
    with pytest.raises(error, match="got"):
        Surgery(hold=hold)
