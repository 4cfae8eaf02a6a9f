"""A table of 100,000 rows of 1,000 people is read and checked in 2 s of processor time."""

import time

import numpy as np
import pytest

import leydig as ly


@pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")
def test_a_hundred_thousand_rows_are_read_in_two_seconds(tmp_path):
    rng = np.random.default_rng(1)
    rows = ["ID,TIME,EVID,AMT,CMT,II,ADDL,MDV,DV,DVID,CENS,WT"]
    for person in range(1000):
        for number, hour in enumerate(np.sort(rng.uniform(0.0, 2000.0, 100))):
            dose = f"1,1,1,0,0,1,.,.,0,{person}.5"
            seen = f"0,.,1,.,.,0,{rng.uniform(200, 800):.2f},1,0,{person}.5"
            rows.append(f"{person + 1},{hour:.5f},{dose if number % 2 else seen}")
    path = tmp_path / "many.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    spent = []
    while len(spent) < 3 and min(spent, default=9.0) >= 2.0:  # a machine that does other work too may take longer once
        begin = time.process_time()
        table = ly.read_events(path, time="hours", drugs={1: "anastrozole"}, analytes={1: "testosterone ng/dL"})
        spent.append(time.process_time() - begin)
    assert (len(table), table.report.rows, table.report.doses) == (1000, 100_000, {"anastrozole": 50_000})
    assert len(table["7"].regimen.doses) == 50 == len(table["7"].observations)
    assert min(spent) < 2.0
