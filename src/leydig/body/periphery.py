"""Fat, liver and testis turn testosterone into estradiol: here an aromatase inhibitor acts.

The enzyme (CYP19A1) works on free testosterone ``T`` (Km). A competitive inhibitor raises the Km by
its block ``x = Σ C/IC50``; in the testis the inhibitor must compete with far more testosterone, so a
block needs ``σ`` times the concentration there. A steroidal inhibitor destroys the enzyme ``n``::

    fat, liver = own·(1 − τ)·n·[T/(Km(1 + x) + T)]·[(Km + T_ref)/T_ref]
    testis     = own·τ·n·P/(1 + x/σ)                  (P: testosterone secretion)
    dn/dt      = k(1 − n) − destruction·n

Fat carries more of the first term the higher the BMI. ``aromatase`` (own) is the man's own number, at the BMI at which
his baseline was measured. When he loses or gains weight, fat's aromatase follows and the other two sites stay::

    fat(BMI) = own·(1 − τ)·φ·exp[k_B(BMI − 23)]/[1 − φ + φ·exp(k_B(BMI_0 − 23))]      (φ: its share at BMI 23)
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.parameter import parameter

__all__ = ["Aromatization", "Periphery"]


class Aromatization(eqx.Module):
    """Estradiol made at each site, in units of the reference man's whole production [1].

    Attributes
    ----------
    fat, liver, testis : Float[Array, ""]
    """

    fat: Float[Array, ""]
    liver: Float[Array, ""]
    testis: Float[Array, ""]

    def total(self) -> Float[Array, ""]:
        """Return the sum over the sites."""
        return self.fat + self.liver + self.testis


class Periphery(eqx.Module):
    """Aromatase at its three sites."""

    aromatase: Float[Array, ""] = parameter(
        1.0, "1", "his own aromatase against the reference man, set from his baseline",
        within=(0.0, 1000.0), cv=0.3, basis="derived",
        source="Lakshman 2010, pmid:20534765; 1 in the reference man by definition")
    testis_share: Float[Array, ""] = parameter(
        0.146, "1", "share τ of estradiol made in the testis",
        within=(0.05, 0.45), basis="fitted", source="Leydig 2026, calibration:fourth")
    michaelis: Float[Array, ""] = parameter(
        1.83, "nmol/L", "free testosterone of half-maximal aromatization (Km)",
        within=(0.8, 4.0), basis="measured",
        source="Lakshman 2010, pmid:20534765")
    testis_protection: Float[Array, ""] = parameter(
        257, "1", "how many times more inhibitor the testis needs for the same block (σ)",
        within=(5.0, 1000.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    enzyme_turnover: Float[Array, ""] = parameter(
        0.7, "1/d", "turnover of the enzyme (k), a half-life of a day",
        within=(0.2, 2.0), basis="assumed",
        source="assumed: estradiol is -62 % at 12 h and -38 % at 24 h after exemestane, so a day at most")
    fat_share: Float[Array, ""] = parameter(
        0.6, "1", "share of fat in peripheral aromatization at BMI 23",
        within=(0.2, 0.9), basis="assumed",
        source="assumed: fat dominates and liver follows; reported only, both are blocked alike")
    fat_per_bmi: Float[Array, ""] = parameter(
        0.07, "m2/kg", "growth of fat's aromatase per BMI unit, against BMI 23",
        within=(0.0, 0.3), basis="derived",
        source="Schneider 1979, pmid:429508; production up to threefold in massive obesity")
    reference_bmi: Float[Array, ""] = parameter(
        23.0, "kg/m2", "BMI of the reference man",
        within=(18.0, 27.0), basis="measured",
        source="Travison 2017, doi:10.1210/jc.2016-2935; non-obese men")

    def fat_part(self, bmi: Float[Array, ""]) -> Float[Array, ""]:
        """Return the share of fat in peripheral aromatization at this BMI [kg/m2]."""
        fat = self._fat(bmi)
        return fat / (fat + 1.0 - self.fat_share)

    def change_fat(self, before: Float[Array, ""], now: Float[Array, ""]) -> "Periphery":
        """Return the same man's aromatase at another BMI: that of fat follows, liver and testis keep theirs.

        Parameters
        ----------
        before, now : Float[Array, ""]
            BMI for which this aromatase is his own, and the other one [kg/m2].

        Returns
        -------
        Periphery
            With another `aromatase` and, because the testis keeps what it makes, another `testis_share`; the very same
            numbers where the BMI is the same.
        """
        liver = 1.0 - self.fat_share
        outside = (self._fat(now) + liver) / (self._fat(before) + liver)
        whole = 1.0 + (1.0 - self.testis_share) * (outside - 1.0)
        changed = (self.aromatase * whole, self.testis_share / whole)
        return eqx.tree_at(lambda part: (part.aromatase, part.testis_share), self, changed)

    def _fat(self, bmi: Float[Array, ""]) -> Float[Array, ""]:
        """Return fat's aromatase, in units of all outside the testis of the reference man [1]."""
        return self.fat_share * jnp.exp(self.fat_per_bmi * (bmi - self.reference_bmi))

    def aromatization(
        self,
        testosterone: Float[Array, ""],
        reference: Float[Array, ""],
        secretion: Float[Array, ""],
        enzyme: Float[Array, ""],
        block: Float[Array, ""],
        fat: Float[Array, ""],
    ) -> Aromatization:
        """Return estradiol made per unit of the man's own aromatase.

        Parameters
        ----------
        testosterone, reference : Float[Array, ""]
            Free testosterone now and in the reference man [nmol/L].
        secretion : Float[Array, ""]
            Testosterone secretion as a ratio (P).
        enzyme : Float[Array, ""]
            Enzyme that is left [1].
        block : Float[Array, ""]
            Competitive block ``Σ C/IC50`` [1].
        fat : Float[Array, ""]
            Share of fat outside the testis [1], from `fat_part`.
        """
        Km, tau = self.michaelis, self.testis_share
        turned = testosterone / (Km * (1.0 + block) + testosterone) * (Km + reference) / reference
        outside = (1.0 - tau) * enzyme * turned
        inside = tau * enzyme * secretion / (1.0 + block / self.testis_protection)
        return Aromatization(outside * fat, outside * (1.0 - fat), inside)

    def enzyme_rate(self, enzyme: Float[Array, ""], loss: Float[Array, ""]) -> Float[Array, ""]:
        """Return dn/dt [1/d]."""
        return self.enzyme_turnover * (1.0 - enzyme) - loss * enzyme
