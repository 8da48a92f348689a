// Several studies side by side.

import { h, replace, trouble } from "/static/dom.js";
import { Figures } from "/static/figures.js";
import { arrow, num, setting, seconds, spark } from "/static/format.js";
import { ask } from "/static/live.js";

export function open(main) {
  const keys = (new URLSearchParams(location.search).get("studies") ?? "").split(",").filter(Boolean).slice(0, 8);
  const room = h("div", { class: "scroll" });
  const figures = keys.length < 2 ? null : new Figures({ path: "/api" }, "compare", { query: () => ({ studies: keys.join(",") }) });
  main.append(h("div", { class: "tools" }, h("h1", null, "Compare studies")), h("section", null, room), figures ? h("section", null, figures.element) : "");
  Promise.all(keys.map((key) => ask(`/api/study/${encodeURIComponent(key)}`))).then((found) => draw(room, found), (error) => replace(room, trouble(error)));
  return { close: () => figures?.close() };
}

function draw(room, studies) {
  if (studies.length < 2) { replace(room, h("p", null, "Choose two or more studies in the ", h("a", { href: "/" }, "list"), ".")); return; }
  const names = [...new Set(studies.flatMap((one) => one.space.map((parameter) => parameter.name)))];
  const line = (label, cells, numeric = true) => h("tr", null, h("th", { scope: "row" }, label), cells.map((content) => h("td", { class: numeric ? "n" : null }, content)));
  const best = (one) => one.standing.best;
  replace(room, h("table", { id: "compare" },
    h("thead", null, h("tr", null, h("td"), studies.map((one) => h("th", { scope: "col", class: "n" }, h("a", { href: `/study/${encodeURIComponent(one.key)}/overview` }, one.name))))),
    h("tbody", null,
      line("goal", studies.map((one) => one.metrics.map((metric) => `${metric.name} ${arrow(metric.direction)}`).join(", "))),
      line("best", studies.map((one) => num(best(one)?.value))),
      line("best so far", studies.map((one) => spark(one.standing.spark, one.metrics[0].direction))),
      line("trials ended", studies.map((one) => num(one.standing.done))),
      line("failed", studies.map((one) => num(one.standing.counts.failed))),
      line("stopped early", studies.map((one) => num(one.standing.counts.pruned))),
      line("last improved", studies.map((one) => one.standing.improved ? `${num(one.standing.improved.trials_ago)} trials ago` : "")),
      line("time in trials", studies.map((one) => seconds(one.standing.busy))),
      line("seed", studies.map((one) => String(one.seed))),
      names.map((name) => line(h("span", { class: "mono" }, name), studies.map((one) => {
        if (!one.space.some((parameter) => parameter.name === name)) return h("span", { class: "quiet" }, "not in its space");
        const value = best(one)?.params[name];
        return value === undefined ? h("span", { class: "quiet" }, "not active") : setting(value);
      }))))));
}
