"""Germ cells: how long they take and how far that spreads, where they are lost, and what they rest on."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import curve_fit

from leydig import Man, simulate
from leydig.body import Body
from leydig.body.spermatogenesis import EPIDIDYMAL_STAGES, HISTORY_STAGES, MEIOSIS, TESTICULAR_STAGES, share_of
from leydig.man.population import population
from leydig.parameter import change


def chain_rate(sperm, support):
    """Return the derivative of one vector of stages in testis and epididymis at a constant support."""
    history = (jnp.asarray(support),) * HISTORY_STAGES

    def rate(_, y):
        cells = tuple(y)
        chains = (cells[:TESTICULAR_STAGES], cells[TESTICULAR_STAGES:], history)
        found = sperm.stage_rates(chains, jnp.asarray(support), jnp.ones(()))
        return np.array([float(one) for part in found[:2] for one in part])

    return rate


def test_stem_cell_to_ejaculate_spreads_as_heavy_water_allows():
    days = np.linspace(0.0, 160.0, 641)
    cells = np.zeros(TESTICULAR_STAGES + EPIDIDYMAL_STAGES)
    rate = chain_rate(Body().spermatogenesis, 1.0)
    arrived = solve_ivp(rate, (0.0, 160.0), cells, t_eval=days, rtol=1e-8, atol=1e-10).y[-1]
    assert arrived[-1] == pytest.approx(1.0, abs=1e-4)
    density = np.diff(arrived)
    middle = (days[1:] + days[:-1]) / 2.0
    mean = (middle * density).sum()
    spread = np.sqrt(((middle - mean) ** 2 * density).sum())
    assert 42.0 < mean < 76.0  # in eleven men
    assert 9.0 < spread < 13.0


@pytest.mark.parametrize("support", [0.001, 0.2, 1.0, 1.1])
def test_what_is_lost_at_entry_in_meiosis_and_at_release_is_the_support(support):
    parts = Body().spermatogenesis.survival(jnp.asarray(support))
    assert float(parts[0] * parts[1] * parts[2]) == pytest.approx(support)
    assert all((float(part) < 1.0) == (support < 1.0) for part in parts if support != 1.0)


def test_a_loss_shows_first_where_it_is_nearest_to_release():
    sperm, rest = Body().spermatogenesis, np.ones(TESTICULAR_STAGES + EPIDIDYMAL_STAGES)
    falling = chain_rate(sperm, 0.2)(0.0, rest) < -1e-9
    assert [int(place) for place in np.flatnonzero(falling)] == [0, MEIOSIS, TESTICULAR_STAGES]


# Tubules that have never been stimulated ------------------------------------------------------------------------------

TREATMENT = "hCG 1500 IU three times weekly + follitropin 150 IU three times weekly"
JIANG_WEEKS, JIANG_VOLUME = (0, 26, 52, 104), (3.19, 6.22, 8.9, 9.73)  # testis volume on a GnRH pump [mL]


@pytest.fixture(scope="module")
def deficient_men():
    return population(200, seed=1, kind="hypogonadotropic")


def test_a_mature_man_s_tubules_neither_ripen_nor_fade(reference_man):
    sperm = reference_man.body.spermatogenesis
    for support in (0.001, 1.0, 1.3):
        assert float(sperm.maturation_rate(jnp.ones(()), jnp.asarray(support))) == 0.0
    assert float(reference_man.state.tubules) == 1.0


def test_tubules_mature_under_stimulation_and_stay_so():
    change_to = {"body.spermatogenesis.tubules": 0.14, "body.spermatogenesis.usual_support": 0.02}
    sperm = change(Body(), change_to, "body").spermatogenesis
    assert float(sperm.maturation_rate(jnp.asarray(0.14), jnp.ones(()))) == pytest.approx(0.86 / 210.0)
    assert float(sperm.maturation_rate(jnp.asarray(0.14), jnp.asarray(0.02))) == pytest.approx(0.0, abs=1e-12)
    assert float(sperm.maturation_rate(jnp.asarray(0.8), jnp.asarray(0.01))) == 0.0


def test_a_deficient_man_rests_below_what_a_laboratory_counts(deficient_men):
    assert np.all(deficient_men.baseline.sperm_concentration < 0.1)
    assert np.all(np.asarray(deficient_men.state.tubules) < 1.0)
    course = simulate(deficient_men.take(slice(0, 20)), "", weeks=78, every="26 weeks")
    assert np.all(course.inside["sperm_concentration"] < 0.1)


def test_deficient_men_reach_the_published_counts_on_gonadotropins():
    """Of a thousand men: of two hundred one share in six would be off by 3.5 points by chance."""
    deficient_men = population(1000, seed=1, kind="hypogonadotropic")
    counts = simulate(deficient_men, TREATMENT, weeks=78, every="78 weeks").inside["sperm_concentration"][:, -1]
    shares = [100.0 * np.mean(counts > least) for least in (0.1, 1.0, 5.0, 10.0, 20.0)]
    np.testing.assert_allclose(shares, (78.0, 55.0, 36.0, 24.0, 15.0), atol=10.0)  # Muir 2024, 18 months


def test_testis_volume_tells_how_long_tubules_take_to_mature():
    def volume(days, most, least, delay):
        return most - (most - least) * np.exp(-days / delay)

    found, _ = curve_fit(volume, 7.0 * np.array(JIANG_WEEKS), JIANG_VOLUME, (10.0, 3.0, 200.0))
    assert 190.0 < found[2] < 300.0
    assert 190.0 < float(Body().spermatogenesis.maturation_days) < 300.0


# Quality --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "motile"), [(45.0, 0.68), (3.6, 0.32), (0.3, 0.10)])  # Jorgensen; Naelitz, 3.2 mL
def test_motility_follows_the_count_as_three_groups_of_men_show(count, motile):
    sperm, one = Body().spermatogenesis, jnp.ones(())
    found = float(share_of(sperm.motile, sperm.motile_odds(jnp.asarray(count), one, one)))
    assert found == pytest.approx(motile, abs=0.03)


def test_count_and_motility_go_together_among_men():
    men = population(1000, seed=1)
    odds = np.log(men.baseline.motility / (1.0 - men.baseline.motility))
    together = np.corrcoef(np.log(men.baseline.sperm_concentration), odds)[0, 1]
    assert together == pytest.approx(0.5, abs=0.12)
    assert np.std(odds) == pytest.approx(0.65, abs=0.08)  # 68 % at the median and 42 % at the fifth centile


def test_a_man_without_sperm_has_a_motility_all_the_same():
    man = Man(age=30, sperm_concentration="0 million/mL")
    course = simulate(man, "testosterone enanthate 200 mg weekly", weeks=4, every="2 weeks")
    assert np.all(np.isfinite(course.inside["motility"])) and np.all(course.inside["total_motile_count"] == 0.0)
