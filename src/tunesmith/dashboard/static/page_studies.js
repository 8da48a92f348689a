// All studies of the storage, a row each; two or more can be compared.

import { empty, h, mark, replace, trouble } from "/static/dom.js";
import { ago, arrow, num, plural, shape, spark } from "/static/format.js";
import { LOCKED, Stream, ask } from "/static/live.js";

export function open(main, { go, connected }) {
  const chosen = new Set();
  const known = new Map();
  let content = null;
  const filter = h("input", { type: "search", placeholder: "Filter studies", "aria-label": "Filter studies", oninput: () => draw() });
  const both = h("button", { type: "button", class: "main", disabled: true, onclick: () => go(`/compare?studies=${[...chosen].map(encodeURIComponent).join(",")}`) }, "Compare");
  const place = h("p", { class: "quiet" });
  const body = h("tbody");
  const table = h("div", { class: "scroll" }, h("table", { class: "wide", id: "studies" },
    h("thead", null, h("tr", null, ["", "study", "goal", "best", "best so far", "done", "running", "failed", "last activity", "state"].map((head) => h("th", { scope: "col", class: ["best", "done", "running", "failed"].includes(head) ? "n" : null }, head)))), body));
  const room = h("div");
  main.append(h("div", { class: "tools" }, h("h1", null, "Studies"), filter, both), place, room);

  function row(one) {
    const href = `/study/${encodeURIComponent(one.key)}/overview`;
    const box = h("input", { type: "checkbox", "aria-label": `Compare ${one.name}`, onchange: () => { if (box.checked) chosen.add(one.key); else chosen.delete(one.key); both.disabled = chosen.size < 2; both.textContent = chosen.size > 1 ? `Compare ${chosen.size} studies` : "Compare"; } });
    box.checked = chosen.has(one.key);
    if (one.error) return h("tr", null, h("td"), h("td", null, one.name), h("td", { colspan: 8 }, trouble({ message: one.error, hint: one.hint })));
    const metric = one.metrics[0], failed = one.counts.failed + one.lost.length;
    const done = one.total ? `${num(one.done)} of ${num(one.total)}` : num(one.done);
    const cells = [num(one.best?.value), done, num(one.running), num(failed)];
    const before = known.get(one.key);
    known.set(one.key, cells);
    const number = (at) => { const cell = h("td", { class: "n" }, cells[at]); if (before && before[at] !== cells[at]) mark(cell); return cell; };
    return h("tr", null, h("td", null, box), h("td", null, h("a", { href }, one.name)),
      h("td", null, one.metrics.map((each) => `${each.name} ${arrow(each.direction)}`).join(", ")), number(0),
      h("td", null, spark(one.spark, metric.direction)), number(1), number(2), number(3),
      h("td", { class: "quiet" }, ago(one.last_activity ?? one.created)),
      h("td", null, h("span", { class: "state" }, shape({ running: "running", done: "complete", stopped: "stopped early", stopping: "stopped early" }[one.state] ?? "note"), one.state)));
  }

  function draw() {
    if (!content) return;
    place.textContent = `${plural(content.studies.length, "study", "studies")} in ${content.storage}`;
    const wanted = filter.value.trim().toLowerCase();
    const found = content.studies.filter((one) => one.name.toLowerCase().includes(wanted));
    if (!content.studies.length) {
      replace(room, empty("No study is kept here yet. Start one; it appears by itself:", "tunesmith tune DATA.csv --target COLUMN", `ts.minimize(objective, space, trials=50, storage="${content.storage}")`));
      return;
    }
    if (!table.isConnected) replace(room, table);
    replace(body, found.map(row), !found.length && h("tr", null, h("td", { colspan: 10, class: "quiet" }, "No study matches.")));
  }

  const take = (next) => { content = next; draw(); };
  ask("/api/studies").then(take, (error) => replace(room, trouble(error)));
  const again = () => ask("/api/studies").then((next) => { replace(room); take(next); }, () => {});
  const stream = new Stream(() => "", { connected, studies: take, back: again, locked: () => replace(room, trouble(LOCKED)), trouble: (error) => replace(room, trouble(error)), reload: again });
  const clock = setInterval(draw, 20000);
  return { close: () => { stream.close(); clearInterval(clock); } };
}
