"""Who was not solved: the same words and counts in every table, dataset and file."""

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["failure_attributes", "failure_record", "failure_sentence"]


def failure_record(failures: Mapping[int, str], men: int | None, draws: int = 0) -> dict[str, Any]:
    """Return who was not solved, and of how many, as plain numbers and texts.

    Parameters
    ----------
    failures : mapping of int to str
        Row to reason; under draws the row of man *m* in draw *d* is ``m·draws + d``.
    men : int or None
        How many there are; None is one man.
    draws : int, optional
        How many draws each man has; 0 for none.

    Returns
    -------
    dict
        ``men``, ``draws`` (where there are any), ``failed_count`` and ``failed``: who, and why.

    Examples
    --------
    >>> failure_record({3: "a level was lost"}, 4)
    {'men': 4, 'failed_count': 1, 'failed': {'3': 'a level was lost'}}
    """
    named = {_label(row, draws): why for row, why in sorted(failures.items())}
    counted = {"draws": draws} if draws else {}
    return {"men": 1 if men is None else men, **counted, "failed_count": len(named), "failed": named}


def failure_attributes(failures: Mapping[int, str], men: int | None, draws: int = 0) -> dict[str, str]:
    """Return the same as texts, for the metadata of a dataset or file; ``failed`` is a JSON object."""
    found = failure_record(failures, men, draws)
    texts = {name: str(value) for name, value in found.items() if name != "failed"}
    return texts | {"failed": json.dumps(found["failed"], ensure_ascii=False)}


def failure_sentence(failures: Mapping[int, str], men: int | None, draws: int = 0) -> str:
    """Return over how many a mean or percentile is, in words.

    Examples
    --------
    >>> failure_sentence({3: "a level was lost"}, 4)
    '3 of 4 men solved, 1 not solved'
    """
    total = (men or 1) * (draws or 1)
    what = ("draws" if men is None else "men under a draw each") if draws else "men" if men is not None else "man"
    lost = f", {len(failures)} not solved" if failures else ""
    return f"{total - len(failures)} of {total} {what} solved{lost}"


def _label(row: int, draws: int) -> str:
    return str(row) if not draws else f"man {row // draws}, draw {row % draws}"
