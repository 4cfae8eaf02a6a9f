"""What the WHO manual calls a semen value."""

import pytest

from leydig.protocol.semen import CATEGORIES, LIMITED, below_limits, category, who_term


@pytest.mark.parametrize(
    ("name", "value", "term"),
    [
        ("sperm_concentration", 7.0, "moderate oligozoospermia"),
        ("motility", 41.9, "asthenozoospermia"),
        ("motility", 42.0, "not below its WHO limit"),
        ("testosterone", 300.0, ""),
    ],
)
def test_a_value_has_the_term_of_the_manual_or_none(name, value, term):
    assert who_term(name, value) == term


# lower reference limits (fifth centiles) as the two editions of the manual print them
MANUAL = {
    2021: {"semen_volume": 1.4, "sperm_concentration": 16.0, "total_sperm_count": 39.0, "motility": 42.0,
           "progressive_motility": 30.0, "normal_forms": 4.0, "sperm_vitality": 54.0},
    2010: {"semen_volume": 1.5, "sperm_concentration": 15.0, "total_sperm_count": 39.0, "motility": 40.0,
           "progressive_motility": 32.0, "normal_forms": 4.0, "sperm_vitality": 58.0},
}  # fmt: skip


@pytest.mark.parametrize(
    ("edition", "name"), [(edition, name) for edition, limits in MANUAL.items() for name in limits]
)
def test_a_limit_is_that_of_its_edition(edition, name):
    limit = MANUAL[edition][name]
    assert below_limits({name: limit}, edition) == ()
    assert below_limits({name: limit * 0.999}, edition) == (name,)


def test_every_limit_of_an_edition_is_in_the_table():
    assert {edition: set(limits) for edition, limits in MANUAL.items()} == {2010: set(LIMITED), 2021: set(LIMITED)}


def test_the_last_edition_is_the_usual_one():
    assert below_limits({"sperm_concentration": 15.5}) == ("sperm_concentration",)


@pytest.mark.parametrize(
    ("concentration", "place"),
    [(0.0, 0), (1e-6, 1), (4.99, 1), (5.0, 2), (9.99, 2), (10.0, 3), (15.99, 3), (16.0, 4), (200.0, 4)],
)
def test_a_category_begins_at_its_lowest_concentration(concentration, place):
    assert category(concentration) == place
    assert who_term("sperm_concentration", concentration) == CATEGORIES[place][1]
