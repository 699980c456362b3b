// A page that does one thing when somebody clicks, and nothing when it is opened.
import { retryAfter } from "./api.js";

// `button`: its id. `send` gives an answer as api.js does. `ready`: whether the link is whole. `after` is
// given the answer when it was done.
export function onClick(button, ready, send, done, after = () => {}) {
  const element = document.getElementById(button);
  const state = document.getElementById("state");

  function show(answer) {
    if (answer.ok || answer.status === 404 || answer.status === 422) {
      state.textContent = answer.ok ? done : "This link is not valid, or not any more.";
      element.hidden = true;
      if (answer.ok) after(answer);
      return;
    }
    const wait = retryAfter(answer);
    state.textContent = `This is not possible right now. Please try again in ${wait} seconds.`;
    setTimeout(() => { element.disabled = false; }, wait * 1000);
  }

  element.addEventListener("click", async () => {
    element.disabled = true;
    show(await send());
  });
  element.disabled = !ready;
  if (!ready) state.textContent = "The link is not complete. Please open it from your letter once more.";
}
