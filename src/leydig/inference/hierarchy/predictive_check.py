"""Whether a fitted population goes with the results it was fitted to: simulated results beside the observed ones.

Each man is simulated again and again at his own days and doses, as another man of the population, with the scatter of
results. Three things are worked out, all of logarithms::

    visual predictive check   percentiles of the observed results in bins of days, beside bands of the same percentiles
                              of simulated records
    prediction-corrected      log y + (median over the bin of log p) − log p, with p the population's prediction for
                              that man and day (Bergstrand 2011): what doses and covariates explain is taken out
    NPDE                      z = Φ⁻¹(rank of L⁻¹(log y − mean) among the same of simulated results), with L the
                              Cholesky factor of their covariance in that man (Brendel 2006): standard normal where the
                              fit holds
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri

from leydig.analytes import ANALYTES
from leydig.checks import seed_number, whole_number
from leydig.errors import UnknownName
from leydig.inference.hierarchy.fit_population import PopulationFit, population_prior
from leydig.inference.results.assay import READ_OF_ESTRADIOL, EstradiolAssay, title_by
from leydig.inference.results.history import History
from leydig.inference.sampling.problem import Problem
from leydig.streams import stream

__all__ = ["PERCENTILES", "PredictiveCheck", "VisualBin", "predictive_check"]

PERCENTILES = (10.0, 50.0, 90.0)
BAND = (2.5, 97.5)  # of the simulated percentiles
REPLICATES = (50, 2000)
APART = 14.0  # [d] between two bins at least


@dataclass(frozen=True)
class VisualBin:
    """One bin of days.

    Attributes
    ----------
    day : float
        Median of its results [d].
    results : int
    observed : tuple of float
        The `PERCENTILES` [unit of the analyte].
    low, high : tuple of float
        Of each simulated percentile.
    """

    day: float
    results: int
    observed: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class PredictiveCheck:
    """A population against the results of one analyte.

    Attributes
    ----------
    analyte, unit : str
    assay : EstradiolAssay
        Whose results of estradiol they are.
    corrected : bool
        Whether by the prediction.
    days, values : Float[np.ndarray, " result"]
        The results, as drawn.
    bins : tuple of VisualBin
    npde : Float[np.ndarray, " result"]
        Standard normal where the fit holds.
    """

    analyte: str
    unit: str
    assay: EstradiolAssay
    corrected: bool
    days: Float[np.ndarray, " result"]
    values: Float[np.ndarray, " result"]
    bins: tuple[VisualBin, ...]
    npde: Float[np.ndarray, " result"]

    @property
    def title(self) -> str:
        """The analyte in words, estradiol with its assay."""
        return title_by(self.assay, self.analyte)

    @property
    def key(self) -> str:
        """The analyte by its name, estradiol with its assay."""
        return self.title if self.analyte in READ_OF_ESTRADIOL else self.analyte

    @property
    def share_inside(self) -> float:
        """The share of observed percentiles inside their bands."""
        each = [low <= seen <= high for one in self.bins
                for seen, low, high in zip(one.observed, one.low, one.high, strict=True)]  # fmt: skip
        return float(np.mean(each))


def predictive_check(
    fit: PopulationFit,
    analyte: str,
    *,
    assay: EstradiolAssay | str = "",
    correction: bool = True,
    replicates: int = 200,
    seed: int = 1,
) -> PredictiveCheck:
    """Return a fitted population against the results of an analyte of blood.

    Parameters
    ----------
    fit : PopulationFit
    analyte : str
    assay : EstradiolAssay or str, optional
        Whose results of estradiol are looked at; to be named where both an immunoassay and mass spectrometry read it.
    correction : bool, optional
        Whether results are corrected by what is predicted for each man and day.
    replicates : int, optional
        Simulated records of each man.
    seed : int, optional

    Raises
    ------
    UnknownName
        When no record has an exact result of it, or by this assay.
    OutOfRange
        When the number of replicates is impossible.
    """
    count, seed = whole_number(replicates, "replicates", REPLICATES), seed_number(seed)
    blood = [one for history in fit.histories for one in history.measurements if one.entry.specimen == "blood"]
    if analyte not in {one.analyte for one in blood}:
        raise UnknownName.among("analyte of the results", analyte, sorted({one.analyte for one in blood}))
    known = sorted({one.by for one in blood if one.analyte == analyte})
    by = assay or (known[0] if len(known) == 1 else "")
    if by not in known:
        raise UnknownName.among(f"assay of {ANALYTES[analyte].title}", by, known)
    simulate = partial(_simulated_man, fit, analyte, EstradiolAssay(by), count, seed)
    men = [one for place, history in enumerate(fit.histories) if (one := simulate(place, history)) is not None]
    days = np.concatenate([one.days for one in men])
    logs, npde = np.concatenate([one.logs for one in men]), np.concatenate([_errors(one) for one in men])
    simulated = np.concatenate([one.simulated for one in men], axis=1)
    groups = _groups(days)
    if correction:
        predicted = np.median(simulated, axis=0)
        for own in groups:
            shift = np.median(predicted[own]) - predicted[own]
            logs[own] += shift
            simulated[:, own] += shift
    entry = ANALYTES[analyte]
    scale = entry.factor_to(entry.us)
    bins = tuple(_bin(days, logs, simulated, own, scale) for own in groups)
    return PredictiveCheck(analyte, entry.us, EstradiolAssay(by), correction, days, np.exp(logs) * scale, bins, npde)


@dataclass(frozen=True)
class _ManResults:
    """Logarithms of one man's results, and of those simulated at his days and doses."""

    days: Float[np.ndarray, " result"]
    logs: Float[np.ndarray, " result"]
    simulated: Float[np.ndarray, "replicate result"]


def _simulated_man(
    fit: PopulationFit, analyte: str, by: EstradiolAssay, count: int, seed: int, place: int, history: History
) -> "_ManResults | None":
    """Return his exact results beside simulated ones; None where he has none."""
    columns = [
        i for i, one in enumerate(history.measurements) if (one.analyte, one.by, one.comparator) == (analyte, by, "")
    ]
    if not columns:
        return None
    random = stream(seed, f"replicates of man {place}")
    problem = Problem(population_prior(fit.kind, history, fit.shifts), history)
    levels = problem.levels(random.standard_normal((count, len(problem.prior.names))))
    levels = levels[np.isfinite(levels).all(axis=1)]
    levels = levels[np.arange(count) % len(levels)]  # who was not solved is replaced by another man
    simulated = problem.likelihood.simulate(levels, random)[:, columns]
    measured = [history.measurements[i] for i in columns]
    return _ManResults(np.array([one.day for one in measured]), np.log([one.value for one in measured]), simulated)


def _errors(one: _ManResults) -> Float[np.ndarray, " result"]:
    """Return the normalised prediction distribution errors of one man."""
    root = np.linalg.cholesky(np.atleast_2d(np.cov(one.simulated.T)) + 1e-9 * np.eye(len(one.logs)))
    mean = one.simulated.mean(axis=0)
    own = np.linalg.solve(root, one.logs - mean)
    others = np.linalg.solve(root, (one.simulated - mean).T)
    count = others.shape[1]
    rank = np.clip((others < own[:, None]).sum(axis=1), 0.5, count - 0.5) / count
    return np.asarray(ndtri(rank))


def _groups(days: Float[np.ndarray, " result"]) -> list[Int[np.ndarray, " place"]]:
    """Return the places of results in bins: days that lie near each other."""
    order = np.argsort(days, kind="stable")
    cuts = np.flatnonzero(np.diff(days[order]) > APART) + 1
    return list(np.split(order, cuts))


def _bin(
    days: Float[np.ndarray, " result"], logs: Float[np.ndarray, " result"],
    simulated: Float[np.ndarray, "replicate result"], own: Int[np.ndarray, " place"], scale: float,
) -> VisualBin:  # fmt: skip
    seen = np.percentile(logs[own], PERCENTILES)
    each = np.percentile(simulated[:, own], PERCENTILES, axis=1)
    low, high = np.percentile(each, BAND, axis=1)
    observed, bottom, top = (tuple((np.exp(one) * scale).tolist()) for one in (seen, low, high))
    return VisualBin(float(np.median(days[own])), len(own), observed, bottom, top)
