"""One time axis: near times, order, cuts and kept times change no answer, and no dose is lost."""

import dataclasses
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

import equinox as eqx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from leydig import Dose, Regimen, Repeat, gradient, simulate, store
from leydig.blocks import take_rows
from leydig.drugs import DRUGS, drugs_of
from leydig.engine import solve
from leydig.engine.equations import readings_by_name
from leydig.engine.plan import plan_schedule
from leydig.engine.reference import reference, reference_path
from leydig.engine.system import compartments, kinetics
from leydig.errors import OutOfRange
from leydig.parameter import change
from leydig.regimen.dose import ONCE
from leydig.ticks import TICKS_PER_DAY, days_of, ticks_of

pytestmark = pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")

WEEKS, ROWS = 6, 50
FINE = 1e-7  # tolerance of the engine here
SAME = 5e-7  # relative difference that it leaves between two ways of one answer


@pytest.fixture(scope="module")
def rows():
    """A dose table: drug, amount, day; some rows at one time, of one drug and of two."""
    random = np.random.default_rng(7)
    days = np.sort(np.round(random.uniform(0.0, 7.0 * WEEKS - 2.0, ROWS) * 24.0) / 24.0)
    days[10:14], days[20], days[30] = days[10], days[21], 1 / 3
    drugs = random.choice(["anastrozole", "clomiphene"], ROWS)
    sizes = np.where(drugs == "anastrozole", 1.0, 25.0) * random.uniform(0.2, 1.0, ROWS)
    return [(str(drug), float(size), float(day)) for drug, size, day in zip(drugs, sizes, days, strict=True)]


def table(rows, jitter=0.0, order=None):
    """Return the regimen of these rows, each moved by up to `jitter` days, in another order."""
    random = np.random.default_rng(order or 0)
    moved = [Dose(drug, size, ONCE, max(day + jitter * random.uniform(-1.0, 1.0), 0.0)) for drug, size, day in rows]
    return Regimen(moved if order is None else [moved[i] for i in random.permutation(len(moved))])


def levels(course, days):
    """Return every analyte on some of the kept days."""
    places = [int(np.flatnonzero(ticks_of(course.days) == tick)[0]) for tick in ticks_of(days)]
    return {name: values[..., places] for name, values in course.inside.items()}


def assert_same(ours, theirs, rtol=SAME):
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=rtol, err_msg=name)


@pytest.fixture(scope="module")
def whole(shah_man, rows):
    return simulate(shah_man, table(rows), weeks=WEEKS, tolerance=FINE)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_order_of_rows_changes_no_byte(shah_man, rows, whole, order):
    course = simulate(shah_man, table(rows, order=order), weeks=WEEKS, tolerance=FINE, cores=order % 2 + 1)
    assert all(np.array_equal(course.inside[name], values) for name, values in whole.inside.items())


def test_a_jitter_below_a_tick_changes_no_byte(shah_man, rows, whole):
    course = simulate(shah_man, table(rows, 1e-13, order=4), weeks=WEEKS, tolerance=FINE)
    assert all(np.array_equal(course.inside[name], values) for name, values in whole.inside.items())


@pytest.mark.parametrize("jitter", [1e-11, 1e-10, 1e-9])
def test_near_times_are_near_answers(shah_man, rows, whole, jitter):
    course = simulate(shah_man, table(rows, jitter, order=5), weeks=WEEKS, tolerance=FINE)
    assert_same(course.inside, whole.inside)


@pytest.mark.parametrize("every", ["6 weeks", "1 week", "8 hours", "0.3333333333 day", "7 hours"])
@pytest.mark.parametrize("jitter", [0.0, 1e-9])
def test_the_kept_times_change_no_answer(shah_man, rows, whole, every, jitter):
    course = simulate(shah_man, table(rows, jitter, order=6), weeks=WEEKS, every=every, tolerance=FINE)
    assert_same(levels(course, [7.0 * WEEKS]), levels(whole, [7.0 * WEEKS]))


@pytest.mark.parametrize("cut", [1 / 3, 10.0, 21.0 + 1e-10])
@pytest.mark.parametrize("jitter", [0.0, 1e-9])
def test_a_cut_changes_no_answer(shah_man, rows, whole, cut, jitter):
    regimen, length = table(rows, jitter, order=8), 7.0 * WEEKS
    first = simulate(shah_man, regimen, days=cut, tolerance=FINE)
    second = simulate(shah_man, regimen, days=length - cut, after=first, tolerance=FINE)
    assert_same(levels(second, [length]), levels(whole, [length]))


def test_a_cut_at_a_dose_gives_it_once(shah_man):
    regimen = Regimen([Dose("anastrozole", 1.0, ONCE, day) for day in (0.0, 1 / 3, 2 / 3)])
    first = simulate(shah_man, regimen, days=1 / 3, tolerance=FINE)
    second = simulate(shah_man, regimen, days=2.0, after=first, tolerance=FINE)
    one_piece = simulate(shah_man, regimen, days=1 / 3 + 2.0, tolerance=FINE)
    assert_same(levels(second, second.days[-1:]), levels(one_piece, one_piece.days[-1:]))


@pytest.mark.parametrize("apart", [0.0, 1e-13, 5e-10, 9e-10, 1e-8])
def test_a_dose_in_parts_is_the_dose(shah_man, apart):
    parts = Regimen([Dose("anastrozole", size, start=i * apart) for i, size in enumerate((0.5, 0.25, 0.25))])
    ours = simulate(shah_man, parts, weeks=4, tolerance=FINE)
    assert_same(ours.inside, simulate(shah_man, "anastrozole 1 mg daily", weeks=4, tolerance=FINE).inside)


BOTH_AT_ONCE = Regimen([Dose("anastrozole", 1.0, start=1 / 3), Dose("clomiphene", 25.0, start=1 / 3)])


@pytest.mark.parametrize("every", ["1 day", "1 week", "12 weeks"])
def test_two_drugs_a_third_of_a_nanosecond_apart(shah_man, every):
    near = Regimen([Dose("anastrozole", 1.0, start=0.333333333), Dose("clomiphene", 25.0, start=1 / 3)])
    course, at_once, alone = (
        simulate(shah_man, regimen, weeks=12, every=every)["testosterone"].at(week=12).value
        for regimen in (near, BOTH_AT_ONCE, "clomiphene 25 mg daily from day 0.25")
    )
    assert course == pytest.approx(at_once, rel=1e-9)
    assert course > 1.02 * alone  # no drug is lost


def test_no_dose_is_lost_beside_a_near_one(shah_man):
    near = simulate(
        shah_man, "hcg 1500 IU every 8 hours + anastrozole 1 mg every 8 hours from day 0.3333333333", weeks=8
    )
    apart = simulate(shah_man, "hcg 1500 IU every 8 hours + anastrozole 1 mg every 8 hours from day 0.3333", weeks=8)
    assert (
        near.inside["estradiol"][-1]
        < 0.8 * simulate(shah_man, "hcg 1500 IU every 8 hours", weeks=8).inside["estradiol"][-1]
    )
    assert near["testosterone"].at(week=8).value == pytest.approx(apart["testosterone"].at(week=8).value, rel=1e-5)


# Doses in equal doses out -----------------------------------------------------------------------------

NAMES = ("anastrozole", "clomiphene", "enclomiphene", "hcg", "testosterone_enanthate")
INTERVALS = [Fraction(1, 24) * n for n in (1, 7, 8, 36)] + [Fraction(1, n) for n in (1, 2, 3, 7, 13)] + [Fraction(7)]
moments = st.builds(Fraction, st.integers(0, 400), st.sampled_from([1, 2, 3, 7, 24]))


@st.composite
def plans(draw):
    """A dose with exact fractions for its times, and how many doses it means on 30 days."""
    interval, start, length = draw(st.sampled_from(INTERVALS)), draw(moments), draw(st.none() | moments)
    missed = draw(st.sets(st.integers(0, 30), max_size=3))
    end = Fraction(30) if length is None else min(Fraction(30), start + length)
    count = sum(
        floor(start) + floor(place * interval) not in missed
        for place in range(max(ceil((end - start) / interval), 0))
    )  # fmt: skip
    stop = None if not length else float(start + length)
    name, size = draw(st.sampled_from(NAMES)), draw(st.integers(1, 8)) / 1024.0
    dose = Dose(name, size, Repeat("every", float(interval)), float(start), stop, missed=tuple(sorted(missed)))
    return dose, count if length != 0 else None, draw(st.sampled_from([0.0, 0.0, 1e-10, 1e-9]))


@settings(max_examples=100)
@given(st.lists(plans(), min_size=1, max_size=5), st.sampled_from(["1 day", "8 hours", "30 days"]))
def test_doses_in_are_doses_out(drawn, every):
    drawn = [(dose, count, moved) for dose, count, moved in drawn if count is not None]
    regimen = Regimen(replace(dose, shift=moved) if dose.stop is None else dose for dose, _, moved in drawn)
    drugs = drugs_of(list(regimen.drugs))
    plan = plan_schedule(regimen.schedule(30.0), drugs, np.array([0.0, 1.0, 30.0]))
    total = np.asarray(plan.doses)[plan.dose[plan.dose >= 0]].sum(axis=0)
    expected = dict.fromkeys(drugs, 0.0)
    for dose, count, moved in drawn:
        if moved and dose.stop is None:
            count = len(dose.ticks(30.0 - moved))
        for part, share in DRUGS[dose.drug].parts().items():
            expected[part] += count * dose.amount * float(share)
    for one, amount in zip(compartments(drugs), total, strict=True):
        due = expected[one.drug] if one.place == 0 else 0.0
        assert amount == pytest.approx(due, rel=1e-12, abs=1e-12)


def test_what_is_left_after_the_last_dose_is_the_closed_form(reference_man):
    """Amounts by the plan, dose by dose, against the matrix exponential of all compartments."""
    regimen = Regimen("tamoxifen 20 mg daily for 9 days missing days 3 + hcg 1500 IU three times weekly for 2 weeks")
    names, sizes, _, rates = kinetics(drugs := drugs_of(list(regimen.drugs)))
    times = np.array([0.0, 14.0, 20.5, 41.0])
    plan = plan_schedule(regimen.schedule(41.0), drugs, times)
    found = plan.amounts(np.zeros(len(rates)), rates, sizes)
    assert names == ("hcg", "tamoxifen", "endoxifen") and found[0].tolist() == [0.0] * 7
    for row, day in enumerate(times.tolist()):
        expected = np.zeros(len(rates))
        for name, (ticks, amounts) in regimen.schedule(day).doses.items():
            entering = np.array([float(one.drug == name and one.place == 0) for one in compartments(drugs)])
            for moment, amount in zip(days_of(ticks).tolist(), amounts.tolist(), strict=True):
                expected += amount * expm(_matrix(np.asarray(rates), sizes) * (day - moment)) @ entering
        np.testing.assert_allclose(found[row], expected, rtol=1e-11, atol=1e-14)
    integrated = reference_path(reference_man, regimen, times)[1]
    np.testing.assert_allclose(integrated, found, rtol=1e-7, atol=1e-9)


def _matrix(rates, sizes):
    """Return the matrix of all chains, one after the other."""
    joined = np.diag(rates[:-1], -1)
    for end in np.cumsum(sizes)[:-1]:
        joined[end, end - 1] = 0.0
    return joined - np.diag(rates)


# Courses ----------------------------------------------------------------------------------------------


GAPS = [0.0, 1e-15, 1e-9, 1e-4, 1e-2]


@pytest.mark.parametrize("gap", GAPS)
def test_equal_rates_act(shah_man, gap):
    """Absorption as slow as elimination, or nearly: LH of the reference, and estradiol falls, which once was untouched.

    No man absorbs so slowly, so that the doors refuse it: the engine itself is asked.
    """
    drug = DRUGS["anastrozole"]
    slow = eqx.tree_at(lambda one: one.absorption, drug, drug.chains()["anastrozole"].rates[1] / 24.0 * (1.0 + gap))
    regimen, times, rows = Regimen("anastrozole 1 mg daily"), np.array([0.0, 28.0]), take_rows(shah_man, None)
    plan = plan_schedule(regimen.schedule(28.0), {"anastrozole": slow}, times)
    found = solve.solve_men(rows, {"anastrozole": slow}, [regimen], [plan], np.zeros(1, dtype=int))
    readings = readings_by_name(found.values[0])[0]
    states = reference(shah_man, regimen, times, drugs={"anastrozole": slow})
    lh = [field.name for field in dataclasses.fields(shah_man.state)].index("lh")
    assert found.paths == ("kernel",) and readings["lh"][-1] == pytest.approx(states[-1, lh], rel=1e-5)
    assert readings["estradiol"][-1] < 0.7 * readings["estradiol"][0]


@pytest.mark.parametrize("gap", GAPS)
def test_equal_rates_that_a_man_may_have_are_those_of_the_reference(shah_man, gap):
    """Tamoxifen that leaves the blood as fast as its metabolite does."""
    drug = DRUGS["tamoxifen"]
    leaving = float(drug.chains()["endoxifen"].rates[2])
    days = float(np.log(2.0)) / leaving * (1.0 + gap)
    even = {"tamoxifen": change(drug, {"drugs.tamoxifen.half_life_days": days}, "drugs.tamoxifen")}
    course = simulate(shah_man, "tamoxifen 20 mg daily", days=9, drugs=even, tolerance=1e-6)
    states = reference(shah_man, Regimen("tamoxifen 20 mg daily"), np.array([0.0, 9.0]), drugs=even)
    lh = [field.name for field in dataclasses.fields(shah_man.state)].index("lh")
    assert course.inside["lh"][-1] == pytest.approx(states[-1, lh], rel=2e-6)
    assert course.inside["lh"][-1] > 1.05 * course.inside["lh"][0]


def test_a_resumed_course_keeps_its_drugs(shah_man):
    slow = {"anastrozole": change(DRUGS["anastrozole"], {"drugs.anastrozole.clearance": 0.8}, "drugs.anastrozole")}
    regimen = "anastrozole 1 mg daily"
    one_piece = simulate(shah_man, regimen, weeks=4, drugs=slow, tolerance=FINE)
    first = simulate(shah_man, regimen, weeks=2, drugs=slow, tolerance=FINE)
    for again in (None, slow):
        second = simulate(shah_man, regimen, weeks=2, after=first, drugs=again, tolerance=FINE)
        assert_same(levels(second, [28.0]), levels(one_piece, [28.0]))
    with pytest.raises(OutOfRange, match="other parameters of anastrozole"):
        simulate(shah_man, regimen, weeks=2, after=first, drugs={})
    with pytest.raises(OutOfRange, match="other parameters of anastrozole"):
        simulate(shah_man, regimen, weeks=2, after=simulate(shah_man, regimen, weeks=2), drugs=slow)


@pytest.mark.parametrize("days", [0.5, 1 / 3, 0.9])
def test_a_course_shorter_than_the_usual_distance_is_simulated(shah_man, reference_man, tmp_path, days):
    course = simulate(shah_man, "anastrozole 1 mg daily", days=days)
    assert course.days.tolist() == [0.0, days]
    found = gradient(lambda x: (shah_man, Regimen(Dose("anastrozole", x[0]))), [1.0], days=days)
    assert found.days.tolist() == [0.0, days]
    assert store(tmp_path / "men.parquet", type(shah_man).stack([shah_man, reference_man]), days=days).men == 2
    with pytest.raises(OutOfRange, match="every"):
        simulate(shah_man, days=days, every="1 day")


def test_kept_times_that_are_one_tick_are_refused():
    with pytest.raises(OutOfRange, match="ascend"):
        plan_schedule(Regimen().schedule(1.0), {}, np.array([0.0, 0.5, 0.5 + 1e-13, 1.0]))


def test_a_course_moved_as_a_whole_has_the_same_bytes(shah_man):
    """Gaps are differences of whole numbers, so they do not depend on where they lie."""
    drugs, moved = drugs_of(["anastrozole"]), 1 / 7
    here = plan_schedule(Regimen("anastrozole 1 mg every 8 hours").schedule(9.0), drugs, np.arange(1.0, 10.0), 1.0)
    there = plan_schedule(
        Regimen("anastrozole 1 mg every 8 hours").delay(moved).schedule(9.0 + moved), drugs,
        days_of(ticks_of(np.arange(1.0, 10.0)) + ticks_of(moved)), moved + 1.0,
    )  # fmt: skip
    assert np.array_equal(np.diff(here.ends), np.diff(there.ends))
    assert (np.diff(here.ends) > 0).all() and here.ends[0] == TICKS_PER_DAY
