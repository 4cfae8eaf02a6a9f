"""The samples of the lab: the minute clock and the draw of ejaculates against Python's, for the same random numbers."""

from dataclasses import asdict

import numpy as np
import pytest
from node import run_node
from script_cases import script_surgery

import leydig as ly
from leydig.analytes import ANALYTES
from leydig.engine import print_javascript
from leydig.man.healthy import Healthy
from leydig.man.sample import sample_ejaculate
from leydig.man.surgery.surgery import Surgery, operate
from leydig.pulses.generator import Pulses
from leydig.pulses.simulate import _draw, paths
from leydig.regimen.regimen import regimen_of
from leydig.web.lab import page
from leydig.web.lab.lessons import lessons

EXACT = 1e-10
HOURS = 6
MEN = [
    ({"age": 28, "bmi": 23}, {}),
    ({"age": 63, "bmi": 31}, {"lh": "7 IU/L", "testosterone": "9 nmol/L"}),
]
GIVEN = [
    (Surgery(estradiol_feedback=0.0), "anastrozole 1 mg daily + hcg 1500 IU twice weekly", 10.0),
    (Surgery(lh_to_leydig_cells=0.4, hold={"fsh": "6 IU/L"}), "clomiphene 25 mg daily from day 2", 1.5),
    (Surgery(hold={"lh": "6 IU/L", "testosterone": "500 ng/dL"}), "", 0.0),
    (
        Surgery(),
        "gonadorelin 20 ug every 90 minutes until day 19.5 + gonadorelin 100 ug once from day 20.05 + "
        "gonadorelin 30 ug/day continuous from day 20.15",
        20.0,
    ),
]  # what is done to the first of the men, what he is given, and the day on which the window opens
SEEDS = 2000  # whose draws are looked at together


@pytest.fixture(scope="module")
def python():
    """Return what Python draws: pulses and paths of the men, and the readings of ejaculates with what they came from."""
    rng = np.random.default_rng(1)
    true, deviates = 10.0 ** rng.uniform(-1.0, 2.3, 200), 1.3 * rng.standard_normal((2, 200))
    read = sample_ejaculate(
        {"sperm_concentration": true}, {"abstinence": deviates[0], "sperm_concentration": deviates[1]}
    )
    courses, draws = [], []
    for key, (one, labs) in enumerate(MEN):
        found, waited = _draw(Pulses(), [key], 2.0, 0)
        draws.append(
            {
                "waited": waited[0],
                "intervals": found.intervals[0].tolist(),
                "bursts": found.own[0].tolist(),
                "pump": found.pump[0].tolist(),
            }
        )
        courses.append(paths(ly.Man(**one, **labs), hours=HOURS, keys=[key]))
    one, labs = MEN[0]
    courses += [paths(operate(ly.Man(**one, **labs), surgery), regimen, hours=HOURS, keys=[0], day=day)
                for surgery, regimen, day in GIVEN]  # fmt: skip
    return courses, draws, (true, *deviates), read["sperm_concentration"]


@pytest.fixture(scope="module")
def script(tmp_path_factory, python):
    """Return what the page says of the same, and of the random numbers that it draws itself."""
    _, draws, ejaculates, _ = python
    facts = page._json(page._facts())
    text = f"""{print_javascript().text}const LAB = {facts};{page._text("script/minutes.js")}{page._text("script/semen.js")}
      function answer({{ men, draws, ejaculates, given }}) {{
        const own = Array.from({{ length: {SEEDS} }}, (_, seed) => drawPulses(seed + 1, 40));
        const pairs = Array.from({{ length: 10 }}, (_, seed) => semenPairs(43, seed + 1)).flat(), low = pairs.filter(one => one.first < 16);
        return {{
          courses: [...men.map((man, i) => minuteCourse(man, draws[i], {HOURS})),
            ...given.map(one => minuteCourse({{ ...men[0], surgery: one.surgery }}, draws[0], {HOURS}, one.regimen, one.day))], own,
          readings: ejaculates.map(one => sampleConcentration(...one)),
          low: [low.length / pairs.length, low.filter(one => one.second > one.first).length / low.length],
          near: Array.from({{ length: 2 }}, (_, seed) => shareWithin(minuteCourse(men[0], drawPulses(seed + 1, 512), 24 * TUBE_DAYS).levels.lh, 1, 0.2)),
        }};
      }}"""
    men = [one | {"levels": {name: ANALYTES[name].parse(level) for name, level in labs.items()}} for one, labs in MEN]
    more = [{"surgery": script_surgery(surgery), "regimen": [asdict(dose) for dose in regimen_of(regimen).doses], "day": day}
            for surgery, regimen, day in GIVEN]  # fmt: skip
    given = {"men": men, "draws": draws, "ejaculates": np.transpose(ejaculates).tolist(), "given": more}
    return run_node(tmp_path_factory.mktemp("node"), text, given)


def test_a_day_of_pulses_is_that_of_python_for_the_same_random_numbers(python, script):
    for true, found in zip(python[0], script["courses"], strict=True):
        for name, level in found["levels"].items():
            np.testing.assert_allclose(level, true.levels[name][0], rtol=EXACT, err_msg=name)
        np.testing.assert_allclose(found["pulseMinutes"], true.pulse_minutes[0], atol=1e-8)
        np.testing.assert_allclose(found["pulseMass"], true.pulse_mass[0], rtol=EXACT, atol=1e-12)
        assert len(found["pulseMinutes"]) >= 1 and len(level) == HOURS * 60 + 1


def test_what_is_held_stays_on_the_clock_of_minutes_and_a_cut_arrow_brings_no_pulse(python):
    held, half = python[0][len(MEN) + 2], python[0][len(MEN) + 1]
    for name, level in (("lh", 6.0), ("testosterone", ANALYTES["testosterone"].parse("500 ng/dL"))):
        np.testing.assert_allclose(held.levels[name], level, rtol=1e-9)
    np.testing.assert_allclose(half.levels["fsh"], 6.0, rtol=1e-9)
    assert (held.pulse_mass == 0.0).all() and held.levels["fsh"].max() > 1.2 * held.levels["fsh"].min()
    whole = python[0][0].levels["testosterone"]
    assert np.ptp(half.levels["testosterone"]) < 0.75 * np.ptp(whole)


def test_an_ejaculate_is_read_as_in_python_for_the_same_random_numbers(python, script):
    np.testing.assert_allclose(script["readings"], python[3], rtol=EXACT)
    assert (python[3] == 0.0).any() and python[3].max() > 100.0


def test_what_the_page_draws_itself_is_spread_as_in_python(script):
    intervals = np.array([one["intervals"][1:] for one in script["own"]])
    drawn, waited = _draw(Pulses(), range(60), 2.0, 0)
    assert intervals.mean() == pytest.approx(1.0, abs=0.01)
    assert intervals.std() == pytest.approx(drawn.intervals[:, 1:].std(), rel=0.02)
    bursts = np.array([one["bursts"] for one in script["own"]])
    assert bursts.mean() == pytest.approx(1.0, abs=0.005) and bursts.std() == pytest.approx(drawn.own.std(), rel=0.02)
    first, since = (np.array([part(one) for one in script["own"]]) for part in
                    (lambda one: one["intervals"][0], lambda one: one["waited"]))  # fmt: skip
    square = 1.0 + float(drawn.intervals[:, 1:].std()) ** 2  # the mean of an interval drawn by its length
    assert first.mean() == pytest.approx(square, abs=0.03) and since.mean() == pytest.approx(square / 2, abs=0.03)
    assert np.abs(np.corrcoef(intervals[:, :-1].ravel(), intervals[:, 1:].ravel())[0, 1]) < 0.02


def test_what_the_lessons_claim_of_samples_holds_in_python_and_in_the_page(script):
    low, high = lessons()["11_one_lh"].share
    man = ly.Man(**lessons()["11_one_lh"].man)
    lh = paths(man, hours=24, keys=range(16)).levels["lh"]
    near = (np.abs(lh / lh.mean(axis=1, keepdims=True) - 1.0) <= 0.2).mean(axis=1)
    assert low < near.mean() < high and near.max() < 0.5 + 0.1
    assert all(low < one < high for one in script["near"])
    assert lh.min(axis=1).mean() < 2.6 < 6.9 < lh.max(axis=1).mean()  # the tubes of the question

    low, high = lessons()["12_second_sample"].share
    rng, count = np.random.default_rng(2), 20_000
    own = float(ly.Man(**lessons()["12_second_sample"].man).baseline.sperm_concentration) * np.exp(
        float(Healthy().sperm_concentration_spread) * rng.standard_normal(count)
    )
    first, second = (
        sample_ejaculate(
            {"sperm_concentration": own},
            {"abstinence": rng.standard_normal(count), "sperm_concentration": rng.standard_normal(count)},
        )["sperm_concentration"]
        for _ in range(2)
    )
    chosen = first < ANALYTES["sperm_concentration"].reference[0]
    assert low < (second > first)[chosen].mean() < high and low < script["low"][1] < high
    assert script["low"][0] == pytest.approx(chosen.mean(), abs=0.03)
    assert second[chosen].mean() / first[chosen].mean() == pytest.approx(2.0, abs=0.25)  # "about twice as much"
    assert (own[chosen] < 16).mean() == pytest.approx(0.25, abs=0.05)  # "only a quarter"
