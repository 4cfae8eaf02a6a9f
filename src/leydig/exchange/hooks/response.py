"""`answer_hook`: the cards of a call, which say what `leydig.assess` says."""

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from leydig.assessment.assess import assess
from leydig.assessment.finding import Assessment, Verdict
from leydig.errors import BadRecord
from leydig.exchange.fhir.bundle import open_bundle
from leydig.exchange.fhir.candidate import Candidate, Offers
from leydig.exchange.fhir.read import read_fhir
from leydig.exchange.fhir.resources.medications import DOSES_NOT_READ, offer_medication
from leydig.exchange.hooks.cards import MOST_CARDS, finding_cards, note_card
from leydig.exchange.hooks.request import HookRequest
from leydig.exchange.hooks.services import hook_service
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import read_protocol
from leydig.record import Record, Treatment

__all__ = ["answer_hook"]


def answer_hook(
    service: str, content: Mapping[str, Any], protocol: Protocol | str = "anastrozole", *, region: str = "",
    on: dt.date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the answer of a service to a call.

    Parameters
    ----------
    service : str
        Its id (`leydig.exchange.hooks.services.discover_services`).
    content : mapping
        The body of the call.
    protocol, region : str, optional
        As `leydig.assess`.
    on : datetime.date, optional
        The day of the call; today when left out.

    Returns
    -------
    dict
        ``{"cards": [...]}``: at most five, the worst first; none from what is unknown. Who is not assessed gets one
        card that says why.

    Raises
    ------
    UnknownName
        When there is no such service, protocol or region.
    BadRecord
        When it is no call of CDS Hooks, or of another hook.
    """
    asked, call, day = hook_service(service), HookRequest(content), dt.date.today() if on is None else on
    if call.hook not in asked.hooks:
        raise BadRecord(
            f"got hook {call.hook!r}; expected {' or '.join(asked.hooks)} for {service}. Call the service of that hook."
        )
    orders = _orders(call, day) if asked.is_about_orders else []
    if asked.is_about_orders and not orders:
        return {"cards": []}
    unread = [f"{one.words}. {'; '.join(one.repairs)}" for one in orders if not isinstance(one.entry, Treatment)]
    if unread:
        return {"cards": [_note(call, f"Not checked: {text}") for text in unread[:MOST_CARDS]]}
    try:
        found = read_fhir(call.bundle(), patient=call.patient, on=day)
    except BadRecord as error:
        return {"cards": [_note(call, f"Not assessed: {error}")]}
    plan = protocol if isinstance(protocol, Protocol) else read_protocol(protocol, region)
    given = [one.entry for one in orders if isinstance(one.entry, Treatment)]
    assessment = _assessment(found.record, given, plan, day)
    if assessment.is_refused:
        return {"cards": [_note(call, "; ".join(one.plain for one in assessment.findings))]}
    cards = finding_cards(assessment, asked.kinds)
    waiting = found.report.confirm
    if waiting and len(cards) < MOST_CARDS:
        listed = "; ".join(map(str, waiting))
        cards.append(_note(call, f"{len(waiting)} entries wait for a clinician to confirm them: {listed}"))
    return {"cards": cards}


def _orders(call: HookRequest, day: dt.date) -> list[Candidate]:
    """Return the orders for drugs of the catalogue, as if they were given from this day on."""
    drafts = [{"authoredOn": day.isoformat()} | one | {"status": "active", "intent": "order"} for one in call.orders()]
    bundle, offers = open_bundle({"resourceType": "Bundle", "entry": [{"resource": one} for one in drafts]}), Offers()
    for element in bundle.of("MedicationRequest"):
        with suppress(BadRecord):  # an order that cannot be read is none of a drug that is known
            offer_medication(element, bundle, day, offers)
    unread = [any(why.startswith(DOSES_NOT_READ) for why in one.repairs) for one in offers.candidates]
    return [one for one, odd in zip(offers.candidates, unread, strict=True) if odd or isinstance(one.entry, Treatment)]


def _assessment(record: Record, given: list[Treatment], plan: Protocol, day: dt.date) -> Assessment:
    """Return what the protocol says of a man: before he is given a drug where it must not be begun, else with it."""
    before = assess(record, plan, on=day)
    if not given or before.verdict not in (Verdict.CANDIDATE, Verdict.ON_TREATMENT):
        return before
    drugs = {drug for one in given for drug in one.regimen.drugs}
    others = [_end_at(one, day) if drugs & set(one.regimen.drugs) else one for one in record.treatments]
    begun = [replace(one, start=day, stop=one.stop if one.stop and one.stop > day else None) for one in given]
    return assess(replace(record, treatments=(*filter(None, others), *begun)), plan, on=day)


def _end_at(one: Treatment, day: dt.date) -> Treatment | None:
    """Return what of a treatment lies before the day on which another takes its place."""
    return replace(one, stop=day if one.stop is None else min(one.stop, day)) if one.start < day else None


def _note(call: HookRequest, text: str) -> dict[str, Any]:
    """Return a card that says why there is no other."""
    return note_card(text, str(uuid5(NAMESPACE_URL, f"{call.hook}/{call.patient}/{text}")), detail=text)
