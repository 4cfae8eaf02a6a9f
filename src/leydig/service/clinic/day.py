"""By which protocol, and on which day, a record is assessed: as a request names them."""

import datetime as dt
import re

from leydig import checks
from leydig.assessment.assess import assess
from leydig.assessment.finding import Assessment
from leydig.errors import BadRecord
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import read_protocol
from leydig.record import Record
from leydig.service.problems import refuse_with_pointer

__all__ = ["assess_record", "assessment_day", "named_protocol"]


def assessment_day(text: str) -> dt.date:
    """Return the day of an assessment; today where none was said.

    Raises
    ------
    ServiceProblem
        When it is no day.
    """
    return refuse_with_pointer(lambda: _read_day(text), "/on") if text else dt.date.today()


def _read_day(text: str) -> dt.date:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is None:
        raise BadRecord(f"got day {text[:40]!r}; expected a date. Write YYYY-MM-DD, such as 2026-03-02.")
    return checks.date(text, "day of the assessment", error=BadRecord)


def named_protocol(name: str, region: str = "") -> Protocol:
    """Return a protocol of the catalogue; a request names no file of this machine, nor learns whether there is one.

    Raises
    ------
    ServiceProblem
        When there is no such protocol or region, or it is the name of a file; with the field.
    """
    found = refuse_with_pointer(lambda: _catalog_protocol(name), "/protocol")
    return refuse_with_pointer(lambda: read_protocol(name, region), "/region") if region else found


def _catalog_protocol(name: str) -> Protocol:
    if name.endswith(".toml"):
        raise BadRecord(f"got protocol {name[:64]!r}; expected the name of one, no file. See /protocols.")
    return read_protocol(name)


def assess_record(record: Record, protocol: str, region: str, on: str) -> tuple[Protocol, Assessment]:
    """Return a protocol, and what it says of a record on a day; as `leydig.assessment.assess.assess`."""
    plan = named_protocol(protocol, region)
    return plan, assess(record, plan, on=assessment_day(on))
