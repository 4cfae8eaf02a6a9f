"""Many virtual men forecast together, and the calibration of the model: pages that ask for both."""

from leydig.errors import MissingExtra
from leydig.evidence.calibration.calibration import STARTS, STEPS, CalibrationSize
from leydig.evidence.calibration.posterior import calibration_studies, free_parameters
from leydig.man.phenotypes import KINDS
from leydig.protocol.reader import names, regions
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.jobs.calibrations import (
    calibration_minutes,
    calibration_question,
    require_fit,
)
from leydig.service.jobs.job import JobKind
from leydig.service.jobs.populations import population_question
from leydig.service.jobs.requests import CalibrationBody, PopulationBody
from leydig.service.problems import ServiceProblem
from leydig.service.routes.jobs import accept_job, job_lines
from leydig.web.view import View
from leydig.web.views.work.calibrations import calibrations_view
from leydig.web.views.work.populations import populations_view

__all__ = ["POPULATION_ROUTES"]


def _list_populations(call: RouteCall) -> Reply:
    choices = {"kinds": list(KINDS), "protocols": names(), "regions": regions()}
    return Reply(choices, view=lambda: _populations_page(call))


def _populations_page(call: RouteCall, refusal: str = "", pointer: str = "") -> View:
    lines = job_lines(call, call.rooms.queue.list_jobs(JobKind.POPULATION))
    return populations_view(KINDS, names(), regions(), lines, draft=call.draft, refusal=refusal, pointer=pointer)


def _refused_population(call: RouteCall, problem: ServiceProblem) -> View:
    return _populations_page(call, problem.detail, problem.pointer)


def _add_population(call: RouteCall) -> Reply:
    body: PopulationBody = call.body
    return accept_job(*call.rooms.queue.add(JobKind.POPULATION, population_question(body), call.account.id))


def _list_calibrations(call: RouteCall) -> Reply:
    return Reply({}, view=lambda: _calibrations_page(call))


def _calibrations_page(call: RouteCall, refusal: str = "", pointer: str = "") -> View:
    try:
        require_fit()
        obstacle = ""
    except MissingExtra as error:
        obstacle = str(error)
    counts = len(calibration_studies()), len(free_parameters())
    minutes = calibration_minutes(CalibrationSize.WHOLE), calibration_minutes(CalibrationSize.REHEARSAL)
    lines = job_lines(call, call.rooms.queue.list_jobs(JobKind.CALIBRATION))
    return calibrations_view(
        counts, minutes, (STARTS, STEPS), lines, obstacle=obstacle, draft=call.draft, refusal=refusal,
        pointer=pointer,
    )  # fmt: skip


def _refused_calibration(call: RouteCall, problem: ServiceProblem) -> View:
    return _calibrations_page(call, problem.detail, problem.pointer)


def _add_calibration(call: RouteCall) -> Reply:
    body: CalibrationBody = call.body
    return accept_job(*call.rooms.queue.add(JobKind.CALIBRATION, calibration_question(body), call.account.id))


POPULATION_ROUTES = (
    Route("GET", "/populations", _list_populations, "Of whom forecasts may be asked, and those that were"),
    Route(
        "POST",
        "/populations",
        _add_population,
        "Forecast virtual men on some regimens",
        PopulationBody,
        status=202,
        is_once=True,
        refusal=_refused_population,
    ),
    Route("GET", "/calibrations", _list_calibrations, "Calibrations that were asked for"),
    Route(
        "POST",
        "/calibrations",
        _add_calibration,
        "Calibrate the model, or rehearse it",
        CalibrationBody,
        status=202,
        is_once=True,
        refusal=_refused_calibration,
    ),
)
