"""The engine: the same bytes however men are grouped, one compilation per set of drugs, no silent failure."""

import subprocess
import sys

import equinox as eqx
import numpy as np
import pytest
from numba import njit

import leydig as ly
from leydig.drugs import drugs_of
from leydig.engine import solve
from leydig.engine.kernel import kernel, simd
from leydig.engine.kernel.lane_code import call
from leydig.engine.kernel.machine_code import compile_functions, load_functions
from leydig.engine.kernel.march import march
from leydig.errors import NotSolved, OutOfRange

TEXT = "anastrozole 1 mg daily"


@pytest.fixture(scope="module")
def men():
    """Thirty men who differ in everything that is measured."""
    draw = np.random.default_rng(3)
    return [
        ly.Man(
            age=float(draw.uniform(20, 60)),
            bmi=float(draw.uniform(20, 38)),
            testosterone=f"{draw.uniform(200, 700):.0f} ng/dL",
            estradiol=f"{draw.uniform(12, 45):.0f} pg/mL",
            lh=f"{draw.uniform(2, 8):.1f} IU/L",
        )
        for _ in range(30)
    ]


def bytes_of(course):
    return b"".join(np.ascontiguousarray(values).tobytes() for values in course.inside.values())


@pytest.fixture(scope="module")
def together(men):
    return ly.simulate(men, TEXT, days=20)


# Grouping ---------------------------------------------------------------------------------------------


def test_a_man_alone_has_the_bytes_he_has_in_a_crowd(men, together):
    for place in (0, 7, 29):
        alone = ly.simulate(men[place], TEXT, days=20)
        for name, values in alone.inside.items():
            assert values.tobytes() == together.inside[name][place].tobytes(), name


@pytest.mark.parametrize("cores", [1, 2, 3])
def test_cores_do_not_matter(men, together, cores):
    assert bytes_of(ly.simulate(men, TEXT, days=20, cores=cores)) == bytes_of(together)


def test_order_does_not_matter(men, together):
    turned = ly.simulate(men[::-1], TEXT, days=20)
    for name, values in turned.inside.items():
        assert np.array_equal(values[::-1], together.inside[name]), name


def test_each_man_on_his_own_regimen_is_each_man_alone(men):
    plain = ly.Regimen("anastrozole 1 mg daily + clomiphene 25 mg daily from week 1")
    given = [plain.delay(float(place % 5)) if place % 3 else "anastrozole 0.5 mg twice weekly" for place in range(12)]
    mixed = ly.simulate(men[:12], given, days=20)
    assert mixed["testosterone"].values.shape == (12, 21)
    assert len(mixed.regimen) == 12
    for place in (0, 1, 5, 9, 11):
        alone = ly.simulate(men[place], given[place], days=20)
        np.testing.assert_allclose(mixed.inside["estradiol"][place], alone.inside["estradiol"], rtol=1e-12)
    assert mixed.inside["lh"][0, -1] != mixed.inside["lh"][1, -1]


@pytest.mark.parametrize("given", [[], ["anastrozole 1 mg daily"], [TEXT] * 31])
def test_a_list_of_regimens_that_does_not_fit_is_refused(men, given):
    with pytest.raises(OutOfRange, match="30 men"):
        ly.simulate(men, given, days=2)


def test_a_course_of_many_regimens_can_be_resumed(men):
    given = [TEXT, ""] * 2
    whole = ly.simulate(men[:4], given, days=20)
    first = ly.simulate(men[:4], given, days=10)
    rest = ly.simulate(men[:4], given, days=10, after=first)
    np.testing.assert_allclose(rest.inside["lh"][:, -1], whole.inside["lh"][:, -1], rtol=1e-4)


# Tolerance and failures -------------------------------------------------------------------------------


def test_a_tighter_tolerance_gives_a_smaller_error(men):
    truth = ly.simulate(men, TEXT, days=5, every="3 hours", tolerance=1e-8)
    for tolerance in (1e-3, 1e-4, 1e-6):
        course = ly.simulate(men, TEXT, days=5, every="3 hours", tolerance=tolerance)
        worst = max(float(np.max(np.abs(course.inside[name] / truth.inside[name] - 1.0))) for name in course)
        assert worst < tolerance


@pytest.mark.parametrize("tolerance", [0.0, 1e-12, 0.1, float("nan")])
def test_a_tolerance_that_cannot_be_honored_is_refused(men, tolerance):
    with pytest.raises(OutOfRange, match="tolerance"):
        ly.simulate(men[0], "", days=2, tolerance=tolerance)


def given_up(*_, **__):
    """Stand in for a march that gives every man up."""
    found = MARCH(*_, **__)
    return found._replace(values=found.values * 2.0, bad=np.full_like(found.bad, solve.TOO_SHORT))


MARCH = solve.march


def test_a_man_the_kernel_gives_up_is_solved_by_the_reference(men, together, monkeypatch):
    monkeypatch.setattr(solve, "march", given_up)
    course = ly.simulate(men[:2], TEXT, days=20)
    assert course.paths == ("reference", "reference")
    for name, values in course.inside.items():
        np.testing.assert_allclose(values, together.inside[name][:2], rtol=1e-4, err_msg=name)


def test_who_is_not_solved_is_named_and_nan(men, monkeypatch):
    def never(*_, **__):
        raise NotSolved("the reference gave up")

    monkeypatch.setattr(solve, "march", given_up)
    monkeypatch.setattr(solve, "reference_path", never)
    course = ly.simulate(men[:3], TEXT, days=20)
    assert course.failed == dict.fromkeys(range(3), "steps became too short to go on; the reference gave up")
    assert all(np.isnan(values).all() for values in course.inside.values())
    assert "3 not solved" in repr(course)


def test_a_broken_man_does_not_touch_his_neighbors(men, together):
    broken = eqx.tree_at(lambda man: man.state.testosterone, men[1], np.float64("nan"))
    course = ly.simulate([men[0], broken, men[2]], TEXT, days=20)
    assert list(course.failed) == [1]
    assert "day 0" in course.failed[1]
    assert course.paths == ("kernel", "failed", "kernel")
    for name, values in course.inside.items():
        assert np.array_equal(values[[0, 2]], together.inside[name][[0, 2]]), name
        assert np.isnan(values[1]).all()


# Compilation ------------------------------------------------------------------------------------------

FRESH = """
import leydig as ly
from leydig.engine.kernel import kernel, march
kernel.compile_functions = None  # so that nothing can be compiled
ly.simulate(ly.Man(age=34, testosterone="271 ng/dL"), "anastrozole 1 mg daily", weeks=2)
stats = march.march.stats
print(len(kernel._LOADED), sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def test_other_doses_dates_and_men_do_not_compile_again(men):
    for count in (3, 5):  # side by side in four lanes and in eight
        ly.simulate(men[:count], "letrozole 2.5 mg daily", days=3)
    texts, loaded = len(solve._TEXTS), len(kernel._LOADED)
    for man, text, days in (
        (men[4], "letrozole 1.25 mg every other day from day 3 for 2 weeks missing days 5", 25),
        (men[:9], "letrozole 2.5 mg twice weekly", 7),
        (men, ["letrozole 1 mg daily", ""] * 15, 4.5),
    ):
        ly.simulate(man, text, days=days, every="12 hours")
    assert (len(solve._TEXTS), len(kernel._LOADED)) == (texts, loaded)
    assert len(march.overloads) == 1


def test_other_drugs_compile_lane_functions_alone(monkeypatch, men):
    """The march, which takes seconds, is compiled once for all sets of drugs, with derivatives and without."""
    compiled = []
    monkeypatch.setattr(kernel, "_LOADED", {})
    monkeypatch.setattr(kernel, "fetch_or_compile", lambda _, compile_code: compiled.append(1) or compile_code())
    for text in ("", "letrozole 2.5 mg daily", "hCG 1500 IU twice weekly + testosterone enanthate 100 mg weekly"):
        ly.simulate(men[0], text, days=2)
    ly.gradient(lambda values: (men[0], ly.Regimen(ly.Dose("letrozole", values[0]))), [2.5], days=2)
    assert len(compiled) == 4 and len(march.overloads) == 1


@pytest.mark.parametrize("names", [(), ("anastrozole",), ("hcg", "anastrozole", "clomiphene")])
def test_numbers_of_men_stand_in_the_order_of_the_equations(men, names):
    """The printed text reads them by their place among the leaves of the whole system."""
    drugs = drugs_of(names)
    together = solve.kernel_numbers(ly.Man.stack(men[:3]), drugs)
    for row, man in enumerate(men[:3]):
        for found, expected in zip(together, solve.flat_numbers(man, drugs), strict=True):
            np.testing.assert_allclose(found[row], expected, rtol=1e-12)


def test_a_fresh_process_takes_the_kernel_from_the_cache(men):
    ly.simulate(men[0], TEXT, weeks=2)
    fresh = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, check=True)
    assert fresh.stdout.split() == ["1", "1", "0"]


# Lanes -----------------------------------------------------------------------------------------------


def _functions(x: simd.Rows, out: simd.Rows) -> None:
    out[0], out[1], out[2] = simd.exp(x[0]), simd.log(x[0]), simd.sqrt(x[0])
    out[3], out[4] = simd.minimum(x[0], 1.0), simd.maximum(x[0], 1.0)
    out[5] = simd.where(simd.equal(x[0], 2.0), -x[0], simd.size(x[0]))


@njit
def _many(code, x, out):
    for place in range(x.shape[0]):
        call(code, x[place], out[place])


@pytest.fixture(scope="module")
def by_lanes():
    """What `_functions` gives, compiled for lanes."""
    (code,) = load_functions(compile_functions({"functions": _functions}), ["functions"])

    def look(numbers):
        x = np.resize(np.asarray(numbers, dtype=float), (-(-len(numbers) // simd.LANES), 1, simd.LANES))
        out = np.empty((len(x), 6, simd.LANES))
        _many(code, x, out)
        return np.moveaxis(out, 1, 0).reshape(6, -1)[:, : len(numbers)]

    return look


def test_exp_and_log_are_right_to_the_last_place(by_lanes):
    draw = np.random.default_rng(0)
    x = np.concatenate([draw.uniform(-700, 700, 20000), draw.uniform(-1, 1, 20000)])
    np.testing.assert_allclose(by_lanes(x)[0], np.exp(x), rtol=1e-15)
    x = np.concatenate([np.exp(draw.uniform(-700, 700, 20000)), draw.uniform(0.5, 2.0, 20000)])
    np.testing.assert_allclose(by_lanes(x)[1], np.log(x), rtol=1e-15, atol=1e-16)


def test_lanes_end_where_numbers_end(by_lanes):
    exp, log, root, least, most, chosen = by_lanes([0.0, -1.0, 800.0, -800.0, np.nan, np.inf, 2.0, -3.0])
    assert exp[[0, 3]].tolist() == [1.0, 0.0]
    assert np.isfinite(exp[2])
    assert np.isnan(exp[4])
    assert log[0] == -np.inf
    assert np.isnan(log[[1, 4]]).all()
    assert np.isnan(root[1])
    assert least.tolist()[:3] == [0.0, -1.0, 1.0]
    assert most.tolist()[:3] == [1.0, 1.0, 800.0]
    assert chosen[6:].tolist() == [-2.0, 3.0]
