// The page of one petition: /p/{slug}. The letter is there before this script is: it adds what changes and what one
// can do.
import { ask, retryAfter } from "./api.js";
import { Form } from "./form.js";
import { load as loadTexts, put } from "./i18n.js";
import { NumberView } from "./number.js";
import { watch } from "./poller.js";
import { Sending } from "./sending.js";

const at = (id) => /** @type {any} */ (document.getElementById(id));
const main = at("main");
const { slug, language } = main.dataset;
const query = new URLSearchParams(location.search);
const PATIENCE_MS = 1000; // for what the form can do without at first
const TAKEN = /^[A-Za-z0-9_.-]{1,64}$/; // what `source` and `referrer` may be
let pass = /^#([A-Za-z0-9_-]{100,512})$/.exec(location.hash)?.[1] ?? null; // of a letter's reader
let petition = null; // the answer of the API
let wording = null; // what one agrees to who wants news
let texts = null;
let form = null;
let sending = null;
let watching = null; // of the number
let calls = null; // the IntersectionObserver of the ways to the form
let busy = false;
let brought = null; // says how many came by who has signed in this tab

const path = `/petitions/${slug}`;
const inLanguage = `?lang=${encodeURIComponent(language)}`;

function state(text) {
  at("state").textContent = text;
}

// ---- ways to the form ----------------------------------------------------------------------------

function callLink() {
  const link = document.createElement("a");
  link.href = "#sign-title";
  link.className = "button";
  link.textContent = texts.say("sign.link");
  return link;
}

function call(className) {
  const line = document.createElement("p");
  line.className = className;
  line.append(callLink());
  return line;
}

function addCallInTheMiddle() {
  const paragraphs = [...at("letter").children], middle = call("call middle");
  if (paragraphs.length <= 4) return;
  paragraphs[Math.floor(paragraphs.length / 2)].after(middle);
  calls?.observe(middle);
}

// Near the top, in the middle of a letter that is long enough, at the end, and, on a phone, always at hand.
function addCalls() {
  if (document.querySelector(".bar")) return;
  addCallInTheMiddle();
  const bar = call("bar");
  main.append(bar);
  const seen = new Set();
  calls = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target);
    bar.hidden = seen.size > 0 || at("sign").hidden || at("form").hidden;
  }, { rootMargin: "0px 0px -72px" }); // the bar's own height
  for (const target of [at("sign"), ...document.querySelectorAll(".call")]) calls.observe(target);
}

// The bar comes by itself when the form is out of sight; here it is in sight, and the bar would cover its button.
function showCalls(shown) {
  for (const line of main.querySelectorAll(".call, .bar")) line.hidden = !shown || line.className === "bar";
}

// ---- the number ----------------------------------------------------------------------------------

function takeNumber(view, news) {
  view.show(news);
  const { value } = news;
  if (value && petition && value.state !== "open" && petition.state === "open") close(value.state);
}

function watchNumber() {
  // The answer may come from a copy that is a second older than the page.
  const written = at("progress").getAttribute("value"), shown = written === null ? null : Number(written);
  const view = new NumberView({
    root: at("number"), few: at("few"), count: at("count"), unit: at("number-name"), goal: at("goal"), progress: at("progress"),
    note: at("number-note"), live: at("number-live"),
  }, { say: (key, values) => texts.say(key, values), language: texts.language, goals: petition.goals, minimum: petition.count_minimum, shown });
  watching = watch(`/api/v1/petitions/${slug}/count`, (news) => takeNumber(view, news));
}

// ---- signing -------------------------------------------------------------------------------------

function buildForm() {
  form ??= new Form(at("form"), { texts, keep: `countersign:${slug}`, titled: true });
  form.build(petition.fields, {
    language: texts.language, wording,
    hints: petition.confirmation === "email" ? { email: texts.say("hint.email") } : {},
  });
}

function signature(values = form.values()) {
  const value = { ...values, text_version: petition.text_version, locale: petition.language };
  for (const name of ["source", "referrer"]) {
    if (TAKEN.test(query.get(name) ?? "")) value[name] = query.get(name);
  }
  return value;
}

function hold(held) {
  busy = held;
  at("fields").inert = held;
  at("submit").ariaDisabled = String(held);
  at("submit").textContent = texts.say(held ? "sign.sending" : "sign.button");
}

// Some browsers never ask again for a script that once did not come, and who has signed has to know.
function thankBriefly(place, { email, confirms }) {
  place.textContent = confirms ? texts.say("thanks.sent", { address: email }) : texts.say("thanks.counted");
  place.hidden = false;
  place.focus();
}

async function thank(value, confirmation) {
  form.forget();
  watching?.soon(1.5);
  at("form").hidden = at("sign-title").hidden = true;
  showCalls(false);
  at("changed")?.remove();
  brought?.remove(); // which is told again beside the ways to share
  brought = null;
  const { thank: show } = await import("./thanks.js").catch(() => ({ thank: thankBriefly }));
  show(at("thanks"), { texts, slug, petition, email: value.email, confirms: confirmation === "email", again });
}

// Back from the thanks to the form: with what was typed, to mend the address, or empty, for somebody else.
function again(name, empty) {
  at("thanks").hidden = true;
  at("thanks").replaceChildren();
  if (empty) form.reset();
  else form.store();
  at("form").hidden = at("sign-title").hidden = false;
  showCalls(true);
  form.focus(name);
}

// What stood there when somebody read it, and what stands there now. Who cannot be shown it does not sign it.
async function changed() {
  const before = petition;
  const [answer, letter] = await Promise.all([ask(path + inLanguage), import("./letter.js").catch(() => null)]);
  if (!answer.ok || !letter) return form.tell(texts.say("wait.stopped"));
  petition = answer.body;
  await letter.renew(petition);
  addCallInTheMiddle();
  form.retitle();
  buildForm();
  form.clearErrors();
  letter.showChanges(before, petition, { texts, before: at("form") });
  return at("submit").replaceChildren(texts.say("sign.again"));
}

function close(word, unsent = false) {
  petition.state = word;
  state(texts.say(unsent ? "closed.unsent" : word === "withdrawn" ? "withdrawn" : "closed"));
  sending?.stop();
  if (at("thanks").hidden) at("sign").hidden = true;
  showCalls(false);
  if (unsent) at("state").scrollIntoView({ block: "center" });
}

async function judged(answer, value) {
  const { status, body } = answer;
  if (status === 202) await thank(value, body?.confirmation);
  else if (status === 409) await changed();
  else if (status === 410) close(body?.code === "petition_withdrawn" ? "withdrawn" : "closed", body?.code !== "petition_withdrawn");
  else if (status === 422) form.showErrors(body?.errors ?? []);
  else if (status === 403) form.tell(texts.say("failed.origin"));
  else if (status === 404) form.tell(texts.say("not_found"));
  else form.tell(texts.say("failed", { status }));
}

async function sign(event) {
  event.preventDefault();
  if (busy) return;
  form.clearErrors();
  const errors = form.check();
  if (errors.length) {
    form.showErrors(errors);
    return;
  }
  const value = signature();
  hold(true);
  sending = new Sending({ path: `${path}/signatures`, texts, place: at("waiting") });
  const answer = await sending.send(value);
  hold(false);
  if (answer) await judged(answer, value);
  else if (petition.state === "open") form.tell(texts.say("wait.stopped"));
}

// ---- the reader of a letter ----------------------------------------------------------------------

function showForm(shown) {
  at("form").hidden = !shown;
}

function otherReader() {
  showForm(true);
  form.focus("given_name");
}

async function judgedReader(answer, box) {
  if (answer.status === 200) {
    box.remove();
    await thank({ email: "" }, "none");
  } else if (answer.status === 409) {
    await changed();
  } else {
    box.remove();
    showForm(true);
    if (answer.status === 404) form.tell(texts.say("reader.gone"));
    else await judged(answer, { email: "" });
  }
}

// Whoever followed a way to the form before it was there, is led there now.
function arrive() {
  if (location.hash !== "#sign-title") return;
  at("sign-title").focus();
  at("sign-title").scrollIntoView();
}

// Where the petition asks for more than a letter knows, that is asked for beside the click.
async function offerReader() {
  if (!pass) return;
  const known = ["email", "given_name", "family_name"];
  const fields = petition.fields.filter(({ name, required }) => required && !known.includes(name));
  const { offer } = await import("./reader.js").catch(() => ({ offer: null }));
  if (!offer) return;
  showForm(false);
  offer(at("form"), { texts, Form, path, pass, fields, value: () => signature({}), judged: judgedReader, other: otherReader });
}

// ---- beginning -----------------------------------------------------------------------------------

// What others have done is below the form; it is asked for when somebody comes near.
function offerPeople() {
  const near = new IntersectionObserver(async (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    near.disconnect();
    const { showPeople } = await import("./people.js").catch(() => ({ showPeople: null })); // no network: no matter
    showPeople?.(at("people"), { texts, slug, minimum: petition.count_minimum });
  }, { rootMargin: "200px" });
  near.observe(at("people"));
}

function notThere(answer) {
  const { status } = answer;
  if (status === 404 || status === 410) {
    state(texts.say(status === 404 ? "not_found" : "withdrawn"));
    return;
  }
  // The ways to the form lead nowhere so far.
  state(texts.say({ 0: "wait.offline", 429: "wait.limited" }[status] ?? "wait.unavailable"));
  setTimeout(begin, retryAfter(answer) * 1000);
}

// Who has signed in this tab learns how many came by them.
async function offerBrought() {
  try {
    if (!sessionStorage.getItem(`countersign:shares:${slug}`)) return;
  } catch {
    return; // without storage nobody is known to come back
  }
  const { showBrought } = await import("./share.js").catch(() => ({ showBrought: null }));
  if (!showBrought) return;
  brought = Object.assign(document.createElement("p"), { role: "status", className: "strong" });
  main.querySelector(".side").append(brought);
  showBrought(brought, { texts, slug });
}

// What one agrees to who wants news; the form comes without it if that takes long.
async function findWording() {
  const answer = await ask(`${path}/subscribe-wording${inLanguage}`);
  wording = answer.ok ? answer.body : null;
  form?.offer(wording);
}

async function begin() {
  const news = Promise.race([findWording(), new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); })]);
  const [answer, said] = await Promise.all([ask(path + inLanguage), texts ?? loadTexts([language]), news]);
  texts = said;
  if (!answer.ok) {
    notThere(answer);
    return;
  }
  petition = answer.body;
  put(document, texts);
  const open = petition.state === "open";
  state(open ? "" : texts.say("closed"));
  if (open) {
    buildForm();
    await offerReader();
    pass = null;
    at("sign").hidden = false;
    addCalls();
    arrive();
  }
  showCalls(open);
  main.dataset.ready = "";
  watchNumber();
  offerPeople();
  offerBrought();
}

const given = (...names) => names.filter((name) => query.has(name)).map((name) => `&${name}=${encodeURIComponent(query.get(name))}`).join("");

// By whom somebody came is still known in the other languages, and the language that was chosen on the own page.
for (const link of at("languages").children) link.search += given("source", "referrer");
at("own").search += given("lang");

// Out of the address, so that who copies it for a friend does not hand on what is theirs alone, nor is counted again.
if (pass || query.has("link")) {
  const rest = new URLSearchParams(location.search);
  rest.delete("link");
  history.replaceState(null, "", location.pathname + (rest.size ? `?${rest}` : "") + (pass ? "" : location.hash));
}
if (query.has("link")) import("./opened.js").then(({ tell }) => tell(path, query)).catch(() => {});
at("form").addEventListener("submit", sign);
// What is shown after signing is there before it is wanted.
at("form").addEventListener("input", () => import("./thanks.js").catch(() => {}), { once: true });
begin();
