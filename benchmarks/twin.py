"""Ranks and scores of what came later in a twin's forecast, on virtual men drawn from the prior that fits them.

python -m benchmarks.twin --men 300 --seed 7 --out src/leydig/inference/trust/ranks.csv

In each of `SETTINGS` a man's results are simulated, read with the noise of the likelihood: four hormones before
treatment, and eight and sixteen weeks into it. Twins are fitted to the results of each of `PANELS` and forecast week
16. Written are the ranks of the true level, and of the result, among the draws: even between 0 and 1 where intervals
hold; and the continuous ranked probability score of the logarithm of the result (less is better), of the twin and of
the last result carried forward with the scatter of two results. Men whom the file has already are not made again.
With ``--assay "mass spectrometry"`` estradiol is read, and its true level told, without the background of immunoassays;
a man without results is left out then, since his twin tells it as an immunoassay does.
"""

import argparse
import csv
import datetime as dt
import time
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from scipy.stats import norm

from leydig.analytes import ANALYTES
from leydig.inference.fit import fit
from leydig.inference.forward import levels_at
from leydig.inference.prior import Prior
from leydig.inference.results.adherence import regimen_at
from leydig.inference.results.history import history_of
from leydig.inference.results.likelihood import Likelihood
from leydig.inference.trust.coverage import RANK_COLUMNS, RANKED_ANALYTES, SETTINGS
from leydig.man.sample import noise_of
from leydig.record import Record, Result, Treatment
from leydig.regimen import Regimen

__all__ = ["PANELS", "rank_man", "schedule", "virtual_man"]

DAY = dt.date(2026, 1, 5)
WEEKS = (0, 8, 16)  # of the results; the last ones are forecast
PANELS = {
    "none": ((), ()),
    "testosterone and estradiol once": (("testosterone", "estradiol"), (0,)),
    "four hormones once": (RANKED_ANALYTES, (0,)),
    "four hormones twice": (RANKED_ANALYTES, (0, 8)),
}  # by name: which results, in which weeks
COLUMNS = ["setting", "man", "results", *(f"{name}_{of}" for name in RANKED_ANALYTES for of in RANK_COLUMNS)]


def schedule(age, bmi, values, weeks, names=RANKED_ANALYTES, regimen="anastrozole 1 mg daily", assay="") -> Record:
    """Return a record with these results, in clinical units by name and week, all by one assay."""
    results = [Result("bmi", bmi, DAY, "kg/m2")]
    for week in weeks:
        for name in names:
            entry, day = ANALYTES[name], DAY + dt.timedelta(weeks=week)
            results.append(Result(name, values[name, week], day, entry.clinical, assay=assay))
    born = DAY - dt.timedelta(days=round(age * 365.25))
    return Record("male", born, tuple(results), (Treatment(Regimen(regimen), DAY),))


def virtual_man(number, seed, setting, assay=""):
    """Return a man's age, BMI, true levels and results at every week, drawn from the prior; others in each setting."""
    kind, regimen = SETTINGS[setting]
    random = np.random.default_rng([seed, list(SETTINGS).index(setting), number])
    age, bmi = float(random.uniform(25.0, 50.0)), float(random.uniform(24.0, 34.0))
    usual = {(name, week): ANALYTES[name].case_median * ANALYTES[name].factor_to(ANALYTES[name].clinical)
             for name in RANKED_ANALYTES for week in WEEKS}  # fmt: skip
    history = history_of(schedule(age, bmi, usual, WEEKS, regimen=regimen, assay=assay))
    prior = Prior.for_drugs(kind, history.age, bmi, history.regimen.drugs)
    men = prior.men(random.standard_normal((1, len(prior.names))))
    days = np.array([7.0 * week for week in WEEKS])
    found = levels_at(men, partial(regimen_at, history.regimen), days, RANKED_ANALYTES, history.estradiol_assay)
    true = {(name, week): found.values[name][0, i] for name in RANKED_ANALYTES for i, week in enumerate(WEEKS)}
    levels = np.array([[true[one.analyte, WEEKS[int(one.day // 56)]] for one in history.measurements]])
    read = np.exp(Likelihood(history.measurements).simulate(levels, random))[0]
    results = {(one.analyte, WEEKS[int(one.day // 56)]): value * one.entry.factor_to(one.entry.clinical)
               for one, value in zip(history.measurements, read, strict=True)}  # fmt: skip
    return age, bmi, true, results


def rank_man(number, seed, setting, draws, panel, assay=""):
    """Return `RANK_COLUMNS` of week 16 by analyte, processor seconds and the twin."""
    kind, regimen = SETTINGS[setting]
    age, bmi, true, results = virtual_man(number, seed, setting, assay)
    names, weeks = PANELS[panel]
    begun = time.process_time()
    twin = fit(schedule(age, bmi, results, weeks, names, regimen, assay), kind=kind, draws=draws, seed=number)
    rest = WEEKS[-1] - max(weeks, default=0)
    ahead = replace(twin, trust=type(twin.trust)()).forecast(regimen, weeks=rest, every="8 weeks")
    seconds, found = time.process_time() - begun, {}
    for name in RANKED_ANALYTES:
        one, entry = ahead[name], ANALYTES[name]
        truth = true[name, 16] * entry.factor_to(one.unit)
        result = results[name, 16] / entry.factor_to(entry.clinical) * entry.factor_to(one.unit)
        score, carried = _crps(np.log(one.results[:, -1]), np.log(result)), float("nan")
        if name in names:
            spread = np.sqrt(2.0) * noise_of(name)
            carried = spread * _normal_crps(np.log(results[name, weeks[-1]] / results[name, 16]) / spread)
        found[name] = _rank(one.levels[:, -1], truth), _rank(one.results[:, -1], result), score, carried
    return found, seconds, twin


def _rank(draws, value: float) -> float:
    return float(np.mean(draws[np.isfinite(draws)] < value))


def _crps(draws, value: float) -> float:
    """Return the continuous ranked probability score of draws: of two as good forecasts the narrower has less."""
    ordered = np.sort(draws[np.isfinite(draws)])
    count = len(ordered)
    half_spread = ((2.0 * np.arange(1, count + 1) - count - 1.0) * ordered).sum() / count**2
    return float(np.mean(np.abs(ordered - value)) - half_spread)


def _normal_crps(z: float) -> float:
    """Return the score of a standard normal forecast."""
    return float(z * (2.0 * norm.cdf(z) - 1.0) + 2.0 * norm.pdf(z) - 1.0 / np.sqrt(np.pi))


def main() -> None:
    """Write the figures; print the seconds of a fit with its forecast."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--men", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="after which no further man is begun")
    parser.add_argument("--assay", default="", help="of every result, as a record says it")
    parser.add_argument("--out", type=Path, default=Path("ranks.csv"))
    asked = parser.parse_args()
    done = asked.out.read_text(encoding="utf-8").splitlines()[1:] if asked.out.exists() else []
    panels = [name for name in PANELS if PANELS[name][0] or not asked.assay]
    first, begun = len(done) // (len(SETTINGS) * len(panels)), time.monotonic()
    with asked.out.open("a" if done else "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        if not done:
            table.writerow(COLUMNS)
        for number in range(first, asked.men):
            if time.monotonic() - begun > 60.0 * asked.minutes:
                break
            table.writerows(_rows(number, asked.seed, asked.draws, panels, asked.assay))
            file.flush()


def _rows(number, seed, draws, panels, assay):
    """Return all rows of one man."""
    rows = []
    for setting, panel in product(SETTINGS, panels):
        found, took, twin = rank_man(number, seed, setting, draws, panel, assay)
        figures = (f"{one:.3f}" if np.isfinite(one) else "" for name in RANKED_ANALYTES for one in found[name])
        rows.append([setting, number, panel, *figures])
        print(f"{number} {setting} {panel}: {took:.2f} s {twin.quality.method} k {twin.quality.pareto_k:.2f} "
              f"effective {twin.quality.effective:.0f} {twin.trust.verdict}", flush=True)  # fmt: skip
    return rows


if __name__ == "__main__":
    main()
