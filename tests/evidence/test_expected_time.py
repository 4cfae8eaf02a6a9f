"""How far a calibration is, and how long it still takes: from what its stages cost, then from what they took."""

import pytest

from leydig.evidence.calibration.calibration import REMEASUREMENTS, CalibrationSize
from leydig.evidence.calibration.expected import COSTS, CalibrationClock, expected_seconds
from leydig.evidence.calibration.rivals import RIVALS
from leydig.evidence.calibration.sampling import CHECKED, EACH, ROUNDS, THINNED


def walk(clock, starts, steps, size, time, pace):
    """Tell a clock all that a calibration tells, at a pace against what its stages cost; return what it says."""
    costs, names = COSTS[size], [one.name for one in RIVALS]

    def do(what, count, total, cost):
        time[0] += pace * cost
        clock.watch(what, count, total)

    arms = len(size.studies)
    for done in range(1, arms + 1):
        do("virtual arms", done, arms, costs.arm)
    for name in names:
        for done in range(1, starts + 1):
            do(f"optimum, {name}", done, starts, costs.start)
        for done in range(1, REMEASUREMENTS + 1):
            do(f"men apart, {name}", done, REMEASUREMENTS, costs.apart)
        for place in range(ROUNDS):
            do(f"exact, {name}", place + 1, ROUNDS, costs.exact * EACH * 13)  # three parameters have 13 coefficients
            long = steps if place == ROUNDS - 1 else max(steps // 4, 8)
            for done in range(THINNED, long + 1, THINNED):
                do(f"draws, {name}", done, steps, THINNED * costs.step)
        do(f"weights, {name}", 1, 1, costs.exact * CHECKED)


def test_a_slow_machine_is_believed_and_the_share_goes_from_nothing_to_all():
    size, time, told = CalibrationSize.REHEARSAL, [0.0], []
    clock = CalibrationClock(lambda *what: told.append((time[0], *what)), 1, 200, size, now=lambda: time[0])
    assert clock.share == 0.0 and clock.remaining_time() == expected_seconds(1, 200, size)
    walk(clock, 1, 200, size, time, 3.0)
    shares = [done for _, _, done, _ in told]
    assert shares == sorted(shares) and all(total == 100 for *_, total in told)
    whole = expected_seconds(1, 200, size)
    assert clock.share == pytest.approx(1.0 - COSTS[size].end / whole)
    assert clock.remaining_time() == pytest.approx(3.0 * COSTS[size].end)
    half = next(at for at, _, done, _ in told if done >= 50)
    assert half == pytest.approx(1.5 * whole, rel=0.1)  # an optimization is one step


def test_what_is_said_fits_into_a_row_and_names_the_structure():
    told = []
    clock = CalibrationClock(lambda *what: told.append(what[0]), 4, 40_000, CalibrationSize.WHOLE)
    clock.watch(f"men apart, {RIVALS[1].name}", 1, 2)
    clock.watch("virtual arms", 1, 44)
    assert told[0].startswith("structure 2 of 4, men apart; about ") and told[0].endswith(" minutes left")
    assert told[1].startswith("virtual arms; about ") and all(len(one) <= 64 for one in told)


def test_all_of_it_takes_an_hour_as_the_docs_say():
    assert 50.0 < expected_seconds(2, 20_000, CalibrationSize.WHOLE) / 60.0 < 75.0
    assert expected_seconds(1, 200, CalibrationSize.REHEARSAL) < 75.0
