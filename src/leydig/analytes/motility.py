"""Motile sperm, progressive or not."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return the share of motile sperm [1]."""
    sperm = at.body.spermatogenesis
    concentration = sperm.concentration(at.state.epididymis[-1], at.signals.androgen)
    return sperm.motility(concentration, at.state.history[-1], at.signals.androgen)


entry = Analyte(
    title="total motility",
    unit="1",
    us="%",
    si="%",
    clinical="%",
    ucum="%",
    loinc="6800-7",
    possible=(0.0, 1.0),
    usual=(0.0, 1.0),
    reference=(0.42, 1.0),
    within_man_cv=0.2,
    assay_cv=0.1,
    quantified=0.0,
    source="Campbell 2021, unresolved:WHO2021_Campbell; 42 % | Keel 2006, pmid:16412742; 20 % for velocity",
    read=read,
    anchors="motility",
    spread="odds",
    reported=True,
    panels={"men": 9},
    rank=16,
    specimen="semen",
)
