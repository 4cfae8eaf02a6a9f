"""The testis: Leydig cells answer LH with testosterone, Sertoli cells answer FSH with inhibin B.

Levels are ratios to the reference man: ``l`` LH (with any given LH activity), ``e`` free estradiol
as the receptor feels it beside a modulator (occupancy ``x``, activity ``y``; ``(free + y)/(1 + x)``),
``f`` FSH, ``x`` intratesticular testosterone. The cells feel LH with a delay (``l_d``), their
receptors fade under very high LH activity within days (``R``), and their capacity follows LH over
months (``c``): it shrinks without LH, grows back slowly, and tires a little under high LH. Testosterone
inside the testis is what is secreted there and what blood brings back (``T``, serum; ``X``, the reference
man's inside the testis), so it is never below serum::

    dl_d/dt = (l − l_d)/τ_l
    dR/dt   = [(1 + (ref/K_R)²)/(1 + (l·ref/K_R)²) − R]/τ_R
    dc/dt   = [(1 + K_c)l_d/(K_c + l_d) · (1 + q)/(1 + q·l_d) − c]/τ_c
    P       = capacity·c·R · l_d^n(1 + K)/(K + l_d^n) · (1 + k_T)/(1 + k_T·e) / (1 + steroid block)
    K       = K_30·exp[−γ(age − 30)]                        (old cells have less reserve)
    x       = [P·(X − T_ref) + T]/X                         (testosterone inside the testis)
    a       = s/[s + (1 − s)·m]                             (share of his testosterone from elsewhere)
    db/dt   = [own·(κ + (1 − κ)·(1 + K_B)f/(K_B + f)·(1 − v + v·x(1 + K_x)/(K_x + x))) − b]/τ_B

``P`` is secretion against the reference man. Sertoli cells make a share κ of inhibin B with neither FSH nor
testosterone. ``capacity`` and ``inhibin_production`` (own) are the man's own numbers. What comes from elsewhere than
Leydig cells is about as much in every man (``m``, his untreated testosterone production against the reference
man's, of which ``s`` is from elsewhere), so it is most of the little that men without gonadotropins have: their
testosterone does not tell what their Leydig cells could make, were they stimulated.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.parameter import parameter
from leydig.units import HOURS_PER_DAY

__all__ = ["Testis"]


class Testis(eqx.Module):
    """Leydig and Sertoli cells."""

    capacity: Float[Array, ""] = parameter(
        1.0, "1", "his own Leydig capacity against the reference man, set from his baseline",
        within=(0.0, 1000.0), cv=0.3, basis="derived",
        source="Travison 2017, doi:10.1210/jc.2016-2935; 1 in the reference man by definition")
    adrenal_share: Float[Array, ""] = parameter(
        0.084, "1", "share of the reference man's testosterone that does not come from Leydig cells (s)",
        within=(0.0, 0.15), basis="derived",
        source="Hayes 2001, doi:10.1210/jcem.86.11.8031; 38 of 451 ng/dL on ketoconazole")
    adrenal_secretion: Float[Array, ""] = parameter(
        0.0, "nmol/d", "his own testosterone from elsewhere, set from his baseline",
        within=(0.0, 20000.0), basis="derived",
        source="Hayes 2001, doi:10.1210/jcem.86.11.8031; as much in every man, as far as his own goes")
    felt_delay: Float[Array, ""] = parameter(
        1.0, "h", "delay with which Leydig cells feel LH",
        within=(0.4, 6.0), basis="derived",
        source="bioactiveLH undated, unresolved:bioactiveLH; LH to testosterone lag 45 min, 30 to 60")
    steepness: Float[Array, ""] = parameter(
        1.18, "1", "Hill exponent n of testosterone secretion on LH",
        within=(0.6, 2.5), cv=0.1, basis="fitted", source="Leydig 2026, calibration:fourth")
    half_lh: Float[Array, ""] = parameter(
        2.85, "1", "LH of half-maximal secretion at 30 (K_30), against the reference man to the power n",
        within=(0.2, 30.0), cv=0.3, basis="fitted", source="Leydig 2026, calibration:fourth")
    ageing: Float[Array, ""] = parameter(
        0.00666, "1/year", "loss of the reserve of Leydig cells with age (γ)",
        within=(0.001, 0.08), basis="fitted", source="Leydig 2026, calibration:fourth")
    reference_age: Float[Array, ""] = parameter(
        30.0, "year", "age at which the reserve is K_30",
        within=(25.0, 35.0), basis="derived",
        source="Tenover 1987, doi:10.1210/jcem-65-6-1118; young men of 22 to 35 against men of 65 to 84")
    aged_half_lh: Float[Array, ""] = parameter(
        2.85, "1", "his own LH of half-maximal secretion, set from his age",
        within=(0.01, 100.0), basis="derived",
        source="Leydig 2026, calibration:fourth; that of the reference man")
    estrogen_inhibition: Float[Array, ""] = parameter(
        0.335, "1", "inhibition k_T of Leydig cells by estradiol",
        within=(0.0, 2.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    receptor_half: Float[Array, ""] = parameter(
        110, "IU/L", "LH activity that halves the LH receptors (K_R)",
        within=(15.0, 400.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    receptor_delay: Float[Array, ""] = parameter(
        2.0, "d", "time over which LH receptors fade and return (τ_R)",
        within=(0.5, 7.0), basis="assumed",
        source="assumed: testosterone after one hCG dose peaks at 72 to 96 h and a second dose adds nothing")
    trophic_half: Float[Array, ""] = parameter(
        0.412, "1", "LH at which the Leydig capacity is half of what LH can build (K_c)",
        within=(0.02, 2.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    tiring: Float[Array, ""] = parameter(
        0.0271, "1", "slow loss of capacity under high LH (q)",
        within=(0.0, 1.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    capacity_delay: Float[Array, ""] = parameter(
        163, "d", "time over which Leydig capacity grows or shrinks (τ_c)",
        within=(30.0, 250.0), cv=0.3, basis="fitted", source="Leydig 2026, calibration:fourth")
    reference_testicular: Float[Array, ""] = parameter(
        1000.0, "nmol/L", "intratesticular testosterone of the reference man",
        within=(700.0, 1400.0), cv=0.3, basis="measured",
        source="Coviello 2005, journal:JCEM-90-2595; 822 to 1234 nmol/L")
    reference_inhibin: Float[Array, ""] = parameter(
        150.0, "ng/L", "inhibin B of the reference man",
        within=(80.0, 260.0), cv=0.35, basis="derived",
        source="InhB2448 2013, journal:Reproduction-145-237; 130, 54 to 247 | "
        "Hayes 2001, doi:10.1210/jcem.86.11.8031; 183")
    inhibin_production: Float[Array, ""] = parameter(
        1.0, "1", "his own inhibin B capacity against the reference man, set from his baseline",
        within=(0.0, 100.0), cv=0.35, basis="derived",
        source="InhB2448 2013, journal:Reproduction-145-237; 1 in the reference man by definition")
    inhibin_alone: Float[Array, ""] = parameter(
        0.4, "1", "share κ of inhibin B that needs neither FSH nor testosterone",
        within=(0.0, 0.8), basis="assumed",
        source="assumed: men on testosterone keep about half, and men with partial gonadotropin deficiency had 187 "
        "against 255 ng/L")
    inhibin_fsh: Float[Array, ""] = parameter(
        1.7, "1", "FSH of half-maximal inhibin B, against the reference man (K_B)",
        within=(0.1, 5.0), basis="derived",
        source="Anawalt 1996, unresolved:rhFSH_inhB; doubled at most by 3000 IU of FSH, so 1/(1 - κ)")
    inhibin_androgen: Float[Array, ""] = parameter(
        0.8, "1", "share v of the rest that needs intratesticular testosterone",
        within=(0.0, 1.0), basis="derived",
        source="Hayes 2001, doi:10.1210/jcem.86.11.8031; 183 to 136 ng/L without steroids while FSH doubled")
    inhibin_testosterone: Float[Array, ""] = parameter(
        0.2, "1", "intratesticular testosterone that gives half of that share (K_x)",
        within=(0.05, 1.0), basis="assumed",
        source="assumed: as steep as the need of germ cells for intratesticular testosterone")
    inhibin_delay: Float[Array, ""] = parameter(
        3.0, "d", "time over which inhibin B follows (τ_B)",
        within=(1.0, 7.0), basis="derived",
        source="Anawalt 1996, unresolved:rhFSH_inhB; peak 72 h after FSH")

    def extratesticular_share(self, production: Float[Array, ""]) -> Float[Array, ""]:
        """Return the share of a man's untreated testosterone that does not come from Leydig cells.

        Parameters
        ----------
        production : Float[Array, ""]
            His testosterone production, against the reference man's.
        """
        return self.adrenal_share / (self.adrenal_share + (1.0 - self.adrenal_share) * production)

    def half_lh_at(self, age: Float[Array, ""]) -> Float[Array, ""]:
        """Return the LH of half-maximal secretion at this age [year]."""
        return self.half_lh * jnp.exp(-self.ageing * (age - self.reference_age))

    def effective_lh_rate(self, effective_lh: Float[Array, ""], lh: Float[Array, ""]) -> Float[Array, ""]:
        """Return dl_d/dt [1/d] towards the LH ratio."""
        return HOURS_PER_DAY / self.felt_delay * (lh - effective_lh)

    def receptors(self, lh: Float[Array, ""], reference_lh: Float[Array, ""]) -> Float[Array, ""]:
        """Return the settled LH receptors at this LH ratio; 1 in the reference man."""
        own, now = reference_lh / self.receptor_half, lh * reference_lh / self.receptor_half
        return (1.0 + own**2) / (1.0 + now**2)

    def capacity_target(self, effective_lh: Float[Array, ""]) -> Float[Array, ""]:
        """Return the settled Leydig capacity at this felt LH; 1 in the reference man."""
        K, q = self.trophic_half, self.tiring
        return (1.0 + K) * effective_lh / (K + effective_lh) * (1.0 + q) / (1.0 + q * effective_lh)

    def effective_estrogen(
        self, estrogen: Float[Array, ""], occupancy: Float[Array, ""], activity: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return the estradiol that Leydig cells feel when a modulator occupies their receptors."""
        return (estrogen + activity) / (1.0 + occupancy)

    def secretion(
        self,
        effective_lh: Float[Array, "*point"],
        capacity: Float[Array, ""],
        receptors: Float[Array, ""],
        estrogen: Float[Array, ""],
        block: Float[Array, ""],
    ) -> Float[Array, "*point"]:
        """Return testosterone secretion P per unit of the man's own capacity, as a ratio."""
        K, k = self.aged_half_lh, self.estrogen_inhibition
        strong = effective_lh**self.steepness
        answer = strong * (1.0 + K) / (K + strong) * (1.0 + k) / (1.0 + k * estrogen)
        return capacity * receptors * answer / (1.0 + block)

    def testicular(
        self, secretion: Float[Array, ""], testosterone: Float[Array, ""], reference: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return testosterone inside the testis, as a ratio: secreted there, and brought by blood.

        Parameters
        ----------
        secretion : Float[Array, ""]
            P, against the reference man.
        testosterone, reference : Float[Array, ""]
            In his serum and in that of the reference man [nmol/L].
        """
        inside = self.reference_testicular
        return (secretion * (inside - reference) + testosterone) / inside

    def inhibin_target(
        self, fsh: Float[Array, ""], testicular: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return the settled inhibin B per unit of `inhibin_production`, as a ratio."""
        K, v, Kx = self.inhibin_fsh, self.inhibin_androgen, self.inhibin_testosterone
        androgen = testicular * (1.0 + Kx) / (Kx + testicular)
        driven = (1.0 + K) * fsh / (K + fsh) * (1.0 - v + v * androgen)
        return self.inhibin_alone + (1.0 - self.inhibin_alone) * driven
