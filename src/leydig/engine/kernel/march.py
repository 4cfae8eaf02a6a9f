"""The march: eight men, or four, go through their plans side by side, each with his own doses, days and steps.

`march` is compiled once per machine, whatever the drugs are; the lane functions of a set of drugs are called by their
addresses (`leydig.engine.kernel.lane_code`). It is one long function on purpose: passing its arrays between smaller
ones made it twelve times slower.

Only the axis is marched here. What it says to the organs is summed over cells of time, and the organs march over
these when it has arrived (`leydig.engine.kernel.organs`).

Every lane goes from boundary to boundary (a dose, a change of what is given, a time that is kept) in steps of its own;
cells end with one of them. A step ends with the first evaluation of the next one; the difference
from the lesser step inside (`leydig.engine.step`) says whether it is taken and how long the next may be. A lane
that has arrived goes on with steps of no length, which change nothing, until all have.
"""

import inspect
import sys

import numpy as np
from numba import njit

from leydig import ticks
from leydig.engine import step
from leydig.engine.kernel import lane_code, organs, simd
from leydig.engine.kernel.kernel_cache import NumbaCache
from leydig.engine.kernel.lane_code import call, lane_rows
from leydig.engine.kernel.organs import AFTER_JUMP, march_organs
from leydig.engine.step import MOST, SHORTEST
from leydig.ticks import TICKS_PER_DAY

__all__ = ["march"]


@njit(nogil=True, error_model="numpy")
def march(  # type: ignore[no-untyped-def]
    layout, code, groups, theta, start, begin, own, decay, which, counts, ends, doses, dose, deliveries, delivery, row,
    hint, jump, shifts, largest_error, cell, values, states, amounts, steps, bad,
):  # fmt: skip
    """March groups of men through their plans.

    Parameters
    ----------
    layout, code : Layout, LaneCode
        Rows and lane functions of these men's drugs; with their types Numba compiles for all drugs at once.
    groups : (group, lane) int
        The men of each group; a lane of ``-1 - man`` stands idle beside the others.
    theta, start, begin, own, decay : (man, ...) float
        Parameters, states, amounts, own decay rates of the fast states [1/d], emptying rates of the compartments [1/d].
    which : (man,) int
        The plan of each man.
    counts : (plan,) int
        Boundaries of each plan.
    ends : (plan, boundary) int
        Times of the boundaries in ticks, ascending; a gap is a difference of whole numbers.
    doses, dose : (plan, dose, compartment) float, (plan, boundary) int
        Amounts that may be added to the compartments, and which one comes at each boundary; -1 for none.
    deliveries, delivery : (plan, span, number) float, (plan, boundary) int
        Infusions and pulses that occur, and which one begins at each boundary.
    row : (plan, boundary) int
        Where the reading at each boundary is kept; -1 for nowhere.
    hint : (plan, boundary) float
        Longest first step after each boundary [d].
    jump : (plan, boundary) int
        1 where the derivative jumps, so that the two sides cannot be compared.
    shifts : (plan, boundary) float
        Derivative of the time of what happens at each boundary [d]; read by kernels with derivatives.
    largest_error : float
        Largest relative difference from the lesser step.
    cell : float
        Longest cell of the organs [d].
    values : (man, row, reading) float
        Filled with what is read.
    states, amounts : (man, ...) float
        Filled with where each man ends.
    steps : (man,) int
        Filled with the number of steps tried.
    bad : (man,) int
        Filled with -1, with the first row at which a state is not a number or below 0, or with -2 when
        the steps became too short.
    """
    lanes = groups.shape[1]
    t, aux, read_aux = (
        lane_rows(theta.shape[1], lanes),
        lane_rows(layout.rate_aux, lanes),
        lane_rows(layout.read_aux, lanes),
    )
    say_aux, organ_aux = lane_rows(layout.say_aux, lanes), lane_rows(layout.organ_rate_aux, lanes)
    axis, slopes, said = len(layout.axis), len(layout.axis) + layout.signals, layout.messages // 2
    y, stage, new = lane_rows(axis, lanes), lane_rows(slopes, lanes), lane_rows(axis, lanes)
    N1, N2, N3 = lane_rows(slopes, lanes), lane_rows(slopes, lanes), lane_rows(slopes, lanes)
    N4, N5 = lane_rows(slopes, lanes), lane_rows(slopes, lanes)
    organs, halfway, there = lane_rows(len(layout.organs), lanes), lane_rows(slopes, lanes), lane_rows(slopes, lanes)
    first, amid, final = (
        lane_rows(layout.messages, lanes),
        lane_rows(layout.messages, lanes),
        lane_rows(layout.messages, lanes),
    )
    sums, since = lane_rows(2 * layout.messages, lanes), lane_rows(1, lanes)
    level, middle = lane_rows(layout.compartments, lanes), lane_rows(layout.compartments, lanes)
    end, begun = lane_rows(layout.compartments, lanes), lane_rows(layout.compartments, lanes)
    own_rows, decay_rows = lane_rows(own.shape[1], lanes), lane_rows(decay.shape[1], lanes)
    g, seen, w = (
        lane_rows(deliveries.shape[2], lanes),
        lane_rows(layout.readings, lanes),
        lane_rows(layout.weights, lanes),
    )
    h, smooth, limit = lane_rows(1, lanes), lane_rows(1, lanes), lane_rows(1, lanes)
    taken, factor = lane_rows(1, lanes), lane_rows(1, lanes)
    rows = values.shape[1]
    kept_y = lane_rows(rows * layout.states, lanes).reshape(rows, layout.states, lanes)
    kept_level = lane_rows(rows * layout.compartments, lanes).reshape(rows, layout.compartments, lanes)
    kept_given = np.zeros((rows, lanes), dtype=np.int64)
    most_cells = 0
    for plan in range(counts.shape[0]):
        days = (ends[plan, counts[plan] - 1] - ends[plan, 0]) / TICKS_PER_DAY
        most_cells = max(most_cells, rows + 2 + int(days / (0.25 * cell)))  # none is shorter than half a halved one
    cell_sums = lane_rows(most_cells * 2 * layout.messages, lanes).reshape(most_cells, 2 * layout.messages, lanes)
    cell_lengths = lane_rows(most_cells, lanes)
    cell_rows, cells = np.zeros((most_cells, lanes), dtype=np.int64), np.zeros(lanes, dtype=np.int64)
    brisk, ripe, longest_cell = lane_rows(1, lanes), lane_rows(1, lanes), lane_rows(1, lanes)
    plain, jumps = lane_rows(1, lanes), lane_rows(layout.messages, lanes)
    place, now_given = np.zeros(lanes, dtype=np.int64), np.zeros(lanes, dtype=np.int64)
    who = np.zeros(lanes, dtype=np.int64)
    left, wish, before = lane_rows(1, lanes), lane_rows(1, lanes), lane_rows(1, lanes)
    busy, tried, whole = lane_rows(1, lanes), lane_rows(1, lanes), np.zeros(lanes, dtype=np.bool_)
    for lane in range(lanes):
        limit[0, lane], smooth[0, lane], plain[0, lane], longest_cell[0, lane] = largest_error, 1.0, 1.0, cell
    for group in range(groups.shape[0]):
        going = 0
        for lane in range(lanes):
            idle = groups[group, lane] < 0
            man = -1 - groups[group, lane] if idle else groups[group, lane]
            plan = which[man]
            who[lane] = man
            if not idle:
                bad[man] = -1
            for j in range(t.shape[0]):
                t[j, lane] = theta[man, j]
            for j in range(layout.states):
                if (layout.half == 0 or j < layout.half) and not (start[man, j] >= 0.0 and start[man, j] < np.inf):
                    bad[man] = 0
            for j in range(axis):
                y[j, lane] = start[man, layout.axis[j]]
            for j in range(len(layout.organs)):
                organs[j, lane] = start[man, layout.organs[j]]
            for j in range(2 * layout.messages):
                sums[j, lane] = 0.0
            since[0, lane], cells[lane], brisk[0, lane] = 0.0, 0, AFTER_JUMP
            for j in range(layout.compartments):
                level[j, lane] = begin[man, j]
            for j in range(own.shape[1]):
                own_rows[j, lane] = own[man, j]
            for j in range(decay.shape[1]):
                decay_rows[j, lane] = decay[man, j]
            place[lane], now_given[lane] = 0, delivery[plan, 0]
            left[0, lane], wish[0, lane] = (ends[plan, 1] - ends[plan, 0]) / TICKS_PER_DAY, hint[plan, 0]
            if row[plan, 0] >= 0:
                kept_given[row[plan, 0], lane] = now_given[lane]
                for j in range(layout.states):
                    kept_y[row[plan, 0], j, lane] = start[man, j]
                for j in range(layout.compartments):
                    kept_level[row[plan, 0], j, lane] = level[j, lane]
            tried[0, lane], busy[0, lane], before[0, lane] = 0.0, 1.0, np.nan
            if bad[man] < 0 and not idle:
                going += 1
            else:
                busy[0, lane], left[0, lane] = 0.0, 0.0
        call(code.rate_prelude, t, aux)
        call(code.say_prelude, t, say_aux)
        call(code.organ_rate_prelude, t, organ_aux)
        call(code.read_prelude, t, read_aux)
        if layout.half > 0:
            for lane in range(lanes):
                for j in range(g.shape[0]):
                    g[j, lane] = deliveries[which[who[lane]], 0, j]
            call(code.rate, y, level, g, t, aux, N5)  # before what happens at the start
            call(code.say, N5, t, say_aux, final)
        for lane in range(lanes):
            plan = which[who[lane]]
            for j in range(g.shape[0]):
                g[j, lane] = deliveries[plan, now_given[lane], j]
            if dose[plan, 0] >= 0:
                for j in range(layout.compartments):
                    level[j, lane] += doses[plan, dose[plan, 0], j]
        call(code.rate, y, level, g, t, aux, N1)
        call(code.say, N1, t, say_aux, first)
        if layout.half > 0:
            for lane in range(lanes):
                for j in range(layout.axis_half):
                    y[layout.axis_half + j, lane] -= shifts[which[who[lane]], 0] * (N1[j, lane] - N5[j, lane])
                for k in range(said):
                    sums[said + k, lane] -= shifts[which[who[lane]], 0] * (first[k, lane] - final[k, lane])
            call(code.rate, y, level, g, t, aux, N1)
            call(code.say, N1, t, say_aux, first)
        call(code.split, own_rows, y, N1)
        while going > 0:
            call(code.pace, left, wish, brisk, longest_cell, h)
            arriving, known = False, True
            for lane in range(lanes):
                whole[lane] = busy[0, lane] > 0.0 and h[0, lane] == left[0, lane]
                arriving, known = arriving or whole[lane], known and h[0, lane] == before[0, lane]
                before[0, lane] = h[0, lane]
            if not known:
                call(code.weigh, h, own_rows, decay_rows, w)
            call(code.fade, w, level, middle, end)
            call(code.second, w, y, N1, stage)
            call(code.rate, stage, middle, g, t, aux, N2)
            call(code.third, w, own_rows, N1, N2, stage)
            call(code.rate, stage, middle, g, t, aux, N3)
            call(code.fourth, w, own_rows, y, N1, N3, stage)
            call(code.rate, stage, end, g, t, aux, N4)
            call(code.last, w, own_rows, stage, y, N1, N2, N3, N4, new)
            call(code.copy, end, begun)
            event, bent = False, False
            for lane in range(lanes if arriving else 0):
                plan, k = which[who[lane]], place[lane] + 1
                if whole[lane]:
                    if layout.half > 0 and shifts[plan, k] != 0.0:
                        event, plain[0, lane] = True, 0.0
                    if jump[plan, k] > 0:
                        smooth[0, lane], plain[0, lane] = 0.0, 0.0
                    bent = bent or plain[0, lane] == 0.0
            if event:
                call(code.rate, new, end, g, t, aux, stage)  # before what happens there
                call(code.say, stage, t, say_aux, amid)
            for lane in range(lanes if arriving else 0):
                plan, k = which[who[lane]], place[lane] + 1
                if whole[lane]:
                    if dose[plan, k] >= 0:
                        for j in range(layout.compartments):
                            begun[j, lane] += doses[plan, dose[plan, k], j]
                    if delivery[plan, k] != now_given[lane]:
                        for j in range(g.shape[0]):
                            g[j, lane] = deliveries[plan, delivery[plan, k], j]
            call(code.rate, new, begun, g, t, aux, N5)
            if event:
                call(code.say, N5, t, say_aux, final)
                for lane in range(lanes):
                    for k in range(said):
                        jumps[k, lane] = final[k, lane] - amid[k, lane]
                    plan, k = which[who[lane]], place[lane] + 1
                    if whole[lane]:
                        for j in range(layout.axis_half):
                            new[layout.axis_half + j, lane] -= shifts[plan, k] * (N5[j, lane] - stage[j, lane])
                call(code.rate, new, begun, g, t, aux, N5)
            call(code.doubt, w, own_rows, new, N1, N2, N3, N4, N5, smooth, limit, taken, factor)
            call(code.hear, N2, N3, N4, N5, plain, halfway, there)
            call(code.say, halfway, t, say_aux, amid)
            call(code.say, there, t, say_aux, final)
            call(code.gather, h, since, taken, first, amid, final, sums)
            if bent:
                call(code.say, N5, t, say_aux, final)  # after what happens there
                for lane in range(lanes):
                    smooth[0, lane], plain[0, lane] = 1.0, 1.0
            call(code.go_on, busy, taken, h, factor, longest_cell, left, wish, since, brisk, ripe, tried)
            for lane in range(lanes):
                arriving = arriving or (busy[0, lane] > 0.0 and (taken[0, lane] == 0.0 or ripe[0, lane] > 0.0))
            for lane in range(lanes if arriving else 0):
                man = who[lane]
                plan, k = which[man], place[lane] + 1
                if busy[0, lane] == 0.0 or (taken[0, lane] > 0.0 and not whole[lane] and ripe[0, lane] == 0.0):
                    continue
                if taken[0, lane] == 0.0:
                    if whole[lane] and delivery[plan, k] != now_given[lane]:
                        for j in range(g.shape[0]):
                            g[j, lane] = deliveries[plan, now_given[lane], j]
                    if wish[0, lane] < SHORTEST or tried[0, lane] > MOST * (
                        counts[plan] + (ends[plan, counts[plan] - 1] - ends[plan, 0]) / TICKS_PER_DAY
                    ):
                        bad[man], busy[0, lane], left[0, lane] = -2, 0.0, 0.0
                        going -= 1
                    continue
                if layout.half > 0 and whole[lane] and shifts[plan, k] != 0.0:
                    for j in range(said):
                        sums[said + j, lane] -= shifts[plan, k] * jumps[j, lane]
                        sums[layout.messages + said + j, lane] -= shifts[plan, k] * since[0, lane] * jumps[j, lane]
                if ripe[0, lane] > 0.0 or (whole[lane] and (row[plan, k] >= 0 or k + 1 == counts[plan])):
                    for j in range(2 * layout.messages):
                        cell_sums[cells[lane], j, lane] = sums[j, lane]
                        sums[j, lane] = 0.0
                    cell_lengths[cells[lane], lane] = since[0, lane]
                    cell_rows[cells[lane], lane] = row[plan, k] if whole[lane] else -1
                    cells[lane] += 1
                    since[0, lane] = 0.0
                if not whole[lane]:
                    continue
                if jump[plan, k] > 0:
                    brisk[0, lane] = AFTER_JUMP
                place[lane], now_given[lane] = k, delivery[plan, k]
                if row[plan, k] >= 0:
                    kept_given[row[plan, k], lane] = now_given[lane]
                    for j in range(axis):
                        kept_y[row[plan, k], layout.axis[j], lane] = new[j, lane]
                    for j in range(layout.compartments):
                        kept_level[row[plan, k], j, lane] = end[j, lane]
                if k + 1 < counts[plan]:
                    left[0, lane] = (ends[plan, k + 1] - ends[plan, k]) / TICKS_PER_DAY
                    wish[0, lane] = min(wish[0, lane], hint[plan, k])
                else:
                    busy[0, lane], left[0, lane] = 0.0, 0.0
                    going -= 1
                    for j in range(axis):
                        states[man, layout.axis[j]] = new[j, lane]
                    for j in range(layout.compartments):
                        amounts[man, j] = end[j, lane]
            call(code.take, taken, own_rows, new, begun, N5, y, level, N1)
            call(code.turn, taken, final, first)
        march_organs(layout, code, t, organ_aux, cells, cell_sums, cell_lengths, cell_rows, organs, kept_y)
        for lane in range(lanes):
            if groups[group, lane] >= 0:
                steps[who[lane]] = int(tried[0, lane])
                for j in range(len(layout.organs)):
                    states[who[lane], layout.organs[j]] = organs[j, lane]
        for r in range(rows):
            for lane in range(lanes):
                plan = which[who[lane]]
                for j in range(g.shape[0]):
                    g[j, lane] = deliveries[plan, kept_given[r, lane], j]
            call(code.read, kept_y[r], kept_level[r], g, t, read_aux, seen)
            for lane in range(lanes):
                man = who[lane]
                if groups[group, lane] < 0:
                    continue
                for j in range(layout.readings):
                    values[man, r, j] = seen[j, lane]
                for j in range(layout.states if layout.half == 0 else layout.half):
                    if bad[man] == -1 and not (kept_y[r, j, lane] >= 0.0 and kept_y[r, j, lane] < np.inf):
                        bad[man] = r


_SOURCES = (sys.modules[__name__], organs, lane_code, simd, step, ticks)  # where all that is compiled here stands
march._cache = NumbaCache("the march", "".join(inspect.getsource(one) for one in _SOURCES))  # type: ignore[attr-defined]
