"""Where each level went that treatment should move: the change, the range in which noise leaves it, and a verdict.

One value before and one now tell a change only within the variation of a man and the error of the assay, so a change
is said as a range: "as expected" means that the whole range lies on the expected side of no change.
"""

import math
from collections.abc import Iterator

from leydig.analytes import ANALYTES
from leydig.assessment.facts.facts import Facts
from leydig.assessment.facts.value import Value
from leydig.assessment.finding import Finding, FindingKind
from leydig.assessment.wording import source_texts
from leydig.protocol.condition import compare
from leydig.protocol.implied import title_of
from leydig.protocol.protocol import ExpectedChange, Protocol
from leydig.protocol.semen import who_term
from leydig.protocol.vocabulary import AskedDay, Certainty, Severity
from leydig.record.quantity import QUANTITIES
from leydig.text_enum import TextEnum

__all__ = ["Direction", "change_class", "directions"]

SURE = 1.645  # a change beyond this many of its standard deviations is not noise: a range of 90 %


class Direction(TextEnum):
    """Where a level went that treatment should move."""

    AS_EXPECTED = "as expected"
    AGAINST_EXPECTATION = "against expectation"
    UNCLEAR = "unclear"
    TOO_FAR = "too far"


def directions(view: Facts, protocol: Protocol) -> Iterator[Finding]:
    """Yield, for each level that treatment should move, where it went; nothing before treatment.

    Parameters
    ----------
    view : View
    protocol : Protocol
    """
    for one in protocol.expected if view.begun else ():
        now, then = view.level(one.of), view.level(one.of, AskedDay.BASELINE)
        if now is None or then is None or now.date == then.date or then.high <= 0.0:
            continue
        yield _direction(protocol, one, then, now)


def _direction(protocol: Protocol, one: ExpectedChange, then: Value, now: Value) -> Finding:
    noise = _noise(one.of)
    known = then.low > QUANTITIES[one.of].possible[0]
    low, high = now.low / then.high - 1.0, now.high / then.low - 1.0 if known else math.inf
    up, down = low > noise, high < -noise
    moved = Direction.AS_EXPECTED if (up if one.up else down) else Direction.AGAINST_EXPECTATION
    verdict = moved if up or down else Direction.UNCLEAR
    verdict = Direction.TOO_FAR if _overshoots(protocol, one, now) else verdict
    way, title = "up" if one.up else "down", title_of(one.of)
    change, within = _range_text(low, high), _range_text(max(low - noise, -1.0), high + noise)
    inputs = tuple((one.of, known.text, known.date.isoformat()) for known in (then, now) if known.date)
    return Finding(
        f"DIRECTION_{one.of.upper()}", FindingKind.DIRECTION, f"{title}: {verdict}",
        f"Your {title} should go {way}; it went from {then.text} to {now.text}."
        + (" That is too far." if verdict == Direction.TOO_FAR else ""),
        f"{title} {change_class(one.of, then)} to {change_class(one.of, now)} ({change}, 90 % range {within}); "
        f"expected {way}: {verdict}. {one.why}",
        f"{title}: {change} against a noise of {100.0 * noise:.0f} % (within man and assay); {verdict}.",
        source_texts(one.source), Certainty.BRIEF, verdict,
        Severity.INFO if verdict in (Direction.AS_EXPECTED, Direction.UNCLEAR) else Severity.WARNING,
        inputs=inputs,
    )  # fmt: skip


def _range_text(low: float, high: float) -> str:
    """Return two shares as a range in percent; without an end where the first value may have been nothing."""
    first, last = f"{100.0 * low:+.0f}", f"{100.0 * high:+.0f}"
    return f"{first} %" if first == last else f"{first} to {last} %" if math.isfinite(high) else f"{first} % or more"


def _noise(name: str) -> float:
    """Return by what share two values of one man may differ where nothing changed."""
    analyte = ANALYTES[name]
    return float(SURE * (2.0 * (analyte.within_man_cv**2 + analyte.assay_cv**2)) ** 0.5)


def change_class(name: str, level: Value) -> str:
    """Return a value, and beside it what the WHO calls it where it is one of semen."""
    terms = dict.fromkeys(who_term(name, value) for value in (level.low, level.high))
    words = " or ".join(term for term in terms if term)
    return f"{level.text} ({words})" if words else level.text


def _overshoots(protocol: Protocol, expected: ExpectedChange, now: Value) -> bool:
    """Return whether a level went where it should, and beyond its target: that is no success."""
    band = next((one.band for one in protocol.targets if one.of == expected.of), None)
    if band is None or not compare(band, now.low, now.high)[1]:
        return False
    middle = sum(band.limits) / len(band.limits)
    return now.low > middle if expected.up else now.high < middle
