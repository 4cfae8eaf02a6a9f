"""A request with a key is done once, on both databases, over a restart, for a day; a form that is sent twice too."""

import threading

import pytest
from browser import DAY, Browser

from leydig.service.application import application, rooms_of
from leydig.service.storage import answers
from leydig.service.storage.tables import SCHEMA

KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
LH = {"kind": "result", "name": "lh", "value": "3.4", "unit": "IU/L", "date": DAY}
A_17 = {"pseudonym": "A-17"}


@pytest.fixture
def database(each_database):
    return each_database


def rows_of(database):
    with database.look() as connection:
        return connection.execute(SCHEMA.tables["answer"].select()).all()


def test_the_same_request_is_answered_as_before_over_a_restart_and_another_one_is_refused(database, options, browser):
    first = browser.post("/people", A_17, KEY)
    again = browser.post("/people", A_17, {"Idempotency-Key": KEY["Idempotency-Key"].strip('"')})
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert [one.headers.get("idempotency-replayed") for one in (first, again)] == [None, "true"]
    assert [again.headers[key] for key in ("location", "etag")] == [first.headers[key] for key in ("location", "etag")]
    other = browser.post("/people", {"pseudonym": "A-18"}, KEY)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/KeyUsed")
    browser.client.app = browser.client._transport.app = application(rooms_of(database, options))  # another process
    assert browser.post("/people", A_17, KEY).json() == first.json()
    assert [one["pseudonym"] for one in browser.get("/people").json()["items"]] == ["A-17"]
    assert browser.post("/people", A_17).status_code == 409  # without a key it is another request


def test_at_once_it_is_done_once(database, browser):
    found = []
    threads = [threading.Thread(target=lambda: found.append(browser.post("/people", A_17, KEY))) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert {one.status_code for one in found} == {201} and len({one.json()["id"] for one in found}) == 1


def test_a_key_is_of_its_account_and_address_and_lasts_a_day(database, app, rooms, browser, monkeypatch):
    man = browser.post("/people", A_17, KEY).json()["id"]
    assert browser.post(f"/people/{man}/entries", LH, KEY).json()["value"] == "3.4"
    somebody = Browser(app, rooms, "clinician", "Somebody")
    assert somebody.post("/people", {"pseudonym": "A-18"}, KEY).status_code == 201
    assert len(rows_of(database)) == 3
    monkeypatch.setattr(answers.time, "time", lambda now=answers.time.time(): now + answers.KEPT + 1.0)
    with database.look() as connection:
        assert answers.find_answer(connection, answers.RequestKey(rows_of(database)[0].key, "")) is None
    with database.touch() as connection:
        answers.keep_answer(connection, answers.RequestKey.of(("x",), 1), {}, "")
    assert len(rows_of(database)) == 1


def test_what_was_refused_is_not_kept_and_nothing_of_it_is_written(database, browser):
    assert browser.post("/people", {"pseudonym": "A-17", "born": "soon"}, KEY).status_code == 422
    assert browser.post("/people", A_17, KEY).status_code == 201


def test_an_answer_is_under_the_key_of_its_person_and_goes_with_him(database, browser):
    man = browser.post("/people", A_17, KEY).json()["id"]
    assert all(b"A-17" not in bytes(one.body) and one.person == man for one in rows_of(database))
    assert browser.delete(f"/people/{man}", browser.version(man)).status_code == 204
    assert not rows_of(database)


def test_a_form_that_is_sent_twice_is_done_once_and_with_another_content_anew(browser):
    def send(pseudonym):
        content = {"pseudonym": pseudonym, "csrf": browser.csrf, "request": "of this page"}
        return browser.post("/people", data=content, headers={"Accept": "text/html"})

    first, again, other = send("A-17"), send("A-17"), send("A-18")
    assert (first.status_code, again.status_code, again.headers["location"]) == (303, 303, first.headers["location"])
    assert other.status_code == 303 and other.headers["location"] != first.headers["location"]


@pytest.mark.parametrize("key", ["", "x" * 256, '"', "\x7f", '"a"b'])
def test_what_is_no_key_is_refused(browser, key):
    found = browser.post("/people", A_17, {"Idempotency-Key": key})
    assert (found.status_code, found.json().get("type")) == ((400, "/problems/WrongKey") if key else (201, None))


def test_where_nothing_is_added_a_key_is_refused(browser):
    found = browser.post("/simulations", {"age": 34}, KEY)
    assert (found.status_code, found.json()["type"]) == (400, "/problems/WrongKey")
