"""What a trial says of couples: pregnancies by cycle, and access to insemination.

Access is read from the last ejaculate before treatment and the last one on it, by the bands of the enrolling protocol
(`leydig.protocol.semen.InseminationBands`). One low sample rises by itself: compare with the untreated arm.
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.stats import binomtest

from leydig.protocol.semen import ACCESS, InseminationBands, insemination_access
from leydig.trial.conduct.conception import CYCLES
from leydig.trial.conduct.outcome import ArmResult
from leydig.trial.design.design import CYCLE, Trial

__all__ = ["access_gain", "access_summary", "pregnancy_by_cycle", "pregnancy_share"]

LEVEL = 0.95  # of an interval


def pregnancy_share(outcome: ArmResult, day: float) -> float:
    """Return the share of couples with a pregnancy by a day, of all who were enrolled."""
    return float(np.mean(outcome.conceived <= day)) if len(outcome.conceived) else 0.0


def pregnancy_by_cycle(trial: Trial, outcome: ArmResult) -> dict[str, dict[str, float | None]]:
    """Return the share of couples with a pregnancy by each shown cycle that the trial reaches, with an interval."""
    return {
        str(cycle): _share(int((outcome.conceived <= cycle * CYCLE).sum()), len(outcome.conceived))
        for cycle in CYCLES if cycle * CYCLE <= trial.days and len(outcome.conceived)
    }  # fmt: skip


def access_gain(bands: InseminationBands, outcome: ArmResult) -> Float[np.ndarray, " man"]:
    """Return 1 for men who gained access to insemination, 0 for those who did not; NaN for men who had it before."""
    before, after = outcome.motile_before, np.nan_to_num(outcome.motile_after)
    asked = ~np.isnan(before) & (before < bands.insemination)
    return np.where(asked, (after >= bands.insemination).astype(float), np.nan)


def access_summary(bands: InseminationBands, outcome: ArmResult) -> dict[str, Any]:
    """Return how many men had which access before treatment and on it, and how many gained or lost insemination."""
    gained = access_gain(bands, outcome)
    without = int((~np.isnan(gained)).sum())
    had = outcome.motile_before >= bands.insemination
    return {
        "bands": {"insemination": bands.insemination, "discuss": bands.discuss, "fertilization": bands.fertilization,
                  "unit": "million motile before washing", "certainty": bands.certainty},
        "before": _count_access(bands, outcome.motile_before), "after": _count_access(bands, outcome.motile_after),
        "gained": _share(int(np.nansum(gained)), without) | {"men": int(np.nansum(gained)), "of": without},
        "lost": {"men": int((had & (outcome.motile_after < bands.insemination)).sum()), "of": int(had.sum())},
        "note": "one low first sample rises by itself: compare with the untreated arm",
    }  # fmt: skip


def _count_access(bands: InseminationBands, motile: Float[np.ndarray, " man"]) -> dict[str, int]:
    places = [insemination_access(bands, float(one)) for one in motile if not np.isnan(one)]
    return {name: places.count(place) for place, name in enumerate(ACCESS)}


def _share(count: int, total: int) -> dict[str, float | None]:
    """Return a share with Wilson's interval; nothing where nobody was asked."""
    if not total:
        return {"share": None, "low": None, "high": None}
    interval = binomtest(count, total).proportion_ci(LEVEL, "wilson")
    return {"share": count / total, "low": float(interval.low), "high": float(interval.high)}
