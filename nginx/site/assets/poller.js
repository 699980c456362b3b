// What changes while somebody looks, asked for once in a browser however many show it: parts of one page share a
// poller, and of several tabs one asks and tells the others.
//
//     const watching = watch("/api/v1/petitions/demo/count", ({ value, behind_s, trouble }) => …);
//     watching.soon(1.5); watching.stop();
//
// `value` is the last good answer. `behind_s`: how old the server's copy is. `trouble`: the last try got none.
// All that is kept is the last answer, so days change nothing.

const LONGEST_S = 60; // between two tries, however long nothing answers
const SOON_S = 5; // before the first of these, where the server says nothing of its own
const PATIENCE_MS = 15000; // for one answer
const GREETING_S = 0.3; // within which another tab tells what it knows

// What the browser gives; tests give their own.
export const browser = {
  fetch: (url, options) => fetch(url, options),
  now: () => performance.now(),
  random: () => Math.random(),
  after: (ms, run) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer),
  hidden: () => document.hidden || document.visibilityState === "hidden",
  channel: (name) => (globalThis.BroadcastChannel ? new BroadcastChannel(name) : null),
  locks: () => navigator.locks ?? null,
  on: (woken, online) => {
    document.addEventListener("visibilitychange", woken);
    addEventListener("pagehide", woken);
    addEventListener("pageshow", woken);
    addEventListener("online", online);
    return () => {
      document.removeEventListener("visibilitychange", woken);
      removeEventListener("pagehide", woken);
      removeEventListener("pageshow", woken);
      removeEventListener("online", online);
    };
  },
};

// Which answers of a poll are good ones.
const isCount = (body) => body.count === null || Number.isSafeInteger(body.count);

export class Poller {
  #url;
  #address;
  #env;
  #good;
  #takers = new Set();
  #off = null; // removes the listeners; null: nobody watches
  #awake = false;
  #asking = null; // the AbortController of the request that is on its way
  #timer = null;
  #channel = null;
  #wish = null; // the AbortController of the wish for the lock
  #release = null; // gives the lock back; null: another tab leads
  #leads = false;
  #news = null;
  #told_ms = -Infinity; // when it came
  #asked_ms = -Infinity; // when it was last asked for here
  #kept = null; // our own server's last good answer, and by what it knows it
  #pace_s; // what the last good answer told
  #wait_s; // what holds now: longer while there is none
  #parts = false; // the pace has just changed
  #least_ms = Infinity; // our clock minus the server's, when it was least
  #least_at = 0;

  // `url` stands for what is asked; `address` is where, if that changes with the time. `pace_s`: between two tries, where
  // the answer has no `poll_after`.
  constructor(url, { env = browser, good = isCount, pace_s = 5, address = () => url } = {}) {
    this.#url = url;
    this.#address = address;
    this.#env = env;
    this.#good = good;
    this.#pace_s = this.#wait_s = pace_s;
  }

  watch(take) {
    this.#takers.add(take);
    if (this.#news) take(this.#news);
    this.#off ??= this.#env.on((event) => this.#look(event), () => this.#soon(this.#env.random()));
    this.#look();
    return {
      soon: (seconds) => this.#soon(seconds),
      stop: () => this.#leave(take),
    };
  }

  #leave(take) {
    this.#takers.delete(take);
    if (this.#takers.size > 0 || !this.#off) return;
    this.#off();
    this.#off = null;
    this.#rest();
  }

  #look(event) {
    const wanted = event?.type !== "pagehide" && !this.#env.hidden();
    if (wanted && !this.#awake) this.#wake();
    else if (!wanted && this.#awake) this.#rest();
  }

  #wake() {
    const name = `countersign:${this.#url}`;
    this.#awake = true;
    this.#channel = this.#env.channel(name);
    if (this.#channel) {
      this.#channel.onmessage = (event) => this.#hear(event.data);
      this.#channel.postMessage("?");
    }
    const locks = this.#channel && this.#env.locks();
    if (locks) this.#wishToLead(locks, name);
    // With a lock to be had this is for the case that who holds it does not answer.
    this.#plan(Math.max(this.#channel ? GREETING_S : 0, this.#due_s()));
  }

  // A hidden tab neither asks nor listens, and lets others lead. A frozen one could not.
  #rest() {
    this.#awake = this.#leads = false;
    this.#env.cancel(this.#timer);
    this.#asking?.abort();
    this.#wish?.abort();
    this.#release?.();
    this.#channel?.close();
    this.#asking = this.#wish = this.#release = this.#channel = null;
  }

  #wishToLead(locks, name) {
    const wish = new AbortController();
    this.#wish = wish;
    const lead = () => new Promise((release) => {
      if (wish.signal.aborted) return release();
      this.#release = release;
      this.#leads = true;
      this.#plan(this.#due_s());
    });
    locks.request(name, { signal: wish.signal }, lead).catch(() => {});
  }

  #plan(seconds) {
    this.#env.cancel(this.#timer);
    if (this.#awake) this.#timer = this.#env.after(seconds * 1000, () => this.#ask());
  }

  #soon(seconds) {
    if (this.#awake) this.#plan(seconds);
  }

  // A little apart from all who began in the same moment; all over the time where the pace has changed, since those who were
  // told so come within one pause of the old length. Who does not lead asks only if who does is silent for long.
  #pause_s(leads = this.#leads) {
    const spread = this.#news?.trouble ? 0.5 : 0.2;
    const pause = this.#wait_s * (1 + (this.#parts ? this.#env.random() : spread * (this.#env.random() - 0.5)));
    return leads ? pause : pause * 2 + this.#env.random() * this.#wait_s;
  }

  // Before a try that follows one without an answer. How often it is asked is the server's to say; a slow pace of ours is no
  // reason to learn late that it is back.
  #again_s() {
    return this.#news?.value?.poll_after ? this.#pace_s : Math.min(this.#pace_s, SOON_S);
  }

  // For who is seen again. Who led before may have asked just now; or nobody has, for as long as this was hidden. Whoever
  // looks away before the answer has asked all the same.
  #due_s() {
    const now = this.#env.now();
    return Math.max(0, this.#pause_s(true) - (now - this.#told_ms) / 1000, this.#again_s() - (now - this.#asked_ms) / 1000);
  }

  async #ask() {
    if (this.#asking) return;
    const asking = new AbortController();
    this.#asking = asking;
    this.#asked_ms = this.#env.now();
    const patience = this.#env.after(PATIENCE_MS, () => asking.abort());
    const answer = await this.#fetch(asking.signal);
    this.#env.cancel(patience);
    if (this.#asking !== asking) return; // it rests meanwhile
    this.#asking = null;
    // Without locks who asked last leads: all others wait longer.
    if (!this.#env.locks()) this.#leads = true;
    this.#take(answer);
    this.#channel?.postMessage(this.#message());
    this.#plan(this.#pause_s());
  }

  // What we keep needs no copy of the browser's. `no-cache`: it adds If-None-Match for its copy and hands that out for a 304,
  // which also works from other origins, where a header of ours would cost a request before each.
  async #fetch(signal) {
    try {
      const address = this.#address(), kept = this.#kept?.address === address ? this.#kept : null;
      const condition = kept ? { cache: "no-store", headers: { "If-None-Match": kept.tag } } : { cache: "no-cache" };
      const response = await this.#env.fetch(address, { credentials: "omit", signal, .../** @type {RequestInit} */ (condition) });
      const retry_s = Number.parseInt(response.headers.get("Retry-After") ?? "", 10) || 0;
      const same = kept !== null && response.status === 304;
      const body = same ? kept.body : response.ok ? await response.json() : null;
      if (!body || !this.#good(body)) return { value: null, retry_s, status: response.status };
      const tag = response.type === "basic" && response.headers.get("ETag");
      if (!same) this.#kept = tag ? { address, tag, body } : null;
      return { value: body, behind_s: this.#behind_s(response.headers.get("Date")) };
    } catch {
      return { value: null, retry_s: 0, status: 0 };
    }
  }

  // A copy that is served while no worker answers keeps its Date, so it falls behind our clock. Clocks drift: a
  // second in a thousand is forgiven.
  #behind_s(date) {
    const now = this.#env.now();
    const apart = now - Date.parse(date ?? "");
    if (Number.isNaN(apart)) return 0;
    this.#least_ms = Math.min(apart, this.#least_ms + (now - this.#least_at) / 1000);
    this.#least_at = now;
    return (apart - this.#least_ms) / 1000;
  }

  /** @param {any} answer */
  #take({ value, behind_s, retry_s, status }) {
    if (value) {
      const pace_s = Math.min(Math.max(1, Number(value.poll_after) || this.#pace_s), 3600);
      this.#parts = Boolean(this.#news?.value) && pace_s !== this.#pace_s;
      this.#pace_s = this.#wait_s = pace_s;
      this.#tell({ value, behind_s, trouble: false, status: 200 });
    } else {
      const told_s = this.#news?.value?.poll_after ? this.#pace_s : 0;
      const last_s = this.#news?.trouble ? this.#wait_s : this.#again_s();
      this.#wait_s = Math.min(Math.max(LONGEST_S, told_s), Math.max(last_s * 2, retry_s));
      this.#tell({ value: this.#news?.value ?? null, behind_s: this.#news?.behind_s ?? 0, trouble: true, status });
    }
  }

  #tell(news) {
    this.#news = news;
    this.#told_ms = this.#env.now();
    for (const take of [...this.#takers]) take(news);
  }

  #message() {
    return { news: this.#news, pace_s: this.#pace_s, wait_s: this.#wait_s };
  }

  #hear(message) {
    if (message === "?") {
      if (this.#leads && this.#news) this.#channel.postMessage(this.#message());
      return;
    }
    const value = message?.news?.value;
    if (!message?.news || !(message.wait_s > 0) || !(message.pace_s > 0) || (value && !this.#good(value))) return;
    this.#pace_s = message.pace_s;
    this.#wait_s = message.wait_s;
    if (!this.#release) this.#leads = false;
    this.#tell(message.news);
    this.#plan(this.#pause_s());
  }
}

const pollers = new Map();

export function watch(url, take, options) {
  // One a URL for as long as the page lives, so that who comes back has the last answer at once.
  if (!pollers.has(url)) pollers.set(url, new Poller(url, options));
  return pollers.get(url).watch(take);
}

/** Nobody comes back to it. @param {string} url */
export const forget = (url) => pollers.delete(url);
