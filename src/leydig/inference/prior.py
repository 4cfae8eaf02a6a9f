"""The prior: the very map by which populations are drawn, from independent standard normal numbers to men.

A place ``x`` has one number for each coordinate, all of them standard normal before anything was measured::

    levels, response constants   z = Φ⁻¹[Φ(−3) + Φ(x)·(Φ(3) − Φ(−3))]     as `leydig.man.population` draws them
    drugs                        z = x, clipped at 2.5                    as `leydig.man.drug_variability` draws them
    shared constants             as the shipped draws are spread: `leydig.inference.shared_constants`
    adherence                    the share taken, `leydig.inference.results.adherence`

In a population that was fitted (`leydig.inference.hierarchy`) some numbers are ``m + s·x`` in place of ``x``. A man
under other constants keeps his levels, as in `leydig.man.uncertainty.men_of_draws`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import ndtr, ndtri

from leydig.body import Body
from leydig.drugs import drugs_of
from leydig.inference.prior_men import PriorMen, men_of_numbers
from leydig.inference.results.adherence import Adherence
from leydig.inference.shared_constants import shared_constants
from leydig.man.deviates import FURTHEST, PopulationTraits, deviate_names, traits_of_kind
from leydig.man.drug_variability import drug_deviate_names, vary_drugs
from leydig.man.uncertainty import Draws, drugs_of_draws

__all__ = ["ADHERENCE", "STRUCTURE", "Prior"]

ADHERENCE = "adherence"
STRUCTURE = "structure"  # which rival structure of the model holds
SHARED = "shared"  # before the path of a constant that all men share
SET_BY_RECORD = ("age", "bmi")  # deviates that are not unknown here


@dataclass(frozen=True)
class Prior:
    """Men of one kind, age and BMI, before anything was measured.

    Attributes
    ----------
    kind : str
    age, bmi : float
        Years and kg/m2.
    drugs : tuple of str
        Whatever is given, mixtures resolved.
    most_share : float
        The share of his doses that he says he took.
    shifts : tuple of (str, float, float)
        Coordinates of his levels, his response constants and his drugs that have another mean and spread.
    """

    kind: str
    age: float
    bmi: float
    drugs: tuple[str, ...] = ()
    most_share: float = 1.0
    shifts: tuple[tuple[str, float, float], ...] = ()

    @classmethod
    def for_drugs(
        cls, kind: str, age: float, bmi: float, drugs: Iterable[str], most_share: float = 1.0,
        shifts: tuple[tuple[str, float, float], ...] = (),
    ) -> "Prior":  # fmt: skip
        """Return the prior of a man who is given these drugs, by their catalogue names."""
        return Prior(kind, age, bmi, tuple(drugs_of(drugs)), most_share, shifts)

    @cached_property
    def _traits(self) -> PopulationTraits:
        return traits_of_kind(self.kind, self.age, self.bmi)

    @property
    def recovers(self) -> bool:
        """Whether men of this kind are not at rest on day 0: they had testosterone until then."""
        return self._traits.testosterone_input is not None

    @cached_property
    def own_names(self) -> tuple[str, ...]:
        """Coordinates of his levels and response constants."""
        return tuple(name for name in deviate_names(Body()) if name not in SET_BY_RECORD)

    @cached_property
    def drug_names(self) -> tuple[str, ...]:
        """Coordinates of what becomes of his drugs."""
        return drug_deviate_names(drugs_of(self.drugs))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name of every coordinate, in their order."""
        shared = (STRUCTURE, *(f"{SHARED} {path}" for path in shared_constants().paths))
        taken = (ADHERENCE,) if self.drugs else ()
        return (*self.own_names, *self.drug_names, *shared, *taken)

    @cached_property
    def is_shared(self) -> Bool[np.ndarray, " coordinate"]:
        """Which coordinates are those of constants that all men share."""
        return np.array([name.startswith(f"{SHARED} ") for name in self.names])

    def shared_draws(self, places: Float[np.ndarray, "draw coordinate"]) -> Draws:
        """Return the constants that all men share at these places, as the shipped draws come."""
        return shared_constants().draws(places[:, self.names.index(STRUCTURE)], places[:, self.is_shared])

    def structures(self, places: Float[np.ndarray, "draw coordinate"]) -> Int[np.ndarray, " draw"]:
        """Return the number of the rival structure at each of these places."""
        return shared_constants().structure_of(places[:, self.names.index(STRUCTURE)])

    def men(self, places: Float[np.ndarray, "draw coordinate"]) -> PriorMen:
        """Return the men at these places.

        Parameters
        ----------
        places : Float[np.ndarray, "draw coordinate"]
            Columns as in `names`.
        """
        numbers = places.copy()
        for name, mean, spread in self.shifts:
            column = self.names.index(name)
            numbers[:, column] = mean + spread * numbers[:, column]
        x = dict(zip(self.names, numbers.T, strict=True))
        count = len(places)
        share = ndtr(-FURTHEST) + ndtr(numbers[:, : len(self.own_names)]) * (ndtr(FURTHEST) - ndtr(-FURTHEST))
        normal = {
            **{name: np.zeros(count) for name in SET_BY_RECORD},
            **dict(zip(self.own_names, ndtri(share).T, strict=True)),
        }
        drawn = self.shared_draws(places)
        men, drug_free = men_of_numbers(normal, drawn, self._traits)
        varied = vary_drugs(drugs_of(self.drugs), {name: x[name] for name in self.drug_names})
        drugs = drugs_of_draws(varied, drawn, np.arange(count))
        taken = Adherence().share(x[ADHERENCE], self.most_share) if self.drugs else np.ones(count)
        return PriorMen(men, drug_free, drugs, taken)
