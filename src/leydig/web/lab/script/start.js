/* What is wired once, when the page has been read. */

function options(id, list) {
  document.getElementById(id).replaceChildren(...list.map(([value, title]) => make("option", { value }, title)));
}

function on(id, event, act) {
  document.getElementById(id).addEventListener(event, act);
}

function open(text) {
  app.serial = (app.serial ?? 0) + 1; // inputs are those of another state
  app.state = readState(text);
}

options("length", LENGTHS);
options("lesson", [["", "none: free play"], ...LAB.lessons.map(one => [one.name, one.title])]);
options("add", [["", "a drug ..."], ...LAB.drugs.map(one => [one.name, `${one.title} (${one.kind})`]).sort((a, b) => a[1].localeCompare(b[1]))]);
document.getElementById("digest").textContent = leydig.FACTS.digest;
document.getElementById("show").replaceChildren(...LAB.analytes.map(({ name, title }) => make("label", {},
  make("input", { type: "checkbox", value: name, onchange: event => change(() => {
    const shown = app.state.show.filter(one => one !== name);
    app.state.show = LAB.analytes.map(one => one.name).filter(one => shown.includes(one) || (one === name && event.target.checked));
  }) }), title)));

on("units", "change", event => change(() => { app.state.units = event.target.value; }));
on("view", "change", event => change(() => { app.state.view = event.target.value; }));
on("length", "change", event => change(() => { app.state.days = Number(event.target.value); app.state.day = app.state.days; }));
on("day", "input", event => lookAt(Number(event.target.value)));
on("lesson", "change", event => startLesson(event.target.value));
on("add", "change", event => {
  const drug = DRUGS.get(event.target.value);
  event.target.value = "";
  if (drug) change(() => { doseList().push(readDose(drug.first)); app.serial = (app.serial ?? 0) + 1; });
});
on("keep", "click", () => change(() => { app.state.before = { ...structuredClone(app.state.now), title: "before" }; }));
on("untreated", "click", () => change(() => { app.state.before = { title: "no treatment", man: { ...structuredClone(app.state.now.man), surgery: undefined, weight: undefined }, doses: [] }; }));
on("undo", "click", () => { const text = app.past.pop(); if (text !== undefined) { open(text); drawInputs(); redraw(); } });
on("reset", "click", () => change(() => open("")));
on("csv", "click", saveCsv);
on("png", "click", savePicture);
on("parts-box", "toggle", redraw);
on("parts-of", "change", redraw);
on("minutes-box", "toggle", redraw);
on("semen-box", "toggle", redraw);
on("hour", "input", event => change(() => { app.state.hour = Number(event.target.value); }, "hour"));
for (const id of ["another-day", "other-men"]) on(id, "click", () => change(() => { app.state.seed = (app.state.seed % 1e6) + 1; }));
on("link", "click", async () => {
  const done = navigator.clipboard ? await navigator.clipboard.writeText(location.href).then(() => true, () => false) : false;
  document.getElementById("link").textContent = done ? "Copied" : "See the address";
});
addEventListener("hashchange", () => { if (location.hash.slice(1) !== writeState(app.state)) { open(location.hash.slice(1)); drawInputs(); redraw(); } });
addEventListener("resize", redraw);
document.addEventListener("input", event => { if (event.target.type === "number") sayRefusal(event.target); });

open(location.hash.slice(1));
drawInputs();
drawOutputs();
