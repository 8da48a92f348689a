// How good, how sure, getting better, anything wrong, when done: five figures first, then what they rest on.

import { copyButton, empty, h, replace, set } from "/static/dom.js";
import { Figures } from "/static/figures.js";
import { ago, arrow, clock, num, plural, seconds, setting, shape } from "/static/format.js";
import { act, ask } from "/static/live.js";

export function open(room, study, { go }) {
  const figure = (label) => {
    const parts = { figure: h("div", { class: "figure" }), note: h("div", { class: "note" }) };
    return { ...parts, element: h("div", null, h("div", { class: "label" }, label), parts.figure, parts.note) };
  };
  const metric = study.metrics[0];
  const strip = [`Best ${metric.name} ${arrow(metric.direction)}`, "How sure", "Last improved", "Went wrong", "Done"].map(figure);
  const feed = h("ol", { class: "feed", id: "feed" });
  const best = h("div");
  const notes = h("div");
  const start = h("div");
  const figures = new Figures(study, "overview", { onpoint: (point) => openPoint(point, study, go) });
  const budget = study.may_edit ? budgetForm(study) : null;
  room.append(h("div", { class: "strip" }, strip.map((one) => one.element)), start,
    h("div", { class: "two" }, h("section", null, figures.element),
      h("div", null, h("section", null, h("h2", null, "Best settings"), best),
        budget && h("section", null, h("h2", null, "Budget"), budget),
        h("section", null, h("h2", null, "Events"), feed), h("section", null, h("h2", null, "Notes"), notes))));

  let shownBest;
  function draw() {
    const stands = study.standing;
    tell(strip, study, stands);
    replace(feed, [...study.news].reverse().map((one) => event(one, study)));
    if (stands.best?.number !== shownBest) { shownBest = stands.best?.number; drawBest(best, study, stands.best); }
    drawNotes(notes, study, stands.notes, null);
    replace(start, !Object.values(stands.counts).some(Boolean) && empty("No trial yet. They appear here within a second of their start.", `study.optimize(objective, trials=50)`));
    figures.element.hidden = !Object.values(stands.counts).some(Boolean);
  }

  draw();
  study.listeners.add(() => { draw(); figures.changed(); });
  const timer = setInterval(() => tell(strip, study, study.standing), 10000);
  return { close: () => { clearInterval(timer); figures.close(); } };
}

export function openPoint(point, study, go) {
  const number = [point.customdata].flat(2).find((value) => Number.isInteger(value));
  if (number !== undefined) go(`/study/${encodeURIComponent(study.key)}/trial/${number}`);
}

function tell(strip, study, stands) {
  const [best, sure, better, wrong, done] = strip;
  set(best.figure, stands.best ? num(stands.best.value) : "none yet");
  set(best.note, stands.best ? `trial ${stands.best.number}${stands.best.finished ? `, ${ago(stands.best.finished)}` : ""}` : "no trial is complete");
  set(sure.figure, stands.sure.figure);
  set(sure.note, [stands.sure.note, stands.worth].filter(Boolean).join("; "));
  const last = stands.improved;
  set(better.figure, last ? (last.trials_ago ? `${plural(last.trials_ago, "trial")} ago` : "just now") : "not yet");
  set(better.note, last ? [last.by === null ? "the first value" : `by ${num(last.by, 2)}`, stands.best?.finished ? ago(stands.best.finished) : ""].filter(Boolean).join(", ") : "");
  const failed = stands.counts.failed, lost = stands.lost.length;
  set(wrong.figure, failed || lost ? (failed ? `${num(failed)} failed` : `${num(lost)} lost`) : "nothing");
  set(wrong.note, lost ? `${lost} lost: the worker of trial ${stands.lost[0]} is gone` : stands.trouble ? `${stands.trouble.times > 1 ? `${stands.trouble.times} times: ` : ""}${stands.trouble.cause}` : stands.counts.pruned ? `${plural(stands.counts.pruned, "trial")} stopped early` : "");
  set(done.figure, stands.total ? `${num(stands.done)} of ${num(stands.total)}` : num(stands.done));
  const pace = [stands.running ? `${num(stands.running)} running` : stands.state, stands.per_minute ? `${num(stands.per_minute, 2)} a minute` : "", stands.seconds_left ? `about ${seconds(stands.seconds_left)} left` : "", stands.counts.waiting ? `${num(stands.counts.waiting)} queued` : ""];
  set(done.note, pace.filter(Boolean).join(", "));
}

export function event(one, study) {
  const trial = one.number === null ? null : h("a", { href: `/study/${encodeURIComponent(study.key)}/trial/${one.number}` }, `${one.number}`);
  return h("li", null, h("time", { title: clock(one.at) }, clock(one.at).split(" ").at(-1)), shape(one.mark), h("span", null, trial, trial ? " " : "", one.text));
}

function drawBest(place, study, best) {
  if (!best) { replace(place, h("p", { class: "quiet" }, "None yet.")); return; }
  const copies = h("div", { class: "tools" });
  replace(place, h("dl", { class: "mono" }, Object.entries(best.params).map(([name, value]) => [h("dt", null, name), h("dd", null, setting(value))])), h("p"), copies);
  ask(`${study.path}/trial/${best.number}`).then((trial) => replace(copies, copyButton("Python", trial.copies.python), copyButton("JSON", trial.copies.json), copyButton("Command line", trial.copies.options)), () => replace(copies));
}

export function drawNotes(place, study, notes, trial) {
  if (place.contains(document.activeElement)) return; // somebody is writing
  const text = study.may_edit && h("textarea", { "aria-label": "A note", maxlength: 4000, placeholder: "What you saw, for whoever comes next" });
  replace(place, notes.map((note) => h("p", null, note)), !notes.length && !text && h("p", { class: "quiet" }, "None."),
    text && [text, h("div", { class: "tools" }, h("button", { type: "button", onclick: async () => {
      if (await act(study.key, "note", { text: text.value, trial })) { text.value = ""; document.activeElement?.blur(); }
    } }, "Add note"))]);
}

function budgetForm(study) {
  const total = h("input", { type: "number", min: 1, step: 1, value: study.standing.total ?? "", "aria-label": "Total number of trials", style: { width: "112px" } });
  return h("form", { class: "tools", onsubmit: (sent) => { sent.preventDefault(); if (total.value) act(study.key, "budget", { trials: Number(total.value) }); } },
    total, h("span", { class: "quiet" }, "trials in all"), h("button", null, "Change budget"));
}
