"""Signing in and out, accounts, links by which passwords are set, and the audit."""

from dataclasses import replace
from typing import Any

from leydig.errors import UnknownName
from leydig.service.access.accounts import Account
from leydig.service.bodies import AccountBody, CodeBody, PasswordBody, RequestBody, SignInBody
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.problems import ServiceProblem
from leydig.service.storage.act import Act
from leydig.service.storage.audit import audit_rows
from leydig.web import asset
from leydig.web.addresses import address
from leydig.web.draft import draft_view, is_inside, read_draft
from leydig.web.view import View
from leydig.web.views.administration import accounts_view, audit_view
from leydig.web.views.sign_in import code_view, setup_view, sign_in_view

__all__ = ["ACCESS_ROUTES", "account_content", "begin_session", "next_page"]


def account_content(account: Account) -> dict[str, Any]:
    """Return an account as JSON."""
    return {"id": account.id, "account": account.name, "role": str(account.role)}


def _home(_: RouteCall) -> Reply:
    return Reply(status=303, location="/people")


def _show_sign_in(call: RouteCall) -> Reply:
    name = call.session.account.name if call.session else None
    return Reply({"account": name}, view=lambda: sign_in_view(name or "", next=next_page(call)))


def next_page(call: RouteCall) -> str:
    """Return the page to which signing in leads: one of this service alone."""
    text = call.query.get("next", "")
    return text if is_inside(text) else ""


def _refused_sign_in(call: RouteCall, problem: ServiceProblem) -> View:
    draft = call.draft.get("draft", "")
    return sign_in_view(call.draft.get("account", ""), next=next_page(call), refusal=problem.detail, draft=draft)


def _sign_in(call: RouteCall) -> Reply:
    """Begin a session; of an account with a second factor one that waits for its code."""
    body: SignInBody = call.body
    return _open(call, call.rooms.accounts.sign_in(body.account, body.password, call.address), body.draft)


def _open(call: RouteCall, account: Account, draft: str = "") -> Reply:
    """Begin the session of who knows a password or has a link; where there is a second factor it waits for its code."""
    if not call.rooms.factors.needs_code(account):
        return begin_session(call, account, draft)
    token, _ = call.rooms.sessions.begin(account, call.token, needs_code=True)
    reply = Reply({"needs": "code"}, 200, address("sign_in_code", next=next_page(call)), token=token)
    if not call.is_form or read_draft(draft) is None:
        return reply
    return replace(reply, view=lambda: code_view(next=next_page(call), draft=draft))


def _waiting_account(call: RouteCall) -> Account:
    found = call.rooms.sessions.find_waiting_account(call.token)
    if found is None:
        raise ServiceProblem("NoSignIn", 401, "got no sign-in that waits for a code; expected one. Sign in.")
    return found


def _show_code(call: RouteCall) -> Reply:
    _waiting_account(call)
    return Reply({"needs": "code"}, view=lambda: code_view(next=next_page(call)))


def _refused_code(call: RouteCall, problem: ServiceProblem) -> View:
    return code_view(next=next_page(call), refusal=problem.detail, draft=call.draft.get("draft", ""))


def _check_code(call: RouteCall) -> Reply:
    body: CodeBody = call.body
    account = _waiting_account(call)
    call.rooms.factors.check(account, body.code, call.address)
    return begin_session(call, account, body.draft)


def begin_session(call: RouteCall, account: Account, draft: str = "") -> Reply:
    """Return the answer with which a session begins; to a form with what its sender had written before."""
    token, session = call.rooms.sessions.begin(account, call.token)
    there = next_page(call) or "/people"
    reply = Reply(account_content(account) | {"csrf": session.csrf}, 200, there, token=token, session=session)
    form = read_draft(draft) if call.is_form else None
    return reply if form is None else replace(reply, view=lambda: draft_view(form))


def _sign_out(call: RouteCall) -> Reply:
    call.rooms.sessions.end(call.token, call.account.id)
    return Reply({"account": None}, 200, "/sign-in", token="", headers={"clear-site-data": '"storage"'})


def _show_setup(call: RouteCall) -> Reply:
    name, role = call.rooms.accounts.invitation(call.path["token"])
    token = call.path["token"]
    return Reply({"account": name or None, "role": str(role)}, view=lambda: setup_view(token, name, str(role)))


def _refused_setup(call: RouteCall, problem: ServiceProblem) -> View:
    name, role = call.rooms.accounts.invitation(call.path["token"])
    draft = call.draft.get("account", "")
    return setup_view(
        call.path["token"], name, str(role), draft=draft, refusal=problem.detail, pointer=problem.pointer
    )  # fmt: skip


def _setup(call: RouteCall) -> Reply:
    body: PasswordBody = call.body
    return _open(call, call.rooms.accounts.accept(call.path["token"], body.account, body.password))


def _list_accounts(call: RouteCall) -> Reply:
    items = [account_content(one) for one in call.rooms.accounts.list_accounts()]
    return Reply({"items": items}, view=lambda: _accounts_page(call))


def _accounts_page(call: RouteCall, invitation: str = "") -> View:
    rows = [(one.name, str(one.role)) for one in call.rooms.accounts.list_accounts()]
    return accounts_view(rows, invitation=invitation)


def _refused_accounts(call: RouteCall, problem: ServiceProblem) -> View:
    rows = [(one.name, str(one.role)) for one in call.rooms.accounts.list_accounts()]
    name = call.draft.get("account", "")
    return accounts_view(rows, account=name, refusal=problem.detail, pointer=problem.pointer)


def _change_accounts(call: RouteCall) -> Reply:
    """Give an account that is there another role; invite one that is not, by a link for its holder."""
    body: AccountBody = call.body
    accounts = call.rooms.accounts
    if any(one.name == body.account for one in accounts.list_accounts()):
        return Reply(account_content(accounts.change_role(body.account, body.role, call.account.id)), 200, "/accounts")
    token = accounts.invite(body.account, body.role, call.account.id)
    link = f"/setup/{token}"
    content = {"account": body.account, "role": body.role, "link": link}
    return Reply(content, 201, "/accounts", view=lambda: _accounts_page(call, link))


def _show_audit(call: RouteCall) -> Reply:
    most, before = call.number("limit", 100, 1000), call.number("before", 0, 10**9 - 1) or None
    with call.desk.database.read(Act("audit.read", call.account.id)) as connection:
        rows = audit_rows(connection, call.query.get("person", ""), before, most)
    names = {one.id: one.name for one in call.rooms.accounts.list_accounts()}
    items = [row | {"name": names.get(row["account"], row["account"])} for row in rows]
    next_ = rows[-1]["number"] if len(rows) == most else None
    said = call.query.get("person", "")
    return Reply({"items": items, "next": next_}, view=lambda: audit_view(items, person=said, next=str(next_ or "")))


def _asset(call: RouteCall) -> Reply:
    """Answer what pages load; its name holds its hash, so it never changes."""
    try:
        content, media = asset(call.path["name"])
    except UnknownName as error:
        raise ServiceProblem("NotFound", 404, str(error)) from error
    return Reply(file=content, media=media, headers={"cache-control": "public, max-age=31536000, immutable"})


def _health(call: RouteCall) -> Reply:
    """Answer whether the database answers, and its form."""
    return Reply({"database": call.desk.database.revision == call.desk.database.newest_revision})


ACCESS_ROUTES = (
    Route("GET", "/", _home, "The list of people", status=303),
    Route("GET", "/assets/{name}", _asset, "What pages load"),
    Route("GET", "/health", _health, "Whether the service works"),
    Route("GET", "/sign-in", _show_sign_in, "Who is signed in", query=("next",)),
    Route("POST", "/sign-in", _sign_in, "Sign in", SignInBody, query=("next",), refusal=_refused_sign_in),
    Route("GET", "/sign-in/code", _show_code, "Whether a code is waited for", query=("next",)),
    Route(
        "POST",
        "/sign-in/code",
        _check_code,
        "Sign in, the second factor",
        CodeBody,
        query=("next",),
        refusal=_refused_code,
    ),
    Route("POST", "/sign-out", _sign_out, "Sign out", RequestBody),
    Route("GET", "/setup/{token}", _show_setup, "Whose password a link sets"),
    Route("POST", "/setup/{token}", _setup, "Set a password by a link", PasswordBody, refusal=_refused_setup),
    Route("GET", "/accounts", _list_accounts, "Every account"),
    Route(
        "POST",
        "/accounts",
        _change_accounts,
        "Invite somebody, or give a role",
        AccountBody,
        is_signature=True,
        status=201,
        refusal=_refused_accounts,
    ),
    Route("GET", "/audit", _show_audit, "Who did what", query=("person", "before", "limit")),
)
