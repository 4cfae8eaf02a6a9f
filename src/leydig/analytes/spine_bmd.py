"""Bone mineral density of the lumbar spine, by DXA."""

from leydig.analyte import Analyte, Reading, Scalar


def read(at: Reading) -> Scalar:
    """Return spine density [g/cm2]."""
    return at.state.bone


entry = Analyte(
    title="spine bone density",
    unit="g/cm2",
    us="g/cm2",
    si="g/cm2",
    ucum="g/cm2",
    loinc="24966-4",
    possible=(0.3, 2.5),
    usual=(0.6, 1.8),
    reference=(0.9, 1.5),
    within_man_cv=0.01,
    assay_cv=0.01,
    quantified=0.0,
    source="Burnett-Bowie 2009, doi:10.1210/jc.2009-0739; 1.121 +- 0.141 g/cm2",
    read=read,
    anchors="spine_density",
    reported=True,
    state="bone",
    panels={"explanation": 9, "endpoints": 9},
    rank=19,
)
