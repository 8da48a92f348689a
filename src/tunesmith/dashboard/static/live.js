// What the page knows of a study: asked once, then told by the server as it changes.

import { say, trouble } from "/static/dom.js";

export class Refusal extends Error {
  constructor(message, hint, status) { super(message); this.hint = hint; this.status = status; }
}

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
  if (answer.status === 401) throw new Refusal("This page's key is no longer right.", "Open the address that tunesmith dashboard printed last.", 401);
  const content = await answer.json();
  if (!answer.ok) throw new Refusal(content.error ?? `The server answered ${answer.status}.`, content.hint ?? "", answer.status);
  return content;
}

// One connection a page; the browser itself connects again after the server was away.
export class Stream {
  constructor(query, handlers) {
    this.handlers = handlers;
    this.query = query;
    this.open();
  }

  open() {
    this.source = new EventSource(`/api/live?${this.query()}`);
    this.source.onopen = () => this.handlers.connected?.(true);
    this.source.onerror = () => {
      this.handlers.connected?.(false);
      if (this.source.readyState === EventSource.CLOSED) { // refused, by a new key say: try again, slowly
        clearTimeout(this.again);
        this.again = setTimeout(() => this.open(), 2000);
      }
    };
    for (const kind of ["news", "studies", "trouble", "reload"]) {
      this.source.addEventListener(kind, (event) => this.handlers[kind]?.(JSON.parse(event.data)));
    }
  }

  close() {
    clearTimeout(this.again);
    this.source.close();
  }
}

export class Study {
  constructor(key) {
    this.key = key;
    this.path = `/api/study/${encodeURIComponent(key)}`;
    this.listeners = new Set();
    this.rows = null;
    this.places = new Map();
  }

  async load() {
    Object.assign(this, await ask(this.path));
    return this;
  }

  async loadRows() {
    if (this.rows !== null) return;
    const content = await ask(`${this.path}/trials`);
    this.columns = content.columns;
    this.rows = content.rows;
    this.places = new Map(content.rows.map((row, place) => [row[0], place]));
    this.seq = Math.min(this.seq, content.seq);
  }

  listen(connected, banner) {
    this.stream = new Stream(() => `study=${encodeURIComponent(this.key)}&after=${this.seq}`, {
      connected,
      news: (news) => this.take(news),
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
    if (this.rows !== null) {
      for (const row of news.rows) {
        const place = this.places.get(row[0]);
        if (place === undefined) { this.places.set(row[0], this.rows.length); this.rows.push(row); } else this.rows[place] = row;
      }
    }
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
