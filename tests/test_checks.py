"""The one door: the same value meets the same check and the same message in whatever type it comes."""

import datetime as dt
import re

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leydig import checks
from leydig.errors import BadRegimen, OutOfRange

FORM = re.compile(r"got .+; expected .+\. .+[.?]", re.S)
WRAPPERS = [float, np.float64, np.float32, np.array, np.asarray, jnp.asarray]
NO_NUMBERS = [
    None, True, False, np.bool_(True), np.array(True), jnp.asarray(True), "5", "five", b"5", np.str_("5"), np.array("5"),
    float("nan"), np.nan, np.array(np.nan), jnp.asarray(jnp.nan), float("inf"), -np.inf, jnp.asarray(jnp.inf),
    1 + 0j, np.complex128(1), jnp.asarray(1 + 0j), 10**400, 10**6000, [1.0], (1.0,), {}, object(), np.array([1.0]),
    jnp.ones(1), np.array(1.0, dtype=object), dt.date(2026, 1, 1), np.datetime64("2026-01-01"), pd.NaT, pd.NA,
]  # fmt: skip


def refused(call, *args, **options):
    with pytest.raises(OutOfRange) as caught:
        call(*args, **options)
    assert FORM.fullmatch(str(caught.value)), str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("door", [checks.number, checks.numbers, checks.whole_number])
def test_what_is_no_finite_number_is_refused_in_one_form(value, door):
    if door is checks.numbers and np.ndim(value) == 1:
        pytest.skip("a vector is what this door is for")
    assert "dose" in refused(door, value, "dose", (0.0, 10.0), "mg")


@given(value=st.floats(-1e6, 1e6, width=32), bounds=st.tuples(st.floats(-100, 0), st.floats(0, 100)))
def test_the_type_of_a_number_never_decides(value, bounds):
    said = set()
    for wrap in WRAPPERS:
        try:
            found = checks.number(wrap(value), "level", bounds, "IU/L")
            assert type(found) is float and found == value
            said.add("fine")
        except OutOfRange as error:
            said.add(str(error))
    assert len(said) == 1
    assert (said == {"fine"}) == (bounds[0] <= value <= bounds[1])


def test_a_message_says_what_came_what_is_expected_and_the_way_out():
    assert refused(checks.number, -1, "dose", (checks.ABOVE_ZERO, 5.0), "mg") == (
        "got dose -1 mg; expected above 0, up to 5 mg. Check the number and its unit."
    )
    assert "without quotes" in refused(checks.number, "5", "dose")
    assert "6000 digits" in refused(checks.number, 10**6000, "dose")
    with pytest.raises(BadRegimen):
        checks.number(-1, "dose", (0.0, 1.0), error=BadRegimen)


def test_what_jax_traces_passes_and_what_it_holds_is_checked():
    assert jax.grad(lambda x: checks.number(x, "dose", (0.0, 1.0)) ** 2)(3.0) == 6.0
    assert jax.jit(lambda x: checks.numbers(x, "dose", (0.0, 1.0)))(jnp.ones(3) * 7.0).shape == (3,)
    refused(checks.number, jnp.asarray(3.0), "dose", (0.0, 1.0))


def test_of_many_the_bad_one_is_named():
    assert "dose of man 2" in refused(checks.numbers, np.array([1.0, 2.0, -3.0]), "dose", (0.0, 5.0))
    assert "dose of man 1" in refused(checks.numbers, [1.0, True], "dose", (0.0, 5.0))
    assert "shape (2,)" in refused(checks.numbers, [1.0, 2.0], "dose", count=3)
    refused(checks.numbers, np.ones((2, 2)), "dose")
    refused(checks.numbers, [], "dose")
    assert checks.numbers(jnp.array([1, 2]), "dose", (0.0, 5.0)).tolist() == [1.0, 2.0]


def test_whole_numbers_and_seeds():
    assert [checks.whole_number(value, "men") for value in (3, 3.0, np.int64(3), jnp.asarray(3))] == [3, 3, 3, 3]
    assert "Write 2 or 3" in refused(checks.whole_number, 2.5, "men")
    refused(checks.whole_number, 0, "men")
    assert checks.seed_number(0) == 0 and checks.seed_number(2**32 - 1) == 2**32 - 1
    for value in (-1, 2**32, 2**63, 10**400, 1.5, True, "1"):
        refused(checks.seed_number, value)


def test_intervals_and_ascending_vectors():
    assert checks.interval([25, np.float64(45)], "age", (18.0, 90.0)) == (25.0, 45.0)
    for value in (5, "ab", (1,), (50, 40), (40, 40), (40, np.nan), (10, 40), None, np.float64(25), np.array(25)):
        refused(checks.interval, value, "age", (18.0, 90.0), "years")
    assert checks.ascending_vector([1, 2, 4], "minutes").tolist() == [1.0, 2.0, 4.0]
    for value in ([1, 1], [2, 1], [0, np.inf], [0, np.nan], [[1, 2]], ["a", "b"], [1.0]):
        refused(checks.ascending_vector, value, "minutes", least=2)


DAY = dt.date(2026, 3, 2)


@pytest.mark.parametrize(
    "value",
    [
        DAY,
        dt.datetime(2026, 3, 2),
        "2026-03-02",
        pd.Timestamp("2026-03-02"),
        np.datetime64("2026-03-02"),
        np.str_("2026-03-02"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_day_is_a_day_in_any_type(value):
    found = checks.date(value, "day")
    assert type(found) is dt.date and found == DAY


@pytest.mark.parametrize(
    "value",
    [None, 5, True, "", "soon", "02.03.2026", "2026-13-01", "20260302", "2026-W10-1", "2026-03-02x", pd.NaT,
     np.datetime64("NaT"), dt.date(1, 1, 1), dt.date(9999, 1, 1), dt.datetime(2026, 3, 2, 8, 30), "2026-03-02T08:30",
     dt.datetime(2026, 3, 2, tzinfo=dt.UTC), "2026-03-02T00:00Z", dt.time(8), [DAY]],
    ids=repr,
)  # fmt: skip
def test_what_is_no_day_or_would_lose_its_time_is_refused(value):
    refused(checks.date, value, "day")


def test_a_moment_keeps_its_time():
    assert checks.moment("2026-03-02T08:30", "draw") == (DAY, dt.time(8, 30))
    assert checks.moment(pd.Timestamp("2026-03-02 08:30"), "draw") == (DAY, dt.time(8, 30))
    assert checks.moment(DAY, "draw") == (DAY, None)
    refused(checks.moment, pd.Timestamp("2026-03-02 08:30", tz="Europe/Berlin"), "draw")


def test_a_word_of_a_few():
    assert checks.option("days", "clock", ("days", "minutes")) == "days"
    for value in ("hours", None, 1):
        assert "days or minutes" in refused(checks.option, value, "clock", ("days", "minutes"))
