"""What a person does first, in the machine's Chromium: sets a password, adds a man and results, asks what if, signs out."""

import threading
import time
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install leydig[dev]")
uvicorn = pytest.importorskip("uvicorn", reason="the extra web is not installed")
CHROMIUM = next((one for one in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                 if Path(one).exists()), None)  # fmt: skip
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PASSWORD = "a long sentence is good"


@pytest.fixture
def options():
    from leydig.service.access.passwords import PasswordCost
    from leydig.service.options import ServiceOptions

    return ServiceOptions(hosts=("127.0.0.1",), cost=PasswordCost(1, 8, 1))


@pytest.fixture
def address(app):
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def sheet():
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        one = chromium.new_page()
        one.failures = []
        one.on("response", lambda answer: answer.status >= 400 and one.failures.append((answer.status, answer.url)))
        yield one
        chromium.close()


def send(sheet, selector):
    with sheet.expect_navigation():
        sheet.click(selector)


def test_from_the_first_password_to_the_last_sign_out(address, rooms, sheet):
    token = rooms.accounts.invite("dr", "admin", "test")
    sheet.goto(f"{address}/setup/{token}")
    sheet.fill("#field-password", PASSWORD)
    send(sheet, "main button")
    assert sheet.url == f"{address}/people"
    sheet.fill("#field-pseudonym", "M-01")
    sheet.fill("#field-born", "1990-07-01")
    send(sheet, "main section button")
    assert sheet.inner_text("h1") == "M-01" and "request labs" in sheet.inner_text(".lead")
    send(sheet, "text=Results and entries")
    sheet.select_option("#result-name", "testosterone")
    sheet.fill("#result-value", "271")
    sheet.fill("#result-unit", "nmol/L")
    send(sheet, "#result-title ~ form button")
    assert "Did you mean 271 ng/dL?" in sheet.inner_text("#result-value-error")
    assert sheet.failures == [(422, sheet.url)]
    sheet.fill("#result-unit", "ng/dL")
    send(sheet, "#result-title ~ form button")
    assert "271 ng/dL" in sheet.inner_text("table.history")
    send(sheet, "text=His page")
    assert "271 ng/dL" in sheet.inner_text("#panel-testosterone")
    send(sheet, "text=Sign out")
    assert sheet.url == f"{address}/sign-in" and len(sheet.failures) == 1
