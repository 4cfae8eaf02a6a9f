"""The words of a protocol file: groups of rules, severities, certainties, verbs, and what a condition may ask."""

from leydig.text_enum import TextEnum

__all__ = ["LONGEST_FIRST", "RAISING", "REDUCING", "AskedChange", "AskedDay", "AskedRegimen", "Certainty", "Group",
           "Rank", "ReadingLevel", "Severity", "Verb", "VisitAnchor", "WorkUpResult"]  # fmt: skip


class Group(TextEnum):
    """What a rule is for."""

    CLASS = "class"
    PATTERN = "pattern"
    INDICATION = "indication"
    EXCLUSION = "exclusion"
    WORK_UP = "work-up"
    ALERT = "alert"
    STOP = "stop"
    TITRATION = "titration"
    EVIDENCE = "evidence"


class ReadingLevel(TextEnum):
    """For whom the words of a rule are: the man, his clinician, a scholar."""

    PLAIN = "plain"
    CLINICAL = "clinical"
    ACADEMIC = "academic"


class Severity(TextEnum):
    """How much a finding weighs, ascending."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def weight(self) -> int:
        """Its place, from 0."""
        return list(Severity).index(self)


class Certainty(TextEnum):
    """How sure the source of a rule is (`leydig.assessment.wording`)."""

    SEEN = "seen"
    RECALLED = "recalled"
    BRIEF = "brief"
    DERIVED = "derived"
    PROPOSAL = "proposal"


class Verb(TextEnum):
    """What a rule advises."""

    CONTINUE = "continue"
    REQUEST_LABS = "request labs"
    REFER = "refer"
    STEP_UP = "step up"
    STEP_DOWN = "step down"
    HOLD = "hold"
    RESTART = "restart"
    START = "start"
    STOP = "stop"
    STOP_ALL = "stop all"


LONGEST_FIRST = tuple(sorted(Verb, key=len, reverse=True))  # "stop all" before "stop"
RAISING = (Verb.START, Verb.STEP_UP, Verb.RESTART)  # give more of a drug; a rule can block them
REDUCING = (Verb.STEP_DOWN, Verb.HOLD, Verb.STOP, Verb.STOP_ALL)  # safety waits for no least time and for no results


class Rank(TextEnum):
    """What goes before what of all that speaks against more of a drug, the highest first (`leydig.protocol.ranks`)."""

    CRITICAL_ALERT = "critical alert"
    STOP = "stop"
    EXCLUSION = "exclusion"
    WORK_UP = "work-up"
    NEED = "need"
    TITRATION = "titration"
    ADVICE = "advice"


class AskedDay(TextEnum):
    """Of which day a condition reads a level."""

    LATEST = "latest"
    BASELINE = "baseline"


class AskedChange(TextEnum):
    """What a condition reads of a level: itself, or how it changed since baseline."""

    NONE = ""
    DIFFERENCE = "difference"
    RATIO = "ratio"


class AskedRegimen(TextEnum):
    """Of which regimen a condition reads a forecast."""

    GIVEN = "given"
    ADVISED = "advised"


class VisitAnchor(TextEnum):
    """After what the days of a visit are counted."""

    START = "start"
    CHANGE = "change"


class WorkUpResult(TextEnum):
    """What a condition asks of a work-up."""

    UNASKED = ""
    NORMAL = "normal"
    ABNORMAL = "abnormal"
