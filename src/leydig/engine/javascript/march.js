/* The march of one man: leydig.engine.kernel.march and .organs, and leydig.engine.step, with one lane for eight.
   What is printed before this: FACTS, and rate, say, organRate, read and ownRate, each with its Prelude; rate in three
   stages, of which rateGiven is worked out when infusions or pulses change, and rateDrugs when amounts do. */

const { exp, log, sqrt, abs, floor, ceil, log2, max, min } = Math;

/* e^(-z), f1, f2, f3 over a step and e^(-z), f1, f2 over half of it, from row `first` of w. */
function coefficients(z, w, first) {
  const { terms, doublings, series } = FACTS.step;
  const x = z * 0.5 ** doublings;
  let third = series[terms + 1] - x * series[terms + 2];
  for (let k = terms - 3; k >= 0; k--) third = series[k + 3] - x * third;
  let second = 0.5 - x * third, one = 1 - x * second, decay = 1 - x * one;
  for (let i = 0; i < doublings; i++) {
    w[first + 4] = decay; w[first + 5] = one; w[first + 6] = second;
    third = 0.125 * (second * (1 + one) + 2 * third);
    second = 0.25 * (one * one + 2 * second);
    one = 0.5 * one * (1 + decay);
    decay = decay * decay;
  }
  w[first] = decay; w[first + 1] = one; w[first + 2] = second; w[first + 3] = third;
}

/* What one unit in compartment j leaves in compartment i after a time: rows of n numbers, into `rows`. */
function propagator(rates, time, rows) {
  const { kineticTerms, kineticDoublings } = FACTS.step, n = rates.length, unit = time * 0.5 ** kineticDoublings;
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) rows[i * n + j] = i === j ? 1 : 0;
  for (let k = kineticTerms; k > 0; k--) { // from the last row up: what is read is not new yet
    for (let i = n - 1; i >= 0; i--) {
      const flow = rates[i] * unit * (1 / k), before = i ? rates[i - 1] * unit * (1 / k) : 0;
      rows[i * n + i] = 1 - flow * rows[i * n + i];
      for (let j = 0; j < i; j++) rows[i * n + j] = before * rows[(i - 1) * n + j] - flow * rows[i * n + j];
    }
  }
  for (let double = 0; double < kineticDoublings; double++) {
    for (let i = n - 1; i >= 0; i--) for (let j = 0; j <= i; j++) { // so that what is read is not new yet
      let sum = rows[i * n + j] * rows[j * n + j];
      for (let k = j + 1; k <= i; k++) sum += rows[i * n + k] * rows[k * n + j];
      rows[i * n + j] = sum;
    }
  }
}

/* Carries the compartments of some chains over the time of their propagators. */
function carry(chains, from, to) {
  for (let c = 0; c < chains.length; c++) {
    const { first, share, rates: { length: n } } = chains[c];
    for (let i = 0; i < n; i++) {
      let sum = share[i * n] * from[first];
      for (let j = 1; j <= i; j++) sum += share[i * n + j] * from[first + j];
      to[first + i] = sum;
    }
  }
}

/* Length of the organs' cells [tick] at a relative tolerance. */
function cellLength(tolerance) {
  const { longestCell, ordinary, order } = FACTS.organs;
  return tickOf(longestCell * 0.5 ** ceil(log2(max(ordinary / tolerance, 1)) / order));
}

/* Marches a man (theta, start, own, see `anchor`) through a plan; returns what is read and what organs tell one
   another at every kept time, the amounts in the compartments there, where it ends, and the number of steps tried.
   It begins at rest with nothing in the compartments, or where another march ended. */
function march(man, plan, tolerance, begin = null) {
  const own = Float64Array.from(man.own), t = Float64Array.from(man.theta), start = begin ? begin.states : man.start, { ends, dose, doses, given, givens, hint, jump, row } = plan;
  const { axis, organs: following, signals, messages, compartments, readings, signalNames } = FACTS.layout;
  const { longest, shortest, most: mostTried, curved: bendWeight, caution, slowest, fastest } = FACTS.step;
  const fast = Int32Array.from(FACTS.layout.fast), slow = Int32Array.from(axis.keys()).filter(j => !fast.includes(j));
  const A = axis.length, F = fast.length, S = slow.length, wide = A + signals, TICKS = FACTS.ticksPerDay;
  const rows = n => new Float64Array(n);
  const cell = cellLength(tolerance), aux = rows(FACTS.layout.rateAux), sayAux = rows(FACTS.layout.sayAux), readAux = rows(FACTS.layout.readAux);
  ratePrelude(t, aux); sayPrelude(t, sayAux); readPrelude(t, readAux);
  let y = rows(A), fresh = rows(A), N1 = rows(wide), N5 = rows(wide);
  const stage = rows(A), N2 = rows(wide), N3 = rows(wide), N4 = rows(wide), halfway = rows(wide), there = rows(wide);
  let first = rows(messages), final = rows(messages);
  const amid = rows(messages);
  const mostCells = row.length + 2 + floor((ends[ends.length - 1] - ends[0]) / floor(cell / 2));
  const cells = { count: 0, sums: rows(mostCells * 2 * messages), lengths: rows(mostCells), rows: new Int32Array(mostCells) };
  const { sums } = cells;
  let base = 0; // of the sums of the cell that is open
  let level = begin ? begin.amounts.slice() : rows(compartments), begun = rows(compartments);
  const middle = rows(compartments), end = rows(compartments);
  const w = rows(7 * F), limit = FACTS.trusted * tolerance;
  const chains = FACTS.chains.filter(chain => plan.drugs.includes(chain.drug))
    .map(({ first, rates }) => ({ first, rates, share: rows(rates.length ** 2) }));
  const shared = rows(FACTS.layout.rateShared), keptY = [], keptLevel = [], keptGiven = [];
  const keptRows = row.reduce((most, r) => max(most, r + 1), 0), storeY = rows(keptRows * start.length), storeLevel = rows(keptRows * compartments);
  const keep = (r, states, amounts, now) => {
    keptY[r] = storeY.subarray(r * start.length, (r + 1) * start.length); keptGiven[r] = now;
    keptLevel[r] = storeLevel.subarray(r * compartments, (r + 1) * compartments); keptLevel[r].set(amounts);
    for (let j = 0; j < A; j++) keptY[r][axis[j]] = states[j];
  };
  for (let j = 0; j < A; j++) y[j] = start[axis[j]];
  let opened = ends[0], brisk = opened + FACTS.organs.afterJump, size = floor(cell / 2), since = 0;
  let stop = min(ends[1], (floor(opened / size) + 1) * size), place = 0, nowGiven = given[0];
  let left = (stop - ends[0]) / TICKS, wish = hint[0], before = NaN, tried = 0;
  const budget = mostTried * (ends.length + (ends[ends.length - 1] - ends[0]) / TICKS);
  if (row[0] >= 0) {
    keep(row[0], y, level, nowGiven);
    following.forEach(state => { keptY[row[0]][state] = start[state]; });
  }
  if (dose[0] >= 0) for (let j = 0; j < compartments; j++) level[j] += doses[dose[0]][j];
  rateGiven(givens[nowGiven], t, aux, shared); rateDrugs(level, t, aux, shared);
  rate(y, t, aux, shared, N1);
  say(N1, t, sayAux, first);
  for (let p = 0; p < F; p++) N1[fast[p]] += own[p] * y[fast[p]];
  for (;;) {
    const h = wish < left ? (2 * wish < left ? wish : 0.5 * left) : left, whole = h === left;
    if (h !== before) {
      for (let p = 0; p < F; p++) coefficients(own[p] * h, w, 7 * p);
      for (let c = 0; c < chains.length; c++) propagator(chains[c].rates, 0.5 * h, chains[c].share);
      before = h;
    }
    carry(chains, level, middle); carry(chains, middle, end);
    for (let p = 0, q = 0; p < F; p++, q += 7) {
      const j = fast[p];
      stage[j] = w[q + 4] * y[j] + 0.5 * h * w[q + 5] * N1[j];
    }
    for (let i = 0; i < S; i++) stage[slow[i]] = y[slow[i]] + 0.5 * h * N1[slow[i]];
    rateDrugs(middle, t, aux, shared);
    rate(stage, t, aux, shared, N2);
    for (let p = 0, q = 0; p < F; p++, q += 7) {
      const j = fast[p];
      N2[j] += own[p] * stage[j];
      stage[j] += h * w[q + 6] * (N2[j] - N1[j]);
    }
    for (let i = 0; i < S; i++) stage[slow[i]] += 0.5 * h * (N2[slow[i]] - N1[slow[i]]);
    rate(stage, t, aux, shared, N3);
    for (let p = 0, q = 0; p < F; p++, q += 7) {
      const j = fast[p];
      N3[j] += own[p] * stage[j];
      stage[j] = w[q] * y[j] + h * (w[q + 1] * N1[j] + 2 * w[q + 2] * (N3[j] - N1[j]));
    }
    for (let i = 0; i < S; i++) stage[slow[i]] = y[slow[i]] + h * N3[slow[i]];
    rateDrugs(end, t, aux, shared);
    rate(stage, t, aux, shared, N4);
    for (let p = 0, q = 0; p < F; p++, q += 7) {
      const j = fast[p], f1 = w[q + 1], f2 = w[q + 2], b = 2 * w[q + 3];
      N4[j] += own[p] * stage[j];
      fresh[j] = w[q] * y[j]
        + h * ((f1 - 3 * f2 + 2 * b) * N1[j] + 2 * (f2 - b) * (N2[j] + N3[j]) + (2 * b - f2) * N4[j]);
    }
    const sixth = h * (1 / 6);
    for (let i = 0; i < S; i++) {
      const j = slow[i];
      fresh[j] = y[j] + sixth * (N1[j] + 2 * (N2[j] + N3[j]) + N4[j]);
    }
    begun.set(end);
    const k = place + 1, arrived = whole && stop === ends[k], bent = arrived && jump[k] > 0;
    const turned = arrived && given[k] !== nowGiven;
    if (arrived) {
      if (dose[k] >= 0) for (let j = 0; j < compartments; j++) begun[j] += doses[dose[k]][j];
      if (turned) rateGiven(givens[given[k]], t, aux, shared);
      rateDrugs(begun, t, aux, shared);
    }
    rate(fresh, t, aux, shared, N5);
    let most = 0;
    for (let p = 0, q = 0; p < F; p++, q += 7) {
      const j = fast[p], ended = N5[j] + own[p] * fresh[j];
      const gap = bent ? 0 : h * (4 * w[q + 3] - w[q + 2]) * (N4[j] - ended);
      const bend = N1[j] - N2[j] - N3[j] + N4[j];
      const round = bendWeight * h * w[q + 1] * bend * bend / (abs(N1[j]) + abs(N4[j]));
      const doubt = (abs(gap) + round) / fresh[j];
      if (most < doubt) most = doubt;
    }
    const taken = most <= limit, change = caution * sqrt(sqrt(limit / most));
    const factor = min(change >= slowest ? change : slowest, fastest), wished = factor * h;
    tried += 1;
    if (!taken) {
      wish = wished;
      if (turned) rateGiven(givens[nowGiven], t, aux, shared);
      if (wish < shortest || tried > budget) throw new Error(FACTS.messages.steps);
      continue;
    }
    for (let j = A; j < wide; j++) {
      there[j] = bent ? N4[j] : N5[j];
      halfway[j] = 0.5 * (N2[j] + N3[j]) + 0.25 * (N4[j] - there[j]);
    }
    say(halfway, t, sayAux, amid); say(there, t, sayAux, final);
    const late = since + 0.5 * h, last = since + h;
    for (let i = 0; i < messages; i++) {
      const heavy = 4 * amid[i];
      sums[base + i] += sixth * (first[i] + heavy + final[i]);
      sums[base + messages + i] += sixth * (since * first[i] + late * heavy + last * final[i]);
    }
    if (bent) say(N5, t, sayAux, final); // after what happens there
    wish = min(max(wished, factor > 1 && h < wish ? wish : 0), longest); // a boundary cuts a step short
    left -= h; since += h;
    if (whole) {
      if ((arrived && (row[k] >= 0 || k + 1 === ends.length)) || (stop % size === 0 && stop > opened)) {
        cells.lengths[cells.count] = (stop - opened) / TICKS;
        cells.rows[cells.count++] = arrived ? row[k] : -1;
        base += 2 * messages; opened = stop; since = 0;
      }
      if (bent) brisk = stop + FACTS.organs.afterJump;
      const now = stop;
      size = now < brisk ? floor(cell / 2) : cell;
      if (arrived) {
        place = k; nowGiven = given[k];
        if (row[k] >= 0) keep(row[k], fresh, end, nowGiven);
        if (k + 1 === ends.length) break;
        wish = min(wish, hint[k]);
      }
      stop = min(ends[place + 1], (floor(now / size) + 1) * size);
      left = (stop - now) / TICKS;
    }
    for (let p = 0; p < F; p++) N5[fast[p]] += own[p] * fresh[fast[p]];
    [y, fresh] = [fresh, y]; [N1, N5] = [N5, N1]; [level, begun] = [begun, level]; [first, final] = [final, first];
  }
  marchOrgans(t, cells, Float64Array.from(following, state => start[state]), keptY);
  const width = readings.length + signalNames.length, storeSeen = rows(keptRows * width);
  const values = keptY.map((states, r) => {
    const seen = storeSeen.subarray(r * width, (r + 1) * width);
    for (let j = 0; j < states.length; j++) if (!(states[j] >= 0 && states[j] < Infinity)) throw new Error(FACTS.messages.level);
    read(states, keptLevel[r], givens[keptGiven[r]], t, readAux, seen);
    return seen;
  });
  const last = keptY.length - 1;
  return { values, amounts: keptLevel, end: { states: keptY[last], amounts: keptLevel[last] }, steps: tried };
}

/* Marches the organs over their cells and fills where they are at every kept time. */
function marchOrgans(t, cells, y, keptY) {
  const { organs: following, messages, organRateAux } = FACTS.layout, n = following.length;
  const rows = count => new Float64Array(count), aux = rows(organRateAux), heard = rows(messages);
  const stage = rows(n), k1 = rows(n), k2 = rows(n), k3 = rows(n), k4 = rows(n);
  const line = rows(2 * messages);
  const reach = time => { for (let i = 0; i < messages; i++) heard[i] = line[i] + time * line[messages + i]; };
  const move = (h, k) => { for (let j = 0; j < n; j++) stage[j] = y[j] + h * k[j]; };
  organRatePrelude(t, aux);
  for (let one = 0, base = 0; one < cells.count; one++, base += 2 * messages) {
    const length = cells.lengths[one], row = cells.rows[one], inverse = 1 / length;
    for (let i = 0; i < messages; i++) {
      const mean = cells.sums[base + i] * inverse;
      const slope = 12 * inverse * inverse * (cells.sums[base + messages + i] * inverse - 0.5 * mean * length);
      line[i] = mean - 0.5 * length * slope; line[messages + i] = slope;
    }
    const count = ceil(length / FACTS.organs.substep), h = length / count;
    for (let step = 0; step < count; step++) {
      reach(step * h); organRate(y, heard, t, aux, k1);
      move(0.5 * h, k1); reach(step * h + 0.5 * h); organRate(stage, heard, t, aux, k2);
      move(0.5 * h, k2); organRate(stage, heard, t, aux, k3);
      move(h, k3); reach(step * h + 0.5 * h + 0.5 * h); organRate(stage, heard, t, aux, k4);
      const sixth = h * (1 / 6);
      for (let j = 0; j < n; j++) y[j] += sixth * (k1[j] + 2 * (k2[j] + k3[j]) + k4[j]);
    }
    if (row >= 0) following.forEach((state, j) => { keptY[row][state] = y[j]; });
  }
}
