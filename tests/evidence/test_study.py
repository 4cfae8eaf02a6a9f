import re
from dataclasses import replace

import numpy as np
import pytest

from leydig.errors import BadStudy
from leydig.evidence import load_study, studies
from leydig.evidence.study_file import STUDIES_FOLDER

GOOD = """id = "made_up"
title = "A made-up study"
source = "Nobody 2020, doi:10.1000/a"
role = "calibration"
design = "invented"

[[arm]]
name = "one"
n = 16
men = "men"
regimen = "anastrozole 1 mg daily"
age = { mean = 34.0, sd = 5 }
bmi = { mean = 28 }
baseline.testosterone = { mean = 300, sem = 20, unit = "ng/dL" }
baseline.te2_ratio = { median = 9, unit = "1" }
enrolled.testosterone = { below = 350, unit = "ng/dL" }

[[arm.observed]]
analyte = "testosterone"
week = 4
mean = 400
sd = 100
unit = "ng/dL"

[[arm.observed]]
analyte = "sperm_concentration"
week = 12
fraction = 0.5
below = 15
unit = "million/mL"

[[arm]]
name = "placebo"
men = "men"
regimen = ""

[[arm.observed]]
analyte = "lh"
week = 4
ratio = 1.1
control = "one"

[[arm.observed]]
week = 26
fraction = 0.2
of = "pregnancy"
"""


@pytest.fixture
def made(tmp_path):
    def write(text):
        path = tmp_path / "made_up.toml"
        path.write_text(text)
        return path

    return write


def test_every_study_reads_and_is_named_after_its_file():
    found = studies()
    assert len(found) >= 45
    for name, study in found.items():
        assert study.id == name
        assert any(arm.observed for arm in study.arms)


def test_a_good_file_from_anywhere_is_read(made):
    study = load_study(made(GOOD))
    arm, placebo = study.arms
    assert arm.baseline["testosterone"].sd == pytest.approx(80.0)
    assert arm.baseline["te2_ratio"].median and not arm.baseline["testosterone"].median
    assert arm.enrolled["testosterone"].below == 350
    assert arm.observed[1].counted.below == 15
    assert [one.analyte for one in placebo.observed] == ["lh", "pregnancy"]
    assert placebo.observed[0].control == "one"


@pytest.mark.parametrize(
    ("old", "new", "word", "line"),
    [
        ('role = "calibration"', 'role = "training"', "training", 4),
        ("regimen = \"ana", "regime = \"ana", "regime", 11),
        ('design = "invented"\n', "", "design", 0),
        ("mean = 400", "mean = 400\nratio = 1.3", "ratio", 22),
        ("week = 4\nmean", "week = 'four'\nmean", "week", 20),
        ("week = 12", "week = -2", "week -2; expected 0 to 1000", 27),
        ('sd = 100\nunit = "ng/dL"', 'sd = 100\nunit = "IU/L"', "IU/L", 23),
        ('sem = 20, unit = "ng/dL"', 'sem = 20, unit = "ng/dl2"', "ng/dl2", 14),
        ("mean = 300, sem", "mean = 300000, sem", "300000", 14),
        ('analyte = "lh"', 'analyte = "lhh"', "lhh", 38),
        ("anastrozole 1 mg daily", "anastrozole 1 mg dayly", "dayly", 11),
        ("doi:10.1000/a", "doi=10.1000/a", "doi=10.1000/a", 3),
        ('id = "made_up"', 'id = "made_up', "line 1", 0),
        ("fraction = 0.5", "fraction = 50", "50", 28),
        ("below = 15\n", "", "below", 0),
        ('control = "one"', 'control = "two"', "two", 41),
        ('of = "pregnancy"', 'of = "birth"', "birth", 46),
        ("n = 16\n", "n = 0\n", "n 0; expected 1 to 1000000", 9),
        ("n = 16\n", "", "sem", 13),
        ('name = "placebo"', 'name = "one"', "two arms", 0),
        ("sd = 100", "sd = -1", "-1", 22),
        ("sd = 100", "sd = 2100", "at most 5 times as much", 22),
        ("baseline.te2", "baseline.te3", "te3", 15),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused_and_key_and_line_are_named(made, old, new, word, line):
    assert old in GOOD
    path = made(GOOD.replace(old, new, 1))
    with pytest.raises(BadStudy) as error:
        load_study(path)
    assert str(path) in str(error.value)
    assert word in str(error.value)
    if line:
        assert f"line {line}:" in str(error.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadStudy, match="nowhere"):
        load_study(tmp_path / "nowhere.toml")


def test_the_shipped_folder_holds_only_studies():
    assert {path.suffix for path in STUDIES_FOLDER.iterdir()} == {".toml"}


def test_a_share_that_was_reached_has_its_visits(made):
    text = GOOD.replace("fraction = 0.5\nbelow = 15", "reached = 0.5\nbelow = 15\nevery = 4\nfrom = 3")
    one = load_study(made(text)).arms[0].observed[1]
    assert (one.form, one.counted.below, one.is_share) == ("reached", 15, True)
    assert one.visits == (4.0, 8.0, 12.0)
    assert replace(one, first=4.0).visits == (4.0, 8.0, 12.0)
    assert replace(one, first=4.01).visits == (8.0, 12.0)
    assert replace(one, form="fraction").visits == (12.0,)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("reached = 0.5\nbelow = 15", "got reached without 'every'"),
        ("reached = 0.5\nevery = 4", "got a reached of sperm_concentration without a bound"),
        ("reached = 0.5\nbelow = 15\nevery = 4\nfrom = 13", "got from = 13 of a value of week 12"),
        ("fraction = 0.5\nbelow = 15\nevery = 4", "got every with a fraction"),
        ("fraction = 0.5\nbelow = 15\nfrom = 4", "got from with a fraction"),
        ("reached = 0.5\nbelow = 15\nevery = 0", "every"),
    ],
)
def test_what_was_reached_needs_a_bound_and_samples(made, keys, said):
    with pytest.raises(BadStudy, match=said):
        load_study(made(GOOD.replace("fraction = 0.5\nbelow = 15", keys)))


TITRATED = GOOD.replace(
    'regimen = "anastrozole 1 mg daily"',
    'regimen = "anastrozole 1 mg weekly"\ntitration = { analyte = "testosterone", below = 577, unit = "ng/dL", every = 4, '
    'rungs = ["anastrozole 1 mg daily", "letrozole 2.5 mg daily"] }',
)


def test_an_arm_may_be_titrated(made):
    arm = load_study(made(TITRATED)).arms[0]
    assert arm.titration.below == pytest.approx(577 / 28.84, rel=1e-3)
    assert [str(one) for one in arm.titration.rungs] == ["anastrozole 1 mg daily", "letrozole 2.5 mg daily"]
    assert arm.drugs == ("anastrozole", "letrozole")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"anastrozole 1 mg daily", "letrozole 2.5 mg daily"', "", "got a titration without rungs"),
        ('"ng/dL", every', '"IU/L", every', "below"),
        ("every = 4, ", "", "without 'every'"),
    ],
)
def test_a_titration_needs_rungs_visits_and_a_level_of_its_analyte(made, old, new, said):
    with pytest.raises(BadStudy, match=said):
        load_study(made(TITRATED.replace(old, new)))


# Forms in which papers print a spread ---------------------------------------------------------------------------------


def spread_of(made, text, n=16):
    """Return the standard deviation that an observed testosterone of 400 ng/dL is read with."""
    good = GOOD.replace("sd = 100", text).replace("n = 16", f"n = {n}")
    return load_study(made(good)).arms[0].observed[0].sd


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sd = 100", 100.0),
        ("sem = 25", 100.0),
        ("ci = [351, 449]", 92.0),  # 49/2.131 with 15 degrees of freedom, times 4
        ("iqr = [333, 480.5]", 111.5),  # a log spread of 0.272
        ("range = [200, 800]", 163.7),  # 16 men lie within 1.766 standard deviations, a log spread of 0.393
    ],
)
def test_a_spread_is_read_from_what_a_paper_prints(made, text, expected):
    assert spread_of(made, text) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("form", ["iqr", "range"])
def test_quartiles_and_ends_of_drawn_men_give_their_spread_back(made, form):
    """Of log-normal levels; the mean over many samples of the range of sixteen."""
    levels = 400.0 * np.exp(0.3 * np.random.default_rng(1).standard_normal((4000, 16)))
    ends = np.quantile(levels, [0.25, 0.75]) if form == "iqr" else np.exp(
        [np.log(levels.min(axis=1)).mean(), np.log(levels.max(axis=1)).mean()])  # fmt: skip
    found = spread_of(made, f"{form} = [{ends[0]:.1f}, {ends[1]:.1f}]")
    assert found == pytest.approx(400.0 * np.sqrt(np.expm1(0.09)), rel=0.03)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sd = 100", "sd = 100\niqr = [300, 500]", "got sd and iqr; expected one of sd, sem, iqr, ci, range"),
        ("sd = 100", "iqr = [500, 300]", "two numbers, the lower first"),
        ("sd = 100", "ci = [3, 5]", "expected the value inside"),
        ("mean = 400\nsd = 100", "ratio = 1.3\niqr = [1.2, 1.6]", "got unit with a ratio"),
        ("fraction = 0.5", "fraction = 0.5\nsd = 0.1", "got sd with a fraction"),
        ("fraction = 0.5", 'fraction = 0.5\ncontrol = "placebo"', "got control with a fraction"),
        ("below = 15", "below = 0", "below = 0.01"),
        ("below = 15", "above = -1", "expected 0 or more"),
        ("below = 15", "above = 20\nbelow = 15", "Swap the two"),
        ("below = 15", "below = 15000000", "expected 0 to 1000 million/mL"),
        ('of = "pregnancy"', 'of = "pregnancy"\nanalyte = "lh"', "got analyte with a fraction of pregnancy"),
        ("ratio = 1.1", "ratio = 110", "140 % of baseline is ratio = 1.4"),
        ('control = "one"', 'control = "placebo"', "of an arm of this name"),
        ("age = { mean = 34", "age = { mean = 12", "got age 12; expected 18 to 90 year"),
        ("age = { mean = 34", 'age = { unit = "months", mean = 34', "got age in 'months'"),
        ("below = 350", "above = 400, below = 350", "Swap the two"),
        ("bmi = { mean = 28 }", 'bmi = { mean = 28 }\nkind = "obesity"', "expected 30 or more"),
        ("baseline.testosterone = { mean = 300", 'kind = "secondary"\nbaseline.testosterone = { mean = 600',
         "expected below 10.5 nmol/L, which makes the kind"),
        ("enrolled.testosterone = {", 'enrolled.age = { above = 65, unit = "months" }\nenrolled.testosterone = {',
         "got 'months'; expected year"),
        ("enrolled.testosterone = {", 'baseline.sperm_concentration = { mean = 0, unit = "million/mL" }\n'
         "enrolled.testosterone = {", "expected one of azoospermia, hypogonadotropic, obstructive"),
    ],
)  # fmt: skip
def test_what_cannot_be_or_would_not_be_read_is_refused(made, old, new, said):
    assert old in GOOD
    with pytest.raises(BadStudy, match=re.escape(said)):
        load_study(made(GOOD.replace(old, new, 1)))


@pytest.mark.parametrize("text", ["", "placebo", "none", "untreated", "nothing"])
def test_an_arm_without_treatment_is_written_as_papers_call_it(made, text):
    study = load_study(made(GOOD.replace('regimen = ""', f'regimen = "{text}"')))
    assert study.arms[1].drugs == ()
