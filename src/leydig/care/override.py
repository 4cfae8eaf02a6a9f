"""Numbers of a protocol that the clinician set for one man: every rule that names the number follows it."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from leydig.care.protocol import AnyOf, Condition, Protocol, Rule
from leydig.errors import BadRecord
from leydig.man.record import Override

__all__ = ["adapted"]

BOUNDS = ("below", "above", "at_least", "at_most")


@lru_cache(maxsize=256)
def adapted(protocol: Protocol, overrides: tuple[Override, ...]) -> Protocol:
    """Return a protocol with the targets of one man.

    Parameters
    ----------
    protocol : Protocol
    overrides : tuple of Override
        ``target.ANALYTE.BOUND`` sets a bound of a target, in the protocol's unit, and the same number in every
        titration rule about that analyte; ``ceiling.DRUG`` is read where the ladder is; ``lift.RULE`` takes from a
        warning or a work-up that it blocks, never from what is critical or stops.

    Raises
    ------
    BadRecord
        When an override names nothing of the protocol.
    """
    for one in overrides:
        head, _, rest = one.what.partition(".")
        if head == "ceiling" and rest in protocol.components:
            continue
        if head == "lift" and rest in _liftable(protocol):
            lifted = (replace(rule, blocks=()) if rule.id == rest else rule for rule in protocol.rules)
            protocol = replace(protocol, rules=tuple(lifted))
            continue
        name, _, bound = rest.partition(".")
        target = next((each for each in protocol.targets if each.of == name), None)
        if head != "target" or target is None or getattr(target.band, bound, None) is None or bound not in BOUNDS:
            raise BadRecord(f"got an override of {one.what!r}; expected one of {', '.join(_allowed(protocol))}.")
        protocol = _moved(protocol, name, getattr(target.band, bound), one.value)
    return protocol


def _liftable(protocol: Protocol) -> list[str]:
    return [rule.id for rule in protocol.rules
            if rule.blocks and rule.severity != "critical" and rule.group not in ("stop", "titration")]  # fmt: skip


def _allowed(protocol: Protocol) -> list[str]:
    found = [f"ceiling.{drug}" for drug in protocol.components]
    found += [f"lift.{rule}" for rule in _liftable(protocol)]
    return found + [f"target.{one.of}.{bound}" for one in protocol.targets for bound in BOUNDS
                    if getattr(one.band, bound) is not None]  # fmt: skip


def _moved(protocol: Protocol, name: str, old: float, new: float) -> Protocol:
    """Return the protocol with one number about one analyte in place of another."""

    def condition(one: Condition) -> Condition:
        if one.of != name or one.change or one.at != "latest":
            return one
        changes: dict[str, Any] = {bound: new for bound in BOUNDS if getattr(one, bound) == old}
        return replace(one, **changes)

    def rule(one: Rule) -> Rule:
        if one.group != "titration":
            return one
        when = (AnyOf(tuple(map(condition, part.conditions))) if isinstance(part, AnyOf) else condition(part)
                for part in one.when)  # fmt: skip
        return replace(one, when=tuple(when))

    targets = tuple(replace(one, band=condition(one.band)) for one in protocol.targets)
    return replace(protocol, targets=targets, rules=tuple(map(rule, protocol.rules)))
