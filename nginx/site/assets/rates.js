// How fast a number grows, from what was seen of it and from what the server remembers.

const HOUR_MS = 3600000;
const DAY_MS = 24 * HOUR_MS;
const APART_MS = 15000; // between two samples that are kept
const KEPT = 2 + HOUR_MS / APART_MS;

// What was seen in the last hour, a sample each quarter of a minute at most.
export class Samples {
  #samples = [];

  add(at_ms, count) {
    const samples = this.#samples;
    // The last one moves with the number until it is as far from the one before as it has to be.
    if (samples.length > 1 && samples.at(-1).at_ms - samples.at(-2).at_ms < APART_MS) samples.pop();
    samples.push({ at_ms, count });
    while (samples.length > KEPT || (samples.length > 2 && samples[1].at_ms <= at_ms - HOUR_MS)) samples.shift();
  }

  get list() {
    return this.#samples;
  }

  // Signatures a `span_ms`, over that span; null: not seen for so long.
  rate(span_ms) {
    const last = this.#samples.at(-1);
    const first = this.#samples.filter(({ at_ms }) => at_ms <= last.at_ms - span_ms).at(-1);
    return first ? ((last.count - first.count) * span_ms) / (last.at_ms - first.at_ms) : null;
  }
}

// `points`: {at, count} a step, in order. How many came within the last `span_ms`; the step that the span begins in
// counts by its part.
export function within(points, step_ms, span_ms, now_ms) {
  const from = now_ms - span_ms;
  return points.reduce((sum, { at, count }) => {
    const begin = Date.parse(at), length = Math.max(1, Math.min(step_ms, now_ms - begin));
    const part = Math.min(1, Math.max(0, (begin + length - from) / length));
    return sum + count * part;
  }, 0);
}

// Lists of {at, count} or {key, count} as one: what has the same name in several is added up.
export function added(lists) {
  const sums = new Map();
  for (const one of lists.flat()) {
    const name = one.at ?? one.key;
    sums.set(name, { ...one, count: one.count + (sums.get(name)?.count ?? 0) });
  }
  return [...sums.values()];
}

// Each step from the first to now, those too in which nobody came.
export function filled(points, step_ms, from_ms, now_ms) {
  const counts = new Map(points.map(({ at, count }) => [Date.parse(at), count]));
  const first = from_ms ?? Math.min(...counts.keys(), now_ms);
  const made = [];
  for (let at_ms = Math.floor(first / step_ms) * step_ms; at_ms <= now_ms && made.length < 5000; at_ms += step_ms) {
    made.push({ at_ms, count: counts.get(at_ms) ?? 0 });
  }
  return made;
}

// When `goal` is reached at so many a day; null: not within two years.
export function forecast(count, goal, a_day, now_ms) {
  const days = (goal - count) / a_day;
  return a_day > 0 && days >= 0 && days < 730 ? now_ms + days * DAY_MS : null;
}
