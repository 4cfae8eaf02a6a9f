"""Records from JSON and from a table, and back; a wrong row is named by its line."""

import datetime as dt
import json

import pytest
from assessment.men import treated

import leydig as ly
from leydig.assessment.assess import assess
from leydig.record.files import as_json, from_json, read_record


def test_a_record_comes_back_from_json_to_the_byte():
    record, day = treated(estradiol=15.0)
    again = from_json(json.loads(json.dumps(as_json(record))))
    assert again == record
    assert assess(again, on=day).text() == assess(record, on=day).text()


def test_a_record_as_a_table(tmp_path):
    path = tmp_path / "man.csv"
    path.write_text(
        "name,value,unit,date,time,assay,stop\n"
        "sex,male,,,,,\nborn,1991-04-02,,,,,\ngoal,a child,,,,,\n"
        "testosterone,280,ng/dL,2026-02-20,08:05,,\nestradiol,<5,pg/mL,2026-02-20,08:05,LC-MS/MS,\n"
        "consent,yes,,2026-02-20,,,\ntreatment,anastrozole 0.5 mg twice weekly,,2026-03-01,,,2026-04-01\n",
        encoding="utf-8",
    )
    record = read_record(path)
    assert record.of("estradiol")[0].comparator == "<" and record.of("estradiol")[0].specific
    assert record.of("consent")[0].value is True
    assert record.treatments[0].stop == dt.date(2026, 4, 1) and record.goals == ("a child",)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("testosterone,280,,2026-02-20", "line 3: got testosterone without a unit"),
        ("testosterone,280,IU/L,2026-02-20", "line 3: got testosterone in 'IU/L'"),
        ("testosterne,280,ng/dL,2026-02-20", "Did you mean"),
        ("testosterone,high,ng/dL,2026-02-20", "a number"),
        ("testosterone,280,ng/dL,20.2.2026", "YYYY-MM-DD"),
        ("consent,perhaps,,2026-02-20", "yes or no"),
        ("treatment,anastrozole often,,2026-02-20", "line 3"),
    ],
)
def test_a_wrong_row_is_named_by_its_line(row, said, tmp_path):
    path = tmp_path / "man.csv"
    path.write_text(f"name,value,unit,date\nsex,male,,\n{row}\n", encoding="utf-8")
    with pytest.raises(ly.LeydigError) as refused:
        read_record(path)
    assert said in str(refused.value)


def test_a_wrong_entry_of_json_is_named_by_its_place():
    with pytest.raises(ly.WrongUnit, match=r"results\[1\]: got estradiol without"):
        from_json({"sex": "male", "results": [{"name": "lh", "value": 3, "unit": "IU/L", "date": "2026-01-01"},
                                              {"name": "estradiol", "value": 30, "date": "2026-01-01"}]})  # fmt: skip
    with pytest.raises(ly.BadRecord, match="key 'labs'"):
        from_json({"sex": "male", "labs": []})
