"""Healthy men: how old and how heavy they are, and how their true levels are spread and go together.

A published range is of single samples, so it is wider than men are apart, and what goes together goes together more
closely than published. Spreads and correlations here are those of the true levels, with what single samples scatter by
(`leydig.man.sample`: σ of testosterone 0.17, estradiol 0.17, LH 0.26, FSH 0.09, SHBG 0.09, inhibin B 0.13) taken off::

    true² = published² − σ²          true r = published r·(published spreads)/(true spreads)

Every other kind of men (`leydig.man.phenotypes`) is one of these except in what its class declares.
"""

# Declarations are laid out by hand, as in the organs.
# fmt: off
import equinox as eqx
from jaxtyping import Array, Float

from leydig.man.limits import AGES, BMIS
from leydig.parameter import parameter

__all__ = ["Healthy"]

Number = Float[Array, ""]


class Healthy(eqx.Module):
    """Men without a disease of the axis, of the age of fathers and not obese."""

    youngest: Number = parameter(
        18.0, "year", "age of the youngest man", within=AGES, basis="assumed",
        source="assumed: men of the age of fathers are asked for unless another range is given")
    oldest: Number = parameter(
        60.0, "year", "age of the oldest man", within=AGES, basis="assumed",
        source="assumed: men of the age of fathers are asked for unless another range is given")
    leanest: Number = parameter(
        18.5, "kg/m2", "BMI of the leanest man", within=BMIS, basis="assumed",
        source="assumed: the limit below which WHO calls a man underweight")
    heaviest: Number = parameter(
        30.0, "kg/m2", "BMI of the heaviest man", within=BMIS, basis="assumed",
        source="assumed: the limit from which WHO calls a man obese")
    usual_bmi: Number = parameter(
        24.0, "kg/m2", "median BMI before the limits", within=(18.0, 60.0), basis="assumed",
        source="assumed: non-obese men, since the reference ranges are theirs")
    bmi_spread: Number = parameter(
        0.12, "1", "spread of log BMI before the limits", within=(0.02, 0.4), basis="assumed",
        source="assumed: nine men in ten between 20 and 29 kg/m2")

    root_testosterone_spread: Number = parameter(
        0.124, "1", "spread s of the square root of testosterone about its median, where no median is set",
        within=(0.05, 0.25), basis="derived",
        source="Travison 2017, doi:10.1210/jc.2016-2935; roots of 264 303 531 852 916 lie on a line; less age and BMI "
        "0.15, less single samples")
    estradiol_spread: Number = parameter(
        0.225, "1", "spread of log estradiol given testosterone", within=(0.0, 1.0), basis="derived",
        source="Qin 2012, pmid:22582502; 65.4 to 207.7 pmol/L, less what testosterone carries and single samples")
    estradiol_excess: Number = parameter(
        1.0, "1", "estradiol against what is expected of his testosterone and BMI", within=(0.5, 4.0), basis="derived",
        source="Qin 2012, pmid:22582502; 1 in healthy men by definition")
    room: Number = parameter(
        0.9, "1", "highest LH and FSH of a man, against what his pituitary can give",
        within=(0.5, 0.99), basis="assumed",
        source="assumed: at the ceiling itself no drive would be left to change")
    lh_spread: Number = parameter(
        0.355, "1", "spread of log LH", within=(0.0, 1.5), basis="derived",
        source="ChinaRI 2018, unresolved:ChinaRI2018; 1.6 to 10.0 IU/L, less age 0.44, less single samples | "
        "Qin 2012, pmid:22582502")
    fsh_spread: Number = parameter(
        0.45, "1", "spread of log FSH given LH", within=(0.0, 1.5), basis="derived",
        source="ChinaRI 2018, unresolved:ChinaRI2018; 1.9 to 16.3 IU/L, less age and LH 0.46, less single samples | "
        "Qin 2012, pmid:22582502")
    shbg_spread: Number = parameter(
        0.328, "1", "spread of log SHBG", within=(0.0, 1.0), basis="derived",
        source="Qin 2012, pmid:22582502; 18.2 to 95.1 nmol/L, less age and BMI 0.34, less single samples")
    inhibin_b_spread: Number = parameter(
        0.504, "1", "spread of log inhibin B given FSH", within=(0.0, 1.5), basis="derived",
        source="InhB2448 2013, journal:Reproduction-145-237; 54.5 to 247 ng/L from 10 to 90 %, less FSH 0.52, less "
        "single samples")
    sperm_concentration_spread: Number = parameter(
        0.585, "1", "spread of log sperm concentration", within=(0.0, 3.0), basis="derived",
        source="Jorgensen 2012, pmc:PMC3391374; median 43 to 48 | "
        "Campbell 2021, unresolved:WHO2021_Campbell; 5 % at 16")
    semen_volume_spread: Number = parameter(
        0.45, "1", "spread of log semen volume", within=(0.0, 1.5), basis="derived",
        source="Cooper 2010, doi:10.1093/humupd/dmp048; 5 % at 1.5 mL under the median of 3.2")
    motility_spread: Number = parameter(
        0.53, "1", "spread of the log odds of motility given the count", within=(0.0, 2.0), basis="derived",
        source="Jorgensen 2012, pmc:PMC3391374; median 68 % | Campbell 2021, unresolved:WHO2021_Campbell; 5 % at 42 %, "
        "so 0.65 in all, less what the count carries")
    progressive_motility_spread: Number = parameter(
        0.1, "1", "spread of the log odds of progressive motility given motility", within=(0.0, 2.0), basis="assumed",
        source="assumed: progressive sperm are part of the motile, so most of their spread is that of motility")
    normal_forms_spread: Number = parameter(
        0.25, "1", "spread of the log odds of normal forms given the count", within=(0.0, 2.0), basis="derived",
        source="Campbell 2021, unresolved:WHO2021_Campbell; 5 % at 4 % under the median of 7 % | Guangdong undated, "
        "pmc:PMC4650483; 5 % at 5 %: in all 0.32, less what the count carries")
    tubules: Number = parameter(
        1.0, "1", "how far the tubules have matured before treatment, at most", within=(0.01, 1.0), basis="derived",
        source="Jiang 2025, doi:10.21037/tau-2025-199; 1 in men who went through puberty, by definition")
    hematocrit_spread: Number = parameter(
        0.06, "1", "spread of log hematocrit", within=(0.0, 0.2), basis="assumed",
        source="assumed: as the hematocrit of the reference man is spread in the body's own declaration")
    spine_bmd_spread: Number = parameter(
        0.12, "1", "spread of log spine density", within=(0.0, 0.4), basis="assumed",
        source="assumed: as the density of the reference man is spread in the body's own declaration")

    testosterone_clearance: Number = parameter(
        -0.3, "1", "correlation of testosterone and the clearance of what is free of it", within=(-0.9, 0.0),
        basis="derived",
        source="Leydig 2026, calibration:fourth; a body that clears 20 % more, drive and testes the same, settles at "
        "8 % less in the closed loop: a slope of -0.41 on a spread of 0.2, of the 0.27 in all")
    testosterone_shbg: Number = parameter(
        0.63, "1", "correlation of testosterone and SHBG at one age and BMI", within=(-0.9, 0.9), basis="assumed",
        source="assumed: SHBG carries most of the spread of total testosterone among healthy men; 0.5 of "
        "single samples")
    testosterone_lh: Number = parameter(
        0.0, "1", "correlation of testosterone and LH at one age and BMI", within=(-0.9, 0.95), basis="assumed",
        source="assumed: drive, which moves both up, and capacity, which moves them apart, cancel in health")
    fsh_inhibin_b: Number = parameter(
        -0.42, "1", "correlation of FSH and inhibin B given LH and age", within=(-0.95, 0.0), basis="derived",
        source="InhB2448 2013, journal:Reproduction-145-237; rank correlation -0.5, beside the expected curve -0.4 of "
        "single samples")
    sperm_concentration_inhibin_b: Number = parameter(
        0.39, "1", "correlation of sperm concentration and inhibin B", within=(0.0, 0.9), basis="fitted",
        source="Leydig 2026, calibration:population; to R2 0.27 among fertile and infertile men together (InhB_NEUS)")
    sperm_concentration_fsh: Number = parameter(
        -0.735, "1", "correlation of sperm concentration and FSH", within=(-0.9, 0.0), basis="fitted",
        source="Leydig 2026, calibration:population; to R2 0.33 among fertile and infertile men together (InhB_NEUS), "
        "where FSH by itself supports sperm and so takes from it")
