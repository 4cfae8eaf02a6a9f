"""Total estradiol in serum."""

from leydig.analyte import Analyte, Reading, Scalar
from leydig.units import ESTRADIOL_MOLAR_MASS


def read(at: Reading) -> Scalar:
    """Return total estradiol as an immunoassay reads it [pmol/L]."""
    return at.body.blood.measured_estradiol(at.state.estradiol)


entry = Analyte(
    title="estradiol",
    unit="pmol/L",
    us="pg/mL",
    si="pmol/L",
    clinical="pg/mL",
    other_units=("ng/L", "ng/dL", "nmol/L"),
    ucum="pg/mL",
    loinc="2243-4",
    other_loinc={"14715-7": "pmol/L", "83096-8": "pg/mL"},
    molar_mass=ESTRADIOL_MOLAR_MASS,
    possible=(1.0, 3700.0),
    usual=(15.0, 300.0),
    reference=(37.0, 160.0),
    target=(73.0, 220.0),
    within_man_cv=0.14,
    assay_cv=0.1,
    quantified=3.7,
    source="Qin 2012, pmid:22582502; 65 to 208 pmol/L by immunoassay | "
    "GuldhaugCVi undated, unresolved:GuldhaugCVi; 14 %",
    read=read,
    anchors="estradiol",
    reported=True,
    chebi="16469",
    symbol="E2",
    state="estradiol",
    case_median=90.0,
    panels={
        "man": 2,
        "men": 2,
        "course": 2,
        "card": 2,
        "explanation": 2,
        "endpoints": 2,
        "trial": 2,
        "ledger": 2,
        "visit": 2,
        "score": 2,
    },
    rank=2,
)
