"""What is said and decided of a person: assessments, forecasts, what-if, decisions."""

from typing import Any

from leydig.assessment.assess import assess
from leydig.reports.pages.case import simulated_part
from leydig.service.bodies import AssessmentBody, DecisionBody, ForecastBody
from leydig.service.clinic.opinion import forecast_content
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.problems import ServiceProblem
from leydig.service.storage.person_file import Note

__all__ = ["OPINION_ROUTES"]

LONGEST = 104.0  # [weeks] of a what-if


def _add_assessment(call: RouteCall) -> Reply:
    body: AssessmentBody = call.body
    note = call.desk.assess(call.path["id"], body, call.account.id)
    return Reply(note.as_json(), 201, f"/people/{call.path['id']}/assessments/{note.id}")


def _list_assessments(call: RouteCall) -> Reply:
    return _list(call, "assessment")


def _show_assessment(call: RouteCall) -> Reply:
    return Reply(call.desk.note(call.path["id"], "assessment", call.path["assessment"], call.account.id).as_json())


def _add_forecast(call: RouteCall) -> Reply:
    body: ForecastBody = call.body
    note = call.desk.forecast(call.path["id"], body, call.account.id)
    return Reply(_forecast(note), 201, f"/people/{call.path['id']}/forecasts/{note.id}")


def _show_forecast(call: RouteCall) -> Reply:
    return Reply(_forecast(call.desk.note(call.path["id"], "forecast", call.path["forecast"], call.account.id)))


def _forecast(note: Note) -> dict[str, Any]:
    return note.as_json()


def _what_if(call: RouteCall) -> Reply:
    """Answer another regimen beside the present course; nothing is stored."""
    state, plan, found = call.desk.look_at(call.path["id"], _question(call), call.account.id)
    if found.is_refused:
        why = "; ".join(one.plain.rstrip(".") for one in found.findings)
        raise ServiceProblem(
            "Refused", 422, f"got a record that is refused: {why}; expected one that can be assessed. See the person."
        )
    weeks, regimen = _weeks(call), call.query.get("regimen", "")
    present = simulated_part(found, assess(state.record, plan, on=found.on).now)
    texts = ["" if present == "nothing" else present, regimen]
    forecasts = [call.desk.shelf.forecast(state.record, text, weeks) for text in texts]
    asked = ForecastBody(regimens=texts, weeks=weeks)
    content = forecast_content(state.record, asked, forecasts)
    return Reply(
        {"present": content["forecasts"][0], "other": content["forecasts"][1], "draws": asked.draws, "seed": asked.seed}
    )


def _question(call: RouteCall) -> AssessmentBody:
    query = call.query
    return AssessmentBody(
        protocol=query.get("protocol") or "anastrozole", region=query.get("region", ""), on=query.get("on", "")
    )


def _weeks(call: RouteCall) -> float:
    text = call.query.get("weeks", "") or "12"
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
    Route("POST", "/people/{id}/assessments", _add_assessment, "Assess a person", AssessmentBody, status=201),
    Route("GET", "/people/{id}/assessments/{assessment}", _show_assessment, "One assessment"),
    Route("POST", "/people/{id}/forecasts", _add_forecast, "Forecast regimens", ForecastBody, status=201),
    Route("GET", "/people/{id}/forecasts/{forecast}", _show_forecast, "One forecast"),
    Route(
        "GET",
        "/people/{id}/what-if",
        _what_if,
        "Another regimen beside the present one",
        query=("regimen", "weeks", *_ASKED),
    ),
    Route("GET", "/people/{id}/decisions", _list_decisions, "What was decided"),
    Route("POST", "/people/{id}/decisions", _add_decision, "Decide", DecisionBody, status=201),
)
