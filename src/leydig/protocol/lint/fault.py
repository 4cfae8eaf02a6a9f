"""A fault that lint finds in a protocol, and the kinds of faults there are."""

from dataclasses import dataclass

from leydig.text_enum import TextEnum

__all__ = ["Fault", "FaultKind"]


class FaultKind(TextEnum):
    """What is wrong."""

    UNREADABLE = "unreadable"
    GAP = "gap"
    JOINT_TARGET = "joint target"
    EMPTY_TARGET = "empty target"
    OSCILLATION = "oscillation"
    UNREACHABLE = "unreachable"
    NEVER_TRUE = "never true"
    LADDER = "ladder"
    SCHEDULE = "schedule"
    UNMEASURED = "unmeasured"
    NO_EFFECT = "no effect"
    UNSOURCED = "unsourced"
    OVERDUE_REVIEW = "overdue review"
    BESIDE_AN_ALARM = "beside an alarm"
    BESIDE_A_STOP = "beside a stop"
    BESIDE_AN_EXCLUSION = "beside an exclusion"
    BESIDE_OPEN_WORK_UP = "beside open work-up"
    HEMATOCRIT_HIGH = "hematocrit high"
    HEMATOCRIT_UNDATED = "hematocrit undated"
    INTERACTION = "interaction"
    UNGUARDED = "unguarded"
    SAFETY_WAITS = "safety waits"
    HARM_UNANSWERED = "harm unanswered"
    NEVER_LIFTED = "never lifted"
    QUIET_STOP = "quiet stop"
    CIRCULAR = "circular"
    NO_EVIDENCE = "no evidence"
    PERSONAL_CHANCE = "personal chance"
    UNREAD = "unread"


@dataclass(frozen=True)
class Fault:
    """One fault of a protocol: its kind, the rules it concerns, and a state that shows it."""

    kind: FaultKind
    rules: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"
