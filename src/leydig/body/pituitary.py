"""The pituitary answers GnRH pulses with LH and FSH, and estradiol and inhibin B dampen the answer.

Everything is a ratio to the reference man. ``φ`` are his own pulses and ``u`` given GnRH; tonic GnRH
takes receptors away (``R``), pulses do not. What can be released at once has a low ceiling (``L``); the
gonadotropes grow or shrink over weeks with what they
are asked for (``s``): this slow limb is the self-priming under restored pulses, the further fall of LH
on testosterone and its further rise after castration::

    G  = (φ + u)·R/(1 + antagonist)                         GnRH that is felt
    dR/dt = k_R·[1/(1 + (tonic/G50)^m) − R]
    X  = G·H_E^(1−η)                            Z  = X·L/(L − 1 + X)            (at once, at most L)
    XF = own·G²(1+g)/(g+G²)·H_EF(ε)·H_B(b)      ZF = XF·LF/(LF − 1 + XF)        (the same for FSH)
    ds/dt  = [(Z + w)/(1 + w) − s]/τ            LH*  = Z·s
    dsF/dt = [(ZF + w)/(1 + w) − sF]/τ          FSH* = ZF·sF
    dLH/dt = k_LH·(ref·LH* − LH)               dFSH/dt = k_FSH·(ref·FSH* − FSH)

FSH follows GnRH only where GnRH is scarce (``g``): it falls with the square of what is lost and hardly
rises with what is gained, so slower pulses favor it, and it does not listen to the androgen receptor.
``fsh_drive`` (own) is the man's own number.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.kinetics import per_day
from leydig.parameter import parameter

__all__ = ["Pituitary"]


class Pituitary(eqx.Module):
    """Gonadotropes: fast answer, slow reserve, receptors and the clearance of LH and FSH."""

    reference_lh: Float[Array, ""] = parameter(
        4.2, "IU/L", "LH of the reference man",
        within=(2.0, 8.0), cv=0.45, basis="measured",
        source="ChinaRI 2018, unresolved:ChinaRI2018; median 4.2 IU/L")
    reference_fsh: Float[Array, ""] = parameter(
        4.5, "IU/L", "FSH of the reference man",
        within=(2.0, 8.0), cv=0.5, basis="derived",
        source="Veldhuis undated, unresolved:FSHdeconv; 3.9 IU/L | ChinaRI 2018, unresolved:ChinaRI2018; 5.6")
    fsh_drive: Float[Array, ""] = parameter(
        1.0, "1", "his own FSH drive against the reference man, set from his baseline",
        within=(0.0, 1000.0), cv=0.3, basis="derived",
        source="Veldhuis 1987, doi:10.1210/jcem-65-5-929; 1 in the reference man by definition")
    lh_ceiling: Float[Array, ""] = parameter(
        2.88, "1", "highest LH that can be released at once, against the reference man (L)",
        within=(1.8, 8.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    fsh_ceiling: Float[Array, ""] = parameter(
        5.6, "1", "highest FSH that can be released at once, against the reference man (LF)",
        within=(3.0, 12.0), basis="derived",
        source="Veldhuis undated, unresolved:FSHdeconv; 39 IU/L, SEM 10 of 6 men without Sertoli feedback, so "
        "about 120 at most")
    reserve_floor: Float[Array, ""] = parameter(
        0.151, "1", "gonadotrope reserve w that stays without GnRH, against what GnRH adds",
        within=(0.05, 3.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    reserve_delay: Float[Array, ""] = parameter(
        25.5, "d", "time over which the gonadotropes grow or shrink (τ)",
        within=(7.0, 45.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    lh_half_life: Float[Array, ""] = parameter(
        1.49, "h", "half-life of LH",
        within=(0.5, 2.3), cv=0.1, basis="derived",
        source="rhLHganirelix undated, unresolved:rhLHganirelix; ln2 times 4.1 L over 1.91 L/h")
    fsh_half_life: Float[Array, ""] = parameter(
        5.8, "h", "half-life of FSH",
        within=(3.8, 6.5), basis="measured",
        source="Veldhuis undated, unresolved:FSHdeconv; 346 min by deconvolution")
    fsh_gnrh: Float[Array, ""] = parameter(
        0.334, "1", "squared GnRH at which FSH is half maximal (g)",
        within=(0.02, 3.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    fsh_estrogen_gain: Float[Array, ""] = parameter(
        0.769, "1", "open-loop gain of the estrogen brake on FSH",
        within=(0.1, 8.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    fsh_estrogen_steepness: Float[Array, ""] = parameter(
        4.17, "1", "Hill exponent of the estrogen brake on FSH",
        within=(0.5, 6.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    inhibin_gain: Float[Array, ""] = parameter(
        1.5, "1", "open-loop gain of the inhibin B brake on FSH",
        within=(0.1, 5.0), basis="derived",
        source="Veldhuis undated, unresolved:FSHdeconv; FSH 39 against 3.9 IU/L in primary failure")
    receptor_turnover: Float[Array, ""] = parameter(
        0.4, "1/d", "turnover k_R of the GnRH receptor",
        within=(0.1, 2.0), basis="measured",
        source="Snelder 2019, url:https://github.com/nlmixr2/nlmixr2lib; 0.0164 1/h on leuprorelin")
    tonic_half: Float[Array, ""] = parameter(
        60.0, "ng/L", "tonic GnRH that leaves half the receptors (G50)",
        within=(10.0, 300.0), basis="assumed",
        source="assumed: spares the troughs of pumps every 60 to 240 min, not 5 to 10 ug/h continuously")
    tonic_steepness: Float[Array, ""] = parameter(
        5.0, "1", "Hill exponent m of receptor loss",
        within=(1.0, 8.0), basis="assumed",
        source="assumed: steep, since pulses every hour still drive and continuous infusion does not")

    def effective_gnrh(
        self, pulses: Float[Array, ""], receptors: Float[Array, ""], block: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return the GnRH that the gonadotropes feel (G) from all pulses, receptors and antagonist."""
        return pulses * receptors / (1.0 + block)

    def receptor_rate(self, receptors: Float[Array, ""], tonic: Float[Array, ""]) -> Float[Array, ""]:
        """Return dR/dt [1/d] under tonic GnRH [ng/L]."""
        loss = (tonic / self.tonic_half) ** self.tonic_steepness
        return self.receptor_turnover * (1.0 / (1.0 + loss) - receptors)

    def reserve(self, release: Float[Array, "*#body"]) -> Float[Array, "*#body"]:
        """Return the gonadotrope reserve that fits what is released, (Z + w)/(1 + w)."""
        return (release + self.reserve_floor) / (1.0 + self.reserve_floor)

    def steady_answer(self, answer: Float[Array, ""]) -> Float[Array, ""]:
        """Return the Z whose settled answer Z·(Z + w)/(1 + w) is `answer`."""
        w = self.reserve_floor
        return jnp.sqrt((w / 2.0) ** 2 + (1.0 + w) * answer) - w / 2.0

    def release(self, demand: Float[Array, "*#body"]) -> Float[Array, "*#body"]:
        """Return what is released at once when X is asked for, Z = X·L/(L − 1 + X)."""
        return demand * self.lh_ceiling / (self.lh_ceiling - 1.0 + demand)

    def demand_for(self, release: Float[Array, ""]) -> Float[Array, ""]:
        """Return the X that releases Z (inverse of `release`)."""
        return release * (self.lh_ceiling - 1.0) / (self.lh_ceiling - release)

    def fsh_release(self, demand: Float[Array, "*#body"]) -> Float[Array, "*#body"]:
        """Return what FSH is released at once when XF is asked for, ZF = XF·LF/(LF − 1 + XF)."""
        return demand * self.fsh_ceiling / (self.fsh_ceiling - 1.0 + demand)

    def fsh_demand_for(self, release: Float[Array, ""]) -> Float[Array, ""]:
        """Return the XF that releases ZF (inverse of `fsh_release`)."""
        return release * (self.fsh_ceiling - 1.0) / (self.fsh_ceiling - release)

    def highest_fsh(self) -> Float[Array, ""]:
        """Return the FSH that no drive can settle above [IU/L]."""
        return self.reference_fsh * self.fsh_ceiling * self.reserve(self.fsh_ceiling)

    def highest_lh(self) -> Float[Array, ""]:
        """Return the LH that no drive can settle above [IU/L]."""
        return self.reference_lh * self.lh_ceiling * self.reserve(self.lh_ceiling)

    def fsh_demand(
        self, gnrh: Float[Array, "*#body"], estradiol: Float[Array, "*#body"], inhibin: Float[Array, "*#body"]
    ) -> Float[Array, "*#body"]:
        """Return XF without the man's own drive, from effective GnRH, estradiol and inhibin B ratio."""
        g, k, n, b = self.fsh_gnrh, self.fsh_estrogen_gain, self.fsh_estrogen_steepness, self.inhibin_gain
        response = gnrh**2 * (1.0 + g) / (g + gnrh**2)
        return response * (1.0 + k) / (1.0 + k * estradiol**n) * (1.0 + b) / (1.0 + b * inhibin)

    def lh_rate(self, lh: Float[Array, ""], target: Float[Array, ""]) -> Float[Array, ""]:
        """Return dLH/dt [IU/L/d] towards `target` (ratio to the reference)."""
        return per_day(self.lh_half_life) * (self.reference_lh * target - lh)

    def fsh_rate(self, fsh: Float[Array, ""], target: Float[Array, ""]) -> Float[Array, ""]:
        """Return dFSH/dt [IU/L/d] towards `target` (ratio to the reference)."""
        return per_day(self.fsh_half_life) * (self.reference_fsh * target - fsh)
