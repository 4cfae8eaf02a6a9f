"""Sperm of normal form, by strict criteria."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return the share of normal forms [1]."""
    sperm = at.body.spermatogenesis
    concentration = sperm.concentration(at.state.epididymis[-1], at.signals.androgen)
    return sperm.normal_forms(concentration, at.state.history[-1], at.signals.androgen)


entry = Analyte(
    title="normal forms",
    unit="1",
    us="%",
    si="%",
    clinical="%",
    ucum="%",
    loinc="10622-9",
    possible=(0.0, 1.0),
    usual=(0.0, 1.0),
    reference=(0.04, 1.0),
    within_man_cv=0.21,
    assay_cv=0.2,
    quantified=0.0,
    source="Campbell 2021, unresolved:WHO2021_Campbell; 4 % | Alvarez 2003, pmid:14507825; critical difference 58 %",
    read=read,
    anchors="normal_forms",
    spread="odds",
    reported=True,
    rank=18,
    specimen="semen",
)
