// News by e-mail, on the signer's own page: how often, about what, or none.
import { post, retryAfter } from "./api.js";

const find = (id) => document.getElementById(id);
const STANDING = {
  on: "You get news from us.",
  asked: "You have asked for news. They begin when you choose how often and press the button.",
  off: "You get no news from us. If you want them again, tick the box when you sign a petition.",
  none: "You get no news from us. If you want them, tick the box when you sign a petition.",
};
let token = null;

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
  find("news-topics").replaceChildren(box("checkbox", "all", "all", "Everything", all), ...topics);
  markTopics();
}

// Who wants everything needs no list.
function markTopics() {
  const all = find("news-form").elements.all.checked;
  for (const input of find("news-topics").querySelectorAll("[name=topic]")) input.disabled = all;
}

// What the answer of /me says under `subscription`.
export function showSubscription(link, news) {
  token = link;
  find("news-state").textContent = STANDING[news.state];
  find("news-form").hidden = news.state === "off" || news.state === "none";
  find("news-form").elements.frequency.value = news.frequency ?? "every";
  showTopics(news);
  find("news").hidden = false;
}

function chosen() {
  const form = find("news-form");
  const value = { token, frequency: form.elements.frequency.value };
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
    showSubscription(token, answer.body.subscription);
    find("news-said").textContent = "Saved.";
  } else if (answer.status === 404 || answer.status === 422) {
    find("news-said").textContent = "This link is not valid, or not any more.";
  } else {
    find("news-said").textContent = `This is not possible right now. Please try again in ${retryAfter(answer)} seconds.`;
  }
}

find("news-form").addEventListener("submit", save);
find("news-topics").addEventListener("change", markTopics);
