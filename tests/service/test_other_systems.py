"""Other systems: SMART App Launch against an invented record system, tokens of CDS Hooks, and calls of foreign pages."""

import json
import time
from dataclasses import replace

import jwt
import pytest
from browser import Browser
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from ehr import running_ehr
from starlette.testclient import TestClient
from test_hook_routes import CALL

from leydig.errors import OutOfRange
from leydig.service.application import application, rooms_of
from leydig.service.start import ListenAddress, service_options
from leydig.service.systems.launch import Launches
from leydig.service.systems.systems import ClinicSystems, HookIssuer, SmartSystem, check_outside_address, read_systems

HTML = {"Accept": "text/html"}
SERVICE = "http://testserver"
ISSUER = "https://ehr.example"
HOOK = "/cds-services/fertility-lab-review"


@pytest.fixture(scope="module")
def ehr_server():
    with running_ehr() as found:
        yield found


@pytest.fixture
def ehr(ehr_server):
    ehr_server.faults.clear()
    ehr_server.asked.clear()
    return ehr_server


@pytest.fixture
def clinic(database, options, ehr):
    """Somebody signed in at a service that knows the invented system."""
    system = SmartSystem(name="Ward", fhir=ehr.base, client="leydig")
    rooms = rooms_of(database, replace(options, systems=ClinicSystems(SERVICE, (), (), (system,))))
    return Browser(application(rooms), rooms)


def come_back(browser, ehr, launch="", **changes):
    """Go to the system and come back; return the answer of the callback."""
    more = {"launch": launch} if launch else {}
    left = browser.get("/smart/launch", params={"iss": ehr.base} | more)
    assert left.status_code == 303, left.text
    said, code = ehr.authorize(left.headers["location"])
    query = {"state": said["state"], "code": code} | changes
    return browser.get("/smart/callback", params=query, headers=HTML), said


def test_a_clinician_fetches_a_mans_results(clinic, ehr):
    assert "iss=" in clinic.get("/smart", headers=HTML).text
    back, said = come_back(clinic, ehr)
    assert said["scope"].startswith("launch/patient ") and said["redirect_uri"] == f"{SERVICE}/smart/callback"
    assert 'href="/smart/results"' in back.text and said["state"] not in back.text
    assert "Pseudonym" in clinic.get("/smart/results", headers=HTML).text
    made = clinic.post("/smart/results", {"pseudonym": "M-1"})
    assert made.status_code == 201, made.text
    assert [one["what"] for one in made.json()["taken"]] == [
        "testosterone 271 ng/dL of 2026-03-02",
        "hematocrit 45 % of 2026-03-02",
    ]
    man = made.json()["person"]
    record = clinic.get(f"/people/{man}?on=2026-03-02").json()["record"]
    assert record["born"] == "1991-05-01" and record["results"] == []  # nothing is taken before it is seen
    assert clinic.post("/smart/results", {"person": man}).json()["type"] == "/problems/NoLaunch"  # once
    assert "SECRET-TOKEN" not in json.dumps(made.json()) and ehr.asked[1].startswith("/fhir/Patient/p1")


def test_a_system_launches_and_a_man_who_is_here_gets_them(clinic, ehr):
    man = clinic.add_man(results=())
    _, said = come_back(clinic, ehr, launch="xyz")
    assert said["launch"] == "xyz" and said["scope"].startswith("launch patient/")
    form = {"csrf": clinic.csrf, "person": man, "pseudonym": ""}
    done = clinic.client.post("/smart/results", data=form, headers=HTML, follow_redirects=False)
    assert done.status_code == 303 and f"/people/{man}/imports/" in done.headers["location"]


def test_the_cookie_of_a_launch_comes_back_from_elsewhere_and_no_script_reads_it(clinic, ehr, database, options):
    cookie = clinic.get("/smart/launch", params={"iss": ehr.base}).headers["set-cookie"].lower()
    assert all(word in cookie for word in ("leydig-launch=", "httponly", "samesite=lax", "max-age=600", "path=/"))
    system = SmartSystem(name="Ward", fhir=ehr.base, client="leydig")
    secure = replace(options, secure=True, systems=ClinicSystems("https://testserver", (), (), (system,)))
    client = TestClient(application(rooms_of(database, secure)), base_url="https://testserver")
    said = client.get("/smart/launch", params={"iss": ehr.base}, follow_redirects=False).headers["set-cookie"]
    assert said.startswith("__Host-leydig-launch=") and "secure" in said.lower()


def test_who_did_not_begin_it_ends_nothing(clinic, ehr):
    back, _ = come_back(clinic, ehr, state="another")
    assert back.status_code == 403
    left = clinic.get("/smart/launch", params={"iss": ehr.base})
    said, code = ehr.authorize(left.headers["location"])
    victim = TestClient(clinic.client.app)  # another browser, led to a callback that somebody else began
    assert victim.get("/smart/callback", params={"state": said["state"], "code": code}).status_code == 403
    assert clinic.get("/smart/callback", params={"error": "access_denied", "state": said["state"]}).status_code == 403
    assert clinic.get("/smart/callback", params={"state": said["state"], "code": code}).status_code == 200
    assert clinic.get("/smart/callback", params={"state": said["state"], "code": "x"}).status_code == 403  # twice


@pytest.mark.parametrize(
    "issuer", ["https://evil.example/fhir", "http://169.254.169.254/latest", "", "file:///etc/passwd"]
)
def test_nobody_is_asked_who_is_not_named(clinic, ehr, issuer):
    said = clinic.get("/smart/launch", params={"iss": issuer})
    assert (said.status_code, said.json()["type"]) == (403, "/problems/UnknownSystem") and not ehr.asked


@pytest.mark.parametrize("fault", ["no patient", "path", "redirect", "large", "elsewhere"])
def test_a_system_that_misbehaves_is_refused_and_nobody_is_added(clinic, ehr, fault):
    ehr.faults.add(fault)
    come_back(clinic, ehr)
    said = clinic.post("/smart/results", {"pseudonym": "M-1"})
    assert (said.status_code, said.json()["type"]) == (502, "/problems/SystemSilent")
    assert clinic.get("/people").json()["items"] == [] and "169.254" not in said.text


def test_a_system_without_pkce_is_refused(clinic, ehr):
    ehr.faults.add("no S256")
    assert clinic.get("/smart/launch", params={"iss": ehr.base}).status_code == 502


def test_a_launch_is_over_after_ten_minutes(clinic, ehr, monkeypatch):
    come_back(clinic, ehr)
    with clinic.rooms.desk.database.touch() as connection:
        connection.exec_driver_sql("update launch set until = until - 601")
    assert clinic.post("/smart/results", {"pseudonym": "M-1"}).status_code == 403
    assert Launches(clinic.rooms.desk.database, ClinicSystems()).systems.smart == ()


# The file ------------------------------------------------------------------------------------------

FILE = """address = "https://leydig.example"
origins = ["https://ehr.example"]
[[hooks]]
issuer = "https://ehr.example"
keys = "keys.json"
[[smart]]
name = "Ward"
fhir = "https://ehr.example/fhir"
client = "leydig"
"""


def test_the_file_of_systems(tmp_path):
    (tmp_path / "keys.json").write_text('{"keys": []}')
    path = tmp_path / "systems.toml"
    path.write_text(FILE)
    found = service_options(ListenAddress(systems=path)).systems
    assert (
        found.origins == ("https://ehr.example",) and found.smart[0].name == "Ward" and found.hooks[0].issuer == ISSUER
    )
    for old, new, words in (
        ("https://ehr.example/fhir", "http://ehr.example/fhir", "expected one of HTTPS"),
        ('keys = "keys.json"', "", "both or neither"),
        ('"keys.json"', '"gone.json"', "gone.json"),
        ("client =", "cleint =", "client"),
    ):
        path.write_text(FILE.replace(old, new))
        with pytest.raises(OutOfRange, match=words):
            read_systems(path)


@pytest.mark.parametrize(
    "address", ["http://ehr.example", "ftp://x", "https://u:p@x", "https:///x", "https://a b", "x", "https://x#y"]
)
def test_an_address_that_others_listen_to_is_refused(address):
    with pytest.raises(OutOfRange, match="expected one of HTTPS"):
        check_outside_address(address)
    check_outside_address("https://ehr.example/fhir")
    check_outside_address("http://127.0.0.1:1/fhir")


# Tokens of CDS Hooks -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keys():
    """One key of each family, and one that is no system's."""
    return {"ES384": ec.generate_private_key(ec.SECP384R1()), "RS384": rsa.generate_private_key(65537, 2048),
            "other": ec.generate_private_key(ec.SECP384R1())}  # fmt: skip


@pytest.fixture
def hooks(database, options, keys, tmp_path):
    public = []
    for name in ("ES384", "RS384"):
        algorithm = jwt.get_algorithm_by_name(name)
        public.append(json.loads(algorithm.to_jwk(keys[name].public_key())) | {"kid": name})
    (tmp_path / "keys.json").write_text(json.dumps({"keys": public}))
    systems = ClinicSystems(
        SERVICE, ("https://ehr.example",), (HookIssuer(issuer=ISSUER, keys="keys.json"),), (), tmp_path
    )
    return TestClient(application(rooms_of(database, replace(options, systems=systems))))


def token(keys, name="ES384", key=None, kid=None, algorithm=None, **claims):
    now = int(time.time())
    said = {
        "iss": ISSUER,
        "aud": f"{SERVICE}{HOOK}",
        "iat": now,
        "exp": now + 300,
        "jti": f"{now}-{claims}-{name}",
    } | claims
    said = {key: value for key, value in said.items() if value is not None}
    return jwt.encode(said, key or keys[name], algorithm=algorithm or name, headers={"kid": kid or name})


def call(client, text, **headers):
    return client.post(HOOK, json=CALL, headers={"Authorization": f"Bearer {text}"} | headers)


@pytest.mark.parametrize("name", ["ES384", "RS384"])
def test_a_call_with_the_token_of_a_named_system_is_answered_once(hooks, keys, name):
    text = token(keys, name)
    first, again = call(hooks, text), call(hooks, text)
    assert (first.status_code, again.status_code) == (200, 401) and "used before" in again.json()["detail"]
    assert hooks.post(HOOK, json=CALL).status_code == 401 and hooks.get("/cds-services").status_code == 200


NOW = int(time.time())
WRONG = {
    "another key": {"key": "other"}, "another name of the key": {"kid": "x"}, "nobody": {"iss": "https://evil.example"},
    "another service": {"aud": f"{SERVICE}/cds-services/fertility-eligibility"}, "another host": {"aud": f"https://evil.example{HOOK}"},
    "over": {"exp": NOW - 60, "iat": NOW - 300}, "for a day": {"exp": NOW + 86_400}, "of tomorrow": {"iat": NOW + 86_400, "exp": NOW + 86_500},
    "no jti": {"jti": None}, "no exp": {"exp": None}, "no iat": {"iat": None}, "a list of names": {"jti": ["a"]},
    "a shared secret": {"algorithm": "HS384", "key": "x" * 64}, "an older hash": {"name": "RS384", "algorithm": "RS256"},
    "another family": {"name": "ES384", "kid": "RS384"},
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_token_that_is_not_for_this_call_is_refused(hooks, keys, case):
    said = dict(WRONG[case])
    said["key"] = keys["other"] if said.get("key") == "other" else said.get("key")
    answer = call(hooks, token(keys, **said))
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/NotSignedIn"), answer.text


@pytest.mark.parametrize("text", ["a.b.c", "..", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2Voci5leGFtcGxlIn0."])
def test_what_is_no_token_or_unsigned_is_refused(hooks, text):
    assert call(hooks, text).status_code == 401


# Calls of foreign pages ----------------------------------------------------------------------------


def test_a_named_page_calls_hooks_and_no_other_does(hooks, keys):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}
    named, foreign = {"Origin": "https://ehr.example"}, {"Origin": "https://evil.example"}
    before = hooks.options(HOOK, headers=named | asked)
    assert (before.status_code, before.headers["access-control-allow-origin"]) == (204, "https://ehr.example")
    assert "access-control-allow-credentials" not in before.headers and before.headers["vary"] == "origin"
    answer = call(hooks, token(keys), **named, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == "https://ehr.example"
    for other in (hooks.options(HOOK, headers=foreign | asked), call(hooks, token(keys, jti="2"), **foreign)):
        assert other.status_code in (403, 405) and "access-control-allow-origin" not in other.headers
    for path in ("/people", "/sign-in", "/cds-services/../people", "/cds-services/a/b"):
        said = hooks.options(path, headers=named | asked)
        assert "access-control-allow-origin" not in said.headers, path
    assert hooks.post("/sign-in", json={"account": "x", "password": "y"}, headers=named).status_code == 403
