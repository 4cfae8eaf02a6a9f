"""Every page in the machine's Chromium: axe without violations, reflow at 320 px, silence, nothing from elsewhere."""

import json
import re
import threading
from dataclasses import replace
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from web.clinic import CLINICIAN, pages, plan, views

from leydig.web import asset, page
from leydig.web.views.entry.entries import unit_reading
from leydig.web.views.what_if import what_if_view

axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
POLICY = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LIKE_OTHERS = (
    "man before",
    "man few",
    "patient new",
    "patient before",
    "patient few",
    "patient treated",
    "import empty",
    "audit empty",
    "setup first",
    "what if refused",
    "jobs empty",
    "job failed",
    "study",
    "outlook silent",
    "next lab silent",
    "next lab useless",
)  # of the same elements as another page
PICTURE = (Path(__file__).parents[2] / "docs" / "evidence" / "forest.png").read_bytes()
SHOWN = [name for name in views() if name not in LIKE_OTHERS]


@lru_cache(maxsize=1)
def shown_pages():
    """Return the pages, that of a protocol with two rules of each group: axe looks at every cell."""
    whole = views()["protocol"]
    groups = tuple(replace(one, rules=one.rules[:2]) for one in whole.groups)
    return pages() | {"protocol": page(replace(whole, groups=groups), CLINICIAN)}


class Clinic(BaseHTTPRequestHandler):
    """Serves the pages by their names, as the service would: with its policy, the assets, units and a what-if."""

    def do_GET(self):
        where = urlparse(self.path)
        query = {key: values[0] for key, values in parse_qs(where.query, keep_blank_values=True).items()}
        if where.path.startswith("/assets/"):
            content, media = asset(where.path.removeprefix("/assets/"))
        elif where.path == "/units":
            content, media = json.dumps(unit_reading(**query)).encode(), "application/json"
        elif where.path.endswith(("/outlook", "/next-lab")):
            name = "outlook" if where.path.endswith("/outlook") else "next lab"
            content, media = shown_pages()[name].encode(), "text/html; charset=utf-8"
        elif where.path.endswith("/events"):
            content, media = (
                b'data: {"stage_words": "men enrolled: 4 of 10", "state_words": "running", "total": 10, "done": 4}\n\n',
                "text/event-stream",
            )
        elif where.path.endswith("levels.png") or where.path.endswith("forest.png"):
            content, media = PICTURE, "image/png"
        elif where.path.endswith("/what-if"):
            known = views()["what if"]
            refusal = "" if "anastrozole" in query["regimen"] else "got regimen 'x'; expected a drug. Write one."
            view = what_if_view("treated", plan(), refusal=refusal) if refusal else known
            content, media = page(view, CLINICIAN).encode(), "text/html; charset=utf-8"
        else:
            content, media = shown_pages()[where.path[1:].replace("_", " ")].encode(), "text/html; charset=utf-8"
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture(scope="module")
def address():
    shown_pages()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Clinic)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def sheet(browser, tabs, address):
    """Return a function that opens a page, and fail where the page says anything or asks for anything from elsewhere."""
    said, used = [], []
    hear = {
        "console": lambda message: said.append(message.text),
        "pageerror": lambda error: said.append(str(error)),
        "request": lambda request: request.url.startswith(address) or said.append(request.url),
    }

    def open_sheet(name, width=1400, **context):
        how = tuple(context.items())
        if how not in tabs:
            tabs[how] = browser.new_context(**context).new_page()
        one = tabs[how]
        one.set_viewport_size({"width": width, "height": 900})
        used.append(one)
        for event, listener in hear.items():
            one.on(event, listener)
        one.goto(f"{address}/{name.replace(' ', '_')}")
        return one

    yield open_sheet
    for one in used:
        one.goto("about:blank")  # what it still asks for is asked for now
        for event, listener in hear.items():
            one.remove_listener(event, listener)
    assert not said


def violations(sheet):
    """Return what axe finds, each with its first element."""
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    sheet.evaluate(script)
    found = sheet.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)[
        "violations"
    ]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


@pytest.mark.parametrize("name", SHOWN)
def test_axe_finds_nothing_and_nothing_reaches_beyond_320_pixels(sheet, name):
    one = sheet(name, bypass_csp=True)
    assert violations(one) == []
    one.set_viewport_size({"width": 320, "height": 800})
    assert one.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize(
    "name",
    ["man treated", "entry", "people", "import", "trials", "job done", "job population", "populations", "calibrations", "study predicted", "outlook", "next lab", "systems",
     "account factor"],
)  # fmt: skip
def test_axe_finds_nothing_in_the_dark_and_on_a_telephone(sheet, name):
    assert violations(sheet(name, width=390, bypass_csp=True, color_scheme="dark")) == []


def test_the_first_key_leads_to_the_content(sheet):
    one = sheet("man alarm")
    one.keyboard.press("Tab")
    assert one.evaluate("document.activeElement.textContent") == "Skip to the content"
    one.keyboard.press("Enter")
    assert one.evaluate("document.activeElement.id") == "content"


def test_a_what_if_comes_into_the_page_without_leaving_it(sheet):
    one = sheet("man before")
    one.fill("#what-if-regimen", "anastrozole 1 mg daily")
    one.press("#what-if-regimen", "Enter")
    one.wait_for_selector("#what-if-answer table")
    assert "Present course" in one.inner_text("#what-if-answer") and one.url.endswith("/man_before")
    one.fill("#what-if-regimen", "x")
    one.click("form.what-if button")
    one.wait_for_selector("#what-if-answer .error")
    assert "expected a drug" in one.inner_text("#what-if-answer")


def test_what_is_ahead_comes_into_the_page(sheet):
    one = sheet("man before")
    one.wait_for_selector("#outlook table")
    one.wait_for_selector("#next-lab details")
    assert one.locator("#board").count() == 1 == one.locator("#outlook").count()
    assert one.evaluate("document.documentElement.scrollWidth") <= 1400
    assert one.locator("#board .median.present").count() > 0 and one.url.endswith("/man_before")


def test_progress_is_shown_as_it_goes_on(sheet):
    one = sheet("job")
    one.locator("[data-stage]", has_text="men enrolled: 4 of 10").wait_for()
    assert one.evaluate("document.querySelector('progress').value") == 4


def test_a_unit_is_checked_as_one_types(sheet):
    one = sheet("entry")
    one.select_option("#result-name", "testosterone")
    assert one.input_value("#result-unit") == "ng/dL"
    one.fill("#result-value", "271")
    one.locator("[data-reading]", has_text="271 ng/dL is 9.4 nmol/L").wait_for()
    one.fill("#result-unit", "nmol/L")
    one.locator("[data-reading].error", has_text="Did you mean 271 ng/dL?").wait_for()
    assert one.get_attribute("#result-value", "aria-invalid") == "true"


def test_what_is_folded_is_open_on_paper(sheet):
    one = sheet("man treated")
    one.wait_for_load_state("networkidle")  # what is asked for by itself may bring something folded
    before = one.locator("main details[open]").count()
    one.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert one.locator("main details:not(.form):not([open])").count() == 0
    one.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert one.locator("main details[open]").count() == before


# The board that moves -------------------------------------------------------------------------------


def moving(one, panel="testosterone", prefix=""):
    """Return what is pointed at of a panel, when every panel of its board moves."""
    found = one.locator(f"#{prefix}panel-{panel} .moving")
    found.wait_for()
    return found


def readings(one, box="#board"):
    return [text for text in one.locator(f"{box} .read-at").all_inner_texts() if text]


def point(one, panel, share):
    over = moving(one, panel).locator(".u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    one.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
    return box


def test_one_pointer_reads_every_panel_from_its_table(sheet):
    one = sheet("man alarm")
    point(one, "testosterone", 0.97)
    text = readings(one)
    assert len(text) >= 4
    for line in text:
        day, value = re.match(r"([\d-]+).*?: ([\d.]+)", line).groups()
        assert value in " ".join(one.locator(f"#board tr[data-day='{day}']").all_text_contents()), line
    one.mouse.move(5, 5)
    assert readings(one) == []


def test_keys_read_value_by_value_and_say_it(sheet):
    one = sheet("man treated")
    slider = moving(one)
    slider.focus()
    said = []
    one.keyboard.press("Home")
    for _ in range(4):
        said.append(slider.get_attribute("aria-valuetext"))
        one.keyboard.press("ArrowRight")
    rows = one.locator("#panel-testosterone tr[data-value] td:nth-child(2)").all_inner_texts() or one.eval_on_selector_all(
        "#panel-testosterone tr[data-value]", "rows => rows.map(row => row.cells[1].textContent)")  # fmt: skip
    assert [row in text for row, text in zip(rows[:3], said, strict=False)] == [True] * 3
    assert "50 % band" in slider.get_attribute("aria-valuetext") and "90 % band" in said[3]
    assert any("pg/mL" in text for text in readings(one))  # the other panels go with it
    one.keyboard.press("End")
    assert slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")


def test_a_drag_comes_closer_on_every_panel_and_a_button_leads_back(sheet):
    one = sheet("man treated")
    back = one.get_by_role("button", name="Show all days").first
    box = point(one, "testosterone", 0.3)
    assert not back.is_visible()
    one.mouse.down()
    one.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 40, steps=4)
    one.mouse.up()
    back.wait_for()
    shown = one.locator("#board")
    before = shown.screenshot()
    back.click()
    assert not back.is_visible() and shown.screenshot() != before
    one.get_by_role("button", name="Closer").first.click()
    back.wait_for()
    moving(one).focus()
    one.keyboard.press("Escape")
    assert not back.is_visible()


@pytest.mark.parametrize("width", [320, 390, 1400])
def test_the_board_keeps_to_the_width_of_the_page(sheet, width):
    one = sheet("man treated", width=1400)
    moving(one)
    one.set_viewport_size({"width": width, "height": 900})
    one.wait_for_function(
        "[...document.querySelectorAll('.moving')].every(box => box.querySelector('.uplot').clientWidth <= box.clientWidth)"
    )
    assert one.evaluate("document.documentElement.scrollWidth") <= width
    one.emulate_media(media="print")
    assert not moving_is_shown(one) and one.locator("#panel-testosterone svg.plot").first.bounding_box()["height"] > 50
    one.emulate_media(media="screen")


def moving_is_shown(one):
    return one.locator("#board .moving").first.is_visible()


def test_without_scripts_the_drawings_stand(browser, address):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1400, "height": 900})
    one = context.new_page()
    one.goto(f"{address}/man_treated")
    assert one.locator(".moving").count() == 0 and not one.locator(".board-tools").first.is_visible()
    assert one.locator("#panel-testosterone svg.plot.wide").is_visible()
    context.close()


def test_a_board_that_comes_into_the_page_moves_too(sheet):
    one = sheet("man before")
    one.wait_for_selector("#next-lab details")
    one.fill("#what-if-regimen", "anastrozole 1 mg daily")
    one.press("#what-if-regimen", "Enter")
    one.wait_for_selector("#what-if-answer .moving")
    slider = moving(one, prefix="if-")
    slider.focus()
    one.keyboard.press("End")
    text = slider.get_attribute("aria-valuetext")
    assert one.locator("#if-panel-testosterone canvas").bounding_box()["height"] > 200  # narrow: as on a telephone
    assert one.locator("#if-panel-testosterone svg.plot.wide").is_hidden()
    assert "expected on anastrozole 0.5 mg twice weekly: " in text and "anastrozole 1 mg daily: " in text
    assert (
        one.locator("#board .moving").count() == 7 and one.locator("canvas").count() == one.locator(".moving").count()
    )
