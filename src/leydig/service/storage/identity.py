"""Identities of rows: ULIDs, which sort by the time at which they were given."""

import secrets
import threading
import time
import unicodedata

__all__ = ["is_lookalike", "new_identity", "plain_pseudonym"]

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of Crockford: none is mistaken for another
_RANDOM_BITS = 80
_LENGTH = 26  # letters of 5 bits each
_LOCK = threading.Lock()
_LAST = [0]


def new_identity() -> str:
    """Return an identity that sorts after every earlier one of this process."""
    with _LOCK:
        number = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        _LAST[0] = max(number, _LAST[0] + 1)
        found = _LAST[0]
    return "".join(_LETTERS[found >> 5 * place & 31] for place in reversed(range(_LENGTH)))


def is_lookalike(one: str, other: str) -> bool:
    """Return whether a reader may take one pseudonym for another: capitals, widths and stored accents tell nobody.

    Examples
    --------
    >>> is_lookalike("A-1", "a-1"), is_lookalike("A-1", "\uff21-1"), is_lookalike("A-1", "A-7")
    (True, True, False)
    """
    return plain_pseudonym(one) == plain_pseudonym(other)


def plain_pseudonym(text: str) -> str:
    """Return a pseudonym without what tells nobody: capitals, widths, stored accents, blanks around it.

    Examples
    --------
    >>> plain_pseudonym(" \uff21-1 ")
    'a-1'
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", " ".join(text.split())).casefold())
