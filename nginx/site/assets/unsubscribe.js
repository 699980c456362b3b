// Links in letters end here: /u/TOKEN. The click posts what a mail program would post (RFC 8058).
import { onClick } from "./click.js";
import { speak } from "./i18n.js";

async function send() {
  try {
    const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
    return await fetch(location.pathname, { method: "POST", body, credentials: "omit" });
  } catch {
    return { ok: false, status: 0, headers: new Headers() };
  }
}

onClick("unsubscribe", { texts: await speak("unsubscribe.title"), ready: true, send, done: "unsubscribe.done" });
