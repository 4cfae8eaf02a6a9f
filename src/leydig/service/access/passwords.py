"""Passwords: argon2id, by the parameters of RFC 9106 for machines that do other work too."""

from dataclasses import dataclass

from leydig.extras import extra
from leydig.service.problems import ServiceProblem

with extra("web"):
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["GUESSES", "PasswordCost", "Passwords", "check_password", "guesses"]

SHORTEST, LONGEST = 12, 128  # characters
DISTINCT = 5  # characters that differ
GUESSES = 1e8  # fewer find a password of a list of common ones, and what is made of it by rules
LOOKED_AT = 64  # characters of which guesses are counted: what is longer has more
CONTEXT = (
    "leydig",
    "anastrozole",
    "clomiphene",
    "fertility",
    "andrology",
    "hormone",
    "clinic",
    "hospital",
    "doctor",
    "clinician",
    "assistant",
    "admin",
    "password",
)  # words that are tried first here


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
    elif guesses(password, name) < GUESSES:
        why = (
            "got a password that is common, or made of a common one; expected one that lists of leaked passwords do "
            "not lead to. Take several words that have nothing to do with one another."
        )
    if why:
        raise ServiceProblem("WeakPassword", 422, why, pointer="/password")


def guesses(password: str, name: str = "") -> float:
    """Return how many guesses find a password, for who has lists of common passwords, words and names, and rules.

    Parameters
    ----------
    password : str
    name : str, optional
        Of its account: words of it are guessed first, as those of this program are.

    References
    ----------
    Wheeler 2016, zxcvbn: low-budget password strength estimation, USENIX Security 25
    """
    with extra("web"):
        from zxcvbn import zxcvbn  # its lists are read when somebody sets a password

    found = zxcvbn(password[:LOOKED_AT], user_inputs=[*CONTEXT, *name.split()])
    return float(found["guesses"])
