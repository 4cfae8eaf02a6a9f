"""Record files: read strictly, refused with the path of the fault, and never read in another way than they were meant."""

import copy
import datetime as dt
import json
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import leydig as ly
from leydig.errors import BadRecord, LeydigError
from leydig.json_file import json_line
from leydig.record.files import as_json, from_json, read_record
from leydig.record.record import Result, Treatment

VALID = {
    "id": "17", "sex": "male", "born": "1991-04-02", "goals": ["a child"],
    "results": [
        {"name": "testosterone", "value": 280, "unit": "ng/dL", "date": "2026-02-20", "time": "08:05", "low": 264,
         "high": 916, "assay": "LC-MS/MS"},
        {"name": "estradiol", "value": "<5", "unit": "pg/mL", "date": "2026-02-20", "note": "fasting"},
        {"name": "bmi", "value": 28.5, "unit": "kg/m2", "date": "2026-02-20"},
        {"name": "consent", "value": True, "date": "2026-02-20"},
    ],
    "treatments": [{"regimen": "anastrozole 0.5 mg twice weekly", "start": "2026-03-01", "stop": "2026-04-01"}],
    "overrides": [{"what": "ceiling.anastrozole", "value": 3.5, "reason": "low estradiol"}],
}  # fmt: skip
TEXT = json.dumps(VALID)
HEAD = "name,value,unit,date"
LATER = (dt.date.today() + dt.timedelta(3653)).isoformat()


@pytest.fixture
def read(tmp_path):
    """Read a text as a record file."""

    def reading(text, ending="json"):
        path = tmp_path / f"man.{ending}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return read_record(path)

    return reading


@pytest.fixture
def refused(read):
    """Return what the reading of a text says; it must be one line that names what came and what is expected."""

    def saying(text, ending="json"):
        with pytest.raises(LeydigError) as error:
            read(text, ending)
        said = str(error.value).splitlines()[0]
        assert isinstance(error.value, ly.BadRegimen) or ("got " in said and "expected " in said)
        assert len(said) < 900
        return said

    return saying


def changed(path, value):
    """Return the valid record as text with one entry in place of another."""
    content = copy.deepcopy(VALID)
    at = content
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return json.dumps(content)


# JSON -------------------------------------------------------------------------------------------------


def test_a_valid_record_is_read_whole(read):
    record = read(TEXT)
    assert as_json(record) == {**VALID, "results": [{**VALID["results"][0], "value": 280.0, "low": 264.0, "high": 916.0},
                                                    *VALID["results"][1:]]} | {"results": as_json(record)["results"]}  # fmt: skip
    assert record.of("testosterone")[0].time == dt.time(8, 5) and record.of("estradiol")[0].bounds[1] < 5.0
    assert from_json(json.loads(json.dumps(as_json(record)))) == record
    assert read("\ufeff" + TEXT) == record and read(json.dumps(VALID, indent=2).replace("\n", "\r\n")) == record


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"value": 280', '"value": 280, "value": 820', "results[0].value: got the key twice"),
        ('"sex": "male"', '"sex": "female", "sex": "male"', "sex: got the key twice"),
        ('"low": 264', '"low": NaN', "results[0].low: got NaN"),
        ('"value": 280', '"value": Infinity', "results[0].value: got Infinity"),
        ('"value": 280', '"value": -Infinity', "results[0].value: got -Infinity"),
        ('"value": 280', '"value": 1e999', "results[0].value: got 1e999"),
        ('"value": 280', '"value": ' + "9" * 5000, "results[0].value: got a number of 5000 digits"),
        ('"value": 280', '"value": ' + "9" * 39, "results[0]: got testosterone"),
        ('"value": 280', '"value": "2_80"', "results[0].value: got '2_80'"),
        ('"value": 280', '"value": "280\u0660"', "results[0].value"),
        ('"value": 280', '"value": "28,5"', "Write 28.5 or 285."),
        ('"value": 280', '"value": "nan"', "results[0].value: got 'nan'"),
        ('"value": 280', '"value": true', "results[0].value: got True"),
        ('"value": 280', '"value": [280]', "results[0].value: got [280]"),
        ('"value": 280', '"value": null', "results[0].value: got nothing"),
        ('"ng/dL"', '"ng/dL\\u0000"', "results[0].unit: got the invisible character U+0000"),
        ('"ng/dL"', '"ng\u200b/dL"', "results[0].unit: got the invisible character U+200B (ZERO WIDTH SPACE)"),
        ('"ng/dL"', '"ng/dL\\n"', "results[0].unit: got the invisible character U+000A"),
        ('"fasting"', '"fast\\u202eing"', "results[1].note: got the invisible character U+202E"),
        ('"fasting"', '"\\ud800"', "results[1].note: got the invisible character U+D800"),
        ('"unit": "kg/m2"', '"unit": "kg/m2", "units": "x"', "results[2]: got key 'units'"),
        ('"sex"', '"s\u200dex"', "got key"),
        ('"08:05"', '"08:05+02:00"', "results[0].time: got '08:05+02:00'"),
        ('"08:05"', '"25:05"', "results[0].time: got '25:05'"),
        ('"2026-02-20"', '"2026-02-30"', "results[0].date"),
        ('"2026-02-20"', '"20260220"', "results[0].date: got '20260220'; expected a date"),
        ('"2026-02-20"', '"2026-W08-5"', "results[0].date"),
        ('"2026-02-20"', f'"{LATER}"', "Check the year"),
        ('"2026-02-20"', "20260220", "results[0].date: got 20260220; expected text"),
        ('"1991-04-02"', '"0001-01-01"', "born"),
        ('"1991-04-02"', f'"{LATER}"', "born"),
        ('"stop": "2026-04-01"', '"stop": "2026-02-01"', "treatments[0]: got treatment"),
        ('"stop": "2026-04-01"', '"stop": "2199-04-01"', "treatments[0].stop"),
        ('"anastrozole 0.5', '"anastrozole half a', "treatments[0].regimen"),
        ('"value": 3.5', '"value": NaN', "overrides[0].value: got NaN"),
        ('"reason": "low estradiol"', '"reason": " "', "overrides[0]: got override 'ceiling.anastrozole' without a reason"),
        ('"a child"', "7", "goals[0]: got 7"),
        ('["a child"]', '"a child"', "goals: got no list"),
        ('"male"', "1", "sex: got 1"),
        ('"consent", "value": true', '"consent", "value": true, "unit": "mg"', "results[3]: got unit 'mg' of consent"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_json_is_named_by_its_path(old, new, said, refused):
    assert old in TEXT
    assert said in refused(TEXT.replace(old, new, 1))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("results", 2, "value"), "28,5", '"28,5"'),
        (("results", 3, "units"), "mg", '"units"'),
        (("treatments", 0, "start"), "soon", '"soon"'),
        (("sex",), 1, '"sex"'),
        (("born",), "1991", '"born"'),
        (("overrides", 0, "value"), None, '"value": null'),
    ],
)
def test_what_is_wrong_in_json_is_named_by_its_line_too(path, value, said, refused):
    text = json.dumps(json.loads(changed(path, value)), indent=1)
    line = 1 + next(number for number, one in enumerate(text.splitlines()) if said in one)
    assert refused(text).startswith(f"man.json, line {line}: ")


def test_what_is_missing_in_json_is_named_by_the_line_of_its_object(refused):
    text = TEXT.replace('"date": "2026-02-20", "note"', '\n"note"').replace(
        '{"name": "estradiol"', '\n\n{"name": "estradiol"'
    )
    assert refused(text).startswith("man.json, line 3: results[1].date: got nothing; expected name, value, date.")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("a",), 2),
        (("b",), 3),
        (("b", 1), 4),
        (("b", 1, "x{"), 5),
        (("b", 2), 6),
        (("c", "none"), 7),
        (("d",), 1),
    ],
)
def test_the_line_of_a_value_is_counted_past_everything_before_it(place, line):
    text = '{\n"a": "],\\"{",\n"b": [[],\n{"y": {},\n"x{": 1}, \n"c"],\n"c": {"p": null}}'
    assert json.loads(text)["b"][2] == "c" and json_line(text, place) == line


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"results":' * 5000, "[" * 30 + "]" * 30, "", "null", "[]", '"male"', "{", TEXT[:-1], TEXT + "}",
     "\x00" + TEXT, b"\xff\xfe" + TEXT.encode("utf-16-le"), b"\x80" * 40, b"PK\x03\x04" + bytes(range(256))],
)  # fmt: skip
def test_what_is_no_record_is_refused_in_one_line(text, refused):
    refused(text)


def test_a_file_without_end_is_not_read(read, tmp_path, monkeypatch):
    monkeypatch.setattr("leydig.json_file.LARGEST", 1000)
    with pytest.raises(BadRecord, match="more than 1,000 bytes"):
        read(TEXT + " " * 1000)
    with pytest.raises(BadRecord, match="Is a directory"):
        folder = tmp_path / "folder.json"
        folder.mkdir()
        read_record(folder)
    with pytest.raises(BadRecord, match="No such file"):
        read_record(tmp_path / "none.json")


def test_the_command_ends_with_3_and_one_line(tmp_path):
    path = tmp_path / "man.json"
    path.write_text("[" * 100_000, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "leydig", "protocol", "assess", str(path)], capture_output=True, text=True
    )
    assert done.returncode == 3 and len(done.stderr.splitlines()) == 1 and "expected at most 20" in done.stderr


def test_a_long_list_of_missed_days_costs_no_time(read):
    began = time.monotonic()
    for last in (40, 30_000, 3_000_000, 10**30):
        try:
            read(changed(("treatments", 0, "regimen"), f"anastrozole 1 mg daily missing days 1 to {last}"))
        except LeydigError:
            assert last > 30_000
    assert time.monotonic() - began < 3.0


# Objects ----------------------------------------------------------------------------------------------


def test_a_result_is_checked_where_it_is_made():
    day = dt.date(2026, 2, 20)
    assert Result("lh", 3.0, dt.datetime(2026, 2, 20, 8, 5), "IU/L").time == dt.time(8, 5)
    assert Result("lh", 3.0, "2026-02-20", "IU/L") == Result("lh", 3.0, day, "IU/L")
    for more in ({"low": float("nan")}, {"high": float("inf")}, {"time": "08:05"}, {"comparator": "<="},
                 {"time": dt.time(8, 5, tzinfo=dt.UTC)}):  # fmt: skip
        with pytest.raises(BadRecord):
            Result("lh", 3.0, day, "IU/L", **more)
    for value, when in ((float("nan"), day), ("3", day), (True, day), (3.0, 20260220), (3.0, "yesterday"),
                        (3.0, dt.datetime(2026, 2, 20, tzinfo=dt.UTC))):  # fmt: skip
        with pytest.raises(BadRecord):
            Result("lh", value, when, "IU/L")
    with pytest.raises(BadRecord, match="later stop"):
        Treatment(ly.Regimen("anastrozole 1 mg daily"), "2026-03-01", "2026-03-01")


def test_seconds_of_a_draw_are_not_lost():
    record = from_json({"sex": "male", "results": [
        {"name": "lh", "value": 3, "unit": "IU/L", "date": "2026-02-20", "time": "08:05:30"}]})  # fmt: skip
    assert record.results[0].time == dt.time(8, 5, 30)
    assert from_json(as_json(record)) == record


# Tables -----------------------------------------------------------------------------------------------


def test_the_export_of_a_german_spreadsheet_is_read(read):
    german = "name;value;unit;date\nsex;male;;\nbmi;28,5;kg/m2;2026-02-20\nestradiol;<5,5;pg/mL;2026-02-20\ngoal;ein Kind, bald;;\n"
    english = 'name,value,unit,date\nsex,male,,\nbmi,28.5,kg/m2,2026-02-20\nestradiol,<5.5,pg/mL,2026-02-20\ngoal,"ein Kind, bald",,\n'  # fmt: skip
    assert read(german, "csv") == read(english, "csv") == read("\ufeff" + german.replace("\n", "\r\n"), "csv")
    assert read(german, "csv").of("bmi")[0].standard_value == 28.5
    assert read(HEAD.replace(",", ";") + "\nbmi;28.5;kg/m2;2026-02-20\n", "csv").of("bmi")[0].standard_value == 28.5
    assert read(HEAD.replace(",", ";") + "\nlh;0,750;IU/L;2026-02-20\n", "csv").of("lh")[0].standard_value == 0.75


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD}\nbmi,28,5,kg/m2,2026-02-20\n", "line 2: got '2026-02-20' in cell 5"),
        (f'{HEAD}\nbmi,"28,5",kg/m2,2026-02-20\n', "line 2, value: got '28,5'"),
        ("name;value;unit;date\ntestosterone;1,200;ng/dL;2026-02-20\n", "may be 1.200 or 1200"),
        ("name;value;unit;date\ntestosterone;1.200;ng/dL;2026-02-20\n", "may be 1.200 or 1200"),
        ("name;value;unit;date\nbmi;28,5;kg/m2;2026-02-20\nlh;3.4;IU/L;2026-02-20\n", "line 3, value: got '3.4' in a table with decimal commas (line 2)"),
        ("name;value,unit;date\n", "line 1: got commas and semicolons"),
        ("name\tvalue\tunit\tdate\n", "line 1: got tabs"),
        ("name,value,unit,date,value\n", "line 1: got column value twice"),
        ("name,value,unit,date,lab\n", "line 1: got column 'lab'"),
        ("name,unit,date\n", "line 1: got no column value"),
        ("", "line 1: got no column name"),
        (f"{HEAD},\nlh,3,IU/L,2026-02-20,extra\n", "line 2: got 'extra' in cell 5"),
        (f"{HEAD}\nsex,male,,\nsex,female,,\n", "line 3: got sex again, as on line 2"),
        (f"{HEAD}\nsex,male,mg,\n", "line 2: got key 'unit'"),
        (f"{HEAD}\ntreatment,anastrozole 1 mg daily,mg,2026-02-20\n", "line 2: got key 'unit'"),
        (f"{HEAD}\nlh,2_8,IU/L,2026-02-20\n", "line 2, value: got '2_8'"),
        (f"{HEAD}\nlh,nan,IU/L,2026-02-20\n", "line 2, value: got 'nan'"),
        (f"{HEAD}\nlh,3,IU\x00/L,2026-02-20\n", "line 2"),
        (f"{HEAD}\nlh,3,IU\u200b/L,2026-02-20\n", "line 2, unit: got the invisible character"),
        (f'{HEAD}\nlh,3,"IU/L,2026-02-20\n', "line 2: got no table"),
        (f'{HEAD}\nlh,3,"IU"/L,2026-02-20\n', "line 2: got no table"),
        (f"{HEAD},note\nlh,3,IU/L,2026-02-20,{'x' * 200_000}\n", "line 2"),
        (f"{HEAD},note\nlh,3,IU/L,2026-02-20,{'x' * 100_000}\n", "line 2, note: got 100,000 characters"),
        (f"{HEAD}\nlh,3,IU/L,{LATER}\n", "line 2, date"),
        (f"{HEAD}\n,3,IU/L,2019-02-20\n", "line 2, name: got nothing"),
        (f"{HEAD}\ntreatment,anastrozole half a mg,,2026-02-20\n", "line 2, value: "),
        (f"{HEAD},stop\ntreatment,anastrozole 1 mg daily,,2026-02-20,2026-02-01\n", "line 2: got treatment"),
        (f"{HEAD}\nborn,{LATER},,\n", "line 2, born: got"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_table_is_named_by_its_line(text, said, refused):
    assert said in refused(text, "csv")


def test_a_text_with_a_line_end_keeps_the_count_of_lines(read, refused):
    text = f'{HEAD},note\nlh,3,IU/L,2026-02-20,"two\nlines"\n'
    assert read(text, "csv").results[0].note == "two\nlines"
    assert "line 4" in refused(text + "lh,3,IU,2026-02-20,\n", "csv")


# Mutations --------------------------------------------------------------------------------------------

LEAVES = [
        ("id",), ("sex",), ("born",), ("goals",), ("goals", 0), ("results",), ("treatments",), ("overrides",),
        *(("results", n, key) for n, one in enumerate(VALID["results"]) for key in one),
        *(("treatments", 0, key) for key in VALID["treatments"][0]), *(("overrides", 0, key) for key in VALID["overrides"][0]),
]  # fmt: skip
STRANGE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
    st.sampled_from(["2_80", "NaN", "1e400", "28,5", "<", ">5", "<<5", "0x10", "\u0663", "2026-02-20T08:00+01:00", "nan", "-0"]),
)  # fmt: skip


def same_or_refused(read, text, ending="json"):
    """A text is refused on purpose, or is a record that writes and reads itself."""
    try:
        record = read(text, ending)
    except LeydigError as error:
        assert str(error).strip()
        return None
    assert from_json(json.loads(json.dumps(as_json(record), allow_nan=False))) == record
    return record


@given(st.sampled_from(LEAVES), STRANGE)
def test_any_value_anywhere_is_refused_or_read_as_it_is(read, path, value):
    record = same_or_refused(read, changed(path, value))
    if record is not None and isinstance(value, float | int) and not isinstance(value, bool) and path[-1] == "value":
        place = path[1] if path[0] == "results" else None
        stored = record.overrides[0].value if place is None else next(
            one for one in record.results if one.name == VALID["results"][place]["name"]).value  # fmt: skip
        assert stored == value


@given(st.data())
def test_broken_bytes_never_end_in_a_raw_error(read, data):
    ending = data.draw(st.sampled_from(["json", "csv"]))
    text = TEXT if ending == "json" else f"{HEAD}\nsex,male,,\nlh,3.4,IU/L,2026-02-20\nconsent,yes,,2026-02-20\n"
    content = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        piece = data.draw(st.one_of(st.binary(max_size=3), st.sampled_from([b",", b'"', b"\x00", b"}", b"[", b";", b"_", b"\xe2\x80\x8b"])))  # fmt: skip
        content[at : at + data.draw(st.integers(0, 3))] = piece
    same_or_refused(read, bytes(content), ending)


@given(st.permutations(range(4)), st.integers(0, 4), st.booleans())
def test_order_of_keys_and_white_space_mean_nothing(read, order, indent, ascii_only):
    content = {key: VALID[key] for key in reversed(VALID)} | {"results": [VALID["results"][n] for n in order]}
    record = read(json.dumps(content, indent=indent or None, ensure_ascii=ascii_only))
    assert set(record.results) == set(read(TEXT).results) and record.treatments == read(TEXT).treatments
