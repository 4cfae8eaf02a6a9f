"""A trial as ADSL, ADLB, ADEX and an event table: nothing of the ledger is lost, and doses come back as they were taken."""

import datetime as dt
import json
import re

import numpy as np
import pandas
import pytest
from typer.testing import CliRunner

import leydig as ly
from leydig.cli.main import app
from leydig.exchange.adam import write_trial_tables
from leydig.exchange.adam.columns import ADEX, ADLB, ADSL, TABLES
from leydig.exchange.adam.rows import exposure_rows, laboratory_rows, parameter_code, subject_rows
from leydig.record.quantity import QUANTITIES, QuantityKind
from leydig.trial import run
from leydig.trial.design.trial_file import trial_from
from leydig.trial.ledger.ledger import HashChain
from leydig.trial.ledger.read import read_ledger, schedule_of_record

CONTENT = {
    "name": "small", "n": 6, "days": 150, "seed": 3, "kind": "obesity", "bmi": [28, 45],
    "adherence": {"taken": 0.9, "dropout": 0.05},
    "arm": [{"name": "titrated", "protocol": "anastrozole"}, {"name": "nothing", "regimen": ""},
            {"name": "two", "regimen": "anastrozole 1 mg daily + hcg 1500 IU twice weekly for 8 weeks"}],
}  # fmt: skip
TRIAL = trial_from(CONTENT)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    found = tmp_path_factory.mktemp("adam") / "ledger.jsonl"
    run(TRIAL, workers=1, size=16, ledger=found)
    return found


@pytest.fixture(scope="module")
def ledger(path):
    return read_ledger(path)


@pytest.fixture(scope="module")
def folder(path, tmp_path_factory):
    found = tmp_path_factory.mktemp("tables")
    write_trial_tables(path, found)
    return found


def of_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def forged(path, target, change):
    """Write a ledger whose first man is changed, under a seal that holds it."""
    lines = of_lines(path)
    change(lines[1])
    chain, texts = HashChain(), []
    for line in lines[:-1]:
        texts.append(json.dumps(line, ensure_ascii="ledger" in line, sort_keys=True))
        chain.add(texts[-1].encode())
    lines[-1]["seal"]["chain"] = str(chain)
    target.write_text("\n".join([*texts, json.dumps(lines[-1], sort_keys=True)]) + "\n", encoding="utf-8")
    return target


# The ledger ----------------------------------------------------------------------------------------------


def test_a_ledger_is_read_whole(path, ledger):
    lines = of_lines(path)
    assert ledger.trial == TRIAL and ledger.screened == lines[-1]["seal"]["screened"]
    assert [(one.man, one.arm.name, one.ended, list(one.missed)) for one in ledger.entries] == [
        (line["man"], line["arm"], line["ended"], line["missed"]) for line in lines[1:-1]
    ]


@pytest.mark.parametrize("cut", [slice(0, 5), slice(0, -1), slice(0, 1), slice(1, None), slice(0, 0)])
def test_a_ledger_that_was_cut_is_not_exported(path, tmp_path, cut):
    other = tmp_path / "ledger.jsonl"
    other.write_text("".join(f"{line}\n" for line in path.read_text(encoding="utf-8").splitlines()[cut]))
    with pytest.raises(ly.LeydigError, match=r"ledger\.jsonl"):
        write_trial_tables(other, tmp_path / "tables")
    assert not (tmp_path / "tables").exists()


def test_a_changed_value_breaks_the_seal(path, tmp_path):
    other = tmp_path / "ledger.jsonl"
    changed = re.sub(
        r'"value": ([\d.]+)', lambda one: f'"value": {float(one[1]) + 1.0}', path.read_text("utf-8"), count=1
    )
    other.write_text(changed, encoding="utf-8")
    with pytest.raises(ly.LeydigError, match="cut or changed"):
        read_ledger(other)


def test_a_line_that_is_no_man_is_named(path, tmp_path):
    other = forged(path, tmp_path / "ledger.jsonl", lambda line: line.pop("record"))
    with pytest.raises(ly.LeydigError, match=r"line 2: got no man"):
        read_ledger(other)


# ADSL ----------------------------------------------------------------------------------------------------


def test_every_man_has_a_row_in_each_arm_and_the_rows_say_how_he_ended(ledger, path):
    rows = subject_rows(ledger)
    assert len(rows) == 18 and len({row["USUBJID"] for row in rows}) == 18 and len({row["SUBJID"] for row in rows}) == 6
    assert [row["ID"] for row in rows] == list(range(1, 19))
    left = [line["ended"] == "left the trial" for line in of_lines(path)[1:-1]]
    assert any(left) and not all(left)
    assert [row["DROPFL"] == "Y" for row in rows] == left
    assert [row["EOSSTT"] == "DISCONTINUED" for row in rows] == left
    assert {row["SAFFL"] for row in rows if row["ARM"] == "nothing"} == {"N"}
    assert {row["SAFFL"] for row in rows if row["ARM"] == "two"} == {"Y"}
    assert {row["RANDFL"] for row in rows} == {"N"}


def test_a_man_who_was_not_solved_is_counted_and_flagged(path, tmp_path):
    other = forged(path, tmp_path / "ledger.jsonl", lambda line: line.update(ended="not solved: steps too short"))
    found = write_trial_tables(other, tmp_path / "tables", ["csv"])
    row = pandas.read_csv(tmp_path / "tables" / "adsl.csv").iloc[0]
    assert (row["SOLVFL"], row["EOSSTT"], row["DCSREAS"]) == ("N", "DISCONTINUED", "not solved: steps too short")
    arms = found.arms
    assert [arms[name]["not_solved"] for name in ("titrated", "nothing", "two")] == [1, 0, 0]
    for counts in arms.values():
        assert counts["assigned"] == 6 == counts["completed"] + counts["left"] + counts["not_solved"]


def test_treatment_that_was_stopped_for_good_names_the_rule(ledger, path):
    rows = {row["USUBJID"]: row for row in subject_rows(ledger)}
    stopped = 0
    for line in of_lines(path)[1:-1]:
        decided = [visit for visit in line["visits"] if visit["rule"]]
        row = rows[f"small-{line['man']}-A{[a['name'] for a in CONTENT['arm']].index(line['arm']) + 1}"]
        if line["arm"] == "titrated" and not line["ended"]:
            off = bool(decided) and decided[-1]["regimen"] == "nothing"
            stopped += off
            assert row["EOTSTT"] == ("DISCONTINUED" if off else "COMPLETED")
            assert row.get("DCTREAS") == (decided[-1]["rule"] if off else None)
    assert stopped


# ADLB ----------------------------------------------------------------------------------------------------


def test_every_level_of_the_record_is_a_row_in_its_unit(ledger):
    rows = list(laboratory_rows(ledger))
    kinds = (QuantityKind.ANALYTE, QuantityKind.LEVEL)
    wanted = [(one.man, result.name, result.date, result.standard_value) for one in ledger.entries
              for result in one.record.results
              if QUANTITIES[result.name].kind in kinds and result.name not in ("age", "bmi")]  # fmt: skip
    codes = {parameter_code(name): name for name in QUANTITIES}
    assert [(row["SUBJID"], codes[row["PARAMCD"]], row["ADT"], row["AVAL"]) for row in rows] == wanted
    assert all(row["AVALU"] == QUANTITIES[codes[row["PARAMCD"]]].unit for row in rows)


def test_codes_of_parameters_are_their_own():
    levels = [one.name for one in QUANTITIES.values() if one.kind in (QuantityKind.ANALYTE, QuantityKind.LEVEL)]
    codes = [parameter_code(name) for name in levels]
    assert len(set(codes)) == len(codes) and max(map(len, codes)) == 8


def test_baseline_is_the_last_value_before_treatment_and_change_counts_from_it(ledger):
    frame = pandas.DataFrame(list(laboratory_rows(ledger)))
    for _, own in frame.groupby(["USUBJID", "PARAMCD"]):
        before = own[own["ADT"] < TRIAL.start]
        assert (own["ABLFL"] == "Y").sum() == (len(before) > 0)
        assert own[own["ABLFL"] == "Y"].index.tolist() == before.index[-1:].tolist()
        after = own[own["ADT"] >= TRIAL.start]
        assert before["CHG"].isna().all()
        if len(before):
            base = before["AVAL"].iloc[-1]
            assert (own["BASE"] == base).all()
            read = after[after["LIMFL"].isna()] if pandas.isna(before["LIMFL"].iloc[-1]) else after[:0]
            assert np.allclose(read["CHG"], read["AVAL"] - base) and read["CHG"].notna().all()
            assert after.drop(read.index)["CHG"].isna().all()
    assert frame["CHG"].notna().sum() > 100 and (frame["AVISITN"] != 0).all()


def test_a_limit_is_no_value_to_subtract(path, tmp_path):
    def below(line):
        for result in line["record"]["results"]:
            if result["name"] == "estradiol" and result["date"] >= "2026-01-05":
                result["value"] = "<5.0"

    rows = list(laboratory_rows(read_ledger(forged(path, tmp_path / "ledger.jsonl", below))))
    own = [row for row in rows if row["USUBJID"].endswith("-A1") and row["SUBJID"] == rows[0]["SUBJID"]
           and row["PARAMCD"] == "ESTRADIO" and row["AVISITN"] > 0]  # fmt: skip
    assert own and {(row["AVAL"], row["AVALC"], row["LIMFL"]) for row in own} == {(5.0, "<5", "B")}
    assert all("CHG" not in row and row["BASE"] > 0 for row in own)


def test_study_days_have_no_day_0(ledger):
    days = {(row["ADT"] - TRIAL.start).days: row["ADY"] for row in laboratory_rows(ledger)}
    assert days[-35] == -35 and days[-7] == -7
    assert all(day == (since + 1 if since >= 0 else since) for since, day in days.items())


# ADEX ----------------------------------------------------------------------------------------------------


def test_exposure_counts_what_was_due_missed_and_taken(ledger):
    frame = pandas.DataFrame(list(exposure_rows(ledger)))
    two = frame[(frame["ARM"] == "two") & (frame["EXTRT"] == "hcg")]
    whole = two[two["AENDT"] == TRIAL.date(55)]  # 8 weeks
    assert len(whole) and (whole["EXPLAN"] == 16).all() and (whole["AENDY"] == 56).all()
    assert np.allclose(frame["EXCUM"], frame["EXDOSE"] * (frame["EXPLAN"] - frame["EXMISS"]))
    for one in ledger.entries:
        given = schedule_of_record(TRIAL, one.record, one.missed).schedule(float(TRIAL.days)).doses
        own = frame[(frame["SUBJID"] == one.man) & (frame["ARM"] == one.arm.name)]
        assert own.groupby("EXTRT")["EXCUM"].sum().to_dict() == {
            drug: float(amounts.sum()) for drug, (_, amounts) in sorted(given.items())
        }
    assert frame["EXMISS"].sum() > 10


def test_an_infusion_has_an_amount_and_no_doses(path, tmp_path):
    def infuse(line):
        line["record"]["treatments"] = [
            {"regimen": "testosterone infusion 6 mg/day continuous", "start": "2026-01-05", "stop": "2026-01-25"}
        ]
        line["missed"] = [3, 4]

    first = next(exposure_rows(read_ledger(forged(path, tmp_path / "ledger.jsonl", infuse))))
    assert first["EXCUM"] == pytest.approx(18 * 6.0) and "EXPLAN" not in first
    assert (first["ASTDT"], first["AENDT"]) == (dt.date(2026, 1, 5), dt.date(2026, 1, 24))


# Files ---------------------------------------------------------------------------------------------------


def test_csv_and_parquet_hold_the_same_and_the_dictionary_names_every_column(folder):
    from pyarrow import parquet

    dictionary = pandas.read_csv(folder / "dictionary.csv")
    for name, columns in TABLES.items():
        plain, table = pandas.read_csv(folder / f"{name}.csv"), parquet.read_table(folder / f"{name}.parquet")
        assert list(plain) == table.column_names == [one.name for one in columns]
        assert dictionary[dictionary["DATASET"] == name.upper()]["VARIABLE"].tolist() == table.column_names
        assert [table.schema.field(one.name).metadata[b"label"].decode() for one in columns] == [
            one.label for one in columns
        ]
        rows = table.to_pylist()
        assert len(rows) == len(plain)
        for one in columns:
            mine = [str(row[one.name]) for row in rows if row[one.name] is not None]
            theirs = plain[one.name].dropna()
            if one.type in ("number", "whole"):
                assert [float(value) for value in mine] == theirs.tolist(), one.name
            else:
                assert len(mine) == len(theirs), one.name
    assert dictionary["LABEL"].notna().all() and set(dictionary["TYPE"]) == {"text", "number", "whole", "date"}


def test_columns_that_rows_fill_are_declared(ledger):
    for rows, columns in ((subject_rows(ledger), ADSL), (laboratory_rows(ledger), ADLB), (exposure_rows(ledger), ADEX)):
        names = {one.name for one in columns} | {"ARMCD"}
        assert set().union(*rows) <= names


@pytest.mark.parametrize("time", ["days", "hours"])
def test_the_event_table_gives_the_same_doses_and_levels(ledger, folder, path, tmp_path, time):
    write_trial_tables(ledger, tmp_path, ["csv"], time)
    table = ly.read_events(tmp_path / "events.csv")
    assert len(table) == len(ledger.entries)
    for number, one in enumerate(ledger.entries, 1):
        person, first = table[number], (TRIAL.start - one.record.results[0].date).days
        own = schedule_of_record(TRIAL, one.record, one.missed).delay(first).schedule(float(TRIAL.days + first))
        again = person.regimen.schedule(float(TRIAL.days + first))
        assert {drug: (t.tolist(), a.tolist()) for drug, (t, a) in again.doses.items()} == {
            drug: (t.tolist(), a.tolist()) for drug, (t, a) in own.doses.items()
        }
        seen = person.observations[person.observations["name"] == "testosterone"]
        read = one.record.of("testosterone")
        assert seen["value"].tolist() == [result.standard_value for result in read]
        assert seen["day"].tolist() == [float((result.date - TRIAL.start).days + first) for result in read]
        assert not seen["after_dose"].any()
        assert person.age == one.record.of("age")[0].standard_value


def test_the_command_writes_what_the_library_writes(path, folder, tmp_path):
    result = CliRunner().invoke(app, ["trial", "export", str(path), "--out", str(tmp_path / "tables"), "--json"])
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["arms"]["two"]["treated"] == 6 and said["rows"]["adsl"] == 18
    for file in folder.iterdir():
        if file.suffix == ".csv":
            assert (tmp_path / "tables" / file.name).read_bytes() == file.read_bytes()
    assert {file.name for file in folder.iterdir()} == {file.name for file in (tmp_path / "tables").iterdir()}


def test_an_unknown_format_is_refused_before_anything_is_written(path, tmp_path):
    result = CliRunner().invoke(app, ["trial", "export", str(path), "--out", str(tmp_path / "t"), "--format", "xpt"])
    assert result.exit_code and "csv" in result.output and not (tmp_path / "t").exists()
