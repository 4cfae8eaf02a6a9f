"""The tables of the credibility page: totals, misses, parameters, applicability and what stayed unused."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leydig.analytes import ANALYTES
from leydig.drugs import DRUGS
from leydig.evidence.calibration.posterior import FLOOR, free_parameters
from leydig.evidence.formats import BASELINES, decimals, label_of, number_text, skill_rows, total_cells
from leydig.evidence.reference.reference_file import read_unused_rows, reference
from leydig.evidence.replay import Prediction
from leydig.evidence.score import HORMONES, LARGE, MEDIAN_ERROR, comparison, error
from leydig.evidence.study import SEMEN, SHARES_OF_MEN, Arm, Role, Study
from leydig.inference.sampling.weights import HEAVY_TAIL

__all__ = [
    "against_noise",
    "applicability",
    "applicability_limits",
    "by_role",
    "gaps",
    "misses",
    "parameter_tables",
    "rows_left_out",
    "semen",
    "structure_table",
    "table",
    "weak_parameters",
]

FLAT, CONVERGED = 0.1, 1.05  # least narrowing of a prior that counts, largest R-hat that passes
EDGE = 0.02  # of the log range: an optimum as near to an end sits at it
THEMES = {  # what kept a row out of the studies, by a pattern in its reason; the first that fits
    "a drug that the catalogue does not hold": r"no such drug|drugs and doses not seen|no drug of|not in the cat",
    "dose, regimen or time not seen": r"not seen|no time|no dose",
    "men of whom there is no kind": r"no kind of men|secondhand|no kind stands",
    "pulses, peaks and tests within minutes": r"pulse|peak|GnRH test|within minutes|half-life|kinetics|nadir",
    "a quantity that no analyte stands for": r"no (such )?analyte|no form|testis|side effect|motile normal|threshold",
    "doses or drugs pooled": r"pooled|doses mixed",
    "the same men as in another study": r"double of|together",
    "a value that is implausible or can be read in two ways": r"may be|may mean|plausible|impossible|not fit|not said",
    "a direction or a range without a central value": r"direction only|range|no central",
}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return a table of the page, line by line; one line of text where there are no rows."""
    lines = ["| " + " | ".join(str(cell).replace("|", "/") for cell in row) + " |" for row in rows]
    if not lines:
        return ["(none)", ""]
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines, ""]


def by_role(total: Mapping[str, Any]) -> list[str]:
    """Return one table per role: every analyte, the four hormones together, and everything."""
    head = ("analyte", "values", "inside 90 % interval", "median error", "largest error", "above 40 %",
            "median high/low", "direction right", "not compared", "men failed")  # fmt: skip
    lines = []
    for role in sorted(total["by_role"], reverse=True):
        own = total["by_role_and_analyte"][role]
        order = [*(name for name in HORMONES if name in own), *sorted(name for name in own if name not in HORMONES)]
        rows = [(label_of(name), own[name]) for name in order]
        rows += [("**the four hormones**", total["hormones"][role]), ("**all**", total["by_role"][role])]
        lines += [
            f"### {role.capitalize()} values",
            "",
            *table(head, ((name, *total_cells(row)) for name, row in rows if row["values"])),
        ]
    return lines


def against_noise(skill: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return, for every role and part of the values, each score beside a perfect model's and the baselines'."""
    titles = {"hormones": "testosterone, estradiol, LH and FSH", "semen": "semen", "all": "everything"}
    rows = [
        (role, f"{titles[part]} ({scores['values']})", *row.values())
        for role, parts in sorted(skill.items(), reverse=True)
        for part, scores in parts.items()
        for row in skill_rows(scores)
    ]
    head = ("role", "values of", "score", "found", "a perfect model (5 to 95 %)", *BASELINES.values())
    return table(head, rows)


def misses(predictions: Sequence[Prediction], catalog: Mapping[str, Study]) -> list[str]:
    """Return every value outside its interval or off by more than 40 %; held-out hormones off by more than 12 %."""
    head = ("role", "study: arm", "value", "published", "predicted (90 % interval)", "error", "inside",
            "weak points of the comparison")  # fmt: skip
    far = [one for one in predictions if not one.is_covered or (error(one) or 0.0) > _limit(one)]
    rows = sorted(far, key=lambda one: (one.role != Role.HELD_OUT, one.study, one.arm, one.analyte, one.week))
    return table(head, (_miss_row(one, catalog) for one in rows))


def _limit(one: Prediction) -> float:
    return MEDIAN_ERROR if one.role == Role.HELD_OUT and one.analyte in HORMONES else LARGE


def _miss_row(one: Prediction, known: Mapping[str, Study]) -> tuple[str, ...]:
    share = f"share of {'couples' if one.analyte == 'pregnancy' else 'men'}"
    unit = one.unit or (share if one.form in SHARES_OF_MEN else "of baseline or control")
    gap = one.log_ratio
    return (
        one.role, f"{one.study}: {one.arm}", f"{label_of(one.analyte)}, week {one.week:.3g}",
        f"{number_text(one.observed)} {unit}",
        f"{number_text(one.predicted)} ({number_text(one.low)} to {number_text(one.high)})",
        "no ratio" if gap is None else f"{np.exp(gap) - 1.0:+.0%}", "yes" if one.is_covered else "no",
        "; ".join(gaps(one, known)) or "none known: the model is off",
    )  # fmt: skip


def gaps(one: Prediction, catalog: Mapping[str, Study]) -> list[str]:
    """Return what the source does not give and what makes a comparison weak: places to look, no excuses."""
    study = catalog[one.study]
    arm = next(arm for arm in study.arms if arm.name == one.arm)
    absent = ["n"] if arm.n is None else []
    absent += ["age and BMI"] if arm.age is None and arm.bmi is None else []
    semen = ("sperm_concentration", "total_sperm_count") if one.analyte in (*SEMEN, "pregnancy") else ("testosterone",)
    if not any(name in arm.baseline for name in (one.analyte, *semen)):
        absent.append("baseline")
    found = [f"not published: {', '.join(absent)}"] if absent else []
    if study.old_assay(one.analyte):
        found.append("old radioimmunoassay")
    ratios = comparison(one, catalog)
    if ratios is not None and min(ratios) < FLOOR:
        found.append("near the floor of the assay")
    if one.form in SHARES_OF_MEN and one.analyte != "pregnancy":
        found.append("the tail of a distribution, not its middle")
    if one.observed <= 0.0:
        found.append("published as none")
    return found


def semen(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return how much of each uncontrolled change in semen is regression and how much the drug."""
    split = [row for row in rows if row["drug"] is not None]
    return table(
        ("study: arm", "value", "role", "published", "predicted", "= regression", "· drug"),
        ((f"{row['study']}: {row['arm']}", f"{label_of(row['analyte'])}, week {row['week']:.3g}", row["role"],
          *(f"× {row[key]:.2f}" for key in ("observed", "predicted", "regression", "drug"))) for row in split),
    )  # fmt: skip


# Parameters --------------------------------------------------------------------------------------------


def parameter_tables(record: Mapping[str, Any]) -> list[str]:
    """Return each fitted number with its prior, posterior, contraction and convergence."""
    head = ("number", "unit", "prior range", "best", "5 to 95 %", "contraction", "R-hat", "ESS")
    declared = {one.path: one.declaration for one in free_parameters()}
    rows = []
    for name, row in record["numbers"].items():
        one = declared.get(name)
        prior = "-" if one is None else f"{one.within[0]:.4g} to {one.within[1]:.4g}"
        rows.append((
            f"`{name}`", one.unit if one is not None else "", prior, f"{row['best']:.3g}",
            f"{row['low']:.3g} to {row['high']:.3g}", decimals(row.get("contraction")),
            f"{row['rhat']:.2f}", f"{row['ess']:.0f}",
        ))  # fmt: skip
    return table(head, rows)


def weak_parameters(record: Mapping[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """Return which parameters the data hardly narrow, which sit at an end of their range, and what did not converge."""
    rows, bounds = record["numbers"], {one.path: one.bounds for one in free_parameters()}
    flat = [name for name, row in rows.items() if not row.get("contraction", 1.0) >= FLAT]
    edge = []
    for name, (low, high) in bounds.items():
        if name in rows and rows[name]["best"] > 0.0:
            place = (np.log(rows[name]["best"]) - low) / (high - low)
            edge += [name] if min(place, 1.0 - place) < EDGE else []
    return flat, edge, [name for name, row in rows.items() if not row["rhat"] <= CONVERGED]


def structure_table(record: Mapping[str, Any]) -> list[str]:
    """Return the rival structures, their weights and what their calibrations say of themselves."""
    rows = [
        (f"`{name}`", one["title"], f"{one['weight']:.2f}", f"{one['elpd']:.1f}", f"{one['log_posterior']:.1f}",
         f"{one['rhat']:.3f}", f"{one['pareto_k']:.2f}", f"{one['effective_draws']:.0f}",
         str(sum(shape > HEAVY_TAIL for _, shape in one["left_out"].values())))
        for name, one in record["structures"].items()
    ]  # fmt: skip
    head = ("structure", "what it says", "weight", "elpd", "log posterior", "largest R-hat", "k of weights",
            "effective draws", f"studies left out with k above {HEAVY_TAIL:g}")  # fmt: skip
    return table(head, rows)


# Applicability -----------------------------------------------------------------------------------------


def applicability(catalog: Mapping[str, Study]) -> list[str]:
    """Return, for every drug, the values that were compared, in whom and for how long."""
    arms = [(study, arm) for study in catalog.values() for arm in study.arms]
    rows = [(DRUGS[name].title, *_coverage_row([pair for pair in arms if name in pair[1].drugs])) for name in DRUGS]
    rows.append(("untreated", *_coverage_row([pair for pair in arms if not pair[1].drugs])))
    head = ("drug", "calibration values", "held-out values", "studies", "kinds of men", "mean ages [year]",
            "mean BMIs [kg/m2]", "weeks")  # fmt: skip
    return table(head, rows)


def _coverage_row(arms: Sequence[tuple[Study, Arm]]) -> tuple[str, ...]:
    counts = {role: sum(len(arm.observed) for study, arm in arms if study.role == role)
              for role in (Role.CALIBRATION, Role.HELD_OUT)}  # fmt: skip
    weeks = [one.week for _, arm in arms for one in arm.observed]
    return (
        *(str(count) for count in counts.values()), str(len({study.id for study, arm in arms if arm.observed})),
        ", ".join(sorted({arm.kind for _, arm in arms})) or "-", _range(arm.age.value for _, arm in arms if arm.age),
        _range(arm.bmi.value for _, arm in arms if arm.bmi), _range(weeks),
    )  # fmt: skip


def _range(values: Iterable[float]) -> str:
    found = sorted(values)
    if not found:
        return "-"
    return f"{found[0]:.3g}" if found[0] == found[-1] else f"{found[0]:.3g} to {found[-1]:.3g}"


def applicability_limits(predictions: Sequence[Prediction]) -> tuple[list[str], list[str]]:
    """Return the analytes without a held-out value, and those without any."""
    held = {one.analyte for one in predictions if one.role == Role.HELD_OUT}
    seen = {one.analyte for one in predictions}
    return (
        [label_of(name) for name in ANALYTES if name in seen - held],
        [label_of(name) for name in ANALYTES if name not in seen],
    )


def rows_left_out(folder: Path) -> tuple[list[str], int]:
    """Return why rows of the published tables entered no study, and how many did not."""
    rows: list[tuple[str, str, int]] = []
    for path in sorted(folder.glob("unused*.toml")):
        rows += [(one.reason, one.study, one.rows) for one in read_unused_rows(path).unused]
    themes: dict[str, tuple[int, set[str]]] = {}
    for reason, study, count in rows:
        theme = next((name for name, pattern in THEMES.items() if re.search(pattern, reason)), "another reason")
        before, studies = themes.get(theme, (0, set()))
        themes[theme] = before + count, studies | {study}
    order = sorted(themes.items(), key=lambda pair: (-pair[1][0], pair[0]))
    lines = table(("why", "rows", "published studies"), ((why, count, len(names)) for why, (count, names) in order))
    return lines, sum(count for _, _, count in rows) + len(reference().unused)
