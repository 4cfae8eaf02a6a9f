"""Couples: more motile sperm never lower a chance, cycles in vain do, and a curve is never a single number."""

import numpy as np
import pytest

import leydig as ly
from leydig.parameter import change
from leydig.trial.conduct.conception import Fecundability, conception_cycle, motile_count, pregnancy_curve, pregnant


def constant(motile, cycles=6, tried=0.0, age=30.0, rule=None):
    return float(pregnant(np.full((1, cycles), float(motile)), tried, age, rule)[0, -1])


def test_more_sperm_never_lowers_the_chance_and_more_cycles_raise_it():
    chances = [constant(count) for count in (0.0, 0.1, 1.0, 5.0, 20.0, 60.0, 200.0)]
    assert chances == sorted(chances) and chances[0] == 0.0
    assert constant(20, cycles=12) > constant(20, cycles=6)


def test_couples_who_tried_in_vain_have_less_chance_and_older_partners_too():
    by_months = [constant(60, tried=tried) for tried in (0.0, 6.0, 13.0, 26.0, 52.0)]
    assert by_months == sorted(by_months, reverse=True)
    assert by_months[2] < 0.8 * by_months[0]
    by_age = [constant(60, age=age) for age in (25.0, 30.0, 35.0, 40.0)]
    assert by_age[0] == by_age[1] > by_age[2] > by_age[3]


def test_a_closed_form_holds_with_ample_sperm():
    """Of a beta-geometric time the first n cycles fail with B(a, b + n)/B(a, b)."""
    from scipy.special import beta

    rule = Fecundability()
    a, b = float(rule.most * rule.concentration), float((1.0 - rule.most) * rule.concentration)
    for cycles in (1, 6, 12, 24):
        expected = (1.0 - float(rule.sterile)) * (1.0 - beta(a, b + cycles) / beta(a, b))
        assert constant(1e9, cycles) == pytest.approx(expected, abs=0.004)


def test_a_sterile_couple_never_conceives():
    forever = pregnant(np.full((1, 2000), 1e4))[0, -1]
    assert forever == pytest.approx(1.0 - float(Fecundability().sterile), abs=0.01)
    assert constant(1e4, cycles=600, rule=change(Fecundability(), {"sterile": 0.0})) > 0.99


def test_half_the_chance_is_at_half_and_none_without_sperm():
    rule = Fecundability()
    shares = rule.sperm_share(np.array([0.0, float(rule.half), 1e9]))
    assert shares == pytest.approx([0.0, 0.5, 1.0], abs=1e-3)


def test_motile_sperm_of_a_concentration_meet_the_published_pairs():
    """Naelitz 2023: 3.6 million/mL with 3.7 million motile, 0.3 with 0.1; half a last digit each."""
    assert motile_count(np.array([3.6, 0.3])) == pytest.approx([3.7, 0.1], abs=0.05)
    assert float(motile_count(np.array(45.0))) == pytest.approx(45.0 * 3.2 * 0.68)
    assert float(motile_count(np.array(0.0))) == 0.0


def test_every_couple_draws_its_cycle_as_couples_together():
    count, cycles = 20000, 13
    luck = np.random.default_rng(3).random((count, cycles + 1))
    motile, same = np.full((count, cycles), 15.0), np.full(count, 15.0)
    drawn = conception_cycle(motile, same, np.full(count, 18.0), np.full(count, 34.0), luck)
    together = pregnant(np.full((1, cycles), 15.0), 18.0, 34.0)[0]
    for cycle in (1, 6, 13):
        assert np.mean(drawn < cycle) == pytest.approx(together[cycle - 1], abs=0.012)


# The curve of one couple ------------------------------------------------------------------------------


def test_a_curve_rises_and_has_an_interval_at_every_cycle():
    found = pregnancy_curve([5.0, 8.0], (12.0, 36.0), 33.0)
    assert found.cycles == (6, 12, 24)
    assert list(found.share) == sorted(found.share)
    assert all(
        0.0 < low < share < high < 1.0 for low, share, high in zip(found.low, found.share, found.high, strict=True)
    )
    assert found == pregnancy_curve([5.0, 8.0], (12.0, 36.0), 33.0)


def test_one_count_is_drawn_to_men_and_more_counts_are_surer():
    one, many = pregnancy_curve([2.0]), pregnancy_curve([2.0] * 6)
    assert 2.0 < many.motile < one.motile < float(Fecundability().usual)
    assert many.motile_high / many.motile_low < 0.6 * one.motile_high / one.motile_low
    assert many.high[0] - many.low[0] < one.high[0] - one.low[0]
    high = pregnancy_curve([900.0])
    assert high.motile < 900.0


def test_the_mean_of_a_man_is_found_from_samples_of_him():
    """Among men as spread as said, the true mean lies in nine of ten intervals."""
    random, rule = np.random.default_rng(4), Fecundability()
    within = np.sqrt(np.log1p(0.73**2))
    true = float(rule.usual) * np.exp(float(rule.men) * random.standard_normal(300))
    inside = 0
    for own in true:
        counts = own * np.exp(within * random.standard_normal(3) - 0.5 * within**2)
        found = pregnancy_curve(np.minimum(counts, 5000.0), cycles=(1,))
        inside += found.motile_low < own < found.motile_high
    assert inside / 300 == pytest.approx(0.9, abs=2.5 * np.sqrt(0.09 / 300))


def test_months_in_vain_their_range_and_no_sperm_are_read():
    assert pregnancy_curve([40.0], (24.0, 24.0)).share[0] < 0.75 * pregnancy_curve([40.0]).share[0]
    known, range_ = pregnancy_curve([40.0] * 9, (24.0, 24.0)), pregnancy_curve([40.0] * 9, (0.0, 48.0))
    assert range_.high[2] - range_.low[2] > known.high[2] - known.low[2]
    none = pregnancy_curve([0.0, 0.0])
    assert 0.0 < none.motile < 1.0 and none.high[0] < 0.1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: pregnancy_curve([]), "no count"),
        (lambda: pregnancy_curve([-1.0]), "motile sperm"),
        (lambda: pregnancy_curve([5.0], (12.0, 6.0)), "fewer first"),
        (lambda: pregnancy_curve([5.0], (0.0, 241.0)), "240"),
        (lambda: pregnancy_curve([5.0], partner_age=17.0), "18"),
        (lambda: pregnancy_curve([5.0], partner_age=56.0), "55"),
        (lambda: pregnancy_curve([5.0], cycles=(0,)), "cycle"),
    ],
)
def test_what_is_impossible_is_refused_with_a_way_out(call, words):
    with pytest.raises(ly.OutOfRange, match=words):
        call()
