"""The forecast of a twin: two bands with two names, of the true level and of the next laboratory result."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES
from leydig.checks import WITHIN_ONE, plain_number
from leydig.errors import UnknownName
from leydig.inference.results.assay import EstradiolAssay
from leydig.inference.trust.trust import Trust
from leydig.regimen import Regimen

__all__ = ["Forecast", "ForecastLevel"]

LEVELS = (0.5, 0.9)  # of the intervals that are written and printed


@dataclass(frozen=True)
class ForecastLevel:
    """One analyte ahead.

    Attributes
    ----------
    name, unit : str
    days : Float[np.ndarray, " time"]
        From the last day of the record.
    levels : Float[np.ndarray, "draw time"]
        True levels [`unit`]; NaN where the twin abstains or a man was not solved.
    results : Float[np.ndarray, "draw time"]
        What a laboratory would read on that day [`unit`].
    """

    name: str
    unit: str
    days: Float[np.ndarray, " time"]
    levels: Float[np.ndarray, "draw time"]
    results: Float[np.ndarray, "draw time"]

    def median(self) -> Float[np.ndarray, " time"]:
        """Return the median true level."""
        return _quantiles(self.levels, [0.5])[0]

    def interval(self, level: float = 0.9) -> tuple[Float[np.ndarray, " time"], Float[np.ndarray, " time"]]:
        """Return both ends of the interval that holds the true level with this probability.

        Raises
        ------
        OutOfRange
            When the probability is not between 0 and 1.
        """
        return _ends(self.levels, level)

    def result_interval(self, level: float = 0.9) -> tuple[Float[np.ndarray, " time"], Float[np.ndarray, " time"]]:
        """Return both ends of the interval that holds a laboratory result of that day; raises as `interval`."""
        return _ends(self.results, level)


@dataclass(frozen=True, repr=False)
class Forecast:
    """What a twin expects of a regimen from the last day of his record on.

    Attributes
    ----------
    regimen : Regimen
    trust : Trust
        Of the twin and of this regimen. Where it abstains, every number is NaN.
    failed : int
        Draws that were not solved; their numbers are NaN.
    estradiol_assay : EstradiolAssay
        Which reads the estradiol that is told: that of his last results of it.
    """

    regimen: Regimen
    trust: Trust
    failed: int
    estradiol_assay: EstradiolAssay
    _levels: dict[str, ForecastLevel]

    def __getitem__(self, name: str) -> ForecastLevel:
        """Return an analyte.

        Raises
        ------
        UnknownName
            When it is not forecast: its course on treatment is not validated.
        """
        if name not in self._levels:
            raise UnknownName.among("forecast level", name, self._levels)
        return self._levels[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The analytes that are forecast."""
        return tuple(self._levels)

    def __repr__(self) -> str:
        return f"Forecast({str(self.regimen)!r}: {self.trust.verdict})"

    def record(self) -> dict[str, Any]:
        """Return verdict, reasons and bands, ready for JSON."""
        levels = {name: _band_record(one) for name, one in self._levels.items()}
        return {"regimen": str(self.regimen), "verdict": str(self.trust.verdict),
                "reasons": [one.text for one in self.trust.reasons], "failed": self.failed,
                "estradiol_assay": str(self.estradiol_assay),
                "levels": {} if self.trust.abstains else levels}  # fmt: skip


def _band_record(one: ForecastLevel) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": one.unit, "title": ANALYTES[one.name].title, "days": one.days.tolist(),
                             "median": one.median().tolist()}  # fmt: skip
    for level in LEVELS:
        found[f"level_{round(100 * level)}"] = [end.tolist() for end in one.interval(level)]
        found[f"result_{round(100 * level)}"] = [end.tolist() for end in one.result_interval(level)]
    return found


def _ends(
    values: Float[np.ndarray, "draw time"], level: float
) -> tuple[Float[np.ndarray, " time"], Float[np.ndarray, " time"]]:
    share = plain_number(level, "level of an interval", WITHIN_ONE)
    low, high = _quantiles(values, [0.5 - 0.5 * share, 0.5 + 0.5 * share])
    return low, high


def _quantiles(values: Float[np.ndarray, "draw time"], at: list[float]) -> Float[np.ndarray, "quantile time"]:
    """Return quantiles over the draws that were solved; NaN where none was."""
    solved = values[np.isfinite(values).all(axis=1)]
    return np.quantile(solved, at, axis=0) if len(solved) else np.full((len(at), values.shape[1]), np.nan)
