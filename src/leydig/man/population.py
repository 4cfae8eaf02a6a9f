"""How men differ: what to expect of a level that was not measured, given what was.

Each expectation is a median, from age, BMI and the levels that are known::

    testosterone  T = T_ref·exp[s_A(age − 30)]·exp[s_B(BMI − 23)]
    estradiol     E = E_ref·(T/T_ref)^p·exp[s_E(BMI − 23)]
    SHBG          S = S_ref·exp[g_A(age − 30)]·exp[g_B(BMI − 23)]
    LH            L = L_ref·exp[l_A(age − 30)]
    FSH           F = F_ref·(L/L_ref)^q
    inhibin B     B = B_ref·min[(1 + K_B)f/(K_B + f), f^−r]        f = F/F_ref

Low FSH gives little inhibin B; high FSH is most often the answer to Sertoli cells that give little.
Sperm count, volume and shares are those of the reference man under the hormones that this man has.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.body import Body
from leydig.parameter import parameter

__all__ = ["Expectation"]


class Expectation(eqx.Module):
    """Medians of unmeasured levels."""

    reference_age: Float[Array, ""] = parameter(
        30.0, "year", "age of the reference man", within=(25.0, 35.0), basis="measured",
        source="Travison 2017, doi:10.1210/jc.2016-2935; non-obese men of 19 to 39")
    testosterone_age: Float[Array, ""] = parameter(
        -0.004, "1/year", "slope of log testosterone on age (s_A)", within=(-0.02, 0.0), basis="derived",
        source="Camacho 2013, unresolved:Camacho2013; -0.1 nmol/L a year | "
        "Kelsey 2014, doi:10.1371/journal.pone.0109346; 15.4 at 19 and 13.0 nmol/L at 40")
    testosterone_bmi: Float[Array, ""] = parameter(
        -0.033, "m2/kg", "slope of log testosterone on BMI (s_B)", within=(-0.1, 0.0), basis="derived",
        source="Wu 2008, doi:10.1210/jc.2007-1972; -5.09 nmol/L at BMI 30 and more against below 25")
    estradiol_testosterone: Float[Array, ""] = parameter(
        0.5, "1", "exponent of testosterone in expected estradiol (p)", within=(0.0, 1.0), basis="assumed",
        source="assumed: most of testosterone's spread is SHBG, which estradiol follows less")
    estradiol_bmi: Float[Array, ""] = parameter(
        0.022, "m2/kg", "slope of log estradiol on BMI (s_E)", within=(0.0, 0.1), basis="derived",
        source="Danish2139 2008, pmid:18068160; estradiol +6 % in obese men, whose testosterone is -25 to -32 %")
    shbg_age: Float[Array, ""] = parameter(
        0.012, "1/year", "slope of log SHBG on age (g_A)", within=(0.0, 0.03), basis="derived",
        source="Camacho 2013, unresolved:Camacho2013; +0.56 nmol/L a year")
    shbg_bmi: Float[Array, ""] = parameter(
        -0.045, "m2/kg", "slope of log SHBG on BMI (g_B)", within=(-0.1, 0.0), basis="derived",
        source="Obes2000FT 2000, pmid:11126339; SHBG carries the loss of testosterone up to BMI 35")
    lh_age: Float[Array, ""] = parameter(
        0.008, "1/year", "slope of log LH on age (l_A)", within=(0.0, 0.03), basis="derived",
        source="Qin 2012, pmid:22582502; correlation 0.22 | Camacho 2013, unresolved:Camacho2013; +0.08 IU/L a year")
    fsh_lh: Float[Array, ""] = parameter(
        0.5, "1", "exponent of LH in expected FSH (q)", within=(0.0, 1.0), basis="assumed",
        source="assumed: FSH and LH share the drive but not the brakes")
    inhibin_fsh: Float[Array, ""] = parameter(
        0.4, "1", "exponent of FSH in expected inhibin B (r)", within=(0.0, 1.5), basis="derived",
        source="InhB2448 2013, journal:Reproduction-145-237; rank correlation -0.5")

    def testosterone(self, body: Body, age: Float[Array, ""], bmi: Float[Array, ""]) -> Float[Array, ""]:
        """Return expected total testosterone [nmol/L]."""
        slope = self.testosterone_age * (age - self.reference_age)
        return body.blood.reference_testosterone * jnp.exp(
            slope + self.testosterone_bmi * (bmi - body.periphery.reference_bmi)
        )

    def estradiol(
        self, body: Body, testosterone: Float[Array, ""], bmi: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return expected estradiol [pmol/L]."""
        ratio = testosterone / body.blood.reference_testosterone
        slope = self.estradiol_bmi * (bmi - body.periphery.reference_bmi)
        return body.blood.reference_estradiol * ratio**self.estradiol_testosterone * jnp.exp(slope)

    def shbg(self, body: Body, age: Float[Array, ""], bmi: Float[Array, ""]) -> Float[Array, ""]:
        """Return expected SHBG [nmol/L]."""
        slope = self.shbg_age * (age - self.reference_age)
        return body.blood.reference_shbg * jnp.exp(
            slope + self.shbg_bmi * (bmi - body.periphery.reference_bmi)
        )

    def lh(self, body: Body, age: Float[Array, ""]) -> Float[Array, ""]:
        """Return expected LH [IU/L]."""
        return body.pituitary.reference_lh * jnp.exp(self.lh_age * (age - self.reference_age))

    def fsh(self, body: Body, lh: Float[Array, ""]) -> Float[Array, ""]:
        """Return expected FSH [IU/L]."""
        return body.pituitary.reference_fsh * (lh / body.pituitary.reference_lh) ** self.fsh_lh

    def inhibin_b(self, body: Body, fsh: Float[Array, ""]) -> Float[Array, ""]:
        """Return expected inhibin B [ng/L]."""
        ratio = fsh / body.pituitary.reference_fsh
        driven = (1.0 + body.testis.inhibin_fsh) * ratio / (body.testis.inhibin_fsh + ratio)
        return body.testis.reference_inhibin * jnp.minimum(driven, ratio ** (-self.inhibin_fsh))
