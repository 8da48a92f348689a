// The frame of the page: which address shows what, the head that all pages share, and the switch of light and dark.

import { confirmed, h, replace, trouble } from "/static/dom.js";
import { arrow, shape } from "/static/format.js";
import { Study, act } from "/static/live.js";
import * as compare from "/static/page_compare.js";
import * as curves from "/static/page_curves.js";
import * as failures from "/static/page_failures.js";
import * as front from "/static/page_front.js";
import * as overview from "/static/page_overview.js";
import * as parameters from "/static/page_parameters.js";
import * as studies from "/static/page_studies.js";
import * as trial from "/static/page_trial.js";
import * as trials from "/static/page_trials.js";
import * as tune from "/static/page_tune.js";
import * as workers from "/static/page_workers.js";

const PAGES = { overview, trials, trial, parameters, curves, failures, workers, front, tune };
const NAMES = [
  ["overview", "Overview"], ["trials", "Trials"], ["parameters", "Parameters"], ["curves", "Curves"], ["failures", "Failures"],
  ["workers", "Workers"], ["front", "Front"], ["tune", "By hand"],
];

const head = document.getElementById("head"), main = document.getElementById("main");
let shown = null, study = null, visit = 0;

function where() {
  const parts = location.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  if (parts[0] === "study") return { key: parts[1], page: parts[2] ?? "overview", number: parts[3] === undefined ? null : Number(parts[3]) };
  return { key: null, page: parts[0] === "compare" ? "compare" : "studies" };
}

export function go(path, { instead = false } = {}) {
  history[instead ? "replaceState" : "pushState"](null, "", path);
  show();
}

async function show() {
  const place = where(), mine = ++visit;
  shown?.close?.();
  shown = null;
  const stays = study !== null && study.key === place.key;
  if (study && !stays) { study.close(); study = null; }
  if (!place.key) {
    drawHead(null, place);
    replace(main);
    const page = place.page === "compare" ? compare : studies;
    shown = page.open(main, { go, connected });
    document.title = place.page === "compare" ? "Compare studies · tunesmith" : "Studies · tunesmith";
    return;
  }
  try {
    study ??= new Study(place.key);
    if (!stays) await study.load();
    if (mine !== visit) return;
    drawHead(study, place);
    if (!stays) study.listen(connected);
    study.listeners.clear();
    study.listeners.add(() => tellHead());
    replace(main, study.banner);
    const room = h("div");
    main.append(room);
    document.title = `${place.page === "trial" ? `Trial ${place.number}` : NAMES.find(([name]) => name === place.page)?.[1] ?? "Study"} · ${study.name}`;
    const opened = await PAGES[place.page].open(room, study, { go, number: place.number });
    if (mine !== visit) { opened?.close?.(); return; }
    shown = opened;
  } catch (error) {
    if (mine !== visit) return;
    study?.close();
    study = null;
    drawHead(null, place);
    replace(main, trouble(error), h("p", null, h("a", { href: "/" }, "All studies")));
    if (error.status === 0 || error.status === 401) setTimeout(() => { if (mine === visit) show(); }, 2000);
  }
}

let light, dot, stopButton, isLive = true;

function connected(yes) {
  isLive = yes;
  light?.replaceChildren(shape(yes ? "complete" : "failed"), document.createTextNode(yes ? "live" : "connection lost, trying again"));
}

function drawHead(one, place) {
  light = h("span", { class: "live", role: "status" });
  const theme = h("button", { type: "button", onclick: () => switchTheme() }, "Light or dark");
  const row = one === null
    ? [h("a", { class: "home", href: "/" }, "tunesmith"), h("span", { class: "push" }), light, theme]
    : [h("a", { class: "home", href: "/" }, "tunesmith"), h("h1", null, one.name),
      h("span", { class: "quiet" }, one.metrics.map((metric) => `${metric.name} ${arrow(metric.direction)}`).join(", ")),
      dot = h("span", { class: "state quiet" }), h("span", { class: "push" }), light, steer(one), theme];
  const pages = one === null ? [] : NAMES.filter(([name]) => (name !== "front" || one.metrics.length > 1) && (name !== "curves" || one.has_curves) && (name !== "tune" || one.space.length))
    .map(([name, text]) => h("a", { href: `/study/${encodeURIComponent(one.key)}/${name}`, "aria-current": (place.page === name || (place.page === "trial" && name === "trials")) ? "page" : null }, text));
  replace(head, h("div", { class: "bar" }, h("div", { class: "row" }, row), h("nav", { class: "pages", "aria-label": "Pages of the study" }, pages)));
  connected(isLive);
  if (one) tellHead();
}

function tellHead() {
  if (!study || !dot) return;
  const state = study.standing.state;
  replace(dot, shape({ running: "running", stopping: "stopped early", stopped: "stopped early", done: "complete" }[state] ?? "note"), state);
  if (stopButton) stopButton.hidden = !["running", "idle"].includes(state);
}

function steer(one) {
  stopButton = null;
  if (!one.may_edit) return null;
  stopButton = h("button", { type: "button", class: "danger", onclick: async () => {
    if (!await confirmed("Every worker of this study ends after the trial that it runs. What was found is kept.", "Stop study")) return;
    act(one.key, "stop");
  } }, "Stop study");
  return stopButton;
}

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private windows keep nothing */ }
  document.dispatchEvent(new Event("themed"));
}

try { const kept = localStorage.getItem("theme"); if (kept) document.documentElement.dataset.theme = kept; } catch { /* likewise */ }
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("themed")));
addEventListener("popstate", show);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || link.target || link.hasAttribute("download")) return;
  const target = new URL(link.href);
  if (target.origin !== location.origin || target.pathname.startsWith("/api/") || link.hash) return;
  event.preventDefault();
  go(target.pathname + target.search);
  scrollTo(0, 0);
});
document.addEventListener("keydown", (event) => { // "/" goes to the filter, as in many tables
  if (event.key !== "/" || /^(input|textarea|select)$/i.test(event.target.tagName)) return;
  const search = document.querySelector("input[type=search]");
  if (search) { event.preventDefault(); search.focus(); }
});
show();
