"""Why the last results are not what was expected: noise, adherence, or a changed man."""

import datetime as dt

import numpy as np
import pytest

from leydig.errors import BadRecord
from leydig.inference.decision.surprise import SurpriseCause, attribute_surprise
from leydig.record import Record, Result, Treatment
from leydig.regimen import Regimen

DAY, LATER = dt.date(2026, 1, 5), dt.date(2026, 3, 2)
BEFORE = {"testosterone": (330, "ng/dL"), "estradiol": (38, "pg/mL"), "lh": (4.0, "IU/L"), "fsh": (4.5, "IU/L")}


def surprise(later, given="clomiphene 50 mg daily", **more):
    """Return what is said of an obese man's results of week 8."""
    results = [Result("bmi", 33.0, DAY, "kg/m2")]
    results += [Result(name, value, DAY, unit) for name, (value, unit) in BEFORE.items()]
    results += [Result(name, value, LATER, BEFORE[name][1]) for name, value in later.items()]
    treatments = (Treatment(Regimen(given), DAY),) if given else ()
    record = Record("male", dt.date(1991, 5, 1), tuple(results), treatments)
    return attribute_surprise(record, kind="obesity", draws=300, **more)


def test_what_was_expected_is_no_surprise():
    first = surprise({"testosterone": 700.0, "estradiol": 50.0, "lh": 8.0, "fsh": 8.0})
    middle = {one.measurement.analyte: one.median for one in first.results}
    found = surprise(middle)
    assert not found.is_surprise and not any(one.is_outside for one in found.results)
    assert found.shares[SurpriseCause.NOISE] > 0.85 and sum(found.shares.values()) == pytest.approx(1.0)
    assert all(one.low < one.median < one.high for one in found.results)


def test_results_as_before_treatment_are_those_of_a_man_who_took_nothing():
    found = surprise({name: value for name, (value, _) in BEFORE.items()})
    assert found.is_surprise and found.shares[SurpriseCause.ADHERENCE] > 0.5
    assert max(found.shares, key=found.shares.get) == SurpriseCause.ADHERENCE


def test_results_that_are_not_his_are_another_mans():
    found = surprise({"testosterone": 420.0, "estradiol": 21.0, "lh": 11.0, "fsh": 22.0}, given="")
    assert set(found.shares) == {SurpriseCause.NOISE, SurpriseCause.CHANGED_MAN}
    assert found.shares[SurpriseCause.CHANGED_MAN] > 0.9 and found.is_surprise
    told = found.record()
    assert told["surprise"] and {one["name"] for one in told["results"]} == set(BEFORE) and told["day"] == 56.0
    assert np.isfinite(list(told["shares"].values())).all()


def test_one_day_of_results_tells_no_surprise():
    with pytest.raises(BadRecord, match="two at least"):
        surprise({})
