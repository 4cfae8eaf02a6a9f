"""Follicle-stimulating hormone in serum, his own and follitropin alike.

::

    read = FSH of his own + FSH given            [IU/L]
"""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return FSH [IU/L], with what is given: its protein is the same, and an assay cannot tell."""
    return at.state.fsh + at.action.fsh_activity


entry = Analyte(
    title="FSH",
    unit="IU/L",
    us="IU/L",
    si="IU/L",
    other_units=("mIU/mL",),
    ucum="[IU]/L",
    loinc="15067-2",
    other_loinc={"83098-4": "IU/L"},
    possible=(0.02, 120.0),
    usual=(0.3, 30.0),
    reference=(1.8, 16.4),
    within_man_cv=0.08,
    assay_cv=0.05,
    quantified=0.1,
    source="ChinaRI 2018, unresolved:ChinaRI2018; 1.9 to 16.3 IU/L | GuldhaugCVi undated, unresolved:GuldhaugCVi; 8 %",
    read=read,
    anchors="fsh",
    reported=True,
    symbol="FSH",
    state="fsh",
    case_median=4.5,
    panels={
        "man": 4,
        "men": 4,
        "course": 5,
        "card": 5,
        "explanation": 5,
        "endpoints": 5,
        "ledger": 4,
        "visit": 4,
        "score": 4,
    },
    rank=5,
)
