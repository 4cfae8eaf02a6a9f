"""CDS Hooks: the services that a clinic's system calls with what it knows of a man; nothing of it is kept."""

import hmac

from leydig.errors import BadRecord, UnknownName
from leydig.exchange.fhir.bundle import LIMITS
from leydig.exchange.hooks.response import answer_hook
from leydig.exchange.hooks.services import discover_services, hook_service
from leydig.json_file import json_content
from leydig.service.bodies import USUAL_PROTOCOL
from leydig.service.clinic.day import named_protocol
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.problems import ServiceProblem

__all__ = ["HOOK_ROUTES"]


def _discover(_: RouteCall) -> Reply:
    return Reply(discover_services())


def _check_secret(call: RouteCall) -> None:
    """Refuse a call without a token of a named system or the secret; on this machine alone none is needed."""
    options = call.rooms.options
    if options.systems.hooks and call.bearer.count(".") == 2:
        call.rooms.tokens.check(call.bearer, f"/cds-services/{call.path['service']}")
        return
    if not options.hooks_secret and not options.secure and not options.systems.hooks:
        return
    if not options.hooks_secret or not hmac.compare_digest(call.bearer.encode(), options.hooks_secret.encode()):
        raise ServiceProblem(
            "NotSignedIn",
            401,
            "got a call without the token of a named system or the secret of this service; expected one of them. Send "
            "Authorization: Bearer, and start leydig serve with --systems or --hooks-secret.",
        )


def _content(plain: bytes) -> object:
    try:
        return json_content(plain.decode("utf-8"), BadRecord, limits=LIMITS)
    except (BadRecord, UnicodeDecodeError) as error:
        why = str(error) if isinstance(error, BadRecord) else "got no UTF-8; expected JSON in UTF-8. Send it so."
        raise ServiceProblem("UnreadableBody", 400, why) from error


def _answer(call: RouteCall) -> Reply:
    """Answer a call with cards, by the protocol and region that its address names."""
    _check_secret(call)
    try:
        service = hook_service(call.path["service"]).id
    except UnknownName as error:
        raise ServiceProblem("NotFound", 404, str(error)) from error
    content = _content(call.raw)
    if not isinstance(content, dict):
        raise ServiceProblem("UnreadableBody", 400, "got no object; expected a call of CDS Hooks. Put it in braces.")
    plan = named_protocol(call.query.get("protocol") or USUAL_PROTOCOL, call.query.get("region", ""))
    return Reply(answer_hook(service, content, plan))


HOOK_ROUTES = (
    Route("GET", "/cds-services", _discover, "The services of CDS Hooks"),
    Route("POST", "/cds-services/{service}", _answer, "Cards for a man", query=("protocol", "region"), takes_file=True),
)
