"""The marrow makes red cells; testosterone raises the hematocrit over the life of a red cell.

``a`` is free testosterone against the reference man and ``g`` the share of it that is given rather
than his own. Given testosterone counts fully, his own by the weight ``w``::

    signal s = a·[w + (1 − w)·g]
    dHct/dt = [own·(1 + k·s/(K + s)) − Hct]/τ

``hematocrit_production`` (own) is the man's own number.
"""

import equinox as eqx
from jaxtyping import Array, Float

from leydig.parameter import parameter

__all__ = ["Marrow"]


class Marrow(eqx.Module):
    """Red-cell turnover."""

    hematocrit_production: Float[Array, ""] = parameter(
        0.44, "L/L", "his own hematocrit without androgen, set from his baseline",
        within=(0.05, 0.8), cv=0.06, basis="assumed",
        source="assumed: middle of the usual adult male range, 0.40 to 0.50")
    own_weight: Float[Array, ""] = parameter(
        0.18, "1", "weight w of his own testosterone against given testosterone",
        within=(0.0, 1.0), basis="derived",
        source="Wheeler 2017, doi:10.1016/j.juro.2016.10.068; +3.0 points on testosterone, +0.6 on "
        "clomiphene for a similar gain; groups differ in age and duration")
    androgen: Float[Array, ""] = parameter(
        0.14, "1", "largest rise k of hematocrit by androgen",
        within=(0.0, 0.5), basis="derived",
        source="ShankaraNarayana undated, unresolved:ShankaraNarayana; hemoglobin 164 against 151 g/L at 4.5 times the "
        "testosterone | Wheeler 2017, doi:10.1016/j.juro.2016.10.068; +3.0 points on testosterone")
    half: Float[Array, ""] = parameter(
        0.5, "1", "signal of half that rise (K)",
        within=(0.05, 5.0), basis="derived",
        source="ShankaraNarayana undated, unresolved:ShankaraNarayana; +8.6 % at 4.5 times the testosterone | "
        "Wheeler 2017, doi:10.1016/j.juro.2016.10.068; +7 % at twice the testosterone")
    delay: Float[Array, ""] = parameter(
        60.0, "d", "time over which hematocrit follows (mean age of a red cell, half of 120 d)",
        within=(30.0, 120.0), basis="derived",
        source="Tetschke 2018, url:https://github.com/nlmixr2/nlmixr2lib; red-cell loss 1/120 per day")

    def target(self, androgen: Float[Array, ""], exogenous_share: Float[Array, ""]) -> Float[Array, ""]:
        """Return the settled hematocrit per unit of `hematocrit_production`."""
        w = self.own_weight
        signal = androgen * (w + (1.0 - w) * exogenous_share)
        return 1.0 + self.androgen * signal / (self.half + signal)

    def rate(
        self, hematocrit: Float[Array, ""], androgen: Float[Array, ""], exogenous_share: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return dHct/dt [L/L/d]."""
        return (self.hematocrit_production * self.target(androgen, exogenous_share) - hematocrit) / self.delay
