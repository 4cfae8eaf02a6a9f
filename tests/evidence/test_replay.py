"""Virtual arms: they are like the published men, and selection on one noisy count regresses to the mean."""

import sys

import numpy as np
import pytest

from leydig.engine import Cohort
from leydig.evidence import load_study, replay, studies
from leydig.evidence.noise import whole_share
from leydig.evidence.study import Arm, Criterion, PublishedValue, Titration
from leydig.evidence.titration import titrate
from leydig.evidence.virtual_arm import baseline_levels, mean_man, virtual_arm
from leydig.man.free_hormones import free_testosterone
from leydig.man.sample import noise_of
from leydig.regimen import Regimen

UNTREATED = """id = "untreated"
title = "Nothing is given"
source = "Nobody 2020, doi:10.1000/a"
role = "held-out"
design = "invented"

[[arm]]
name = "untreated"
n = 40
men = "men with one low count"
regimen = ""
enrolled.sperm_concentration = {{ below = {limit}, unit = "million/mL" }}

[[arm.observed]]
analyte = "sperm_concentration"
week = 13
ratio = 1.0

[[arm.observed]]
analyte = "testosterone"
week = 13
change_percent = 0
"""


def arm(**more):
    return Arm(name="x", men="men", regimen=Regimen(""), n=30, **more)


def test_men_have_the_published_age_bmi_means_and_spreads():
    one = arm(
        age=PublishedValue(34.0, "", 4.0), bmi=PublishedValue(28.7, "", 2.0),
        baseline={"testosterone": PublishedValue(270.6, "ng/dL", 68.0), "lh": PublishedValue(3.4, "IU/L"), "fsh": PublishedValue(4.8, "IU/L")},
    )  # fmt: skip
    men = virtual_arm(one, 800).men
    level = men.baseline.testosterone * 28.84
    assert men.age.mean() == pytest.approx(34.0, abs=0.4)
    assert men.bmi.std() == pytest.approx(2.0, rel=0.1)
    assert level.mean() == pytest.approx(270.6, rel=0.03)
    measured = np.hypot(level.std(), level.mean() * noise_of("testosterone"))
    assert measured == pytest.approx(68.0, rel=0.12)
    assert men.baseline.lh.mean() == pytest.approx(3.4, rel=0.05)


def test_enrollment_decides_by_what_was_measured_and_true_levels_lie_nearer_to_all_men():
    one = arm(
        baseline={"testosterone": PublishedValue(250.0, "ng/dL", 40.0)},
        enrolled={"testosterone": Criterion(300.0, None, "ng/dL")},
    )
    found = virtual_arm(one, 400)
    measured = found.measured["testosterone"] * 28.84
    assert (measured < 300.0).all()
    assert measured.mean() == pytest.approx(250.0, rel=0.05)
    true = found.men.baseline.testosterone.mean() * 28.84
    assert 255.0 < true < 330.0
    assert (found.men.baseline.testosterone * 28.84 > 300.0).any()


def test_an_untreated_cohort_selected_for_a_low_count_shows_the_regression_that_its_noise_implies(tmp_path):
    path = tmp_path / "untreated.toml"
    path.write_text(UNTREATED.format(limit=30))
    count, hormone = replay(load_study(path))
    spread, noise = np.sqrt(0.85**2), noise_of("sperm_concentration")
    random = np.random.default_rng(1)
    true = np.exp(np.log(44.0) + spread * random.standard_normal(400_000))
    seen = true * np.exp(noise * random.standard_normal(400_000) - noise**2 / 2)
    expected = true[seen < 30].mean() / seen[seen < 30].mean()
    assert expected > 1.15
    assert count.regression == pytest.approx(expected, rel=0.15)
    assert count.predicted == pytest.approx(count.regression, rel=0.02)
    assert hormone.predicted == pytest.approx(1.0, abs=0.01)


def test_nothing_given_to_men_whom_nothing_selected_changes_nothing():
    (found,) = (one for one in replay(studies()["burnett_bowie_2009"]) if one.arm == "placebo")
    assert found.predicted == pytest.approx(1.180, rel=0.005)


def test_the_record_has_the_keys_that_were_promised_and_the_log_is_of_the_two_numbers():
    found = replay(studies()["shah_2021"])
    keys = ["study", "arm", "analyte", "week", "observed", "predicted", "low", "high", "inside", "log_ratio", "role"]
    for one in found:
        record = one.record()
        assert list(record)[: len(keys)] == keys
        assert record["low"] < record["predicted"] < record["high"]
        assert record["log_ratio"] == pytest.approx(np.log(record["predicted"] / record["observed"]))
        assert record["inside"] == (record["low"] <= record["observed"] <= record["high"])


def test_the_same_seed_gives_the_same_numbers_and_another_others():
    study = studies()["leder_2004"]
    first, again, other = replay(study), replay(study), replay(study, seed=2)
    assert [one.record() for one in first] == [one.record() for one in again]
    assert first[0].predicted != other[0].predicted
    assert first[0].predicted == pytest.approx(other[0].predicted, rel=0.06)


def test_a_larger_arm_is_predicted_more_surely(tmp_path):
    path = tmp_path / "size.toml"
    widths = []
    for n in (5, 500):
        path.write_text(
            (UNTREATED.format(limit=30))
            .replace("n = 40", f"n = {n}")
            .replace('regimen = ""', 'regimen = "hCG 500 IU daily"')
        )
        found = replay(load_study(path))[1]  # testosterone: of counts, studies differ more than five men do
        widths.append(np.log(found.high / found.low))
    assert widths[0] > 1.3 * widths[1]  # study effects and draws do not shrink with an arm


def test_the_mean_man_has_what_was_published():
    man = mean_man(studies()["shah_2021"].arms[0])
    assert float(man.baseline.testosterone) * 28.84 == pytest.approx(270.6, rel=1e-3)


REACHED = """id = "reached"
title = "Sperm under testosterone"
source = "Nobody 2020, doi:10.1000/a"
role = "calibration"
design = "invented"

[[arm]]
name = "testosterone enanthate"
n = 200
men = "healthy men"
regimen = "testosterone enanthate 200 mg weekly"
"""
SHARE = """
[[arm.observed]]
analyte = "sperm_concentration"
week = {week}
{form} = 0.5
below = 10
unit = "million/mL"
"""


def shares(tmp_path, *values):
    path = tmp_path / "reached.toml"
    path.write_text(REACHED + "".join(SHARE.format(week=week, form=form) + more for form, week, more in values))
    return [one.predicted for one in replay(load_study(path))]


def test_what_was_reached_is_the_share_of_that_day_where_counts_only_fall_and_are_read_without_noise(
    tmp_path, monkeypatch
):
    """A course that falls all the time, a median man's count at a time: whoever was below is below."""
    monkeypatch.setattr(sys.modules["leydig.evidence.reading.scatter"], "noise_of", lambda name: 0.0)
    monkeypatch.setattr(sys.modules["leydig.evidence.reading.scatter"], "count_unit", lambda name: 0.0)
    weeks = [("fraction", week, "") for week in (4, 6, 8)]
    reached = [("reached", week, "every = 2\n") for week in (4, 6, 8)]
    day, ever = np.split(np.array(shares(tmp_path, *weeks, *reached)), 2)
    assert 0.05 < day[0] < day[2] < 0.95
    np.testing.assert_allclose(ever, day, atol=0.03)  # the worlds are drawn anew for each value


def test_what_was_reached_is_more_than_the_share_of_that_day_where_a_reading_is_noisy(tmp_path):
    day, ever = shares(tmp_path, ("fraction", 6, ""), ("reached", 6, "every = 1\n"))
    assert ever > day + 0.05


def test_more_samples_never_give_less_and_a_later_first_week_never_more(tmp_path):
    often = [("reached", 6, f"every = {every}\n") for every in (6, 3, 2, 1)]
    later = [("reached", 6, f"every = 2\nfrom = {first}\n") for first in (4, 6)]
    *more, some, once = shares(tmp_path, *often, *later)
    assert np.diff(more).min() > -0.02 and more[-1] > more[0] + 0.05
    assert more[2] > some > once


TITRATED = REACHED.replace(
    'regimen = "testosterone enanthate 200 mg weekly"',
    'regimen = "letrozole 2.5 mg weekly"\n'
    'titration = {{ analyte = "testosterone", below = {below}, unit = "nmol/L", every = 4, '
    'rungs = ["letrozole 2.5 mg twice weekly", "letrozole 2.5 mg daily"] }}',
)
AFTER = """
[[arm.observed]]
analyte = "testosterone"
week = 26
ratio = 2.0
"""


def reached_testosterone(tmp_path, text):
    path = tmp_path / "titrated.toml"
    path.write_text(text + AFTER)
    (found,) = replay(load_study(path))
    return found.predicted


def test_a_titrated_arm_is_at_the_first_rung_where_the_goal_is_low_and_at_the_last_where_nobody_reaches_it(tmp_path):
    fixed = TITRATED.format(below=1).split("titration")[0]
    first = reached_testosterone(tmp_path, fixed)
    last = reached_testosterone(tmp_path, fixed.replace("2.5 mg weekly", "2.5 mg daily"))
    assert last > 1.05 * first
    assert reached_testosterone(tmp_path, TITRATED.format(below=1)) == pytest.approx(first, rel=1e-3)
    assert reached_testosterone(tmp_path, TITRATED.format(below=150)) == pytest.approx(last, rel=0.02)
    assert first < reached_testosterone(tmp_path, TITRATED.format(below=24)) < last


def test_who_reads_below_the_goal_goes_up_and_keeps_what_he_was_given_before():
    rungs = tuple(map(Regimen, ("letrozole 2.5 mg twice weekly", "letrozole 2.5 mg daily")))
    rule = Titration("testosterone", 1e6, 4.0, rungs)  # [nmol/L]: nobody gets there
    one = Arm(name="x", men="men", regimen=Regimen("letrozole 2.5 mg weekly"), n=2, titration=rule)
    cohort = Cohort(virtual_arm(one, 8).men, one.drugs)
    given = titrate(cohort, one, 182.0, np.arange(8), 1)
    assert {str(own) for own in given} == {
        "letrozole 2.5 mg weekly for 4 weeks + letrozole 2.5 mg twice weekly from week 4 for 4 weeks + "
        "letrozole 2.5 mg daily from week 8"
    }
    assert cohort.day.tolist() == [168.0] * 8


def test_untreated_is_what_the_value_would_be_if_nothing_changed():
    for one in replay(studies()["bonde_1998"]):  # nothing is given
        assert one.untreated == pytest.approx(one.predicted, rel=0.01)
    (only,) = replay(studies()["moskovic_2012"])  # a level through its published baseline
    arm = studies()["moskovic_2012"].arms[0]
    assert only.untreated == pytest.approx(arm.baseline["testosterone"].to(only.unit, "testosterone"))
    assert only.noise.total > 0.0 and only.replicates is not None


def test_a_published_percentage_is_a_share_of_whole_men():
    assert whole_share(0.559, 34) == 19 / 34 and whole_share(0.515, 33) == 17 / 33
    assert (
        whole_share(0.5, 99) == 0.5 and whole_share(0.559, 10) == 0.559
    )  # a median time, and an n that was not published


# Men of whom a study says little ---------------------------------------------------------------------------------------


def men_of(kind, **more):
    return virtual_arm(Arm("a", "men", Regimen(), kind=kind, **more), 300).men


def test_an_age_or_bmi_that_was_not_published_is_the_kinds_own_where_the_usual_one_is_not():
    obese, compensated, healthy = (men_of(kind) for kind in ("obesity", "compensated", "healthy"))
    assert np.median(obese.bmi) > 33.0 and np.median(healthy.bmi) == pytest.approx(25.0, abs=1.0)
    assert np.median(compensated.age) > 55.0 and np.median(healthy.age) == pytest.approx(35.0, abs=1.5)
    assert np.median(obese.baseline.testosterone) < 0.8 * np.median(healthy.baseline.testosterone)


def test_age_and_bmi_may_enroll():
    older = men_of("healthy", enrolled={"age": Criterion(None, 65.0, "year")})
    assert older.count == 300 and older.age.min() > 65.0
    some = men_of("healthy", bmi=PublishedValue(29.0, "", 4.0), enrolled={"bmi": Criterion(35.0, 25.0, "kg/m2")})
    assert 25.0 < some.bmi.min() and some.bmi.max() < 35.0


@pytest.mark.parametrize("kind", ["hypogonadotropic", "azoospermia", "obstructive"])
def test_a_baseline_of_no_sperm_is_what_the_kind_is(kind):
    none = men_of(kind, baseline={"sperm_concentration": PublishedValue(0.0, "million/mL")})
    assert np.array_equal(none.baseline.sperm_concentration, men_of(kind).baseline.sperm_concentration)
    assert np.all(none.baseline.sperm_concentration < 0.1)


@pytest.mark.parametrize(
    ("name", "part"), [("free_testosterone", "free"), ("bioavailable_testosterone", "bioavailable")]
)
def test_free_or_bioavailable_testosterone_alone_sets_the_total(name, part):
    published = {name: PublishedValue(0.16 if part == "free" else 3.8, "nmol/L")}
    with_shbg = baseline_levels(
        Arm("a", "men", Regimen(), baseline=published | {"shbg": PublishedValue(30.0, "nmol/L")})
    )
    back = free_testosterone(f"{with_shbg['testosterone']} nmol/L", "30 nmol/L")
    assert getattr(back, part) == pytest.approx(published[name].value)
    low, usual = men_of("healthy", baseline=published), men_of("healthy")
    assert np.median(low.baseline.testosterone) < 0.6 * np.median(usual.baseline.testosterone)


AZOOSPERMIC = """
id = "azoospermic"
title = "Invented"
source = "Nobody 2020, doi:10.1000/a"
role = "held-out"
design = "invented"

[[arm]]
name = "untreated"
n = 50
men = "obstructed men"
kind = "obstructive"
regimen = "placebo"
baseline.sperm_concentration = { mean = 0, unit = "million/mL" }
"""
SEEN = """
[[arm.observed]]
analyte = "sperm_concentration"
week = 12
fraction = 0.0
above = 0
unit = "million/mL"

[[arm.observed]]
analyte = "motility"
week = 12
mean = 40
unit = "%"
"""


def test_no_sperm_are_seen_where_there_are_none_and_no_interval_goes_beyond_all_sperm(tmp_path):
    path = tmp_path / "azoospermic.toml"
    path.write_text(AZOOSPERMIC + SEEN)
    seen, _ = replay(load_study(path))
    assert seen.predicted < 0.01 and seen.untreated < 0.01
    path.write_text(AZOOSPERMIC.replace("obstructive", "healthy").replace("mean = 0", "mean = 60") + SEEN)
    seen, motility = replay(load_study(path))
    assert seen.predicted > 0.99
    assert 20.0 < motility.low < motility.predicted < motility.high < 95.0
