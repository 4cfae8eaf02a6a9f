"""Blood carries testosterone and estradiol, mostly bound, and clears what SHBG does not hold.

Testosterone ``T`` and estradiol ``E`` compete for sex hormone-binding globulin (SHBG) and bind albumin
loosely. With free SHBG ``S`` as the one unknown and ``N = 1 + K_alb·albumin``::

    S + K_T·S·T/(N_T + K_T·S) + K_E·S·E/(N_E + K_E·S) = SHBG
    free T = T/(N_T + K_T·S)            free E = E/(N_E + K_E·S)

    dT/dt    = (secretion + given − CL_T·free T)/V_T                        [nmol/L/d]
    dE/dt    = (aromatized + given − CL_E·free E)/V_E                       [pmol/L/d]
    dSHBG/dt = (made·(free T/ref)^−α·(free E/ref)^β·(1 + liver) − SHBG)/τ  [nmol/L/d]

An immunoassay reads more estradiol than there is: against measured ``m``, a background ``B·m/(m + B)``,
at most ``B``, which stays when estradiol falls. ``made`` and the background are the man's own numbers,
set from his baseline; ``liver`` is what a receptor modulator does there.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.parameter import parameter

__all__ = ["Blood", "Free"]

_PMOL_PER_NMOL = 1000.0


class Free(eqx.Module):
    """Unbound hormone and its ratio to the reference man.

    Attributes
    ----------
    testosterone : Float[Array, ""]
        Free testosterone [nmol/L].
    estradiol : Float[Array, ""]
        Free estradiol [pmol/L].
    unbound_shbg : Float[Array, ""]
        SHBG that holds no steroid [nmol/L].
    """

    testosterone: Float[Array, ""]
    estradiol: Float[Array, ""]
    unbound_shbg: Float[Array, ""]


class Blood(eqx.Module):
    """Binding, distribution and clearance of the sex steroids, and the turnover of SHBG."""

    reference_testosterone: Float[Array, ""] = parameter(
        18.41, "nmol/L", "total testosterone of the reference man of 30 with BMI 23",
        within=(10.0, 30.0), cv=0.30, basis="measured",
        source="Travison 2017, doi:10.1210/jc.2016-2935; median 531 ng/dL, non-obese men of 19 to 39")
    reference_estradiol: Float[Array, ""] = parameter(
        90.0, "pmol/L", "total estradiol of the reference man, by immunoassay",
        within=(50.0, 160.0), cv=0.30, basis="derived",
        source="Qin 2012, pmid:22582502; within 65 to 208 pmol/L | "
        "ChinaRI 2018, unresolved:ChinaRI2018; median 85 pmol/L")
    reference_shbg: Float[Array, ""] = parameter(
        33.0, "nmol/L", "SHBG of the reference man",
        within=(15.0, 60.0), cv=0.35, basis="derived",
        source="ChinaRI 2018, unresolved:ChinaRI2018; median 29.4 | Qin 2012, pmid:22582502; 18 to 95")
    albumin: Float[Array, ""] = parameter(
        623.0, "umol/L", "serum albumin (43 g/L)",
        within=(400.0, 800.0), basis="measured",
        source="Vermeulen 1999, url:https://issam.ch/freetesuit.html; 43 g/L at 69 kg/mol")
    testosterone_shbg: Float[Array, ""] = parameter(
        1.0, "L/nmol", "association constant of testosterone and SHBG (1e9 L/mol)",
        within=(0.5, 1.5), basis="measured",
        source="Vermeulen 1999, url:https://issam.ch/freetesuit.html")
    testosterone_albumin: Float[Array, ""] = parameter(
        0.036, "L/umol", "association constant of testosterone and albumin (3.6e4 L/mol)",
        within=(0.03, 0.05), basis="measured",
        source="Vermeulen 1999, url:https://issam.ch/freetesuit.html")
    estradiol_shbg: Float[Array, ""] = parameter(
        0.55, "L/nmol", "association constant of estradiol and SHBG, on the same scale",
        within=(0.3, 0.7), basis="derived",
        source="Sodergard 1982, pmid:7202083; bound fractions give 0.55 of testosterone's constant")
    estradiol_albumin: Float[Array, ""] = parameter(
        0.046, "L/umol", "association constant of estradiol and albumin",
        within=(0.04, 0.06), basis="derived",
        source="Sodergard 1982, pmid:7202083; 69 % on albumin against 2.4 % free")
    testosterone_clearance: Float[Array, ""] = parameter(
        48000.0, "L/d", "clearance of free testosterone",
        within=(35000.0, 60000.0), cv=0.2, basis="derived",
        source="Sodergard 1982, pmid:7202083; free fraction 0.02 | "
        "Saez 1972, pmc:PMC292254; total clearance 950 to 990 L/d")
    testosterone_volume: Float[Array, ""] = parameter(
        92.0, "L", "distribution volume of testosterone",
        within=(50.0, 120.0), basis="derived",
        source="rhLHganirelix undated, unresolved:rhLHganirelix; rise half-time 97 min at 950 L/d")
    estradiol_clearance: Float[Array, ""] = parameter(
        66700.0, "L/d", "clearance of free estradiol",
        within=(50000.0, 80000.0), cv=0.2, basis="derived",
        source="Sodergard 1982, pmid:7202083; free fraction 0.024 | "
        "MDWiki undated, url:https://mdwiki.org/wiki/Template:Production_rates; total 1600 L/d")
    estradiol_volume: Float[Array, ""] = parameter(
        144.0, "L", "distribution volume of estradiol",
        within=(60.0, 300.0), basis="assumed",
        source="assumed: gives the effective half-life of about 1.5 h at a clearance of 1600 L/d")
    assay_background: Float[Array, ""] = parameter(
        65.9, "pmol/L", "largest background of an estradiol immunoassay (B)",
        within=(5.0, 90.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    estradiol_background: Float[Array, ""] = parameter(
        34.8, "pmol/L", "his own background, set from his baseline",
        within=(0.0, 90.0), basis="derived",
        source="Leydig 2026, calibration:fourth; B·m/(m + B) at the reference man's 90 pmol/L")
    shbg_production: Float[Array, ""] = parameter(
        33.0, "nmol/L", "his own SHBG at reference steroid levels, set from his baseline",
        within=(1.0, 300.0), cv=0.35, basis="derived",
        source="Qin 2012, pmid:22582502; the reference man's value")
    shbg_androgen: Float[Array, ""] = parameter(
        0.12, "1", "exponent by which free testosterone lowers SHBG",
        within=(0.0, 0.5), basis="derived",
        source="Taxel 2001, journal:JCEM-86-2869; SHBG -16 % on anastrozole | "
        "Mauras 2003, doi:10.1210/jc.2003-031279; -21 % on exemestane")
    shbg_estrogen: Float[Array, ""] = parameter(
        0.08, "1", "exponent by which free estradiol raises SHBG",
        within=(0.0, 0.5), basis="derived",
        source="Taxel 2001, journal:JCEM-86-2869; SHBG -16 % on anastrozole")
    shbg_delay: Float[Array, ""] = parameter(
        6.0, "d", "turnover time of SHBG",
        within=(3.0, 10.0), basis="assumed",
        source="assumed: plasma glycoproteins turn over in days; no study in men was seen")

    def free(
        self, testosterone: Float[Array, ""], estradiol: Float[Array, ""], shbg: Float[Array, ""]
    ) -> Free:
        """Return free testosterone [nmol/L] and estradiol [pmol/L] from totals and SHBG [nmol/L].

        Notes
        -----
        A quadratic without estradiol starts two Newton steps on the joint equation; estradiol is a
        thousandth of testosterone, so the second step ends at rounding error. A step is ``S − f/f′`` with
        ``f = S + KT·S·T/DT + KE·S·E/DE − shbg``, both multiplied by ``(DT·DE)²``, so that it divides once.
        """
        T, E = testosterone, estradiol / _PMOL_PER_NMOL
        KT, KE = self.testosterone_shbg, self.estradiol_shbg
        NT = 1.0 + self.testosterone_albumin * self.albumin
        NE = 1.0 + self.estradiol_albumin * self.albumin
        half = (NT + KT * (T - shbg)) / 2.0
        S = (jnp.sqrt(half * half + NT * KT * shbg) - half) / KT
        for _ in range(2):
            DT, DE = NT + KT * S, NE + KE * S
            both, bound = DT * DE, KT * T * DE + KE * E * DT
            excess = both * ((S - shbg) * both + S * bound)
            slope = both * both + KT * NT * T * (DE * DE) + KE * NE * E * (DT * DT)
            S = S - excess / slope
        DT, DE = NT + KT * S, NE + KE * S
        share = 1.0 / (DT * DE)
        return Free(T * DE * share, estradiol * DT * share, S)

    def reference(self) -> Free:
        """Return the free hormones of the reference man."""
        measured = jnp.asarray(self.reference_estradiol)
        return self.free(
            jnp.asarray(self.reference_testosterone),
            measured - self.background(measured),
            jnp.asarray(self.reference_shbg),
        )

    def background(self, measured: Float[Array, ""]) -> Float[Array, ""]:
        """Return the part of a measured baseline estradiol [pmol/L] that is not estradiol [pmol/L]."""
        return measured * self.assay_background / (measured + self.assay_background)

    def measured_estradiol(self, estradiol: Float[Array, ""]) -> Float[Array, ""]:
        """Return what an immunoassay reads [pmol/L] where there is this estradiol [pmol/L]."""
        return estradiol + self.estradiol_background

    def shbg_target(
        self, androgen: Float[Array, ""], estrogen: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return the SHBG per unit of `shbg_production` at these free steroid ratios to the reference."""
        return androgen ** (-self.shbg_androgen) * estrogen**self.shbg_estrogen

    def testosterone_rate(
        self, inflow: Float[Array, ""], free: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return dT/dt [nmol/L/d] from what enters [nmol/d] and free testosterone [nmol/L]."""
        return (inflow - self.testosterone_clearance * free) / self.testosterone_volume

    def estradiol_rate(self, inflow: Float[Array, ""], free: Float[Array, ""]) -> Float[Array, ""]:
        """Return dE/dt [pmol/L/d] from what enters [pmol/d] and free estradiol [pmol/L]."""
        return (inflow - self.estradiol_clearance * free) / self.estradiol_volume

    def shbg_rate(
        self,
        shbg: Float[Array, ""],
        androgen: Float[Array, ""],
        estrogen: Float[Array, ""],
        liver: Float[Array, ""],
    ) -> Float[Array, ""]:
        """Return dSHBG/dt [nmol/L/d]."""
        target = self.shbg_production * self.shbg_target(androgen, estrogen) * (1.0 + liver)
        return (target - shbg) / self.shbg_delay
