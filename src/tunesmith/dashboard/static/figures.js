// Draws the figures that the server makes; plotly.js is loaded when the first one comes.

import { h, replace, trouble } from "/static/dom.js";
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

// The title stands above the figure as text of the page: its room in the figure is taken away.
function fitted(layout) {
  const room = Math.max(0, (layout.margin?.t ?? 0) - 32);
  return { ...layout, title: undefined, width: undefined, autosize: true, height: layout.height - room, margin: { ...layout.margin, t: (layout.margin?.t ?? 0) - room } };
}

// A group of figures of one page, drawn anew at most every two seconds while the study goes on.
export class Figures {
  constructor(study, page, { query = () => ({}), onpoint } = {}) {
    Object.assign(this, { study, page, query, onpoint });
    this.boxes = new Map();
    this.element = h("div");
    this.themed = () => this.load();
    document.addEventListener("themed", this.themed);
    this.load();
  }

  async load() {
    if (this.closed) return;
    if (this.busy) { this.again = true; return; }
    this.busy = true;
    try {
      const query = new URLSearchParams({ ...this.query(), dark: isDark() ? "1" : "0" });
      const content = await ask(`${this.study.path}/figures/${this.page}?${query}`);
      await this.draw(content.figures);
    } catch (error) {
      if (!this.closed && !this.boxes.size) replace(this.element, trouble(error));
    }
    this.busy = false;
    clearTimeout(this.later);
    this.later = setTimeout(() => { if (this.again) { this.again = false; this.load(); } this.later = 0; }, 2000);
  }

  changed() { if (this.busy || this.later) this.again = true; else this.load(); }

  async draw(figures) {
    const Plotly = figures.some((one) => one.figure) ? await loadPlotly() : null;
    if (this.closed) return;
    const names = figures.map((one) => one.name);
    if (names.join() !== [...this.boxes.keys()].join()) {
      this.drop();
      for (const one of figures) this.boxes.set(one.name, h("div", { class: "figure-box", "data-figure": one.name }, h("h2"), h("p", { class: "quiet" }), h("div", { class: "plot" })));
      replace(this.element, [...this.boxes.values()]);
    }
    for (const one of figures) {
      const [title, note, plot] = this.boxes.get(one.name).children;
      title.textContent = one.title;
      note.textContent = one.note ?? "";
      note.hidden = !one.note;
      plot.hidden = !one.figure;
      if (one.figure) {
        plot.setAttribute("aria-label", one.title);
        plot.setAttribute("role", "img");
        await Plotly.react(plot, one.figure.data, fitted(one.figure.layout), { displayModeBar: false, responsive: true, showTips: false });
        if (!plot.dataset.heard && this.onpoint) {
          plot.dataset.heard = "";
          plot.on("plotly_click", ({ points }) => this.onpoint(points[0]));
        }
      }
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
    clearTimeout(this.later);
    document.removeEventListener("themed", this.themed);
    this.drop();
  }
}
