"""The primary endpoint: what is read of each man at its month, and how arms differ in it.

A binary endpoint (every level in its target band; a pregnancy; access to insemination by the last sample) counts a man
who has left as one who did not reach it; access is asked of men who did not have it before treatment. A level is
compared among the men who are still there. What the engine could not solve is left out and counted. A real trial reads
what a laboratory prints, so a level carries the noise of man and assay unless the file says ``reading = "true"``.
"""

from dataclasses import dataclass

from leydig import checks
from leydig.analytes import ANALYTES
from leydig.errors import BadTrial, UnknownName
from leydig.man.man import MEASURABLE
from leydig.text_enum import TextEnum

__all__ = ["BinaryEndpoint", "EndpointReading", "Primary"]


class BinaryEndpoint(TextEnum):
    """What is reached or not: all targets of the protocol, a pregnancy, semen for insemination."""

    IN_BAND = "in_band"
    PREGNANT = "pregnant"
    INSEMINATION_ACCESS = "insemination_access"


class EndpointReading(TextEnum):
    """What a level is read from: the laboratory, with the noise of man and assay, or the man himself."""

    MEASURED = "measured"
    TRUE = "true"


ALLOWED = (*BinaryEndpoint, *(name for name, one in ANALYTES.items() if one.ratio_units), *MEASURABLE)
LONGEST = 120  # [month]
LEVELS = (0.5, 0.999)  # of an interval


@dataclass(frozen=True)
class Primary:
    """What is compared between arms.

    Attributes
    ----------
    of : str
        ``"in_band"`` (every target of the enrolling protocol), ``"pregnant"``, ``"insemination_access"``, or a
        level.
    month : int or None
        When it is read; the last reported month when None.
    control : str
        The arm that the others are held against; the last one when empty.
    reading : EndpointReading
    change : bool
        Whether a level is read as its change since day 0.
    level : float
        Of the interval.

    Raises
    ------
    BadTrial
        When it cannot be read.
    """

    of: str = BinaryEndpoint.IN_BAND
    month: int | None = None
    control: str = ""
    reading: EndpointReading | str = EndpointReading.MEASURED
    change: bool = False
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.of not in ALLOWED:
            raise BadTrial(str(UnknownName.among("primary endpoint", self.of, ALLOWED)))
        if self.month is not None:
            checks.whole_number(self.month, "month of the primary endpoint", (1, LONGEST), error=BadTrial)
        if self.reading not in list(EndpointReading):
            raise BadTrial(f"got reading {self.reading!r}; expected measured or true. See docs/trials.md.")
        if self.change and self.binary:
            raise BadTrial(f"got change of {self.of}; expected the change of a level. Drop it, or choose a level.")
        checks.number(self.level, "level of the interval", LEVELS, error=BadTrial)

    @property
    def binary(self) -> bool:
        """Whether it is reached or not."""
        return self.of in list(BinaryEndpoint)
