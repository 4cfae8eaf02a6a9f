"""The man: what he is made from, what is refused, and what is only asked about."""

import dataclasses
import warnings

import equinox as eqx
import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leydig import Man, analytes, simulate
from leydig.analytes import ANALYTES
from leydig.body.baseline import Baseline, steady_state
from leydig.errors import LeydigWarning, OutOfRange, UnknownName, WrongUnit
from leydig.man.man import MEASURABLE

GIVEN = {
    "testosterone": "271 ng/dL",
    "estradiol": "32 pg/mL",
    "lh": "3.4 IU/L",
    "fsh": "4.8 mIU/mL",
    "shbg": "25 nmol/L",
    "inhibin_b": "120 ng/L",
    "sperm_concentration": "8 million/mL",
    "semen_volume": "2.5 mL",
    "motility": "35 %",
    "progressive_motility": "25 %",
    "normal_forms": "3 %",
    "hematocrit": "46 %",
    "spine_bmd": "1.05 g/cm2",
}


# What he is made from ---------------------------------------------------------------------------------


def test_every_level_that_is_given_is_his_baseline():
    man = Man(age=34, bmi=28.7, **GIVEN)
    assert set(GIVEN) == set(MEASURABLE)
    for name, field in MEASURABLE.items():
        assert float(getattr(man.baseline, field)) == pytest.approx(analytes[name].parse(GIVEN[name])), name
        assert float(man.measured[name]) == 1.0


@given(testosterone=st.floats(100.0, 900.0))
def test_units_do_not_matter(testosterone):
    us = Man(age=30, testosterone=f"{testosterone} ng/dL")
    si = Man(age=30, testosterone=f"{testosterone / 28.842} nmol/L")
    assert float(us.baseline.testosterone) == pytest.approx(float(si.baseline.testosterone), rel=1e-9)


def test_his_state_is_his_baseline():
    man = Man(age=34, bmi=28.7, **GIVEN)
    for name in ("testosterone", "lh", "fsh", "shbg", "hematocrit"):
        assert float(getattr(man.state, name)) == pytest.approx(float(getattr(man.baseline, name)), rel=1e-12)
    blood = man.body.blood
    assert float(blood.measured_estradiol(man.state.estradiol)) == pytest.approx(
        float(man.baseline.estradiol), rel=1e-12
    )
    assert 0.0 < float(blood.estradiol_background) < 0.5 * float(man.baseline.estradiol)


def test_the_reference_man_needs_no_correction(reference_man):
    own = reference_man.body
    for value in (own.hypothalamus.drive, own.pituitary.fsh_drive, own.testis.capacity, own.periphery.aromatase):
        assert float(value) == pytest.approx(1.0, rel=1e-9)


def test_nothing_given_is_called_expected(reference_man):
    assert not any(float(known) for known in reference_man.measured.values())


def test_expected_levels_follow_age_and_bmi(reference_man):
    old, heavy = Man(age=70).baseline, Man(age=30, bmi=38.0).baseline
    young = reference_man.baseline
    assert old.shbg > young.shbg and old.lh > young.lh
    assert heavy.testosterone < young.testosterone and heavy.shbg < young.shbg


def test_a_parameter_may_be_changed_by_its_path():
    man = Man(age=30, parameters={"body.testis.half_lh": 5.0})
    assert float(man.body.testis.half_lh) == 5.0
    with pytest.raises(OutOfRange, match=r"body\.testis\.half_lh"):
        Man(age=30, parameters={"body.testis.half_lh": 5000.0})
    with pytest.raises(UnknownName, match=r"body\.testis\.half_lh"):
        Man(age=30, parameters={"body.testis.half_lhh": 5.0})


# What is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sex", ["female", "F", "woman", ""])
def test_a_woman_is_refused(sex):
    with pytest.raises(OutOfRange, match="men only"):
        Man(age=30, sex=sex)


@pytest.mark.parametrize("sex", ["male", "M", " Man "])
def test_a_man_may_be_written_in_several_ways(sex):
    assert Man(age=30, sex=sex).count is None


@pytest.mark.parametrize("age", [0, 12, 17.9])
def test_a_child_is_refused(age):
    with pytest.raises(OutOfRange, match="boy"):
        Man(age=age)


@pytest.mark.parametrize("person", [{"age": 91}, {"age": float("nan")}, {"age": 30, "bmi": 9}, {"age": 30, "bmi": 287}])
def test_an_impossible_person_is_refused(person):
    with pytest.raises(OutOfRange, match="expected"):
        Man(**person)


@pytest.mark.parametrize("name", ["testosteron", "free_testosterone", "prolactin", "te2_ratio"])
def test_an_unknown_level_is_refused_with_the_known_ones(name):
    with pytest.raises(UnknownName, match="expected one of estradiol"):
        Man(age=30, **{name: "1 ng/dL"})


def test_a_level_by_its_symbol_and_one_that_follows_from_others_have_a_way_out():
    with pytest.raises(UnknownName, match=r"Did you mean testosterone\?"):
        Man(age=30, T="12 nmol/L")
    with pytest.raises(UnknownName, match="Give testosterone and shbg, from which it follows"):
        Man(age=30, free_testosterone="5 ng/dL")
    with pytest.raises(UnknownName, match=r"Leave it out\."):
        Man(age=30, intratesticular_testosterone="500 nmol/L")


@pytest.mark.parametrize(
    ("level", "way"),
    [
        ({"testosterone": "9.4"}, r"Write '9\.4 nmol/L' or '9\.4 ng/mL' if"),  # in ng/dL hardly any man has it
        ({"estradiol": "32"}, "Write '32 pg/mL' or '32 pmol/L' if"),
        ({"hematocrit": "0.46"}, r"Write '0\.46 L/L' if"),
        ({"shbg": "3000"}, "Write its unit after it"),
        ({"lh": "IU/L 3"}, "Write the number first, such as '1 IU/L'"),
    ],
)
def test_a_number_alone_is_answered_by_the_units_in_which_it_is_usual(level, way):
    with pytest.raises(WrongUnit, match=way):
        Man(age=30, **level)


@pytest.mark.parametrize("value", [271, 271.0, "271", np.float64(271.0)])
def test_a_level_without_a_unit_is_refused(value):
    with pytest.raises(WrongUnit, match="no unit"):
        Man(age=30, testosterone=value)


@pytest.mark.parametrize(
    ("name", "text"), [("testosterone", "271 IU/L"), ("lh", "3.4 ng/mL"), ("hematocrit", "45 ng/dL"), ("shbg", "30 %")]
)
def test_a_unit_of_another_quantity_is_refused(name, text):
    with pytest.raises(WrongUnit, match="expected"):
        Man(age=30, **{name: text})


@pytest.mark.parametrize("name", [name for name in GIVEN if name not in ("motility",)])
def test_a_negative_level_is_refused(name):
    with pytest.raises(OutOfRange, match="expected"):
        Man(age=30, **{name: f"-{GIVEN[name]}"})


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [("testosterone", "271 nmol/L", "271 ng/dL"), ("testosterone", "18 pg/mL", "18 nmol/L"),
     ("hematocrit", "45 L/L", "45 %"), ("motility", "60 1", "60 %")],
)  # fmt: skip
def test_an_impossible_level_offers_the_unit_that_was_meant(name, text, meant):
    with pytest.raises(OutOfRange, match=f"Did you mean {meant}"):
        Man(age=30, **{name: text})


@pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")
def test_an_lh_above_the_pituitary_is_refused():
    with pytest.raises(OutOfRange, match="ceiling"):
        Man(age=30, lh="89 IU/L")


# What is only asked about -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["117 pg/mL", "117pg/mL", " 117  pg/mL "])
def test_estradiol_in_the_wrong_unit_warns_and_offers_the_right_one(text):
    with pytest.warns(LeydigWarning, match="Did you mean 117 pmol/L"):
        man = Man(age=30, estradiol=text)
    assert float(man.baseline.estradiol) == pytest.approx(117 * 3.6714, rel=1e-3)


def test_a_usual_man_is_not_asked_about():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Man(age=34, bmi=28.7, **GIVEN)


# Summary and stacking ---------------------------------------------------------------------------------


def test_summary_tells_measured_from_expected(shah_man):
    summary = shah_man.summary()
    levels = summary["baseline"]
    assert (summary["age"], summary["bmi"]) == (34.0, 28.7)
    assert levels["testosterone"]["unit"] == "ng/dL"
    assert levels["testosterone"]["value"] == pytest.approx(271.0)
    assert [name for name, level in levels.items() if level["measured"]] == ["testosterone", "estradiol", "lh", "fsh"]


def test_stacked_men_are_one_man_with_arrays(reference_man, shah_man):
    men = Man.stack([reference_man, shah_man])
    assert men.count == 2 and reference_man.count is None
    for leaf, first, second in zip(*map(jax.tree.leaves, (men, reference_man, shah_man)), strict=True):
        assert np.array_equal(leaf, np.stack([np.asarray(first), np.asarray(second)]))
    assert men.summary()["age"] == [30.0, 34.0]


def test_no_men_are_refused():
    with pytest.raises(OutOfRange, match="at least one"):
        Man.stack([])


def test_a_man_at_rest_is_where_the_search_for_a_steady_state_stays():
    """His own numbers follow from his levels; the search, which is given those numbers only, finds the levels again."""
    man = Man(age=52, bmi=31.0, testosterone="290 ng/dL", lh="6.1 IU/L", motility="31 %")
    still = (man.state.enzyme, man.state.gnrh_receptors)  # these answer to drugs only
    elsewhere = jax.tree.map(lambda level: 1.3 * level, man.state)
    start = eqx.tree_at(lambda state: (state.enzyme, state.gnrh_receptors), elsewhere, still)
    found = steady_state(man.body, start, 0.0, man.body.frame(man.bmi))
    for name in ("lh", "fsh", "testosterone", "estradiol", "shbg", "hematocrit", "bone", "capacity", "lh_reserve"):
        assert float(getattr(found, name)) == pytest.approx(float(getattr(man.state, name)), rel=1e-5), name


def test_every_number_of_a_baseline_is_anchored_by_one_analyte():
    """The file of the analyte says so; two that anchor one number would be a choice that nobody made."""
    anchored = [one.anchors for one in ANALYTES.values() if one.anchors]
    assert sorted(anchored) == sorted(field.name for field in dataclasses.fields(Baseline))


def test_a_count_of_none_sets_no_capacity_where_gonadotropins_are_missing():
    """On hCG and FSH he comes to what half of such men reach by 18 months (Muir 2024: 1.2 million/mL), and not before."""
    low = {"testosterone": "40 ng/dL", "lh": "0.3 IU/L", "fsh": "0.4 IU/L", "sperm_concentration": "0 million/mL"}
    treated = "hcg 1500 IU three times weekly + follitropin 150 IU three times weekly"
    man = Man(age=25, **low)
    untreated, counts = (simulate(man, text, weeks=78, every="26 weeks").inside["sperm_concentration"]
                         for text in ("", treated))  # fmt: skip
    assert np.all(untreated < 0.01) and 0.4 < counts[-1] < 3.0 and counts[1] < 0.6 * counts[-1]
    raised = Man(age=25, **low | {"lh": "9 IU/L", "fsh": "25 IU/L"})
    assert np.all(simulate(raised, treated, weeks=26, every="26 weeks").inside["sperm_concentration"] == 0.0)
