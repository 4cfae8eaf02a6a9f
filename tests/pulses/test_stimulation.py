"""Single doses on the minute clock: a GnRH stimulation test as published, and every class of dose acts."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

import leydig as ly
from leydig.drugs import DRUGS
from leydig.errors import OutOfRange
from leydig.parameter import change
from leydig.pulses.detect import means
from leydig.pulses.doses import fullness, train
from leydig.pulses.generator import Pulses, after_release, follow_rates
from leydig.pulses.simulate import paths
from leydig.pulses.stimulation import stimulation_test
from leydig.ticks import tick_of

TEST = "gonadorelin 100 ug once"
EVEN = change(Pulses(), {"pulses.burst_spread": 0.0}, "pulses")
KEYS = range(48)


@pytest.fixture(scope="module")
def normal(reference_man):
    return stimulation_test(reference_man)


@pytest.fixture(scope="module")
def deficient(hypogonadotropic_man):
    return stimulation_test(hypogonadotropic_man)


def inside(three, value):
    return three[0] < value < three[2]


# The published test -------------------------------------------------------------------------------------


def test_the_test_of_a_normal_man_is_as_published(normal):
    """Bang 2017: LH rose by almost 400 %, FSH by 40 %, LH after it 4.4 to 58.8 IU/L; 100 ug in the 1970s: 400 to 800 %."""
    assert normal.lh_fold[1] == pytest.approx(5.0, rel=0.1) and inside(normal.lh_fold, 5.0)
    assert normal.lh_fold[0] < 8.0 and normal.lh_fold[2] > 4.0
    assert normal.fsh_fold[1] == pytest.approx(1.4, rel=0.1) and inside(normal.fsh_fold, 1.4)
    assert 4.4 < normal.lh_peak[0] and normal.lh_peak[2] < 58.8
    assert normal.lh_fold[2] / normal.lh_fold[0] < 5.0  # the interval says something


def test_lh_rises_within_half_an_hour_and_fsh_peaks_later(normal, deficient):
    """LHRH100Japan: LH highest at 30 min, FSH at 60 min."""
    for test in (normal, deficient):
        assert test.lh[1, 30] > 3.0 * test.lh[1, 0]
        assert 20.0 <= test.peak_minutes[0] <= 40.0
        assert test.lh[0, 30] > test.lh[1, 0]  # nearly every man on every night
        assert test.lh[1, 120] < 0.7 * test.lh[1, 30]
    assert 30.0 <= normal.peak_minutes[1] <= 75.0


def test_the_test_of_a_man_without_gnrh_is_as_published(deficient):
    """IHHreversal354: 336 men of LH 0.4 IU/L had 1.9, SD 1.1, after a test."""
    assert inside(deficient.lh_peak, 1.9) and deficient.lh_peak[1] == pytest.approx(1.9, rel=0.15)
    assert deficient.lh_peak[0] > 1.9 - 2.0 * 1.1 and deficient.lh_peak[2] < 1.9 + 2.0 * 1.1


def test_a_small_dose_frees_less_and_no_dose_nothing(reference_man):
    """25 ug: LH by 170 to 190 % (Santen 1975, an older assay); 1.6 ug was the smallest that was seen to act."""
    bare = paths(reference_man, hours=1.0, keys=KEYS).levels["lh"]
    rise = []
    for dose in (0.5, 1.6, 25.0, 100.0, 300.0):
        lh = paths(reference_man, f"gonadorelin {dose} ug once", hours=1.0, keys=KEYS).levels["lh"]
        rise.append(((lh[:, 30] - bare[:, 30]) / bare[:, 0]).mean())
    assert rise == sorted(rise) and rise[0] > 0.05
    assert 1.7 < rise[2] < 4.0 and rise[4] > 1.1 * rise[3]


def test_an_aromatase_inhibitor_enlarges_the_answer(reference_man):
    """T'Sjoen 2005: the LH peak after 2.5 ug rose by 152 % on letrozole in young men, by 52 % in old ones."""
    small = "gonadorelin 2.5 ug once"
    before = stimulation_test(reference_man, small)
    after = stimulation_test(reference_man, f"letrozole 2.5 mg daily + {small} from day 28", day=28.0)
    assert 1.52 < after.lh_peak[1] / before.lh_peak[1] < 3.2


def test_an_antagonist_takes_the_answer_of_his_own_secretion(reference_man):
    blocked = stimulation_test(reference_man, f"cetrorelix 3 mg daily + {TEST} from day 5", day=5.0)
    assert blocked.lh_peak[1] < 0.5 * stimulation_test(reference_man).lh_peak[1]


# The store ----------------------------------------------------------------------------------------------


def test_receptor_time_is_the_time_that_receptors_are_busy():
    drug = DRUGS["gonadorelin"]
    days, doses = np.array([0.0, 0.05, 0.3]), np.array([10.0, 25.0, 100.0])
    k, c, Kd = np.log(2.0) * 24.0 / 0.4, 18.7, 50.0

    def busy(t):
        level = sum(c * dose * np.exp(-k * (t - day)) for day, dose in zip(days, doses, strict=True) if t >= day)
        return level / (level + Kd)

    ends = [*days[1:], 3.0]
    expected = [quad(busy, day, end, limit=200, epsabs=1e-12)[0] for day, end in zip(days, ends, strict=True)]
    np.testing.assert_allclose(drug.receptor_time(days, doses), expected, rtol=1e-7)
    train_of = drug.receptor_time(np.arange(200) / 16.0, np.full(200, 10.0))  # the periodic state of the day clock
    peak = c * 10.0 / (1.0 - np.exp(-k / 16.0))
    assert train_of[150] == pytest.approx(np.log((1 + peak / Kd) / (1 + peak * np.exp(-k / 16.0) / Kd)) / k, rel=1e-9)


def test_what_a_dose_frees_enters_the_blood_exactly(reference_man):
    """Against many short steps."""
    body, rate, h = reference_man.body, float(Pulses().release_rate()), 1e-6
    leaving, freed, at = jnp.array([2.0, 0.3]), jnp.array([12.0, 1.5]), jnp.asarray(0.01)
    found = after_release(body, rate, leaving, at, freed, jnp.asarray(0.03))
    k, kf, j = (float(value) for value in follow_rates(body))
    lh = fsh = felt = 0.0
    left = np.array(leaving)
    for step in range(30000):
        left = left + (np.array(freed) if step == 10000 else 0.0)
        felt += h * j * (lh / float(body.pituitary.reference_lh) - felt)
        lh, fsh = lh + h * (rate * left[0] - k * lh), fsh + h * (rate * left[1] - kf * fsh)
        left = left * (1.0 - h * rate)
    np.testing.assert_allclose([*(float(one) for one in found[:3]), *found[3]], [lh, fsh, felt, *left], rtol=1e-3)


@pytest.mark.parametrize("text", [TEST, "gonadorelin 10 ug every 90 minutes", "gonadorelin 10 ug every 4 hours"])
def test_the_first_dose_finds_a_full_store(text, hypogonadotropic_man):
    """Defect A7: the first pulse of any train released nothing. It frees ρ·T days of what he secreted."""
    true = paths(hypogonadotropic_man, text, hours=4.0, keys=range(16), pulses=EVEN)
    dose = 100.0 if text == TEST else 10.0
    days = {TEST: [0.0], "gonadorelin 10 ug every 90 minutes": [0.0, 1.5 / 24.0], "gonadorelin 10 ug every 4 hours":
            [0.0, 4.0 / 24.0]}[text]  # fmt: skip
    first = float(DRUGS["gonadorelin"].receptor_time(np.array(days), np.full(len(days), dose))[0])  # until the next
    fraction = 1.0 - np.exp(-first / 0.25)
    secreted = 0.4 * np.log(2.0) * 24.0 / 1.49
    mass = true.pulse_mass[np.abs(true.pulse_minutes) < 0.01]
    assert len(mass) == 16
    np.testing.assert_allclose(mass, fraction * 1.5 * secreted, rtol=0.02)


def test_a_second_test_soon_finds_less_and_a_week_later_as_much(reference_man):
    true = paths(reference_man, "gonadorelin 100 ug every 2 hours", hours=3.0, keys=KEYS, pulses=EVEN)
    two = [row[np.abs(at - when) < 0.01][0] for when in (0.0, 120.0)
           for row, at in zip(true.pulse_mass, true.pulse_minutes, strict=True)]  # fmt: skip
    assert np.mean(two[len(KEYS) :]) < 0.85 * np.mean(two[: len(KEYS)])
    once = stimulation_test(reference_man, f"{TEST} + {TEST} from day 7", day=7.0)
    assert once.lh_fold[1] == pytest.approx(stimulation_test(reference_man).lh_fold[1], rel=0.1)


def test_the_store_before_the_window_is_that_of_its_train():
    """At the periodic state what fills the store in an interval leaves it at the next dose."""
    doses = train(ly.Regimen("gonadorelin 10 ug every 90 minutes"), tick_of(40.0))
    full = fullness(doses, Pulses(), np.array([0.0, 1.0]), tick_of(30.0))  # just before a dose
    fraction = np.asarray(Pulses().released_fraction(doses.receptor_time[100]))
    np.testing.assert_allclose(full * fraction, 0.0625 / np.asarray(Pulses().stores()), rtol=1e-3)
    assert fullness(doses, Pulses(), np.array([0.5, 0.0]), 0) == pytest.approx([1.0, 1.0])
    single = fullness(train(ly.Regimen(TEST), tick_of(10.0)), Pulses(), np.array([1.0, 0.0]), tick_of(3.0))
    assert single[0] == pytest.approx(1.0 - 0.296 * np.exp(-3.0 / 1.5), rel=1e-3)


RARE = "gonadorelin 20 ug every 8 hours"


def deaf(man, *gains):
    """Return him with these brakes all but cut, at the same labs."""
    body = change(man.body, {f"body.{name}": 0.1 for name in gains}, "body")
    return ly.Man.from_baseline(body, man.baseline, 30.0, 23.0, man.measured)


def test_a_single_large_dose_releases_what_the_day_clock_secretes(reference_man):
    for name, one in means(reference_man, TEST, hours=240.0, keys=KEYS).items():
        assert one.minutes == pytest.approx(one.days, rel=0.03), name


def test_large_and_rare_doses_release_what_the_day_clock_secretes(hypogonadotropic_man):
    """Estradiol swings between such doses, and FSH's brakes bend: 3.8 % that no day clock sees, 0.3 % without them."""
    found = means(hypogonadotropic_man, RARE, day=42.0, hours=240.0, keys=KEYS)
    for name in ("lh", "testosterone", "estradiol"):
        assert found[name].minutes == pytest.approx(found[name].days, rel=0.03), name
    assert found["fsh"].minutes == pytest.approx(found["fsh"].days, rel=0.05)
    unbraked = deaf(hypogonadotropic_man, "pituitary.fsh_estrogen_gain", "pituitary.inhibin_gain")
    fsh = means(unbraked, RARE, day=42.0, hours=240.0, keys=KEYS)["fsh"]
    assert fsh.minutes == pytest.approx(fsh.days, rel=0.01)


def test_what_fills_the_store_leaves_it(reference_man):
    """One dose a day, in a man whose brain hardly hears his testes: the swings of testosterone bend nothing."""
    gains = ("hypothalamus.androgen_gain", "hypothalamus.estrogen_gain", "pituitary.fsh_estrogen_gain",
             "pituitary.inhibin_gain")  # fmt: skip
    man = deaf(reference_man, *gains)
    found = means(man, "gonadorelin 100 ug daily", day=42.0, hours=240.0, keys=KEYS)
    assert found["lh"].minutes == pytest.approx(found["lh"].days, rel=0.02)
    assert found["fsh"].minutes == pytest.approx(found["fsh"].days, rel=0.02)


# Every other class of dose ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "text", "name", "least"),
    [
        ("reference_man", "cetrorelix 3 mg once from day 0.25", "lh", 0.6),
        ("reference_man", "hCG 5000 IU once from day 0.25", "testosterone", 1.2),
        ("reference_man", "testosterone enanthate 200 mg once from day 0.25", "testosterone", 1.5),
        ("hypogonadotropic_man", "gonadorelin 10 ug/h continuous from day 0.25", "lh", 2.0),
        ("reference_man", "testosterone infusion 10 mg/day continuous from day 0.25", "testosterone", 1.3),
        ("reference_man", "estradiol patch 100 ug/day continuous from day 0.25", "estradiol", 1.3),
        ("reference_man", "follitropin 300 IU once from day 0.25", "fsh", 1.5),
        ("reference_man", "letrozole 2.5 mg once from day 0.25", "estradiol", 0.7),
    ],
)
def test_a_dose_inside_the_window_acts_as_on_the_day_clock(who, text, name, least, request):
    """Direction, and the mean of the last half day within 5 %."""
    man = request.getfixturevalue(who)
    true = paths(man, text, hours=48.0, keys=KEYS, step_minutes=2.0)
    level = true.levels[name]
    course = ly.simulate(man, text, days=2.0, every="1 hour")
    late, before = true.minutes >= 36.0 * 60.0, true.minutes < 6.0 * 60.0
    change = level[:, late].mean() / level[:, before].mean()
    assert change > least if least > 1.0 else change < least
    expected = np.interp(true.minutes[late] / 1440.0, course.days, course.inside[name]).mean()
    assert level[:, late].mean() == pytest.approx(expected, rel=0.05)


# What cannot be -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [("anastrozole 1 mg daily", 0.0), ("", 0.0), (TEST, 1.0), ("gonadorelin 10 ug/h continuous", 0.0)],
)
def test_a_test_without_a_dose_is_refused(text, day, reference_man):
    with pytest.raises(OutOfRange, match="gonadorelin 100 ug once"):
        stimulation_test(reference_man, text, day=day)


def test_the_figure_is_written(normal, tmp_path):
    from leydig.plots.pulses import stimulation_figure

    figure = stimulation_figure(normal, TEST, tmp_path / "test.png")
    assert (tmp_path / "test.png").stat().st_size > 10_000
    assert "highest over before" in figure.axes[0].get_title(loc="right")
    with pytest.raises(OutOfRange, match="png"):
        stimulation_figure(normal, TEST, tmp_path / "test.pdf")


def test_the_command_line_runs_a_test(tmp_path):
    import json

    from typer.testing import CliRunner

    from leydig.cli.commands import model  # noqa: F401
    from leydig.cli.main import app

    done = CliRunner().invoke(app, ["stimulation", "--lab", "lh 3.4 IU/L", "--json", "--out", str(tmp_path / "a.png")])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["lh"][1][30] > 3.0 * found["lh"][1][0] and (tmp_path / "a.png").exists()
    assert CliRunner().invoke(app, ["stimulation", "--regimen", "anastrozole 1 mg daily"]).exit_code == 2
