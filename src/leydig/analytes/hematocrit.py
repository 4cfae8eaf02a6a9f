"""Hematocrit: the share of red cells in blood."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return hematocrit [L/L]."""
    return at.state.hematocrit


entry = Analyte(
    title="hematocrit",
    unit="L/L",
    us="%",
    si="L/L",
    clinical="%",
    other_units=("1",),
    ucum="%",
    loinc="4544-3",
    other_loinc={"20570-8": "%", "48703-3": "%"},
    possible=(0.10, 0.75),
    usual=(0.25, 0.60),
    reference=(0.40, 0.50),
    within_man_cv=0.03,
    assay_cv=0.02,
    quantified=0.0,
    source="Bhasin 2010, journal:JCEM-95-2536; baseline below 0.50; variation assumed",
    read=read,
    anchors="hematocrit",
    reported=True,
    state="hematocrit",
    panels={"course": 8, "card": 7, "explanation": 8, "endpoints": 8, "trial": 6},
    rank=8,
)
