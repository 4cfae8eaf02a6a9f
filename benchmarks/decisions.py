"""What decisions by simulation and by twin are worth in virtual men.

python -m benchmarks.decisions optimum --men 40          the optimized ladder beside the grid and the shipped ladder
python -m benchmarks.decisions next-lab --men 40         one chosen test beside none, LH, and a panel of four
"""

import argparse
import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

import leydig as ly
from leydig.analytes import ANALYTES
from leydig.inference.decision.aims import Aims
from leydig.inference.forward import levels_at
from leydig.inference.prior import ADHERENCE, Prior
from leydig.inference.prior_men import PriorMen
from leydig.inference.results.history import history_of
from leydig.inference.results.likelihood import Likelihood
from leydig.protocol.reader import read_protocol
from leydig.record import Record, Result
from leydig.regimen import Regimen
from leydig.trial.design.design import Trial, TrialArm
from leydig.trial.run import TrialResult, run

DAY, LATER, BORN = dt.date(2026, 1, 5), dt.date(2026, 1, 19), dt.date(1991, 5, 1)
PANEL = ("testosterone", "estradiol", "lh", "fsh")
BMIS = (30.0, 42.0)
OPTIONS = ("", "anastrozole 0.5 mg daily", "clomiphene 25 mg daily")
CHANCE = 0.2  # of a harm that is worth the band: decisions are close in these men


def _day_shares(found: TrialResult) -> Iterator[str]:
    """Yield for each arm what share of its visits' days men were in the band and below the floor, from month 3 on."""
    aims = Aims.of_protocol(read_protocol("anastrozole"))
    days = np.asarray(found.trial.grid)
    for name, arm in found.arms.items():
        late = days >= 84
        levels = {one: arm.levels[one][:, late].astype(float).ravel() for one in aims.analytes}
        there = np.isfinite(levels["testosterone"])
        own = {one: values[there] for one, values in levels.items()}
        band, floor = aims.in_band(own).mean(), aims.below_floor(own).mean()
        yield f"| {name} | {band:.3f} | {floor:.3f} | {np.median(own['testosterone']) * 28.842:.0f} |"


def optimum(men: int, seed: int) -> None:
    """Print the optimized ladders beside a grid of fixed doses and the shipped ladders, in the same men."""
    with tempfile.TemporaryDirectory() as folder:
        for drug, enrolled, kind in (
            ("anastrozole", "anastrozole", "obesity"),
            ("clomiphene", "clomiphene", "secondary"),
        ):
            many = ly.population(900, 1000 + seed, kind=kind)
            ratio = np.asarray(many.baseline.testosterone / many.baseline.estradiol) * 28.842 / 0.27238
            low = np.asarray(many.baseline.testosterone) * 28.842 < 300.0
            indicated = np.flatnonzero(ratio < 10.0 if drug == "anastrozole" else low)  # as their protocols ask
            found = ly.optimize(many.take(indicated[:300]), [drug], evidence_only=False)
            rule = ly.titration_rule(found)
            path = Path(folder) / f"{drug}_ladder.toml"
            path.write_text(rule.text, encoding="utf-8")
            grid = [TrialArm(str(one.regimen), regimen=str(one.regimen)) for one in found.points[::3]]
            arms = (
                TrialArm("optimized ladder", protocol=str(path)),
                TrialArm("shipped ladder", protocol=enrolled),
                *grid,
            )
            trial = Trial(name=f"optimum_{drug}", title=f"{drug} ladders", n=men, days=364, seed=seed,
                          enrolled_by=enrolled, kind=kind, arms=arms)  # fmt: skip
            print("choice:", found.choice and found.choice.regimen, "begin", rule.begin)
            print(
                f"\n{drug} ({kind}, {men} men), rungs {'; '.join(rule.rungs)}; up from {rule.least_estradiol:g} pg/mL"
            )
            print("| arm | days in the joint band | days below the floor | median testosterone [ng/dL] |")
            print("|---|---|---|---|")
            print("\n".join(_day_shares(run(trial, workers=1))))


def next_lab(men: int, seed: int) -> None:
    """Print what the decision of week 2 loses without a test, with the chosen one, with LH, and with the panel.

    Men of the kind ``obesity`` whose testosterone and estradiol were measured once, on day 0.
    """
    random, losses, count = np.random.default_rng(seed), [], 0
    while len(losses) < men and count < 4 * men:
        count += 1
        row = _man_losses(random)
        losses += [] if row is None else [row]
    table = np.array(losses)
    names = ("no test", "the chosen test", "LH", "the panel of four", "every level known")
    for name, mean in zip(names, table.mean(axis=0), strict=True):
        print(f"| {name} | {mean:.3f} |")
    apart = table[:, 0] - table[:, 1]
    print(f"{len(table)} men; the chosen test lessens the loss by {apart.mean():.3f} "
          f"(standard error {apart.std() / np.sqrt(len(apart)):.3f})")  # fmt: skip


def _man_losses(random: np.random.Generator) -> list[float] | None:
    """Return what one man loses by each way to decide; None where a twin abstains."""
    bmi = Result("bmi", float(round(random.uniform(*BMIS), 1)), DAY, "kg/m2")
    blank = [Result(name, 10.0, day, ANALYTES[name].us) for day in (DAY, LATER) for name in PANEL]
    history = history_of(Record("male", BORN, (bmi, *blank)))
    drugs = ("anastrozole", "clomiphene")
    prior = Prior.for_drugs("obesity", history.age, history.bmi, drugs)
    place = random.standard_normal((1, len(prior.names)))
    place[0, prior.names.index(ADHERENCE)] = 1.0  # he takes what he is given
    man = prior.men(place)
    untreated = levels_at(man, lambda _: Regimen(), np.array(history.days), PANEL).values
    true = np.stack([untreated[one.analyte][:, int(one.day > 0)] for one in history.measurements], axis=1)
    read = np.exp(Likelihood(history.measurements).simulate(true, random)[0])
    results = {
        (one.analyte, one.result.date): replace(one.result, value=float(value) * one.entry.factor_to(one.entry.us))
        for one, value in zip(history.measurements, read, strict=True)
    }
    losses = [_loss(man, Regimen(option).delay(float((LATER - DAY).days))) for option in OPTIONS]
    first = (bmi, results["testosterone", DAY], results["estradiol", DAY])

    def chosen(more: list[Result], tests: tuple[str, ...] = ("estradiol",)) -> tuple[float, str] | None:
        twin = ly.fit(Record("male", BORN, (*first, *more)), kind="obesity", draws=300)
        if twin.trust.abstains:
            return None
        found = twin.next_lab("anastrozole", OPTIONS, tests, [0.0 if more else 14.0], chance=CHANCE)
        return losses[[str(Regimen(one)) for one in OPTIONS].index(found.chosen)], found.values[0].tests[0]

    before = chosen([], PANEL)
    if before is None:
        return None
    each = [chosen([results[before[1], LATER]]), chosen([results["lh", LATER]]),
            chosen([results[name, LATER] for name in PANEL])]  # fmt: skip
    if None in each:
        return None
    return [before[0], *(one[0] for one in each if one is not None), min(losses)]


def _loss(man: PriorMen, plan: Regimen) -> float:
    """Return what he loses on a regimen that begins with the decision, 12 weeks after it."""
    aims = Aims.of_protocol(read_protocol("anastrozole"))
    when = np.array([(LATER - DAY).days + 84.0])
    at = {name: one[:, 0] for name, one in levels_at(man, lambda _: plan, when, aims.analytes).values.items()}
    harm = (aims.below_floor(at) | aims.above_limit(at))[0]
    return float(1.0 - aims.in_band(at)[0] + (1.0 / CHANCE - 1.0) * harm)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("optimum", "next-lab"))
    parser.add_argument("--men", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    {"optimum": optimum, "next-lab": next_lab}[asked.what](asked.men, asked.seed)
