// The list of open petitions: /.
import { ask, retryAfter } from "./api.js";
import { say, speak } from "./words.js";

const format = new Intl.NumberFormat(navigator.language);

function item(petition) {
  const made = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/p/${petition.slug}`;
  link.textContent = petition.title;
  const number = document.createElement("div");
  number.className = "hint";
  number.textContent = `${format.format(petition.count ?? 0)} ${say("signatures")}`;
  made.append(link, number);
  return made;
}

async function load() {
  const answer = await ask("/petitions?state=open&per_page=100");
  const state = document.getElementById("state");
  if (!answer.ok) {
    state.textContent = say("unavailable", retryAfter(answer));
    setTimeout(load, retryAfter(answer) * 1000);
    return;
  }
  const petitions = answer.body.petitions;
  document.getElementById("petitions").replaceChildren(...petitions.map(item));
  state.textContent = petitions.length ? "" : "–";
}

speak(navigator.language || "en");
load();
