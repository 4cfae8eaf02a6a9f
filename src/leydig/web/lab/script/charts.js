/* Curves as SVG, each with its table. */

const SVG = "http://www.w3.org/2000/svg";

/* An element with attributes and children; texts are set as text, never as HTML. */
function make(tag, attributes = {}, ...children) {
  const one = document.createElement(tag);
  return fill(one, attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(one, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) one.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) one.setAttribute(name, value === true ? "" : value);
  }
  one.append(...children.filter(child => child !== null && child !== undefined));
  return one;
}

/* Steps of 1, 2 or 5 that divide a scale from 0 into four or so. */
function marks(most, about = 4) {
  const rough = most / about, unit = 10 ** Math.floor(Math.log10(rough)), step = [1, 2, 5, 10].find(one => one * unit >= rough) * unit;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) => i * step);
}

function timeMarks(days) {
  if (days <= 2) return { step: 0.5, text: day => `${day * 24} h`, title: "hours" };
  if (days <= 28) return { step: days <= 7 ? 1 : 7, text: day => `${day}`, title: "days" };
  const step = days <= 84 ? 14 : days <= 182 ? 28 : days <= 365 ? 56 : 112;
  return { step, text: day => `${day / 7}`, title: "weeks" };
}

const FRAME = { left: 52, right: 12, top: 10, bottom: 34, height: 210 };

/* The frame of a plot: reference and scales, and where a day and a shown value stand in it. */
function frameOf(analyte, state, width, most, times = timeMarks(state.days)) {
  const { left, right, top, bottom, height } = FRAME, factor = factorOf(analyte, state.units);
  const x = day => left + (day / state.days) * (width - left - right), y = value => height - bottom - (value / most) * (height - top - bottom);
  const parts = [];
  const [low, high] = analyte.reference.map(one => Math.min(one * factor, most));
  parts.push(draw("rect", { class: "band", x: left, y: y(high), width: width - left - right, height: Math.max(y(low) - y(high), 0) }));
  for (const value of marks(most)) {
    if (value > most * 1.0001) continue;
    parts.push(draw("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }));
    parts.push(draw("text", { class: "soft", x: left - 6, y: y(value) + 4, "text-anchor": "end" }, `${+value.toPrecision(6)}`));
  }
  for (let day = 0; day <= state.days + 1e-9; day += times.step) {
    parts.push(draw("text", { class: "soft", x: x(day), y: height - bottom + 16, "text-anchor": "middle" }, times.text(day)));
  }
  parts.push(draw("text", { class: "soft", x: width - right, y: height - 4, "text-anchor": "end" }, times.title));
  return { parts, x, y };
}

/* One plot: curves are {days, values, kind}; kinds differ in line style as well as in color. */
function plot(analyte, state, curves, width, most, title) {
  const { left, right, top, bottom, height } = FRAME, factor = factorOf(analyte, state.units), { parts, x, y } = frameOf(analyte, state, width, most);
  for (const { days, values, kind } of curves) {
    const path = values.map((value, i) => `${i ? "L" : "M"}${x(days[i]).toFixed(1)} ${y(value * factor).toFixed(1)}`).join("");
    parts.push(draw("path", { class: kind, d: path }));
  }
  for (const point of state.points.filter(one => one.analyte === analyte.name && one.day <= state.days)) {
    parts.push(draw("circle", { class: "point", cx: x(point.day), cy: y(point.level * factor), r: 5 }));
  }
  parts.push(draw("line", { class: "moment", x1: x(state.day), x2: x(state.day), y1: top, y2: height - bottom }));
  const follow = event => {
    if (event.type === "pointermove" && !event.buttons) return;
    const box = event.currentTarget.getBoundingClientRect(), share = ((event.clientX - box.left) * (width / box.width) - left) / (width - left - right);
    lookAt(Math.min(Math.max(share, 0), 1) * state.days);
  };
  return draw("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": title, onpointerdown: follow, onpointermove: follow }, ...parts);
}

/* The highest value that a scale has to hold, rounded up. */
function scaleOf(analyte, state, curves) {
  const factor = factorOf(analyte, state.units);
  const values = curves.flatMap(one => one.values), points = state.points.filter(one => one.analyte === analyte.name);
  const most = Math.max(...values, ...points.map(one => one.level), analyte.reference[0] * 1.2) * factor;
  return marks(most * 1.02).at(-1);
}

/* The table of a plot, which is worked out where it is open: most are closed, and a slider draws all of them anew. */
function dataTable(analyte, state, days, now, before, open) {
  const factor = factorOf(analyte, state.units), unit = unitOf(analyte, state.units), place = make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": `${analyte.title}, table` });
  const show = () => {
    const step = Math.max(1, Math.round(days.length / 27)), seen = Array.from({ length: Math.ceil(days.length / step) }, (_, row) => row * step);
    const rows = seen.map(i => make("tr", {}, ...[days[i], before[i] * factor, now[i] * factor].map(value => make("td", {}, short(value)))));
    const head = make("tr", {}, ...["day", state.before.title, state.now.title].map(title => make("th", { scope: "col" }, title)));
    place.replaceChildren(make("table", {}, make("caption", {}, `${analyte.title} [${unit || "1"}]; reference ${analyte.reference.map(one => short(one * factor)).join(" to ")}. ${analyte.source}`), make("thead", {}, head), make("tbody", {}, ...rows)));
  };
  if (open) show();
  return make("details", { open, "data-name": analyte.name, ontoggle: event => { if (event.target.open && !place.firstChild) show(); } }, make("summary", {}, "Table"), place);
}

/* Draws all plots anew; open tables stay open. */
function drawPlots(state, now, before) {
  const box = document.getElementById("plots"), open = new Set([...box.querySelectorAll("details[open]")].map(one => one.dataset.name));
  const style = getComputedStyle(box), columns = style.gridTemplateColumns.split(" ").length;
  const inside = (box.clientWidth - (columns - 1) * 16) / columns - 34, days = drawnDays(state.days);
  const side = state.view === "side", pairs = side && inside > 420;
  box.replaceChildren(...state.show.map(name => {
    const analyte = ANALYTES.get(name), unit = unitOf(analyte, state.units), factor = factorOf(analyte, state.units);
    const one = { days, values: now.levels[name], kind: "now" }, other = { days, values: before.levels[name], kind: "before" };
    const lesson = lessonOf(state), guess = lesson?.draw?.analyte === name && state.drawn ? [drawnLine(lesson, state)] : [];
    const most = scaleOf(analyte, state, [one, other, ...guess]), width = Math.max(Math.round(pairs ? (inside - 10) / 2 : inside), 200);
    const at = curve => `${short(levelAt(days, curve.values, state.day) * factor)} ${unit}`;
    const label = `${analyte.title}: ${state.before.title} ${at(other)}, ${state.now.title} ${at(one)} at this moment; the table below has the values`;
    const graphs = side
      ? make("div", { class: pairs ? "pair" : "" }, ...[[other, state.before.title], [one, state.now.title]].map(([curve, title]) => make("div", {}, make("h4", { class: "key" }, title), plot(analyte, state, [curve, ...(curve === one ? guess : [])], width, most, `${label} (${title})`))))
      : plot(analyte, state, [other, one, ...guess], width, most, label);
    const table = dataTable(analyte, state, days, one.values, other.values, open.has(name));
    return make("figure", { class: "plot" },
      make("figcaption", {}, make("h3", {}, `${analyte.title}${unit ? ` [${unit}]` : ""}`), make("span", { class: "key" },
        make("span", { class: "dot before" }), `${state.before.title} ${at(other)}  `, make("span", { class: "dot" }), `${state.now.title} ${at(one)}`,
        guess.length ? make("span", {}, "  ", make("span", { class: "dot drawn" }), "your line") : null,
        state.points.some(point => point.analyte === name) ? make("span", {}, " ", make("span", { class: "dot point" }), "published") : null)),
      graphs, analyte.validated ? null : make("p", { class: "hint" }, "Not validated in this model: look at the direction."), table);
  }));
}
