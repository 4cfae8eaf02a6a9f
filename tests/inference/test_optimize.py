"""Optimization under chance constraints: options of the catalogue, the frontier, the bounds, and the rule as a protocol."""

import numpy as np
import pytest

import leydig as ly
from leydig.errors import OutOfRange, UnknownName
from leydig.inference.decision.aims import Aims
from leydig.inference.decision.options import dose_options
from leydig.man.man import Man
from leydig.protocol.lint.lint import lint_file
from leydig.protocol.reader import read_protocol

FLOOR = 20.0 / 0.27238  # pmol/L


@pytest.fixture(scope="module")
def men():
    return ly.population(150, 3, kind="obesity")


@pytest.fixture(scope="module")
def clomiphene(men):
    return ly.optimize(men, ["clomiphene"], weeks=16)


def test_options_are_tablets_at_usual_intervals_under_the_label():
    options = dose_options(["letrozole"], evidence_only=False)
    texts = {str(one) for one in options.regimens}
    assert {"letrozole 1.25 mg daily", "letrozole 2.5 mg weekly"} <= texts and not options.left_out
    assert not any(" 5 mg" in text for text in texts)  # no dose above the highest of a day
    covered = dose_options(["anastrozole"])
    assert all("the evidence covers" in why for why in covered.left_out.values())
    assert "anastrozole 0.5 mg weekly" in covered.left_out and len(covered.regimens) == 3
    both = dose_options(["anastrozole", "clomiphene"])
    assert any("no study gives them together" in why for why in both.left_out.values())


def test_every_point_is_what_its_men_show(clomiphene):
    for one in clomiphene.points:
        estradiol, testosterone = one.levels["estradiol"], one.levels["testosterone"]
        assert one.below_floor == pytest.approx(np.mean(estradiol < FLOOR), abs=1e-9)
        ratio = testosterone * 28.842 / (estradiol * 0.27238)
        band = (testosterone * 28.842 >= 500) & (testosterone * 28.842 <= 1000) & (estradiol * 0.27238 < 60)
        assert one.goal == pytest.approx(np.mean(band & (estradiol >= FLOOR) & (ratio >= 10.0)), abs=0.01)
        assert one.is_allowed == (one.below_floor <= 0.05 and one.above_limit <= 0.05) and one.men == 150


def test_the_choice_is_the_best_within_the_bounds_and_the_frontier_holds_no_worse_option(clomiphene):
    allowed = [one for one in clomiphene.points if one.is_allowed]
    assert allowed and clomiphene.choice.goal == max(one.goal for one in allowed)
    edge = clomiphene.frontier
    assert max(clomiphene.points, key=lambda one: one.goal) in edge
    for one in clomiphene.points:
        beaten = any(
            other.goal >= one.goal and other.below_floor <= one.below_floor and other.above_limit <= one.above_limit
            and (other.goal, other.below_floor, other.above_limit) != (one.goal, one.below_floor, one.above_limit)
            for other in clomiphene.points
        )  # fmt: skip
        assert (one in edge) != beaten


def test_a_tighter_bound_never_gives_more_and_an_inhibitor_lowers_estradiol_too_far(men):
    loose, tight = (ly.optimize(men, options=["letrozole 2.5 mg weekly", "tamoxifen 10 mg daily", "clomiphene 100 mg daily"],
                                weeks=12, floor_chance=bound) for bound in (0.9, 0.03))  # fmt: skip
    assert loose.choice.goal >= tight.choice.goal and str(tight.choice.regimen) == "clomiphene 100 mg daily"
    letrozole = next(one for one in tight.points if "letrozole" in str(one.regimen))
    assert letrozole.below_floor > 0.5 and not letrozole.is_allowed
    none = ly.optimize(men.take(slice(0, 60)), ["exemestane"], weeks=8, options=(), evidence_only=False)
    assert none.choice is None and none.record()["choice"] is None


def test_goals_are_shares_or_medians(men):
    few = men.take(slice(0, 60))
    options = ["tamoxifen 10 mg daily", "clomiphene 25 mg daily"]
    found = ly.optimize(few, options=options, goal="testosterone", weeks=12)
    point = found.points[0]
    assert found.unit == "ng/dL" and point.goal == pytest.approx(np.median(point.levels["testosterone"]) * 28.842)
    assert ly.optimize(few, options=options, goal="semen", weeks=12).unit == "million"


def test_the_rule_is_a_protocol_that_lint_accepts(clomiphene, men, tmp_path):
    optima = {"clomiphene": clomiphene, "anastrozole": ly.optimize(men, ["anastrozole"], evidence_only=False, weeks=16)}
    for drug, found in optima.items():
        rule = ly.titration_rule(found)
        path = tmp_path / f"{drug}_ladder.toml"
        path.write_text(rule.text, encoding="utf-8")
        assert lint_file(path) == []
        plan = read_protocol(path)
        component = plan.components[drug]
        assert tuple(map(str, component.rungs)) == rule.rungs and component.begin == rule.begin
        assert component.ceiling <= read_protocol(rule.base).components[drug].ceiling
        rises = rule.one_step["estradiol"] > 1.0
        assert rises == (drug == "clomiphene")
        assert rule.least_estradiol == 0.0 if rises else rule.least_estradiol * rule.one_step["estradiol"] >= 20.0
        assert rule.most_testosterone * max(rule.one_step["testosterone"], 1.0) <= 1000.0
        up = [one for one in plan.rules if one.then == f"step up {drug}"][-1]
        assert rises or any(one.at_least == rule.least_estradiol for one in up.conditions)
        assert any(one.at_most == rule.most_testosterone for one in up.conditions) or drug == "clomiphene"
    assert optima["anastrozole"].choice is None  # none keeps the bounds: the ladder begins where it harms least
    assert rule.rungs[rule.begin - 1] == str(min(optima["anastrozole"].points, key=lambda one: one.below_floor).regimen)
    assert rule.one_step["estradiol"] < 1.0 < rule.one_step["testosterone"]


def test_a_stricter_bound_raises_the_limit_of_the_next_step(men):
    loose, tight = (ly.titration_rule(ly.optimize(men, ["anastrozole"], evidence_only=False, weeks=12, floor_chance=bound))
                    for bound in (0.5, 0.01))  # fmt: skip
    assert tight.least_estradiol > loose.least_estradiol


def test_a_brand_is_the_drug_that_it_is():
    assert dose_options(["Arimidex", "anastrozole"]).regimens == dose_options(["anastrozole"]).regimens


def test_what_cannot_be_optimized_is_refused(men):
    with pytest.raises(OutOfRange, match="leading axis"):
        ly.optimize(Man(age=30), ["clomiphene"])
    with pytest.raises(OutOfRange, match="one of the two"):
        ly.optimize(men, ["clomiphene"], options=["clomiphene 25 mg daily"])
    with pytest.raises(OutOfRange, match="at least 2"):
        ly.optimize(men, options=["clomiphene 25 mg daily"])
    with pytest.raises(OutOfRange, match="band"):
        ly.optimize(men, ["clomiphene"], goal="wellbeing")
    with pytest.raises(UnknownName, match="pump"):
        ly.optimize(men, ["gonadorelin"])
    with pytest.raises(OutOfRange, match="no shipped protocol steps up"):
        ly.titration_rule(ly.optimize(men.take(slice(0, 60)), ["tamoxifen"], weeks=4))


def test_the_aims_are_those_of_the_protocol():
    aims = Aims.of_protocol(read_protocol("anastrozole"))
    assert aims.analytes == ("testosterone", "estradiol", "te2_ratio", "hematocrit")
