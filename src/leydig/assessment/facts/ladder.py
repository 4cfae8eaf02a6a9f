"""Where a man is on each ladder of a protocol, and since when: read from what he was given."""

import datetime as dt
import math
from dataclasses import dataclass, replace
from functools import lru_cache

from leydig.protocol.protocol import Component, Protocol
from leydig.protocol.vocabulary import Verb
from leydig.record.record import Record, Treatment
from leydig.regimen import Dose, Regimen

__all__ = ["Step", "Steps", "steps"]

CHANGING = (Verb.STEP_UP, Verb.STEP_DOWN, Verb.HOLD, Verb.RESTART, Verb.START, Verb.STOP)
_NEAR = 0.01  # amounts closer than this share are one rung


@dataclass(frozen=True)
class Step:
    """A component of the protocol in one man.

    Attributes
    ----------
    rung : int
        The rung he is on, 0 when he is given none.
    before : int
        The last rung that he was on before it was 0; 0 when there was none.
    amount : float
        What he is given per week [dose unit].
    exact : bool
        Whether that is a rung; else the rung is the highest one that gives no more.
    ceiling : float
        Most per week that is allowed.
    room : bool
        Whether a higher rung is allowed.
    """

    rung: int
    before: int
    amount: float
    exact: bool
    ceiling: float
    room: bool


@dataclass(frozen=True)
class Steps:
    """Every component, the first day of treatment and the day of the last change.

    Attributes
    ----------
    of : dict of str to Step
    start, changed : datetime.date or None
    rises, falls : dict of str to tuple of datetime.date
        Days on which a component was raised (its start too) and lowered.
    drugs : frozenset of str
        Every drug of the catalogue that is given.
    others : Regimen
        What is given of drugs that are no component of the protocol.
    treated_days : int
    """

    of: dict[str, Step]
    start: dt.date | None
    changed: dt.date | None
    rises: dict[str, tuple[dt.date, ...]]
    falls: dict[str, tuple[dt.date, ...]]
    drugs: frozenset[str]
    others: Regimen
    treated_days: int

    @property
    def is_treated(self) -> bool:
        """Whether any component is given."""
        return any(one.rung or one.amount for one in self.of.values())

    def rungs(self) -> dict[str, int]:
        """Return the rung of each component."""
        return {drug: one.rung for drug, one in self.of.items()}

    def rungs_after(self, action: str, protocol: Protocol) -> dict[str, int]:
        """Return the rung of each component after what a rule advises, such as ``step up anastrozole``."""
        rungs = self.rungs()
        if action == Verb.STOP_ALL:
            return dict.fromkeys(rungs, 0)
        verb = next((verb for verb in CHANGING if action.startswith(f"{verb} ")), None)
        drug = action.removeprefix(verb or "").strip().replace(" ", "_")
        if verb is None or drug not in rungs:
            return rungs
        component, step = protocol.components[drug], self.of[drug]
        highest = max(component.top(step.ceiling), step.rung)
        rung = {
            Verb.STEP_UP: min(step.rung + 1, highest), Verb.STEP_DOWN: component.lower(step.rung), Verb.HOLD: 0,
            Verb.STOP: 0,
            Verb.RESTART: component.half(step.before), Verb.START: step.rung or max(component.begin, 1),
        }[verb]  # fmt: skip
        return rungs | {drug: rung}

    @property
    def last_rise(self) -> dt.date | None:
        """The last day on which any component was raised."""
        return max((day for days in self.rises.values() for day in days), default=None)

    def with_rungs(self, rungs: dict[str, int], protocol: Protocol) -> "Steps":
        """Return the same man on other rungs."""
        found = {}
        for drug, step in self.of.items():
            rung, component = rungs[drug], protocol.components[drug]
            amount = component.weekly_amounts[rung - 1] if rung else 0.0
            room = component.top(step.ceiling) > rung
            found[drug] = step if rung == step.rung else replace(step, rung=rung, amount=amount, room=room)
        on = {drug for drug, rung in rungs.items() if rung}
        return replace(self, of=found, drugs=(self.drugs - set(rungs)) | on)


@lru_cache(maxsize=4096)
def _amounts_per_week(regimen: Regimen) -> dict[str, float]:
    return {drug: float(amount) for drug, (amount, _) in regimen.weekly_total().items()}


def steps(record: Record, protocol: Protocol, on: dt.date) -> Steps:
    """Return where this man is on each ladder, on the morning of a day before anything is changed on it."""
    days = sorted({day for one in record.treatments for day in _change_days(one) if day <= on})
    course = [(day, _weekly_amounts(record, day)) for day in days]
    start = next((day for day, given in course if any(given.get(drug) for drug in protocol.components)), None)
    rises: dict[str, list[dt.date]] = {drug: [] for drug in protocol.components}
    falls: dict[str, list[dt.date]] = {drug: [] for drug in protocol.components}
    last = dict.fromkeys(protocol.components, 0.0)
    for day, given in course:
        own = {drug: given.get(drug, 0.0) for drug in protocol.components}
        for drug in own:
            if own[drug] > last[drug] * (1.0 + _NEAR):
                rises[drug].append(day)
            elif own[drug] < last[drug] * (1.0 - _NEAR):
                falls[drug].append(day)
        last = own
    changed = max((day for many in (*rises.values(), *falls.values()) for day in many), default=None)
    found = {
        drug: _step(component, [given.get(drug, 0.0) for _, given in course], _ceiling(record, component))
        for drug, component in protocol.components.items()
    }
    now = frozenset(drug for drug, amount in (course[-1][1] if course else {}).items() if amount)
    treated = sum((end - day).days for (day, given), end in zip(course, [*days[1:], on], strict=bool(course))
                  if any(given.get(drug) for drug in protocol.components))  # fmt: skip
    others = Regimen(
        dose for one in record.treatments for dose in _doses_on(one, on) if dose.drug not in protocol.components
    )
    return Steps(found, start, changed, {drug: tuple(many) for drug, many in rises.items()},
                 {drug: tuple(many) for drug, many in falls.items()}, now, others, treated)  # fmt: skip


def _weekly_amounts(record: Record, day: dt.date) -> dict[str, float]:
    """Return the weekly amount of every drug that is given on a day."""
    found: dict[str, float] = {}
    for one in record.treatments:
        doses = _doses_on(one, day)
        whole = doses == one.regimen.doses
        amounts = _amounts_per_week(one.regimen) if whole else _amounts_per_week(Regimen(doses)) if doses else {}
        for drug, amount in amounts.items():
            found[drug] = found.get(drug, 0.0) + (amount or 1e-9)  # a single dose counts as being on it
    return found


def _doses_on(one: Treatment, day: dt.date) -> tuple[Dose, ...]:
    """Return what of a treatment is given on a day: its regimen may begin, change and end by itself.

    A single dose counts until its treatment is over.
    """
    if not one.on(day):
        return ()
    since = (day - one.start).days
    return tuple(
        dose for dose in one.regimen.doses if dose.start < since + 1 and (dose.stop is None or dose.stop > since)
    )


def _change_days(one: Treatment) -> set[dt.date]:
    """Return the days on which a treatment begins, changes and ends."""
    offsets = {math.floor(dose.start) for dose in one.regimen.doses}
    offsets |= {math.ceil(dose.stop) for dose in one.regimen.doses if dose.stop is not None}
    days = {one.start + dt.timedelta(days) for days in offsets}
    return {day for day in days if one.stop is None or day < one.stop} | ({one.stop} if one.stop else set())


def _ceiling(record: Record, component: Component) -> float:
    """Return the most per week that is allowed in this man."""
    set_for_him = [one.value for one in record.overrides if one.what == f"ceiling.{component.drug}"]
    return set_for_him[-1] if set_for_him else component.ceiling


def _step(component: Component, amounts: list[float], ceiling: float) -> Step:
    now = amounts[-1] if amounts else 0.0
    rung = _rung(component, now)
    earlier = [amount for amount in amounts if amount > 0.0]
    before = _rung(component, earlier[-1]) if earlier and not now else 0
    exact = now == 0.0 or any(math.isclose(now, amount, rel_tol=_NEAR) for amount in component.weekly_amounts)
    return Step(rung, before, now, exact, ceiling, component.top(ceiling) > rung)


def _rung(component: Component, amount: float) -> int:
    """Return the highest rung that gives no more than an amount per week; the lowest for anything below it."""
    if amount <= 0.0:
        return 0
    return max(sum(rung <= amount * (1.0 + _NEAR) for rung in component.weekly_amounts), 1)
