/* Drawn predictions: points that are moved up and down before a lesson shows its curves, and how far they were off. */

const NEAR = 0.15; // of the level at the start: a line that is off by less on average is near
const LEVEL = 0.1; // of it: what moves less in the end stays as it was

const drawnDaysOf = lesson => lesson.draw.weeks.map(week => week * 7);

/* What the lesson is about, whatever its reader has changed since. */
function lessonScene(lesson, curve) {
  return { title: curve.title, man: { ...structuredClone(lesson.man), surgery: structuredClone(curve.surgery) }, doses: curve.doses.map(readDose) };
}

const lessonDays = lesson => LENGTHS.find(([days]) => days >= lesson.weeks * 7)[0];
const lessonCourse = lesson => course(lessonScene(lesson, lesson.now), lessonDays(lesson));

/* The line as drawn: the start, which is known, and each point after it; level where nothing was drawn yet. */
function drawnLine(lesson, state) {
  const start = lessonCourse(lesson).levels[lesson.draw.analyte][0], points = state.drawn ?? lesson.draw.weeks.map(() => start);
  return { days: [0, ...drawnDaysOf(lesson)], values: [start, ...points], kind: "drawn" };
}

/* What was expected and what the axis gives at each point, how far the line is off on average against its start, and
   in a word. */
function judgeDrawing(lesson, state) {
  const { days, values } = drawnLine(lesson, state), [start] = values, found = lessonCourse(lesson), truth = found.levels[lesson.draw.analyte];
  const rows = days.map((day, i) => ({ day, expected: values[i], axis: levelAt(found.days, truth, day) })).slice(1);
  const off = rows.reduce((sum, one) => sum + Math.abs(one.expected - one.axis), 0) / rows.length / start;
  const way = value => (Math.abs(value - start) < LEVEL * start ? 0 : Math.sign(value - start)), last = rows.at(-1);
  const word = off <= NEAR ? "Near" : way(last.expected) === way(last.axis) ? "The right way in the end, by another amount" : "Another way in the end";
  return { rows, off, word };
}

/* The figure on which a line is drawn: by pointer or finger, by the keys of each point, or as numbers. */
function drawingFigure(lesson, state) {
  const analyte = ANALYTES.get(lesson.draw.analyte), factor = factorOf(analyte, state.units), unit = unitOf(analyte, state.units);
  const width = Math.max(Math.min(document.getElementById("lesson-body").clientWidth, 760), 240), most = marks(lesson.draw.top * factor).at(-1), top = most / factor;
  const { parts, x, y } = frameOf(analyte, { ...state, days: lessonDays(lesson) }, width, most), { days, values: [start] } = drawnLine(lesson, state);
  const line = draw("path", { class: "drawn" }), text = value => `${short(value * factor)} ${unit}`, when = place => `week ${lesson.draw.weeks[place]}`;
  const first = draw("circle", { class: "drawn-start", cx: x(0), cy: y(start * factor), r: 5 });
  const set = (place, value) => change(() => {
    app.state.drawn ??= drawnLine(lesson, app.state).values.slice(1);
    app.state.drawn[place] = Math.min(Math.max(value, 0), top);
    show();
  }, "drawn");
  const steps = { ArrowUp: 0.02, ArrowRight: 0.02, ArrowDown: -0.02, ArrowLeft: -0.02, PageUp: 0.1, PageDown: -0.1, Home: -1, End: 1 };
  const handles = lesson.draw.weeks.map((_, place) => draw("circle", {
    class: "handle", r: 12, cx: x(days[place + 1]), tabindex: 0, role: "slider", "aria-label": `${analyte.title}, ${when(place)}`, "aria-orientation": "vertical", "aria-valuemin": 0, "aria-valuemax": +most.toPrecision(4),
    onkeydown: event => {
      if (!(event.key in steps)) return;
      event.preventDefault();
      set(place, drawnLine(lesson, app.state).values[place + 1] + steps[event.key] * top);
    },
  }));
  const boxes = lesson.draw.weeks.map((_, place) => {
    const box = make("input", { type: "number", id: `drawn-${place}`, min: 0, max: +most.toPrecision(4), step: "any", "aria-label": `${analyte.title}, ${when(place)}, ${unit}`, oninput: () => {
      const value = number(box.value, 0, most, null);
      box.setCustomValidity(value === null ? `got ${box.value || "no number"}; expected 0 to ${short(most)} ${unit}` : "");
      if (value !== null) set(place, value / factor);
    } });
    return box;
  });
  function show() {
    const { values } = drawnLine(lesson, app.state);
    line.setAttribute("d", values.map((value, i) => `${i ? "L" : "M"}${x(days[i]).toFixed(1)} ${y(value * factor).toFixed(1)}`).join(""));
    handles.forEach((handle, place) => {
      const value = values[place + 1];
      handle.setAttribute("cy", y(value * factor).toFixed(1));
      handle.setAttribute("aria-valuenow", +(value * factor).toPrecision(4)); handle.setAttribute("aria-valuetext", text(value));
      if (document.activeElement !== boxes[place]) { boxes[place].value = +(value * factor).toPrecision(3); boxes[place].setCustomValidity(""); }
    });
    readyToReveal(lesson);
  }
  const follow = event => {
    if (event.type === "pointermove" && !event.buttons) return;
    const svg = event.currentTarget, box = svg.getBoundingClientRect(), at = (event.clientX - box.left) * (width / box.width);
    const place = handles.reduce((best, _, i) => (Math.abs(x(days[i + 1]) - at) < Math.abs(x(days[best + 1]) - at) ? i : best), 0);
    if (event.type === "pointerdown") { svg.setPointerCapture(event.pointerId); event.preventDefault(); handles[place].focus({ preventScroll: true }); }
    set(place, (FRAME.height - FRAME.bottom - (event.clientY - box.top) * (FRAME.height / box.height)) / (FRAME.height - FRAME.top - FRAME.bottom) * top);
  };
  const svg = draw("svg", { viewBox: `0 0 ${width} ${FRAME.height}`, width, height: FRAME.height, role: "group", "aria-label": `${analyte.title}: your line`, onpointerdown: follow, onpointermove: follow }, ...parts, line, first, ...handles);
  show();
  return make("figure", { class: "drawing", id: "drawing" },
    make("figcaption", {}, make("strong", {}, `Draw what you expect of ${analyte.title}${unit ? ` [${unit}]` : ""}. `),
      `He begins at ${text(start)}. Draw across the plot, or choose a point and press the arrow keys; the shaded band is the reference.`), svg,
    make("div", { class: "row" }, make("button", { type: "button", id: "level", onclick: () => change(() => { app.state.drawn = lesson.draw.weeks.map(() => start); show(); }) }, "It stays as it is")),
    make("details", {}, make("summary", {}, "Your line as numbers"), make("div", { class: "wide" }, make("table", { class: "numbers" }, make("caption", {}, `${analyte.title} [${unit || "1"}]: what you expect`),
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "week"), make("th", { scope: "col" }, "you expect"))),
      make("tbody", {}, ...boxes.map((box, place) => make("tr", {}, make("th", { scope: "row" }, `${lesson.draw.weeks[place]}`), make("td", {}, box))))))));
}

/* A line that was drawn against the axis: a sentence, and each point in a table. */
function drawingVerdict(lesson, state) {
  const analyte = ANALYTES.get(lesson.draw.analyte), factor = factorOf(analyte, state.units), unit = unitOf(analyte, state.units);
  const { rows, off, word } = judgeDrawing(lesson, state), last = rows.at(-1), text = value => `${short(value * factor)} ${unit}`;
  const gap = one => `${one.expected < one.axis ? "\u2212" : "+"}${short(Math.abs(one.expected - one.axis) * factor)}`;
  return [
    make("p", { id: "drawn-verdict", class: off <= NEAR ? "verdict" : "verdict other" }, make("strong", {}, `Your line: ${word}. `),
      `In week ${last.day / 7} you expected ${text(last.expected)}, the axis gives ${text(last.axis)}. On average your line is off by ${Math.round(off * 100)} % of where he began; it stands dotted in the curves.`),
    make("details", {}, make("summary", {}, "Your line against the axis, as a table"), make("div", { class: "wide" }, make("table", {}, make("caption", {}, `${analyte.title} [${unit || "1"}]`),
      make("thead", {}, make("tr", {}, ...["week", "you expected", "the axis gives", "gap"].map(title => make("th", { scope: "col" }, title)))),
      make("tbody", {}, ...rows.map(one => make("tr", {}, make("th", { scope: "row" }, `${one.day / 7}`), make("td", {}, short(one.expected * factor)), make("td", {}, short(one.axis * factor)), make("td", {}, gap(one)))))))),
  ];
}
