"""The likelihood of a man's results: blood by analyte, semen by ejaculate.

Beside the exact density there is a normal picture of it, on the scale on which readings are nearly normal (logarithm,
or log odds of a share): what `leydig.inference.sampling.laplace` works with, and what replicated
results of the check of misfit are compared on. Weights set right what the picture gets wrong.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import norm

from leydig.inference.results.ejaculate import EjaculateBlock
from leydig.inference.results.history import Measurement
from leydig.inference.results.laboratory import COMPARATORS, AnalyteBlock

__all__ = ["Likelihood"]

Levels = Float[np.ndarray, "draw measurement"]
SEMEN = "semen"
LEAST_PRECISION = 1e-6  # of a bound, against that of a value


@dataclass(frozen=True)
class Likelihood:
    """What the results of one man say of true levels.

    Attributes
    ----------
    measurements : tuple of Measurement
    """

    measurements: tuple[Measurement, ...]

    @cached_property
    def blood(self) -> dict[str, AnalyteBlock]:
        """Results that are not of semen, by analyte."""
        names = dict.fromkeys(one.analyte for one in self.measurements if one.entry.specimen != SEMEN)
        return {name: AnalyteBlock.of(name, self.measurements) for name in names}

    @cached_property
    def ejaculates(self) -> tuple[EjaculateBlock, ...]:
        """Results of semen, by ejaculate."""
        draws = dict.fromkeys(one.draw for one in self.measurements if one.entry.specimen == SEMEN)
        return tuple(EjaculateBlock.of(draw, self.measurements) for draw in draws)

    @cached_property
    def sign(self) -> Int[np.ndarray, " measurement"]:
        """0 of a value, −1 where the truth is below it, 1 where it is above."""
        return np.array([COMPARATORS[one.comparator] for one in self.measurements], dtype=int)

    def log_density(self, levels: Levels) -> Float[np.ndarray, " draw"]:
        """Return the log density of all results under each draw's true levels; minus infinity of a failed solve."""
        total = np.zeros(len(levels))
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(levels)
            for block in self.blood.values():
                total = total + block.log_density(logs[:, block.columns])
            for ejaculate in self.ejaculates:
                total = total + ejaculate.log_density(levels)
        return np.where(np.isfinite(total), total, -np.inf)

    # The normal picture --------------------------------------------------------------------------------

    @cached_property
    def readings(self) -> Float[np.ndarray, " measurement"]:
        """Return the results on the scale of the picture."""
        values = np.array([[one.value for one in self.measurements]])
        found = np.empty(len(self.measurements))
        for block in self.blood.values():
            found[block.columns] = block.logs
        for ejaculate in self.ejaculates:
            for name, value in ejaculate.on_scale(values).items():
                found[ejaculate.places[name]] = value[0]
        return found

    @cached_property
    def covariance(self) -> Float[np.ndarray, "measurement measurement"]:
        """Return how results scatter about what is expected, on that scale."""
        found = np.zeros((len(self.measurements), len(self.measurements)))
        for block in self.blood.values():
            found[np.ix_(block.columns, block.columns)] = block.covariance
        for ejaculate in self.ejaculates:
            for name, variance in ejaculate.variances().items():
                found[ejaculate.places[name], ejaculate.places[name]] = variance
        return found

    def mean_readings(self, levels: Levels) -> Levels:
        """Return what is expected to be read of true levels, on that scale."""
        found = np.empty_like(levels)
        for block in self.blood.values():
            with np.errstate(divide="ignore", invalid="ignore"):
                found[:, block.columns] = np.log(levels[:, block.columns]) + block.offset
        for ejaculate in self.ejaculates:
            for name, value in ejaculate.on_scale(levels).items():
                found[:, ejaculate.places[name]] = value
        return found

    def normal_about(
        self, means: Float[np.ndarray, " measurement"]
    ) -> tuple[Float[np.ndarray, " measurement"], Float[np.ndarray, "measurement measurement"]]:
        """Return normal readings with their covariance that say the same as the results where these are the means.

        A value stands for itself. A bound, with the density ``φ`` and the probability ``Φ`` beyond it ``b`` standard
        deviations away, has the slope ``h = φ/Φ`` and the precision ``h·(h − b)`` of its logarithm there: far beyond a
        bound it says nothing.
        """
        widths = np.sqrt(np.diag(self.covariance))
        beyond = self.sign * (self.readings - means) / widths
        slope = np.exp(norm.logpdf(beyond) - norm.logsf(beyond))
        precision = np.where(self.sign == 0, 1.0, np.clip(slope * (slope - beyond), LEAST_PRECISION, 1.0))
        moved = means + self.sign * widths * slope / precision
        wider = np.diag(widths**2 * (1.0 / precision - 1.0))
        return np.where(self.sign == 0, self.readings, moved), self.covariance + wider

    def simulate(self, levels: Levels, random: np.random.Generator) -> Levels:
        """Return results that might have come in place of these, on that scale; a bound stays where it is."""
        found = np.empty_like(levels)
        for block in self.blood.values():
            found[:, block.columns] = block.simulate(np.log(levels[:, block.columns]), random)
        for ejaculate in self.ejaculates:
            for name, value in ejaculate.simulate(levels, random).items():
                found[:, ejaculate.places[name]] = value
        found = np.where(self.sign < 0, np.maximum(found, self.readings), found)
        return np.where(self.sign > 0, np.minimum(found, self.readings), found)
