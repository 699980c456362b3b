// Links in letters end here: /not-me#TOKEN. Opening the page does nothing; the click does.
import { post, retryAfter } from "./api.js";
import { takeLink } from "./own.js";

const { token } = takeLink();
const button = document.getElementById("disavow");
const state = document.getElementById("state");

function show(answer) {
  if (answer.ok) {
    state.textContent = "Thank you. The signature is taken out, and you get no more letters about it.";
    button.hidden = true;
  } else if (answer.status === 404 || answer.status === 422) {
    state.textContent = "This link is not valid, or not any more.";
    button.hidden = true;
  } else {
    const wait = retryAfter(answer);
    state.textContent = `This is not possible right now. Please try again in ${wait} seconds.`;
    setTimeout(() => { button.disabled = false; }, wait * 1000);
  }
}

button.addEventListener("click", async () => {
  button.disabled = true;
  show(await post("/disavowals", { token }));
});

if (token) button.disabled = false;
else state.textContent = "The link is not complete. Please open it from your letter once more.";
