// /dashboard: all open petitions, or one (?petition=slug&range=hour|day|all&theme=light|dark&wall=1). What it asks for
// is public. It may run on a wall for weeks: all that it keeps is bounded, and pollers heal by themselves.
import { barList, table, timeline } from "./charts.js";
import { download } from "./csv.js";
import { direction, speak } from "./i18n.js";
import { NumberView, nextGoal } from "./number.js";
import { forget, watch } from "./poller.js";
import { added, filled, forecast, Samples, within } from "./rates.js";
import { choose as chooseScheme } from "./scheme.js";

const HOUR_MS = 3600000, DAY_MS = 24 * HOUR_MS;
const PLACES = 11; // that have a bar of their own
const EACH = 40; // open petitions at most that are asked one by one for what no list tells
/** @param {string} id @returns {any} */
const at = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const slug = /^[a-z0-9-]{1,64}$/.test(query.get("petition") ?? "") ? query.get("petition") : null;
const texts = await speak("dash.title");
const number = (n) => texts.number(n);
const rate = (n) => (n === null ? "–" : number(n < 10 ? Math.round(n * 10) / 10 : Math.round(n)));
let regions = null; // names of countries: a tenth of a second to begin with, on a phone
const placeName = (code) => (regions ??= new Intl.DisplayNames([texts.language], { type: "region" })).of(code) ?? code;

const state = { petition: null, count: null, samples: new Samples(), hours: null, days: null, places: null, list: null, rows: new Map() };
const troubles = new Map(); // by address: the status of what was no answer, and how to ask soon

// ---- what is asked for ----

const isList = (body) => Array.isArray(body.petitions);
const isSeries = (body) => Array.isArray(body.points);
const isPlaces = (body) => Array.isArray(body.parts);
const isPetition = (body) => typeof body.slug === "string";

// A petition that is gone is gone, whatever else answers. One of many is soon out of the list.
const GONE = { 404: "not_found", 410: "withdrawn" };

function showTroubles() {
  const gone = [...troubles.values()].map(({ status }) => GONE[status]).find(Boolean);
  at("state").textContent = gone ? texts.say(gone) : troubles.size ? texts.say("dash.trouble") : "";
}

// Minutes that this page does not know of are not asked for: the server keeps hours. Once one of several is answered
// again, the others need not wait any longer.
function follow(url, take, options = {}) {
  const watching = watch(url, (news) => {
    if (news.trouble && (slug || !GONE[news.status])) troubles.set(url, { status: news.status, soon: (seconds) => watching.soon(seconds) });
    else if (troubles.delete(url)) for (const one of troubles.values()) one.soon(2 * Math.random());
    showTroubles();
    if (news.value && !news.trouble) take(news.value, news);
  }, options);
  const stop = () => {
    watching.stop();
    forget(url);
    troubles.delete(url);
    showTroubles();
  };
  return { soon: watching.soon, stop };
}

// What no list of petitions tells: `told` is given "days", "hours" or "places", and the list of them.
function followParts(of, told) {
  const path = `/api/v1/petitions/${of}`;
  const hoursAgo = () => new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 49 * HOUR_MS).toISOString().replace(".000", "");
  return [
    follow(`${path}/series?step=day`, ({ points }) => told("days", points), { good: isSeries, pace_s: 300 }),
    follow(`${path}/series?step=hour`, ({ points }) => told("hours", points),
      { good: isSeries, pace_s: 60, address: () => `${path}/series?step=hour&from=${encodeURIComponent(hoursAgo())}` }),
    follow(`${path}/breakdown?by=country`, ({ parts }) => told("places", parts), { good: isPlaces, pace_s: 60 }),
  ];
}

function followOne() {
  follow(`/api/v1/petitions/${slug}?lang=${texts.language}`, takePetition, { good: isPetition, pace_s: 300 });
  followParts(slug, takePart);
}

// ---- one petition ----

let view = null;

// In a petition's language, which may be read the other way.
function titled(tag, { title, language }) {
  return Object.assign(document.createElement(tag), { textContent: title, lang: language, dir: direction(language) });
}

function takePetition(petition) {
  const first = !state.petition;
  state.petition = petition;
  at("title").replaceChildren(titled("bdi", petition));
  document.title = `${petition.title} – ${texts.plain("dash.title")}`;
  if (!first) return;
  const parts = ["count", "unit", "goal", "progress", "note", "live"].map((name) => [name, at(name)]);
  view = new NumberView({ root: at("number"), ...Object.fromEntries(parts) },
    { say: (key, values) => texts.say(key, values), language: texts.language, goals: petition.goals, falls: true });
  at("progress").ariaLabel = texts.say("people");
  at("rates").hidden = false;
  follow(`/api/v1/petitions/${slug}/count`, takeCount);
}

function takeCount(count, news) {
  state.count = count;
  state.samples.add(Date.now(), count.count);
  view.show(news);
  showRates();
  if (range() === "hour") showSeries();
}

function takePart(name, list) {
  if (name === "places") {
    takePlaces(list);
    return;
  }
  state[name] = list;
  showRates();
  showSeries();
}

function perDay() {
  return state.hours ? within(state.hours, HOUR_MS, DAY_MS, Date.now()) : null;
}

function perHour() {
  return state.samples.rate(HOUR_MS - 60000) ?? (state.hours ? within(state.hours, HOUR_MS, HOUR_MS, Date.now()) : null);
}

function setRates(rates) {
  const made = rates.map(([key, value]) => {
    const box = document.createElement("div"), name = document.createElement("dt"), said = document.createElement("dd");
    name.textContent = texts.say(key);
    said.textContent = rate(value);
    box.append(name, said);
    return box;
  });
  at("rates").replaceChildren(...made);
}

function showRates() {
  if (!(slug ? state.count : state.list)) return;
  const day = slug || state.hours ? [["dash.day_rate", perDay()]] : [];
  setRates([["dash.minute_rate", state.samples.rate(60000)], ["dash.hour_rate", perHour()], ...day]);
  if (slug) showForecast();
}

function showForecast() {
  const { count, goal, state: is } = state.count;
  const next = nextGoal(count, goal, state.petition.goals);
  const when = is === "open" && perDay() ? forecast(count, next, perDay(), Date.now()) : null;
  const soon = when !== null && when - Date.now() < 2 * DAY_MS;
  // The hour alone is in many languages a number that could be the day's.
  const style = soon ? { weekday: "long", hour: "numeric", minute: "2-digit" } : { dateStyle: "long" };
  at("forecast").textContent = when === null ? "" : texts.say("dash.forecast", { goal: next,
    date: texts.date(soon ? Math.ceil(when / HOUR_MS) * HOUR_MS : when, /** @type {any} */ (style)) });
}

const range = () => at("ranges").querySelector(":checked").value;

// {points, bars}: what the chosen time shows.
function chosen() {
  const now = Date.now();
  if (range() === "hour") return { points: state.samples.list.map(({ at_ms, count }) => ({ at_ms, value: count })), bars: false };
  if (range() === "day") {
    return state.hours && { bars: true, points: filled(state.hours, HOUR_MS, now - 23 * HOUR_MS, now).map(({ at_ms, count }) => ({ at_ms, value: count })) };
  }
  if (!state.days) return null;
  let sum = 0;
  const days = filled(state.days, DAY_MS, null, now).map(({ at_ms, count }) => ({ at_ms, value: (sum += count) }));
  return { points: days, bars: days.length < 2, least: 0 };
}

function showSeries() {
  const shown = chosen(), section = at("series");
  section.hidden = !shown?.points.length;
  if (section.hidden) return;
  /** @type {any} */
  const style = range() === "all" ? { month: "short", day: "numeric" } : { hour: "numeric", minute: "2-digit" };
  const say_time = (at_ms) => texts.date(at_ms, style), label = texts.say(`dash.series_${range()}`);
  const [chart, foldedTable] = section.querySelectorAll("div");
  at("series-title").textContent = label;
  chart.replaceChildren(timeline(shown.points, { label, say_time, say_number: number, as_bars: shown.bars, least: shown.least ?? null }));
  // A table that nobody has opened is not made.
  if (!section.querySelector("details").open) return;
  const rows = shown.points.slice(-200).map(({ at_ms, value }) => [texts.date(at_ms), number(value)]);
  foldedTable.replaceChildren(table(label, [texts.say("dash.time"), texts.say("people")], rows));
}

function takePlaces(parts) {
  const name = (key) => (/^[A-Z]{2}$/.test(key) ? placeName(key) : key === "unknown" ? texts.say("places.unknown") : texts.say("dash.elsewhere"));
  state.places = parts.map(({ key, count }) => ({ key, name: name(key), value: count })).sort((a, b) => b.value - a.value);
  at("places").hidden = state.places.length === 0;
  const shown = state.places.filter(({ key }) => key !== "other").slice(0, PLACES);
  const rest = state.places.filter((one) => !shown.includes(one)).reduce((sum, { value }) => sum + value, 0);
  if (rest) shown.push({ key: "other", name: texts.say("dash.elsewhere"), value: rest });
  at("places").querySelector("div").replaceChildren(barList(shown, { say_number: number }));
}

// ---- all of them ----

let whole = null;

// The server tells a hundred at a time; a part of them would be a wrong sum. So would be pages between which a petition
// has come or gone: those are asked for again.
const pages = [], watchings = [];
let again = null;

function askAgain() {
  again = null;
  for (const one of watchings) one.soon(Math.random());
}

function followList(page) {
  pages[page - 1] = null;
  watchings[page - 1] = follow(`/api/v1/petitions?state=open&per_page=100&page=${page}`, ({ petitions, total_pages: all, total_records: sum }, news) => {
    pages[page - 1] = petitions;
    if (pages.length < all) followList(pages.length + 1);
    const told = pages.slice(0, Math.max(1, all));
    if (told.includes(null)) return;
    const each = [...new Map(told.flat().map((one) => [one.slug, one])).values()];
    if (each.length === sum) takeList(each, news);
    else again ??= setTimeout(askAgain, 2000);
  }, { good: isList, pace_s: slug ? 300 : 10 });
}

function takeList(petitions, news) {
  state.list = petitions;
  for (const known of state.rows.keys()) if (!petitions.some((one) => one.slug === known)) state.rows.delete(known);
  for (const one of petitions) {
    if (!state.rows.has(one.slug)) state.rows.set(one.slug, new Samples());
    state.rows.get(one.slug).add(Date.now(), one.count);
  }
  choose();
  if (slug) return;
  whole ??= new NumberView({ root: at("number"), count: at("count"), unit: at("unit"), note: at("note"), live: at("live") },
    { say: (key, values) => texts.say(key, values), language: texts.language, falls: true });
  const sum = petitions.reduce((all, one) => all + one.count, 0);
  state.samples.add(Date.now(), sum);
  whole.show({ ...news, value: { count: sum, goal: null, state: "open", exact: true, as_of: new Date().toISOString(), poll_after: 10 } });
  at("rates").hidden = false;
  followEach(petitions.length > EACH ? [] : petitions.map((one) => one.slug));
  showRates();
  if (range() === "hour") showSeries();
  if (petitions.length === 0) at("state").textContent = texts.say("index.none");
  showList();
}

const each = new Map(); // by slug: what it told, and the pollers

// A part of them would be a wrong sum.
function sumUp(name) {
  const lists = [...each.values()].map((one) => one[name]);
  if (!lists.includes(undefined)) takePart(name, added(lists));
}

// The sums of what each tells: none where there are too many.
function followEach(slugs) {
  const gone = [...each.keys()].filter((one) => !slugs.includes(one));
  for (const one of gone) {
    for (const watching of each.get(one).pollers) watching.stop();
    each.delete(one);
  }
  const come = slugs.filter((one) => !each.has(one));
  for (const one of come) each.set(one, { pollers: [] });
  for (const one of come) {
    const told = each.get(one);
    told.pollers = followParts(one, (name, list) => {
      told[name] = list;
      sumUp(name);
    });
  }
  at("ranges").hidden = each.size === 0;
  if (gone.length) ["days", "hours", "places"].forEach(each.size ? sumUp : forgetPart);
}

function forgetPart(name) {
  state[name] = null;
  at(name === "places" ? "places" : "series").hidden = true;
}

function showList() {
  const sorted = [...state.list].sort((a, b) => b.count - a.count);
  const made = table(texts.say("dash.list"), [texts.say("dash.petition"), texts.say("people"), texts.say("dash.minute_rate"), texts.say("dash.goal")],
    sorted.map((one) => [one.title, number(one.count), rate(state.rows.get(one.slug).rate(60000)), number(nextGoal(one.count, one.goal, one.goals))]));
  made.querySelectorAll("tbody th").forEach((cell, i) => {
    const link = titled("a", sorted[i]);
    link.href = address({ petition: sorted[i].slug });
    cell.replaceChildren(link);
  });
  at("list").hidden = sorted.length === 0;
  at("list").querySelector("div").replaceChildren(made);
}

// ---- controls ----

function address(changes) {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const text = next.toString();
  return text ? `/dashboard?${text}` : "/dashboard";
}

const remember = (changes) => history.replaceState(null, "", address(changes));

function choose() {
  const options = [new Option(texts.say("dash.every"), ""), ...state.list.map((one) => new Option(one.title, one.slug))];
  if (slug && !state.list.some((one) => one.slug === slug)) options.push(new Option(state.petition?.title ?? slug, slug));
  const same = [...at("which").options].map((one) => one.value + one.text).join() === options.map((one) => one.value + one.text).join();
  if (!same) at("which").replaceChildren(...options);
  at("which").value = slug ?? "";
}

function rows() {
  const { count = "", as_of = "" } = state.count ?? {};
  const charts = [...(chosen()?.points ?? []).map(({ at_ms, value }) => [`series_${range()}`, new Date(at_ms).toISOString(), value]),
    ...(state.places ?? []).map(({ key, value }) => ["country", key, value])];
  if (slug) return [["what", "key", "count"], ["number", as_of, count], ...charts];
  const list = (state.list ?? []).map((one) => [one.slug, one.title, one.count, one.goal ?? ""]);
  return [["slug", "title", "count", "goal"], ...list, ...(charts.length ? [[], ["what", "key", "count"], ...charts] : [])];
}

let awake = null;

// A wall does not go dark.
async function stayAwake(wanted) {
  try {
    if (wanted && !document.hidden) awake = await navigator.wakeLock?.request("screen");
    else await awake?.release();
  } catch {
    // The browser or its owner does not want to.
  }
}

function showWall(wall) {
  document.documentElement.classList.toggle("wall", wall);
  at("wall").textContent = texts.say(wall ? "dash.wall_end" : "dash.wall");
  stayAwake(wall);
}

function wire() {
  at("which").addEventListener("change", () => location.assign(address({ petition: at("which").value })));
  at("ranges").addEventListener("change", () => {
    remember({ range: range() });
    showSeries();
  });
  at("ranges").hidden = !slug;
  at("series").querySelector("details").addEventListener("toggle", showSeries);
  const asked = query.get("range");
  if (["hour", "day", "all"].includes(asked)) at("ranges").querySelector(`[value=${asked}]`).checked = true;
  at("csv").addEventListener("click", () => download(`${slug ?? "petitions"}.csv`, rows()));
  at("theme").addEventListener("click", () => {
    const chosenTheme = document.documentElement.dataset.theme;
    const isDark = chosenTheme ? chosenTheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    chooseScheme(isDark ? "light" : "dark");
    remember({ theme: isDark ? "light" : "dark" });
  });
  at("wall").addEventListener("click", () => {
    const wall = !document.documentElement.classList.contains("wall");
    remember({ wall: wall ? "1" : "" });
    showWall(wall);
    if (wall) document.documentElement.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) document.exitFullscreen();
  });
  document.addEventListener("visibilitychange", () => stayAwake(document.documentElement.classList.contains("wall")));
  chooseScheme(query.get("theme"));
  if (query.get("wall") === "1") showWall(true);
}

wire();
followList(1);
if (slug) followOne();
