// Links in letters end here: /u/KEY. The click posts what a mail program would post (RFC 8058). Of a letter to the list there is
// more to choose than that; looking changes nothing.
import { post } from "./api.js";
import { onClick } from "./click.js";
import { speak } from "./i18n.js";

const find = (id) => /** @type {any} */ (document.getElementById(id));
const OF_LIST = /^[\w-]{24}$/; // another letter's is longer
const token = location.pathname.split("/").pop();

async function send() {
  try {
    const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
    return await fetch(location.pathname, { method: "POST", body, credentials: "omit" });
  } catch {
    return { ok: false, status: 0, headers: new Headers() };
  }
}

// Where they cannot be had, the button alone is there, as for other letters.
async function showSettings() {
  const answer = await post("/subscriptions", { token });
  if (!answer.ok || answer.body.subscription.state !== "on") return;
  const { showSubscription } = await import("./subscription.js");
  find("title").textContent = texts.say("news.title");
  find("what").hidden = true;
  await showSubscription(token, answer.body, null, texts);
}

const texts = await speak("unsubscribe.title");
find("unsubscribe").type = "button"; // without scripts it sends the form, and the answer is a bare line
onClick("unsubscribe", { texts, ready: true, send, done: "unsubscribe.done", after: () => { find("news").hidden = true; } });
if (OF_LIST.test(token)) await showSettings();
