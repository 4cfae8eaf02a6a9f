"""What a twin expects at the next visit stands beside the rule, in the result, on the command line and on both reports."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from cli.test_cli_twin import called

import leydig as ly
from leydig.assessment.assess import decide
from leydig.assessment.facts.facts import Facts
from leydig.assessment.forecast.expectations import Expectations
from leydig.assessment.forecast.outlook import outlook
from leydig.inference.decision.surprise import SurpriseCause
from leydig.inference.trust.trust import Trust, TrustReason, TrustVerdict
from leydig.protocol.reader import read_protocol
from leydig.record import Record, Result, Treatment
from leydig.record.files import as_json
from leydig.regimen import Regimen
from leydig.reports.pages.case import case_of
from leydig.reports.pages.clinician import clinician_page
from leydig.reports.pages.html import html_page, picture_bytes
from leydig.reports.pages.levels import over_time
from leydig.reports.pages.patient import patient_page
from leydig.reports.pages.report import report

DAY, LATER = dt.date(2026, 1, 5), dt.date(2026, 2, 2)
ENDS = ("least", "low", "high", "most")


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
    assert (
        decide(record, read_protocol("clomiphene"), LATER, twin).outlook is None
    )  # a trial asks for none at each visit


def test_it_is_told_of_any_day_and_from_the_day_of_the_assessment_on(record, twin):
    plan, regimen = read_protocol("clomiphene"), Regimen("clomiphene 50 mg daily")
    soon, later = (
        outlook(twin, record, regimen, plan, LATER + dt.timedelta(wait), LATER + dt.timedelta(61)) for wait in (0, 60)
    )
    assert soon.day == LATER + dt.timedelta(61)
    first, *_, last = soon.levels[0].bands
    assert first.day == LATER and last.day == soon.day and later.levels[0].bands[0].day == LATER + dt.timedelta(60)
    assert first.least < first.low < first.high < first.most and soon.levels[0].high == last.most
    assert soon.levels[0].low == last.least
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


@pytest.fixture(scope="module")
def lapsed(record):
    """The same man, back where he began though he is said to go on."""
    day = LATER + dt.timedelta(56)
    more = [Result(name, value, day, unit) for name, value, unit in
            (("testosterone", 280.0, "ng/dL"), ("estradiol", 35.0, "pg/mL"), ("lh", 3.9, "IU/L"))]  # fmt: skip
    return record.with_results(more)


def test_why_the_newest_results_surprise_stands_on_both_reports(lapsed, record, twin, tmp_path):
    assert ly.assess(record, "clomiphene", twin=twin).outlook.surprise is None
    found = ly.assess(lapsed, "clomiphene", twin=twin)
    surprise = found.outlook.surprise
    assert surprise.likeliest == SurpriseCause.ADHERENCE and surprise.is_surprise
    assert json.loads(found.text())["outlook"]["surprise"]["shares"]["adherence"] == surprise.shares["adherence"]
    plan = read_protocol("clomiphene")
    case = case_of(lapsed, plan, found)
    text = html_page(clinician_page(case)).decode() + html_page(patient_page(case)).decode()
    assert "doses not taken since the results before" in text and "as if some doses were not taken" in text


def test_the_figure_shows_what_is_expected_after_today(record, twin):
    plan = read_protocol("clomiphene")
    found = ly.assess(record, "clomiphene", twin=twin)
    picture = over_time(case_of(record, plan, found))[0]
    ahead = {panel.title: panel.ahead for panel in picture.panels}
    level = found.outlook.levels[0]
    assert ahead["testosterone"][-1] == (found.outlook.day, *(getattr(level.bands[-1], end) for end in ENDS))
    assert ahead["hematocrit"] == () and picture.last == found.outlook.day and "expected" in picture.alt
    bare = over_time(case_of(record, plan, replace(found, outlook=None)))[0]
    assert bare.last == found.on and picture_bytes(bare, "png", 4) != picture_bytes(picture, "png", 4)


def test_estradiol_is_told_as_his_assay_reads_it_and_every_page_says_so(record, twin):
    """In his assay's terms it is less than what an immunoassay would read, wherever it is told."""
    plan, day = read_protocol("clomiphene"), record.last_day()
    by_mass = [
        replace(one, assay="LC-MS/MS", value=0.7 * one.value) for one in record.results if one.name == "estradiol"
    ]
    kept = tuple(one for one in record.results if one.name != "estradiol")
    other = replace(record, results=(*kept, *by_mass))
    pairs = {"immunoassay": (record, twin), "mass spectrometry": (other, ly.fit(other, kind="obesity", draws=200))}
    for assay, (his, own) in pairs.items():
        found = ly.assess(his, "clomiphene", on=day, twin=own)
        assert found.outlook.estradiol_assay == found.record()["outlook"]["estradiol_assay"] == assay
        case = case_of(his, plan, found)
        reader = "an immunoassay" if assay == "immunoassay" else assay
        assert f"Estradiol and T:E2 are told as {reader} reads them." in html_page(clinician_page(case)).decode()
        assert f"Estradiol is meant as by {assay}." in html_page(patient_page(case)).decode()
        asked = Expectations(own, Facts(his, plan, day))
        rungs = asked.view.steps.rungs()
        assert f"pg/mL by {assay} on" in asked.value("forecast.estradiol", rungs).text
        assert f"by {assay} on" in asked.value("forecast.te2_ratio", rungs).text
        assert "by" not in asked.value("forecast.lh", rungs).text.partition(" on ")[0]


def test_the_command_line_shows_it(record, tmp_path):
    path = tmp_path / "record.json"
    path.write_text(json.dumps(as_json(record)), encoding="utf-8")
    code, out, _ = called("protocol", "assess", path, "--protocol", "clomiphene", "--twin", "obesity")
    assert code == 0 and "his twin, on" in out and "joint band" in out and "an immunoassay reads them" in out
    code, out, _ = called("surprise", path, "--kind", "obesity", "--draws", 200)
    assert code == 0 and "noise" in out and "adherence" in out
