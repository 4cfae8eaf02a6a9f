"""The body mass index of weight and height, within what a grown man has."""

import pytest

from leydig.errors import OutOfRange, WrongUnit
from leydig.record.body_mass import HEIGHTS, WEIGHTS, body_mass_index


def test_it_is_weight_over_height_squared():
    assert body_mass_index(98, "kg", 179, "cm") == body_mass_index(98_000, "g", 1.79, "m") == round(98 / 1.79**2, 1)


@pytest.mark.parametrize(("place", "limits"), [(0, WEIGHTS), (1, HEIGHTS)])
def test_what_no_grown_man_has_is_refused(place, limits):
    usual = [98.0, 1.79]
    for edge, beyond in zip(limits, (limits[0] - 0.01, limits[1] + 0.01), strict=True):
        usual[place] = edge
        assert body_mass_index(usual[0], "kg", usual[1], "m") > 0
        usual[place] = beyond
        with pytest.raises(OutOfRange, match="Check the value and its unit"):
            body_mass_index(usual[0], "kg", usual[1], "m")


@pytest.mark.parametrize("units", [("", "cm"), ("kg", ""), ("cm", "kg"), ("stones of Rome", "cm")])
def test_units_are_asked_for(units):
    with pytest.raises(WrongUnit):
        body_mass_index(98, units[0], 179, units[1])
