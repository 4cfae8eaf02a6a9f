// Everything works without this: it spares page loads and says at once what the server would say.
"use strict";

(() => {
  // What-if: the answer comes into the page.
  const asked = (form) => {
    const box = document.getElementById(form.dataset.answer);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const address = new URL(form.action);
      address.search = new URLSearchParams(new FormData(form)).toString();
      box.textContent = form.dataset.waiting;
      try {
        const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const found = page.getElementById(box.id);
        if (!found) throw new Error("no answer");
        box.replaceChildren(...document.importNode(found, true).childNodes);
        document.dispatchEvent(new Event("parts"));
      } catch {
        window.location.assign(address);
      }
    });
  };

  // Entry: what a value is in the other unit, and why it cannot be.
  const reader = (address, name, value, unit, said) => {
    let last = 0;
    let timer = 0;
    const check = async () => {
      const mine = ++last;
      if (!name() || !value.value) { said.textContent = ""; return; }
      const asked = new URL(address, window.location.href);
      asked.search = new URLSearchParams({ name: name(), value: value.value, unit: unit ? unit.value : "" }).toString();
      try {
        const answer = await fetch(asked, { headers: { Accept: "application/json" }, credentials: "same-origin" });
        const content = await answer.json();
        if (mine !== last) return;
        const refusal = content.refusal || content.detail || "";
        said.textContent = refusal || content.reading || "";
        said.classList.toggle("error", Boolean(refusal));
        value.setAttribute("aria-invalid", String(Boolean(refusal)));
      } catch {
        said.textContent = "";
      }
    };
    const soon = () => { clearTimeout(timer); timer = setTimeout(check, 250); };
    [value, unit].filter(Boolean).forEach((one) => one.addEventListener("input", soon));
    return soon;
  };

  // One thing: which units a quantity may have.
  const units = (form) => {
    const [name, value, unit] = ["name", "value", "unit"].map((key) => form.elements[key]);
    const soon = reader(form.dataset.units, () => name.value, value, unit, form.querySelector("[data-reading]"));
    const choices = form.querySelector("datalist[data-units]");
    const catalogue = new Map([...form.querySelectorAll("option[data-units]")].map((one) => [one.value, one.dataset.units]));
    const offer = (fills) => {
      const list = (catalogue.get(name.value) || "").split("|").filter(Boolean);
      choices.replaceChildren(...list.map((one) => Object.assign(document.createElement("option"), { value: one })));
      if (fills && !list.includes(unit.value)) unit.value = list[0] || "";
    };
    name.addEventListener("change", () => { offer(true); soon(); });
    if (name.value) offer(false);
  };

  // A visit: each row.
  const rows = (form) => form.querySelectorAll("tr[data-name]").forEach((row) => {
    const said = row.querySelector("[data-reading]");
    reader(form.dataset.rows, () => row.dataset.name, row.querySelector("input"), row.querySelector("select"), said);
  });

  // Long work: how far it is, as it goes on; the whole page again when it is over.
  const follow = (box) => {
    const events = new EventSource(box.dataset.events);
    events.addEventListener("message", (event) => {
      const said = JSON.parse(event.data);
      if (said.ended_at) { events.close(); window.location.reload(); return; }
      box.querySelector("[data-stage]").textContent = said.stage_words;
      box.querySelector("[data-state] .tag").textContent = said.state_words;
      const bar = box.querySelector("progress");
      bar.max = said.total || 1;
      bar.value = said.done;
    });
  };

  // Parts of a page that take longer: they come when they are there, one after the other.
  const load = async (box) => {
    const link = box.querySelector("a");
    const words = link ? link.textContent : "";
    if (link) link.textContent = box.dataset.waiting;
    try {
      const answer = await fetch(box.dataset.load, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error("refused");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      box.dataset.parts.split(" ").forEach((name) => {
        const [old, fresh] = [document.getElementById(name), page.getElementById(name)];
        if (old && fresh) old.replaceWith(document.importNode(fresh, true));
      });
      document.dispatchEvent(new Event("parts"));
    } catch {
      if (link) link.textContent = words;
    }
  };

  // Paper: what is folded on the screen is printed.
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("main details:not(.form):not([open])")];
    folded.forEach((one) => { one.open = true; });
  });
  window.addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));

  // A page that answers a password is not asked for again with it by who goes back.
  if (document.querySelector("[data-forget]")) window.history.replaceState(null, "", window.location.href);

  document.querySelectorAll("form[data-answer]").forEach(asked);
  document.querySelectorAll("form[data-units]").forEach(units);
  document.querySelectorAll("form[data-rows]").forEach(rows);
  document.querySelectorAll("[data-events]").forEach(follow);
  (async () => { for (const box of document.querySelectorAll("[data-load]")) await load(box); })();
})();
