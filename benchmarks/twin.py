"""Coverage and time of the fitted twin, on virtual men drawn from the prior that also fits them.

python -m benchmarks.twin --men 60 --seed 7

Each man's results are simulated: four hormones before treatment and eight weeks into anastrozole 1 mg daily, read with
the noise of the likelihood. The twin is fitted to them and forecasts a later result, eight weeks on; the share of
results inside its intervals, and of true levels, is printed with the processor seconds of a man.
"""

import argparse
import datetime as dt
import time
from dataclasses import replace
from functools import partial

import numpy as np

from leydig.analytes import ANALYTES
from leydig.inference.fit import fit
from leydig.inference.forward import levels_at
from leydig.inference.prior import Prior
from leydig.inference.results.adherence import regimen_at
from leydig.inference.results.history import history_of
from leydig.inference.results.likelihood import Likelihood
from leydig.record import Record, Result, Treatment
from leydig.regimen import Regimen

__all__ = ["check_man", "schedule", "virtual_man"]

DAY = dt.date(2026, 1, 5)
HORMONES = ("testosterone", "estradiol", "lh", "fsh")
REGIMEN = Regimen("anastrozole 1 mg daily")
WEEKS = (0, 8, 16)  # of the results; the last ones are forecast
LEVELS = (0.5, 0.9)


def schedule(age: float, bmi: float, values: dict[tuple[str, int], float], weeks: tuple[int, ...]) -> Record:
    """Return a record with these results, in clinical units."""
    results = [Result("bmi", bmi, DAY, "kg/m2")]
    for week in weeks:
        for name in HORMONES:
            entry, day = ANALYTES[name], DAY + dt.timedelta(weeks=week)
            results.append(Result(name, values[name, week], day, entry.clinical))
    born = DAY - dt.timedelta(days=round(age * 365.25))
    return Record("male", born, tuple(results), (Treatment(REGIMEN, DAY),))


def virtual_man(number: int, seed: int, kind: str):
    """Return a man's age, BMI, true levels and results at every week, drawn from the prior."""
    random = np.random.default_rng([seed, number])
    age, bmi = float(random.uniform(25.0, 50.0)), float(random.uniform(24.0, 34.0))
    usual = {(name, week): ANALYTES[name].case_median * ANALYTES[name].factor_to(ANALYTES[name].clinical)
             for name in HORMONES for week in WEEKS}  # fmt: skip
    history = history_of(schedule(age, bmi, usual, WEEKS))
    prior = Prior.for_drugs(kind, history.age, bmi, REGIMEN.drugs)
    men = prior.men(random.standard_normal((1, len(prior.names))))
    days = np.array([7.0 * week for week in WEEKS])
    found = levels_at(men, partial(regimen_at, history.regimen), days, HORMONES)
    true = {(name, week): found.values[name][0, i] for name in HORMONES for i, week in enumerate(WEEKS)}
    levels = np.array([[true[one.analyte, WEEKS[int(one.day // 56)]] for one in history.measurements]])
    read = np.exp(Likelihood(history.measurements).simulate(levels, random))[0]
    results = {(one.analyte, WEEKS[int(one.day // 56)]): value * one.entry.factor_to(one.entry.clinical)
               for one, value in zip(history.measurements, read, strict=True)}  # fmt: skip
    return age, bmi, true, results


def check_man(number: int, seed: int, kind: str, draws: int):
    """Return whether each interval held the later result and the true level, seconds, method and k of one man."""
    age, bmi, true, results = virtual_man(number, seed, kind)
    record = schedule(age, bmi, results, WEEKS[:2])
    begun = time.process_time()
    twin = fit(record, kind=kind, draws=draws, seed=number)
    ahead = replace(twin, trust=type(twin.trust)()).forecast(REGIMEN, weeks=8, every="8 weeks")
    seconds = time.process_time() - begun
    held = {}
    for name in HORMONES:
        one, entry = ahead[name], ANALYTES[name]
        truth = true[name, 16] * entry.factor_to(one.unit)
        result = results[name, 16] / entry.factor_to(entry.clinical) * entry.factor_to(one.unit)
        for level in LEVELS:
            (low, high), (least, most) = one.interval(level), one.result_interval(level)
            held[name, "level", level] = bool(low[-1] <= truth <= high[-1])
            held[name, "result", level] = bool(least[-1] <= result <= most[-1])
    return held, seconds, twin


def main() -> None:
    """Print coverage and time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--men", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kind", default="secondary")
    parser.add_argument("--draws", type=int, default=1000)
    asked = parser.parse_args()
    held, seconds, methods, abstained = [], [], [], 0
    for number in range(asked.men):
        one, took, twin = check_man(number, asked.seed, asked.kind, asked.draws)
        held.append(one)
        seconds.append(took)
        methods.append(twin.quality.method)
        abstained += twin.trust.abstains
        print(f"{number + 1} {took:.2f} s k {twin.quality.pareto_k:.2f} effective {twin.quality.effective:.0f} "
              f"{twin.quality.method} p {twin.misfit.p:.3f} {twin.trust.verdict}", flush=True)  # fmt: skip
        if number % 10 == 9 or number == asked.men - 1:
            for key in held[0]:
                print(*key, f"{np.mean([man[key] for man in held]):.2f}")
            print(f"{len(held)} men, {np.median(seconds[1:] or seconds):.2f} processor seconds (median), tempered "
                  f"{methods.count('tempered')}, abstained {abstained}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
