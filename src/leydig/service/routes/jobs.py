"""Long work: virtual trials, replays of studies, and the jobs in which all of it is done."""

from typing import Any

from leydig.errors import UnknownName
from leydig.evidence.replay import Prediction, prediction_of
from leydig.evidence.study_file import studies
from leydig.service.bodies import USUAL_SEED, RequestBody, StudiesBody, TrialBody
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.jobs.job import Job, JobKind, JobState
from leydig.service.jobs.populations import population_title
from leydig.service.jobs.trials import trial_of_question, trial_question
from leydig.service.problems import ServiceProblem
from leydig.trial.analysis.tables import trial_notes, trial_tables
from leydig.trial.design.trial_file import shipped_trials, trial_of_text
from leydig.web.text import catalogue
from leydig.web.view import View
from leydig.web.views.work.calibrations import calibration_intervals, calibration_notes, calibration_tables
from leydig.web.views.work.evidence import evidence_view
from leydig.web.views.work.jobs import JobLine, job_view, jobs_view, table_lines
from leydig.web.views.work.populations import population_notes, population_panels, population_tables
from leydig.web.views.work.studies import study_view
from leydig.web.views.work.trials import trials_view

__all__ = ["JOB_ROUTES", "accept_job", "job_lines", "job_title"]

_FOR_LONG = {"cache-control": "private, max-age=3600"}  # a picture of a job never changes


def _list_jobs(call: RouteCall) -> Reply:
    jobs = call.rooms.queue.list_jobs()
    return Reply({"items": [one.as_json() for one in jobs]}, view=lambda: jobs_view(job_lines(call, jobs)))


def job_lines(call: RouteCall, jobs: list[Job]) -> list[JobLine]:
    """Return jobs as a list shows them."""
    names = call.rooms.accounts.names()
    return [
        JobLine(one.id, str(one.kind), job_title(one), str(one.state), names.get(one.asked_by, ""), one.asked_at)
        for one in jobs
    ]


def job_title(job: Job) -> str:
    """Return what a job is about, in words; of a person nothing is said."""
    if job.kind == JobKind.TRIAL:
        trial = trial_of_question(job.question)
        return f"{trial.title} ({trial.n}, {job.question['seed']})"
    if job.kind == JobKind.REPLAY:
        asked = job.question["studies"]
        return studies()[asked[0]].title if len(asked) == 1 else catalogue().evidence.replay_all
    if job.kind == JobKind.POPULATION:
        return population_title(job.question)
    words = catalogue()
    if job.kind == JobKind.CALIBRATION:
        return str(getattr(words.calibrations, f"{job.question['size']}_title")).format(seed=job.question["seed"])
    return str(words.jobs.forecast)


def _show_job(call: RouteCall) -> Reply:
    """Answer how far a job is, and what came of it."""
    job = call.rooms.queue.find(call.path["job"])
    content = job.as_json() | {"result": job.result if job.state == JobState.DONE else None}
    content |= {"problem": job.result if job.state == JobState.FAILED else None}
    return Reply(content, view=lambda: _job_page(call, job))


def _job_page(call: RouteCall, job: Job) -> View:
    is_done, result = job.state == JobState.DONE, job.result or {}
    where = ""
    if is_done and job.kind == JobKind.REPLAY:
        asked = job.question["studies"]
        where = f"/evidence/{asked[0]}" if len(asked) == 1 else "/evidence"
    if is_done and job.kind == JobKind.FORECAST:
        where = f"/people/{job.person}"
    return job_view(
        job.as_json(),
        title=job_title(job),
        by=call.rooms.accounts.names().get(job.asked_by, ""),
        **(_parts(job.kind, result) if is_done else {}),
        files=job.files,
        refusal=result.get("detail", "") if job.state == JobState.FAILED else "",
        where=where,
    )


def _parts(kind: JobKind, result: dict[str, Any]) -> dict[str, Any]:
    """Return what came of a job as its page shows it."""
    if kind == JobKind.TRIAL:
        return {"tables": list(map(table_lines, trial_tables(result))), "notes": trial_notes(result)}
    if kind == JobKind.POPULATION:
        return {"tables": population_tables(result), "notes": population_notes(result),
                "figures": population_panels(result)}  # fmt: skip
    if kind == JobKind.CALIBRATION:
        return {"tables": calibration_tables(result), "notes": calibration_notes(result),
                "intervals": calibration_intervals(result)}  # fmt: skip
    return {}


def _follow_job(call: RouteCall) -> Reply:
    """Answer how far a job is as events, until it is over."""
    queue, identity, words = call.rooms.queue, call.path["job"], catalogue().jobs
    queue.find(identity)

    def look() -> tuple[dict[str, Any], bool]:
        job = queue.find(identity)
        stage = words.stage.format(what=job.stage, done=job.done, total=job.total) if job.stage else ""
        said = {"state_words": getattr(words, str(job.state)), "stage_words": stage}
        return job.as_json() | said, job.state.is_over

    return Reply(events=look)


def _show_picture(call: RouteCall) -> Reply:
    body = call.rooms.queue.read_file(call.path["job"], call.path["name"])
    return Reply(file=body, media="image/png", headers=_FOR_LONG)


def _send_file(call: RouteCall) -> Reply:
    name = call.path["name"]
    body = call.rooms.queue.read_file(call.path["job"], name)
    return Reply(file=body, media="application/octet-stream", name=name, headers=_FOR_LONG)


def _cancel_job(call: RouteCall) -> Reply:
    job = call.rooms.queue.cancel(call.path["job"], call.account.id)
    return Reply(job.as_json(), 200, f"/jobs/{job.id}")


# Trials --------------------------------------------------------------------------------------------


def _list_trials(call: RouteCall) -> Reply:
    items = [
        {"name": name, "title": trial_of_text(text).title, "text": text} for name, text in shipped_trials().items()
    ]
    return Reply({"items": items}, view=lambda: _trials_page(call))


def _trials_page(call: RouteCall, refusal: str = "", pointer: str = "") -> View:
    shipped = {name: (trial_of_text(text), text) for name, text in shipped_trials().items()}
    lines = job_lines(call, call.rooms.queue.list_jobs(JobKind.TRIAL))
    return trials_view(shipped, lines, draft=call.draft, refusal=refusal, pointer=pointer)


def _refused_trial(call: RouteCall, problem: ServiceProblem) -> View:
    return _trials_page(call, problem.detail, problem.pointer)


def _add_trial(call: RouteCall) -> Reply:
    body: TrialBody = call.body
    job, is_new = call.rooms.queue.add(JobKind.TRIAL, trial_question(body), call.account.id)
    return accept_job(job, is_new)


def accept_job(job: Job, is_new: bool) -> Reply:
    """Answer where a job is: with 202 what is new, with 200 what was asked before."""
    return Reply(job.as_json(), 202 if is_new else 200, f"/jobs/{job.id}")


# Evidence ------------------------------------------------------------------------------------------


def _question(names: list[str], seed: int = USUAL_SEED) -> dict[str, Any]:
    return {"studies": names, "seed": seed}


def _predictions(call: RouteCall) -> tuple[list[Prediction], dict[str, Job]]:
    """Return what replays of this version predicted, and the job of each study."""
    every = list(studies())
    asked = [_question(every), *(_question([name]) for name in every)]
    found: list[Prediction] = []
    jobs: dict[str, Job] = {}
    for job in call.rooms.queue.find_answers(JobKind.REPLAY, asked):
        for one in (job.result or {})["observations"]:
            if jobs.setdefault(one["study"], job) is job:
                found.append(prediction_of(one))
    return found, jobs


def _list_studies(call: RouteCall) -> Reply:
    predictions, _ = _predictions(call)
    items = [{"name": name, "title": one.title, "role": str(one.role)} for name, one in studies().items()]
    return Reply({"items": items}, view=lambda: evidence_view(studies(), predictions))


def _show_study(call: RouteCall) -> Reply:
    name = call.path["name"]
    if name not in studies():
        raise ServiceProblem("NotFound", 404, str(UnknownName.among("study", name[:64], studies())))
    predictions, jobs = _predictions(call)
    job = jobs.get(name)
    own = [one for one in predictions if one.study == name]
    pictures = job.files if job and len(job.question["studies"]) == 1 else ()
    return Reply(view=lambda: study_view(studies()[name], own, job=job.id if job else "", pictures=pictures))


def _predict_studies(call: RouteCall) -> Reply:
    body: StudiesBody = call.body
    wrong = next((name for name in body.studies if name not in studies()), None)
    if wrong is not None:
        why = str(UnknownName.among("study", wrong[:64], studies()))
        raise ServiceProblem("UnknownName", 422, why, pointer="/studies")
    names = [name for name in studies() if name in body.studies] or list(studies())
    job, is_new = call.rooms.queue.add(JobKind.REPLAY, _question(names, body.seed), call.account.id)
    return accept_job(job, is_new)


JOB_ROUTES = (
    Route("GET", "/jobs", _list_jobs, "The last jobs"),
    Route("GET", "/jobs/{job}", _show_job, "How far a job is, and what came of it"),
    Route("GET", "/jobs/{job}/events", _follow_job, "How far a job is, as events", media="text/event-stream"),
    Route("GET", "/jobs/{job}/pictures/{name}", _show_picture, "A figure of a job", media="image/png"),
    Route("GET", "/jobs/{job}/files/{name}", _send_file, "A file of a job", media="application/octet-stream"),
    Route("POST", "/jobs/{job}/cancellation", _cancel_job, "Cancel a job", RequestBody),
    Route("GET", "/trials", _list_trials, "The trials that are shipped"),
    Route(
        "POST",
        "/trials",
        _add_trial,
        "Run a virtual trial",
        TrialBody,
        status=202,
        is_once=True,
        refusal=_refused_trial,
    ),
    Route("GET", "/evidence", _list_studies, "Every study, and how near replays come to it"),
    Route("GET", "/evidence/{name}", _show_study, "One study beside its replay"),
    Route("POST", "/evidence/replays", _predict_studies, "Replay studies", StudiesBody, status=202, is_once=True),
)
