"""Organs on a clock of their own: what the axis says to them, kept by cells of time, and their march over the cells.

A cell ends with the step after which the next would make it longer than a cell may be, and at every time that is kept;
for a day from the start, and from where the derivative jumps, cells are half as long. No step is longer than half a
cell, so none is shorter than that unless a kept time cuts it. Over a cell the integral of
each message `m` and of `m` times the time into the cell are summed over the steps of the axis by the weights of the
step itself, (m1 + 2·(m2 + m3) + m4)/6, in which the errors of the stages cancel. They cancel with `m4` alone, of the
last stage; so that the message at the end of a step, `m5`, serves as `m1` of the next without being worked out twice,
it stands in for `m4`, and what the signals `s` differ goes to the middle::

    (m(s1) + 4·m((s2 + s3)/2 + (s4 − s5)/4) + m(s5)) / 6

which differs from the sum above in the fifth order of the step. So the straight line ::

    m(s) = a + b·s      ∫ m ds and ∫ m·s ds as they were

holds what an organ, which answers within days, can tell from the message itself. The organs then march over the cells
by the classical Runge-Kutta method in steps of at most a quarter of a day, as if no message had been anything else.

"""

import numpy as np
from numba import njit

from leydig.engine.kernel import simd
from leydig.engine.kernel.lane_code import call, lane_rows
from leydig.engine.kernel.simd import LaneFunction, Rows

__all__ = ["AFTER_JUMP", "SUBSTEP", "cell_length", "lane_messages", "lane_organs", "march_organs"]

SUBSTEP = 0.25  # [d] longest step of the organs; an eighth of the time that germ cells stay in one of 32 stages
LONGEST_CELL = 0.25  # [d] at the ordinary tolerance and above; with half a day sperm are 1.4e-4 off after a turn
AFTER_JUMP = 1.0  # [d] how long cells are half as long; with whole ones sperm are 1e-4 off where a patch ends
ORDINARY = 1e-4
ORDER = 3.0  # of a cell's error in its length


def cell_length(tolerance: float) -> float:
    """Return the longest cell [d] at this relative tolerance: a quarter of a day, halved again for less."""
    halvings = np.ceil(np.log2(max(ORDINARY / tolerance, 1.0)) / ORDER)
    return float(LONGEST_CELL * 0.5**halvings)


def lane_messages(axis: int, signals: int, messages: int) -> tuple[LaneFunction, ...]:
    """Return the lane functions that sum what the axis says.

    Parameters
    ----------
    axis, signals, messages : int
        How many rows each of them has; signals stand behind the derivatives of the axis.

    Returns
    -------
    tuple
        ``hear`` takes the signals in the middle and at the end of a step of the axis; ``gather`` adds what was said
        over a step to the sums of the cell, ``turn`` makes the last of it the first of the next step.
    """

    def hear(N2: Rows, N3: Rows, N4: Rows, N5: Rows, smooth: Rows, middle: Rows, end: Rows) -> None:
        before = smooth[0] > 0.0
        for k in range(axis, axis + signals):
            end[k] = simd.where(before, N5[k], N4[k])
            middle[k] = 0.5 * (N2[k] + N3[k]) + 0.25 * (N4[k] - end[k])

    def gather(h: Rows, since: Rows, taken: Rows, first: Rows, middle: Rows, last: Rows, sums: Rows) -> None:
        yes, sixth = taken[0] > 0.0, h[0] * (1.0 / 6.0)
        here, halfway, there = since[0], since[0] + 0.5 * h[0], since[0] + h[0]
        for k in range(messages):
            heavy = 4.0 * middle[k]
            more = sixth * (first[k] + heavy + last[k])
            moment = sixth * (here * first[k] + halfway * heavy + there * last[k])
            sums[k] = simd.where(yes, sums[k] + more, sums[k])  # what a step not taken says may be no number
            sums[messages + k] = simd.where(yes, sums[messages + k] + moment, sums[messages + k])

    def turn(taken: Rows, last: Rows, first: Rows) -> None:
        yes = taken[0] > 0.0
        for k in range(messages):
            first[k] = simd.where(yes, last[k], first[k])

    return hear, gather, turn


def lane_organs(organs: int, messages: int) -> tuple[LaneFunction, ...]:
    """Return the lane functions of the organs' march.

    Parameters
    ----------
    organs, messages : int
        How many rows each of them has.

    Returns
    -------
    tuple
        ``recall`` returns the straight lines of a cell, ``reach`` the messages on them; ``move`` is a stage of the
        step and ``arrive`` its end.
    """

    def recall(sums: Rows, length: Rows, line: Rows) -> None:
        some = length[0] > 0.0
        inverse = simd.where(some, 1.0 / length[0], 0.0)
        for k in range(messages):
            mean = sums[k] * inverse
            slope = (12.0 * inverse * inverse) * (sums[messages + k] * inverse - 0.5 * mean * length[0])
            line[k], line[messages + k] = mean - 0.5 * length[0] * slope, slope

    def reach(line: Rows, time: Rows, message: Rows) -> None:
        for k in range(messages):
            message[k] = line[k] + time[0] * line[messages + k]

    def move(y: Rows, h: Rows, rate: Rows, stage: Rows) -> None:
        for j in range(organs):
            stage[j] = y[j] + h[0] * rate[j]

    def arrive(h: Rows, k1: Rows, k2: Rows, k3: Rows, k4: Rows, y: Rows) -> None:
        sixth = h[0] * (1.0 / 6.0)
        for j in range(organs):
            y[j] = y[j] + sixth * (k1[j] + 2.0 * (k2[j] + k3[j]) + k4[j])

    return recall, reach, move, arrive


@njit(nogil=True, error_model="numpy")
def march_organs(layout, code, t, aux, cells, sums, lengths, rows, y, kept_y):  # type: ignore[no-untyped-def]
    """March the organs of some men over their cells.

    Parameters
    ----------
    layout, code : Layout, LaneCode
        Rows and lane functions of these men's drugs.
    t, aux : (parameter, lane) float
        Parameters, and what is worked out of them once.
    cells : (lane,) int
        How many cells each man has.
    sums : (cell, 2·message, lane) float
        Integrals of the messages, and of the messages times the time into the cell.
    lengths : (cell, lane) float
        [d]
    rows : (cell, lane) int
        Where the end of the cell is kept; -1 for nowhere.
    y : (organ, lane) float
        Where they begin; filled with where they end.
    kept_y : (row, state, lane) float
        Filled with the organs at every kept time.
    """
    following, lanes = len(layout.organs), y.shape[1]
    stage, k1, k2 = lane_rows(following, lanes), lane_rows(following, lanes), lane_rows(following, lanes)
    k3, k4 = lane_rows(following, lanes), lane_rows(following, lanes)
    line, message = lane_rows(2 * layout.messages, lanes), lane_rows(layout.messages, lanes)
    length, h, half, time = lane_rows(1, lanes), lane_rows(1, lanes), lane_rows(1, lanes), lane_rows(1, lanes)
    longest = 0  # `cells.max()` would be compiled for a second
    for lane in range(lanes):
        longest = max(longest, cells[lane])
    for cell in range(longest):
        most = 0
        for lane in range(lanes):
            length[0, lane] = lengths[cell, lane] if cell < cells[lane] else 0.0
            most = max(most, int(np.ceil(length[0, lane] / SUBSTEP)))
        call(code.recall, sums[cell], length, line)
        for step in range(most):
            for lane in range(lanes):
                own = max(int(np.ceil(length[0, lane] / SUBSTEP)), 1)
                h[0, lane] = length[0, lane] / own if step < own else 0.0
                half[0, lane] = 0.5 * h[0, lane]
                time[0, lane] = step * h[0, lane]
            call(code.reach, line, time, message)
            call(code.organ_rate, y, message, t, aux, k1)
            call(code.move, y, half, k1, stage)
            for lane in range(lanes):
                time[0, lane] += half[0, lane]
            call(code.reach, line, time, message)
            call(code.organ_rate, stage, message, t, aux, k2)
            call(code.move, y, half, k2, stage)
            call(code.organ_rate, stage, message, t, aux, k3)
            call(code.move, y, h, k3, stage)
            for lane in range(lanes):
                time[0, lane] += half[0, lane]
            call(code.reach, line, time, message)
            call(code.organ_rate, stage, message, t, aux, k4)
            call(code.arrive, h, k1, k2, k3, k4, y)
        for lane in range(lanes):
            if cell < cells[lane] and rows[cell, lane] >= 0:
                for j in range(following):
                    kept_y[rows[cell, lane], layout.organs[j], lane] = y[j, lane]
