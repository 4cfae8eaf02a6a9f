/* Two semen samples of many men whose own concentration stays: leydig.man.sample. */

const SEMEN_MEN = 400;

/* The chance of a standard normal number below z, from its series about 0; z is at most a few. */
function normalChance(z) {
  let term = z, sum = z;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) { term *= (z * z) / n; sum += term; }
  return 0.5 + (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)) * sum;
}

/* How many sperm are counted: the quantile of a negative binomial distribution. */
function spermCount(expected, dispersion, z) {
  const size = 1 / dispersion, chance = normalChance(z), success = size / (size + expected);
  let term = success ** size, sum = term, n = 0;
  while (sum < chance) { n += 1; term *= ((n - 1 + size) / n) * (1 - success); sum += term; }
  return n;
}

/* The concentration that one ejaculate of a man is read for, from standard normal numbers for abstinence and count. */
function sampleConcentration(concentration, abstinence, count) {
  const { abstinenceSpread, countPower, dispersion, oneSperm, furthest } = LAB.semen, clip = z => Math.min(Math.max(z, -furthest), furthest);
  const days = Math.exp(countPower * abstinenceSpread * clip(abstinence) - 0.5 * (countPower * abstinenceSpread) ** 2);
  return spermCount((concentration * days) / oneSperm, dispersion, clip(count)) * oneSperm;
}

/* What men like this one have, and two samples of each. */
function semenPairs(middle, seed) {
  const random = seeded(seed);
  return Array.from({ length: SEMEN_MEN }, () => {
    const own = middle * Math.exp(LAB.semen.menSpread * normal(random)), [first, second] = [0, 1].map(() => sampleConcentration(own, normal(random), normal(random)));
    return { own, first, second };
  });
}

/* The first sample against the second, and what came of those whose first one was low. */
function drawSemen(state, found) {
  const box = document.getElementById("semen-box"), place = document.getElementById("semen");
  if (!box.open) return;
  const middle = found.baseline.sperm_concentration, pairs = semenPairs(middle, state.seed), limit = ANALYTES.get("sperm_concentration").reference[0];
  const low = pairs.filter(one => one.first < limit), rest = pairs.filter(one => one.first >= limit), average = (list, key) => short(mean(list.map(one => one[key])));
  const size = Math.max(Math.min(place.clientWidth, 440), 240), edge = 46, most = marks(Math.max(...pairs.map(one => one.own)) * 1.5).at(-1), scale = value => Math.sqrt(Math.min(value, most) / most) * (size - edge - 24);
  const x = value => edge + scale(value), y = value => size - edge - scale(value), ticks = [0, limit, ...marks(most, 3).slice(1)];
  const risen = low.length ? Math.round((low.filter(one => one.second > one.first).length / low.length) * 100) : 0;
  const words = low.length
    ? `Of ${SEMEN_MEN} men ${low.length} had a first sample below ${limit} million/mL: ${average(low, "first")} on average. Nobody was given anything. Their second sample: ${average(low, "second")}, higher in ${risen} of 100. What they have of their own: ${average(low, "own")}.`
    : `Of ${SEMEN_MEN} men none had a first sample below ${limit} million/mL. Nobody was given anything.`;
  const svg = draw("svg", { viewBox: `0 0 ${size} ${size}`, width: size, height: size, role: "img", "aria-label": `First against second semen sample. ${words}` },
    draw("rect", { class: "band", x: x(0), y: y(most), width: x(limit) - x(0), height: y(0) - y(most) }),
    ...ticks.flatMap(value => [
      draw("line", { class: "grid", x1: x(0), x2: x(most), y1: y(value), y2: y(value) }), draw("line", { class: "grid", x1: x(value), x2: x(value), y1: y(0), y2: y(most) }),
      draw("text", { class: "soft", x: x(value), y: y(0) + 16, "text-anchor": "middle" }, `${value}`), draw("text", { class: "soft", x: x(0) - 6, y: y(value) + 4, "text-anchor": "end" }, `${value}`)]),
    draw("line", { class: "moment", x1: x(0), x2: x(most), y1: y(0), y2: y(most) }),
    ...pairs.map(one => draw("circle", { class: one.first < limit ? "man low" : "man", cx: x(one.first).toFixed(1), cy: y(one.second).toFixed(1), r: 3 })),
    draw("text", { class: "soft", x: x(most), y: size - 6, "text-anchor": "end" }, "first sample, million/mL"), draw("text", { class: "soft", x: 4, y: 12 }, "second sample"));
  const row = (title, list) => make("tr", {}, make("th", { scope: "row" }, title), make("td", {}, `${list.length}`), ...["first", "second", "own"].map(key => make("td", {}, list.length ? average(list, key) : "-")));
  place.replaceChildren(svg, make("p", { id: "semen-words" }, words), make("div", { class: "wide" }, make("table", {}, make("caption", {}, "Sperm concentration, means [million/mL]"),
    make("thead", {}, make("tr", {}, ...["men", "how many", "first sample", "second sample", "their own"].map(title => make("th", { scope: "col" }, title)))),
    make("tbody", {}, row(`first sample below ${limit}`, low), row(`first sample ${limit} or more`, rest)))));
}
