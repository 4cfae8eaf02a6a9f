"""What decisions by twin and by simulation are worth in virtual men.

python -m benchmarks.decisions optimum --men 60          the optimized ladder beside the grid and the shipped ladder
python -m benchmarks.decisions next-lab --men 40         one chosen test beside the protocol's fixed panel
python -m benchmarks.decisions twin --men 12             titration by twin beside titration by rule
"""

import argparse
import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import leydig as ly
from leydig.inference.decision.aims import Aims
from leydig.protocol.reader import read_protocol
from leydig.trial.design.design import Trial, TrialArm
from leydig.trial.run import TrialResult, run

DAY = dt.date(2026, 1, 5)
PANEL = ("testosterone", "estradiol", "lh", "fsh")
AGES, BMIS = (25.0, 50.0), (28.0, 42.0)
OPTIONS = ("", "anastrozole 0.5 mg daily", "clomiphene 25 mg daily")
WEEKS = 12.0


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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("optimum",))
    parser.add_argument("--men", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    {"optimum": optimum}[asked.what](asked.men, asked.seed)
