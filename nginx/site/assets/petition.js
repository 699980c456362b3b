// The page of one petition: /p/{slug}.
import { ask, post, retryAfter } from "./api.js";
import { Counter } from "./counter.js";
import { Form } from "./form.js";
import { say, speak } from "./words.js";

const slug = location.pathname.split("/")[2];
const query = new URLSearchParams(location.search);
const at = (id) => document.getElementById(id);
const language = at("main").dataset.language;
const form = new Form(at("form"), slug);
const counter = new Counter(slug, showCount);
let petition = null;

const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

// The page comes with letter and all; what is asked of the API is the form. Another text, in the same place, once nginx'
// copy of a second or two is the new one.
async function renew() {
  for (let tries = 0; tries < 5; tries++) {
    const answer = await fetch(location.href, { credentials: "omit", cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.getElementById("main");
    if (answer.ok && main.dataset.textVersion !== at("main").dataset.textVersion) {
      at("petition").replaceWith(page.getElementById("petition"));
      Object.assign(at("main").dataset, main.dataset);
      document.title = page.title;
      return;
    }
    await pause(1);
  }
}

// As the worker has it (page_goal): an own goal that is ahead, else a round number.
function nextGoal({ count, goal }) {
  const own = (petition?.goals ?? []).concat(goal ?? []).find((one) => one > count);
  let power = 100;
  while (power * 5 <= count) power *= 10;
  return own ?? [1, 2, 5].map((one) => one * power).find((one) => one > count);
}

function showCount(number) {
  const format = new Intl.NumberFormat(language);
  at("count").textContent = format.format(number.count);
  at("number").hidden = number.count < number.count_minimum;
  at("trailing").hidden = number.exact;
  const goal = nextGoal(number);
  at("goal").textContent = say("goal", format.format(goal));
  at("progress").max = goal;
  at("progress").value = number.count;
  if (petition && number.state !== "open" && number.state !== petition.state) load();
}

async function load() {
  const inLanguage = `?lang=${language}`;
  const [answer, wording] = await Promise.all(
    [ask(`/petitions/${slug}${inLanguage}`), ask(`/petitions/${slug}/subscribe-wording${inLanguage}`)]);
  if (!answer.ok) {
    const word = { 404: "not_found", 410: "withdrawn", 0: "no_network" }[answer.status];
    at("state").textContent = word ? say(word) : say("unavailable", retryAfter(answer));
    if (!word || answer.status === 0) setTimeout(load, retryAfter(answer) * 1000);
    return;
  }
  petition = answer.body;
  const open = petition.state === "open";
  at("state").textContent = open ? "" : say("closed");
  at("sign").hidden = !open;
  if (open) form.build(petition.fields, language, wording.ok ? wording.body : null);
  counter.start();
}

function letter() {
  const value = { ...form.values(), text_version: Number(at("main").dataset.textVersion), locale: language };
  const source = query.get("source");
  if (source && /^[A-Za-z0-9_.-]{1,64}$/.test(source)) value.source = source;
  return value;
}

function thank(confirmation) {
  form.forget();
  at("form").hidden = true;
  at("thanks").textContent = say(confirmation === "email" ? "thanks_email" : "thanks_none");
  at("thanks").hidden = false;
  at("thanks").focus();
  counter.soon(1.5);
}

function holdButton(seconds) {
  at("submit").disabled = true;
  setTimeout(() => { at("submit").disabled = false; }, seconds * 1000);
}

async function refused(answer) {
  const wait = retryAfter(answer);
  switch (answer.status) {
    case 0: form.summary(say("no_network")); break;
    case 409: await renew(); form.summary(say("changed")); at("title").scrollIntoView(); break;
    case 410: await load(); break;
    case 422: form.summary(say("wrong")); form.showErrors(answer.body?.errors ?? []); break;
    case 429: form.summary(say("limited", wait)); holdButton(wait); break;
    case 503: form.summary(say("unavailable", wait)); holdButton(wait); break;
    default: form.summary(say("failed", answer.status));
  }
}

async function sign(event) {
  event.preventDefault();
  if (at("submit").disabled) return;
  form.clearErrors();
  at("submit").disabled = true;
  at("submit").textContent = say("signing");
  const answer = await post(`/petitions/${slug}/signatures`, letter());
  at("submit").textContent = say("sign");
  at("submit").disabled = false;
  if (answer.status === 202) thank(answer.body?.confirmation);
  else await refused(answer);
}

speak(language);
at("form").addEventListener("submit", sign);
load();
