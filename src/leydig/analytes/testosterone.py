"""Total testosterone in serum."""

from leydig.analyte import Analyte, Reading, Scalar
from leydig.units import TESTOSTERONE_MOLAR_MASS


def read(at: Reading) -> Scalar:
    """Return total testosterone [nmol/L]."""
    return at.state.testosterone


entry = Analyte(
    title="testosterone",
    unit="nmol/L",
    us="ng/dL",
    si="nmol/L",
    clinical="ng/dL",
    other_units=("ng/mL", "ug/L", "pg/mL"),
    ucum="ng/dL",
    loinc="2986-8",
    other_loinc={"14913-8": "nmol/L"},
    molar_mass=TESTOSTERONE_MOLAR_MASS,
    possible=(0.1, 210.0),
    usual=(1.0, 60.0),
    reference=(9.15, 31.76),
    target=(17.34, 34.67),
    within_man_cv=0.16,
    assay_cv=0.06,
    quantified=0.1,
    afternoon=0.78,
    source="Travison 2017, doi:10.1210/jc.2016-2935; 264 to 916 ng/dL | "
    "GuldhaugCVi undated, unresolved:GuldhaugCVi; 16 % | "
    "Brambilla 2009, pmc:PMC2681273; -20 to -25 %",
    read=read,
    anchors="testosterone",
    reported=True,
    chebi="17347",
    symbol="T",
    state="testosterone",
    case_median=15.0,
    panels={
        "man": 1,
        "men": 1,
        "course": 1,
        "card": 1,
        "explanation": 1,
        "endpoints": 1,
        "trial": 1,
        "ledger": 1,
        "visit": 1,
        "screening": 1,
        "score": 1,
    },
    rank=1,
)
