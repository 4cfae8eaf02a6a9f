"""What is about nobody: protocols, units, simulations."""

import datetime as dt
from functools import partial
from typing import Any

import numpy as np

from leydig.errors import OutOfRange, UnknownName
from leydig.exchange.laboratory_table import value_and_unit
from leydig.protocol.lint.lint import lint
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import names, read_protocol, regions
from leydig.record.quantity import QUANTITIES, quantity
from leydig.regimen.regimen import regimen_of
from leydig.service.bodies import SimulationBody
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.problems import ServiceProblem, refuse_with_pointer
from leydig.web.lab.page import lab_page, lab_policy
from leydig.web.views.entry.entries import typed_number, unit_reading
from leydig.web.views.problem import problem_kind_view
from leydig.web.views.protocols import protocol_view, protocols_view

__all__ = ["CATALOG_ROUTES"]


def _show_problem(call: RouteCall) -> Reply:
    """Answer what a kind of problem means: where the type of problem details leads."""
    name = call.path["name"]
    title = ServiceProblem(name, 200, "").title
    try:
        view = problem_kind_view(name, title)
    except UnknownName as error:
        raise ServiceProblem("NotFound", 404, str(error)) from error
    return Reply(view=lambda: view)


def _list_protocols(_: RouteCall) -> Reply:
    return Reply(
        {"items": [_protocol(read_protocol(name)) for name in names()], "regions": regions()}, view=protocols_view
    )


def _protocol(plan: Protocol) -> dict[str, Any]:
    return {"name": plan.name, "title": plan.title, "version": plan.version, "region": plan.region}


def _show_protocol(call: RouteCall) -> Reply:
    name = call.path["name"]
    if name not in names():
        raise ServiceProblem("NotFound", 404, str(UnknownName.among("protocol", name[:64], names())))
    plan = read_protocol(name, call.query.get("region", ""))
    rules = [
        {
            "rule": one.id,
            "group": str(one.group),
            "title": one.title,
            "when": [str(part) for part in one.when],
            "then": one.then,
            "severity": str(one.severity),
            "clinical": one.clinical,
            "source": [str(source) for source in one.source],
            "certainty": str(one.certainty),
        }
        for one in plan.rules
    ]
    targets = [{"of": one.of, "band": str(one.band), "certainty": str(one.certainty)} for one in plan.targets]
    faults = [{"kind": str(one.kind), "rules": list(one.rules), "message": one.message} for one in lint(plan)]
    content = _protocol(plan) | {"goal": plan.goal, "rules": rules, "targets": targets, "faults": faults}
    return Reply(content, view=lambda: protocol_view(plan, on=dt.date.today()))


def _read_value(call: RouteCall) -> Reply:
    """Answer a value in every unit of its quantity, or why it is none, as somebody types it."""
    one = quantity(call.query.get("name", ""))
    text, unit = value_and_unit(call.query.get("value", ""), call.query.get("unit", ""))
    head = {"name": one.name, "title": one.title, "units": list(one.units), "kind": str(one.kind)}
    if not text:
        return Reply(head)
    try:
        value = typed_number(text)
    except OutOfRange as error:
        raise ServiceProblem("BadRecord", 422, str(error), pointer="/value") from error
    own = one.convert(value, unit)
    others = {other: own / one.factor_from(other) for other in one.units if other != unit}
    return Reply(head | {"value": text, "unit": unit, "readings": others} | unit_reading(one.name, text, unit))


def _simulate(call: RouteCall) -> Reply:
    """Answer the course of a man of whom nothing is kept."""
    from leydig.man import Man
    from leydig.simulation.simulate import simulate

    body: SimulationBody = call.body
    known = QUANTITIES.keys() - SimulationBody.model_fields.keys()  # age and BMI are said beside them
    wrong = [name for name in body.labs if name not in known]
    if wrong:
        error = UnknownName.among("lab", wrong[0][:64], known)
        raise ServiceProblem("UnknownName", 422, str(error), pointer=f"/labs/{wrong[0][:64]}")
    fields = [("/age", {"age": body.age}), ("/bmi", {"bmi": body.bmi})]
    fields += [(f"/labs/{name}", {name: value}) for name, value in body.labs.items()]  # type: ignore[dict-item]
    said: dict[str, Any] = {}
    for pointer, one in fields:
        said |= one
        man = refuse_with_pointer(partial(Man, **said), pointer)
    regimen = refuse_with_pointer(lambda: regimen_of(body.regimen), "/regimen")
    course = simulate(man, regimen, days=body.days)
    shown = np.unique(np.append(np.arange(0.0, body.days, body.every_days), body.days))
    return Reply(course.record("us", shown))


def _show_lab(_: RouteCall) -> Reply:
    """Answer the lab as one page with a policy of its own; it knows nobody, and asks for nothing."""
    policy = f"{lab_policy()}; frame-ancestors 'none'"
    headers = {"content-security-policy": policy}
    return Reply(file=lab_page().encode(), media="text/html; charset=utf-8", headers=headers)


CATALOG_ROUTES = (
    Route("GET", "/problems/{name}", _show_problem, "What a kind of problem means"),
    Route("GET", "/lab", _show_lab, "The axis as a page to learn by", media="text/html"),
    Route("GET", "/protocols", _list_protocols, "Every protocol"),
    Route("GET", "/protocols/{name}", _show_protocol, "One protocol, and what its lint says", query=("region",)),
    Route("GET", "/units", _read_value, "A value in the units of its quantity", query=("name", "value", "unit")),
    Route("POST", "/simulations", _simulate, "Simulate a man; nothing is stored", SimulationBody),
)
