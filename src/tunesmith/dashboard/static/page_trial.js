// One trial: what was tried, as a difference to the best; what came of it; and how to run it again.

import { confirmed, copyButton, h, replace, svg } from "/static/dom.js";
import { ago, clock, num, plural, seconds, setting, state } from "/static/format.js";
import { act, ask } from "/static/live.js";
import { drawNotes } from "/static/page_overview.js";

export async function open(room, study, { go, number }) {
  const facts = h("section"), params = h("section"), result = h("section"), error = h("section"), more = h("section"), notes = h("div");
  const base = `/study/${encodeURIComponent(study.key)}`;
  const title = h("h1", null, `Trial ${number}`);
  const steps = h("div", { class: "tools" }, title,
    number > 0 && h("a", { class: "button", href: `${base}/trial/${number - 1}` }, "Earlier"),
    h("a", { class: "button", href: `${base}/trial/${number + 1}` }, "Later"),
    study.space.length > 0 && h("a", { class: "button", href: `${base}/tune?from=${number}` }, "Vary by hand"));
  const buttons = h("span");
  steps.append(buttons);
  room.append(steps, h("div", { class: "two" }, h("div", null, error, result, params), h("div", null, facts, more, h("section", null, h("h2", null, "Notes"), notes))));

  let asked = 0;
  async function load() {
    const mine = ++asked;
    const trial = await ask(`${study.path}/trial/${number}`);
    if (mine !== asked) return; // a newer question is on its way
    drawFacts(facts, trial);
    drawResult(result, trial);
    drawParams(params, trial, study);
    drawError(error, trial);
    drawMore(more, trial);
    drawNotes(notes, study, trial.notes, number);
    replace(buttons, study.may_edit && ["running", "paused"].includes(trial.state) && h("button", { type: "button", class: "danger", onclick: async () => {
      if (await confirmed(`Trial ${number} ends within a second or at its next report, and counts as stopped early.`, `Stop trial ${number}`)) act(study.key, "stop", { trial: number });
    } }, "Stop trial"), study.may_edit && trial.state === "failed" && h("button", { type: "button", onclick: () => act(study.key, "retry", { trial: number }) }, "Try again"));
  }

  study.listeners.add((changed) => { if (changed === null || changed.includes(number)) load(); }); // first, lest what comes meanwhile is missed
  await load();
  const keys = (event) => {
    if (/^(input|textarea)$/i.test(event.target.tagName) || event.metaKey || event.ctrlKey) return;
    if (event.key === "ArrowLeft" && number > 0) go(`${base}/trial/${number - 1}`);
    if (event.key === "ArrowRight") go(`${base}/trial/${number + 1}`);
  };
  document.addEventListener("keydown", keys);
  return { close: () => document.removeEventListener("keydown", keys) };
}

function drawFacts(place, trial) {
  const pair = (name, ...content) => (content.flat().every((one) => one === "" || one === null || one === undefined || one === false) ? null : [h("dt", null, name), h("dd", null, content)]);
  replace(place, h("h2", null, "Facts"), h("dl", null,
    pair("state", state(trial.state)),
    Object.entries(trial.values).map(([name, value]) => pair(name, num(value, 6))),
    pair("standard error", trial.standard_error === null ? "" : `± ${num(trial.standard_error, 2)}`),
    pair("place", trial.rank && `${num(trial.rank.place)} of ${num(trial.rank.of)}`),
    pair("chosen by", trial.chosen),
    pair("started", trial.started && `${clock(trial.started)} (${ago(trial.started)})`),
    pair("took", seconds(trial.seconds)),
    pair("worker", trial.worker && `process ${trial.worker}`),
    pair("attempt", trial.attempt > 1 && String(trial.attempt)),
    Object.entries(trial.attrs).map(([name, value]) => pair(name, typeof value === "string" ? value : JSON.stringify(value))),
    trial.artifacts.map((name) => pair("artefact", name))));
}

function drawResult(place, trial) {
  const names = Object.keys(trial.curves.lines);
  replace(place, !trial.error && trial.cause && h("p", null, trial.cause), trial.outside && h("p", { class: "quiet" }, "These settings are no point of the space; samplers leave them aside."),
    names.map((name) => curve(name, trial)));
}

// The trial's measurements in front of those of others.
function curve(name, trial) {
  const mine = trial.curves.lines[name], others = trial.peers.map((one) => one.lines[name]).filter(Boolean);
  const folds = mine.folds.some((fold) => fold !== null);
  const all = [mine, ...others], values = all.flatMap((line) => line.values).sort((a, b) => a - b);
  const low = values[Math.floor(values.length * 0.02)], high = values[Math.ceil((values.length - 1) * 0.98)];
  const bottom = Math.min(low, ...mine.values), span = Math.max(high, ...mine.values) - bottom || 1;
  const first = Math.min(...all.flatMap((line) => line.steps)), last = Math.max(...all.flatMap((line) => line.steps));
  const x = (step) => 56 + (580 * (step - first)) / (last - first || 1), y = (value) => 168 - 152 * Math.min(1.05, Math.max(-0.05, (value - bottom) / span));
  const path = (line) => line.values.map((value, at) => `${at ? "L" : "M"}${x(line.steps[at]).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  return h("div", { class: "figure-box" }, h("h2", null, folds ? `${name} by fold` : `${name} by step`),
    h("p", { class: "quiet" }, `${plural(mine.values.length, "measurement")}, the last ${num(mine.values.at(-1))}${others.length ? `; behind it ${plural(others.length, "other trial")}` : ""}`),
    svg("svg", { viewBox: "0 0 640 196", role: "img", "aria-label": `${name} of trial ${trial.number}` },
      svg("path", { d: "M56 168H636", stroke: "var(--line)" }),
      others.map((line) => svg("path", { d: path(line), fill: "none", stroke: "var(--stopped)", "stroke-opacity": 0.35 })),
      svg("path", { d: path(mine), fill: "none", stroke: "var(--complete)", "stroke-width": 2 }),
      mine.values.length < 40 && mine.values.map((value, at) => svg("circle", { cx: x(mine.steps[at]), cy: y(value), r: 3, fill: "var(--complete)" }, svg("title", null, `step ${mine.steps[at]}: ${num(value)}`))),
      [[bottom + span, 16], [bottom, 168]].map(([value, at]) => svg("text", { x: 0, y: at + 4, fill: "var(--quiet)", "font-size": 13 }, num(value))),
      svg("text", { x: 56, y: 188, fill: "var(--quiet)", "font-size": 13 }, `step ${first}`),
      svg("text", { x: 636, y: 188, fill: "var(--quiet)", "font-size": 13, "text-anchor": "end" }, `${last}`)));
}

function drawParams(place, trial, study) {
  const best = study.standing.best?.number, isBest = best === trial.number, known = best !== undefined;
  replace(place, h("h2", null, isBest ? "Settings, the best so far" : known ? `Settings, beside the best (trial ${best})` : "Settings"),
    h("div", { class: "scroll" }, h("table", { class: "wide", id: "params" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, "parameter"), h("th", { scope: "col", class: "n" }, "here"), !isBest && known && h("th", { scope: "col", class: "n" }, "best"))),
      h("tbody", null, trial.params.map((row) => h("tr", { class: row.differs || isBest || !known ? null : "same" },
        h("td", { class: "mono" }, row.name), h("td", { class: "n mono" }, row.active ? setting(row.value) : h("span", { class: "quiet" }, "not active")),
        !isBest && known && h("td", { class: "n mono" }, row.best === null ? h("span", { class: "quiet" }, "not active") : setting(row.best))))))),
    h("p"), h("div", { class: "tools" }, h("span", { class: "quiet" }, "Copy as"), copyButton("Python", trial.copies.python), copyButton("JSON", trial.copies.json), copyButton("Command line", trial.copies.options)),
    trial.copies.again && [h("h2", null, "Run it again"), h("pre", null, trial.copies.again)]);
}

function drawError(place, trial) {
  const error = trial.error;
  if (!error) { replace(place); return; }
  replace(place, h("div", { class: "banner", role: "alert" },
    h("p", null, h("b", null, error.type), error.message ? `: ${error.message}` : ""),
    h("p", { class: "quiet" }, "The study goes on without this trial. Mend the cause, then try it again: ", h("code", null, `study.retry(${trial.number})`)),
    error.traceback && h("details", null, h("summary", null, "Traceback"), h("pre", null, error.traceback)),
    error.output && h("details", { open: true }, h("summary", null, "Last output"), h("pre", null, error.output))));
}

function drawMore(place, trial) {
  const why = Object.entries(trial.why);
  replace(place, why.length > 0 && [h("h2", null, "Why these settings"), h("dl", null, why.map(([name, value]) => [h("dt", null, name), h("dd", { class: "mono" }, typeof value === "number" ? num(value) : typeof value === "string" ? value : JSON.stringify(value))]))]);
}
