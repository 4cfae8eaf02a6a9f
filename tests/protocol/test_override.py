"""Numbers that a clinician sets for one man: what follows them, and what stays as it was."""

import pytest

from leydig.errors import BadRecord
from leydig.protocol.condition import AnyOf
from leydig.protocol.override import BOUNDS, apply_overrides
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


@pytest.mark.parametrize(
    ("what", "value", "said"),
    [
        ("target.testosterone.at_least", 1200.0, "expected the lower bound first"),
        ("target.testosterone.at_most", 400.0, "expected the lower bound first"),
        ("target.testosterone.at_least", -1.0, "expected 2.8842 to 6056.82 ng/dL"),
        ("target.testosterone.below", 400.0, "expected one of"),
        ("target.testosterone.scale", 2.0, "expected one of"),
        ("target.lh.at_least", 2.0, "expected one of"),
        ("goal.testosterone.at_least", 400.0, "expected one of"),
        ("ceiling.clomiphene", 100.0, "expected one of"),
        ("ceiling.anastrozole", 0.9, "The ladder of the protocol bounds it"),
        ("ceiling.anastrozole", 7.1, "The ladder of the protocol bounds it"),
        ("lift.SUICIDE", 1.0, "expected one of"),  # critical
        ("lift.T5_UP", 1.0, "expected one of"),  # titrates
        ("lift.PATTERN_LOW_RATIO", 1.0, "expected one of"),  # blocks nothing
    ],
)
def test_what_cannot_be_set_for_a_man_is_refused_with_what_can(what, value, said):
    with pytest.raises(BadRecord) as refused:
        apply_overrides(read_protocol("anastrozole"), (Override(what, value, "he wishes so"),))
    assert said in str(refused.value)


@pytest.mark.parametrize("amount", [1.0, 7.0])
def test_a_ceiling_may_be_any_rung(amount):
    protocol = read_protocol("anastrozole")
    assert apply_overrides(protocol, (Override("ceiling.anastrozole", amount, "a wish"),)) is protocol


def test_a_band_may_be_a_point():
    point = apply_overrides(read_protocol("anastrozole"), (Override("target.testosterone.at_least", 1000.0, "a wish"),))
    band = next(one.band for one in point.targets if one.of == "testosterone")
    assert (band.at_least, band.at_most) == (1000.0, 1000.0)


def test_a_warning_that_is_lifted_blocks_nothing_and_the_others_still_do():
    before = read_protocol("anastrozole")
    after = apply_overrides(before, (Override("lift.MOOD", 1.0, "evaluated and treated"),))
    changed = [new.id for old, new in zip(before.rules, after.rules, strict=True) if old.blocks != new.blocks]
    assert changed == ["MOOD"]
    assert next(one for one in after.rules if one.id == "MOOD").blocks == ()


def test_every_override_counts_in_turn():
    several = (Override("ceiling.anastrozole", 3.5, "a wish"), Override("lift.MOOD", 1.0, "evaluated"),
               Override("target.testosterone.at_least", 450.0, "a wish"))  # fmt: skip
    after = apply_overrides(read_protocol("anastrozole"), several)
    assert next(one for one in after.rules if one.id == "MOOD").blocks == ()
    assert next(one.band for one in after.targets if one.of == "testosterone").at_least == 450.0
