"""Luteinizing hormone in serum."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return LH of his own [IU/L]; the LH activity of hCG is no LH to an assay."""
    return at.state.lh


entry = Analyte(
    title="LH",
    unit="IU/L",
    us="IU/L",
    si="IU/L",
    other_units=("mIU/mL",),
    ucum="[IU]/L",
    loinc="10501-5",
    possible=(0.02, 90.0),
    usual=(0.3, 20.0),
    reference=(1.6, 10.0),
    within_man_cv=0.26,
    assay_cv=0.05,
    quantified=0.1,
    source="ChinaRI 2018, unresolved:ChinaRI2018; 1.6 to 10.0 IU/L | GuldhaugCVi undated, unresolved:GuldhaugCVi; 26 %",
    read=read,
    anchors="lh",
    reported=True,
    symbol="LH",
    state="lh",
    case_median=4.2,
    panels={
        "man": 3,
        "men": 3,
        "course": 4,
        "card": 4,
        "explanation": 4,
        "endpoints": 4,
        "trial": 4,
        "ledger": 3,
        "visit": 3,
        "score": 3,
    },
    rank=4,
)
