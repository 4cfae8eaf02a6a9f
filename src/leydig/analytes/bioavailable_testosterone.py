"""Bioavailable testosterone: free and held by albumin."""

from leydig.analyte import Analyte, Reading, Scalar
from leydig.units import TESTOSTERONE_MOLAR_MASS


def read(at: Reading) -> Scalar:
    """Return testosterone not bound to SHBG [nmol/L]."""
    held = at.body.blood.testosterone_albumin * at.body.blood.albumin
    return at.signals.free.testosterone * (1.0 + held)


entry = Analyte(
    title="bioavailable testosterone",
    unit="nmol/L",
    us="ng/dL",
    si="nmol/L",
    clinical="ng/dL",
    other_units=("ng/mL",),
    ucum="ng/dL",
    loinc="2990-0",
    molar_mass=TESTOSTERONE_MOLAR_MASS,
    possible=(0.01, 150.0),
    usual=(0.5, 40.0),
    reference=(3.7, 13.2),
    within_man_cv=0.17,
    assay_cv=0.1,
    quantified=0.0,
    afternoon=0.78,
    source="ChinaRI 2018, unresolved:ChinaRI2018; 3.7 to 13.2 nmol/L",
    read=read,
    reported=True,
    part_of="testosterone",
    rank=10,
)
