"""Reading a request: its query, its body as JSON, form or file, within limits."""

import json
from collections.abc import Iterable
from typing import Any

from leydig.characters import hidden_character
from leydig.errors import BadRecord
from leydig.extras import extra
from leydig.json_file import FREE_TEXT, JsonLimits, json_content
from leydig.service.problems import ServiceProblem

with extra("web"):
    from starlette.datastructures import FormData, UploadFile
    from starlette.exceptions import HTTPException
    from starlette.requests import Request

__all__ = ["LARGEST", "LARGEST_FILE", "RequestContent", "read_content", "read_query"]

LARGEST, LARGEST_FILE = 100_000, 5_500_000  # [byte] of a body, and of one that holds a file
LONGEST_PARAMETER = 4000  # characters of one parameter of an address
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_JSON = ("application/json", "application/fhir+json")
_FILES = (*_JSON, "text/csv", "text/plain", "application/octet-stream")
_LIMITS = JsonLimits(longest=LARGEST, hidden=True)  # what a field must not hold is refused at its field
_LISTS = ("regimens", "confirmed", "studies")  # what a form may say several times
_APART = ("csrf", "version", "confirmation", "request")  # what a form says beside its content


class RequestContent:
    """What came with a request.

    Attributes
    ----------
    content : dict
        Of JSON or of a form; empty for a file.
    raw : bytes
        Of a file.
    csrf, version, confirmation, request : str
        Of a form: the last two are the password, written again, and the key of the page on which it stands.
    is_form : bool
    """

    def __init__(self, content: Any = None, raw: bytes = b"", is_form: bool = False) -> None:
        self.content: Any = {} if content is None else content
        self.raw, self.is_form = raw, is_form
        apart = {key: self.content.pop(key, "") for key in _APART} if is_form else {}
        self.csrf, self.version, self.confirmation, self.request = (str(apart.get(key, "")) for key in _APART)


async def read_content(request: Request, takes_file: bool) -> RequestContent:
    """Return what came with a request.

    Raises
    ------
    ServiceProblem
        Status 400 where it cannot be read, 415 where it is of another kind, 413 where it is too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _FORMS:
        return await _read_form(request, takes_file)
    plain = await request.body()
    if not plain:  # whatever kind is said of it: nothing has none
        return RequestContent()
    if takes_file and kind in _FILES:
        pasted = _pasted_text(plain) if kind == "application/json" else None
        return RequestContent(raw=plain) if pasted is None else RequestContent({"text": pasted})
    if kind not in _JSON:
        raise ServiceProblem(
            "UnsupportedMedia",
            415,
            f"got {kind or 'no type'!r}; expected application/json, or a form. Set Content-Type.",
        )
    content = _json(plain)
    if content is None:
        raise ServiceProblem("UnreadableBody", 400, "got null; expected an object. Put it in braces.")
    return RequestContent(content)


def _pasted_text(plain: bytes) -> str | None:
    """Return the text of an object that holds nothing else; None where the body is the file itself."""
    try:
        content = json.loads(plain)
    except (ValueError, RecursionError):
        return None
    text = content.get("text") if isinstance(content, dict) and len(content) == 1 else None
    return text if isinstance(text, str) else None


def _json(plain: bytes) -> Any:
    try:
        return json_content(plain.decode("utf-8"), BadRecord, limits=_LIMITS)
    except (BadRecord, UnicodeDecodeError) as error:
        why = (
            str(error)
            if isinstance(error, BadRecord)
            else "got bytes that are no UTF-8; expected JSON in UTF-8. Save it so."
        )
        raise ServiceProblem("UnreadableBody", 400, why) from error


async def _read_form(request: Request, takes_file: bool) -> RequestContent:
    """Return the fields of a form; of a field that says nothing no more than its absence."""
    try:
        form = await request.form(max_files=1 if takes_file else 0, max_fields=2000)
    except HTTPException as error:
        raise ServiceProblem(
            "UnreadableBody", 400, f"got a form in another form ({error.detail}); expected one. Send it again."
        ) from error
    try:
        raw = b""
        for one in form.getlist("file"):
            raw = await one.read() if isinstance(one, UploadFile) else raw
        return RequestContent(_fields(form), raw, is_form=True)
    finally:
        await form.close()


def _fields(form: FormData) -> dict[str, Any]:
    """Return what the fields of a form say, by name."""
    content: dict[str, Any] = {}
    for key in form:
        values = form.getlist(key)
        texts = [one.replace("\r\n", "\n") for one in values if isinstance(one, str)]
        if key in _LISTS:
            content[key] = [one for one in texts if one]
        elif len(values) != 1:
            raise ServiceProblem(
                "UnreadableBody",
                400,
                f"got the field {key[:40]!r} {len(values)} times; expected it once. Send it again.",
            )
        elif texts and texts[0] != "":
            content[key] = texts[0]
    return content


def read_query(items: Iterable[tuple[str, str]], names: tuple[str, ...]) -> dict[str, str]:
    """Return the query of an address; raises ServiceProblem for what its route does not know."""
    found: dict[str, str] = {}
    for key, value in items:
        if key not in names:
            expected = f"one of {', '.join(names)}" if names else "none here"
            raise ServiceProblem(
                "WrongQuery",
                422,
                f"got {key[:40]!r} in the address; expected {expected}. Leave it out.",
                pointer=f"/{key[:40]}",
            )
        if key in found:
            raise ServiceProblem(
                "WrongQuery", 422, f"got {key} twice; expected it once. Leave one out.", pointer=f"/{key}"
            )
        found[key] = _visible_text(key, value)
    return found


def _visible_text(key: str, value: str) -> str:
    """Return a parameter of an address; raises ServiceProblem where nobody could have typed it."""
    hidden = hidden_character(value, FREE_TEXT + "\r")
    if hidden or len(value) > LONGEST_PARAMETER:
        got = hidden or f"a text of {len(value):,} characters"
        expected = f"at most {LONGEST_PARAMETER:,} characters, all of which can be seen"
        raise ServiceProblem("WrongQuery", 422, f"got {got}; expected {expected}. Correct {key}.", pointer=f"/{key}")
    return value
