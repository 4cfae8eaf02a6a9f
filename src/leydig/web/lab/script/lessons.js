/* Lessons: predict, then reveal. While a lesson waits for a prediction its curves are hidden. */

function startLesson(name) {
  const lesson = LAB.lessons.find(one => one.name === name), state = { ...first(), units: app.state.units, view: app.state.view };
  if (lesson) {
    const days = LENGTHS.find(([days]) => days >= lesson.weeks * 7)[0];
    const scene = curve => ({ title: curve.title, man: { ...structuredClone(lesson.man), surgery: structuredClone(curve.surgery) }, doses: curve.doses.map(readDose) });
    Object.assign(state, { lesson: name, revealed: false, guess: 0, points: [], days, day: lesson.moment * 7, show: [...lesson.show], now: scene(lesson.now), before: scene(lesson.before) });
  }
  change(() => { Object.assign(app.state, state); app.serial = (app.serial ?? 0) + 1; });
}

function drawLesson(state) {
  const box = document.getElementById("lesson-body"), lesson = LAB.lessons.find(one => one.name === state.lesson);
  document.getElementById("lesson").value = state.lesson;
  document.body.classList.toggle("waiting", Boolean(lesson) && !state.revealed);
  if (!lesson) return box.replaceChildren(make("p", { class: "hint" }, "Free play: move anything. A lesson asks first what you expect, and shows the curves afterwards."));
  const options = lesson.options.map((text, i) => make("label", {},
    make("input", { type: "radio", name: "guess", value: i + 1, checked: state.guess === i + 1, disabled: state.revealed, onchange: () => { app.state.guess = i + 1; document.getElementById("reveal").disabled = false; } }), make("span", {}, text)));
  const parts = [make("p", {}, lesson.question), make("fieldset", { class: "choices" }, make("legend", {}, "What do you expect?"), ...options)];
  if (!state.revealed) {
    parts.push(make("button", { type: "button", id: "reveal", class: "main", disabled: !state.guess, onclick: () => reveal(lesson) }, "Show what happens"));
  } else {
    const right = state.guess === lesson.answer;
    parts.push(make("p", { class: right ? "verdict" : "verdict other", id: "verdict", tabindex: -1 }, `${right ? "As you expected" : "Not as you expected"}: ${lesson.options[lesson.answer - 1]}`),
      ...lesson.explanation.map(text => make("p", {}, text)), make("p", {}, make("strong", {}, "Not to be concluded: "), lesson.limits),
      make("p", { class: "sources" }, `Sources: ${lesson.studies.map(one => `${one.title} (${one.source})`).join("; ")}.`));
  }
  box.replaceChildren(...parts);
}

function reveal(lesson) {
  change(() => Object.assign(app.state, { revealed: true, points: lesson.points }));
  document.getElementById("verdict").focus();
}
