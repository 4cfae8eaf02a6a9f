"""Sex hormone-binding globulin in serum."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return SHBG [nmol/L]."""
    return at.state.shbg


entry = Analyte(
    title="SHBG",
    unit="nmol/L",
    us="nmol/L",
    si="nmol/L",
    ucum="nmol/L",
    loinc="13967-5",
    possible=(2.0, 300.0),
    usual=(6.0, 150.0),
    reference=(11.5, 95.0),
    within_man_cv=0.074,
    assay_cv=0.05,
    quantified=1.0,
    source="ChinaRI 2018, unresolved:ChinaRI2018; 11.5 to 66 nmol/L | "
    "Qin 2012, pmid:22582502; 18 to 95 | "
    "GuldhaugCVi undated, unresolved:GuldhaugCVi; 7.4 %",
    read=read,
    anchors="shbg",
    reported=True,
    state="shbg",
    case_median=33.0,
    panels={"men": 5},
    rank=11,
)
