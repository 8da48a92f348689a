// Several goals at once: the trials that no other beats in all of them.

import { empty, h, replace } from "/static/dom.js";
import { Figures } from "/static/figures.js";
import { openPoint } from "/static/page_overview.js";

export function open(room, study, { go }) {
  const none = h("div"), figures = new Figures(study, "front", { onpoint: (point) => openPoint(point, study, go) });
  replace(none, study.metrics.length < 2 && empty("This study has one goal. With several, this page shows what each costs in terms of the others.", 'ts.Study(space, [ts.Metric("error"), ts.Metric("seconds")])'));
  room.append(none, h("section", null, figures.element));
  study.listeners.add(() => figures.changed());
  return { close: () => figures.close() };
}
