// A page that does one thing when somebody clicks, and nothing when it is opened.
import { retryAfter, sayFailure } from "./api.js";

// `button`: its id. `send` gives an answer as api.js does. `ready`: whether the link is whole. `done`: the key of what is
// said then. `after` is given the answer when it was done.
export function onClick(button, { texts, ready, send, done, after = (_answer) => {} }) {
  const element = /** @type {HTMLButtonElement} */ (document.getElementById(button));
  const state = document.getElementById("state"), title = document.querySelector("h1");

  function show(answer) {
    if (answer.ok || answer.status === 404 || answer.status === 422) {
      // What the page was there for is over: its heading says what has come of it, and a keyboard goes on from there.
      title.textContent = texts.say(answer.ok ? done : "link.bad");
      document.title = title.textContent;
      title.tabIndex = -1;
      title.focus();
      for (const line of document.querySelectorAll("h1 ~ p")) /** @type {HTMLElement} */ (line).hidden = true;
      if (answer.ok) after(answer);
      return;
    }
    state.textContent = sayFailure(texts, answer);
    setTimeout(() => { element.disabled = false; }, answer.status === 0 ? 0 : retryAfter(answer) * 1000);
  }

  element.addEventListener("click", async () => {
    element.disabled = true;
    show(await send());
  });
  element.disabled = !ready;
  if (!ready) state.textContent = texts.say("link.cut");
}
