// Numbers, times and states as the page writes them.

import { h, svg } from "/static/dom.js";

// Four significant digits; powers of ten far from one as 1e-5, never with a unit's prefix.
export function num(value, digits = 4) {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value !== "number") return String(value);
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return Math.abs(value) < 1e4 ? String(value) : value.toLocaleString("en-US");
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) {
    const [mantissa, power] = value.toExponential(digits - 1).split("e");
    return `${mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa}e${Number(power)}`;
  }
  const fixed = value.toPrecision(digits);
  return fixed.includes("e") ? String(Number(fixed)) : fixed;
}

// A setting: as short as it can be said without losing what matters.
export const setting = (value) => (typeof value === "number" && !Number.isInteger(value) ? num(Number(value.toPrecision(4))).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "") : num(value));

export function seconds(value) {
  if (value === null || value === undefined) return "";
  if (value < 0.001) return "< 1 ms";
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  if (value < 60) return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;
  const minutes = Math.floor(value / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(value % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function ago(moment) {
  if (!moment) return "";
  const past = Date.now() / 1000 - moment;
  if (past < 2) return "now";
  if (past < 60) return `${Math.round(past)} s ago`;
  if (past < 3600) return `${Math.round(past / 60)} min ago`;
  if (past < 172800) return `${Math.round(past / 3600)} h ago`;
  return `${Math.round(past / 86400)} d ago`;
}

const pad = (number) => String(number).padStart(2, "0");

export function clock(moment) {
  if (!moment) return "";
  const time = new Date(moment * 1000);
  const hours = `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
  return time.toDateString() === new Date().toDateString() ? hours : `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())} ${hours}`;
}

export const plural = (count, one, many = `${one}s`) => `${num(count)} ${count === 1 ? one : many}`;

export const arrow = (direction) => (direction === "maximize" ? "↑" : "↓");

// A state's mark: a shape and a colour, so that either is enough.
const SHAPES = {
  complete: () => svg("circle", { cx: 6, cy: 6, r: 4.5, fill: "var(--complete)" }),
  best: () => svg("path", { d: "M6 0l1.8 3.9 4.2.5-3.1 2.9.8 4.2L6 9.4l-3.7 2.1.8-4.2L0 4.4l4.2-.5z", fill: "var(--best)" }),
  running: () => svg("circle", { cx: 6, cy: 6, r: 4, fill: "none", stroke: "var(--running)", "stroke-width": 2 }),
  "stopped early": () => svg("path", { d: "M6 1l5.2 9.5H.8z", fill: "var(--stopped)" }),
  failed: () => svg("path", { d: "M2 2l8 8M10 2l-8 8", stroke: "var(--failed)", "stroke-width": 2, fill: "none" }),
  queued: () => svg("path", { d: "M6 1l5 5-5 5-5-5z", fill: "none", stroke: "var(--waiting)", "stroke-width": 2 }),
  paused: () => svg("path", { d: "M3.5 2v8M8.5 2v8", stroke: "var(--waiting)", "stroke-width": 2 }),
  lost: () => svg("path", { d: "M1.5 6h9", stroke: "var(--failed)", "stroke-width": 2, "stroke-dasharray": "3 2" }),
  note: () => svg("path", { d: "M2 6h8", stroke: "var(--quiet)", "stroke-width": 1.5 }),
};

export const shape = (name) => svg("svg", { class: "mark", viewBox: "0 0 12 12", "aria-hidden": "true" }, (SHAPES[name] ?? SHAPES.note)());

export const state = (name) => h("span", { class: "state" }, shape(name), name);

// The best value so far as a line that a glance takes in; better is up.
export function spark(values, direction) {
  if (!values || values.length < 2) return h("span", { class: "quiet" }, "");
  const low = Math.min(...values), high = Math.max(...values), span = high - low || 1;
  const up = direction === "maximize" ? 1 : -1;
  const points = values.map((value, place) => {
    const share = (value - low) / span;
    return [(place / (values.length - 1)) * 120, 22 - 20 * (up > 0 ? share : 1 - share)];
  });
  const path = points.map(([x, y], place) => (place ? `H${x.toFixed(1)}V${y.toFixed(1)}` : `M${x.toFixed(1)} ${y.toFixed(1)}`)).join("");
  return svg("svg", { class: "spark", viewBox: "0 0 120 24", role: "img", "aria-label": `best value from ${num(values[0])} to ${num(values.at(-1))}` }, svg("path", { d: path }));
}

const VIRIDIS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37]];

export function viridis(share) {
  const at = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1), place = Math.min(VIRIDIS.length - 2, Math.floor(at)), rest = at - place;
  const mixed = VIRIDIS[place].map((part, channel) => Math.round(part + rest * (VIRIDIS[place + 1][channel] - part)));
  return `rgb(${mixed.join(" ")})`;
}
