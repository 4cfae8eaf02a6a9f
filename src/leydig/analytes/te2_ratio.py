"""Ratio of testosterone [ng/dL] to estradiol [pg/mL], the clinic's 10:1."""

from leydig.analyte import Analyte, Reading, Scalar
from leydig.units import ESTRADIOL_MOLAR_MASS, TESTOSTERONE_MOLAR_MASS, factor


def read(at: Reading) -> Scalar:
    """Return T:E2 in ng/dL per pg/mL."""
    testosterone = at.state.testosterone * factor("nmol/L", "ng/dL", TESTOSTERONE_MOLAR_MASS)
    estradiol = at.body.blood.measured_estradiol(at.state.estradiol) * factor("pmol/L", "pg/mL", ESTRADIOL_MOLAR_MASS)
    return testosterone / estradiol


entry = Analyte(
    title="testosterone to estradiol ratio",
    unit="1",
    us="1",
    si="1",
    ucum="1",
    possible=(0.05, 2000.0),
    usual=(2.0, 100.0),
    reference=(10.0, 40.0),
    target=(10.0, 60.0),
    within_man_cv=0.2,
    assay_cv=0.12,
    quantified=0.0,
    source="Pavlovich 2001, pmid:11176482; 14.5 in fertile men, 6.9 in infertile men",
    read=read,
    worked_out_from=("testosterone", "estradiol"),
    reported=True,
    rank=3,
)
