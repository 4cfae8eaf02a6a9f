"""What a clinician sees first, how small the letters are, which words are absent, and what the man himself reads."""

import base64
import datetime as dt
import re
import signal
import zlib
from dataclasses import replace

import pytest
from assessment.men import START, man, result, treated
from assessment.test_cases import CASES, record_of
from reports.pages import Parsed, page, plainly

from leydig.assessment.assess import assess
from leydig.protocol.reader import names, read_protocol, regions
from leydig.record.medicine import Medicine
from leydig.record.record import Record, Result
from leydig.reports.pages.case import dose_words, value_in_usual_units
from leydig.reports.pages.html import SMALL, WIDTH
from leydig.reports.pages.pdf import MARGIN
from leydig.reports.pages.report import report
from leydig.reports.pages.sources import citation
from leydig.source import read_sources

A4 = 595.2756  # points
CODES = ("brief", "proposal", "recalled", "seen", "derived")


def case(start):
    return next(one for one in CASES if one["id"].startswith(start))


def of_case(start, tmp_path, reader="clinician", **more):
    found = case(start)
    record, day = record_of(found)
    return page(
        record, tmp_path, protocol=found["protocol"], region=found.get("region", ""), on=day, reader=reader, **more
    )


@pytest.fixture(scope="module")
def low(tmp_path_factory):
    """Return the page of a man whose estradiol is 8 on an inhibitor, with what is known of the couple."""
    record, day = treated("anastrozole 1 mg daily", days=28, testosterone=650.0, estradiol=8.0)
    more = [Result("joint_pain", 2.0, day), Result("partner_age", 33.0, day, "year"), Result("low_mood", 6.0, day),
            Result("months_trying", 18.0, day, "month"), Result("prolactin", 212.0, day, "mIU/L")]  # fmt: skip
    born = Record(
        record.sex, dt.date(1990, 5, 4), tuple(one for one in record.results if one.name != "age"), record.treatments
    )
    return page(born.with_results(more), tmp_path_factory.mktemp("low"), on=day)


# What comes first -----------------------------------------------------------------------------------------------------


def test_an_alarm_stands_above_the_title_and_there_is_none_without(low, tmp_path):
    assert [tag for tag, attrs in low.tags if tag == "h1" or attrs.get("role") == "alert"] == ["div", "h1"]
    body = low.text[low.text.index("Estradiol below 10 pg/mL on an inhibitor.") :]
    assert body.index("confirm by mass spectrometry") < body.index("Anastrozole for men") < body.index("Levels")
    calm = page(man(), tmp_path)
    assert not [attrs for _, attrs in calm.tags if attrs.get("role") == "alert"]


def test_the_order_of_the_page_is_advice_man_levels_and_the_signature_is_last(low):
    heads = ("Advice", "The man", "Levels", "Regimen", "Plan", "Results over time", "Findings", "Sources", "Signature")
    place = low.text.index("No region's differences")
    for head in heads:
        place = low.text.index(f" {head} ", place)
    assert "Seen and decided by ____" in low.text[place:]


def test_on_paper_too_the_alarm_is_drawn_first_and_before_a_start(tmp_path, monkeypatch):
    from reportlab import platypus

    said = []

    class Heard(platypus.Paragraph):
        def __init__(self, text, *args, **more):
            said.append(text)
            super().__init__(text, *args, **more)

    monkeypatch.setattr(platypus, "Paragraph", Heard)
    record, day = record_of(case("6 with thoughts of suicide"))
    report(record, "clomiphene", "aua", day, out=tmp_path / "page.pdf")
    assert said[0].startswith("Thoughts of suicide") and "urgent psychiatric care" in said[0]
    assert said[1] == read_protocol("clomiphene").title and said[2].startswith("Region: American Urological")


@pytest.mark.parametrize("region", regions())
def test_the_title_is_the_protocol_s_and_the_region_is_a_line_below(region, tmp_path):
    plan, read = read_protocol("clomiphene", region), page(man(), tmp_path, protocol="clomiphene", region=region)
    assert read.text.startswith(
        f"{plan.title} {plan.title} Region: {plan.region_title} "
    )  # the tab's title, then the page's


# Levels ---------------------------------------------------------------------------------------------------------------


def rows(path):
    return re.findall(r'<tr(?: class="(\w+)")?><th scope="row">(.*?)</th>(.*?)</tr>', path, re.DOTALL)


def row_marks(record, day, tmp_path, **more):
    text = report(record, on=day, out=tmp_path / "page.html", **more).read_text(encoding="utf-8")
    return [(mark, name, Parsed(cells).text) for mark, name, cells in rows(text)]


def test_an_estradiol_of_8_is_nowhere_green_and_its_ratio_is_not_judged(tmp_path):
    record, day = treated("anastrozole 1 mg daily", days=28, testosterone=650.0, estradiol=8.0)
    shown = row_marks(record, day, tmp_path)
    of = [(mark, cells) for mark, name, cells in shown if name in ("estradiol", "T:E2")]
    assert [mark for mark, _ in of] == ["critical", "warning", "critical"]
    assert of[1][1].startswith("not judged: estradiol is too low 81.2") and of[2][1].startswith("too far 45 pg/mL")
    assert "as expected" not in " ".join(cells for _, cells in of)


def test_what_an_alert_speaks_of_is_not_green_though_it_is_in_its_band(tmp_path):
    record, day = treated(hematocrit=49.0)
    mark = {name: mark for mark, name, _ in row_marks(record, day, tmp_path) if name == "hematocrit"}["hematocrit"]
    alerts = [one for one in assess(record, on=day).of("alert") if "hematocrit" in {name for name, *_ in one.inputs}]
    assert (mark == "good") == all(one.severity == "info" for one in alerts)
    assert {mark for mark, name, _ in row_marks(*treated(estradiol=30.0), tmp_path) if name == "estradiol"} <= {
        "good",
        "",
    }


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [("testosterone", "280 ng/dL", "280 ng/dL (9.71 nmol/L)"), ("testosterone", "10 nmol/L", "10 nmol/L (288 ng/dL)"),
     ("estradiol", "<5 pg/mL", "<5 pg/mL (<18.4 pmol/L)"), ("prolactin", "212 mIU/L", "212 mIU/L (10 ng/mL by WHO 84/500)"),
     ("prolactin", "10 ng/mL", "10 ng/mL (212 mIU/L by WHO 84/500)"), ("fsh", "4 U/L", "4 U/L"), ("te2_ratio", "18.1", "18.1"),
     ("free_testosterone", "225 pmol/L (calculated)", "225 pmol/L (calculated) (64.9 pg/mL)"),
     ("te2_ratio", "94.44 mol/mol", "94.44 mol/mol"), ("hematocrit", "48 % at baseline", "48 % at baseline (0.48 L/L)"),
     ("testis_length", "4.5 cm", "4.5 cm"), ("osteoporosis", "no", "no")],
)  # fmt: skip
def test_a_value_stands_as_recorded_with_the_other_unit_beside_it(name, text, shown):
    assert value_in_usual_units(name, text) == shown


def test_the_laboratory_s_own_range_stands_beside_a_target(tmp_path):
    record = man(without=("testosterone",)).with_results(
        [
            Result("testosterone", 280.0, START, "ng/dL", low=241.0, high=827.0),
            result("testosterone", 270.0, dt.date(2026, 1, 12)),
        ]
    )
    assert "target, project brief; its laboratory 241 to 827 ng/dL" in page(record, tmp_path).text


# The man --------------------------------------------------------------------------------------------------------------


def test_who_he_is_stands_before_his_levels(low):
    shown = low.text[low.text.index(" The man ") : low.text.index(" Levels ")]
    for words in ("Diagnosis Secondary hypogonadism", "BMI 27 kg/m2", "Partner's age 33 years", "Months of trying 18 months",
                  "Joint pain 2 (CTCAE grade 0 to 5)", "low mood 6 (PHQ-9 sum 0 to 27)", "Consent yes"):  # fmt: skip
        assert words in shown, words
    assert "Born 1990-05-04" in low.text


def test_what_is_not_recorded_is_said_to_be_missing(tmp_path):
    shown = page(man(without=("bmi",)), tmp_path).text
    for words in ("BMI not recorded", "Partner's age not recorded", "Joint pain not recorded", "Born not recorded"):
        assert words in shown


def test_hematocrit_has_a_curve(low):
    assert "hematocrit: 45 on 2026-03-02, 46 on 2026-03-31" in low.all("figure")[0]["aria-label"]


# The dose -------------------------------------------------------------------------------------------------------------


def test_a_hold_is_a_pause_and_no_dose_of_zero(low):
    assert "Advised next Hold anastrozole: give none until it is restarted" in low.text
    assert not re.search(r"nothing 0\b|nothing, 0|Advised next nothing", low.text)


@pytest.mark.parametrize("name", names())
def test_no_page_advises_nothing_as_if_it_were_a_dose(name):
    for one in CASES:
        record, day = record_of(one)
        found = assess(record, name, on=day)
        words = dose_words(found, found.verdict == "on treatment")
        assert words != "nothing" and not words.startswith("nothing (")
        if found.action.startswith(("hold", "stop")) and found.now != found.next:
            assert words.startswith(("Hold", "Stop"))


def test_what_goes_on_beside_a_hold_is_said():
    both_, day = treated("clomiphene 25 mg daily + anastrozole 0.5 mg twice weekly", estradiol=8.0)
    found = assess(both_, "clomiphene", on=day)
    assert found.action == "hold anastrozole"
    assert (
        dose_words(found, True)
        == "Hold anastrozole: give none until it is restarted; go on with clomiphene 25 mg daily"
    )


# Words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start", ["1 with imaging normal", "12 estradiol 8", "6 with thoughts", "10 obstruction", "8 portal"]
)
def test_no_code_of_the_program_is_left_for_the_clinician_to_guess(start, tmp_path):
    read = of_case(start, tmp_path)
    assert not [text for text in read.texts if text.strip().lower() in CODES]
    assert not re.search(r"\], (?:brief|proposal|recalled|seen|derived)\b", read.text)
    assert "unresolved:" not in read.text and "undated" not in read.text and "doi:" not in read.text
    for words in ("engineering default", "awaiting clinical sign-off", "https://doi.org/10."):
        assert words.lower() in read.text.lower()


def test_no_row_begins_with_the_name_of_a_rule_and_what_does_not_apply_takes_one_line(tmp_path):
    for start in ("12 estradiol 8", "10 obstruction"):
        found = case(start)
        record, day = record_of(found)
        shown = row_marks(record, day, tmp_path, protocol=found["protocol"])
        rules = {one.rule for one in assess(record, found["protocol"], on=day).findings}
        assert not [name for _, name, _ in shown if name in rules]
        assert not [cells for _, _, cells in shown if "not met" in cells]
        assert page(record, tmp_path, on=day).text.count("Exclusions that do not apply: ") == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [("Leder 2004, doi:10.1210/jc.2003-031467; 1 mg", "Leder 2004. https://doi.org/10.1210/jc.2003-031467"),
     ("Pavlovich 2001, pmid:11176482", "Pavlovich 2001. https://pubmed.ncbi.nlm.nih.gov/11176482/"),
     ("Shoshany 2017, journal:FertilSteril-107-589", "Shoshany 2017. Fertil Steril 107 589"),
     ("Arimidex undated, label:Arimidex; liver", "Prescribing information of Arimidex"),
     ("Leydig brief undated, unresolved:brief, S22", "Project brief of this program: a requirement, no evidence"),
     ("EMAS 2010, unresolved:EMAS-Tajar2010; 10.5 nmol/L", "EMAS 2010 (EMAS Tajar2010): which publication it is, is not "
      "settled; confirm it before relying on it"),
     ("assumed: general practice", "No publication, an engineering default: general practice")],
)  # fmt: skip
def test_a_source_says_where_to_look(line, words):
    assert citation(read_sources(line)[0]) == words


# Paper ----------------------------------------------------------------------------------------------------------------


def sizes(content):
    """Return the size of every font that a PDF sets [points]."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            text = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
        except (ValueError, zlib.error):
            continue
        found += [float(size) for size in re.findall(rb"/F\S+ ([\d.]+) Tf", text)]
    return found


@pytest.mark.parametrize("reader", ["clinician", "patient"])
@pytest.mark.parametrize("start", ["12 estradiol 8", "10 obstruction"])
def test_nothing_on_a4_is_smaller_than_eight_points(start, reader, tmp_path):
    record, day = record_of(case(start))
    found = sizes(report(record, on=day, out=tmp_path / "page.pdf", reader=reader).read_bytes())
    assert len(found) > 50 and min(found) >= 8.0


def test_the_letters_of_the_figure_are_eight_points_on_a4():
    shrunk = (A4 - 2.0 * MARGIN - 12.0) / (72.0 * WIDTH[4])
    assert SMALL * shrunk >= 8.0


def test_the_printed_html_is_in_points_and_shrinks_nothing(tmp_path):
    text = report(man(), out=tmp_path / "page.html").read_text(encoding="utf-8")
    printed = text[text.index("@media print") : text.index("</style>")]
    points = [float(size) for size in re.findall(r"font-size: ([\d.]+)pt", printed)]
    shares = [float(size) for size in re.findall(r"font-size: ([\d.]+)em", printed)]
    assert min(points) * min(shares) >= 8.0 and not re.search(r"font-size: [\d.]+px", printed)


# The man's own page ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_help_now_never_stands_beside_the_treatment_that_fits(name, tmp_path):
    for start in ("1 with thoughts", "6 with thoughts"):
        record, day = record_of(case(start))
        shown = page(record, tmp_path, protocol=name, on=day, reader="patient").text
        assert shown.startswith("Your results and what comes next Please seek help now")
        assert "The treatment that fits" not in shown and "Advised from here on" not in shown


def test_he_reads_from_what_dose_to_what_dose_it_goes(tmp_path):
    record, day = treated("anastrozole 0.5 mg twice weekly", estradiol=65.0)
    shown = page(record, tmp_path, on=day, reader="patient").text
    assert "Your dose now: anastrozole 0.5 mg twice weekly. Advised from here on: anastrozole 0.25 mg daily." in shown
    shown = of_case("12 estradiol 8", tmp_path, "patient").text
    assert "Your dose now: anastrozole 1 mg daily. Advised from here on: hold anastrozole: give none until" in shown


@pytest.mark.parametrize(
    ("estradiol", "says"), [(30.0, "Your dose stays: {}."), (65.0, "Your dose now: {}. Advised from here on: ")]
)
def test_he_reads_the_dose_that_he_takes_and_no_rung_beside_it(estradiol, says, tmp_path):
    """A dose between the rungs was told to him as the nearest rung."""
    record, day = treated("anastrozole 0.3 mg daily", estradiol=estradiol)
    assert says.format("anastrozole 0.3 mg daily") in page(record, tmp_path, on=day, reader="patient").text


def test_he_reads_that_a_level_went_too_far_and_nothing_of_before_treatment(tmp_path):
    shown = of_case("12 estradiol 8", tmp_path, "patient").text
    assert "it went from 45 pg/mL to 8 pg/mL. That is too far." in shown and "Before treatment" not in shown
    assert "Before treatment" in page(man(without=("prolactin",)), tmp_path, reader="patient").text


def test_he_reads_when_to_call(tmp_path):
    shown = page(man(), tmp_path, reader="patient").text
    listed = shown[shown.index("When to call") : shown.index("Off-label use")]
    for words in (
        "leg",
        "chest",
        "harming yourself",
        "blurred vision",
        "yellow skin",
        "joint pain",
        "emergency number",
    ):
        assert words in listed


def test_his_page_has_no_grade_that_the_record_does_not_know(tmp_path):
    shown = page(replace(man(), id="M-9"), tmp_path, reader="patient").text
    assert plainly("2 keeps me from some daily activities") in shown and "as bad as can be" not in shown


def test_a_medicine_of_many_words_comes_onto_its_sheets(tmp_path):
    """A cell that is higher than a sheet was laid out without end: whoever asked for the report held a thread for ever."""
    many = " ".join(f"word{place}" for place in range(500))
    record = replace(man(), medicines=(Medicine(many, START),))
    previous = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it is laid out without end"))
    signal.alarm(60)
    try:
        report(record, "anastrozole", on=START, out=tmp_path / "r.pdf")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
    assert (tmp_path / "r.pdf").read_bytes()[:5] == b"%PDF-"
