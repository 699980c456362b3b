// The number, by polling. It asks again when the answer says so, waits longer and longer while there
// is no answer, and rests while nobody looks at the page.
import { ask } from "./api.js";

const LONGEST_S = 60;

export class Counter {
  #path;
  #show;
  #etag = null;
  #timer = null;
  #delay_s = 5;
  #asking = false;

  constructor(slug, show) {
    this.#path = `/petitions/${slug}/count`;
    this.#show = show;
    document.addEventListener("visibilitychange", () => this.#visibility());
    window.addEventListener("online", () => this.soon(0));
  }

  start() {
    this.soon(0);
  }

  // Asks in so many seconds, whatever was planned.
  soon(seconds) {
    clearTimeout(this.#timer);
    this.#timer = document.hidden ? null : setTimeout(() => this.#poll(), seconds * 1000);
  }

  #visibility() {
    if (document.hidden) clearTimeout(this.#timer);
    else this.soon(0);
  }

  async #poll() {
    if (this.#asking) return;
    this.#asking = true;
    // `no-store`: the conditional request is ours, the browser's cache keeps out of it.
    const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
    const answer = await ask(this.#path, { headers, cache: "no-store" });
    this.#asking = false;
    this.#take(answer);
    // A little apart from all others that began at the same moment.
    this.soon(this.#delay_s * (0.9 + 0.2 * Math.random()));
  }

  #take(answer) {
    if (answer.status === 200 && answer.body) {
      this.#etag = answer.headers.get("ETag");
      this.#delay_s = Math.max(1, answer.body.poll_after ?? 5);
      this.#poll_after_s = this.#delay_s;
      this.#show(answer.body);
    } else if (answer.status === 304) {
      this.#delay_s = this.#poll_after_s;
    } else {
      this.#delay_s = Math.min(LONGEST_S, this.#delay_s * 2);
    }
  }

  #poll_after_s = 5;
}
