"""Free testosterone and estradiol together: the two mass balances, solved here by bisection."""

import pytest
from scipy.optimize import brentq

from leydig.body import Body
from leydig.errors import WrongUnit
from leydig.man.free_hormones import free_hormones, free_testosterone
from leydig.record.quantity import convert_level


@pytest.mark.parametrize(
    ("testosterone", "estradiol", "shbg"), [(400.0, 32.0, 30.0), (100.0, 300.0, 8.0), (900.0, 5.0, 90.0)]
)
def test_both_hormones_and_shbg_are_conserved(testosterone, estradiol, shbg):
    blood = Body().blood
    T, E = testosterone / 28.842, estradiol / 272.38  # nmol/L
    NT = 1.0 + float(blood.testosterone_albumin * blood.albumin)
    NE = 1.0 + float(blood.estradiol_albumin * blood.albumin)
    KT, KE = float(blood.testosterone_shbg), float(blood.estradiol_shbg)

    def excess(unbound):  # every molecule of SHBG is free, or holds one hormone
        return unbound + KT * unbound * T / (NT + KT * unbound) + KE * unbound * E / (NE + KE * unbound) - shbg

    unbound = brentq(excess, 0.0, shbg, xtol=1e-14, rtol=1e-14)
    both = free_hormones(f"{testosterone} ng/dL", f"{estradiol} pg/mL", f"{shbg} nmol/L")
    assert both.testosterone == pytest.approx(T / (NT + KT * unbound), rel=1e-9)
    assert both.estradiol == pytest.approx(1000.0 * E / (NE + KE * unbound), rel=1e-9)
    assert both.bioavailable == pytest.approx(both.testosterone * NT, rel=1e-12)
    assert both.testosterone_share == pytest.approx(both.testosterone / T, rel=1e-9)
    assert both.estradiol_share == pytest.approx(both.estradiol / 1000.0 / E, rel=1e-9)


def test_estradiol_takes_places_so_that_more_testosterone_is_free():
    alone = free_testosterone("300 ng/dL", "15 nmol/L").free
    little, much = (free_hormones("300 ng/dL", text, "15 nmol/L").testosterone for text in ("1 pg/mL", "300 pg/mL"))
    assert alone == pytest.approx(little, rel=1e-3)
    assert alone < little < much


def test_international_units_are_a_mass_by_their_named_standard_alone():
    assert convert_level("424 mIU/L", "prolactin", "ng/mL", "WHO 84/500") == pytest.approx(20.0, rel=1e-5)
    assert convert_level("20 ng/mL", "prolactin", "ug/L") == pytest.approx(20.0)
    for given, unit, standard in (
        ("424 mIU/L", "ng/mL", ""),
        ("20 ng/mL", "mIU/L", ""),
        ("424 mIU/L", "ng/mL", "WHO 83/573"),
    ):
        with pytest.raises(WrongUnit, match="WHO 84/500"):
            convert_level(given, "prolactin", unit, standard)
    with pytest.raises(WrongUnit):
        convert_level("5 IU/L", "lh", "ng/mL", "WHO 80/552")
