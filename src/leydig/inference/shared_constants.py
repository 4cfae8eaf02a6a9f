"""The fitted constants that all men share, as a density: rival structures, and in each a normal distribution of logs.

The posterior draws that calibration shipped (`leydig.man.uncertainty`) come from several rival structures of the
model, and only draws of one structure belong together. So a place has one standard normal number ``x₀`` for the
structure and one for each constant::

    structure s    the one in whose share of the draws Φ(x₀) falls
    constants      log θ = m_s + D_s·P_s^½·x

``m_s``, ``D_s`` and ``P_s`` are mean, standard deviations and correlation of the logarithms of the draws of ``s``. The
root is the symmetric one, so that a coordinate goes mostly with its own constant in every structure. What a structure
holds fixed, at 0 as well, stays there.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri

from leydig.blocks import multiply_rows
from leydig.man.uncertainty import Draws, manifest, shipped_draws

__all__ = ["ConstantStructure", "SharedConstants", "shared_constants", "structures_of_draws"]


@dataclass(frozen=True)
class ConstantStructure:
    """The constants under one rival structure.

    Attributes
    ----------
    name : str
    share : float
        Of the shipped draws.
    mean : Float[np.ndarray, " constant"]
        Of the logarithm; minus infinity where it is held at 0.
    root : Float[np.ndarray, "constant constant"]
        Root of the covariance of the logarithms; 0 where a constant is held.
    """

    name: str
    share: float
    mean: Float[np.ndarray, " constant"]
    root: Float[np.ndarray, "constant constant"]

    @classmethod
    def of_draws(cls, name: str, share: float, values: Float[np.ndarray, "draw constant"]) -> "ConstantStructure":
        """Return the structure as its draws are spread."""
        with np.errstate(divide="ignore"):
            logs = np.log(values)
        varied = np.flatnonzero(np.ptp(values, axis=0) > 0.0)
        mean, root = logs[0].copy(), np.zeros((values.shape[1],) * 2)
        mean[varied] = logs[:, varied].mean(axis=0)
        scale, axes = np.linalg.eigh(np.corrcoef(logs[:, varied].T))
        symmetric = axes * np.sqrt(np.maximum(scale, 0.0)) @ axes.T
        root[np.ix_(varied, varied)] = logs[:, varied].std(axis=0, ddof=1)[:, None] * symmetric
        return ConstantStructure(name, share, mean, root)


@dataclass(frozen=True)
class SharedConstants:
    """The fitted constants that all men share.

    Attributes
    ----------
    paths : tuple of str
    structures : tuple of ConstantStructure
    """

    paths: tuple[str, ...]
    structures: tuple[ConstantStructure, ...]

    @property
    def ends(self) -> Float[np.ndarray, " structure"]:
        """Between which standard normal numbers each structure lies, the first and the last infinite."""
        shares = np.cumsum([0.0, *(one.share for one in self.structures)])
        return np.asarray(ndtri(shares / shares[-1]))

    def structure_of(self, deviate: Float[np.ndarray, " draw"]) -> Int[np.ndarray, " draw"]:
        """Return the number of the structure of each standard normal number."""
        return np.searchsorted(self.ends[1:-1], deviate, side="right")

    def draws(self, deviate: Float[np.ndarray, " draw"], axes: Float[np.ndarray, "draw constant"]) -> Draws:
        """Return the constants at places, as the shipped draws come.

        Parameters
        ----------
        deviate : Float[np.ndarray, " draw"]
            Standard normal number of the structure.
        axes : Float[np.ndarray, "draw constant"]
            Standard normal numbers of the constants.
        """
        which, found = self.structure_of(deviate), np.empty(axes.shape)
        for number, one in enumerate(self.structures):
            own = which == number
            found[own] = np.exp(one.mean + multiply_rows(axes[own], one.root.T))
        return Draws(dict(zip(self.paths, found.T, strict=True)), {})


@lru_cache(maxsize=1)
def shared_constants() -> SharedConstants:
    """Return the shared constants as the shipped posterior draws are spread."""
    values = shipped_draws().values
    table, names = np.array(list(values.values())).T, structures_of_draws()
    structures = (
        ConstantStructure.of_draws(name, float(np.mean(names == name)), table[names == name])
        for name in dict.fromkeys(names.tolist())
    )
    return SharedConstants(tuple(values), tuple(structures))


def structures_of_draws() -> np.ndarray:
    """Return the name of the rival structure of each shipped draw: the strictest whose held values it has."""
    draws = shipped_draws()
    rivals = sorted(manifest()["structures"].items(), key=lambda one: len(one[1]["fixed"]))
    found = np.full(draws.count, "", dtype=object)
    for name, rival in rivals:
        held = [np.isclose(draws.values[path], value, rtol=1e-5) for path, value in rival["fixed"].items()]
        found[np.all(held, axis=0)] = name
    return found
