"""Pregnancies of an arm's couples: from what share of them a published one is drawn."""

import numpy as np
from jaxtyping import Float

from leydig.trial.conduct.conception import Fecundability, pregnant

__all__ = ["pregnancy_shares"]

TRIED = 24.0  # cycles in vain before treatment, of couples of infertile men; two years, as in decision 7
INFERTILE = ("oligozoospermia", "azoospermia")  # kinds of men whose couples have tried


def pregnancy_shares(
    motile: Float[np.ndarray, "man cycle"], kind: str, size: tuple[int, int], random: np.random.Generator
) -> tuple[float, Float[np.ndarray, " replicate"], float]:
    """Return the predicted share of couples with a pregnancy, that of arms, and the share if no count changed.

    Parameters
    ----------
    motile : Float[np.ndarray, "man cycle"]
        Motile sperm of an ejaculate in each cycle [million].
    kind : str
        Of the men.
    size : (int, int)
        How many arms are drawn, and how many couples each has.
    random : np.random.Generator
    """
    tried = TRIED if kind in INFERTILE else 0.0
    shares = pregnant(motile, tried)[:, -1]
    untreated = pregnant(np.repeat(motile[:, :1], motile.shape[1], axis=1), tried)[:, -1]
    own = shares[random.integers(len(shares), size=size)]
    study = np.exp(float(Fecundability().between) * random.standard_normal((size[0], 1)))
    odds = own / np.maximum(1.0 - own, 1e-9) * study
    drawn = random.random(size) < odds / (1.0 + odds)
    return float(shares.mean()), drawn.mean(axis=1), float(untreated.mean())
