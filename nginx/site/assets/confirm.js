// Links in letters end here: /c#TOKEN. Opening the page does nothing; the click does.
import { post, retryAfter } from "./api.js";

const token = location.hash.slice(1);
const button = document.getElementById("confirm");
const state = document.getElementById("state");
// Out of the address bar and the history.
history.replaceState(null, "", location.pathname);

function show(answer) {
  if (answer.ok) {
    state.textContent = "Thank you. Your signature is confirmed.";
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
  show(await post("/confirmations", { token }));
});

if (token) button.disabled = false;
else state.textContent = "The link is not complete. Please open it from your letter once more.";
