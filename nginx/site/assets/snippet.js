// /embed: makes the lines that put a petition on another site, and shows what they do.
import { askPetitions, retryAfter } from "./api.js";
import { speak } from "./i18n.js";

const DEFAULT_ACCENT = "#14532d";
/** @param {string} id @returns {any} */
const at = (id) => document.getElementById(id);
const texts = await speak("embed.title");
let petitions = [];

const quote = (value) => String(value).replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
const attributes = (values) => Object.entries(values).filter(([, value]) => value !== "" && value !== null)
  .map(([name, value]) => ` ${name}="${quote(value)}"`).join("");

// Black or white, whichever is read better on it.
function textOn(colour) {
  const [r, g, b] = [1, 3, 5].map((i) => (Number.parseInt(colour.slice(i, i + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000000" : "#ffffff";
}

function chosen() {
  const source = at("source");
  return { petition: petitions.find(({ slug }) => slug === at("which").value), kind: at("kind").value, language: at("language").value,
    source: source.validity.valid ? source.value : "", accent: at("accent").value };
}

function frameAddress({ petition, language, source, accent }) {
  const query = new URLSearchParams();
  if (language) query.set("lang", language);
  if (source) query.set("source", source);
  if (accent !== DEFAULT_ACCENT) {
    query.set("accent", accent.slice(1));
    query.set("accent-text", textOn(accent).slice(1));
  }
  const text = query.toString();
  return `${location.origin}/embed/${petition.slug}${text ? `?${text}` : ""}`;
}

// {tag, values}: the element that shows it.
function element(all) {
  const { petition, kind, language, source } = all;
  if (kind === "frame") {
    return { tag: "iframe", values: { src: frameAddress(all), title: petition.title, width: "100%", height: 900, loading: "lazy" } };
  }
  if (kind === "petition") return { tag: "countersign-petition", values: { petition: petition.slug, language, source } };
  // The number alone is told nothing of the petition but its number.
  const goals = petition.goals?.join() ?? "", minimum = petition.count_minimum || "";
  return { tag: "countersign-count", values: { petition: petition.slug, language, goals, minimum } };
}

function style({ kind, accent }, tag) {
  if (kind === "frame" || accent === DEFAULT_ACCENT) return "";
  return `<style>${tag} { --countersign-accent: ${accent}; --countersign-accent-text: ${textOn(accent)}; }</style>\n`;
}

function show() {
  const all = chosen();
  if (!all.petition) return;
  const { tag, values } = element(all), script = all.kind === "frame" ? "embed.js" : "widget.js";
  at("snippet").value = `${style(all, tag)}<${tag}${attributes(values)}></${tag}>\n`
    + `<script type="module" src="${location.origin}/${script}"></script>`;
  at("copied").textContent = "";
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) if (value !== "") made.setAttribute(name, value);
  if (all.accent !== DEFAULT_ACCENT) {
    made.style.setProperty("--countersign-accent", all.accent);
    made.style.setProperty("--countersign-accent-text", textOn(all.accent));
  }
  at("preview").replaceChildren(made);
}

async function copy() {
  at("snippet").select();
  try {
    await navigator.clipboard.writeText(at("snippet").value);
    at("copied").textContent = texts.say("embed.copied");
  } catch {
    // It is selected: who pressed the button can copy it.
  }
}

// A catalogue is all that a language needs, so their folder is the list of languages.
async function languages() {
  const files = await fetch("/lang/").then((answer) => (answer.ok ? answer.json() : []), () => []);
  return files.map(({ name }) => name).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
}

async function start() {
  const answer = await askPetitions("open");
  if (!answer.ok) {
    at("state").textContent = texts.say("embed.trouble");
    setTimeout(start, retryAfter(answer) * 1000);
    return;
  }
  petitions = answer.body.petitions;
  at("state").textContent = petitions.length ? "" : texts.say("embed.none");
  at("which").replaceChildren(...petitions.map(({ slug, title }) => new Option(title, slug)));
  const asked = new URLSearchParams(location.search).get("petition");
  if (petitions.some(({ slug }) => slug === asked)) at("which").value = asked;
  const name = new Intl.DisplayNames([texts.language], { type: "language" });
  at("language").replaceChildren(new Option(texts.say("embed.language_auto"), ""), ...(await languages()).map((code) => new Option(name.of(code), code)));
  at("choices").hidden = at("made").hidden = petitions.length === 0;
  // As other sites load them.
  await Promise.all(["/widget.js", "/embed.js"].map((script) => import(script)));
  show();
}

at("choices").addEventListener("change", show);
at("copy").addEventListener("click", copy);
start();
