"""Several runs of one trial: other men by other seeds, or other men under other posterior draws of the model.

Seeds pool into one trial of all their men. Draws tell how far the model's own uncertainty reaches. With `d_k` the
difference in replicate k, each of other men under another draw, and `s_k` its standard error from the men::

    men             √(mean s_k²)
    men and model   √(variance of d_k)
    model           what the one has beyond the other, as variances
    interval        mean d ± t·√(variance of d·(1 + 1/K)): where another such trial falls
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri
from scipy.stats import t

from leydig import checks
from leydig.errors import BadTrial
from leydig.man.uncertainty import shipped_draws
from leydig.trial.analysis.effect import contrasts, primary_values
from leydig.trial.design.design import Trial
from leydig.trial.run import TrialResult

__all__ = ["across_draws", "across_seeds", "trials_of_draws", "trials_of_seeds"]


def trials_of_seeds(trial: Trial, seeds: Sequence[int]) -> list[Trial]:
    """Return a trial with each of several seeds.

    Raises
    ------
    BadTrial
        When a seed is impossible or comes twice.
    """
    if len(set(seeds)) < len(seeds):
        raise BadTrial(f"got seeds {list(seeds)}; expected each once. The same seed is the same men.")
    return [replace(trial, seed=seed) for seed in seeds]


def trials_of_draws(trial: Trial, count: int) -> list[Trial]:
    """Return a trial under so many posterior draws of the model, each with other men.

    Raises
    ------
    BadTrial
        When there are not so many draws.
    """
    checks.whole_number(count, "uncertainty", (2, shipped_draws().count), error=BadTrial)
    seeds = [(trial.seed + place) % (checks.HIGHEST_SEED + 1) for place in range(count)]
    return [replace(trial, draw=int(draw) + 1, seed=seed, uncertainty=0)
            for seed, draw in zip(seeds, shipped_draws().sample(count), strict=True)]  # fmt: skip


def across_seeds(runs: Sequence[TrialResult]) -> dict[str, Any]:
    """Return the primary endpoint of all men of several seeds together, and how it differs from seed to seed.

    Parameters
    ----------
    runs : sequence of Ran
        Of one trial with several seeds.
    """
    trial = runs[0].trial
    values = [{name: primary_values(one.trial, outcome) for name, outcome in one.arms.items()} for one in runs]
    pooled = contrasts(trial, {name: np.concatenate([one[name] for one in values]) for name in values[0]})
    single = [contrasts(trial, one) for one in values]
    return {
        name: {"pooled": asdict(whole)} | _spread([one[name].difference for one in single])
        for name, whole in pooled.items()
    }  # fmt: skip


def _spread(found: Sequence[float | None]) -> dict[str, Any]:
    known = np.array([one for one in found if one is not None])
    sd = float(known.std(ddof=1)) if len(known) > 1 else None
    return {"differences": list(found), "mean": float(known.mean()) if len(known) else None, "sd": sd}


def across_draws(runs: Sequence[TrialResult]) -> dict[str, Any]:
    """Return the primary difference over men and posterior draws, and how much of its spread each of them makes.

    Parameters
    ----------
    runs : sequence of Ran
        Of the trials of `trials_of_draws`.
    """
    trial, level = runs[0].trial, runs[0].trial.primary.level
    single = [contrasts(one.trial, {name: primary_values(one.trial, arm) for name, arm in one.arms.items()})
              for one in runs]  # fmt: skip
    found = {}
    for name in single[0]:
        known = [one[name] for one in single if one[name].low is not None]
        differences = np.array([one.difference for one in known], dtype=float)
        widths = np.array([(one.high or 0.0) - (one.low or 0.0) for one in known])
        found[name] = {"replicates": len(known)} | _parts(differences, widths / (2.0 * ndtri(0.5 + level / 2.0)), level)
    return {"of": trial.primary.of, "month": trial.endpoint_month, "control": trial.control, "level": level,
            "contrasts": found}  # fmt: skip


def _parts(
    differences: Float[np.ndarray, " replicate"], errors: Float[np.ndarray, " replicate"], level: float
) -> dict[str, Any]:  # fmt: skip
    """Return mean, interval and the parts of the spread."""
    count = len(differences)
    if count < 2:
        return {"mean": None, "low": None, "high": None, "sd": None, "sd_men": None, "sd_model": None}
    mean, sd, men = float(differences.mean()), float(differences.std(ddof=1)), float(np.sqrt(np.mean(errors**2)))
    reach = float(t.ppf(0.5 + level / 2.0, count - 1)) * sd * np.sqrt(1.0 + 1.0 / count)
    return {"mean": mean, "low": float(mean - reach), "high": float(mean + reach), "sd": sd, "sd_men": men,
            "sd_model": float(np.sqrt(max(sd**2 - men**2, 0.0)))}  # fmt: skip
