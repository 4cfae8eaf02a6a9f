"""What a record is made of meets its check at the door of the record, not inside an assessment."""

import pytest

import leydig as ly
from leydig.errors import BadRecord
from leydig.record.medicine import Medicine
from leydig.record.record import Override, Record, Result, Treatment

LH = Result("lh", 3.4, "2026-03-02", "IU/L")
GIVEN = Treatment(ly.Regimen("anastrozole 1 mg daily"), "2026-03-02")


@pytest.mark.parametrize("regimen", ["anastrozole 1 mg daily", None, 3])
def test_a_treatment_is_a_regimen(regimen):
    with pytest.raises(BadRecord, match="expected a Regimen"):
        Treatment(regimen, "2026-03-02")


@pytest.mark.parametrize(
    "parts",
    [{"results": [{"name": "lh"}]}, {"results": LH}, {"results": "lh"}, {"treatments": ("anastrozole 1 mg daily",)}, {"treatments": [LH]},
     {"medicines": ("finasteride",)}, {"medicines": [GIVEN]}, {"overrides": [("lift.KARYOTYPE", 1.0, "declined")]}, {"results": 3}],
)  # fmt: skip
def test_a_record_holds_results_treatments_medicines_and_overrides(parts):
    with pytest.raises(BadRecord, match="expected a list of"):
        Record("male", "1990-01-01", **parts)


def test_lists_and_what_is_read_once_are_taken_in_order():
    later = Result("lh", 4.0, "2026-03-09", "IU/L")
    record = Record("male", "1990-01-01", (one for one in (later, LH)), [GIVEN], [Override("lift.KARYOTYPE", 1.0, "declined")],
                    medicines=[Medicine("zinc", "2026-03-02")])  # fmt: skip
    assert record.results == (LH, later) and record.treatments == (GIVEN,) and len(record.overrides) == 1


def test_one_protocol_may_be_named_alone():
    record = Record("male", "1990-01-01", (LH,))
    assert [one.protocol for one in ly.compare_protocols(record, "clomiphene").sides] == ["clomiphene"]
    assert len(repr(ly.compare_protocols(record, ["clomiphene", "anastrozole"]))) < 200


def test_a_protocol_is_shown_in_a_line():
    assert repr(ly.read_protocol("anastrozole", "aua")).startswith(
        "Protocol(anastrozole 1.0.0, region aua: anastrozole; "
    )
    assert len(repr(ly.read_protocol("anastrozole"))) < 120
