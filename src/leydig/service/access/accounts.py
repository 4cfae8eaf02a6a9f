"""Accounts, and the links by which their passwords are set."""

import secrets
import time
from dataclasses import dataclass

from leydig.characters import hidden_character
from leydig.errors import UnknownName
from leydig.extras import extra
from leydig.service.access.attempts import Attempts, token_hash
from leydig.service.access.passwords import Passwords, check_password
from leydig.service.access.roles import AccountRole
from leydig.service.problems import ServiceProblem
from leydig.service.storage.act import SYSTEM, Act, Outcome
from leydig.service.storage.audit import now_text
from leydig.service.storage.database import Database
from leydig.service.storage.identity import new_identity
from leydig.service.storage.tables import SCHEMA

with extra("web"):
    import sqlalchemy as sa

__all__ = ["Account", "Accounts"]

LINK_LASTS = 24 * 3600.0  # [s]
_T = SCHEMA.tables


@dataclass(frozen=True)
class Account:
    """Who may sign in."""

    id: str
    name: str
    role: AccountRole


class Accounts:
    """The accounts of a database.

    Parameters
    ----------
    database : Database
    passwords : Passwords
    """

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self.database, self.passwords, self.attempts = database, passwords, Attempts(database)

    def list_accounts(self) -> list[Account]:
        """Return every account, by name."""
        with self.database.look() as connection:
            rows = connection.execute(sa.select(_T["account"]).order_by(_T["account"].c.name)).all()
        return [Account(row.id, row.name, AccountRole(row.role)) for row in rows]

    def names(self) -> dict[str, str]:
        """Return the name of each account, by its identity."""
        return {one.id: one.name for one in self.list_accounts()}

    def find(self, identity: str) -> Account | None:
        """Return the account of an identity; None where there is none."""
        return next((one for one in self.list_accounts() if one.id == identity), None)

    # Links ---------------------------------------------------------------------------------------------

    def invite(self, name: str, role: AccountRole | str, by: str = SYSTEM) -> str:
        """Return the secret of a link by which the password of an account is set, once, within a day.

        Parameters
        ----------
        name : str
            Empty for the first account, which chooses its own.
        role : AccountRole
        by : str, optional
            The account that invites.

        Raises
        ------
        UnknownName
            When there is no such role.
        ServiceProblem
            When the name is none.
        """
        if role not in list(AccountRole):
            raise UnknownName.among("role", str(role), list(AccountRole))
        if name:
            _check_name(name)
        token = secrets.token_urlsafe(32)
        row = {"token": token_hash(token), "name": name, "role": str(role), "until": time.time() + LINK_LASTS}
        with self.database.enter(Act("account.invite", by)) as connection:
            if name:  # several processes may begin at once, each with a link for the first account: one of them counts
                connection.execute(sa.delete(_T["invitation"]).where(_T["invitation"].c.name == name))
            connection.execute(sa.insert(_T["invitation"]).values(row))
        return token

    def invitation(self, token: str) -> tuple[str, AccountRole]:
        """Return the name and role of a link; raises ServiceProblem (404) where it is none, or no longer."""
        with self.database.look() as connection:
            asked = sa.select(_T["invitation"]).where(_T["invitation"].c.token == token_hash(token))
            row = connection.execute(asked).one_or_none()
        if row is None or row.until < time.time():
            raise _problem()
        return row.name, AccountRole(row.role)

    def accept(self, token: str, name: str, password: str) -> Account:
        """Set the password of a link's account, and make it where it is new; the link is used up."""
        said, role = self.invitation(token)
        chosen = said or name.strip()
        _check_name(chosen)
        check_password(password, chosen)
        stored = self.passwords.hash(password)
        with self.database.enter(Act("account.set-password")) as connection:
            used = connection.execute(sa.delete(_T["invitation"]).where(_T["invitation"].c.token == token_hash(token)))
            if used.rowcount != 1:
                raise _problem()
            first = connection.execute(sa.select(_T["account"].c.id).limit(1)).one_or_none()
            if not said and first is not None:  # the first account is there: by another link
                raise _problem()
            account = connection.execute(sa.select(_T["account"]).where(_T["account"].c.name == chosen)).one_or_none()
            if account is None:
                row = {"id": new_identity(), "name": chosen, "role": str(role), "recorded_at": now_text()}
                connection.execute(sa.insert(_T["account"]).values(**row, password=stored))
                return Account(row["id"], chosen, role)
            _revoke(connection, account.id)
            mine = _T["account"].c.id == account.id
            connection.execute(sa.update(_T["account"]).where(mine).values(password=stored))
            return Account(account.id, chosen, AccountRole(account.role))

    def change_role(self, name: str, role: AccountRole | str, by: str = SYSTEM) -> Account:
        """Give an account another role, and end its sessions.

        Raises
        ------
        UnknownName
            When there is no such account or role.
        ServiceProblem
            When nobody would be left to manage accounts.
        """
        if role not in list(AccountRole):
            raise UnknownName.among("role", str(role), list(AccountRole))
        every = self.list_accounts()
        found = next((one for one in every if one.name == name), None)
        if found is None:
            raise UnknownName.among("account", name, [one.name for one in every])
        others = [one for one in every if one.role == AccountRole.ADMIN and one.id != found.id]
        if found.role == AccountRole.ADMIN and role != AccountRole.ADMIN and not others:
            raise ServiceProblem(
                "LastAdmin",
                409,
                f"got another role for {name!r}, the only admin; expected "
                "one admin at least. Make another account admin first.",
                pointer="/role",
            )
        with self.database.enter(Act("account.role", by, found.id)) as connection:
            _revoke(connection, found.id)
            connection.execute(sa.update(_T["account"]).where(_T["account"].c.id == found.id).values(role=str(role)))
        return Account(found.id, name, AccountRole(role))

    def change_password(self, account: Account, old: str, new: str, address: str) -> None:
        """Set another password for who knows the present one; ends every session of the account."""
        self.check_present(account, old, address, "/present")
        check_password(new, account.name)
        stored = self.passwords.hash(new)
        with self.database.enter(Act("account.set-password", account.id, account.id)) as connection:
            _revoke(connection, account.id)
            mine = _T["account"].c.id == account.id
            connection.execute(sa.update(_T["account"]).where(mine).values(password=stored))

    # Signing in ----------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, address: str) -> Account:
        """Return the account of a name and its password.

        Raises
        ------
        ServiceProblem
            Status 401 where they do not go together, 429 where too many were refused just before.
        """
        with self.database.look() as connection:
            row = connection.execute(sa.select(_T["account"]).where(_T["account"].c.name == name.strip())).one_or_none()
        with self.attempts.enter(name, address) as attempt:
            is_right = self.passwords.is_right(row.password if row else None, password)
            if is_right and row is not None and row.role != AccountRole.CLOSED:
                attempt.take_back()
                return Account(row.id, row.name, AccountRole(row.role))
        with self.database.enter(Act("session.begin", row.id if row else SYSTEM, outcome=Outcome.DENIED)):
            pass
        raise ServiceProblem(
            "WrongSignIn",
            401,
            "got a name and a password that do not go together; expected those of an account. Write both again.",
            pointer="/password",
        )

    def check_present(self, account: Account, password: str, address: str, pointer: str) -> None:
        """Refuse who is signed in and does not know the present password.

        Raises
        ------
        ServiceProblem
            Status 422 where it is another one, 429 where too many were refused just before.
        """
        with self.database.look() as connection:
            row = connection.execute(sa.select(_T["account"]).where(_T["account"].c.id == account.id)).one()
        with self.attempts.enter(account.name, address) as attempt:
            if self.passwords.is_right(row.password, password):
                attempt.take_back()
                return
        raise ServiceProblem(
            "WrongPassword",
            422,
            "got another password than the present one; expected it. Write it again.",
            pointer=pointer,
        )


def _revoke(connection: sa.Connection, account: str) -> None:
    """End every session of an account."""
    table = _T["session"]
    connection.execute(sa.update(table).where(table.c.account == account).values(revoked=True))


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= 64 or hidden_character(name) or name != name.strip():
        raise ServiceProblem(
            "WrongBody",
            422,
            "got a name that is none; expected 1 to 64 characters that can be seen. Write such as 'Dr Ito'.",
            pointer="/account",
        )


def _problem() -> ServiceProblem:
    return ServiceProblem(
        "NotFound",
        404,
        "got a link that was used or is older than a day; expected a new one. Ask for one: leydig account reset NAME",
    )
