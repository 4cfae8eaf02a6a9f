"""Pulses that are found, how many depends on the sampling, and the noise of one sample."""

import numpy as np
import pytest

from leydig.errors import OutOfRange
from leydig.parameter import change
from leydig.pulses.detect import detect_pulses, sensitivity, single_sample_cv
from leydig.pulses.generator import Pulses
from leydig.pulses.simulate import paths, simulate_pulses


def saw(count, every=100, low=2.0, high=6.0, step=10):
    """Return sudden rises that fade, sampled every `step` minutes."""
    minutes = np.arange(0.0, count * every + 50.0, step)
    since = (minutes - 30.0) % every
    return minutes, low + (high - low) * np.exp(-since / 40.0)


# Finding pulses ---------------------------------------------------------------------------------------


def test_clear_pulses_are_all_found():
    minutes, values = saw(12)
    report = detect_pulses(minutes, values)
    assert report.count == 12
    assert report.interval == pytest.approx(100.0, abs=2.0)
    assert report.per_day == pytest.approx(12 * 1440.0 / minutes[-1])
    assert report.amplitude == pytest.approx((values[report.peaks] - values[report.nadirs]).mean())
    assert (report.nadirs < report.peaks).all() and report.nadir < 3.0


def test_units_do_not_matter():
    minutes, values = saw(8)
    first, second = detect_pulses(minutes, values), detect_pulses(minutes, 37.0 * values)
    assert np.array_equal(first.peaks, second.peaks)
    assert second.amplitude == pytest.approx(37.0 * first.amplitude)


def test_noise_alone_makes_few_pulses():
    draw, minutes = np.random.default_rng(1), 10.0 * np.arange(145)
    counts = [detect_pulses(minutes, 5.0 * (1.0 + 0.05 * draw.standard_normal(145))).count for _ in range(100)]
    assert np.mean(counts) < 0.5  # of 15 a day


def test_a_rise_without_a_fall_is_no_pulse_yet():
    minutes = np.arange(0.0, 60.0, 10.0)
    assert detect_pulses(minutes, np.array([2.0, 2.0, 3.0, 5.0, 6.0, 6.1])).count == 0
    empty = detect_pulses(minutes, np.full(6, 4.0))
    assert empty.count == 0 and np.isnan(empty.amplitude) and np.isnan(empty.interval)


def test_a_stricter_rule_finds_fewer(reference_man):
    series = simulate_pulses(reference_man, hours=96.0, key=2)
    counts = [detect_pulses(series.minutes, series.lh, certainty=z).count for z in (2.0, 3.5, 6.0, 12.0)]
    assert counts == sorted(counts, reverse=True) and counts[0] > counts[-1]
    assert counts[1] <= len(series.pulse_minutes)


def test_most_pulses_that_are_found_are_true(reference_man):
    series = simulate_pulses(reference_man, hours=240.0, key=3)
    report = detect_pulses(series.minutes, series.lh)
    after = series.minutes[report.peaks, None] - series.pulse_minutes
    true = ((after > -1.0) & (after <= 30.0)).any(axis=1)
    assert true.mean() > 0.9
    assert 0.7 < report.count / len(series.pulse_minutes) < 1.0


@pytest.mark.parametrize(
    ("minutes", "values"),
    [([0.0, 1.0], [1.0, 2.0]), ([0.0, 2.0, 1.0], [1.0, 2.0, 1.0]), ([0.0, 1.0, 2.0], [1.0, 0.0, 1.0])],
)
def test_a_series_that_is_none_is_refused(minutes, values):
    with pytest.raises(OutOfRange):
        detect_pulses(np.array(minutes), np.array(values))


# What sampling and pulses do to what is seen ----------------------------------------------------------


def test_rarer_samples_show_fewer_pulses(reference_man):
    """The trend of the published counts, not its size: every 4 min showed 3.1 times the pulses of every 20 min."""
    found = sensitivity(reference_man, keys=range(32))
    assert min(found[4], found[5]) > found[10] > found[20]
    assert 3.0 * 3.36 == pytest.approx(found[20], rel=0.15)  # published every 20 min, per 24 h
    assert 8.0 < found[10] < 18.0  # published every 10 min: 10, 13 and 15
    assert 1.1 < found[4] / found[20] < 1.5  # far from the published 3.1: small fast pulses are not modelled


def test_one_sample_is_as_noisy_as_the_closed_form_says(hypogonadotropic_man):
    for minutes in (90, 240):
        noise = single_sample_cv(hypogonadotropic_man, f"gonadorelin 10 ug every {minutes} minutes", day=42.0)
        assert noise.simulated == pytest.approx(noise.closed_form, rel=0.04)


def test_one_sample_is_noisier_than_published(reference_man):
    """Published: 26 % within a man. The pulses give 34 %, and pulses as even as a clock's, of one size, 21 %."""
    noise = single_sample_cv(reference_man)
    assert noise.closed_form == pytest.approx(0.319, abs=0.002)
    assert noise.simulated == pytest.approx(noise.closed_form, rel=0.08)  # feedback within hours adds a little
    assert noise.published == 0.26 and noise.simulated > 1.2 * noise.published
    even = change(Pulses(), {"pulses.burst_spread": 0.0}, "pulses")
    k = np.log(2.0) * 24.0 / 1.49
    assert float(even.variance(k, 95.0 / 1440.0, regular=True)) ** 0.5 == pytest.approx(0.212, abs=0.002)
    half = k * 95.0 / 2880.0
    assert float(even.variance(k, 95.0 / 1440.0, regular=True)) == pytest.approx(half / np.tanh(half) - 1.0, rel=1e-9)


def test_days_of_a_man_differ_as_published(reference_man):
    """Partsch: three days of ten men, median CV of interval 9.7 % and amplitude 10 %; of three values 0.83 of the CV."""
    true = paths(reference_man, keys=range(128))
    noise = 1.0 + 0.05 * np.random.default_rng(4).standard_normal((128, 145))
    found = [detect_pulses(true.minutes[::10], row) for row in true.levels["lh"][:, ::10] * noise]
    for published, values in ((0.097, [one.interval for one in found]), (0.100, [one.amplitude for one in found])):
        assert 0.83 * np.std(values) / np.mean(values) == pytest.approx(published, rel=0.15)
