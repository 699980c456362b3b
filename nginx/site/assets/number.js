// The number as people see it: it counts up between two polls, never down, towards a goal that is always ahead.

const STALE_S = 30; // from then on the number says as of when it is
const SPEAK_MS = 20000; // between two things that a screen reader says
const STEP_MS = 50; // between two steps of counting up

const mantissas = [1, 2, 5];

// 100, 200, 500, 1,000, 2,000 …: the first that is more than n.
function nextStep(n) {
  for (let power = 100; ; power *= 10) {
    for (const mantissa of mantissas) {
      if (mantissa * power > n) return mantissa * power;
    }
  }
}

// The organiser's next one; behind the last of them, and without any, the next step, but not beyond `goal` while that
// is ahead.
export function nextGoal(count, goal = null, goals = []) {
  const next = goals.filter((one) => one > count).sort((a, b) => a - b)[0];
  if (next) return next;
  const step = nextStep(count);
  return goal > count ? Math.min(goal, step) : step;
}

// Shows whole numbers on the way from the last one to the next.
export class Rolling {
  #show;
  #still;
  #shown = null;
  #timer = null;

  // `still`: whether somebody wants nothing to move. `shown`: what stands there already.
  constructor(show, still = () => matchMedia("(prefers-reduced-motion: reduce)").matches, shown = null) {
    this.#show = show;
    this.#still = still;
    this.#shown = shown;
  }

  get shown() {
    return this.#shown;
  }

  // Arrives within so many seconds.
  to(target, seconds) {
    clearInterval(this.#timer);
    const from = this.#shown;
    if (from === null || target <= from || this.#still()) {
      this.#set(target);
      return;
    }
    const pause_ms = Math.max(STEP_MS, (seconds * 1000) / (target - from));
    const steps = Math.max(1, Math.floor((seconds * 1000) / pause_ms));
    let step = 0;
    const move = () => {
      step += 1;
      this.#set(Math.round(from + ((target - from) * step) / steps));
      if (step >= steps) clearInterval(this.#timer);
    };
    move();
    if (step < steps) this.#timer = setInterval(move, pause_ms);
  }

  stop() {
    clearInterval(this.#timer);
  }

  #set(n) {
    this.#shown = n;
    this.#show(n);
  }
}

// Says only the last of what came within the time.
export class Announcer {
  #element;
  #timer = null;
  #next = null;

  constructor(element) {
    this.#element = element;
  }

  say(text) {
    if (this.#timer) {
      this.#next = text;
      return;
    }
    this.#element.textContent = text;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const next = this.#next;
      this.#next = null;
      if (next !== null) this.say(next);
    }, SPEAK_MS);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = this.#next = null;
  }
}

// `parts`: elements of which each may be missing. `root` is hidden below the minimum, and `few` shown instead; `count`,
// `unit` (the word beside it), `goal`, `progress` (a <progress>) and `note` (what is special about the number) are filled; `live` (role=status, for
// the ear only) is told now and then. `say(key, values)` gives the words, as the Texts of i18n.js do: number.signed,
// number.goal, number.stale, number.closed, number.said. `goals` and `minimum` are the petition's `goals` and `count_minimum`.
// `falls`: a number that went down is shown so; without, the old one stays until it is overtaken. `shown`: the number that
// the page came with.
export class NumberView {
  #parts;
  #options;
  #format;
  #rolling;
  #announcer;
  #value = null;
  #fresh_ms = 0; // when the number was true
  #spoken = null;

  /** @param {any} parts @param {any} options */
  constructor(parts, { say, language = "en", goals = [], minimum = 0, falls = false, shown = null } = {}) {
    this.#parts = parts;
    this.#options = { say, language, goals, minimum, falls };
    this.#format = new Intl.NumberFormat(language);
    this.#rolling = new Rolling((n) => this.#showCount(n), undefined, shown);
    this.#announcer = parts.live ? new Announcer(parts.live) : null;
  }

  // As `watch` of poller.js tells it.
  show({ value, behind_s, trouble }) {
    if (!value) return;
    if (value.count === null) {
      this.#hide(true, value.state);
      return;
    }
    // A copy is as old as it is when it comes; an older one than the last tells nothing of how late it is.
    if (!trouble) this.#fresh_ms = Math.max(this.#fresh_ms, performance.now() - behind_s * 1000);
    const isOld = this.#value && value.as_of < this.#value.as_of;
    if (!isOld) this.#value = value;
    const shown = this.#rolling.shown ?? 0;
    const count = this.#options.falls ? this.#value.count : Math.max(shown, this.#value.count);
    this.#rolling.to(count, Math.min(value.poll_after ?? 5, 10));
    this.#note();
    this.#speak(count);
  }

  stop() {
    this.#rolling.stop();
    this.#announcer?.stop();
  }

  #minimum() {
    return Number(this.#value?.count_minimum ?? this.#options.minimum) || 0;
  }

  // Nobody is asked to be among the first of what is over.
  #hide(hidden, state) {
    if (this.#parts.root) this.#parts.root.hidden = hidden;
    if (this.#parts.few) this.#parts.few.hidden = !hidden || state !== "open";
  }

  #showCount(n) {
    const { count, unit, goal, progress } = this.#parts;
    const goals = this.#value.goals ?? this.#options.goals;
    const next = nextGoal(n, this.#value.goal, goals);
    this.#hide(n < this.#minimum(), this.#value.state);
    if (count) count.textContent = this.#format.format(n);
    if (unit) unit.textContent = this.#options.say("number.signed", { n });
    const open = this.#value.state === "open";
    if (goal) {
      goal.hidden = !open;
      goal.textContent = this.#options.say("number.goal", { goal: next });
    }
    if (progress) {
      progress.hidden = !open;
      progress.max = next;
      progress.value = n;
    }
  }

  #note() {
    const { note } = this.#parts;
    if (!note) return;
    const { say, language } = this.#options;
    const late = performance.now() - this.#fresh_ms > STALE_S * 1000;
    let text = "";
    if (this.#value.state !== "open") text = say("number.closed");
    else if (!this.#value.exact || late) text = say("number.stale", { time: sayTime(this.#value.as_of, language) });
    if (note.textContent !== text) note.textContent = text;
    note.hidden = text === "";
  }

  #speak(count) {
    if (!this.#announcer || this.#spoken === count || count < this.#minimum()) return;
    // The first number is read with the page.
    if (this.#spoken !== null) this.#announcer.say(this.#options.say("number.said", { n: count }));
    this.#spoken = count;
  }
}

export function sayTime(at, language) {
  const time = new Date(at);
  const today = time.toDateString() === new Date().toDateString();
  return time.toLocaleString(language, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}
