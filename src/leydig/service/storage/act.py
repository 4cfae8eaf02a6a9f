"""An act: who does what to which row. Nothing is read or written without one, so that each leaves its audit row."""

from dataclasses import dataclass

from leydig.text_enum import TextEnum

__all__ = ["SYSTEM", "Act", "Outcome"]

SYSTEM = "system"  # in place of an account: the program, at the command line or by itself


class Outcome(TextEnum):
    """What became of an act."""

    DONE = "done"
    DENIED = "denied"
    FAILURE = "failure"


@dataclass(frozen=True)
class Act:
    """Who does what.

    Attributes
    ----------
    action : str
        Such as ``entry.add``.
    account : str
        Identity of the account.
    target : str
        Identity of the person or row; never what it says.
    outcome : Outcome
    """

    action: str
    account: str = SYSTEM
    target: str = ""
    outcome: Outcome = Outcome.DONE
