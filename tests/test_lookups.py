"""What is no text names nothing, and what is of the wrong type is refused in words: at every door where a name or a part goes in."""

import equinox as eqx
import pytest

import leydig as ly
from leydig.analytes import ANALYTES
from leydig.drugs import DRUGS
from leydig.errors import BadRegimen, LeydigError, OutOfRange, UnknownName, WrongUnit
from leydig.protocol.reader import read_protocol
from leydig.record.quantity import QUANTITIES, quantity

NO_NAMES = (None, 3, 1.5, True, ("lh",))


@pytest.fixture(scope="module")
def course():
    return ly.simulate(ly.Man(age=34), "anastrozole 1 mg daily", days=10)


@pytest.mark.parametrize("name", NO_NAMES)
@pytest.mark.parametrize("catalog", [ANALYTES, DRUGS, QUANTITIES])
def test_a_catalogue_has_no_entry_without_a_name(catalog, name):
    with pytest.raises(UnknownName, match="expected one of"):
        catalog[name]


@pytest.mark.parametrize("name", [*NO_NAMES, ["lh", "fsh"]])
def test_a_course_has_no_level_without_a_name(course, name):
    with pytest.raises(UnknownName, match="level of this course"):
        course[name]


def test_a_level_of_a_course_by_its_symbol_is_answered_by_its_name(course):
    with pytest.raises(UnknownName, match=r"got analyte .* 'E2'; expected one of .*\. Did you mean estradiol\?"):
        course["E2"]


def test_a_region_and_a_drug_are_texts():
    with pytest.raises(UnknownName, match="got region 3"):
        read_protocol("anastrozole", 3)
    with pytest.raises(UnknownName, match="got drug None"):
        ly.Dose(None, 1.0)
    with pytest.raises(UnknownName):
        quantity(7)


@pytest.mark.parametrize("unit", [None, 3])
def test_a_unit_is_a_text(course, unit):
    for asked in (course["testosterone"], course["lh"], course["testosterone"].at(day=2)):
        with pytest.raises(WrongUnit):
            asked.to(unit)


def test_a_level_and_its_series_know_the_same_units(course):
    assert course["lh"].at(day=2).to("U/L").value == course["lh"].to("U/L").at(day=2).value


@pytest.mark.parametrize("after", ["no", 1, None])
def test_after_is_yes_or_no(course, after):
    with pytest.raises(OutOfRange, match="after="):
        course["lh"].at(day=2, after=after)


def test_a_day_just_beyond_the_end_is_shown_as_it_is(course):
    with pytest.raises(OutOfRange, match=r"got day 10\.0000001"):
        course["lh"].at(day=10.0000001)


def test_a_table_of_a_short_course_asks_for_no_distance(course):
    assert course.table().index.tolist() == [0.0, 10.0 / 7.0]
    assert ly.simulate(course.man, "", weeks=9).table().index.tolist() == [0.0, 4.0, 8.0]


@pytest.mark.parametrize("drugs", [[DRUGS["anastrozole"]], "anastrozole", DRUGS["anastrozole"]])
def test_changed_drugs_are_a_dict(drugs):
    with pytest.raises(OutOfRange, match="expected a dict"):
        ly.simulate(ly.Man(age=34), "anastrozole 1 mg daily", days=1, drugs=drugs)


@pytest.mark.parametrize("value", [[1.7], (1.7,)])
def test_a_parameter_is_a_number_or_an_array(value):
    drug = eqx.tree_at(lambda one: one.clearance, DRUGS["anastrozole"], value)
    with pytest.raises(OutOfRange, match=r"drugs\.anastrozole\.clearance"):
        ly.simulate(ly.Man(age=34), "anastrozole 1 mg daily", days=1, drugs={"anastrozole": drug})


@pytest.mark.parametrize("missed", [3, "3", None])
def test_missed_days_are_several(missed):
    with pytest.raises(BadRegimen, match="missed="):
        ly.Dose("anastrozole", 1.0, missed=missed)


def test_what_is_added_to_a_regimen_is_one():
    with pytest.raises(LeydigError, match="expected a Regimen"):
        ly.Regimen("anastrozole 1 mg daily") + "tamoxifen 10 mg daily"
