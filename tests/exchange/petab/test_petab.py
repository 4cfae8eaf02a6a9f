"""PEtab: a problem that the linter of PEtab passes, and tables that read back as what was measured."""

import datetime as dt

import numpy as np
import pytest

import leydig as ly
from leydig.analytes import ANALYTES
from leydig.drugs import DRUGS
from leydig.errors import BadRecord, UnknownName, WrongUnit
from leydig.exchange.petab import read_petab, write_petab
from leydig.exchange.petab.check import petab_findings
from leydig.man.sample import noise_of, sample_level
from leydig.parameter import parameters
from leydig.record.record import Record, Result, Treatment

MAN = ly.Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L", fsh="4.8 IU/L")
ESTIMATE = ["drugs.anastrozole.clearance", "drugs.anastrozole.inhibition"]
DAY = dt.date
BY_MASS = "_mass_spectrometry"


def record(*treatments):
    given = treatments or (Treatment(ly.Regimen("anastrozole 1 mg daily"), DAY(2026, 1, 5)),)
    results = (
        Result("testosterone", 271.0, DAY(2026, 1, 2), "ng/dL"), Result("testosterone", 520.0, DAY(2026, 2, 10), "ng/dL"),
        Result("estradiol", 18.0, DAY(2026, 2, 10), "pg/mL"), Result("lh", 5.4, DAY(2026, 2, 10), "IU/L"),
        Result("estradiol", 5.0, DAY(2026, 3, 10), "pg/mL", None, "<"),
        Result("estradiol", 9.0, DAY(2026, 3, 17), "pg/mL", assay="LC-MS/MS"),
        Result("sperm_concentration", 12.0, DAY(2026, 3, 10), "million/mL"), Result("psa", 1.0, DAY(2026, 3, 10), "ng/mL"),
    )  # fmt: skip
    return Record("male", None, results, given)


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    return write_petab(MAN, record(), tmp_path_factory.mktemp("petab") / "problem", ESTIMATE)


def table(export, name):
    lines = (export.problem.parent / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    head, *rows = (line.split("\t") for line in lines)
    return [dict(zip(head, row, strict=True)) for row in rows]


# Out -----------------------------------------------------------------------------------------------------


def test_the_linter_of_petab_passes_it(export):
    assert petab_findings(export.problem) == ()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_linter_would_see_a_wrong_one(export, tmp_path):
    for file in export.problem.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    rows = (tmp_path / "measurements.tsv").read_text(encoding="utf-8")
    (tmp_path / "measurements.tsv").write_text(rows.replace("obs_lh", "obs_other"), encoding="utf-8")
    assert petab_findings(tmp_path / "problem.yaml")


def test_what_is_dropped_is_said_and_why(export):
    assert export.measurements == {"testosterone": 2, "estradiol": 2, "lh": 1} and export.untreated == 1
    assert [what for what, _ in export.dropped] == ["estradiol of 2026-03-10", "sperm_concentration of 2026-03-10"]
    assert ["limit" in export.dropped[0][1], "semen" in export.dropped[1][1]] == [True, True]


def test_measurements_are_in_the_units_of_the_model_and_in_its_days(export):
    found = [
        (row["observableId"], float(row["time"]), float(row["measurement"])) for row in table(export, "measurements")
    ]
    wanted = [("testosterone", 0.0, 271.0), ("testosterone", 36.0, 520.0), ("estradiol", 36.0, 18.0), ("lh", 36.0, 5.4),
              ("estradiol_mass_spectrometry", 71.0, 9.0)]  # fmt: skip
    for (observable, day, value), (what, when, shown) in zip(found, wanted, strict=True):
        assert (observable, day) == (f"obs_{what}", when)
        name = what.removesuffix(BY_MASS)
        assert value * ANALYTES[name].factor_to(ANALYTES[name].us) == pytest.approx(shown)


def test_the_observation_model_is_the_median_and_the_spread_of_what_a_laboratory_reads(export):
    fixed = {row["parameterId"]: row for row in table(export, "parameters") if row["estimate"] == "false"}
    for row in table(export, "observables"):
        what = row["observableId"].removeprefix("obs_")
        name = what.removesuffix(BY_MASS)
        read = name if what.endswith(BY_MASS) else f"measured_{name}"  # of no background the state itself
        spread = float(fixed[f"sd_{name}"]["nominalValue"])
        median = eval(row["observableFormula"].replace("^", "**"), {"exp": np.exp}, {read: 7.0, f"sd_{name}": spread})  # fmt: skip
        assert median == pytest.approx(float(sample_level(name, 7.0, 0.0)))
        assert float(sample_level(name, 7.0, 1.0)) == pytest.approx(median * np.exp(spread)) and spread == noise_of(
            name
        )
        assert (row["noiseFormula"], row["noiseDistribution"]) == (f"sd_{name}", "log-normal")


def test_parameters_are_estimated_within_their_declared_range(export):
    declared = {path: (one, value) for path, one, value in parameters(DRUGS["anastrozole"], "drugs.anastrozole")}
    rows = [row for row in table(export, "parameters") if row["estimate"] == "true"]
    assert [row["parameterId"] for row in rows] == [path.replace(".", "_") for path in ESTIMATE]
    for row, path in zip(rows, ESTIMATE, strict=True):
        one, value = declared[path]
        assert (float(row["lowerBound"]), float(row["upperBound"])) == one.within
        assert float(row["nominalValue"]) == float(value)


@pytest.mark.parametrize("path", ["body.pituitary.lh_half_life", "drugs.letrozole.clearance", "clearance"])
def test_a_parameter_that_no_drug_of_his_has_is_refused(tmp_path, path):
    with pytest.raises(UnknownName, match="parameter of a drug that he took"):
        write_petab(MAN, record(), tmp_path, [path])
    assert not [*tmp_path.iterdir()]


def test_a_record_without_treatment_is_refused(tmp_path):
    with pytest.raises(BadRecord, match="without treatments"):
        write_petab(MAN, Record("male", None, record().results), tmp_path, ESTIMATE)


# In ------------------------------------------------------------------------------------------------------


def test_what_was_written_reads_back(export):
    folder = export.problem.parent
    units = {f"obs_{name}": f"{name} {ANALYTES[name].unit}" for name in export.measurements}
    units[f"obs_estradiol{BY_MASS}"] = units["obs_estradiol"]
    found = read_petab(folder / "measurements.tsv", units, "days", folder / "experiments.tsv")
    assert found.periods == {"man": ((0.0, ""),)} and found.dropped == () and found.unread == ()
    rows = found.observations
    assert rows["name"].tolist() == ["testosterone", "testosterone", "estradiol", "lh", "estradiol"]
    assert rows["day"].tolist() == [0.0, 36.0, 36.0, 36.0, 71.0] and rows["row"].tolist() == [2, 3, 4, 5, 6]
    results = [Result(row.name_, row.value, DAY(2026, 2, 10), row.unit).value_in(unit) for row, unit in zip(
        rows.rename(columns={"name": "name_"}).itertuples(), ["ng/dL", "ng/dL", "pg/mL", "IU/L", "pg/mL"], strict=True)]  # fmt: skip
    assert results == pytest.approx([271.0, 520.0, 18.0, 5.4, 9.0])


def write(tmp_path, text, name="measurements.tsv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


HEAD = "observableId\tsimulationConditionId\ttime\tmeasurement\tnoiseParameters\n"
T = {"t": "testosterone ng/dL"}


def test_a_table_of_version_1_is_read_in_hours(tmp_path):
    path = write(tmp_path, HEAD + "t\tc1\t36\t400\t1\n\nt\tc2\tinf\t410\t1\n")
    found = read_petab(path, T, "hours")
    assert found.observations.values.tolist() == [["c1", 1.5, "testosterone", 400.0, "ng/dL", 2]]
    assert found.dropped == ((4, "a measurement at steady state has no day"),) and found.unread == ("noiseParameters",)


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        (HEAD + "x\tc\t1\t400\t1\n", BadRecord, r"row 2: got the observable 'x'"),
        (HEAD + "t\tc\t1\tNaN\t1\n", BadRecord, r"row 2: measurement: got 'NaN'"),
        (HEAD + "t\tc\t1,5\t400\t1\n", BadRecord, r"row 2: time: got '1,5'"),
        (HEAD + "t\tc\t\t400\t1\n", BadRecord, r"row 2: time: got ''"),
        (HEAD + "t\tc\t1\t400\n", BadRecord, r"row 2: got 4 cells; expected 5"),
        (HEAD + "t\tc\t1\t1e9\t1\n", ly.LeydigError, r"row 2"),
        (HEAD.replace("time", "Zeit"), BadRecord, r"expected observableId, time, measurement"),
        ("", BadRecord, r"measurements\.tsv"),
        (HEAD.replace("noiseParameters", "time"), BadRecord, r"each once"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_row(tmp_path, text, error, said):
    with pytest.raises(error, match=said):
        read_petab(write(tmp_path, text), T, "days")


def test_a_unit_of_something_else_and_an_unknown_experiment_are_refused(tmp_path):
    path = write(tmp_path, "observableId\texperimentId\ttime\tmeasurement\nt\te1\t1\t400\n")
    with pytest.raises(WrongUnit, match="row 2"):
        read_petab(path, {"t": "testosterone mL"}, "days")
    with pytest.raises(UnknownName, match="row 2"):
        read_petab(path, {"t": "testosterne ng/dL"}, "days")
    other = write(tmp_path, "experimentId\ttime\tconditionId\ne2\t-inf\tc\ne2\t24\td\n", "experiments.tsv")
    with pytest.raises(BadRecord, match="got the experiment 'e1'"):
        read_petab(path, T, "hours", other)
    same = write(tmp_path, "experimentId\ttime\tconditionId\ne1\t24\td\ne1\t-inf\tc\n", "experiments.tsv")
    assert read_petab(path, T, "hours", same).periods == {"e1": ((-np.inf, "c"), (1.0, "d"))}
