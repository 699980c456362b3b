// By which link of a letter somebody came: told once, as a number for letter and link, with nothing of who it was, and not before
// somebody moves, so that what only looks into links (scanners, previews) is not taken for a person.
import { post } from "./api.js";

const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]; // scrolling: a script can, too

/** `path`: of the petition. `query`: of the page as it was opened; who shared a letter names it as the referrer. */
export function tell(path, query) {
  const once = new AbortController();
  const somebody = (/** @type {Event} */ event) => {
    if (!event.isTrusted || once.signal.aborted) return;
    once.abort();
    post(`${path}/letter-openings`, { letter: query.get("referrer") ?? query.get("source") ?? "", link: query.get("link") });
  };
  for (const sign of SIGNS) addEventListener(sign, somebody, { signal: once.signal, passive: true, capture: true });
}
