"""How much an account may ask for at a time, so that it holds nobody else up."""

from starlette.requests import ClientDisconnect

from leydig.service.http import endpoint, turns
from leydig.service.jobs.job import JobKind


def test_one_account_holds_nobody_else_up(browser, rooms, sign_up, monkeypatch):
    monkeypatch.setattr(turns, "MOST_REQUESTS", 2)
    other = sign_up("clinician")
    with rooms.turns.enter(browser.account), rooms.turns.enter(browser.account):
        refused = browser.get("/people")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        assert refused.json()["type"] == "/problems/TooManyRequests"
        assert browser.get("/people", headers={"Accept": "text/html"}).headers["retry-after"] == "2"
        assert other.get("/people").status_code == 200
        assert browser.get("/problems/TooManyRequests").status_code == 200  # what is open to everybody stays so
    assert browser.get("/people").status_code == 200 and browser.get("/people/x").status_code == 404
    assert not rooms.turns._requests  # what was refused gave its turn back too


def test_an_account_has_only_so_many_streams_at_a_time(browser, rooms, sign_up, monkeypatch):
    monkeypatch.setattr(turns, "MOST_STREAMS", 1)
    job, _ = rooms.queue.add(JobKind.TRIAL, {"text": "x"}, browser.account)
    rooms.queue.cancel(job.id, browser.account)
    where, silent = f"/jobs/{job.id}/events", lambda: ({}, False)
    rooms.turns.follow(browser.account, silent)()
    refused = browser.get(where)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert sign_up("clinician").get(where).status_code == 200
    monkeypatch.setattr(turns, "SILENT", 0.0)  # of whom nothing is heard, his stream has ended
    assert browser.get(where).status_code == browser.get(where).status_code == 200


def test_the_bounds_are_those_of_the_page():
    assert (turns.MOST_REQUESTS, turns.MOST_STREAMS, turns.SILENT) == (16, 20, 5.0)


def test_who_goes_away_is_no_error(browser, monkeypatch, caplog):
    async def gone(*_):
        raise ClientDisconnect

    monkeypatch.setattr(endpoint, "read_content", gone)
    assert browser.post("/people", {"pseudonym": "A-1"}).status_code == 400
    assert "Exception" not in caplog.text
