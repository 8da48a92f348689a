// What went wrong, grouped by its cause, and what was stopped early, by its reason.

import { empty, h, replace } from "/static/dom.js";
import { Figures } from "/static/figures.js";
import { ago, num, plural, seconds, shape } from "/static/format.js";
import { ask } from "/static/live.js";

export async function open(room, study) {
  const causes = h("div"), figures = new Figures(study, "failures");
  room.append(causes, h("section", null, figures.element));

  async function load() {
    const content = await ask(`${study.path}/failures`);
    const failed = content.failed.reduce((sum, group) => sum + group.times, 0);
    replace(causes,
      h("section", null, h("h1", null, failed ? `${plural(failed, "trial")} failed, of ${plural(content.finished, "that ended", "that ended")}` : "Nothing failed"),
        failed > 0 && h("p", { class: "quiet" }, `${plural(content.failed.length, "cause")}; ${seconds(content.seconds_lost)} were spent on them.`),
        failed === 0 && empty("No trial has failed. Where one does, it is grouped here by its cause."),
        content.failed.map((group) => cause(group, study, "failed"))),
      content.stopped.length > 0 && h("section", null, h("h1", null, `${plural(content.stopped.reduce((sum, group) => sum + group.times, 0), "trial")} stopped early`), content.stopped.map((group) => cause(group, study, "stopped early"))));
  }

  let later = 0;
  study.listeners.add(() => { later ||= setTimeout(() => { later = 0; load().catch(() => {}); }, 1000); figures.changed(); });
  await load();
  return { close: () => { clearTimeout(later); figures.close(); } };
}

function cause(group, study, mark) {
  const links = group.numbers.slice(-24).reverse().map((number) => [h("a", { href: `/study/${encodeURIComponent(study.key)}/trial/${number}` }, String(number)), " "]);
  return h("div", { class: "figure-box", "data-cause": group.cause }, h("h2", null, shape(mark), " ", group.cause),
    h("p", { class: "quiet" }, `${plural(group.times, "time")} (${num(100 * group.share, 2)} % of the trials that ended), ${seconds(group.seconds)} spent${group.last ? `, last ${ago(group.last)}` : ""}`),
    group.where.map((where) => h("p", null, "More often where ", where)),
    h("p", null, "Trials ", links, group.times > 24 && "…"),
    group.traceback && h("details", null, h("summary", null, "Traceback of the last one"), h("pre", null, group.traceback)));
}
