"""Samples of one man vary as published, and one low sample rises by itself as that variation implies."""

import numpy as np
import pytest

from leydig.analytes import ANALYTES
from leydig.man.sample import EJACULATE_DEVIATES, Ejaculate, sample_ejaculate, sample_level
from leydig.parameter import change

TRUE = {"sperm_concentration": 60.0, "semen_volume": 3.2, "motility": 0.55, "progressive_motility": 0.45,
        "normal_forms": 0.07}  # fmt: skip
SAMPLES = 40_000


def ejaculates(count=SAMPLES, seed=1, rule=None, **changed):
    z = dict(zip(EJACULATE_DEVIATES, np.random.default_rng(seed).standard_normal((5, count)), strict=True))
    return sample_ejaculate(TRUE | changed, z, rule)


def cv(values):
    return np.std(values) / np.mean(values)


def error_of(variation, men, samples):
    """Return the standard error of a published variation within men: of a log-normal, from its fourth moment."""
    return variation * np.sqrt((0.5 + variation**2) / (men * (samples - 1)))


@pytest.mark.parametrize("motility", [0.45, 0.55])  # of men with few sperm, and between these and young men
@pytest.mark.parametrize(
    ("name", "published", "men", "samples"),
    [
        ("semen_volume", 0.27, 436, 5),
        ("total_sperm_count", 0.55, 36, 220 / 36),
        ("total_motile_count", 0.73, 436, 5),
    ],
)
def test_samples_of_one_man_vary_as_published(name, published, men, samples, motility):
    assert cv(ejaculates(motility=motility)[name]) == pytest.approx(
        published, abs=2.0 * error_of(published, men, samples)
    )


def test_concentration_varies_within_the_published_range_and_no_reading_is_biased():
    read = ejaculates()
    assert 0.39 < cv(read["sperm_concentration"]) < 0.54
    assert cv(read["sperm_concentration"]) == pytest.approx(ANALYTES["sperm_concentration"].within_man_cv, rel=0.03)
    for name in ("sperm_concentration", "semen_volume"):
        assert np.mean(read[name]) == pytest.approx(TRUE[name], rel=0.01)
    for name in ("motility", "progressive_motility", "normal_forms"):
        assert np.median(read[name]) == pytest.approx(TRUE[name], rel=0.06)
    assert cv(read["motility"]) == pytest.approx(0.2, abs=0.04)
    assert cv(read["normal_forms"]) == pytest.approx(0.21, abs=0.03)


def test_shares_go_with_the_count_of_the_sample():
    read = ejaculates()
    gain = np.log(read["sperm_concentration"] / TRUE["sperm_concentration"])
    for name, slope in (("motility", 0.6), ("normal_forms", 0.3)):
        odds = np.log(read[name] / (1.0 - read[name]))
        assert np.polyfit(gain, odds, 1)[0] == pytest.approx(slope, abs=0.02)
    assert (read["progressive_motility"] <= read["motility"]).all()


def test_two_samples_of_one_man_regress_as_their_variation_implies():
    """Men chosen by a low first count: the second is nearer to all men by the share of the spread that is within men."""
    random, between = np.random.default_rng(2), 0.63
    men = 40.0 * np.exp(between * random.standard_normal(SAMPLES))
    first, second = (ejaculates(seed=seed, sperm_concentration=men)["sperm_concentration"] for seed in (3, 4))
    grown, within = np.exp(between**2), ANALYTES["sperm_concentration"].within_man_cv
    expected = (grown - 1.0) / (grown - 1.0 + within**2 * grown)  # spread of men over that of their samples
    assert np.cov(first, second)[0, 1] / np.var(first) == pytest.approx(expected, abs=0.03)
    low = first < 15.0
    assert np.mean(second[low]) > 1.3 * np.mean(first[low])
    assert np.mean(second) == pytest.approx(np.mean(first), rel=0.02)


def test_abstinence_adds_the_published_increments_in_normal_men():
    one = Ejaculate()
    concentration = (87.0 - 13.0 * 3.2) / 0.4  # with 3.2 mL the three increments are those of one man
    found = []
    for days in (3.05, 2.95):
        z = dict.fromkeys(EJACULATE_DEVIATES, np.zeros(1)) | {"abstinence": np.log(days / 3.0) / 0.3 * np.ones(1)}
        true = {"sperm_concentration": np.array([concentration]), "semen_volume": np.array([3.2])}
        fine = change(one, {"one_sperm": 0.015})
        found.append(sample_ejaculate(true, z, fine))
    middle = {"semen_volume": 3.2, "sperm_concentration": concentration}
    for name, each in (("semen_volume", 0.4), ("sperm_concentration", 13.0)):
        later, before = (float(one[name][0]) for one in found)
        slope = (later - before) / 0.1 * middle[name] / (0.5 * (later + before))
        assert slope == pytest.approx(each, rel=0.03)


@pytest.mark.parametrize(("true", "chance"), [(0.0, 1.0), (0.03, None), (0.3, None), (3.0, 0.0)])
def test_azoospermia_is_no_sperm_seen(true, chance):
    read = ejaculates(sperm_concentration=true)
    none = np.mean(read["sperm_concentration"] == 0.0)
    size = 1.0 / Ejaculate().dispersion
    expected = (size / (size + true / 0.03)) ** size
    assert none == pytest.approx(expected if chance is None else chance, abs=0.01)
    unseen = read["sperm_concentration"] == 0.0
    assert np.isnan(read["motility"][unseen]).all() and (read["total_motile_count"][unseen] == 0.0).all()
    assert not np.isnan(read["motility"][~unseen]).any()


def test_counts_are_those_of_a_negative_binomial():
    from scipy.stats import nbinom

    z = np.linspace(-2.9, 2.9, 61)
    rule = change(Ejaculate(), {"abstinence_spread": 0.0})
    read = sample_ejaculate({"sperm_concentration": 0.45}, {"sperm_concentration": z}, rule)["sperm_concentration"]
    size = 1.0 / 0.46**2
    from scipy.special import ndtr

    assert np.round(read / 0.03) == pytest.approx(nbinom.ppf(ndtr(z), size, size / (size + 15.0)))


def test_half_and_double_the_counted_volume_move_who_is_azoospermic():
    none = [np.mean(ejaculates(rule=change(Ejaculate(), {"one_sperm": one}), sperm_concentration=0.05)
                    ["sperm_concentration"] == 0.0) for one in (0.015, 0.03, 0.06)]  # fmt: skip
    assert none[0] < none[1] < none[2]


def test_what_is_not_known_is_not_read():
    read = ejaculates(count=2, sperm_concentration=np.array([np.nan, 20.0]))
    assert np.isnan(read["sperm_concentration"][0]) and not np.isnan(read["sperm_concentration"][1])


def test_blood_scatters_by_man_and_assay():
    z = np.random.default_rng(5).standard_normal(SAMPLES)
    read, one = sample_level("testosterone", 15.0, z), ANALYTES["testosterone"]
    assert np.mean(read) == pytest.approx(15.0, rel=0.01)
    assert cv(read) == pytest.approx((one.within_man_cv**2 + one.assay_cv**2) ** 0.5, rel=0.04)
