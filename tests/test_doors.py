"""Every public callable that takes a number meets the one door: a table of doors, complete, and what each refuses."""

import datetime as dt
import inspect
import re
from functools import lru_cache

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leydig as ly
from leydig.errors import LeydigError, OutOfRange
from leydig.exchange.events.write import course_events
from leydig.exchange.sbml import sbml
from leydig.man.drug_variability import sample_drug_variability
from leydig.man.population import population_matching
from leydig.pulses.detect import sensitivity
from leydig.pulses.simulate import paths
from leydig.record import Override
from leydig.verification.cases import case
from leydig.verification.verify import verify

FORM = re.compile(r"got .+; expected .+\. .+", re.S)
TODAY = dt.date(2026, 3, 2)
GRID, LEVELS = [0.0, 10.0, 20.0, 30.0], [1.0, 2.0, 3.0, 1.0]
NO_NUMBERS = {
    "text": "abc", "numeral": "5", "bytes": b"5", "true": True, "numpy true": np.True_, "jax true": jnp.asarray(True),
    "nan": float("nan"), "numpy nan": np.float64("nan"), "jax nan": jnp.asarray(jnp.nan), "infinity": float("inf"),
    "jax infinity": jnp.asarray(-jnp.inf), "complex": 1j, "huge": 10**400, "matrix": np.ones((2, 2)), "dict": {},
    "object": object(), "array of text": np.array("5"),
}  # fmt: skip


@lru_cache
def man():
    return ly.Man(age=30)


@lru_cache
def course():
    return ly.simulate(man(), "anastrozole 1 mg daily", days=2)


def bare_record():
    return ly.Record("male", dt.date(1991, 5, 1), (ly.Result("bmi", 28.7, TODAY, "kg/m2"),))


@lru_cache
def twin():
    return ly.fit(bare_record(), draws=100)


def best_of(**options):
    return ly.optimize(ly.population(2), ["clomiphene"], **options)


def dose(**changes):
    return ly.Dose(**({"drug": "anastrozole", "amount": 1.0} | changes))


def result(**changes):
    return ly.Result(**({"name": "testosterone", "value": 280.0, "date": TODAY, "unit": "ng/dL"} | changes))


def changed(**parameters):
    drug = ly.drugs["anastrozole"]
    for name, value in parameters.items():
        drug = eqx.tree_at(lambda part, name=name: getattr(part, name), drug, value)
    return {"anastrozole": drug}


def simulated(**options):
    return ly.simulate(man(), "anastrozole 1 mg daily", **options)


def stored(**options):
    return ly.store(
        "men.parquet", lambda first, n: ly.population(n, first=first), **({"count": 2, "days": 2} | options)
    )


def slopes(**options):
    return ly.gradient(lambda x: (man(), ly.Regimen(dose(amount=x[0]))), **({"values": [1.0], "days": 2} | options))


REGIMEN = ly.Regimen("anastrozole 1 mg daily for 2 weeks")
DOORS = {
    "Dose.amount": lambda v: dose(amount=v), "Dose.start": lambda v: dose(start=v), "Dose.stop": lambda v: dose(stop=v),
    "Dose.shift": lambda v: dose(shift=v), "Dose.missed": lambda v: dose(missed=(v,)),
    "Dose.delay.days": lambda v: dose().delay(v), "Dose.end_at.day": lambda v: dose().end_at(v),
    "Dose.begin_at.day": lambda v: dose().begin_at(v),
    "Repeat.days": lambda v: ly.Repeat("every", v), "Repeat.weekdays": lambda v: ly.Repeat("weekdays", weekdays=(v,)),
    "Repeat.on": lambda v: ly.Repeat("every", 1.0, on=v, off=2), "Repeat.off": lambda v: ly.Repeat("every", 1.0, on=2, off=v),
    "Regimen.delay.days": lambda v: REGIMEN.delay(v), "Regimen.then.pause": lambda v: REGIMEN.then(REGIMEN, v),
    "Regimen.schedule.days": lambda v: REGIMEN.schedule(v),
    "Regimen.switch.day": lambda v: REGIMEN.switch(REGIMEN, v),
    "Man.age": lambda v: ly.Man(age=v), "Man.bmi": lambda v: ly.Man(age=30, bmi=v),
    "BmiSeries.values": lambda v: ly.BmiSeries({0: v}, "linear"),
    "BmiSeries.of_weight.weights": lambda v: ly.BmiSeries.of_weight({0: v}, 180, "linear"),
    "BmiSeries.of_weight.height": lambda v: ly.BmiSeries.of_weight({0: 90}, v, "linear"),
    "BmiSeries.steps.piece": lambda v: ly.BmiSeries({0: 34, 9: 30}, "linear").steps(v),
    "BmiSeries.at.day": lambda v: ly.BmiSeries({0: 34}, "linear").at(v),
    "Man.parameters": lambda v: ly.Man(age=30, parameters={"body.testis.half_lh": v}),
    "Man.labs": lambda v: ly.Man(age=30, testosterone=v),
    "population.n": lambda v: ly.population(v), "population.seed": lambda v: ly.population(1, v),
    "population.age": lambda v: ly.population(1, age=(20.0, v)), "population.bmi": lambda v: ly.population(1, bmi=(v, 30.0)),
    "population.first": lambda v: ly.population(1, first=v),
    "Result.value": lambda v: result(value=v), "Result.low": lambda v: result(low=v), "Result.high": lambda v: result(high=v),
    "simulate.weeks": lambda v: simulated(weeks=v), "simulate.days": lambda v: simulated(days=v),
    "simulate.at": lambda v: simulated(at=[v]),
    "simulate.tolerance": lambda v: simulated(days=2, tolerance=v), "simulate.cores": lambda v: simulated(days=2, cores=v),
    "simulate.batch": lambda v: simulated(days=2, batch=v), "simulate.seed": lambda v: simulated(days=2, uncertainty=2, seed=v),
    "simulate.uncertainty": lambda v: simulated(days=2, uncertainty=v),
    "attribute.at": lambda v: ly.attribute(man(), "", "", at=v),
    "attribute.tolerance": lambda v: ly.attribute(man(), "", "", tolerance=v),
    "simulate_pulses.hours": lambda v: ly.simulate_pulses(man(), hours=v),
    "simulate_pulses.day": lambda v: ly.simulate_pulses(man(), day=v),
    "simulate_pulses.key": lambda v: ly.simulate_pulses(man(), key=v),
    "simulate.drugs": lambda v: simulated(days=2, drugs=changed(clearance=v)),
    "store.men": lambda v: ly.store("men.parquet", v), "store.count": lambda v: stored(count=v),
    "store.weeks": lambda v: stored(weeks=v, days=None), "store.days": lambda v: stored(days=v),
    "store.batch": lambda v: stored(batch=v), "store.tolerance": lambda v: stored(tolerance=v),
    "gradient.values": lambda v: slopes(values=[v]), "gradient.weeks": lambda v: slopes(weeks=v, days=None),
    "gradient.days": lambda v: slopes(days=v), "gradient.tolerance": lambda v: slopes(tolerance=v),
    "detect_pulses.minutes": lambda v: ly.detect_pulses([*GRID[:3], v], LEVELS), "detect_pulses.values": lambda v: ly.detect_pulses(GRID, [*LEVELS[:3], v]),
    "detect_pulses.cv": lambda v: ly.detect_pulses(GRID, LEVELS, cv=v), "detect_pulses.certainty": lambda v: ly.detect_pulses(GRID, LEVELS, certainty=v),
    "Series.at.week": lambda v: course()["lh"].at(week=v), "Series.at.day": lambda v: course()["lh"].at(day=v),
    "Series.read.days": lambda v: course()["lh"].read([v]), "Series.interval.level": lambda v: drawn().interval(v),
    "Series.auc.start": lambda v: course()["anastrozole"].auc(start=v),
    "Series.auc.stop": lambda v: course()["anastrozole"].auc(stop=v),
    "Series.peak.start": lambda v: course()["lh"].peak(start=v), "Series.peak.stop": lambda v: course()["lh"].peak(stop=v),
    "Series.trough.start": lambda v: course()["lh"].trough(start=v),
    "Series.trough.stop": lambda v: course()["lh"].trough(stop=v),
    "write_events.at": lambda v: course_events(course(), at=[v]),
    "write_events.error_seed": lambda v: course_events(course(), error_seed=v),
    "write_events.limits": lambda v: course_events(course(), limits={"testosterone": (v, None)}),
    "Regimen.to_events.days": lambda v: ly.Regimen("anastrozole 1 mg daily").to_events(days=v),
    "Course.record.days": lambda v: course().record(days=[v]), "Course.solve.days": lambda v: course().solve([v]),
    "fit.draws": lambda v: ly.fit(bare_record(), draws=v), "fit.seed": lambda v: ly.fit(bare_record(), draws=100, seed=v),
    "Twin.forecast.weeks": lambda v: twin().forecast(weeks=v), "Twin.forecast.adherence": lambda v: twin().forecast(adherence=v),
    "Twin.next_lab.days": lambda v: twin().next_lab("anastrozole_daily", days=[v]), "Twin.next_lab.weeks": lambda v: twin().next_lab("anastrozole_daily", weeks=v),
    "Twin.next_lab.chance": lambda v: twin().next_lab("anastrozole_daily", chance=v),
    "fit_population.draws": lambda v: ly.fit_population([bare_record()], ["lh"], draws=v), "fit_population.rounds": lambda v: ly.fit_population([bare_record()], ["lh"], rounds=v),
    "fit_population.seed": lambda v: ly.fit_population([bare_record()], ["lh"], seed=v),
    "predictive_check.replicates": lambda v: ly.predictive_check(None, "lh", replicates=v), "predictive_check.seed": lambda v: ly.predictive_check(None, "lh", seed=v),
    "optimize.floor_chance": lambda v: best_of(floor_chance=v), "optimize.limit_chance": lambda v: best_of(limit_chance=v),
    "optimize.weeks": lambda v: best_of(weeks=v), "optimize.draws": lambda v: best_of(draws=v), "optimize.seed": lambda v: best_of(seed=v),
    "titration_rule.seed": lambda v: ly.titration_rule(best_of(weeks=4), seed=v),
    # beneath the public names
    "like.n": lambda v: population_matching(v, 1, age=(30, 5), bmi=(25, 3), levels={}),
    "like.age": lambda v: population_matching(1, 1, age=(v, 5), bmi=(25, 3), levels={}),
    "like.levels": lambda v: population_matching(1, 1, age=(30, 5), bmi=(25, 3), levels={"lh": (v, 0.2)}),
    "dispositions.n": lambda v: sample_drug_variability(changed(), v), "dispositions.seed": lambda v: sample_drug_variability(changed(), 1, v),
    "dispositions.first": lambda v: sample_drug_variability(changed(), 1, first=v),
    "verify.n": lambda v: verify(v), "verify.seed": lambda v: verify(1, v), "verify.tolerance": lambda v: verify(1, tolerance=v),
    "verify.workers": lambda v: verify(1, workers=v), "case.seed": lambda v: case(v, 1), "case.index": lambda v: case(1, v),
    "paths.keys": lambda v: paths(man(), keys=[v]),
    "paths.step_minutes": lambda v: paths(man(), step_minutes=v), "sensitivity.every": lambda v: sensitivity(man(), every=[v]),
    "sbml.days": lambda v: sbml(man(), "anastrozole 1 mg daily", days=v),
    "sbml.levels": lambda v: sbml(man(), levels={"anastrozole": v}),
    "Override.value": lambda v: Override("ceiling.anastrozole", v, "why"),
}  # fmt: skip
TEXT_ALLOWED = {"Man.labs", "attribute.at", "BmiSeries.at.day", "Series.at.day", "Series.at.week", "simulate.at", "write_events.at", "Series.auc.start", "Series.auc.stop", "Series.peak.start",
                "Series.peak.stop", "Series.trough.start", "Series.trough.stop", "Series.read.days"}  # fmt: skip
TRUTH_ALLOWED = {"simulate.uncertainty"}  # a switch, or a number of draws
RESULTS = {
    "Attribution",
    "Course",
    "Forecast",
    "Gradient",
    "Level",
    "MinuteSeries",
    "Optimum",
    "PopulationFit",
    "PredictiveCheck",
    "Protocol",
    "PulseReport",
    "Series",
    "Stored",
    "Twin",
}  # made by Leydig
INSIDE = {"Dose.spans.until", "Dose.tick_spans.until", "Dose.ticks.until", "Dose.times.until", "Repeat.offsets.length",
          "Repeat.turns.length", "Protocol.regimen.rungs", "Twin.levels_ahead.days",
          "Twin.levels_ahead.wait", "Twin.levels_ahead.adherence", "Twin.levels_of_options.days", "Twin.levels_of_options.wait",
          "Twin.forecast_on.days", "Twin.forecast_on.wait", "Twin.forecast_on.adherence", "Twin.thin.draws", "fit.watch", "gradient.build",
          "read_events.drugs", "read_events.analytes"}  # asked for by Leydig, or no number  # fmt: skip
NUMERIC = re.compile(r"\b(float|int|Float|Int)\b")


@lru_cache
def drawn():
    return simulated(days=2, uncertainty=2)["lh"]


def numeric(function):
    found = inspect.signature(function).parameters.items()
    return [
        name
        for name, one in found
        if NUMERIC.search(one.annotation if isinstance(one.annotation, str) else str(one.annotation))
    ]


def test_the_table_of_doors_is_complete():
    wanted = set()
    for name in ly.__all__:
        thing = getattr(ly, name)
        if inspect.isclass(thing) and not issubclass(thing, (Exception, Warning)):
            wanted |= {f"{name}.{one}" for one in numeric(thing)} if name not in RESULTS else set()
            for method, function in inspect.getmembers(thing, callable):
                if not method.startswith("_") and getattr(function, "__qualname__", "").startswith(f"{name}."):
                    wanted |= {f"{name}.{method}.{one}" for one in numeric(function)}
        elif inspect.isfunction(thing):
            wanted |= {f"{name}.{one}" for one in numeric(thing)}
    assert wanted - INSIDE - DOORS.keys() == set()


def refusal(door, value):
    """Return class and form of what a door says of a value; None when it lets it in."""
    try:
        DOORS[door](value)
    except LeydigError as error:
        assert FORM.search(str(error)), f"{door}: {error}"
        return type(error)
    return None


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")
def test_no_door_lets_in_what_is_no_number_and_each_says_it_in_one_class_and_form(door):
    said = {}
    for kind, value in NO_NUMBERS.items():
        if (kind in ("text", "numeral", "bytes") and door in TEXT_ALLOWED) or (
            "true" in kind and door in TRUTH_ALLOWED
        ):
            continue
        if kind == "matrix" and door in ("Man.parameters", "simulate.drugs"):
            continue  # one number for each man; its own test below
        said[kind] = refusal(door, value)
    assert None not in said.values(), (door, said)
    assert len(set(said.values())) == 1, (door, said)


IMPOSSIBLE = {"Dose.amount": -1.0, "Dose.start": -1.0, "population.n": 0, "population.seed": -1, "Man.age": 12.0,
              "Man.parameters": 1e9, "simulate.drugs": 1e9, "simulate.days": -1.0, "verify.n": 0, "detect_pulses.cv": -0.1,
              "simulate.seed": 2**63, "store.batch": 0, "Man.bmi": 9.0, "population.first": -1}  # fmt: skip
WRAPPERS = [lambda x: x, np.float64, np.asarray, jnp.asarray, lambda x: np.asarray(x, dtype=object).item()]


@pytest.mark.parametrize("door", IMPOSSIBLE)
@given(wrap=st.sampled_from(WRAPPERS))
@settings(max_examples=8, deadline=None)
def test_the_type_of_an_impossible_number_changes_neither_class_nor_message(door, wrap):
    value = IMPOSSIBLE[door]
    if isinstance(value, int) and abs(value) > 2**53:
        wrap = lambda x: x  # noqa: E731  (no array holds it)
    said = []
    for one in (value, wrap(value)):
        with pytest.raises(LeydigError) as caught:
            DOORS[door](one)
        said.append((type(caught.value), str(caught.value)))
    assert said[0] == said[1]


def test_a_drug_outside_its_ranges_is_refused_however_it_was_set():
    drug = ly.drugs["anastrozole"]
    low, high = next(d.within for name, d, _ in ly.parameter.parameters(drug) if name == "clearance")
    for value in (low / 2.0, high * 2.0, np.array([1.0, high * 2.0])):
        for made in (changed(clearance=value), {"anastrozole": type(drug)(clearance=value)}):
            with pytest.raises(OutOfRange, match=r"drugs\.anastrozole\.clearance"):
                ly.simulate(ly.population(2), "anastrozole 1 mg daily", days=2, drugs=made)


def test_of_many_men_the_one_outside_is_named():
    men = ly.population(3)
    bad = eqx.tree_at(lambda many: many.body.testis.half_lh, men, np.array([5.0, 5.0, 1e6]))
    with pytest.raises(OutOfRange, match=r"body\.testis\.half_lh of man 2"):
        ly.simulate(bad, days=2)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [("hematocrit", "45", "Write '45 %'"), ("lh", "3.4", "Write '3.4 IU/L'"), ("hematocrit", 45, "Write '45 %'"),
     ("estradiol", "<20 pg/mL", "leave it out, or write the level to assume, such as '20 pg/mL'"), ("lh", True, "expected"),
     ("shbg", None, "expected"), ("motility", "1e999 %", "finite")],
)  # fmt: skip
def test_advice_has_the_unit_of_its_own_quantity(name, text, says):
    with pytest.raises(LeydigError) as caught:
        ly.Man(age=30, **{name: text})
    assert says in str(caught.value)


@pytest.mark.parametrize("every", ["1", 1, "0 days", "-1 day", "nan days", None, "daily"])
def test_a_distance_of_kept_times_has_a_unit_of_time(every):
    if every is None:
        assert len(simulated(days=2, every=every).days) == 3
        return
    with pytest.raises(LeydigError) as caught:
        simulated(days=2, every=every)
    assert "ng/dL" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [{"seed": 3}, {"cores": 1, "client": object()}, {"weeks": 1, "days": 7}],
    ids=" ".join,
)  # fmt: skip
def test_an_option_that_cannot_be_honored_is_refused(options):
    with pytest.raises(OutOfRange, match="expected"):
        simulated(**options)


def test_one_call_takes_what_its_twin_takes(tmp_path):
    men = ly.population(2)
    texts = ["anastrozole 1 mg daily", ly.Regimen("clomiphene 25 mg daily")]
    found = ly.store(tmp_path / "men.parquet", men, texts, days=2, every="1 day", analytes=["lh"])
    import pandas

    table = pandas.read_parquet(found.path)
    course = ly.simulate(men, texts, days=2, tolerance=1e-4)
    np.testing.assert_allclose(table["lh"].to_numpy().reshape(2, -1), course["lh"].values, rtol=1e-12)
    with pytest.raises(OutOfRange, match="3 regimens for 2 men"):
        ly.store(tmp_path / "x.parquet", men, [*texts, ""], days=2)
    with pytest.raises(OutOfRange, match="beside a function only"):
        ly.store(tmp_path / "x.parquet", men, texts[0], count=2, days=2)


def test_draws_by_chance_are_those_of_their_seed():
    first, again, other = (simulated(days=2, uncertainty=3, seed=seed)["lh"].values for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize("value", [5, None, ["a"], b"x"])
@pytest.mark.parametrize("door", [ly.read_record, ly.read_events, ly.read_fhir])
def test_what_is_no_path_is_refused_by_every_reader(door, value):
    with pytest.raises(ly.BadRecord, match=r"^got .* as a file; expected the path of .*, as a text or a Path"):
        door(value)


@pytest.mark.parametrize("value", [5, None, "record.json", {}])
@pytest.mark.parametrize("door", [ly.assess, ly.compare_protocols, ly.fit])
def test_what_is_no_record_is_refused(door, value):
    with pytest.raises(ly.BadRecord, match=r"^got .* as a record; expected a Record"):
        door(value)
