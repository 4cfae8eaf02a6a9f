/* The loop as a drawing whose arrows are as wide as what they carry, against the man's own rest. */

const ORGANS = [
  ["Hypothalamus", "GnRH pulses", 40, 40, 170, 54], ["Pituitary", "gonadotropes", 40, 175, 170, 54],
  ["Leydig cells", "make testosterone", 40, 325, 170, 54], ["Tubules", "Sertoli cells, sperm", 470, 325, 170, 54],
  ["Blood", "testosterone, estradiol", 470, 40, 170, 54], ["Fat, liver, testis", "aromatase", 470, 175, 170, 54],
];

/* Arrows: what they carry, how (drive, brake, flow), their way, where the label stands, the signal of it, and what
   it is called where it can be cut. */
const ARROWS = [
  ["GnRH felt", "drive", "M110 95 V171", [120, 138], s => s.felt_gnrh],
  ["LH", "drive", "M110 230 V321", [120, 280], s => s.lh, "lh_to_leydig_cells"],
  ["FSH", "drive", "M206 222 C300 262 400 272 492 322", [262, 276], s => s.fsh, "fsh_to_sertoli_cells"],
  ["testosterone inside", "drive", "M211 352 H466", [262, 345], s => s.testicular],
  ["testosterone made", "flow", "M40 352 C6 352 6 12 60 12 H532 L544 36", [262, 28], s => s.testosterone_production],
  ["estradiol made", "flow", "M555 174 V98", [563, 138], s => s.aromatized_fat + s.aromatized_liver + s.aromatized_testis],
  ["free testosterone", "brake", "M468 58 H215", [262, 51], s => s.androgen, "testosterone_feedback"],
  ["estradiol at the brain", "brake", "M468 82 H215", [262, 100], s => s.central_estrogen, "estradiol_feedback"],
  ["free estradiol", "brake", "M486 96 C450 190 330 290 213 334", [318, 309], s => s.estrogen, "estradiol_to_leydig_cells"],
  ["inhibin B", "brake", "M540 324 C500 240 390 196 215 196", [262, 189], (s, levels) => levels.inhibin_b, "inhibin_feedback"],
  ["support of sperm", "drive", "M555 380 V408", [385, 402], s => s.support],
];
const WORDS = { drive: "drives", brake: "brakes", flow: "flows" };

function momentOf(found, day) {
  const at = lines => Object.fromEntries(Object.entries(lines).map(([name, line]) => [name, levelAt(found.days, line, day)]));
  return [at(found.signals), at(found.levels)];
}

/* Signals of a moment against those of the whole man at rest, before anything was given or done. */
function loopSignals(scene, found, day) {
  const whole = course({ man: { ...scene.man, surgery: undefined, weight: undefined }, doses: [] }, LENGTHS[0][0]);
  const now = momentOf(found, day), rest = momentOf(whole, 0);
  return ARROWS.map(([title, kind, , , read]) => ({ title, kind, ratio: read(...now) / read(...rest) }));
}

const times = ratio => (Number.isFinite(ratio) ? `×${ratio < 0.01 ? "0.00" : ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}` : "-");

function drawLoop(state, found) {
  const signals = loopSignals(state.now, found, state.day), parts = [];
  parts.push(draw("defs", {}, ...Object.keys(WORDS).map(kind => draw("marker", {
    id: `end-${kind}`, viewBox: "0 0 10 10", refX: kind === "brake" ? 5 : 8, refY: 5, markerWidth: 13, markerHeight: 13, orient: "auto", markerUnits: "userSpaceOnUse",
  }, kind === "brake" ? draw("rect", { class: "brake-end", x: 3.5, y: 0, width: 3, height: 10 }) : draw("path", { class: `${kind}-end`, d: "M0 0 L10 5 L0 10 Z" })))));
  const { arrows } = surgeryOf(state.now.man);
  ARROWS.forEach(([, kind, way, [x, y], , arrow], i) => {
    const cut = arrows[arrow] === 0, less = arrows[arrow] > 0 ? ` (${Math.round(arrows[arrow] * 100)} %)` : "", { title, ratio } = signals[i], width = Math.min(Math.max(2.2 * Math.sqrt(ratio), 0.6), 8);
    parts.push(draw("path", { class: `arrow ${kind}${cut ? " cut" : ""}`, d: way, "stroke-width": width.toFixed(2), "stroke-dasharray": ratio < 0.05 ? "3 5" : false, "marker-end": `url(#end-${kind})` }));
    parts.push(draw("text", { x, y }, cut ? `${title}: cut` : `${title} ${times(ratio)}${less}`));
  });
  for (const [name, what, x, y, width, height] of ORGANS) {
    parts.push(draw("rect", { class: "organ", x, y, width, height, rx: 8 }));
    parts.push(draw("text", { class: "name", x: x + width / 2, y: y + 22, "text-anchor": "middle" }, name));
    parts.push(draw("text", { class: "soft", x: x + width / 2, y: y + 41, "text-anchor": "middle" }, what));
  }
  const words = signals.map(({ title, kind, ratio }) => `${title} ${WORDS[kind]} ${times(ratio)}`).join(", ");
  document.getElementById("loop").replaceChildren(
    make("div", { class: "wide", tabindex: 0, role: "group", "aria-label": "Drawing of the loop" }, draw("svg", { viewBox: "0 0 700 414", role: "img", "aria-label": `The loop against his rest: ${words}` }, ...parts)),
    make("p", { class: "hint" }, "Width and number: the signal against this man's own rest. Arrow heads drive, bars brake, grey arrows are what is made.", make("span", { class: "narrow" }, " Move the drawing sideways to see all of it.")));
  drawSignals(state, signals);
}

function drawSignals(state, signals) {
  const rows = signals.map(({ title, kind, ratio }) => make("tr", {}, make("td", {}, title), make("td", {}, WORDS[kind]), make("td", {}, times(ratio))));
  document.getElementById("signals").replaceChildren(make("table", {}, make("caption", {}, `Signals on day ${short(state.day)} against his rest, ${state.now.title}`),
    make("thead", {}, make("tr", {}, ...["signal", "it", "against rest"].map(title => make("th", { scope: "col" }, title)))), make("tbody", {}, ...rows)));
}

/* Before and now side by side, at the moment that is looked at. */
function drawSummary(state, now, before) {
  const rows = leydig.FACTS.layout.readings.filter(name => ANALYTES.has(name) && (state.show.includes(name) || ["te2_ratio", "shbg", "sperm_concentration", "hematocrit"].includes(name))).map(name => {
    const analyte = ANALYTES.get(name), factor = factorOf(analyte, state.units), unit = unitOf(analyte, state.units);
    const [one, other] = [now, before].map(found => levelAt(found.days, found.levels[name], state.day) * factor);
    return make("tr", {}, make("th", { scope: "row" }, analyte.symbol, unit ? make("span", { class: "unit" }, ` ${unit}`) : null), make("td", {}, short(other)), make("td", {}, short(one)), make("td", {}, times(one / other)));
  });
  document.getElementById("summary").replaceChildren(make("div", { class: "wide", tabindex: 0, role: "group", "aria-label": "Levels side by side" }, make("table", {}, make("caption", {}, `Levels on day ${short(state.day)}`),
    make("thead", {}, make("tr", {}, ...["level", state.before.title, state.now.title, "ratio"].map(title => make("th", { scope: "col" }, title)))), make("tbody", {}, ...rows))));
}
