"""The addresses of the pages, written once: templates and scripts name them through here."""

import re
from urllib.parse import quote, urlencode

__all__ = ["ADDRESSES", "address", "addressed_person"]

ADDRESSES = {
    "people": "/people",
    "people_search": "/people/search",
    "man": "/people/{id}",
    "entries": "/people/{id}/entries",
    "visit": "/people/{id}/visit",
    "imports": "/people/{id}/imports",
    "import": "/people/{id}/imports/{item}",
    "import_commit": "/people/{id}/imports/{item}/commit",
    "what_if": "/people/{id}/what-if",
    "outlook": "/people/{id}/outlook",
    "next_lab": "/people/{id}/next-lab",
    "decisions": "/people/{id}/decisions",
    "report_html": "/people/{id}/report.html",
    "report_pdf": "/people/{id}/report.pdf",
    "report_ics": "/people/{id}/report.ics",
    "patient": "/people/{id}/patient",
    "export": "/people/{id}/export.zip",
    "deletion": "/people/{id}/deletion",
    "sign_in": "/sign-in",
    "sign_in_code": "/sign-in/code",
    "sign_out": "/sign-out",
    "setup": "/setup/{item}",
    "account": "/account",
    "account_sessions": "/account/sessions",
    "factor": "/account/factor",
    "factor_confirmation": "/account/factor/confirmation",
    "factor_removal": "/account/factor/removal",
    "confirmation": "/account/confirmation",
    "accounts": "/accounts",
    "audit": "/audit",
    "protocols": "/protocols",
    "protocol": "/protocols/{item}",
    "evidence": "/evidence",
    "study": "/evidence/{item}",
    "replays": "/evidence/replays",
    "trials": "/trials",
    "populations": "/populations",
    "calibrations": "/calibrations",
    "jobs": "/jobs",
    "job": "/jobs/{item}",
    "job_events": "/jobs/{item}/events",
    "job_cancellation": "/jobs/{item}/cancellation",
    "picture": "/jobs/{id}/pictures/{item}",
    "job_file": "/jobs/{id}/files/{item}",
    "units": "/units",
    "smart": "/smart",
    "smart_launch": "/smart/launch",
    "smart_results": "/smart/results",
    "lab": "/lab",
    "problem": "/problems/{item}",
}
_PERSON = re.compile(ADDRESSES["man"].format(id=r"(\w+)"))


def address(name: str, id: str = "", item: str = "", **query: object) -> str:
    """Return an address.

    Parameters
    ----------
    name : str
        A key of `ADDRESSES`.
    id : str, optional
        Of a man, or of a job.
    item : str, optional
        What else the path names.
    **query
        Left out where empty.

    Examples
    --------
    >>> address("man", "01J", protocol="anastrozole", region="")
    '/people/01J?protocol=anastrozole'
    """
    path = ADDRESSES[name].format(id=quote(id, safe=""), item=quote(item, safe=""))
    said = {key: str(value) for key, value in query.items() if value not in ("", None)}
    return f"{path}?{urlencode(said)}" if said else path


def addressed_person(path: str) -> str:
    """Return whom an address is about; empty where that is nobody.

    Examples
    --------
    >>> addressed_person("/people/01J/entries"), addressed_person("/people")
    ('01J', '')
    """
    found = _PERSON.match(path)
    return found[1] if found else ""
