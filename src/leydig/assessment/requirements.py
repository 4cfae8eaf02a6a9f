"""What must be known before treatment, and is missing, too old, or not as it should be."""

from collections.abc import Iterator, Sequence

from leydig.assessment.facts.facts import Facts
from leydig.assessment.finding import Finding, FindingKind, Status
from leydig.assessment.wording import asked_for, source_texts
from leydig.protocol.implied import title_of
from leydig.protocol.protocol import Protocol, Requirement
from leydig.protocol.vocabulary import AskedDay
from leydig.record.record import Result

__all__ = ["missing_requirements"]

MORNING = (7, 11)  # hours of a morning draw
NAMED = 6  # results on record that are said one by one, the last ones: more tells nobody more


def missing_requirements(view: Facts, protocol: Protocol) -> Iterator[Finding]:
    """Yield a finding for every need of a protocol that is not met.

    Parameters
    ----------
    view : View
    protocol : Protocol
    """
    for need in protocol.needs:
        counted = _results_that_count(view, need)
        if len({one.date for one in counted}) < need.times or not _has_min_gap(counted, need):
            yield _missing_finding(need, view.results(need.of, AskedDay.BASELINE), counted)


def _results_that_count(view: Facts, need: Requirement) -> list[Result]:
    """Return the results that count towards a need."""
    start = view.steps.start or view.on
    found = [one for one in view.results(need.of, AskedDay.BASELINE)
             if not need.within or (start - one.date).days <= need.within]  # fmt: skip
    if need.morning:
        found = [one for one in found if one.time is None or MORNING[0] <= one.time.hour < MORNING[1]]
    return found


def _has_min_gap(counted: Sequence[Result], need: Requirement) -> bool:
    return not need.apart or (counted[-1].date - counted[0].date).days >= need.apart


def _missing_finding(need: Requirement, had: Sequence[Result], counted: Sequence[Result]) -> Finding:
    title = title_of(need.of)
    how = f" on {need.times} days" if need.times > 1 else ""
    how += f", at least {need.apart} {'day' if need.apart == 1 else 'days'} apart" if need.apart else ""
    how += f", not older than {need.within} days" if need.within else ""
    how += ", drawn between 7 and 11 in the morning" if need.morning else ""
    what = title + how
    earlier = [f"{len(had) - NAMED} earlier"] if len(had) > NAMED else []
    have = "; ".join([*earlier, *(f"{one} ({one.date})" for one in had[-NAMED:])]) or "nothing"
    return Finding(
        f"NEED_{need.of.upper()}", FindingKind.MISSING, f"{title[0].upper()}{title[1:]} before treatment",
        f"Before treatment this still has to be measured or answered: {title}.",
        f"Needed before treatment: {what}. On record: {have}.",
        f"Required baseline ({'mandatory' if need.required else 'recommended'}): {what}; {len(counted)} of "
        f"{need.times} count.",
        source_texts(need.source), need.certainty, Status.UNKNOWN,
        inputs=tuple((need.of, str(one), one.date.isoformat()) for one in counted), missing=(need.of,),
        changes=(asked_for(need.of, how),), required=need.required,
    )  # fmt: skip
