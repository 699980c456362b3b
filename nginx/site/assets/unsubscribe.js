// Links in letters end here: /u/TOKEN. Opening the page does nothing; the click posts what a mail
// program would post (RFC 8058).
import { retryAfter } from "./api.js";

const button = document.getElementById("unsubscribe");
const state = document.getElementById("state");

async function send() {
  try {
    const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
    return await fetch(location.pathname, { method: "POST", body, credentials: "omit" });
  } catch {
    return { ok: false, status: 0, headers: new Headers() };
  }
}

function show(answer) {
  if (answer.ok || answer.status === 404) {
    state.textContent = answer.ok ? "Done. You get no more letters about this petition." : "This link is not valid, or not any more.";
    button.hidden = true;
  } else {
    const wait = retryAfter(answer);
    state.textContent = `This is not possible right now. Please try again in ${wait} seconds.`;
    setTimeout(() => { button.disabled = false; }, wait * 1000);
  }
}

button.addEventListener("click", async () => {
  button.disabled = true;
  show(await send());
});
