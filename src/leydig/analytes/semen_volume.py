"""Volume of the ejaculate."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return semen volume [mL]."""
    return at.body.spermatogenesis.ejaculate_volume(at.signals.androgen)


entry = Analyte(
    title="semen volume",
    unit="mL",
    us="mL",
    si="mL",
    ucum="mL",
    loinc="3160-9",
    possible=(0.05, 20.0),
    usual=(0.3, 9.0),
    reference=(1.4, 7.0),
    within_man_cv=0.27,
    assay_cv=0.03,
    quantified=0.0,
    source="Campbell 2021, unresolved:WHO2021_Campbell; 1.4 mL | IUI436 undated, unresolved:IUI436; 27 %",
    read=read,
    anchors="semen_volume",
    reported=True,
    panels={"men": 8, "screening": 3},
    rank=14,
    specimen="semen",
)
