"""What decisions by simulation and by twin are worth in virtual men.

python -m benchmarks.decisions optimum --men 40          the optimized ladder beside the grid and the shipped ladder
python -m benchmarks.decisions twins --men 40            his twin's optimum beside the shipped ladders and fixed doses
python -m benchmarks.decisions next-lab --men 200        one chosen test beside none, fixed ones, and a panel of four
"""

import argparse
import datetime as dt
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

import leydig as ly
from leydig.analytes import ANALYTES, of_panel
from leydig.drugs import drugs_of
from leydig.engine import Cohort
from leydig.inference.decision.aims import Aims
from leydig.inference.forward import levels_of_results
from leydig.inference.prior import Prior
from leydig.inference.results.history import history_of
from leydig.inference.results.likelihood import Likelihood
from leydig.man.drug_variability import sample_drug_variability, take_drugs
from leydig.man.sample import noise_of
from leydig.protocol.reader import read_protocol
from leydig.record import Record, Result, Treatment
from leydig.regimen import Dose, Regimen
from leydig.trial.conduct.enrollment import screening_record, trial_men
from leydig.trial.conduct.laboratory import laboratory_results, uniforms
from leydig.trial.design.design import Trial, TrialArm
from leydig.trial.run import run

DAY, BORN = dt.date(2026, 1, 5), dt.date(1991, 5, 1)
PANEL = ("testosterone", "estradiol", "lh", "fsh")
BMIS = (30.0, 42.0)
OPTIONS = (
    "anastrozole 0.5 mg daily",
    "clomiphene 50 mg every other day",
    "clomiphene 50 mg daily",
)  # knowing more pays here
CHANCE = 0.2  # of a harm that is worth the band: decisions are close in these men
LATE, NG_DL = 84, 28.842  # [d] from which days count; of a nmol/L
FIXED = ("anastrozole 0.5 mg daily", "clomiphene 25 mg daily", "clomiphene 50 mg daily")
TWIN_DRUGS, DECIDED = ("anastrozole", "clomiphene"), (0, 42, 126)
READ = (*of_panel("score"), "age", "bmi")
DRAWS, SHOWN = 400, 5
WAYS = ("no test", "the chosen test", *(f"{ANALYTES[name].title} in every man" for name in PANEL), "the panel of four",
        "every level known")  # fmt: skip
AIMS = Aims.of_protocol(read_protocol("anastrozole"))
LEVELS = tuple(dict.fromkeys((*PANEL, *AIMS.analytes)))


class ManShares(NamedTuple):
    """Of each man, which share of his days from month 3 on he was in the band, below the floor, above the limit."""

    band: np.ndarray
    floor: np.ndarray
    limit: np.ndarray
    testosterone: np.ndarray

    @classmethod
    def of(cls, trial: Trial, arm: dict[str, np.ndarray]) -> "ManShares":
        """Return the shares of the men of an arm; NaN of who left before."""
        late = np.asarray(trial.grid) >= LATE
        levels = {one: arm[one][:, late].astype(float) for one in AIMS.analytes}
        there = np.isfinite(levels["testosterone"])
        flat = {one: values.ravel() for one, values in levels.items()}
        with np.errstate(invalid="ignore"):
            found = (AIMS.in_band(flat), AIMS.below_floor(flat), AIMS.above_limit(flat))
            shares = [(one.reshape(there.shape) & there).sum(axis=1) / there.sum(axis=1) for one in found]
        return ManShares(*shares, np.nanmedian(np.where(there, levels["testosterone"], np.nan), axis=1))

    def row(self, name: str, others: "ManShares") -> str:
        """Return a row of the table, with the difference from other doses of the same men and its standard error."""
        cells = [f"{np.nanmean(self.band):.3f}", f"{np.nanmean(self.floor):.3f}", f"{np.nanmean(self.limit):.3f}"]
        for own, other in zip(self[:2], others[:2], strict=True):
            apart = (own - other)[np.isfinite(own - other)]
            cells.append(f"{apart.mean():+.3f} ({apart.std(ddof=1) / np.sqrt(len(apart)):.3f})")
        return f"| {name} | {' | '.join(cells)} | {np.nanmedian(self.testosterone) * NG_DL:.0f} |"


def _print_arms(trial: Trial, arms: dict[str, dict[str, np.ndarray]], control: str) -> None:
    """Print a row for each arm, beside one of them."""
    shares = {name: ManShares.of(trial, levels) for name, levels in arms.items()}
    print(f"| arm | in the band | below the floor | above the limit | band beside {control} | floor beside it | T |")
    print("|---|---|---|---|---|---|---|")
    for name, one in shares.items():
        print(one.row(name, shares[control]))


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
            found_arms = run(trial, workers=1).arms
            _print_arms(trial, {name: arm.levels for name, arm in found_arms.items()}, "shipped ladder")


def twins(men: int, seed: int) -> None:
    """Print obese men whose dose was chosen by their own twins beside the shipped ladders and fixed doses."""
    shipped = (
        TrialArm("anastrozole ladder", protocol="anastrozole"),
        TrialArm("clomiphene ladder", protocol="clomiphene"),
    )
    fixed = tuple(TrialArm(one, regimen=one) for one in FIXED)
    trial = Trial(name="twins", title="doses by twins", n=men, days=364, seed=seed, enrolled_by="anastrozole",
                  kind="obesity", screen="trial", arms=(*shipped, *fixed))  # fmt: skip
    found = run(trial, workers=1)
    numbers = found.arms["anastrozole ladder"].numbers
    arms = {name: arm.levels for name, arm in found.arms.items()}
    _print_arms(trial, arms, "clomiphene ladder")
    arms["his twin"] = _arm_of_twins(trial, numbers, found.screened)
    _print_arms(trial, arms, "clomiphene ladder")


def _arm_of_twins(trial: Trial, numbers: np.ndarray, screened: int) -> dict[str, np.ndarray]:
    """Return true levels on the days of the trial of its men, each on the optimum of his twin on three days."""
    everybody = trial_men(trial, 0, screened)
    records = [screening_record(trial, everybody, int(number), int(number)) for number in numbers]
    drugs = take_drugs(sample_drug_variability(drugs_of(TWIN_DRUGS), screened, trial.seed), numbers)
    cohort = Cohort(everybody.take(numbers), drugs, tolerance=1e-3)
    skipped = [
        np.flatnonzero(uniforms(trial.seed, "doses", int(one), trial.days + 1) >= trial.taken) for one in numbers
    ]
    given: list[list[Dose]] = [[] for _ in numbers]
    levels = {name: np.full((len(numbers), len(trial.grid)), np.nan) for name in AIMS.analytes}
    for visit, (day, until) in enumerate(zip(DECIDED, (*DECIDED[1:], trial.days), strict=True)):
        for place, record in enumerate(records):
            best = _optimum_of(replace(record, results=tuple(one for one in record.results if one.name in READ)), trial)
            if best is None:
                continue
            records[place] = _give(record, best, trial, day)
            missed = tuple(map(int, skipped[place]))
            kept = [replace(one, stop=float(day)) if one.stop is None else one for one in given[place]]
            given[place] = [*kept, *(replace(one.delay(float(day)), missed=missed) for one in best.doses)]
        days = [one for one in trial.grid if day <= one <= until and (day == 0 or one > day)]
        march = cohort.advance([Regimen(one) for one in given], float(until), at=days)
        places = np.searchsorted(march.days[0], days)
        for name, values in levels.items():
            values[:, np.searchsorted(trial.grid, days)] = march[name][:, places]
        for place, number in enumerate(numbers):
            noise = ndtri(uniforms(trial.seed, "reading of his twin", int(number), len(PANEL), visit))
            now = {name: float(march.now(name)[place]) for name in PANEL}
            more = laboratory_results(PANEL, now, dict(zip(PANEL, noise, strict=True)), trial.date(until))
            records[place] = records[place].with_results(more)
        print(day, Counter(str(records[i].treatments[-1].regimen) if records[i].treatments else "nothing"
                           for i in range(len(numbers))), flush=True)  # fmt: skip
    return levels


def _optimum_of(record: Record, trial: Trial) -> Regimen | None:
    """Return what does most good within the bounds for one man, else what harms him least; None of who abstains."""
    twin = ly.fit(record, kind=trial.kind, draws=200)
    if twin.trust.abstains:
        return None
    found = ly.optimize(twin, TWIN_DRUGS, weeks=12, draws=150)
    best = found.choice or min(found.points, key=lambda one: (one.below_floor + one.above_limit, -one.goal))
    return best.regimen


def _give(record: Record, plan: Regimen, trial: Trial, day: int) -> Record:
    date = trial.date(day)
    before = [replace(one, stop=date) if one.stop is None else one for one in record.treatments]
    return replace(record, treatments=(*before, Treatment(plan, date)))


def next_lab(men: int, seed: int, known: tuple[str, ...]) -> None:
    """Print what the decision of day 14 loses without a test, with the chosen one, with fixed ones, and with the panel.

    Men of the kind ``obesity`` of whom `known` was measured once, on day 0. Who he is that has these results is drawn
    from a second fit of his record, `DRAWS` times, each time with readings of day 14; the first fit decides. All ways
    to decide meet the same men and readings; errors are those of differences between records. What `next_lab` expected
    the chosen test to lessen stands last.
    """
    random, rows, count = np.random.default_rng(seed), [], 0
    while len(rows) < men and count < 4 * men:
        count += 1
        row = _man_losses(random, known)
        rows += [] if row is None else [row]
        if row is not None and len(rows) % SHOWN == 0:
            print(_table(np.array(rows)), flush=True)
    print(_table(np.array(rows)))


def _table(rows: np.ndarray) -> str:
    """Return mean losses, and by how much the chosen test loses less than each other way to decide."""
    lines, chosen = [f"{len(rows)} records"], rows[:, WAYS.index("the chosen test")]
    for name, losses in zip(WAYS, rows[:, :-1].T, strict=True):
        apart = losses - chosen
        error = apart.std() / np.sqrt(len(apart))
        lines.append(f"| {name} | {losses.mean():.3f} | {apart.mean():+.3f} ({error:.3f}) |")
    return "\n".join([*lines, f"expected to lessen {rows[:, -1].mean():.3f}"])


def _man_losses(random: np.random.Generator, known: tuple[str, ...]) -> list[float] | None:
    """Return what one record loses by each of `WAYS`, and what was expected of the test; None where a twin abstains."""
    bmi = Result("bmi", float(round(random.uniform(*BMIS), 1)), DAY, "kg/m2")
    blank = [Result(name, 10.0, DAY, ANALYTES[name].us) for name in known]
    history = history_of(Record("male", BORN, (bmi, *blank)))
    prior = Prior.for_drugs("obesity", history.age, history.bmi, ())
    man = prior.men(random.standard_normal((1, len(prior.names))))
    true = levels_of_results(man, lambda _: Regimen(), history.measurements)
    read = np.exp(Likelihood(history.measurements).simulate(true, random)[0])
    first = [_result(one.analyte, value) for one, value in zip(history.measurements, read, strict=True)]
    record = Record("male", BORN, (bmi, *first))
    twin, other = (ly.fit(record, kind="obesity", draws=DRAWS, seed=seed) for seed in (1, 2))
    if twin.trust.abstains:
        return None
    best = twin.next_lab("anastrozole", OPTIONS, PANEL, [14.0], chance=CHANCE).values[0]
    losses, levels = _outcomes(twin)
    true_losses, true_levels = _outcomes(other)
    logs = np.zeros((len(WAYS) - 1, len(true_losses), len(losses)))
    for name in PANEL:
        own, (bias, width), (true_bias, _) = noise_of(name), twin.bias(name), other.bias(name)
        spread = np.hypot(own, width)
        apart = spread * random.standard_normal(len(true_losses)) - 0.5 * own**2
        reading = np.log(true_levels[name]) + true_bias + apart
        near = -0.5 * ((reading[:, None] - (np.log(levels[name]) + bias - 0.5 * own**2)) / spread) ** 2
        for way, tests in enumerate(((), best.tests, *((one,) for one in PANEL), PANEL)):
            logs[way] += near if name in tests else 0.0
    solved, met = np.isfinite(losses).all(axis=1), np.isfinite(true_losses).all(axis=1)
    logs = logs[:, met][:, :, solved]
    weights = np.exp(logs - logs.max(axis=2, keepdims=True))
    decided = (weights @ losses[solved]).argmin(axis=2)
    lost = true_losses[met][np.arange(int(met.sum())), decided].mean(axis=1)
    return [*lost.tolist(), float(true_losses[met].min(axis=1).mean()), best.reduction]


def _outcomes(twin: ly.Twin) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return what each draw loses on every option, and its levels on day 14."""
    ahead = twin.levels_of_options([Regimen(one) for one in OPTIONS], np.array([14.0, 98.0]), LEVELS, 14.0)
    losses = np.stack([_losses({name: one.values[name][:, 1] for name in AIMS.analytes}) for one in ahead], axis=1)
    return losses, {name: values[:, 0] for name, values in ahead[0].values.items()}


def _losses(at: dict[str, np.ndarray]) -> np.ndarray:
    """Return what every man loses at these levels; NaN of who was not solved."""
    harm = AIMS.below_floor(at) | AIMS.above_limit(at)
    loss = 1.0 - AIMS.in_band(at) + (1.0 / CHANCE - 1.0) * harm
    return np.where(np.isfinite(at["testosterone"]), loss, np.nan)


def _result(name: str, value: float) -> Result:
    entry = ANALYTES[name]
    return Result(name, float(value) * entry.factor_to(entry.us), DAY, entry.us)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("optimum", "next-lab", "twins"))
    parser.add_argument("--men", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--known", nargs="*", default=["testosterone"], help="what was measured on day 0")
    asked = parser.parse_args()
    if asked.what == "next-lab":
        next_lab(asked.men, asked.seed, tuple(asked.known))
    else:
        {"optimum": optimum, "twins": twins}[asked.what](asked.men, asked.seed)
