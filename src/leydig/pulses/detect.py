"""Pulses seen: how many pulses of LH a sampled series shows, and how noisy one sample is.

A pulse is found by going up and down the series once. The lowest sample since the last pulse is held as
nadir and the highest after it as peak. A rise is believed when peak and nadir differ by more than
``z`` standard deviations of such a difference, and the pulse is complete when the series has then fallen
by as much from the peak::

    peak − nadir > z · cv · √(peak² + nadir²)           cv of the assay

so that the assay alone rarely makes a pulse, small pulses are lost, and two pulses between two samples are
one. What is found depends on how often blood is drawn (`sensitivity`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from leydig.analytes import ANALYTES
from leydig.arrays import Scalar
from leydig.body import State
from leydig.body.effects import Action
from leydig.checks import ABOVE_ZERO, ascending_vector, plain_number, vector, whole_number
from leydig.errors import OutOfRange
from leydig.man import Man
from leydig.pulses.doses import StepDoses, step_doses
from leydig.pulses.generator import MINUTES_PER_DAY, Pulses, follow_rates
from leydig.pulses.simulate import DRAWN, paths, resting_state
from leydig.regimen import Regimen
from leydig.regimen.regimen import regimen_of
from leydig.simulation.simulate import simulate
from leydig.ticks import tick_of, ticks_of

__all__ = ["Mean", "PulseReport", "SampleNoise", "detect_pulses", "means", "sensitivity", "single_sample_cv"]

ABOVE = (ABOVE_ZERO, np.inf)
STEP_MINUTES = 2.0  # step of long simulations
NOISE_DRAWS = 3  # purpose of random numbers
CERTAINTY = 3.5  # z of a rise that is believed


@dataclass(frozen=True)
class PulseReport:
    """What a series shows of its pulses.

    Attributes
    ----------
    count : int
    per_day : float
        Pulses per 24 h.
    interval : float
        Mean time between peaks [min]; NaN with fewer than two.
    amplitude, nadir : float
        Mean rise from nadir to peak, and mean nadir, in the unit of the series; NaN without a pulse.
    peaks, nadirs : Int[np.ndarray, " pulse"]
        Places in the series.
    """

    count: int
    per_day: float
    interval: float
    amplitude: float
    nadir: float
    peaks: Int[np.ndarray, " pulse"]
    nadirs: Int[np.ndarray, " pulse"]


def detect_pulses(
    minutes: Sequence[float] | Float[np.ndarray, " sample"],
    values: Sequence[float] | Float[np.ndarray, " sample"],
    *,
    cv: float = ANALYTES["lh"].assay_cv,
    certainty: float = CERTAINTY,
) -> PulseReport:
    """Find the pulses of a sampled series.

    Parameters
    ----------
    minutes : sequence of float
        Ascending times [min].
    values : sequence of float
        Above 0, in any unit.
    cv : float, optional
        Noise of the assay, as a fraction; that of LH when left out.
    certainty : float, optional
        How many standard deviations a rise and the fall after it must exceed (z).

    Returns
    -------
    PulseReport

    Raises
    ------
    OutOfRange
        When there are fewer than three samples, times do not ascend, or a value or the noise is not above 0.

    Examples
    --------
    >>> report = detect_pulses(np.arange(0, 70, 10), np.array([2.0, 2.0, 5.0, 3.5, 2.5, 4.0, 2.8]))
    >>> report.count, report.interval, report.amplitude
    (2, 30.0, 2.25)
    """
    times: Float[np.ndarray, " sample"] = ascending_vector(minutes, "minutes", unit="min", least=3)
    levels: Float[np.ndarray, " sample"] = vector(values, "values", ABOVE, least=3)
    if len(times) != len(levels):
        raise OutOfRange(f"got {len(times)} minutes and {len(levels)} values; expected as many. Give each its time.")
    cv, certainty = plain_number(cv, "cv", (ABOVE_ZERO, 10.0)), plain_number(certainty, "certainty", (ABOVE_ZERO, 1e3))
    found = np.array(_pulse_places(levels, certainty * cv), dtype=int).reshape(-1, 2)
    nadirs, peaks = found[:, 0], found[:, 1]
    some, many = len(found) > 0, len(found) > 1
    return PulseReport(
        count=len(found),
        per_day=len(found) * MINUTES_PER_DAY / float(times[-1] - times[0]),
        interval=float(np.diff(times[peaks]).mean()) if many else float("nan"),
        amplitude=float((levels[peaks] - levels[nadirs]).mean()) if some else float("nan"),
        nadir=float(levels[nadirs].mean()) if some else float("nan"),
        peaks=peaks,
        nadirs=nadirs,
    )


def _pulse_places(values: Float[np.ndarray, " sample"], bound: float) -> list[tuple[int, int]]:
    """Return the places of nadir and peak of every complete pulse."""
    found, nadir, peak = [], 0, 0

    def is_rise(low: int, high: int) -> bool:
        return bool(values[high] - values[low] > bound * np.hypot(values[high], values[low]))

    for here in range(1, len(values)):
        if not is_rise(nadir, peak):  # no rise yet: a lower sample is the nadir, a higher one may become the peak
            if values[here] <= values[nadir]:
                nadir = peak = here
            elif values[here] > values[peak]:
                peak = here
        elif values[here] > values[peak]:
            peak = here
        elif is_rise(here, peak):
            found.append((nadir, peak))
            nadir = peak = here
    return found


def sensitivity(
    man: Man,
    regimen: Regimen | str = "",
    *,
    every: Sequence[int] = (4, 5, 10, 20),
    hours: float = 24.0,
    day: float = 0.0,
    keys: Sequence[int] = range(20),
    certainty: float = CERTAINTY,
) -> dict[int, float]:
    """Return how many pulses a day are found in the same truth when blood is drawn every so many minutes.

    Parameters
    ----------
    man, regimen, hours, day, keys
        As `leydig.pulses.simulate.paths`.
    every : sequence of int, optional
        Sampling intervals [min].
    certainty : float, optional
        As `pulses`.

    Returns
    -------
    dict of int to float
        Pulses per 24 h by sampling interval, the mean over the keys, with the noise of the assay.

    Notes
    -----
    In men the count per 24 h was 31 every 4 min and 10 every 20 min, a ratio of 3.1 (two groups of men for
    8 h, LHspectrum of the evidence tables). A reference man has 13 and 11 here, a ratio of 1.2: every 20 min
    the count agrees, every 4 min it is less than half. The published excess must be small, fast pulses or
    noise taken for pulses; the one renewal process of `leydig.pulses.generator` has none of either.
    """
    every = [whole_number(minutes, "every", (1, 240), "minutes") for minutes in every]
    true = paths(man, regimen, hours=hours, day=day, keys=keys)
    cv, found = ANALYTES["lh"].assay_cv, {}
    for minutes in every:
        drawn = true.levels["lh"][:, ::minutes]
        noise = np.stack(
            [np.random.default_rng((key, NOISE_DRAWS, minutes)).standard_normal(drawn.shape[1]) for key in keys]
        )
        reports = [
            detect_pulses(true.minutes[::minutes], row, certainty=certainty) for row in drawn * (1.0 + cv * noise)
        ]
        found[minutes] = float(np.mean([report.per_day for report in reports]))
    return found


class SampleNoise(NamedTuple):
    """The CV of one sample of LH, as fractions.

    Attributes
    ----------
    simulated : float
        Over many hours and keys, without assay noise.
    closed_form : float
        From `leydig.pulses.generator.Pulses.variance`.
    published : float
        Within-man CV of weekly samples.
    """

    simulated: float
    closed_form: float
    published: float


def single_sample_cv(
    man: Man,
    regimen: Regimen | str = "",
    *,
    day: float = 0.0,
    hours: float = 240.0,
    keys: Sequence[int] = range(16),
    pulses: Pulses | None = None,
) -> SampleNoise:
    """Return how noisy one sample of LH is because of its place between two pulses.

    Parameters
    ----------
    man, regimen, day, hours, keys, pulses
        As `leydig.pulses.simulate.paths`.

    Notes
    -----
    A reference man has 0.34 simulated and 0.32 in closed form, where 0.26 is published (GuldhaugCVi, 30
    volunteers, weekly). Pulses of one size every 95 min, cleared at a half-life of 1.49 h, would already
    give 0.21, so the published value leaves room for almost even pulses only; or a burst is less sudden
    than here. On the other hand the mean of a whole day varies by 3 % here and by 10 % in men (Partsch):
    what differs between days is not in the pulses. The closed form leaves out the feedback within hours and
    what his own pulses give to a store that a dose has emptied,
    and takes frequency and drug levels of the moment at which `day` begins; what is simulated also holds
    the swings of a drug between doses.
    """
    regimen = regimen_of(regimen)
    rule = Pulses() if pulses is None else pulses
    lh = paths(man, regimen, hours=hours, day=day, keys=keys, step_minutes=STEP_MINUTES, pulses=pulses).levels["lh"]
    trains = [train for found in regimen.schedule(day + 1.0).pulses.values() for train in found]
    intervals = [interval for start, stop, _, interval in trains if start <= tick_of(day) < stop]
    state, amounts = resting_state(man, regimen, day)
    given = jax.tree.map(lambda rows: rows[0], step_doses(man, regimen, amounts, day, day + np.array([1e-3, 2e-3])))
    square = _variance(man, rule, state, given, intervals[0] if intervals else 1.0)
    return SampleNoise(float(lh.std() / lh.mean()), float(np.sqrt(square)), ANALYTES["lh"].within_man_cv)


@jax.jit
def _variance(man: Man, rule: Pulses, state: State, given: StepDoses, pumped: Scalar | float) -> Scalar:
    """Return the squared CV of LH: own pulses and a pump's are independent, each with its share."""
    asked = rule.demand(man.body, state, Action(*given.action), man.body.frame(man.bmi), given.infused)
    rate, own, pump = follow_rates(man.body)[0], *asked.shares
    regular = rule.effective_variance(rate, rule.release_rate(), jnp.asarray(pumped), regular=True)
    return own**2 * rule.variance(rate, asked.interval) + pump**2 * regular


class Mean(NamedTuple):
    """The mean of a level on both clocks.

    Attributes
    ----------
    minutes, error : float
        Mean over keys and hours under pulses, and its standard error.
    days : float
        Mean of the day clock over the same hours.
    """

    minutes: float
    error: float
    days: float


def means(
    man: Man,
    regimen: Regimen | str = "",
    *,
    day: float = 0.0,
    hours: float = 240.0,
    keys: Sequence[int] = range(32),
    pulses: Pulses | None = None,
) -> dict[str, Mean]:
    """Return the means of LH, FSH, testosterone and estradiol on both clocks, in inside units.

    Parameters
    ----------
    man, regimen, day, hours, keys, pulses
        As `leydig.pulses.simulate.paths`.
    """
    aside = STEP_MINUTES / 2.0 / MINUTES_PER_DAY  # a pump's pulses then fall amid steps, and the sum is fair to them
    true = paths(man, regimen, hours=hours, day=day + aside, keys=keys, step_minutes=STEP_MINUTES, pulses=pulses)
    course = simulate(man, regimen, days=day + hours / 24.0, every="2 hours")
    shown = ticks_of(course.days) >= tick_of(day)
    found = {}
    for name in DRAWN:
        each = true.levels[name][:, 1:].mean(axis=1)
        whole = np.trapezoid(course.inside[name][shown], course.days[shown]) / np.ptp(course.days[shown])
        found[name] = Mean(float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))), float(whole))
    return found
