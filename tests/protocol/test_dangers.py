"""The dangers of lint stand just beyond the limits of the guidelines: a rule that gives way by a twentieth is seen.

Limits are written here from the guidelines' text, in the units of the quantities, apart from protocols and from lint.
"""

import pytest

from leydig.protocol.lint import lint_safety

LIMITS = {
    "alt": (120.0,), "ast": (120.0,), "psa": (4.0,), "low_mood": (10.0,), "age": (40.0,), "t_score": (-2.5,), "spine_z_score": (-2.0,),
    "spine_bmd": (0.82, 0.92), "prolactin": (20.0,), "tsh": (0.3, 4.5), "testosterone": (150.0, 300.0, 1000.0),
    "lh": (1.0, 1.5), "fsh": (1.0, 1.5), "sperm_concentration": (0.0, 1.0, 5.0), "hemoglobin": (17.5, 18.0),
    "testis_length": (4.6,), "semen_volume": (1.4,), "androgens.weeks": (13.0, 26.0), "hematocrit": (50.0, 54.0),
}  # fmt: skip
CLOSE = 0.05
LEVELS = [
    (name, value)
    for danger in (
        *lint_safety.DANGERS,
        *lint_safety.AFTER_ANDROGENS,
        *({"hematocrit": one} for one in lint_safety.HIGH),
    )
    for name, value in danger.items()
    if not isinstance(value, bool) and lint_safety.ORDINARY.get(name) != value
]


@pytest.mark.parametrize(("name", "value"), LEVELS)
def test_a_level_stands_close_to_a_limit(name, value):
    assert any(abs(value - limit) <= CLOSE * abs(limit) for limit in LIMITS[name])


def test_what_is_still_to_be_done_is_not_done():
    """Work-up beside what asks for it is open; alone it has found something."""
    work_up = {
        "cftr",
        "transrectal_ultrasound",
        "scrotal_ultrasound",
        "karyotype",
        "y_microdeletion",
        "pituitary_imaging",
    }
    stands = {(name, len(one) > 1, one[name]) for one in lint_safety.DANGERS for name in work_up & one.keys()}
    assert {(beside, value) for _, beside, value in stands} == {(True, False), (False, True)}
    assert {name for name, beside, _ in stands if beside} == work_up


def test_every_limit_has_a_danger():
    reached = {
        (name, limit) for name, value in LEVELS for limit in LIMITS[name] if abs(value - limit) <= CLOSE * abs(limit)
    }
    assert {(name, limit) for name, limits in LIMITS.items() for limit in limits} - reached == set()
