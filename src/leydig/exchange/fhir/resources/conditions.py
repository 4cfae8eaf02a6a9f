"""Conditions: the question of a record that a diagnosis answers with yes, where its code or its words say which."""

import datetime as dt

from leydig.errors import BadRecord, LeydigError
from leydig.exchange.fhir.candidate import Candidate, Offers
from leydig.exchange.fhir.element import Element, seen_text
from leydig.exchange.fhir.resources.dates import read_day
from leydig.protocol.implied import short_title
from leydig.record import Result
from leydig.record.diagnosis import CODES_OF_DIAGNOSES, Diagnosis, diagnosis

__all__ = ["offer_condition"]

_ACTIVE = ("active", "recurrence", "relapse", "")
_UNSURE = ("unconfirmed", "provisional", "differential", "unknown")


def offer_condition(element: Element, latest: dt.date, offers: Offers) -> None:
    """Offer the answer of a Condition.

    Parameters
    ----------
    element : Element
    latest : datetime.date
        Nothing is dated later.
    offers : Offers
        What comes of it is added.
    """
    words = element.words("code")
    codes = tuple((CODES_OF_DIAGNOSES.get(system, ""), code) for system, code, _ in element.codings("code"))
    displays = " | ".join([words, *(display for _, _, display in element.codings("code"))])
    found, doubt = diagnosis(codes, displays), _state(element, "verificationStatus")
    if found is None:
        offers.leave(element.place, words, "no question of a record is about this diagnosis")
    elif doubt not in ("confirmed", "", *_UNSURE):
        offers.leave(element.place, words, f"its verification is {seen_text(doubt)}")
    elif _state(element, "clinicalStatus") not in _ACTIVE and not found.for_ever:
        offers.leave(element.place, words, f"it is {seen_text(_state(element, 'clinicalStatus'))}")
    else:
        try:
            offers.candidates.append(_candidate(element, found, words, doubt, latest))
        except LeydigError as why:
            offers.leave(element.place, words, seen_text(str(why).removeprefix(f"{element.place}: ")))


def _state(element: Element, key: str) -> str:
    """Return a status, which STU3 writes as plain text and R4 as a code."""
    if isinstance(element.content.get(key), str):
        return element.text(key)
    return next((code for _, code, _ in element.codings(key)), "")


def _candidate(element: Element, found: Diagnosis, words: str, doubt: str, latest: dt.date) -> Candidate:
    """Return the answer, dated on the day on which it was recorded, else on which it began; without a day it waits."""
    waits = [] if found.sure else [f"its words, or how its code begins, seem to say {found.fact}"]
    for holder, key in (
        (element, "recordedDate"), (element, "assertedDate"), (element, "onsetDateTime"),
        (element.child("onsetPeriod"), "start"),
    ):  # fmt: skip
        if key in holder:
            day = read_day(holder, key)
            break
    else:
        day = latest - dt.timedelta(1)  # today: what a clinician confirms holds now
        waits.append(f"it has no day: confirmed, it is dated {day}")
    if day > latest:
        raise BadRecord(f"got a diagnosis of {day}; expected {latest} or earlier. Check the year.")
    waits += [f"its verification is {doubt}"] if doubt in _UNSURE else []
    return Candidate(
        element.place, Result(found.fact, True, day, note=words), f"{short_title(found.fact)} of {day}: {words}",
        "; ".join(waits), identities=element.identities(),
    )  # fmt: skip
