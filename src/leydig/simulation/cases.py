"""Random cases for `leydig.simulation.verify`: a man, a regimen and times, drawn from two numbers alone.

Case ``index`` of a ``seed`` depends on no other case, so it can be drawn again by itself. A case is
texts and plain numbers; `smaller` yields the cases that lie one step nearer to the simplest.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES
from leydig.body import Body
from leydig.checks import HIGHEST_SEED, seed_number, whole
from leydig.drugs import DRUGS
from leydig.errors import LeydigError, LeydigWarning, NotSolved
from leydig.man import Man
from leydig.parameter import Declaration, log_spread, parameters
from leydig.regimen import Dose, Regimen
from leydig.ticks import days_of, tick_of

__all__ = ["COMBINATIONS", "Case", "case", "combination", "quietly", "smaller"]

COMBINATIONS = tuple(
    tuple(part.strip() for part in line.split("+"))
    for line in """
    nothing; anastrozole; letrozole; exemestane; testolactone; clomiphene; enclomiphene; zuclomiphene; tamoxifen
    hcg; follitropin; gonadorelin; cetrorelix; ketoconazole; estradiol_patch; testosterone_gel; testosterone_infusion
    testosterone_enanthate; testosterone_cypionate; testosterone_undecanoate
    anastrozole + clomiphene; anastrozole + tamoxifen; anastrozole + hcg; anastrozole + testosterone_enanthate
    letrozole + estradiol_patch; letrozole + clomiphene; exemestane + enclomiphene; hcg + follitropin
    hcg + testosterone_cypionate; tamoxifen + hcg; testolactone + clomiphene; gonadorelin + follitropin
    cetrorelix + testosterone_gel; ketoconazole + anastrozole; testosterone_undecanoate + anastrozole
    anastrozole + tamoxifen + letrozole; hcg + follitropin + anastrozole; cetrorelix + estradiol_patch + letrozole
    clomiphene + hcg + anastrozole; testosterone_enanthate + testosterone_gel + cetrorelix
    anastrozole + clomiphene + hcg + follitropin; testosterone_cypionate + hcg + anastrozole + tamoxifen
    """.replace("\n", ";").split(";")
    if line.strip()
)
OFTEN = {
    "": ["daily"] * 6 + ["twice daily"] * 2 + ["three times daily", "every other day", "twice weekly", "once",
         "three times weekly", "weekly", "every 36 hours", "every 3 days"],
    "hcg": ["twice weekly", "three times weekly", "every other day", "daily", "weekly", "once"],
    "follitropin": ["twice weekly", "three times weekly", "every other day", "daily"],
    "gonadorelin": ["every {} minutes"] * 3 + ["daily", "continuous", "continuous"],
    "estradiol_patch": ["continuous"],
    "testosterone_infusion": ["continuous"],
    "testosterone_gel": ["daily", "daily", "twice daily", "every other day"],
    "testosterone_enanthate": ["weekly", "every 2 weeks", "every 10 days", "twice weekly", "once"],
    "testosterone_cypionate": ["weekly", "every 2 weeks", "every 10 days", "twice weekly", "once"],
    "testosterone_undecanoate": ["once", "every 4 weeks", "every 10 weeks"],
}  # fmt: skip
SINGLE = {"testosterone_enanthate": 210.0, "testosterone_cypionate": 210.0, "testosterone_undecanoate": 840.0,
          "gonadorelin": 10.0}  # fmt: skip
MEDIANS = {"testosterone": 15.0, "estradiol": 90.0, "lh": 4.2, "fsh": 4.5, "shbg": 33.0, "inhibin_b": 150.0,
           "sperm_concentration": 50.0}  # fmt: skip
KINDS: dict[str, tuple[float, dict[str, float]]] = {
    "usual": (0.60, {}),
    "hypogonadotropic": (0.10, {"testosterone": 2.5, "estradiol": 30.0, "lh": 0.5, "fsh": 0.7}),
    "primary failure": (0.10, {"testosterone": 8.0, "lh": 12.0, "fsh": 18.0, "inhibin_b": 30.0}),
    "high estradiol": (0.10, {"testosterone": 11.0, "estradiol": 220.0, "lh": 2.5}),
    "extreme": (0.10, {}),
}
SPREAD = 0.43  # of the logarithm, a coefficient of variation of 45 %
ATTEMPTS = 100
LONG = 0.02  # share of cases that last half a year
AGE, BMI = 30.0, 23.0  # of the reference man


@dataclass(frozen=True)
class Case:
    """One man, one regimen and the times at which both solutions are compared.

    Attributes
    ----------
    seed, index : int
        Where it was drawn; kept while it shrinks.
    age, bmi : float
        Years and kg/m2.
    labs : dict of str to str
        Untreated levels with units.
    parameters : dict of str to float
        Changed response constants by path.
    text : str
        The regimen.
    times : Float[np.ndarray, " time"]
        Kept days.
    """

    seed: int
    index: int
    age: float
    bmi: float
    labs: dict[str, str]
    parameters: dict[str, float]
    text: str
    times: Any = field(repr=False)

    @property
    def man(self) -> Man:
        """The man of this case."""
        with quietly():
            return Man(age=self.age, bmi=self.bmi, parameters=self.parameters, **self.labs)

    @property
    def regimen(self) -> Regimen:
        """The regimen of this case."""
        with quietly():
            return Regimen(self.text)

    def code(self) -> str:
        """Return lines of Python that build this very case, under the command that finds where it began."""
        labs = "".join(f", {name}={level!r}" for name, level in self.labs.items())
        constants = f", parameters={self.parameters}" if self.parameters else ""
        return (
            f"# leydig verify --seed {self.seed} --case {self.index}\n"
            f"man = Man(age={self.age:g}, bmi={self.bmi:g}{labs}{constants})\n"
            f"course = simulate(man, {self.text!r}, days={self.times[-1]:g}, every='1 hour')"
        )


@contextmanager
def quietly() -> Iterator[None]:
    """Keep back the warnings that odd but allowed men and doses give."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeydigWarning)
        yield


def combination(seed: int, index: int) -> tuple[str, ...]:
    """Return the drugs of a case without drawing the rest of it."""
    return _drugs(_random(seed, index))


def case(seed: int, index: int) -> Case:
    """Return one random case, the same for these two numbers every time.

    Raises
    ------
    OutOfRange
        When one of them is no whole number of 0 or more.
    NotSolved
        When no allowed man or regimen was drawn in many attempts.
    """
    random = _random(seed, index)
    drugs = _drugs(random)
    days = 180 if random.random() < LONG else round(float(np.exp(random.uniform(np.log(7.0), np.log(60.0)))))
    for _ in range(ATTEMPTS):
        one = replace(_person(random, seed, index), text=_regimen(random, drugs, days))
        try:
            regimen, _ = one.regimen, one.man
            return replace(one, text=str(regimen), times=_times(random, regimen, days))
        except LeydigError:  # no such man, or no such regimen: draw again
            continue
    raise NotSolved(f"case {index} of seed {seed} gave no allowed man in {ATTEMPTS} draws. Widen the ranges.")


def _random(seed: int, index: int) -> np.random.Generator:
    place = whole(index, "case", (0, HIGHEST_SEED))
    return np.random.default_rng(np.random.SeedSequence(seed_number(seed), spawn_key=(place,)))


def _drugs(random: np.random.Generator) -> tuple[str, ...]:
    return COMBINATIONS[int(random.integers(len(COMBINATIONS)))]


def _person(random: np.random.Generator, seed: int, index: int) -> Case:
    """Draw a man, who may not be allowed."""
    kind = str(random.choice(list(KINDS), p=[share for share, _ in KINDS.values()]))
    labs = {}
    for name, median in (MEDIANS | KINDS[kind][1]).items():
        level = median * np.exp(SPREAD * random.standard_normal())
        if kind == "extreme":
            level = _between(random, *np.maximum(ANALYTES[name].usual, 0.1))
        if name in KINDS[kind][1] or random.random() < 0.8:
            labs[name] = f"{_short(level)} {ANALYTES[name].unit}"
    constants = {path: _varied(random, known) for path, known in _varying()} if random.random() < 0.5 else {}
    bmi = random.uniform(18.0, 45.0) if kind == "extreme" else random.triangular(18.0, 26.0, 45.0)
    return Case(seed, index, round(random.uniform(18.0, 80.0)), round(bmi, 1), labs, constants, "", ())


@lru_cache(maxsize=1)
def _varying() -> list[tuple[str, Declaration]]:
    """Return the response constants that are known to vary between men."""
    return [(path, known) for path, known, _ in parameters(Body(), "body") if known.cv]


def _varied(random: np.random.Generator, known: Declaration) -> float:
    spread, (low, high) = log_spread(known.cv), known.within
    for _ in range(ATTEMPTS):
        value = float(_short(known.value * np.exp(spread * random.standard_normal())))
        if low <= value <= high:
            return value
    return known.value


def _between(random: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _short(number: Any, digits: int = 4) -> str:
    return str(np.format_float_positional(float(f"{number:.{digits}g}"), trim="-"))


def _regimen(random: np.random.Generator, drugs: tuple[str, ...], days: int) -> str:
    """Draw a regimen: all at once, or stopped and started again, or switched."""
    if drugs == ("nothing",):
        return "nothing"
    shape, first, pause = random.random(), int(random.integers(2, days // 2 + 1)), int(random.integers(1, 6))
    if shape < 0.12:
        before, after = _together(random, drugs, first, first), _together(random, drugs, days - first)
        return _joined(before, after, float(pause))
    if shape < 0.24 and len(drugs) > 1:
        cut = int(random.integers(1, len(drugs)))
        before, after = _together(random, drugs[:cut], first, first), _together(random, drugs[cut:], days - first)
        return _joined(before, after)
    return _together(random, drugs, days)


def _joined(before: str, after: str, pause: float = 0.0) -> str:
    """Return two regimens one after the other, each counting its days from its own start."""
    return str(Regimen.written(before).then(Regimen.written(after), pause))


def _together(random: np.random.Generator, drugs: tuple[str, ...], days: int, ends: int | None = None) -> str:
    return " + ".join(_item(random, name, days, ends) for name in drugs)


def _item(random: np.random.Generator, name: str, days: int, ends: int | None) -> str:
    """Draw one drug with dose, frequency and span."""
    entry, often = DRUGS[name], str(random.choice(OFTEN.get(name, OFTEN[""])))
    amount = _short(SINGLE.get(name, entry.label.daily_maximum) * _between(random, 0.1, 2.0), 3)
    per = ("/day" if name in ("estradiol_patch", "testosterone_infusion") else "/h") if often == "continuous" else ""
    text = f"{name.replace('_', ' ')} {amount} {entry.unit}{per} {often.format(int(random.integers(60, 241)))}"
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


def _times(random: np.random.Generator, regimen: Regimen, days: int) -> Float[np.ndarray, " time"]:
    """Draw kept times: every day, and hours after some of the moments at which something changes."""
    moments = _moments(regimen, days)
    some = np.append(moments[:1], random.choice(moments, size=min(5, len(moments)), replace=False))
    soon, later = random.uniform(0.5, 3.0, len(some)), random.uniform(3.0, 23.0, len(some))
    odd = np.concatenate([some + soon / 24.0, some + later / 24.0, random.uniform(0.0, days, 3)])
    times = np.unique(np.round(np.concatenate([np.arange(days + 1.0), odd]), 4))
    return times[times <= days]


def _moments(regimen: Regimen, days: float) -> Float[np.ndarray, " moment"]:
    """Return every moment before the end [d] at which a dose is given or an infusion or pulse changes."""
    schedule, end = regimen.schedule(days), tick_of(days)
    spans: list[Any] = [*schedule.infusions.values(), *schedule.pulses.values()]
    changes = [tick for found in spans for span in found for tick in span[:2] if tick < end]
    moments = np.unique(np.concatenate([[0], changes, *(ticks for ticks, _ in schedule.doses.values())]))
    return np.asarray(days_of(moments))


def smaller(one: Case) -> Iterator[Case]:
    """Yield the cases one step nearer to the reference man, one drug and one day, the largest steps first."""
    end = float(one.times[-1])
    for shorter in sorted({float(np.ceil(end / 2.0)), end - 1.0} - {0.0, end}):
        yield replace(one, times=np.append(one.times[one.times < shorter], shorter))
    for doses in _simpler(one.regimen.doses):
        with quietly():
            yield replace(one, text=str(Regimen(doses)))
    if one.parameters:
        yield replace(one, parameters={})
    if one.labs:
        yield replace(one, labs={})
    if (one.age, one.bmi) != (AGE, BMI):
        yield replace(one, age=AGE, bmi=BMI)
    for group in ("labs", "parameters"):
        known: dict[str, Any] = getattr(one, group)
        for gone in known:
            yield replace(one, **{group: {name: value for name, value in known.items() if name != gone}})  # type: ignore[arg-type]


def _simpler(doses: tuple[Dose, ...]) -> Iterator[tuple[Dose, ...]]:
    """Yield doses with one of them left out, or with one modifier less, or with a rounder amount."""
    for place, dose in enumerate(doses):
        before, after = doses[:place], doses[place + 1 :]
        yield before + after
        span = None if dose.stop is None else dose.stop - dose.start
        simple = [replace(dose, missed=()), replace(dose, stop=None), replace(dose, start=0.0, stop=span, missed=()),
                  replace(dose, amount=float(f"{dose.amount:.1g}"))]  # fmt: skip
        yield from ((*before, easier, *after) for easier in simple if easier != dose)
