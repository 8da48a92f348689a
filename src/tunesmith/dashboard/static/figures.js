// Draws the figures that the server makes; plotly.js is loaded when the first one comes.

import { h, replace, svg, trouble } from "/static/dom.js";
import { ask } from "/static/live.js";

let loading = null;

// Plotly writes style attributes and adds a sheet for maps. Under a strict policy the first must go through the style
// object, which is allowed, and the second is of no use here.
function loadPlotly() {
  loading ??= new Promise((resolve, reject) => {
    const attribute = Element.prototype.setAttribute;
    Element.prototype.setAttribute = function setAttribute(name, value) {
      if (name === "style" && this.style) this.style.cssText = value; else attribute.call(this, name, value);
    };
    const appended = document.head.appendChild;
    document.head.appendChild = function appendChild(node) {
      return node.nodeName === "STYLE" ? node : appended.call(this, node);
    };
    const script = h("script", { src: "/static/plotly.min.js" });
    script.onload = () => { delete document.head.appendChild; resolve(window.Plotly); };
    script.onerror = () => { delete document.head.appendChild; loading = null; reject(new Error("The figures' script did not load.")); };
    document.head.append(script);
  });
  return loading;
}

export const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

const LEGEND = 28, NARROWEST = 200, ALONE = 110;

// Title and legend stand about the figure as text of the page: their room in the figure is taken away.
function fitted(layout) {
  const above = Math.max(0, layout.margin.t - 32), below = layout.showlegend ? LEGEND : 0;
  return { ...layout, title: undefined, showlegend: false, width: undefined, autosize: true, height: layout.height - above - below, margin: { ...layout.margin, t: layout.margin.t - above, b: layout.margin.b - below } };
}

// How wide a figure must be to be read: on a phone a wider one is moved under the finger.
function least({ layout }) {
  const columns = new Set(Object.keys(layout).filter((name) => name.startsWith("xaxis")).map((name) => layout[name].domain?.[0] ?? 0)).size;
  return layout.margin.l + layout.margin.r + (columns > 1 ? columns * NARROWEST : ALONE);
}

function legend({ data, layout }) {
  const named = new Map(layout.showlegend ? data.filter((one) => one.showlegend && one.mode === "markers").map((one) => [one.name, one.marker]) : []);
  return [...named].map(([name, marker]) => h("span", { class: "state" }, mark(marker), name));
}

function mark({ symbol, color }) {
  const open = symbol.endsWith("-open"), kind = symbol.replace("-open", "");
  const way = { circle: "M11 6A5 5 0 1 1 1 6A5 5 0 1 1 11 6Z", star: "M6 0L7.6 4.1L12 4.3L8.6 7L9.7 11.3L6 8.9L2.3 11.3L3.4 7L0 4.3L4.4 4.1Z", "triangle-up": "M6 1L11 11H1Z", x: "M2 2L10 10M10 2L2 10", diamond: "M6 0L12 6L6 12L0 6Z" }[kind] ?? "M1 1H11V11H1Z";
  const stroked = open || kind === "x";
  return svg("svg", { class: "mark", viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("path", { d: way, fill: stroked ? "none" : color, stroke: stroked ? color : "none", "stroke-width": kind === "x" ? 2.5 : 1.5 }));
}

// A group of figures of one page. Each is asked for when it comes near to sight, and drawn anew at most every two seconds
// while the study goes on.
export class Figures {
  constructor(study, page, { query = () => ({}), onpoint } = {}) {
    Object.assign(this, { study, page, query, onpoint });
    this.boxes = new Map();
    this.due = new Set(); // those that are not drawn as things stand
    this.near = new Set(); // those that are in sight, or nearly
    this.element = h("div", null, h("p", { class: "quiet" }, "Drawing"));
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.near[isIntersecting ? "add" : "delete"](target.dataset.figure);
      this.work();
    }, { rootMargin: "400px" });
    this.themed = () => this.load();
    document.addEventListener("themed", this.themed);
    this.begun = this.work();
  }

  load() {
    for (const name of this.boxes.keys()) this.due.add(name);
    return this.work();
  }

  changed() { if (this.busy || this.later) this.again = true; else this.load(); }

  async work() {
    if (this.busy || this.closed) return;
    this.busy = true;
    let name;
    try {
      if (!this.boxes.size) await this.begin();
      while (!this.closed && (name = [...this.boxes.keys()].find((one) => this.due.has(one) && this.near.has(one))) !== undefined) {
        this.due.delete(name);
        await this.draw((await this.ask([...this.boxes.keys()].indexOf(name))).figures[0]);
      }
    } catch (error) {
      if (name !== undefined) this.due.add(name); // the next change, or the server's return, tries again
      else if (!this.closed) replace(this.element, trouble(error));
    }
    this.busy = false;
    clearTimeout(this.later);
    this.later = setTimeout(() => { this.later = 0; if (this.again) { this.again = false; this.load(); } }, 2000);
  }

  ask(at) {
    return ask(`${this.study.path}/figures/${this.page}?${new URLSearchParams({ ...this.query(), at, dark: isDark() ? "1" : "0" })}`);
  }

  // The first figure comes with the names of all.
  async begin() {
    const { names, figures } = await this.ask(0);
    if (this.closed) return;
    for (const name of names) {
      const box = h("div", { class: "figure-box", "data-figure": name }, h("h2"), h("p", { class: "quiet" }, "Drawing"), h("div", { class: "scroll" }, h("div", { class: "plot" })), h("div", { class: "legend" }));
      this.boxes.set(name, box);
      this.due.add(name);
    }
    replace(this.element, [...this.boxes.values()]);
    if (!figures.length) return;
    this.due.delete(names[0]);
    await this.draw(figures[0]);
    for (const box of this.boxes.values()) this.sight.observe(box);
  }

  async draw(one) {
    const Plotly = one.figure ? await loadPlotly() : null;
    if (this.closed) return;
    const box = this.boxes.get(one.name), [title, note, { firstChild: plot }, key] = box.children;
    title.textContent = one.title;
    note.textContent = one.note ?? "";
    note.hidden = !one.note;
    plot.hidden = !one.figure?.data.length;
    box.hidden = plot.hidden && [...this.boxes.values()].some((other) => other !== box && !other.hidden && other.firstChild.textContent === one.title); // once is enough
    replace(key, !plot.hidden && legend(one.figure));
    if (plot.hidden) return;
    plot.style.minWidth = `${least(one.figure)}px`;
    plot.style.minHeight = "0";
    plot.setAttribute("aria-label", one.title);
    plot.setAttribute("role", "img");
    await Plotly.react(plot, one.figure.data, fitted(one.figure.layout), { displayModeBar: false, responsive: true, showTips: false });
    if (!plot.dataset.heard && this.onpoint) {
      plot.dataset.heard = "";
      plot.on("plotly_click", ({ points }) => this.onpoint(points[0]));
    }
  }

  drop() {
    for (const box of this.boxes.values()) {
      const plot = box.querySelector(".plot");
      if (window.Plotly && plot) window.Plotly.purge(plot);
    }
    this.boxes.clear();
  }

  close() {
    this.closed = true;
    this.sight.disconnect();
    clearTimeout(this.later);
    document.removeEventListener("themed", this.themed);
    this.drop();
  }
}
