// A table of many rows of which only those in sight are elements: sorted by a click, filtered as you type.

import { h, replace } from "/static/dom.js";
import { arrow, clock, num, seconds, setting, shape } from "/static/format.js";

const HEIGHT = 28, MARGIN = 8;
const COMPARE = /^(.+?)(<=|>=|<|>|=)(-?[\d.]+(?:e[-+]?\d+)?)$/i;
const ORDER = new Intl.Collator("en", { numeric: true });
const RIGHT = new Set(["number", "seconds", "time"]);

export function cell(column, value) {
  if (value === null || value === undefined) return "";
  if (column.kind === "seconds") return seconds(value);
  if (column.kind === "time") return clock(value);
  if (column.kind === "number") return column.id.startsWith("param:") ? setting(value) : num(value);
  return String(value);
}

// What was typed, as a test of a row: words that some cell holds, and comparisons such as lr<0.01.
export function matcher(text, columns) {
  const tests = text.trim().split(/\s+/).filter(Boolean).map((word) => {
    const parts = COMPARE.exec(word);
    const place = parts ? columns.findIndex((column) => column.label.toLowerCase() === parts[1].toLowerCase()) : -1;
    if (place >= 0) {
      const limit = Number(parts[3]);
      const holds = { "<": (v) => v < limit, ">": (v) => v > limit, "<=": (v) => v <= limit, ">=": (v) => v >= limit, "=": (v) => v === limit || String(v) === parts[3] }[parts[2]];
      return (row) => row[place] !== null && holds(row[place]);
    }
    const wanted = word.toLowerCase();
    return (row) => told(row, columns).includes(wanted);
  });
  return tests.length ? (row) => tests.every((test) => test(row)) : () => true;
}

// A row's words, made once: a row that changes is another one.
const WORDS = new WeakMap();

function told(row, columns) {
  let text = WORDS.get(row);
  if (text === undefined) {
    text = row.map((value, at) => (typeof value === "string" ? value.toLowerCase() : value === null ? "" : cell(columns[at], value))).join("\n");
    WORDS.set(row, text);
  }
  return text;
}

export class Table {
  constructor({ columns, rows, best, onopen, hidden = [], sort = { id: "number", down: true }, onsort }) {
    Object.assign(this, { columns, rows, best, onopen, sort, onsort });
    this.hidden = new Set(hidden);
    this.keep = () => true;
    this.text = "";
    this.chosen = null;
    this.fresh = new Map();
    this.head = h("thead");
    const pad = () => h("tr", { "aria-hidden": "true", hidden: true }, h("td", { class: "pad" }));
    this.drawn = [];
    this.above = pad();
    this.below = pad();
    this.none = h("tr", { hidden: true }, h("td", { class: "quiet" }, "No trial matches."));
    this.body = h("tbody", { onclick: (event) => this.click(event) }, this.above, this.below, this.none);
    this.group = h("colgroup");
    this.element = h("div", { class: "rows", tabindex: 0, role: "region", "aria-label": "Trials; arrow keys move, Enter opens", onscroll: () => this.ask(), onkeydown: (event) => this.key(event) },
      h("table", null, this.group, this.head, this.body));
    this.count = h("span", { class: "quiet", role: "status" });
    this.resized = new ResizeObserver(() => this.ask());
    this.resized.observe(this.element);
    this.layout();
    this.arrange();
  }

  close() { this.resized.disconnect(); }

  shown() { return this.columns.map((column, place) => ({ column, place })).filter(({ column }) => !this.hidden.has(column.id)); }

  layout() {
    const sample = [...this.rows.slice(0, 100), ...this.rows.slice(-100)];
    const widths = this.shown().map(({ column, place }) => {
      const longest = sample.reduce((most, row) => Math.max(most, cell(column, row[place]).length), 4);
      return Math.round(Math.min(280, Math.max(column.kind === "state" ? 136 : 64, 20 + 7.6 * longest, 40 + 7.4 * column.label.length)));
    });
    replace(this.group, widths.map((width) => h("col", { style: { width: `${width}px` } })));
    replace(this.head, h("tr", null, this.shown().map(({ column }) => this.headCell(column))));
    for (const line of this.drawn.splice(0)) line.remove(); // other columns, other cells
    for (const line of [this.above, this.below, this.none]) line.firstChild.colSpan = widths.length;
    this.at = null;
  }

  headCell(column) {
    const sorted = this.sort.id === column.id;
    const better = column.better ? ` ${arrow(column.better)}` : "";
    return h("th", { class: RIGHT.has(column.kind) ? "n" : null, scope: "col", "aria-sort": sorted ? (this.sort.down ? "descending" : "ascending") : null },
      h("button", { type: "button", title: column.label, onclick: () => this.sortBy(column) }, `${column.label}${better}${sorted ? (this.sort.down ? " ▾" : " ▴") : ""}`));
  }

  sortBy(column) {
    const first = column.kind === "number" && column.better !== "minimize";
    this.sort = { id: column.id, down: this.sort.id === column.id ? !this.sort.down : first };
    this.layout();
    this.arrange();
    this.element.scrollTop = 0;
    this.onsort?.(this.sort);
  }

  filter(text) { this.text = text; this.arrange(); }

  only(keep) { this.keep = keep; this.arrange(); }

  // Puts the rows in order and keeps the one in sight where it is.
  arrange() {
    const top = Math.floor(this.element.scrollTop / HEIGHT);
    const held = this.element.scrollTop > 0 ? this.view?.[top]?.[0] : undefined;
    const test = matcher(this.text, this.columns);
    const place = Math.max(0, this.columns.findIndex((column) => column.id === this.sort.id));
    const turn = this.sort.down ? -1 : 1;
    const found = this.rows.filter((row) => test(row) && this.keep(row));
    found.sort((one, other) => {
      const a = one[place], b = other[place];
      if (a === b) return one[0] - other[0];
      if (a === null || a === undefined) return 1;
      if (b === null || b === undefined) return -1;
      return (typeof a === "number" && typeof b === "number" ? a - b : ORDER.compare(String(a), String(b))) * turn;
    });
    this.view = found;
    this.at = null;
    this.count.textContent = found.length === this.rows.length ? `${num(found.length)} trials` : `${num(found.length)} of ${num(this.rows.length)} trials`;
    if (held !== undefined) {
      const now = found.findIndex((row) => row[0] === held);
      if (now >= 0 && now !== top) this.element.scrollTop += (now - top) * HEIGHT;
    }
    this.draw();
  }

  // Rows that have changed: they are marked for two seconds.
  update(rows, best, changed) {
    const now = performance.now();
    for (const number of changed ?? []) this.fresh.set(number, now);
    for (const [number, since] of this.fresh) if (now - since > 2000) this.fresh.delete(number);
    this.rows = rows;
    this.best = best;
    this.arrange();
  }

  ask() {
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => { this.asked = 0; this.draw(); });
  }

  draw() {
    const most = Math.ceil((this.element.clientHeight || 640) / HEIGHT);
    const top = Math.min(Math.floor(this.element.scrollTop / HEIGHT), this.view.length - most); // it may be far shorter than it was
    const from = Math.max(0, top - MARGIN);
    const to = Math.min(this.view.length, from + most + 2 * MARGIN);
    if (this.at === `${from} ${to} ${this.chosen}`) return;
    this.at = `${from} ${to} ${this.chosen}`;
    const shown = this.shown();
    const wanted = this.view.slice(from, to);
    while (this.drawn.length > wanted.length) this.drawn.pop().remove();
    wanted.forEach((row, at) => {
      if (at === this.drawn.length) { this.drawn.push(this.blank(shown)); this.below.before(this.drawn[at]); }
      this.fill(this.drawn[at], row, from + at, shown);
    });
    for (const [pad, height] of [[this.above, from * HEIGHT], [this.below, (this.view.length - to) * HEIGHT]]) {
      pad.hidden = height === 0;
      pad.firstChild.style.height = `${height}px`;
    }
    this.none.hidden = this.view.length > 0;
    this.body.parentElement.setAttribute("aria-rowcount", this.view.length + 1);
  }

  // A row without content: rows that leave the sight are filled anew, which costs far less than new elements.
  blank(shown) {
    return h("tr", null, shown.map(({ column }) => h("td", null, column.kind === "state" ? h("span", { class: "state" }) : column.id === "number" ? h("a", { tabindex: -1 }) : "")));
  }

  fill(line, row, place, shown) {
    const number = row[0], fresh = this.fresh.has(number);
    line.className = this.chosen === number ? "chosen" : "";
    line.setAttribute("aria-rowindex", place + 2);
    line.dataset.number = number;
    shown.forEach(({ column, place: at }, order) => {
      const box = line.cells[order], value = row[at], text = cell(column, value);
      const look = `${RIGHT.has(column.kind) ? "n" : ""}${fresh && at !== 0 ? " changed" : ""}`.trim();
      if (box.className !== look) box.className = look;
      if (text.length > 24) box.title = text; else if (box.title) box.removeAttribute("title");
      if (column.kind === "state") {
        const said = number === this.best ? "best" : value;
        if (box.textContent !== said) replace(box.firstChild, shape(said), said);
        return;
      }
      if (column.id === "number") box.firstChild.href = this.link?.(number) ?? "";
      const place = column.id === "number" ? box.firstChild : box;
      if (place.textContent !== text) place.textContent = text;
    });
  }

  click(event) {
    const line = event.target.closest("tr[data-number]");
    if (line && !event.target.closest("a")) this.onopen(Number(line.dataset.number));
  }

  key(event) {
    if (event.target.closest("button")) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / HEIGHT) - 2);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
    const now = this.view.findIndex((row) => row[0] === this.chosen);
    if (event.key === "Enter" && now >= 0) { this.onopen(this.chosen); return; }
    if (step === undefined || !this.view.length) return;
    event.preventDefault();
    const next = Math.min(this.view.length - 1, Math.max(0, (now < 0 ? (step > 0 ? -1 : 0) : now) + step));
    this.chosen = this.view[next][0];
    const y = next * HEIGHT, head = this.head.offsetHeight;
    if (y < this.element.scrollTop) this.element.scrollTop = y;
    else if (y + HEIGHT + head > this.element.scrollTop + this.element.clientHeight) this.element.scrollTop = y + HEIGHT + head - this.element.clientHeight;
    this.draw();
  }
}
