"""What is known of a man on a day: his last results, his baseline, and what the record implies.

Beside the quantities of a record a condition may name what follows from it:

=====================  ==================================================================================
``rung.DRUG``          the rung he is on, 0 when he is given none
``before.DRUG``        the rung from which it was stopped
``room.DRUG``          is a higher rung allowed
``held.DRUG``          was it given, and is it not given now
``on.DRUG``            is any drug of the catalogue given
``nonresponses.DRUG``  rises of the dose in a row after which estradiol did not fall
``labs.valid``         are the results on which doses are changed known, fresh, and drawn long enough after
``causes.excluded``    are the causes of low sperm counts that the protocol names all answered with no
``semen.low``          is any semen value below its WHO limit
``semen.category``     category of sperm concentration, 0 azoospermia to 4 normal
``semen.change``       categories gained since baseline
``months.treated``     months on treatment in all
``treated``            is he on treatment
``assay.specific``     was the last estradiol measured by mass spectrometry
``spine_bmd.recent``   was bone density measured within the last 13 months
=====================  ==================================================================================
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import numpy as np

from leydig.analytes import ANALYTES
from leydig.body import Body
from leydig.care.dosing import Steps, steps
from leydig.care.protocol import AnyOf, Condition, Protocol, Rule, compare
from leydig.care.semen import CATEGORIES, LIMITED, below_limits, category
from leydig.man.quantity import QUANTITIES
from leydig.man.record import Record, Result

__all__ = ["Held", "Known", "View", "implied"]

FACTS = ("labs.valid", "causes.excluded", "semen.low", "treated", "assay.specific", "spine_bmd.recent")
NUMBERS = ("semen.category", "semen.change", "months.treated")
OF_DRUG = {"rung": "number", "before": "number", "nonresponses": "number", "room": "fact", "held": "fact", "on": "fact"}
MONTH = 30.44  # [d]
RECENT = 396  # [d] age of a bone scan that still counts
FELL = 0.9  # estradiol below this share of what it was has answered a rise of the dose


def implied(name: str) -> str:
    """Return ``"fact"`` or ``"number"`` for what a record implies, empty for any other name."""
    if name in FACTS:
        return "fact"
    return "number" if name in NUMBERS else OF_DRUG.get(name.partition(".")[0], "") if "." in name else ""


@dataclass(frozen=True)
class Known:
    """A value that is known: between bounds, in the unit of its quantity, with words and day."""

    low: float
    high: float
    text: str
    date: dt.date | None = None
    specific: bool = False

    @property
    def day(self) -> str:
        """The day in the form of the calendar of ISO 8601; empty where there is none."""
        return self.date.isoformat() if self.date else ""


@dataclass(frozen=True)
class Held:
    """Whether a rule holds: True, False or None for unknown; what it read, and what is missing."""

    verdict: bool | None
    inputs: tuple[tuple[str, str, str], ...]
    missing: tuple[str, ...]


NOT = Held(False, (), ())


class View:
    """What is known of one man, under one protocol, on one day.

    Parameters
    ----------
    record : Record
    protocol : Protocol
    on : datetime.date
        Later results and treatments do not count.
    """

    def __init__(self, record: Record, protocol: Protocol, on: dt.date) -> None:
        self.record, self.protocol, self.on = record, protocol, on
        self.steps: Steps = steps(record, protocol, on)
        self.begun = self.steps.start is not None
        self._levels: dict[tuple[str, str], Known | None] = {}
        self._facts: dict[str, bool | None] = {}

    # Levels --------------------------------------------------------------------------------------------

    def results(self, name: str, at: str = "latest") -> Sequence[Result]:
        """Return the results of a quantity that count on this day, oldest first."""
        start = self.steps.start
        until = start if at == "baseline" and start is not None else self.on
        return [one for one in self.record.of(name) if one.date <= until]

    def level(self, name: str, at: str = "latest") -> Known | None:
        """Return the last value of a quantity, or the last one before treatment; None when there is none."""
        key = (name, at)
        if key not in self._levels:
            self._levels[key] = self._age() if name == "age" else self._level(name, at)
        return self._levels[key]

    def _level(self, name: str, at: str) -> Known | None:
        found = self.results(name, at)
        if found:
            return _known(_best([one for one in found if one.date == found[-1].date]))
        worked_out = {"te2_ratio": self._ratio, "free_testosterone": self._free}.get(name)
        if worked_out:
            return worked_out(at)
        if name in ("total_sperm_count", "total_motile_count"):
            return self._count(name, at)
        return None

    def _age(self) -> Known | None:
        if self.record.born is None:
            found = self.results("age")
            return _known(found[-1]) if found else None
        born = self.record.born
        years = self.on.year - born.year - ((self.on.month, self.on.day) < (born.month, born.day))
        return Known(float(years), float(years), f"{years} years", self.on)

    def days(self, name: str, at: str = "latest") -> list[Known]:
        """Return one value for each day on which a quantity is known, oldest first."""
        if name == "te2_ratio":
            return [self._ratio_of(day, at) for day in self._shared(("testosterone", "estradiol"), at)]
        by_day: dict[dt.date, list[Result]] = {}
        for one in self.results(name, at):
            by_day.setdefault(one.date, []).append(one)
        return [_known(_best(many)) for many in by_day.values()]

    def _shared(self, names: tuple[str, ...], at: str) -> list[dt.date]:
        """Return the days on which all of these were drawn."""
        days = [{one.date for one in self.results(name, at)} for name in names]
        return sorted(set.intersection(*days))

    def _on_day(self, name: str, day: dt.date, at: str) -> Result:
        return _best([one for one in self.results(name, at) if one.date == day])

    def _ratio(self, at: str) -> Known | None:
        days = self._shared(("testosterone", "estradiol"), at)
        return self._ratio_of(days[-1], at) if days else None

    def _ratio_of(self, day: dt.date, at: str) -> Known:
        """Return testosterone [ng/dL] over estradiol [pg/mL] of one draw, with bounds where one is censored."""
        above, below = (self._on_day(name, day, at) for name in ("testosterone", "estradiol"))
        (lowest, highest), (least, most) = above.bounds_in("ng/dL"), below.bounds_in("pg/mL")
        low, high = lowest / most, highest / max(least, 1e-9)
        sign = "" if low == high else ">" if below.comparator == "<" or above.comparator == ">" else "<"
        shown = low if sign == ">" else high
        return Known(low, high, f"{sign}{shown:.3g}", day, below.specific)

    def _free(self, at: str) -> Known | None:
        """Return free testosterone [pg/mL], worked out from testosterone, SHBG and estradiol of one draw."""
        days = self._shared(("testosterone", "shbg"), at)
        if not days:
            return None
        total, shbg = (self._on_day(name, days[-1], at) for name in ("testosterone", "shbg"))
        if total.comparator or shbg.comparator:
            return None
        own = _free_testosterone(total.value_in("nmol/L"), shbg.value_in("nmol/L"))
        unit = QUANTITIES["free_testosterone"].unit
        shown = own * QUANTITIES["free_testosterone"].factor_from("pg/mL")
        return Known(shown, shown, f"{shown:.3g} {unit} (calculated)", days[-1])

    def _count(self, name: str, at: str) -> Known | None:
        parts = ("sperm_concentration", "semen_volume", *(("motility",) if name == "total_motile_count" else ()))
        days = self._shared(parts, at)
        if not days:
            return None
        own = float(np.prod([self._on_day(part, days[-1], at).value_in(ANALYTES[part].unit) for part in parts]))
        return Known(own, own, f"{own:.3g} million", days[-1])

    # What the record implies ---------------------------------------------------------------------------

    def fact(self, name: str) -> bool | None:
        """Return a question's answer, or what the record implies; None when it is unknown."""
        if name not in self._facts:
            self._facts[name] = self._fact(name)
        return self._facts[name]

    def _fact(self, name: str) -> bool | None:
        head, _, drug = name.partition(".")
        if name == "treated":
            return self.steps.treated
        if name == "labs.valid":
            return not self.invalid()
        if name == "causes.excluded":
            answers = [self.fact(one) for one in self.protocol.checks]
            return False if True in answers else None if None in answers else True
        if name == "semen.low":
            return self._semen_low()
        if name == "assay.specific":
            estradiol = self.level("estradiol")
            return None if estradiol is None else estradiol.specific
        if name == "spine_bmd.recent":
            scans = self.results("spine_bmd")
            return bool(scans) and (self.on - scans[-1].date).days <= RECENT
        if head == "on":
            return drug in self.steps.drugs
        if head == "room":
            return self.steps.of[drug].room
        if head == "held":
            return self.steps.of[drug].rung == 0 and self.steps.of[drug].before > 0
        found = self.results(name)
        return bool(found[-1].value) if found else None

    def _semen_low(self) -> bool | None:
        known = {name: level for name in LIMITED if (level := self.level(name)) is not None}
        if "sperm_concentration" not in known:
            return None
        return bool(below_limits({name: level.high for name, level in known.items()}))

    def number(self, name: str) -> float | None:
        """Return a number that the record implies; None when it is unknown."""
        head, _, drug = name.partition(".")
        if head == "rung":
            return float(self.steps.of[drug].rung)
        if head == "before":
            return float(self.steps.of[drug].before)
        if head == "nonresponses":
            return float(self._nonresponses(drug))
        if name == "months.treated":
            return self.steps.treated_days / MONTH
        now, then = self.level("sperm_concentration"), self.level("sperm_concentration", "baseline")
        if now is None:
            return None
        if name == "semen.category":
            return float(category(now.low))
        return None if then is None or not self.begun else float(category(now.low) - category(then.low))

    def _nonresponses(self, drug: str) -> int:
        """Return after how many rises of the dose in a row, the last ones, estradiol did not fall."""
        levels = self.days("estradiol")
        count = 0
        for rise in reversed(self.steps.rises[drug]):
            before = [one for one in levels if one.date is not None and one.date <= rise]
            after = [one for one in levels if one.date is not None and (one.date - rise).days >= self._valid_after]
            if not before or not after:
                continue
            if after[0].low < FELL * before[-1].high:
                break
            count += 1
        return count

    @property
    def _valid_after(self) -> int:
        return self.protocol.valid_after

    def invalid(self) -> tuple[str, ...]:
        """Return, in words, why the last results cannot decide on a dose; empty when they can."""
        why = []
        for name in self.protocol.titrates_on:
            one = self.level(name)
            title = QUANTITIES[name].title
            if one is None or one.date is None:
                why.append(f"{title} is missing")
            elif (self.on - one.date).days > self.protocol.stale_after:
                why.append(f"{title} of {one.date} is older than {self.protocol.stale_after} days")
            elif self.steps.changed and (one.date - self.steps.changed).days < self._valid_after:
                why.append(
                    f"{title} of {one.date} was drawn less than {self._valid_after} days after the change of "
                    f"{self.steps.changed}"
                )
        return tuple(why)

    # Rules ---------------------------------------------------------------------------------------------

    def holds(self, rule: Rule, whole: bool = False) -> Held:
        """Return whether a rule holds; what it read is told of a rule that does not only where the `whole` is asked."""
        verdicts, inputs, missing = [], {}, []
        for part in rule.when:
            conditions = part.conditions if isinstance(part, AnyOf) else (part,)
            found = [self.condition(one) for one in conditions]
            verdicts.append(_any(one.verdict for one in found) if isinstance(part, AnyOf) else found[0].verdict)
            if verdicts[-1] is False and not whole:
                return NOT
            inputs.update(dict.fromkeys(row for one in found for row in one.inputs))
            if verdicts[-1] is None:
                missing += [name for one in found for name in one.missing]
        verdict = False if False in verdicts else None if None in verdicts else True
        return Held(verdict, tuple(inputs), tuple(dict.fromkeys(missing)))

    def condition(self, one: Condition) -> Held:
        """Return whether a condition holds."""
        if one.known is not None:
            there = bool(self.results(one.of, one.at)) or self.level(one.of, one.at) is not None
            return Held(there == one.known, ((one.of, "recorded" if there else "not recorded", ""),), ())
        if one.answer is not None:
            answer = self.fact(one.of)
            if answer is None:
                return Held(None, (), (one.of,))
            return Held(answer == one.answer, ((one.of, "yes" if answer else "no", self._day_of(one.of)),), ())
        if implied(one.of):
            number = self.number(one.of)
            return Held(None, (), (one.of,)) if number is None else self._compared(one, [_plain(one.of, number)])
        if one.change:
            return self._changed(one)
        if one.times > 1:
            days = self.days(one.of, one.at)[-one.times :]
            return self._compared(one, days) if len(days) == one.times else Held(None, (), (one.of,))
        level = self.level(one.of, one.at)
        return Held(None, (), (one.of,)) if level is None else self._compared(one, [level])

    def _day_of(self, name: str) -> str:
        found = self.results(name) if name in QUANTITIES else ()
        return found[-1].date.isoformat() if found else ""

    def _compared(self, one: Condition, levels: Sequence[Known]) -> Held:
        inputs = tuple((one.of, level.text, level.day) for level in levels)
        pairs = [compare(one, level.low, level.high) for level in levels]
        if any(never for _, never in pairs):
            return Held(False, inputs, ())
        return Held(True, inputs, ()) if all(surely for surely, _ in pairs) else Held(None, inputs, (one.of,))

    def _changed(self, one: Condition) -> Held:
        now, then = self.level(one.of), self.level(one.of, "baseline")
        if now is None or then is None or not self.begun or now.date == then.date:
            return Held(None, (), (one.of,))
        if one.change == "ratio":
            low, high = now.low / max(then.high, 1e-9), now.high / max(then.low, 1e-9)
        else:
            low, high = now.low - then.high, now.high - then.low
        found = self._compared(one, [Known(low, high, now.text, now.date)])
        first = (one.of, f"{then.text} at baseline", then.day)
        return Held(found.verdict, (first, *found.inputs), found.missing)


@lru_cache(maxsize=4096)
def _free_testosterone(testosterone: float, shbg: float) -> float:
    """Return free testosterone [pg/mL] at these levels [nmol/L] and usual estradiol, which hardly matters."""
    free = _binding(np.float64(testosterone), np.float64(ANALYTES["estradiol"].reference[0]), np.float64(shbg))
    return float(free.testosterone) * ANALYTES["free_testosterone"].factor_to("pg/mL")


@jax.jit
def _binding(testosterone: Any, estradiol: Any, shbg: Any) -> Any:
    return Body().blood.free(testosterone, estradiol, shbg)


def _any(verdicts: Any) -> bool | None:
    found = list(verdicts)
    return True if True in found else None if None in found else False


def _plain(name: str, number: float) -> Known:
    text = CATEGORIES[int(number)][1] if name == "semen.category" else f"{number:.3g}"
    return Known(number, number, text)


def _known(one: Result) -> Known:
    return Known(*one.bounds, str(one), one.date, one.specific)


def _best(same_day: Sequence[Result]) -> Result:
    """Return the result that counts of one day: one by mass spectrometry first, else the last."""
    return next((one for one in same_day if one.specific), same_day[-1])
