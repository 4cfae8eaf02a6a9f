/* Loop surgery: a cut arrow carries the man's own resting signal, and a held level stays where it is put. */

function drawSurgery(man) {
  const surgery = surgeryOf(man), { units } = app.state;
  const cuts = Object.entries(ARROW_NAMES).map(([name, title]) => drawArrow(name, title, surgery));
  const sizes = Object.entries(SIZE_NAMES).map(([name, title]) => slider(`size-${name}`, title, Math.round((surgery.sizes[name] ?? 1) * 100), 0, 100 * LARGEST, 1, "%", percent => change(() => {
    if (percent === 100) delete surgery.sizes[name]; else surgery.sizes[name] = percent / 100;
  }, `size-${name}`)));
  document.getElementById("surgery").replaceChildren(
    make("fieldset", {}, make("legend", {}, "Left of each arrow; what is missing carries his resting signal"), ...cuts),
    make("fieldset", {}, make("legend", {}, "Left of each organ"), ...sizes),
    make("fieldset", {}, make("legend", {}, "Held from day 0"), ...Object.keys(leydig.FACTS.surgery.held).map(name => drawHold(name, surgery, units))));
}

/* How much is left of an arrow, by a slider, and a tick that cuts it. */
function drawArrow(name, title, { arrows }) {
  const leave = (percent, same) => change(() => { if (percent === 100) delete arrows[name]; else arrows[name] = percent / 100; }, same);
  const left = slider(`left-${name}`, title, Math.round((arrows[name] ?? 1) * 100), 0, 100, 1, "%", percent => { tick.checked = percent === 0; leave(percent, `left-${name}`); });
  const tick = make("input", { type: "checkbox", id: `cut-${name}`, checked: arrows[name] === 0, "aria-label": `${title}: cut`, onchange: () => {
    for (const input of left.querySelectorAll("input")) input.value = tick.checked ? 0 : 100;
    leave(tick.checked ? 0 : 100);
  } });
  return make("div", {}, left, make("label", { class: "tick" }, tick, "cut"));
}

function drawHold(name, surgery, units) {
  const analyte = ANALYTES.get(name), factor = factorOf(analyte, units), [low, high] = analyte.possible.map(one => one * factor);
  const rest = () => course(app.state.now, app.state.days).baseline?.[name] ?? leydig.anchorMan({ ...app.state.now.man, surgery: {} }).baseline[leydig.FACTS.measurable.indexOf(name)];
  const level = make("input", { type: "number", id: `hold-${name}`, step: "any", min: 0, "aria-label": `${analyte.title}, held level`, value: name in surgery.hold ? +(surgery.hold[name] * factor).toPrecision(4) : "", disabled: !(name in surgery.hold), oninput: () => {
    const next = number(level.value, low, high, null);
    level.setCustomValidity(next === null ? `got ${level.value || "no number"}; expected ${short(low)} to ${short(high)}` : "");
    if (next !== null) change(() => { surgery.hold[name] = next / factor; }, `hold-${name}`);
  } });
  const tick = make("input", { type: "checkbox", id: `held-${name}`, checked: name in surgery.hold, onchange: () => {
    level.disabled = !tick.checked;
    const begin = rest();
    level.value = tick.checked ? +(begin * factor).toPrecision(4) : "";
    change(() => { if (tick.checked) surgery.hold[name] = begin; else delete surgery.hold[name]; });
  } });
  return make("div", { class: "lab" }, make("label", { for: `held-${name}` }, tick, analyte.title), level, make("span", { class: "unit" }, unitOf(analyte, units)));
}
