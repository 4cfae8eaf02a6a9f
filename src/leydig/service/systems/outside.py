"""Asking another system: within a time, up to a size, and never led elsewhere."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urlencode

from leydig.errors import BadRecord
from leydig.exchange.fhir.bundle import LIMITS
from leydig.json_file import json_content
from leydig.service.problems import ServiceProblem
from leydig.service.systems.systems import check_outside_address

__all__ = ["ask_system"]

PATIENCE, MOST = 10.0, 5_500_000  # [s] and [byte] of an answer


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows nowhere: who is named in the file answers, or nobody."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:  # fmt: skip
        """Return nothing, so that being led elsewhere is an error."""


def ask_system(
    address: str, form: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the JSON object that another system answers.

    Parameters
    ----------
    address : str
    form : mapping, optional
        What is sent; nothing, by GET, when left out.
    headers : mapping, optional

    Raises
    ------
    ServiceProblem
        Status 502, when it does not answer with one; what it said stays out of the message.
    """
    check_outside_address(address)
    said = {"Accept": "application/fhir+json, application/json"} | dict(headers or {})
    sent = None if form is None else urlencode(form).encode()
    request = urllib.request.Request(address, sent, said)
    try:
        with urllib.request.build_opener(_Straight).open(request, timeout=PATIENCE) as answer:
            plain = answer.read(MOST + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise _problem(f"status {error.code}") from error
    except (OSError, HTTPException) as error:
        raise _problem("no answer") from error
    if len(plain) > MOST:
        raise _problem(f"more than {MOST:,} bytes")
    try:
        content = json_content(plain.decode("utf-8"), BadRecord, limits=LIMITS)
    except (BadRecord, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _problem("no JSON") from error
    if not isinstance(content, dict):
        raise _problem("no object")
    return content


def _problem(what: str) -> ServiceProblem:
    return ServiceProblem(
        "SystemSilent",
        502,
        f"got {what} from the other system; expected its answer. Try again, or ask who runs that system.",
    )
