/* The planner: leydig.regimen.schedule and leydig.engine.plan without traced shifts. Doses are objects with the fields
   of leydig.regimen.Dose (drug, amount, repeat, start, stop, missed); times become ticks, whole microseconds. */

/* The nearest whole number; halves go to the even one, as in NumPy. */
function rint(x) {
  const low = floor(x), rest = x - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
}

function tickOf(day) {
  const whole = floor(day);
  return whole * FACTS.ticksPerDay + rint((day - whole) * FACTS.ticksPerDay);
}

/* The first multiples of an interval [d] as ticks below a length, each rounded once. */
function multiples(interval, length) {
  const size = interval * FACTS.ticksPerDay, whole = rint(size), spacing = 2 ** (floor(log2(size)) - 52);
  const rest = abs(size - whole) > FACTS.roundings * spacing ? size - whole : 0, found = [];
  for (let n = 0; ; n++) {
    const tick = n * whole + rint(n * rest);
    if (!(tick < length)) return found;
    found.push(tick);
  }
}

/* When doses come after the first, in ticks below a length. */
function offsets(repeat, length) {
  const DAY = FACTS.ticksPerDay;
  const even = until => {
    if (repeat.kind === "every") return multiples(repeat.days, until);
    const found = [];
    if (repeat.kind === "weekdays") {
      for (let week = 0; week * 7 * DAY <= until; week++) for (const day of repeat.weekdays) found.push((week * 7 + day) * DAY);
    } else if (repeat.kind === "once") found.push(0);
    return found.filter(tick => tick < until);
  };
  if (!repeat.on) return even(length);
  const turn = even(min(repeat.on * DAY, length)), cycle = (repeat.on + repeat.off) * DAY, found = [];
  for (let start = 0; start < length; start += cycle) for (const tick of turn) found.push(start + tick);
  return found.filter(tick => tick < length);
}

function doseWindow(dose, until) {
  return [tickOf(dose.start || 0), tickOf(dose.stop == null ? until : min(until, dose.stop))];
}

/* Ticks of single doses before a day. */
function doseTicks(dose, until) {
  const [start, stop] = doseWindow(dose, until), DAY = FACTS.ticksPerDay, missed = dose.missed || [];
  return offsets(dose.repeat, max(stop - start, 0))
    .filter(tick => !missed.includes(floor(start / DAY) + floor(tick / DAY))).map(tick => start + tick);
}

/* Spans [tick] in which an infusion or a train of pulses runs. */
function doseSpans(dose, until) {
  const DAY = FACTS.ticksPerDay, { repeat } = dose, found = [];
  let [start, stop] = doseWindow(dose, until);
  if (repeat.kind === "once") stop = min(stop, start + DAY);
  const length = max(stop - start, 0), zero = floor(start / DAY);
  const off = new Set((dose.missed || []).map(day => day - zero).filter(day => day >= 0 && day < ceil((stop - start) / DAY)));
  const turns = [];
  if (!repeat.on) turns.push([0, length]);
  else for (let at = 0; at < length; at += (repeat.on + repeat.off) * DAY) turns.push([at, min(at + repeat.on * DAY, length)]);
  for (const [on, until] of turns) {
    const inner = [...off].flatMap(day => [day * DAY, (day + 1) * DAY]).filter(cut => cut > on && cut < until);
    const cuts = [...new Set([on, until, ...inner])].sort((a, b) => a - b);
    for (let i = 0; i + 1 < cuts.length; i++) {
      if (!off.has(floor(cuts[i] / DAY))) found.push([start + cuts[i], start + cuts[i + 1]]);
    }
  }
  return found;
}

/* Days between doses; a day for a single one. */
function doseInterval(repeat) {
  return repeat.kind === "every" ? repeat.days : repeat.kind === "weekdays" ? 7 / repeat.weekdays.length : 1;
}

/* Single doses by drug [tick, amount], infusions and pulses by drug, on [0, days). */
function scheduleDoses(doses, days) {
  const single = {}, infusions = {}, pulses = {}, add = (where, name, more) => { (where[name] ||= []).push(...more); };
  for (const dose of doses) {
    const continuous = dose.repeat.kind === "continuous", product = FACTS.products[dose.drug];
    if (continuous) add(infusions, dose.drug, doseSpans(dose, days).map(([start, stop]) => [start, stop, dose.amount]));
    else if (product.pulsatile) {
      add(pulses, dose.drug, doseSpans(dose, days).map(span => [...span, dose.amount, doseInterval(dose.repeat)]));
    } else add(single, dose.drug, doseTicks(dose, days).map(tick => [tick, dose.amount]));
  }
  for (const [name, line] of Object.entries(single)) {
    line.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const sums = new Map();
    for (const [tick, amount] of line) sums.set(tick, (sums.get(tick) || 0) + amount);
    single[name] = [...sums];
  }
  for (const trains of Object.values(pulses)) {
    const line = [...trains].sort((a, b) => a[0] - b[0]);
    for (let i = 1; i < line.length; i++) if (line[i][0] < line[i - 1][1]) throw new Error(FACTS.messages.trains);
  }
  return { single, infusions, pulses };
}

/* What is infused and pulsed where nothing is: amounts 0 and 0 at an interval of a day, drug by drug. */
const nothingGiven = count => Float64Array.from({ length: count }, (_, i) => (i % 3 === 2 ? 1 : 0));

/* The plan of a regimen from a day on: what happens when, and which days are kept, ascending from it; earlier doses are
   in the compartments. */
function planRegimen(regimen, days, start = 0) {
  const { edge, firstStep, absorbed, fresh, empty } = FACTS.plan, { compartments } = FACTS.layout;
  const kept = days.map(tickOf), begin = tickOf(start), stop = kept[kept.length - 1];
  if (kept[0] < begin || stop <= begin || kept.some((tick, i) => i && tick <= kept[i - 1])) throw new Error(FACTS.messages.days);
  const schedule = scheduleDoses(regimen, days[days.length - 1]), moments = new Map(), drugs = new Set();
  for (const [name, line] of Object.entries(schedule.single)) {
    for (const [part, share] of Object.entries(FACTS.products[name].parts)) {
      const { entries, rates, atOnce } = FACTS.drugs[part], fastest = max(...rates), slowest = min(...rates);
      drugs.add(part);
      let last = -Infinity;
      for (const [tick, amount] of line) {
        if (tick < begin) { last = tick / FACTS.ticksPerDay; continue; }
        if (!moments.has(tick)) moments.set(tick, { amounts: new Float64Array(compartments), first: Infinity, sudden: 0 });
        const here = moments.get(tick), day = tick / FACTS.ticksPerDay;
        const step = (day - last > empty / slowest ? fresh : absorbed) / fastest;
        for (const place of entries) here.amounts[place] += amount * share;
        here.first = min(here.first, atOnce ? min(step, edge) : step);
        here.sudden |= atOnce;
        last = day;
      }
    }
  }
  const spans = [];
  for (const [name, list] of Object.entries(schedule.infusions)) {
    drugs.add(name);
    const line = [...list].sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    for (const [on, off, amount] of line) spans.push([on, off, { [FACTS.drugs[name].given]: amount }]);
  }
  for (const [name, list] of Object.entries(schedule.pulses)) {
    drugs.add(name);
    const column = FACTS.drugs[name].given;
    for (const [on, off, amount, interval] of list) spans.push([on, off, { [column + 1]: amount, [column + 2]: interval - 1 }]);
  }
  const ascending = list => [...new Set(list)].sort((a, b) => a - b);
  const edges = ascending(spans.flatMap(span => span.slice(0, 2)));
  const givens = [-Infinity, ...edges].map(start => {
    const line = nothingGiven(FACTS.layout.given);
    for (const [on, off, more] of spans) {
      if (start >= on && start < off) for (const [place, amount] of Object.entries(more)) line[place] += amount;
    }
    return line;
  });
  const coming = ascending([...moments.keys()]).filter(tick => tick < stop);
  const turns = edges.filter(tick => tick > begin && tick < stop), ends = ascending([begin, ...kept, ...coming, ...turns]);
  const where = new Map(ends.map((tick, place) => [tick, place])), count = ends.length;
  const dose = new Int32Array(count).fill(-1), hint = new Float64Array(count).fill(Infinity);
  const row = new Int32Array(count).fill(-1), jump = new Int32Array(count), doses = [];
  for (const tick of coming) {
    const place = where.get(tick), { amounts, first, sudden } = moments.get(tick);
    dose[place] = doses.push(amounts) - 1; hint[place] = first; jump[place] = sudden;
  }
  for (const tick of turns) { hint[where.get(tick)] = min(hint[where.get(tick)], edge); jump[where.get(tick)] = 1; }
  hint[0] = min(hint[0], firstStep);
  kept.forEach((tick, place) => { row[where.get(tick)] = place; });
  const given = ends.map(tick => edges.filter(at => at <= tick).length);
  given[count - 1] = given[count - 2];
  return { ends, dose, doses, given, givens, row, hint, jump, drugs: [...drugs].sort() };
}

/* A man at rest from age, BMI and measured levels in inside units, by the names of FACTS.measurable, and what was done
   to his loop: what is left of arrows, multiples of sizes, and levels that are held, by the names of FACTS.surgery. */
function anchorMan({ age, bmi, levels = {}, surgery = {} }) {
  const found = anchor([age, bmi, ...FACTS.measurable.map(name => levels[name] ?? NaN)]), { anchor: size } = FACTS;
  const { arrows, sizes, stopped, held, background } = FACTS.surgery, { arrows: left = {}, sizes: multiples = {}, hold = {} } = surgery;
  let from = 0;
  const next = count => found.slice(from, (from += count));
  const theta = next(size.theta), start = next(size.start), baseline = next(size.baseline), own = [], aux = [];
  for (const [name, share] of Object.entries(left)) theta[arrows[name]] = share;
  for (const [name, multiple] of Object.entries(multiples)) for (const place of sizes[name]) theta[place] *= Math.max(multiple, stopped);
  for (const [name, level] of Object.entries(hold)) {
    theta[held[name][0]] = 0;
    start[held[name][1]] = level - (name === "estradiol" ? theta[background] : 0);
  }
  ownRatePrelude(theta, aux); ownRate(start, theta, aux, own);
  return { theta, start, own, baseline, ceilings: next(2) };
}

/* Levels of a man on a regimen at some days, at one relative tolerance, and the signals between his organs: an array
   for each; amounts are those of all compartments. */
function simulate(man, regimen, days, tolerance = FACTS.tolerance) {
  const whole = days.length > 1 || days[0] > 0 ? days : [...days, 1];
  const changes = man.weight && bmiSteps(man.weight, man.bmi).values.some(bmi => bmi !== man.bmi);
  const found = changes ? marchStretches(man, regimen, whole, tolerance) : march(anchorMan(man), planRegimen(regimen, whole), tolerance), { readings, signalNames } = FACTS.layout;
  const line = place => { const values = new Array(days.length); for (let r = 0; r < values.length; r++) values[r] = found.values[r][place]; return values; };
  const byName = (names, from) => Object.fromEntries(names.map((name, i) => [name, line(from + i)]));
  const levels = byName(readings, 0), signals = byName(signalNames, readings.length);
  return { days, levels, signals, amounts: found.amounts, steps: found.steps };
}

/* What is in the compartments and what is infused and pulsed at ascending times [d] of a regimen, before any dose of
   that moment; nothing was in them at its start, or these amounts. */
function givenAt(regimen, times, start, begin = null) {
  const plan = planRegimen(regimen, times, start), { ends, dose, doses, given, givens, row } = plan, { compartments } = FACTS.layout;
  const chains = chainsOf(plan), w = new Float64Array(LENGTH + 2), found = [];
  let level = begin ? begin.slice() : new Float64Array(compartments), next = new Float64Array(compartments);
  ends.forEach((tick, k) => {
    const step = k ? 2 * ((tick - ends[k - 1]) / FACTS.ticksPerDay) : 0; // a propagator is that of half a step
    if (step !== w[LENGTH]) { w[LENGTH] = step; for (const chain of chains) propagator(chain, w); }
    if (k) { carry(chains, level, next); [level, next] = [next, level]; }
    if (row[k] >= 0) found[row[k]] = { amounts: level.slice(), given: givens[given[k]] };
    if (dose[k] >= 0) level.forEach((_, j) => { level[j] += doses[dose[k]][j]; });
  });
  return found;
}

/* The equations of an anchored man: where his axis is, its derivative, and what is read and told at a state of it, of
   what is given there. */
function equationsOf({ theta, start }) {
  const { axis, compartments, given: columns, readings, signalNames, rateAux, readAux, signals } = FACTS.layout;
  const nothing = { amounts: new Float64Array(compartments), given: nothingGiven(columns) }, rows = n => new Float64Array(n);
  const t = Float64Array.from(theta), shared = rows(FACTS.layout.rateShared), aux = rows(rateAux), readerAux = rows(readAux);
  const whole = Float64Array.from(start), out = rows(axis.length + signals), seen = rows(readings.length + signalNames.length);
  let now = nothing;
  ratePrelude(t, aux); readPrelude(t, readerAux);
  const give = next => {
    now = next;
    rateGiven(now.given, t, aux, shared); rateDrugs(now.amounts, t, aux, shared);
  };
  give(nothing);
  return {
    nothing, give,
    axis: Float64Array.from(axis, place => start[place]),
    rate(y, to) { rate(y, t, aux, shared, out); to.set(out.subarray(0, axis.length)); },
    read(y) { axis.forEach((place, i) => { whole[place] = y[i]; }); read(whole, now.amounts, now.given, t, readerAux, seen); return seen; },
  };
}

globalThis.leydig = { FACTS, anchorMan, planRegimen, march, simulate, equationsOf, givenAt, scheduleDoses, multiples, tickOf };
