"""What a request for a forecast of many men, or for a calibration, may hold."""

from pydantic import Field, field_validator

from leydig.evidence.calibration.calibration import CalibrationSize
from leydig.service.bodies import USUAL_KIND, USUAL_PROTOCOL, USUAL_SEED, RequestBody

__all__ = ["CalibrationBody", "PopulationBody"]


class PopulationBody(RequestBody):
    """Virtual men of a kind, forecast together on each of some regimens."""

    regimens: list[str] = Field(min_length=1, max_length=4, description="In words; of a form one on each line.")
    kind: str = Field(default=USUAL_KIND, max_length=64)
    n: int = Field(default=1000, ge=20, le=10_000, description="Men.")
    seed: int = Field(default=USUAL_SEED, ge=0, le=2**31)
    youngest: float | None = Field(
        default=None, description="[year]; of the kind when left out, as are the next three."
    )
    oldest: float | None = None
    leanest: float | None = Field(default=None, description="[kg/m2]")
    heaviest: float | None = None
    weeks: float = Field(default=26.0, ge=1.0, le=260.0)
    every_weeks: float = Field(default=2.0, ge=0.5, le=52.0, description="Distance of the days that are told.")
    protocol: str = Field(default=USUAL_PROTOCOL, max_length=64, description="Whose band, floor and limit are counted.")
    region: str = Field(default="", max_length=64)

    @field_validator("regimens", mode="before")
    @classmethod
    def _split_lines(cls, value: object) -> object:
        """Take each line of a text for a regimen."""
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return value
        return [line.strip() for one in value for line in one.splitlines() if line.strip()]


class CalibrationBody(RequestBody):
    """A calibration: all of it, or a rehearsal."""

    size: CalibrationSize
    seed: int = Field(default=USUAL_SEED, ge=0, le=2**31)
    starts: int | None = Field(
        default=None, ge=1, le=4, description="Optimizations of each structure; 2 when left out."
    )
    steps: int | None = Field(default=None, ge=2000, le=40_000, description="Of every walker; 20,000 when left out.")
