"""The points at which lint looks at a protocol: every limit and both its sides, no more than the possible."""

from dataclasses import replace

import numpy as np
import pytest

from leydig.protocol.condition import Condition
from leydig.protocol.lint.states import EDGE, StateGrid, holds, plane
from leydig.protocol.reader import read_protocol
from leydig.protocol.vocabulary import AskedChange, AskedDay, Group

PROTOCOL = read_protocol("anastrozole_clomiphene")
RULES = PROTOCOL.of_group(Group.TITRATION)
GRID = StateGrid(PROTOCOL, RULES)


def near(values, limit):
    """Return on which sides of a limit values stand within three edges of it, as signs."""
    close = values[np.abs(values / limit - 1.0) < 3.0 * EDGE]
    return set(np.sign(np.round((close / limit - 1.0) / EDGE)).tolist())


def test_every_limit_is_looked_at_from_both_sides():
    points = plane([Condition("estradiol", below=20.0), Condition("testosterone", at_least=500.0)])
    assert near(points["estradiol"], 20.0) == {-1.0, 0.0, 1.0}
    assert near(points["testosterone"], 500.0) == {-1.0, 0.0, 1.0}
    assert np.array_equal(points["te2_ratio"], points["testosterone"] / points["estradiol"])


def test_the_line_of_a_ratio_crosses_the_plane():
    points = plane([Condition("te2_ratio", below=10.0), Condition("testosterone", at_least=500.0)])
    assert near(points["estradiol"], 50.0) == {-1.0, 0.0, 1.0}  # where the line meets the limit of testosterone
    on_line = np.abs(points["testosterone"] / (10.0 * points["estradiol"]) - 1.0) < EDGE / 10.0
    assert on_line.any() and near(points["te2_ratio"], 10.0) == {-1.0, 0.0, 1.0}


def test_a_limit_of_a_change_is_no_level():
    points = plane([Condition("estradiol", below=20.0), Condition("estradiol", at_least=5.0, change=AskedChange.DIFFERENCE)])  # fmt: skip
    assert near(points["estradiol"], 20.0) and not near(points["estradiol"], 5.0)


def test_points_a_factor_away_are_looked_at_too():
    points = plane([Condition("estradiol", below=20.0)], 1.5)
    assert all(near(points["estradiol"], 20.0 * factor) for factor in (1.0, 1.5, 1.0 / 1.5))
    assert not near(plane([Condition("estradiol", below=20.0)])["estradiol"], 30.0)


def test_without_a_limit_one_point_is_left():
    assert len(plane([])["testosterone"]) == 1


def test_no_point_lies_beyond_what_is_possible():
    points = plane([Condition("estradiol", below=20.0), Condition("estradiol", below=1e9)])
    assert points["estradiol"].max() < 1e6


@pytest.mark.parametrize(
    ("condition", "verdicts"),
    [
        (Condition("lh", below=2.0), (True, False, False)),
        (Condition("lh", at_most=2.0), (True, True, False)),
        (Condition("lh", above=2.0), (False, False, True)),
        (Condition("lh", at_least=2.0), (False, True, True)),
        (Condition("treated", answer=True), (True, False, True)),
        (Condition("treated", answer=False), (False, True, False)),
    ],
)
def test_a_condition_holds_where_it_surely_does(condition, verdicts):
    state = {"lh": np.array([1.0, 2.0, 3.0]), "treated": np.array([1.0, 0.0, 1.0])}
    assert holds(rule_of(condition), state).tolist() == list(verdicts)


@pytest.mark.parametrize(
    "condition",
    [
        Condition("fsh", below=2.0), Condition("lh", below=9.0, change=AskedChange.RATIO),
        Condition("lh", known=True), Condition("lh", below=9.0, at=AskedDay.BASELINE),
    ],
)  # fmt: skip
def test_what_a_state_does_not_say_counts_as_asked(condition):
    state = {"lh": np.array([1.0, 3.0])}
    assert holds(rule_of(condition), state).tolist() == [False, False]
    assert holds(rule_of(condition), state, unsaid=True).tolist() == [True, True]
    untreated = holds(rule_of(condition), state, is_baseline=True).tolist()
    assert untreated == ([True, True] if condition.at == AskedDay.BASELINE else [False, False])


def test_a_state_is_a_place_on_each_ladder():
    at = GRID.take(np.arange(int(np.prod(GRID.shape))))
    for drug, component in PROTOCOL.components.items():
        top = component.top(component.ceiling)
        rung, before = at[f"rung.{drug}"], at[f"before.{drug}"]
        assert set(rung.tolist()) == set(range(top + 1))
        assert set(before[rung == 0].tolist()) - {0} == set(range(1, top + 1)) and not before[rung > 0].any()
        assert (0 in before[rung == 0]) == (component.begin == 0)
        assert np.array_equal(at[f"held.{drug}"], (rung == 0) & (before > 0))
        assert np.array_equal(at[f"on.{drug}"], rung > 0)
        assert np.array_equal(at[f"room.{drug}"], rung < top)


def test_a_number_of_a_ladder_or_a_score_is_tried_one_beside_its_limits():
    found = set(GRID.state["nonresponses.anastrozole"].ravel().tolist())
    limits = {
        x for rule in RULES for one in rule.conditions if one.of == "nonresponses.anastrozole" for x in one.limits
    }
    assert found == {x + d for x in limits for d in (-1.0, 0.0, 1.0) if x + d >= 0.0}


def test_a_question_is_tried_with_yes_and_no():
    assert set(GRID.state["labs.valid"].ravel().tolist()) == {0.0, 1.0}


def test_the_first_rule_that_holds_speaks_and_silence_is_told():
    two = [rule_of(Condition("lh", below=2.0)), rule_of(Condition("lh", below=3.0))]
    grid = StateGrid(PROTOCOL, RULES)
    grid.rules = two
    assert grid.first_rule({"lh": np.array([1.0, 2.0, 3.0])}).tolist() == [0, 1, -1]


def test_a_state_in_words_has_units_and_leaves_out_what_follows():
    words = GRID.describe(0)
    assert "testosterone " in words and " ng/dL" in words and "estradiol " in words and " pg/mL" in words
    assert not any(part in words for part in ("on.", "room.", "before.", "held."))


def rule_of(*conditions):
    """Return any rule of the protocol with other conditions."""
    return replace(PROTOCOL.rules[0], when=conditions)
