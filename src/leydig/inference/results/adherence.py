"""Adherence: the share of his doses that a man takes, where he gives them to himself.

With a standard normal number ``x``, and ``u`` its share of men below::

    u < π_0:  nothing is taken          else:  taken = 1 + μ·log[(u − π_0)/(1 − π_0)], at least `STEPS[1]`

and the share is the nearest of `STEPS`, so that men who take alike share a plan of doses. What is not taken lessens
every dose by its share: over a day or a week that is what missing some of them comes to.
"""

# Declarations are laid out by hand, as in the organs.
# fmt: off
from dataclasses import replace

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float
from scipy.special import ndtr

from leydig.parameter import parameter
from leydig.regimen import Regimen

__all__ = ["STEPS", "Adherence", "regimen_at"]

STEPS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)  # shares of his doses that a man is taken to take


class Adherence(eqx.Module):
    """How men take their doses."""

    nothing: Float[Array, ""] = parameter(
        0.03, "1", "share of men who take nothing (π_0)", within=(0.0, 0.5), basis="assumed",
        source="assumed: few men who come back with a laboratory result have taken no dose at all")
    missed: Float[Array, ""] = parameter(
        0.05, "1", "mean share of doses that the others miss (μ)", within=(0.0, 0.5), basis="assumed",
        source="assumed: the share of a trial's usual setting, 0.95 taken; to be replaced by counted doses")

    # fmt: on
    def share(self, deviate: Float[np.ndarray, " draw"], most: float = 1.0) -> Float[np.ndarray, " draw"]:
        """Return the share of his doses that a man takes, in `STEPS`.

        Parameters
        ----------
        deviate : Float[np.ndarray, " draw"]
            Standard normal number.
        most : float, optional
            What he says that he took; he takes no more.

        Examples
        --------
        >>> Adherence().share(np.array([-3.0, -1.0, 1.0])).tolist()
        [0.0, 0.9, 1.0]
        """
        below = ndtr(deviate)
        above = np.clip((below - float(self.nothing)) / (1.0 - float(self.nothing)), 1e-300, 1.0)
        wanted = np.clip(1.0 + float(self.missed) * np.log(above), STEPS[1], most)
        steps = np.asarray(STEPS)
        nearest = steps[np.abs(wanted[:, None] - steps).argmin(axis=1)]
        return np.where(below < float(self.nothing), 0.0, nearest)


def regimen_at(regimen: Regimen, share: float) -> Regimen:
    """Return a regimen of which this share is taken.

    Examples
    --------
    >>> print(regimen_at(Regimen("anastrozole 1 mg daily"), 0.5))
    anastrozole 0.5 mg daily
    """
    if share == 1.0:
        return regimen
    return Regimen([replace(dose, amount=dose.amount * share) for dose in regimen.doses] if share else ())
