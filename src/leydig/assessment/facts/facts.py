"""What is known of a man on a day: his last results, his baseline, and what the record implies.

What a condition may name beside the quantities of a record is listed in `leydig.protocol.implied`.

A question is answered by the last answer that was recorded, by a medicine on record (`leydig.record.medicine`), and by
what was measured (``implies`` of a rule): a recorded no never outranks these.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property, partial

from leydig.assessment.facts.derived import derive_quantity, draw_ratio
from leydig.assessment.facts.exposure import AndrogenCourse, androgen_courses, androgens_are, current_medicines
from leydig.assessment.facts.ladder import Steps, steps
from leydig.assessment.facts.value import NOT, Evaluation, Value, any_holds, implied_value, preferred_result, value_of
from leydig.protocol.condition import AnyOf, Condition, compare
from leydig.protocol.implied import implied_kind
from leydig.protocol.protocol import Protocol, Rule
from leydig.protocol.semen import LIMITED, below_limits, category
from leydig.protocol.vocabulary import AskedChange, AskedDay, AskedRegimen, WorkUpResult
from leydig.record.diagnosis import lasting_questions
from leydig.record.medicine import drugs_in
from leydig.record.quantity import DERIVED, QUANTITIES
from leydig.record.record import Record, Result
from leydig.units import DAYS_PER_MONTH

__all__ = ["Expected", "Facts"]

RECENT = 396  # [d] age of a bone scan that still counts
NEVER = math.inf  # [week] since androgens where there were none
Expected = Callable[[str, Mapping[str, int]], Value | None]  # by name of a condition and rungs of the protocol
FELL = 0.9  # estradiol below this share of what it was has answered a rise of the dose


class Facts:
    """What is known of one man, under one protocol, on one day.

    Parameters
    ----------
    record : Record
    protocol : Protocol
    on : datetime.date
        Later results and treatments do not count.

    Attributes
    ----------
    expected : Expected or None
        What his twin expects on other rungs of the protocol, where he has one (`leydig.assessment.forecast`).
    """

    def __init__(self, record: Record, protocol: Protocol, on: dt.date) -> None:
        self.record, self.protocol, self.on = record, protocol, on
        self.expected: Expected | None = None
        self.steps: Steps = steps(record, protocol, on)
        self.begun = self.steps.start is not None
        self._advised = self.steps.rungs()
        self._levels: dict[tuple[str, str], Value | None] = {}
        self._results: dict[tuple[str, str], tuple[Result, ...]] = {}
        self._facts: dict[str, bool | None] = {}
        self._asked: set[str] = set()

    def with_rungs(self, rungs: dict[str, int]) -> "Facts":
        """Return the same man on the same day, as if he were given other rungs of the protocol."""
        other = copy(self)
        other.steps, other._facts, other._asked = self.steps.with_rungs(rungs, self.protocol), {}, set()
        other._advised = other.steps.rungs()
        return other

    # Levels --------------------------------------------------------------------------------------------

    def results(self, name: str, at: str = "latest") -> Sequence[Result]:
        """Return the results of a quantity that count on this day, oldest first."""
        key = (name, at)
        if key not in self._results:
            start = self.steps.start
            until = start if at == AskedDay.BASELINE and start is not None else self.on
            self._results[key] = tuple(one for one in self.record.of(name) if one.date <= until)
        return self._results[key]

    def level(self, name: str, at: str = "latest") -> Value | None:
        """Return the last value of a quantity, or the last one before treatment; None when there is none."""
        key = (name, at)
        if key not in self._levels:
            self._levels[key] = self._age() if name == "age" else self._level(name, at)
        return self._levels[key]

    def _level(self, name: str, at: str) -> Value | None:
        if name == "te2_ratio":
            return next(reversed(self.days(name, at)), None)
        found = self.results(name, at)
        if found:
            return value_of(preferred_result([one for one in found if one.date == found[-1].date]))
        return derive_quantity(name, partial(self.results, at=at))

    def _age(self) -> Value | None:
        if self.record.born is None:
            found = self.results("age")
            return value_of(found[-1]) if found else None
        born = self.record.born
        years = self.on.year - born.year - ((self.on.month, self.on.day) < (born.month, born.day))
        return Value(float(years), float(years), f"{years} years", self.on)

    def days(self, name: str, at: str = "latest") -> list[Value]:
        """Return one value for each day on which a quantity is known, oldest first."""
        found = {day: value_of(preferred_result(many)) for day, many in self._draws(name, at).items()}
        if name == "te2_ratio":  # of one draw the ratio that is worked out counts: it knows bounds and assay
            drawn = {one: self._draws(one, at) for one in DERIVED[name]}
            found |= {day: draw_ratio(day, {one: draws[day] for one, draws in drawn.items()})
                      for day in set.intersection(*map(set, drawn.values()))}  # fmt: skip
        return [found[day] for day in sorted(found)]

    def _draws(self, name: str, at: str) -> dict[dt.date, list[Result]]:
        """Return the results of a quantity by day."""
        found: dict[dt.date, list[Result]] = {}
        for one in self.results(name, at):
            found.setdefault(one.date, []).append(one)
        return found

    # What the record implies ---------------------------------------------------------------------------

    def fact(self, name: str) -> bool | None:
        """Return a question's answer, or what the record implies; None when it is unknown."""
        if name not in self._facts:
            self._facts[name] = self._answer(name) if name in QUANTITIES else self._fact(name)
        return self._facts[name]

    def _answer(self, name: str) -> bool | None:
        """Return the answer to a question: what is taken and what was measured outrank a recorded no."""
        found = self.results(name)
        answer = bool(found[-1].value) if found else None
        return True if answer or self._reason_for_yes(name) else answer

    def _reason_for_yes(self, name: str) -> str:
        """Return, in words, what answers a question with yes whatever was recorded; empty where nothing does."""
        texts = self.medicines_for(name)
        earlier = [one for one in self.results(name) if one.value] if name in lasting_questions() else []
        texts += [
            f"it was answered with yes on {one.date}, which lasts: correct that entry if it was wrong"
            for one in earlier
        ]
        if texts or name in self._asked:
            return next(iter(texts), "")
        self._asked.add(name)  # a rule that reads what it implies, by way of others, finds the recorded answer
        held = [rule.title for rule in self.protocol.implications.get(name, ()) if self.holds(rule).verdict]
        self._asked.discard(name)
        return next(iter(held), "")

    def medicines_for(self, question: str) -> list[str]:
        """Return the medicines and drugs on record of this day that answer a question with yes."""
        return current_medicines(self.record, self.steps.drugs, self.on, question)

    @property
    def medicines(self) -> tuple[str, ...]:
        """What he takes on this day that the model does not simulate, as it was written."""
        return tuple(one.text for one in self.record.medicines if one.on(self.on))

    @cached_property
    def _drugs_in_words(self) -> dict[str, str]:
        """The drugs of the catalogue that he takes by the words of a medicine, with these words."""
        return {drug: text for text in self.medicines for drug in drugs_in(text)[0]}

    def given_against(self, rules: Iterable[Rule]) -> frozenset[str]:
        """Return what is given, drugs and medicines, that these rules ask for with yes, as a record writes it."""
        asked = {one.of for rule in rules for one in rule.conditions if one.answer}
        drugs = {drug.replace("_", " ") for drug in self.steps.drugs if f"on.{drug}" in asked}
        drugs |= {text for drug, text in self._drugs_in_words.items() if f"on.{drug}" in asked}
        return frozenset(drugs.union(*map(self.medicines_for, asked)))

    @cached_property
    def androgen_courses(self) -> tuple[AndrogenCourse, ...]:
        """The courses of androgens on record, the one that is washed out last in the end."""
        return androgen_courses(self.record, self.on)

    @property
    def androgens(self) -> AndrogenCourse | None:
        """The course of androgens that is washed out last; None where there was none."""
        return self.androgen_courses[-1] if self.androgen_courses else None

    def _fact(self, name: str) -> bool | None:
        head, _, drug = name.partition(".")
        if name == "treated":
            return self.steps.is_treated
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
        if name == "others.running":
            return bool(self.steps.others.doses or self._drugs_in_words)
        if head == "androgens":
            return androgens_are(drug, self.androgen_courses, self.on)
        if name == "hematocrit.current":
            return self._hematocrit_current()
        if head == "on":
            return drug in self.steps.drugs or drug in self._drugs_in_words
        if head == "room":
            return self.steps.of[drug].room
        if head == "held":
            return self.steps.of[drug].rung == 0 and self.steps.of[drug].before > 0
        return None

    def _hematocrit_current(self) -> bool:
        raised, found = self.steps.last_rise, self.results("hematocrit")
        return raised is None or bool(found and found[-1].date > raised)

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
            return self.steps.treated_days / DAYS_PER_MONTH
        if name == "androgens.weeks":
            return min((one.weeks_since(self.on) for one in self.androgen_courses), default=NEVER)
        now, then = self.level("sperm_concentration"), self.level("sperm_concentration", AskedDay.BASELINE)
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

    def holds(self, rule: Rule, whole: bool = False) -> Evaluation:
        """Return whether a rule holds; what it read is told of a rule that does not only where the `whole` is asked."""
        if rule.asks_of_advice:
            return self._with_advice_of(rule)._evaluate(rule, whole)
        return self._evaluate(rule, whole)

    def _with_advice_of(self, rule: Rule) -> "Facts":
        """Return the same man, with what a rule would advise in mind."""
        other = copy(self)
        other._advised = self.steps.rungs_after(rule.then, self.protocol)
        return other

    def _evaluate(self, rule: Rule, whole: bool) -> Evaluation:
        verdicts = []
        for part in rule.when:
            verdicts.append(self.meets(part))
            if verdicts[-1] is False and not whole:
                return NOT
        inputs: dict[tuple[str, str, str], None] = {}
        missing: list[str] = []
        for part, verdict in zip(rule.when, verdicts, strict=True):
            conditions = part.conditions if isinstance(part, AnyOf) else (part,)
            inputs.update(dict.fromkeys(row for one in conditions for row in self._inputs(one)))
            if verdict is None:
                missing += [one.of for one in conditions if self.verdict(one) is None]
        verdict = False if False in verdicts else None if None in verdicts else True
        return Evaluation(verdict, tuple(inputs), tuple(dict.fromkeys(missing)))

    def meets(self, part: Condition | AnyOf) -> bool | None:
        """Return whether a condition, or one of several, holds; None for unknown."""
        return any_holds(map(self.verdict, part.conditions)) if isinstance(part, AnyOf) else self.verdict(part)

    def verdict(self, one: Condition) -> bool | None:
        """Return whether a condition holds; None for unknown."""
        if one.known is not None:
            return self._is_recorded(one) == one.known
        if one.answer is not None:
            answer = self.fact(one.of)
            return None if answer is None else answer == one.answer
        levels = self._values(one)
        if not levels:
            return None
        if one.result:
            return all(bool(level.low) == (one.result == WorkUpResult.ABNORMAL) for level in levels)
        pairs = [compare(one, level.low, level.high, level.own_range) for level in levels]
        if any(never for _, never in pairs):
            return False
        return True if all(surely for surely, _ in pairs) else None

    def _values(self, one: Condition) -> Sequence[Value]:
        """Return what a condition compares; empty where it is not known."""
        if one.of_forecast:
            value = self._expectation(one)
            return () if value is None else (value,)
        if implied_kind(one.of):
            number = self.number(one.of)
            return () if number is None else (implied_value(one.of, number),)
        if one.change:
            return self._change(one)
        if one.times > 1:
            days = self.days(one.of, one.at)[-one.times :]
            return days if len(days) == one.times else ()
        level = self.level(one.of, one.at)
        return () if level is None else (level,)

    def _expectation(self, one: Condition) -> Value | None:
        """Return what his twin expects at the next visit; None where there is none, or it says nothing."""
        rungs = self._advised if one.under == AskedRegimen.ADVISED else self.steps.rungs()
        return None if self.expected is None else self.expected(one.of, rungs)

    def _inputs(self, one: Condition) -> tuple[tuple[str, str, str], ...]:
        """Return what a condition reads: names, values in words, and days."""
        if one.known is not None:
            return ((one.of, "recorded" if self._is_recorded(one) else "not recorded", ""),)
        if one.answer is not None:
            answer = self.fact(one.of)
            return () if answer is None else (self._answer_input(one.of, answer),)
        rows = tuple((one.of, level.text, level.day) for level in self._values(one))
        then = self.level(one.of, AskedDay.BASELINE) if one.change and rows else None
        return rows if then is None else ((one.of, f"{then.text} at baseline", then.day), *rows)

    def _is_recorded(self, one: Condition) -> bool:
        if one.of_forecast:
            return self._expectation(one) is not None
        found = self.results(one.of, one.at)
        if found:
            return not one.within or (self.on - found[-1].date).days <= one.within
        level = self.level(one.of, one.at)
        return level is not None and (not one.within or level.date is None or (self.on - level.date).days <= one.within)

    def _answer_input(self, name: str, answer: bool) -> tuple[str, str, str]:
        """Return what answers a question, in words, and its day."""
        found = self.results(name) if name in QUANTITIES else ()
        day = found[-1].date.isoformat() if found else ""
        if answer and name in QUANTITIES and not (found and found[-1].value):
            why = self._reason_for_yes(name)
            return name, f"yes ({why})" + ("; the recorded answer is no" if found else ""), day
        return name, "yes" if answer else "no", day

    def _change(self, one: Condition) -> Sequence[Value]:
        """Return the change of a level since baseline."""
        now, then = self.level(one.of), self.level(one.of, AskedDay.BASELINE)
        if now is None or then is None or not self.begun or now.date == then.date:
            return ()
        if one.change == AskedChange.RATIO:
            low, high = now.low / max(then.high, 1e-9), now.high / max(then.low, 1e-9)
        else:
            low, high = now.low - then.high, now.high - then.low
        return (Value(low, high, now.text, now.date),)
