// The list of open petitions: /.
import { askPetitions, retryAfter, sayFailure } from "./api.js";
import { speak } from "./i18n.js";

function item(petition, texts) {
  const made = document.createElement("li"), link = document.createElement("a"), number = document.createElement("div");
  link.href = `/p/${petition.slug}`;
  link.textContent = petition.title;
  link.dir = "auto";
  number.className = "hint";
  const n = petition.count ?? 0;
  if (n >= (petition.count_minimum ?? 0)) number.textContent = texts.say("number.said", { n });
  made.append(link, number);
  return made;
}

async function load(texts) {
  const answer = await askPetitions("open");
  const state = document.getElementById("state");
  if (!answer.ok) {
    state.textContent = sayFailure(texts, answer);
    setTimeout(load, retryAfter(answer) * 1000, texts);
    return;
  }
  const { petitions } = answer.body;
  document.getElementById("petitions").replaceChildren(...petitions.map((petition) => item(petition, texts)));
  state.textContent = petitions.length ? "" : texts.say("index.none");
}

load(await speak("index.title"));
