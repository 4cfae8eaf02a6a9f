"""Lines of one operation as fewer, longer lines: what is read once stands where it is read.

The operations and their order are the same, so the numbers are the same to the last bit; the script is a quarter
shorter. What each line is stands in it: a line that the printer wrote is one operation on names and numbers.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import IntEnum

__all__ = ["NAME", "inline_lines"]

NAME = re.compile(r"(?<![\w.])[a-z]\d+(?!\w)")  # of an input or a line


class _Binds(IntEnum):
    """How tightly an expression holds together."""

    CHOICE = 0
    COMPARISON = 1
    SUM = 2
    PRODUCT = 3
    SIGN = 4
    WHOLE = 5


def inline_lines(
    lines: Mapping[str, str], results: Sequence[str], reads: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Return lines without those that are read once, and the results with the latter in their places.

    Parameters
    ----------
    lines : mapping of str to str
        Expressions of one operation each, by the names that they give, in their order.
    results : sequence of str
        Names or numbers.
    reads : mapping of str to str
        How an input is read, by its name; one that is read once is read in its place.

    Examples
    --------
    >>> inline_lines({"v0": "t1+t2", "v1": "v0*t1"}, ["v1"], {"t1": "t[1]", "t2": "t[2]"})
    ({'t1': 't[1]'}, ['(t1+t[2])*t1'])
    """
    uses = Counter(name for text in (*lines.values(), *results) for name in NAME.findall(text))
    inside = {name: text for name, text in reads.items() if uses[name] == 1}
    left = {name: text for name, text in reads.items() if uses[name] > 1}
    binds = dict.fromkeys(inside, _Binds.WHOLE)
    for name, line in lines.items():
        own = _strength(line)
        text = _with_parts(line, own, inside, binds)
        if uses[name] == 1:
            inside[name], binds[name] = text, own
        else:
            left[name] = text
    return left, [inside.get(one, one) for one in results]


def _strength(line: str) -> _Binds:
    """Return how tightly a line of one operation holds together."""
    if "?" in line:
        return _Binds.CHOICE
    if re.search(r"[<>]|[!=]==", line):
        return _Binds.COMPARISON
    if re.match(r"-", line):
        return _Binds.SIGN
    if re.fullmatch(r"\w+\([^()]*\)|\w+\(\(-[^()]*\)\)", line):
        return _Binds.WHOLE
    bare = re.sub(r"\(-[^()]*\)|\de-?\d", "n", line)
    return _Binds.SUM if re.search(r"[+-]", bare) else _Binds.PRODUCT


def _with_parts(line: str, own: _Binds, inside: Mapping[str, str], binds: Mapping[str, _Binds]) -> str:
    """Return a line with what is read once in its places, in parentheses where the order asks for them."""

    def part(found: re.Match[str]) -> str:
        name = found[0]
        if name not in inside:
            return name
        alone = own == _Binds.WHOLE  # the argument of a function
        first = found.start() == 0 and own in (_Binds.SUM, _Binds.PRODUCT)
        bare = binds[name] == _Binds.WHOLE or alone or (
            binds[name] != _Binds.SIGN and (binds[name] > own or (first and binds[name] == own)))  # fmt: skip
        return inside[name] if bare else f"({inside[name]})"

    return NAME.sub(part, line)
