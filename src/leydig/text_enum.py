"""States by name: an enumeration whose members are their text, wherever they are shown, written or compared.

A state (a verdict, a severity, the role of a study) is named once, by the module that owns it, and compared by that
name: a misspelled name is an error, a misspelled text would be a state that never comes.
"""

from enum import StrEnum

__all__ = ["TextEnum"]


class TextEnum(StrEnum):
    """States of one kind.

    A member prints, hashes, sorts and is written to JSON as its text, in messages and records too.

    Examples
    --------
    >>> class Answer(TextEnum):
    ...     YES = "yes"
    ...     NO = "no"
    >>> Answer("yes") is Answer.YES, Answer.YES
    (True, 'yes')
    """

    def __repr__(self) -> str:
        return str.__repr__(self)
