"""Passwords: argon2id, by the parameters of RFC 9106 for machines that do other work too."""

from dataclasses import dataclass

from leydig.extras import extra
from leydig.service.problems import ServiceProblem

with extra("web"):
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["PasswordCost", "Passwords", "check_password"]

SHORTEST, LONGEST = 12, 128  # characters
DISTINCT = 5  # characters that differ


@dataclass(frozen=True)
class PasswordCost:
    """What one hash costs, so that guessing many costs more: RFC 9106, section 4, second recommended option.

    Attributes
    ----------
    passes : int
    memory : int
        [KiB]
    lanes : int
    """

    passes: int = 3
    memory: int = 65536
    lanes: int = 4


class Passwords:
    """Makes and checks hashes of passwords.

    Parameters
    ----------
    cost : PasswordCost
    """

    def __init__(self, cost: PasswordCost) -> None:
        self._hasher = PasswordHasher(cost.passes, cost.memory, cost.lanes)
        self._nobody = self._hasher.hash("the password of nobody")

    def hash(self, password: str) -> str:
        """Return the hash of a password, with its salt and cost."""
        return self._hasher.hash(password)

    def is_right(self, hash_text: str | None, password: str) -> bool:
        """Return whether a password is that of a hash; where there is none it takes as long, and is not."""
        try:
            self._hasher.verify(hash_text or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return hash_text is not None


def check_password(password: str, name: str) -> None:
    """Refuse a password that is guessed too soon.

    Raises
    ------
    ServiceProblem
        Status 422.
    """
    why = ""
    if not SHORTEST <= len(password) <= LONGEST:
        why = f"got a password of {len(password)} characters; expected {SHORTEST} to {LONGEST}. Take several words."
    elif len(set(password)) < DISTINCT:
        why = f"got a password of fewer than {DISTINCT} different characters; expected more. Take several words."
    elif name.strip() and name.strip().lower() in password.lower():
        why = "got a password that holds the name of its account; expected one without it. Take several other words."
    if why:
        raise ServiceProblem("WeakPassword", 422, why, pointer="/password")
