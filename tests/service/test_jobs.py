"""Long work: one question is one job, a worker that dies is followed by another, and only who holds a job ends it."""

import os
import signal
import threading
import time

import pytest
import sqlalchemy as sa
from waiting_work import work_of_test

from leydig.errors import BadTrial, OutOfRange
from leydig.service.bodies import TrialBody
from leydig.service.jobs import processes as processes_room
from leydig.service.jobs import queue as queue_room
from leydig.service.jobs import worker as worker_room
from leydig.service.jobs.job import JobKind, JobState
from leydig.service.jobs.processes import WorkerProcesses
from leydig.service.jobs.queue import LEASE, MOST_ATTEMPTS, MOST_WAITING, JobQueue
from leydig.service.jobs.trials import MOST_DAYS, trial_question
from leydig.service.jobs.worker import work_forever, work_job
from leydig.service.problems import ServiceProblem
from leydig.service.storage.act import Act
from leydig.service.storage.audit import audit_rows
from leydig.service.storage.person_file import create_person, open_person
from leydig.service.storage.tables import SCHEMA

TRIAL = """name = "tiny"
n = 4
months = 1
kind = "obesity"
bmi = [30, 45]
[[arm]]
name = "daily"
regimen = "anastrozole 1 mg daily"
[[arm]]
name = "nothing"
regimen = ""
"""


@pytest.fixture
def both(each_database):
    """A queue on each kind of database."""
    return JobQueue(each_database)


@pytest.fixture
def queue(database):
    return JobQueue(database)


def ask(queue, number=1, by="me", **more):
    return queue.add(JobKind.REPLAY, {"studies": ["a"], "seed": number}, by, **more)


def test_a_job_goes_from_the_queue_to_its_result(both):
    job, is_new = ask(both)
    assert is_new and (job.state, job.attempts) == (JobState.WAITING, 0) and both.list_jobs()[0].id == job.id
    mine = both.claim("one")
    assert (mine.id, mine.state, mine.attempts) == (job.id, JobState.RUNNING, 1) and both.claim("two") is None
    assert both.renew(mine, "studies", 3, 7)
    seen = both.find(job.id)
    assert (seen.stage, seen.done, seen.total, seen.ended_at) == ("studies", 3, 7, "")
    assert both.finish(mine, JobState.DONE, {"x": [1.5]}, {"a.png": b"1"})
    over = both.find(job.id)
    assert (over.state, over.result, over.files) == (JobState.DONE, {"x": [1.5]}, ("a.png",)) and over.ended_at
    assert both.read_file(job.id, "a.png") == b"1"
    assert [one.id for one in both.find_answers(JobKind.REPLAY, [{"studies": ["a"], "seed": 1}])] == [job.id]
    with pytest.raises(ServiceProblem, match="got file 'b.png'"):
        both.read_file(job.id, "b.png")


def test_one_question_is_one_job_until_it_failed_or_was_cancelled(both):
    first, _ = ask(both)
    assert ask(both, by="another") == (first, False)
    assert ask(both, 2)[0].id != first.id
    both.cancel(first.id, "me")
    again, is_new = ask(both)
    assert is_new and again.id != first.id
    mine = both.claim("w")
    assert mine.question["seed"] == 2 and both.finish(mine, JobState.FAILED, {"detail": "x"})
    assert ask(both, 2)[1]


def test_eight_workers_take_each_job_once(both):
    for number in range(12):
        ask(both, number)
    taken, lock = [], threading.Lock()

    def work(name):
        while (job := both.claim(name)) is not None:
            with lock:
                taken.append(job.id)

    threads = [threading.Thread(target=work, args=(str(place),)) for place in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    for job in iter(lambda: both.claim("last"), None):  # who saw another take its row looked again and found none
        taken.append(job.id)
    assert len(taken) == 12 == len(set(taken))


def test_a_job_whose_lease_is_over_is_another_workers(both, monkeypatch):
    ask(both)
    first = both.claim("one")
    later = time.time() + LEASE
    monkeypatch.setattr(queue_room.time, "time", lambda: later - 1.0)
    assert both.claim("two") is None
    monkeypatch.setattr(queue_room.time, "time", lambda: later + 1.0)
    second = both.claim("two")
    assert (second.id, second.attempts) == (first.id, 2)
    assert not both.renew(first, "late", 1, 2) and not both.finish(first, JobState.DONE, {"by": "one"}, {"a.png": b""})
    assert both.finish(second, JobState.DONE, {"by": "two"}) and both.find(first.id).result == {"by": "two"}
    assert both.find(first.id).files == ()


def test_a_job_that_ends_its_workers_is_given_up(both):
    ask(both)
    for place in range(MOST_ATTEMPTS):
        job = both.claim(f"worker {place}")
        both.forfeit(f"worker {place}")
    assert job.attempts == MOST_ATTEMPTS and both.claim("another") is None
    over = both.find(job.id)
    assert over.state == JobState.FAILED and over.result["type"] == "/problems/WorkerLost"


def test_a_job_is_cancelled_at_once_and_its_worker_finds_it(both, monkeypatch):
    waiting, _ = ask(both)
    assert both.cancel(waiting.id, "me").state == JobState.CANCELLED and both.claim("w") is None
    ask(both, 2)
    running = both.claim("w")
    told = both.cancel(running.id, "me")
    assert told.state == JobState.CANCELLED and told.ended_at and not both.renew(running, "", 0, 0)
    assert not both.finish(running, JobState.DONE, {"x": 1})
    monkeypatch.setattr(worker_room, "BEAT", 0.01)

    def work(job, watch):
        while True:
            watch("steps", 1, 2)
            time.sleep(0.01)

    work_job(both, work, running)
    assert both.find(running.id).state == JobState.CANCELLED
    with both.database.look() as connection:
        assert [row["action"] for row in audit_rows(connection)][:2] == ["job.cancel", "job.add"]


def test_a_refusal_is_kept_with_its_words(queue):
    ask(queue)

    def work(job, watch):
        raise OutOfRange("got 3; expected 2. Write 2.")

    work_forever(queue, work, "w", lambda: True)
    job = queue.list_jobs()[0]
    found = queue.find(job.id)
    assert found.state == JobState.FAILED and found.result["detail"] == "got 3; expected 2. Write 2."


def test_an_account_has_only_so_many_jobs_at_a_time(queue):
    for number in range(MOST_WAITING):
        ask(queue, number)
    with pytest.raises(ServiceProblem, match="expected fewer") as refused:
        ask(queue, MOST_WAITING)
    assert refused.value.status == 429 and ask(queue, MOST_WAITING, by="another")[1]


def test_what_is_asked_of_a_person_is_read_by_his_key_alone_and_goes_with_him(queue):
    with queue.database.enter(Act("test.act")) as connection:
        person = create_person(connection, "A-1", "me").id
    job, _ = queue.add(JobKind.FORECAST, {"regimens": ["anastrozole 1 mg daily"]}, "me", person)
    assert job.question["regimens"] and queue.list_jobs() == []
    with queue.database.look() as connection:
        row = connection.execute(sa.select(SCHEMA.tables["job"])).one()
    assert b"anastrozole" not in row.question
    with queue.database.enter(Act("test.act")) as connection:
        open_person(connection, person).destroy_key()
    with pytest.raises(ServiceProblem, match="got job"):
        queue.find(job.id)


def test_a_worker_that_is_killed_or_deaf_is_followed_by_another(queue, tmp_path):
    """Costs three starts of a process, which is what is tested: the last job is cancelled while it comes to no step."""
    workers = WorkerProcesses(queue.database, 1, work_of_test)
    job, _ = queue.add(JobKind.REPLAY, {"folder": str(tmp_path), "steps": 4}, "me")
    workers.start()
    try:
        wait_for(lambda: (tmp_path / "begun 1").exists())
        os.kill(workers.numbers[0], signal.SIGKILL)
        wait_for(lambda: (tmp_path / "begun 2").exists())
        (tmp_path / "go on").touch()
        wait_for(lambda: queue.find(job.id).state.is_over)
        deaf, _ = queue.add(JobKind.REPLAY, {"folder": str(tmp_path / "deaf"), "steps": 0}, "me")
        wait_for(lambda: (tmp_path / "deaf").exists())
        (worker,) = workers.numbers
        assert queue.cancel(deaf.id, "me").state == JobState.CANCELLED
        wait_for(lambda: workers.numbers and workers.numbers != [worker], 2.0 + worker_room.BEAT + worker_room.GRACE)
    finally:
        workers.stop()
    over = queue.find(job.id)
    assert (over.state, over.attempts, over.result, over.files) == (JobState.DONE, 2, {"sum": 6}, ("a.png",))


def wait_for(what, seconds=60.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


# What may be asked ---------------------------------------------------------------------------------


def test_a_trial_is_a_shipped_one_or_a_text():
    assert trial_question(TrialBody(name="obese", n=7, seed=3)).items() >= {"n": 7, "seed": 3}.items()
    assert trial_question(TrialBody(text=TRIAL)) == {"text": TRIAL, "n": 4, "seed": 1}
    for body in (TrialBody(), TrialBody(name="obese", text=TRIAL)):
        with pytest.raises(ServiceProblem, match="got neither or both"):
            trial_question(body)
    with pytest.raises(ServiceProblem, match="Did you mean obese"):
        trial_question(TrialBody(name="obesee"))


def test_a_text_names_no_file_of_this_machine(tmp_path):
    secret = tmp_path / "secret.toml"
    secret.write_text('name = "secret"')
    for line in (f'enrolled_by = "{secret}"', ""):
        arm = f'[[arm]]\nname = "other"\nprotocol = "{secret}"\n' if not line else ""
        with pytest.raises(BadTrial, match="expected one of|expected a"):
            trial_question(TrialBody(text=TRIAL.replace("months = 1", f"months = 1\n{line}") + arm))


def test_a_trial_beyond_what_a_worker_may_be_asked_is_refused():
    text = TRIAL.replace("months = 1", "days = 250")
    assert MOST_DAYS == 10_000 * 250 * 2
    assert trial_question(TrialBody(text=text, n=10_000))
    with pytest.raises(BadTrial, match=r"got 5,020,000 man-days over all arms; expected at most 5,000,000"):
        trial_question(TrialBody(text=text.replace("250", "251"), n=10_000))
    with pytest.raises(BadTrial, match="got uncertainty 3; expected 0 here"):
        trial_question(TrialBody(text=f"uncertainty = 3\n{TRIAL}"))


@pytest.mark.parametrize(("text", "words"), [("n = [", "got no TOML"), (TRIAL + "colour = 1\n", "line 12: ")])
def test_a_text_that_is_none_says_where(text, words):
    with pytest.raises(BadTrial, match=words):
        trial_question(TrialBody(text=text))


def test_a_worker_that_breaks_says_where_and_not_what(monkeypatch, capsys):
    """In this process, with its end and its way of waiting replaced."""
    ends = []

    def break_down(*_, **__):
        raise ValueError("Larch has 271 ng/dL")

    for name, other in (("Database", lambda *_: None), ("JobQueue", lambda _: None), ("work_forever", break_down)):
        monkeypatch.setattr(processes_room, name, other)
    monkeypatch.setattr(processes_room.os, "_exit", ends.append)
    monkeypatch.setattr(processes_room.os, "nice", lambda _: 0)
    monkeypatch.setattr(processes_room.signal, "signal", lambda *_: None)
    monkeypatch.setattr(processes_room, "_end_with_parent", lambda: None)
    processes_room._work("sqlite://", None, "one", lambda _: None)
    said = capsys.readouterr().err
    assert ends == [processes_room.BROKEN] and "Larch" not in said
    assert "worker one broke: ValueError" in said and "in break_down" in said
