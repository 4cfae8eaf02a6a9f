"""The lab as a file: what is in it, what it may do, and that its lessons say what the model and the studies say."""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from node import run_node
from script_cases import MEN, as_script
from typer.testing import CliRunner

import leydig as ly
from leydig import LeydigError
from leydig.analytes import ANALYTES
from leydig.cli.main import app
from leydig.engine import print_javascript
from leydig.evidence import studies
from leydig.man.surgery.surgery import ARROWS, SIZES, Surgery, operate
from leydig.product import PRODUCTS
from leydig.regimen.regimen import regimen_of
from leydig.web.lab import page
from leydig.web.lab.lessons import lesson_facts, lessons

MOST_BYTES = 1_000_000
READABLE = 4.5  # contrast of text, WCAG 2.2, 1.4.3
LESSONS = lessons()


@cache
def whole_page():
    """Return the page, which is made when a test first asks for it."""
    return page.lab_page()


def parts(tag):
    return re.findall(rf"<{tag}>(.*?)</{tag}>", whole_page(), re.S)


def facts():
    return json.loads(re.search(r"^const LAB=(.*);$", whole_page(), re.M)[1])


def test_the_page_is_one_small_file_that_names_no_address_but_its_own_parts():
    assert len(whole_page().encode()) < MOST_BYTES
    assert "@" not in "".join(re.findall(r"@[A-Z]+@", whole_page()))
    bare = whole_page().replace("http://www.w3.org/2000/svg", "")  # the name of SVG, which nobody fetches
    for facts_of_sources in ("source", "indication"):
        bare = re.sub(rf'"{facts_of_sources}":"[^"]*"', "", bare)
    assert not re.search(
        r"""(?:src|href|action)=["'](?!#)|url\(\s*["']?(?!#)|@import|fetch\(|XMLHttpRequest|WebSocket""", bare
    )
    assert "eval(" not in bare and "innerHTML" not in bare and " style=" not in bare


def test_the_policy_allows_the_one_script_and_the_one_style_and_nothing_else():
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', whole_page())[1]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'" and rules["base-uri"] == "'none'" and rules["form-action"] == "'none'"
    for tag in ("script", "style"):
        (text,) = parts(tag)
        mark = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{mark}'"
    assert (
        whole_page().index("Content-Security-Policy") < whole_page().index("<style>") < whole_page().index("<script>")
    )


def test_the_page_holds_the_engine_of_this_package():
    assert print_javascript().text in whole_page()
    assert {one["name"] for one in facts()["drugs"]} == set(PRODUCTS)
    assert {one["name"] for one in facts()["analytes"]} == set(ANALYTES)


def test_no_text_of_the_catalogue_ends_the_script():
    assert page._json({"title": "</script><b>"}) == '{"title":"\\u003c/script>\\u003cb>"}'


def test_drugs_begin_with_a_regimen_of_the_study_that_is_named_or_with_half_of_the_label():
    known = page.tomllib.loads(page._text("regimens.toml"))
    for name, one in known.items():
        (dose,) = regimen_of(one["regimen"]).doses
        given = [other for arm in studies()[one["study"]].arms for other in arm.regimen.doses]
        assert (name, dose.amount, dose.repeat) in [(other.drug, other.amount, other.repeat) for other in given]
    firsts = {one["name"]: one["first"] for one in facts()["drugs"]}
    for name, first in firsts.items():
        assert first["drug"] == name
        if name not in known:
            assert first["amount"] == PRODUCTS[name].label.daily_maximum / 2.0


@pytest.mark.parametrize("name", LESSONS)
def test_what_a_lesson_claims_of_the_model_holds(name):
    lesson = LESSONS[name]
    labs = {one: text for one, text in lesson.man.items() if one in ANALYTES}
    man = ly.Man(age=lesson.man["age"], bmi=lesson.man["bmi"], **labs)
    now, before = (
        ly.simulate(man if done == Surgery() else operate(man, done), text, weeks=lesson.weeks)
        for done, text in ((lesson.surgery, lesson.now), (lesson.before_surgery, lesson.before))
    )
    assert lesson.claim or lesson.samples
    for claim in lesson.claim:
        value = now[claim.analyte].at(week=claim.week).value
        other = before[claim.analyte].at(week=claim.week).value
        if claim.against != "before":
            week = 0.0 if claim.against == "start" else float(claim.against.removeprefix("week "))
            other = now[claim.analyte].at(week=week).value
        assert claim.low <= value / other <= claim.high, claim
    if lesson.draw:  # what comes true fits on the scale on which it is drawn, and is seen there
        drawn, weeks = now[lesson.draw.analyte], lesson.draw.weeks
        top = ANALYTES[lesson.draw.analyte].parse(lesson.draw.top) * ANALYTES[lesson.draw.analyte].factor_to(drawn.unit)
        assert 0.3 * top < max(drawn.at(week=week).value for week in (0, *weeks)) < 0.95 * top
        assert (
            lesson.draw.analyte in lesson.show and sorted(weeks) == weeks and 0 < weeks[0] <= weeks[-1] <= lesson.weeks
        )


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_asks_explains_and_cites_what_the_package_holds(name):
    lesson = LESSONS[name]
    assert 1 <= lesson.answer <= len(lesson.options) and len(set(lesson.options)) == len(lesson.options) >= 3
    assert lesson.studies and set(lesson.studies) <= set(studies())
    assert 0 < lesson.moment <= lesson.weeks
    assert lesson.limits and set(lesson.show) <= set(ANALYTES)


def test_at_least_three_lessons_have_their_reader_draw():
    assert sum(lesson.draw is not None for lesson in LESSONS.values()) >= 3


def test_there_are_twelve_lessons_in_their_order_and_the_guide_lists_them():
    titles = [one.title for one in LESSONS.values()]
    guide = (Path(__file__).parents[2] / "docs" / "lab.md").read_text(encoding="utf-8")
    assert re.findall(r"^\d+\. (.*)$", guide, re.M) == titles and len(titles) == 12


def test_published_points_are_the_means_of_the_arm():
    points = [one["points"] for one in lesson_facts() if one["name"] == "1_anastrozole"][0]
    shown = [one for one in points if one["analyte"] == "testosterone"]
    assert [round(one["level"] * ANALYTES["testosterone"].factor_to("ng/dL"), 1) for one in shown] == [
        480.4,
        460.7,
        412.0,
    ]
    assert [one["day"] for one in shown] == pytest.approx([30.1, 91.0, 151.9])


def test_every_arrow_organ_and_level_of_a_surgery_has_its_words_in_the_page():
    assert set(facts()["arrows"]) == set(ARROWS)
    words = re.search(r"const SIZE_NAMES = \{(.*?)\};", whole_page(), re.S)[1]
    assert set(re.findall(r"(\w+): \"", words)) == set(SIZES)
    cuts = set(re.findall(r'^  \[".*, "(\w+)"\],$', page._text("script/diagram.js"), re.M))
    assert cuts == set(ARROWS)


@pytest.mark.parametrize(("before", "after", "analyte"), [("", "anastrozole 1 mg daily", "testosterone"),
                                                          ("anastrozole 1 mg daily", "clomiphene 25 mg daily", "lh")])  # fmt: skip
def test_the_page_takes_a_change_apart_as_python_does(shah_man, tmp_path, before, after, analyte):
    """Run the page's own functions in node, without its document."""
    found = ly.attribute(shah_man, before, after, analyte=analyte, at="12 weeks")
    first, second = (as_script(regimen_of(text), MEN[0], 1e-4) for text in (before, after))
    script = f"""{print_javascript().text}
      const LAB = {json.dumps(facts())};
      {page._text("script/scenario.js")}{page._text("script/attribution.js")}
      function answer(both) {{
        const [before, now] = both.map(({{ man, regimen }}) => ({{ man, doses: regimen.map(readDose) }}));
        return attributeChange(before, now, "{analyte}", 84);
      }}"""
    told = run_node(tmp_path, script, [first, second])
    inside = found.to(ANALYTES[analyte].unit)
    values = dict(told["parts"]) | {"change": told["change"]}
    for name, part in {**inside.parts, "change": inside.change}.items():
        assert values[name] == pytest.approx(part[0], rel=1e-9, abs=1e-9 * abs(inside.change[0])), name


def luminance(color):
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_texts_and_lines_stand_out_from_what_is_behind_them(theme):
    block = re.findall(r":root \{(.*?)\}", parts("style")[0], re.S)[theme]
    colors = dict(re.findall(r"--(\w+): (#\w{6})", block))
    for text in ("ink", "soft", "now", "before", "brake", "drive", "focus", "point"):
        for behind in ("paper", "panel", "band") if text in ("ink", "soft") else ("panel",):
            light, dark = sorted([luminance(colors[text]), luminance(colors[behind])], reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= READABLE, (text, behind)


def test_the_command_writes_the_page_and_refuses_another_ending(tmp_path):
    ran = CliRunner().invoke(app, ["lab", "--out", str(tmp_path / "lab.html")])
    assert ran.exit_code == 0 and "Next: open it" in ran.output
    assert (tmp_path / "lab.html").read_text(encoding="utf-8") == whole_page()
    refused = CliRunner().invoke(app, ["lab", "--out", str(tmp_path / "lab.pdf")])
    assert refused.exit_code == 2
    with pytest.raises(LeydigError, match=r"got a file ending in '.pdf'; expected .html"):
        page.write_lab(tmp_path / "lab.pdf")
