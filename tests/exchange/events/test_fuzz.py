"""Whatever a file holds, it is read or refused in words: never a traceback, never half a table."""

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

import leydig as ly
from leydig.errors import LeydigError

NAMES = ["ID", "TIME", "EVID", "AMT", "RATE", "DUR", "II", "ADDL", "SS", "CMT", "DRUG", "ROUTE", "DV", "DVID", "ANALYTE", "UNIT",
         "CENS", "LIMIT", "LLOQ", "BLQ", "MDV", "DATE", "DATETIME", "TIMEUNIT", "C", "AGE", "LAGT", "wt"]  # fmt: skip
CELL = st.one_of(
    st.sampled_from(["", ".", "0", "1", "2", "-1", "-2", "3", "4", "24", "0.5", "1e9", "1e999", "NaN", "Infinity", "1,5", "0x1",
                     "anastrozole", "hcg", "gonadorelin", "testosterone infusion", "sc", "testosterone", "ng/dL", "IU/L", "hours",
                     "08:00", "2026-03-02", "2026-02-30", "2026-03-02 08:00", "٣", "\0", '"', "\u202e"]),
    st.text(max_size=4),
)  # fmt: skip


@st.composite
def tables(draw):
    names = ["ID", "TIME", *draw(st.lists(st.sampled_from(NAMES), max_size=8))]
    rows = draw(st.lists(st.lists(CELL, min_size=len(names), max_size=len(names)), min_size=1, max_size=4))
    ragged = draw(st.booleans())
    lines = [",".join(names), *(",".join(row[: -1 if ragged and number else None]) for number, row in enumerate(rows))]
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines).encode("utf-8", "surrogatepass")


def outcome(content, time):
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", ly.LeydigWarning)
        path = Path(folder) / "fuzz.csv"
        path.write_bytes(content)
        try:
            table = ly.read_events(
                path, time=time, drugs={1: "anastrozole", 2: "hcg"}, analytes={1: "testosterone ng/dL"}
            )
        except LeydigError as error:
            assert "fuzz.csv" in str(error) and "expected" in str(error)
            return
        for subject in table.values():  # what was read can be used
            for episode in subject.episodes:
                assert len(episode.observations) >= 0 and episode.regimen is not None


@settings(max_examples=80, deadline=None)
@given(tables(), st.sampled_from([None, "days", "hours"]))
def test_tables_of_strange_cells_are_read_or_refused(content, time):
    outcome(content, time)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(content):
    outcome(content, "days")
    outcome(b"ID,TIME,AMT\n" + content, "days")
