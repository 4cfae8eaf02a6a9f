"""What a trial says of couples: pregnancies with an interval, and who gained access to insemination."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from leydig.protocol.reader import read_protocol
from leydig.record.record import Record, Result
from leydig.trial import run, trial_summary
from leydig.trial.analysis.effect import primary_values
from leydig.trial.conduct.outcome import last_motile_count
from leydig.trial.conduct.pregnancy import access_gain, access_summary, pregnancy_by_cycle
from leydig.trial.design.trial_file import trial_from

BANDS = read_protocol("anastrozole").insemination
START = dt.date(2026, 1, 5)


@pytest.fixture(scope="module")
def few():
    """Oligozoospermic men on nothing: whoever gains access gains it by chance."""
    trial = trial_from({
        "name": "few", "n": 8, "months": 6, "kind": "oligozoospermia", "enrolled_by": "clomiphene", "seed": 3,
        "primary": {"of": "insemination_access"},
        "arm": [{"name": "titrated", "protocol": "clomiphene"}, {"name": "nothing", "regimen": ""}],
    })  # fmt: skip
    return run(trial, workers=1, size=40)


def sample(date, concentration, volume=3.0, motility=50.0):
    found = [
        Result("sperm_concentration", concentration, date, "million/mL"),
        Result("semen_volume", volume, date, "mL"),
    ]
    return found if motility is None else [*found, Result("motility", motility, date, "%")]


@pytest.mark.parametrize(
    ("samples", "before", "after"),
    [
        ([(-7, 4.0), (30, 8.0)], 6.0, 12.0),
        ([(-35, 4.0), (-7, 6.0), (0, 8.0)], 9.0, 12.0),
        ([(-7, 0.0, 3.0, None), (90, 0.0, 3.0, None)], 0.0, 0.0),
        ([(-7, 4.0), (30, 8.0), (60, 9.0, 3.0, None)], 6.0, 12.0),
        ([(-7, 4.0), (30, 8.0), (60, 0.0, 3.0, None)], 6.0, 0.0),
        ([(-7, 4.0)], 6.0, np.nan),
    ],
)
def test_motile_sperm_are_those_of_one_ejaculate(samples, before, after):
    results = [one for day, *rest in samples for one in sample(START + dt.timedelta(day), *rest)]
    record = Record("male", None, tuple(results))
    found = [last_motile_count(record, START, on_treatment=treated) for treated in (False, True)]
    assert found == pytest.approx([before, after], nan_ok=True)


def test_access_is_gained_by_men_who_had_none_and_a_man_who_left_gained_nothing(few):
    arm = few.arms["nothing"]
    place = arm.rows([0] * 6)
    men = replace(
        place, motile_before=np.array([9.9, 9.9, 10.0, np.nan, 4.0, 30.0]),
        motile_after=np.array([10.0, 9.9, 20.0, 20.0, np.nan, 3.0]), unsolved=np.zeros(6, dtype=int),
    )  # fmt: skip
    assert access_gain(BANDS, men) == pytest.approx([1.0, 0.0, np.nan, np.nan, 0.0, np.nan], nan_ok=True)
    found = access_summary(BANDS, men)
    assert (found["gained"]["men"], found["gained"]["of"]) == (1, 3)
    assert found["lost"] == {"men": 1, "of": 2}
    assert found["before"]["insemination"] == 2 and sum(found["before"].values()) == 5
    assert found["gained"]["low"] < 1 / 3 < found["gained"]["high"]


def test_access_is_a_primary_endpoint_of_those_without_it(few):
    for name, arm in few.arms.items():
        values = primary_values(few.trial, arm)
        gained = trial_summary(few)["arms"][name]["insemination"]["gained"]
        assert np.nansum(values) == gained["men"] and (~np.isnan(values)).sum() == gained["of"]
    assert trial_summary(few)["primary"]["unit"] == "1"


def test_pregnancies_come_by_cycle_with_an_interval(few):
    arm = few.arms["nothing"]
    found = pregnancy_by_cycle(few.trial, arm)
    assert list(found) == ["6"]
    assert found["6"]["low"] <= found["6"]["share"] == np.mean(arm.conceived <= 168) <= found["6"]["high"]


def test_months_of_trying_are_drawn_from_their_range():
    with pytest.raises(Exception, match="two numbers|months_trying"):
        trial_from({"name": "x", "n": 1, "months": 1, "couple": {"months_trying": 24},
                    "arm": [{"name": "a", "regimen": ""}]})  # fmt: skip
