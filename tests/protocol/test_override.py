"""Numbers that a clinician sets for one man: what follows them, and what stays as it was."""

import pytest

from leydig.protocol.override import BOUNDS, apply_overrides
from leydig.protocol.protocol import AnyOf
from leydig.protocol.reader import names, read_protocol
from leydig.record.record import Override

TARGETS = [
    (name, target.of, bound)
    for name in names()
    for target in read_protocol(name).targets
    for bound in BOUNDS
    if getattr(target.band, bound) is not None
]


def conditions(protocol):
    """Return every single condition of every rule with the group of its rule, and those of the targets."""
    found = [(rule.group, one) for rule in protocol.rules for part in rule.when
             for one in (part.conditions if isinstance(part, AnyOf) else [part])]  # fmt: skip
    return found + [("target", one.band) for one in protocol.targets]


def numbers(condition):
    """Return the bounds of a condition in the unit inside."""
    return {
        bound: value * condition.scale for bound in BOUNDS if (value := getattr(condition, bound, None)) is not None
    }


@pytest.mark.parametrize(("name", "of", "bound"), TARGETS)
def test_a_number_is_moved_where_it_is_said_of_the_level_of_today_and_nowhere_else(name, of, bound):
    protocol = read_protocol(name)
    band = next(one.band for one in protocol.targets if one.of == of)
    old = getattr(band, bound)
    new = old * (1.02 if bound in ("above", "at_least") else 0.98)
    after = apply_overrides(protocol, (Override(f"target.{of}.{bound}", new, "he feels better so"),))
    for (group, before), (_, now) in zip(conditions(protocol), conditions(after), strict=True):
        about_it = group in ("titration", "target") and before.of == of and not before.change and before.at == "latest"
        expected = {
            one: pytest.approx(new * band.scale if about_it and value == pytest.approx(old * band.scale) else value)
            for one, value in numbers(before).items()
        }
        assert numbers(now) == expected, before
