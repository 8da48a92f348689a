// Every trial in a table that sorts and filters, and as lines whose brush filters it.

import { empty, h, replace } from "/static/dom.js";
import { Parallel } from "/static/parallel.js";
import { Table } from "/static/table.js";

const ASIDE = ["started", "chosen", "worker"];

export async function open(room, study, { go }) {
  await study.loadRows();
  const asked = new URLSearchParams(location.search);
  const filter = h("input", { type: "search", value: asked.get("filter") ?? "", placeholder: "Filter: failed, adam, lr<0.01", "aria-label": "Filter trials", oninput: () => { table.filter(filter.value); remember(); } });
  const chart = h("section");
  const box = h("section");
  const download = h("a", { class: "button", href: `${study.path}/trials.csv`, download: "" }, "CSV");
  const chooser = h("details", { class: "menu" }, h("summary", { class: "button" }, "Columns"), h("div"));
  let table, parallel;

  function remember() {
    const query = new URLSearchParams();
    if (filter.value) query.set("filter", filter.value);
    if (table.sort.id !== "number" || !table.sort.down) query.set("sort", `${table.sort.down ? "-" : ""}${table.sort.id}`);
    history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
  }

  function build() {
    table?.close();
    parallel?.close();
    const sort = asked.get("sort");
    table = new Table({
      columns: study.columns, rows: study.rows, best: study.standing.best?.number, hidden: ASIDE,
      sort: sort ? { id: sort.replace(/^-/, ""), down: sort.startsWith("-") } : undefined,
      onopen: (number) => go(`/study/${encodeURIComponent(study.key)}/trial/${number}`), onsort: remember,
    });
    table.link = (number) => `/study/${encodeURIComponent(study.key)}/trial/${number}`;
    parallel = new Parallel({ columns: study.columns, rows: study.rows, onbrush: () => table.only((row) => parallel.keeps(row)) });
    table.filter(filter.value);
    replace(chooser.lastChild, study.columns.slice(1).map((column) => {
      const tick = h("input", { type: "checkbox", onchange: () => { if (tick.checked) table.hidden.delete(column.id); else table.hidden.add(column.id); table.layout(); table.at = null; table.draw(); } });
      tick.checked = !table.hidden.has(column.id);
      return h("label", null, tick, ` ${column.label}`);
    }));
    draw();
  }

  function draw() {
    const none = !study.rows.length;
    replace(chart, study.rows.length > 1 && study.columns.some((column) => column.id.startsWith("param:")) && parallel.element);
    replace(box, none ? empty("No trial yet. They appear here by themselves.", "study.optimize(objective, trials=50)") : [h("div", { class: "tools" }, filter, table.count, h("span", { class: "push" }), chooser, download), table.element]);
  }

  build();
  room.append(chart, box);
  let later = 0;
  study.listeners.add((changed) => {
    if (changed === null) { study.loadRows().then(build); return; }
    if (study.rows.length <= 2 || !table.element.isConnected) draw();
    table.update(study.rows, study.standing.best?.number, changed);
    later ||= setTimeout(() => { later = 0; parallel.update(study.columns, study.rows); }, 1000);
  });
  document.addEventListener("themed", repaint);
  function repaint() { parallel.draw(); }
  return { close: () => { clearTimeout(later); table.close(); parallel.close(); document.removeEventListener("themed", repaint); } };
}
