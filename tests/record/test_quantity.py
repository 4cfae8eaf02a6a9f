"""The catalogue of what can be recorded: found by name and by synonym, and values that no man has."""

import pytest

from leydig.analytes import ANALYTES
from leydig.errors import BadRecord, OutOfRange, UnknownName, WrongUnit
from leydig.record.quantity import QUANTITIES, convert_level
from leydig.record.record import Result


def test_a_quantity_is_found_by_its_name_and_by_what_others_call_it():
    assert QUANTITIES["oestradiol"] is QUANTITIES["estradiol"] is QUANTITIES["E2"]
    with pytest.raises(UnknownName, match="Did you mean estradiol"):
        QUANTITIES["estradio"]


def test_only_a_name_is_in_the_catalogue_and_every_name_is_gone_through():
    assert "estradiol" in QUANTITIES and "oestradiol" not in QUANTITIES
    assert "estradiol" in list(QUANTITIES) and len(list(QUANTITIES)) == len(QUANTITIES)


def test_a_value_in_the_unit_of_another_laboratory_is_asked_about():
    with pytest.raises(OutOfRange, match="Did you mean 300 ng/dL"):
        QUANTITIES["testosterone"].convert(300.0, "nmol/L")
    with pytest.raises(OutOfRange, match="Check the value and its unit"):
        QUANTITIES["testosterone"].convert(1e6, "ng/dL")


@pytest.mark.parametrize("end", [0, 1])
def test_a_value_at_the_end_of_what_is_possible_is_taken_and_beyond_it_refused(end):
    one = QUANTITIES["hematocrit"]
    limit = one.possible[end]
    assert one.convert(limit, one.unit) == limit
    with pytest.raises(OutOfRange):
        one.convert(limit * (1.1 if end else 0.9) + (end - 1) * 1e-3, one.unit)


def test_a_number_alone_is_answered_by_the_units_in_which_a_man_may_have_it():
    with pytest.raises(WrongUnit, match="Write '12 ng/mL' or '12 mIU/L' if that is meant"):
        convert_level("12", "prolactin", "ng/mL")


def test_every_unit_that_a_quantity_offers_is_read():
    for one in QUANTITIES.values():
        for unit in one.units:
            assert one.factor_from(unit) > 0.0, (one.name, unit)


def test_an_enzyme_comes_in_international_units_too():
    assert QUANTITIES["alt"].convert(40.0, "IU/L") == QUANTITIES["ast"].convert(40.0, "IU/L") == 40.0


def test_gonadotropins_are_read_as_laboratories_print_them():
    assert ANALYTES["lh"].parse("3.4 U/L") == ANALYTES["fsh"].parse("3.4 mU/mL") == QUANTITIES["lh"].convert(3.4, "U/L")


@pytest.mark.parametrize(
    "word", ["pending", "MRI ordered", "not done", "not yet available", "none", "awaiting report", "-"]
)
def test_work_up_that_is_still_to_come_is_no_result(word):
    """It would lift what waits for it."""
    with pytest.raises(BadRecord, match="stays open"):
        Result("pituitary_imaging", word, "2026-03-02")


@pytest.mark.parametrize(
    ("name", "words", "found"),
    [("pituitary_imaging", "MRI normal", False), ("karyotype", "46 XY", False), ("y_microdeletion", "none", False),
     ("pituitary_imaging", "normal size, microadenoma of 3 mm", True), ("karyotype", "47,XXY", True),
     ("scrotal_ultrasound", "varicocele on the left, repair to be scheduled in spring", True)],
)  # fmt: skip
def test_what_work_up_found_is_read_from_its_words(name, words, found):
    assert Result(name, words, "2026-03-02").standard_value == found
