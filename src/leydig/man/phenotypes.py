"""Ten kinds of men: how old and how heavy they are, and which of their levels are apart from health.

Every kind is a healthy man (`leydig.man.healthy`) except in what its class declares: ``lh`` is the median of
its men, ``lh_spread`` the standard deviation of the logarithm, ``lh_least`` and ``lh_most`` the limits that
define the kind. Levels without a median of their own are expected from those that have one
(`leydig.man.imputation`), estradiol times the kind's ``estradiol_excess``.
"""

# Declarations are laid out by hand, as in the organs.
# fmt: off
from functools import lru_cache
from typing import Any

from jaxtyping import Array, Float

from leydig.errors import UnknownName
from leydig.man.healthy import Healthy
from leydig.man.limits import AGES, BMIS
from leydig.parameter import parameter, parameters

__all__ = ["KINDS", "kind_of"]

Number = Float[Array, ""]


class Obesity(Healthy):
    """Obese men: less SHBG and so less testosterone, LH that does not answer."""

    leanest: Number = parameter(
        30.0, "kg/m2", "BMI of the leanest man", within=(25.0, 80.0), basis="assumed",
        source="assumed: the limit from which WHO calls a man obese")
    heaviest: Number = parameter(
        50.0, "kg/m2", "BMI of the heaviest man", within=(30.0, 80.0), basis="assumed",
        source="assumed: the slopes on BMI were seen up to about 50 kg/m2")
    usual_bmi: Number = parameter(
        35.0, "kg/m2", "median BMI before the limits", within=(28.0, 60.0), basis="derived",
        source="Obes2000FT 2000, pmid:11126339; groups of 32.3 and 43.0 kg/m2")
    bmi_spread: Number = parameter(
        0.13, "1", "spread of log BMI before the limits", within=(0.02, 0.4), basis="derived",
        source="Obes2000FT 2000, pmid:11126339; 43.0 with SD 6.7")
    inhibin_b: Number = parameter(
        93.0, "ng/L", "median inhibin B", within=(50.0, 200.0), basis="derived",
        source="Danish2139 2008, pmid:18068160; 25 to 32 % below men of normal weight, whose median is 130 ng/L")


class Secondary(Healthy):
    """Men whose testosterone is low because LH does not rise to it."""

    oldest: Number = parameter(
        65.0, "year", "age of the oldest man", within=AGES, basis="assumed",
        source="assumed: men in care for low testosterone are older than fathers")
    leanest: Number = parameter(
        20.0, "kg/m2", "BMI of the leanest man", within=BMIS, basis="assumed",
        source="assumed: leanness is not a cause of this kind here")
    heaviest: Number = parameter(
        42.0, "kg/m2", "BMI of the heaviest man", within=BMIS, basis="assumed",
        source="assumed: overweight and obesity are its usual company (relative risk ratio 8.7)")
    usual_bmi: Number = parameter(
        29.0, "kg/m2", "median BMI before the limits", within=(20.0, 60.0), basis="assumed",
        source="assumed: overweight and obesity are its usual company (relative risk ratio 8.7)")
    bmi_spread: Number = parameter(
        0.15, "1", "spread of log BMI before the limits", within=(0.02, 0.4), basis="derived",
        source="Jasuja 2013, unresolved:FraminghamE2; 28.8 with SD 4.5")
    testosterone: Number = parameter(
        8.3, "nmol/L", "median testosterone before the limit", within=(4.0, 12.0), basis="derived",
        source="Katz 2012, unresolved:Katz2012; 192 ng/dL | Moskovic 2012, doi:10.1111/j.1464-410X.2012.10968.x; 228")
    testosterone_spread: Number = parameter(
        0.22, "1", "spread of log testosterone before the limit", within=(0.0, 1.0), basis="assumed",
        source="assumed: few of these men are below 5 nmol/L, where another kind begins")
    testosterone_most: Number = parameter(
        10.5, "nmol/L", "testosterone that this kind is below", within=(8.0, 13.0), basis="derived",
        source="EMAS undated, unresolved:EMAS_groups; low testosterone is below 10.5 nmol/L")
    lh: Number = parameter(
        3.3, "IU/L", "median LH before the limits", within=(1.5, 6.0), basis="assumed",
        source="assumed: normal, a little under the median of healthy men, since it has not risen")
    lh_spread: Number = parameter(
        0.4, "1", "spread of log LH before the limits", within=(0.0, 1.5), basis="assumed",
        source="assumed: as among healthy men, inside the limits of the kind")
    lh_least: Number = parameter(
        1.5, "IU/L", "LH that this kind is above", within=(0.5, 3.0), basis="assumed",
        source="assumed: below 1.5 to 2 IU/L the clinic speaks of hypogonadotropic men")
    lh_most: Number = parameter(
        9.4, "IU/L", "LH that this kind is below", within=(8.0, 12.0), basis="derived",
        source="EMAS undated, unresolved:EMAS_groups; 9.4 U/L divides secondary from primary")


class Primary(Healthy):
    """Men whose testes fail: little testosterone and few sperm under high LH and FSH."""

    testosterone: Number = parameter(
        8.5, "nmol/L", "median testosterone before the limit", within=(4.0, 14.0), basis="assumed",
        source="assumed: low by the limit of the kind; half of men with Klinefelter syndrome have more")
    testosterone_spread: Number = parameter(
        0.3, "1", "spread of log testosterone before the limit", within=(0.0, 1.0), basis="assumed",
        source="assumed: as among healthy men, below the limit of the kind")
    testosterone_most: Number = parameter(
        10.5, "nmol/L", "testosterone that this kind is below", within=(8.0, 13.0), basis="derived",
        source="EMAS undated, unresolved:EMAS_groups; low testosterone is below 10.5 nmol/L")
    lh: Number = parameter(
        14.0, "IU/L", "median LH before the limit", within=(9.4, 25.0), basis="assumed",
        source="assumed: between the limit of 9.4 and the 36 IU/L of men without testes")
    lh_spread: Number = parameter(
        0.25, "1", "spread of log LH before the limit", within=(0.0, 0.6), basis="assumed",
        source="assumed: most men between 10 and 22 IU/L, below the ceiling of the pituitary")
    lh_least: Number = parameter(
        9.4, "IU/L", "LH that this kind is above", within=(8.0, 12.0), basis="derived",
        source="EMAS undated, unresolved:EMAS_groups; 9.4 U/L divides secondary from primary")
    fsh: Number = parameter(
        34.0, "IU/L", "median FSH", within=(10.0, 60.0), basis="derived",
        source="Veldhuis undated, unresolved:FSHdeconv; mean 39 IU/L of men in primary failure without testosterone")
    fsh_spread: Number = parameter(
        0.45, "1", "spread of log FSH", within=(0.0, 1.0), basis="assumed",
        source="assumed: as among healthy men; six men (SEM 10 IU/L) say no more")
    inhibin_b: Number = parameter(
        40.0, "ng/L", "median inhibin B", within=(10.0, 100.0), basis="derived",
        source="Dysfunction 2000, doi:10.1016/s0015-0282(00)00641-5; mean 75 beside 255 in controls of the same assay")
    inhibin_b_spread: Number = parameter(
        0.56, "1", "spread of log inhibin B", within=(0.0, 1.5), basis="derived",
        source="Dysfunction 2000, doi:10.1016/s0015-0282(00)00641-5; 75 +- 46, taken as a standard deviation")
    sperm_concentration: Number = parameter(
        1.0, "million/mL", "median sperm concentration", within=(0.001, 15.0), basis="assumed",
        source="assumed: from no sperm to a few million; no value for primary failure as a whole was seen")
    sperm_concentration_spread: Number = parameter(
        1.3, "1", "spread of log sperm concentration", within=(0.0, 3.0), basis="assumed",
        source="assumed: nine men in ten between 0.1 and 9 million/mL")


class Compensated(Healthy):
    """Men whose testosterone is kept normal by high LH."""

    youngest: Number = parameter(
        40.0, "year", "age of the youngest man", within=AGES, basis="derived",
        source="Wu 2008, doi:10.1210/jc.2007-1972; seen in community men of 40 to 79")
    oldest: Number = parameter(
        79.0, "year", "age of the oldest man", within=AGES, basis="derived",
        source="Wu 2008, doi:10.1210/jc.2007-1972; seen in community men of 40 to 79")
    testosterone: Number = parameter(
        15.6, "nmol/L", "median testosterone before the limit", within=(10.5, 25.0), basis="derived",
        source="ChinaRI 2018, unresolved:ChinaRI2018; median 15.6 of healthy men of all ages")
    testosterone_spread: Number = parameter(
        0.27, "1", "spread of log testosterone before the limit", within=(0.0, 1.0), basis="derived",
        source="ChinaRI 2018, unresolved:ChinaRI2018; 7.4 to 24.5 nmol/L")
    testosterone_least: Number = parameter(
        10.5, "nmol/L", "testosterone that this kind is above", within=(8.0, 13.0), basis="derived",
        source="EMAS undated, unresolved:EMAS_groups; low testosterone is below 10.5 nmol/L")
    lh: Number = parameter(
        11.0, "IU/L", "median LH before the limit", within=(9.4, 20.0), basis="assumed",
        source="assumed: just above the limit of 9.4, since one man of 40 to 79 in ten is of this kind")
    lh_spread: Number = parameter(
        0.2, "1", "spread of log LH before the limit", within=(0.0, 0.6), basis="assumed",
        source="assumed: most men between 9.4 and 15 IU/L")
    lh_least: Number = parameter(
        9.4, "IU/L", "LH that this kind is above", within=(8.0, 12.0), basis="derived",
        source="EMAS undated, unresolved:EMAS_groups; 9.4 U/L divides secondary from primary")


class Hypogonadotropic(Healthy):
    """Men whose hypothalamus hardly drives their pituitary."""

    oldest: Number = parameter(
        45.0, "year", "age of the oldest man", within=AGES, basis="assumed",
        source="assumed: men who come for puberty or fertility are young")
    testosterone: Number = parameter(
        1.28, "nmol/L", "median testosterone before the limit", within=(0.3, 4.0), basis="derived",
        source="Jiang 2025, doi:10.21037/tau-2025-199; mean 48 ng/dL")
    testosterone_spread: Number = parameter(
        0.75, "1", "spread of log testosterone before the limit", within=(0.0, 1.2), basis="derived",
        source="Jiang 2025, doi:10.21037/tau-2025-199; SD 47 ng/dL")
    testosterone_most: Number = parameter(
        8.0, "nmol/L", "testosterone that this kind is below", within=(4.0, 10.5), basis="assumed",
        source="assumed: low beyond doubt, since men of 8 to 12 nmol/L are a grey zone")
    lh: Number = parameter(
        0.32, "IU/L", "median LH before the limits", within=(0.1, 1.5), basis="derived",
        source="IHHreversal354 undated, pmc:PMC4430958; mean 0.4 IU/L of 336 men")
    lh_spread: Number = parameter(
        0.75, "1", "spread of log LH before the limits", within=(0.0, 1.5), basis="derived",
        source="IHHreversal354 undated, pmc:PMC4430958; 0.4 +- 0.4 IU/L, taken as a standard deviation")
    lh_least: Number = parameter(
        0.05, "IU/L", "LH that this kind is above", within=(0.01, 0.5), basis="assumed",
        source="assumed: half of what laboratories can tell from nothing")
    lh_most: Number = parameter(
        2.0, "IU/L", "LH that this kind is below", within=(1.0, 3.0), basis="assumed",
        source="assumed: the clinic's proposal is below 1.5 to 2 IU/L")
    fsh: Number = parameter(
        0.7, "IU/L", "median FSH before the limit", within=(0.1, 3.0), basis="assumed",
        source="assumed: low as LH is; the one value seen (2.8) is by an assay of before 1990")
    fsh_spread: Number = parameter(
        0.6, "1", "spread of log FSH before the limit", within=(0.0, 1.5), basis="assumed",
        source="assumed: somewhat less than LH, as among healthy men")
    fsh_most: Number = parameter(
        2.0, "IU/L", "FSH that this kind is below", within=(1.0, 4.0), basis="assumed",
        source="assumed: the clinic's proposal is below 1.5 to 2 IU/L")
    tubules: Number = parameter(
        0.14, "1", "how far the tubules have matured before treatment, at most", within=(0.01, 1.0), basis="derived",
        source="Leydig 2026, calibration:semen-prototype; calibration values of deficient men")
    sperm_capacity: Number = parameter(
        1.5, "million/mL", "median sperm concentration that his testes reach once mature and supported",
        within=(0.1, 100.0), basis="derived",
        source="Muir 2024, unresolved:Muir2024meta; 78 55 36 24 15 % above 0 1 5 10 20 at 18 months: a median of 1.2, "
        "where nine tenths of the tubules are mature")
    sperm_concentration_spread: Number = parameter(
        2.95, "1", "spread of its logarithm", within=(0.0, 4.0), basis="derived",
        source="Muir 2024, unresolved:Muir2024meta; one log-normal fits the shares")
    sperm_concentration_most: Number = parameter(
        0.1, "million/mL", "sperm concentration that this kind is below before treatment", within=(0.01, 1.0),
        basis="assumed", source="assumed: none is seen, and below this a laboratory counts none")
    testosterone_lh: Number = parameter(
        0.8, "1", "correlation of testosterone and LH", within=(0.0, 0.95), basis="assumed",
        source="assumed: his testes are whole, so testosterone follows what LH he has")
    testosterone_shbg: Number = parameter(
        0.2, "1", "correlation of testosterone and SHBG at one age and BMI", within=(-0.9, 0.9), basis="assumed",
        source="assumed: SHBG moves his testosterone as far as a healthy man's, which is spread a third as widely")
    testosterone_clearance: Number = parameter(
        -0.1, "1", "correlation of testosterone and the clearance of what is free of it", within=(-0.9, 0.0),
        basis="assumed", source="assumed: as far as a healthy man's, which is spread a third as widely")


class Oligozoospermia(Healthy):
    """Men with few sperm and no known cause (idiopathic)."""

    youngest: Number = parameter(
        24.0, "year", "age of the youngest man", within=AGES, basis="derived",
        source="Spaggiari 2024, unresolved:Spaggiari2024; 38.2 with SD 6.2 years")
    oldest: Number = parameter(
        52.0, "year", "age of the oldest man", within=AGES, basis="derived",
        source="Spaggiari 2024, unresolved:Spaggiari2024; 38.2 with SD 6.2 years")
    testosterone: Number = parameter(
        15.0, "nmol/L", "median testosterone", within=(8.0, 20.0), basis="derived",
        source="Spaggiari 2024, unresolved:Spaggiari2024; 23.8 % below 3.5 ng/mL")
    testosterone_spread: Number = parameter(
        0.3, "1", "spread of log testosterone", within=(0.0, 1.0), basis="derived",
        source="Travison 2017, doi:10.1210/jc.2016-2935; as wide as among healthy men")
    fsh: Number = parameter(
        6.5, "IU/L", "median FSH", within=(4.0, 10.0), basis="derived",
        source="NEUS undated, unresolved:InhB_NEUS; 5.6 of 85 infertile beside 3.5 of 56 fertile men, so 1.6 times "
        "what fertile men have here, one in five of them being azoospermic")
    inhibin_b: Number = parameter(
        78.0, "ng/L", "median inhibin B", within=(40.0, 130.0), basis="derived",
        source="NEUS undated, unresolved:InhB_NEUS; 78 of 85 infertile beside 132 of 56 fertile men")
    sperm_concentration: Number = parameter(
        6.0, "million/mL", "median sperm concentration before the limit", within=(1.0, 15.0), basis="assumed",
        source="assumed: middle of the range; 6.8 million/mL is the median of men operated for varicocele")
    sperm_concentration_spread: Number = parameter(
        0.8, "1", "spread of log sperm concentration before the limit", within=(0.0, 3.0), basis="assumed",
        source="assumed: nine men in ten from 1.5 million/mL to the limit")
    sperm_concentration_most: Number = parameter(
        15.0, "million/mL", "sperm concentration that this kind is below", within=(10.0, 20.0), basis="measured",
        source="Cooper 2010, doi:10.1093/humupd/dmp048; fifth centile of fertile men")


class Azoospermia(Healthy):
    """Men whose testes release no sperm (non-obstructive azoospermia), with much estradiol of little testosterone."""

    testosterone: Number = parameter(
        10.9, "nmol/L", "median testosterone", within=(8.0, 18.0), basis="derived",
        source="Pavlovich 2001, unresolved:Pavlovich2001; mean 328 ng/dL, of which this is the median")
    estradiol_excess: Number = parameter(
        1.7, "1", "estradiol against what is expected of his testosterone and BMI", within=(0.5, 4.0), basis="derived",
        source="Pavlovich 2001, unresolved:Pavlovich2001; T/E2 0.476 of that of fertile men, estradiol 1.34")
    testosterone_spread: Number = parameter(
        0.3, "1", "spread of log testosterone", within=(0.0, 1.0), basis="derived",
        source="Travison 2017, doi:10.1210/jc.2016-2935; as wide as among healthy men")
    lh: Number = parameter(
        6.5, "IU/L", "median LH", within=(4.0, 12.0), basis="assumed",
        source="assumed: raised by half, since Leydig cells suffer less than the tubules")
    fsh: Number = parameter(
        16.0, "IU/L", "median FSH", within=(7.0, 30.0), basis="derived",
        source="Schoor undated, unresolved:Schoor_NOA; nine in ten above 7.6 IU/L (or small testes)")
    fsh_spread: Number = parameter(
        0.55, "1", "spread of log FSH", within=(0.0, 1.0), basis="derived",
        source="Schoor undated, unresolved:Schoor_NOA; nine in ten above 7.6 IU/L (or small testes)")
    inhibin_b: Number = parameter(
        35.0, "ng/L", "median inhibin B", within=(10.0, 80.0), basis="derived",
        source="Azoospermia 2002, doi:10.1093/humrep/17.4.971; means 37.3 with and 44.9 without sperm found")
    sperm_concentration: Number = parameter(
        3e-4, "million/mL", "median sperm concentration", within=(1e-6, 0.1), basis="assumed",
        source="assumed: stands for none, since capacity must stay positive: one sample in a hundred shows a sperm")
    sperm_concentration_spread: Number = parameter(
        0.5, "1", "spread of log sperm concentration", within=(0.0, 0.6), basis="assumed",
        source="assumed: so that all stay below what a laboratory can count")


class Obstructive(Healthy):
    """Men whose testes are whole, but whose sperm do not reach the ejaculate (obstructive azoospermia).

    What is small in them is the number of sperm in the ejaculate per support of their testes: no hormone opens a
    closed duct, so on any drug their hormones move as those of healthy men and their ejaculate stays empty.
    """

    fsh: Number = parameter(
        5.6, "IU/L", "median FSH before the limit", within=(3.0, 8.0), basis="derived",
        source="ChinaRI 2018, unresolved:ChinaRI2018; median 5.6 of healthy men, since the testes are whole")
    fsh_spread: Number = parameter(
        0.55, "1", "spread of log FSH before the limit", within=(0.0, 1.0), basis="derived",
        source="ChinaRI 2018, unresolved:ChinaRI2018; 1.9 to 16.3 IU/L")
    fsh_most: Number = parameter(
        7.6, "IU/L", "FSH that this kind is below", within=(6.0, 12.0), basis="derived",
        source="Schoor undated, unresolved:Schoor_NOA; above it (or with small testes) azoospermia is non-obstructive")
    sperm_concentration: Number = parameter(
        1e-6, "million/mL", "median sperm concentration", within=(1e-9, 1e-3), basis="assumed",
        source="assumed: stands for none, since capacity must stay positive: no sample shows a sperm, drug or none")
    sperm_concentration_spread: Number = parameter(
        0.5, "1", "spread of log sperm concentration", within=(0.0, 0.6), basis="assumed",
        source="assumed: as in the azoospermia of testes that release none, where it moves nothing either")


class Recovering(Healthy):
    """Healthy men on the day on which long-standing testosterone has left their blood."""

    testosterone_input: Number = parameter(
        71400.0, "nmol/d", "testosterone that he was given until now", within=(10000.0, 200000.0), basis="derived",
        source="Matsumoto 1990, doi:10.1210/jcem-70-1-282; 200 mg of enanthate a week, 20.6 mg/d")


KINDS: dict[str, type[Healthy]] = {
    one.__name__.lower(): one
    for one in (
        Healthy,
        Obesity,
        Secondary,
        Primary,
        Compensated,
        Hypogonadotropic,
        Oligozoospermia,
        Azoospermia,
        Obstructive,
        Recovering,
    )
}


@lru_cache(maxsize=len(KINDS))
def kind_of(name: str) -> dict[str, Any]:
    """Return the numbers of one kind by their names.

    Raises
    ------
    UnknownName
        When there is no such kind.
    """
    if name not in KINDS:
        raise UnknownName.among("kind of men", name, KINDS)
    return {path: float(value) for path, _, value in parameters(KINDS[name]())}
