"""Roles, and the one table of what each may do: the guard reads it, and a test goes through it route by route."""

from leydig.text_enum import TextEnum

__all__ = ["PERMISSIONS", "AccountRole", "is_open"]


class AccountRole(TextEnum):
    """What an account is for."""

    CLINICIAN = "clinician"
    ASSISTANT = "assistant"
    READER = "read-only"
    ADMIN = "admin"
    CLOSED = "closed"  # of who left: may nothing, not even sign in


_EVERYBODY = frozenset(AccountRole) - {AccountRole.CLOSED}
_WRITERS = frozenset({AccountRole.CLINICIAN, AccountRole.ASSISTANT, AccountRole.ADMIN})
_DECIDERS = frozenset({AccountRole.CLINICIAN, AccountRole.ADMIN})
_ADMINS = frozenset({AccountRole.ADMIN})
_OPEN = None  # who is not signed in too

PERMISSIONS: dict[str, frozenset[AccountRole] | None] = {
    "GET /": _OPEN,
    "GET /sign-in": _OPEN,
    "POST /sign-in": _OPEN,
    "GET /sign-in/code": _OPEN,
    "POST /sign-in/code": _OPEN,  # for who wrote his password just before
    "POST /sign-out": _EVERYBODY,
    "GET /setup/{token}": _OPEN,
    "POST /setup/{token}": _OPEN,
    "GET /health": _OPEN,
    "GET /problems/{name}": _OPEN,
    "GET /assets/{name}": _OPEN,
    "GET /cds-services": _OPEN,
    "POST /cds-services/{service}": _OPEN,  # by a secret or token of its own
    "GET /smart": _WRITERS,
    "GET /smart/launch": _OPEN,  # another site leads here, and a browser keeps its session from that
    "GET /smart/callback": _OPEN,
    "GET /smart/results": _WRITERS,
    "POST /smart/results": _WRITERS,
    "GET /account": _EVERYBODY,
    "POST /account": _EVERYBODY,
    "POST /account/sessions": _EVERYBODY,
    "POST /account/factor": _EVERYBODY,
    "POST /account/factor/confirmation": _EVERYBODY,
    "POST /account/factor/removal": _EVERYBODY,
    "GET /account/confirmation": _EVERYBODY,
    "POST /account/confirmation": _EVERYBODY,
    "GET /accounts": _ADMINS,
    "POST /accounts": _ADMINS,
    "GET /audit": _ADMINS,
    "GET /protocols": _EVERYBODY,
    "GET /protocols/{name}": _EVERYBODY,
    "GET /evidence": _EVERYBODY,
    "GET /evidence/{name}": _EVERYBODY,
    "POST /evidence/replays": _WRITERS,
    "GET /trials": _EVERYBODY,
    "POST /trials": _WRITERS,
    "GET /populations": _EVERYBODY,
    "POST /populations": _WRITERS,
    "GET /calibrations": _EVERYBODY,
    "POST /calibrations": _DECIDERS,  # it holds a worker for hours
    "GET /jobs": _EVERYBODY,
    "GET /jobs/{job}": _EVERYBODY,
    "GET /jobs/{job}/events": _EVERYBODY,
    "GET /jobs/{job}/pictures/{name}": _EVERYBODY,
    "GET /jobs/{job}/files/{name}": _EVERYBODY,
    "POST /jobs/{job}/cancellation": _WRITERS,
    "GET /units": _EVERYBODY,
    "GET /lab": _EVERYBODY,
    "POST /simulations": _EVERYBODY,
    "GET /people": _EVERYBODY,
    "POST /people": _WRITERS,
    "POST /people/search": _EVERYBODY,
    "GET /people/{id}": _EVERYBODY,
    "DELETE /people/{id}": _DECIDERS,
    "POST /people/{id}/deletion": _DECIDERS,
    "GET /people/{id}/patient": _EVERYBODY,
    "GET /people/{id}/entries": _EVERYBODY,
    "POST /people/{id}/entries": _WRITERS,
    "GET /people/{id}/visit": _WRITERS,
    "POST /people/{id}/visit": _WRITERS,
    "POST /people/{id}/imports": _WRITERS,
    "GET /people/{id}/imports/{import}": _WRITERS,
    "POST /people/{id}/imports/{import}/commit": _WRITERS,
    "GET /people/{id}/assessments": _EVERYBODY,
    "POST /people/{id}/assessments": _WRITERS,
    "GET /people/{id}/assessments/{assessment}": _EVERYBODY,
    "POST /people/{id}/forecasts": _WRITERS,
    "GET /people/{id}/forecasts/{forecast}": _EVERYBODY,
    "GET /people/{id}/what-if": _EVERYBODY,
    "GET /people/{id}/outlook": _EVERYBODY,
    "GET /people/{id}/next-lab": _EVERYBODY,
    "GET /people/{id}/decisions": _EVERYBODY,
    "POST /people/{id}/decisions": _DECIDERS,
    "GET /people/{id}/report.html": _EVERYBODY,
    "GET /people/{id}/report.pdf": _EVERYBODY,
    "GET /people/{id}/report.ics": _EVERYBODY,
    "GET /people/{id}/export.zip": _DECIDERS,
}


def is_open(route: str) -> bool:
    """Return whether a route, such as ``GET /sign-in``, is for who is not signed in too."""
    return PERMISSIONS[route] is _OPEN
