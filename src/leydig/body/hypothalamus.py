"""The hypothalamus releases GnRH in pulses; testosterone and estradiol slow the pulses.

Levels are ratios to the reference man: ``a`` free testosterone, ``e`` free estradiol. The brain makes
some estradiol of its own from testosterone (share ``s``), and a receptor modulator competes for the
receptor (occupancy ``x``, activity ``y``)::

    local    = [(1−s)·e + s·a/(1 + brain aromatase block)] / [(1−s)·e0 + s·a0]^(1−m)
    seen     ε = (1+κ)(local + y)/(1 + κ·local + x)
    brakes   H_A(a) = (1+k_A)/(1 + k_A·(a/a0^(1−m))^n_A)        H_E(ε) = (1+k_E)/(1 + k_E·ε^n_E)
    pulses   φ = drive · H_A(a) · H_E(ε)^η           (1 in the reference man: 15 pulses a day)

The rest of the estrogen brake, ``H_E^(1−η)``, acts on the pituitary. ``drive`` is the man's own number.
``a0`` and ``e0`` are his own levels at rest: with m = 1 all brains feel the same levels alike; below it a brain feels
its man's levels against those that he is used to, a rival structure that the calibration weighs. Whether such a set
point moves within a year of treatment is open; here it stays.
"""

import equinox as eqx
from jaxtyping import Array, Float

from leydig.parameter import parameter

__all__ = ["Hypothalamus"]


class Hypothalamus(eqx.Module):
    """The GnRH pulse generator and its two brakes."""

    drive: Float[Array, ""] = parameter(
        1.0, "1", "his own GnRH drive against the reference man, set from his baseline",
        within=(0.0, 1000.0), cv=0.3, basis="derived",
        source="Veldhuis 1987, doi:10.1210/jcem-65-5-929; 1 in the reference man by definition")
    androgen_gain: Float[Array, ""] = parameter(
        2.61, "1", "open-loop gain k_A of the androgen brake",
        within=(0.05, 5.0), cv=0.2, basis="fitted",
        source="Leydig 2026, calibration:fourth")
    androgen_steepness: Float[Array, ""] = parameter(
        1.61, "1", "Hill exponent n_A of the androgen brake",
        within=(0.5, 5.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    estrogen_gain: Float[Array, ""] = parameter(
        32.3, "1", "open-loop gain k_E of the estrogen brake",
        within=(0.1, 80.0), cv=0.2, basis="fitted", source="Leydig 2026, calibration:fourth")
    estrogen_steepness: Float[Array, ""] = parameter(
        1.65, "1", "Hill exponent n_E of the estrogen brake",
        within=(0.5, 6.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    estrogen_on_pulses: Float[Array, ""] = parameter(
        0.44, "1", "share η of the estrogen brake that slows pulses",
        within=(0.0, 1.0), basis="derived",
        source="Pitteloud 2008, doi:10.1210/jc.2007-2156; ln(8.6/11.4)/ln(19.0/36.4)")
    local_share: Float[Array, ""] = parameter(
        0, "1", "share s of the estradiol seen by the brain that it makes itself",
        within=(0.0, 0.6), basis="fitted", source="Leydig 2026, calibration:fourth")
    receptor_saturation: Float[Array, ""] = parameter(
        0.639, "1", "saturation κ of the estrogen receptor at reference estradiol",
        within=(0.0, 1.0), basis="fitted", source="Leydig 2026, calibration:fourth")

    common_share: Float[Array, ""] = parameter(
        0.235, "1", "how far the set point is common to all men (m): 1 is wholly common, near 0 wholly his own",
        within=(0.05, 1.0), basis="fitted", source="Leydig 2026, calibration:fourth; held at 1 but in one rival")
    own_androgen: Float[Array, ""] = parameter(
        1.0, "1", "his own free testosterone at rest against the reference man (a0)",
        within=(0.0, 1000.0), basis="derived",
        source="Travison 2017, doi:10.1210/jc.2016-2935; 1 in the reference man by definition")
    own_estrogen: Float[Array, ""] = parameter(
        1.0, "1", "his own free estradiol at rest against the reference man (e0)",
        within=(0.0, 1000.0), basis="derived",
        source="Travison 2017, doi:10.1210/jc.2016-2935; 1 in the reference man by definition")

    def central_estrogen(
        self,
        androgen: Float[Array, ""],
        estrogen: Float[Array, ""],
        brain_block: Float[Array, ""],
        occupancy: Float[Array, ""],
        activity: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Return the estradiol signal ε at the receptor, as a ratio to the reference man."""
        s, kappa = self.local_share, self.receptor_saturation
        usual = ((1.0 - s) * self.own_estrogen + s * self.own_androgen) ** (1.0 - self.common_share)
        local = ((1.0 - s) * estrogen + s * androgen / (1.0 + brain_block)) / usual
        return (1.0 + kappa) * (local + activity) / (1.0 + kappa * local + occupancy)

    def androgen_brake(self, androgen: Float[Array, ""]) -> Float[Array, ""]:
        """Return H_A(a): 1 in the reference man, 1 + k_A without androgen."""
        k, n = self.androgen_gain, self.androgen_steepness
        felt = androgen / self.own_androgen ** (1.0 - self.common_share)
        return (1.0 + k) / (1.0 + k * felt**n)

    def estrogen_brake(self, estrogen: Float[Array, "*#body"]) -> Float[Array, "*#body"]:
        """Return H_E(ε): 1 in the reference man, 1 + k_E without estradiol."""
        k, n = self.estrogen_gain, self.estrogen_steepness
        return (1.0 + k) / (1.0 + k * estrogen**n)

    def brake(self, androgen: Float[Array, ""], estrogen_brake: Float[Array, ""]) -> Float[Array, ""]:
        """Return the joint brake on pulses, H_A·H_E^η."""
        return self.androgen_brake(androgen) * estrogen_brake**self.estrogen_on_pulses
