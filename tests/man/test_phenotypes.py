"""Kinds of men, men like a published group, and that a man is the same man anywhere."""

import importlib
import time
from pathlib import Path

import jax
import numpy as np
import pytest

import leydig as ly
from leydig.analytes import ANALYTES
from leydig.body import Body
from leydig.body.baseline import steady_state
from leydig.body.effects import Action
from leydig.errors import OutOfRange, UnknownName
from leydig.man import Man, population
from leydig.man.imputation import Expectation, impute_baseline
from leydig.man.phenotypes import KINDS, kind_of
from leydig.man.population import population_matching
from leydig.man.sample import EJACULATE_DEVIATES, sample_ejaculate, sample_level
from leydig.parameter import change

drawing = importlib.import_module("leydig.man.deviates")

NG_DL = 0.03467  # nmol/L
SHAH = {"age": (34.0, 5.0), "bmi": (28.7, 3.0)}
COUNT = 1000


def leaves(men):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(men)]


@pytest.fixture(scope="module")
def men():
    return {kind: population(COUNT, kind=kind) for kind in KINDS}


# Healthy men ------------------------------------------------------------------------------------------


def test_young_men_have_the_harmonised_percentiles_of_testosterone():
    """Travison 2017, within 7 %: of one sample each."""
    young = population(10000, seed=3, age=(19.0, 39.0)).baseline.testosterone
    read = sample_level("testosterone", young, np.random.default_rng(1).standard_normal(len(young)))
    found = np.percentile(read, [2.5, 5.0, 50.0, 95.0, 97.5]) / NG_DL
    np.testing.assert_allclose(found, [264.0, 303.0, 531.0, 852.0, 916.0], rtol=0.07)


def test_levels_move_with_age_and_weight_as_published():
    old, random = population(4000, age=(20.0, 69.0)), np.random.default_rng(1)
    correlations = {"lh": 0.22, "fsh": 0.43, "shbg": 0.43}
    for name, published in correlations.items():
        read = sample_level(name, getattr(old.baseline, name), random.standard_normal(4000))
        assert np.corrcoef(old.age, read)[0, 1] == pytest.approx(published, abs=0.1), name
    lean, heavy = (population(2000, bmi=bmi).baseline for bmi in ((20.0, 25.0), (29.9, 35.0)))
    assert np.mean(heavy.testosterone) - np.mean(lean.testosterone) == pytest.approx(-5.09, rel=0.3)
    assert np.mean(heavy.lh) < np.mean(lean.lh)


def test_who_clears_testosterone_fast_has_less_of_it(men):
    """What 20 % more clearance leaves of it in the closed loop, 8 % less, on what men differ by."""
    own, cleared = (np.log(one) for one in (men["healthy"].baseline.testosterone,
                                            men["healthy"].body.blood.testosterone_clearance))  # fmt: skip
    slope = np.polyfit(cleared, own, 1)[0]
    assert slope == pytest.approx(np.log(0.92) / np.log(1.2), abs=0.15)


def test_sperm_go_less_with_hormones_at_rest_than_with_treatment():
    """S^(-h·S/(S + S_h)): nothing at usual support, a third more at a half, and little where there is none."""
    found = [float(Expectation().sperm_ratio(one)) for one in (1.0, 0.5, 0.1, 1e-3)]
    assert found == pytest.approx([1.0, 2.0 ** (0.7 * 0.5 / 0.6), 10.0**0.35, 1.05], rel=0.01)
    heavy, lean = (Man(age=40, bmi=bmi) for bmi in (40.0, 24.0))
    held = float(heavy.body.spermatogenesis.usual_support / lean.body.spermatogenesis.usual_support)
    assert held < 0.8
    assert float(heavy.baseline.sperm_concentration / lean.baseline.sperm_concentration) > held**0.5


def test_lh_rises_after_forty_and_falls_in_obesity_as_published():
    """Camacho 2013: 0.08 IU/L a year from 40 to 79; Obes2000FT: 4.5 IU/L at 32.3 and 3.1 at 43.0 kg/m2."""

    def lh(age, bmi):
        return float(Man(age=age, bmi=bmi).baseline.lh)

    assert lh(20, 23) == lh(40, 23) == lh(40, 30) == pytest.approx(4.2)
    assert (lh(79, 23) - lh(40, 23)) / 39.0 == pytest.approx(0.08, rel=0.1)
    assert lh(40, 43.0) / lh(40, 32.3) == pytest.approx(3.1 / 4.5, rel=0.01)


def test_fsh_rises_with_age_at_one_lh():
    young, old = (float(Man(age=age, lh="4 IU/L").baseline.fsh) for age in (30.0, 60.0))
    assert young == pytest.approx(4.5 * (4.0 / 4.2) ** 0.5)
    assert old == pytest.approx(young * np.exp(30.0 * 0.0125))


def test_progressive_sperm_are_part_of_the_motile(men):
    for kind, many in men.items():
        assert np.all(many.baseline.progressive_motility < many.baseline.motility), kind
    assert float(Man(age=30, motility="25 %").baseline.progressive_motility) < 0.25
    assert float(Man(age=30, progressive_motility="70 %").baseline.motility) > 0.7


def test_expectations_have_slopes_where_levels_are_unknown():
    def motile(testosterone):
        base = impute_baseline(Body(), {"testosterone": testosterone, "lh": np.nan}, 30.0, 25.0)
        return base.motility + base.sperm_concentration + base.fsh

    assert np.isfinite(jax.grad(motile)(12.0))
    assert jax.grad(motile)(12.0) != 0.0


def test_concentration_and_volume_are_independent(men):
    base = men["healthy"].baseline
    assert abs(np.corrcoef(np.log(base.sperm_concentration), np.log(base.semen_volume))[0, 1]) < 0.07


# Kinds ------------------------------------------------------------------------------------------------


def test_the_ten_kinds_have_their_names():
    assert list(KINDS) == ["healthy", "obesity", "secondary", "primary", "compensated", "hypogonadotropic",
                           "oligozoospermia", "azoospermia", "obstructive", "recovering"]  # fmt: skip


def test_an_unknown_kind_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean oligozoospermia"):
        population(5, kind="oligospermia")


def test_the_page_shows_the_medians_of_today(men):
    """Of five thousand men on the page, of a thousand here."""
    page = (Path(ly.__file__).parents[2] / "docs/population.md").read_text(encoding="utf-8")
    columns = {"testosterone": "ng/dL", "lh": "IU/L", "fsh": "IU/L", "shbg": "nmol/L", "estradiol": "pg/mL",
               "inhibin_b": "ng/L", "sperm_concentration": "million/mL"}  # fmt: skip
    rows = {row[0]: row[3:] for line in page.splitlines() if (row := [cell.strip() for cell in line.split("|")[1:-1]])
            and row[0] in KINDS and len(row) == 3 + len(columns)}  # fmt: skip
    assert set(rows) == set(KINDS)
    for kind, cells in rows.items():
        for (name, unit), cell in zip(columns.items(), cells, strict=True):
            median = float(np.median(getattr(men[kind].baseline, name))) * ANALYTES[name].factor_to(unit)
            shown = 0.0 if cell == "none seen" else float(cell.split()[0])
            assert (median < 0.01) if not shown else median == pytest.approx(shown, rel=0.12), (kind, name)


def test_kinds_are_what_the_clinic_calls_them(men):
    base = {kind: many.baseline for kind, many in men.items()}
    assert np.all(base["secondary"].testosterone < 10.5)
    assert np.all((base["secondary"].lh > 1.5) & (base["secondary"].lh < 9.4))
    assert np.all((base["primary"].testosterone < 10.5) & (base["primary"].lh > 9.4))
    assert np.median(base["primary"].fsh) > 20.0 > np.max(base["secondary"].lh)
    assert np.median(base["primary"].inhibin_b) < 50.0
    assert np.all((base["compensated"].testosterone > 10.5) & (base["compensated"].lh > 9.4))
    assert np.mean(base["hypogonadotropic"].testosterone) / NG_DL == pytest.approx(48.0, rel=0.1)
    assert np.mean(base["hypogonadotropic"].lh) == pytest.approx(0.4, rel=0.15)
    assert np.all(base["oligozoospermia"].sperm_concentration < 15.0)
    assert np.mean(base["oligozoospermia"].testosterone < 12.135) == pytest.approx(0.238, abs=0.04)
    assert np.all(base["azoospermia"].sperm_concentration < 0.1)
    assert np.mean(base["azoospermia"].fsh > 7.6) == pytest.approx(0.9, abs=0.04)
    assert np.mean(base["azoospermia"].inhibin_b) == pytest.approx(41.0, rel=0.15)


def test_obesity_lowers_testosterone_through_shbg_and_lh_beyond_it(men):
    heavy, usual = men["obesity"].baseline, men["healthy"].baseline
    assert np.all(men["obesity"].bmi >= 30.0)
    assert np.median(heavy.testosterone) < 0.75 * np.median(usual.testosterone)
    assert np.median(heavy.shbg) < 0.7 * np.median(usual.shbg)
    assert 0.75 < np.median(heavy.lh) / np.median(usual.lh) < 0.9


def test_failing_testes_have_much_estradiol_of_little_testosterone(men):
    """Pavlovich 2001: T/E2 0.476 of that of fertile men; men with few sperm and no known cause have as much as others."""
    ratio = {kind: np.mean(many.baseline.testosterone / many.baseline.estradiol) for kind, many in men.items()}
    assert ratio["azoospermia"] / ratio["healthy"] == pytest.approx(0.476, rel=0.1)
    assert ratio["oligozoospermia"] / ratio["healthy"] == pytest.approx(1.0, abs=0.1)
    aromatase = {kind: np.median(men[kind].body.periphery.aromatase) for kind in ("healthy", "azoospermia")}
    assert aromatase["azoospermia"] > 1.5 * aromatase["healthy"]


def test_obstructed_men_are_healthy_but_for_their_ejaculate(men):
    closed, usual = men["obstructive"].baseline, men["healthy"].baseline
    assert np.all(closed.fsh < 7.6)
    for name in ("testosterone", "estradiol", "lh", "shbg", "semen_volume"):
        np.testing.assert_array_equal(getattr(closed, name), getattr(usual, name), err_msg=name)
    assert np.median(closed.inhibin_b) == pytest.approx(np.median(usual.inhibin_b), rel=0.15)
    assert np.median(closed.inhibin_b) > 3.0 * np.median(men["azoospermia"].baseline.inhibin_b)


def test_no_drug_opens_a_closed_duct():
    """Their hormones answer as those of healthy men; no sample shows a sperm."""
    closed = population(100, kind="obstructive")
    course = ly.simulate(closed, "clomiphene 50 mg daily", weeks=39, every="39 weeks")
    assert np.median(course.inside["testosterone"][:, 1] / course.inside["testosterone"][:, 0]) > 1.3
    random = np.random.default_rng(1)
    for true in course.inside["sperm_concentration"].T:
        z = {name: random.standard_normal(100) for name in EJACULATE_DEVIATES}
        assert not np.any(sample_ejaculate({"sperm_concentration": true}, z)["sperm_concentration"])


def test_one_sample_in_a_hundred_of_a_failing_testis_shows_a_sperm(men):
    true, random = men["azoospermia"].baseline.sperm_concentration, np.random.default_rng(1)
    seen = sample_ejaculate({"sperm_concentration": true}, {"sperm_concentration": random.standard_normal(COUNT)})
    assert 0.0 < np.mean(seen["sperm_concentration"] > 0.0) < 0.03


@pytest.mark.parametrize("kind", KINDS)
def test_every_man_of_a_kind_is_whole_and_rests(men, kind):
    many = men[kind]
    assert all(np.isfinite(leaf).all() for leaf in leaves(many))
    assert np.all(many.body.spermatogenesis.sertoli > 0.0)
    assert np.all(many.body.hypothalamus.drive > 0.0)
    assert np.all(many.body.pituitary.fsh_drive > 0.0)

    def unrest(man):
        moved = man.body.rate(man.state, Action(), man.body.frame(man.bmi))
        return jax.tree.map(lambda rate, level: abs(rate) / abs(level), moved, man.state)

    most = max(float(np.max(leaf)) for leaf in leaves(jax.jit(jax.vmap(unrest))(many)))
    assert (most > 0.1) if kind == "recovering" else (most < 1e-6)


@pytest.mark.parametrize("kind", ["secondary", "recovering"])
def test_a_man_is_the_same_in_any_population_of_his_kind(kind):
    whole, part = population(1010, seed=7, kind=kind), population(20, seed=7, kind=kind, first=990)
    for all_men, some_men in zip(leaves(whole), leaves(part), strict=True):
        assert np.array_equal(all_men[990:], some_men)


def test_recovering_men_start_suppressed_and_return_to_their_own_baseline():
    some = population(20, kind="recovering")
    healthy = population(20)
    for ours, theirs in zip(leaves(some.baseline), leaves(healthy.baseline), strict=True):
        assert np.array_equal(ours, theirs)
    course = ly.simulate(some, "", weeks=156, every="4 weeks")
    for name, start in (("lh", 0.3), ("fsh", 0.5), ("testosterone", 0.5), ("sperm_concentration", 0.5)):
        own = getattr(some.baseline, name)
        assert np.median(course.inside[name][:, 0] / own) < start, name
        assert np.all(course.inside[name][:, 0] < own), name
        np.testing.assert_allclose(course.inside[name][:, -1], own, rtol=0.02, err_msg=name)


def test_recovering_men_are_settled_under_what_they_were_given():
    """All that is slow stands still while the testosterone is still given."""
    one = jax.tree.map(lambda leaf: leaf[0], population(1, kind="recovering"))
    given = kind_of("recovering")["testosterone_input"]
    pituitary, testis = one.body.pituitary, one.body.testis
    felt = one.state.lh / pituitary.reference_lh
    assert float(one.state.effective_lh) == pytest.approx(float(felt), rel=1e-9)
    assert float(one.state.capacity) == pytest.approx(float(testis.capacity_target(felt)), rel=1e-9)
    frame = one.body.frame(one.bmi)
    state = steady_state(one.body, one.state, given, frame)
    rate = one.body.rate(state, Action(testosterone_input=given), frame)
    assert max(abs(float(leaf)) for leaf in leaves(rate)) < 1e-6
    assert float(state.lh_reserve) == pytest.approx(float(one.state.lh_reserve), rel=1e-6)


# Men like a published group ---------------------------------------------------------------------------


def test_like_gives_the_levels_that_were_asked_for():
    levels = {"testosterone": (9.4, 0.25), "lh": (3.4, 0.3), "motility": (0.4, 0.5)}
    found = population_matching(3000, 1, **SHAH, levels=levels)
    for name, (median, spread) in levels.items():
        level = getattr(found.baseline, name)
        scale = np.log(level / (1.0 - level)) if name == "motility" else np.log(level)
        middle = np.log(median / (1.0 - median)) if name == "motility" else np.log(median)
        assert np.median(scale) == pytest.approx(middle, abs=0.02), name
        assert np.std(scale) == pytest.approx(spread, rel=0.05), name
    assert np.mean(found.age) == pytest.approx(34.0, abs=0.3)
    assert np.std(found.bmi) == pytest.approx(3.0, rel=0.05)


def test_like_uses_the_deviates_of_population():
    found, usual = population_matching(500, 5, **SHAH, levels={"lh": (3.4, 0.3)}), population(500, seed=5)
    z = np.log(found.baseline.lh / 3.4) / 0.3
    expected = np.log(usual.baseline.lh / 4.2) - 0.0135 * np.maximum(usual.age - 40.0, 0.0)
    np.testing.assert_allclose(z, expected / kind_of("healthy")["lh_spread"], atol=1e-9)


def test_like_expects_the_rest_from_what_is_given():
    low, high = (
        population_matching(500, 1, **SHAH, levels={"lh": (lh, 0.3), "testosterone": (14.0, 0.2)}) for lh in (2.0, 8.0)
    )
    np.testing.assert_allclose(high.baseline.fsh / low.baseline.fsh, 2.0, rtol=1e-9)
    np.testing.assert_allclose(high.baseline.estradiol, low.baseline.estradiol, rtol=1e-12)
    few = population_matching(500, 1, kind="oligozoospermia", **SHAH, levels={"testosterone": (14.0, 0.2)})
    assert np.all(few.baseline.sperm_concentration < 15.0)


def test_like_spreads_about_another_body():
    other = change(Body(), {"body.testis.capacity_delay": 60.0}, "body")
    usual, changed = (population_matching(300, 1, **SHAH, levels={}, body=body) for body in (None, other))
    shipped = float(Body().testis.capacity_delay)
    inside = (usual.body.testis.capacity_delay < 200.0) & (changed.body.testis.capacity_delay > 31.0)
    ratio = changed.body.testis.capacity_delay / usual.body.testis.capacity_delay
    np.testing.assert_allclose(ratio[inside], 60.0 / shipped, rtol=1e-9)
    np.testing.assert_array_equal(usual.baseline.lh, changed.baseline.lh)


def test_like_is_fast_and_compiles_once():
    population_matching(500, 1, **SHAH, levels={"testosterone": (9.4, 0.25)})
    size, start = drawing._block._cache_size(), time.perf_counter()
    for names in ({"lh": (3.0, 0.3)}, {"fsh": (3.0, 0.3), "motility": (0.3, 0.2)}):
        population_matching(500, 2, kind="secondary", **SHAH, levels=names)
    assert (time.perf_counter() - start) / 2.0 < 0.1
    assert drawing._block._cache_size() == size


@pytest.mark.parametrize(
    "asked",
    [
        {"levels": {"lh": (-1.0, 0.3)}},
        {"levels": {"motility": (1.2, 0.3)}},
        {"levels": {"lh": (3.0, -0.1)}},
        {"levels": {}, "age": (10.0, 1.0)},
        {"levels": {}, "n": 0},
    ],
)
def test_like_refuses_what_no_man_has(asked):
    with pytest.raises(OutOfRange):
        population_matching(**{"n": 5, "seed": 1, **SHAH, **asked})


def test_like_refuses_unknown_names():
    with pytest.raises(UnknownName, match="testosterone"):
        population_matching(5, 1, **SHAH, levels={"testosteron": (10.0, 0.2)})


def test_men_who_are_drawn_evenly_are_few_and_near_the_many():
    """One in each slice of equal chance: the mean of 40 of them is as near as that of hundreds drawn at random."""
    asked = {**SHAH, "levels": {"testosterone": (14.0, 0.5)}}
    even, drawn = (np.array([np.log(population_matching(40, seed, **asked, even=even).baseline.testosterone).mean()
                             for seed in range(1, 7)]) for even in (True, False))  # fmt: skip
    assert np.abs(even - np.log(14.0)).max() < 0.01 < drawn.std()
    one, other = (population_matching(40, 1, **asked, even=True, first=first) for first in (0, 40))
    assert not np.array_equal(one.age, other.age)
    np.testing.assert_allclose(np.sort(one.age), np.sort(other.age), rtol=1e-9)
