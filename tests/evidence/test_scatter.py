"""What a study reads of a level: its own effect as far as it goes for that level, and the noise of each reading."""

import numpy as np
import pytest
from scipy.stats import norm

from leydig.evidence.calibration.posterior import baseline_spread
from leydig.evidence.reading.scatter import (
    carry_effect,
    even_normals,
    level_spread,
    own_scale,
    read_levels,
    study_spread,
)
from leydig.man.sample import Ejaculate, noise_of
from leydig.man.uncertainty import shipped_draws

MANY = 40_000


def random():
    return np.random.default_rng(1)


def test_no_share_is_moved_beyond_all_sperm_and_no_reading_is():
    share = np.array([0.001, 0.45, 0.99])
    assert np.all(carry_effect("motility", share, 5.0) < 1.0)
    read = read_levels("motility", np.full(MANY, 0.9), random())
    assert read.max() < 1.0 and np.median(read) == pytest.approx(0.9, abs=0.01)


def test_an_effect_on_counts_is_carried_to_what_goes_with_them():
    one, ejaculate = np.array(0.45), Ejaculate()
    odds = own_scale("motility", carry_effect("motility", one, 0.5)) - own_scale("motility", one)
    assert float(odds) == pytest.approx(0.5 * float(ejaculate.motility_tie))
    forms = own_scale("normal_forms", carry_effect("normal_forms", one, 0.5)) - own_scale("normal_forms", one)
    assert float(forms) == pytest.approx(0.5 * float(ejaculate.forms_tie))
    motile = carry_effect("total_motile_count", np.array(20.0), 0.5, motile=one)
    assert float(motile) == pytest.approx(20.0 * np.exp(0.5) * float(carry_effect("motility", one, 0.5) / one))
    assert float(carry_effect("sperm_concentration", np.array(20.0), 0.5)) == pytest.approx(20.0 * np.exp(0.5))


def test_what_is_measured_closely_or_is_no_count_has_a_smaller_effect_of_its_study():
    draws = shipped_draws()
    count, volume, shbg = (
        np.median(study_spread(draws, name)) for name in ("sperm_concentration", "semen_volume", "shbg")
    )
    assert volume == shbg < 0.3 * count
    for name in ("hematocrit", "spine_bmd"):
        assert np.median(study_spread(draws, name)) == pytest.approx(shbg * noise_of(name) / noise_of("shbg"))
    assert level_spread("hematocrit", 0.05) == 0.05 and level_spread("hematocrit", 5.0) == baseline_spread("hematocrit")
    assert level_spread("lh", 0.05) == baseline_spread("lh")


def test_below_one_sperm_in_the_counted_volume_none_is_seen():
    one = float(Ejaculate().one_sperm)
    sigma, z = noise_of("sperm_concentration"), norm.ppf((np.arange(2000) + 0.5) / 2000)
    for level in (one, 0.1 * one):
        read = read_levels("sperm_concentration", np.full(MANY, level), random())
        none = np.exp(-level / one * np.exp(sigma * z - 0.5 * sigma**2)).mean()  # none of so many that are expected
        assert np.mean(read == 0.0) == pytest.approx(none, abs=0.01)
        assert np.allclose(read / one, np.round(read / one)) and read.mean() == pytest.approx(level, rel=0.05)
    assert np.all(read_levels("sperm_concentration", np.full(1000, 1e-6), random()) == 0.0)
    many = read_levels("sperm_concentration", np.full(MANY, 60.0), random())
    assert many.mean() == pytest.approx(60.0, rel=0.01)
    assert np.log(many).std() == pytest.approx(noise_of("sperm_concentration"), rel=0.02)


def test_even_normals_are_normal_and_their_tails_hardly_scatter():
    ends = [np.quantile(even_normals(400, np.random.default_rng(seed)), 0.95) for seed in range(20)]
    assert np.mean(ends) == pytest.approx(norm.ppf(0.95), abs=0.02) and np.std(ends) < 0.01
    assert even_normals(400, random()).std() == pytest.approx(1.0, abs=0.02)
