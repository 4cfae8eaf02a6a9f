"""Which recorded quantities a protocol reads, and by which rules.

A rule reads a quantity that one of its conditions names, and every quantity from which that one is worked out
(`leydig.record.quantity.DERIVED`): albumin is read where free testosterone is. What no rule reads is kept for
nothing, and `leydig protocol lint` says so.
"""

from leydig.protocol.implied import FOLLOWS
from leydig.protocol.protocol import Protocol
from leydig.record.quantity import DERIVED, QUANTITIES

__all__ = ["quantities_behind", "reads", "unread_quantities"]


def quantities_behind(name: str, protocol: Protocol) -> frozenset[str]:
    """Return the quantities of which a condition on a name is judged.

    Parameters
    ----------
    name : str
        A quantity, or what a record implies (`leydig.assessment.facts`).
    protocol : Protocol
    """
    if name in QUANTITIES:
        return frozenset((name, *DERIVED.get(name, ())))
    named = {"labs.valid": protocol.titrates_on, "causes.excluded": protocol.checks}
    first = named.get(name) or FOLLOWS.get(name) or FOLLOWS.get(name.partition(".")[0], ())
    return frozenset(each for one in first for each in (one, *DERIVED.get(one, ())))


def reads(protocol: Protocol) -> dict[str, tuple[str, ...]]:
    """Return, for everything that can be recorded, the rules that read it; none where it is kept for nothing.

    Parameters
    ----------
    protocol : Protocol

    Examples
    --------
    >>> from leydig.protocol.reader import read_protocol
    >>> reads(read_protocol("anastrozole"))["albumin"]
    ('GREY_LOW', 'GREY_NORMAL')
    """
    read = {
        rule.id: {each for one in rule.conditions for each in quantities_behind(one.of, protocol)}
        for rule in protocol.rules
    }
    return {name: tuple(rule for rule, names in read.items() if name in names) for name in QUANTITIES}


def unread_quantities(protocol: Protocol) -> tuple[str, ...]:
    """Return what can be recorded and no rule of a protocol reads."""
    return tuple(name for name, rules in reads(protocol).items() if not rules)
