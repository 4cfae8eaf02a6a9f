"""The engine against the second solution: an adaptive solver of SciPy on compartments (`leydig.engine.reference`)."""

import numpy as np
import pytest

from leydig import Man, Regimen
from leydig.analytes import analyte_order
from leydig.blocks import take_rows
from leydig.drugs import DRUGS, drugs_of
from leydig.engine import solve
from leydig.engine.equations import HAZARDS
from leydig.engine.plan import plan_schedule

HOURS = (1.0, 3.0, 6.0, 12.0, 18.0)

REGIMENS = {
    "anastrozole 1 mg daily": 14,
    "anastrozole 0.5 mg twice weekly missing days 7": 15,
    "clomiphene 25 mg daily + anastrozole 0.25 mg daily from day 4": 14,
    "tamoxifen 20 mg daily + anastrozole 1 mg daily + letrozole 2.5 mg weekly": 14,
    "letrozole 2.5 mg daily for 1 week": 14,
    "enclomiphene 12.5 mg daily + exemestane 25 mg daily + testolactone 500 mg twice daily": 14,
    "zuclomiphene 10 mg every other day + ketoconazole 400 mg twice daily": 14,
    "testosterone enanthate 200 mg weekly": 14,
    "testosterone enanthate 200 mg weekly for 2 weeks then nothing": 21,
    "testosterone cypionate 100 mg weekly + testosterone undecanoate 750 mg once + hCG 500 IU every other day": 15,
    "testosterone gel 50 mg daily": 14,
    "hCG 1500 IU twice weekly + follitropin 150 IU three times weekly": 15,
    "gonadorelin 10 ug every 90 minutes missing days 5": 14,
    "gonadorelin 10 ug/h continuous for 1 week": 14,
    "testosterone infusion 10 mg/day continuous for 1 week": 14,
    "estradiol patch 100 ug/day continuous + cetrorelix 0.25 mg daily from day 3 for 5 days": 14,
}
MEN = {
    "reference": Man(age=30),
    "overweight": Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L", fsh="4.8 IU/L"),
    "hypogonadotropic": Man(age=25, testosterone="50 ng/dL", lh="0.4 IU/L", fsh="0.6 IU/L", estradiol="8 pg/mL"),
    "primary failure": Man(age=52, bmi=24.0, testosterone="240 ng/dL", lh="9 IU/L", fsh="14 IU/L"),
    "high SHBG": Man(age=64, bmi=21.0, testosterone="600 ng/dL", shbg="75 nmol/L", estradiol="20 pg/mL"),
}


def moments(days):
    """Return mornings of all days, and hours inside the first two and the last."""
    inside = [day + hour / 24.0 for day in (0, 1, days - 1) for hour in HOURS]
    return np.unique([*np.arange(days + 1.0), *inside])


def levels(man, regimen, times):
    """Return what the engine reads at these times, and the same from the states of the second solution."""
    drugs = drugs_of(list(regimen.drugs))
    plan = plan_schedule(regimen.schedule(float(times[-1])), drugs, times)
    rows = take_rows(man, None)
    found = solve.solve_men(rows, drugs, [regimen], [plan], np.zeros(1, dtype=int))
    assert found.paths == ("kernel",)
    theirs = solve._rescue(man, drugs, regimen, plan, 1e-6)[0]
    return found.values[0], theirs


@pytest.mark.parametrize(("text", "days"), REGIMENS.items())
@pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")
def test_every_reading_agrees_with_the_second_solution(text, days):
    regimen = Regimen(text)
    times = moments(days)
    place = list(REGIMENS).index(text)
    men = [MEN[name] for name in ("reference", list(MEN)[1 + place % 4])]
    for man in men:
        ours, theirs = levels(man, regimen, times)
        error = np.abs(ours / theirs - 1.0)
        day, reading = np.unravel_index(np.argmax(error), error.shape)
        assert error.max() < 1e-4, f"{(*analyte_order(), *HAZARDS)[reading]} on day {times[day]:g}"
        assert np.median(error) < 2e-5


@pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")
def test_every_drug_is_in_one_of_these_regimens():
    assert {drug for text in REGIMENS for drug in Regimen(text).drugs} == set(DRUGS)
