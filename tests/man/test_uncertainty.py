"""Posterior draws: a course under them brackets the declared one, man by man, with his baseline untouched."""

import numpy as np
import pytest

from leydig import Man, OutOfRange, population, simulate
from leydig.blocks import take_rows
from leydig.drugs import DRUGS
from leydig.man.drug_variability import sample_drug_variability, take_drugs
from leydig.man.uncertainty import Draws, estrogen_share, men_of_draws, shipped_draws

REGIMEN = "anastrozole 1 mg daily"


def test_one_man_has_a_draw_axis_and_an_interval_about_the_declared_course(shah_man):
    course = simulate(shah_man, REGIMEN, weeks=6, uncertainty=True)
    declared = simulate(shah_man, REGIMEN, weeks=6)
    low, high = course["testosterone"].interval(0.98)
    assert course["testosterone"].values.shape == (20, 43)
    at = declared["testosterone"].at(week=6).value
    assert low.at(week=6).value < at < high.at(week=6).value
    np.testing.assert_allclose(course["testosterone"].values[:, 0], declared["testosterone"].values[0], rtol=1e-9)


def test_many_men_have_man_draw_and_time():
    course = simulate(population(3), REGIMEN, weeks=2, uncertainty=4)
    assert course["lh"].values.shape == (3, 4, 15)
    assert course.to_xarray()["lh"].dims == ("chain", "draw", "man", "time")
    assert course.table(every="1 week").shape[0] == 3


def test_true_is_every_tenth_draw_and_a_number_is_as_many(shah_man):
    one = simulate(shah_man, REGIMEN, weeks=1, uncertainty=1)
    tenth = simulate(shah_man, REGIMEN, weeks=1, uncertainty=True)
    assert one.draws == 1
    assert tenth.draws == shipped_draws().count // 10
    np.testing.assert_array_equal(one["lh"].values[0], tenth["lh"].values[0])
    assert simulate(shah_man, REGIMEN, weeks=1, uncertainty=np.int64(3)).draws == 3


def test_a_draw_of_the_declared_values_changes_nobody():
    men = population(4)
    drawn = shipped_draws()
    paths = {path: np.array([float(_declared(path))]) for path in drawn.values}
    again, _ = men_of_draws(men, {}, type(drawn)(paths, {}), np.zeros(4, dtype=int))
    np.testing.assert_allclose(again.body.testis.capacity, men.body.testis.capacity, rtol=1e-12)


def _declared(path):
    from leydig.body import Body

    part = Body() if path.startswith("body.") else DRUGS[path.split(".")[1]]
    for step in path.split(".")[1 if path.startswith("body.") else 2 :]:
        part = getattr(part, step)
    return part


def test_what_cannot_be_done_is_refused(shah_man):
    with pytest.raises(OutOfRange, match="draws"):
        simulate(shah_man, REGIMEN, weeks=1, uncertainty=100000)
    with pytest.raises(OutOfRange, match="uncertainty=True"):
        simulate(shah_man, REGIMEN, weeks=1)["lh"].interval()
    course = simulate(shah_man, REGIMEN, weeks=1)
    with pytest.raises(OutOfRange, match="for a course under draws"):
        simulate(shah_man, REGIMEN, weeks=1, after=course, uncertainty=True)


def test_men_with_drugs_of_their_own_are_each_solved_as_alone():
    men = population(9)
    spread = sample_drug_variability({"anastrozole": DRUGS["anastrozole"]}, 9)
    together = simulate(men, REGIMEN, days=20, drugs=spread)
    parts = simulate(men, REGIMEN, days=20, drugs=spread, batch=4)
    assert together["estradiol"].values.tobytes() == parts["estradiol"].values.tobytes()
    alone = simulate(take_rows(men, 5), REGIMEN, days=20, drugs=take_drugs(spread, 5))
    np.testing.assert_allclose(alone["estradiol"].values, together["estradiol"].values[5], rtol=1e-4)
    same = simulate(men, REGIMEN, days=20)
    assert not np.allclose(same["estradiol"].values[:, -1], together["estradiol"].values[:, -1], rtol=1e-3)


def test_man_seventeen_handles_a_drug_alike_in_any_population():
    drugs = {"anastrozole": DRUGS["anastrozole"]}
    many, one = (
        sample_drug_variability(drugs, 20)["anastrozole"],
        sample_drug_variability(drugs, 1, first=17)["anastrozole"],
    )
    assert many.clearance[17] == one.clearance[0]
    assert np.std(np.log(sample_drug_variability(drugs, 2000)["anastrozole"].clearance)) == pytest.approx(
        0.34, abs=0.03
    )


def test_drugs_of_other_men_are_refused():
    spread = sample_drug_variability({"anastrozole": DRUGS["anastrozole"]}, 3)
    with pytest.raises(OutOfRange, match="3"):
        simulate(population(4), REGIMEN, days=2, drugs=spread)


def test_a_man_alone_takes_no_array():
    with pytest.raises(OutOfRange):
        simulate(Man(age=30), REGIMEN, days=2, drugs=sample_drug_variability({"anastrozole": DRUGS["anastrozole"]}, 3))


def test_the_share_of_estradiol_in_the_brake_is_the_share_of_its_slope():
    equal = {f"body.hypothalamus.{name}": np.array([3.0]) for name in
             ("estrogen_gain", "estrogen_steepness", "androgen_gain", "androgen_steepness")}  # fmt: skip
    assert estrogen_share(Draws(equal, {}))[0] == 0.5
    steeper = equal | {"body.hypothalamus.estrogen_steepness": np.array([9.0])}
    assert estrogen_share(Draws(steeper, {}))[0] == pytest.approx(0.75)
    shares = estrogen_share(shipped_draws())
    assert ((shares > 0.0) & (shares < 1.0)).all()
