"""Motile sperm in the whole ejaculate."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return motile sperm per ejaculate [million]."""
    sperm = at.body.spermatogenesis
    count, androgen = sperm.sertoli * at.state.epididymis[-1], at.signals.androgen
    concentration = sperm.concentration(at.state.epididymis[-1], androgen)
    return count * sperm.motility(concentration, at.state.history[-1], androgen)


entry = Analyte(
    title="total motile count",
    unit="million",
    us="million",
    si="million",
    other_units=("10*6",),
    ucum="10*6",
    possible=(0.0, 5000.0),
    usual=(0.0, 1200.0),
    reference=(16.0, 700.0),
    within_man_cv=0.73,
    assay_cv=0.2,
    quantified=0.0,
    source="IUI436 undated, unresolved:IUI436; 73 % | "
    "Campbell 2021, unresolved:WHO2021_Campbell; 39 million times 42 %",
    read=read,
    worked_out_from=("sperm_concentration", "semen_volume", "motility"),
    reported=True,
    panels={"course": 7, "endpoints": 7},
    rank=7,
    specimen="semen",
)
