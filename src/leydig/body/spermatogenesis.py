"""Sperm are made from FSH and intratesticular testosterone, and reach the ejaculate two months later.

``x`` is intratesticular testosterone and ``f`` FSH, as ratios to the reference man. Neither alone is
enough; cells are lost where they enter, in meiosis halfway through the testis, and at release::

    hT = x²(1 + K_x)/(K_x + x²)       hF = f²(1 + K_f)/(K_f + f²)
    S  = α·hT + β·hF + (1 − α − β − ε)·hT·hF + ε              (support, joined; 1 in the reference man)
    v  = w·x(1 + P_x)/(P_x + x) + (1 − w)·f(1 + P_f)/(P_f + f)
    S  = (1 − ε)·v^n(1 + P)/(P + v^n) + ε                     (support, pooled: a rival structure)
    u3 = late share     u2 = middle share·(1 − u3)     u1 = 1 − u2 − u3
    ds_i/dt  = (32/testis time)·(s_(i−1) − s_i)   i = 1 … 32, s_0 = M·S^u1, and s_16·S^u2 enters stage 17
    released = (last stage)·S^u3
    dp_i/dt  = (3/epididymal time)·(p_(i−1) − p_i) i = 1 … 3, p_0 = released
    dq_i/dt  = (3/whole time)·(q_(i−1) − q_i)     i = 1 … 3, q_0 = S      (history, for quality)
    dM/dt    = max(M* − M, 0)/τ_M    M* = M0 + (1 − M0)·(min(S, 1)^½ − S0^½)/(1 − S0^½)    M = M0 at rest

    total count = sertoli·p_3      volume = own·(a/a_own)^v      concentration = total/volume
    motile, progressive: odds = own odds·(c/c_ref)^b·(q_3)^m·a^k      normal forms: (c/c_ref)^b_n·(q_3)^m·a^k

``sertoli`` (million per ejaculate of the reference support), the volume and the odds are his own. The
number of stages is the spread of transit: with 32 and the time that suppression and recovery ask for, a stem
cell's sperm come within the 42 to 76 d that heavy water took in eleven men, with a standard deviation inside its
9 to 13 d; it is the smallest even number that does, and meiosis halves it. ``M`` is how far the tubules have
matured: 1 in men who went through puberty, and it stays 1; in men without gonadotropins they mature under first
stimulation, beyond the support ``S0`` that they always had, over many months, and stay so. Nothing here acts on a
hormone: these equations hear ``x``, ``f``, serum testosterone and themselves.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.parameter import parameter

__all__ = ["EPIDIDYMAL_STAGES", "HISTORY_STAGES", "MEIOSIS", "TESTICULAR_STAGES", "Spermatogenesis", "share_of"]

TESTICULAR_STAGES = 32  # Misell 2006: 42 to 76 d to the ejaculate, a standard deviation of 9 to 13 d
MEIOSIS = TESTICULAR_STAGES // 2  # stages before the loss in meiosis and among round spermatids
EPIDIDYMAL_STAGES = 3
HISTORY_STAGES = 3
LEAST_ROOM = 0.05  # of S0^½ below 1, so that full support of a man without maturity is no division by nothing
FEWEST = 0.001  # [million/mL] below which a share of sperm means nothing, so that none at all has one too

Stages = tuple[Float[Array, ""], ...]


class Spermatogenesis(eqx.Module):
    """Germ cells from entry to ejaculate, and the quality of what is ejaculated."""

    sertoli: Float[Array, ""] = parameter(
        141.0, "million", "his own total sperm count at reference support, set from his baseline",
        within=(0.0, 3000.0), cv=0.9, basis="derived",
        source="Jorgensen 2012, pmc:PMC3391374; median of 132 to 151 million")
    late_share: Float[Array, ""] = parameter(
        0.127, "1", "share u3 of the loss that happens at release",
        within=(0.1, 0.9), basis="fitted", source="Leydig 2026, calibration:fourth")
    middle_share: Float[Array, ""] = parameter(
        0.5, "1", "share of the rest of the loss that happens in meiosis and among round spermatids, u2/(1 - u3)",
        within=(0.1, 0.9), basis="assumed",
        source="assumed: the loss before release is halved between entry and meiosis, as no published value divides it")
    testis_days: Float[Array, ""] = parameter(
        66.9, "d", "time from entry to release",
        within=(34.0, 68.0), cv=0.1, basis="fitted",
        source="Leydig 2026, calibration:fourth | Misell 2006, unresolved:Misell2006; 42 to 76 d to the ejaculate, "
        "less 8 d in the epididymis")
    epididymal_days: Float[Array, ""] = parameter(
        8.0, "d", "time through the epididymis",
        within=(4.0, 14.0), cv=0.3, basis="assumed",
        source="assumed: within the 5 to 12 d given for transit in textbooks")
    tubules: Float[Array, ""] = parameter(
        1.0, "1", "how far his tubules have matured before any treatment (M0)",
        within=(1e-6, 1.0), basis="derived",
        source="Jiang 2025, doi:10.21037/tau-2025-199; testes of men without gonadotropins grow from 3.2 to 9.7 mL; 1 "
        "in men who went through puberty")
    usual_support: Float[Array, ""] = parameter(
        1.0, "1", "his own support at rest, set from his baseline (S0)",
        within=(0.0, 10.0), basis="derived",
        source="Jorgensen 2012, pmc:PMC3391374; 1 in the reference man by definition")
    maturation_days: Float[Array, ""] = parameter(
        210.0, "d", "time over which tubules mature (τ_M)",
        within=(100.0, 400.0), basis="derived",
        source="Jiang 2025, doi:10.21037/tau-2025-199; testis volume 3.2 6.2 8.9 9.7 mL at 0 26 52 104 "
        "weeks, 190 to 300 d")
    volume: Float[Array, ""] = parameter(
        3.2, "mL", "his own semen volume, set from his baseline",
        within=(0.1, 15.0), cv=0.4, basis="derived",
        source="Jorgensen 2012, pmc:PMC3391374; total count over concentration, 151 over 48")
    volume_androgen: Float[Array, ""] = parameter(
        0.05, "1", "exponent of free testosterone on semen volume (v)",
        within=(0.0, 0.5), basis="assumed",
        source="assumed: seminal glands need androgen, little beyond the normal range; no dose response was seen")
    androgen: Float[Array, ""] = parameter(
        1.0, "1", "his own free testosterone at baseline against the reference man",
        within=(0.001, 100.0), basis="derived",
        source="Travison 2017, doi:10.1210/jc.2016-2935; 1 in the reference man by definition")
    motile: Float[Array, ""] = parameter(
        0.68, "1", "his own share of motile sperm at reference support, set from his baseline",
        within=(0.0, 1.0), cv=0.2, basis="measured",
        source="Jorgensen 2012, pmc:PMC3391374; median 68 %")
    progressive: Float[Array, ""] = parameter(
        0.55, "1", "his own share of progressive sperm at reference support",
        within=(0.0, 1.0), cv=0.2, basis="assumed",
        source="assumed: WHO limits put progressive at 30 of 42 % motile, so about 0.8 of the motile")
    normal: Float[Array, ""] = parameter(
        0.07, "1", "his own share of normal forms at reference support",
        within=(0.0, 1.0), cv=0.6, basis="assumed",
        source="assumed: between the WHO limit of 4 % and the fertility plateau of 19 % (strict criteria)")
    reference_concentration: Float[Array, ""] = parameter(
        44.0625, "million/mL", "sperm concentration of the reference man (c_ref)",
        within=(20.0, 90.0), basis="derived",
        source="Jorgensen 2012, pmc:PMC3391374; medians of 43 to 48; his 141 million in 3.2 mL")
    count_quality: Float[Array, ""] = parameter(
        0.6, "1", "exponent b of sperm concentration on the odds of motile and progressive sperm",
        within=(0.0, 1.5), basis="derived",
        source="Naelitz 2023, doi:10.1016/j.fertnstert.2023.06.032; 3.6 M/mL with 3.7 M motile in 3.2 mL, 0.3 with 0.1 "
        "| Jorgensen 2012, pmc:PMC3391374; 68 % at 45: on one line of slope 0.58 to 0.60")
    count_forms: Float[Array, ""] = parameter(
        0.3, "1", "exponent b_n of sperm concentration on the odds of normal forms",
        within=(0.0, 1.5), basis="assumed",
        source="assumed: half that of motility, since the spread of normal forms among men leaves no room for more")
    quality: Float[Array, ""] = parameter(
        0.2, "1", "exponent m of hormonal history on the odds of motile, progressive and normal sperm beside the count",
        within=(0.0, 2.0), basis="assumed",
        source="assumed: small beside what the count carries; not calibrated yet")
    androgen_quality: Float[Array, ""] = parameter(
        0.1, "1", "exponent k of free testosterone on the odds of motile, progressive and normal sperm (epididymis)",
        within=(0.0, 1.0), basis="assumed",
        source="assumed: sperm mature in an epididymis that needs androgen; no dose response was seen")

    lh_only: Float[Array, ""] = parameter(
        0.272, "1", "support with intratesticular testosterone alone (α)",
        within=(0.2, 0.6), basis="fitted",
        source="Leydig 2026, calibration:fourth | Bremner 1981, doi:10.1172/JCI110327; 46 of 106 million/mL on hCG, a "
        "figure of the calibration, where FSH was low but not none")
    fsh_only: Float[Array, ""] = parameter(
        0.17, "1", "support with FSH alone (β)",
        within=(0.1, 0.5), basis="fitted",
        source="Leydig 2026, calibration:fourth | Matsumoto 1983, doi:10.1172/JCI111024; 33 of 94 million/mL on FSH, a "
        "figure of the calibration, where testosterone inside the testis was low but not none")
    unsupported: Float[Array, ""] = parameter(
        0.001, "1", "support with neither (ε)",
        within=(0.0, 0.03), cv=0.95, basis="derived",
        source="Matsumoto 1983, doi:10.1172/JCI111024; 0.3 of 94 million/mL on testosterone, the mean of four men; "
        "half of the men of the WHO trial had none")
    half_testosterone: Float[Array, ""] = parameter(
        0.21, "1", "squared intratesticular testosterone of half its effect, against the reference (K_x)",
        within=(0.02, 0.25), cv=0.4, basis="fitted",
        source="Leydig 2026, calibration:fourth | WHO undated, unresolved:WHOclom1992; blinded "
        "trials of drugs that raise both saw no more sperm, so what normal men have nearly suffices")
    half_fsh: Float[Array, ""] = parameter(
        0.16, "1", "squared FSH of half its effect, against the reference (K_f)",
        within=(0.02, 0.25), cv=0.4, basis="fitted",
        source="Leydig 2026, calibration:fourth | WHO undated, unresolved:WHOclom1992; blinded "
        "trials of drugs that raise both saw no more sperm, so what normal men have nearly suffices")

    pooled: Float[Array, ""] = parameter(
        1, "1", "0 where the signals are joined, 1 where they are pooled; one of two rival structures",
        within=(0.0, 1.0), basis="assumed",
        source="assumed: the shipped structure until a calibration study rejects one; the calibration weighs both")
    testicular_weight: Float[Array, ""] = parameter(
        0.614, "1", "weight of intratesticular testosterone in what is pooled (w)",
        within=(0.2, 0.9), basis="fitted", source="Leydig 2026, calibration:fourth")
    pooled_testosterone: Float[Array, ""] = parameter(
        1.0, "1", "intratesticular testosterone of half its effect, against the reference (P_x)",
        within=(0.1, 10.0), cv=0.4, basis="assumed",
        source="assumed: half of its effect at the reference; when fitted, the data narrowed its prior by a fifth")
    pooled_fsh: Float[Array, ""] = parameter(
        1.35, "1", "FSH of half its effect, against the reference (P_f)",
        within=(0.02, 5.0), cv=0.4, basis="fitted", source="Leydig 2026, calibration:fourth")
    pooled_steepness: Float[Array, ""] = parameter(
        3.19, "1", "Hill exponent of support on what is pooled (n)",
        within=(1.0, 6.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    pooled_half: Float[Array, ""] = parameter(
        1.0, "1", "pooled signal of half support, to the power n (P)",
        within=(0.05, 5.0), basis="assumed",
        source="assumed: half of the support at the reference; when fitted, the data narrowed its prior by an eighth")

    def support(self, testicular: Float[Array, ""], fsh: Float[Array, ""]) -> Float[Array, ""]:
        """Return S, the support of germ cells by intratesticular testosterone and FSH (ratios)."""
        joined = self.joined_support(testicular, fsh)
        return joined + self.pooled * (self.pooled_support(testicular, fsh) - joined)

    def joined_support(self, testicular: Float[Array, ""], fsh: Float[Array, ""]) -> Float[Array, ""]:
        """Return the support where either signal alone gives a share, and the rest needs both."""
        a, b, e = self.lh_only, self.fsh_only, self.unsupported
        Kx, Kf = self.half_testosterone, self.half_fsh
        hT = testicular**2 * (1.0 + Kx) / (Kx + testicular**2)
        hF = fsh**2 * (1.0 + Kf) / (Kf + fsh**2)
        return a * hT + b * hF + (1.0 - a - b - e) * hT * hF + e

    def pooled_support(self, testicular: Float[Array, ""], fsh: Float[Array, ""]) -> Float[Array, ""]:
        """Return the support where much of one signal stands in for little of the other."""
        w, Px, Pf, P = self.testicular_weight, self.pooled_testosterone, self.pooled_fsh, self.pooled_half
        pT, pF = testicular * (1.0 + Px) / (Px + testicular), fsh * (1.0 + Pf) / (Pf + fsh)
        strong = (w * pT + (1.0 - w) * pF) ** self.pooled_steepness
        return (1.0 - self.unsupported) * strong * (1.0 + P) / (P + strong) + self.unsupported

    def survival(
        self, support: Float[Array, ""]
    ) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, ""]]:
        """Return what this support lets through at entry, in meiosis and at release; their product is the support."""
        late = self.late_share
        middle = self.middle_share * (1.0 - late)
        return support ** (1.0 - middle - late), support**middle, support**late

    def maturation_rate(self, maturity: Float[Array, ""], support: Float[Array, ""]) -> Float[Array, ""]:
        """Return dM/dt [1/d]: tubules mature towards what the support allows, and never back."""
        usual = jnp.sqrt(self.usual_support)
        room = jnp.maximum(1.0 - usual, LEAST_ROOM)
        allowed = self.tubules + (1.0 - self.tubules) * (jnp.sqrt(jnp.minimum(support, 1.0)) - usual) / room
        return jnp.maximum(allowed - maturity, 0.0) / self.maturation_days

    def stage_rates(
        self, cells: tuple[Stages, Stages, Stages], support: Float[Array, ""], maturity: Float[Array, ""]
    ) -> tuple[Stages, Stages, Stages]:
        """Return the derivatives of the three chains [1/d].

        Parameters
        ----------
        cells : (stages, epididymis, history)
            Each from its first stage to its last.
        support, maturity : Float[Array, ""]
            S and M.
        """
        stages, epididymis, history = cells
        entry, meiosis, release = self.survival(support)
        young, old = stages[:MEIOSIS], stages[MEIOSIS:]
        per_stage = self.testis_days / TESTICULAR_STAGES
        return (
            _flow(maturity * entry, young, per_stage) + _flow(young[-1] * meiosis, old, per_stage),
            _flow(stages[-1] * release, epididymis, self.epididymal_days / EPIDIDYMAL_STAGES),
            _flow(support, history, (self.testis_days + self.epididymal_days) / HISTORY_STAGES),
        )

    def ejaculate_volume(self, androgen: Float[Array, ""]) -> Float[Array, ""]:
        """Return semen volume [mL] at this free testosterone ratio."""
        return self.volume * (androgen / self.androgen) ** self.volume_androgen

    def concentration(self, cells: Float[Array, ""], androgen: Float[Array, ""]) -> Float[Array, ""]:
        """Return sperm concentration [million/mL] given what leaves the epididymis, at this free testosterone ratio."""
        return self.sertoli * cells / self.ejaculate_volume(androgen)

    def motile_odds(
        self, concentration: Float[Array, ""], history: Float[Array, ""], androgen: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return the odds of motile or progressive sperm against those of the reference man's count and hormones."""
        return self._relative_concentration(concentration) ** self.count_quality * self._hormonal(history, androgen)

    def normal_odds(
        self, concentration: Float[Array, ""], history: Float[Array, ""], androgen: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return the odds of normal forms against those of the reference man's count and hormones."""
        return self._relative_concentration(concentration) ** self.count_forms * self._hormonal(history, androgen)

    def motility(
        self, concentration: Float[Array, ""], history: Float[Array, ""], androgen: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return the share of motile sperm."""
        return share_of(self.motile, self.motile_odds(concentration, history, androgen))

    def progressive_motility(
        self, concentration: Float[Array, ""], history: Float[Array, ""], androgen: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return the share of progressively motile sperm."""
        return share_of(self.progressive, self.motile_odds(concentration, history, androgen))

    def normal_forms(
        self, concentration: Float[Array, ""], history: Float[Array, ""], androgen: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return the share of sperm of normal form."""
        return share_of(self.normal, self.normal_odds(concentration, history, androgen))

    def _relative_concentration(self, concentration: Float[Array, ""]) -> Float[Array, ""]:
        return jnp.maximum(concentration, FEWEST) / self.reference_concentration

    def _hormonal(self, history: Float[Array, ""], androgen: Float[Array, ""]) -> Float[Array, ""]:
        return history**self.quality * androgen**self.androgen_quality


def share_of(own: Float[Array, ""], odds: Float[Array, ""]) -> Float[Array, ""]:
    """Return a share of sperm whose odds are those of his own share times these.

    Examples
    --------
    >>> round(share_of(0.5, 3.0), 6)
    0.75
    """
    return own * odds / (own * odds + 1.0 - own)


def _flow(first: Float[Array, ""], chain: Stages, days: Float[Array, ""]) -> Stages:
    """Return the derivatives of an Erlang chain that takes `days` through each stage."""
    return tuple((before - now) / days for before, now in zip((first, *chain), chain, strict=False))
