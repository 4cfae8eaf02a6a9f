"""Signing in and out, accounts, links by which passwords are set, and the audit."""

from typing import Any

from leydig.service.access.accounts import Account
from leydig.service.bodies import AccountBody, ChangeBody, PasswordBody, RequestBody, SignInBody
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.storage.act import Act
from leydig.service.storage.audit import audit_rows

__all__ = ["ACCESS_ROUTES"]


def _account(account: Account) -> dict[str, Any]:
    return {"id": account.id, "account": account.name, "role": str(account.role)}


def _who(call: RouteCall) -> dict[str, Any]:
    csrf = call.session.csrf if call.session else ""
    return _account(call.account) | {"csrf": csrf, "demo": call.rooms.options.demo}


def _home(_: RouteCall) -> Reply:
    return Reply(status=303, location="/people")


def _show_sign_in(call: RouteCall) -> Reply:
    return Reply({"account": call.session.account.name if call.session else None})


def _sign_in(call: RouteCall) -> Reply:
    body: SignInBody = call.body
    account = call.rooms.accounts.sign_in(body.account, body.password, call.address)
    return _begin(call, account)


def _begin(call: RouteCall, account: Account) -> Reply:
    token, session = call.rooms.sessions.begin(account, call.token)
    return Reply(_account(account) | {"csrf": session.csrf}, 200, "/people", token=token)


def _sign_out(call: RouteCall) -> Reply:
    call.rooms.sessions.end(call.token, call.account.id)
    return Reply({"account": None}, 200, "/sign-in", token="")


def _show_setup(call: RouteCall) -> Reply:
    name, role = call.rooms.accounts.invitation(call.path["token"])
    return Reply({"account": name or None, "role": str(role)})


def _setup(call: RouteCall) -> Reply:
    body: PasswordBody = call.body
    return _begin(call, call.rooms.accounts.accept(call.path["token"], body.account, body.password))


def _show_account(call: RouteCall) -> Reply:
    return Reply(_who(call))


def _change_account(call: RouteCall) -> Reply:
    """Set another password; every session ends, and this one begins anew."""
    body: ChangeBody = call.body
    call.rooms.accounts.change_password(call.account, body.present, body.password)
    return _begin(call, call.account)


def _list_accounts(call: RouteCall) -> Reply:
    return Reply({"items": [_account(one) for one in call.rooms.accounts.list_accounts()]})


def _change_accounts(call: RouteCall) -> Reply:
    """Give an account that is there another role; invite one that is not, by a link for its holder."""
    body: AccountBody = call.body
    accounts = call.rooms.accounts
    if any(one.name == body.account for one in accounts.list_accounts()):
        return Reply(_account(accounts.change_role(body.account, body.role, call.account.id)), 200, "/accounts")
    token = accounts.invite(body.account, body.role, call.account.id)
    return Reply({"account": body.account, "role": body.role, "link": f"/setup/{token}"}, 201, "/accounts")


def _show_audit(call: RouteCall) -> Reply:
    most, before = call.number("limit", 100, 1000), call.number("before", 0, 10**9 - 1) or None
    with call.desk.database.enter(Act("audit.read", call.account.id)) as connection:
        rows = audit_rows(connection, call.query.get("person", ""), before, most)
    names = {one.id: one.name for one in call.rooms.accounts.list_accounts()}
    items = [row | {"name": names.get(row["account"], row["account"])} for row in rows]
    return Reply({"items": items, "next": rows[-1]["number"] if len(rows) == most else None})


def _health(call: RouteCall) -> Reply:
    """Answer whether the database answers, and its form."""
    return Reply({"database": call.desk.database.revision == call.desk.database.newest_revision})


ACCESS_ROUTES = (
    Route("GET", "/", _home, "The list of people", status=303),
    Route("GET", "/health", _health, "Whether the service works"),
    Route("GET", "/sign-in", _show_sign_in, "Who is signed in", query=("next",)),
    Route("POST", "/sign-in", _sign_in, "Sign in", SignInBody, query=("next",)),
    Route("POST", "/sign-out", _sign_out, "Sign out", RequestBody),
    Route("GET", "/setup/{token}", _show_setup, "Whose password a link sets"),
    Route("POST", "/setup/{token}", _setup, "Set a password by a link", PasswordBody),
    Route("GET", "/account", _show_account, "Who is signed in, and the token for changes"),
    Route("POST", "/account", _change_account, "Set another password", ChangeBody),
    Route("GET", "/accounts", _list_accounts, "Every account"),
    Route("POST", "/accounts", _change_accounts, "Invite somebody, or give a role", AccountBody, status=201),
    Route("GET", "/audit", _show_audit, "Who did what", query=("person", "before", "limit")),
)
