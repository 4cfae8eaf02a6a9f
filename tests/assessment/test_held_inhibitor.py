"""A held inhibitor does not freeze the other drug: each has its own ladder."""

import pytest
from assessment.men import treated

from leydig.assessment.assess import assess

ON_BOTH = "anastrozole 0.5 mg twice weekly + clomiphene 25 mg every other day"
ON_ONE = "clomiphene 25 mg every other day"


def held(protocol="anastrozole_clomiphene", now=ON_ONE, before=ON_BOTH, **levels):
    """Return the advice for a man whose inhibitor was held from its first rung 40 days ago."""
    record, day = treated(now, 70, before=((before, 0, 30),), **levels)
    return assess(record, protocol, on=day)


@pytest.mark.parametrize("protocol", ["anastrozole_clomiphene", "clomiphene"])
@pytest.mark.parametrize(
    ("testosterone", "estradiol", "lh", "action", "rule"),
    [
        (400.0, 25.0, 5.0, "step up clomiphene", "T6_ADD"),
        (499.0, 20.0, 5.0, "step up clomiphene", "T6_ADD"),
        (400.0, 19.0, 5.0, "step up clomiphene", "T2_CLOMIPHENE"),
        (400.0, 19.0, 9.5, "continue", "T2_STILL"),
        (500.0, 19.0, 5.0, "continue", "T2_STILL"),
        (400.0, 19.0, 9.4, "step up clomiphene", "T2_CLOMIPHENE"),
        (600.0, 30.0, 5.0, "continue", "T4_CONTINUE"),
        (400.0, 25.0, 9.5, "refer", "T7_PRIMARY"),
        (390.0, 40.0, 5.0, "refer", "T2_REFER"),
        (390.0, 39.5, 5.0, "step up clomiphene", "T6_ADD"),
        (750.0, 60.0, 5.0, "refer", "T2_REFER"),
        (760.0, 60.0, 5.0, "continue", "T5_WATCH"),
        (1001.0, 45.0, 5.0, "step down clomiphene", "T8_REDUCE"),
    ],
)
def test_clomiphene_is_titrated_while_the_inhibitor_is_held(protocol, testosterone, estradiol, lh, action, rule):
    found = held(protocol, testosterone=testosterone, estradiol=estradiol, lh=lh)
    assert (found.action, found.of("advice")[0].rule) == (action, rule)
    assert "anastrozole" not in found.next


def test_at_the_ceiling_of_clomiphene_a_clinician_decides():
    top = "clomiphene 50 mg daily"
    found = held(now=top, before=f"anastrozole 0.5 mg twice weekly + {top}", testosterone=400.0, estradiol=25.0)
    assert (found.action, found.of("advice")[0].rule) == ("refer", "T6_CEILING")


def test_from_a_higher_rung_the_inhibitor_is_restarted_first():
    found = held(before="anastrozole 1 mg every other day + clomiphene 25 mg every other day", testosterone=600.0,
                 estradiol=30.0)  # fmt: skip
    assert found.action == "restart anastrozole"


def test_the_inhibitor_alone_still_waits_for_a_clinician():
    record, day = treated(
        "", 70, before=(("anastrozole 0.5 mg twice weekly", 0, 30),), testosterone=400.0, estradiol=25.0
    )
    assert assess(record, "anastrozole", on=day).of("advice")[0].rule == "T2_REFER"
