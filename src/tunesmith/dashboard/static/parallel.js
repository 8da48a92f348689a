// Parallel coordinates on a canvas: each trial is a line through its settings; a brush on an axis keeps what passes it.

import { h } from "/static/dom.js";
import { num, plural, setting, viridis } from "/static/format.js";

const MOST_LINES = 1500, MOST_AXES = 10, LEAST_APART = 64, TOP = 34, BOTTOM = 22, SIDE = 48;

export class Parallel {
  constructor({ columns, rows, onbrush }) {
    this.onbrush = onbrush;
    this.brushes = new Map();
    this.canvas = h("canvas", { class: "parallel", role: "img" });
    this.note = h("span", { class: "quiet" });
    this.clear = h("button", { type: "button", hidden: true, onclick: () => { this.brushes.clear(); this.brushed(); } }, "Clear brush");
    this.element = h("div", null, this.canvas, h("div", { class: "tools" }, this.note, this.clear));
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    this.canvas.addEventListener("pointerup", () => this.up());
    this.canvas.addEventListener("pointercancel", () => this.up());
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.canvas);
    this.update(columns, rows);
  }

  close() { this.resized.disconnect(); clearTimeout(this.later); }

  update(columns, rows) {
    this.columns = columns;
    this.rows = rows;
    this.metric = columns.findIndex((column) => column.id.startsWith("value:"));
    const varied = columns.map((column, place) => ({ column, place })).filter(({ column, place }) => column.id.startsWith("param:") && rows.some((row) => row[place] !== null && row[place] !== rows[0][place]));
    const metric = { column: columns[this.metric], place: this.metric };
    this.varied = varied.map((axis) => this.scaled(axis));
    this.goal = this.scaled(metric);
    this.fit();
    this.draw();
  }

  // So many axes as there is room for; a brushed one stays.
  fit() {
    const most = Math.min(MOST_AXES, Math.max(2, Math.floor(((this.canvas.clientWidth || 1280) - 2 * SIDE) / LEAST_APART) + 1)) - 1;
    const brushed = this.varied.filter((axis) => this.brushes.has(axis.place));
    const shown = new Set([...brushed, ...this.varied].slice(0, Math.max(most, brushed.length)));
    this.axes = [...this.varied.filter((axis) => shown.has(axis)), this.goal];
    this.left = this.varied.length - this.axes.length + 1;
  }

  scaled({ column, place }) {
    if (column.kind === "choice") {
      const labels = column.choices;
      const index = new Map(labels.map((label, at) => [label, at]));
      return { column, place, labels, at: (value) => (value === null ? null : (index.get(value) + 0.5) / labels.length) };
    }
    const values = this.rows.map((row) => row[place]).filter((value) => typeof value === "number").sort((a, b) => a - b);
    let low = column.low ?? values[0] ?? 0, high = column.high ?? values.at(-1) ?? 1;
    if (place === this.metric && values.length > 20) { // the worst tail stands at the edge and does not press the rest together
      const tail = Math.floor(values.length * 0.1);
      if (column.better === "maximize") low = values[tail]; else high = values[values.length - 1 - tail];
    }
    const log = column.log && low > 0;
    const to = log ? Math.log : (value) => value;
    const span = to(high) - to(low) || 1;
    return { column, place, low, high, at: (value) => (typeof value === "number" ? Math.min(1, Math.max(0, (to(value) - to(low)) / span)) : null), back: (share) => (log ? Math.exp(to(low) + share * span) : low + share * span) };
  }

  // Whether a row passes every brush; without a brush every row does.
  keeps(row) {
    for (const [place, [from, to]] of this.brushes) {
      const axis = this.axes.find((one) => one.place === place);
      const share = axis?.at(row[place]);
      if (share === null || share === undefined || share < from || share > to) return false;
    }
    return true;
  }

  x(at) { return SIDE + (at * (this.width - 2 * SIDE)) / Math.max(1, this.axes.length - 1); }

  y(share) { return TOP + (1 - share) * (this.height - TOP - BOTTOM); }

  draw() {
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => { this.asked = 0; this.paint(); });
  }

  paint() {
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    if (!this.width || !this.canvas.isConnected) return;
    this.fit();
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const measured = this.rows.filter((row) => typeof row[this.metric] === "number");
    const step = Math.max(1, Math.ceil(measured.length / MOST_LINES));
    const drawn = measured.filter((_row, place) => place % step === 0 || place === measured.length - 1);
    const goal = this.axes.at(-1), up = goal.column.better === "maximize";
    const quality = (row) => { const share = goal.at(row[this.metric]); return up ? share : 1 - share; };
    drawn.sort((one, other) => quality(one) - quality(other)); // the best on top
    const alpha = Math.max(0.15, Math.min(0.9, 60 / drawn.length));
    let kept = 0;
    pen.lineWidth = 1;
    for (const inside of [false, true]) {
      for (const row of drawn) {
        if (this.keeps(row) !== inside) continue;
        kept += inside ? 1 : 0;
        pen.globalAlpha = inside ? Math.max(alpha, quality(row) > 0.9 ? 0.7 : 0) : 0.12;
        pen.strokeStyle = inside ? viridis(0.9 * quality(row)) : colour("stopped");
        this.line(pen, row);
      }
    }
    pen.globalAlpha = 1;
    this.paintAxes(pen, colour);
    this.clear.hidden = !this.brushes.size;
    const thinned = step > 1 ? `, one in ${step} is drawn` : "";
    const rest = this.left ? `; ${plural(this.left, "more parameter is", "more parameters are")} in the table` : "";
    this.note.textContent = `${num(measured.length)} trials with a value${thinned}; yellow is best. Drag along an axis to filter the table${rest}.`;
    this.canvas.setAttribute("aria-label", `Parallel coordinates of ${drawn.length} trials over ${this.axes.map((axis) => axis.column.label).join(", ")}; the filter above the table does the same with the keyboard.`);
    this.canvas.dataset.kept = kept;
  }

  line(pen, row) {
    pen.beginPath();
    let open = false;
    this.axes.forEach((axis, at) => {
      const share = axis.at(row[axis.place]);
      if (share === null) { open = false; return; } // not active here: the line has a gap
      if (open) pen.lineTo(this.x(at), this.y(share)); else pen.moveTo(this.x(at), this.y(share));
      open = true;
    });
    pen.stroke();
  }

  paintAxes(pen, colour) {
    pen.font = "13px system-ui, sans-serif";
    const room = (this.width - 2 * SIDE) / Math.max(1, this.axes.length - 1);
    this.axes.forEach((axis, at) => {
      const x = this.x(at);
      pen.textAlign = at === 0 && this.axes.length > 1 ? "left" : at === this.axes.length - 1 ? "right" : "center";
      const edge = at === 0 ? x - SIDE : at === this.axes.length - 1 ? x + SIDE : x;
      pen.strokeStyle = colour("quiet");
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(x, this.y(0));
      pen.lineTo(x, this.y(1));
      pen.stroke();
      pen.fillStyle = colour("text");
      pen.fillText(fit(pen, axis.column.label, room - 8), edge, 12);
      pen.fillStyle = colour("quiet");
      const ends = axis.labels ? [axis.labels[0], axis.labels.at(-1)] : [setting(axis.low), setting(axis.high)];
      pen.fillText(fit(pen, ends[1], room - 8), edge, 28);
      pen.fillText(fit(pen, ends[0], room - 8), edge, this.height - 6);
      const brush = this.brushes.get(axis.place);
      if (brush) {
        pen.strokeStyle = colour("accent");
        pen.lineWidth = 6;
        pen.beginPath();
        pen.moveTo(x, this.y(brush[0]));
        pen.lineTo(x, this.y(brush[1]));
        pen.stroke();
      }
    });
  }

  share(event) {
    const box = this.canvas.getBoundingClientRect();
    return Math.min(1, Math.max(0, 1 - (event.clientY - box.top - TOP) / (this.height - TOP - BOTTOM)));
  }

  down(event) {
    const x = event.clientX - this.canvas.getBoundingClientRect().left;
    const near = this.axes.map((axis, at) => ({ axis, apart: Math.abs(this.x(at) - x) })).sort((a, b) => a.apart - b.apart)[0];
    if (!near || near.apart > 24) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.drag = { place: near.axis.place, from: this.share(event) };
    this.brushes.delete(near.axis.place);
  }

  move(event) {
    if (!this.drag) return;
    const to = this.share(event);
    this.brushes.set(this.drag.place, [Math.min(this.drag.from, to), Math.max(this.drag.from, to)]);
    this.draw();
  }

  up() {
    if (!this.drag) return;
    const brush = this.brushes.get(this.drag.place);
    if (brush && brush[1] - brush[0] < 0.02) this.brushes.delete(this.drag.place); // a click clears the axis
    this.drag = null;
    this.brushed();
  }

  brushed() { this.draw(); this.onbrush(); }
}

function fit(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let short = text;
  while (short.length > 1 && pen.measureText(`${short}…`).width > width) short = short.slice(0, -1);
  return `${short}…`;
}
