"""Sperm that swim forward."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return the share of progressive sperm [1]."""
    sperm = at.body.spermatogenesis
    concentration = sperm.concentration(at.state.epididymis[-1], at.signals.androgen)
    return sperm.progressive_motility(concentration, at.state.history[-1], at.signals.androgen)


entry = Analyte(
    title="progressive motility",
    unit="1",
    us="%",
    si="%",
    clinical="%",
    ucum="%",
    loinc="14194-5",
    possible=(0.0, 1.0),
    usual=(0.0, 1.0),
    reference=(0.30, 1.0),
    within_man_cv=0.2,
    assay_cv=0.1,
    quantified=0.0,
    source="Campbell 2021, unresolved:WHO2021_Campbell; 30 % | Alvarez 2003, pmid:14507825; critical difference 49 %",
    read=read,
    anchors="progressive_motility",
    spread="odds",
    reported=True,
    part_of="motility",
    rank=17,
    specimen="semen",
)
