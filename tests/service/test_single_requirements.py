"""What single lines of docs/asvs.md ask and no other test looks at."""

import base64
import re
import ssl
import time
import urllib.request
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jwt
import pyotp
import pytest
from browser import DAY, PASSWORD
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient

import leydig.web
from leydig.service.access import factors
from leydig.service.access.passwords import check_password
from leydig.service.application import ROUTES, application, rooms_of
from leydig.service.problems import ServiceProblem
from leydig.service.systems.launch import Launches
from leydig.service.systems.outside import ask_system
from leydig.service.systems.systems import ClinicSystems, HookIssuer, SmartSystem

HTML = {"Accept": "text/html"}
SCRIPT = (Path(leydig.web.__file__).parent / "static" / "leydig.js").read_text(encoding="utf-8")
CHARSET = re.compile(
    r"(text/[\w.+-]+|[\w/.+-]*xml); charset=utf-8|application/(problem\+)?json|application/zip|image/png|image/svg\+xml"
)


class Fields(HTMLParser):
    """Fields for passwords, and forms, of a page."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.forms = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "input" and said.get("name") in ("password", "present", "confirmation"):
            self.fields.append(said)
        if tag == "form":
            self.forms.append(said.get("action"))


# Passwords and codes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "aaaa bbbb cccc dddd eeee",
        "ВЕРНАЯ ЛОШАДЬ БАТАРЕЯ",
        " spaces at both ends ",
        ("zebra quilt marble otter fjord " * 5)[:128],
    ],
)
def test_a_password_is_taken_as_it_is_written(browser, password):
    """No rule of composition, nothing cut or trimmed, no case changed; the present one is asked for."""
    check_password(password, "Dr Ito")
    wrong = browser.post("/account", {"present": "another", "password": password})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/WrongPassword")
    done = browser.post("/account", {"present": PASSWORD, "password": password})
    assert done.status_code == 200
    for other in (password.swapcase(), password.strip() + "x", password[:-1], password[:64]):
        if other != password:
            said = browser.client.post("/sign-in", json={"account": "Dr Ito", "password": other})
            assert said.status_code == 401, other
            with browser.rooms.desk.database.touch() as connection:
                connection.exec_driver_sql("delete from attempt")
    assert browser.client.post("/sign-in", json={"account": "Dr Ito", "password": password}).status_code == 200


def test_a_field_for_a_password_hides_it_and_lets_one_paste(browser, app):
    man = browser.add_man(results=())
    token = browser.rooms.accounts.invite("Dr Ono", "admin")
    pages = ("/account", "/account/confirmation", f"/people/{man}?on={DAY}")
    found = [one for path in pages for one in Fields(browser.get(path, headers=HTML).text).fields]
    for path in ("/sign-in", f"/setup/{token}"):
        found += Fields(TestClient(app).get(path, headers=HTML).text).fields
    assert len(found) >= 5
    for one in found:
        assert one["type"] == "password" and one["autocomplete"] in ("current-password", "new-password"), one
        assert not {"onpaste", "maxlength", "readonly", "pattern"} & set(one), one


def test_recovery_codes_are_long_and_stored_as_hashes(browser):
    secret = browser.post("/account/factor", {"present": PASSWORD}).json()["secret"]
    said = browser.post("/account/factor/confirmation", {"code": pyotp.TOTP(secret).now()}).json()["recovery_codes"]
    assert len(said) == len(set(said)) == factors.RECOVERY_CODES
    assert all(len(base64.b32decode(one.replace("-", ""))) * 8 >= 112 for one in said)
    with browser.rooms.desk.database.look() as connection:
        held = [row[0] for row in connection.exec_driver_sql("select hash from recovery_code")]
    assert len(held) == len(said) and not set(held) & set(said) and all(len(one) == 64 for one in held)
    assert len(base64.b32decode(secret)) * 8 >= 160


def test_a_new_password_passes_no_second_factor(browser, app):
    """Who has a link for another password and no authenticator sets it, and is not let in."""
    secret = browser.post("/account/factor", {"present": PASSWORD}).json()["secret"]
    browser.post("/account/factor/confirmation", {"code": pyotp.TOTP(secret).now()})
    other = TestClient(app)
    token = browser.rooms.accounts.invite("Dr Ito", "admin")
    said = other.post(f"/setup/{token}", json={"password": "another long sentence"})
    assert said.json() == {"needs": "code"} and other.get("/people").status_code == 401
    assert other.post("/sign-in", json={"account": "Dr Ito", "password": "another long sentence"}).json() == {
        "needs": "code"
    }
    with browser.rooms.desk.database.touch() as connection:
        connection.exec_driver_sql("update second_factor set last_step = 0")
    assert other.post("/sign-in/code", json={"code": pyotp.TOTP(secret).now()}).status_code == 200
    assert other.get("/people").status_code == 200


def test_every_sign_in_leaves_its_row(browser, app):
    """Of who comes, who is refused and who goes; of a code that is wrong too."""
    secret = browser.post("/account/factor", {"present": PASSWORD}).json()["secret"]
    browser.post("/account/factor/confirmation", {"code": pyotp.TOTP(secret).now()})
    client = TestClient(app)
    client.post("/sign-in", json={"account": "Dr Ito", "password": "wrong"})
    client.post("/sign-in", json={"account": "Dr Ito", "password": PASSWORD})
    client.post("/sign-in/code", json={"code": "000000"})
    browser.post("/people", {"pseudonym": "A"}, {"Origin": "https://evil.example"})
    browser.post("/people", {"pseudonym": "A"}, {"X-CSRF-Token": "wrong"})
    browser.post("/sign-out", {})
    with browser.rooms.desk.database.look() as connection:
        rows = [tuple(row) for row in connection.exec_driver_sql("select action, outcome from audit order by number")]
    for row in (("session.begin", "done"), ("session.begin", "denied"), ("session.ask-code", "done"),
                ("factor.check", "denied"), ("factor.confirm", "done"), ("session.end", "done"),
                ("POST /people", "denied")):  # fmt: skip
        assert row in rows, row
    assert rows.count(("POST /people", "denied")) == 2


def test_the_audit_is_in_utc(browser):
    browser.add_man(results=())
    rows = browser.get("/audit").json()["items"]
    assert rows and all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", one["at"]) for one in rows)


# Answers and pages ----------------------------------------------------------------------------------


def test_every_answer_says_its_kind(browser):
    """With its charset, where it is text; who is led on gets no body."""
    man = browser.add_man()
    slow = ("/outlook", "/next-lab", "/what-if", ".pdf", "/evidence", "/lab")
    paths = [re.sub(r"\{\w+\}", "0" * 26, one.path.replace("{id}", man)) for one in ROUTES if one.method == "GET"]
    asked = [(path, "text/html") for path in paths if not path.endswith(slow)]
    for path, accept in (*asked, ("/people", "*/*"), ("/nowhere", "*/*"), (f"/people/{man}/export.zip", "*/*")):
        answer = browser.get(path, headers={"Accept": accept})
        if answer.content:
            assert CHARSET.fullmatch(answer.headers["content-type"]), (path, answer.headers["content-type"])
        else:
            assert answer.status_code == 303, path


def test_every_page_lets_one_sign_out(browser):
    man = browser.add_man()
    for path in ("/people", f"/people/{man}?on={DAY}", f"/people/{man}/entries", f"/people/{man}/patient?on={DAY}", "/account",
                 "/accounts", "/audit", "/protocols", "/evidence", "/trials", "/jobs", f"/people/{'0' * 26}"):  # fmt: skip
        assert "/sign-out" in Fields(browser.get(path, headers=HTML).text).forms, path


def test_the_script_builds_nothing_from_text():
    """Texts become texts; no key of an object comes from outside; nothing is kept in the browser or heard from others."""
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "postMessage",
                 "localStorage", "sessionStorage", "indexedDB", "document.cookie", "__proto__", "window.onmessage"):  # fmt: skip
        assert word not in SCRIPT, word
    assert not re.search(r"\w\[[a-zA-Z_.]+\]\s*=[^=]", SCRIPT)


def test_what_is_open_says_nothing_of_anybody(browser, app):
    browser.add_man("CANARY-1")
    client = TestClient(app)
    for path in ("/health", "/openapi.json", "/sign-in", "/cds-services"):
        assert "CANARY" not in client.get(path).text and "Dr Ito" not in client.get(path).text, path
    assert client.get("/health").json() == {"database": True}
    for path in ("/accounts", "/account", "/audit"):
        said = browser.get(path).text
        assert "argon2" not in said and browser.client.cookies["leydig"] not in said and '"password":' not in said, path


# Other systems --------------------------------------------------------------------------------------


def test_a_token_brings_no_key_of_its_own(database, options, monkeypatch):
    """`jwk`, `jku` and `x5u` of a header lead nowhere: keys are where the file says."""
    own = ec.generate_private_key(ec.SECP384R1())
    key = jwt.algorithms.ECAlgorithm.to_jwk(own.public_key(), as_dict=True) | {"kid": "k", "alg": "ES384"}
    asked = []
    monkeypatch.setattr(
        "leydig.service.systems.hook_token.ask_system", lambda address: asked.append(address) or {"keys": []}
    )
    issuer = HookIssuer(issuer="https://ehr.example", jwks="https://ehr.example/jwks.json")
    systems = ClinicSystems("https://testserver", hooks=(issuer,))
    client = TestClient(application(rooms_of(database, replace(options, systems=systems))))
    now = time.time()
    claims = {
        "iss": issuer.issuer,
        "aud": "https://testserver/cds-services/fertility-eligibility",
        "iat": now,
        "exp": now + 60,
        "jti": "1",
    }
    for head in ({"jwk": key}, {"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example/x"}):
        text = jwt.encode(claims, own, "ES384", headers={"kid": "k"} | head)
        said = client.post("/cds-services/fertility-eligibility", json={}, headers={"Authorization": f"Bearer {text}"})
        assert said.status_code == 401, head
    assert set(asked) == {issuer.jwks}


def test_certificates_of_other_systems_are_checked(monkeypatch):
    """Nothing that asks another system is handed a context of its own: Python's checks names and chains."""
    seen = []

    class Silent:
        def open(self, request, timeout):
            raise OSError

    monkeypatch.setattr(urllib.request, "build_opener", lambda *handlers: seen.append(handlers) or Silent())
    with pytest.raises(ServiceProblem, match="no answer"):
        ask_system("https://ehr.example/fhir")
    assert len(seen) == 1 and not [one for one in seen[0] if "HTTPS" in getattr(one, "__name__", type(one).__name__)]
    context = ssl._create_default_https_context()
    assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname


def test_a_code_goes_to_the_system_that_was_asked(database, monkeypatch):
    """A browser that began at one system and comes back with the code of another: the code is sent to the first alone."""
    asked = []

    def ask(address, form=None, **_):
        asked.append((address, form))
        ends = {f"{one}_endpoint": address.rpartition("/.well")[0] + f"/{one}" for one in ("authorization", "token")}
        return ends | {"code_challenge_methods_supported": ["S256"]}

    monkeypatch.setattr("leydig.service.systems.launch.ask_system", ask)
    names = ("https://one.example/fhir", "https://two.example/fhir")
    smart = tuple(SmartSystem(name=one, fhir=one, client="leydig") for one in names)
    launches = Launches(database, ClinicSystems("https://testserver", smart=smart))
    for one in names:
        there, secret = launches.begin(one)
        assert there.startswith(f"{one}/authorization?")
        assert launches.receive(secret, re.search(r"state=([^&]+)", there)[1], "a-code") == one
        with pytest.raises(ServiceProblem, match="no token for one man"):
            launches.fetch(secret)
        assert [address for address, form in asked if form] == [f"{one}/token"]
        asked.clear()
