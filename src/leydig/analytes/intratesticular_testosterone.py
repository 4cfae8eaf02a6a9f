"""Testosterone inside the testis, which germ cells need, never below that of serum; seen in research only."""

from leydig.analyte import Analyte, Reading, Scalar
from leydig.units import TESTOSTERONE_MOLAR_MASS


def read(at: Reading) -> Scalar:
    """Return intratesticular testosterone [nmol/L]."""
    return at.signals.testicular * at.body.testis.reference_testicular


entry = Analyte(
    title="intratesticular testosterone",
    unit="nmol/L",
    us="nmol/L",
    si="nmol/L",
    other_units=("ng/mL",),
    molar_mass=TESTOSTERONE_MOLAR_MASS,
    ucum="nmol/L",
    possible=(0.1, 10000.0),
    usual=(5.0, 4000.0),
    reference=(700.0, 1400.0),
    within_man_cv=0.2,
    assay_cv=0.1,
    quantified=0.0,
    source="Coviello 2005, journal:JCEM-90-2595; 822 to 1234 nmol/L",
    read=read,
    panels={"explanation": 6},
    rank=13,
)
