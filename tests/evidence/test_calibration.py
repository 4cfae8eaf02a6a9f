"""What the first calibration promises, counted on the published figures."""

import pytest

from leydig.evidence import replay, studies
from leydig.evidence.calibration import free_parameters, residuals, training

AROMATASE_AND_CLOMIPHENE = ("anastrozole", "letrozole", "clomiphene", "enclomiphene")
HORMONES = ("testosterone", "estradiol", "lh")


@pytest.fixture(scope="module")
def compared():
    return [one for study in studies().values() for one in replay(study)]


def test_four_in_five_ratios_are_within_a_quarter(compared):
    drugs = {study.id: {drug for arm in study.arms for drug in arm.regimen.drugs} for study in studies().values()}
    ours = [
        one
        for one in compared
        if one.role == "calibration" and one.analyte in HORMONES and drugs[one.study] & set(AROMATASE_AND_CLOMIPHENE)
    ]
    near = [one for one in ours if abs(one.error) <= 0.25]
    assert len(ours) >= 18
    assert len(near) >= 0.8 * len(ours), [(one.study, one.analyte, f"{one.error:+.0%}") for one in ours]


def test_four_in_five_arms_are_within_a_quarter_on_every_figure(compared):
    arms = {}
    for one in compared:
        regimen = next(arm.regimen for arm in studies()[one.study].arms if arm.name == one.arm)
        if one.role == "calibration" and one.analyte in HORMONES and set(regimen.drugs) & set(AROMATASE_AND_CLOMIPHENE):
            arms.setdefault((one.study, one.arm), []).append(abs(one.error))
    good = [name for name, errors in arms.items() if max(errors) <= 0.25]
    assert len(arms) >= 10
    assert len(good) >= 0.8 * len(arms), arms


def test_shah_is_where_the_main_job_says(compared):
    found = {(one.analyte, one.week): one.predicted for one in compared if one.study == "shah_2021"}
    assert found["testosterone", 4.3] * 270.6 == pytest.approx(480, rel=0.25)
    assert found["estradiol", 21.7] * 32 == pytest.approx(15.9, rel=0.25)


def test_every_direction_is_right(compared):
    wrong = [
        (one.study, one.analyte)
        for one in compared
        if abs(one.observed - 1.0) > 0.1 and (one.observed - 1.0) * (one.predicted - 1.0) < 0.0
    ]
    assert wrong in ([], [("hayes_2001", "inhibin_b")]), wrong


def test_no_held_out_study_enters_the_fit():
    assert training() and all(study.role == "calibration" for study in training())
    assert {study.id for study in studies().values() if study.role == "held-out"} == {
        "loves_2013",
        "raman_2002",
        "clark_1989",
        "dony_1986",
        "handelsman_te",
        "te_250",
    }


def test_the_declared_values_are_near_the_optimum():
    import numpy as np

    free, used = free_parameters(), training()
    here = np.array([np.log(one.declaration.value) for one in free])
    cost = (residuals(free, here, used) ** 2).sum()
    for place, one in enumerate(free):
        for step in (-0.25, 0.25):
            moved = here.copy()
            moved[place] = np.clip(moved[place] + step, one.bounds[0] + 1e-9, one.bounds[1] - 1e-9)
            assert (residuals(free, moved, used) ** 2).sum() > 0.97 * cost, one.path
