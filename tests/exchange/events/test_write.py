"""Courses written as event tables: read again they are the same doses, levels, limits and beginnings."""

import equinox as eqx
import numpy as np
import pytest

import leydig as ly
from leydig.errors import OutOfRange, UnknownName
from leydig.exchange.events.simulation import simulate_table
from leydig.exchange.events.write import course_events
from leydig.man.sample import noise_of
from leydig.regimen import SteadyRegimen

PLAN = "hcg 1500 IU twice weekly + anastrozole 1 mg daily from day 3 for 2 weeks"
DAILY = "anastrozole 1 mg daily"


def again(course, tmp_path, **said):
    return ly.read_events(ly.write_events(course, tmp_path / "t.csv", **said))


def assert_same_doses(ours, theirs, days):
    mine, wanted = ours.schedule(days), theirs.schedule(days)
    assert {drug: (t.tolist(), a.tolist()) for drug, (t, a) in mine.doses.items()} == {
        drug: (t.tolist(), a.tolist()) for drug, (t, a) in wanted.doses.items()
    }
    assert mine.infusions == wanted.infusions


@pytest.mark.parametrize("time", ["days", "hours"])
def test_a_population_comes_back_as_it_was(tmp_path, time):
    men = ly.population(4, seed=2)
    plans = [PLAN, DAILY, "testosterone infusion 6 mg/day continuous for 10 days", ""]
    course = ly.simulate(men, plans, at=[0.0, 7.5, 28.0])
    table = again(course, tmp_path, time=time, analytes=["testosterone", "estradiol", "sperm_concentration"])
    assert list(table) == ["1", "2", "3", "4"] and table.report.observations["estradiol"] == 12
    for number, plan in enumerate(plans):
        one = table[number + 1]
        assert (one.age, one.bmi) == (float(men.age[number]), float(men.bmi[number]))
        assert_same_doses(one.regimen, ly.Regimen(plan), 28.0)
        seen = one.observations
        for name in ("testosterone", "estradiol", "sperm_concentration"):
            mine = seen[seen["name"] == name]
            assert mine["day"].tolist() == [0.0, 7.5, 28.0] and set(mine["unit"]) == {course[name].unit}
            assert mine["value"].tolist() == np.asarray(course[name].values)[number].tolist()  # to the last digit
        assert not seen["after_dose"].any()


def test_the_usual_levels_in_either_units_are_read_again(tmp_path, shah_man):
    course = ly.simulate(shah_man, DAILY, at=[0.0, 28.0])
    for units in ("us", "si"):
        seen = again(course, tmp_path, units=units)["1"].observations
        assert len(set(seen["name"])) == 7
        for name, unit, value in seen[seen["day"] == 28.0][["name", "unit", "value"]].values:
            assert value == float(course.in_units(name, units).at(day=28)) and unit == course.in_units(name, units).unit


def test_what_an_assay_does_not_read_is_its_limit(tmp_path, shah_man):
    course = ly.simulate(shah_man, "testosterone enanthate 200 mg weekly", at=[0.0, 70.0])
    lh, level = (np.asarray(course[name].values) for name in ("lh", "testosterone"))
    low, high = float(lh.mean()), float(level.mean())
    table = again(
        course, tmp_path, analytes=["lh", "testosterone"], limits={"lh": (low, None), "testosterone": (None, high)}
    )
    seen = table["1"].observations.set_index(["name", "day"])
    assert seen["censored"].to_dict() == {
        ("lh", 0.0): 0,
        ("lh", 70.0): 1,
        ("testosterone", 0.0): 0,
        ("testosterone", 70.0): -1,
    }
    assert seen.loc[("lh", 70.0), ["value", "limit"]].tolist() == [low, 0.0]
    assert seen.loc[("testosterone", 70.0), "value"] == high and np.isnan(seen.loc[("testosterone", 70.0), "limit"])
    assert seen.loc[("lh", 0.0), "value"] == lh[0] and table.report.censored == 2
    at_limit = course_events(course, analytes=["lh"], limits={"lh": (float(lh[1]), float(lh[0]))})
    assert at_limit[at_limit["EVID"] == 0]["CENS"].tolist() == [0.0, 0.0]  # a level that is the limit is read


def test_limits_are_of_what_is_written_and_in_order(shah_man):
    course = ly.simulate(shah_man, DAILY, days=1)
    for limits, error, said in (({"lh": (5.0, 5.0)}, OutOfRange, "lower limit first"), ({"prolactin": (1.0, None)}, UnknownName, "prolactin"),
                                ({"lh": (-1.0, None)}, OutOfRange, "lowest lh")):  # fmt: skip
        with pytest.raises(error, match=said):
            course_events(course, limits=limits)
    for name in ("intratesticular_testosterone", "te2_ratio"):
        with pytest.raises(UnknownName, match=f"got .*{name}"):
            course_events(course, analytes=[name])


def test_a_steady_state_comes_back_and_is_simulated_the_same(tmp_path):
    men = ly.Man.stack([ly.Man(age=34, bmi=28.0), ly.Man(age=45, bmi=24.0)])
    course = ly.simulate(men, DAILY, at=[0.0, 7.0], start=[SteadyRegimen.of(ly.Regimen(DAILY)), None])
    table = again(course, tmp_path)
    assert table["1"].episodes[0].start.cycle(1.0) == ly.Regimen("anastrozole 1 mg daily for 1 day")
    assert table["2"].episodes[0].start is None and table.report.steady_states == 1
    rows = simulate_table(table).set_index(["ID", "DAY", "ANALYTE"])["DV"]
    wanted = course_events(course)
    for who, day, name, value in wanted[wanted["EVID"] == 0][["ID", "TIME", "ANALYTE", "DV"]].values:
        assert rows[str(who), day, name] == pytest.approx(value, rel=1e-9)


def test_an_infusion_for_ever_comes_back(tmp_path, shah_man):
    course = ly.simulate(shah_man, "testosterone infusion 6 mg/day continuous", at=[0.0, 7.0], start="steady state")
    (one,) = again(course, tmp_path)["1"].episodes
    assert one.start == SteadyRegimen.of(ly.Regimen("testosterone infusion 6 mg/day continuous"))
    assert_same_doses(one.regimen, ly.Regimen("testosterone infusion 6 mg/day continuous"), 7.0)


@pytest.mark.parametrize(
    "text", ["anastrozole 1 mg daily from day 0.5", "clomiphene 25 mg daily 25 days on 5 days off"]
)
def test_a_steady_state_that_no_row_holds_is_refused(shah_man, text):
    course = ly.simulate(shah_man, text, days=2, start="steady state")
    with pytest.raises(ly.BadRegimen, match="from the steady state of"):
        course_events(course)


def test_who_was_not_solved_is_counted_and_has_no_level(tmp_path, shah_man, reference_man):
    broken = eqx.tree_at(lambda man: man.state.lh, shah_man, np.float64("nan"))
    course = ly.simulate([reference_man, broken], DAILY, at=[0.0, 7.0])
    rows = course_events(course)
    assert (rows.attrs["men"], rows.attrs["failed_count"], list(rows.attrs["failed"])) == (2, 1, ["1"])
    table = again(course, tmp_path)
    assert len(table["2"].observations) == 0 and len(table["1"].observations) > 0 and table.report.other_rows > 0


def test_a_course_that_goes_on_is_written_from_its_first_dose(tmp_path, shah_man):
    first = ly.simulate(shah_man, "clomiphene 25 mg daily", days=10)
    second = ly.simulate(shah_man, "clomiphene 50 mg daily", days=10, after=first)
    one = again(second, tmp_path)["1"]
    assert_same_doses(one.regimen, second.regimen, 20.0)
    assert one.observations["day"].min() == 10.0


def test_draws_are_refused(shah_man):
    with pytest.raises(OutOfRange, match="under draws"):
        course_events(ly.simulate(shah_man, DAILY, days=1, uncertainty=2))


def test_what_a_laboratory_reads_errs_as_it_does_and_belongs_to_man_and_day():
    men = ly.population(300, seed=3)
    course = ly.simulate(men, DAILY, at=[0.0, 28.0])
    names = ["lh", "sperm_concentration", "semen_volume", "motility", "total_motile_count"]

    def values(**said):
        rows = course_events(course, error_seed=said.pop("seed", 5), **said)
        rows = rows[rows["ANALYTE"] != "."]
        return rows.set_index(["ID", "TIME", "ANALYTE"])["DV"].replace(".", np.nan).astype(float)

    true, read = values(analytes=names, seed=None), values(analytes=names)
    apart = np.log((read / true).unstack()["lh"])
    assert (
        apart.std() == pytest.approx(noise_of("lh"), rel=0.1) and abs((read / true).unstack()["lh"].mean() - 1) < 0.03
    )
    semen = read.unstack()
    counted = semen["sperm_concentration"] * semen["semen_volume"] * semen["motility"] / 100.0
    seen = semen["sperm_concentration"] > 0.0
    assert np.allclose(semen["total_motile_count"][seen], counted[seen])  # one ejaculate
    alone = values(analytes=["lh"], at=[28.0])
    assert alone.equals(read[read.index.isin(alone.index)])  # whatever else is read
    assert not np.allclose(values(analytes=["lh"], seed=6), values(analytes=["lh"]))
    si = values(analytes=["testosterone"], units="si") / values(analytes=["testosterone"])
    assert np.allclose(si, 0.0346745, rtol=1e-4)  # nmol/L of an ng/dL: 10 / 288.4


def test_a_limit_holds_for_what_is_read_and_a_seed_is_a_seed(shah_man):
    course = ly.simulate(shah_man, DAILY, at=[0.0, 28.0])
    read = course_events(course, analytes=["lh"], error_seed=1)["DV"].replace(".", np.nan).astype(float)
    limit = float(read.max()) * (1.0 + 1e-9)
    rows = course_events(course, analytes=["lh"], error_seed=1, limits={"lh": (limit, None)})
    assert rows[rows["ANALYTE"] == "lh"]["CENS"].tolist() == [1.0, 1.0]
    with pytest.raises(OutOfRange, match="error_seed"):
        course_events(course, error_seed=-1)
