"""Errors as HTTP says them: problem details of RFC 9457, with the message of the error itself."""

from collections.abc import Callable
from typing import Any, TypeVar

from leydig.errors import LeydigError, MissingExtra

__all__ = ["MEDIA", "ServiceProblem", "problem_of", "refuse_with_pointer"]

T = TypeVar("T")

MEDIA = "application/problem+json"


class ServiceProblem(LeydigError):
    """What a request is refused for, with its status.

    Parameters
    ----------
    name : str
        The last part of its type, ``/problems/NAME``.
    status : int
    detail : str
        In the form ``got X; expected Y. Way out.``
    pointer : str, optional
        Of the field that is wrong.
    errors : list of dict, optional
        Every refusal, with ``pointer`` and ``detail``.
    wait : int, optional
        Seconds after which it may be tried again.
    allow : str, optional
        The methods that an address knows.
    """

    def __init__(
        self,
        name: str,
        status: int,
        detail: str,
        *,
        pointer: str = "",
        errors: list[dict[str, str]] | None = None,
        wait: int = 0,
        allow: str = "",
    ) -> None:
        super().__init__(detail)
        self.name, self.status, self.detail = name, status, detail
        self.pointer, self.errors, self.wait, self.allow = pointer, errors, wait, allow

    @property
    def title(self) -> str:
        """Its name in words."""
        words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in self.name)
        return words.strip().capitalize()

    def as_json(self) -> dict[str, Any]:
        """Return the problem details."""
        found: dict[str, Any] = {
            "type": f"/problems/{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        found |= {"pointer": self.pointer} if self.pointer else {}
        return found | ({"errors": self.errors} if self.errors else {})


def problem_of(error: LeydigError, pointer: str = "", status: int = 0) -> ServiceProblem:
    """Return an error of the library as a problem.

    Parameters
    ----------
    error : LeydigError
    pointer : str, optional
        Of the field that is wrong, where the error does not say it.
    status : int, optional
        422 when left out, 501 for a library that is not installed.
    """
    if isinstance(error, ServiceProblem):
        return error
    code = status or (501 if isinstance(error, MissingExtra) else 422)
    return ServiceProblem(type(error).__name__, code, str(error), pointer=pointer)


def refuse_with_pointer(reading: Callable[[], T], pointer: str) -> T:
    """Return what a reading returns; what it refuses gets the field."""
    try:
        return reading()
    except LeydigError as error:
        found = problem_of(error)
        raise ServiceProblem(found.name, found.status, str(error), pointer=pointer) from error
