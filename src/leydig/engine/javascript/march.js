/* The march of one man: leydig.engine.kernel.march and .organs with one lane for eight.
   What is printed before this: FACTS, and rate, say, organRate, read and ownRate, each with its Prelude; rate in three
   stages, of which rateGiven is worked out when infusions or pulses change, and rateDrugs when amounts do. */

/* Longest cell of the organs [d] at a relative tolerance. */
function cellLength(tolerance) {
  const { longestCell, ordinary, order } = FACTS.organs;
  return longestCell * 0.5 ** ceil(log2(max(ordinary / tolerance, 1)) / order);
}

/* The chains of the drugs of a plan, each with room for its propagator. */
function chainsOf({ drugs }) {
  const given = FACTS.chains.filter(chain => drugs.includes(chain.drug));
  return given.map(({ first, rates }) => ({ first, rates, share: new Float64Array(rates.length ** 2) }));
}

/* Marches a man (theta, start, own, see `anchor`) through a plan; returns what is read and what organs tell one
   another at every kept time, the amounts in the compartments there, where it ends, and the number of steps tried.
   It begins at rest with nothing in the compartments, or where another march ended. */
function march(man, plan, tolerance, begin = null) {
  const own = Float64Array.from(man.own), t = Float64Array.from(man.theta), start = begin ? begin.states : man.start, { ends, dose, doses, given, givens, hint, jump, row } = plan;
  const { axis, organs: following, signals, messages, compartments, readings, signalNames } = FACTS.layout;
  const { longest, shortest, most: mostTried, caution, slowest, fastest } = STEP;
  const A = axis.length, wide = A + signals, TICKS = FACTS.ticksPerDay;
  const rows = n => new Float64Array(n);
  const cell = cellLength(tolerance), aux = rows(FACTS.layout.rateAux), sayAux = rows(FACTS.layout.sayAux), readAux = rows(FACTS.layout.readAux);
  ratePrelude(t, aux); sayPrelude(t, sayAux); readPrelude(t, readAux);
  let y = rows(A), fresh = rows(A), N1 = rows(wide), N5 = rows(wide);
  const stage = rows(A), N2 = rows(wide), N3 = rows(wide), N4 = rows(wide), halfway = rows(wide), there = rows(wide);
  let first = rows(messages), final = rows(messages);
  const amid = rows(messages);
  const mostCells = row.length + 2 + floor((ends[ends.length - 1] - ends[0]) / TICKS / (0.25 * cell)); // none is shorter than half a halved one
  const cells = { count: 0, sums: rows(mostCells * 2 * messages), lengths: rows(mostCells), rows: new Int32Array(mostCells) };
  const { sums } = cells;
  let base = 0; // of the sums of the cell that is open
  let level = begin ? begin.amounts.slice() : rows(compartments), begun = rows(compartments), after = null;
  const middle = rows(compartments);
  let end = rows(compartments);
  const w = rows(LENGTH + 2), limit = FACTS.trusted * tolerance;
  const chains = chainsOf(plan), shared = rows(FACTS.layout.rateShared), keptY = [], keptLevel = [], keptGiven = [];
  const keptRows = row.reduce((most, r) => max(most, r + 1), 0), storeY = rows(keptRows * start.length), storeLevel = rows(keptRows * compartments);
  const keep = (r, states, amounts, now) => {
    keptY[r] = storeY.subarray(r * start.length, (r + 1) * start.length); keptGiven[r] = now;
    keptLevel[r] = storeLevel.subarray(r * compartments, (r + 1) * compartments); keptLevel[r].set(amounts);
    for (let j = 0; j < A; j++) keptY[r][axis[j]] = states[j];
  };
  for (let j = 0; j < A; j++) y[j] = start[axis[j]];
  let brisk = FACTS.organs.afterJump, since = 0, place = 0, nowGiven = given[0];
  let left = (ends[1] - ends[0]) / TICKS, wish = hint[0], before = NaN, tried = 0;
  const cellSize = () => (brisk > shortest ? 0.5 * cell : cell); // steps that add up to a day miss it by a rounding
  const budget = mostTried * (ends.length + (ends[ends.length - 1] - ends[0]) / TICKS);
  if (row[0] >= 0) {
    keep(row[0], y, level, nowGiven);
    following.forEach(state => { keptY[row[0]][state] = start[state]; });
  }
  if (dose[0] >= 0) for (let j = 0; j < compartments; j++) level[j] += doses[dose[0]][j];
  rateGiven(givens[nowGiven], t, aux, shared); rateDrugs(level, t, aux, shared);
  rate(y, t, aux, shared, N1);
  say(N1, t, sayAux, first);
  split(own, y, N1);
  for (;;) {
    const next = min(wish, 0.5 * cellSize()), h = next < left ? (2 * next < left ? next : 0.5 * left) : left, whole = h === left;
    if (h !== before) {
      before = w[LENGTH] = h;
      for (const [p, q, j] of FAST) coefficients(own, p, w, q);
      for (let c = 0; c < chains.length; c++) propagator(chains[c], w);
    }
    carry(chains, level, middle); carry(chains, middle, end);
    second(w, y, N1, stage);
    if (chains.length) rateDrugs(middle, t, aux, shared);
    rate(stage, t, aux, shared, N2);
    third(w, own, N1, N2, stage);
    rate(stage, t, aux, shared, N3);
    fourth(w, own, y, N1, N3, stage);
    if (chains.length) rateDrugs(end, t, aux, shared);
    rate(stage, t, aux, shared, N4);
    finish(w, own, stage, y, N1, N2, N3, N4, fresh);
    const k = place + 1, bent = whole && jump[k] > 0;
    const turned = whole && given[k] !== nowGiven, dosed = whole && dose[k] >= 0;
    after = end;
    if (dosed) {
      after = begun;
      for (let j = 0; j < compartments; j++) after[j] = end[j] + doses[dose[k]][j];
    }
    if (turned) rateGiven(givens[given[k]], t, aux, shared);
    if (dosed || turned) rateDrugs(after, t, aux, shared);
    rate(fresh, t, aux, shared, N5);
    doubt(w, own, fresh, N1, N2, N3, N4, N5, !bent);
    const most = w[LENGTH + 1], taken = most <= limit, change = caution * sqrt(sqrt(limit / most));
    const factor = min(change >= slowest ? change : slowest, fastest), wished = factor * h;
    tried += 1;
    if (!taken) {
      wish = wished;
      if (turned) { rateGiven(givens[nowGiven], t, aux, shared); rateDrugs(level, t, aux, shared); }
      if (wish < shortest || tried > budget) throw new Error(FACTS.messages.steps);
      continue;
    }
    for (let j = A; j < wide; j++) {
      there[j] = bent ? N4[j] : N5[j];
      halfway[j] = 0.5 * (N2[j] + N3[j]) + 0.25 * (N4[j] - there[j]);
    }
    say(halfway, t, sayAux, amid); say(there, t, sayAux, final);
    const sixth = h * (1 / 6), late = since + 0.5 * h, last = since + h;
    for (let i = 0; i < messages; i++) {
      const heavy = 4 * amid[i];
      sums[base + i] += sixth * (first[i] + heavy + final[i]);
      sums[base + messages + i] += sixth * (since * first[i] + late * heavy + last * final[i]);
    }
    if (bent) say(N5, t, sayAux, final); // after what happens there
    wish = min(max(wished, factor > 1 && h < wish ? wish : 0), longest); // a boundary cuts a step short
    left -= h; since += h; brisk -= h;
    const size = cellSize();
    if (since + min(wish, 0.5 * size) > size || (whole && (row[k] >= 0 || k + 1 === ends.length))) {
      cells.lengths[cells.count] = since;
      cells.rows[cells.count++] = whole ? row[k] : -1;
      base += 2 * messages; since = 0;
    }
    if (whole) {
      if (bent) brisk = FACTS.organs.afterJump;
      place = k; nowGiven = given[k];
      if (row[k] >= 0) keep(row[k], fresh, end, nowGiven);
      if (k + 1 === ends.length) break;
      left = (ends[k + 1] - ends[k]) / TICKS;
      wish = min(wish, hint[k]);
    }
    split(own, fresh, N5);
    [y, fresh] = [fresh, y]; [N1, N5] = [N5, N1]; [first, final] = [final, first];
    if (after === end) [level, end] = [end, level]; else [level, begun] = [begun, level];
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
