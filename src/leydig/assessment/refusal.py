"""Who is not assessed at all: women, minors, men of unknown sex or age, and records that contradict themselves."""

import datetime as dt
from collections.abc import Iterator
from itertools import combinations

from leydig.analytes import ANALYTES, analyte_order
from leydig.assessment.facts.facts import Facts
from leydig.assessment.finding import Finding, FindingKind, Status
from leydig.man.limits import AGES
from leydig.protocol.protocol import Protocol
from leydig.protocol.vocabulary import Certainty, Severity
from leydig.record.quantity import QUANTITIES, QuantityKind
from leydig.record.record import Record, Result, Treatment

__all__ = ["refusals", "sex_refusals"]

TWICE = 0.2  # two results of one draw that differ by more than this share contradict each other
PRODUCT = 0.25  # a total count that differs by more from concentration times volume does
PARTS = tuple((name, ANALYTES[name].part_of) for name in analyte_order() if ANALYTES[name].part_of)
_SOURCE = ("assumed: a safe refusal, the equations and the rules hold for adult men only",)


def refusals(record: Record, protocol: Protocol, on: dt.date) -> tuple[Finding, ...]:
    """Return why this record is not assessed; empty when it is."""
    found = [_refusal(rule, title, text) for rule, title, text in _person(record, protocol, on)]
    contradictory = (*_results(record), *_treatments(record), *_days(record, on))
    return (*found, *(_refusal("CONTRADICTION", "The record contradicts itself", text) for text in contradictory))


def _refusal(rule: str, title: str, text: str) -> Finding:
    plain = f"This cannot be assessed: {text}."
    return Finding(
        rule, FindingKind.REFUSAL, title, plain, f"Not assessed: {text}. Correct the record.",
        f"Refused before any rule is read: {text}.", _SOURCE, Certainty.PROPOSAL, Status.MET, Severity.CRITICAL,
    )  # fmt: skip


def sex_refusals(record: Record) -> Iterator[tuple[str, str, str]]:
    """Yield rule, title and words of why nobody of this sex is assessed, whatever the day."""
    sex = record.sex.strip().lower()
    if not sex:
        yield "SEX", "Sex is missing", "the record does not say the sex; allowed is male, so add it"
    elif sex not in ("male", "m", "man"):
        yield "SEX", "Not for women", f"sex {record.sex!r} came; protocols and equations hold for men only"


def _person(record: Record, protocol: Protocol, on: dt.date) -> Iterator[tuple[str, str, str]]:
    yield from sex_refusals(record)
    age = Facts(record, protocol, on).level("age")
    if age is None:
        yield "AGE", "Age is missing", "neither a date of birth nor an age was given; add one"
    elif age.low < AGES[0]:
        yield "AGE", "Not for minors", f"he is {age.text} old; allowed are {AGES[0]:g} to {AGES[1]:g} years"
    elif age.low > AGES[1]:
        yield (
            "AGE",
            "Beyond the ages of the model",
            f"he is {age.text} old; allowed are {AGES[0]:g} to {AGES[1]:g} years",
        )


def _results(record: Record) -> Iterator[str]:
    """Yield what the results say against each other."""
    by_day: dict[tuple[str, dt.date, dt.time | None], list[Result]] = {}
    for one in record.results:
        by_day.setdefault((one.name, one.date, one.time), []).append(one)
    for (name, day, _), many in by_day.items():
        for a, b in combinations(many, 2):
            if _differ(a, b):
                yield f"{QUANTITIES[name].title} of {day} came as {a} and as {b}; leave one out or give its time"
    for part, whole in PARTS:
        for a in record.of(part):
            for b in record.of(whole):
                if a.date == b.date and _part_of_whole(part, a) > _part_of_whole(whole, b):
                    yield f"{QUANTITIES[part].title} {a} of {a.date} is more than the whole, {b}"
    yield from _counts(record)
    yield from _ratios(record)


def _differ(a: Result, b: Result) -> bool:
    if QUANTITIES[a.name].kind == QuantityKind.FACT:
        return a.value != b.value
    if a.assay != b.assay:
        return False
    (low, high), (least, most) = a.bounds, b.bounds
    return least > high * (1.0 + TWICE) or low > most * (1.0 + TWICE)


def _part_of_whole(name: str, one: Result) -> float:
    """Return a value in a unit that part and whole share: the one inside."""
    return one.value_in(ANALYTES[name].unit)


def _counts(record: Record) -> Iterator[str]:
    for total in record.of("total_sperm_count"):
        for one in record.of("sperm_concentration"):
            for volume in record.of("semen_volume"):
                if total.date == one.date == volume.date and not (total.comparator or one.comparator):
                    product = one.standard_value * volume.standard_value
                    if abs(total.standard_value - product) > PRODUCT * max(product, total.standard_value):
                        yield f"{total} of {total.date} is not {one} times {volume}"


def _ratios(record: Record) -> Iterator[str]:
    """Yield what a recorded ratio says against testosterone and estradiol of its day."""
    for ratio in record.of("te2_ratio"):
        for above in record.of("testosterone"):
            for below in record.of("estradiol"):
                if ratio.date == above.date == below.date and not (above.comparator or below.comparator):
                    worked_out = above.value_in("ng/dL") / max(below.value_in("pg/mL"), 1e-9)
                    low, high = (end / worked_out for end in ratio.bounds)
                    if low > 1.0 + TWICE or high < 1.0 - TWICE:
                        yield f"T:E2 {ratio} of {ratio.date} is not {above} over {below}, which is {worked_out:.3g}"


def _treatments(record: Record) -> Iterator[str]:
    for a, b in combinations(record.treatments, 2):
        shared = set(a.regimen.drugs) & set(b.regimen.drugs)
        if shared and _overlap(a, b):
            yield (
                f"{' and '.join(sorted(shared))} came twice at once: {str(a.regimen)!r} from {a.start} and "
                f"{str(b.regimen)!r} from {b.start}"
            )


def _overlap(a: Treatment, b: Treatment) -> bool:
    return (a.stop is None or b.start < a.stop) and (b.stop is None or a.start < b.stop)


def _days(record: Record, on: dt.date) -> Iterator[str]:
    for one in record.results:
        if record.born is not None and one.date < record.born:
            yield f"{QUANTITIES[one.name].title} is dated {one.date}, before his birth on {record.born}"
    if record.born is not None and on < record.born:
        yield f"the assessment is dated {on}, before his birth on {record.born}"
