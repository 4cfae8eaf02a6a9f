"""An assessment on a day: the one that is asked for, or today."""

import datetime as dt

from leydig.assessment.assess import assess
from leydig.assessment.finding import Assessment
from leydig.errors import BadRecord
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import read_protocol
from leydig.record import Record

__all__ = ["assess_record", "assessment_day"]


def assessment_day(text: str) -> dt.date:
    """Return the day of an assessment; today where none was said.

    Raises
    ------
    BadRecord
        When it is no day.
    """
    try:
        return dt.date.fromisoformat(text) if text else dt.date.today()
    except ValueError as error:
        raise BadRecord(f"got day {text!r}; expected a date. Write YYYY-MM-DD, such as 2026-03-02.") from error


def assess_record(record: Record, protocol: str, region: str, on: str) -> tuple[Protocol, Assessment]:
    """Return a protocol, and what it says of a record on a day; as `leydig.assessment.assess.assess`."""
    if protocol.endswith(".toml"):
        raise BadRecord(f"got protocol {protocol!r}; expected the name of one, no file. See /protocols.")
    plan = read_protocol(protocol, region)
    return plan, assess(record, plan, on=assessment_day(on))
