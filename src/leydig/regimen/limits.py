"""What the label of a drug allows in a day, counted over all doses of the drug that run at the same time.

A dose is spread evenly over the day after it, or over its interval where that is shorter; a single dose counts like
any other. The limit is compared with the highest sum of one drug. A depot lasts for weeks: its daily maximum is an
average, so its doses are spread over their whole interval, and the doses of one day have a limit of their own.
"""

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Int

from leydig.errors import BadRegimen, LeydigWarning
from leydig.product import PRODUCTS
from leydig.regimen.dose import PLAIN, Dose
from leydig.regimen.repeat import RepeatKind
from leydig.ticks import TICKS_PER_DAY, tick_of

if TYPE_CHECKING:  # JAX, which may trace a dose, is not loaded to read a regimen
    from leydig.arrays import Number

__all__ = ["Excess", "limits", "needs_compounding", "refuse_absurd", "remarks", "warn_above", "weekly_amount"]

ABSURD = 10.0  # times the label above which a typing error is likelier
ABSURD_ONCE = 20.0  # the same with single doses: dose-finding studies of men went to 12 times the label
PULSATILE = 4.0 / 24.0  # [d] interval above which GnRH is not felt as pulses of one train
LONG_ENOUGH = 366.0  # [d] after the last change, in which doses that never coincide have had their chance
_DAY = 1.0
_ROUNDING = 1.0 + 1e-9

Steps = tuple[Int[np.ndarray, " step"], Int[np.ndarray, " step"], float]


class Excess(NamedTuple):
    """One limit of a drug and how much of it is given.

    Attributes
    ----------
    drug : str
    amount : float
        Highest amount a day, single doses included.
    repeated : float
        The same without single doses.
    most : float
        What the label allows.
    words : str
        What is counted: ``a day`` or ``in one day``.
    """

    drug: str
    amount: float
    repeated: float
    most: float
    words: str

    @property
    def above(self) -> bool:
        """Whether it is more than the label allows."""
        return self.amount > self.most * _ROUNDING

    @property
    def absurd(self) -> bool:
        """Whether a typing error is likelier than this dose."""
        return self.repeated > ABSURD * self.most or self.amount > ABSURD_ONCE * self.most

    def __str__(self) -> str:
        entry = PRODUCTS[self.drug]
        return (
            f"{entry.title}: {self.amount:.4g} {entry.unit} {self.words} is above the labelled "
            f"{self.most:g} {entry.unit}"
        )


def remarks(doses: Iterable[Dose], excesses: Iterable[Excess]) -> list[str]:
    """Return what must be said of these doses: above the label, compounding, another route, no pulses."""
    found = [str(excess) for excess in excesses if excess.above]
    for dose in doses:
        entry = PRODUCTS[dose.drug]
        if needs_compounding(dose):
            found.append(
                f"{entry.title} {dose.amount:g} {entry.unit} needs compounding: no whole or half unit gives it"
            )
        if stand_in := entry.stand_ins.get(dose.route or ""):
            found.append(f"{entry.title} {dose.route}: {stand_in}")
        if dose.is_pulsatile and (dose.repeat.kind != RepeatKind.EVERY or dose.repeat.days > PULSATILE):
            found.append(
                f"{entry.title} at this interval is not pulsatile: a dose acts for hours, as the minute clock shows"
            )
    return found


def needs_compounding(dose: Dose) -> bool:
    """Return whether a dose is no whole or permitted half unit of any strength."""
    label = PRODUCTS[dose.drug].label
    if not label.strengths or not isinstance(dose.amount, PLAIN):
        return False
    parts = [dose.amount / strength * (2.0 if label.halves else 1.0) for strength in label.strengths]
    return all(abs(part - round(part)) > 1e-9 or round(part) < 1 for part in parts)


def weekly_amount(doses: Iterable[Dose], drug: str) -> "Number":
    """Return the highest amount of a drug per week while it is given; a plain sum where JAX is tracing a dose."""
    same = [dose for dose in doses if dose.drug == drug]
    if not all(isinstance(dose.amount, PLAIN) for dose in same):
        return sum(dose.amount * dose.repeat.per_week() for dose in same)
    return 7.0 * _highest_sum([_average(dose) for dose in same], same, _averages)


def refuse_absurd(excesses: Iterable[Excess]) -> None:
    """Refuse doses so far above the label that a typing error is likelier.

    Raises
    ------
    BadRegimen
        When repeated doses are more than ten times the label, or single doses more than twenty times.
    """
    for excess in excesses:
        if excess.absurd:
            entry = PRODUCTS[excess.drug]
            raise BadRegimen(
                f"got {entry.title} {excess.amount:.4g} {entry.unit} {excess.words}; expected up to {excess.most:g} "
                f"{entry.unit}, the label, or up to {ABSURD:g} times that ({ABSURD_ONCE:g} times for a single dose) "
                "with a warning. Check the dose and its unit."
            )


def warn_above(excesses: Iterable[Excess]) -> None:
    """Warn of each drug that is given above its label; the warning points at the caller's caller."""
    for excess in excesses:
        if excess.above:
            text = f"{excess}. It is simulated as it came; check the dose."
            warnings.warn(text, LeydigWarning, stacklevel=3)


def limits(doses: tuple[Dose, ...]) -> list[Excess]:
    """Return every limit that these doses meet, a drug whose dose JAX is tracing left out."""
    found = []
    for drug in dict.fromkeys(dose.drug for dose in doses if isinstance(dose.amount, PLAIN)):
        label = PRODUCTS[drug].label
        same = [dose for dose in doses if dose.drug == drug and isinstance(dose.amount, PLAIN)]
        repeated = [dose for dose in same if dose.repeat.kind != RepeatKind.ONCE]
        if label.single_maximum is None:
            found.append(Excess(drug, _daily_peak(same), _daily_peak(repeated), label.daily_maximum, "a day"))
        else:
            average = _highest_sum([_average(dose) for dose in repeated], repeated, _averages)
            found.append(Excess(drug, average, average, label.daily_maximum, "a day"))
            found.append(Excess(drug, _daily_peak(same), _daily_peak(repeated), label.single_maximum, "in one day"))
    return found


def _daily_peak(doses: list[Dose]) -> float:
    """Return the highest amount in a day of doses of one drug."""
    return _highest_sum([float(dose.amount) / _width(dose) for dose in doses], doses, _day_steps)


def _highest_sum(alone: list[float], doses: list[Dose], steps: Callable[[Dose, float], Steps]) -> float:
    """Return the highest sum at any moment, from what each dose is alone and its steps."""
    if len(doses) <= 1:
        return float(sum(alone))
    ends = [dose.end for dose in doses]
    until = max(*(dose.start for dose in doses), *(end for end in ends if end is not None), 0.0) + LONG_ENOUGH
    begins, stops, rates = [], [], []
    for dose in doses:
        begin, stop, rate = steps(dose, until)
        begins.append(begin)
        stops.append(stop)
        rates.append(np.full(len(begin), rate))
    height = np.concatenate(rates)
    change = np.concatenate([height, -height])
    order = np.lexsort(
        (change, np.concatenate([*begins, *stops]))
    )  # what ends at one moment is over before what begins then
    return float(np.max(np.cumsum(change[order]), initial=0.0))


def _width(dose: Dose) -> float:
    """Return over how many days one dose is spread."""
    return min(dose.repeat.days, _DAY) if dose.repeat.kind == RepeatKind.EVERY else _DAY


def _day_steps(dose: Dose, until: float) -> Steps:
    """Return the ticks at which the steps of a dose begin and end, and their height per day."""
    if dose.repeat.kind == RepeatKind.CONTINUOUS or _width(dose) < _DAY:
        spans = np.array(dose.tick_spans(until), dtype=np.int64).reshape(-1, 2)
        return spans[:, 0], spans[:, 1], float(dose.amount / _width(dose))
    ticks = dose.ticks(until)
    return ticks, ticks + TICKS_PER_DAY, float(dose.amount)


def _average(dose: Dose) -> float:
    """Return the average amount per day while a dose is given."""
    return float(dose.amount) * dose.repeat.per_week() / 7.0


def _averages(dose: Dose, until: float) -> Steps:
    stop = until if dose.end is None else dose.end
    return np.array([tick_of(dose.start)]), np.array([tick_of(stop)]), _average(dose)
