"""The credibility page: what the model may be used for, and what stands behind it, from the evidence itself.

The words are those of ICH M15 (question of interest, context of use, model influence, decision consequence, model
risk) and ASME V&V 40 (verification, validation, uncertainty, applicability). Numbers come from the replay, the
manifest of the calibration, and the pages that hold the values of verification; none is written here by hand.
``leydig evidence credibility`` makes the page; the same evidence, draws and seed make the same page.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leydig.drugs import DRUGS
from leydig.evidence.calibration import calibration
from leydig.evidence.citations import declared_parameters
from leydig.evidence.reference.reference_file import FILE
from leydig.evidence.replay import MEN, REPLICATES, Prediction
from leydig.evidence.score import goals, score_summary
from leydig.evidence.skill import WORLDS, score_skill
from leydig.evidence.study import Role, Study
from leydig.man.uncertainty import estrogen_share, manifest, shipped_draws
from leydig.reports.credibility_tables import (
    CONVERGED,
    FLAT,
    against_noise,
    applicability,
    applicability_limits,
    by_role,
    misses,
    parameter_tables,
    rows_left_out,
    semen,
    structure_table,
    table,
    weak_parameters,
)

__all__ = ["credibility_page"]

HEAD = """# Credibility

Made by `leydig evidence credibility`; do not edit it. The words are those of ICH M15 and ASME V&V 40: how much
evidence a use needs follows from what a wrong answer would cost, and what follows says how much there is.
"""
QUESTION = """## Question of interest

How do testosterone, estradiol, LH, FSH and, later, sperm of a man, of men like him, or of the arms of a trial move
when aromatase inhibitors, antiestrogens, gonadotropins, GnRH, testosterone or their combinations are given, changed or
stopped, and how sure is that?
"""
CONTEXT = """## Context of use

| | |
|---|---|
| Meant for | planning and interpreting studies, comparing regimens and protocols in virtual men, teaching the axis |
| Quantity | levels, their ratio to a man's own baseline, means of arms with 90 % predictive intervals |
| Whom it stands for | men of 18 to 90 years, of the kinds that the catalogue of men declares, on drugs of the catalogue |
| Beside it | published trials, laboratory results and the judgment of those who decide; it never stands alone |
| Not meant for | choosing a dose for a patient without a clinician, diagnosis, women, boys, anabolic misuse |
"""  # noqa: E501  (rows of a table)
RISK = """## Model influence, decision consequence, model risk

| use | model influence | consequence of a wrong answer | model risk | what it needs from this page |
|---|---|---|---|---|
| teaching and research questions | high | low: a wrong idea that the next study corrects | low | verification; direction right |
| design of a trial (doses, visits, size of arms) | medium | medium: a trial that cannot answer | medium | held-out errors and coverage for the drug and the level in question |
| discussing a regimen with a clinician who measures again | low | medium: visits lost, a side effect seen late | medium | the same, and men inside the range of applicability |
| a dose without measurement or clinician | high | high | high | outside the context of use: the evidence does not carry it |

Look up the row of your use, then the drug, the level and the men in the tables below. What is not there is not
validated.
"""  # noqa: E501  (rows of a table)
CODE = """\
*Code.* The equations are one text that is read twice, by the engine and by an adaptive reference solver that shares
nothing else with it; an SBML export is run by a third program; units, mass balances, monotonic laws and frozen
courses are tests. As stated in [engine.md](engine.md):
"""
CALCULATION = """\
*Calculation.* Every level carries a relative error of at most the tolerance that was asked for (1e-4 when none was);
a man who is not solved is NaN with a reason, and each table below counts such men. In the replay the tolerance is
1e-3, far below what any published mean resolves. A predictive interval is made of {replicates} drawn arms, so its
ends carry a sampling error of their own.
"""
METHOD = """\
Each published arm is replayed with {men} virtual men, evenly drawn, who share its published age, BMI, baseline levels,
spreads and enrollment; a prediction is their mean. Its 90 % interval is that of arms of the published size drawn again
and again, each with one posterior draw of the fitted parameters, one effect of study and assay, other men, and noisy
measurements before and after. The error is |predicted/published - 1|. Values of studies with the role `held-out`
entered no fit and are the source of no parameter (`tests/test_honesty.py`); those with the role `calibration` were
fitted to, so their table shows how well the model can describe, not how well it predicts.
"""
SEEN = """\
Held-out values enter no fit, and no number is set by them. Six of the studies had been seen beside their predictions
when structures were compared ([decision 6](decisions/0006-second-calibration-and-what-it-never-reads.md)), so they test
less than values that nobody had seen; and whoever changes the model after reading this page has seen them all.
"""
NOISE = """\
Published means scatter: their men are few and differ, days and assays do, and so do studies. A *perfect model*, one
that predicts what is true, would therefore miss as well. What it would score on the same values is drawn {worlds}
times from their published numbers of men and spreads, the spread between studies that the calibration found, and the
noise of day and assay; the range is that of 5 to 95 % of the draws. A *standardized error* is the distance of published
and predicted on the logarithm (a share: on the logit, with half a man on each side), in standard deviations of that
noise: of a perfect model its root mean square is one. The *CRPS* is a proper score of the whole predictive
distribution, lower is better. Two baselines are scored beside it, learnt from the calibration values of other studies:
that nothing changes, give or take what usually does; and the mean change in the other studies of the same drugs, which
exist for some of the values (in brackets, with the model's CRPS on these).
"""
SEMEN_SPLIT = """\
Men who were enrolled by a low count have, untreated, more the next time. Of a predicted change, `regression` is what
these men show without the drug; × 1.00 where no count decided who was enrolled. Semen of studies whose design says
`uncontrolled` enters no fit, whatever the role.
"""
PARAMETERS = """\
*Parameters.* {count} constants are fitted together; the others are measured, derived or assumed ({counts}). The prior
of a fitted constant is log-normal over its range; contraction is 1 minus the posterior's standard deviation in units
of the prior's: 0 means that the data say nothing. Each structure took {starts} starts and {steps} steps of {walkers}
walkers on {values} values of {studies} studies.
"""
STRUCTURE = """\
*Between studies.* `study spread of ...` in the table is the standard deviation of a study's effect on the logarithm
of a level: assays, eras and men that their papers do not describe. It is part of every interval.

*Structure.* Rival structures are fitted each on its own, and weighed by how probable they make every study when it is
left out (elpd, the sum over studies; stacking). The draws, and so every interval, hold each rival by its weight; the
declared values are those of the simplest one that alone predicts as well as the best. What was tried and given up
before is told in [decision 3](decisions/0003-first-calibration-and-held-out.md) and [decision
6](decisions/0006-second-calibration-and-what-it-never-reads.md).

"""
UNCOUNTED = """\
- The half-times of suppression and recovery of sperm are not scored as such: values at single times are.
- Agonadal men and men without androgen receptor enter the calibration as limits, so they test nothing; men with
  blocked aromatase and continuous against pulsatile gonadorelin are behavior tests of the program
  (`tests/simulation`), not comparisons with values counted here.
- Joint behavior is not scored: every value is one analyte at one time, although values of one arm move together.
- Individual men: all values are of arms. Nothing here says how well one man's course is predicted.
- Known to be off, in no interval: recovery after testosterone is complete by 17 weeks in the median man, where
  published men stay at 85 % for longer; men without gonadotropins reach 25 nmol/L of testosterone on hCG, where
  16 are published; FSH falls where an aromatase inhibitor and an antiestrogen together raise testosterone threefold.
- The effects of studies on semen were fitted to counts: how far motility, forms and volume vary between studies is
  taken from how they go with the count (`leydig.evidence.reading.scatter`).
- The published tables were read mostly from abstracts; what they do not give was filled by what is usual (n of 10,
  age 35, BMI 25), and such arms are weaker tests than they look.
- Pulses, peaks after a dose and the rhythm of the day are outside the clock of days; see [engine.md](engine.md).
"""
AGAIN = """## How to reproduce

    leydig verify --n 2000                          # verification against the second solution
    leydig population check --n 10000               # virtual men against reference physiology
    leydig evidence calibrate --seed {seed} --starts {starts} --steps {steps}
    leydig evidence run --seed {run} --plot figures     # every value, its interval and the forest plots
    leydig evidence credibility --seed {run}          # this page

Hash of the calibration studies: `{data}`; since the calibration no prediction of them has moved by more than
{drift:.2g} %.
"""


def credibility_page(predictions: Sequence[Prediction], catalog: Mapping[str, Study], docs: Path, seed: int = 1) -> str:
    """Return the credibility page.

    Parameters
    ----------
    predictions : sequence of Prediction
        Every value of the catalogue.
    catalog : mapping of str to Study
        The catalogue.
    docs : Path
        The folder with ``engine.md`` and ``population.md``, whose values of verification are quoted.
    seed : int, optional
        Of the replay, to be told.
    """
    total, record = score_summary(predictions, catalog), manifest()
    data, drift = calibration.data_hash(), calibration.drift()
    stale = record["data"] != data or not drift < calibration.SAME
    parts = [
        HEAD, QUESTION, CONTEXT, RISK, _verification(docs), _validation(predictions, catalog, total),
        _uncertainty(record, stale), _applicability(catalog), _validation_gaps(predictions),
        AGAIN.format(
            run=seed, data=data, drift=100.0 * drift, **{name: record[name] for name in ("seed", "starts", "steps")}
        ),
    ]  # fmt: skip
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _quote(docs: Path, name: str, pattern: str) -> str:
    """Return a value that another page states, or say that it does not state it."""
    path = docs / name
    text = " ".join(path.read_text(encoding="utf-8").split()) if path.exists() else ""
    found = re.search(pattern, text)
    return found.group(0) if found else f"not stated in {name}"


def _verification(docs: Path) -> str:
    engine = _quote(docs, "engine.md", r"On [\d,]+ cases of seed \d+ the worst relative error[^;]*; none failed[^.]*\.")
    sbml = _quote(docs, "engine.md", r"libRoadRunner runs it, and agrees[^.]*?[\d.]+e-\d+[^.]*?[\d.]+e-\d+[^.]*\.")
    men = _quote(docs, "population.md", r"\d+ of \d+ values are within")
    return "\n".join([
        "## Verification", "",
        CODE,
        f"- Engine against reference (`leydig verify`): {engine}",
        f"- SBML export (`leydig export`): {sbml}",
        "- Virtual men against reference physiology (`leydig population check`, [population.md](population.md)):",
        f"  {men}; many of these set the spreads that they check, so this is verification and no validation.",
        "",
        CALCULATION.format(replicates=REPLICATES),
    ])  # fmt: skip


def _validation(found: Sequence[Prediction], known: Mapping[str, Study], total: Mapping[str, Any]) -> str:
    reached = goals(total)
    rows = ((one["goal"], one["of"], one["target"], one["found"],
             "met" if one["met"] else f"**missed** by {one['missed_by'] or 'all'}") for one in reached)  # fmt: skip
    fitted, held_out = (
        sum(study.role == role for study in known.values()) for role in (Role.CALIBRATION, Role.HELD_OUT)
    )
    return "\n".join([
        "## Validation", "", METHOD.format(men=MEN),
        f"{len(found)} values of {len(known)} studies: {fitted} to which the model was fitted, "
        f"{held_out} held out.", "",
        "### Goals", "", *table(("goal", "of", "target", "found", ""), rows), *_why(reached, total),
        "### Against the noise, and against knowing nothing", "", NOISE.format(worlds=WORLDS),
        *against_noise(score_skill(found, known)),
        *by_role(total),
        "### Every value that misses", "",
        "Outside its interval, off by more than 40 %, or a held-out hormone off by more than 12 %. The last column",
        "says what makes a comparison weak; where it names nothing, the model is wrong there.", "",
        *misses(found, known),
        "### Uncontrolled semen: regression to the mean, and the drug", "",
        SEMEN_SPLIT,
        *semen(total["semen"]),
    ])  # fmt: skip


def _why(reached: Sequence[Mapping[str, Any]], total: Mapping[str, Any]) -> list[str]:
    """Return what can be said of missed goals: the worst values and the wrong directions."""
    worst, wrong = (
        total["hormones"].get(Role.HELD_OUT, {}).get("largest_error_of"),
        total["overall"]["directions_wrong_of"],
    )
    lines = [SEEN] + ["Every goal that can be counted here is met."] * all(one["met"] for one in reached)
    if worst:
        lines.append(f"The largest error of a held-out hormone is that of {worst} "
                     f"({total['hormones']['held-out']['largest_error']:.0%}).")  # fmt: skip
    if wrong:
        lines.append(f"Of all values, both roles, these move the wrong way or not at all: {'; '.join(wrong)}.")
    return [*lines, "Value by value, with what makes a comparison weak, below.", ""]


def _uncertainty(record: Mapping[str, Any], stale: bool) -> str:
    flat, edge, mixed = weak_parameters(record)
    bases: dict[str, int] = {}
    for _, one in declared_parameters(list(DRUGS)):
        bases[one.basis] = bases.get(one.basis, 0) + 1
    counts = ", ".join(f"{count} {basis}" for basis, count in sorted(bases.items()))
    lines = ["## Uncertainty", "", PARAMETERS.format(
        count=bases.get("fitted", 0), counts=counts, studies=len(record["studies"]),
        **{name: record[name] for name in ("starts", "steps", "walkers", "values")},
    )]  # fmt: skip
    if stale:
        lines += ["**The draws are out of date**: studies, equations or numbers have changed since they were made.", ""]
    lines += [
        _name_line(f"The data do not identify (contraction below {FLAT:g})", flat, record),
        _name_line("At an end of its range", edge, record),
        _name_line(f"Not converged (R-hat above {CONVERGED:g})", mixed, record),
        _share(),
        "", *parameter_tables(record), STRUCTURE, *structure_table(record), "",
    ]  # fmt: skip
    return "\n".join(lines)


def _share() -> str:
    low, middle, high = np.quantile(estrogen_share(shipped_draws()), [0.05, 0.5, 0.95])
    return (
        f"- Estradiol's share of the brake on LH, which published experiments put at 0.5 to 0.6: {middle:.2f} "
        f"({low:.2f} to {high:.2f})."
    )


def _name_line(what: str, names: Sequence[str], record: Mapping[str, Any]) -> str:
    every = len(names) == len(record["numbers"])
    told = "every one of them" if every else ", ".join(f"`{name}`" for name in names) or "none"
    return f"- {what}: {len(names)} ({told})."


def _applicability(known: Mapping[str, Study]) -> str:
    return "\n".join([
        "## Applicability", "",
        "Where published values were compared at all. A question outside these ranges is an extrapolation, however",
        "narrow its interval looks. A combination counts for each of its drugs.", "",
        *applicability(known),
    ])  # fmt: skip


def _validation_gaps(found: Sequence[Prediction]) -> str:
    folder = FILE.parent
    held, seen = applicability_limits(found)
    lines, rows = rows_left_out(folder)
    files = ", ".join(f"`{path.name}`" for path in sorted([*folder.glob("unused*.toml"), folder / "reference.toml"]))
    return "\n".join([
        "## What was not validated", "",
        f"- No held-out value: {', '.join(held) or 'none'}.",
        f"- No value at all in the studies: {', '.join(seen) or 'none'}.",
        UNCOUNTED,
        f"{rows} rows of the published tables enter no comparison; each stands with its reason in {files} of",
        "`src/leydig/evidence/reference`. Those of trials, by what kept them out:", "",
        *lines,
    ])  # fmt: skip
