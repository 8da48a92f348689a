// What the page knows of a study: asked once, then told by the server as it changes.

import { h, say, trouble } from "/static/dom.js";

export class Refusal extends Error {
  constructor(message, hint, status) { super(message); this.hint = hint; this.status = status; }
}

export const LOCKED = new Refusal("This page's key is no longer right: the dashboard was started anew.", "Open the address that tunesmith dashboard printed last. This page goes on by itself then.", 401);

export async function ask(path) {
  let answer;
  try {
    answer = await fetch(path, { headers: { accept: "application/json" } });
  } catch {
    throw new Refusal("The server does not answer.", "Is tunesmith dashboard still running? This page tries again by itself.", 0);
  }
  return read(answer);
}

export async function order(key, kind, body = {}) {
  const answer = await fetch(`/api/study/${encodeURIComponent(key)}/order/${kind}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  return read(answer);
}

// Carries out an order and says what came of it; null where it was refused.
export async function act(key, kind, body) {
  try {
    const answer = await order(key, kind, body);
    say(answer.done);
    return answer;
  } catch (error) {
    say(`${error.message} ${error.hint ?? ""}`);
    return null;
  }
}

async function read(answer) {
  if (answer.status === 401) throw LOCKED;
  const content = await answer.json();
  if (!answer.ok) throw new Refusal(content.error ?? `The server answered ${answer.status}.`, content.hint ?? "", answer.status);
  return content;
}

const SILENT = 20_000; // the server says something at least every five seconds

// One connection a page. It is opened anew, from what the page knows on, whenever it breaks or falls silent: a network
// that is gone closes nothing.
export class Stream {
  constructor(query, handlers) {
    this.handlers = handlers;
    this.query = query;
    this.back = () => { if (this.lost) this.open(); };
    this.gone = () => this.broken();
    addEventListener("online", this.back);
    addEventListener("offline", this.gone);
    this.open();
  }

  open() {
    this.source?.close();
    clearTimeout(this.again);
    this.source = new EventSource(`/api/live?${this.query()}`);
    this.source.onopen = () => {
      const was = this.lost;
      this.lost = false;
      this.heard();
      this.handlers.connected?.(true);
      if (was) this.handlers.back?.();
    };
    this.source.onerror = () => this.broken();
    this.source.addEventListener("alive", () => this.heard());
    for (const kind of ["news", "studies", "trouble", "reload"]) {
      this.source.addEventListener(kind, (event) => { this.heard(); this.handlers[kind]?.(JSON.parse(event.data)); });
    }
    this.heard();
  }

  heard() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.broken(), SILENT);
  }

  broken() {
    clearTimeout(this.silence);
    clearTimeout(this.again);
    this.source.close();
    this.lost = true;
    this.handlers.connected?.(false);
    this.again = setTimeout(async () => {
      if (await isLocked()) this.handlers.locked?.();
      if (this.source.readyState === EventSource.CLOSED && !this.ended) this.open();
    }, 1000);
  }

  close() {
    this.ended = true;
    removeEventListener("online", this.back);
    removeEventListener("offline", this.gone);
    clearTimeout(this.again);
    clearTimeout(this.silence);
    this.source.close();
  }
}

// Whether the server answers, and does not know this page's key: it was started anew.
async function isLocked() {
  try { return (await fetch("/static/icon.svg", { method: "HEAD", cache: "no-store" })).status === 401; } catch { return false; }
}

export class Study {
  constructor(key) {
    this.key = key;
    this.path = `/api/study/${encodeURIComponent(key)}`;
    this.listeners = new Set();
    this.banner = h("div"); // what is wrong with the study or the connection, on whichever of its pages
    this.rows = null;
    this.places = new Map();
    this.early = []; // news that came while the rows were on their way
  }

  async load() {
    Object.assign(this, await ask(this.path));
    return this;
  }

  async loadRows() {
    if (this.rows !== null) return;
    this.early = [];
    const content = await ask(`${this.path}/trials`);
    this.columns = content.columns;
    this.rows = content.rows;
    this.places = new Map(content.rows.map((row, place) => [row[0], place]));
    for (const news of this.early) if (news.seq > content.seq) this.merge(news.rows);
    this.early = [];
  }

  merge(rows) {
    for (const row of rows) {
      const place = this.places.get(row[0]);
      if (place === undefined) { this.places.set(row[0], this.rows.length); this.rows.push(row); } else this.rows[place] = row;
    }
  }

  listen(connected) {
    const banner = this.banner;
    this.stream = new Stream(() => `study=${encodeURIComponent(this.key)}&after=${this.seq}`, {
      connected,
      news: (news) => this.take(news),
      back: () => { banner.replaceChildren(); this.tell([]); }, // what was asked for in vain is asked for again
      locked: () => banner.replaceChildren(trouble(LOCKED)),
      trouble: (error) => banner.replaceChildren(trouble(error)),
      reload: async () => { banner.replaceChildren(); this.rows = this.rows && null; await this.load(); this.tell(null); },
    });
  }

  async take(news) {
    const known = this.columns.map((column) => column.id).join("\n");
    this.seq = Math.max(this.seq, news.seq);
    this.standing = news.standing;
    this.news = news.news;
    this.has_curves = this.has_curves || news.has_curves;
    if (known !== news.columns.join("\n")) { // the space has grown
      const had = this.rows !== null;
      this.rows = null;
      await this.load();
      if (had) await this.loadRows();
      this.tell(null);
      return;
    }
    if (this.rows !== null) this.merge(news.rows); else this.early.push(news);
    this.tell(news.rows.map((row) => row[0]));
  }

  // `changed` is a list of trial numbers, or null where everything may have changed.
  tell(changed) {
    for (const listener of this.listeners) listener(changed);
  }

  close() {
    this.stream?.close();
    this.listeners.clear();
  }
}
