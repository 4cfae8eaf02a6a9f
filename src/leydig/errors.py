"""Everything that Leydig can refuse, and how it says so.

::

    LeydigError
    ├── UnknownName   (KeyError)      a drug, analyte, parameter or study that no catalogue holds
    ├── OutOfRange    (ValueError)    a number no man can have, or outside a parameter's range
    ├── WrongUnit     (ValueError)    a unit that is missing, unreadable or of another quantity
    ├── BadSource     (ValueError)    a source line that does not follow the strict form
    ├── BadRegimen    (ValueError)    a regimen text that cannot be read: points at the word
    ├── BadStudy      (ValueError)    a study file with a wrong or missing key
    ├── BadProtocol   (ValueError)    a protocol or region file with a wrong or missing key
    ├── BadTrial      (ValueError)    a trial file or a ledger that cannot be used
    ├── BadRecord     (ValueError)    a man's record that cannot be read
    ├── MissingExtra  (ImportError)   an optional library that is not installed; the command is given
    └── NotSolved     (RuntimeError)  the equations were not solved; the reason is given

    LeydigWarning     (UserWarning)   a value that is possible but unlikely, or a dose beyond its label

Every message has three parts, ``got X; expected Y. Way out.``; where it concerns a file, the place goes before it.
`NotSolved` says what failed and, where the caller can do something, what: no value came that could be named.
"""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "BadProtocol",
    "BadRecord",
    "BadRegimen",
    "BadSource",
    "BadStudy",
    "BadTrial",
    "LeydigError",
    "LeydigWarning",
    "MissingExtra",
    "NotSolved",
    "OutOfRange",
    "UnknownName",
    "WrongUnit",
]

MOST_SHOWN = 30  # names in one message, where near ones are known


class LeydigError(Exception):
    """The root of every error that Leydig raises on purpose."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else self.__class__.__name__


class UnknownName(LeydigError, KeyError):
    """A name that no catalogue holds; the nearest names are offered."""

    @classmethod
    def among(cls, kind: str, name: object, candidates: Iterable[str], offer: str = "") -> "UnknownName":
        """Build the error for `name`, looked for among the `candidates` of this `kind`; of many near ones are named.

        `offer` is made where it is one of them, such as the analyte of a symbol, in place of what is spelled alike.
        """
        names = sorted(candidates)
        near = [offer] if offer in names else get_close_matches(str(name).lower(), names, n=3, cutoff=0.6)
        if not names:
            return cls(f"got {kind} {name!r}; expected none here. Leave it out.")
        advice = f"Did you mean {' or '.join(near)}?" if near else "Choose one of these."
        shown = ", ".join(names) if not near or len(names) <= MOST_SHOWN else f"{len(names)} names"
        return cls(f"got {kind} {name!r}; expected one of {shown}. {advice}")


class OutOfRange(LeydigError, ValueError):
    """A number outside what is possible."""


class WrongUnit(LeydigError, ValueError):
    """A unit that is missing, cannot be read, or measures something else."""


class BadSource(LeydigError, ValueError):
    """A source line that is not in the strict form of `leydig.source`."""


class BadRegimen(LeydigError, ValueError):
    """A regimen text that cannot be read; the message points at the word."""


class BadStudy(LeydigError, ValueError):
    """A study file whose keys or values cannot be used."""


class BadProtocol(LeydigError, ValueError):
    """A protocol or region file whose keys or values cannot be used; the message names the line."""


class BadTrial(LeydigError, ValueError):
    """A trial file or a ledger whose keys or values cannot be used."""


class BadRecord(LeydigError, ValueError):
    """A man's record that cannot be read; the message names the entry."""


class MissingExtra(LeydigError, ImportError):
    """An optional library that is not installed; the message gives the command that installs it."""


class NotSolved(LeydigError, RuntimeError):
    """The equations were not solved for this man; the message gives the reason."""


class LeydigWarning(UserWarning):
    """Possible but unlikely input, or a dose beyond its label: the answer stands, read the message."""
