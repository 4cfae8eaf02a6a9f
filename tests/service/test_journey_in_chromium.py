"""What people do, in the machine's Chromium: a first hour from the password to the sign-out; trials, evidence, other systems."""

import threading
import time
from pathlib import Path

import pytest
from browser import DAY, RESULTS
from web.clinic import SUMMARY, forecast, next_tests, usual_levels

from leydig.service.access.passwords import PasswordCost
from leydig.service.application import application, rooms_of
from leydig.service.bodies import EntryBody, PersonBody
from leydig.service.jobs.worker import work_forever
from leydig.service.options import ServiceOptions
from leydig.service.storage.database import Database, sqlite_address

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install leydig[dev]")
uvicorn = pytest.importorskip("uvicorn", reason="the extra web is not installed")
CHROMIUM = next((one for one in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                 if Path(one).exists()), None)  # fmt: skip
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PASSWORD = "a long sentence is good"
LABS = "Test\tResult\tUnits\tDate\nGlucose\t90\tmg/dL\t02/03/2026\nLH\t3,4\tIU/L\t02/03/2026\n"


class Clinic:
    """One service and one browser for the journeys of this file."""

    def __init__(self, folder, chromium):
        self.database = Database(sqlite_address(folder / "leydig.db"))
        self.database.upgrade()
        options = ServiceOptions(hosts=("127.0.0.1",), cost=PasswordCost(1, 8, 1))
        self.rooms, self.chromium, self.failures = rooms_of(self.database, options), chromium, []
        self.server = uvicorn.Server(uvicorn.Config(application(self.rooms), "127.0.0.1", 0, log_level="error"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.05)
        self.address = f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"

    def open_sheet(self, **context):
        one = self.chromium.new_context(**context).new_page()
        one.on("response", lambda answer: answer.status >= 400 and self.failures.append((answer.status, answer.url)))
        return one

    def sign_up(self, name, role, **context):
        """Return a page on which somebody is signed in."""
        one = self.open_sheet(**context)
        one.goto(f"{self.address}/setup/{self.rooms.accounts.invite(name, role)}")
        one.fill("#field-password", PASSWORD)
        send(one, "main button")
        return one


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        found = Clinic(tmp_path_factory.mktemp("clinic"), chromium)
        yield found
        chromium.close()
        found.server.should_exit = True
        found.thread.join()
        found.database.close()


def send(sheet, selector):
    with sheet.expect_navigation():
        sheet.click(selector)


def test_from_the_first_password_to_the_last_sign_out(clinic):
    sheet, address = clinic.open_sheet(), clinic.address
    token = clinic.rooms.accounts.invite("dr", "admin", "test")
    sheet.goto(f"{address}/setup/{token}")
    sheet.fill("#field-password", PASSWORD)
    send(sheet, "main button")
    assert sheet.url == f"{address}/people"
    sheet.fill("#field-pseudonym", "M-01")
    sheet.fill("#field-born", "1990-07-01")
    sheet.dblclick("main section button")  # who clicks twice adds one man, and is told of nothing
    sheet.wait_for_url("**/people/*")
    assert sheet.inner_text("h1") == "M-01" and "request labs" in sheet.inner_text(".lead")
    send(sheet, "text=Results and entries")
    sheet.select_option("#result-name", "testosterone")
    sheet.fill("#result-value", "271")
    sheet.fill("#result-unit", "nmol/L")
    clinic.failures.clear()
    send(sheet, "#result-title ~ form button")
    assert "Did you mean 271 ng/dL?" in sheet.inner_text("#result-value-error")
    assert (422, sheet.url) in clinic.failures
    sheet.fill("#result-value", "271 ng/dL")
    sheet.fill("#result-unit", "")
    send(sheet, "#result-title ~ form button")
    assert "271 ng/dL" in sheet.inner_text("table.history")
    sheet.set_input_files(
        "input[type=file]", {"name": "<b>.txt", "mimeType": "text/plain", "buffer": LABS.encode("utf-16")}
    )
    send(sheet, "text=Look at it")
    assert "the month first" in sheet.inner_text("main") and "got 'Glucose'" in sheet.inner_text("main")
    sheet.check("input[name=confirmed]")
    send(sheet, "text=Take what is listed and ticked")
    assert "271 ng/dL" in sheet.inner_text("#panel-testosterone") and "3.4 IU/L" in sheet.inner_text("#panel-lh")
    send(sheet, "text=Sign out")
    assert sheet.url == f"{address}/sign-in"
    sheet.go_back()
    assert "/sign-in" in sheet.url


def test_trials_evidence_and_other_systems_on_a_telephone_in_the_dark(clinic):
    sheet = clinic.sign_up("Dr Ito", "clinician", viewport={"width": 390, "height": 800}, color_scheme="dark")
    let_go = threading.Event()

    def work(job, watch):
        while not let_go.wait(0.05):
            watch("men enrolled", 3, job.question["n"])
        return SUMMARY, {}

    queue = clinic.rooms.queue
    threading.Thread(target=lambda: work_forever(queue, work, "w", lambda: let_go.is_set()), daemon=True).start()
    clinic.failures.clear()
    send(sheet, "nav >> text=Trials")
    sheet.dblclick("text=Run it")
    sheet.wait_for_url("**/jobs/*")
    sheet.locator("[data-stage]", has_text="men enrolled: 3 of 100").wait_for()
    assert len(queue.list_jobs()) == 1
    begun = time.monotonic()
    send(sheet, "text=Cancel it")
    assert "cancelled" in sheet.inner_text("[data-state]") and time.monotonic() - begun < 2.0
    send(sheet, "nav >> text=Trials")
    sheet.fill("input[name=seed]", "7")
    send(sheet, "text=Run it")
    sheet.locator("[data-stage]", has_text="men enrolled").wait_for()
    let_go.set()
    sheet.locator("main table").first.wait_for()  # the page follows by itself
    assert "done" in sheet.inner_text("[data-state]")
    send(sheet, "nav >> text=Evidence")
    send(sheet, "main table a >> nth=0")
    assert sheet.locator("main h1").count() == 1 and "/evidence/" in sheet.url
    send(sheet, "nav >> text=Other systems")
    assert sheet.url == f"{clinic.address}/smart" and not clinic.failures
    assert sheet.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_session_that_ends_in_the_midst_loses_nothing_and_who_goes_back_is_not_signed_in(clinic):
    sheet = clinic.sign_up("Dr Late", "clinician", viewport={"width": 390, "height": 800})
    sheet.fill("#field-pseudonym", "L-01")
    sheet.fill("#field-born", "1992-02-29")
    send(sheet, "main section button")
    send(sheet, "text=Results and entries")
    where = sheet.url
    sheet.select_option("#result-name", "lh")
    sheet.fill("#result-value", "3.4")
    sheet.fill("#result-unit", "IU/L")
    sheet.fill("#result-note", "\u0645\u0631\u064a\u0645 \U0001f600")
    sheet.context.clear_cookies()
    send(sheet, "#result-title ~ form button")
    assert "nothing is lost" in sheet.inner_text("main")
    sheet.fill("#field-account", "Dr Late")
    sheet.fill("#field-password", PASSWORD)
    send(sheet, "main button")
    assert sheet.input_value("#draft-value") == "3.4" and sheet.evaluate("document.documentElement.scrollWidth") <= 390
    send(sheet, "main button")
    assert sheet.url.partition("?")[0] == where and "\U0001f600" in sheet.inner_text("table.history")
    send(sheet, "text=Sign out")
    for _ in range(2):
        sheet.go_back()
        assert "/sign-in" in sheet.url and sheet.locator("text=Sign out").count() == 0


def test_what_is_ahead_and_the_next_test_come_into_the_page_of_a_man(clinic, monkeypatch):
    """As they are asked for by the page; what a twin says stands in their own tests."""
    shelf, rooms = clinic.rooms.desk.shelf, clinic.rooms
    monkeypatch.setattr(
        shelf, "forecast", lambda record, regimen, weeks, **_: forecast(regimen, usual_levels(), int(weeks))
    )
    monkeypatch.setattr(shelf, "next_lab", lambda *_: next_tests())
    sheet = clinic.sign_up("Dr Ahead", "clinician", viewport={"width": 1400, "height": 900})
    by = rooms.accounts.list_accounts()[0].id
    man = rooms.desk.add_person(PersonBody(pseudonym="O-01", born="1990-07-01"), by).id
    for name, value, unit in RESULTS:
        said = {"kind": "result", "name": name, "value": value, "unit": unit, "date": DAY}
        rooms.desk.add_entry(man, EntryBody.model_validate(said), by)
    clinic.failures.clear()
    sheet.goto(f"{clinic.address}/people/{man}")
    sheet.locator("#next-lab", has_text="on day 14 from his last result on").wait_for()
    assert "testosterone + estradiol" in sheet.inner_text("#next-lab")
    assert "Chance" in sheet.inner_text("#outlook") and sheet.locator("#board .band-90.present").count() > 0
    assert not clinic.failures


def test_who_only_reads_is_offered_no_other_system(clinic):
    sheet = clinic.sign_up("Reader", "read-only")
    assert "Trials" in sheet.inner_text("nav") and "Other systems" not in sheet.inner_text("nav")
