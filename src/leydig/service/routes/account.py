"""One's own account: another password, the second factor, one's sessions, and the password written again."""

from typing import Any

from leydig.service.bodies import ChangeBody, CodeBody, PresentBody
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.problems import ServiceProblem
from leydig.service.routes.sign_in import account_content, begin_session, next_page
from leydig.web.view import View
from leydig.web.views.sign_in import AccountState, account_view, confirmation_view

__all__ = ["ACCOUNT_ROUTES"]


def _state(call: RouteCall) -> AccountState:
    who, factors = call.account, call.rooms.factors
    needs_factor = who.role in call.rooms.options.factor_roles
    codes = factors.count_recovery_codes(who)
    return AccountState(
        who.name, str(who.role), factors.needs_code(who), needs_factor, codes, call.rooms.sessions.count(who.id)
    )


def _show(call: RouteCall) -> Reply:
    csrf = call.session.csrf if call.session else ""
    content: dict[str, Any] = account_content(call.account) | {"csrf": csrf, "demo": call.rooms.options.demo}
    return Reply(content, view=lambda: account_view(_state(call)))


def _refused_account(call: RouteCall, problem: ServiceProblem) -> View:
    return account_view(_state(call), refusal=problem.detail, pointer=problem.pointer)


def _change_password(call: RouteCall) -> Reply:
    """Set another password; every session ends, and this one begins anew."""
    body: ChangeBody = call.body
    call.rooms.accounts.change_password(call.account, body.present, body.password, call.address)
    return begin_session(call, call.account)


def _end_others(call: RouteCall) -> Reply:
    body: PresentBody = call.body
    call.rooms.accounts.check_present(call.account, body.present, call.address, "/sessions")
    call.rooms.sessions.end_others(call.token, call.account.id)
    return Reply({"sessions": 1}, 200, "/account")


# The second factor ---------------------------------------------------------------------------------


def _begin_factor(call: RouteCall) -> Reply:
    body: PresentBody = call.body
    call.rooms.accounts.check_present(call.account, body.present, call.address, "/factor")
    secret, address = call.rooms.factors.begin(call.account)
    content = {"secret": secret, "address": address}
    return Reply(content, 201, "/account", view=lambda: account_view(_state(call), secret=secret, address=address))


def _confirm_factor(call: RouteCall) -> Reply:
    body: CodeBody = call.body
    codes = call.rooms.factors.confirm(call.account, body.code, call.address)
    return Reply({"recovery_codes": list(codes)}, 201, "/account", view=lambda: account_view(_state(call), codes=codes))


def _remove_factor(call: RouteCall) -> Reply:
    body: PresentBody = call.body
    call.rooms.accounts.check_present(call.account, body.present, call.address, "/removal")
    call.rooms.factors.remove(call.account, call.account.id)
    return Reply({"second_factor": False}, 200, "/account")


# The password, written again -----------------------------------------------------------------------


def _show_confirmation(call: RouteCall) -> Reply:
    is_fresh = call.session is not None and call.session.is_fresh
    return Reply({"is_fresh": is_fresh}, view=lambda: confirmation_view(next=next_page(call)))


def _refused_confirmation(call: RouteCall, problem: ServiceProblem) -> View:
    return confirmation_view(next=next_page(call), refusal=problem.detail)


def _confirm(call: RouteCall) -> Reply:
    body: PresentBody = call.body
    call.rooms.accounts.check_present(call.account, body.present, call.address, "/present")
    fresh = call.rooms.sessions.confirm(call.token, call.account.id)
    return Reply({"is_fresh": True}, 200, next_page(call) or "/people", token=fresh)


_FACTOR, _AGAIN = "/account/factor", "/account/confirmation"
ACCOUNT_ROUTES = (
    Route("GET", "/account", _show, "Who is signed in, and the token for changes"),
    Route("POST", "/account", _change_password, "Set another password", ChangeBody, refusal=_refused_account),
    Route("POST", "/account/sessions", _end_others, "End every other session", PresentBody, refusal=_refused_account),
    Route("POST", _FACTOR, _begin_factor, "Begin a second factor", PresentBody, status=201, refusal=_refused_account),
    Route(
        "POST",
        f"{_FACTOR}/confirmation",
        _confirm_factor,
        "Let a second factor count",
        CodeBody,
        status=201,
        refusal=_refused_account,
    ),
    Route(
        "POST", f"{_FACTOR}/removal", _remove_factor, "Remove the second factor", PresentBody, refusal=_refused_account
    ),
    Route("GET", _AGAIN, _show_confirmation, "Whether the password was written just before", query=("next",)),
    Route(
        "POST",
        _AGAIN,
        _confirm,
        "Write the password again",
        PresentBody,
        query=("next",),
        refusal=_refused_confirmation,
    ),
)
