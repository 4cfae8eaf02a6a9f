"""The second factor: codes of an authenticator (RFC 6238), each taken once, and recovery codes for who lost it."""

import base64
import hmac
import secrets
import time

from leydig.extras import extra
from leydig.service.access.accounts import Account
from leydig.service.access.attempts import Attempts, token_hash
from leydig.service.problems import ServiceProblem
from leydig.service.storage.act import SYSTEM, Act, Outcome
from leydig.service.storage.database import Database, ring_of
from leydig.service.storage.tables import SCHEMA

with extra("web"):
    import pyotp
    import sqlalchemy as sa

__all__ = ["SecondFactors"]

STEP = 30  # [s] of one code; RFC 6238
DRIFT = 1  # steps by which a clock may differ
RECOVERY_CODES, RECOVERY_BYTES = 10, 15  # how many, and of how many random bytes each: 120 bits need no slow hash
ISSUER = "Leydig"
_FACTOR, _RECOVERY = SCHEMA.tables["second_factor"], SCHEMA.tables["recovery_code"]


class SecondFactors:
    """The second factors of a database.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self.database, self.attempts = database, Attempts(database)

    def begin(self, account: Account) -> tuple[str, str]:
        """Return a new secret as text and as an address for an authenticator; it counts when a code confirmed it.

        Raises
        ------
        ServiceProblem
            Status 409, where a second factor holds already.
        """
        secret = pyotp.random_base32()
        with self.database.enter(Act("factor.begin", account.id, account.id)) as connection:
            row = connection.execute(sa.select(_FACTOR).where(_FACTOR.c.account == account.id)).one_or_none()
            if row is not None and row.is_confirmed:
                raise ServiceProblem(
                    "FactorThere", 409, "got a second factor beside the one that holds; expected one. Remove it first."
                )
            connection.execute(sa.delete(_FACTOR).where(_FACTOR.c.account == account.id))
            sealed = ring_of(connection).seal(secret.encode(), f"second_factor/{account.id}")
            values = {"account": account.id, "secret": sealed, "is_confirmed": False, "last_step": 0}
            connection.execute(sa.insert(_FACTOR).values(values))
        return secret, pyotp.TOTP(secret, name=account.name, issuer=ISSUER).provisioning_uri()

    def confirm(self, account: Account, code: str, address: str) -> tuple[str, ...]:
        """Let a secret count whose code somebody wrote; return the recovery codes, which are shown once.

        Raises
        ------
        ServiceProblem
            Status 409 where none was begun, 422 where the code is another one, 429 where too many were refused.
        """
        codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
        self._check(account, code, address, is_confirmed=False)
        rows = [{"hash": _code_hash(account, one), "account": account.id} for one in codes]
        with self.database.enter(Act("factor.confirm", account.id, account.id)) as connection:
            mine = _FACTOR.c.account == account.id
            connection.execute(sa.update(_FACTOR).where(mine).values(is_confirmed=True))
            connection.execute(sa.delete(_RECOVERY).where(_RECOVERY.c.account == account.id))
            connection.execute(sa.insert(_RECOVERY), rows)
        return codes

    def check(self, account: Account, code: str, address: str) -> None:
        """Refuse a code that is neither the authenticator's nor a recovery code, or was used before.

        Raises
        ------
        ServiceProblem
            Status 422 where it is another one, 429 where too many were refused just before.
        """
        self._check(account, code, address, is_confirmed=True)

    def needs_code(self, account: Account) -> bool:
        """Return whether an account has a second factor."""
        with self.database.look() as connection:
            asked = sa.select(_FACTOR.c.is_confirmed).where(_FACTOR.c.account == account.id)
            return bool(connection.execute(asked).scalar_one_or_none())

    def count_recovery_codes(self, account: Account) -> int:
        """Return how many recovery codes are left."""
        with self.database.look() as connection:
            asked = sa.select(sa.func.count()).select_from(_RECOVERY).where(_RECOVERY.c.account == account.id)
            return int(connection.execute(asked).scalar_one())

    def remove(self, account: Account, by: str = SYSTEM) -> None:
        """Remove the second factor of an account, with its recovery codes."""
        with self.database.enter(Act("factor.remove", by, account.id)) as connection:
            for table in (_FACTOR, _RECOVERY):
                connection.execute(sa.delete(table).where(table.c.account == account.id))

    def _check(self, account: Account, code: str, address: str, is_confirmed: bool) -> None:
        with self.attempts.enter(f"{account.name} code", address) as attempt:
            with self.database.touch() as connection:
                self.database.lock_all(connection)
                row = connection.execute(sa.select(_FACTOR).where(_FACTOR.c.account == account.id)).one_or_none()
                if row is None or row.is_confirmed != is_confirmed:
                    raise ServiceProblem(
                        "NoFactor",
                        409,
                        "got a code where no second factor waits for one; expected one. Begin it first.",
                    )
                secret = ring_of(connection).open(row.secret, f"second_factor/{account.id}").decode()
                step = _step_of(secret, code.replace(" ", ""), row.last_step)
                mine = _FACTOR.c.account == account.id
                if step:
                    connection.execute(sa.update(_FACTOR).where(mine).values(last_step=step))
                used = step or (is_confirmed and _use_recovery_code(connection, account, code))
            if used:
                attempt.take_back()
                return
        with self.database.enter(Act("factor.check", account.id, account.id, Outcome.DENIED)):
            pass
        raise ServiceProblem(
            "WrongCode",
            422,
            "got a code that is not that of the authenticator, or was used; expected the one that it shows now, or a "
            "recovery code. Wait for the next one.",
            pointer="/code",
        )


def _step_of(secret: str, code: str, last: int) -> int:
    """Return the step whose code it is, after the last one that was used; 0 for none."""
    now, otp = int(time.time()) // STEP, pyotp.TOTP(secret)
    steps = [now + shift for shift in range(-DRIFT, DRIFT + 1)]
    right = [one for one in steps if one > last and hmac.compare_digest(otp.at(one * STEP).encode(), code.encode())]
    return right[0] if right else 0


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
    return "-".join(text[start : start + 6] for start in range(0, len(text), 6))


def _code_hash(account: Account, code: str) -> str:
    return token_hash(f"{account.id} {code.strip().upper()}")


def _use_recovery_code(connection: sa.Connection, account: Account, code: str) -> bool:
    found = connection.execute(sa.delete(_RECOVERY).where(_RECOVERY.c.hash == _code_hash(account, code)))
    return found.rowcount == 1
