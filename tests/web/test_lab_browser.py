"""The lab in a real browser, from a file and without a network: the engine's numbers, and that the page can be used."""

import csv
from pathlib import Path

import numpy as np
import pytest
from script_cases import (
    CASES,
    DAYS,
    EXACT,
    OPERATED,
    as_script,
    marched_after_surgery,
    marched_cases,
    operated_script,
    values_of,
)

from leydig import Man, simulate
from leydig.man.surgery.surgery import Surgery, operate
from leydig.man.weight.series import BmiSeries
from leydig.web.lab.lessons import lessons
from leydig.web.lab.page import write_lab

WIDTHS = (1400, 390)
LAST_LESSON = [*lessons()][-1]
AXE = """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
  .then(found => found.violations.map(one => [one.id, one.nodes[0].html.slice(0, 160)]))"""
SHOWN = "document.querySelector('#plots figure .key').innerText"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return write_lab(tmp_path_factory.mktemp("lab") / "lab.html").as_uri()


@pytest.fixture
def visit(browser, tabs, address):
    """Return a function that opens the page offline; what it said or asked for is looked at in the end."""
    used, said, asked = [], [], []
    hear = {
        "console": lambda message: said.append(message.text),
        "pageerror": lambda error: said.append(str(error)),
        "request": lambda request: asked.append(request.url),
    }

    def visit(fragment="", width=1400, has_touch=False):
        how = len(used), has_touch
        if how not in tabs:
            tabs[how] = browser.new_context(offline=True, accept_downloads=True, has_touch=has_touch).new_page()
        page = tabs[how]
        page.set_viewport_size({"width": width, "height": 900})
        used.append(page)
        for event, listener in hear.items():
            page.on(event, listener)
        page.goto(address + fragment)
        return page

    yield visit
    for page in used:
        for event, listener in hear.items():
            page.remove_listener(event, listener)
        page.emulate_media(media="null", color_scheme="null")
        page.goto("about:blank")
    assert not said
    assert all(url.startswith(("file:", "blob:")) for url in asked) and asked


def number_of(page, curve=1):
    """Return what the first plot says of a curve at this moment."""
    return float(page.evaluate(SHOWN).split(["before ", "no treatment ", "now "][curve])[1].split()[0])


def test_the_engine_in_the_browser_gives_the_levels_of_the_engine(visit):
    page = visit()
    cases = [as_script(*one, 1e-4) for one in CASES] + [operated_script(*one) for one in OPERATED]
    script = "({ cases, days }) => cases.map(one => leydig.simulate(one.man, one.regimen, days, one.tolerance))"
    answers = page.evaluate(script, {"cases": cases, "days": DAYS})
    whole, operated = marched_cases(CASES, 1e-4), marched_after_surgery()
    np.testing.assert_allclose(values_of(answers), np.concatenate([whole.values, operated.values]), rtol=EXACT)
    assert [one["steps"] for one in answers] == [*whole.steps, *operated.steps]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_and_every_input_has_a_name(visit, width):
    page = visit(width=width)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    nameless = """() => [...document.querySelectorAll("input, select, button, [role=img]")].filter(one =>
      !(one.getAttribute("aria-label") || one.innerText?.trim() || one.labels?.[0]?.innerText.trim())).map(one => one.outerHTML)"""
    assert page.evaluate(nameless) == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_the_page_shows_what_python_says_and_follows_a_slider(visit):
    page = visit()
    man = Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L", fsh="4.8 IU/L")
    truth = simulate(man, "anastrozole 1 mg daily", weeks=26)["testosterone"].at(week=26).value
    assert number_of(page, 2) == pytest.approx(float(truth), abs=0.51)
    before = page.url
    page.locator("#amount-0").fill("0.1")
    page.wait_for_timeout(300)
    less = simulate(man, "anastrozole 0.1 mg daily", weeks=26)["testosterone"].at(week=26).value
    assert number_of(page, 2) == pytest.approx(float(less), abs=0.51) and less < truth - 5
    assert page.url != before
    again = visit("#" + page.url.split("#")[1])
    assert again.evaluate(SHOWN) == page.evaluate(SHOWN)
    page.locator("#undo").click()
    page.wait_for_timeout(300)
    assert number_of(page, 2) == pytest.approx(float(truth), abs=0.51)
    page.locator("#amount-0").fill("0.3")
    page.locator("#amount-0").fill("0.4")
    page.wait_for_timeout(1200)  # a pause, after which the same slider is another change
    page.locator("#amount-0").fill("0.5")
    for amount in ("0.4", "1"):
        page.locator("#undo").click()
        assert page.locator("#amount-0").input_value() == amount


def test_a_cut_and_a_held_level_show_what_python_says_and_stand_in_the_address(visit):
    page = visit()
    page.locator("#surgery-box summary").click()
    page.locator("#cut-estradiol_feedback").check()
    page.locator("#left-inhibin_feedback").fill("30")
    page.locator("#held-lh").check()
    page.locator("#hold-lh").fill("6")
    page.wait_for_timeout(400)
    man = Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L", fsh="4.8 IU/L")
    deaf = operate(man, Surgery(estradiol_feedback=0.0, inhibin_feedback=0.3, hold={"lh": "6 IU/L"}))
    truth = simulate(deaf, "anastrozole 1 mg daily", weeks=26)["testosterone"].at(week=26).value
    assert number_of(page, 2) == pytest.approx(float(truth), abs=0.51)
    assert "estradiol at the brain: cut" in page.locator("#loop svg").text_content()
    done = page.locator("#surgery-text").inner_text()
    assert (
        "held at 6.00 IU/L" in done and "left at 30 %" in done and "(30 %)" in page.locator("#loop svg").text_content()
    )
    again = visit("#" + page.url.split("#")[1])
    assert again.evaluate(SHOWN) == page.evaluate(SHOWN)


def test_what_is_saved_is_what_is_drawn(visit, tmp_path):
    page = visit()
    with page.expect_download() as waiting:
        page.locator("#csv").click()
    waiting.value.save_as(tmp_path / "lab.csv")
    rows = list(csv.DictReader((tmp_path / "lab.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["curve"] for row in rows} == {"now", "no treatment"}
    last = [row for row in rows if row["curve"] == "now"][-1]
    assert float(last["day"]) == 182 and round(float(last["testosterone [ng/dL]"])) == number_of(page, 2)


def test_the_curves_are_saved_as_a_picture(visit, tmp_path):
    page = visit()
    with page.expect_download() as waiting:
        page.locator("#png").click()
    waiting.value.save_as(tmp_path / "lab.png")
    content = (tmp_path / "lab.png").read_bytes()
    width, height = (int.from_bytes(content[place : place + 4], "big") for place in (16, 20))
    assert content.startswith(b"\x89PNG") and width > 600 and height > 4 * 2 * 210 and len(content) > 20_000


def test_the_parts_of_a_change_stand_in_the_page(visit):
    page = visit()
    page.locator("#parts-box summary").click()
    page.wait_for_selector("#parts .sum")
    parts = [
        float(text.replace("\u2212", "-")) for text in page.locator("#parts tbody td:nth-child(2)").all_inner_texts()
    ]
    assert sum(parts[:-1]) == pytest.approx(parts[-1], abs=1.5) and parts[0] > 200 > 0 > parts[1]


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_axe_finds_nothing_before_and_after_a_lesson_is_answered(browser, address, width, scheme):
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    )
    page = context.new_page()
    page.goto(address)
    page.evaluate(script)
    found = []
    for name in ("", "1_anastrozole", LAST_LESSON):
        page.locator("#lesson").select_option(name)
        page.wait_for_timeout(200)
        found.append(page.evaluate(AXE))
    page.locator("input[name=guess]").first.check()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#plots svg")
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    page.wait_for_selector("#parts .sum")
    found.append(page.evaluate(AXE))
    assert found == [[], [], [], []]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_a_lesson_hides_its_curves_until_something_is_predicted(visit):
    page = visit()
    page.locator("#lesson").select_option("1_anastrozole")
    page.wait_for_timeout(200)
    assert page.locator("#plots svg").count() == 0 and page.locator("#loop svg").count() == 0
    assert page.locator("#reveal").is_disabled()
    page.get_by_label("It rises within days").check()
    assert page.locator("#reveal").is_disabled() and "draw your line" in page.locator("#missing").inner_text()
    page.locator(".handle").last.focus()
    for key in ("PageUp", "PageUp", "ArrowUp", "Tab", "Tab", "Tab", "Enter"):  # the keyboard alone leads on
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert "As you expected" in page.locator("#verdict").inner_text()
    assert page.locator("#plots svg").count() == 4 and page.locator("#plots circle.point").count() == 6
    assert "doi:10.21037/tau-20-919" in page.locator("#lesson-body").inner_text()
    man = Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L", fsh="4.8 IU/L")
    truth = simulate(man, "anastrozole 1 mg daily", weeks=26)["testosterone"].at(week=26).value
    assert f"you expected 491 ng/dL, the axis gives {truth:.0f} ng/dL" in page.locator("#drawn-verdict").inner_text()
    assert page.locator("#plots path.drawn").count() == 1


@pytest.mark.parametrize("touch", [False, True])
def test_a_line_is_drawn_across_the_plot_by_pointer_or_finger_and_stands_in_the_address(visit, touch):
    page = visit(width=390 if touch else 1400, has_touch=touch)
    page.locator("#lesson").select_option("9_one_testis")
    page.locator("#drawing svg").scroll_into_view_if_needed()
    box = page.locator("#drawing svg").bounding_box()
    places = [(box["x"] + box["width"] * share, box["y"] + 60) for share in (0.2, 0.35, 0.55, 0.75, 0.97)]
    if touch:
        for place in places:
            page.touchscreen.tap(*place)
    else:
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=8)
        page.mouse.up()
    page.wait_for_timeout(300)
    drawn = page.locator(".handle").evaluate_all("all => all.map(one => Number(one.getAttribute('aria-valuenow')))")
    assert max(drawn) == pytest.approx(698, abs=4) and drawn[-1] == max(drawn)
    again = visit("#" + page.url.split("#")[1])
    assert again.locator("#drawn-4").input_value() == page.locator("#drawn-4").input_value() != ""
    page.locator("#drawing summary").click()
    page.locator("#drawn-4").fill("12000")
    assert "expected 0 to 1000 ng/dL" in page.locator("#drawn-4").evaluate("one => one.validationMessage")
    page.locator("#level").click()
    levels = page.locator(".handle").evaluate_all("all => all.map(one => one.getAttribute('aria-valuenow'))")
    assert len(set(levels)) == 1


def test_an_address_that_nobody_wrote_does_no_harm(visit):
    hostile = "#man=1e9 NaN testosterone~-5 <b>~3&dose1=<img> 1 every~1 0 &dose2=anastrozole -1 every~1 0 &title=<script>alert(1)</script>&days=9999&show=<b> lh"
    page = visit(hostile.replace(" ", "%20").replace("<", "%3C").replace(">", "%3E"))
    assert page.evaluate("document.querySelectorAll('#plots b, #plots script, main script').length") == 0
    assert page.locator("#plots figure").count() == 1  # LH alone can be read there
    assert page.locator("#age").input_value() == "30"


def test_an_impossible_input_is_refused_in_words_and_the_last_curves_stay(visit):
    page = visit()
    shown = page.evaluate(SHOWN)
    page.locator("#bmi").fill("500")
    page.wait_for_timeout(200)
    assert page.locator("#bmi").evaluate("one => one.validationMessage") == "got 500; expected 14 to 80"
    assert page.locator("#refusal-bmi").inner_text() == "Not taken: got 500; expected 14 to 80. The last value stays."
    assert page.evaluate(SHOWN) == shown
    page.locator("#bmi").fill("28.7")
    assert page.locator("#refusal-bmi").count() == 0
    page.locator("#labs-box summary").click()
    page.locator("#lab-lh").fill("80")
    page.wait_for_timeout(300)
    assert "expected less than his pituitary's ceiling" in page.locator("#message").inner_text()


def test_a_tube_of_lh_and_the_second_samples_of_men_called_back_are_shown(visit):
    page = visit()
    page.locator("#lesson").select_option("11_one_lh")
    page.get_by_label("In fewer than half of them.").check()
    page.locator("#reveal").click()
    page.wait_for_selector("#minutes svg path.now")
    words = page.locator("#minutes-words").inner_text()
    page.locator("#hour").fill("12")
    page.wait_for_timeout(200)
    assert "at hour 12.0" in page.locator("#minutes-words").inner_text() and "at hour 10.0" in words
    shown = page.locator("#minutes-words").inner_text()
    page.locator("#another-day").click()
    page.wait_for_function("words => document.getElementById('minutes-words').innerText !== words", arg=shown)
    assert "seed=2" in page.url and "Day 0, no treatment." in words
    page.locator("#lesson").select_option("12_second_sample")
    page.get_by_label("About twice as much on average.").check()
    page.locator("#reveal").click()
    page.wait_for_selector("#semen svg")
    assert page.locator("#semen circle.man").count() == 400 > page.locator("#semen circle.low").count() > 20
    first, second, own = (float(one) for one in page.locator("#semen tbody tr:first-child td").all_inner_texts()[1:])
    assert 1.5 * first < second and abs(second / own - 1.0) < 0.35


def test_a_man_who_loses_weight_shows_what_python_says(visit):
    page = visit()
    page.locator("#weight-box summary").click()
    page.locator("#weight-to").fill("24")
    page.locator("#weight-until").fill("100")
    page.wait_for_timeout(600)
    man = Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L", fsh="4.8 IU/L")
    loss = BmiSeries({0: 28.7, 100: 24}, "linear")
    truth = simulate(man, "anastrozole 1 mg daily", weeks=26, bmi=loss)["testosterone"].at(week=26).value
    assert number_of(page, 2) == pytest.approx(float(truth), abs=0.51) and truth > 480
    again = visit("#" + page.url.split("#")[1])
    assert again.evaluate(SHOWN) == page.evaluate(SHOWN)
    page.locator("#minutes-box summary").first.click()
    page.wait_for_selector("#minutes .warn")
    assert "takes none" in page.locator("#minutes").inner_text()
    page.locator("#weight-until").fill("-3")
    assert "an end after the start" in page.locator("#refusal-weight-until").inner_text()


def test_what_moves_is_drawn_more_coarsely_and_exactly_once_it_rests(visit):
    page = visit()
    page.evaluate("""() => {
      const { simulate } = leydig, foot = document.getElementById("cost"), said = (window.said = []);
      leydig.simulate = (...given) => { const end = performance.now() + 40; while (performance.now() < end); return simulate(...given); };
      new MutationObserver(() => said.push([foot.textContent, document.querySelector("#plots figure .key").innerText])).observe(foot, { childList: true });
    }""")
    for amount in ("0.8", "0.5"):  # the first tells how dear a curve is
        page.locator("#amount-0").fill(amount)
        page.wait_for_timeout(900)
    (words, coarse), (last, exact) = page.evaluate("said")[-2:]
    assert "more coarsely" in words and "exactly" in last and coarse == exact  # to the digits that are shown


def test_on_paper_the_page_says_of_what_its_curves_are_and_fits(visit):
    page = visit()
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 718, "height": 1000})
    page.wait_for_timeout(300)
    words = page.locator("#printed").inner_text()
    assert "anastrozole 1 mg once daily" in words and "testosterone 271 ng/dL" in words and "no treatment" in words
    assert page.locator(".inputs").is_hidden() and page.locator(".tools").is_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('#plots text')).fill") == "rgb(60, 70, 80)"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.pdf(format="A4").count(b"/Type /Page\n") <= 3
