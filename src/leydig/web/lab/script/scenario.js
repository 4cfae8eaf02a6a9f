/* What is looked at: a man, what he is given, for how long; as the address holds it, and what the engine makes of it. */

const ANALYTES = new Map(LAB.analytes.map(one => [one.name, one]));
const DRUGS = new Map(LAB.drugs.map(one => [one.name, one]));
const LENGTHS = [[2, "2 days"], [7, "1 week"], [28, "4 weeks"], [84, "12 weeks"], [182, "26 weeks"], [365, "1 year"], [728, "2 years"]];
const OFTEN = [
  ["every~1", "once daily"], ["every~0.5", "twice daily"], ["every~0.333333333333", "three times daily"],
  ["every~0.25", "four times daily"], ["every~2", "every other day"], ["weekdays~0~3", "twice weekly"],
  ["weekdays~0~2~4", "three times weekly"], ["every~7", "weekly"], ["every~14", "every 2 weeks"], ["every~28", "every 4 weeks"],
  ["every~70", "every 10 weeks"], ["every~0.0625", "every 90 minutes"], ["every~0.0833333333333", "every 2 hours"],
  ["once", "once"], ["continuous", "without a pause, a day"],
];
const ARROW_NAMES = LAB.arrows;
const SIZE_NAMES = { leydig_cells: "Leydig cells", sertoli_cells: "Sertoli cells", aromatase: "aromatase" };
const LARGEST = 3; // how many times an organ may be as large as it was
const SHOWN = ["testosterone", "estradiol", "lh", "fsh"];
const MOST_DOSES = 6;

const shared = LAB.lessons[0];
const first = () => ({
  units: "us", days: 182, day: 182, view: "over", show: [...SHOWN], lesson: "", revealed: true, guess: 0, drawn: null, points: [], seed: 1, hour: 10,
  now: { title: "now", man: structuredClone(shared.man), doses: shared.now.doses.map(readDose) },
  before: { title: "no treatment", man: structuredClone(shared.man), doses: [] },
});

function repeatText(repeat) {
  if (repeat.kind === "every") return `every~${+repeat.days.toFixed(12)}`;
  return repeat.kind === "weekdays" ? ["weekdays", ...repeat.weekdays].join("~") : repeat.kind;
}

function readRepeat(text) {
  const [kind, ...rest] = text.split("~"), numbers = rest.map(Number);
  if (kind === "every" && numbers[0] >= 1 / 1440 && numbers[0] <= 3650) {
    const ticks = Math.round(numbers[0] * leydig.FACTS.ticksPerDay);
    return { kind, days: ticks / leydig.FACTS.ticksPerDay, weekdays: [], on: 0, off: 0 };
  }
  const days = [...new Set(numbers)].filter(day => Number.isInteger(day) && day >= 0 && day < 7).sort();
  if (kind === "weekdays" && days.length) return { kind, days: 0, weekdays: days, on: 0, off: 0 };
  return kind === "once" || kind === "continuous" ? { kind, days: 0, weekdays: [], on: 0, off: 0 } : null;
}

/* What is done to the loop of a man; a new one where nothing is. */
function surgeryOf(man) {
  return (man.surgery ??= { arrows: {}, sizes: {}, hold: {} });
}

/* What was done to a man in words, nothing where nothing was. */
function surgeryText(man, units) {
  const { arrows, sizes, hold } = surgeryOf(man);
  return [
    ...Object.entries(arrows).map(([name, share]) => `${ARROW_NAMES[name]} ${share ? `left at ${Math.round(share * 100)} %` : "cut"}`),
    ...Object.entries(sizes).map(([name, size]) => `${SIZE_NAMES[name]} at ${Math.round(size * 100)} %`),
    ...Object.entries(hold).map(([name, level]) => `${ANALYTES.get(name).title} held at ${short(level * factorOf(ANALYTES.get(name), units))} ${unitOf(ANALYTES.get(name), units)}`),
  ].join(", ");
}

/* A man as the engine takes him: his BMI along a line, where his weight changes. */
function asMan(man) {
  const { weight, ...own } = man;
  return weight ? { ...own, weight: { points: [[weight.from, man.bmi], [weight.until, weight.to]], between: leydig.FACTS.weight.linear } } : own;
}

/* How the weight of a man changes, in words; nothing where it stays. */
function weightText({ bmi, weight }) {
  return weight ? `BMI from ${bmi} to ${weight.to} between day ${weight.from} and day ${weight.until}` : "";
}

/* A scene in one sentence. */
function sceneText({ title, man, doses }) {
  const { units } = app.state, levels = Object.entries(man.levels).map(([name, level]) => `${ANALYTES.get(name).title} ${short(level * factorOf(ANALYTES.get(name), units))} ${unitOf(ANALYTES.get(name), units)}`.trim());
  const measured = levels.length ? `, untreated ${levels.join(", ")}` : "";
  return `${title}: a man of ${man.age} years with BMI ${man.bmi}${measured}; ${[weightText(man), scheduleText({ doses }), surgeryText(man, units)].filter(Boolean).join("; ")}.`;
}

/* A change of weight, or nothing where what is given is none. */
function readWeight(to, from, until) {
  const weight = { to: number(to, ...LAB.bmis, null), from: number(from, 0, 3650, null), until: number(until, 0, 3650, null) };
  return Object.values(weight).includes(null) || !(weight.until > weight.from) ? null : weight;
}

/* A dose of the engine as the page holds it. */
function readDose(dose) {
  return { drug: dose.drug, amount: dose.amount, often: repeatText(dose.repeat), start: dose.start, stop: dose.stop };
}

function asDose(dose) {
  return { drug: dose.drug, amount: dose.amount, repeat: readRepeat(dose.often), start: dose.start, stop: dose.stop, missed: [] };
}

/* Why a dose cannot be given so, or nothing. */
function refuseDose(dose) {
  const drug = DRUGS.get(dose.drug), continuous = dose.often === "continuous";
  if (!(dose.amount > 0)) return `got a dose of ${dose.amount}; expected one above 0. Take the drug away instead.`;
  if (continuous && !drug.infusible) return `got ${drug.title} without a pause; expected doses. Give it at an interval.`;
  if (!continuous && drug.infusible && !drug.pulsatile) return `got single doses of ${drug.title}; expected a rate, because it is released evenly. Choose "without a pause".`;
  if (dose.stop !== null && !(dose.stop > dose.start)) return `got an end on day ${dose.stop}; expected one after day ${dose.start}. Leave it empty.`;
  return "";
}

function perDay(dose) {
  const repeat = readRepeat(dose.often);
  return dose.amount * (repeat.kind === "every" ? 1 / repeat.days : repeat.kind === "weekdays" ? repeat.weekdays.length / 7 : 1);
}

/* What the label says against a dose, or nothing. */
function labelWarning(dose) {
  const drug = DRUGS.get(dose.drug), single = drug.singleMaximum ?? drug.dailyMaximum, daily = perDay(dose);
  const over = dose.often === "once" ? dose.amount > single : daily > drug.dailyMaximum * (1 + 1e-9) || (drug.singleMaximum && dose.amount > single);
  return over ? `Above the label: at most ${single} ${drug.unit}${drug.singleMaximum ? " at once" : " a day"}.` : "";
}

const number = (text, low, high, otherwise) => {
  const value = Number(text);
  return text !== null && text !== "" && value >= low && value <= high ? value : otherwise;
};

function writeScene(one, params, mark) {
  params.set(`${mark}man`, [one.man.age, one.man.bmi, ...Object.entries(one.man.levels).map(([name, level]) => `${name}~${+level.toPrecision(7)}`)].join(" "));
  if (one.man.weight) params.set(`${mark}weight`, [one.man.weight.to, one.man.weight.from, one.man.weight.until].join(" "));
  one.doses.forEach((dose, i) => params.set(`${mark}dose${i + 1}`, [dose.drug, dose.amount, dose.often, dose.start, dose.stop ?? ""].join(" ")));
  const { arrows, sizes, hold } = surgeryOf(one.man), pairs = table => Object.entries(table).map(([name, value]) => `${name}~${+value.toPrecision(7)}`).join(" ");
  for (const [key, text] of [["cut", Object.entries(arrows).map(([name, share]) => (share ? `${name}~${share}` : name)).join(" ")], ["size", pairs(sizes)], ["hold", pairs(hold)]]) if (text) params.set(mark + key, text);
  if (one.title !== "now") params.set(`${mark}title`, one.title);
}

function readScene(params, mark, otherwise) {
  if (!params.has(`${mark}man`)) return otherwise;
  const [age, bmi, ...rest] = params.get(`${mark}man`).split(" "), levels = {}, doses = [];
  for (const part of rest) {
    const [name, text] = part.split("~"), analyte = ANALYTES.get(name);
    const level = analyte && analyte.anchors ? number(text, ...analyte.possible, null) : null;
    if (level !== null) levels[name] = level;
  }
  for (let i = 1; i <= MOST_DOSES; i++) {
    const [drug, amount, often, start, stop] = (params.get(`${mark}dose${i}`) ?? "").split(" ");
    if (!DRUGS.has(drug) || !readRepeat(often ?? "")) continue;
    const dose = { drug, amount: number(amount, 1e-9, 1e6, 0), often, start: number(start, 0, 3650, 0), stop: number(stop ?? "", 0, 3650, null) };
    if (!refuseDose(dose)) doses.push(dose);
  }
  const surgery = { arrows: {}, sizes: {}, hold: {} }, parts = key => (params.get(mark + key) ?? "").split(" ").map(part => part.split("~"));
  for (const [name, text] of parts("cut")) if (Object.hasOwn(ARROW_NAMES, name)) surgery.arrows[name] = number(text ?? "", 0, 1, 0);
  for (const [name, text] of parts("size")) if (Object.hasOwn(SIZE_NAMES, name)) surgery.sizes[name] = number(text ?? "", 0, LARGEST, 1);
  for (const [name, text] of parts("hold")) {
    const level = Object.hasOwn(leydig.FACTS.surgery.held, name) ? number(text ?? "", ...ANALYTES.get(name).possible, null) : null;
    if (level !== null) surgery.hold[name] = level;
  }
  const weight = readWeight(...(params.get(`${mark}weight`) ?? "").split(" "));
  const man = { surgery, ...(weight ? { weight } : {}), age: number(age, ...LAB.ages, 30), bmi: number(bmi, ...LAB.bmis, 23), levels };
  return { title: (params.get(`${mark}title`) ?? "now").slice(0, 60), man, doses };
}

/* The state as the address holds it, and back; what cannot be read there is left out. */
function writeState(state) {
  const params = new URLSearchParams();
  params.set("units", state.units); params.set("days", state.days); params.set("day", +state.day.toFixed(3));
  params.set("view", state.view); params.set("show", state.show.join(" "));
  params.set("seed", state.seed); params.set("hour", +state.hour.toFixed(2));
  if (state.lesson) { params.set("lesson", state.lesson); if (state.guess) params.set("guess", state.guess); if (state.drawn) params.set("drawn", state.drawn.map(level => +level.toPrecision(5)).join(" ")); params.set("revealed", +state.revealed); }
  writeScene(state.now, params, ""); writeScene(state.before, params, "other-");
  return params.toString();
}

function readState(text) {
  const params = new URLSearchParams(text), state = first();
  const lesson = LAB.lessons.find(one => one.name === params.get("lesson"));
  state.units = params.get("units") === "si" ? "si" : "us";
  state.days = LENGTHS.some(([days]) => days === +params.get("days")) ? +params.get("days") : state.days;
  state.day = number(params.get("day"), 0, state.days, state.days);
  state.view = params.get("view") === "side" ? "side" : "over";
  state.seed = Math.round(number(params.get("seed"), 1, 1e6, state.seed)); state.hour = number(params.get("hour"), 0, 24, state.hour);
  const show = (params.get("show") ?? "").split(" ").filter(name => ANALYTES.has(name));
  if (show.length) state.show = [...new Set(show)];
  state.now = readScene(params, "", state.now); state.before = readScene(params, "other-", state.before);
  if (lesson) {
    state.lesson = lesson.name; state.guess = number(params.get("guess"), 1, lesson.options.length, 0);
    const most = lesson.draw ? ANALYTES.get(lesson.draw.analyte).possible[1] : 0, drawn = (params.get("drawn") ?? "").split(" ").map(text => number(text, 0, most, null));
    state.drawn = lesson.draw && drawn.length === lesson.draw.weeks.length && !drawn.includes(null) ? drawn : null;
    state.revealed = params.get("revealed") === "1" && !missingFor(lesson, state);
    state.points = state.revealed ? lesson.points : [];
  }
  return state;
}

/* The days at which curves are drawn: hours for days, days for months. */
function drawnDays(days) {
  const step = days <= 7 ? 1 / 24 : days <= 28 ? 1 / 8 : days <= 365 ? 1 : 2, count = Math.round(days / step);
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

const courses = new Map(); // of what was looked at last, by its text

const courseKey = (scene, days, tolerance) => JSON.stringify([scene.man, scene.doses, days, tolerance]);

/* What the engine says of a man and what he is given; an `error` where it refuses. Worked out more coarsely while
   something moves, where `tolerance` says so. */
function course(scene, days, tolerance = leydig.FACTS.tolerance) {
  const key = courseKey(scene, days, tolerance), begun = performance.now();
  if (courses.has(key)) return courses.get(key);
  let found;
  try {
    const { baseline, ceilings } = leydig.anchorMan(scene.man), known = leydig.FACTS.measurable;
    const level = name => baseline[known.indexOf(name)];
    ["lh", "fsh"].forEach((name, i) => {
      if (level(name) >= ceilings[i]) throw new Error(`got ${ANALYTES.get(name).title} ${level(name).toPrecision(3)} IU/L; expected less than his pituitary's ceiling of ${ceilings[i].toPrecision(3)} IU/L. Check the value.`);
    });
    found = { ...leydig.simulate(asMan(scene.man), scene.doses.map(asDose), drawnDays(days), tolerance), baseline: Object.fromEntries(known.map((name, i) => [name, baseline[i]])) };
  } catch (error) {
    found = { error: error.message };
  }
  found.cost = performance.now() - begun;
  if (courses.size > 24) courses.delete(courses.keys().next().value);
  courses.set(key, found);
  return found;
}

/* A level at a moment, between the drawn days. */
function levelAt(days, line, day) {
  const last = days.length - 1, place = Math.min(Math.max(day / (days[1] - days[0]), 0), last), low = Math.min(Math.floor(place), last - 1);
  return line[low] + (place - low) * (line[low + 1] - line[low]);
}

const factorOf = (analyte, units) => analyte.units[units].factor;
const unitOf = (analyte, units) => (analyte.units[units].unit === "1" ? "" : analyte.units[units].unit);

/* A number with three digits, none of them lost before the point. */
function short(value) {
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : size >= 1 ? value.toFixed(2) : size < 5e-4 ? "0" : value.toPrecision(2);
}

function scheduleText(scene) {
  return scene.doses.map(dose => {
    const drug = DRUGS.get(dose.drug), often = (OFTEN.find(([id]) => id === dose.often) ?? ["", dose.often.replaceAll("~", " ")])[1];
    const span = (dose.start ? ` from day ${dose.start}` : "") + (dose.stop !== null ? ` to day ${dose.stop}` : "");
    return `${drug.title} ${dose.amount} ${drug.unit} ${often}${span}`;
  }).join(" + ") || "no treatment";
}
