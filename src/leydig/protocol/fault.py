"""A fault that lint finds in a protocol, and the kinds of faults there are."""

from dataclasses import dataclass

__all__ = ["FAULT_KINDS", "Fault"]

FAULT_KINDS = ("unreadable", "gap", "joint target", "empty target", "oscillation", "unreachable", "never true",
    "ladder", "schedule", "unmeasured", "no effect", "unsourced", "overdue review", "beside an alarm",
    "beside a stop", "beside an exclusion", "beside open work-up", "hematocrit high", "hematocrit undated",
    "interaction", "unguarded", "safety waits", "harm unanswered", "never lifted", "quiet stop", "circular",
    "no evidence", "personal chance", "unread")  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One fault of a protocol: its kind, the rules it concerns, and a state that shows it."""

    kind: str
    rules: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"
