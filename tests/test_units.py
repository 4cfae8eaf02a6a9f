"""Units: the clinic's factors, both spellings, and what may never be converted."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import leydig
from leydig.errors import WrongUnit
from leydig.units import (
    DAYS_PER_MONTH,
    DAYS_PER_WEEK,
    DAYS_PER_YEAR,
    ESTRADIOL_MOLAR_MASS,
    HOURS_PER_DAY,
    TESTOSTERONE_MOLAR_MASS,
    _registry,
    convert,
    factor,
    read_quantity,
)

MASS = [("ng/dL", "nmol/L"), ("ng/mL", "nmol/L"), ("pg/mL", "pmol/L"), ("ug/L", "nmol/L")]


def test_published_molar_conversions():
    assert factor("nmol/L", "ng/dL", TESTOSTERONE_MOLAR_MASS) == pytest.approx(28.842, rel=1e-6)
    assert factor("pg/mL", "pmol/L", ESTRADIOL_MOLAR_MASS) == pytest.approx(3.6714, rel=1e-4)


def test_a_day_has_24_hours():
    assert HOURS_PER_DAY == convert(1.0, "day", "hour")


@pytest.mark.parametrize(
    ("unit", "into"),
    [("m[IU]/mL", "IU/L"), ("mIU/mL", "IU/L"), ("[IU]/L", "IU/L"), ("10*6/mL", "million/mL"),
     ("10*9/L", "million/mL"), ("M/mL", "million/mL"), ("µg/L", "ug/L"), ("kg/m²", "kg/m2")],
)  # fmt: skip
def test_ucum_and_clinic_spellings_are_the_same_unit(unit, into):
    assert factor(unit, into) == 1.0


def test_percent_is_a_hundredth():
    assert factor("%", "1") == pytest.approx(0.01)
    assert convert(45.0, "%", "L/L") == pytest.approx(0.45)


@pytest.mark.parametrize("pair", MASS)
@given(value=st.floats(1e-3, 1e6), molar_mass=st.floats(100.0, 600.0))
def test_round_trip(pair, value, molar_mass):
    there = convert(value, pair[0], pair[1], molar_mass)
    assert convert(there, pair[1], pair[0], molar_mass) == pytest.approx(value, rel=1e-12)


def test_arrays_convert_elementwise():
    values = np.array([1.0, 2.0])
    assert np.array_equal(convert(values, "week", "day"), [7.0, 14.0])


@pytest.mark.parametrize(("unit", "into"), [("IU/L", "ng/mL"), ("ng/dL", "IU/L"), ("mL", "day")])
def test_other_quantities_are_refused_even_with_a_molar_mass(unit, into):
    with pytest.raises(WrongUnit, match="something else"):
        factor(unit, into, TESTOSTERONE_MOLAR_MASS)


def test_mass_needs_a_molar_mass():
    with pytest.raises(WrongUnit):
        factor("ng/dL", "nmol/L")


def test_a_time_in_an_unknown_unit_is_answered_by_units_of_time():
    with pytest.raises(WrongUnit, match="got unit 'wk'; expected one such as hours, days, weeks"):
        factor("wk", "day")


def test_an_unreadable_unit_is_named():
    with pytest.raises(WrongUnit, match="ng/dXL"):
        factor("ng/dXL", "nmol/L", TESTOSTERONE_MOLAR_MASS)


@pytest.mark.parametrize(
    ("text", "parts"),
    [("271 ng/dL", (271.0, "ng/dL")), ("3.4 IU/L", (3.4, "IU/L")), (" .5  pg/mL ", (0.5, "pg/mL")),
     ("-1e-3 nmol/L", (-1e-3, "nmol/L")), ("45%", (45.0, "%"))],
)  # fmt: skip
def test_a_quantity_is_a_number_and_a_unit(text, parts):
    assert read_quantity(text) == parts


@pytest.mark.parametrize(("text", "says"), [("271", "no unit"), ("ng/dL", "no number"), ("", "no number")])
def test_half_a_quantity_is_refused(text, says):
    with pytest.raises(WrongUnit, match=says):
        read_quantity(text)


def test_a_month_and_a_year_have_one_length():
    """The months of UCUM and of the unit library, so that a time converts to the same days everywhere."""
    assert DAYS_PER_MONTH == 30.4375
    assert factor("month", "day") == pytest.approx(DAYS_PER_MONTH)
    assert factor("year", "day") == pytest.approx(DAYS_PER_YEAR)
    assert factor("week", "day") == pytest.approx(DAYS_PER_WEEK)


def test_no_other_module_says_how_long_a_month_is():
    for path in (Path(leydig.__file__).parent).rglob("*.py"):
        if path.name != "units.py":
            assert not re.search(r"\b(30\.4\d*|365\.25|2629800)\b", path.read_text(encoding="utf-8")), path


def test_units_are_those_of_pint():
    """Every unit that the package reads is worth, to the last bit, what it is worth in pint's own list."""
    import pint

    own, whole = _registry(), pint.UnitRegistry()
    names = ["ng/dL", "nmol/L", "pmol/L", "pg/mL", "ug/dL", "mg/L", "g/dL", "mg/dL", "umol/L", "mmol/L", "kg/m**2", "g/cm**2",
             "mL", "cm", "mm", "day", "week", "month", "year", "hour", "minute", "percent", "U/L", "mU/mL"]  # fmt: skip
    pairs = [(a, b) for a in names for b in names if whole.Unit(a).is_compatible_with(whole.Unit(b))]
    assert len(pairs) > 60
    for a, b in pairs:
        assert (1.0 * own.Unit(a)).to(b).magnitude == (1.0 * whole.Unit(a)).to(b).magnitude


@pytest.mark.parametrize("unit", ["u", "lightyear", "furlong", "D"])
def test_units_of_other_fields_are_not_read(unit):
    with pytest.raises(WrongUnit, match="expected one such as ng"):
        factor(unit, "g")


@pytest.mark.parametrize("unit", ["1 ng/dL", "10 ng/dL", "ng/1 dL", "ng/dL†", "ng/dL\u200b", "ng/dL 2"])
def test_a_unit_is_words_and_powers_alone(unit):
    """'27 1 ng/dL' is a number with a gap: it was 27 ng/dL, because 1 ng/dL is a ng/dL."""
    with pytest.raises(WrongUnit):
        factor(unit, "ng/dL")


@pytest.mark.parametrize("text", ["27 1 ng/dL", "9,4 nmol/L", "1,271 ng/dL", "271-280 ng/dL"])
def test_a_number_is_in_one_piece(text):
    with pytest.raises(WrongUnit, match="one number in one piece"):
        read_quantity(text)


@pytest.mark.parametrize(
    ("text", "value", "unit"), [("9.0 1", 9.0, "1"), ("2 1/h", 2.0, "1/h"), ("3 1 / year", 3.0, "1 / year")]
)
def test_a_ratio_and_a_rate_have_units_that_begin_with_a_digit(text, value, unit):
    assert read_quantity(text) == (value, unit)
    assert factor(unit, unit) == 1.0


@pytest.mark.parametrize("text", ["27 1 ng/dL", "9 10", "9 1 1", "2 12/h"])
def test_a_second_number_is_no_unit(text):
    with pytest.raises(WrongUnit):
        read_quantity(text)
