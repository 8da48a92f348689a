// A table of many rows of which only those in sight are elements: sorted by a click, filtered as you type.

import { h, replace } from "/static/dom.js";
import { arrow, clock, num, seconds, setting, shape } from "/static/format.js";

const HEIGHT = 28, MARGIN = 8;
const COMPARE = /^(.+?)(<=|>=|<|>|=)(-?[\d.]+(?:e[-+]?\d+)?)$/i;
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
    return (row) => row.some((value, at) => typeof value === "string" ? value.toLowerCase().includes(wanted) : value !== null && cell(columns[at], value).includes(wanted));
  });
  return tests.length ? (row) => tests.every((test) => test(row)) : () => true;
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
    this.body = h("tbody");
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
      return (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true })) * turn;
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
    const from = Math.max(0, Math.floor(this.element.scrollTop / HEIGHT) - MARGIN);
    const to = Math.min(this.view.length, from + Math.ceil((this.element.clientHeight || 640) / HEIGHT) + 2 * MARGIN);
    if (this.at === `${from} ${to} ${this.chosen}`) return;
    this.at = `${from} ${to} ${this.chosen}`;
    const shown = this.shown();
    const pad = (height) => h("tr", { "aria-hidden": "true" }, h("td", { class: "pad", colspan: shown.length, style: { height: `${height}px` } }));
    replace(this.body,
      from > 0 && pad(from * HEIGHT),
      this.view.slice(from, to).map((row, place) => this.row(row, from + place, shown)),
      to < this.view.length && pad((this.view.length - to) * HEIGHT),
      !this.view.length && h("tr", null, h("td", { colspan: shown.length, class: "quiet" }, "No trial matches.")));
    this.body.parentElement.setAttribute("aria-rowcount", this.view.length + 1);
  }

  row(row, place, shown) {
    const number = row[0];
    return h("tr", { class: this.chosen === number ? "chosen" : null, "aria-rowindex": place + 2, "data-number": number, onclick: () => this.onopen(number) },
      shown.map(({ column, place: at }) => {
        const value = row[at], text = cell(column, value);
        const attributes = { class: `${RIGHT.has(column.kind) ? "n" : ""}${this.fresh.has(number) && at !== 0 ? " changed" : ""}`.trim() || null, title: text.length > 24 ? text : null };
        if (column.kind === "state") return h("td", attributes, h("span", { class: "state" }, shape(number === this.best ? "best" : value), number === this.best ? "best" : value));
        if (column.id === "number") return h("td", attributes, h("a", { href: this.link?.(number), tabindex: -1 }, text));
        return h("td", attributes, text);
      }));
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
