"""Random regimens for `leydig.verification.cases`, drawn from the catalogue: a new drug is drawn without a word here.

How a drug is given follows from what it is: an infusion, a pump, a depot, an injection, a gel or a tablet. Beside what
clinics do, times are drawn where arithmetic goes wrong: doses that come together, or nearly, and infusions that touch.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from leydig.drug import Drug, Mixture
from leydig.drugs import DRUGS, drugs_of
from leydig.regimen import Dose
from leydig.regimen.repeat import RepeatKind

__all__ = ["combinations", "digits_text", "draw_log_uniform", "random_regimen_text", "with_ties"]

TABLET = ["daily"] * 6 + ["twice daily"] * 2 + [
    "three times daily", "every other day", "twice weekly", "once", "three times weekly", "weekly", "every 36 hours",
    "every 3 days",
]  # fmt: skip
INJECTION = ["twice weekly", "three times weekly", "every other day", "daily", "weekly", "once"]
GEL = ["daily", "daily", "twice daily", "every other day"]
PUMP = ["every {} minutes"] * 3 + ["daily", "continuous", "continuous"]
DEPOT = ["weekly", "every 2 weeks", "every 10 days", "twice weekly", "once"]
LONG_DEPOT = ["once", "every 4 weeks", "every 10 weeks"]
LONG = 14.0  # [d] half-life from which a depot is given monthly
PULSES = 32.0  # pulses of a pump in the daily maximum
NEAR = (1e-10, 1e-8)  # [d] between times that nearly meet
TIE, TOUCH, MEET = 0.25, 0.5, 0.15  # chances that doses nearly tie, that an infusion is cut, that two drugs meet


@lru_cache(maxsize=1)
def combinations() -> tuple[tuple[str, ...], ...]:
    """Return the sets of drugs that are drawn: none, each alone, each with two others, some of three and four."""
    names = tuple(DRUGS)
    ring = [names[place] for place in np.random.default_rng(len(names)).permutation(len(names))]
    steps = [(0, 1, 1), (0, 2, 5, 3), (0, 1, 4, 8, 6)]  # places from each drug on, and how far to the next
    sets = [tuple(ring[(first + place) % len(ring)] for place in places)
            for *places, apart in steps for first in range(0, len(ring), apart)]  # fmt: skip
    return tuple(dict.fromkeys([("nothing",), *((name,) for name in names), *sets]))


def random_regimen_text(random: np.random.Generator, drugs: tuple[str, ...], days: int) -> str:
    """Draw a regimen: all at once, or stopped and started again, or switched."""
    if drugs == ("nothing",):
        return "nothing"
    shape, first, pause = random.random(), int(random.integers(2, days // 2 + 1)), int(random.integers(1, 6))
    if shape < 0.12:
        before, after = _join_items(random, drugs, first, first), _join_items(random, drugs, days - first)
        return f"{before} then nothing for {pause} days then {after}"
    if shape < 0.24 and len(drugs) > 1:
        cut = int(random.integers(1, len(drugs)))
        before, after = _join_items(random, drugs[:cut], first, first), _join_items(random, drugs[cut:], days - first)
        return f"{before} then {after}"
    return _join_items(random, drugs, days)


def _join_items(random: np.random.Generator, drugs: tuple[str, ...], days: int, ends: int | None = None) -> str:
    return " + ".join(_item(random, name, days, ends) for name in drugs)


def _item(random: np.random.Generator, name: str, days: int, ends: int | None) -> str:
    """Draw one drug with dose, frequency and span."""
    entry = DRUGS[name]
    often, most = _ways(entry)
    word = str(random.choice(often))
    per = ("/h" if entry.pulsatile else "/day") if word == RepeatKind.CONTINUOUS else ""
    amount = digits_text(most * draw_log_uniform(random, 0.1, 2.0), 3)
    text = f"{name.replace('_', ' ')} {amount} {entry.unit}{per} {word.format(int(random.integers(60, 241)))}"
    first = 0
    if random.random() < 0.25:
        first = int(random.integers(1, days // 2 + 1))
        text += f" from day {first + float(random.choice([0.0, 0.0, 0.25, 0.5])):g}"
    if ends is not None or random.random() < 0.25:
        text += f" for {ends if ends is not None else int(random.integers(1, days)):d} days"
    if random.random() < 0.25:
        missed = int(random.integers(first, days))
        text += f" missing days {missed}" + (f" to {missed + 2}" if random.random() < 0.3 else "")
    return text


def _ways(entry: Drug | Mixture) -> tuple[list[str], float]:
    """Return how often a drug is given, and a usual single dose in its unit."""
    most = entry.label.daily_maximum
    if entry.pulsatile:
        return PUMP, most / PULSES
    if entry.infusible:
        return ["continuous"], most
    if entry.label.single_maximum is not None:
        long = _half_life(entry) > LONG
        return (LONG_DEPOT, 28.0 * most) if long else (DEPOT, 7.0 * most)
    return {"oral": TABLET, "transdermal": GEL}.get(entry.routes[0], INJECTION), most


def _half_life(entry: Drug | Mixture) -> float:
    """Return the longest half-life of a drug [d]."""
    chains = (chain for drug in drugs_of([entry.name]).values() for chain in drug.chains().values())
    return float(np.log(2.0) / min(float(rate) for chain in chains for rate in chain.rates))


def with_ties(random: np.random.Generator, doses: tuple[Dose, ...], days: int) -> tuple[Dose, ...]:
    """Return doses of which some nearly tie, meet, or touch where one infusion becomes another."""
    single = [
        place for place, dose in enumerate(doses) if not dose.is_pulsatile and dose.repeat.kind != RepeatKind.CONTINUOUS
    ]
    flowing = [
        place for place, dose in enumerate(doses) if dose.repeat.kind == RepeatKind.CONTINUOUS and not dose.missed
    ]
    if flowing and random.random() < TOUCH:
        return _split_infusion(random, doses, int(random.choice(flowing)), days)
    if single and random.random() < TIE:
        return _tie(random, doses, single)
    if len(single) > 1 and random.random() < MEET:
        one, other = (int(place) for place in random.choice(single, 2, replace=False))
        return _at(doses, other, doses[one].start)
    return doses


def _split_infusion(random: np.random.Generator, doses: tuple[Dose, ...], place: int, days: int) -> tuple[Dose, ...]:
    """Cut one infusion in two, of different rates, the second from the tick on which the first ends."""
    dose = doses[place]
    end = days if dose.stop is None else min(days, dose.stop)
    cut = round(dose.start + (end - dose.start) * random.uniform(0.2, 0.8), 2)
    if not dose.start < cut < end:
        return doses
    amount = float(digits_text(float(dose.amount) * draw_log_uniform(random, 0.3, 1.0), 3))
    later = replace(dose, start=cut, amount=amount)
    return (*doses[:place], replace(dose, stop=cut), later, *doses[place + 1 :])


def _tie(random: np.random.Generator, doses: tuple[Dose, ...], single: list[int]) -> tuple[Dose, ...]:
    """Let another drug, or a part of the same dose, come a little later than one."""
    place, apart = int(random.choice(single)), draw_log_uniform(random, *NEAR)
    dose, others = doses[place], [other for other in single if doses[other].drug != doses[place].drug]
    if others and random.random() < 0.5:
        return _at(doses, int(random.choice(others)), dose.start + apart)
    share = random.uniform(0.2, 0.8)
    parts = [float(digits_text(float(dose.amount) * part, 3)) for part in (share, 1.0 - share)]
    pair = replace(dose, amount=parts[0]), replace(dose, amount=parts[1]).delay(apart)
    return (*doses[:place], *pair, *doses[place + 1 :])


def _at(doses: tuple[Dose, ...], place: int, start: float) -> tuple[Dose, ...]:
    """Return doses of which one begins at another time."""
    moved = doses[place].delay(start - doses[place].start)
    return (*doses[:place], moved, *doses[place + 1 :])


def draw_log_uniform(random: np.random.Generator, low: float, high: float) -> float:
    """Draw a number, evenly on its logarithm."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def digits_text(number: float, digits: int = 4) -> str:
    """Return a number with a few digits, without an exponent."""
    return str(np.format_float_positional(float(f"{number:.{digits}g}"), trim="-"))
