"""What a semen analysis says: WHO limits by edition, categories of sperm concentration, and access to insemination.

Below a limit is not infertile: one in twenty recent fathers is below it.
"""

from dataclasses import dataclass, fields

from leydig.source import Source

__all__ = ["ACCESS", "CATEGORIES", "EDITIONS", "LIMITED", "SOURCE", "InseminationBands", "SemenLimits",
           "below_limits", "category", "insemination_access", "who_term"]  # fmt: skip

SOURCE = (
    "WHO 2021, textbook:WHO-semen-manual-sixth-edition; fifth centiles of men whose partners conceived within a year"
)


@dataclass(frozen=True)
class SemenLimits:
    """Lower reference limits of one edition: volume [mL], million/mL, million, and shares [%]."""

    semen_volume: float
    sperm_concentration: float
    total_sperm_count: float
    motility: float
    progressive_motility: float
    normal_forms: float
    sperm_vitality: float


LIMITED = tuple(field.name for field in fields(SemenLimits))  # quantities that have a limit
EDITIONS = {
    2021: SemenLimits(1.4, 16.0, 39.0, 42.0, 30.0, 4.0, 54.0),
    2010: SemenLimits(1.5, 15.0, 39.0, 40.0, 32.0, 4.0, 58.0),
}

# lowest concentration [million/mL] of each category, ascending; a proposal, no edition names them all
CATEGORIES = (
    (0.0, "azoospermia"),
    (1e-9, "severe oligozoospermia"),
    (5.0, "moderate oligozoospermia"),
    (10.0, "mild oligozoospermia"),
    (16.0, "normal concentration"),
)

TERMS = {"motility": "asthenozoospermia", "progressive_motility": "asthenozoospermia",
         "normal_forms": "teratozoospermia"}  # fmt: skip


ACCESS = ("injection", "fertilization in vitro", "discuss insemination", "insemination")  # fewest sperm first


@dataclass(frozen=True)
class InseminationBands:
    """Motile sperm of an ejaculate before washing [million] from which each way to assist a couple is open.

    Attributes
    ----------
    insemination, discuss, fertilization : float
        From the first on insemination, from the second on it is discussed, from the third on fertilization in vitro
        with or without injection; below it with injection.
    """

    insemination: float
    discuss: float
    fertilization: float
    source: tuple[Source, ...]
    certainty: str


def insemination_access(bands: InseminationBands, motile: float) -> int:
    """Return the place in `ACCESS` of motile sperm before washing [million]."""
    return sum(motile >= least for least in (bands.fertilization, bands.discuss, bands.insemination))


def category(concentration: float) -> int:
    """Return the place in `CATEGORIES` of a sperm concentration [million/mL].

    Examples
    --------
    >>> CATEGORIES[category(7.0)][1]
    'moderate oligozoospermia'
    """
    return sum(concentration >= lowest for lowest, _ in CATEGORIES) - 1


def below_limits(values: dict[str, float], edition: int = 2021) -> tuple[str, ...]:
    """Return which values, in the units of `SemenLimits`, are below the limits of an edition."""
    limits = EDITIONS[edition]
    return tuple(name for name, value in values.items() if hasattr(limits, name) and value < getattr(limits, name))


def who_term(name: str, value: float) -> str:
    """Return what the WHO manual calls a semen value, in the units of `SemenLimits`; empty for what has no term.

    Examples
    --------
    >>> who_term("sperm_concentration", 7.0), who_term("motility", 41.0), who_term("motility", 42.0)
    ('moderate oligozoospermia', 'asthenozoospermia', 'not below its WHO limit')
    """
    if name == "sperm_concentration":
        return CATEGORIES[category(value)][1]
    if name not in TERMS:
        return ""
    return TERMS[name] if below_limits({name: value}) else "not below its WHO limit"
