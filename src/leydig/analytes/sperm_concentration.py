"""Sperm concentration in the ejaculate."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return sperm concentration [million/mL]."""
    return at.body.spermatogenesis.concentration(at.state.epididymis[-1], at.signals.androgen)


entry = Analyte(
    title="sperm concentration",
    unit="million/mL",
    us="million/mL",
    si="million/mL",
    other_units=("10*6/mL", "10*9/L"),
    ucum="10*6/mL",
    loinc="9780-8",
    possible=(0.0, 1000.0),
    usual=(0.0, 400.0),
    reference=(16.0, 200.0),
    within_man_cv=0.46,
    assay_cv=0.15,
    quantified=0.1,
    source="Campbell 2021, unresolved:WHO2021_Campbell; 16 million/mL | Keel 2006, pmid:16412742; 46 to 54 %",
    read=read,
    anchors="sperm_concentration",
    reported=True,
    case_median=50.0,
    panels={
        "men": 7,
        "course": 6,
        "card": 6,
        "explanation": 7,
        "endpoints": 6,
        "trial": 5,
        "ledger": 5,
        "screening": 2,
    },
    rank=6,
    specimen="semen",
)
