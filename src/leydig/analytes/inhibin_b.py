"""Inhibin B in serum, made by the Sertoli cells."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return inhibin B [ng/L]."""
    return at.state.inhibin * at.body.testis.reference_inhibin


entry = Analyte(
    title="inhibin B",
    unit="ng/L",
    us="pg/mL",
    si="ng/L",
    clinical="pg/mL",
    ucum="pg/mL",
    loinc="34319-4",
    possible=(1.0, 1000.0),
    usual=(10.0, 450.0),
    reference=(54.5, 247.0),
    within_man_cv=0.1,
    assay_cv=0.08,
    quantified=10.0,
    source="InhB2448 2013, journal:Reproduction-145-237; 54.5 to 247 ng/L | "
    "InhB17 undated, unresolved:InhB_17months; 10 %",
    read=read,
    anchors="inhibin_b",
    reported=True,
    case_median=150.0,
    panels={"men": 6},
    rank=12,
)
