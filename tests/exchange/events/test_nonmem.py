"""Dosing semantics against NONMEM: scenarios of mrgsolve's comparison, on the one-compartment drug that they are of.

Rows and concentrations are those of github.com/mrgsolve/nmtests at commit 5235a69, ``dosing/data/1001.csv`` and
``dosing/results/1001-nm.csv`` (NONMEM prints five digits); the drug is that of ``dosing/1001.ctl``: clearance 1.1, volume 20,
absorption 1.5 per hour, lag and availability (``LAGT``, ``BIOAV``, ``DUR2``) of compartment 2 alone. Here compartments are
drugs of the catalogue that may be given so, at a small part of the amounts, which keeps them below their labels.
"""

import math

import pytest

import leydig as ly

CL, V, KA = 1.1, 20.0, 1.5
K = CL / V
SCALE = 1e-5
HEAD = "ID,TIME,EVID,AMT,CMT,SS,II,ADDL,RATE,DUR,LAGT,BIOAV\n"
HOUR = 3.6e9

# Number in the file: its dose rows (time, evid, amt, cmt, ss, ii, addl, rate, duration, lag, availability), and
# concentrations by hour.
SCENARIOS = {
    1: ([(0, 1, 100, 1, 0, 24, 3, 0, 0, 0, 1)],
        {0: 0, 1: 3754.4, 5: 3939.5, 12: 2682.6, 24: 1386.5, 36: 3399.2, 48: 1756.9, 60: 3590.7, 100: 1510.6, 130: 290.1}),
    2: ([(0, 1, 100, 2, 0, 24, 3, 0, 0, 12.13, 2.23)],
        {0: 0, 1: 0, 5: 0, 11: 0, 12: 0, 13: 10629, 24: 5804.2, 36: 2999.9, 37: 13468, 48: 7354.8, 60: 3801.3, 61: 14227, 100: 6323.5, 130: 1214.4}),
    3: ([(0, 1, 100, 2, 0, 24, 3, 10, 0, 0, 1)],
        {0: 0, 1: 486.5, 5: 2185.7, 10: 3845.9, 12: 3445.3, 24: 1780.7, 34: 4873.3, 36: 4365.7, 48: 2256.4, 60: 4611.5, 100: 1940, 130: 372.58}),
    4: ([(0, 1, 480, 2, 0, 0, 0, 10, 0, 0, 0.5)],
        {0: 0, 1: 486.5, 5: 2185.7, 12: 4392.3, 24: 6662.4, 36: 3443.5, 47: 1880.4, 48: 1779.8, 49: 1684.5, 60: 919.87, 100: 101.92, 130: 19.575}),
    5: ([(0, 1, 480, 2, 0, 0, 0, -2, 48, 0, 0.5)],
        {0: 0, 1: 243.25, 5: 1092.9, 12: 2196.1, 24: 3331.2, 36: 3917.9, 47: 4202.7, 48: 4221.1, 49: 3995.2, 60: 2181.7, 100: 241.74, 130: 46.425}),
    6: ([(0, 1, 100, 1, 0, 24, 3, 8.33333333333333, 0, 0, 1)],
        {0: 0, 1: 196.84, 5: 1602.6, 12: 3511.2, 13: 3531.9, 24: 1963.8, 36: 4526.2, 48: 2488.4, 60: 4797.3, 100: 2139.5, 130: 410.89}),
    7: ([(0, 1, 100, 2, 0, 24, 3, 10, 0, 4.15, 1)],
        {0: 0, 1: 0, 4: 0, 5: 415.22, 12: 3187.5, 14: 3802.5, 15: 3670.3, 24: 2237.3, 28: 1795.5, 36: 4343.9, 48: 2834.9, 60: 4652.8, 100: 2437.4, 130: 468.11}),
    8: ([(0, 1, 100, 2, 0, 24, 3, 10, 0, 3.25, 0.412)],
        {0: 0, 1: 0, 3: 0, 4: 367.37, 5: 834.21, 7: 1694.3, 12: 1428.9, 24: 738.52, 27: 626.19, 36: 1810.6, 48: 935.81, 60: 1912.6, 100: 804.59, 130: 154.52}),
    9: ([(0, 1, 100, 2, 1, 24, 3, 10, 0, 3.16, 0.412)],
        {0: 1002.7, 1: 949.08, 3: 850.22, 4: 1215.2, 5: 1636.6, 12: 1940.1, 13: 1836.3, 14: 1738, 24: 1002.7, 27: 850.22, 28: 1215.2, 36: 1940.1, 48: 1002.7, 60: 1940.1, 100: 804.72, 130: 154.55}),
    10: ([(0, 1, 100, 2, 1, 12, 4, 2, 0, 0, 0.812)],
        {0: 6014.5, 1: 6081.8, 5: 6277.4, 12: 6014.5, 24: 6014.5, 36: 6014.5, 40: 6263, 48: 6014.5, 49: 6081.8, 60: 6014.5, 61: 5984.5, 100: 1794.8, 130: 344.68}),
    11: ([(0, 1, 100, 2, 1, 12, 3, 2, 0, 0, 1)],
        {0: 7498.9, 1: 7584.1, 5: 7605.1, 12: 7498.9, 24: 7498.9, 36: 7498.9, 48: 7498.9, 60: 6620.4, 100: 1631, 130: 313.24}),
    12: ([(0, 1, 100, 2, 1, 6, 12, 8.3333, 0, 0, 1)],
        {0: 15152, 1: 15152, 5: 15152, 6: 15152, 12: 15152, 24: 15152, 36: 15152, 48: 15152, 60: 15152, 100: 5401.4, 130: 1037.3}),
    13: ([(0, 1, 100, 2, 1, 10, 8, 4.12, 0, 0, 0.412)],
        {0: 3745.5, 1: 3745.5, 5: 3745.5, 9: 3745.5, 10: 3745.5, 12: 3745.5, 24: 3745.5, 36: 3745.5, 48: 3745.5, 60: 3745.5, 90: 3745.5, 100: 2160.9, 130: 415.01}),
    14: ([(0, 1, 100, 2, 1, 10, 8, 10, 0, 0, 1)],
        {0: 9090.9, 1: 9090.9, 5: 9090.9, 10: 9090.9, 12: 9090.9, 24: 9090.9, 36: 9090.9, 48: 9090.9, 60: 9090.9, 80: 9090.9, 100: 5245, 130: 1007.3}),
    15: ([(0, 1, 100, 2, 1, 24, 3, 0, 0, 4, 0.412)],
        {0: 935.66, 1: 885.59, 3: 793.34, 4: 2810.9, 5: 2660.5, 12: 1810.3, 24: 935.66, 27: 793.34, 28: 2810.9, 36: 1810.3, 48: 935.66, 60: 1810.3, 100: 750.89, 130: 144.21}),
    16: ([(0, 1, 100, 2, 0, 24, 3, 0, 0, 5, 0.412)],
        {0: 0, 1: 0, 4: 0, 5: 2060, 6: 1949.8, 12: 1401.7, 24: 724.49, 28: 581.41, 30: 2470.6, 36: 1776.2, 48: 918.02, 60: 1876.2, 100: 789.3, 130: 151.59}),
    17: ([(0, 1, 100, 2, 0, 0, 0, 0, 0, 1, 1), (13, 1, 50, 1, 0, 24, 2, 24, 0, 0, 1)],
        {0: 0, 1: 5000, 2: 4732.4, 5: 4012.6, 12: 2730.4, 13: 2584.3, 14: 3012.8, 24: 2912.7, 36: 1505.4, 48: 2279.6, 60: 1178.2, 61: 1115.2, 62: 1622.4, 100: 452.45, 130: 86.893}),
    18: ([(0, 1, 100, 2, 0, 24, 3, -2, 9, 5, 0.61)],
        {0: 0, 1: 0, 4: 0, 5: 0, 12: 1968.9, 14: 2405.7, 15: 2276.9, 24: 1388, 36: 2686.3, 48: 1758.7, 60: 2877.9, 100: 1512.1, 130: 290.4}),
    19: ([(0, 1, 100, 2, 1, 24, 3, -2, 9, 0, 0.61)],
        {0: 1438.5, 1: 1691.3, 5: 2574.1, 9: 3282.6, 10: 3106.9, 12: 2783.3, 24: 1438.5, 25: 1691.3, 36: 2783.3, 48: 1438.5, 60: 2783.3, 100: 1154.5, 130: 221.71}),
    20: ([(0, 1, 100, 1, 0, 12, 2, 50, 0, 0, 1), (50, 4, 120, 1, 0, 12, 3, 0, 0, 0, 1)],
        {0: 0, 1: 1181, 5: 4149.2, 12: 2835.7, 24: 4301.4, 36: 5058.9, 48: 2614.7, 49: 2474.8, 50: 0, 51: 4505.3, 56: 4477, 60: 3593.5, 62: 3219.1, 74: 4883, 100: 5542.9, 130: 1064.5}),
    21: ([(0, 4, 100, 1, 1, 12, 0, 0, 0, 0, 1)],
        {0: 5552.4, 1: 9009.7, 5: 8157, 12: 5552.4, 13: 5255.2, 24: 2869.7, 36: 1483.2, 48: 766.61, 60: 396.22, 100: 43.903, 130: 8.4315}),
    22: ([(0, 4, 100, 1, 1, 12, 2, 0, 0, 0, 1)],
        {0: 5552.4, 1: 9009.7, 5: 8157, 12: 5552.4, 13: 9009.7, 24: 5552.4, 25: 9009.7, 36: 5552.4, 37: 5255.2, 48: 2869.7, 60: 1483.2, 100: 164.35, 130: 31.563}),
    23: ([(0, 4, 100, 2, 1, 12, 0, 0, 0, 10, 1)],
        {0: 9270.8, 1: 8774.7, 5: 7041.8, 9: 5651.2, 10: 10349, 11: 9795, 12: 9270.8, 24: 4791.6, 36: 2476.6, 48: 1280, 60: 661.58, 100: 73.305, 130: 14.078}),
    24: ([(0, 4, 100, 2, 1, 12, 2, 0, 0, 10, 1)],
        {0: 9270.8, 1: 8774.7, 5: 7041.8, 9: 5651.2, 10: 10349, 11: 9795, 12: 9270.8, 24: 9270.8, 34: 10349, 36: 9270.8, 48: 4791.6, 60: 2476.6, 100: 274.41, 130: 52.7}),
    25: ([(0, 4, 100, 2, 1, 12, 0, 0, 0, 5, 1), (12, 4, 200, 2, 1, 12, 0, 0, 0, 5, 1), (24, 4, 300, 2, 1, 12, 0, 0, 0, 5, 1)],
        {0: 7041.8, 1: 6665, 4: 5651.2, 5: 10349, 6: 9795, 11: 7440, 12: 14084, 16: 11302, 17: 20698, 23: 14880, 24: 21126, 25: 19995, 29: 31046, 36: 21126, 48: 10919, 60: 5643.4, 100: 625.3, 130: 120.09}),
    26: ([(0, 1, 100, 1, 0, 12, 3, 50, 0, 0, 1), (50, 3, 0, 2, 0, 0, 0, 0, 0, 0, 1), (54, 1, 120, 1, 0, 16, 2, 0, 0, 0, 1)],
        {0: 0, 1: 1181, 5: 4149.2, 12: 2835.7, 24: 4301.4, 36: 5058.9, 48: 5450.4, 49: 5158.7, 50: 0, 53: 0, 54: 0, 55: 4505.3, 60: 4477, 70: 2583.4, 86: 3655, 100: 4576.1, 130: 878.84}),
    27: ([(0, 1, 100, 1, 0, 12, 3, 50, 0, 0, 1), (50, 3, 0, 2, 0, 0, 0, 0, 0, 10, 1), (54, 1, 120, 1, 0, 16, 2, 0, 0, 0, 1)],
        {0: 0, 1: 1181, 5: 4149.2, 12: 2835.7, 13: 3865, 24: 4301.4, 36: 5058.9, 48: 5450.4, 49: 5158.7, 50: 0, 53: 0, 54: 0, 55: 4505.3, 60: 4477, 70: 2583.4, 86: 3655, 100: 4576.1, 130: 878.84}),
    28: ([(0, 1, 100, 1, 1, 24, 3, 0, 0, 0, 1), (12, 1, 50, 1, 2, 24, 3, 0, 0, 0, 1)],
        {0: 1891.9, 1: 5545.1, 5: 5376.6, 11: 3867.4, 12: 4606.4, 13: 6237.1, 24: 3722.1, 25: 7277.4, 36: 4606.4, 37: 6237.1, 48: 3722.1, 60: 4606.4, 85: 6237.1, 100: 2987.1, 130: 573.67}),
    29: ([(0, 1, 0, 1, 1, 0, 0, 100, 0, 0, 1)],
        {0: 90909, 1: 88547, 2: 84367, 5: 71678, 12: 48775, 24: 25209, 36: 13029, 48: 6734.3, 60: 3480.6, 100: 385.67, 130: 74.067}),
}  # fmt: skip
DEPOT_BOLUS, CENTRAL_BOLUS, DEPOT_RATE, CENTRAL_RATE = "anastrozole", "hcg", "estradiol_patch", "testosterone_infusion"
DRUGS = {1: DEPOT_BOLUS, 2: CENTRAL_BOLUS, 3: DEPOT_RATE, 4: CENTRAL_RATE}


def absorbed(since, amount):
    """What is in the central compartment of an amount that entered the depot some hours ago."""
    return amount * KA / (KA - K) * (math.exp(-K * since) - math.exp(-KA * since)) if since > 0.0 else 0.0


def injected(since, amount):
    return amount * math.exp(-K * since) if since > -1e-9 else 0.0


def depot_infused(since, rate, length):
    """What is in the central compartment of a rate into the depot that began some hours ago and ran so long."""
    since = max(since, 0.0)
    over = since - min(since, length)
    parts = ((math.exp(-k * over) - math.exp(-k * since)) / k for k in (K, KA))
    return rate * KA / (KA - K) * (next(parts) - next(parts))


def infused(since, rate, length):
    since = max(since, 0.0)
    return rate / K * (1.0 - math.exp(-K * min(since, length))) * math.exp(-K * max(since - length, 0.0))


def regimen_amount(regimen, hours):
    """What is in the central compartment of the doses of a regimen."""
    plan, amount = regimen.schedule(40.0), 0.0
    for drug, inputs in ((DEPOT_BOLUS, absorbed), (CENTRAL_BOLUS, injected)):
        ticks, sizes = plan.doses.get(drug, ((), ()))
        amount += sum(inputs(hours - tick / HOUR, size) for tick, size in zip(ticks, sizes, strict=True))
    for drug, inputs in ((DEPOT_RATE, depot_infused), (CENTRAL_RATE, infused)):
        spans = plan.infusions.get(drug, [])
        amount += sum(inputs(hours - start / HOUR, rate / 24.0, (stop - start) / HOUR) for start, stop, rate in spans)
    return amount


def history_amount(before, hours):
    """What is left of the doses before hour 0, summed over 2,000 hours, after which e^-110 of one is left."""
    amount = 0.0
    for event in () if before is None else before.events:
        for back in range(1, int(2000.0 / (24.0 * event.interval))):
            start = event.tick / HOUR - 24.0 * event.interval * back
            if start < 0.0 and event.rate:
                inputs = depot_infused if event.drug == DEPOT_RATE else infused
                amount += inputs(hours - start, event.rate / 24.0, min(event.length / HOUR, -start))
            elif start < 0.0:
                amount += (absorbed if event.drug == DEPOT_BOLUS else injected)(hours - start, event.amount)
    return amount


def table_row(time, evid, amt, cmt, ss, ii, addl, rate, duration, lag, share):
    given = cmt + 2 if rate else cmt  # a drug of the catalogue is given at once or by a rate
    return (1, time, evid, amt * SCALE, given, ss, ii, addl, rate * (SCALE if rate > 0 else 1), duration, lag, share)


@pytest.fixture
def episodes(tmp_path, scenario):
    path = tmp_path / "nm.csv"
    rows = "".join(",".join(map(str, table_row(*row))) + "\n" for row in SCENARIOS[scenario][0])
    path.write_text(HEAD + rows, encoding="utf-8")
    return ly.read_events(path, drugs=DRUGS, time="hours", absorption="table")["1"].episodes


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_doses_are_those_of_nonmem(episodes, scenario):
    for hour, level in SCENARIOS[scenario][1].items():
        episode = [one for one in episodes if one.origin <= hour * HOUR][-1]
        since = hour - episode.origin / HOUR
        amount = regimen_amount(episode.regimen, since) + history_amount(episode.start, since)
        assert amount / SCALE / (V / 1000.0) == pytest.approx(level, rel=6e-5, abs=1e-9), hour


def test_every_scenario_is_there():
    assert list(SCENARIOS) == list(range(1, 30))
