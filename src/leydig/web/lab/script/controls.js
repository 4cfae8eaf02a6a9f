/* Inputs, and what happens when they change. */

const FRAME_COST = 30; // milliseconds that a curve may cost while something moves
const COARSE = 1e-3; // tolerance of what costs more; an error of some 0.01 % at most in what is drawn
const PAUSE = 1000; // milliseconds after which moving the same input again is another change
const REST = 150; // milliseconds without a change after which it is drawn exactly

const app = { state: first(), past: [], same: "", changed: 0, waiting: false, cost: 0, resting: 0 };

/* Changes the state, remembers what it was, and draws anew; one drag of a slider is one change (`same`). */
function change(act, same = "") {
  const before = writeState(app.state), now = performance.now(), goesOn = same && app.same === same && now - app.changed < PAUSE;
  act();
  if (before !== writeState(app.state) && !goesOn) app.past.push(before);
  app.same = same; app.changed = now;
  app.past = app.past.slice(-100);
  drawInputs();
  redraw();
}

/* Draws curves at the next frame, however often it was asked for until then: more coarsely where the last exact curve
   was dear, and then exactly once nothing moves. */
function redraw() {
  clearTimeout(app.resting);
  const coarse = app.cost > FRAME_COST;
  if (coarse) app.resting = setTimeout(drawOutputs, REST);
  if (app.waiting) return;
  app.waiting = true;
  requestAnimationFrame(() => { app.waiting = false; drawOutputs(coarse); });
}

/* Says beneath an input why it is not taken, and takes the words back once it is. */
function sayRefusal(box) {
  const place = box.closest("td") ?? box.closest(".slide, .lab, .row"), id = `refusal-${box.id}`, old = document.getElementById(id);
  old?.remove(); box.removeAttribute("aria-describedby");
  if (!box.validationMessage || !place) return;
  const words = make("p", { class: "warn", id, role: "status" }, `Not taken: ${box.validationMessage.replace(/\.$/, "")}. The last value stays.`);
  box.setAttribute("aria-describedby", id);
  if (place.tagName === "TD") place.append(words); else place.after(words);
}

function slider(id, title, value, low, high, step, unit, act) {
  const set = (input, other) => {
    const next = number(input.value, low, high, null);
    input.setCustomValidity(next === null ? `got ${input.value || "nothing"}; expected ${low} to ${high}` : "");
    if (next === null) return;
    other.value = next;
    act(next);
  };
  const range = make("input", { type: "range", id: `${id}-range`, min: low, max: high, step, value, "aria-label": title, oninput: () => set(range, box) });
  const box = make("input", { type: "number", id, min: low, max: high, step: "any", value, oninput: () => set(box, range) });
  return make("div", { class: "slide" }, make("label", { for: id }, title), range, make("span", { class: "value" }, box, make("span", { class: "unit" }, unit)));
}

/* Inputs are made anew only where their number or kind has changed, so that the focus stays. */
function drawInputs() {
  const { state } = app, { man, doses } = state.now;
  document.getElementById("units").value = state.units; document.getElementById("view").value = state.view;
  document.getElementById("length").value = state.days;
  document.getElementById("undo").disabled = app.past.length === 0;
  document.getElementById("add").disabled = doses.length >= MOST_DOSES;
  const shape = JSON.stringify([state.units, state.lesson, app.serial, doses.map(dose => [dose.drug, dose.often])]);
  if (shape !== app.shape) {
    app.shape = shape;
    drawMan(man); drawWeight(man); drawLabs(man); drawDoses(doses); drawSurgery(man);
  }
  document.getElementById("before-text").textContent = sceneText(state.before);
  document.getElementById("printed").textContent = [state.before, state.now].map(sceneText).join(" ");
  document.getElementById("surgery-text").textContent = surgeryText(man, state.units) || "The loop is whole.";
  for (const box of document.querySelectorAll("#show input")) box.checked = state.show.includes(box.value);
  drawLesson(state);
}

function drawMan(man) {
  document.getElementById("man").replaceChildren(
    slider("age", "Age", man.age, ...LAB.ages, 1, "years", age => change(() => { man.age = age; }, "age")),
    slider("bmi", "BMI", man.bmi, ...LAB.bmis, 0.1, "kg/m²", bmi => change(() => { man.bmi = bmi; }, "bmi")));
}

/* To which BMI he goes, and between which days; empty where his weight stays. */
function drawWeight(man) {
  const box = (id, title, value, low, high) => make("input", { type: "number", id: `weight-${id}`, min: low, max: high, step: "any", value: value ?? "", "aria-label": title, oninput: set });
  const to = box("to", "BMI that he comes to", man.weight?.to, ...LAB.bmis), from = box("from", "From day", man.weight?.from ?? 0, 0, 3650), until = box("until", "to day", man.weight?.until ?? 182, 0, 3650);
  function set(event) {
    const next = readWeight(to.value, from.value, until.value), empty = to.value === "" && !to.validity.badInput;
    for (const one of [to, from, until]) { one.setCustomValidity(""); sayRefusal(one); }
    if (!next && !empty) event.target.setCustomValidity(`got BMI ${to.value || "without a number"} between day ${from.value || "?"} and day ${until.value || "?"}; expected ${LAB.bmis[0]} to ${LAB.bmis[1]}, and an end after the start; leave the BMI empty where his weight stays`);
    if (next || empty) change(() => { if (next) man.weight = next; else delete man.weight; }, "weight");
  }
  document.getElementById("weight").replaceChildren(
    make("div", { class: "row" }, make("label", { for: "weight-to" }, "BMI then", to), make("span", { class: "unit" }, "kg/m²")),
    make("div", { class: "row" }, make("label", { for: "weight-from" }, "from day", from), make("label", { for: "weight-until" }, "to day", until)));
}

function drawLabs(man) {
  const { units } = app.state;
  document.getElementById("labs").replaceChildren(...leydig.FACTS.measurable.map(name => {
    const analyte = ANALYTES.get(name), factor = factorOf(analyte, units), level = man.levels[name];
    const [low, high] = analyte.possible.map(one => one * factor);
    const box = make("input", { type: "number", id: `lab-${name}`, step: "any", min: 0, value: level === undefined ? "" : +(level * factor).toPrecision(4), oninput: () => {
      const next = box.value === "" ? undefined : number(box.value, low, high, null);
      box.setCustomValidity(next === null || box.validity.badInput ? `got ${box.value || "no number"}; expected ${short(low)} to ${short(high)} ${unitOf(analyte, units)}` : "");
      if (next === null || box.validity.badInput) return;
      change(() => { if (next === undefined) delete man.levels[name]; else man.levels[name] = next / factor; }, name);
    } });
    return make("div", { class: "lab" }, make("label", { for: `lab-${name}` }, analyte.title), box, make("span", { class: "unit" }, unitOf(analyte, units)));
  }));
}

function drawDoses(doses) {
  document.getElementById("doses").replaceChildren(...(doses.length ? doses.map(drawDose) : [make("p", { class: "hint" }, "Nothing. Add a drug below.")]));
}

function drawDose(dose, i) {
  const drug = DRUGS.get(dose.drug), same = `dose${i}`, warning = make("p", { class: "warn" }, labelWarning(dose) || refuseDose(dose));
  const set = changes => {
    const next = { ...dose, ...changes }, refusal = refuseDose(next);
    warning.textContent = refusal || labelWarning(next);
    if (!refusal) change(() => Object.assign(dose, changes), same + Object.keys(changes));
    else drawDoseChoices();
  };
  const choices = OFTEN.some(([id]) => id === dose.often) ? OFTEN : [[dose.often, dose.often.replace("every~", "every ").replaceAll("~", " ") + " days"], ...OFTEN];
  const often = make("select", { id: `often-${i}`, onchange: () => set({ often: often.value }) }, ...choices
    .filter(([id]) => !refuseDose({ ...dose, often: id, stop: null })).map(([id, title]) => make("option", { value: id, selected: id === dose.often }, title)));
  const drawDoseChoices = () => { often.value = dose.often; };
  const day = (id, title, value, key) => {
    const box = make("input", { type: "number", id: `${id}-${i}`, min: 0, max: 3650, step: "any", value: value ?? "", placeholder: key === "stop" ? "open" : "", oninput: () => {
      const next = box.value === "" ? (key === "stop" ? null : 0) : number(box.value, 0, 3650, undefined);
      if (next !== undefined) set({ [key]: next });
    } });
    return make("label", { for: `${id}-${i}` }, title, box);
  };
  return make("div", { class: "dose", role: "group", "aria-label": drug.title },
    make("div", { class: "head" }, make("h3", {}, drug.title), make("button", { type: "button", onclick: () => change(() => { doseList().splice(doseList().indexOf(dose), 1); app.serial = (app.serial ?? 0) + 1; }) }, "Take away")),
    make("p", { class: "hint" }, `${drug.kind}; labelled for ${drug.indication}`),
    slider(`amount-${i}`, "Dose", dose.amount, +(drug.most / 100).toPrecision(2), drug.most, +(drug.most / 200).toPrecision(1), drug.unit, amount => set({ amount })),
    make("div", { class: "row" }, make("label", { for: `often-${i}` }, "How often"), often),
    make("div", { class: "row" }, day("start", "From day", dose.start, "start"), day("stop", "to day", dose.stop, "stop")), warning);
}

/* Moves the moment that is looked at. */
function lookAt(day) {
  change(() => { app.state.day = day; }, "day");
}

const doseList = () => app.state.now.doses;

function drawOutputs(moving = false) {
  const { state } = app, { tolerance } = leydig.FACTS, begun = performance.now(), before = course(state.before, state.days);
  const coarse = moving && !courses.has(courseKey(state.now, state.days, tolerance)), now = course(state.now, state.days, coarse ? COARSE : tolerance);
  if (!coarse && now.cost) app.cost = now.cost;
  const message = now.error ?? before.error ?? "";
  document.getElementById("message").textContent = message && `${message} The curves are the last ones that could be worked out.`;
  history.replaceState(null, "", `#${writeState(state)}`);
  const range = document.getElementById("day");
  range.max = state.days; range.step = drawnDays(state.days)[1]; range.value = state.day;
  document.getElementById("day-text").textContent = state.days <= 28 ? `day ${short(state.day)}` : `week ${short(state.day / 7)} (day ${Math.round(state.day)})`;
  document.getElementById("hour").value = state.hour; document.getElementById("hour-text").textContent = `hour ${short(state.hour)}`;
  range.setAttribute("aria-valuetext", `day ${short(state.day)}`);
  if (message) return;
  for (const name of leydig.FACTS.measurable) {
    const analyte = ANALYTES.get(name), box = document.getElementById(`lab-${name}`);
    box.placeholder = short(now.baseline[name] * factorOf(analyte, state.units));
  }
  if (state.lesson && !state.revealed) return drawHidden();
  drawLoop(state, now); drawSummary(state, now, before); drawPlots(state, now, before); if (!coarse) drawParts(state); drawMinutes(state); drawSemen(state, now);
  document.getElementById("cost").textContent = coarse ? "Drawn more coarsely while something moves." : `Drawn exactly, in ${(performance.now() - begun).toFixed(0)} ms, ${now.steps} steps.`;
}

function drawHidden() {
  for (const id of ["loop", "summary", "signals"]) document.getElementById(id).replaceChildren();
  document.getElementById("plots").replaceChildren(make("p", { class: "panel" }, `The curves wait for your prediction: choose what you expect${lessonOf(app.state).draw ? ", and draw it," : ""} in the lesson above.`));
}

/* Everything that is drawn, every day of it, as a table that spreadsheets read. */
function csvText(state) {
  const names = leydig.FACTS.layout.readings.filter(name => ANALYTES.has(name)), lines = [], quote = text => `"${text.replaceAll('"', '""')}"`;
  lines.push(["curve", "day", ...names.map(name => `${name} [${ANALYTES.get(name).units[state.units].unit}]`)].map(quote).join(","));
  for (const scene of [state.before, state.now]) {
    const found = course(scene, state.days);
    found.days.forEach((day, i) => lines.push([quote(scene.title), +day.toFixed(6), ...names.map(name => +(found.levels[name][i] * factorOf(ANALYTES.get(name), state.units)).toPrecision(9))].join(",")));
  }
  return lines.join("\r\n") + "\r\n";
}

function saveCsv() {
  saveFile(new Blob([csvText(app.state)], { type: "text/csv" }), "leydig-lab.csv");
}
