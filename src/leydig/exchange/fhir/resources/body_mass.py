"""Weight and height: no record holds them, but the body mass index that follows from them, where none was sent."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leydig.errors import LeydigError
from leydig.exchange.fhir.bundle import Bundle
from leydig.exchange.fhir.candidate import Candidate, Offers
from leydig.exchange.fhir.element import LOINC, Element
from leydig.exchange.fhir.person import Person
from leydig.exchange.fhir.resources.dates import Draw, draw_of
from leydig.exchange.fhir.resources.observations import TAKEN
from leydig.protocol.implied import short_title
from leydig.record import Result
from leydig.record.body_mass import body_mass_index
from leydig.record.quantity import quantity

__all__ = ["offer_body_mass"]

WEIGHT, HEIGHT, BODY_MASS = ("29463-7", "3141-9"), ("8302-2",), "bmi"


@dataclass(frozen=True)
class _Measurement:
    """A weight or a height: where it stands, its day, its number as it came and its unit."""

    element: Element
    day: dt.date
    digits: str
    unit: str


def offer_body_mass(bundle: Bundle, person: Person, draws: Mapping[str, Draw], latest: dt.date, offers: Offers) -> None:
    """Offer the index of every weight, with the last height until its day, on days of which no index came.

    Parameters
    ----------
    bundle : Bundle
    person : Person
        Whose they must plainly be.
    draws : mapping of str to Draw
        When a report or panel says that it was measured, by path.
    latest : datetime.date
        Nothing is dated later.
    offers : Offers
        What was offered before, of which weights that are used are no longer left out; what comes of it is added.
    """
    known = {one.day for one in offers.candidates if isinstance(one.entry, Result) and one.entry.name == BODY_MASS}
    heights = sorted(_measurements(bundle, person, HEIGHT, draws), key=lambda one: one.day)
    for weight in _measurements(bundle, person, WEIGHT, draws):
        height = next((one for one in reversed(heights) if one.day <= weight.day), None)
        if height is None or weight.day in known or weight.day > latest:
            continue
        place = weight.element.place
        told = f"worked out of {weight.digits} {weight.unit} and {height.digits} {height.unit}"
        offers.left = [one for one in offers.left if one.place not in (place, height.element.place)]
        try:
            index = body_mass_index(float(weight.digits), weight.unit, float(height.digits), height.unit)
        except LeydigError as why:
            offers.leave(place, weight.element.words("code"), str(why))
            continue
        result = Result(BODY_MASS, index, weight.day, quantity(BODY_MASS).unit)
        words = f"{short_title(BODY_MASS)} {index:g} {result.unit} of {weight.day}"
        offers.candidates.append(
            Candidate(place, result, words, repairs=(told,), identities=weight.element.identities())
        )
        known.add(weight.day)


def _measurements(
    bundle: Bundle, person: Person, codes: tuple[str, ...], draws: Mapping[str, Draw]
) -> Iterator[_Measurement]:  # fmt: skip
    """Yield the weights or heights of his final Observations."""
    for element in bundle.of("Observation"):
        coded = any(system == LOINC and code in codes for system, code, _ in element.codings("code"))
        if not coded or person.owns(element, bundle) or element.text("status") not in TAKEN:
            continue
        draw = draw_of(element, bundle) or draws.get(element.place)
        value = element.child("valueQuantity")
        if draw is not None and value.number("value") is not None and not value.text("comparator"):
            yield _Measurement(element, draw.day, value.digits("value"), _unit(value))


def _unit(value: Element) -> str:
    """Return the unit of a weight or height, in words that `leydig.units` reads."""
    return {"[lb_av]": "lb", "[in_i]": "in"}.get(value.text("code"), value.text("code") or value.text("unit"))
