"""Ranks of what came later in a twin's forecast, on virtual men drawn from the prior that fits them; time of a fit.

python -m benchmarks.twin --men 60 --seed 7 --out src/leydig/inference/trust/ranks.csv

Each man's results are simulated, read with the noise of the likelihood: four hormones before treatment, and eight and
sixteen weeks into anastrozole 1 mg daily. Twins are fitted to the results of each of `PANELS` and forecast week 16. The
rank of the true level, and of the result, among the draws is written: even between 0 and 1 where intervals hold.
"""

import argparse
import csv
import datetime as dt
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

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

__all__ = ["HORMONES", "PANELS", "rank_man", "schedule", "virtual_man"]

DAY = dt.date(2026, 1, 5)
HORMONES = ("testosterone", "estradiol", "lh", "fsh")
REGIMEN = Regimen("anastrozole 1 mg daily")
WEEKS = (0, 8, 16)  # of the results; the last ones are forecast
PANELS = {
    "none": ((), ()),
    "testosterone and estradiol once": (("testosterone", "estradiol"), (0,)),
    "four hormones once": (HORMONES, (0,)),
    "four hormones twice": (HORMONES, (0, 8)),
}  # by name: which results, in which weeks


def schedule(age: float, bmi: float, values, weeks, names=HORMONES) -> Record:
    """Return a record with these results, in clinical units by name and week."""
    results = [Result("bmi", bmi, DAY, "kg/m2")]
    for week in weeks:
        for name in names:
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


def rank_man(number: int, seed: int, kind: str, draws: int, panel: str):
    """Return by analyte the ranks of level and result in week 16 among the draws, processor seconds and the twin."""
    age, bmi, true, results = virtual_man(number, seed, kind)
    names, weeks = PANELS[panel]
    begun = time.process_time()
    twin = fit(schedule(age, bmi, results, weeks, names), kind=kind, draws=draws, seed=number)
    rest = WEEKS[-1] - max(weeks, default=0)
    ahead = replace(twin, trust=type(twin.trust)()).forecast(REGIMEN, weeks=rest, every="8 weeks")
    seconds, ranks = time.process_time() - begun, {}
    for name in HORMONES:
        one, entry = ahead[name], ANALYTES[name]
        truth = true[name, 16] * entry.factor_to(one.unit)
        result = results[name, 16] / entry.factor_to(entry.clinical) * entry.factor_to(one.unit)
        ranks[name] = _rank(one.levels[:, -1], truth), _rank(one.results[:, -1], result)
    return ranks, seconds, twin


def _rank(draws, value: float) -> float:
    return float(np.mean(draws[np.isfinite(draws)] < value))


def main() -> None:
    """Write the ranks; print the seconds of a fit with its forecast."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--men", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kind", default="secondary")
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--out", type=Path, default=Path("ranks.csv"))
    asked = parser.parse_args()
    with asked.out.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["man", "results", "analyte", "level", "result"])
        for number in range(asked.men):
            for panel in PANELS:
                ranks, took, twin = rank_man(number, asked.seed, asked.kind, asked.draws, panel)
                for name, (level, result) in ranks.items():
                    table.writerow([number, panel, name, f"{level:.4f}", f"{result:.4f}"])
                print(f"{number} {panel}: {took:.2f} s {twin.quality.method} k {twin.quality.pareto_k:.2f} "
                      f"{twin.trust.verdict}", flush=True)  # fmt: skip
            file.flush()


if __name__ == "__main__":
    main()
