"""Dosing semantics against NONMEM: scenarios of mrgsolve's comparison, on the one-compartment drug that they are of.

Rows and concentrations are those of github.com/mrgsolve/nmtests at commit 5235a69, ``dosing/data/1001.csv`` and
``dosing/results/1001-nm.csv`` (NONMEM prints five digits); the drug is that of ``dosing/1001.ctl``: clearance 1.1, volume 20,
absorption 1.5 per hour, lag and availability (``LAGT``, ``BIOAV``) of compartment 2 alone. Here compartments are drugs of the
catalogue that may be given so, at a thousandth of the amounts, which keeps them below their labels.
"""

import math

import pytest

import leydig as ly

CL, V, KA = 1.1, 20.0, 1.5
K = CL / V
SCALE = 1e-3
HEAD = "ID,TIME,EVID,AMT,CMT,SS,II,ADDL,RATE,LAGT,BIOAV\n"

CALCULATED = {  # number in the file: its dose rows (time, evid, amt, cmt, ii, addl, rate), and concentrations by hour
    1: ([(0, 1, 100, 1, 24, 3, 0)], {1: 3754.4, 12: 2682.6, 24: 1386.5, 25: 5066.8, 48: 1756.9, 73: 5511, 96: 1882.3, 130: 290.1}),
    3: ([(0, 1, 100, 2, 24, 3, 10)],
        {1: 486.5, 10: 3845.9, 11: 3640.1, 24: 1780.7, 34: 4873.3, 58: 5147.7, 82: 5221.1, 96: 2417.4, 130: 372.58}),
    6: ([(0, 1, 100, 1, 24, 3, 8.33333333333333)],
        {1: 196.84, 12: 3511.2, 13: 3531.9, 24: 1963.8, 36: 4526.2, 60: 4797.3, 84: 4869.7, 96: 2666.0, 130: 410.89}),
    20: ([(0, 1, 100, 1, 12, 2, 50), (50, 4, 120, 1, 12, 3, 0)],
         {1: 1181.0, 2: 3271.1, 6: 3940.3, 12: 2835.7, 24: 4301.4, 36: 5058.9, 49: 2474.8, 50: 0.0, 51: 4505.3, 56: 4477.0,
          62: 3219.1, 74: 4883.0, 86: 5742.9, 98: 6187.4, 130: 1064.5}),
    26: ([(0, 1, 100, 1, 12, 3, 50), (50, 3, 0, 2, 0, 0, 0), (54, 1, 120, 1, 16, 2, 0)],
         {1: 1181.0, 12: 2835.7, 36: 5058.9, 48: 5450.4, 49: 5158.7, 50: 0.0, 53: 0.0, 54: 0.0, 55: 4505.3, 60: 4477.0, 70: 2583.4,
          86: 3655.0, 100: 4576.1, 130: 878.84}),
}  # fmt: skip
REFUSED = {  # the first dose row: evid, amt, cmt, ss, ii, addl, rate, lag, availability
    2: (1, 100, 2, 0, 24, 3, 0, 12.13, 2.23), 4: (1, 480, 2, 0, 0, 0, 10, 0, 0.5), 5: (1, 480, 2, 0, 0, 0, -2, 0, 0.5),
    7: (1, 100, 2, 0, 24, 3, 10, 4.15, 1), 8: (1, 100, 2, 0, 24, 3, 10, 3.25, 0.412), 9: (1, 100, 2, 1, 24, 3, 10, 3.16, 0.412),
    10: (1, 100, 2, 1, 12, 4, 2, 0, 0.812), 11: (1, 100, 2, 1, 12, 3, 2, 0, 1), 12: (1, 100, 2, 1, 6, 12, 8.3333, 0, 1),
    13: (1, 100, 2, 1, 10, 8, 4.12, 0, 0.412), 14: (1, 100, 2, 1, 10, 8, 10, 0, 1), 15: (1, 100, 2, 1, 24, 3, 0, 4, 0.412),
    16: (1, 100, 2, 0, 24, 3, 0, 5, 0.412), 17: (1, 100, 2, 0, 0, 0, 0, 1, 1), 18: (1, 100, 2, 0, 24, 3, -2, 5, 0.61),
    19: (1, 100, 2, 1, 24, 3, -2, 0, 0.61), 21: (4, 100, 1, 1, 12, 0, 0, 0, 1), 22: (4, 100, 1, 1, 12, 2, 0, 0, 1),
    23: (4, 100, 2, 1, 12, 0, 0, 10, 1), 24: (4, 100, 2, 1, 12, 2, 0, 10, 1), 25: (4, 100, 2, 1, 12, 0, 0, 5, 1),
    27: (1, 100, 1, 0, 12, 3, 50, 10, 0.61), 28: (1, 100, 1, 1, 24, 3, 0, 0, 1), 29: (1, 0, 1, 1, 0, 0, 100, 0, 1),
}  # fmt: skip
DEPOT, CENTRAL = "gonadorelin", "testosterone_infusion"  # both at once and by a rate; by a rate alone


def absorbed(hours, begins, rate, length):
    """What is in the central compartment of an amount (length 0) or a rate into the depot."""
    since = hours - begins
    if since <= 0.0:
        return 0.0
    share = KA / (KA - K)
    if not length:
        return rate * share * (math.exp(-K * since) - math.exp(-KA * since))
    over = since - min(since, length)
    return (
        rate
        * share
        * ((math.exp(-K * over) - math.exp(-K * since)) / K - (math.exp(-KA * over) - math.exp(-KA * since)) / KA)
    )


def infused(hours, begins, rate, length):
    since = max(hours - begins, 0.0)
    return rate / K * (1.0 - math.exp(-K * min(since, length))) * math.exp(-K * max(since - length, 0.0))


def concentration(episode, hours):
    """Return the level at an hour of an episode, from the schedule of its regimen."""
    plan, hour = episode.regimen.schedule(20.0), 3.6e9
    amount = 0.0
    for start, stop, dose, interval in plan.pulses.get(DEPOT, []):
        count = round((stop - start) / (interval * 24 * hour))
        amount += sum(absorbed(hours, start / hour + 24 * interval * k, dose, 0.0) for k in range(count))
    for drug, inputs in ((DEPOT, absorbed), (CENTRAL, infused)):
        for start, stop, rate in plan.infusions.get(drug, []):
            amount += inputs(hours, start / hour, rate / 24.0, (stop - start) / hour)
    return amount / SCALE / (V / 1000.0)


def table(tmp_path, rows, columns):
    path = tmp_path / "nm.csv"
    path.write_text(columns + "".join(",".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    return ly.read_events(path, drugs={1: DEPOT, 2: CENTRAL}, time="hours")


@pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")
@pytest.mark.parametrize("scenario", CALCULATED)
def test_doses_are_those_of_nonmem(tmp_path, scenario):
    rows, levels = CALCULATED[scenario]
    rows = [(1, time, evid, amt * SCALE, cmt, ii, addl, rate * SCALE) for time, evid, amt, cmt, ii, addl, rate in rows]
    episodes = table(tmp_path, rows, "ID,TIME,EVID,AMT,CMT,II,ADDL,RATE\n")["1"].episodes
    for hour, level in levels.items():
        episode = [one for one in episodes if one.origin <= hour * 3.6e9][-1]
        assert concentration(episode, hour - episode.origin / 3.6e9) == pytest.approx(level, rel=6e-5, abs=1e-9), hour


@pytest.mark.parametrize("scenario", REFUSED)
def test_steady_state_lag_and_availability_are_refused_at_their_row(tmp_path, scenario):
    evid, amt, cmt, steady, ii, addl, rate, lag, share = REFUSED[scenario]
    with pytest.raises(ly.BadRecord, match=r"^nm\.csv, row 2: got (SS|a lag time|a share that is absorbed)"):
        table(tmp_path, [(1, 0, evid, amt, cmt, steady, ii, addl, rate, lag, share)], HEAD)


def test_every_scenario_is_calculated_or_refused():
    assert sorted(CALCULATED | REFUSED) == list(range(1, 30))
