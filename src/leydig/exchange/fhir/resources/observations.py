"""Observations: a result of a record each, by its code, its unit, its status and its day."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from leydig.errors import BadRecord, LeydigError
from leydig.exchange.fhir.bundle import Bundle
from leydig.exchange.fhir.candidate import Candidate, Offers
from leydig.exchange.fhir.element import LOCAL, LOINC, Element, free_text, seen_text
from leydig.exchange.fhir.resources.dates import Draw, draw_of
from leydig.exchange.fhir.resources.ucum import differs_in_kind, read_unit
from leydig.exchange.laboratory_terms import laboratory_name
from leydig.protocol.implied import short_title
from leydig.record import Result
from leydig.record.quantity import QUANTITIES, Quantity, QuantityKind

__all__ = ["offer_observation", "quantities_by_loinc"]

_LOINC_OID = "urn:oid:2.16.840.1.113883.6.1"
TAKEN = {"final": 1, "amended": 2, "corrected": 2}  # statuses, with the rank of what they say
WAITING = {"preliminary": 0, "unknown": 0, "": 0}
ERRONEOUS = "entered-in-error"
_COMPARATORS = {"<": ("<", ""), ">": (">", ""), "<=": ("<", "at most is read as below"),
                ">=": (">", "at least is read as above"), "": ("", "")}  # fmt: skip
_WRITTEN = re.compile(r"\s*(<=|>=|<|>)?\s*(\d+(?:\.\d+)?)\s*(\D\S*(?: \S+)?)?\s*", re.ASCII)
_VALUES = ("valueQuantity", "valueInteger", "valueBoolean", "valueString", "valueCodeableConcept", "valueDecimal")


@lru_cache(maxsize=1)
def quantities_by_loinc() -> dict[str, tuple[str, str]]:
    """Return what is recorded, by LOINC code: its name, and the unit that the code stands for."""
    found: dict[str, tuple[str, str]] = {}
    for name, one in QUANTITIES.items():
        found |= {one.loinc: (name, one.unit)} if one.loinc else {}
        found |= {code: (name, unit) for code, unit in one.other_loinc}
    return found


def offer_observation(
    element: Element, bundle: Bundle, draws: Mapping[str, Draw], latest: dt.date, offers: Offers
) -> None:
    """Offer what an Observation and its components say.

    Parameters
    ----------
    element : Element
    bundle : Bundle
    draws : mapping of str to Draw
        When its report or panel says that it was measured, by path.
    latest : datetime.date
        Nothing is dated later.
    offers : Offers
        What comes of it is added.
    """
    status = element.text("status")
    if status == ERRONEOUS:
        offers.errors.update(element.identities())
    if status not in TAKEN and status not in WAITING:
        offers.leave(element.place, element.words("code"), f"its status is {seen_text(status)}")
        return
    for part in _parts(element):
        words = part.words("code")
        try:
            found = _name_and_unit(part)
            if isinstance(found, str):
                offers.leave(part.place, words, found)
                continue
            candidate = _candidate(element, part, found[:2], bundle, draws, latest)
            offers.candidates.append(candidate.wait(found[2], False) if found[2] else candidate)
        except LeydigError as why:
            offers.leave(part.place, words, seen_text(str(why).removeprefix(f"{part.place}: ")))


def _parts(element: Element) -> Iterator[Element]:
    """Yield an Observation that has a value of its own, and its components; a panel has neither."""
    components = element.children("component")
    if any(key in element for key in _VALUES) or "dataAbsentReason" in element or not (
        components or element.children("hasMember")
    ):  # fmt: skip
        yield element
    yield from components


def _name_and_unit(part: Element) -> tuple[str, str, str] | str:
    """Return name of what was measured, the unit of its code and what has to be confirmed, or why it is left out."""
    local, by_loinc, others, has_loinc = set(), set(), [], False
    for system, code, _ in part.codings("code"):
        has_loinc = has_loinc or system in (LOINC, _LOINC_OID)
        if system == LOCAL and code in QUANTITIES:
            local.add((code, QUANTITIES[code].unit))
        elif system in (LOINC, _LOINC_OID) and code in quantities_by_loinc():
            by_loinc.add(quantities_by_loinc()[code])
        else:
            others.append(f"{seen_text(code)} of {seen_text(system) or 'no system'}")
    found = local or by_loinc
    if len({name for name, _ in found}) > 1:
        return f"its codes mean {' and '.join(sorted(name for name, _ in found))}"
    if not found:
        by_words = laboratory_name(part.words("code"), part.child("valueQuantity").text("unit"))
        if by_words.quantity and not has_loinc:
            title = QUANTITIES[by_words.quantity].title
            doubt = f"it has no code that is known, and is read by its words as {title}"
            return by_words.quantity, "", "; ".join(filter(None, (doubt, by_words.doubt)))
        return f"a record holds nothing with the code {', '.join(others[:2])}" if others else "it has no code"
    return (*min(found), "")


def _candidate(
    element: Element, part: Element, found: tuple[str, str], bundle: Bundle, draws: Mapping[str, Draw], latest: dt.date
) -> Candidate:
    """Return the result that a part of an Observation offers; raises LeydigError where it is none."""
    name, usual = found
    one, status = QUANTITIES[name], element.text("status")
    draw = draw_of(element, bundle) or draws.get(element.place)
    if draw is None:
        raise BadRecord("got no day; expected one on the result, its report, its panel or its specimen. Add it.")
    if draw.day > latest:
        raise BadRecord(f"got a result of {draw.day}; expected {latest} or earlier. Check the year.")
    value, comparator, unit, words, repairs = _value(part, one, usual)
    low, high, why = _interval(part if "referenceRange" in part else element, unit, one)
    note = "\n".join(note.text("text") for note in element.children("note"))
    result = Result(
        name, value, draw.day, unit, draw.time, comparator, element.words("method"), low, high, free_text(note)
    )
    waits = "" if status in TAKEN else f"its status is {status or 'not said'}"
    return Candidate(
        part.place, result, f"{short_title(name)} {words} of {draw.day}", waits, digits=words.partition(" ")[0],
        repairs=tuple(filter(None, (*repairs, draw.why, why))),
        identities=element.identities(), rank={**WAITING, **TAKEN}[status],
    )  # fmt: skip


def _value(part: Element, one: Quantity, usual: str) -> tuple[float | bool | str, str, str, str, list[str]]:
    """Return value, comparator, unit, words and repairs of a result; raises LeydigError where there is none."""
    present = [key for key in _VALUES if key in part]
    absent = part.words("dataAbsentReason")
    if len(present) != 1 or "dataAbsentReason" in part:
        if present:
            raise BadRecord(f"got {' and '.join(present)} {absent}; expected one value. Ask which is meant.")
        raise BadRecord(f"got no value ({absent or 'no reason is given'}); expected one. It counts as missing.")
    key = present[0]
    if one.kind == QuantityKind.FACT:
        if key != "valueBoolean" or not isinstance(part.content[key], bool):
            raise part.refusal(key, f"yes or no ({one.title})", "Give valueBoolean.")
        return part.content[key], "", "", "yes" if part.content[key] else "no", []
    if one.kind == QuantityKind.WORK_UP:
        if key != "valueString":
            raise part.refusal(key, "words", "Give valueString.")
        return seen_text(part.text(key)), "", "", seen_text(part.text(key)), []
    if key in ("valueInteger", "valueDecimal"):
        number = part.number(key)
        unit, why = read_unit(one, Element({}, part.path(key)))
        return number or 0.0, "", unit, part.digits(key), [why]
    written = _WRITTEN.fullmatch(part.text(key)) if key == "valueString" else None
    if key == "valueString" and written is not None:
        sign, digits, unit = written.groups()
        value = {"value": Decimal(digits), "unit": unit} | ({"comparator": sign} if sign else {})
        number, comparator, unit, words, repairs = _number_with_unit(Element(value, part.path(key)), one, usual)
        told = f"its value is read from its text, {seen_text(part.text(key))!r}"
        return number, comparator, unit, words, [told, *repairs]
    if key != "valueQuantity":
        raise part.refusal(key, f"a number and a unit ({', '.join(one.units)})", "Give valueQuantity.")
    return _number_with_unit(part.child(key), one, usual)


def _number_with_unit(value: Element, one: Quantity, usual: str) -> tuple[float, str, str, str, list[str]]:
    """Return what `_value` does, of a number with a unit."""
    number, sign = value.number("value"), value.text("comparator")
    if number is None:
        raise value.refusal("value", "a number", "Leave the result out where it is not known.")
    if sign not in _COMPARATORS:
        raise value.refusal("comparator", "<, <=, > or >=", "Leave it out where the value is exact.")
    unit, why = read_unit(one, value)
    comparator, softer = _COMPARATORS[sign]
    kind = ""
    same_kind = unit in dict(one.factors) and not one.needs_standard(unit, usual)  # IU/L of LH is printed as U/L, too
    if usual and not same_kind and differs_in_kind(unit, usual):
        kind = f"its code is of {usual}, its value is in {unit}: it is read by its unit"
    return number, comparator, unit, f"{sign}{value.digits('value')} {unit}".strip(), [why, softer, kind]


def _interval(part: Element, unit: str, one: Quantity) -> tuple[float | None, float | None, str]:
    """Return the laboratory's own reference interval, in the unit of the value, and why it was not taken."""
    ranges = [one for one in part.children("referenceRange") if "low" in one or "high" in one]
    plain = [one for one in ranges if "appliesTo" not in one and "age" not in one]
    if not ranges:
        return None, None, ""
    if len(plain) != 1:
        return None, None, "it has several reference intervals, of which none is taken"
    ends: list[float | None] = []
    for key in ("low", "high"):
        end = plain[0].child(key)
        if key in plain[0] and ("unit" in end or "code" in end) and read_unit(one, end)[0] != unit:
            return None, None, "its reference interval is in another unit and is not taken"
        ends.append(end.number("value"))
    low, high = ends
    backward = low is not None and high is not None and not low < high
    return low, high, f"its reference interval, {low:g} to {high:g}, is none and is not used" if backward else ""
