"""A cohort marches men on, each from where he is, and says what they showed by name."""

import numpy as np
import pytest

import leydig as ly
from leydig.drugs import drugs_of
from leydig.engine import solve
from leydig.engine.cohort import Cohort
from leydig.errors import NotSolved

DAILY, NOTHING = ly.Regimen("anastrozole 1 mg daily"), ly.Regimen()


@pytest.fixture(scope="module")
def men():
    return ly.population(4, seed=3)


@pytest.fixture(scope="module")
def course(men):
    return ly.simulate(men, "anastrozole 1 mg daily", days=60, every="10 day")


def test_a_march_in_pieces_is_the_course(men, course):
    cohort = Cohort(men, ["anastrozole"])
    first = cohort.advance(DAILY, 20.0, at=[10.0])
    second = cohort.advance(DAILY, 60.0, at=[30.0, 40.0, 50.0])
    assert np.array_equal(cohort.day, np.full(4, 60.0))
    for name in ("testosterone", "estradiol", "sperm_concentration"):
        pieces = np.concatenate([first[name], second[name]], axis=1)
        expected = ly.analytes[name].factor_to(ly.analytes[name].us) * pieces
        assert expected == pytest.approx(np.asarray(course[name].values)[:, 1:], rel=2e-4), name


def test_a_branch_leaves_the_men_where_they_were(men, course):
    cohort = Cohort(men, ["anastrozole"])
    cohort.advance(DAILY, 20.0)
    cohort.branch().advance(NOTHING, 30.0)
    assert np.array_equal(cohort.day, np.full(4, 20.0))
    later = cohort.branch().advance(DAILY, 60.0)
    expected = ly.analytes["estradiol"].factor_to(ly.analytes["estradiol"].us) * later["estradiol"][:, -1]
    assert expected == pytest.approx(np.asarray(course["estradiol"].values)[:, -1], rel=2e-4)


def test_men_who_are_taken_or_get_another_drug_go_on_from_where_they_stand(men):
    both = ly.Regimen("anastrozole 1 mg daily; clomiphene 25 mg daily from day 20")
    whole = Cohort(men, ["anastrozole", "clomiphene"]).advance(both, 40.0)
    cohort = Cohort(men, ["anastrozole"], cores=1)
    cohort.advance(DAILY, 20.0)
    wider = cohort.with_drugs(drugs_of(["clomiphene", "anastrozole"]))
    others = wider.take(np.array([3, 1, 3])).advance(both, 40.0)
    assert np.array_equal(cohort.day, np.full(4, 20.0))  # they stand where they stood
    for name in ("testosterone", "estradiol", "sperm_concentration"):
        assert others[name][:, -1] == pytest.approx(whole[name][[3, 1, 3], -1], rel=2e-4), name


def test_men_go_their_own_ways(men):
    cohort = Cohort(men, ["anastrozole"])
    levels = cohort.advance([DAILY, NOTHING], [14.0, 30.0], at=[[7.0], [10.0, 20.0]], men=[2, 0])
    assert levels.men.tolist() == [2, 0] and cohort.day.tolist() == [30.0, 0.0, 14.0, 0.0]
    assert np.array_equal(levels.days, [[7.0, 14.0, np.nan], [10.0, 20.0, 30.0]], equal_nan=True)
    estradiol = levels["estradiol"]
    assert np.isnan(estradiol[0, 2]) and not np.isnan(estradiol[1]).any()
    assert levels.now("estradiol").tolist() == [estradiol[0, 1], estradiol[1, 2]]
    assert estradiol[0, 1] < 0.8 * float(men.baseline.estradiol[2])
    assert estradiol[1] == pytest.approx(float(men.baseline.estradiol[0]), rel=1e-6)
    both = cohort.advance(DAILY, 40.0)
    alone = Cohort(men.take([1]), ["anastrozole"]).advance(DAILY, 40.0)
    assert both["lh"][1].tolist() == alone["lh"][0].tolist()


def test_some_rows_keep_their_men(men):
    levels = Cohort(men, []).advance(NOTHING, 5.0)
    last = levels.take(slice(2, 4))
    assert last.men.tolist() == [2, 3] and np.array_equal(last["lh"], levels["lh"][2:])


def test_a_man_who_is_not_solved_is_named_by_his_place(men, monkeypatch):
    def gave_up(*args, **kwargs):
        found = march(*args, **kwargs)
        found.bad[1] = solve.TOO_SHORT
        return found

    march = solve.march
    monkeypatch.setattr(solve, "march", gave_up)
    cohort = Cohort(men, ["anastrozole"], rescue=False)
    levels = cohort.advance(DAILY, 3.0, men=[3, 2])
    assert list(levels.failed) == [2] and "too short" in levels.failed[2]
    assert np.isnan(levels["lh"][1]).all() and not np.isnan(levels["lh"][0]).any()


def test_nobody_goes_on_from_where_nobody_knows(men, monkeypatch):
    def gave_up(*args, **kwargs):
        raise NotSolved("gave up")

    cohort = Cohort(men, ["anastrozole"])
    with monkeypatch.context() as patched:
        march = solve.march
        patched.setattr(
            solve, "march", lambda *args: march(*args)._replace(bad=np.array([-1, -1, solve.TOO_SHORT, -1]))
        )
        patched.setattr(solve, "_rescue", gave_up)
        assert list(cohort.advance(DAILY, 3.0).failed) == [2]
    again = cohort.advance(DAILY, 4.0)
    assert list(again.failed) == [2] and "not solved before" in again.failed[2] and np.isnan(again["lh"][2]).all()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"until": 0.0}, "got days 0 to 0 for a man who is on day 0"),
        ({"until": 5.0, "at": [6.0]}, "expected days on his way"),
        ({"until": 5.0, "at": [[1.0], [2.0]]}, "got 4 regimens and 2 lists of days for 4 men"),
    ],
)
def test_days_off_the_way_are_refused(men, asked, why):
    with pytest.raises(ly.OutOfRange, match=why):
        Cohort(men, []).advance(NOTHING, **asked)


def test_one_man_and_unknown_names_are_refused(men):
    with pytest.raises(ly.OutOfRange, match="expected men with a leading axis"):
        Cohort(men.take(0), [])
    with pytest.raises(ly.UnknownName, match="testosterone"):
        Cohort(men, []).advance(NOTHING, 1.0)["testosteron"]
