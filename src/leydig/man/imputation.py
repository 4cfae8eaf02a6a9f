"""How men differ: what to expect of a level that was not measured, given what was.

Each expectation is a median, from age, BMI and the levels that are known::

    testosterone  T = T_ref·exp[s_A(age − 30)]·exp[s_B(BMI − 23)]
    estradiol     E = E_ref·(T/T_ref)^p·exp[s_E(BMI − 23)]
    SHBG          S = S_ref·exp[g_A(age − 30)]·exp[g_B(BMI − 23)]
    LH            L = L_ref·exp[l_A·max(age − age_L, 0)]·exp[l_B·max(BMI − BMI_L, 0)]
    FSH           F = F_ref·(L/L_ref)^q·exp[f_A(age − 30)]
    inhibin B     B = B_ref·min[κ + (1 − κ)(1 + K_B)f/(K_B + f), f^−r]        f = F/F_ref
    sperm         C = C_ref·M·S·S^(−h·S/(S + S_h))                            S: his support at rest

Low FSH gives little inhibin B; high FSH is most often the answer to Sertoli cells that give little.
A man's sperm count goes with his hormones at rest much less steeply than a treatment that takes them away: men who
have lived with little testosterone are not men who have just lost it. So where support at rest is not far below usual
their testes make up for a share ``h`` of it. Those of men without gonadotropins do not (``S_h``), and nothing of it is
in men of whom it is known that no sperm are seen. Semen volume is that of the reference man. Shares of sperm follow his
own count; progressive sperm are part of the motile, so the odds of the one move with those of the other.
"""

from collections.abc import Callable, Mapping
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.arrays import Number, Scalar
from leydig.body import Body, State
from leydig.body.baseline import Baseline, fit_steady_state
from leydig.parameter import parameter

__all__ = ["Expectation", "at_rest", "impute_baseline", "unseen_factor"]


class Expectation(eqx.Module):
    """Medians of unmeasured levels."""

    reference_age: Float[Array, ""] = parameter(
        30.0, "year", "age of the reference man", within=(25.0, 35.0), basis="measured",
        source="Travison 2017, doi:10.1210/jc.2016-2935; non-obese men of 19 to 39")
    testosterone_age: Float[Array, ""] = parameter(
        -0.005, "1/year", "slope of log testosterone on age (s_A)", within=(-0.02, 0.0), basis="derived",
        source="Kelsey 2014, doi:10.1371/journal.pone.0109346; 15.4 at 19 and 13.0 nmol/L at 40, -0.008, and no fall "
        "of the mean after | Camacho 2013, unresolved:Camacho2013; -0.1 nmol/L a year after 40, -0.006: their mean")
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
        -0.04, "m2/kg", "slope of log SHBG on BMI (g_B)", within=(-0.1, 0.0), basis="fitted",
        source="Leydig 2026, calibration:population; to free testosterone of overweight and obese men of Wu 2008, "
        "Obes2000FT and Pellitero 2012 and SHBG of massively obese men, each miss over its tolerance")
    lh_age: Float[Array, ""] = parameter(
        0.0135, "1/year", "slope of log LH on age, once it rises (l_A)", within=(0.0, 0.03), basis="derived",
        source="Camacho 2013, unresolved:Camacho2013; +0.08 IU/L a year from 40 to 79 | Qin 2012, pmid:22582502; "
        "correlation 0.22 from 20 to 69")
    lh_rise_age: Float[Array, ""] = parameter(
        40.0, "year", "age after which LH rises (age_L)", within=(18.0, 60.0), basis="derived",
        source="Camacho 2013, unresolved:Camacho2013; seen from 40 on; from 20 on its rise would make the correlation "
        "with age of Qin 2012 too strong")
    lh_bmi: Float[Array, ""] = parameter(
        -0.035, "m2/kg", "slope of log LH on BMI, once it falls (l_B)", within=(-0.1, 0.0), basis="derived",
        source="Obes2000FT 2000, pmid:11126339; 4.5 IU/L at 32.3 and 3.1 at 43.0 kg/m2")
    lh_fall_bmi: Float[Array, ""] = parameter(
        30.0, "kg/m2", "BMI above which LH falls (BMI_L)", within=(23.0, 40.0), basis="assumed",
        source="assumed: LH of obese men is unchanged or decreased (Wu 2008), so its fall begins where obesity does")
    fsh_lh: Float[Array, ""] = parameter(
        0.5, "1", "exponent of LH in expected FSH (q)", within=(0.0, 1.0), basis="assumed",
        source="assumed: FSH and LH share the drive but not the brakes")
    fsh_age: Float[Array, ""] = parameter(
        0.0125, "1/year", "slope of log FSH on age at one LH (f_A)", within=(0.0, 0.03), basis="derived",
        source="Qin 2012, pmid:22582502; correlation 0.43 over 20 to 69 years, less what LH carries")
    inhibin_fsh: Float[Array, ""] = parameter(
        0.4, "1", "exponent of FSH in expected inhibin B (r)", within=(0.0, 1.5), basis="derived",
        source="InhB2448 2013, journal:Reproduction-145-237; rank correlation -0.5")

    sperm_compensation: Float[Array, ""] = parameter(
        0.7, "1", "share of the log of support at rest that a man's testes make up for (h)",
        within=(0.0, 1.0), basis="fitted",
        source="Leydig 2026, calibration:population; to the odds of few sperm of obese and morbidly obese men "
        "(Sermondade 2013, 1.28 and 2.04)")
    sperm_scarcity: Float[Array, ""] = parameter(
        0.1, "1", "support at rest at which half of that is left (S_h)",
        within=(0.01, 0.5), basis="assumed",
        source="assumed: at the support of men without gonadotropins (0.11 and less), whose testes make up for nothing")

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

    def shbg_ratio(self, before: Float[Array, ""], now: Float[Array, ""]) -> Float[Array, ""]:
        """Return expected SHBG at one BMI [kg/m2] against that at another, at one age [1]."""
        return jnp.exp(self.shbg_bmi * (now - before))

    def lh(self, body: Body, age: Float[Array, ""], bmi: Float[Array, ""]) -> Float[Array, ""]:
        """Return expected LH [IU/L]."""
        older, heavier = jnp.maximum(age - self.lh_rise_age, 0.0), jnp.maximum(bmi - self.lh_fall_bmi, 0.0)
        return body.pituitary.reference_lh * jnp.exp(self.lh_age * older + self.lh_bmi * heavier)

    def fsh(self, body: Body, lh: Float[Array, ""], age: Float[Array, ""]) -> Float[Array, ""]:
        """Return expected FSH [IU/L]."""
        slope = jnp.exp(self.fsh_age * (age - self.reference_age))
        return body.pituitary.reference_fsh * (lh / body.pituitary.reference_lh) ** self.fsh_lh * slope

    def inhibin_b(self, body: Body, fsh: Float[Array, ""]) -> Float[Array, ""]:
        """Return expected inhibin B [ng/L]."""
        ratio = fsh / body.pituitary.reference_fsh
        made = body.testis.inhibin_target(ratio, jnp.asarray(1.0))
        return body.testis.reference_inhibin * jnp.minimum(made, ratio ** (-self.inhibin_fsh))


    def sperm_ratio(self, support: Float[Array, ""]) -> Float[Array, ""]:
        """Return expected sperm against those that the reference man's testes make at this support."""
        near = support / (support + self.sperm_scarcity)
        return support ** (-self.sperm_compensation * near)


def impute_baseline(
    body: Body,
    measured: Mapping[str, Number],
    age: Number,
    bmi: Number,
    apart: Mapping[str, Number] | None = None,
    unseen: Callable[[Scalar], Scalar] | None = None,
) -> Baseline:
    """Return a man's baseline, with expected levels where none was measured.

    Parameters
    ----------
    body : Body
        With the reference man's own numbers.
    measured : mapping of str to float
        Levels that are known, in inside units, by the names of `leydig.man.man.MEASURABLE`; NaN is unknown.
    age, bmi : float
        Years and kg/m2.
    apart : mapping of str to float, optional
        Factors by which he is apart from what is expected, by the same names; shares of sperm differ in
        their odds.
    unseen : callable, optional
        Of a man in whom no sperm are seen: the factor for his sperm concentration, from what is expected of it.
    """
    expect, known = Expectation(), partial(_baseline_level, measured, apart or {})
    age, bmi = jnp.asarray(age, dtype=float), jnp.asarray(bmi, dtype=float)
    testosterone = known("testosterone", expect.testosterone(body, age, bmi))
    lh = known("lh", expect.lh(body, age, bmi))
    fsh = known("fsh", expect.fsh(body, lh, age))
    sperm, bone = body.spermatogenesis, body.bone
    marrow = body.marrow.hematocrit_production * body.marrow.target(jnp.ones(()), jnp.zeros(()))
    unknown = jnp.ones(())
    first = Baseline(
        testosterone=testosterone,
        estradiol=known("estradiol", expect.estradiol(body, testosterone, bmi)),
        lh=lh,
        fsh=fsh,
        shbg=known("shbg", expect.shbg(body, age, bmi)),
        inhibin_b=known("inhibin_b", expect.inhibin_b(body, fsh)),
        sperm_concentration=unknown,
        semen_volume=known("semen_volume", sperm.volume),
        motility=unknown * sperm.motile,
        progressive_motility=unknown * sperm.progressive,
        normal_forms=unknown * sperm.normal,
        hematocrit=known("hematocrit", marrow),
        spine_density=known("spine_bmd", bone.density_formation),
    )
    own, rest = at_rest(body, first, age, bmi)
    androgen = own.spermatogenesis.androgen
    expected = body.spermatogenesis.sertoli * rest.epididymis[-1] / first.semen_volume
    if unseen is None:
        expected = expected * expect.sperm_ratio(rest.history[-1])
    apart = dict(apart or {}) | ({} if unseen is None else {"sperm_concentration": unseen(expected)})
    concentration = _baseline_level(measured, apart, "sperm_concentration", expected)
    return _with_sperm(body, first, (concentration, rest.history[-1], androgen), measured, apart)


def unseen_factor(usual: Scalar, most: Scalar, expected: Scalar) -> Scalar:
    """Return how far a man in whom no sperm are seen is apart from what is expected of a usual man's testes in him.

    Parameters
    ----------
    usual : Float[Array, ""]
        Sperm that his own testes make once mature and supported, against those of a usual man.
    most : Float[Array, ""]
        Concentration below which none are seen [million/mL].
    expected : Float[Array, ""]
        Of a usual man's testes in him [million/mL].
    """
    return usual * most / (usual * expected + most)


def _with_sperm(
    body: Body,
    base: Baseline,
    here: tuple[Scalar, Scalar, Scalar],
    measured: Mapping[str, Number],
    apart: Mapping[str, Number],
) -> Baseline:
    """Return a baseline with the shares of sperm at this concentration, support and free testosterone."""
    sperm, share = body.spermatogenesis, partial(_share, measured, apart)
    motile, progressive = sperm.motility(*here), sperm.progressive_motility(*here)
    seen = jnp.asarray(measured.get("progressive_motility", jnp.nan), dtype=float)
    seen = jnp.where(jnp.isnan(seen), progressive, seen)  # no NaN enters a quotient, whose slope it would spoil
    motility = share("motility", motile, _odds(seen) / _odds(progressive))
    moved = _odds(motility) / _odds(motile)
    return eqx.tree_at(
        lambda base: (base.sperm_concentration, base.motility, base.progressive_motility, base.normal_forms),
        base,
        (
            here[0],
            motility,
            share("progressive_motility", progressive, moved),
            share("normal_forms", sperm.normal_forms(*here)),
        ),
    )


def _baseline_level(
    measured: Mapping[str, Number], apart: Mapping[str, Number], name: str, expected: Number
) -> Scalar:
    """Return the measured level, or what is expected of a man who is so far apart from others."""
    own = jnp.asarray(expected * apart.get(name, 1.0), dtype=float)
    value = jnp.asarray(measured.get(name, jnp.nan), dtype=float)
    return jnp.where(jnp.isnan(value), own, value)


def _share(
    measured: Mapping[str, Number], apart: Mapping[str, Number], name: str, expected: Number, moved: Number = 1.0
) -> Scalar:
    """Return the measured share of sperm, or the expected one with its odds apart from others and moved."""
    odds = _odds(expected) * apart.get(name, 1.0) * moved
    own = jnp.asarray(measured.get(name, jnp.nan), dtype=float)
    return jnp.where(jnp.isnan(own), odds / (1.0 + odds), own)


def _odds(share: Number) -> Scalar:
    """Return the odds of a share; finite for a share of 1."""
    return share / jnp.maximum(1.0 - share, 1e-6)


@jax.jit
def at_rest(body: Body, baseline: Baseline, age: Float[Array, ""], bmi: Float[Array, ""]) -> tuple[Body, State]:
    """Return the body that rests at this baseline, and its state; parameters as `fit_steady_state`."""
    shaped = jax.tree.map(jnp.asarray, baseline)
    return fit_steady_state(jax.tree.map(jnp.asarray, body), shaped, jnp.asarray(age), jnp.asarray(bmi))
