"""Men and regimens on which the engine in JavaScript is held against the engine, in node and in a browser."""

from dataclasses import asdict

import numpy as np

from leydig import Dose, Man, Regimen, Repeat
from leydig.analytes import ANALYTES
from leydig.drugs import DRUGS, drugs_of
from leydig.engine.plan import plan_schedule, stack_plans
from leydig.engine.solve import kernel, kernel_numbers, march
from leydig.man.surgery.surgery import ARROWS, SIZES, Surgery, operate
from leydig.man.weight.series import BmiSeries
from leydig.product import PRODUCTS
from leydig.regimen.regimen import regimen_of

EXACT = 1e-10  # relative; what is left is the rounding of exponentials and the order of sums
SHAH = {"testosterone": "271 ng/dL", "estradiol": "32 pg/mL", "lh": "3.4 IU/L", "fsh": "4.8 IU/L"}
MEN = [
    {"age": 34, "bmi": 28.7, "labs": SHAH},
    {"age": 71, "bmi": 34.0, "labs": {}},
    {"age": 26, "bmi": 21.0, "labs": {"sperm_concentration": "3 million/mL", "semen_volume": "2.2 mL", "motility": "22 %",
                                      "inhibin_b": "60 ng/L", "fsh": "14 IU/L", "hematocrit": "47 %"}},
]  # fmt: skip
WRITTEN = [
    "",
    "anastrozole 1 mg daily",
    "clomiphene 25 mg daily 25 days on 5 days off",
    "anastrozole 0.5 mg twice weekly + clomiphene 25 mg every other day for 12 weeks",
    "hcg 2000 IU three times weekly + follitropin 75 IU three times weekly from week 6",
    "testosterone enanthate 200 mg every 2 weeks for 10 weeks",
    "testosterone gel 50 mg daily missing days 3, 4, 40",
    "testosterone infusion 6 mg/day continuous from day 2.3 for 30 days",
    "gonadorelin 20 ug every 90 minutes",
    "gonadorelin 100 ug/day continuous for 20 days",
    "anastrozole 1 mg daily + tamoxifen 20 mg daily + hcg 1500 IU twice weekly",
    "estradiol patch 0.1 mg/day continuous 14 days on 7 days off",
    "clomiphene 50 mg daily + enclomiphene 12.5 mg daily",
]
DAYS = [0.0, 0.37, 1.0, 3.0, 10.5, 28.0, 29.0, 56.0, 84.0]


def drawn_regimen(name, seed):
    """Return a regimen of one product, given in a way that is drawn."""
    rng, product = np.random.default_rng(seed), PRODUCTS[name]
    if product.infusible and not product.pulsatile:
        repeat = Repeat("continuous")
    else:
        repeat = [Repeat("every", 1.0), Repeat("every", 1.0 / 3.0), Repeat("weekdays", weekdays=(1, 4)), Repeat("once"),
                  Repeat("every", 2.5, on=20, off=8)][rng.integers(5)]  # fmt: skip
    amount = product.label.daily_maximum * rng.uniform(0.2, 1.0)
    missed = (5, 6) if repeat.kind in ("every", "weekdays") and not repeat.on else ()
    return Regimen((Dose(name, amount, repeat, start=float(rng.choice([0.0, 0.25, 7.0])), stop=70.0, missed=missed),))


CASES = [(regimen_of(text), MEN[place % len(MEN)]) for place, text in enumerate(WRITTEN)]
CASES += [(drawn_regimen(name, seed), MEN[seed % len(MEN)]) for seed, name in enumerate(PRODUCTS)]
OPERATED = [
    (Surgery(estradiol_feedback=0.0), "anastrozole 1 mg daily"),
    (Surgery(hold={"estradiol": "32 pg/mL"}), "anastrozole 1 mg daily + hcg 1500 IU twice weekly"),
    (Surgery(hold={"testosterone": "800 ng/dL", "lh": "6 IU/L"}), ""),
    (Surgery(leydig_cells=0.0, sertoli_cells=0.0), ""),
    (Surgery(aromatase=0.0), ""),
    (Surgery(testosterone_feedback=0.3, inhibin_feedback=0.0, aromatase=2.5), "clomiphene 25 mg daily"),
    (Surgery(lh_to_leydig_cells=0.0, fsh_to_sertoli_cells=0.5), "hcg 2000 IU twice weekly + follitropin 75 IU daily"),
]  # what is done to the first of the men, and what he is given
WEIGHED = [
    (BmiSeries({28.0: 24.0}, "linear"), ""),
    (BmiSeries({0: 28.7, 40: 33.5, 60.5: 25}, "linear"), "anastrozole 1 mg daily"),
    (
        BmiSeries({10: 22.0, 56: 40.0}, "last value"),
        "clomiphene 25 mg daily + testosterone infusion 6 mg/day continuous from day 9 for 30 days",
    ),
]  # how the weight of the first of the men changes, and what he is given
FINE = [0, 1, 5, 7, 9]  # cases that are marched at a finer tolerance, too


def as_man(one):
    return Man(age=one["age"], bmi=one["bmi"], **one["labs"])


def as_script(regimen, one, tolerance):
    levels = {name: ANALYTES[name].parse(text) for name, text in one["labs"].items()}
    doses = [asdict(dose) for dose in regimen.doses]
    return {"man": {"age": one["age"], "bmi": one["bmi"], "levels": levels}, "regimen": doses, "tolerance": tolerance}


def script_surgery(surgery):
    """Return what was done to a man as the script takes it."""
    hold = {name: ANALYTES[name].parse(level) for name, level in surgery.hold.items()}
    left = {
        part: {name: getattr(surgery, name) for name in names} for part, names in (("arrows", ARROWS), ("sizes", SIZES))
    }
    return left | {"hold": hold}


def operated_script(surgery, text):
    """Return one of OPERATED as the script takes it."""
    case = as_script(regimen_of(text), MEN[0], 1e-4)
    return case | {"man": case["man"] | {"surgery": script_surgery(surgery)}}


def weighed_script(series, text):
    """Return one of WEIGHED as the script takes it."""
    case = as_script(regimen_of(text), MEN[0], 1e-4)
    weight = {"points": [list(point) for point in series.points], "between": series.between}
    return case | {"man": case["man"] | {"weight": weight}}


def marched(men, regimens, tolerance):
    """Return what the engine's kernel of all drugs gives for each man on his regimen: readings and steps."""
    drugs, days = drugs_of(DRUGS), np.array(DAYS)
    everyone = Man.stack(men)
    plans = stack_plans([plan_schedule(one.schedule(days[-1]), drugs, days) for one in regimens])
    numbers = kernel_numbers(everyone, drugs)
    begin = (numbers.start, np.zeros_like(numbers.decay))
    found = march(kernel(everyone, drugs), numbers, begin, np.arange(len(men)), plans, tolerance)
    assert (found.bad == -1).all()
    return found


def marched_cases(cases, tolerance):
    return marched([as_man(one) for _, one in cases], [regimen for regimen, _ in cases], tolerance)


def marched_after_surgery():
    men = [operate(as_man(MEN[0]), surgery) for surgery, _ in OPERATED]
    return marched(men, [regimen_of(text) for _, text in OPERATED], 1e-4)


def values_of(answers):
    return np.array([np.transpose([*one["levels"].values()]) for one in answers])
