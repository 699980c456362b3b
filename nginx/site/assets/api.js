// Talks to the API. Every answer becomes {status, ok, body, headers}; no answer is status 0.

const PATIENCE_MS = 30000; // for one answer
const LONGEST_S = 60; // between two tries while there is no network

export async function ask(path, options = {}) {
  try {
    const signal = AbortSignal.timeout?.(PATIENCE_MS);
    // With `base` a page of another host asks its own.
    const response = await fetch(`${options.base ?? ""}/api/v1${path}`, { credentials: "omit", signal, ...options });
    let body = null;
    if (response.status !== 304 && response.status !== 204) {
      body = await response.json().catch(() => null);
    }
    return { status: response.status, ok: response.ok, body, headers: response.headers };
  } catch {
    return { status: 0, ok: false, body: null, headers: new Headers() };
  }
}

export function post(path, value, options = {}) {
  return ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
    ...options,
  });
}

// Whole seconds until it makes sense to try again.
export function retryAfter(answer) {
  const seconds = Number.parseInt(answer.headers.get("Retry-After") ?? "", 10);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3600) : 5;
}

/** Why it did not work, in words. */
export function sayFailure(texts, answer) {
  return answer.status === 0 ? texts.say("offline") : texts.say("later", { n: retryAfter(answer) });
}

/** Sends something until the server has judged it: it waits as long as it is told to, or until there is a network,
 * and says so, with a button that stops it. Sending the same twice changes nothing. */
export class Sending {
  #path;
  #texts;
  #place;
  #base;
  #lost = 0; // tries in a row that got no answer
  #stop = null; // ends the wait; null: it does not wait

  /** `place`: an empty element that shows the wait.
   * @param {{path: string, texts: any, place: HTMLElement, base?: string}} options */
  constructor({ path, texts, place, base = "" }) {
    this.#path = path;
    this.#texts = texts;
    this.#place = place;
    this.#base = base;
  }

  /** The answer, which is none of 0, 429 and 503; or null if somebody stopped it. */
  async send(value) {
    this.#lost = 0;
    for (;;) {
      const answer = await post(this.#path, value, { base: this.#base });
      if (![0, 429, 503].includes(answer.status)) return answer;
      this.#lost = answer.status === 0 ? this.#lost + 1 : 0;
      const goesOn = await this.#wait(answer);
      this.#place.replaceChildren();
      if (!goesOn) return null;
    }
  }

  stop() {
    this.#stop?.();
  }

  #wait(answer) {
    const offline = answer.status === 0;
    const reason = { 0: "wait.offline", 429: "wait.limited", 503: "wait.unavailable" }[answer.status];
    // A browser may think that it is online and be wrong.
    const seconds = offline ? Math.min(LONGEST_S, 5 * 2 ** (this.#lost - 1)) : retryAfter(answer);
    return new Promise((resolve) => {
      const end = performance.now() + seconds * 1000;
      const clock = this.#show(reason, () => finish(false));
      const tick = () => {
        const left_s = Math.ceil((end - performance.now()) / 1000);
        if (left_s <= 0) finish(true);
        else clock.textContent = this.#left(left_s, offline && !navigator.onLine);
      };
      const online = () => finish(true);
      const finish = (goesOn) => {
        clearInterval(timer);
        removeEventListener("online", online);
        this.#stop = null;
        resolve(goesOn);
      };
      const timer = setInterval(tick, 250);
      if (offline) addEventListener("online", online);
      this.#stop = () => finish(false);
      tick();
    });
  }

  #left(seconds, waitsForNetwork) {
    if (waitsForNetwork) return this.#texts.say("wait.online");
    return seconds > 90 ? this.#texts.say("wait.minutes", { n: Math.ceil(seconds / 60) }) : this.#texts.say("wait.next", { n: seconds });
  }

  // What is said once, what changes by the second (a timer is not read out), and the way out.
  #show(reason, stop) {
    const said = Object.assign(document.createElement("p"), { role: "status" });
    const clock = Object.assign(document.createElement("p"), { role: "timer" });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: this.#texts.say("wait.stop") });
    button.addEventListener("click", stop);
    this.#place.replaceChildren(said, clock, button);
    said.textContent = `${this.#texts.say(reason)} ${this.#texts.say("wait.kept")}`;
    return clock;
  }
}
