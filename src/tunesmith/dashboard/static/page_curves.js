// How trials went, step by step.

import { empty, h, replace } from "/static/dom.js";
import { Figures } from "/static/figures.js";
import { openPoint } from "/static/page_overview.js";

export function open(room, study, { go }) {
  const none = h("div"), figures = new Figures(study, "curves", { onpoint: (point) => openPoint(point, study, go) });
  const draw = () => replace(none, !study.has_curves && empty("No trial has reported measurements on its way. In the objective:", "trial.report(loss, step=epoch)"));
  draw();
  room.append(none, h("section", null, figures.element));
  study.listeners.add(() => { draw(); figures.changed(); });
  return { close: () => figures.close() };
}
