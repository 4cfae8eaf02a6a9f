/* Lessons: predict, then reveal. While a lesson waits for a prediction its curves are hidden. */

const lessonOf = state => LAB.lessons.find(one => one.name === state.lesson);

function startLesson(name) {
  const lesson = LAB.lessons.find(one => one.name === name), state = { ...first(), units: app.state.units, view: app.state.view };
  if (lesson) {
    const days = lessonDays(lesson), scene = curve => lessonScene(lesson, curve);
    Object.assign(state, { lesson: name, revealed: false, points: [], days, day: lesson.moment * 7, show: [...lesson.show], now: scene(lesson.now), before: scene(lesson.before) });
  }
  change(() => { Object.assign(app.state, state); app.serial = (app.serial ?? 0) + 1; });
}

/* What still has to be done before a lesson shows its curves, or nothing. */
function missingFor(lesson, state) {
  const missing = [state.guess ? "" : "choose what you expect", lesson.draw && !state.drawn ? "draw your line" : ""].filter(Boolean);
  return missing.length ? `First ${missing.join(" and ")}.` : "";
}

function readyToReveal(lesson) {
  const missing = missingFor(lesson, app.state), button = document.getElementById("reveal");
  if (!button) return;
  button.disabled = Boolean(missing); document.getElementById("missing").textContent = missing;
}

/* A lesson is made anew only when another one, or its other half, is shown, so that the focus stays. */
function drawLesson(state) {
  const box = document.getElementById("lesson-body"), lesson = lessonOf(state), shape = JSON.stringify([state.lesson, state.revealed, state.units, app.serial]);
  document.getElementById("lesson").value = state.lesson;
  document.body.classList.toggle("waiting", Boolean(lesson) && !state.revealed);
  if (box.dataset.shape === shape) return;
  box.dataset.shape = shape;
  if (!lesson) return box.replaceChildren(make("p", { class: "hint" }, "Free play: move anything. A lesson asks first what you expect, and shows the curves afterwards."));
  const options = lesson.options.map((text, i) => make("label", {},
    make("input", { type: "radio", name: "guess", value: i + 1, checked: state.guess === i + 1, disabled: state.revealed, onchange: () => change(() => { app.state.guess = i + 1; readyToReveal(lesson); }) }), make("span", {}, text)));
  const parts = [make("p", {}, lesson.question), make("fieldset", { class: "choices" }, make("legend", {}, "What do you expect?"), ...options)];
  if (!state.revealed) {
    if (lesson.draw) parts.push(drawingFigure(lesson, state));
    parts.push(make("div", { class: "row" }, make("button", { type: "button", id: "reveal", class: "main", onclick: () => reveal(lesson) }, "Show what happens"), make("span", { id: "missing", class: "hint", role: "status" })));
  } else {
    const right = state.guess === lesson.answer;
    parts.push(make("p", { class: right ? "verdict" : "verdict other", id: "verdict", tabindex: -1 }, `${right ? "As you expected" : "Not as you expected"}: ${lesson.options[lesson.answer - 1]}`),
      ...(lesson.draw && state.drawn ? drawingVerdict(lesson, state) : []),
      ...(lesson.samples ? [make("p", {}, make("a", { href: `#${lesson.samples}-box`, onclick: event => { event.preventDefault(); showSamples(lesson); } }, "See the samples below the moment."))] : []),
      ...lesson.explanation.map(text => make("p", {}, text)), make("p", {}, make("strong", {}, "Not to be concluded: "), lesson.limits),
      make("p", { class: "sources" }, `Sources: ${lesson.studies.map(one => `${one.title} (${one.source})`).join("; ")}.`));
  }
  box.replaceChildren(...parts);
  readyToReveal(lesson);
}

function showSamples(lesson) {
  const box = document.getElementById(`${lesson.samples}-box`);
  box.open = true; box.scrollIntoView({ block: "start" }); box.querySelector("summary").focus({ preventScroll: true });
}

function reveal(lesson) {
  if (lesson.samples) document.getElementById(`${lesson.samples}-box`).open = true;
  change(() => Object.assign(app.state, { revealed: true, points: lesson.points }));
  document.getElementById("verdict").focus();
}
