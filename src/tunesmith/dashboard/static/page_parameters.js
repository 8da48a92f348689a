// What each parameter does to the metric, which of them matter, and where their ranges are too narrow or too wide.

import { empty, h, replace } from "/static/dom.js";
import { Figures } from "/static/figures.js";
import { openPoint } from "/static/page_overview.js";
import { setting } from "/static/format.js";
import { ask } from "/static/live.js";

export function open(room, study, { go }) {
  const chosen = new URLSearchParams(location.search).get("parameter") ?? "";
  const choice = h("select", { "aria-label": "Parameter", onchange: () => { history.replaceState(null, "", choice.value ? `${location.pathname}?parameter=${encodeURIComponent(choice.value)}` : location.pathname); figures.load(); } },
    h("option", { value: "" }, "the most important ones"), study.space.map((one) => h("option", { value: one.name }, one.name)));
  choice.value = chosen;
  const figures = new Figures(study, "parameters", { query: () => (choice.value ? { parameter: choice.value } : {}), onpoint: (point) => openPoint(point, study, go) });
  const body = h("tbody"), advice = h("section", { id: "advice" });
  let ranges = {}, later = 0, closed = false;
  room.append(
    study.space.length ? "" : empty("This study has no parameters yet: its objective names them as it runs.", 'trial.suggest_float("lr", 1e-5, 1e-1, log=True)'),
    h("div", { class: "tools" }, h("label", null, "Effects of ", choice)),
    advice, h("section", null, figures.element),
    h("section", null, h("h2", null, "The space"), h("div", { class: "scroll" }, h("table", { class: "wide", id: "space" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, "parameter"), h("th", { scope: "col" }, "may be"), h("th", { scope: "col" }, "as good as the best"), h("th", { scope: "col", class: "n" }, "best"))), body))));
  const draw = () => replace(body, study.space.map((one) => h("tr", null, h("td", { class: "mono" }, one.name), h("td", { class: "mono" }, one.text), h("td", null, safe(ranges[one.name])), h("td", { class: "n mono" }, best(study, one.name)))));
  const learn = async () => {
    const found = await ask(`${study.path}/lessons`).catch(() => null); // the banner says what is wrong with the study
    if (found === null || closed) return;
    ranges = found.ranges;
    replace(advice, h("h2", null, "Advice for the next round"), found.advice.length
      ? h("ul", null, found.advice.map((one) => h("li", null, h("strong", null, one.what), " ", one.why)))
      : h("p", { class: "quiet" }, "None: the trials call for no change of the space."));
    draw();
  };
  draw();
  figures.begun.then(learn); // the first figure comes first
  study.listeners.add(() => { draw(); figures.changed(); later ||= setTimeout(() => { later = 0; learn(); }, 2000); });
  return { close: () => { closed = true; clearTimeout(later); figures.close(); } };
}

function safe(range) {
  if (!range) return h("span", { class: "quiet" }, "not known");
  return [h("span", { class: "mono" }, range.text), range.edge && h("span", { class: "quiet" }, ` ${range.edge}`)];
}

function best(study, name) {
  const value = study.standing.best?.params[name];
  return value === undefined ? h("span", { class: "quiet" }, study.standing.best ? "not active" : "") : setting(value);
}
