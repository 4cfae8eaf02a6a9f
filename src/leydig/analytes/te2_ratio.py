"""Ratio of testosterone [ng/dL] to estradiol [pg/mL], the clinic's 10:1."""

from leydig.analyte import Analyte, Reading, Scalar
from leydig.units import ESTRADIOL_MOLAR_MASS, TESTOSTERONE_MOLAR_MASS, factor


def read(at: Reading) -> Scalar:
    """Return T:E2 in ng/dL per pg/mL."""
    testosterone = at.state.testosterone * factor("nmol/L", "ng/dL", TESTOSTERONE_MOLAR_MASS)
    estradiol = at.body.blood.measured_estradiol(at.state.estradiol) * factor("pmol/L", "pg/mL", ESTRADIOL_MOLAR_MASS)
    return testosterone / estradiol


_BY_MASS = factor("ng/dL", "pg/mL")
_BY_SUBSTANCE = _BY_MASS * ESTRADIOL_MOLAR_MASS / TESTOSTERONE_MOLAR_MASS


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
    symbol="T:E2",
    ratio_units={  # into ng/dL per pg/mL; a bare ratio does not say which of these it is
        "(ng/dL)/(pg/mL)": 1.0,
        "ng/dL per pg/mL": 1.0,
        "(ng/mL)/(pg/mL)": 1000.0 / _BY_MASS,
        "ng/ng": 1.0 / _BY_MASS,
        "mol/mol": 1.0 / _BY_SUBSTANCE,
        "(nmol/L)/(nmol/L)": 1.0 / _BY_SUBSTANCE,
        "(nmol/L)/(pmol/L)": 1000.0 / _BY_SUBSTANCE,
        "nmol/L per pmol/L": 1000.0 / _BY_SUBSTANCE,
    },
    worked_out_from=("testosterone", "estradiol"),
    reported=True,
    panels={"course": 3, "card": 3, "explanation": 3, "endpoints": 3, "trial": 3},
    rank=3,
)
