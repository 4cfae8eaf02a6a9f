"""CDS Hooks over HTTP: what the pure functions answer, to whom, and nothing is kept."""

import json
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from leydig.errors import OutOfRange
from leydig.exchange.hooks.response import answer_hook
from leydig.exchange.hooks.services import discover_services
from leydig.service.application import application, rooms_of
from leydig.service.start import ListenAddress, service_options

DAY = "2026-03-02"
CALL = {
    "hook": "patient-view", "hookInstance": "1", "context": {"patientId": "p", "userId": "u"},
    "prefetch": {"patient": {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1991-05-01"},
                 "results": {"resourceType": "Bundle", "entry": [{"resource": {
                     "resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/p"},
                     "code": {"coding": [{"system": "http://loinc.org", "code": "4544-3"}]}, "effectiveDateTime": DAY,
                     "valueQuantity": {"value": 56, "unit": "%", "code": "%"}}}]}},
}  # fmt: skip
SECRET = "s" * 32


def client_of(database, options, **changes):
    return TestClient(application(rooms_of(database, replace(options, **changes))))


def test_the_answer_is_that_of_the_function_and_nothing_is_kept(database, options):
    client = client_of(database, options)
    assert client.get("/cds-services").json() == discover_services()
    answer = client.post("/cds-services/fertility-lab-review", json=CALL)
    assert answer.status_code == 200 and answer.json() == answer_hook("fertility-lab-review", CALL)
    assert "Hematocrit" in answer.json()["cards"][0]["summary"]
    with database.look() as connection:
        assert not connection.exec_driver_sql("select * from person").all()


@pytest.mark.parametrize(
    ("service", "content", "status"),
    [("nothing", json.dumps(CALL), 404), ("fertility-lab-review", "{", 400), ("fertility-lab-review", "[]", 400),
     ("fertility-lab-review", "{}", 422), ("fertility-lab-review", json.dumps(CALL | {"hook": "order-sign"}), 422)],
)  # fmt: skip
def test_what_is_no_call_is_refused(database, options, service, content, status):
    headers = {"Content-Type": "application/json"}
    answer = client_of(database, options).post(f"/cds-services/{service}", content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text


@pytest.mark.parametrize(
    ("changes", "sent", "status"),
    [({"hooks_secret": SECRET}, SECRET, 200), ({"hooks_secret": SECRET}, "wrong", 401), ({"hooks_secret": SECRET}, "", 401),
     ({"secure": True}, "", 401), ({"secure": True}, "x", 401), ({}, "", 200)],
)  # fmt: skip
def test_who_calls_carries_the_secret(database, options, changes, sent, status):
    headers = {"Authorization": f"Bearer {sent}"} if sent else {}
    answer = client_of(database, options, **changes).post(
        "/cds-services/fertility-lab-review", json=CALL, headers=headers
    )
    assert answer.status_code == status


@pytest.mark.parametrize("secret", ["s" * 31, "", "two words of thirty two characters", "s" * 31 + "ß"])
def test_a_secret_that_is_guessed_is_refused(tmp_path, secret):
    (tmp_path / "secret").write_text(secret)
    with pytest.raises(OutOfRange, match=r"got a secret of \d+ characters; expected 32 or more"):
        service_options(ListenAddress(hooks_secret=tmp_path / "secret"))
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    assert service_options(ListenAddress(hooks_secret=tmp_path / "secret")).hooks_secret == SECRET
