"""Threefold testosterone, an analyte of the tests; it exists in this file only."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return three times total testosterone [nmol/L]."""
    return 3.0 * at.state.testosterone


entry = Analyte(
    title="threefold testosterone",
    unit="nmol/L",
    us="nmol/L",
    si="nmol/L",
    ucum="nmol/L",
    possible=(0.1, 900.0),
    usual=(1.0, 180.0),
    reference=(20.0, 110.0),
    within_man_cv=0.1,
    assay_cv=0.1,
    quantified=0.1,
    source="Test undated, textbook:none",
    read=read,
    panels={"course": 20, "explanation": 20},
)
