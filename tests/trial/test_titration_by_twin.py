"""A trial whose arm reads forecasts: twins are fitted at the visits, change what is advised, and are made again."""

from pathlib import Path

import pytest

from leydig.trial import check_ledger, run
from leydig.trial.conduct import twins as twins_of_trial
from leydig.trial.design.trial_file import trial_from

EXAMPLE = str(Path(__file__).parents[2] / "docs" / "trials" / "clomiphene_forecast.toml")
CONTENT = {
    "name": "by twin", "n": 2, "months": 3, "seed": 4, "kind": "secondary", "enrolled_by": "clomiphene",
    "visits": {"missed": 0.0, "missing": 0.0}, "adherence": {"dropout": 0.0},
    "arm": [{"name": "twin", "protocol": EXAMPLE}],
}  # fmt: skip


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Some seconds: each of these men is fitted at every visit."""
    path = tmp_path_factory.mktemp("twins") / "ledger.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(twins_of_trial, "DRAWS", 100)
        found = run(trial_from(CONTENT), workers=1, size=2, ledger=path)
        return found.arms["twin"], check_ledger(path)


def test_forecasts_decide_and_where_there_is_none_it_is_said(ran):
    arm, _ = ran
    rules = arm.count("decisions")
    assert rules.get("T6_AHEAD", 0) + rules.get("T6_WAIT", 0) > 0
    told = [set(alerts) for alerts in arm.alerts]
    without = [place for place, decisions in enumerate(arm.decisions) if "T6_ADD" in decisions]
    assert all("NO_FORECAST" in told[place] for place in without)


def test_the_ledger_holds_when_the_twins_are_fitted_again(ran):
    _, check = ran
    assert check.differing == () and check.decisions > 2
