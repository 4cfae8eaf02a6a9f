/* The minute clock: leydig.pulses.simulate and .doses, from the same equations and for the same random numbers. Those are
   drawn here from a seed of their own. */

const MINUTES = 24 * 60; // in a day

/* A generator of even random numbers in (0, 1): a 32 bit counter whose bits are mixed. */
function seeded(seed) {
  let at = (seed * 0x9e3779b9) >>> 0;
  return () => {
    at = (at + 0x6d2b79f5) >>> 0;
    let x = Math.imul(at ^ (at >>> 15), at | 1);
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x;
    return (((x ^ (x >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}

const normal = random => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());

/* A gamma variate of a shape of 1 or more, by rejection from a cubed normal one. */
function gamma(random, shape) {
  const d = shape - 1 / 3, c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random), v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/* Intervals, bursts and answers to given doses against their means, and how long ago the last pulse was; a day begins
   amid an interval that is drawn in proportion to its length. */
function drawPulses(seed, size) {
  const { regularity, burstSpread, meanInterval } = LAB.pulses, random = seeded(seed), spread = Math.sqrt(Math.log1p(burstSpread ** 2));
  const open = gamma(random, 1 + 1 / regularity) ** (1 / regularity) / meanInterval, waited = random() * open, factor = () => Math.exp(spread * normal(random) - spread ** 2 / 2);
  const intervals = Array.from({ length: size }, (_, i) => (i ? (-Math.log(random())) ** (1 / regularity) / meanInterval : open));
  return { waited, intervals, bursts: Array.from({ length: size }, factor), pump: Array.from({ length: size }, factor) };
}

/* Every dose of GnRH before a tick: when, the fraction of a full store that it frees, and the runs of doses. */
function givenTrain(regimen, until) {
  const { depletion, trains } = LAB.pulses, found = [], runs = [];
  for (const [name, list] of Object.entries(leydig.scheduleDoses(regimen, until / leydig.FACTS.ticksPerDay).pulses)) {
    const { fading, rise, binding } = trains[name], doses = [];
    for (const [first, stop, dose, interval] of [...list].sort((a, b) => a[0] - b[0])) {
      for (const tick of leydig.multiples(interval, Math.max(Math.min(stop, until) - first, 0))) doses.push([first + tick, dose]);
      runs.push([first, stop]);
    }
    let level = 0;
    doses.forEach(([tick, dose], i) => {
      const faded = i + 1 < doses.length ? Math.exp((-fading * (doses[i + 1][0] - tick)) / leydig.FACTS.ticksPerDay) : 0, peak = level + rise * dose;
      level = peak * faded;
      const time = Math.log((1 + peak / binding) / (1 + level / binding)) / fading; // for which receptors are busy [d]
      found.push({ tick, freed: -Math.expm1(-time / depletion) });
    });
  }
  return { doses: found.sort((a, b) => a.tick - b.tick), runs };
}

/* How full the stores of LH and FSH are at a tick, after the doses before it, by the shares of own and given pulses. */
function fullness({ doses, runs }, [own, pump], start) {
  const { stores, history } = LAB.pulses, day = leydig.FACTS.ticksPerDay, recent = doses.filter(({ tick }) => tick < start && tick >= start - history * day);
  let full = stores.map(() => 1);
  recent.forEach(({ tick, freed }, i) => {
    const gap = ((recent[i + 1]?.tick ?? start) - tick) / day, on = runs.some(([first, stop]) => stop > start && first <= tick && tick < stop) ? 1 : 0;
    full = full.map((one, n) => {
      const left = one * (1 - freed), slow = left < 1 ? own / stores[n] : 0, grown = slow > 0 ? -Math.expm1(-slow * gap) / slow : gap;
      return left + ((pump * on + own * Math.max(1 - left, 0)) / stores[n]) * grown;
    });
  });
  return full;
}

/* What is given at the middle of every step from a day on, and where the axis is when the first one begins that is on the
   regimen: at rest on day 0, or where the clock of days has brought it. */
function minuteGifts(anchored, regimen, start, step, count) {
  const { ticksPerDay, tolerance } = leydig.FACTS, opened = Math.max(start, 0) / ticksPerDay, before = opened > 0 ? leydig.march(anchored, leydig.planRegimen(regimen, [opened]), tolerance).end : null;
  const times = Array.from({ length: count }, (_, i) => start / ticksPerDay + step * (i + 0.5)), early = times.filter(time => time < opened).length;
  const gifts = regimen.length ? leydig.givenAt(regimen, times.slice(early), opened, before?.amounts) : [];
  return { states: before?.states ?? anchored.start, gifts: regimen.length ? [...new Array(early).fill(null), ...gifts] : new Array(count).fill(null) };
}

/* LH, FSH, testosterone and estradiol at every minute from a day of a regimen on, and when pulses came and by how much
   they raised LH. */
function minuteCourse(man, draws, hours, regimen = [], day = 0) {
  const anchored = leydig.anchorMan(man), { theta } = anchored, { ticksPerDay, layout: { axis, fast, readings, signalNames }, surgery: { arrows, held }, places: { hypothalamus_drive: drive, pituitary_reference_lh: reference } } = leydig.FACTS;
  const [lh, fsh, felt] = fast, [k, kf, j] = leydig.anchorMan({ ...man, surgery: undefined }).own, rates = [k, kf], levelOf = [lh, fsh], free = ["lh", "fsh"].map(name => theta[held[name][0]]), share = theta[arrows.lh_to_leydig_cells];
  const { referenceInterval, shortestInterval, ageing, ageingFrom, stores, releaseDelay, runIn } = LAB.pulses, acceleration = Math.exp(ageing * Math.max(man.age - ageingFrom, 0)), entering = MINUTES / releaseDelay;
  const names = ["lh", "fsh", "testosterone", "estradiol"], at = name => readings.length + signalNames.indexOf(name), places = names.map(name => readings.indexOf(name)), [own, given, heard] = ["pulses", "given_gnrh", "lh"].map(at);
  const tick = leydig.tickOf(1 / MINUTES), h = tick / ticksPerDay, early = Math.ceil((ticksPerDay * runIn) / tick), wanted = Math.ceil(leydig.tickOf(hours / 24) / tick), start = leydig.tickOf(day) - early * tick;
  const { states, gifts } = minuteGifts(anchored, regimen, start, h, early + wanted), train = givenTrain(regimen, start + tick * (early + wanted) + ticksPerDay);
  const equations = leydig.equationsOf({ theta, start: states }), withoutPulses = new Map(), pump = new Map(train.doses.filter(dose => dose.tick >= start).map(dose => [Math.floor((dose.tick - start) / tick), dose]));
  const gap = fade => (Math.abs(j - fade) < 1e-6 ? 1e-6 : j - fade), lag = (fade, t) => (-j * Math.exp(-fade * t) * Math.expm1(-gap(fade) * t)) / gap(fade), decay = (fade, t) => Math.exp(-fade * t);
  let y = Float64Array.from(axis, place => states[place]), { waited } = draws, next = 0, pumped = 0, waiting = null, full = null, pace = null, leaving = [0, 0];
  const slope = y.slice(), middle = y.slice(), fresh = y.slice(), deaf = y.slice(), levels = Object.fromEntries(names.map(name => [name, []])), pulses = [];

  /* What infusions alone drive; it hangs on what is given without a dose of its own. */
  const infusedBy = gift => {
    if (!withoutPulses.has(gift.given)) {
      equations.give({ ...gift, given: gift.given.map((amount, column) => (column % 3 === 1 ? 0 : amount)) });
      withoutPulses.set(gift.given, equations.read(y)[given]);
      equations.give(gift);
    }
    return withoutPulses.get(gift.given);
  };
  let last = null;
  for (let i = 0; i < early + wanted; i++) {
    const gift = gifts[i] ?? equations.nothing;
    if (gift !== last) equations.give(gift);
    last = gift;
    const infused = infusedBy(gift), told = equations.read(y), brake = told[own] / theta[drive], pulsing = told[own] + told[given], shares = [told[own] / pulsing, (told[given] - infused) / pulsing];
    const interval = (shortestInterval + (referenceInterval - shortestInterval) / (brake * acceleration)) / MINUTES;
    deaf.set(y); deaf[lh] = 0;
    const beside = equations.read(deaf)[heard]; // what Leydig cells hear but for his own LH
    equations.rate(y, slope);
    const made = levelOf.map((place, n) => slope[place] + rates[n] * y[place]), whole = 1 - shares[0] - shares[1];
    if (!waiting) {
      full = fullness(train, shares, start); pace = made.slice();
      waiting = made.map((one, n) => shares[0] * one * Math.min(full[n], 1) * waited * interval);
    }
    const ownAt = Math.max((draws.intervals[next] - waited) * interval, 0), dose = pump.get(i), doseAt = dose ? (dose.tick - start - tick * i) / ticksPerDay : Infinity, comes = ownAt < h, given2 = doseAt < h, burst = draws.bursts[next];
    const rate = made.map((one, n) => shares[0] * one * Math.min(full[n], 1)), filling = made.map((one, n) => ((one / pace[n]) * (shares[1] + shares[0] * Math.max(1 - full[n], 0))) / stores[n]);
    const fraction = given2 ? Math.min(draws.pump[pumped] * dose.freed, 1) : 0, left = full.map((one, n) => fraction * (one + (given2 ? filling[n] * doseAt : 0)));
    const bursts = rate.map((one, n) => free[n] * (comes ? burst * (waiting[n] + one * ownAt) : 0)), freed = left.map((one, n) => free[n] * one * stores[n] * pace[n]);
    waiting = rate.map((one, n) => (comes ? one * (h - ownAt) : waiting[n] + one * h));
    full = full.map((one, n) => one + filling[n] * h - left[n]);
    pace = pace.map((one, n) => one + (h * (made[n] - one)) / stores[n]);
    waited = comes ? (h - ownAt) / interval : waited + h / interval;
    if (comes) next += 1;
    if (given2) pumped += 1;
    if (i >= early) for (const [moment, mass] of [[ownAt, bursts[0]], [doseAt, freed[0]]]) if (moment < h) pulses.push([i - early + MINUTES * moment, mass]);
    const rest = made.map((one, n) => (free[n] * one * whole + (1 - free[n]) * one) / rates[n]), pool = leaving;

    /* Moves all levels on by their slopes, and LH, FSH and felt LH exactly; returns what is still to enter. */
    const advance = (later, to) => {
      const since = Math.max(later - ownAt, 0), sinceDose = Math.max(later - doseAt, 0), came = later >= ownAt ? bursts : [0, 0], parts = [pool, later >= doseAt ? freed : [0, 0]], times = [later, sinceDose], away = -Math.expm1(-j * later);
      const arrive = (n, fade, curve) => parts.reduce((sum, part, p) => sum + ((part[n] * entering) / (entering - fade)) * (curve(fade, times[p]) - curve(entering, times[p])), 0);
      for (let s = 0; s < y.length; s++) to[s] = y[s] + later * slope[s];
      levelOf.forEach((place, n) => { to[place] = rest[n] + (y[place] - rest[n]) * decay(rates[n], later) + came[n] * decay(rates[n], since) + arrive(n, rates[n], decay); });
      const from = rest[0] * away + (y[lh] - rest[0]) * lag(k, later) + came[0] * lag(k, since) + arrive(0, k, lag);
      to[felt] = (share * from) / theta[reference] + beside * away + y[felt] * Math.exp(-j * later);
      return [0, 1].map(n => parts.reduce((sum, part, p) => sum + part[n] * decay(entering, times[p]), 0));
    };
    advance(h / 2, middle);
    equations.rate(middle, slope);
    leaving = advance(h, fresh);
    y.set(fresh);
    const tube = i >= early - 1 ? equations.read(y) : null;
    if (tube) names.forEach((name, n) => levels[name].push(tube[places[n]]));
  }
  pulses.sort((a, b) => a[0] - b[0]);
  return { levels, pulseMinutes: pulses.map(one => one[0]), pulseMass: pulses.map(one => one[1]) };
}

const TUBE_DAYS = 4; // over which it is told how near a tube comes; the first of them is drawn
const tubeDays = { key: "", found: null, waiting: 0 }; // of the man looked at last

const mean = list => list.reduce((sum, one) => sum + one, 0) / list.length;

/* How often the mean of some tubes, 20 minutes apart, is within a share of the mean of their day. */
function shareWithin(line, tubes, share) {
  let near = 0, all = 0;
  for (let day = 0; day < TUBE_DAYS; day++) {
    const own = line.slice(day * MINUTES, (day + 1) * MINUTES), whole = mean(own);
    for (let i = 0; i + 20 * (tubes - 1) < own.length; i++, all++) {
      let sum = 0;
      for (let tube = 0; tube < tubes; tube++) sum += own[i + 20 * tube];
      if (Math.abs(sum / tubes - whole) <= share * whole) near += 1;
    }
  }
  return near / all;
}

/* The day that is looked at, with the tube that is drawn at the chosen hour; worked out anew once nothing has moved for a
   moment. */
function drawMinutes(state) {
  const box = document.getElementById("minutes-box"), place = document.getElementById("minutes"), day = Math.floor(state.day), { man, doses } = state.now;
  const say = text => place.replaceChildren(make("p", { class: "warn" }, text)), key = JSON.stringify([man, doses, day, state.seed]);
  clearTimeout(tubeDays.waiting);
  if (!box.open) return;
  if (man.weight) return say("got a man whose weight changes; the clock of minutes takes none. Take the change of weight away to see the day.");
  if (tubeDays.key === key) return showMinutes(state, day);
  tubeDays.waiting = setTimeout(() => {
    try {
      Object.assign(tubeDays, { key, found: minuteCourse(asMan(man), drawPulses(state.seed, 1024), 24 * TUBE_DAYS, doses.map(asDose), day) });
    } catch (error) {
      return say(error.message);
    }
    showMinutes(state, day);
  }, tubeDays.found ? REST : 0);
}

function showMinutes(state, day) {
  const place = document.getElementById("minutes"), { levels, pulseMinutes } = tubeDays.found, line = levels.lh.slice(0, MINUTES + 1), whole = mean(line), tube = Math.round(state.hour * 60);
  const analyte = ANALYTES.get("lh"), width = Math.max(Math.min(place.clientWidth, 900), 240), most = marks(Math.max(...line) * 1.02).at(-1), percent = value => `${Math.round(value * 100)} %`;
  const { parts, x, y } = frameOf(analyte, { units: state.units, days: 1 }, width, most, { step: 4 / 24, text: day => `${Math.round(day * 24)} h`, title: "hours" });
  const path = line.map((value, i) => (i % 2 ? "" : `${i ? "L" : "M"}${x(i / MINUTES).toFixed(1)} ${y(value).toFixed(1)}`)).join("");
  const words = `Day ${day}, ${[scheduleText(state.now), surgeryText(state.now.man, state.units)].filter(Boolean).join("; ")}. The tube at hour ${short(state.hour)} reads ${short(line[tube])} IU/L; the mean of his day is ${short(whole)}. Between ${short(Math.min(...line))} and ${short(Math.max(...line))} IU/L, ${pulseMinutes.filter(one => one < MINUTES).length} pulses came.`;
  const svg = draw("svg", { viewBox: `0 0 ${width} ${FRAME.height}`, width, height: FRAME.height, role: "img", "aria-label": `LH of one day. ${words}` }, ...parts,
    draw("line", { class: "before", x1: x(0), x2: x(1), y1: y(whole), y2: y(whole) }), draw("path", { class: "now", d: path }), draw("circle", { class: "point", cx: x(tube / MINUTES), cy: y(line[tube]), r: 6 }));
  const rows = Array.from({ length: 49 }, (_, i) => i * 30), names = Object.keys(levels);
  const table = make("details", { open: place.querySelector("details")?.open }, make("summary", {}, "Table"), make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "The day, table" }, make("table", {},
    make("caption", {}, "Every half hour, without the assay's noise"),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "hour"), ...names.map(name => make("th", { scope: "col" }, `${ANALYTES.get(name).symbol} [${unitOf(ANALYTES.get(name), state.units)}]`)))),
    make("tbody", {}, ...rows.map(i => make("tr", {}, make("td", {}, `${i / 60}`), ...names.map(name => make("td", {}, short(levels[name][i] * factorOf(ANALYTES.get(name), state.units))))))))));
  place.replaceChildren(svg, make("p", { id: "minutes-words" }, words),
    make("p", {}, `Over ${TUBE_DAYS} days from this one, a tube is within 20 % of the mean of its day in ${percent(shareWithin(levels.lh, 1, 0.2))} of the time, the mean of two tubes 20 minutes apart in ${percent(shareWithin(levels.lh, 2, 0.2))}, of three in ${percent(shareWithin(levels.lh, 3, 0.2))}.`), table);
}
