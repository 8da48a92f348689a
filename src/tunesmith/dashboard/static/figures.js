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

// A group of figures of one page. Each is asked for when it comes near to sight, and drawn anew at most every two seconds
// while the study goes on.
export class Figures {
  constructor(study, page, { query = () => ({}), onpoint } = {}) {
    Object.assign(this, { study, page, query, onpoint });
    this.boxes = new Map();
    this.due = new Set(); // those that are not drawn as things stand
    this.near = new Set(); // those that are in sight, or nearly
    this.element = h("div");
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
      const box = h("div", { class: "figure-box", "data-figure": name }, h("h2"), h("p", { class: "quiet" }, "Drawing"), h("div", { class: "plot" }));
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
    const [title, note, plot] = this.boxes.get(one.name).children;
    title.textContent = one.title;
    note.textContent = one.note ?? "";
    note.hidden = !one.note;
    plot.hidden = !one.figure;
    if (!one.figure) return;
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
