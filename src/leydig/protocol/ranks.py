"""The ranks of what speaks against more of a drug, the highest first (`leydig.assessment.precedence`)."""

from leydig.protocol.protocol import Rule

__all__ = ["RANKS", "blocks_all", "rank"]

RANKS = ("critical alert", "stop", "exclusion", "work-up", "need", "titration", "advice")


def blocks_all(group: str, severity: str) -> bool:
    """Return whether a rule of a file blocks every raise where the file does not say: by its group and severity."""
    return group in ("stop", "exclusion", "work-up") or (group == "alert" and severity == "critical")


def rank(rule: Rule) -> str:
    """Return the rank of a rule that blocks."""
    if rule.group == "alert" and rule.severity == "critical":
        return "critical alert"
    return rule.group if rule.group in ("stop", "exclusion") else "work-up"
