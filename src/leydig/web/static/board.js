// The board that moves: uPlot over the drawings of the server. Every number and word is read from the tables behind them.
"use strict";

(() => {
  if (!window.uPlot) return;
  const DAY = 86400000, NEAR = 40, SHORTEST = 6, BREAK = 560, LABEL = 40; // [ms], [px] from a value, [d] at least, [px], [px]
  const WIDE = { width: 860, left: 52, right: 10, height: 175, ticks: 8 };
  const NARROW = { width: 350, left: 46, right: 8, height: 215, ticks: 4 };
  const STEPS = [1, 2, 7, 14, 28], MONTHS = [1, 2, 3, 6, 12, 24, 60];
  const DASHES = [[], [8, 4], [2, 4], [12, 3, 2, 3], [14, 6]];
  const COLORS = ["present", "other", "target", "warning", "critical"];
  const boards = new Set();

  const dayOf = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / DAY);
  const textOf = (day) => new Date(day * DAY).toISOString().slice(0, 10);
  const color = (name, alpha = "") =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() + alpha;
  const make = (tag, words, more) => Object.assign(document.createElement(tag), { textContent: words }, more);
  const cells = (row) => [...row.cells].map((one) => one.textContent.trim());

  // What a panel says: its results, what is expected on each regimen, and its bounds.
  const read = (panel) => {
    const figure = panel.querySelector("figure[data-top]");
    const pair = (text) => (text ? text.split(" ").map((one) => (one === "" ? Infinity : Number(one))) : null);
    const results = [...panel.querySelectorAll("tr[data-value]")].map((row) => {
      const [, value, assay, note] = cells(row);
      return { x: dayOf(row.dataset.day), y: Number(row.dataset.value), sign: row.dataset.sign,
        words: [value, assay, note].filter(Boolean).join(", ") };
    });
    const courses = [...panel.querySelectorAll("table[data-expected]")].map((table) => {
      const [, , half, most] = cells(table.tHead.rows[0]);
      return [...table.tBodies[0].rows].map((row) => {
        const [, median, inner, outer] = cells(row);
        const [low90, low50, middle, high50, high90] = row.dataset.levels.split(" ").map(Number);
        const unit = table.dataset.unit ? ` ${table.dataset.unit}` : "";
        return { x: dayOf(row.dataset.day), low90, low50, middle, high50, high90,
          words: `${table.dataset.expected}: ${median}${unit} (${half}: ${inner}; ${most}: ${outer})` };
      });
    });
    return { results, courses, top: Number(figure.dataset.top), ticks: figure.dataset.ticks.split(" ").map(Number),
      reference: pair(figure.dataset.reference), target: pair(figure.dataset.target) };
  };

  // Days that are written under an axis: at even distances, or on first days of months.
  const splits = (first, last, most) => {
    const span = last - first, found = [];
    const step = STEPS.find((one) => span / one <= most);
    if (step) {
      for (let day = Math.ceil(first); day <= last; day += step) found.push(day);
      return found;
    }
    const months = MONTHS.find((one) => span / (30.4375 * one) <= most) || MONTHS[MONTHS.length - 1];
    const start = new Date(first * DAY);
    for (let place = 0; place < 2400; place += 1) {
      const day = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + place, 1) / DAY;
      if (day > last) break;
      if (day >= first && (start.getUTCMonth() + place) % months === 0) found.push(day);
    }
    return found;
  };

  // Beneath the lines: the reference interval, and the hatched target.
  const drawBounds = (said, plot) => {
    const { ctx, bbox } = plot;
    const at = (value) => plot.valToPos(Math.min(value, said.top), "y", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const [low, high] = said.reference;
    ctx.globalAlpha = 0.55;
    ctx.fillStyle = color("reference");
    ctx.fillRect(bbox.left, at(high), bbox.width, at(low) - at(high));
    if (said.target) {
      const [above, below] = [at(said.target[1]), at(said.target[0])];
      ctx.globalAlpha = 1;
      ctx.strokeStyle = color("target");
      ctx.lineWidth = uPlot.pxRatio;
      ctx.strokeRect(bbox.left, above, bbox.width, below - above);
      ctx.beginPath();
      ctx.rect(bbox.left, above, bbox.width, below - above);
      ctx.clip();
      ctx.globalAlpha = 0.6;
      ctx.beginPath();
      const gap = 10 * uPlot.pxRatio, tall = below - above;
      for (let x = bbox.left - tall; x < bbox.left + bbox.width; x += gap) {
        ctx.moveTo(x, below);
        ctx.lineTo(x + tall, above);
      }
      ctx.stroke();
    }
    ctx.restore();
  };

  // Above the lines: visits, the day of the assessment, results as points and bounds as arrows.
  const drawMarks = (said, board, plot) => {
    const { ctx, bbox } = plot, r = uPlot.pxRatio, mark = 4.2 * r;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top - 3 * mark, bbox.width, bbox.height + 6 * mark);
    ctx.clip();
    const upright = (day, name, dash) => {
      ctx.strokeStyle = color(name);
      ctx.lineWidth = 1.2 * r;
      ctx.setLineDash(dash.map((one) => one * r));
      ctx.beginPath();
      const x = plot.valToPos(day, "x", true);
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    };
    board.visits.forEach((day) => upright(day, "edge", [1.5, 4]));
    upright(board.now, "ink", [7, 3]);
    ctx.setLineDash([]);
    ctx.strokeStyle = color("course");
    ctx.fillStyle = color("course");
    ctx.lineWidth = 1.7 * r;
    said.results.forEach((one) => {
      const x = plot.valToPos(one.x, "x", true), y = plot.valToPos(Math.min(one.y, said.top), "y", true);
      ctx.beginPath();
      if (!one.sign) {
        ctx.arc(x, y, mark, 0, 2 * Math.PI);
        ctx.fill();
        return;
      }
      const toward = one.sign === "<" ? 1 : -1, tip = y + toward * 3 * mark;
      ctx.moveTo(x - mark, y); ctx.lineTo(x + mark, y);
      ctx.moveTo(x, y); ctx.lineTo(x, tip);
      ctx.moveTo(x - mark, tip - toward * mark); ctx.lineTo(x, tip); ctx.lineTo(x + mark, tip - toward * mark);
      ctx.stroke();
    });
    ctx.restore();
  };

  // The lines of a panel over the days of its board.
  const lines = (said, days) => {
    const data = [days], series = [{}], bands = [];
    const add = (rows, key, more) => {
      const at = new Map(rows.map((one) => [one.x, Math.min(one[key], said.top)]));
      data.push(days.map((day) => (at.has(day) ? at.get(day) : null)));
      series.push({ spanGaps: true, points: { show: false }, ...more });
      return series.length - 1;
    };
    said.courses.forEach((rows, place) => {
      const name = COLORS[place], alone = place > 0 && said.courses.length > 2;
      if (!alone) {
        const edge = place ? { stroke: () => color(name), width: 1.2, dash: [2, 3] } : { width: 0 };
        const outer = [add(rows, "high90", edge), add(rows, "low90", edge)];
        const inner = [add(rows, "high50", { width: 0 }), add(rows, "low50", { width: 0 })];
        if (!place) bands.push({ series: outer, fill: () => color(name, "2e") });
        bands.push({ series: inner, fill: () => color(name, place ? "2e" : "47") });
      }
      add(rows, "middle", { stroke: () => color(name), width: 2, dash: DASHES[place] });
    });
    add(said.results, "y", { stroke: () => color("course"), width: 1.6 });
    return { data, series, bands };
  };

  const draw = (panel, board, said) => {
    const figure = panel.querySelector("figure"), host = make("div", "", { className: "moving", tabIndex: 0 });
    const line = make("p", "", { className: "read-at" });
    const own = [...new Set([...said.results, ...said.courses.flat()].map((one) => one.x))].sort((a, b) => a - b);
    if (!own.length) return null;
    const say = (day, plot) => { // what stands on the day that lies nearest, where one is near
      const off = (one) => Math.abs(one - day);
      const near = own.reduce((best, one) => (off(one) < off(best) ? one : best));
      if (Math.abs(plot.valToPos(near, "x") - plot.valToPos(day, "x")) > NEAR) return [];
      const results = said.results.filter((one) => one.x === near).map((one) => `${textOf(near)}: ${one.words}`);
      const ahead = said.courses.flat().filter((one) => one.x === near).map((one) => `${textOf(near)}, ${one.words}`);
      return [...results, ...ahead];
    };
    figure.before(host);
    host.before(line);
    const { data, series, bands } = lines(said, board.days);
    const size = () => {
      const across = Math.max(host.clientWidth, 200), is = across < BREAK ? NARROW : WIDE;
      return { ...is, across, right: (is.right * across) / is.width, left: Math.max((is.left * across) / is.width, LABEL) };
    };
    const axis = { stroke: () => color("soft"), font: "12px system-ui, sans-serif", ticks: { stroke: () => color("edge"), size: 4, width: 1 } };
    const plot = new uPlot({
      width: size().across, height: size().height, legend: { show: false }, padding: [8, () => size().right, 0, 0],
      scales: {
        x: { time: false, range: (_, min, max) => (max - min < SHORTEST ? [(min + max - SHORTEST) / 2, (min + max + SHORTEST) / 2] : [min, max]) },
        y: { range: () => [0, said.top] },
      },
      axes: [
        { ...axis, size: 24, gap: 2, grid: { show: false }, splits: (one, _, min, max) => splits(min, max, size().ticks),
          values: (one, days) => days.map((day) => {
            const at = one.valToPos(day, "x");
            return at > -8 && at < one.bbox.width / uPlot.pxRatio - 26 ? textOf(day) : "";
          }) },
        { ...axis, size: () => size().left, gap: 3, splits: () => said.ticks, grid: { stroke: () => color("line"), width: 1 },
          values: (_, values) => values.map(String) },
      ],
      cursor: {
        y: false, points: { show: false }, drag: { x: true, y: false, dist: 6 },
        bind: { dblclick: () => () => board.show(board.first, board.last) },
      },
      series, bands,
      hooks: {
        drawClear: [(one) => drawBounds(said, one)],
        draw: [(one) => drawMarks(said, board, one)],
        setScale: [(one, key) => key === "x" && board.show(one.scales.x.min, one.scales.x.max, one)],
        setCursor: [(one) => {
          const { left } = one.cursor;
          const day = left >= 0 ? one.posToVal(left, "x") : null;
          line.replaceChildren(...(day === null ? [] : say(day, one)).map((text) => make("span", text)));
          board.point(day, one);
        }],
      },
    }, data, host);
    const step = (place) => {
      const at = Math.min(Math.max(place, 0), own.length - 1), day = own[at];
      if (day < plot.scales.x.min || day > plot.scales.x.max) board.show(board.first, board.last);
      host.setAttribute("aria-valuenow", String(at));
      host.setAttribute("aria-valuetext", say(day, plot).join("; "));
      return day;
    };
    const last = said.results.length ? own.indexOf(said.results[said.results.length - 1].x) : 0;
    Object.entries({ role: "slider", "aria-label": panel.querySelector("[data-pointer]").dataset.pointer, "aria-valuemin": 0, "aria-valuemax": own.length - 1 })
      .forEach(([key, value]) => host.setAttribute(key, String(value)));
    step(last);
    const go = (place) => plot.setCursor({ left: plot.valToPos(step(place), "x"), top: 1 });
    host.addEventListener("keydown", (event) => {
      const now = Number(host.getAttribute("aria-valuenow"));
      const to = { ArrowRight: now + 1, ArrowUp: now + 1, ArrowLeft: now - 1, ArrowDown: now - 1, Home: 0, End: own.length - 1 }[event.key];
      if (to !== undefined) go(to);
      else if (event.key === "+") board.closer(own[now]);
      else if (event.key === "Escape" || event.key === "-") board.show(board.first, board.last);
      else return;
      event.preventDefault();
    });
    host.addEventListener("focus", () => host.matches(":focus-visible") && go(Number(host.getAttribute("aria-valuenow"))));
    host.addEventListener("blur", () => plot.setCursor({ left: -10, top: -10 }));
    const watch = new ResizeObserver(() => { // room for what is read: nothing moves under the pointer
      const { across, height } = size(), rows = said.courses.length + (said.results.length ? 1 : 0);
      line.style.minHeight = `${1.4 * (height === WIDE.height ? rows : Math.min(3 * rows, 4))}em`;
      if (across !== plot.width || height !== plot.height) plot.setSize({ width: across, height });
    });
    watch.observe(host);
    panel.classList.add("moves");
    return { plot, end: () => { watch.disconnect(); plot.destroy(); } };
  };

  const begin = (tools) => {
    const { first, last, now, visits, hint, all, closer } = tools.dataset;
    const panels = [...tools.closest("section").querySelectorAll(".panel")].filter((one) => one.querySelector("figure[data-top]"));
    const said = panels.map(read);
    const board = {
      tools, first: dayOf(first), last: dayOf(last), now: dayOf(now), plots: [],
      visits: visits ? visits.split(" ").map(dayOf) : [],
      days: [...new Set(said.flatMap((one) => [...one.results, ...one.courses.flat()]).map((one) => one.x))],
    };
    if (!board.days.length) return;
    board.days = [...new Set([...board.days, board.first, board.last])].sort((a, b) => a - b);
    const whole = make("button", all, { type: "button", className: "quiet", hidden: true });
    let busy = false;
    board.show = (min, max, from) => {
      if (busy || min === null) return;
      busy = true;
      board.plots.forEach((one) => one.plot !== from && one.plot.setScale("x", { min, max }));
      busy = false;
      whole.hidden = min <= board.first && max >= board.last;
    };
    board.point = (day, from) => {
      if (busy) return;
      busy = true;
      board.plots.forEach(({ plot }) => {
        if (plot !== from) plot.setCursor(day === null ? { left: -10, top: -10 } : { left: plot.valToPos(day, "x"), top: 1 });
      });
      busy = false;
    };
    board.closer = (day) => {
      const { min, max } = board.plots[0].plot.scales.x, middle = Math.min(Math.max(day, min), max);
      const half = Math.max((max - min) / 4, SHORTEST / 2);
      board.show(Math.max(middle - half, board.first), Math.min(middle + half, board.last));
    };
    const nearer = make("button", closer, { type: "button", className: "quiet" });
    nearer.addEventListener("click", () => board.closer(board.now));
    whole.addEventListener("click", () => { board.show(board.first, board.last); nearer.focus(); });
    tools.append(make("span", hint), nearer, whole);
    tools.hidden = false;
    board.plots = panels.map((panel, place) => draw(panel, board, said[place])).filter(Boolean);
    board.show(board.first, board.last);
    boards.add(board);
  };

  const refresh = () => {
    boards.forEach((board) => {
      if (board.tools.isConnected) return;
      board.plots.forEach((one) => one.end());
      boards.delete(board);
    });
    document.querySelectorAll("[data-board][hidden]").forEach(begin);
  };
  const redraw = () => boards.forEach((board) => board.plots.forEach((one) => one.plot.redraw(false)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  document.addEventListener("parts", refresh);
  refresh();
})();
