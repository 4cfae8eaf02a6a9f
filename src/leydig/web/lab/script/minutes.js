/* The minute clock of a man to whom nothing is given: leydig.pulses.simulate, from the same equations and for the same
   random numbers. Those are drawn here from a seed of their own. */

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

/* Intervals and bursts against their means, and how long ago the last pulse was; a day begins amid an interval that is
   drawn in proportion to its length. */
function drawPulses(seed, size) {
  const { regularity, burstSpread, meanInterval } = LAB.pulses, random = seeded(seed), spread = Math.sqrt(Math.log1p(burstSpread ** 2));
  const open = gamma(random, 1 + 1 / regularity) ** (1 / regularity) / meanInterval, waited = random() * open;
  const intervals = Array.from({ length: size }, (_, i) => (i ? (-Math.log(random())) ** (1 / regularity) / meanInterval : open));
  return { waited, intervals, bursts: Array.from({ length: size }, () => Math.exp(spread * normal(random) - spread ** 2 / 2)) };
}

/* LH, FSH, testosterone and estradiol at every minute, and when pulses came and by how much they raised LH. */
function minuteCourse(man, draws, hours) {
  const anchored = leydig.anchorMan({ ...man, surgery: undefined }), equations = leydig.equationsOf(anchored);
  const { fast, readings, signalNames } = leydig.FACTS.layout, [lh, fsh, felt] = fast, [k, kf, j] = anchored.own;
  const { referenceInterval, shortestInterval, ageing, ageingFrom } = LAB.pulses, { hypothalamus_drive: drive, pituitary_reference_lh: reference } = leydig.FACTS.places;
  const acceleration = Math.exp(ageing * Math.max(man.age - ageingFrom, 0)), base = shortestInterval, names = ["lh", "fsh", "testosterone", "estradiol"];
  const places = names.map(name => readings.indexOf(name)), pulsing = readings.length + signalNames.indexOf("pulses");
  const h = 1 / MINUTES, early = LAB.pulses.runIn * MINUTES, wanted = Math.round(hours * 60), gap = Math.abs(j - k) < 1e-6 ? 1e-6 : j - k;
  const lag = t => (-j * Math.exp(-k * t) * Math.expm1(-gap * t)) / gap;
  let y = equations.axis.slice(), next = 0, { waited } = draws, waiting = null;
  const slope = y.slice(), middle = y.slice(), fresh = y.slice();
  const levels = Object.fromEntries(names.map(name => [name, []])), pulseMinutes = [], pulseMass = [];
  for (let i = 0; ; i++) {
    const told = equations.read(y);
    if (i >= early) names.forEach((name, n) => levels[name].push(told[places[n]]));
    if (i === early + wanted) break;
    equations.rate(y, slope);
    const interval = (base + (referenceInterval - base) / ((told[pulsing] / anchored.theta[drive]) * acceleration)) / MINUTES;
    const made = [slope[lh] + k * y[lh], slope[fsh] + kf * y[fsh]];
    waiting ??= made.map(one => one * waited * interval);
    const at = Math.max((draws.intervals[next] - waited) * interval, 0), comes = at < h, burst = draws.bursts[next];
    const released = made.map((one, n) => (comes ? burst * (waiting[n] + one * at) : 0));
    waiting = made.map((one, n) => (comes ? one * (h - at) : waiting[n] + one * h));
    waited = comes ? (h - at) / interval : waited + h / interval;
    if (comes) next += 1;
    if (comes && i >= early) { pulseMinutes.push(i - early + MINUTES * at); pulseMass.push(released[0]); }
    const advance = (later, to) => {
      const since = Math.max(later - at, 0), [own, other] = later >= at ? released : [0, 0];
      for (let s = 0; s < y.length; s++) to[s] = y[s] + later * slope[s];
      to[lh] = y[lh] * Math.exp(-k * later) + own * Math.exp(-k * since);
      to[fsh] = y[fsh] * Math.exp(-kf * later) + other * Math.exp(-kf * since);
      to[felt] = (y[lh] * lag(later) + own * lag(since)) / anchored.theta[reference] + y[felt] * Math.exp(-j * later);
    };
    advance(h / 2, middle);
    equations.rate(middle, slope);
    advance(h, fresh);
    y.set(fresh);
  }
  return { levels, pulseMinutes, pulseMass };
}

const TUBE_DAYS = 4; // over which it is told how near a tube comes; the first of them is drawn
const tubeDays = { key: "", found: null }; // of the man looked at last

function minutesOf(man, seed) {
  const key = JSON.stringify([man.age, man.bmi, man.levels, seed]);
  if (tubeDays.key !== key) Object.assign(tubeDays, { key, found: minuteCourse(man, drawPulses(seed, 512), 24 * TUBE_DAYS) });
  return tubeDays.found;
}

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

/* A day of LH with the tube that is drawn at the chosen hour. */
function drawMinutes(state) {
  const box = document.getElementById("minutes-box"), place = document.getElementById("minutes");
  if (!box.open) return;
  const { levels, pulseMinutes } = minutesOf(state.now.man, state.seed), line = levels.lh.slice(0, MINUTES + 1), whole = mean(line), tube = Math.round(state.hour * 60);
  const analyte = ANALYTES.get("lh"), width = Math.max(Math.min(place.clientWidth, 900), 240), most = marks(Math.max(...line) * 1.02).at(-1), percent = value => `${Math.round(value * 100)} %`;
  const { parts, x, y } = frameOf(analyte, { units: state.units, days: 1 }, width, most, { step: 4 / 24, text: day => `${Math.round(day * 24)} h`, title: "hours" });
  const path = line.map((value, i) => (i % 2 ? "" : `${i ? "L" : "M"}${x(i / MINUTES).toFixed(1)} ${y(value).toFixed(1)}`)).join("");
  const words = `The tube at hour ${short(state.hour)} reads ${short(line[tube])} IU/L; the mean of his day is ${short(whole)}. Between ${short(Math.min(...line))} and ${short(Math.max(...line))} IU/L, ${pulseMinutes.filter(one => one < MINUTES).length} pulses came.`;
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
