// Made by deploy/dev/bundle of assets/widget.js and what it imports. Change those.
const m_api = (() => {
const PATIENCE_MS = 30000;
const LONGEST_S = 60;
async function ask(path, options = {}) {
try {
const signal = AbortSignal.timeout?.(PATIENCE_MS);
const response = await fetch(`${options.base ?? ""}/api/v1${path}`, { credentials: "omit", signal, ...options });
let body = null;
if (response.status !== 304 && response.status !== 204) {
body = await response.json().catch(() => null);
}
return { status: response.status, ok: response.ok, body, headers: response.headers };
} catch {
return { status: 0, ok: false, body: null, headers: new Headers() };
}
}
function post(path, value, options = {}) {
return ask(path, {
method: "POST",
headers: { "Content-Type": "application/json" },
body: JSON.stringify(value),
...options,
});
}
function retryAfter(answer) {
const seconds = Number.parseInt(answer.headers.get("Retry-After") ?? "", 10);
return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3600) : 5;
}
function sayFailure(texts, answer) {
return answer.status === 0 ? texts.say("offline") : texts.say("later", { n: retryAfter(answer) });
}
class Sending {
#path;
#texts;
#place;
#base;
#lost = 0;
#stop = null;
constructor({ path, texts, place, base = "" }) {
this.#path = path;
this.#texts = texts;
this.#place = place;
this.#base = base;
}
async send(value) {
this.#lost = 0;
for (;;) {
const answer = await post(this.#path, value, { base: this.#base });
if (![0, 429, 503].includes(answer.status)) return answer;
this.#lost = answer.status === 0 ? this.#lost + 1 : 0;
const goesOn = await this.#wait(answer);
this.#place.replaceChildren();
if (!goesOn) return null;
}
}
stop() {
this.#stop?.();
}
#wait(answer) {
const offline = answer.status === 0;
const reason = { 0: "wait.offline", 429: "wait.limited", 503: "wait.unavailable" }[answer.status];
const seconds = offline ? Math.min(LONGEST_S, 5 * 2 ** (this.#lost - 1)) : retryAfter(answer);
return new Promise((resolve) => {
const end = performance.now() + seconds * 1000;
const clock = this.#show(reason, () => finish(false));
const tick = () => {
const left_s = Math.ceil((end - performance.now()) / 1000);
if (left_s <= 0) finish(true);
else clock.textContent = this.#left(left_s, offline && !navigator.onLine);
};
const online = () => finish(true);
const finish = (goesOn) => {
clearInterval(timer);
removeEventListener("online", online);
this.#stop = null;
resolve(goesOn);
};
const timer = setInterval(tick, 250);
if (offline) addEventListener("online", online);
this.#stop = () => finish(false);
tick();
});
}
#left(seconds, waitsForNetwork) {
if (waitsForNetwork) return this.#texts.say("wait.online");
return seconds > 90 ? this.#texts.say("wait.minutes", { n: Math.ceil(seconds / 60) }) : this.#texts.say("wait.next", { n: seconds });
}
#show(reason, stop) {
const said = Object.assign(document.createElement("p"), { role: "status" });
const clock = Object.assign(document.createElement("p"), { role: "timer" });
const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: this.#texts.say("wait.stop") });
button.addEventListener("click", stop);
this.#place.replaceChildren(said, clock, button);
said.textContent = `${this.#texts.say(reason)} ${this.#texts.say("wait.kept")}`;
return clock;
}
}
return { ask, post, retryAfter, sayFailure, Sending };
})();
const m_form = (() => {
const COMMENT_MAX = 500;
const kinds = {
given_name: { autocomplete: "given-name", autocapitalize: "words", max: 100 },
family_name: { autocomplete: "family-name", autocapitalize: "words", max: 100 },
email: { type: "email", dir: "ltr", inputMode: "email", autocomplete: "email", autocapitalize: "off", spellcheck: false, max: 254 },
country: { tag: "select", autocomplete: "country" },
region: { autocomplete: "address-level1", autocapitalize: "characters", spellcheck: false, max: 6, hint: "hint.region" },
postal_code: { autocomplete: "postal-code", autocapitalize: "characters", spellcheck: false, max: 20 },
locality: { autocomplete: "address-level2", autocapitalize: "words", max: 100 },
comment: { tag: "textarea", autocomplete: "off", max: COMMENT_MAX, hint: "hint.comment" },
};
const order = Object.keys(kinds);
const codes = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split(" ");
function make(name, properties = {}, ...children) {
const made = Object.assign(document.createElement(name), properties);
made.append(...children);
return made;
}
function countries(language) {
const names = new Intl.DisplayNames([language], { type: "region" }), { compare } = new Intl.Collator(language);
return codes.map((code) => ({ code, name: names.of(code) ?? code })).sort((a, b) => compare(a.name, b.name));
}
class Form {
#form;
#texts;
#keep;
#title;
#prefix;
#list = () => {};
constructor(form, { texts, keep = null, titled = false, prefix = "" }) {
this.#form = form;
this.#texts = texts;
this.#keep = keep;
this.#title = titled ? document.title : null;
this.#prefix = prefix;
form.noValidate = true;
if (keep) form.addEventListener("input", () => this.#store());
for (const event of ["focusin", "pointerdown"]) form.addEventListener(event, () => this.#list());
form.addEventListener("change", ({ target }) => {
if ((target).name === "email") this.#suggest();
});
}
build(fields, { language = this.#texts.language, wording = null, hints = {} } = {}) {
const place = ({ name }) => (order.includes(name) ? order.indexOf(name) : order.length);
const made = [...fields].sort((a, b) => place(a) - place(b)).map((field) => this.#field(field, language, hints));
made.push(this.#choice("show_name", this.#texts.say("field.show_name")));
this.#fields().replaceChildren(...made);
if (wording) this.offer(wording);
if (this.#keep) this.#restore();
}
offer(wording) {
if (wording?.text && !this.#input("subscribe")) this.#fields().append(this.#choice("subscribe", wording.text));
}
values() {
const values = {};
for (const input of this.#inputs()) {
if (input.type === "checkbox") values[input.name] = input.checked;
else if (input.value.trim() !== "" || input.required) values[input.name] = input.value;
}
if (values.country && /^\s*[a-z0-9]{1,3}\s*$/i.test(values.region ?? "")) {
values.region = `${values.country}-${values.region.trim().toUpperCase()}`;
}
return values;
}
fill(values) {
if (values.country) this.#list();
for (const input of this.#inputs()) {
if (!Object.hasOwn(values, input.name)) continue;
if (input.type === "checkbox") input.checked = values[input.name] === true;
else input.value = String(values[input.name]);
}
}
check() {
const errors = [];
for (const input of this.#inputs()) {
const value = input.value.trim();
if (input.required && value === "") errors.push({ pointer: `/${input.name}`, code: "required" });
else if (input.type === "email" && value !== "" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) {
errors.push({ pointer: `/${input.name}`, code: "invalid_email" });
}
}
return errors;
}
showErrors(errors) {
const list = make("ul");
for (const error of errors) {
const input = this.#input(error.pointer?.slice(1));
const text = this.sayError(error);
if (input) this.#mark(input, text);
list.append(make("li", {}, input ? this.#linkTo(input, text) : text));
}
this.#summary(make("h3", { textContent: this.#texts.say("errors.title", { n: errors.length }) }), list);
}
sayError({ pointer = "", code, detail }) {
const name = pointer.slice(1), key = `error.${code}`, label = `field.${name}`;
return this.#texts.plain("error.line", {
field: this.#texts.has(label) ? this.#texts.say(label) : name,
fault: this.#texts.has(key) ? this.#texts.say(key) : detail ?? this.#texts.say("error.wrong_type"),
});
}
tell(text) {
this.#summary(make("p", { textContent: text }));
}
clearErrors() {
for (const input of this.#inputs()) {
input.removeAttribute("aria-invalid");
const wrong = this.#by(`wrong-${input.name}`);
if (wrong) wrong.textContent = "";
}
this.#form.querySelector(".summary").replaceChildren();
if (this.#title !== null) document.title = this.#title;
}
retitle() {
if (this.#title !== null) this.#title = document.title;
}
focus(name) {
this.#input(name)?.focus();
}
forget() {
try {
sessionStorage.removeItem(this.#keep);
} catch {
}
}
reset() {
this.forget();
this.clearErrors();
this.#form.reset();
this.#by("suggest-email")?.replaceChildren();
}
#by(id) {
return (this.#form.querySelector(`#${CSS.escape(this.#prefix + id)}`));
}
#fields() {
return this.#form.querySelector(".fields, #fields");
}
#inputs() {
return [...this.#form.querySelectorAll("input, select, textarea")];
}
#input(name) {
return this.#inputs().find((input) => input.name === name);
}
#id(id) {
return this.#prefix + id;
}
#control(name, required, language) {
const { tag = "input", max, hint: _hint, ...properties } = kinds[name] ?? { autocomplete: "off" };
const made = make(tag, { ...properties, id: this.#id(`field-${name}`), name, required });
if (tag === "input" && !properties.type) made.type = "text";
if (tag === "textarea") made.rows = 4;
if (max) made.maxLength = max;
if (tag === "select") {
made.append(new Option(this.#texts.say("choose"), ""));
this.#list = () => {
this.#list = () => {};
made.append(...countries(language).map(({ code, name: text }) => new Option(text, code)));
};
(globalThis.requestIdleCallback ?? setTimeout)(() => this.#list());
}
return made;
}
#field({ name, required }, language, hints) {
const input = this.#control(name, required, language);
const label = make("label", { htmlFor: input.id, textContent: this.#label(name) });
if (!required) label.append(" ", make("span", { className: "optional", textContent: this.#texts.say("optional") }));
const made = make("div", { className: "field" }, label);
const below = hints[name] ?? (kinds[name]?.hint && this.#texts.say(kinds[name].hint, { n: COMMENT_MAX }));
if (below) made.append(make("p", { id: this.#id(`hint-${name}`), className: "hint", textContent: below }));
made.append(this.#wrong(name), input);
if (name === "email") made.append(make("p", { id: this.#id("suggest-email"), className: "suggest", role: "status" }));
input.setAttribute("aria-describedby", (below ? `${this.#id(`hint-${name}`)} ` : "") + this.#id(`wrong-${name}`));
return made;
}
#label(name) {
return this.#texts.has(`field.${name}`) ? this.#texts.say(`field.${name}`) : name;
}
#wrong(name) {
return make("p", { id: this.#id(`wrong-${name}`), className: "wrong" });
}
#choice(name, words) {
const box = make("input", { type: "checkbox", id: this.#id(`field-${name}`), name, autocomplete: "off" });
box.setAttribute("aria-describedby", this.#id(`wrong-${name}`));
return make("div", { className: "field choice" }, this.#wrong(name), box, make("label", { htmlFor: box.id, textContent: words }));
}
#mark(input, text) {
input.setAttribute("aria-invalid", "true");
const wrong = this.#by(`wrong-${input.name}`);
if (wrong) wrong.textContent = text;
}
#linkTo(input, text) {
const link = make("a", { href: `#${input.id}`, textContent: text });
link.addEventListener("click", (event) => {
event.preventDefault();
input.closest(".field")?.scrollIntoView({ block: "nearest" });
input.focus();
});
return link;
}
#summary(...nodes) {
const summary = (this.#form.querySelector(".summary"));
summary.replaceChildren(...nodes);
if (this.#title !== null) document.title = this.#texts.plain("title.error", { title: this.#title });
summary.focus();
}
async #suggest() {
const input = this.#input("email"), line = this.#by("suggest-email");
if (!line) return;
line.replaceChildren();
const better = await import("./assets/mailhosts.js").then(({ suggest }) => suggest(input.value), () => null);
if (!better) return;
const take = make("button", { type: "button", className: "quiet", textContent: this.#texts.say("mail.take") });
take.addEventListener("click", () => {
input.value = better;
line.replaceChildren();
input.focus();
this.#store();
});
line.append(...this.#texts.parts("mail.suggest", { address: make("bdi", { className: "strong", textContent: better }) }), " ", take);
}
#store() {
if (!this.#keep) return;
const { show_name: _show, subscribe: _subscribe, ...typed } = this.values();
try {
sessionStorage.setItem(this.#keep, JSON.stringify(typed));
} catch {
}
}
#restore() {
try {
this.fill(JSON.parse(sessionStorage.getItem(this.#keep)) ?? {});
} catch {
}
}
}
return { make, Form };
})();
const m_i18n = (() => {
const FALLBACK = "en";
const RIGHT_TO_LEFT = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];
const LONGEST_S = 30;
const files = new Map();
const base = (language) => language.toLowerCase().split("-")[0];
function file(code) {
if (!files.has(code)) {
const address = new URL(`../lang/${code}.json`, import.meta.url);
files.set(code, fetch(address)
.then((answer) => (answer.status === 404 ? null : answer.ok ? answer.json() : undefined))
.catch(() => undefined)
.then((texts) => {
if (texts === undefined) files.delete(code);
return texts;
}));
}
return files.get(code);
}
class Texts {
#texts;
#plurals;
#numbers;
#dates = new Map();
constructor(language, texts) {
this.language = language;
this.dir = RIGHT_TO_LEFT.includes(base(language)) ? "rtl" : "ltr";
this.#texts = texts;
this.#plurals = new Intl.PluralRules(language);
this.#numbers = new Intl.NumberFormat(language);
}
has(key) {
return Object.hasOwn(this.#texts, key);
}
number(value) {
return this.#numbers.format(value);
}
date(value, style = { dateStyle: "medium", timeStyle: "short" }) {
const key = JSON.stringify(style);
if (!this.#dates.has(key)) this.#dates.set(key, new Intl.DateTimeFormat(this.language, (style)));
return this.#dates.get(key).format(new Date(value));
}
say(key, values = {}) {
return this.#pattern(key, values).replace(/\{(\w+)\}/g, (all, name) => this.#value(values, name, all));
}
plain(key, values = {}) {
return this.#pattern(key, values).replace(/\{(\w+)\}/g, (all, name) => (
typeof values[name] === "number" ? this.number(values[name]) : values[name] ?? all));
}
parts(key, values = {}) {
return this.#pattern(key, values).split(/(\{\w+\})/).filter(Boolean).map((part) => {
const name = /^\{(\w+)\}$/.exec(part)?.[1];
return values[name] instanceof Node ? values[name] : name ? this.#value(values, name, part) : part;
});
}
#pattern(key, { n = 0 }) {
const text = this.#texts[key];
if (text && typeof text === "object") return text[this.#plurals.select(n)] ?? text.other;
return text ?? key;
}
#value(values, name, otherwise) {
const value = values[name];
if (value === undefined) return otherwise;
return typeof value === "number" ? this.number(value) : `\u2068${value}\u2069`;
}
}
function wanted() {
const asked = new URLSearchParams(location.search).get("lang");
return [...(asked ? [asked] : []), ...navigator.languages];
}
async function find(languages) {
for (const language of [...languages.slice(0, 3), FALLBACK]) {
if (!/^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(language)) continue;
const texts = await file(base(language)), rest = texts?.$partial ? await file(FALLBACK) : {};
if (texts === undefined || rest === undefined) return null;
if (texts) return new Texts(language, { ...rest, ...texts });
}
return new Texts(FALLBACK, {});
}
async function load(languages) {
for (let wait_s = 1; ; wait_s = Math.min(2 * wait_s, LONGEST_S)) {
const texts = await find(languages);
if (texts) return texts;
await new Promise((resolve) => { setTimeout(resolve, wait_s * 1000); });
}
}
function put(root, texts) {
for (const element of (root.querySelectorAll("[data-text]"))) {
element.textContent = texts.say(element.dataset.text);
}
for (const element of (root.querySelectorAll("[data-label]"))) {
element.ariaLabel = texts.say(element.dataset.label);
}
}
async function speak(title) {
const texts = await load(wanted());
document.documentElement.lang = texts.language;
document.documentElement.dir = texts.dir;
document.title = texts.say(title);
put(document, texts);
return texts;
}
return { Texts, wanted, load, put, speak };
})();
const m_number = (() => {
const STALE_S = 30;
const SPEAK_MS = 20000;
const STEP_MS = 50;
const mantissas = [1, 2, 5];
function nextStep(n) {
for (let power = 100; ; power *= 10) {
for (const mantissa of mantissas) {
if (mantissa * power > n) return mantissa * power;
}
}
}
function nextGoal(count, goal = null, goals = []) {
const next = goals.filter((one) => one > count).sort((a, b) => a - b)[0];
if (next) return next;
const step = nextStep(count);
return goal > count ? Math.min(goal, step) : step;
}
class Rolling {
#show;
#still;
#shown = null;
#timer = null;
constructor(show, still = () => matchMedia("(prefers-reduced-motion: reduce)").matches) {
this.#show = show;
this.#still = still;
}
get shown() {
return this.#shown;
}
to(target, seconds) {
clearInterval(this.#timer);
const from = this.#shown;
if (from === null || target <= from || this.#still()) {
this.#set(target);
return;
}
const pause_ms = Math.max(STEP_MS, (seconds * 1000) / (target - from));
const steps = Math.max(1, Math.floor((seconds * 1000) / pause_ms));
let step = 0;
const move = () => {
step += 1;
this.#set(Math.round(from + ((target - from) * step) / steps));
if (step >= steps) clearInterval(this.#timer);
};
move();
if (step < steps) this.#timer = setInterval(move, pause_ms);
}
stop() {
clearInterval(this.#timer);
}
#set(n) {
this.#shown = n;
this.#show(n);
}
}
class Announcer {
#element;
#timer = null;
#next = null;
constructor(element) {
this.#element = element;
}
say(text) {
if (this.#timer) {
this.#next = text;
return;
}
this.#element.textContent = text;
this.#timer = setTimeout(() => {
this.#timer = null;
const next = this.#next;
this.#next = null;
if (next !== null) this.say(next);
}, SPEAK_MS);
}
stop() {
clearTimeout(this.#timer);
this.#timer = this.#next = null;
}
}
class NumberView {
#parts;
#options;
#format;
#rolling;
#announcer;
#value = null;
#arrived_ms = 0;
#spoken = null;
constructor(parts, { say, language = "en", goals = [], minimum = 0, falls = false } = {}) {
this.#parts = parts;
this.#options = { say, language, goals, minimum, falls };
this.#format = new Intl.NumberFormat(language);
this.#rolling = new Rolling((n) => this.#showCount(n));
this.#announcer = parts.live ? new Announcer(parts.live) : null;
}
show({ value, behind_s, trouble }) {
if (!value) return;
if (value.count === null) {
this.#hide(true);
return;
}
if (!trouble && !(behind_s > STALE_S)) this.#arrived_ms = performance.now();
const isOld = this.#value && value.as_of < this.#value.as_of;
if (!isOld) this.#value = value;
const shown = this.#rolling.shown ?? 0;
const count = this.#options.falls ? this.#value.count : Math.max(shown, this.#value.count);
this.#rolling.to(count, Math.min(value.poll_after ?? 5, 10));
this.#note();
this.#speak(count);
}
stop() {
this.#rolling.stop();
this.#announcer?.stop();
}
#minimum() {
return Number(this.#value?.count_minimum ?? this.#options.minimum) || 0;
}
#hide(hidden) {
if (this.#parts.root) this.#parts.root.hidden = hidden;
if (this.#parts.few) this.#parts.few.hidden = !hidden;
}
#showCount(n) {
const { count, goal, progress } = this.#parts;
const goals = this.#value.goals ?? this.#options.goals;
const next = nextGoal(n, this.#value.goal, goals);
this.#hide(n < this.#minimum());
if (count) count.textContent = this.#format.format(n);
const open = this.#value.state === "open";
if (goal) {
goal.hidden = !open;
goal.textContent = this.#options.say("number.goal", { goal: next });
}
if (progress) {
progress.hidden = !open;
progress.max = next;
progress.value = n;
}
}
#note() {
const { note } = this.#parts;
if (!note) return;
const { say, language } = this.#options;
const late = performance.now() - this.#arrived_ms > STALE_S * 1000;
let text = "";
if (this.#value.state !== "open") text = say("number.closed");
else if (!this.#value.exact || late) text = say("number.stale", { time: sayTime(this.#value.as_of, language) });
if (note.textContent !== text) note.textContent = text;
note.hidden = text === "";
}
#speak(count) {
if (!this.#announcer || this.#spoken === count || count < this.#minimum()) return;
if (this.#spoken !== null) this.#announcer.say(this.#options.say("number.said", { n: count }));
this.#spoken = count;
}
}
function sayTime(at, language) {
const time = new Date(at);
const today = time.toDateString() === new Date().toDateString();
return time.toLocaleString(language, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}
return { nextGoal, Rolling, Announcer, NumberView, sayTime };
})();
const m_poller = (() => {
const LONGEST_S = 60;
const PATIENCE_MS = 15000;
const GREETING_S = 0.3;
const browser = {
fetch: (url, options) => fetch(url, options),
now: () => performance.now(),
random: () => Math.random(),
after: (ms, run) => setTimeout(run, ms),
cancel: (timer) => clearTimeout(timer),
hidden: () => document.hidden,
channel: (name) => (globalThis.BroadcastChannel ? new BroadcastChannel(name) : null),
locks: () => navigator.locks ?? null,
on: (woken, online) => {
document.addEventListener("visibilitychange", woken);
addEventListener("pagehide", woken);
addEventListener("pageshow", woken);
addEventListener("online", online);
return () => {
document.removeEventListener("visibilitychange", woken);
removeEventListener("pagehide", woken);
removeEventListener("pageshow", woken);
removeEventListener("online", online);
};
},
};
const isCount = (body) => body.count === null || Number.isSafeInteger(body.count);
class Poller {
#url;
#address;
#env;
#good;
#takers = new Set();
#off = null;
#awake = false;
#asking = null;
#timer = null;
#channel = null;
#wish = null;
#release = null;
#leads = false;
#news = null;
#pace_s;
#wait_s;
#parts = false;
#least_ms = Infinity;
#least_at = 0;
constructor(url, { env = browser, good = isCount, pace_s = 5, address = () => url } = {}) {
this.#url = url;
this.#address = address;
this.#env = env;
this.#good = good;
this.#pace_s = this.#wait_s = pace_s;
}
watch(take) {
this.#takers.add(take);
if (this.#news) take(this.#news);
this.#off ??= this.#env.on((event) => this.#look(event), () => this.#soon(this.#env.random()));
this.#look();
return {
soon: (seconds) => this.#soon(seconds),
stop: () => this.#leave(take),
};
}
#leave(take) {
this.#takers.delete(take);
if (this.#takers.size > 0 || !this.#off) return;
this.#off();
this.#off = null;
this.#rest();
}
#look(event) {
const wanted = event?.type !== "pagehide" && !this.#env.hidden();
if (wanted && !this.#awake) this.#wake();
else if (!wanted && this.#awake) this.#rest();
}
#wake() {
const name = `countersign:${this.#url}`;
this.#awake = true;
this.#channel = this.#env.channel(name);
if (this.#channel) {
this.#channel.onmessage = (event) => this.#hear(event.data);
this.#channel.postMessage("?");
}
const locks = this.#channel && this.#env.locks();
if (locks) this.#wishToLead(locks, name);
this.#plan(this.#channel ? GREETING_S : 0);
}
#rest() {
this.#awake = this.#leads = false;
this.#env.cancel(this.#timer);
this.#asking?.abort();
this.#wish?.abort();
this.#release?.();
this.#channel?.close();
this.#asking = this.#wish = this.#release = this.#channel = null;
}
#wishToLead(locks, name) {
const wish = new AbortController();
this.#wish = wish;
const lead = () => new Promise((release) => {
if (wish.signal.aborted) return release();
this.#release = release;
this.#leads = true;
this.#plan(this.#news ? this.#pause_s() : 0);
});
locks.request(name, { signal: wish.signal }, lead).catch(() => {});
}
#plan(seconds) {
this.#env.cancel(this.#timer);
if (this.#awake) this.#timer = this.#env.after(seconds * 1000, () => this.#ask());
}
#soon(seconds) {
if (this.#awake) this.#plan(seconds);
}
#pause_s() {
const spread = this.#wait_s > this.#pace_s ? 0.5 : 0.2;
const pause = this.#wait_s * (1 + (this.#parts ? this.#env.random() : spread * (this.#env.random() - 0.5)));
return this.#leads ? pause : pause * 2 + this.#env.random() * this.#wait_s;
}
async #ask() {
if (this.#asking) return;
const asking = new AbortController();
this.#asking = asking;
const patience = this.#env.after(PATIENCE_MS, () => asking.abort());
const answer = await this.#fetch(asking.signal);
this.#env.cancel(patience);
if (this.#asking !== asking) return;
this.#asking = null;
if (!this.#env.locks()) this.#leads = true;
this.#take(answer);
this.#channel?.postMessage(this.#message());
this.#plan(this.#pause_s());
}
async #fetch(signal) {
try {
const response = await this.#env.fetch(this.#address(), { credentials: "omit", cache: "no-cache", signal });
const retry_s = Number.parseInt(response.headers.get("Retry-After") ?? "", 10) || 0;
const body = response.ok ? await response.json() : null;
if (!body || !this.#good(body)) return { value: null, retry_s, status: response.status };
return { value: body, behind_s: this.#behind_s(response.headers.get("Date")) };
} catch {
return { value: null, retry_s: 0, status: 0 };
}
}
#behind_s(date) {
const now = this.#env.now();
const apart = now - Date.parse(date ?? "");
if (Number.isNaN(apart)) return 0;
this.#least_ms = Math.min(apart, this.#least_ms + (now - this.#least_at) / 1000);
this.#least_at = now;
return (apart - this.#least_ms) / 1000;
}
#take({ value, behind_s, retry_s, status }) {
if (value) {
const pace_s = Math.min(Math.max(1, Number(value.poll_after) || this.#pace_s), 3600);
this.#parts = Boolean(this.#news?.value) && pace_s !== this.#pace_s;
this.#pace_s = this.#wait_s = pace_s;
this.#tell({ value, behind_s, trouble: false, status: 200 });
} else {
const longest = Math.max(LONGEST_S, this.#pace_s);
this.#wait_s = Math.min(longest, Math.max(this.#wait_s * 2, retry_s));
this.#tell({ value: this.#news?.value ?? null, behind_s: this.#news?.behind_s ?? 0, trouble: true, status });
}
}
#tell(news) {
this.#news = news;
for (const take of [...this.#takers]) take(news);
}
#message() {
return { news: this.#news, pace_s: this.#pace_s, wait_s: this.#wait_s };
}
#hear(message) {
if (message === "?") {
if (this.#leads && this.#news) this.#channel.postMessage(this.#message());
return;
}
const value = message?.news?.value;
if (!message?.news || !(message.wait_s > 0) || !(message.pace_s > 0) || (value && !this.#good(value))) return;
this.#pace_s = message.pace_s;
this.#wait_s = message.wait_s;
if (!this.#release) this.#leads = false;
this.#tell(message.news);
this.#plan(this.#pause_s());
}
}
const pollers = new Map();
function watch(url, take, options) {
if (!pollers.has(url)) pollers.set(url, new Poller(url, options));
return pollers.get(url).watch(take);
}
return { browser, Poller, watch };
})();
const m_widget_style = (() => {
const tokens = `
--c-text: var(--countersign-text, inherit);
--c-quiet: var(--countersign-quiet, color-mix(in srgb, currentColor 72%, transparent));
--c-line: var(--countersign-line, color-mix(in srgb, currentColor 45%, transparent));
--c-accent: var(--countersign-accent, #14532d);
--c-accent-text: var(--countersign-accent-text, #fff);
--c-wrong: var(--countersign-wrong, #b42318);
--c-ground: var(--countersign-ground, transparent);
--c-radius: var(--countersign-radius, .375rem);
--c-space: var(--countersign-space, 1rem);`;
const inside = `
:host { display: block; container-type: inline-size; max-inline-size: 42rem; ${tokens}
color: var(--c-text); background: var(--c-ground); font: var(--countersign-font, inherit); line-height: 1.5;
padding: var(--countersign-padding, 0); border-radius: var(--c-radius); overflow-wrap: break-word; }
:host([hidden]), [hidden] { display: none !important; }
p, h2 { margin: 0 0 calc(var(--c-space) / 2); }
h2 { font-size: 1.375em; line-height: 1.25; text-wrap: balance; }
a { color: var(--c-accent); }
.count { font-size: 2em; font-weight: 700; line-height: 1.1; font-variant-numeric: tabular-nums; }
.goal, .note, .more { color: var(--c-quiet); }
.note, .more { font-size: .9375em; }
.line { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: .5em; margin: 0 0 .25rem; }
.goal { margin-inline-start: auto; }
progress { display: block; appearance: none; width: 100%; height: .625rem; margin: 0 0 var(--c-space); border: 0; border-radius: 1rem;
overflow: hidden; background: color-mix(in srgb, currentColor 15%, transparent); color: inherit; }
progress::-webkit-progress-bar { background: transparent; }
progress::-webkit-progress-value { background: var(--c-accent); border-radius: 1rem; transition: inline-size .4s; }
progress::-moz-progress-bar { background: var(--c-accent); border-radius: 1rem; }
.thanks { border: 2px solid var(--c-accent); border-radius: var(--c-radius); padding: var(--c-space); }
.thanks:focus { outline: none; }
.sharing h3 { margin: var(--c-space) 0 0; font-size: 1em; }
.sharing ul { display: flex; flex-wrap: wrap; gap: .5em 1em; align-items: center; margin: 0; padding: 0; list-style: none; }
.sharing a { display: inline-block; padding: .25em 0; }
.sharing button { font: inherit; color: inherit; background: transparent; cursor: pointer; min-height: 2.75rem; padding: .25rem .75rem;
border: 1px solid var(--c-line); border-radius: var(--c-radius); }
:focus-visible { outline: 3px solid var(--c-accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { progress::-webkit-progress-value { transition: none; } }
@media (forced-colors: active) { progress { border: 1px solid CanvasText; } progress::-webkit-progress-value { background: Highlight; } }`;
const own = "countersign-petition > form";
const outside = `
${own} { margin: 0; ${tokens} }
${own} > *, ${own} .field > * { box-sizing: border-box; }
${own} .field { margin: 0 0 var(--c-space); }
${own} .field p { margin: 0; }
${own} label { display: block; font-weight: 600; }
${own} .optional, ${own} .hint { color: var(--c-quiet); font-weight: 400; font-size: .9375em; }
${own} :is(input:not([type=checkbox]), select, textarea) { display: block; width: 100%; min-height: 2.75rem; margin: .25rem 0 0; padding: .5rem .625rem;
font: inherit; font-size: max(1em, 16px); color: inherit; background: var(--countersign-field, transparent);
border: 1px solid var(--c-line); border-radius: var(--c-radius); }
${own}[dir=rtl] [type=email] { text-align: right; }
${own} option { color: #1b1b1f; background: #fff; }
${own} .choice { display: grid; grid-template-columns: auto 1fr; column-gap: .625rem; }
${own} .choice .wrong { grid-column: 1 / -1; }
${own} .choice label { font-weight: 400; }
${own} input[type=checkbox] { width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--c-accent); }
${own} [aria-invalid=true]:not([type=checkbox]) { border: 2px solid var(--c-wrong); }
${own} .wrong { color: var(--c-wrong); font-size: .9375em; }
${own} .summary:not(:empty) { border: 2px solid var(--c-wrong); border-radius: var(--c-radius); padding: .75rem; margin: 0 0 var(--c-space); }
${own} .summary :is(h3, ul, p) { margin: 0; font-size: 1em; }
${own} .summary a { color: var(--c-wrong); }
${own} :is(button, .quiet) { font: inherit; font-weight: 600; cursor: pointer; min-height: 2.75rem; border-radius: var(--c-radius); }
${own} button[type=submit] { width: 100%; padding: .75rem 1.5rem; border: 0; color: var(--c-accent-text); background: var(--c-accent); }
${own} .quiet { padding: .25rem .75rem; border: 1px solid var(--c-line); color: inherit; background: transparent; }
${own} button:disabled { opacity: .6; cursor: default; }
${own} .uses { margin: 0 0 .75rem; font-size: .9375em; color: var(--c-quiet); }
${own} .uses a { color: var(--c-accent); }
${own} :focus-visible { outline: 3px solid var(--c-accent); outline-offset: 2px; }
${own} .waits:not(:empty) { margin-top: var(--c-space); }
@media (forced-colors: active) { ${own} button { border: 1px solid ButtonText; } }`;
function sheet(text) {
try {
const made = new CSSStyleSheet();
made.replaceSync(text);
return made;
} catch {
return null;
}
}
const sheets = { inside: sheet(inside), outside: sheet(outside) };
function adopt(root, which) {
const made = sheets[which];
if (made && !root.adoptedStyleSheets.includes(made)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, made];
}
return { adopt };
})();
(() => {
const { ask, retryAfter, sayFailure, Sending } = m_api;
const { Form } = m_form;
const { load } = m_i18n;
const { NumberView } = m_number;
const { watch } = m_poller;
const { adopt } = m_widget_style;
const base = new URL(import.meta.url).origin;
const prefilled = ["email", "given_name", "family_name", "country", "region", "postal_code", "locality", "comment"];
const attribute = (field) => field.replace("_", "-");
let made = 0;
function make(name, part, properties = {}, ...children) {
const element = Object.assign(document.createElement(name), part ? { className: part } : {}, properties);
if (part) element.setAttribute("part", part);
element.append(...children);
return element;
}
class Count extends HTMLElement {
static observedAttributes = ["petition", "language"];
#life = null;
#watching = null;
#view = null;
connectedCallback() {
if (!this.shadowRoot) adopt(this.attachShadow({ mode: "open" }), "inside");
this.#begin();
}
disconnectedCallback() {
this.#end();
}
attributeChangedCallback(_name, before, now) {
if (this.#life && before !== now) this.#begin();
}
#begin() {
this.#end();
this.#life = new AbortController();
const slug = this.getAttribute("petition") ?? "";
if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug)) this.start(slug, this.#life.signal);
}
#end() {
this.#life?.abort();
this.#watching?.stop();
this.#view?.stop();
this.#life = this.#watching = this.#view = null;
}
languages() {
const own = this.getAttribute("language") ?? this.closest("[lang]")?.getAttribute("lang");
return [...(own ? [own] : []), ...navigator.languages];
}
async start(slug, signal) {
const texts = await load(this.languages());
if (signal.aborted) return;
const box = make("div", "number", { dir: texts.dir, lang: texts.language });
this.shadowRoot.replaceChildren(box);
this.showNumber(slug, box, texts, {
goals: (this.getAttribute("goals") ?? "").split(",").map(Number).filter((goal) => goal > 0),
minimum: Number(this.getAttribute("minimum")) || 0,
});
}
showNumber(slug, box, texts, { goals = [], minimum = 0 }) {
const count = make("span", "count"), unit = make("span", "unit"), goal = make("span", "goal"), few = make("p", "few", { hidden: true });
const progress = make("progress", "progress", { hidden: true, ariaLabel: texts.say("people") });
const note = make("p", "note", { hidden: true }), live = make("span", "unseen", { role: "status" });
const root = make("div", "", { hidden: true }, make("p", "line", {}, count, unit, goal), progress, note, live);
few.textContent = texts.say("number.few");
box.replaceChildren(root, few);
this.#view = new NumberView({ root, few, count, goal, progress, note, live },
{ say: (key, values) => texts.say(key, values), language: texts.language, goals, minimum });
let last = null;
this.#watching = watch(`${base}/api/v1/petitions/${slug}/count`, (news) => {
this.#view?.show(news);
if (!news.value || news.value.count === last) return;
last = news.value.count;
unit.textContent = texts.say("number.signed", { n: last ?? 0 });
this.tell("count", { petition: slug, count: last, state: news.value.state, as_of: news.value.as_of });
});
}
lookSoon() {
this.#watching?.soon(1.5);
}
tell(name, detail) {
this.dispatchEvent(new CustomEvent(`countersign-${name}`, { detail, bubbles: true, composed: true }));
}
}
class Petition extends Count {
#slug = "";
#texts = null;
#petition = null;
#form = null;
#element = null;
#state = make("p", "state", { role: "status" });
async start(slug, signal) {
const texts = await load(this.languages());
if (signal.aborted) return;
this.#slug = slug;
this.#texts = texts;
this.#state = make("p", "state", { role: "status" });
this.shadowRoot.replaceChildren(this.#state);
this.#element?.remove();
const answer = await this.#read(signal);
if (signal.aborted || !answer) return;
this.#petition = answer.body;
this.#show(signal);
}
#path(end = "") {
return `/petitions/${this.#slug}${end}`;
}
#link(key) {
return make("a", "", { href: `${base}/p/${this.#slug}`, target: "_blank", rel: "noopener", textContent: this.#texts.say(key) });
}
async #read(signal) {
for (;;) {
const answer = await ask(`${this.#path()}?lang=${encodeURIComponent(this.#texts.language)}`, { base, signal });
if (signal.aborted || answer.ok) return answer;
const word = { 404: "not_found", 410: "withdrawn" }[answer.status];
const foreign = answer.status === 0 && (await ask(this.#path("/count"), { base })).ok;
if (signal.aborted) return null;
if (foreign) this.#state.replaceChildren(this.#texts.say("failed.origin"), " ", this.#link("sign.link"));
else this.#state.textContent = word ? this.#texts.say(word) : sayFailure(this.#texts, answer);
if (word || foreign) return null;
await new Promise((resolve) => setTimeout(resolve, retryAfter(answer) * 1000));
}
}
#show(signal) {
const { title, state, goals, count_minimum: minimum } = this.#petition;
const texts = this.#texts, number = make("div", "number"), open = state === "open";
this.#state.textContent = open ? "" : texts.say("closed");
const heading = make("h2", "title", { textContent: title, lang: this.#petition.language });
const more = make("p", "more", {}, this.#link("changed.read"));
this.shadowRoot.replaceChildren(make("div", "box", { dir: texts.dir, lang: texts.language },
heading, more, number, this.#state, make("slot", ""), make("slot", "", { name: "thanks", hidden: true })));
this.showNumber(this.#slug, number, texts, { goals, minimum });
if (open) this.#showForm(signal);
}
async #showForm(signal) {
const texts = this.#texts, { fields, organization } = this.#petition;
const uses = make("p", "uses", { textContent: `${texts.say("data.use")} ${texts.say("data.hold")} ` });
const privacy = organization?.privacy_url ?? "";
if (/^https?:/.test(privacy)) uses.append(make("a", "", { href: privacy, target: "_blank", rel: "noopener", textContent: texts.say("data.privacy") }));
const button = make("button", "", { type: "submit", textContent: texts.say("sign.button") });
const waits = make("div", "waits"), summary = make("div", "summary", { tabIndex: -1, role: "alert" });
this.#element = make("form", "", { dir: texts.dir, lang: texts.language }, summary, make("div", "fields"), uses, button, waits);
adopt(this.getRootNode(), "outside");
this.#form = new Form(this.#element, { texts, prefix: `countersign-${(made += 1)}-`, keep: `countersign:${this.#slug}` });
this.#form.build(fields, { language: texts.language });
this.#form.fill(this.#prefilled());
this.append(this.#element);
const sending = new Sending({ path: this.#path("/signatures"), texts, place: waits, base });
signal.addEventListener("abort", () => sending.stop());
this.#element.addEventListener("submit", (event) => {
event.preventDefault();
if (!button.disabled) this.#sign(sending, button);
});
const wording = await ask(`${this.#path("/subscribe-wording")}?lang=${encodeURIComponent(texts.language)}`, { base });
if (!signal.aborted && wording.ok) this.#form.offer(wording.body);
}
#prefilled() {
const given = prefilled.filter((field) => this.hasAttribute(attribute(field)));
return Object.fromEntries(given.map((field) => [field, this.getAttribute(attribute(field))]));
}
#value() {
const value = { ...this.#form.values(), text_version: this.#petition.text_version, locale: this.#texts.language };
for (const name of ["source", "referrer"]) {
const given = this.getAttribute(name) ?? "";
if (/^[A-Za-z0-9_.-]{1,64}$/.test(given)) value[name] = given;
}
return value;
}
async #sign(sending, button) {
const texts = this.#texts, value = this.#value(), wrong = this.#form.check();
this.#form.clearErrors();
if (wrong.length) {
this.#form.showErrors(wrong);
return;
}
button.disabled = true;
button.textContent = texts.say("sign.sending");
const answer = await sending.send(value);
button.disabled = false;
button.textContent = texts.say("sign.button");
if (answer?.status === 202) this.#thank(answer.body?.confirmation, value.email);
else if (answer) await this.#refused(answer);
else this.#form.tell(texts.say("wait.stopped"));
}
async #refused(answer) {
const texts = this.#texts;
if (answer.status === 422) return this.#form.showErrors(answer.body?.errors ?? []);
if (answer.status === 403) return this.#form.tell(texts.say("failed.origin"));
if (answer.status === 410) {
this.#element.remove();
this.#state.textContent = texts.say("closed.unsent");
return undefined;
}
if (answer.status !== 409) return this.#form.tell(texts.say("failed", { status: answer.status }));
const now = await ask(`${this.#path()}?lang=${encodeURIComponent(texts.language)}`, { base });
const before = this.#petition, letter = await import("./assets/letter.js").catch(() => null);
if (now.ok) this.#petition = now.body;
this.shadowRoot.querySelector(".title").textContent = this.#petition.title;
this.#form.tell(`${texts.say("changed.title")}. ${texts.say("changed.text")}`);
this.#element.querySelector(".summary").append(...(letter?.changes(before, this.#petition, texts) ?? []), this.#link("changed.read"));
return undefined;
}
async #offerSharing(thanks) {
const { title, language } = this.#petition, place = make("div", "sharing");
const module = await import("./assets/share.js").catch(() => null);
module?.sharePanel(place, { texts: this.#texts, slug: this.#slug, title, language, base });
thanks.append(place);
}
#thank(confirmation, address) {
const texts = this.#texts, byMail = confirmation === "email";
const thanks = make("div", "thanks", { tabIndex: -1 },
make("p", "", { textContent: byMail ? texts.say("thanks.confirm") : texts.say("thanks.counted") }));
if (byMail) thanks.append(make("p", "", { textContent: texts.say("thanks.sent", { address }) }));
this.#form.forget();
this.#element.remove();
this.#state.replaceWith(thanks);
this.shadowRoot.querySelector("slot[name=thanks]").removeAttribute("hidden");
thanks.focus();
this.#offerSharing(thanks);
this.lookSoon();
this.tell("signed", { petition: this.#slug, confirmation });
}
}
if (!customElements.get("countersign-count")) {
customElements.define("countersign-count", Count);
customElements.define("countersign-petition", Petition);
}
})();
