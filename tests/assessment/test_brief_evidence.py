"""Rows of the brief on evidence: what is said of a study, what is sure of a source, and three readings of everything."""

import datetime as dt
import json
import re
from dataclasses import replace

import pytest
from assessment.men import NORMAL, START, man, result, treated
from reports.pages import page
from typer.testing import CliRunner

import leydig as ly
from leydig.assessment.assess import assess
from leydig.cli.main import app
from leydig.errors import BadProtocol
from leydig.evidence import studies
from leydig.protocol.reader import load_protocol, names, read_protocol, regions
from leydig.protocol.works import STATUSES, UNUSABLE, version, work_of, works
from leydig.record.files import as_json
from leydig.record.medicine import Medicine
from leydig.record.record import Override
from leydig.reports.glossary import GLOSSARY
from leydig.reports.pages.sources import Citation
from leydig.source import read_sources

SHAH = {"testosterone": 270.0, "bmi": 28.7}


def sourced(plan):
    """Yield every source of a protocol with what names it."""
    for one in (*plan.rules, *plan.targets, *plan.needs, *plan.visits, *plan.expected, *plan.components.values(), plan):
        for source in one.source:
            yield one, source


# Studies --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["anastrozole", "anastrozole_clomiphene", "clomiphene", "gonadorelin"])
def test_brief_S75_the_meta_analysis_speaks_where_semen_is_low_and_promises_nothing(name):
    low, normal = man(workup=NORMAL), man(sperm_concentration=60.0, workup=NORMAL)
    finding = assess(low, name)["META_ANALYSIS"]
    assert "META_ANALYSIS" not in assess(normal, name)
    assert (
        "%" not in finding.plain and "motility was 2.55 points lower" in finding.clinical
    )  # its limit, with its number
    assert [work_of(read_sources(one)[0]).row for one in finding.source] == ["S110"]


def test_brief_S75_what_a_meta_analysis_says_moves_no_verdict():
    plan = read_protocol("anastrozole")
    without = replace(plan, rules=tuple(one for one in plan.rules if one.group != "evidence"))
    for record in (man(), man(without=("fsh",)), man(testosterone=700.0, sperm_concentration=60.0)):
        assert (assess(record, plan).verdict, assess(record, plan).action) == (
            assess(record, without).verdict,
            assess(record, without).action,
        )


def arm(study, drug):
    (found,) = [one for one in studies()[study].arms if list(one.regimen.drugs) == [drug]]
    return found


def test_brief_S95_raman_and_schlegel_are_told_with_numbers_of_the_right_drug():
    finding = assess(man())["EVIDENCE_RAMAN"]
    before, after = (
        float(one) for one in re.search(r"from (\d\.\d) to (\d+\.\d) on anastrozole", finding.clinical).groups()
    )
    observed = next(one for one in arm("raman_2002", "anastrozole").observed if one.analyte == "te2_ratio")
    assert after / before == pytest.approx(observed.value, abs=0.01)  # the catalogue of studies says the same
    assert "are those of testolactone" in finding.clinical


@pytest.mark.parametrize(
    ("levels", "told"),
    [({}, True), ({"estradiol": 28.0}, False), ({"sperm_concentration": 40.0}, False), ({"estradiol": 28.1}, True)],
)
def test_brief_S95_it_is_told_to_men_like_those_of_the_series_only(levels, told):
    assert ("EVIDENCE_RAMAN" in assess(man(**levels))) == told  # 280 over 28 is a ratio of 10


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        (SHAH, True),
        (SHAH | {"bmi": 25.0}, True),
        (SHAH | {"bmi": 24.9}, False),
        (SHAH | {"testosterone": 300.0}, False),
    ],
)
def test_brief_S96_the_series_of_shah_is_told_to_men_like_its_own(levels, told):
    assert ("EVIDENCE_SHAH" in assess(man(**levels))) == told
    assert arm("shah_2021", "anastrozole").n == 30 and "30 men" in assess(man(**SHAH))["EVIDENCE_SHAH"].clinical


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("region", ["", *regions()])
def test_brief_S96_no_share_of_others_is_told_to_a_man_as_his_own(name, region):
    assert not [one.id for one in read_protocol(name, region).of_group("evidence") if "%" in one.plain]


def test_brief_S96_the_46_percent_stand_for_the_clinician_and_never_for_the_man(tmp_path):
    shah = man(**SHAH)
    assert "46 %" not in page(shah, tmp_path, reader="patient").text
    shown = page(shah, tmp_path).text
    assert shown.count("46 %") == 1 and "Not a personal chance" in shown[shown.index("46 %") :][:80]


# The registry ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("region", ["", *regions()])
def test_brief_S105_every_work_on_which_a_rule_stands_is_in_the_registry(name, region):
    unknown = {
        str(source)
        for _, source in sourced(read_protocol(name, region))
        if source.kind != "assumed" and source.who != "Leydig brief" and work_of(source) is None
    }
    assert not unknown, f"add to protocol/works.toml, with what is sure of each: {unknown}"


def test_brief_S105_entries_have_a_status_and_a_review_after_their_check():
    assert re.fullmatch(r"\d+\.\d+\.\d+", version())
    for one in works():
        assert one.status in STATUSES and one.checked < one.review, one.cite
        assert one.note or one.status == "found", one.cite
    assert len({(one.cite, one.where) for one in works()}) == len(works())


@pytest.mark.parametrize(("days", "said"), [(0, False), (1, True)])
def test_brief_S105_a_source_whose_review_is_past_says_so_on_the_page(days, said):
    source = "EAU 2021, url:https://uroweb.org/guidelines/sexual-and-reproductive-health"
    cited = Citation(work_of(read_sources(source)[0]).review + dt.timedelta(days))
    cited.number([source])
    assert ("to be looked at again since" in cited.points().items[0]) == said


def test_brief_S105_overdue_works_are_marked_in_the_listing(monkeypatch):
    from leydig.cli.commands import listings

    class Later(dt.date):
        @classmethod
        def today(cls):
            return cls(2027, 6, 1)

    monkeypatch.setattr(listings.dt, "date", Later)
    rows = {(row["name"], row["where"]): row["overdue"] for row in listings.rows_of("works")}
    assert {bool(late) for late in rows.values()} == {True, False}
    for one in works():
        assert bool(rows[one.cite, one.where]) == one.overdue(dt.date(2027, 6, 1)), one.cite


def test_brief_S105_a_protocol_needs_version_date_and_review(tmp_path):
    text = 'extends = "anastrozole"\ntitle = "Ours"\nversion = "0.1"\ndate = 2026-11-23\nreview = 2027-11-23\n'
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    assert load_protocol(path).review == dt.date(2027, 11, 23)
    path.write_text(text.replace("review = 2027-11-23", 'review = "soon"'), encoding="utf-8")
    with pytest.raises(BadProtocol, match="review"):
        load_protocol(path)


CITED = [
    ("S107", "Dabaja 2020, journal:TranslAndrolUrol-9-S183", "mismatch"),
    ("S108", "Dr.Oracle 2025, url:https://example.org/anastrozole-in-men", "not evidence"),
    ("S109", "Naelitz 2023, doi:10.1016/j.fertnstert.2023.06.032", "corrected"),
    ("S110", "Guo 2022, doi:10.1111/andr.13185", "corrected"),
    ("S111", "Osadchiy 2024, journal:HumReprodUpdate-30-1", "mismatch"),
]


@pytest.mark.parametrize(("row", "line", "status"), CITED, ids=[row for row, _, _ in CITED])
def test_brief_S107_to_S111_each_reference_of_the_brief_has_the_status_that_it_earned(row, line, status):
    source = read_sources(line)[0]
    entry = work_of(source)
    assert (entry.row, entry.status) == (row, status)
    cited = Citation(dt.date(2026, 12, 1))
    cited.number([source])
    assert entry.note in cited.points().items[0]  # the page says what is wrong with it
    used = {str(one) for name in names() for _, one in sourced(read_protocol(name)) if work_of(one) is entry}
    assert bool(used) == (status not in UNUSABLE)  # and rules stand on what was found, on nothing else


def test_brief_S111_the_paper_of_osadchiy_that_was_found_is_another_entry():
    found = work_of(read_sources("Osadchiy 2024, url:https://tau.amegroups.org/article/view/121862/html")[0])
    assert found.status == "found" and not found.row
    assert any(
        work_of(read_sources(one)[0]) is found
        for one in assess(man(), "anastrozole_clomiphene")["EVIDENCE_COMBINATION"].source
    )


def test_brief_S109_the_corrected_title_is_on_the_page_of_a_man(tmp_path):
    shown = page(man(), tmp_path).text
    assert "Fertil Steril 120(4):746-754" in shown[shown.index("Sources") :]


# Three readings -------------------------------------------------------------------------------------------------------


MEN = {
    "before": lambda: (man(), None),
    "unknown": lambda: (man(without=("fsh", "prolactin"), facts={"varicocele": None}), None),
    "excluded": lambda: (man(facts={"androgens": True, "osteoporosis": True}), None),
    "treated": lambda: treated(days=190, estradiol=65.0, hematocrit=51.0, sperm_concentration=8.0),
    "stopped": lambda: treated(hematocrit=55.0),
    "medicine": lambda: (replace(man(), medicines=(Medicine("melatonin 3 mg daily", START),)), None),
    "override": lambda: (replace(man(), overrides=(Override("ceiling.anastrozole", 7.0, "tall"), Override("lift.KARYOTYPE", 1.0, "declined"))), None),
}  # fmt: skip


@pytest.mark.parametrize("who", MEN)
def test_brief_S117_everything_that_is_found_in_a_man_has_three_readings(who):
    record, day = MEN[who]()
    for one in assess(record, on=day).findings:
        readings = (one.plain, one.clinical, one.academic)
        assert len(set(readings)) == 3 and all(len(text.split()) > 2 for text in readings), (one.rule, readings)


def test_brief_S117_the_command_line_reads_one_man_at_each_level(tmp_path):
    record, day = treated(hematocrit=55.0)
    path = tmp_path / "man.json"
    path.write_text(json.dumps(as_json(record)), encoding="utf-8")
    found, shown = assess(record, on=day)["HCT_CRITICAL"], set()
    for level in ("plain", "clinical", "academic"):
        run = CliRunner().invoke(app, ["protocol", "assess", str(path), "--on", str(day), "--level", level])
        assert run.exit_code == 0 and "advice: stop all" in run.output
        told = " ".join(run.output.split())
        assert f"ALARM: {found.title}. {' '.join(getattr(found, level).split())}" in told
        shown.add(told)
    assert len(shown) == 3
    assert CliRunner().invoke(app, ["protocol", "assess", str(path), "--level", "child"]).exit_code == 2


@pytest.mark.parametrize("one", GLOSSARY, ids=lambda one: one.name)
def test_brief_S2_S21_S116_S117_every_term_is_shown_at_three_levels(one):
    run = CliRunner().invoke(app, ["show", "term", one.name.replace(" ", "_"), "--json"])
    assert run.exit_code == 0, run.output
    assert all(text in run.output for text in (f'"{one.name}"', one.plain[:30], one.clinical[:30], one.academic[:30]))


def test_brief_S2_the_messages_of_the_body_are_explained_to_him_on_his_page(tmp_path):
    shown = page(man(), tmp_path, reader="patient").text
    words = shown[shown.index("Words") :]
    (one,) = [one for one in GLOSSARY if one.name == "endocrine system"]
    assert f"{one.name} {one.plain}" in words and one.clinical not in words


# Symptoms of low estradiol --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estradiol", "rule", "action"),
    [(9.9, "E2_CRITICAL", "hold anastrozole"), (19.9, "E2_WARNING", "step down anastrozole")],
)
def test_brief_S7_S8_S9_low_estradiol_is_answered_for_the_sake_of_bone_mind_and_libido(
    estradiol, rule, action, tmp_path
):
    record, day = treated("anastrozole 1 mg every other day", estradiol=estradiol)
    found = assess(record, on=day)
    assert found.action == action and rule in found
    told = page(record, tmp_path, on=day, reader="patient").text
    told = told[: told.index("Words")]
    for stems in (("bone",), ("mind", "memory"), ("libido", "desire")):
        assert any(stem in found[rule].plain.lower() for stem in stems)
    assert " ".join(found[rule].plain.split()) in told
    enough, day = treated("anastrozole 1 mg every other day", estradiol=20.0)
    assert not {"E2_CRITICAL", "E2_WARNING"} & {one.rule for one in assess(enough, on=day).of("alert")}


@pytest.mark.parametrize("name", ["poor_concentration", "low_libido", "vitality"])
def test_brief_S8_S9_complaints_are_recorded_on_a_scale_and_stand_before_the_clinician(name, tmp_path):
    record = man().with_results([result(name, 6.0)])
    shown = page(record, tmp_path).text
    assert re.search(r"Other complaints [^.]*6", shown) and "0 none to 10 worst" in shown
    assert "Other complaints" not in page(man(), tmp_path).text
    with pytest.raises(ly.OutOfRange):
        result(name, 11.0)


def test_brief_S7_bone_is_scanned_after_a_year_and_loss_stops_treatment():
    record, day = treated(days=400, sperm_concentration=30.0)
    assert "BONE_SCAN" in assess(record, on=day)
    scanned = record.with_results([result("spine_bmd", 1.09, day)])
    assert "BONE_SCAN" not in assess(scanned, on=day)
    lost = record.with_results([result("spine_bmd", 1.06, day)])
    assert assess(lost, on=day).action == "stop all"
