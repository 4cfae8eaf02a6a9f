"""The second factor, and the password that is written again before one signs, exports, deletes or manages accounts."""

import threading
import time
from dataclasses import replace

import pyotp
import pytest
from browser import DAY, PASSWORD, Browser
from starlette.testclient import TestClient
from typer.testing import CliRunner

from leydig.cli.main import app as program
from leydig.errors import UnknownName
from leydig.service.access import attempts, sessions
from leydig.service.access.passwords import Passwords
from leydig.service.application import application, rooms_of
from leydig.service.start import ListenAddress, service_options

HTML = {"Accept": "text/html"}


def enrol(browser):
    """Set up a second factor; return its secret and the recovery codes."""
    secret = browser.post("/account/factor", {"present": PASSWORD}).json()["secret"]
    answer = browser.post("/account/factor/confirmation", {"code": pyotp.TOTP(secret).now()})
    assert answer.status_code == 201, answer.text
    return secret, answer.json()["recovery_codes"]


def sign_in(browser, code=None, name="Dr Ito"):
    client = TestClient(browser.client.app)
    said = client.post("/sign-in", json={"account": name, "password": PASSWORD})
    if code is not None:
        said = client.post("/sign-in/code", json={"code": code})
    return client, said


def later(secret, steps=1):
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)


def test_a_password_alone_opens_nothing(browser):
    secret, codes = enrol(browser)
    client, said = sign_in(browser)
    assert said.json() == {"needs": "code"} and "people" not in said.headers.get("location", "")
    assert client.get("/people").status_code == 401 and client.post("/sign-out", json={}).status_code == 401
    waiting = client.cookies["leydig"]
    assert client.post("/sign-in/code", json={"code": "000000"}).json()["pointer"] == "/code"
    done = client.post("/sign-in/code", json={"code": later(secret)})
    assert done.status_code == 200 and client.get("/people").status_code == 200
    assert client.cookies["leydig"] != waiting and browser.rooms.sessions.find_waiting_account(waiting) is None
    assert len(codes) == len(set(codes)) == 10


def test_the_codes_are_those_of_rfc_6238_and_each_is_taken_once(browser):
    secret, codes = enrol(browser)
    assert sign_in(browser, pyotp.TOTP(secret).now())[1].status_code == 422  # it confirmed the factor
    assert sign_in(browser, later(secret))[1].status_code == 200
    assert sign_in(browser, later(secret))[1].status_code == 422
    assert sign_in(browser, later(secret, 3))[1].status_code == 422  # no clock is that wrong
    assert sign_in(browser, codes[0].lower())[1].status_code == 200
    assert sign_in(browser, codes[0])[1].status_code == 422
    assert "Recovery codes left: 9" in browser.get("/account", headers=HTML).text


def test_a_code_is_guessed_five_times_and_no_more(browser):
    secret, _ = enrol(browser)
    assert [sign_in(browser, "123456")[1].status_code for _ in range(6)] == [422] * 5 + [429]
    assert sign_in(browser, later(secret))[1].status_code == 429


def test_a_sign_in_waits_for_its_code_five_minutes(browser, monkeypatch):
    secret, _ = enrol(browser)
    monkeypatch.setattr(sessions, "CODE_LASTS", -1.0)
    assert sign_in(browser, later(secret))[1].status_code == 401
    assert TestClient(browser.client.app).post("/sign-in/code", json={"code": "123456"}).status_code == 401
    assert sessions.FRESH == 300


def test_a_secret_that_no_code_confirmed_does_not_count(browser):
    browser.post("/account/factor", {"present": PASSWORD})
    assert sign_in(browser)[1].json()["csrf"]
    assert browser.post("/account/factor/confirmation", {"code": "000000"}).status_code == 422
    assert browser.post("/account/factor", {"present": "wrong"}).json()["pointer"] == "/factor"


def test_a_second_factor_is_removed_by_who_knows_the_password(browser, tmp_path):
    enrol(browser)
    assert browser.post("/account/factor", {"present": PASSWORD}).status_code == 409
    assert browser.post("/account/factor/removal", {"present": "wrong"}).status_code == 422
    assert browser.post("/account/factor/removal", {"present": PASSWORD}).status_code == 200
    assert sign_in(browser)[1].json()["csrf"]
    enrol(browser)
    said = CliRunner().invoke(program, ["account", "remove-factor", "Dr Ito", "--data", str(tmp_path)])
    assert said.exit_code == 0 and sign_in(browser)[1].json()["csrf"]
    assert CliRunner().invoke(program, ["account", "remove-factor", "Nobody", "--data", str(tmp_path)]).exit_code == 2


def test_a_role_that_must_have_one_does_nothing_before(database, options):
    rooms = rooms_of(database, replace(options, factor_roles=frozenset({"admin"})))
    browser = Browser(application(rooms), rooms)
    refused = browser.get("/people")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/FactorNeeded")
    assert browser.get("/people", headers=HTML).headers["location"] == "/account"
    assert "must have one" in browser.get("/account", headers=HTML).text
    enrol(browser)
    assert browser.get("/people").status_code == 200
    reader = Browser(application(rooms), rooms, "read-only", "Dr Ono")
    assert reader.get("/people").status_code == 200


def test_the_role_of_the_option_is_one():
    with pytest.raises(UnknownName, match="boss"):
        service_options(ListenAddress(), factor_roles=("boss",))
    assert service_options(ListenAddress(), factor_roles=("admin",)).factor_roles == {"admin"}


# Written again -------------------------------------------------------------------------------------


@pytest.fixture
def stale(browser, monkeypatch):
    """Somebody whose password was written long ago, and a man with an assessment."""
    browser.man = browser.add_man()
    browser.said = browser.post(f"/people/{browser.man}/assessments", {"on": DAY}).json()["id"]
    with browser.rooms.desk.database.touch() as connection:
        connection.exec_driver_sql("update session set confirmed_at = confirmed_at - 301")
    return browser


def requests(browser):
    decision = {"assessment": browser.said, "regimen": "anastrozole 1 mg daily", "reason": "x"}
    return (
        ("POST", f"/people/{browser.man}/decisions", decision, {}),
        ("GET", f"/people/{browser.man}/export.zip", None, {}),
        ("POST", "/accounts", {"account": "Dr Ono", "role": "admin"}, {}),
        ("DELETE", f"/people/{browser.man}", None, {"If-Match": browser.version(browser.man)}),
    )


def test_signing_exporting_deleting_and_accounts_ask_for_the_password_again(stale):
    assert stale.get(f"/people/{stale.man}").status_code == 200  # reading does not
    headers = {"X-CSRF-Token": stale.csrf}
    for method, path, body, more in requests(stale):
        said = stale.client.request(method, path, json=body, headers=headers | more)
        assert (said.status_code, said.json()["type"]) == (403, "/problems/ConfirmationNeeded"), path
    assert stale.post("/account/confirmation", {"present": "wrong"}).status_code == 422
    assert stale.get("/account/confirmation").json()["is_fresh"] is False
    assert stale.post("/account/confirmation", {"present": PASSWORD}).json() == {"is_fresh": True}
    for method, path, body, more in requests(stale):
        assert stale.client.request(method, path, json=body, headers=headers | more).status_code < 300, path


def test_a_browser_is_led_to_the_question_and_back(stale):
    export = f"/people/{stale.man}/export.zip"
    there = stale.get(export, headers=HTML)
    assert (there.status_code, there.headers["location"]) == (
        303,
        f"/account/confirmation?next={export.replace('/', '%2F')}",
    )
    shown = stale.get(there.headers["location"], headers=HTML)
    assert 'name="present"' in shown.text and export in shown.text.replace("%2F", "/")
    form = {"csrf": stale.csrf, "present": PASSWORD}
    back = stale.client.post(there.headers["location"], data=form, headers=HTML, follow_redirects=False)
    assert (back.status_code, back.headers["location"]) == (303, export)
    assert stale.get(export).headers["content-type"] == "application/zip"


def test_a_form_carries_the_password_beside_what_it_signs(stale):
    form = {"csrf": stale.csrf, "assessment": stale.said, "regimen": "anastrozole 1 mg daily", "reason": "x"}
    path = f"/people/{stale.man}/decisions"
    wrong = stale.client.post(path, data=form | {"confirmation": "another-password"}, headers=HTML)
    assert wrong.status_code == 422 and "another-password" not in wrong.text
    assert 'name="confirmation"' in stale.get(f"/people/{stale.man}?on={DAY}", headers=HTML).text
    done = stale.client.post(path, data=form | {"confirmation": PASSWORD}, headers=HTML, follow_redirects=False)
    assert done.status_code == 303
    held = stale.get(path).json()["items"]
    assert len(held) == 1 and PASSWORD not in str(held)


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_password_written_again_gives_the_session_another_secret(stale, is_refused):
    """Whoever had the one before is out; also where what the form held beside the password was refused."""
    before, csrf = stale.client.cookies["leydig"], stale.csrf
    form = {"csrf": csrf, "confirmation": PASSWORD, "assessment": stale.said, "reason": "x"}
    form |= {"regimen": "nonsense" if is_refused else "anastrozole 1 mg daily"}
    path = f"/people/{stale.man}/decisions"
    said = stale.client.post(path, data=form, headers=HTML, follow_redirects=False)
    assert said.status_code == (422 if is_refused else 303)
    after = stale.client.cookies["leydig"]
    assert after != before and stale.rooms.sessions.find(before) is None
    held = stale.rooms.sessions.find(after)
    assert held is not None and held.csrf == csrf and held.is_fresh
    stale.post("/account/confirmation", {"present": PASSWORD})
    assert stale.client.cookies["leydig"] != after and stale.rooms.sessions.find(after) is None


# Sessions, lock-out, roles --------------------------------------------------------------------------


def test_other_sessions_are_ended_by_who_knows_the_password(browser):
    other, _ = sign_in(browser)
    assert "one with them: 2" in browser.get("/account", headers=HTML).text
    assert browser.post("/account/sessions", {"present": "wrong"}).json()["pointer"] == "/sessions"
    assert other.get("/people").status_code == 200
    assert browser.post("/account/sessions", {"present": PASSWORD}).status_code == 200
    assert other.get("/people").status_code == 401 and browser.get("/people").status_code == 200


def test_who_guesses_from_one_address_keeps_nobody_else_out(browser, app):
    evil = TestClient(app, client=("203.0.113.9", 1))
    body = {"account": "Dr Ito", "password": "wrong"}
    assert [evil.post("/sign-in", json=body).status_code for _ in range(6)][-1] == 429
    assert sign_in(browser)[1].status_code == 200
    assert (attempts.MOST_OF_PAIR, attempts.MOST_OF_ADDRESS, attempts.MOST_OF_ACCOUNT) == (5, 20, 25)


def test_one_address_tries_twenty_times_whatever_the_names(app):
    client = TestClient(app)
    said = [client.post("/sign-in", json={"account": f"Dr {n}", "password": "x"}).status_code for n in range(21)]
    assert said == [401] * 20 + [429]


def test_attempts_at_once_count_as_many(rooms, monkeypatch):
    """Who sends twenty guesses before the first is answered has no more of them than who sends them one by one."""
    rooms.accounts.accept(rooms.accounts.invite("Dr Ito", "admin"), "", PASSWORD)
    looked = []

    def slow(self, hash_text, password):
        looked.append(password)
        time.sleep(0.05)
        return False

    monkeypatch.setattr(Passwords, "is_right", slow)

    def guess():
        try:
            rooms.accounts.sign_in("Dr Ito", "wrong", "203.0.113.9")
        except Exception:  # noqa: BLE001, S110
            pass

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(looked) == attempts.MOST_OF_PAIR


def test_a_name_that_nobody_has_takes_as_long(rooms, monkeypatch):
    rooms.accounts.accept(rooms.accounts.invite("Dr Ito", "admin"), "", PASSWORD)
    hashes, inner = [], rooms.accounts.passwords._hasher.verify
    monkeypatch.setattr(
        type(rooms.accounts.passwords._hasher), "verify", lambda self, *one: hashes.append(one[0]) or inner(*one)
    )
    for name in ("Dr Ito", "Dr Nobody"):
        with pytest.raises(Exception, match="do not go together"):
            rooms.accounts.sign_in(name, "wrong", "::1")
    assert len(hashes) == 2 and [one.split("$")[1:4] for one in hashes[:1]] == [
        one.split("$")[1:4] for one in hashes[1:]
    ]


def test_an_account_that_is_closed_is_in_no_more(browser, app):
    link = browser.post("/accounts", {"account": "Dr Ono", "role": "clinician"}).json()["link"]
    other = TestClient(app)
    other.post(link, json={"password": PASSWORD})
    assert other.get("/people").status_code == 200
    assert browser.post("/accounts", {"account": "Dr Ono", "role": "closed"}).json()["role"] == "closed"
    assert other.get("/people").status_code == 401
    said = other.post("/sign-in", json={"account": "Dr Ono", "password": PASSWORD})
    assert (said.status_code, said.json()["type"]) == (401, "/problems/WrongSignIn")
