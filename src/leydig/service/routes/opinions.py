"""What is said and decided of a person: assessments, forecasts, what-if, decisions."""

from collections.abc import Sequence
from functools import partial

from leydig.assessment.finding import Assessment
from leydig.inference.forecast import Forecast
from leydig.protocol.protocol import Protocol
from leydig.record import Record
from leydig.regimen.regimen import regimen_of
from leydig.regimen.words import NOTHING
from leydig.reports.pages.case import case_of, given_regimen
from leydig.service.access.roles import PERMISSIONS
from leydig.service.bodies import AssessmentBody, DecisionBody, ForecastBody
from leydig.service.clinic.day import named_protocol
from leydig.service.clinic.desk import PersonState
from leydig.service.clinic.opinion import forecast_each, regimen_content, times_content
from leydig.service.clinic.record import record_hash
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.jobs.job import JobKind
from leydig.service.jobs.worker import CallStop, follow_call
from leydig.service.problems import ServiceProblem, refuse_with_pointer
from leydig.service.routes.pages import question_of, refused_decision
from leydig.web.view import View
from leydig.web.views.outlook import next_lab_view, outlook_view
from leydig.web.views.what_if import REGIMEN_FIELDS, what_if_view

__all__ = ["OPINION_ROUTES"]

SOON = 2.0  # [s] for which a forecast is waited for
SHORTEST, LONGEST = 12.0, 104.0  # [weeks] that a what-if computes, so that week 12 is in it, and may be asked for


def _add_assessment(call: RouteCall) -> Reply:
    body: AssessmentBody = call.body
    note = call.desk.assess(call.path["id"], body, call.account.id)
    return Reply(note.as_json(), 201, f"/people/{call.path['id']}/assessments/{note.id}")


def _list_assessments(call: RouteCall) -> Reply:
    return _list(call, "assessment")


def _show_assessment(call: RouteCall) -> Reply:
    return Reply(call.desk.note(call.path["id"], "assessment", call.path["assessment"], call.account.id).as_json())


def _add_forecast(call: RouteCall) -> Reply:
    """Answer a forecast, or where it takes long the job that goes on with it."""
    body: ForecastBody = call.body
    person, by = call.path["id"], call.account.id
    stop = CallStop()
    future = call.rooms.background.submit(call.desk.expect, person, body, by, stop.watch)
    try:
        note = call.desk.store_forecast(person, future.result(SOON), by)
    except TimeoutError:
        now = record_hash(call.desk.person(person, by, "forecast.read").record)
        question = body.model_dump() | {"inputs_sha256": now}
        job, is_new = call.rooms.queue.add(JobKind.FORECAST, question, by, person, call.rooms.worker)
        if not is_new:
            stop.tell()  # somebody is at it already
        else:
            store = call.desk.store_forecast
            follow_call(call.rooms.queue, job, future.result, lambda content: store(person, content, by).id, stop)
        return Reply(job.as_json(), 202, f"/jobs/{job.id}")
    return Reply(note.as_json(), 201, f"/people/{person}/forecasts/{note.id}")


def _show_forecast(call: RouteCall) -> Reply:
    return Reply(call.desk.note(call.path["id"], "forecast", call.path["forecast"], call.account.id).as_json())


def _look(call: RouteCall) -> tuple[AssessmentBody, PersonState, Protocol, Assessment]:
    """Return by what a person is looked at, and what is found; raises ServiceProblem where he is refused."""
    question = question_of(call)
    state, plan, found = call.desk.look_at(call.path["id"], question, call.account.id)
    if found.is_refused:
        why = "; ".join(one.plain.rstrip(".") for one in found.findings)
        raise ServiceProblem(
            "Refused", 422, f"got a record that is refused: {why}; expected one that can be assessed. See the person."
        )
    return question, state, plan, found


def _present(found: Assessment) -> str:
    """Return the present course, as far as it is simulated, as a forecast is asked for it."""
    text = str(given_regimen(found.simulated_part(found.now)))
    return "" if text == NOTHING else text


def _outlook(call: RouteCall) -> Reply:
    """Answer what is ahead; for who may write it, what he saw is stored, so that it can be held against what comes."""
    question, state, plan, found = _look(call)
    asked = ForecastBody(regimens=[_present(found)], weeks=SHORTEST, protocol=question.protocol, region=question.region)
    (ahead,) = forecast_each(call.desk.shelf, state.record, asked)
    earlier = [(one.recorded_at, one.content) for one in call.desk.notes(state.id, "forecast", call.account.id)]
    may_store = call.account.role in (PERMISSIONS["POST /people/{id}/forecasts"] or ())
    if may_store and not call.rooms.options.demo and not ahead.trust.abstains:
        call.desk.forecast(state.id, asked, call.account.id)
    content = {"forecast": times_content(state.record, ahead) | regimen_content(ahead, plan)}
    return Reply(
        content,
        view=lambda: outlook_view(state.id, state.pseudonym, state.record, plan, found, ahead, earlier=earlier),
    )


def _next_lab(call: RouteCall) -> Reply:
    """Answer which test the coming decision gains most from; nothing is stored."""
    _, state, plan, found = _look(call)
    own = case_of(state.record, plan, found).plan
    tests = call.desk.shelf.next_lab(state.record, own)
    return Reply(view=lambda: next_lab_view(state.id, own, tests))


def _what_if(call: RouteCall) -> Reply:
    """Answer up to four other regimens beside the present course; nothing is stored."""
    regimens = _asked_regimens(call)
    for name, one in regimens.items():
        refuse_with_pointer(partial(regimen_of, one), f"/{name}")
    question, state, plan, found = _look(call)
    weeks = _weeks(call)
    present = ForecastBody(
        regimens=[_present(found)], weeks=weeks, protocol=question.protocol, region=question.region
    )  # fmt: skip
    asked = present.model_copy(update={"regimens": ["" if one == NOTHING else one for one in regimens.values()]})
    ahead = [
        solved
        for one in (present, asked)
        for solved in forecast_each(
            call.desk.shelf, state.record, one.model_copy(update={"weeks": max(weeks, SHORTEST)})
        )
    ]
    each = [regimen_content(one, plan) for one in ahead]
    said = {"present_forecast": each[0], "other_forecasts": each[1:], "draws": asked.draws, "seed": asked.seed}
    return Reply(
        times_content(state.record, ahead[0]) | said,
        view=lambda: _page(call, question, plan, weeks, ahead, about=(state.record, found)),
    )


def _asked_regimens(call: RouteCall) -> dict[str, str]:
    """Return the regimens that are asked about, by their field; the first counts where it is empty too."""
    named = {name: call.query.get(name, "") for name in REGIMEN_FIELDS}
    return {name: one for name, one in named.items() if one.strip() or name == REGIMEN_FIELDS[0]}


def _page(
    call: RouteCall,
    question: AssessmentBody,
    plan: Protocol,
    weeks: float,
    ahead: Sequence[Forecast] = (),
    problem: ServiceProblem | None = None,
    about: tuple[Record, Assessment] | None = None,
) -> View:
    record, assessment = about or (None, None)
    return what_if_view(
        call.path["id"],
        plan,
        ahead,
        regimens=[call.query.get(name, "") for name in REGIMEN_FIELDS]
        if problem
        else [*_asked_regimens(call).values()],
        weeks=weeks,
        refusal=problem.detail if problem else "",
        pointer=problem.pointer if problem else "",
        protocol=question.protocol,
        region=question.region,
        on=question.on,
        record=record,
        assessment=assessment,
    )


def _refused_what_if(call: RouteCall, problem: ServiceProblem) -> View:
    """Return the form with the regimens that were refused."""
    question = question_of(call)
    return _page(call, question, named_protocol(question.protocol, question.region), SHORTEST, problem=problem)


def _weeks(call: RouteCall) -> float:
    text = call.query.get("weeks", "") or f"{SHORTEST:g}"
    try:
        weeks = float(text)
    except ValueError:
        weeks = 0.0
    if not 1.0 <= weeks <= LONGEST:
        raise ServiceProblem(
            "WrongQuery",
            422,
            f"got weeks {text[:20]!r}; expected a number from 1 to {LONGEST:g}. Write such as 12.",
            pointer="/weeks",
        )
    return weeks


def _add_decision(call: RouteCall) -> Reply:
    body: DecisionBody = call.body
    note, is_new = call.desk.decide(call.path["id"], body, call.account.id)
    return Reply(note.as_json(), 201 if is_new else 200, f"/people/{call.path['id']}")


def _list_decisions(call: RouteCall) -> Reply:
    return _list(call, "decision")


def _list(call: RouteCall, table: str) -> Reply:
    notes = call.desk.notes(call.path["id"], table, call.account.id)
    return Reply({"items": [one.as_json() for one in notes]})


_ASKED = ("protocol", "region", "on")
OPINION_ROUTES = (
    Route("GET", "/people/{id}/assessments", _list_assessments, "What was said of a person"),
    Route(
        "POST", "/people/{id}/assessments", _add_assessment, "Assess a person", AssessmentBody, status=201, is_once=True
    ),
    Route("GET", "/people/{id}/assessments/{assessment}", _show_assessment, "One assessment"),
    Route(
        "POST",
        "/people/{id}/forecasts",
        _add_forecast,
        "Forecast regimens",
        ForecastBody,
        status=201,
        may_wait=True,
        is_once=True,
    ),
    Route("GET", "/people/{id}/forecasts/{forecast}", _show_forecast, "One forecast"),
    Route(
        "GET",
        "/people/{id}/what-if",
        _what_if,
        "Up to four regimens beside the present one",
        query=(*REGIMEN_FIELDS, "weeks", *_ASKED),
        refusal=_refused_what_if,
    ),
    Route("GET", "/people/{id}/outlook", _outlook, "What is ahead, and how earlier forecasts did", query=_ASKED),
    Route("GET", "/people/{id}/next-lab", _next_lab, "The next best test", query=_ASKED),
    Route("GET", "/people/{id}/decisions", _list_decisions, "What was decided"),
    Route(
        "POST",
        "/people/{id}/decisions",
        _add_decision,
        "Decide",
        DecisionBody,
        is_signature=True,
        status=201,
        is_once=True,
        refusal=refused_decision,
    ),
)
