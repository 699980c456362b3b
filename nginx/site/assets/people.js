// Who has signed, where, and when: as people chose to be shown, and as numbers. Drawn as SVG, with a table for whoever
// does not see it.
import { ask } from "./api.js";
import { make } from "./make.js";

const DAY_MS = 86400000, DAYS = 60, PLACES = 8;

function draw(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

function table(caption, heads, rows) {
  const line = (tag, cells) => make("tr", {}, ...cells.map((textContent) => make(tag, { textContent })));
  const head = line("th", heads);
  for (const cell of head.children) cell.setAttribute("scope", "col");
  return make("table", { className: "unseen" }, make("caption", { textContent: caption }), make("thead", {}, head),
    make("tbody", {}, ...rows.map((row) => line("td", row))));
}

function section(title, ...children) {
  return make("section", {}, make("h2", { textContent: title }), ...children);
}

function person(signature, texts) {
  const name = make("bdi", { className: "strong", textContent: signature.name || texts.say("recent.unnamed") });
  const place = signature.place && make("bdi", { textContent: signature.place });
  const who = place ? texts.parts("recent.place", { name, place }) : [name];
  const when = make("time", { dateTime: signature.at, className: "hint", textContent: texts.date(signature.at, { dateStyle: "medium" }) });
  const made = make("li", {}, make("p", {}, ...who, " ", when));
  if (signature.comment) made.append(make("blockquote", { dir: "auto", textContent: signature.comment }));
  return made;
}

function recent(texts, { signatures }) {
  if (!signatures.length) return null;
  return section(texts.say("recent.title"), make("ul", { className: "people" }, ...signatures.map((one) => person(one, texts))));
}

function placeName(key, texts) {
  if (key === "other" || key === "unknown") return texts.say(`places.${key}`);
  return new Intl.DisplayNames([texts.language], { type: "region", fallback: "code" }).of(key);
}

function bar(share) {
  return draw("svg", { class: "bar-line", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("rect", { class: "track", width: 100, height: 8 }), draw("rect", { class: "value", width: Math.max(0.5, share * 100), height: 8 }));
}

function places(texts, { parts }) {
  if (parts.filter(({ key }) => key !== "other" && key !== "unknown").length < 2) return null;
  const shown = parts.slice(0, PLACES), rest = parts.slice(PLACES).reduce((sum, { count }) => sum + count, 0);
  const rows = shown.map(({ key, count }) => [placeName(key, texts), count]);
  if (rest) rows.push([texts.say("places.other"), rest]);
  const most = Math.max(...rows.map(([, count]) => count));
  const list = make("ul", { className: "bars", ariaHidden: "true" }, ...rows.map(([name, count]) => make("li", {},
    make("span", { textContent: name }), make("span", { className: "figure", textContent: texts.number(count) }), bar(count / most))));
  return section(texts.say("places.title"), list,
    table(texts.say("places.title"), [texts.say("places.place"), texts.say("people")], rows.map(([name, count]) => [name, texts.number(count)])));
}

// A day without signatures has no point.
function everyDay(points) {
  const counts = new Map(points.map(({ at, count }) => [Math.floor(Date.parse(at) / DAY_MS), count]));
  const last = Math.floor(Date.now() / DAY_MS), first = Math.max(Math.min(...counts.keys()), last - DAYS);
  return Array.from({ length: last - first + 1 }, (_, i) => ({ at: (first + i) * DAY_MS, count: counts.get(first + i) ?? 0 }));
}

function days(texts, { points }) {
  const all = points.length ? everyDay(points) : [];
  if (all.length < 3) return null;
  const most = Math.max(...all.map(({ count }) => count), 1);
  const place = ({ count }, i) => `${((i / (all.length - 1)) * 300).toFixed(1)},${(80 - (count / most) * 76).toFixed(1)}`;
  const line = all.map(place).join(" ");
  const day = (time) => texts.date(time, { dateStyle: "medium", timeZone: "UTC" });
  const picture = draw("svg", { class: "days", viewBox: "0 0 300 84", preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("polygon", { class: "area", points: `0,80 ${line} 300,80` }), draw("polyline", { class: "line", points: line }));
  const ends = make("p", { className: "hint ends", ariaHidden: "true" }, make("span", { textContent: day(all[0].at) }),
    make("span", { textContent: day(all.at(-1).at) }));
  return section(texts.say("days.title"), picture, ends,
    table(texts.say("days.title"), [texts.say("days.day"), texts.say("people")], all.map(({ at, count }) => [day(at), texts.number(count)])));
}

/** @param {HTMLElement} place @param {{texts: any, slug: string, minimum?: number}} options */
export async function showPeople(place, { texts, slug, minimum = 0 }) {
  const [shown, where, when] = await Promise.all(["signatures/recent?limit=10", "breakdown?by=country", "series?step=day"]
    .map((path) => ask(`/petitions/${slug}/${path}`)));
  const enough = where.ok && where.body.total >= minimum;
  place.replaceChildren(...[
    shown.ok && recent(texts, shown.body),
    enough && places(texts, where.body),
    enough && when.ok && days(texts, when.body),
  ].filter(Boolean));
}
