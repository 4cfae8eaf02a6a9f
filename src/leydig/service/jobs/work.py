"""What a job of each kind does: a trial, a replay of studies, a forecast of one man or of many, a calibration."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from leydig.course.course import without_nan
from leydig.evidence.replay import replay
from leydig.evidence.skill import score_content
from leydig.evidence.study_file import studies
from leydig.plots.evidence import evidence_figures
from leydig.plots.trial import trial_figures
from leydig.progress import Progress
from leydig.service.bodies import ForecastBody
from leydig.service.clinic.desk import Desk
from leydig.service.jobs.calibrations import calibrate_question
from leydig.service.jobs.job import Job, JobKind
from leydig.service.jobs.populations import forecast_question
from leydig.service.jobs.trials import trial_of_question
from leydig.service.jobs.worker import JobAnswer, JobWork
from leydig.service.problems import ServiceProblem
from leydig.trial.analysis.endpoints import trial_summary
from leydig.trial.run import run

__all__ = ["job_work"]


def job_work(desk: Desk, cluster: str = "") -> JobWork:
    """Return what works at a job of any kind.

    Parameters
    ----------
    desk : Desk
    cluster : str, optional
        ``dask://host:port`` of a cluster that shares trials and forecasts of many men; none when left out.
    """
    kinds: dict[JobKind, JobWork] = {
        JobKind.TRIAL: lambda job, watch: _run_trial(job, watch, cluster),
        JobKind.REPLAY: _predict_studies,
        JobKind.FORECAST: lambda job, watch: _forecast(desk, job, watch),
        JobKind.POPULATION: lambda job, watch: forecast_question(job.question, watch, cluster),
        JobKind.CALIBRATION: lambda job, watch: calibrate_question(job.question, watch),
    }
    return lambda job, watch: kinds[job.kind](job, watch)


def _run_trial(job: Job, watch: Progress, cluster: str) -> JobAnswer:
    trial = trial_of_question(job.question)
    watch("men enrolled", 0, trial.n)
    found = run(trial, workers=cluster or 1, watch=watch)
    watch("figures", 0, 1)
    return trial_summary(found), _pictures(lambda folder: trial_figures(found, folder))


def _predict_studies(job: Job, watch: Progress) -> JobAnswer:
    names, found = job.question["studies"], []
    known = {name: studies()[name] for name in names}
    for place, study in enumerate(known.values()):
        watch("studies", place, len(names))
        found += replay(study, seed=job.question["seed"])
    watch("figures", 0, 1)
    content = without_nan(score_content(found, known))
    assert isinstance(content, dict)
    return content, _pictures(lambda folder: evidence_figures(found, folder, known))


def _forecast(desk: Desk, job: Job, watch: Progress) -> JobAnswer:
    if not job.question:
        raise ServiceProblem("NotFound", 404, "got a person who was deleted; expected one of this clinic. Leave it.")
    watch("twin", 0, 1)
    question = ForecastBody(**{key: job.question[key] for key in ForecastBody.model_fields})
    return {"forecast": desk.forecast(job.person, question, job.asked_by, watch).id}, {}


def _pictures(draw: Callable[[Path], Sequence[Path]]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        return {path.name: path.read_bytes() for path in draw(Path(folder))}
