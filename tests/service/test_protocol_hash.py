"""The hash by which a kept opinion says under which rules it was made."""

from dataclasses import replace

from leydig.protocol.reader import read_protocol
from leydig.service.clinic.opinion import protocol_hash


def test_a_moved_limit_another_region_and_a_dropped_rule_have_another_hash():
    plan = read_protocol("anastrozole")
    rule = plan.rules[0]
    moved = replace(plan, rules=(replace(rule, title="Another title"), *plan.rules[1:]))
    several = [
        plan,
        moved,
        replace(plan, rules=plan.rules[1:]),
        read_protocol("anastrozole", "eau"),
        read_protocol("clomiphene"),
    ]
    assert len({protocol_hash(one) for one in several}) == len(several)
    assert protocol_hash(plan) == protocol_hash(replace(plan))
