import { post, retryAfter } from "./api.js";

const LONGEST_S = 60; // between two tries while there is no network
// What is waited for, and how that is said. 502 and 504: of who stands in front of us; our own nginx says 503.
const PASSING = { 0: "wait.offline", 429: "wait.limited", 502: "wait.unavailable", 503: "wait.unavailable", 504: "wait.unavailable" };

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

  /** The answer, which is none that passes; or null if somebody stopped it. */
  async send(value) {
    this.#lost = 0;
    for (;;) {
      const answer = await post(this.#path, value, { base: this.#base });
      if (!(answer.status in PASSING)) return answer;
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
    // A browser may think that it is online and be wrong.
    const seconds = offline ? Math.min(LONGEST_S, 5 * 2 ** (this.#lost - 1)) : retryAfter(answer);
    return new Promise((resolve) => {
      const end = performance.now() + seconds * 1000;
      const clock = this.#show(PASSING[answer.status], () => finish(false));
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
