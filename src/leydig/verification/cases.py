"""Random cases for `leydig.verification.verify`: a man, a regimen and times, drawn from two numbers alone.

Case ``index`` of a ``seed`` depends on no other case, so it can be drawn again by itself. A case is
texts and plain numbers; `smaller_cases` yields the cases that lie one step nearer to the simplest.
"""

import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache

import equinox as eqx
import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES
from leydig.body import Body
from leydig.checks import HIGHEST_SEED, seed_number, whole_number
from leydig.drug import Drug
from leydig.drugs import DRUGS, drugs_of
from leydig.errors import LeydigError, LeydigWarning, NotSolved
from leydig.man import Man
from leydig.man.man import MEASURABLE
from leydig.parameter import Declaration, log_spread, parameters
from leydig.regimen import Dose, Regimen
from leydig.ticks import days_of, tick_of, ticks_of
from leydig.verification.dosings import (
    NEAR,
    combinations,
    digits_text,
    draw_log_uniform,
    random_regimen_text,
    with_ties,
)

__all__ = ["KINDS_OF_CASE", "VerificationCase", "case", "combination", "ignore_warnings", "smaller_cases"]

KINDS_OF_CASE = ("near ties", "coincident drugs", "doses at kept times", "touching infusions", "resumed",
                 "changed drugs", "equal rates", "nearly equal rates")  # fmt: skip
EQUAL = 1e-14  # relative gap below which two rates are equal but for rounding
NEARLY = 0.02  # largest relative gap of nearly equal rates
KINDS: dict[str, tuple[float, dict[str, float]]] = {
    "usual": (0.60, {}),
    "hypogonadotropic": (0.10, {"testosterone": 2.5, "estradiol": 30.0, "lh": 0.5, "fsh": 0.7}),
    "primary failure": (0.10, {"testosterone": 8.0, "lh": 12.0, "fsh": 18.0, "inhibin_b": 30.0}),
    "high estradiol": (0.10, {"testosterone": 11.0, "estradiol": 220.0, "lh": 2.5}),
    "extreme": (0.10, {}),
}
SPREAD = 0.43  # of the logarithm, a coefficient of variation of 45 %
ATTEMPTS = 100
RESUMED, CHANGED, EVEN = (
    0.2,
    0.3,
    0.2,
)  # chances of a cut, of changed drugs, of two rates of one chain that nearly agree
LONG = 0.02  # share of cases that last half a year
AGE, BMI = 30.0, 23.0  # of the reference man


@dataclass(frozen=True)
class VerificationCase:
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
    drugs : dict of str to dict of str to float
        Changed parameters of drugs, by drug and name; not always what a man may have.
    cut : float or None
        A kept day at which the course is ended and resumed.
    """

    seed: int
    index: int
    age: float
    bmi: float
    labs: dict[str, str]
    parameters: dict[str, float]
    text: str
    times: Float[np.ndarray, " time"] = field(repr=False)
    drugs: dict[str, dict[str, float]] = field(default_factory=dict)
    cut: float | None = None

    @property
    def changed_drugs(self) -> dict[str, Drug]:
        """The changed drugs."""
        return {name: _change_drug(DRUGS[name], changes) for name, changes in self.drugs.items()}  # type: ignore[arg-type]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which of `KINDS_OF_CASE` this case is, found in its doses and drugs as they came out."""
        schedule, kept = self.regimen.schedule(float(self.times[-1])), ticks_of(self.times)
        doses = [ticks for ticks, _ in schedule.doses.values()]
        every = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *doses]))
        spans = schedule.spans
        drugs = drugs_of(list(self.regimen.drugs)) | self.changed_drugs
        chains = [chain for drug in drugs.values() for chain in drug.chains().values()]
        gaps = [abs(float(a) / float(b) - 1.0) for one in chains for a, b in itertools.combinations(one.rates, 2)]
        found = (
            bool((np.diff(every) <= NEAR[1] * tick_of(1.0) + 1).any()),
            sum(len(ticks) for ticks in doses) > len(every),
            bool(np.isin(every, kept).any()),
            any(a[1] == b[0] for own in spans for a, b in itertools.permutations(own, 2)),
            self.cut is not None,
            bool(self.drugs),
            any(gap <= EQUAL for gap in gaps),
            any(EQUAL < gap <= NEARLY for gap in gaps),
        )
        return tuple(kind for kind, yes in zip(KINDS_OF_CASE, found, strict=True) if yes)

    @property
    def man(self) -> Man:
        """The man of this case."""
        with ignore_warnings():
            return Man(age=self.age, bmi=self.bmi, parameters=self.parameters, **self.labs)

    @property
    def regimen(self) -> Regimen:
        """The regimen of this case."""
        with ignore_warnings():
            return Regimen(self.text)

    def code(self) -> str:
        """Return lines of Python that build this very case, under the command that finds where it began."""
        labs = "".join(f", {name}={level!r}" for name, level in self.labs.items())
        constants = f", parameters={self.parameters}" if self.parameters else ""
        changed = f"# drugs with other parameters: {self.drugs}\n" if self.drugs else ""
        cut = f"# ended and resumed on day {self.cut!r}\n" if self.cut is not None else ""
        return (
            f"# leydig verify --seed {self.seed} --case {self.index}\n"
            f"{changed}{cut}"
            f"man = Man(age={self.age:g}, bmi={self.bmi:g}{labs}{constants})\n"
            f"course = simulate(man, {self.text!r}, days={self.times[-1]:g}, every='1 hour')"
        )


@contextmanager
def ignore_warnings() -> Iterator[None]:
    """Keep back the warnings that odd but allowed men and doses give."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeydigWarning)
        yield


def combination(seed: int, index: int) -> tuple[str, ...]:
    """Return the drugs of a case without drawing the rest of it."""
    return _drugs(_random(seed, index))


def case(seed: int, index: int) -> VerificationCase:
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
        one = replace(_person(random, seed, index), text=random_regimen_text(random, drugs, days))
        try:
            with ignore_warnings():
                regimen, _ = Regimen(with_ties(random, one.regimen.doses, days)), one.man
            one = replace(
                one, text=str(regimen), times=_times(random, regimen, days), drugs=_drug_changes(random, drugs)
            )
            return replace(one, cut=_cut(random, one.times) if random.random() < RESUMED else None)
        except LeydigError:  # no such man, or no such regimen: draw again
            continue
    raise NotSolved(f"case {index} of seed {seed} gave no allowed man in {ATTEMPTS} draws. Widen the ranges.")


def _random(seed: int, index: int) -> np.random.Generator:
    place = whole_number(index, "case", (0, HIGHEST_SEED))
    return np.random.default_rng(np.random.SeedSequence(seed_number(seed), spawn_key=(place,)))


def _drugs(random: np.random.Generator) -> tuple[str, ...]:
    known = combinations()
    return known[int(random.integers(len(known)))]


@lru_cache(maxsize=1)
def _medians() -> dict[str, float]:
    """Return the medians about which levels are drawn, in the order of the baseline."""
    medians = {name: ANALYTES[name].case_median for name in MEASURABLE}
    return {name: median for name, median in medians.items() if median is not None}


def _person(random: np.random.Generator, seed: int, index: int) -> VerificationCase:
    """Draw a man, who may not be allowed."""
    kind = str(random.choice(list(KINDS), p=[share for share, _ in KINDS.values()]))
    labs = {}
    for name, median in (_medians() | KINDS[kind][1]).items():
        level = median * np.exp(SPREAD * random.standard_normal())
        if kind == "extreme":
            level = draw_log_uniform(random, *np.maximum(ANALYTES[name].usual, 0.1))
        if name in KINDS[kind][1] or random.random() < 0.8:
            labs[name] = f"{digits_text(level)} {ANALYTES[name].unit}"
    constants = {path: _vary(random, known) for path, known in _variable_constants()} if random.random() < 0.5 else {}
    bmi = random.uniform(18.0, 45.0) if kind == "extreme" else random.triangular(18.0, 26.0, 45.0)
    age, none = round(random.uniform(18.0, 80.0)), np.zeros(0)
    return VerificationCase(seed, index, age, round(bmi, 1), labs, constants, "", none)


@lru_cache(maxsize=1)
def _variable_constants() -> list[tuple[str, Declaration]]:
    """Return the response constants that are known to vary between men."""
    return [(path, known) for path, known, _ in parameters(Body(), "body") if known.cv]


def _vary(random: np.random.Generator, known: Declaration) -> float:
    spread, (low, high) = log_spread(known.cv), known.within
    for _ in range(ATTEMPTS):
        value = float(digits_text(known.value * np.exp(spread * random.standard_normal())))
        if low <= value <= high:
            return value
    return known.value


def _drug_changes(random: np.random.Generator, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Draw other parameters for some drugs, or such that two rates of a chain are equal, or nearly."""
    drugs = list(drugs_of([name for name in names if name != "nothing"]).values())
    even = [drug for drug in drugs if equalizing_parameters(drug.name)]
    if even and random.random() < EVEN:
        drug = even[int(random.integers(len(even)))]
        ways = equalizing_parameters(drug.name)
        name, value = ways[int(random.integers(len(ways)))]
        gap = 0.0 if random.random() < 0.4 else draw_log_uniform(random, 1e-13, 1e-2)
        return {drug.name: {name: value * (1.0 + gap)}}
    if not drugs or random.random() >= CHANGED:
        return {}
    drug = drugs[int(random.integers(len(drugs)))]
    known = list(parameters(drug))
    picked = random.choice(len(known), min(3, len(known)), replace=False)
    changed = {known[place][0]: known[place][2] * draw_log_uniform(random, 0.7, 1.4) for place in picked}
    limits = {name: declaration.within for name, declaration, _ in known}
    return {drug.name: {name: float(np.clip(value, *limits[name])) for name, value in changed.items()}}


@lru_cache(maxsize=256)
def equalizing_parameters(name: str) -> tuple[tuple[str, float], ...]:
    """Return parameters of a drug, each with a value that makes two rates of one of its chains equal."""
    drug, found = DRUGS[name], []
    chains = drug.chains() if isinstance(drug, Drug) else {}
    for level, chain in chains.items():
        for one, other in itertools.combinations(range(len(chain.rates)), 2):
            ratio = float(chain.rates[one]) / float(chain.rates[other])
            for path, _, value in parameters(drug):
                for trial in (float(value) * ratio, float(value) / ratio):
                    rates = _change_drug(drug, {path: trial}).chains()[level].rates  # type: ignore[arg-type]
                    if abs(float(rates[one]) / float(rates[other]) - 1.0) < EQUAL:
                        found.append((path, trial))
    return tuple(found)


def _change_drug(drug: Drug, changes: dict[str, float]) -> Drug:
    """Return a drug with other parameters, also such as no man has: what is verified here is the engine."""
    for name, value in changes.items():
        drug = eqx.tree_at(lambda one: getattr(one, name), drug, np.float64(value))  # noqa: B023
    return drug


def _times(random: np.random.Generator, regimen: Regimen, days: int) -> Float[np.ndarray, " time"]:
    """Draw kept times: every day, some moments at which something changes, and hours after some of these."""
    moments = _moments(regimen, days)
    some = np.append(moments[:1], random.choice(moments, size=min(5, len(moments)), replace=False))
    soon, later = random.uniform(0.5, 3.0, len(some)), random.uniform(3.0, 23.0, len(some))
    odd = np.concatenate([some + soon / 24.0, some + later / 24.0, random.uniform(0.0, days, 3)])
    ticks = np.unique(ticks_of(np.concatenate([np.arange(days + 1.0), np.round(odd, 4), some[:2]])))
    times: Float[np.ndarray, " time"] = days_of(ticks[ticks <= tick_of(days)])
    return times


def _cut(random: np.random.Generator, times: Float[np.ndarray, " time"]) -> float:
    """Draw a kept day, neither the first nor the last."""
    return float(times[int(random.integers(1, len(times) - 1))])


def _moments(regimen: Regimen, days: float) -> Float[np.ndarray, " moment"]:
    """Return every moment before the end [d] at which a dose is given or an infusion or pulse changes."""
    schedule, end = regimen.schedule(days), tick_of(days)
    changes = [tick for found in schedule.spans for span in found for tick in span if tick < end]
    moments = np.unique(np.concatenate([[0], changes, *(ticks for ticks, _ in schedule.doses.values())]))
    return np.asarray(days_of(moments))


def smaller_cases(one: VerificationCase) -> Iterator[VerificationCase]:
    """Yield the cases one step nearer to the reference man, one drug and one day, the largest steps first."""
    end = float(one.times[-1])
    for shorter in sorted({float(np.ceil(end / 2.0)), end - 1.0} - {0.0, end}):
        times = np.append(one.times[one.times < shorter], shorter)
        yield replace(one, times=times, cut=one.cut if one.cut is not None and one.cut < shorter else None)
    for doses in _simpler(one.regimen.doses):
        with ignore_warnings():
            yield replace(one, text=str(Regimen(doses)))
    if one.cut is not None:
        yield replace(one, cut=None)
    if one.drugs:
        yield replace(one, drugs={})
    if one.parameters:
        yield replace(one, parameters={})
    if one.labs:
        yield replace(one, labs={})
    if (one.age, one.bmi) != (AGE, BMI):
        yield replace(one, age=AGE, bmi=BMI)
    for group in ("labs", "parameters"):
        known: dict[str, object] = getattr(one, group)
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
