// Tuning by hand: move the parameters, see what the trials so far say of that setting, queue it.

import { h, replace, svg } from "/static/dom.js";
import { arrow, num, setting } from "/static/format.js";
import { act, ask } from "/static/live.js";

const STEPS = 1000;

export async function open(room, study, { go }) {
  const from = new URLSearchParams(location.search).get("from");
  const content = await ask(`${study.path}/form${from ? `?from=${from}` : ""}`);
  const values = Object.fromEntries(content.fields.map((field) => [field.name, field.value]));
  const boxes = new Map();
  const outlook = h("div", { class: "outlook", id: "outlook" });
  const queue = h("button", { type: "button", class: "main", onclick: async () => {
    const answer = await act(study.key, "queue", { given: values });
    if (answer) go(`/study/${encodeURIComponent(study.key)}/trial/${answer.trial}`);
  } }, "Queue this setting");
  const told = h("div");
  outlook.append(told, study.may_edit ? queue : h("p", { class: "quiet" }, "This page only reads. To queue settings from it: ", h("code", null, "tunesmith dashboard --allow-edit")));
  let waits = 0, asked = 0;
  const changed = () => { clearTimeout(waits); waits = setTimeout(look, 80); };
  const fields = h("div", null, content.fields.map((field) => { const box = control(field, values, changed); boxes.set(field.name, box); return box; }));
  room.append(h("h1", null, "Tune by hand"), h("p", { class: "quiet" }, content.start === null ? "Begins at the middle of the space." : `Begins at trial ${content.start}${from ? "" : ", the best"}.`),
    h("div", { class: "two" }, h("section", null, fields), h("section", null, outlook)));

  async function look() {
    const mine = ++asked;
    try {
      const found = await ask(`${study.path}/outlook?given=${encodeURIComponent(JSON.stringify(values))}`);
      if (mine !== asked) return;
      const active = new Set(found.active);
      for (const [name, box] of boxes) box.hidden = !active.has(name);
      queue.disabled = found.broken.length > 0;
      draw(told, found, content.metric, study);
    } catch (error) {
      if (mine === asked) { queue.disabled = true; replace(told, h("p", null, error.message), h("p", { class: "quiet" }, error.hint)); }
    }
  }

  await look();
  return { close: () => clearTimeout(waits) };
}

function control(field, values, changed) {
  const when = field.when.length ? h("div", { class: "quiet" }, `when ${field.when.join(" and ")}`) : null;
  const name = h("div", null, h("div", { class: "name mono" }, field.name), when);
  if (field.kind === "choice") {
    const buttons = field.choices.map((label, at) => h("button", { type: "button", "aria-pressed": String(values[field.name] === at), onclick: () => {
      values[field.name] = at;
      buttons.forEach((button, place) => button.setAttribute("aria-pressed", String(place === at)));
      changed();
    } }, label));
    return h("div", { class: "field", "data-name": field.name }, name, h("div", { class: "choices", role: "group", "aria-label": field.name }, buttons));
  }
  const to = field.log ? Math.log : (value) => value, back = field.log ? Math.exp : (value) => value;
  const low = to(field.low), span = to(field.high) - low || 1;
  const share = (value) => Math.round((STEPS * (to(value) - low)) / span);
  const tidy = (value) => {
    const inside = Math.min(field.high, Math.max(field.low, value));
    if (field.step && !field.log) return Math.min(field.high, field.low + Math.round((inside - field.low) / field.step) * field.step);
    return field.whole ? Math.round(inside) : inside;
  };
  const write = (value) => { values[field.name] = value; text.value = setting(value); };
  const range = h("input", { type: "range", min: 0, max: STEPS, step: 1, value: share(field.value), "aria-label": field.name, oninput: () => { write(tidy(back(low + (span * range.value) / STEPS))); changed(); },
    onkeydown: (event) => { // of a whole number an arrow key is one step
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!field.whole || step === undefined) return;
      event.preventDefault();
      write(tidy(values[field.name] + step * (field.step || 1)));
      range.value = share(values[field.name]);
      changed();
    } });
  const text = h("input", { type: "text", inputmode: "decimal", value: setting(field.value), "aria-label": `${field.name}, as a number`, onchange: () => {
    const value = Number(text.value);
    if (Number.isFinite(value) && text.value.trim()) { write(tidy(value)); range.value = share(values[field.name]); changed(); } else text.value = setting(values[field.name]);
  } });
  return h("div", { class: "field", "data-name": field.name }, name,
    h("div", { class: "track" }, range, h("div", { class: "ends" }, h("span", null, setting(field.low)), field.log && h("span", null, "log"), h("span", null, setting(field.high)))), text);
}

function draw(place, found, metric, study) {
  const prediction = found.prediction;
  replace(place,
    found.broken.map((rule) => h("p", { class: "banner" }, `Not allowed: ${rule}`)),
    prediction ? [
      h("div", { class: "quiet" }, `Believed ${metric.name} ${arrow(metric.direction)}`),
      h("div", { class: "figure" }, num(prediction.mean)),
      h("p", { class: "quiet" }, `believe ${num(prediction.low)} to ${num(prediction.high)}; from a model of ${num(prediction.trials)} trials`),
      belief(prediction),
    ] : !found.broken.length && h("p", { class: "quiet" }, found.why_not),
    found.similar.length > 0 && [h("h2", null, "What similar trials gave"), h("table", { class: "wide" },
      h("thead", null, h("tr", null, h("th", null, "trial"), h("th", { class: "n" }, metric.name), h("th", { class: "n" }, "apart"))),
      h("tbody", null, found.similar.map((one) => h("tr", null, h("td", null, h("a", { href: `/study/${encodeURIComponent(study.key)}/trial/${one.number}` }, String(one.number))), h("td", { class: "n" }, num(one.value)), h("td", { class: "n" }, `${num(100 * one.distance, 2)} %`))))), h("p")]);
}

// The belief as a bar about its middle, with the best value so far beside it.
function belief({ mean, low, high, best }) {
  const ends = [low, high, best ?? mean], from = Math.min(...ends), span = Math.max(...ends) - from || 1;
  const x = (value) => 8 + (284 * (value - from)) / span;
  return svg("svg", { class: "belief", viewBox: "0 0 300 40", role: "img", "aria-label": `believed ${num(low)} to ${num(high)}, best so far ${num(best)}` },
    svg("path", { d: `M${x(low)} 14H${x(high)}`, stroke: "var(--complete)", "stroke-width": 8, "stroke-opacity": 0.35 }),
    svg("circle", { cx: x(mean), cy: 14, r: 5, fill: "var(--complete)" }),
    best !== null && [svg("path", { d: `M${x(best)} 4V24`, stroke: "var(--best)", "stroke-width": 2 }), svg("text", { x: Math.min(240, Math.max(30, x(best))), y: 38, fill: "var(--quiet)", "font-size": 12, "text-anchor": "middle" }, `best ${num(best)}`)]);
}
