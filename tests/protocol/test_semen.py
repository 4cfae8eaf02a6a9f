"""What the WHO manual calls a semen value."""

import pytest

from leydig.protocol.semen import who_term


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
