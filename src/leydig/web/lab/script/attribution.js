/* Through which arrows a change came: leydig.simulation.attribute, between the two curves that are compared. */

/* Shapley's value of each player; the first of them is the highest bit of the number of a subset. */
function shapleyValues(worth) {
  const count = Math.log2(worth.length), size = number => number.toString(2).replaceAll("0", "").length;
  const factorial = n => (n < 2 ? 1 : n * factorial(n - 1)), weight = taken => (factorial(taken) * factorial(count - taken - 1)) / factorial(count);
  return Array.from({ length: count }, (_, player) => {
    const bit = 1 << (count - player - 1);
    let sum = 0;
    for (let subset = 0; subset < worth.length; subset++) if (!(subset & bit)) sum += weight(size(subset)) * (worth[subset | bit] - worth[subset]);
    return sum;
  });
}

/* The level of a scene on a day with some of the brakes cut, besides what is cut in it. */
function levelWithout(scene, cut, name, day) {
  const { arrows, sizes, hold } = surgeryOf(scene.man), surgery = { sizes, hold, arrows: { ...arrows, ...Object.fromEntries(cut.map(arrow => [arrow, 0])) } };
  return leydig.simulate({ ...asMan(scene.man), surgery }, scene.doses.map(asDose), [day]).levels[name][0];
}

/* How much of the difference between two scenes came through each brake, and what is left with all of them cut. */
function attributeChange(before, now, name, day) {
  const worth = Array.from({ length: 1 << LAB.brakes.length }, (_, subset) => {
    const cut = LAB.brakes.filter((_, player) => !(subset & (1 << (LAB.brakes.length - player - 1))));
    return levelWithout(now, cut, name, day) - levelWithout(before, cut, name, day);
  });
  const values = shapleyValues(worth);
  return { parts: [...LAB.brakes.map((arrow, i) => [arrow, values[i]]), ["direct", worth[0]]], change: worth.at(-1) };
}

const attributed = { key: "", found: null, waiting: 0 };

/* Draws the parts where their box is open, once nothing has moved for a moment: they cost 32 courses. */
function drawParts(state) {
  const box = document.getElementById("parts-box"), choice = document.getElementById("parts-of");
  const names = state.show.filter(name => leydig.FACTS.layout.readings.includes(name));
  if (choice.dataset.names !== names.join(" ")) {
    choice.dataset.names = names.join(" ");
    const last = choice.value;
    choice.replaceChildren(...names.map(name => make("option", { value: name, selected: name === last }, ANALYTES.get(name).title)));
  }
  clearTimeout(attributed.waiting);
  if (!box.open || !choice.value) return;
  const key = JSON.stringify([state.now, state.before, choice.value, state.day]);
  if (key === attributed.key) return showParts(state, choice.value);
  document.getElementById("parts").replaceChildren(make("p", { class: "hint" }, "Working out 32 courses ..."));
  attributed.waiting = setTimeout(() => {
    try {
      attributed.found = attributeChange(state.before, state.now, choice.value, state.day);
      attributed.key = key;
    } catch (error) {
      return document.getElementById("parts").replaceChildren(make("p", { class: "warn" }, error.message));
    }
    showParts(state, choice.value);
  }, 250);
}

function showParts(state, name) {
  const { parts, change } = attributed.found, analyte = ANALYTES.get(name), factor = factorOf(analyte, state.units), unit = unitOf(analyte, state.units);
  const most = Math.max(...parts.map(([, value]) => Math.abs(value)), Math.abs(change), 1e-12), signed = value => `${value < 0 ? "\u2212" : "+"}${short(Math.abs(value) * factor)}`;
  const bar = value => {
    const length = (Math.abs(value) / most) * 100;
    return draw("svg", { viewBox: "0 0 200 14", class: "bar", "aria-hidden": "true" }, draw("line", { class: "grid", x1: 100, x2: 100, y1: 0, y2: 14 }),
      draw("rect", { class: value < 0 ? "fall" : "rise", x: value < 0 ? 100 - length : 100, y: 2, width: length, height: 10 }));
  };
  const row = (title, value, kind) => make("tr", { class: kind }, make("th", { scope: "row" }, title), make("td", {}, signed(value)), make("td", {}, bar(value)));
  document.getElementById("parts").replaceChildren(make("div", { class: "wide", tabindex: 0, role: "group", "aria-label": "Parts of the change" }, make("table", { class: "parts" },
    make("caption", {}, `${analyte.title} [${unit || "1"}] on day ${short(state.day)}: ${state.now.title} against ${state.before.title}`),
    make("thead", {}, make("tr", {}, ...["through", "part", "against the largest"].map(title => make("th", { scope: "col" }, title)))),
    make("tbody", {}, ...parts.map(([arrow, value]) => row(ARROW_NAMES[arrow] ?? "none of these arrows", value, "")), row("the whole change", change, "sum")))));
}
