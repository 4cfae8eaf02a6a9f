"""Who may do what: every route with every role, sessions, the token of changes, passwords, and what others send."""

import logging
import time

import pytest
from browser import PASSWORD
from starlette.testclient import TestClient

from leydig.service.access import sessions
from leydig.service.access.passwords import PasswordCost, Passwords
from leydig.service.access.roles import PERMISSIONS, AccountRole, is_open
from leydig.service.application import ROUTES, application, rooms_of
from leydig.service.http.call import Reply, Route
from leydig.service.options import ServiceOptions
from leydig.service.storage.audit import verify_chain

BY_NAME = {one.name: one for one in ROUTES}
READS, WRITES, CLINICAL, ADMIN = (
    {"read-only", "assistant", "clinician", "admin"}, {"assistant", "clinician", "admin"}, {"clinician", "admin"}, {"admin"},
)  # fmt: skip
EXPECTED = {  # written a second time, by what a clinic wants and not by what the table says
    "POST /people": WRITES, "POST /people/{id}/entries": WRITES, "GET /people/{id}/visit": WRITES,
    "POST /people/{id}/visit": WRITES, "POST /people/{id}/imports": WRITES,
    "GET /people/{id}/imports/{import}": WRITES, "POST /people/{id}/imports/{import}/commit": WRITES,
    "POST /people/{id}/assessments": WRITES, "POST /people/{id}/forecasts": WRITES,
    "POST /trials": WRITES, "POST /populations": WRITES, "POST /calibrations": CLINICAL, "POST /evidence/replays": WRITES, "POST /jobs/{job}/cancellation": WRITES,
    "POST /people/{id}/decisions": CLINICAL, "DELETE /people/{id}": CLINICAL, "POST /people/{id}/deletion": CLINICAL,
    "GET /smart": WRITES, "GET /smart/results": WRITES, "POST /smart/results": WRITES,
    "GET /people/{id}/export.zip": CLINICAL, "GET /accounts": ADMIN, "POST /accounts": ADMIN, "GET /audit": ADMIN,
}  # fmt: skip
OPEN = {
    "GET /",
    "GET /health",
    "GET /problems/{name}",
    "GET /assets/{name}",
    "GET /cds-services",
    "POST /cds-services/{service}",
    "GET /sign-in",
    "GET /sign-in/code",
    "POST /sign-in/code",
    "GET /smart/launch",
    "GET /smart/callback",
    "POST /sign-in",
    "GET /setup/{token}",
    "POST /setup/{token}",
}


# Whoever is signed in; a route that stands in none of the three lists fails below until somebody judges it.
FOR_EVERYBODY = {
    "POST /sign-out", "GET /account", "POST /account", "POST /account/sessions", "POST /account/factor",
    "POST /account/factor/confirmation", "POST /account/factor/removal", "GET /account/confirmation",
    "POST /account/confirmation", "GET /protocols", "GET /protocols/{name}", "GET /evidence", "GET /units",
    "POST /simulations", "GET /people", "POST /people/search", "GET /people/{id}", "GET /people/{id}/patient", "GET /people/{id}/entries",
    "GET /people/{id}/assessments", "GET /people/{id}/assessments/{assessment}", "GET /people/{id}/forecasts/{forecast}",
    "GET /people/{id}/what-if", "GET /people/{id}/decisions", "GET /people/{id}/report.html",
    "GET /people/{id}/report.pdf", "GET /people/{id}/report.ics", "GET /jobs", "GET /jobs/{job}",
    "GET /people/{id}/next-lab", "GET /people/{id}/outlook", "GET /lab", "GET /jobs/{job}/events", "GET /jobs/{job}/pictures/{name}", "GET /jobs/{job}/files/{name}",
    "GET /populations", "GET /calibrations", "GET /trials", "GET /evidence/{name}",
}  # fmt: skip


def filled(route):
    path = route.path
    for name in ("id", "import", "assessment", "forecast", "token", "name", "service", "job"):
        path = path.replace(f"{{{name}}}", "0" * 26)
    return path


def ask(client, route, headers=None):
    json = {} if route.body is not None else None
    return client.request(route.method, filled(route), json=json, headers=headers, follow_redirects=False)


def test_every_route_has_its_row_and_every_row_its_route():
    assert set(PERMISSIONS) == set(BY_NAME)
    assert {name for name in PERMISSIONS if is_open(name)} == OPEN
    assert OPEN | FOR_EVERYBODY | set(EXPECTED) == set(PERMISSIONS)
    assert len(OPEN) + len(FOR_EVERYBODY) + len(EXPECTED) == len(PERMISSIONS)


def test_a_route_without_a_row_stops_the_program(rooms):
    with pytest.raises(KeyError, match="GET /new"):
        application(rooms, [Route("GET", "/new", lambda call: Reply({}), "New")])


@pytest.mark.parametrize("role", list(AccountRole))
def test_every_route_lets_in_whom_it_should_and_nobody_else(sign_up, role):
    somebody = sign_up(role)
    for name, route in BY_NAME.items():
        if is_open(name) or name in ("POST /sign-out", "POST /account"):
            continue
        allowed = role in (EXPECTED[name] if name in EXPECTED else READS)
        said = ask(somebody.client, route, {"X-CSRF-Token": somebody.csrf})
        refused = said.status_code == 403 and said.json()["type"] == "/problems/NotAllowed"
        assert refused != allowed, (name, role, said.text)


def test_nobody_is_let_in_without_a_session(app):
    client = TestClient(app)
    for name, route in BY_NAME.items():
        for prefix in ("", "/api/v1"):
            said = client.request(route.method, prefix + filled(route), json={}, follow_redirects=False)
            assert (said.status_code == 401 and said.json()["type"] == "/problems/NotSignedIn") != is_open(name), name


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_a_change_without_the_token_of_its_session_is_refused(browser, token):
    for name, route in BY_NAME.items():
        if route.method != "GET" and not is_open(name):
            said = ask(browser.client, route, {} if token is None else {"X-CSRF-Token": token})
            assert (said.status_code, said.json()["type"]) == (403, "/problems/NoToken"), name


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_what_another_site_sends_is_refused_even_with_the_token(browser, headers):
    said = browser.post("/people", {"pseudonym": "A"}, headers)
    assert (said.status_code, said.json()["type"]) == (403, "/problems/ForeignOrigin")
    own = browser.post("/people", {"pseudonym": "A"}, {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 201


def test_a_foreign_host_is_refused(app):
    said = TestClient(app, base_url="http://evil.example").get("/sign-in")
    assert (said.status_code, said.json()["type"]) == (421, "/problems/WrongHost")


# Sessions ------------------------------------------------------------------------------------------


def test_a_cookie_is_for_this_browser_and_its_pages_alone(app, rooms):
    token = rooms.accounts.invite("Dr Ito", "admin")
    said = TestClient(app).post(f"/setup/{token}", json={"password": PASSWORD}).headers["set-cookie"].lower()
    assert said.startswith("leydig=") and all(word in said for word in ("httponly", "samesite=strict", "path=/"))
    assert "secure" not in said


def test_over_https_a_cookie_goes_by_https_alone(database, options):
    secure = ServiceOptions(hosts=("testserver",), secure=True, cost=options.cost)
    rooms = rooms_of(database, secure)
    token = rooms.accounts.invite("Dr Ito", "admin")
    said = TestClient(application(rooms), base_url="https://testserver").post(
        f"/setup/{token}", json={"password": PASSWORD}
    )
    assert said.headers["set-cookie"].startswith("__Host-leydig=") and "secure" in said.headers["set-cookie"].lower()
    assert said.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_signing_in_ends_the_session_before_and_signing_out_ends_it(browser):
    before = browser.client.cookies["leydig"]
    again = browser.client.post("/sign-in", json={"account": "Dr Ito", "password": PASSWORD})
    after = browser.client.cookies["leydig"]
    assert before != after and browser.rooms.sessions.find(before) is None and browser.rooms.sessions.find(after)
    browser.csrf = again.json()["csrf"]
    over = browser.post("/sign-out", {}, {"Accept": "text/html"})
    assert (over.status_code, over.headers["clear-site-data"]) == (303, '"storage"')
    assert browser.rooms.sessions.find(after) is None
    browser.client.cookies.set("leydig", after)
    assert browser.get("/people").status_code == 401


@pytest.mark.parametrize(("idle", "longest"), [(-1.0, 100.0), (100.0, -1.0)])
def test_a_session_ends_by_itself(browser, monkeypatch, idle, longest):
    assert browser.get("/people").status_code == 200
    monkeypatch.setattr(sessions, "IDLE", idle)
    monkeypatch.setattr(sessions, "LONGEST", longest)
    assert browser.get("/people").status_code == 401


def test_how_long_a_session_lasts():
    assert (sessions.IDLE, sessions.LONGEST) == (15 * 60, 12 * 3600)


def test_no_secret_stands_in_the_database(browser, tmp_path):
    held = b"".join(one.read_bytes() for one in tmp_path.glob("leydig.db*"))
    assert browser.client.cookies["leydig"].encode() not in held and PASSWORD.encode() not in held


# Passwords and accounts ----------------------------------------------------------------------------


def test_a_password_costs_what_rfc_9106_says():
    cost = ServiceOptions().cost
    assert cost == PasswordCost(passes=3, memory=65536, lanes=4)
    begun = time.perf_counter()
    found = Passwords(cost).hash(PASSWORD)
    assert found.startswith("$argon2id$v=19$m=65536,t=3,p=4$") and time.perf_counter() - begun > 0.02


@pytest.mark.parametrize(
    "password",
    [
        "short words",
        "aaaaaaaaaaaaaaaa",
        "dr ito dr ito 2026",
        "x" * 129,
        "",
        "Password1234",
        "qwertyuiop12",
        "passwordpassword",
        "leydigleydig",
        "123456789012",
        "iloveyou1234",
    ],
)
def test_a_password_that_is_guessed_is_refused(app, rooms, password):
    token = rooms.accounts.invite("", "admin")
    said = TestClient(app).post(f"/setup/{token}", json={"account": "Dr Ito", "password": password})
    assert (said.status_code, said.json()["pointer"]) == (422, "/password")
    assert rooms.accounts.list_accounts() == []


def test_a_link_is_used_once(app, rooms):
    client, token = TestClient(app), rooms.accounts.invite("", "admin")
    assert {"account": None, "role": "admin"}.items() <= client.get(f"/setup/{token}").json().items()
    assert client.post(f"/setup/{token}", json={"account": "Dr Ito", "password": PASSWORD}).status_code == 200
    assert client.post(f"/setup/{token}", json={"account": "Dr Evil", "password": PASSWORD}).status_code == 404


def test_of_links_for_the_first_account_either_makes_it_and_the_other_one_nothing(app, rooms):
    """Two processes that begin on one empty database print one each."""
    client, links = TestClient(app), [rooms.accounts.invite("", "admin") for _ in range(2)]
    assert client.post(f"/setup/{links[0]}", json={"account": "Dr Ito", "password": PASSWORD}).status_code == 200
    for name in ("Dr Evil", "Dr Ito"):
        assert client.post(f"/setup/{links[1]}", json={"account": name, "password": PASSWORD}).status_code == 404
    assert [one.name for one in rooms.accounts.list_accounts()] == ["Dr Ito"]


def test_a_link_that_sets_a_password_again_ends_the_sessions(browser, app):
    token = browser.rooms.accounts.invite("Dr Ito", "admin")
    assert TestClient(app).post(f"/setup/{token}", json={"password": "another long one"}).status_code == 200
    assert browser.get("/people").status_code == 401


def test_an_admin_invites_and_gives_roles_and_stays_one(browser, app):
    link = browser.post("/accounts", {"account": "Dr Ono", "role": "clinician"}).json()["link"]
    other = TestClient(app)
    assert other.post(link, json={"password": PASSWORD}).json()["role"] == "clinician"
    assert other.get("/accounts").status_code == 403
    assert browser.post("/accounts", {"account": "Dr Ono", "role": "admin"}).json()["role"] == "admin"
    assert other.get("/people").status_code == 401  # another role begins with another session
    assert browser.post("/accounts", {"account": "Dr Ono", "role": "boss"}).json()["type"] == "/problems/UnknownName"
    assert browser.post("/accounts", {"account": "Dr Ono", "role": "read-only"}).status_code == 200
    last = browser.post("/accounts", {"account": "Dr Ito", "role": "read-only"})
    assert (last.status_code, last.json()["type"]) == (409, "/problems/LastAdmin")


def test_who_guesses_waits(app, rooms):
    token = rooms.accounts.invite("Dr Ito", "admin")
    client = TestClient(app)
    client.post(f"/setup/{token}", json={"password": PASSWORD})
    wrong = [client.post("/sign-in", json={"account": "Dr Ito", "password": "wrong"}) for _ in range(6)]
    assert [one.status_code for one in wrong] == [401] * 5 + [429]
    assert int(wrong[-1].headers["retry-after"]) > 800
    right = client.post("/sign-in", json={"account": "dr ito", "password": PASSWORD})
    assert right.status_code == 429  # even he who knows it
    nobody = client.post("/sign-in", json={"account": "Dr Nobody", "password": "wrong"})
    assert nobody.status_code == 401 and nobody.json()["detail"] == wrong[0].json()["detail"]


# What stays where ----------------------------------------------------------------------------------


def test_no_personal_data_in_logs_addresses_problems_or_the_audit(browser, database, caplog):
    caplog.set_level(logging.DEBUG)
    canary = "CANARY-7781"
    man = browser.add_man(canary)
    browser.add(man, name="testosterone", value="7781.25", unit="ng/dL", date="2026-01-05", note=canary)
    browser.add(man, name="testosterone", value="1e99", unit="ng/dL", date="2026-01-05", note=canary)
    for path in (
        f"/people/{man}?on=2026-03-02",
        f"/people/{man}/report.html?on=2026-03-02",
        f"/people/{man}?on=x",
        "/people",
    ):
        browser.get(path)
    again = browser.post("/people", {"pseudonym": canary})
    audit = browser.get("/audit?limit=1000").text
    for text in (caplog.text, again.text, audit):
        assert canary not in text and "7781.25" not in text and "1991-05-01" not in text


def test_every_read_and_write_leaves_its_row_and_so_does_a_refusal(browser, database, sign_up):
    man = browser.add_man(results=())
    reader = sign_up(AccountRole.READER)
    reader.get(f"/people/{man}?on=2026-03-02")
    reader.post("/people", {"pseudonym": "B"})
    reader.get(f"/people/{'0' * 26}")
    rows = [(one["action"], one["outcome"], one["target"]) for one in browser.get("/audit").json()["items"]
            if one["account"] == reader.account]  # fmt: skip
    assert rows[:3] == [
        ("GET /people/{id}", "failure", "0" * 26),
        ("POST /people", "denied", ""),
        ("person.read", "done", man),
    ]
    with database.look() as connection:
        assert verify_chain(connection) is None


def test_every_answer_carries_its_headers(browser):
    for path in ("/people", "/nowhere", "/openapi.json", "/sign-in"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; frame-ancestors 'none'"), path
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff"), path
        assert (headers["referrer-policy"], headers["x-frame-options"]) == ("same-origin", "DENY"), path


def test_what_is_too_large_or_of_another_kind_is_refused(browser):
    man = browser.add_man(results=())
    large = browser.post("/people", content=b"{" + b" " * 100_001, headers={"Content-Type": "application/json"})
    assert (large.status_code, large.json()["type"]) == (413, "/problems/TooLarge")

    def stream():
        for _ in range(120):
            yield b" " * 1000

    endless = browser.post("/people", content=stream(), headers={"Content-Type": "application/json"})
    assert endless.status_code == 413
    file = browser.post(f"/people/{man}/imports", content=b" " * 5_500_001, headers={"Content-Type": "text/csv"})
    assert file.status_code == 413
    assert browser.post("/people", content=b"<a/>", headers={"Content-Type": "application/xml"}).status_code == 415
    for bad in (b"{", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"[" * 5000, b"\xff", b"3"):
        said = browser.post("/people", content=bad, headers={"Content-Type": "application/json"})
        assert (said.status_code, said.headers["content-type"]) == (400, "application/problem+json"), bad
    wrong = browser.client.request("PATCH", "/people")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET") or wrong.headers["allow"]


def test_a_kind_that_is_said_of_nothing_means_nothing(browser):
    """RFC 9110, section 8.3: a type without content is no content; many clients send it with every request."""
    man = browser.add_man(results=())
    headers = {"X-CSRF-Token": browser.csrf, "If-Match": browser.version(man), "Content-Type": "application/json"}
    assert browser.client.request("DELETE", f"/people/{man}", headers=headers, content=b"").status_code == 204
    empty = browser.post("/people", content=b"", headers={"Content-Type": "application/json"})
    assert (empty.status_code, empty.json()["pointer"]) == (422, "/pseudonym")


def test_the_description_says_every_status_of_every_route(browser):
    paths = browser.get("/openapi.json").json()["paths"]
    said = {
        f"{method.upper()} {path.removeprefix('/api/v1')}": about
        for path, many in paths.items()
        for method, about in many.items()
    }
    assert set(said) == set(PERMISSIONS)
    for name, about in said.items():
        assert {"400", "401", "403", "404", "405", "413", "415", "422", "429"} <= set(about["responses"]), name
        assert str(BY_NAME[name].status) in about["responses"]
