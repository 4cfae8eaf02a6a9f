"""How arms differ: endpoints by hand, draws by lot, seeds and draws."""

import itertools
import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy.stats import norm
from typer.testing import CliRunner

import leydig as ly
from leydig.analytes import ANALYTES
from leydig.cli.main import app
from leydig.record.record import Record, Result
from leydig.trial import check_ledger, run, trial_summary
from leydig.trial.analysis.effect import primary_values
from leydig.trial.analysis.endpoints import in_band
from leydig.trial.analysis.events import worst_events
from leydig.trial.design.design import TrialArm, month_day
from leydig.trial.design.power import power, power_by_simulation, power_of_means, power_of_shares, sample_size
from leydig.trial.design.randomization import Randomization
from leydig.trial.design.strata import Strata
from leydig.trial.design.trial_file import trial_from
from leydig.trial.replicates import _parts, across_draws, across_seeds, trials_of_draws, trials_of_seeds

CONTENT = {
    "name": "small", "n": 8, "months": 4, "seed": 0, "kind": "obesity", "bmi": [28, 45],
    "subgroup": [{"of": "bmi", "cuts": [35], "unit": "kg/m2"}],
    "arm": [{"name": "titrated", "protocol": "anastrozole"}, {"name": "nothing", "regimen": ""}],
}  # fmt: skip
PAIRED = trial_from(CONTENT)
BMI = [{"of": "bmi", "cuts": [35], "unit": "kg/m2"}]
PARALLEL = trial_from(CONTENT | {"design": "parallel", "stratum": BMI})


@pytest.fixture(scope="module")
def paired():
    return run(PAIRED, workers=1, size=20)


@pytest.fixture(scope="module")
def parallel(tmp_path_factory):
    path = tmp_path_factory.mktemp("parallel") / "ledger.jsonl"
    return run(PARALLEL, workers=1, size=20, ledger=path), path


# Months -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("months", range(1, 25))
def test_the_last_month_of_any_trial_is_reported(months):
    trial = trial_from(CONTENT | {"months": months})
    assert trial.months[-1] == months and trial.grid[trial.grid_index(months)] == month_day(months) <= trial.days
    assert {month for month in (1, 3, 6, 9, 12, 18, 24) if month <= months} <= set(trial.months)
    assert [trial.grid[place] for place in trial.cycles] == list(range(0, trial.days + 1, 28))


def test_every_reported_month_has_levels_of_its_day(paired):
    found = trial_summary(paired)
    for arm in found["arms"].values():
        assert list(arm["in_band"]) == list(arm["pregnant"]) == ["0", "1", "3", "4"]
        assert list(arm["levels"]["testosterone"]["by_month"]) == ["0", "1", "3", "4"]
    levels = paired.arms["titrated"].levels["testosterone"][:, PAIRED.grid_index(4)]
    mean = found["arms"]["titrated"]["levels"]["testosterone"]["by_month"]["4"]["mean"]
    assert mean == pytest.approx(float(np.nanmean(levels)) * ANALYTES["testosterone"].factor_to("ng/dL"), rel=1e-6)


# The endpoint ----------------------------------------------------------------------------------------


def test_a_true_endpoint_is_the_table_and_a_measured_one_errs_as_a_laboratory_does(paired):
    from leydig.protocol.reader import read_protocol

    true = replace(PAIRED, primary=replace(PAIRED.primary, reading="true"))
    arm = paired.arms["titrated"]
    assert (primary_values(true, arm) == in_band(arm, read_protocol("anastrozole"))[:, true.grid_index(4)]).all()
    level = replace(true, primary=replace(true.primary, of="testosterone"))
    measured = replace(level, primary=replace(level.primary, reading="measured"))
    many = arm.rows([0] * 4000)
    many = replace(many, numbers=np.arange(4000))
    read, own = primary_values(measured, many), primary_values(level, many)
    analyte = ANALYTES["testosterone"]
    assert np.std(read) / np.mean(read) == pytest.approx(
        (analyte.within_man_cv**2 + analyte.assay_cv**2) ** 0.5, rel=0.08
    )
    assert np.mean(read) == pytest.approx(own[0], rel=0.02)


def test_men_who_left_did_not_reach_it_and_men_who_were_not_solved_are_unknown(paired):
    arm = paired.arms["nothing"]
    gone = replace(arm, levels={name: np.full_like(one, np.nan) for name, one in arm.levels.items()})
    assert (primary_values(PAIRED, gone) == 0.0).all()
    unsolved = replace(gone, unsolved=np.ones_like(arm.unsolved))
    assert np.isnan(primary_values(PAIRED, unsolved)).all()
    pregnant = replace(PAIRED, primary=replace(PAIRED.primary, of="pregnant"))
    assert primary_values(pregnant, arm).mean() == trial_summary(paired)["arms"]["nothing"]["pregnant"]["4"]


def test_a_change_is_read_from_the_first_day(paired):
    change = replace(PAIRED, primary=replace(PAIRED.primary, of="lh", reading="true", change=True))
    levels = paired.arms["titrated"].levels["lh"].astype(float)
    assert primary_values(change, paired.arms["titrated"]) == pytest.approx(
        levels[:, PAIRED.grid_index(4)] - levels[:, 0], nan_ok=True)  # fmt: skip


def test_subgroups_hold_every_man_once(paired):
    found = trial_summary(paired)["primary"]
    assert list(found["subgroups"]) == ["bmi below 35 kg/m2", "bmi from 35 kg/m2"]
    assert sum(one["titrated"]["n"] for one in found["subgroups"].values()) == found["contrasts"]["titrated"]["n"] == 8


def test_a_stratum_is_by_the_mean_before_treatment_and_a_cut_belongs_above():
    cut, start = Strata("testosterone", (264.0, 400.0), "ng/dL"), PAIRED.start
    days = [PAIRED.date(day) for day in (-35, -7, 30)]

    def man(*values):
        return Record(
            "male", None, tuple(Result("testosterone", v, d, "ng/dL") for v, d in zip(values, days, strict=False))
        )

    assert cut.label(man(200.0, 328.0, 900.0), start) == "testosterone 264 to 400 ng/dL"
    assert cut.label(man(200.0, 327.0), start) == "testosterone below 264 ng/dL"
    assert cut.label(man(400.0), start) == "testosterone from 400 ng/dL"
    assert Strata("testosterone", (10.0,), "nmol/L").label(man(300.0), start) == "testosterone from 10 nmol/L"


# Parallel groups -------------------------------------------------------------------------------------


def test_blocks_keep_the_allocation_in_every_stratum():
    trial = replace(PARALLEL, arms=(TrialArm("a", "", "", 2), TrialArm("b", "", "")))
    drawn, other = Randomization(trial), Randomization(replace(trial, seed=9))
    arms = {stratum: [drawn.arm(stratum) for _ in range(600)] for stratum in ("x", "y")}
    for many in arms.values():
        for count in range(1, 601):
            assert abs(many[:count].count("a") - 2 * many[:count].count("b")) <= 4
    assert arms["x"] != arms["y"] and arms["x"] != [other.arm("x") for _ in range(600)]
    again = Randomization(trial)
    assert [again.arm(stratum) for stratum in ("x", "y") * 300] == list(
        itertools.chain(*zip(arms["x"][:300], arms["y"][:300], strict=True)))  # fmt: skip


def test_each_man_is_in_one_arm_as_he_is_in_the_paired_trial(parallel, paired):
    arms = parallel[0].arms
    numbers = [int(number) for arm in arms.values() for number in arm.numbers]
    assert sorted(numbers) == paired.arms["nothing"].numbers.tolist()
    assert min(len(arm.numbers) for arm in arms.values()) >= 2
    for name, arm in arms.items():
        places = [paired.arms[name].numbers.tolist().index(number) for number in arm.numbers]
        for analyte, levels in arm.levels.items():
            assert np.array_equal(levels, paired.arms[name].levels[analyte][places], equal_nan=True)
    found = trial_summary(parallel[0])["primary"]["contrasts"]["titrated"]
    assert found["n"] + found["n_control"] == 8 and found["method"].endswith("Newcombe")


def test_a_parallel_ledger_holds_and_does_not_depend_on_batches(parallel, tmp_path):
    path = tmp_path / "ledger.jsonl"
    run(PARALLEL, workers=1, size=7, ledger=path)
    assert path.read_bytes() == parallel[1].read_bytes()
    head, *lines, seal = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert len(lines) == 8 and json.loads(json.dumps(seal))["seal"]["lines"] == 8
    assert head["trial"]["design"] == "parallel" and head["trial"]["stratum"] == BMI
    found = check_ledger(path, workers=1)
    assert found.men == 8 and found.differing == ()


def test_an_interrupted_parallel_trial_goes_on_to_the_same_bytes(parallel, tmp_path):
    path = tmp_path / "ledger.jsonl"

    class Killed(Exception):
        pass

    def kill(what, done, total):
        if what == "men enrolled":
            raise Killed

    with pytest.raises(Killed):
        run(PARALLEL, workers=1, size=6, ledger=path, watch=kill)
    assert not path.exists() and path.with_name("ledger.jsonl.batches").exists()
    assert run(PARALLEL, workers=1, size=9, ledger=path).resumed > 0
    assert path.read_bytes() == parallel[1].read_bytes()


# Eligibility ------------------------------------------------------------------------------------------


def test_an_arm_screens_its_own_men_where_the_trial_says_so(paired):
    content = CONTENT | {"n": 6, "months": 1, "arm": [{"name": "daily", "protocol": "anastrozole_daily"},
                                                      {"name": "clomiphene", "protocol": "clomiphene"}]}  # fmt: skip
    for screen in ("trial", "arm"):
        ran = run(trial_from(content | {"screen": screen}), workers=1, size=20)
        arm, flow = ran.arms["clomiphene"], trial_summary(ran)["arms"]["clomiphene"]["flow"]
        assert flow["assigned"] == 6 and flow["started"] == int(arm.started.sum())
        assert flow["started"] + sum(flow["not_started"].values()) == 6
        if screen == "trial":
            assert all(why != "no criterion for it is met" for why in arm.withheld)
        else:
            assert "no criterion for it is met" in flow["not_started"] and flow["started"] < 6
    assert trial_summary(paired)["arms"]["nothing"]["flow"]["started"] == 0


# Safety -----------------------------------------------------------------------------------------------


def test_events_are_the_worst_results_after_the_first_day():
    days = [PAIRED.date(day) for day in (-7, 30, 90)]

    def man(name, unit, *values):
        return Record("male", None, tuple(Result(name, v, d, unit) for v, d in zip(values, days, strict=True)))

    assert worst_events(PAIRED, man("joint_pain", "", 3, 1, 2)) == (("joint_pain", 2),)
    assert worst_events(PAIRED, man("hematocrit", "%", 55.0, 50.0, 53.9)) == (("hematocrit", 1),)
    assert worst_events(PAIRED, man("hematocrit", "%", 45.0, 54.5, 47.0)) == (("hematocrit", 2),)
    assert worst_events(PAIRED, man("estradiol", "pg/mL", 5.0, 20.0, 25.0)) == ()
    assert worst_events(PAIRED, man("estradiol", "pg/mL", 30.0, 9.9, 25.0)) == (("estradiol", 2),)
    assert worst_events(PAIRED, man("estradiol", "pmol/L", 100.0, 70.0, 90.0)) == (("estradiol", 1),)


# Power ------------------------------------------------------------------------------------------------


def test_power_of_the_closed_formulas_is_that_of_the_textbooks():
    """R: power.prop.test(p1 = .5, p2 = .75, power = .9) needs 76.7; power.t.test(power = .9, delta = 1) needs 22.02."""
    assert sample_size(partial(power_of_shares, 0.75, 0.50), 0.9) == (77, 77)
    assert sample_size(partial(power_of_means, 1.0, 1.0, 1.0), 0.9) == (23, 23)
    assert power_of_means(1.0, 1.0, 1.0, 20, 20) == pytest.approx(0.8689528, abs=1e-6)
    assert sample_size(partial(power_of_shares, 0.3, 0.3), 0.8) is None
    arm, control = sample_size(partial(power_of_shares, 0.75, 0.50), 0.9, ratio=2.0)
    assert arm == 2 * control and power_of_shares(0.75, 0.5, arm, control) >= 0.9


def test_simulated_power_agrees_with_the_closed_formula():
    shares = np.repeat([1.0, 0.0], [60, 40]), np.repeat([1.0, 0.0], [35, 65])
    found = power_by_simulation(*shares, (60, 60), 1500, binary=True)
    assert found.power == pytest.approx(power_of_shares(0.6, 0.35, 60, 60), abs=0.04)
    z = norm.ppf((np.arange(2000) + 0.5) / 2000)
    found = power_by_simulation(400.0 + 120.0 * z, 330.0 + 80.0 * z, (30, 45), 800, binary=False)
    assert found.power == pytest.approx(power_of_means(70.0, 120.0, 80.0, 30, 45), abs=0.04)
    none = power_by_simulation(z, z, (25, 25), 800, binary=False)
    assert none.power == pytest.approx(0.05, abs=0.025) and none.low < none.power < none.high


def test_power_of_a_trial_comes_from_its_pool():
    trial = replace(PARALLEL, days=month_day(1), primary=replace(PARALLEL.primary, of="estradiol"))
    found = power(trial, [8, 40], sims=200, pool=16, workers=1)
    arm = found["arms"]["titrated"]
    assert [(row["men"], row["n"], row["n_control"]) for row in arm["power"]] == [(8, 4, 4), (40, 20, 20)]
    assert arm["power"][0]["power"] < arm["power"][1]["power"] and arm["difference"] < 0.0
    expected = power_of_means(arm["difference"], arm["sd"], arm["sd_control"], 20, 20)
    assert arm["power"][1]["closed"] == expected == pytest.approx(arm["power"][1]["power"], abs=0.15)
    size = arm["sample_size"]
    assert power_of_means(arm["difference"], arm["sd"], arm["sd_control"], size["n"], size["n_control"]) >= 0.8
    for wrong in ({"numbers": [3]}, {"sims": 1}, {"target": 1.5}, {"pool": 0}):
        with pytest.raises(ly.BadTrial, match="got .*; expected"):
            power(trial, **({"numbers": [8]} | wrong))
    with pytest.raises(ly.BadTrial, match="one arm"):
        power(replace(PAIRED, arms=PAIRED.arms[:1]), [8])


# Seeds and draws --------------------------------------------------------------------------------------


def test_seeds_pool_into_all_their_men(paired):
    other = run(trials_of_seeds(PAIRED, [0, 5])[1], workers=1, size=20)
    found = across_seeds([paired, other])["titrated"]
    assert found["pooled"]["n"] == 16 and len(found["differences"]) == 2
    assert found["pooled"]["difference"] == pytest.approx(np.mean(found["differences"]))
    assert found["sd"] == pytest.approx(np.std(found["differences"], ddof=1))
    with pytest.raises(ly.BadTrial, match="each once"):
        trials_of_seeds(PAIRED, [1, 1])


def test_the_spread_of_men_and_model_is_told_apart():
    """Differences that scatter by 3 of the model and 4 of the men scatter by 5."""
    random = np.random.default_rng(3)
    differences = 10.0 + random.normal(0.0, 3.0, 4000) + random.normal(0.0, 4.0, 4000)
    found = _parts(differences, np.full(4000, 4.0), 0.95)
    assert (found["sd"], found["sd_men"], found["sd_model"]) == pytest.approx((5.0, 4.0, 3.0), rel=0.06)
    assert (found["low"], found["high"]) == pytest.approx((10.0 - 1.96 * 5.0, 10.0 + 1.96 * 5.0), abs=0.3)
    assert _parts(differences[:1], np.ones(1), 0.95)["low"] is None


def test_a_draw_changes_what_a_drug_does_and_not_who_the_men_are(tmp_path):
    levels = replace(PAIRED.primary, of="estradiol", reading="true")
    first, *others = trials_of_draws(replace(PAIRED, days=60, n=4, primary=levels), 3)
    assert len({one.draw for one in (first, *others)}) == len({one.seed for one in (first, *others)}) == 3
    path = tmp_path / "ledger.jsonl"
    declared, drawn = (run(one, workers=1, size=12, ledger=path) for one in (replace(first, draw=0), first))
    arms = [one.arms["titrated"] for one in (declared, drawn)]
    assert arms[0].numbers.tolist() == arms[1].numbers.tolist()
    before, after = ([arm.levels["testosterone"] for arm in arms], [arm.levels["estradiol"] for arm in arms])
    assert before[1][:, 0] == pytest.approx(before[0][:, 0], rel=1e-3)
    assert not np.allclose(after[1][:, 2], after[0][:, 2], rtol=1e-3, equal_nan=True)
    assert check_ledger(path, workers=1).differing == ()
    found = across_draws([declared, drawn])["contrasts"]["titrated"]
    assert found["replicates"] == 2 and found["low"] < found["mean"] < found["high"]
    with pytest.raises(ly.BadTrial, match="expected 2 to"):
        trials_of_draws(PAIRED, 1)
    with pytest.raises(ly.BadTrial, match="expected 0 of one run"):
        run(replace(PAIRED, uncertainty=3))


# The command line --------------------------------------------------------------------------------------

FILE = """name = "x"
n = 2
months = 1
kind = "obesity"
bmi = [30, 45]
[[arm]]
name = "a"
regimen = "anastrozole 1 mg daily"
[[arm]]
name = "b"
regimen = ""
"""


@pytest.fixture
def call(tmp_path):
    file = tmp_path / "trial.toml"
    file.write_text(FILE, encoding="utf-8")
    return lambda *words: CliRunner().invoke(app, ["trial", words[0], str(file), *words[1:], "--workers", "1"])


def test_several_seeds_and_seed_zero_by_the_command(call, tmp_path):
    done = call("run", "--seeds", "0,3", "--json", "--ledger", str(tmp_path / "l.jsonl"))
    content = json.loads(done.stdout)
    assert content["seeds"] == [0, 3] and [one["seed"] for one in content["runs"]] == [0, 3]
    assert content["pooled"]["a"]["pooled"]["n"] == 4
    assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == ["l_seed0.jsonl", "l_seed3.jsonl"]
    alone = json.loads(call("run", "--seed", "0", "--json").stdout)
    assert alone == content["runs"][0] and alone["seed"] == 0


def test_power_and_draws_by_the_command(call):
    content = json.loads(call("power", "--n", "8", "--sims", "20", "--pool", "6", "--json").stdout)
    assert content["arms"]["a"]["power"][0]["men"] == 8
    content = json.loads(call("run", "--uncertainty", "2", "--json").stdout)
    assert len(set(content["draws"])) == 2 and "sd_model" in content["uncertainty"]["contrasts"]["a"]
    assert "Primary endpoint" in call("run").stdout and "closed formula" in call(
        "power", "--n", "8", "--sims", "20", "--pool", "6").stdout  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [("run", "--seeds", "1,x"), ("run", "--seeds", "1,1"), ("run", "--seeds", "-7"), ("run", "--seeds", "1,2", "--seed", "3"),
     ("run", "--seed", "4294967296"), ("run", "--uncertainty", "1"), ("run", "--uncertainty", "2", "--seeds", "1"),
     ("power", "--n", "1"), ("power", "--n", "-5"), ("power", "--n", "8", "--sims", "0")],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_the_command(call, words):
    done = call(*words)
    assert done.exit_code == 2 and "got " in done.stderr and "; expected" in done.stderr


@pytest.mark.parametrize(
    "more",
    [{"screen": "none"}, {"design": "crossed"}, {"primary": {"of": "mood"}}, {"primary": {"month": 9}},
     {"primary": {"control": "c"}}, {"primary": {"reading": "seen"}}, {"primary": {"of": "in_band", "change": True}},
     {"primary": {"level": 2.0}}, {"stratum": BMI}, {"subgroup": [{"of": "bmi", "cuts": [], "unit": "kg/m2"}]},
     {"subgroup": [{"of": "bmi", "cuts": [35, 30], "unit": "kg/m2"}]}, {"draw": -1}, {"uncertainty": -1},
     {"subgroup": [{"of": "bmi", "cuts": [35], "unit": "ng/dL"}]}, {"subgroup": [{"of": "mood", "cuts": [1], "unit": "1"}]},
     {"design": "parallel", "arm": CONTENT["arm"][:1]}],
)  # fmt: skip
def test_designs_that_cannot_be_are_refused(more):
    with pytest.raises(ly.BadTrial):
        trial_from(CONTENT | more)
