"""Requests and statements of medicines: a treatment by RxNorm, ATC or name and its timing, else a medicine in words."""

import datetime as dt
import math
import re
from functools import lru_cache
from typing import NamedTuple

from leydig.errors import BadRecord, LeydigError
from leydig.exchange.fhir.bundle import Bundle
from leydig.exchange.fhir.candidate import Candidate, Offers
from leydig.exchange.fhir.element import Element, seen_text
from leydig.exchange.fhir.resources.dates import read_day
from leydig.exchange.fhir.resources.timing import read_repeat, span_days
from leydig.product import PRODUCTS, Product
from leydig.record import Treatment
from leydig.record.medicine import Medicine, classes_of, drugs_in
from leydig.regimen import Dose, Regimen
from leydig.regimen.names import find_drug
from leydig.regimen.repeat import CONTINUOUS

__all__ = ["DOSES_NOT_READ", "DRUG_SYSTEMS", "REGIMEN", "offer_medication"]

DRUG_SYSTEMS = {"rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm", "atc": "http://www.whocc.no/atc",
                "snomed": "http://snomed.info/sct"}  # fmt: skip
REGIMEN = "urn:leydig:regimen"  # our extension: the regimen of the whole treatment, as its text
DOSES_NOT_READ = "its doses are not read"
_TERMINOLOGIES = {system: name for name, system in DRUG_SYSTEMS.items()}
_WAITING = ("unknown", "on-hold", "")
_OVER = ("completed", "stopped")
_ORDERS = ("order", "original-order", "reflex-order", "filler-order", "instance-order")
_NAME = re.compile(r"([a-z][a-z \-]*?)(?:\s+(\d+(?:\.\d+)?)\s*(mg|mcg|ug|g|unt|iu)\b(.*))?", re.I | re.ASCII)
_UNITS = {"mcg": "ug", "[iu]": "iu", "unt": "iu", "units": "iu", "unit": "iu"}
_TABLETS = ("{tablet}", "tablet", "tablets", "tab", "tabs", "{tbl}", "1", "", "capsule", "capsules", "{capsule}")
_ROUTES = {"oral": "oral", "by mouth": "oral", "subcutaneous": "sc", "intramuscular": "im", "intravenous": "iv",
           "transdermal": "transdermal", "topical": "transdermal", "cutaneous": "transdermal"}  # fmt: skip
_A_DAY = {"d": 1.0, "day": 1.0, "h": 24.0, "hour": 24.0, "min": 1440.0}
AHEAD = dt.timedelta(366)  # by which a planned treatment may begin after today


class _Drug(NamedTuple):
    """A drug of the catalogue, and how much of it one tablet holds [its unit], where that is known."""

    product: Product
    tablet: float | None


def offer_medication(element: Element, bundle: Bundle, latest: dt.date, offers: Offers) -> None:
    """Offer the treatment or medicine of a MedicationRequest or MedicationStatement; arguments as for Observations."""
    concept, words = _concept(element, bundle)
    out = _reason_to_leave(element)
    if out:
        offers.leave(element.place, words, out)
        return
    try:
        start, stop, why = _span(element)
        if start > latest + AHEAD:
            raise BadRecord(f"got a start on {start}; expected {latest + AHEAD} or earlier. Check the year.")
        entry, repairs = _entry(element, concept, words, start, stop)
    except LeydigError as error:
        offers.leave(element.place, words, seen_text(str(error).removeprefix(f"{element.place}: ")))
        return
    status = element.text("status")
    waits = f"its status is {status or 'not said'}" if status in _WAITING else ""
    if element.kind == "MedicationRequest" and "intent" not in element:
        waits = "; ".join(filter(None, (waits, "it does not say whether it is an order")))
    said = entry.text if isinstance(entry, Medicine) else str(entry.regimen)
    text = f"{said} from {start}" + (f" until {stop}" if stop else "")
    offers.candidates.append(
        Candidate(
            element.place, entry, text, waits, repairs=(*why, *repairs), identities=element.identities(),
            ours=bool(_own_regimen(element)),
        )
    )  # fmt: skip


def _own_regimen(element: Element) -> str:
    """Return the regimen of a statement that was written here; empty of any other."""
    own = [one.text("valueString") for one in element.children("extension") if one.text("url") == REGIMEN]
    return own[0] if own else ""


def _concept(element: Element, bundle: Bundle) -> tuple[Element, str]:
    """Return what holds the code of a medicine, and its words."""
    if "medicationCodeableConcept" in element:
        return element.child("medicationCodeableConcept"), element.words("medicationCodeableConcept")
    found = bundle.find(element.reference("medicationReference"), element)
    display = seen_text(element.child("medicationReference").text("display"))
    if found is None:
        return Element({"text": display} if display else {}, element.path("medicationReference")), display
    return found.child("code"), found.words("code") or display


def _reason_to_leave(element: Element) -> str:
    """Return why a medicine is none that he takes or took; empty where it may be."""
    status, intent = element.text("status"), element.text("intent")
    if status not in ("active", *_WAITING, *_OVER):
        return f"its status is {seen_text(status)}"
    if intent and intent not in _ORDERS:
        return f"it is no order: its intent is {seen_text(intent)}"
    if element.content.get("doNotPerform") is True or element.text("taken") in ("n", "na"):
        return "it is not taken"
    return ""


def _dosages(element: Element) -> list[Element]:
    return element.children("dosageInstruction" if element.kind == "MedicationRequest" else "dosage")


def _span(element: Element) -> tuple[dt.date, dt.date | None, list[str]]:
    """Return the first day, the first day without it, and what was repaired; raises BadRecord where it is not known."""
    repeats = [dosage.child("timing").child("repeat") for dosage in _dosages(element)]
    periods = [element.child("effectivePeriod"), *(one.child("boundsPeriod") for one in repeats)]
    starts = [read_day(one, "start") for one in periods if "start" in one]
    ends = [read_day(one, "end") for one in periods if "end" in one]
    why = []
    for key in ("effectiveDateTime", "authoredOn"):
        if not starts and key in element:
            starts.append(read_day(element, key))
            why = [] if key == "effectiveDateTime" else ["its first day is that of the order"]
    if not starts:
        raise BadRecord("got no first day; expected one. Add the start of its period.")
    start, stop = min(starts), max(ends) + dt.timedelta(1) if ends else None
    lengths = [span_days(one.child("boundsDuration")) for one in repeats if "boundsDuration" in one]
    if stop is None and lengths:
        stop = start + dt.timedelta(math.ceil(max(lengths)))
    if stop is None and element.text("status") in _OVER:
        raise BadRecord(
            f"got a medicine that is {element.text('status')} without its last day; expected one. Add the end of its "
            "period: what he was given may be incomplete without it."
        )
    return start, stop, why


def _entry(
    element: Element, concept: Element, words: str, start: dt.date, stop: dt.date | None
) -> tuple[Treatment | Medicine, list[str]]:
    """Return the treatment, or where it is none the medicine in words, and what was repaired."""
    own = _own_regimen(element)
    if own:
        return Treatment(Regimen.parse(own, start), start, stop), []
    doses = _dosages(element)
    told = seen_text(" ".join(filter(None, (words, *(one.text("text") for one in doses)))))
    drug = _drug(concept, words)
    if drug is None:
        codes = [code for _, code, _ in Element({"code": concept.content}, concept.place).codings("code")]
        judged = next((code for code in codes if not classes_of(told) and classes_of(code)), "")  # by its code of ATC
        return Medicine(f"{told} ({judged})" if judged else told, start, stop), []
    try:
        regimen, repairs = _regimen(drug, doses, start)
        return Treatment(regimen, start, stop), repairs
    except LeydigError as error:
        why = f"{DOSES_NOT_READ}, so that what he is given is incomplete: {seen_text(str(error))}"
        named = drug.product.name in drugs_in(told)[0]  # a code alone does not say which drug it is
        return Medicine(told if named else f"{drug.product.title}: {told}", start, stop), [why]


def _drug(concept: Element, words: str) -> _Drug | None:
    """Return the drug of the catalogue that a code or an exact name means; None where it is none, or several."""
    holder, named = Element({"code": concept.content}, concept.place), [_by_name(words)]
    by_code = []
    for system, code, display in holder.codings("code"):
        by_code.append(_drugs_by_code().get((_TERMINOLOGIES.get(system, ""), code)))
        named.append(_by_name(display))
    found = [one for one in (*by_code, *named) if one is not None]
    if len({one.product.name for one in found}) != 1:
        return None
    return next((one for one in found if one.tablet is not None), found[0])


@lru_cache(maxsize=1)
def _drugs_by_code() -> dict[tuple[str, str], _Drug]:
    """Return the drugs by terminology and code."""
    found: dict[tuple[str, str], _Drug] = {}
    for product in PRODUCTS.values():
        found |= {(terminology, code): _Drug(product, None) for terminology, code in product.codes.items()}
        found |= {("rxnorm", code): _Drug(product, amount) for code, amount in product.tablets.items()}
    return found


def _by_name(text: str) -> _Drug | None:
    """Return the drug of a name such as ``anastrozole 1 MG Oral Tablet``; None where it names none, or two."""
    match = _NAME.fullmatch(" ".join(text.split()))
    drug = find_drug(match[1]) if match else ""
    if match is None or not drug or " / " in text:
        return None
    product, unit, rest = PRODUCTS[drug], (match[3] or "").lower(), match[4] or ""
    size = product.unit_sizes.get(_UNITS.get(unit, unit))
    solid = re.search(r"tablet|capsule", rest, re.I) is not None or not rest.strip()
    return _Drug(product, float(match[2]) * size if match[2] and size and solid else None)


def _regimen(drug: _Drug, dosages: list[Element], start: dt.date) -> tuple[Regimen, list[str]]:
    """Return what is given; raises LeydigError where a dosage says no dose, or none that a regimen can be."""
    if not dosages:
        raise BadRecord("got no dosage; expected dose and timing. Add them.")
    if len({one.number("sequence") for one in dosages}) > 1:
        raise BadRecord("got dosages that follow one another; expected those of one time. Write one for each time.")
    doses, repairs = [], []
    for dosage in dosages:
        try:
            doses.append(_dose(drug, dosage, start))
        except LeydigError:
            doses += _regimen_in_words(drug, dosage, start)
            repairs.append(f"its doses are read from its text, {seen_text(dosage.text('text'))!r}")
    regimen = Regimen.parse(" + ".join(map(str, doses)), start)
    return regimen, repairs


def _regimen_in_words(drug: _Drug, dosage: Element, start: dt.date) -> tuple[Dose, ...]:
    """Return the doses of a text that says them as a regimen does; raises as `_dose` where it does not."""
    text = seen_text(dosage.text("text"))
    if text and "timing" not in dosage and not dosage.children("doseAndRate"):
        try:
            return Regimen.parse(f"{drug.product.name.replace('_', ' ')} {text}", start).doses
        except LeydigError as error:
            raise BadRecord(f"{dosage.place}.text: {error}") from error
    return (_dose(drug, dosage, start),)


def _dose(drug: _Drug, dosage: Element, start: dt.date) -> Dose:
    """Return the dose of one dosage; raises LeydigError where it is none."""
    if dosage.content.get("asNeededBoolean") is True or "asNeededCodeableConcept" in dosage:
        raise BadRecord(f"{dosage.place}: got a dose as needed; expected how often. Ask how often he takes it.")
    rates = dosage.children("doseAndRate") or [dosage]
    if len(rates) != 1:
        raise BadRecord(f"{dosage.place}.doseAndRate: got {len(rates)} doses; expected one. Ask which is meant.")
    rate = rates[0]
    route = _route(drug.product, dosage)
    if "rateQuantity" in rate:
        return Dose(drug.product.name, _daily_rate(drug.product, rate.child("rateQuantity")), CONTINUOUS, route=route)
    if "doseQuantity" not in rate:
        raise BadRecord(f"{rate.place}: got no doseQuantity; expected one dose. Add it.")
    amount = _amount(drug, rate.child("doseQuantity"))
    return Dose(drug.product.name, amount, read_repeat(dosage.child("timing"), start), route=route)


def _route(product: Product, dosage: Element) -> str | None:
    """Return how a dose is given, where that is not the usual way; raises BadRecord where the drug is not given so."""
    words = dosage.words("route").lower()
    if not words:
        return None
    route = next((route for word, route in _ROUTES.items() if word in words), "")
    if route not in product.routes:
        raise BadRecord(
            f"{dosage.path('route')}: got {words!r}; expected {' or '.join(product.routes)} for {product.title}. "
            "Ask how it is given."
        )
    return None if route == product.routes[0] else route


def _amount(drug: _Drug, dose: Element) -> float:
    """Return a dose in the unit of its drug."""
    value, unit = dose.number("value"), (dose.text("code") or dose.text("unit")).lower()
    if value is None:
        raise dose.refusal("value", "a dose", "Add it.")
    size = drug.product.unit_sizes.get(_UNITS.get(unit, unit))
    if size is None and unit in _TABLETS:
        size = drug.tablet
    if size is None:
        units = ", ".join([drug.product.unit, *drug.product.units])
        raise dose.refusal("unit", f"a dose of {drug.product.title} in {units}", "Give amount and unit.")
    return value * size


def _daily_rate(product: Product, rate: Element) -> float:
    """Return a rate per day."""
    value, unit = rate.number("value"), (rate.text("code") or rate.text("unit")).lower()
    amount, _, time = unit.partition("/")
    size, times = product.unit_sizes.get(_UNITS.get(amount, amount)), _A_DAY.get(time)
    if value is None or size is None or times is None:
        raise rate.refusal("value", f"a rate such as {product.unit}/d", "Give value and UCUM code.")
    return value * size * times
