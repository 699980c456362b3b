// News by e-mail, on the signer's own page and behind the link of a letter to the list: how often, about what, or none.
import { ask, post, sayFailure } from "./api.js";
import { direction } from "./i18n.js";

const find = (id) => /** @type {any} */ (document.getElementById(id));
// Of the states that the server tells.
const STANDING = { on: "news.on", asked: "news.wanted", off: "news.off", none: "news.none" };
// What of the signature goes to the mailers, who cannot read it.
const WHO = ["email", "given_name", "family_name", "country", "region", "locale"];
let token = null, texts = null;
let who = null; // as opened here; null: it cannot be
let wording = null; // the words of the box, as the server keeps them

function box(type, name, value, label, checked) {
  const input = Object.assign(document.createElement("input"), { type, name, value, checked });
  const line = document.createElement("label"), row = document.createElement("div");
  line.append(input, " ", label);
  row.append(line);
  return row;
}

function showTopics(news) {
  const all = news.topics === null;
  const topics = news.choices.map((topic) => box("checkbox", "topic", topic, topic, all || news.topics.includes(topic)));
  find("news-about").hidden = news.state !== "on" || topics.length === 0;
  find("news-topics").replaceChildren(box("checkbox", "all", "all", texts.say("news.all"), all), ...topics);
  markTopics();
}

// Who wants everything needs no list.
function markTopics() {
  const all = find("news-form").elements.all.checked;
  for (const input of find("news-topics").querySelectorAll("[name=topic]")) input.disabled = all;
}

function showNews(news) {
  const none = news.state === "off" || news.state === "none";
  const offer = none && who !== null && wording !== null;
  find("news-state").textContent = texts.say(offer ? "news.offer" : STANDING[news.state]);
  find("news-form").hidden = none && !offer;
  find("news-agree").hidden = !offer;
  const { text: textContent = "", language: lang = "" } = wording ?? {};
  Object.assign(find("news-words"), { textContent, lang, dir: direction(lang) });
  find("news-form").elements.agree.checked = false;
  find("news-form").elements.agree.required = offer;
  find("news-form").elements.frequency.value = news.frequency ?? "every";
  showTopics(news);
  find("news").hidden = false;
}

// What the answer of /me says, and what was opened of it.
export async function showSubscription(link, facts, opened, words) {
  token = link;
  texts = words;
  who = opened;
  const language = opened?.locale ? `?lang=${encodeURIComponent(opened.locale)}` : "";
  const asked = opened && await ask(`/petitions/${facts.petition}/subscribe-wording${language}`);
  wording = asked?.ok ? asked.body : null;
  showNews(facts.subscription);
}

function chosen() {
  const form = find("news-form");
  const value = { token, frequency: form.elements.frequency.value };
  if (form.elements.agree.checked) {
    Object.assign(value, { wording: wording.version, language: wording.language });
    for (const name of WHO) if (name in who) value[name] = who[name];
  }
  if (!find("news-about").hidden && value.frequency !== "never") {
    const topics = [...form.querySelectorAll("[name=topic]:checked")].map((input) => input.value);
    value.topics = form.elements.all.checked ? null : topics;
  }
  return value;
}

async function save(event) {
  event.preventDefault();
  find("news-save").disabled = true;
  const answer = await post("/subscriptions", chosen());
  find("news-save").disabled = false;
  if (answer.ok) {
    showNews(answer.body.subscription);
    find("news-said").textContent = texts.say("ok.saved");
  } else if (answer.status === 404 || answer.status === 422) {
    find("news-said").textContent = texts.say("link.bad");
  } else {
    find("news-said").textContent = sayFailure(texts, answer);
  }
}

find("news-form").addEventListener("submit", save);
find("news-topics").addEventListener("change", markTopics);
