// The page of one petition: /p/{slug}.
import { ask, post, retryAfter } from "./api.js";
import { Counter } from "./counter.js";
import { Form } from "./form.js";
import { say, speak } from "./words.js";

const slug = location.pathname.split("/")[2];
const query = new URLSearchParams(location.search);
const at = (id) => document.getElementById(id);
const form = new Form(at("form"), slug);
const counter = new Counter(slug, showCount);
let petition = null;
let language = "en";

// The only mark-up that a letter may show here: *emphasis*. All else is text.
function paragraph(text) {
  const made = document.createElement("p");
  for (const part of text.split(/(\*[^*\n]+\*)/)) {
    if (/^\*[^*]+\*$/.test(part)) {
      const emphasis = document.createElement("em");
      emphasis.textContent = part.slice(1, -1);
      made.append(emphasis);
    } else {
      made.append(part);
    }
  }
  return made;
}

function listItems(texts) {
  return (texts ?? []).map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  });
}

function languageLinks() {
  if (petition.languages.length < 2) return [];
  return petition.languages.map((code) => {
    const link = document.createElement("a");
    link.href = `?lang=${code}`;
    link.lang = link.hreflang = code;
    link.textContent = new Intl.DisplayNames([code], { type: "language" }).of(code);
    if (code === language) link.setAttribute("aria-current", "true");
    return link;
  });
}

function setLink(link, url, text) {
  if (/^https?:\/\//.test(url ?? "")) link.href = url;
  if (text) link.textContent = text;
}

function showPetition() {
  language = petition.language;
  document.documentElement.lang = language;
  document.title = petition.title;
  speak(language);
  at("title").textContent = petition.title;
  at("addressee").textContent = petition.addressee;
  at("tags").replaceChildren(...listItems(petition.tags));
  at("languages").replaceChildren(...languageLinks());
  const letter = petition.letter.split(/\n{2,}/).map(paragraph);
  if (petition.salutation) letter.unshift(paragraph(petition.salutation));
  at("letter").replaceChildren(...letter);
  at("asks").replaceChildren(...listItems(petition.asks));
  setLink(at("organization"), petition.organization?.url, petition.organization?.name);
  setLink(at("privacy"), petition.organization?.privacy_url);
  at("petition").hidden = false;
}

function showCount(number) {
  const format = new Intl.NumberFormat(language);
  at("count").textContent = format.format(number.count);
  at("trailing").hidden = number.exact;
  at("progress").hidden = !number.goal;
  if (number.goal) {
    at("goal").textContent = say("goal", format.format(number.goal));
    at("progress").value = Math.min(1, number.count / number.goal);
  }
  if (petition && number.state !== "open" && number.state !== petition.state) load();
}

async function load() {
  const lang = query.get("lang");
  const inLanguage = lang ? `?lang=${encodeURIComponent(lang)}` : "";
  const [answer, wording] = await Promise.all(
    [ask(`/petitions/${slug}${inLanguage}`), ask(`/petitions/${slug}/subscribe-wording${inLanguage}`)]);
  at("main").removeAttribute("aria-busy");
  if (!answer.ok) {
    const word = { 404: "not_found", 410: "withdrawn", 0: "no_network" }[answer.status];
    at("state").textContent = word ? say(word) : say("unavailable", retryAfter(answer));
    if (!word || answer.status === 0) setTimeout(load, retryAfter(answer) * 1000);
    return;
  }
  petition = answer.body;
  showPetition();
  const open = petition.state === "open";
  at("state").textContent = open ? "" : say("closed");
  at("sign").hidden = !open;
  if (open) form.build(petition.fields, language, wording.ok ? wording.body : null);
  at("own").href = `/me?petition=${slug}`;
  at("own").hidden = false;
  counter.start();
}

function letter() {
  const value = { ...form.values(), text_version: petition.text_version, locale: language };
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
    case 409: await load(); form.summary(say("changed")); at("title").scrollIntoView(); break;
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

speak(navigator.language || "en");
at("form").addEventListener("submit", sign);
load();
