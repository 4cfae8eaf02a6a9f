"""Drug levels as an output: units, closed forms, exposure, and what was given together."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

import leydig as ly
from leydig.course.course import Course
from leydig.drug import Drug
from leydig.drugs import DRUGS, drugs_of
from leydig.engine.origin import Origin
from leydig.errors import LeydigError, NotSolved, OutOfRange, UnknownName, WrongUnit
from leydig.man.drug_variability import sample_drug_variability
from leydig.parameter import change
from leydig.units import factor

LEVELS = [(name, level) for name, drug in DRUGS.items() if isinstance(drug, Drug) for level in drug.chains()]
CLEARED = [
    name for name, drug in DRUGS.items() if isinstance(drug, Drug) and hasattr(drug, "clearance") and drug.chains()
]


def unsolved(man, text, days, drugs=None, draws=None):
    """Return a course whose body was not solved: drug levels need no more."""
    plan = ly.Regimen(text)
    which = np.zeros(man.count or 1, dtype=int)
    origin = Origin(man, (plan,), which, drugs, 1e-4, draws=draws)
    return Course(man, plan, np.array([0.0, days]), {}, {}, (), draws=0 if draws is None else len(draws), origin=origin)


def dose(name):
    drug = DRUGS[name]
    return min(drug.label.daily_maximum, drug.label.strengths[-1] if drug.label.strengths else np.inf)


def integrated(drug, level, doses, days):
    """Return a level from its compartments, integrated by another solver; doses are (day, amount)."""
    chain = drug.chains()[level]
    rates = np.array([float(rate) for rate in chain.rates])
    flow = np.diag(-rates) + np.diag(rates[:-1], -1)
    amounts, now, found = np.zeros(len(rates)), 0.0, []
    events = sorted(
        [*((day, amount) for day, amount in doses), *((day, None) for day in days)],
        key=lambda one: (one[0], one[1] is not None),
    )
    for day, amount in events:
        if day > now:
            done = solve_ivp(lambda _, a: flow @ a, (now, day), amounts, method="LSODA", rtol=1e-11, atol=1e-14)
            amounts, now = done.y[:, -1], day
        if amount is None:
            found.append(float(chain.scale) * amounts[-1])
        else:
            amounts[0] += amount
    return np.array(found)


# Units ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "level"), LEVELS)
def test_every_level_declares_its_unit_once(name, level):
    measure = DRUGS[name].measure(level)
    assert measure.title
    for unit in (measure.us, measure.si):
        assert measure.factor_to(unit) > 0.0
    assert level not in ly.analytes
    for sample in DRUGS[name].samples:
        if sample.what == level:
            assert factor(sample.unit, measure.unit, measure.molar_mass) == pytest.approx(1.0)


@pytest.mark.parametrize("name", [name for name, drug in DRUGS.items() if isinstance(drug, Drug)])
def test_a_drug_without_a_level_says_why(name, reference_man):
    drug = DRUGS[name]
    assert set(drug.measures) == set(drug.chains())
    assert bool(drug.unseen) == (not drug.chains())
    if drug.unseen:
        unit = f"{dose(name):g} {drug.unit}"
        course = unsolved(reference_man, f"{name.replace('_', ' ')} {unit}/day continuous", 7.0)
        with pytest.raises(UnknownName, match=r"expected a drug with a level.*Read '"):
            course[name]


def test_mass_and_amount_convert_with_the_molar_mass_of_the_drug(reference_man):
    course = unsolved(reference_man, "anastrozole 1 mg daily", 28.0)
    moles = course["anastrozole"]
    assert moles.unit == "nmol/L"
    assert course.in_units("anastrozole", "us").unit == "ng/mL"
    assert moles.to("ng/mL").values == pytest.approx(moles.values * 293.4 / 1000.0)
    with pytest.raises(WrongUnit):
        moles.to("IU/L")


# Levels -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "doses"),
    [
        ("tamoxifen 20 mg once + tamoxifen 10 mg once from day 3", {"tamoxifen": [(0.0, 20.0), (3.0, 10.0)]}),
        ("clomiphene 50 mg twice weekly for 2 weeks", {"enclomiphene": [(d, 31.0) for d in (0, 3, 7, 10)],
                                                       "zuclomiphene": [(d, 19.0) for d in (0, 3, 7, 10)]}),
        ("testosterone enanthate 200 mg every 2 weeks", {"testosterone_enanthate": [(0.0, 200.0), (14.0, 200.0)]}),
        ("anastrozole 1 mg every 3 days", {"anastrozole": [(3.0 * i, 1.0) for i in range(10)]}),
    ],
)  # fmt: skip
def test_levels_are_those_of_integrated_compartments(reference_man, text, doses):
    course = unsolved(reference_man, text, 28.0)
    days = np.array([0.0, 0.1, 2.9, 3.0, 9.0, 14.0, 17.3, 28.0])
    for drug, given in doses.items():
        for level in DRUGS[drug].chains():
            wanted = integrated(DRUGS[drug], level, given, days)
            assert course[level].read(days) == pytest.approx(wanted, rel=1e-8, abs=1e-12)


def test_a_level_that_jumps_is_read_before_or_after(reference_man):
    course = unsolved(reference_man, "testosterone enanthate 200 mg every 2 weeks", 28.0)
    series = course["testosterone_enanthate"]
    drug = DRUGS["testosterone_enanthate"]
    jump = 200.0 * float(drug.chains()["testosterone_enanthate"].scale)
    assert float(series.at(day=0)) == 0.0
    for day in (0, 14, 28):
        assert float(series.at(day=day, after=True)) - float(series.at(day=day)) == pytest.approx(jump, rel=1e-9)


def test_every_man_and_draw_has_his_own_level():
    men = ly.population(6, seed=3)
    own = sample_drug_variability(drugs_of(["anastrozole"]), 6, seed=3)
    course = ly.simulate(men, "anastrozole 1 mg daily", weeks=2, drugs=own)
    values = course["anastrozole"].at(day=10.5).value
    assert len(set(values.tolist())) == 6
    for man in range(6):
        drug = change(
            DRUGS["anastrozole"],
            {
                f"drugs.anastrozole.{n}": float(getattr(own["anastrozole"], n)[man])
                for n in ("absorption", "clearance", "half_life")
            },
            "drugs.anastrozole",
        )
        assert values[man] == pytest.approx(
            integrated(drug, "anastrozole", [(float(d), 1.0) for d in range(11)], [10.5])[0], rel=1e-8
        )
    drawn = ly.simulate(men, "anastrozole 1 mg daily", days=2, uncertainty=3)
    assert drawn["anastrozole"].at(day=0.5).value.shape == (6, 3)
    assert drawn["anastrozole"].auc(0, 1).value.shape == (6, 3)


def test_each_on_his_own_regimen_and_resumed(shah_man, reference_man):
    men, plans = [shah_man, reference_man], ["anastrozole 1 mg daily", ""]
    first = ly.simulate(men, plans, days=3)
    rest = ly.simulate(men, plans, days=3, after=first)
    whole = ly.simulate(men, plans, days=6)
    assert rest["anastrozole"].at(day=5.5).value == pytest.approx(whole["anastrozole"].at(day=5.5).value, rel=1e-9)
    assert rest["anastrozole"].at(day=5.5).value[1] == 0.0
    assert rest["anastrozole"].auc(3.0, 6.0).value == pytest.approx(whole["anastrozole"].auc(3.0, 6.0).value, rel=1e-9)


def test_tamoxifen_lowers_anastrozole_in_what_is_read_too(reference_man):
    alone = unsolved(reference_man, "anastrozole 1 mg daily", 140.0)["anastrozole"].auc(139, 140)
    both = unsolved(reference_man, "anastrozole 1 mg daily + tamoxifen 20 mg daily", 140.0)
    together = both["anastrozole"].auc(139, 140)
    assert float(together) / float(alone) == pytest.approx(0.73, abs=0.01)  # the label: 27 % lower
    exact = quad(lambda day: float(both["anastrozole"].at(day=day)), 139.0, 140.0, points=[139.1], epsrel=1e-10)[0]
    assert float(together) == pytest.approx(24.0 * exact, rel=1e-8)


# Exposure ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLEARED)
def test_the_area_at_steady_state_is_dose_over_clearance(name, reference_man):
    drug = DRUGS[name]
    days = 20.0 * np.log(2.0) * max(1.0 / float(rate) for rate in drug.chains()[name].rates) * 2.0
    last = float(np.ceil(days)) + 1.0
    course = unsolved(reference_man, f"{name} {dose(name):g} {drug.unit} daily", last)
    found = float(course[name].auc(last - 1.0, last).to(f"{drug.measure(name).unit}*h"))
    mass = getattr(drug, "molar_mass", None)
    amount = (
        dose(name)
        * float(getattr(drug, "base", 1.0))
        * factor(drug.unit, drug.measure(name).unit.removesuffix("/L"), None if mass is None else float(mass))
    )
    assert found == pytest.approx(amount / float(drug.clearance), rel=1e-6)


def test_peak_and_trough_are_those_of_the_closed_form(reference_man):
    drug = DRUGS["anastrozole"]
    ka, ke = (float(rate) for rate in drug.chains()["anastrozole"].rates)
    scale = float(drug.chains()["anastrozole"].scale)
    once = unsolved(reference_man, "anastrozole 1 mg once", 10.0)["anastrozole"]
    top = np.log(ka / ke) / (ka - ke)
    curve = scale * ka / (ka - ke) * (np.exp(-ke * top) - np.exp(-ka * top))
    peak = once.peak()
    assert (float(peak), float(peak.day)) == (pytest.approx(curve, rel=1e-6), pytest.approx(top, rel=1e-3))

    daily = unsolved(reference_man, "anastrozole 1 mg daily", 120.0)["anastrozole"]
    a, e = (1.0 / (1.0 - np.exp(-rate)) for rate in (ka, ke))  # what is left of all doses before
    top = np.log(ka * a / (ke * e)) / (ka - ke)
    steady = scale * ka / (ka - ke) * (e * np.exp(-ke * top) - a * np.exp(-ka * top))
    low = scale * ka / (ka - ke) * (e * np.exp(-ke) - a * np.exp(-ka))
    assert float(daily.peak(119, 120)) == pytest.approx(steady, rel=1e-6)
    assert float(daily.trough(119, 120)) == pytest.approx(low, rel=1e-6)
    assert float(daily.trough(119, 120).day) == 120.0


def test_areas_add_up_and_do_not_hang_on_kept_days(shah_man):
    coarse = ly.simulate(shah_man, "anastrozole 1 mg daily", weeks=2, every="2 weeks")
    fine = ly.simulate(shah_man, "anastrozole 1 mg daily", weeks=2, every="6 hours")
    for name in ("anastrozole", "estradiol"):
        whole = float(coarse[name].auc())
        assert whole == pytest.approx(float(coarse[name].auc(0, 3.3)) + float(coarse[name].auc(3.3, 14)), rel=1e-5)
        assert whole == pytest.approx(float(fine[name].auc()), rel=2e-4)


def test_exposure_of_an_analyte_is_that_of_the_solved_curve(shah_man):
    course = ly.simulate(shah_man, "anastrozole 1 mg daily", weeks=1)
    fine = ly.simulate(shah_man, "anastrozole 1 mg daily", weeks=1, every="5 minutes")
    for name in ("estradiol", "lh", "te2_ratio", "sperm_concentration", "hematocrit"):
        values = fine[name].values
        assert float(course[name].auc()) == pytest.approx(24.0 * np.trapezoid(values, fine.days), rel=2e-4)
        assert float(course[name].peak()) == pytest.approx(values.max(), rel=3e-4)
        assert float(course[name].trough()) == pytest.approx(values.min(), rel=3e-4)
    assert course["te2_ratio"].auc().unit == "h"
    assert float(course["testosterone"].auc().to("nmol/L*day")) == pytest.approx(
        float(course["testosterone"].auc()) / 28.842 / 24.0, rel=1e-4
    )


@pytest.mark.parametrize("ends", [(3, 3), (4, 3), (-1, 3), (0, 8), (float("nan"), 3)])
def test_an_impossible_interval_is_refused(shah_man, ends):
    with pytest.raises(OutOfRange, match="got .*; expected"):
        ly.simulate(shah_man, "anastrozole 1 mg daily", weeks=1)["anastrozole"].auc(*ends)


@pytest.mark.parametrize("name", ["clomiphene", "letrozole", "anastrazole"])
def test_what_has_no_level_here_is_refused(shah_man, name):
    course = unsolved(shah_man, "clomiphene 25 mg daily + anastrozole 1 mg daily", 7.0)
    assert course.drug_levels == ("anastrozole", "enclomiphene", "zuclomiphene")
    with pytest.raises(UnknownName, match="enclomiphene|anastrozole"):
        course[name]


def test_who_was_not_solved_has_no_drug_level_either(shah_man):
    broken = ly.Man.stack([shah_man, shah_man])
    broken = __import__("equinox").tree_at(lambda men: men.state.lh, broken, np.array([3.4, np.nan]))
    level = ly.simulate(broken, "anastrozole 1 mg daily", days=3)["anastrozole"]
    assert np.isfinite(level.values[0]).all() and np.isnan(level.values[1]).all()
    assert np.isfinite(level.auc().value[0]) and np.isnan(level.auc().value[1]) and np.isnan(level.peak().value[1])


def test_under_a_transformation_drug_levels_are_refused(shah_man):
    import jax

    def level(man):
        with pytest.raises(NotSolved, match="transformation"):
            ly.simulate(man, "anastrozole 1 mg daily", days=1)["anastrozole"]
        return man.age

    jax.jit(level)(shah_man)
    assert issubclass(NotSolved, LeydigError)
