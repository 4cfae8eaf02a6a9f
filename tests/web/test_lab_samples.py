"""The samples of the lab: the minute clock and the draw of ejaculates against Python's, for the same random numbers."""

import numpy as np
import pytest
from node import run_node

import leydig as ly
from leydig.analytes import ANALYTES
from leydig.engine import print_javascript
from leydig.man.healthy import Healthy
from leydig.man.sample import sample_ejaculate
from leydig.pulses.generator import Pulses
from leydig.pulses.simulate import _draw, paths
from leydig.web.lab import page
from leydig.web.lab.lessons import lessons

EXACT = 1e-10
HOURS = 6
MEN = [
    ({"age": 28, "bmi": 23}, {}),
    ({"age": 63, "bmi": 31}, {"lh": "7 IU/L", "testosterone": "9 nmol/L"}),
]
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
        draws.append({"waited": waited[0], "intervals": found.intervals[0].tolist(), "bursts": found.own[0].tolist()})
        courses.append(paths(ly.Man(**one, **labs), hours=HOURS, keys=[key]))
    return courses, draws, (true, *deviates), read["sperm_concentration"]


@pytest.fixture(scope="module")
def script(tmp_path_factory, python):
    """Return what the page says of the same, and of the random numbers that it draws itself."""
    _, draws, ejaculates, _ = python
    facts = page._json(page._facts())
    text = f"""{print_javascript().text}const LAB = {facts};{page._text("script/minutes.js")}{page._text("script/semen.js")}
      function answer({{ men, draws, ejaculates }}) {{
        const own = Array.from({{ length: {SEEDS} }}, (_, seed) => drawPulses(seed + 1, 40));
        const pairs = Array.from({{ length: 10 }}, (_, seed) => semenPairs(43, seed + 1)).flat(), low = pairs.filter(one => one.first < 16);
        return {{
          courses: men.map((man, i) => minuteCourse(man, draws[i], {HOURS})), own,
          readings: ejaculates.map(one => sampleConcentration(...one)),
          low: [low.length / pairs.length, low.filter(one => one.second > one.first).length / low.length],
          near: Array.from({{ length: 2 }}, (_, seed) => shareWithin(minutesOf(men[0], seed + 1).levels.lh, 1, 0.2)),
        }};
      }}"""
    men = [one | {"levels": {name: ANALYTES[name].parse(level) for name, level in labs.items()}} for one, labs in MEN]
    given = {"men": men, "draws": draws, "ejaculates": np.transpose(ejaculates).tolist()}
    return run_node(tmp_path_factory.mktemp("node"), text, given)


def test_a_day_of_pulses_is_that_of_python_for_the_same_random_numbers(python, script):
    for true, found in zip(python[0], script["courses"], strict=True):
        for name, level in found["levels"].items():
            np.testing.assert_allclose(level, true.levels[name][0], rtol=EXACT, err_msg=name)
        np.testing.assert_allclose(found["pulseMinutes"], true.pulse_minutes[0], atol=1e-8)
        np.testing.assert_allclose(found["pulseMass"], true.pulse_mass[0], rtol=EXACT)
        assert len(found["pulseMinutes"]) >= 3 and len(level) == HOURS * 60 + 1


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
