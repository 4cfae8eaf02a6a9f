"""The likelihood of one ejaculate: how `leydig.man.sample` reads semen, as a density.

Abstinence is not known: it is integrated over, with all values of the ejaculate together. Given it, the count is
negative binomial, the volume log-normal, and the odds of a share log-normal about those of so great a count.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import betainc, gammaln, logit, logsumexp, xlog1py

from leydig.analytes import ANALYTES
from leydig.inference.results.history import Measurement
from leydig.man.sample import EJACULATE_DEVIATES, Ejaculate, sample_ejaculate

__all__ = ["EjaculateBlock"]

NODES = 7  # of Gauss-Hermite quadrature over the logarithm of abstinence
COUNT, VOLUME = "sperm_concentration", "semen_volume"

Row = Float[np.ndarray, " draw"]


@dataclass(frozen=True)
class EjaculateBlock:
    """All results of one ejaculate.

    Attributes
    ----------
    places : dict of str to int
        Where each of its analytes stands among the measurements.
    values : dict of str to float
        What was read, in inside units.
    is_bound : bool
        Whether the concentration is only known to be below its value.
    """

    places: dict[str, int]
    values: dict[str, float]
    is_bound: bool

    @classmethod
    def of(cls, draw: int, measurements: tuple[Measurement, ...]) -> "EjaculateBlock":
        """Return the ejaculate of a draw."""
        own = {one.analyte: i for i, one in enumerate(measurements) if one.draw == draw}
        values = {name: measurements[i].value for name, i in own.items()}
        return EjaculateBlock(own, values, COUNT in own and measurements[own[COUNT]].comparator == "<")

    def log_density(self, levels: Float[np.ndarray, "draw measurement"]) -> Row:
        """Return the log density of the results under each draw's true levels."""
        rule = Ejaculate()
        true = {name: levels[:, place] for name, place in self.places.items()}
        nodes, weights = np.polynomial.hermite.hermgauss(NODES)
        spread = float(rule.abstinence_spread)
        each = [self._count_and_volume(rule, true, spread * np.sqrt(2.0) * node) for node in nodes]
        whole = logsumexp(np.array(each).T + np.log(weights / weights.sum()), axis=1)
        return np.asarray(whole + self._shares(rule, true))

    def _count_and_volume(self, rule: Ejaculate, true: Mapping[str, Row], abstinence: float) -> Row:
        """Return the log density of count and volume after this abstinence (its logarithm about the median)."""
        found = np.zeros(len(next(iter(true.values()))))
        days = float(rule.abstinence_spread)
        volume, count = rule.powers
        if COUNT in true:
            mean = true[COUNT] * np.exp(count * abstinence - 0.5 * (count * days) ** 2) / float(rule.one_sperm)
            found = found + self._count(rule, mean)
        if VOLUME in true:
            own = rule.volume_spread
            middle = np.log(true[VOLUME]) + volume * abstinence - 0.5 * (volume * days) ** 2 - 0.5 * own**2
            found = found - 0.5 * ((np.log(self.values[VOLUME]) - middle) / own) ** 2 - np.log(own)
        return found

    def _count(self, rule: Ejaculate, mean: Row) -> Row:
        """Return the log probability of the sperm that were counted, or of fewer than a bound."""
        counted, size = self.values[COUNT] / float(rule.one_sperm), 1.0 / rule.dispersion
        success = size / (size + mean)
        if self.is_bound:
            return np.asarray(np.log(betainc(size, max(np.ceil(counted), 1.0), success)))
        ways = gammaln(counted + size) - gammaln(size) - gammaln(counted + 1.0)
        return np.asarray(ways + size * np.log(success) + xlog1py(counted, -success))

    def _shares(self, rule: Ejaculate, true: Mapping[str, Row]) -> Row:
        """Return the log density of the shares, given the count."""
        found = np.zeros(len(next(iter(true.values()))))
        seen = self.values.get(COUNT, 0.0) > 0.0 and not self.is_bound
        gain = np.log(self.values[COUNT] / true[COUNT]) if seen else 0.0
        for name, tie, own in _ties(rule):
            if name in true:
                spread = own if seen else np.hypot(own, tie * np.sqrt(np.log1p(rule.dispersion)))
                apart = logit(self.values[name]) - logit(true[name]) - tie * gain
                found = found - 0.5 * (apart / spread) ** 2 - np.log(spread)
        return np.asarray(found)

    def on_scale(self, levels: Float[np.ndarray, "draw measurement"]) -> dict[str, Row]:
        """Return what is expected to be read, on the scale on which it is nearly normal."""
        true = {name: levels[:, place] for name, place in self.places.items()}
        return {name: _scale(name, value) for name, value in true.items()}

    def variances(self) -> dict[str, float]:
        """Return about how far each result scatters on that scale."""
        rule = Ejaculate()
        volume, count = (power * float(rule.abstinence_spread) for power in rule.powers)
        found = {COUNT: np.log1p(rule.dispersion) + count**2, VOLUME: rule.volume_spread**2 + volume**2}
        found |= {name: own**2 + tie**2 * found[COUNT] for name, tie, own in _ties(rule)}
        return {name: float(found[name]) for name in self.places}

    def simulate(
        self, levels: Float[np.ndarray, "draw measurement"], random: np.random.Generator
    ) -> dict[str, Row]:  # fmt: skip
        """Return what would have been read of each draw, on that scale."""
        true = {name: levels[:, place] for name, place in self.places.items()}
        usual = {COUNT: np.full(len(levels), ANALYTES[COUNT].case_median)} | true  # by which shares hardly scatter
        deviates = {name: random.standard_normal(len(levels)) for name in EJACULATE_DEVIATES}
        read = sample_ejaculate(usual, deviates)
        return {name: _scale(name, read[name]) for name in self.places}


def _ties(rule: Ejaculate) -> tuple[tuple[str, float, float], ...]:
    """Return of each share its name, its tie to the count and its own spread."""
    motile, forms = (float(rule.motility_tie), float(rule.motility_spread)), (
        float(rule.forms_tie), float(rule.forms_spread))  # fmt: skip
    return ("motility", *motile), ("progressive_motility", *motile), ("normal_forms", *forms)


def _scale(name: str, value: Row) -> Row:
    """Return a level of semen on the scale on which its readings are nearly normal."""
    if name == COUNT:
        return np.asarray(np.log(value + float(Ejaculate().one_sperm)))
    return np.asarray(np.log(value) if name == VOLUME else logit(value))
