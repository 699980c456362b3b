// Talks to the API. Every answer becomes {status, ok, body, headers}; no answer is status 0.

const PATIENCE_MS = 30000; // for one answer

export async function ask(path, options = {}) {
  try {
    const signal = AbortSignal.timeout?.(PATIENCE_MS);
    // With `base` a page of another host asks its own.
    const response = await fetch(`${options.base ?? ""}/api/v1${path}`, { credentials: "omit", signal, ...options });
    const read = response.json();
    // A network that wants a login first says 200, too, and then no JSON: that is no answer.
    const body = response.ok ? await read : await read.catch(() => null);
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

/** All petitions of a state, a hundred at a time; or the answer that is none of them. */
export async function askPetitions(state) {
  for (let page = 1, petitions = []; ; page += 1) {
    const answer = await ask(`/petitions?state=${state}&per_page=100&page=${page}`);
    if (!answer.ok) return answer;
    petitions = [...petitions, ...answer.body.petitions];
    if (page >= answer.body.total_pages) return { ...answer, body: { petitions } };
  }
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
