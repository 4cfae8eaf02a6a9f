"""Identities of rows: ULIDs, which sort by the time at which they were given."""

import secrets
import threading
import time

__all__ = ["new_identity"]

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
