"""What a laboratory makes of true blood levels: the likelihood of results that are not of semen.

The logarithm of a result is normal about that of the true level::

    log y = log true + log rhythm − ½σ² + within + assay + bias          σ² = ln(1 + CV_within² + CV_assay²)

``within`` (variance ``ln(1 + CV_within²)``) is shared by values of one analyte from one draw, ``bias`` by values of
one analyte from one assay; the rest of ``σ²`` is each value's own. Both coefficients are those of the analyte's entry,
and ``σ`` is that of `leydig.man.sample.sample_level`. CV_within of LH is that of single samples, so pulses are in it.
Shared parts are integrated over exactly: the values of an analyte are normal with a full covariance.

A value that is only known to lie below or above a bound counts by the probability of that, given the exact values and
the bounds before it: after each bound the rest keeps its first two moments.
"""

# Declarations are laid out by hand, as in the organs.
# fmt: off
from dataclasses import dataclass

import equinox as eqx
import numpy as np
from jaxtyping import Array, Bool, Float, Int
from scipy.special import log_ndtr

from leydig.blocks import multiply_rows
from leydig.inference.results.history import Measurement, last_assay
from leydig.man.sample import noise_of
from leydig.parameter import log_spread, parameter

__all__ = ["AnalyteBlock", "LaboratoryBias", "log_truncated_mass"]

Levels = Float[np.ndarray, "draw value"]
LEAST = 1e-12  # variance that a bound leaves at least
COMPARATORS = {"": 0, "<": -1, ">": 1}  # on which side of the bound the truth lies


class LaboratoryBias(eqx.Module):
    """How assays of one analyte differ."""

    spread: Float[Array, ""] = parameter(
        0.1, "1", "spread of the logarithm of an assay's bias", within=(0.0, 0.5), basis="assumed",
        source="assumed: as wide as the scatter of an estradiol assay; to be replaced by results of quality assessment")


# fmt: on
@dataclass(frozen=True)
class AnalyteBlock:
    """All results of one analyte.

    Attributes
    ----------
    columns : Int[np.ndarray, " value"]
        Where they stand among the measurements.
    logs : Float[np.ndarray, " value"]
        Logarithm of each value or bound.
    sign : Int[np.ndarray, " value"]
        0 of a value, −1 where the truth is below, 1 where it is above.
    offset : Float[np.ndarray, " value"]
        Mean of the logarithm of a result about that of the true level.
    covariance : Float[np.ndarray, "value value"]
        Of the logarithms of the results about their means.
    shares_assay : Float[np.ndarray, "value value"]
        1 where two results share an assay.
    told : Bool[np.ndarray, " value"]
        Which are by what read the last of them (`leydig.inference.results.history.last_assay`), as which it is told.
    """

    columns: Int[np.ndarray, " value"]
    logs: Float[np.ndarray, " value"]
    sign: Int[np.ndarray, " value"]
    offset: Float[np.ndarray, " value"]
    covariance: Float[np.ndarray, "value value"]
    shares_assay: Float[np.ndarray, "value value"]
    told: Bool[np.ndarray, " value"]

    @classmethod
    def of(cls, name: str, measurements: tuple[Measurement, ...]) -> "AnalyteBlock":
        """Return the block of an analyte."""
        columns = np.array([i for i, one in enumerate(measurements) if one.analyte == name])
        own = [measurements[i] for i in columns]
        within, total = log_spread(own[0].entry.within_man_cv) ** 2, noise_of(name) ** 2
        draw, assay = np.array([one.draw for one in own]), np.array([one.assay for one in own])
        one_draw, one_assay = draw[:, None] == draw, (assay[:, None] == assay).astype(float)
        bias = float(LaboratoryBias().spread) ** 2
        covariance = within * one_draw + bias * one_assay + (total - within) * np.eye(len(own))
        return AnalyteBlock(
            columns, np.log([one.value for one in own]), np.array([COMPARATORS[one.comparator] for one in own]),
            np.log([one.rhythm for one in own]) - 0.5 * total, covariance, one_assay,
            np.array([one.by == last_assay(own) for one in own]),
        )  # fmt: skip

    @property
    def exact(self) -> Int[np.ndarray, " exact"]:
        """Places of the values that are no bounds."""
        return np.flatnonzero(self.sign == 0)

    def log_density(self, logs: Levels) -> Float[np.ndarray, " draw"]:
        """Return the log density of the results under each draw's logarithms of true levels."""
        exact, bounds = self.exact, np.flatnonzero(self.sign)
        means = logs + self.offset
        root = np.linalg.cholesky(self.covariance[np.ix_(exact, exact)])
        inverse = np.linalg.inv(root)
        white = multiply_rows((self.logs - means)[:, exact], inverse.T)
        density = -0.5 * (white**2).sum(axis=1) - np.log(np.diag(root)).sum() - 0.5 * len(exact) * np.log(2.0 * np.pi)
        gain = inverse @ self.covariance[np.ix_(exact, bounds)]
        rest = self.covariance[np.ix_(bounds, bounds)] - gain.T @ gain
        centres = means[:, bounds] + multiply_rows(white, gain)
        found: Float[np.ndarray, " draw"] = density + log_truncated_mass(
            centres, rest, self.logs[bounds], self.sign[bounds]
        )
        return found

    def simulate(self, logs: Levels, random: np.random.Generator) -> Levels:
        """Return logarithms of what the laboratory would have read of each draw."""
        noise = random.standard_normal(logs.shape) @ np.linalg.cholesky(self.covariance).T
        return np.asarray(logs + self.offset + noise)

    def bias_of_last(self, logs: Levels) -> tuple[Float[np.ndarray, " draw"], float]:
        """Return mean and variance of the bias of the assay of the latest exact result of `told`, given each draw."""
        exact, variance = self.exact, float(LaboratoryBias().spread) ** 2
        told = exact[self.told[exact]]
        if not len(told):
            return np.zeros(len(logs)), variance
        shared = variance * self.shares_assay[told[-1], exact]
        gain = np.linalg.solve(self.covariance[np.ix_(exact, exact)], shared)
        apart = (self.logs - logs - self.offset)[:, exact]
        return np.asarray(apart @ gain), variance - float(gain @ shared)


def log_truncated_mass(
    centres: Levels,
    covariance: Float[np.ndarray, "value value"],
    bounds: Float[np.ndarray, " value"],
    sign: Int[np.ndarray, " value"],
) -> Float[np.ndarray, " draw"]:
    """Return the log probability that normal numbers lie beyond bounds, one bound after the other.

    Parameters
    ----------
    centres : Float[np.ndarray, "draw value"]
    covariance : Float[np.ndarray, "value value"]
    bounds : Float[np.ndarray, " value"]
    sign : Int[np.ndarray, " value"]
        −1 where the number is below its bound, 1 where it is above.

    Examples
    --------
    >>> mass = log_truncated_mass(np.zeros((1, 2)), np.eye(2), np.zeros(2), np.array([-1, 1]))
    >>> float(round(np.exp(mass[0]), 6))
    0.25
    """
    means = np.array(centres, dtype=float)
    spread = np.broadcast_to(covariance, (len(means), *covariance.shape)).copy()
    total = np.zeros(len(means))
    for j, (bound, side) in enumerate(zip(bounds, sign, strict=True)):
        width = np.sqrt(np.maximum(spread[:, j, j], LEAST))
        beyond = side * (means[:, j] - bound) / width  # the mass is that of a normal number below this
        mass = log_ndtr(beyond)
        total += mass
        hazard = np.exp(-0.5 * beyond**2 - 0.5 * np.log(2.0 * np.pi) - mass)
        gain = spread[:, j, :] / width[:, None]
        means += side * hazard[:, None] * gain
        spread -= (hazard * (hazard + beyond))[:, None, None] * gain[:, :, None] * gain[:, None, :]
    return total
