"""Sperm in the whole ejaculate."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return sperm per ejaculate [million]."""
    return at.body.spermatogenesis.sertoli * at.state.epididymis[-1]


entry = Analyte(
    title="total sperm count",
    unit="million",
    us="million",
    si="million",
    other_units=("10*6",),
    ucum="10*6",
    possible=(0.0, 6000.0),
    usual=(0.0, 1500.0),
    reference=(39.0, 900.0),
    within_man_cv=0.55,
    assay_cv=0.15,
    quantified=0.1,
    source="Campbell 2021, unresolved:WHO2021_Campbell; 39 million | SemenCV 1979, unresolved:SemenCV_JRF57; 55 %",
    read=read,
    worked_out_from=("sperm_concentration", "semen_volume"),
    reported=True,
    rank=15,
    specimen="semen",
)
