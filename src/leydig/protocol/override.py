"""Numbers of a protocol that the clinician set for one man: every rule that names the number follows it."""

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

from leydig import checks
from leydig.errors import BadRecord
from leydig.protocol.condition import AnyOf, Condition
from leydig.protocol.protocol import Protocol, Rule
from leydig.protocol.vocabulary import AskedDay, Group, Severity
from leydig.record.quantity import QUANTITIES
from leydig.record.record import Override

__all__ = ["apply_overrides"]

BOUNDS = ("below", "above", "at_least", "at_most")


@lru_cache(maxsize=256)
def apply_overrides(protocol: Protocol, overrides: tuple[Override, ...]) -> Protocol:
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
            component = protocol.components[rest]
            checks.number(
                one.value, f"override {one.what!r}", (component.weekly_amounts[0], component.weekly_amounts[-1]),
                f"{component.unit} a week", error=BadRecord, hint="The ladder of the protocol bounds it.",
            )  # fmt: skip
            continue
        if head == "lift" and rest in _liftable_rules(protocol):
            lifted = (replace(rule, blocks=()) if rule.id == rest else rule for rule in protocol.rules)
            protocol = replace(protocol, rules=tuple(lifted))
            continue
        name, _, bound = rest.partition(".")
        target = next((each for each in protocol.targets if each.of == name), None)
        if head != "target" or target is None or getattr(target.band, bound, None) is None or bound not in BOUNDS:
            raise BadRecord(
                f"got an override of {one.what!r}; expected one of {', '.join(_overridable_names(protocol))}. "
                "Choose one of these."
            )
        scale, (low, high) = target.band.scale, QUANTITIES[name].possible
        checks.number(
            one.value, f"override {one.what!r}", (low / scale, high / scale), target.band.unit, error=BadRecord
        )
        protocol = _move(protocol, name, getattr(target.band, bound) * scale, one.value * scale)
        _check_order(protocol, one)
    return protocol


def _check_order(protocol: Protocol, override: Override) -> None:
    """Refuse a target that no level can meet."""
    for target in protocol.targets:
        least = max(bound for bound in (target.band.at_least, target.band.above, -math.inf) if bound is not None)
        most = min(bound for bound in (target.band.at_most, target.band.below, math.inf) if bound is not None)
        if least > most:
            raise BadRecord(
                f"got override {override.what!r} = {override.value:g} {target.band.unit}, so that {target.of} would be "
                f"at least {least:g} and at most {most:g}; expected the lower bound first. Change both, or less."
            )


def _liftable_rules(protocol: Protocol) -> list[str]:
    return [
        rule.id
        for rule in protocol.rules
        if rule.blocks and rule.severity != Severity.CRITICAL and rule.group not in (Group.STOP, Group.TITRATION)
    ]


def _overridable_names(protocol: Protocol) -> list[str]:
    found = [f"ceiling.{drug}" for drug in protocol.components]
    found += [f"lift.{rule}" for rule in _liftable_rules(protocol)]
    return found + [f"target.{one.of}.{bound}" for one in protocol.targets for bound in BOUNDS
                    if getattr(one.band, bound) is not None]  # fmt: skip


def _move(protocol: Protocol, name: str, old: float, new: float) -> Protocol:
    """Return the protocol with one number about one analyte in place of another, in the unit of the quantity."""

    def is_old(bound: float | None, scale: float) -> bool:
        return bound is not None and math.isclose(bound * scale, old)

    def condition(one: Condition) -> Condition:
        if one.of != name or one.change or one.at != AskedDay.LATEST:
            return one
        changes: dict[str, Any] = {bound: new / one.scale for bound in BOUNDS if is_old(getattr(one, bound), one.scale)}
        return replace(one, **changes)

    def rule(one: Rule) -> Rule:
        if one.group != Group.TITRATION:
            return one
        when = (AnyOf(tuple(map(condition, part.conditions))) if isinstance(part, AnyOf) else condition(part)
                for part in one.when)  # fmt: skip
        return replace(one, when=tuple(when))

    targets = tuple(replace(one, band=condition(one.band)) for one in protocol.targets)
    return replace(protocol, targets=targets, rules=tuple(map(rule, protocol.rules)))
