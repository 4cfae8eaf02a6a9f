"""Free testosterone, calculated from total testosterone, SHBG and albumin."""

from leydig.analyte import Analyte, Reading, Scalar
from leydig.units import TESTOSTERONE_MOLAR_MASS


def read(at: Reading) -> Scalar:
    """Return free testosterone [nmol/L]."""
    return at.signals.free.testosterone


entry = Analyte(
    title="free testosterone",
    unit="nmol/L",
    us="pg/mL",
    si="pmol/L",
    clinical="pg/mL",
    other_units=("ng/dL", "ng/mL"),
    ucum="pg/mL",
    loinc="2991-8",
    other_loinc={"14914-6": "pmol/L", "96559-0": "pmol/L"},
    molar_mass=TESTOSTERONE_MOLAR_MASS,
    possible=(0.0005, 10.0),
    usual=(0.02, 1.5),
    reference=(0.16, 0.69),
    within_man_cv=0.17,
    assay_cv=0.1,
    quantified=0.0,
    afternoon=0.78,
    source="ChinaRI 2018, unresolved:ChinaRI2018; 0.16 to 0.52 nmol/L | Qin 2012, pmid:22582502; 0.24 to 0.69",
    read=read,
    worked_out_from=("testosterone", "shbg", "albumin", "bioavailable_testosterone"),
    reported=True,
    part_of="testosterone",
    rank=9,
)
