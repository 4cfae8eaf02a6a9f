"""What a twin expects at the next visit stands beside the rule, in the result, on the command line and on both reports."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from cli.test_cli_twin import called

import leydig as ly
from leydig.assessment.forecast.outlook import outlook
from leydig.inference.trust.trust import Trust, TrustReason, TrustVerdict
from leydig.protocol.reader import read_protocol
from leydig.record import Record, Result, Treatment
from leydig.record.files import as_json
from leydig.regimen import Regimen
from leydig.reports.pages.report import report

DAY, LATER = dt.date(2026, 1, 5), dt.date(2026, 2, 2)


@pytest.fixture(scope="module")
def record():
    results = [Result("bmi", 33.0, DAY, "kg/m2")]
    for day, testosterone, estradiol, lh in ((DAY, 290.0, 36.0, 4.0), (LATER, 520.0, 45.0, 7.0)):
        results += [Result("testosterone", testosterone, day, "ng/dL"), Result("estradiol", estradiol, day, "pg/mL"),
                    Result("lh", lh, day, "IU/L")]  # fmt: skip
    treatment = Treatment(Regimen("clomiphene 25 mg daily"), DAY)
    return Record("male", dt.date(1991, 5, 1), tuple(results), (treatment,))


@pytest.fixture(scope="module")
def twin(record):
    return ly.fit(record, kind="obesity", draws=200)


def test_what_is_expected_stands_beside_the_rule_and_changes_no_advice(record, twin):
    bare, found = ly.assess(record, "clomiphene"), ly.assess(record, "clomiphene", twin=twin)
    assert replace(found, outlook=None) == bare and "outlook" not in bare.record()
    ahead = found.outlook
    assert ahead.day > LATER and "clomiphene" in ahead.regimen and len(ahead.levels) == 4
    assert all(0.0 < one.low < one.median < one.high for one in ahead.levels)
    days = (ahead.day - LATER).days
    forecast = twin.forecast(ahead.regimen, weeks=days / 7, every=f"{days} days")
    assert ahead.levels[0].median == pytest.approx(forecast["testosterone"].median()[-1])
    assert json.loads(found.text())["outlook"]["chances"][0]["share"] is not None


def test_it_is_told_of_any_day_and_from_the_day_of_the_assessment_on(twin):
    plan, regimen = read_protocol("clomiphene"), Regimen("clomiphene 50 mg daily")
    soon, later = (
        outlook(twin, regimen, plan, LATER + dt.timedelta(wait), LATER + dt.timedelta(61)) for wait in (0, 60)
    )
    assert soon.day == LATER + dt.timedelta(61)
    assert soon.levels[0].median > later.levels[0].median  # the higher dose was given for a day alone


def test_a_twin_that_abstains_says_why_and_no_number(record, twin):
    refused = replace(twin, trust=Trust((TrustReason(TrustVerdict.ABSTAIN, "his results are another man's"),)))
    ahead = ly.assess(record, "clomiphene", twin=refused).outlook
    assert ahead.levels == () and "another man's" in ahead.reasons[0] and ahead.verdict == "abstain"
    assert all(one.share is None for one in ahead.chances)


def test_both_reports_show_it(record, twin, tmp_path):
    for reader, head in (("clinician", "Expected at the next visit"), ("patient", "What the next tests may show")):
        page = report(record, "clomiphene", out=tmp_path / f"{reader}.html", reader=reader, twin=twin).read_text(
            "utf-8"
        )
        assert head in page
        assert head not in report(record, "clomiphene", out=tmp_path / "bare.html", reader=reader).read_text("utf-8")


def test_the_command_line_shows_it(record, tmp_path):
    path = tmp_path / "record.json"
    path.write_text(json.dumps(as_json(record)), encoding="utf-8")
    code, out, _ = called("protocol", "assess", path, "--protocol", "clomiphene", "--twin", "obesity")
    assert code == 0 and "his twin, on" in out and "joint band" in out
    code, out, _ = called("surprise", path, "--kind", "obesity", "--draws", 200)
    assert code == 0 and "noise" in out and "adherence" in out
