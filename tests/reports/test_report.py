import datetime as dt
import re
from dataclasses import replace

import pytest
from assessment.men import START, man, result, treated
from reports import pages
from reports.pages import Parsed, page, plainly

import leydig as ly
from leydig.assessment.assess import assess
from leydig.protocol.reader import read_protocol
from leydig.record.quantity import QUANTITIES
from leydig.record.record import Override, Record, Result, Treatment
from leydig.reports.glossary import GLOSSARY
from leydig.reports.pages.report import report

HOSTILE = '<script>alert("x")</script>&amp;<b>'
READERS = ("clinician", "patient")


@pytest.fixture(scope="module")
def on_treatment():
    return pages.on_treatment()


@pytest.fixture(scope="module")
def clinic(on_treatment, tmp_path_factory):
    path = tmp_path_factory.mktemp("clinic") / "page.html"
    return report(on_treatment[0], on=on_treatment[1], out=path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shown(clinic):
    return Parsed(clinic).text


# The clinician's page -------------------------------------------------------------------------------------------------


def test_every_finding_is_there_with_rule_values_days_certainty_and_its_words(on_treatment, shown):
    found = assess(on_treatment[0], on=on_treatment[1])
    for one in found.findings:
        if one.kind not in ("visit", "off-label") and one.status != "not met":
            assert one.rule in shown, one.rule
        if one.kind not in ("eligibility", "direction", "visit"):
            assert plainly(one.clinical) in shown, one.rule
        for _, value, date in one.inputs if one.status != "not met" else ():
            assert value in shown and date in shown
    assert re.search(
        r"warning .*? hematocrit 51 % \(0\.51 L/L\) \(2026-06-02\) \[\d+\], engineering default HCT_WARNING", shown
    )


def test_a_criterion_that_is_not_met_does_not_speak_as_if_it_were_and_an_unknown_one_says_what_decides(tmp_path):
    record = man(facts={"osteoporosis": None})
    found, shown = assess(record), page(record, tmp_path).text
    assert found["EX_HEMATOCRIT"].status == "not met"
    assert "EX_HEMATOCRIT" not in shown
    line = shown[shown.index("Exclusions that do not apply: ") :].partition(". ")[0]
    assert "Hematocrit of 50 % or more before treatment" in line
    assert plainly(found["EX_HEMATOCRIT"].clinical) not in shown
    assert plainly(found["IND_RATIO_LOW"].clinical) in shown
    assert "Osteoporosis unknown To decide it, answer yes or no: osteoporosis or a fragility fracture." in shown


def test_alerts_come_by_severity(on_treatment, tmp_path):
    record, day = on_treatment
    low = record.with_results(
        [result("estradiol", 5.0, day), result("testosterone", 500.0, day), result("lh", 6.0, day)]
    )
    shown = page(low, tmp_path, on=day).text
    shown = shown[shown.index("In words") :]
    assert shown.index("E2_CRITICAL") < shown.index("HCT_WARNING") < shown.index("HCT_RISE")


def test_head_and_status_card_say_who_when_by_what_and_where_each_level_is(shown):
    assert shown.startswith("Anastrozole for men")
    assert (
        "Man M-1 Born not recorded Age 34 years Date 2026-06-05 Protocol anastrozole 1.0.0, to be reviewed by" in shown
    )
    assert "Advised continue Verdict on treatment Dose anastrozole 0.25 mg daily (unchanged)" in shown
    assert "testosterone in 560 ng/dL (19.4 nmol/L), 2026-06-02 500 to 1000 ng/dL, target, project brief" in shown
    assert "T:E2 in 18.1, 2026-06-02 at least 10, target, worked out" in shown
    assert "sperm concentration below 14 million/mL, 2026-06-02 at least 16 million/mL, reference" in shown
    assert "hematocrit above 51 % (0.51 L/L), 2026-06-02 40 to 50 %, reference" in shown


def test_a_level_in_other_units_is_shown_in_both_and_a_bound_that_does_not_tell_is_unknown(tmp_path):
    record = man(without=("testosterone", "lh")).with_results(
        [Result("testosterone", 10.0, START, "nmol/L"), Result("lh", 2.0, START, "IU/L", comparator="<")]
    )
    shown = page(record, tmp_path).text
    assert "testosterone below 10 nmol/L (288 ng/dL), 2026-03-02" in shown
    assert "LH unknown <2 IU/L, 2026-03-02" in shown


def test_a_laboratory_s_own_range_goes_before_the_reference_and_an_override_before_the_target(tmp_path):
    record = man(without=("hematocrit",)).with_results([Result("hematocrit", 45.0, START, "%", low=41.0, high=53.0)])
    record = replace(record, overrides=(Override("target.testosterone.at_least", 400.0, "his own level at twenty"),))
    shown = page(record, tmp_path, region="aua").text
    assert "41 to 53 %, its laboratory" in shown and "Region: American Urological Association" in shown
    assert "400 to 1000 ng/dL, target, set for him" in shown and "his own level at twenty" in shown


def test_brief_S34_regimen_now_and_next_with_weekly_totals_and_compounding(tmp_path):
    record, day = treated("anastrozole 0.5 mg twice weekly", estradiol=65.0)
    shown = page(record, tmp_path, on=day).text
    assert "Now, since 2026-03-03 anastrozole 0.5 mg twice weekly 1 mg as supplied" in shown
    assert "Advised next anastrozole 0.25 mg daily 1.75 mg needs compounding" in shown


def test_what_is_given_beside_the_protocol_and_off_its_ladder_is_shown_as_given(tmp_path):
    record, day = treated("anastrozole 0.3 mg daily")
    both = replace(record, treatments=(*record.treatments, Treatment(ly.Regimen("clomiphene 25 mg daily"), START)))
    shown = page(both, tmp_path, on=day).text
    assert "anastrozole 0.3 mg daily 2.1 mg needs compounding" in shown
    assert "clomiphene 25 mg daily 175 mg as supplied" in shown
    assert "Now, nearest rung anastrozole 1 mg twice weekly" in shown


def test_brief_S97_S103_before_and_after_with_the_expected_direction_and_no_promise(shown):
    assert (
        "testosterone as expected 280 ng/dL (9.71 nmol/L), 2026-03-02 560 ng/dL (19.4 nmol/L), 2026-06-02 up Less aromatization"
        in shown
    )
    assert (
        "estradiol unclear 45 pg/mL (165 pmol/L), 2026-03-02 31 pg/mL (114 pmol/L), 2026-06-02 down Direct inhibition"
        in shown
    )
    assert "normal forms not yet no result not yet up" in shown
    assert "DIRECTION_LH" in shown and "Improvement is not guaranteed; its size varies." in shown


def test_the_plan_has_every_visit_with_its_window_and_the_goals_of_the_man(shown):
    assert "6 months Mon 2026-08-31 2026-08-16 to 2026-09-13" in shown
    assert "12 months Wed 2027-03-03 2027-02-17 to 2027-03-17" in shown
    assert "a child within two years" in shown


def test_sources_are_listed_once_and_every_number_has_one(clinic, shown):
    listed = re.findall(r"<li>(.*?)</li>", clinic[clinic.index('<ol class="numbers">') :], re.DOTALL)
    works = [one.split("; ")[0] for one in listed]
    assert len(works) == len(set(works)) > 10
    assert any(work.startswith("Shah 2021. https://doi.org/10.21037/tau-20-919") for work in works)
    cited = {int(n) for one in re.findall(r"\[(\d+(?:, \d+)*)\]", shown) for n in one.split(", ")}
    assert cited and max(cited) <= len(works)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["anastrozole", "clomiphene", "gonadorelin"])
def test_brief_S25_off_label_and_notice_are_on_every_page(name, reader, tmp_path):
    shown = page(man(), tmp_path, protocol=name, reader=reader).text
    assert plainly(read_protocol(name).off_label) in shown and "prescribes nothing, the clinician decides" in shown


# The patient's page ---------------------------------------------------------------------------------------------------


def test_the_patient_reads_plain_words_only(on_treatment, tmp_path):
    record, day = on_treatment
    found, shown = assess(record, on=day), page(record, tmp_path, on=day, reader="patient").text
    for one in found.findings:
        if one.kind in ("alert", "advice", "step", "direction", "visit", "classification"):
            assert plainly(one.plain) in shown, one.rule
        if one.clinical != one.plain and one.kind != "off-label":
            assert plainly(one.clinical) not in shown, one.rule
        assert one.rule not in shown
    assert shown.index("How it goes") < shown.index("Where you started") < shown.index("What happens next")


def test_what_does_not_hold_is_not_told_to_the_patient_as_if_it_did(tmp_path):
    record = man(facts={"osteoporosis": None})
    found, shown = assess(record), page(record, tmp_path, reader="patient").text
    assert found["EX_BONE"].plain not in shown and found["EX_CANCER"].plain not in shown
    assert "osteoporosis or a fragility fracture" in shown  # among the questions


def test_brief_S113_questions_come_from_what_is_missing_unknown_and_contested(on_treatment, tmp_path):
    record, day = on_treatment
    shown = page(man(without=("prolactin",), facts={"varicocele": None}), tmp_path, reader="patient").text
    assert "Not on record: prolactin." in shown
    assert "Not settled yet: Idiopathic oligozoospermia. What is missing?" in shown
    assert "Whether a low ratio tells who will gain is not settled. What does that mean for me?" in shown
    assert "Which effects must I tell you about at once" in shown
    assert "Hematocrit above 50 %: what do we do about it?" in page(record, tmp_path, on=day, reader="patient").text


def test_brief_S115_S116_a_diary_to_fill_in_and_the_sixteen_terms_in_plain_words(tmp_path):
    read = page(man(), tmp_path, reader="patient")
    diary = read.text[read.text.index("Diary") :]
    assert "Dose taken Tired (0 to 10) Low desire (0 to 10) Joint pain (0 to 5)" in diary  # scales of the record
    assert QUANTITIES["joint_pain"].possible == (0.0, 5.0) and "CTCAE" not in diary
    assert len([one for one in read.tags if one[0] == "table" and one[1].get("class") == "blank"]) == 1
    assert len([one for one in GLOSSARY if f"{one.name} {one.plain}" in read.text]) == 16


# What comes in --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", READERS)
def test_hostile_text_stays_text(reader, tmp_path):
    given = (Override("ceiling.anastrozole", 7.0, HOSTILE),)
    record = replace(man(), id=HOSTILE, goals=(HOSTILE,), overrides=given)
    plan = replace(read_protocol("anastrozole"), title=HOSTILE)
    path = report(record, plan, out=tmp_path / "page.html", reader=reader)
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text and "<b>" not in text
    assert HOSTILE in Parsed(text).text
    assert report(record, plan, out=tmp_path / "page.pdf", reader=reader).read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("more", "rule"), [({"sex": "female"}, "women"), ({"age": 16.0}, "16"), ({"sex": ""}, "sex")])
def test_a_refused_record_says_why_and_shows_nothing_else(more, rule, reader, tmp_path):
    record = replace(man(**more), id=HOSTILE)
    found, read = assess(record), page(record, tmp_path, reader=reader)
    why = found.findings[0].plain if reader == "patient" else found.findings[0].clinical
    assert found.is_refused and plainly(why) in read.text and "refused" in read.text
    assert not read.all("table") and not read.all("svg")
    for hidden in ("280 ng/dL", "45 pg/mL", "mg", "Diary", "spermatogenesis"):
        assert hidden not in read.text
    assert len(report(record, out=tmp_path / "page.pdf", reader=reader).read_bytes()) > 1000


def test_other_endings_and_readers_are_refused(tmp_path):
    with pytest.raises(ly.OutOfRange, match=r"ending in '\.docx'; expected \.html or \.pdf"):
        report(man(), out=tmp_path / "page.docx")
    with pytest.raises(ly.UnknownName, match="clinician"):
        report(man(), out=tmp_path / "page.html", reader="lawyer")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["html", "pdf"])
@pytest.mark.parametrize("reader", READERS)
def test_the_same_input_gives_the_same_bytes(on_treatment, suffix, reader, tmp_path, drawn):
    record, day = on_treatment
    pages = []
    for one in (record, record, replace(record, id="M-2")):
        drawn.cache_clear()
        pages.append(report(one, on=day, out=tmp_path / f"page.{suffix}", reader=reader).read_bytes())
    a, b, c = pages
    assert a == b != c


def test_a_man_of_whom_hardly_anything_is_known_and_one_with_a_long_history(on_treatment, tmp_path):
    assert "no result" in page(Record("male", None, (result("age", 30.0),)), tmp_path).text
    texts = ("anastrozole 0.5 mg twice weekly", "anastrozole 0.25 mg daily")
    weeks = [START + dt.timedelta(7 * n) for n in range(61)]
    many = tuple(Treatment(ly.Regimen(texts[n % 2]), weeks[n], weeks[n + 1]) for n in range(60))
    long = replace(on_treatment[0], treatments=many, id="x" * 3000, goals=("word " * 1500,))
    assert "48 earlier treatments are not drawn." in page(long, tmp_path, on=weeks[-1]).text
    for reader in READERS:
        assert report(long, on=weeks[-1], out=tmp_path / "page.pdf", reader=reader).stat().st_size > 9999


@pytest.mark.parametrize("reader", READERS)
def test_html_is_whole_closed_and_can_be_read_by_ear(on_treatment, reader, tmp_path):
    record, day = on_treatment
    text = report(record, on=day, out=tmp_path / "page.html", reader=reader).read_text(encoding="utf-8")
    read = Parsed(text)
    assert not read.wrong and not read.open
    assert read.all("html")[0]["lang"] == "en" and text.startswith("<!DOCTYPE html>")
    assert read.all("meta")[1]["content"] == "width=device-width, initial-scale=1"
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in read.tags}
    assert not re.search(r"""(?:src|href)=["'](?!#)|url\((?!#)|@import""", text)
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:]))
    assert all(attrs.get("scope") in ("col", "row", "rowgroup") for attrs in read.all("th"))
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_the_figure_is_inside_the_page_and_told_in_words(clinic):
    read = Parsed(clinic)
    assert len(read.all("svg")) == 1 and {"path", "use"} <= {tag for tag, _ in read.tags}
    told = read.all("figure")[0]["aria-label"]
    for words in ("testosterone: 280 on 2026-01-12", "560 on 2026-06-02", "T:E2: 6.22 on 2026-03-02",
                  "anastrozole 0.25 mg daily from 2026-04-11 to 2026-06-05"):  # fmt: skip
        assert words in told


@pytest.mark.parametrize("reader", READERS)
def test_the_pdf_says_what_the_html_says(on_treatment, reader, tmp_path, monkeypatch):
    from reportlab import platypus

    said = []

    class Heard(platypus.Paragraph):
        def __init__(self, text, *args, **more):
            said.append(text or "")  # the rest of a paragraph that is split between sheets has no text
            super().__init__(text, *args, **more)

    record, day = on_treatment
    monkeypatch.setattr(platypus, "Paragraph", Heard)
    report(record, on=day, out=tmp_path / "page.pdf", reader=reader)
    heard = re.sub(r"\W+", " ", " ".join(Parsed(text).text for text in said))
    read = page(record, tmp_path, on=day, reader=reader)
    missing = [text for text in read.texts if re.sub(r"\W+", " ", text).strip() not in heard]
    assert not missing and len(read.text) > 3000


def test_the_pdf_is_a4_carries_its_letters_and_no_clock(on_treatment, tmp_path):
    record, day = on_treatment
    content = report(record, on=day, out=tmp_path / "page.pdf").read_bytes()
    assert b"/MediaBox [ 0 0 595.2756 841.8898 ]" in content
    assert content.count(b"DejaVuSans") >= 2 and b"/Lang" in content
    assert str(dt.date.today().year).encode() not in re.findall(rb"/CreationDate \(D:(\d{4})", content)
