"""The score that knows the noise: what a perfect model would score on the same values, and what others would.

A perfect model predicts what is true. Published values scatter about that by the noise of their men, readings and
study (`leydig.evidence.noise`), so it misses too; how often and how far is drawn again and again. Beside it stands the
continuous ranked probability score, proper and in the unit of the scale (logarithm, or logit of a share)::

    CRPS = E|X − y| − ½·E|X − X'|        X, X' drawn from what is predicted, y published: lower is better

The model's X are the arms that its replay drew. Two baselines are scored likewise, learnt from the calibration values
of *other* studies in the same run::

    no change        normal(untreated, s²)       s: root mean square change in values of these analytes
    other studies    normal(untreated + m, v)    m: mean change of the analyte under these drugs, a study one value
                                                 v: noise of the value, uncertainty of m, spread between the studies
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Num
from scipy.special import expit, ndtri

from leydig.evidence.calibration.posterior import group_of
from leydig.evidence.crps import crps_of_draws, crps_of_normal
from leydig.evidence.noise import Noise
from leydig.evidence.replay import Prediction
from leydig.evidence.score import HORMONES, LARGE, error, goals, score_summary
from leydig.evidence.study import SEMEN, SHARES_OF_MEN, Role, Study
from leydig.evidence.study_file import studies

__all__ = [
    "PARTS",
    "predict_by_other_studies",
    "predict_no_change",
    "score_content",
    "score_perfect_model",
    "score_skill",
]

WORLDS = 2000
SEED = 1
ROBUST = 1.4826  # a median absolute error times this is a standard deviation, of a normal distribution
ENDS = (0.05, 0.95)
MIDDLE = float(ndtri(ENDS[1]))  # standard deviations on each side that hold what lies between the ends
PARTS = ("hormones", "semen", "all")

Normal = tuple[float, float]  # mean and standard deviation
DrugsOfArm = Mapping[tuple[str, str], tuple[str, ...]]  # by study and arm


def score_content(
    predictions: Sequence[Prediction], extra_studies: Mapping[str, Study] | None = None
) -> dict[str, Any]:
    """Return every value of a replay and its scores, as the command line prints them; arguments as `score_skill`."""
    total = score_summary(predictions, extra_studies)
    summary = total | {"goals": goals(total), "noise": score_skill(predictions, extra_studies)}
    return {"observations": [one.record() for one in predictions], "summary": summary}


def score_skill(
    predictions: Sequence[Prediction], extra_studies: Mapping[str, Study] | None = None
) -> dict[str, dict[str, Any]]:
    """Return the scores of each role: of the four hormones, of semen, and of everything.

    Parameters
    ----------
    predictions : sequence of Prediction
        Baselines are learnt from the calibration values among them.
    extra_studies : mapping of str to Study, optional
        Studies that are not in the catalogue, by id.

    Returns
    -------
    dict
        By role and part: ``figures``; ``median_error``, ``above_40_percent``, ``inside_share``, ``rms`` and ``robust``
        (of standardized errors), ``largest``, ``crps``; ``perfect``, with the middle, ``low`` and ``high`` of the same
        from a perfect model; ``no_change`` and ``other_studies``, each with how many values it could predict, its
        ``crps``, and the model's on these. None where nothing can be counted.
    """
    scored = [one for one in predictions if one.standardized_residual is not None and one.replicates is not None]
    drugs = _drugs(scored, extra_studies)
    pool = [one for one in scored if one.role == Role.CALIBRATION]
    table: dict[str, dict[str, Any]] = {}
    for role in dict.fromkeys(one.role for one in scored):
        own = [one for one in scored if one.role == role]
        parts = {
            "hormones": [one for one in own if one.analyte in HORMONES],
            "semen": [one for one in own if one.analyte in SEMEN],
            "all": own,
        }
        table[role] = {name: _scores(part, pool, drugs) for name, part in parts.items() if part}
    return table


def _scores(part: Sequence[Prediction], pool: Sequence[Prediction], drugs: DrugsOfArm) -> dict[str, Any]:
    """Return every score of some values."""
    standard = np.array([one.standardized_residual for one in part])
    errors = [error(one) for one in part]
    sizes = np.array([one for one in errors if one is not None])
    crps = np.array([_ensemble(one) for one in part])
    no = [predict_no_change(one, pool) for one in part]
    others = [predict_by_other_studies(one, pool, drugs) for one in part]
    return {
        "values": len(part),
        "median_error": float(np.median(sizes)) if len(sizes) else None,
        "above_40_percent": int((sizes > LARGE).sum()),
        "inside_share": float(np.mean([one.is_covered for one in part])),
        "rms": float(np.sqrt(np.mean(standard**2))),
        "robust": ROBUST * float(np.median(np.abs(standard))),
        "largest": float(np.abs(standard).max()),
        "crps": float(crps.mean()),
        "perfect": score_perfect_model(part),
        "no_change": _score_baseline(part, crps, no),
        "other_studies": _score_baseline(part, crps, others),
    }


def _ensemble(one: Prediction) -> float:
    """Return the CRPS of the arms that the replay drew."""
    seen, drawn = one.on_scale(one.observed), one.on_scale(np.asarray(one.replicates))
    return crps_of_draws(float(seen), drawn)


def _score_baseline(
    part: Sequence[Prediction], crps: Float[np.ndarray, " value"], rival: Sequence[Normal | None]
) -> dict[str, float] | None:
    """Return the CRPS of a baseline, and the model's on the values that the baseline could predict."""
    able = [number for number, one in enumerate(rival) if one is not None]
    if not able:
        return None
    means, spreads = np.array([rival[number] for number in able], dtype=float).T
    seen = np.array([float(part[number].on_scale(part[number].observed)) for number in able])
    rivals = crps_of_normal(seen, means, spreads)
    return {"values": len(able), "crps": float(rivals.mean()), "model": float(crps[able].mean())}


# What a perfect model would score ----------------------------------------------------------------------


def score_perfect_model(part: Sequence[Prediction], worlds: int = WORLDS) -> dict[str, dict[str, float]]:
    """Return what a model that predicts the truth would score on these values, given their noise.

    Parameters
    ----------
    part : sequence of Prediction
        With their noise; what they predict stands for the truth.
    worlds : int, optional
        How often all of them are published anew.

    Returns
    -------
    dict
        ``middle``, ``low`` and ``high`` (5 and 95 %) of each score.
    """
    gap, total = _republish(part, worlds)
    errors = np.stack([_error_of_truth(one, gap[:, number]) for number, one in enumerate(part)], axis=1)
    scores = {
        "median_error": np.median(errors, axis=1),
        "above_40_percent": (errors > LARGE).sum(axis=1),
        "inside_share": (np.abs(gap) <= MIDDLE * total).mean(axis=1),
        "rms": np.sqrt(np.mean((gap / total) ** 2, axis=1)),
        "robust": ROBUST * np.median(np.abs(gap / total), axis=1),
        "largest": np.abs(gap / total).max(axis=1),
        "crps": crps_of_normal(gap, 0.0, total).mean(axis=1),
    }
    return {name: _spread(values) for name, values in scores.items()}


def _spread(values: Num[np.ndarray, " world"]) -> dict[str, float]:
    low, high = np.quantile(values, ENDS)
    return {"middle": float(np.median(values)), "low": float(low), "high": float(high)}


def _republish(
    part: Sequence[Prediction], worlds: int
) -> tuple[Float[np.ndarray, "world value"], Float[np.ndarray, " value"]]:
    """Return by how much each value lies off the truth in each world, and its standard deviation.

    The values of one study on one group of analytes share its effect.
    """
    random = np.random.default_rng(SEED)
    noise = [_noise(one) for one in part]
    keys = [(one.study, group_of(one.analyte)) for one in part]
    places = [list(dict.fromkeys(keys)).index(key) for key in keys]
    shared = random.standard_normal((worlds, max(places) + 1))[:, places]
    own = random.standard_normal((worlds, len(part)))
    gap = shared * [one.study for one in noise] + own * [one.own for one in noise]
    return gap, np.array([one.total for one in noise])


def _noise(one: Prediction) -> Noise:
    assert one.noise is not None  # a value without it is not scored
    return one.noise


def _error_of_truth(one: Prediction, gap: Float[np.ndarray, " world"]) -> Float[np.ndarray, " world"]:
    """Return the relative error of the truth against what was published anew, as the credibility page counts it."""
    if one.form not in SHARES_OF_MEN:
        return np.asarray(np.abs(np.exp(-gap) - 1.0))
    published = expit(one.on_scale(one.predicted) + gap)
    return np.asarray(np.abs(one.predicted / published - 1.0))


# Baselines ---------------------------------------------------------------------------------------------


def predict_no_change(one: Prediction, pool: Sequence[Prediction]) -> Normal | None:
    """Return what is predicted by who says that nothing happens, give or take what usually does; None without others.

    Parameters
    ----------
    one : Prediction
    pool : sequence of Prediction
        Calibration values; those of other studies count.
    """
    comparable = _comparable_predictions(one, pool)
    usual = [_change(other) for other in comparable if group_of(other.analyte) == group_of(one.analyte)]
    if one.untreated is None or not usual:
        return None
    return float(one.on_scale(one.untreated)), float(np.sqrt(np.mean(np.square(usual))))


def predict_by_other_studies(one: Prediction, pool: Sequence[Prediction], drugs: DrugsOfArm) -> Normal | None:
    """Return what is predicted by who looks up the other studies of these drugs; None where there is none.

    Parameters
    ----------
    one : Prediction
    pool : sequence of Prediction
        As for `predict_no_change`.
    drugs : mapping
        The drugs of each arm, by study and name.
    """
    own = drugs[one.study, one.arm]
    same = [other for other in _comparable_predictions(one, pool)
            if other.analyte == one.analyte and drugs[other.study, other.arm] == own]  # fmt: skip
    if one.untreated is None or not same or not own:
        return None
    names = list(dict.fromkeys(other.study for other in same))
    changes = [np.mean([_change(other) for other in same if other.study == name]) for name in names]
    spread = np.var(changes, ddof=1) if len(names) > 1 else 0.0
    unsure = np.mean([_noise(other).total ** 2 for other in same]) / len(names)
    return (
        float(one.on_scale(one.untreated) + np.mean(changes)),
        float(np.sqrt(_noise(one).total ** 2 + unsure + spread)),
    )


def _comparable_predictions(one: Prediction, pool: Iterable[Prediction]) -> list[Prediction]:
    """Return the values of other studies that are on the same scale and say what nothing would have been."""
    share = one.form in SHARES_OF_MEN
    usable = (other for other in pool if other.study != one.study and other.untreated is not None)
    return [other for other in usable if (other.form in SHARES_OF_MEN) == share]


def _change(one: Prediction) -> float:
    """Return the published change against nothing, on the scale of the value."""
    assert one.untreated is not None
    return float(one.on_scale(one.observed) - one.on_scale(one.untreated))


def _drugs(found: Sequence[Prediction], known: Mapping[str, Study] | None) -> DrugsOfArm:
    """Return the drugs of each arm, in the order of the alphabet."""
    every = dict(studies()) | dict(known or {})
    return {
        (study.id, arm.name): tuple(sorted(arm.drugs))
        for study in (every[name] for name in dict.fromkeys(one.study for one in found))
        for arm in study.arms
    }
