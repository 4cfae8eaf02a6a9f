"""The ranks of what speaks against more of a drug, the highest first (`leydig.assessment.precedence`)."""

from leydig.protocol.protocol import Rule
from leydig.protocol.vocabulary import Group, Rank, Severity

__all__ = ["blocks_all", "rank"]


def blocks_all(group: Group, severity: Severity) -> bool:
    """Return whether a rule of a file blocks every raise where the file does not say: by its group and severity."""
    alarms = group == Group.ALERT and severity == Severity.CRITICAL
    return alarms or group in (Group.STOP, Group.EXCLUSION, Group.WORK_UP)


def rank(rule: Rule) -> Rank:
    """Return the rank of a rule that blocks."""
    if rule.group == Group.ALERT and rule.severity == Severity.CRITICAL:
        return Rank.CRITICAL_ALERT
    return {Group.STOP: Rank.STOP, Group.EXCLUSION: Rank.EXCLUSION}.get(rule.group, Rank.WORK_UP)
