// Who works on the study now, and who did.

import { empty, h, replace } from "/static/dom.js";
import { Figures } from "/static/figures.js";
import { ago, clock, num, plural, seconds, shape } from "/static/format.js";
import { ask } from "/static/live.js";

const LATE = 45;

export async function open(room, study) {
  const title = h("h1"), body = h("tbody"), figures = new Figures(study, "workers");
  const table = h("div", { class: "scroll" }, h("table", { class: "wide", id: "workers" }, h("thead", null, h("tr", null, ["worker", "state", "works on", "since", "heard of", "done", "failed", "busy for"].map((head) => h("th", { scope: "col", class: ["done", "failed", "busy for"].includes(head) ? "n" : null }, head)))), body));
  const none = h("div");
  room.append(h("section", null, title, none, table), h("section", null, figures.element));

  async function load() {
    const { workers } = await ask(`${study.path}/workers`);
    const now = workers.filter((one) => one.current.length && one.lives !== false);
    title.textContent = now.length ? `${plural(now.length, "worker")} at work` : "Nobody works on this study now";
    table.hidden = !workers.length;
    replace(none, !workers.length && empty("No worker has taken a trial yet."));
    replace(body, workers.map((one) => {
      const gone = one.current.length && one.lives === false;
      const late = !gone && one.current.length && one.heard_ago !== null && one.heard_ago > LATE;
      return h("tr", null, h("td", null, one.where),
        h("td", null, h("span", { class: "state" }, shape(gone ? "failed" : one.current.length ? "running" : "note"), gone ? "gone" : one.current.length ? "at work" : "ended")),
        h("td", null, one.current.map(({ number }) => [h("a", { href: `/study/${encodeURIComponent(study.key)}/trial/${number}` }, `trial ${number}`), " "])),
        h("td", null, one.current.length ? ago(one.current[0].started) : one.last_ended ? clock(one.last_ended) : ""),
        h("td", null, one.heard_ago === null ? "" : `${seconds(one.heard_ago)} ago${late ? ", late" : ""}`),
        h("td", { class: "n" }, num(one.done)), h("td", { class: "n" }, num(one.failed)), h("td", { class: "n" }, seconds(one.busy)));
    }));
  }

  let later = 0;
  study.listeners.add(() => { later ||= setTimeout(() => { later = 0; load().catch(() => {}); }, 500); figures.changed(); }); // first, lest what comes meanwhile is missed
  await load();
  const timer = setInterval(() => load().catch(() => {}), 5000);
  return { close: () => { clearInterval(timer); clearTimeout(later); figures.close(); } };
}
