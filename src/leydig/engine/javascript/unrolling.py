"""Loops over states written out when the script is printed: no browser unrolls a loop over places in a list."""

import re
from collections.abc import Sequence

__all__ = ["unroll_loops"]

_LOOP = re.compile(r"for \(const (\[(\w), (\w), (\w)\]|(\w)) of (FAST|SLOW)\) ")


def unroll_loops(text: str, fast: Sequence[int], slow: Sequence[int], width: int) -> str:
    """Return a script whose loops over ``FAST`` and ``SLOW`` are written out, place by place.

    Parameters
    ----------
    text : str
        Loops are ``for (const [p, q, j] of FAST) ...``, of which p counts, q is the first of its `width` rows of
        numbers and j its place among the states, or ``for (const j of SLOW) ...``; what is repeated is one statement,
        or those between braces, with no braces inside.
    fast, slow : sequence of int
        Places among the states.
    width : int

    Examples
    --------
    >>> unroll_loops("for (const [p, q, j] of FAST) w[q + 1] += y[j];", [0, 4], [], 7)
    'w[1] += y[0]; w[8] += y[4];'
    """
    while found := _LOOP.search(text):
        end = text.index("}", found.end()) + 1 if text[found.end()] == "{" else text.index(";", found.end()) + 1
        body = text[found.end() : end]
        copies = [
            _with_numbers(
                body, {found[2]: place, found[3]: place * width, found[4]: state} if found[2] else {found[5]: state}
            )
            for place, state in enumerate(fast if found[6] == "FAST" else slow)
        ]
        text = text[: found.start()] + " ".join(copies) + text[end:]
    return text


def _with_numbers(body: str, numbers: dict[str, int]) -> str:
    """Return a statement with numbers for its letters, and their sums worked out."""
    text = re.sub(rf"(?<![\w.])({'|'.join(numbers)})(?!\w)", lambda one: str(numbers[one[1]]), body)
    return re.sub(r"\[(\d+) \+ (\d+)\]", lambda sum_of: f"[{int(sum_of[1]) + int(sum_of[2])}]", text)
