"""The next best laboratory test: by how much a result would lessen the loss of the decision that is coming.

A man waits until the day of the decision on what he is given; then the option that loses least is chosen for him::

    loss of draw i on option a   L_ia = [not in the joint band] + h·[below the floor or above the limit],  h = 1/p − 1
    now                          a₀ = the option with the least Σ w_i L_ia
    with a result y              a_y = that with the least Σ w_i(y) L_ia,    w_i(y) ∝ w_i·N(log y; m_i, v)
    expected reduction           the mean of Σ w_i(y)·(L_ia₀ − L_ia_y) over results that may come
    of a draw                    m_i = log level_i(day) + bias_i − ½σ²,    v = σ² + left open of the bias

The weight ``h`` of a harm is the one at which a regimen that is sure to be in the band otherwise is worth giving up
where it harms with a chance above ``p``. Results that may come are drawn from the draws themselves; the draw that a
result came from has no say in what is made of it. No man is fitted again: draws that are there are weighted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES, of_panel
from leydig.checks import ascending_vector, plain_number
from leydig.errors import OutOfRange, UnknownName
from leydig.inference.decision.aims import Aims
from leydig.inference.results.assay import EstradiolAssay
from leydig.inference.trust.trust import Trust, judge_regimen
from leydig.man.man import MEASURABLE
from leydig.man.sample import noise_of
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import read_protocol
from leydig.regimen import Regimen
from leydig.regimen.regimen import regimen_of
from leydig.streams import stream
from leydig.units import DAYS_PER_WEEK

if TYPE_CHECKING:
    from leydig.inference.twin import Twin

__all__ = ["LabValue", "NextLab", "expected_losses", "next_lab"]

DRAWS = 400  # of the twin that are weighted
READINGS = 2  # results that may come, of each draw
FEW = 30.0  # draws that are left effective by a result, below which its value is not to be trusted
CHANCES = (1e-3, 0.5)  # between which a chance of harm is bounded
WEEKS = (1.0, 104.0)
LATEST = 182.0  # [d] until a test
DAYS = (0.0, 14.0, 28.0)
SCANS = ("spine_bmd",)  # measured in no tube


@dataclass(frozen=True)
class LabValue:
    """What one laboratory test on one day is worth.

    Attributes
    ----------
    tests : tuple of str
        Analytes of one tube of blood.
    day : float
        From the last day of the record on [d].
    reduction : float
        Of the expected loss of the decision, in men out of the band (a harm counts `NextLab.harm`).
    standard_error : float
        Of the reduction, over results that may come.
    changes : float
        Chance that the result changes what is decided.
    effective : float
        How many draws a usual result leaves; few draws say little of its worth.
    """

    tests: tuple[str, ...]
    day: float
    reduction: float
    standard_error: float
    changes: float
    effective: float

    @property
    def is_sure(self) -> bool:
        """Whether enough draws are left to say so."""
        return self.effective >= FEW

    def record(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {"tests": list(self.tests), "titles": [ANALYTES[name].title for name in self.tests], "day": self.day,
                "reduction": self.reduction, "standard_error": self.standard_error, "changes": self.changes,
                "effective": self.effective, "sure": self.is_sure}  # fmt: skip


@dataclass(frozen=True, repr=False)
class NextLab:
    """What tests are worth for the decision that is coming.

    Attributes
    ----------
    trust : Trust
        Of the twin. Where it abstains there are no values.
    estradiol_assay : EstradiolAssay
        Which reads the estradiol of tests, bands and limits: that of his last results of it.
    options : tuple of Regimen
        Between which is decided.
    left_out : dict of str to str
        Options that no study covers, and why.
    decided : float
        Day of the decision, from the last day of the record on [d].
    week : float
        After the decision, at which levels are judged.
    harm : float
        What a level below the floor or above the limit counts, in men out of the band.
    chosen : str
        What would be decided now.
    loss : float
        Expected of that.
    least_loss : float
        Expected if every level were known for sure: no test can reduce more than the difference.
    values : tuple of LabValue
        The best first.
    """

    trust: Trust
    estradiol_assay: EstradiolAssay
    options: tuple[Regimen, ...]
    left_out: dict[str, str]
    decided: float
    week: float
    harm: float
    chosen: str
    loss: float
    least_loss: float
    values: tuple[LabValue, ...]

    @property
    def best_test(self) -> LabValue | None:
        """The test that reduces most; None where the twin abstains."""
        return self.values[0] if self.values else None

    def __repr__(self) -> str:
        said = (
            "abstains"
            if self.best_test is None
            else f"{' + '.join(self.best_test.tests)} on day {self.best_test.day:g}"
        )
        return f"NextLab({len(self.options)} options: {said})"

    def record(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        told = self.best_test is not None
        return {
            "verdict": str(self.trust.verdict), "reasons": [one.text for one in self.trust.reasons],
            "estradiol_assay": str(self.estradiol_assay), "options": [str(one) for one in self.options],
            "left_out": self.left_out, "decided": self.decided,
            "week": self.week, "harm": self.harm, "chosen": self.chosen, "loss": self.loss if told else None,
            "least_loss": self.least_loss if told else None, "values": [one.record() for one in self.values],
        }  # fmt: skip


def next_lab(
    twin: "Twin",
    protocol: Protocol | str = "anastrozole",
    options: Sequence[Regimen | str] = (),
    tests: Sequence[str | Sequence[str]] = (),
    days: Sequence[float] = DAYS,
    weeks: float = 12.0,
    chance: float = 0.05,
) -> NextLab:
    """Return what each test on each day is worth for the decision on the last of these days.

    Parameters
    ----------
    twin : Twin
    protocol : Protocol or str, optional
        Whose bands, floor and limit are aimed at.
    options : sequence of Regimen or str, optional
        Between which is decided; the rungs of the protocol and what he is given when left out.
    tests : sequence of str, or of sequences of them, optional
        Analytes of blood, or tubes of them; each alone that a visit reads, and all together, when left out.
    days : sequence of float, optional
        From the last day of the record on; ascending. The decision falls on the last.
    weeks : float, optional
        After the decision, at which levels are judged.
    chance : float, optional
        Of a harm that is worth as much as being in the band.

    Raises
    ------
    BadRegimen, UnknownName, BadProtocol
        When an option, a test or the protocol cannot be read.
    OutOfRange
        When a number is impossible, or no option is left.
    """
    plan = protocol if isinstance(protocol, Protocol) else read_protocol(protocol)
    aims, judged = Aims.of_protocol(plan), plain_number(weeks, "weeks", WEEKS, "weeks")
    harm = 1.0 / plain_number(chance, "chance", CHANCES) - 1.0
    asked: list[float] = ascending_vector(days, "days of tests", (0.0, LATEST), "days").tolist()
    tubes = _tubes(tests)
    named = list(dict.fromkeys(map(regimen_of, options))) or _usual_options(twin, plan)
    barred = {str(one): "; ".join(why.text for why in judge_regimen(one).reasons) for one in named}
    chosen_from = tuple(one for one in named if not barred[str(one)])
    left_out = {name: why for name, why in barred.items() if why}
    if not chosen_from and not twin.trust.abstains:
        raise OutOfRange(f"got options of which no study covers any ({'; '.join(left_out.values())}); expected one "
                         "that is covered. Name it in options.")  # fmt: skip
    assay = twin.history.estradiol_assay
    if twin.trust.abstains:
        nan = float("nan")
        return NextLab(twin.trust, assay, chosen_from, left_out, asked[-1], judged, harm, "", nan, nan, ())
    losses, levels, own = _outcomes(twin.thin(DRAWS), aims, chosen_from, asked, DAYS_PER_WEEK * judged, tubes, harm)
    random, values = stream(twin.seed, "next test"), []
    weights = own.weights
    for place, day in enumerate(asked):
        for tube in tubes:
            means = np.stack([np.log(levels[name][:, place]) + own.shift[name] for name in tube], axis=1)
            values.append(_value(tube, day, weights, losses, means, [own.variance[name] for name in tube], random))
    expected = weights @ losses
    chosen = int(expected.argmin())
    ranked = tuple(sorted(values, key=lambda one: (-one.reduction, one.day, len(one.tests))))
    return NextLab(
        twin.trust, assay, chosen_from, left_out, asked[-1], judged, harm, str(chosen_from[chosen]),
        float(expected[chosen]), float(weights @ losses.min(axis=1)), ranked,
    )  # fmt: skip


def _tubes(tests: Sequence[str | Sequence[str]]) -> list[tuple[str, ...]]:
    """Return tubes of blood, looked at."""
    usual = of_panel("visit")
    tubes = [(one,) if isinstance(one, str) else tuple(one) for one in tests] or [*((one,) for one in usual), usual]
    able = [
        name for name in MEASURABLE if ANALYTES[name].specimen == "blood" and name not in SCANS and noise_of(name) > 0.0
    ]
    for name in (name for tube in tubes for name in tube):
        if name not in able:
            raise UnknownName.among("test", name, able)
    return list(dict.fromkeys(tuple(dict.fromkeys(tube)) for tube in tubes))


def _usual_options(twin: "Twin", plan: Protocol) -> list[Regimen]:
    """Return every rung of a protocol under its ceiling, each drug by itself, and what he is given now."""
    rungs = [one.rungs[: one.top(one.ceiling)] for one in plan.components.values()]
    return list(dict.fromkeys([*(rung for many in rungs for rung in many), twin.history.current]))


@dataclass(frozen=True)
class _Draws:
    """Distinct draws: what each counts, and how its results are read."""

    weights: Float[np.ndarray, " draw"]
    shift: dict[str, Float[np.ndarray, " draw"]]
    variance: dict[str, float]


def _outcomes(
    twin: "Twin", aims: Aims, options: tuple[Regimen, ...], days: list[float], ahead: float,
    tubes: list[tuple[str, ...]], harm: float,
) -> tuple[Float[np.ndarray, "draw option"], dict[str, Float[np.ndarray, "draw day"]], _Draws]:  # fmt: skip
    """Return losses, levels on the days of the tests, and the draws, of all that were solved on every option."""
    _, once, count = np.unique(twin.places, axis=0, return_index=True, return_counts=True)
    names = tuple(dict.fromkeys(name for tube in tubes for name in tube))
    wanted, losses = tuple(dict.fromkeys((*names, *aims.analytes))), []
    levels: dict[str, Float[np.ndarray, "draw day"]] = {}
    when = np.array([*days, days[-1] + ahead])
    for found in twin.levels_of_options(options, when, wanted, days[-1]):
        levels = levels or {name: found.values[name][once, :-1] for name in names}
        at = {name: values[once, -1] for name, values in found.values.items()}
        harmed = aims.below_floor(at) | aims.above_limit(at)
        loss = 1.0 - aims.in_band(at) + harm * harmed
        losses.append(np.where(np.isfinite(at[wanted[0]]), loss, np.nan))
    table = np.stack(losses, axis=1)
    solved = np.isfinite(table).all(axis=1)
    shift, variance = {}, {}
    for name in names:
        bias, width = twin.bias(name)
        own = noise_of(name) ** 2
        shift[name], variance[name] = bias[once][solved] - 0.5 * own, own + width**2
    weights = count[solved] / count[solved].sum()
    return table[solved], {name: one[solved] for name, one in levels.items()}, _Draws(weights, shift, variance)


def _value(
    tube: tuple[str, ...], day: float, weights: Float[np.ndarray, " draw"], losses: Float[np.ndarray, "draw option"],
    means: Float[np.ndarray, "draw test"], variances: list[float], random: np.random.Generator,
) -> LabValue:  # fmt: skip
    """Return what one tube on one day is worth."""
    after, effective = expected_losses(weights, losses, means, np.array(variances), READINGS, random)
    first = int((weights @ losses).argmin())
    gain = after[:, first] - after.min(axis=1)
    per_draw = gain.reshape(READINGS, -1).mean(axis=0)
    reduction = float(weights @ per_draw)
    error = float(np.sqrt((weights**2) @ (per_draw - reduction) ** 2))
    changes = float(np.tile(weights, READINGS) @ (after.argmin(axis=1) != first) / READINGS)
    return LabValue(tube, day, reduction, error, changes, float(np.median(effective)))


def expected_losses(
    weights: Float[np.ndarray, " draw"],
    losses: Float[np.ndarray, "draw option"],
    means: Float[np.ndarray, "draw test"],
    variances: Float[np.ndarray, " test"],
    readings: int,
    random: np.random.Generator,
) -> tuple[Float[np.ndarray, "result option"], Float[np.ndarray, " result"]]:
    """Return what each option is expected to lose after each result that may come, by the draws it did not come from.

    Parameters
    ----------
    weights : Float[np.ndarray, " draw"]
        They sum to 1.
    losses : Float[np.ndarray, "draw option"]
    means : Float[np.ndarray, "draw test"]
        Of the logarithm of a result, for each draw.
    variances : Float[np.ndarray, " test"]
    readings : int
        Results of each draw.
    random : numpy.random.Generator

    Returns
    -------
    tuple
        Losses, and how many equal draws each result leaves.
    """
    count, scale = len(means), np.sqrt(variances)
    others = np.tile(np.where(np.eye(count, dtype=bool), 0.0, weights), (readings, 1))
    middle = means / scale
    came = np.tile(middle, (readings, 1)) + random.standard_normal((readings * count, len(scale)))
    logs = came @ middle.T - 0.5 * (middle**2).sum(axis=1)  # but for what is the same of all draws
    after = others * np.exp(logs - logs.max(axis=1, keepdims=True))
    after /= after.sum(axis=1, keepdims=True)
    return after @ losses, 1.0 / (after**2).sum(axis=1)
