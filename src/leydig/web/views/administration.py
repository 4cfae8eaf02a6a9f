"""Administration: accounts and the audit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from leydig.web.view import View

__all__ = ["AccountLine", "AccountsView", "AuditRow", "AuditView", "accounts_view", "audit_view"]

ROLES = ("clinician", "assistant", "read-only", "admin", "closed")


@dataclass(frozen=True)
class AccountLine:
    """One account."""

    account: str
    role: str


@dataclass(frozen=True)
class AccountsView(View):
    """Every account, and the form that invites one.

    Attributes
    ----------
    accounts : tuple of AccountLine
    roles : tuple of str
    invitation : str
        The address by which the holder of a new account sets his password; shown once.
    account, refusal, pointer : str
        What was written into the form that was refused, why, and in which field.
    """

    template: ClassVar[str] = "accounts.html.jinja"
    accounts: tuple[AccountLine, ...]
    roles: tuple[str, ...]
    invitation: str = ""
    account: str = ""
    refusal: str = ""
    pointer: str = ""


@dataclass(frozen=True)
class AuditRow:
    """One act."""

    number: int
    at: str
    account: str
    action: str
    target: str
    outcome: str
    hash: str


@dataclass(frozen=True)
class AuditView(View):
    """The audit, the last act first; `next` is the number before which it goes on."""

    template: ClassVar[str] = "audit.html.jinja"
    rows: tuple[AuditRow, ...]
    person: str = ""
    next: str = ""


def accounts_view(
    accounts: Iterable[tuple[str, str]],
    *,
    invitation: str = "",
    account: str = "",
    refusal: str = "",
    pointer: str = "",
) -> AccountsView:
    """Return the page of accounts.

    Parameters
    ----------
    accounts : iterable of (str, str)
        Name and role.
    invitation, account, refusal, pointer : str, optional
        As in `AccountsView`.
    """
    lines = tuple(AccountLine(name, role) for name, role in sorted(accounts))
    return AccountsView(lines, ROLES, invitation, account, refusal, pointer)


def audit_view(rows: Sequence[Mapping[str, Any]], *, person: str = "", next: str = "") -> AuditView:
    """Return the audit.

    Parameters
    ----------
    rows : sequence of mapping
        ``number``, ``at``, ``account`` (or ``name``), ``action``, ``target``, ``outcome`` and ``hash``.
    person, next : str, optional
        Of whom alone, and the cursor.
    """
    keys = ("at", "action", "target", "outcome", "hash")
    lines = [
        AuditRow(number=int(one["number"]), account=str(one.get("name") or one["account"] or ""),
                 **{key: str(one[key] or "") for key in keys})
        for one in rows
    ]  # fmt: skip
    return AuditView(tuple(lines), person, next)
