// <countersign-petition petition="slug"> and <countersign-count petition="slug">, for any page. See README.md.
// What pages load is /widget.js: this and all that it imports in one file, made by deploy/dev/bundle.
import { ask, retryAfter, sayFailure } from "./api.js";
import { Form } from "./form.js";
import { direction, load } from "./i18n.js";
import { NumberView } from "./number.js";
import { watch } from "./poller.js";
import { Sending } from "./sending.js";
import { adopt } from "./widget-style.js";

const base = new URL(import.meta.url).origin;
// Attributes that fill fields in.
const prefilled = ["email", "given_name", "family_name", "country", "region", "postal_code", "locality", "comment"];
const attribute = (field) => field.replace("_", "-");
// There are six levels of headings; what is no number is the second.
function level(said) {
  const n = Number.parseInt(said, 10);
  return Number.isNaN(n) ? 2 : Math.min(6, Math.max(1, n));
}
let made = 0;

function make(name, part, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), part ? { className: part } : {}, properties);
  if (part) element.setAttribute("part", part);
  element.append(...children);
  return element;
}

// The number alone.
class Count extends HTMLElement {
  static observedAttributes = ["petition", "language"];
  #life = null; // the AbortController of what is shown now
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
    const texts = await load(this.languages(), "words");
    if (signal.aborted) return;
    const box = make("div", "number", { dir: texts.dir, lang: texts.language });
    this.shadowRoot.replaceChildren(box);
    this.showNumber(slug, box, texts, {
      goals: (this.getAttribute("goals") ?? "").split(",").map(Number).filter((goal) => goal > 0),
      minimum: Number(this.getAttribute("minimum")) || 0,
    });
  }

  // `goals`, `minimum`: the petition's.
  showNumber(slug, box, texts, { goals = [], minimum = 0 }) {
    const count = make("span", "count"), unit = make("span", "unit"), goal = make("span", "goal"), few = make("p", "few", { hidden: true });
    const progress = make("progress", "progress", { hidden: true, ariaLabel: texts.say("people") });
    const note = make("p", "note", { hidden: true }), live = make("span", "unseen", { role: "status" });
    const root = make("div", "", { hidden: true }, make("p", "line", {}, count, unit, goal), progress, note, live);
    few.textContent = texts.say("number.few");
    box.replaceChildren(root, few);
    this.#view = new NumberView({ root, few, count, unit, goal, progress, note, live },
      { say: (key, values) => texts.say(key, values), language: texts.language, goals, minimum });
    let last = null;
    this.#watching = watch(`${base}/api/v1/petitions/${slug}/count`, (news) => {
      this.#view?.show(news);
      if (!news.value || news.value.count === last) return;
      last = news.value.count;
      this.tell("count", { petition: slug, count: last, state: news.value.state, as_of: news.value.as_of });
    });
  }

  // The number may have changed.
  lookSoon() {
    this.#watching?.soon(1.5);
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`countersign-${name}`, { detail, bubbles: true, composed: true }));
  }
}

// Form and number. The form lies in the page, not in the shadow: only there do browsers and password managers see it.
class Petition extends Count {
  #slug = "";
  #level = 2; // of the title among the headings of the page
  #texts = null;
  #petition = null;
  #form = null;
  #element = null;
  #state = make("p", "state", { role: "status" });

  async start(slug, signal) {
    const texts = await load(this.languages(), "words");
    if (signal.aborted) return;
    this.#slug = slug;
    this.#level = level(this.getAttribute("heading"));
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

  // Asks until there is a verdict; null: there is no petition to be shown, and why is said.
  async #read(signal) {
    for (;;) {
      const answer = await ask(`${this.#path()}?lang=${encodeURIComponent(this.#texts.language)}`, { base, signal });
      if (signal.aborted || answer.ok) return answer;
      // A browser tells nothing of an answer that is for other pages only; the number is for all.
      const open = answer.status === 0 ? await ask(this.#path("/count"), { base }) : answer, foreign = open.ok;
      const word = { 404: "not_found", 410: "withdrawn" }[open.status];
      if (signal.aborted) return null;
      if (foreign) this.#state.replaceChildren(this.#texts.say("failed.origin"), " ", this.#link("sign.link"));
      else this.#state.textContent = word ? this.#texts.say(word) : sayFailure(this.#texts, answer);
      if (word || foreign) return null;
      await new Promise((resolve) => setTimeout(resolve, retryAfter(answer) * 1000));
    }
  }

  #show(signal) {
    const { title, language, state, goals, count_minimum: minimum } = this.#petition;
    const texts = this.#texts, number = make("div", "number"), open = state === "open";
    this.#state.textContent = open ? "" : texts.say("closed");
    const heading = make(`h${this.#level}`, "title", { lang: language }, make("bdi", "", { dir: direction(language), textContent: title }));
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
    this.#form = new Form(this.#element, { texts, prefix: `countersign-${(made += 1)}-`, keep: `countersign:${this.#slug}`, level: level(this.#level + 1) });
    this.#form.build(fields, { language: texts.language, values: this.#prefilled() });
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
    const before = this.#petition, letter = await import("./letter.js").catch(() => null);
    if (now.ok) this.#petition = now.body;
    this.shadowRoot.querySelector(".title bdi").textContent = this.#petition.title;
    this.#form.tell(`${texts.say("changed.title")}. ${texts.say("changed.text")}`);
    this.#element.querySelector(".summary").append(...(letter?.changes(before, this.#petition, texts) ?? []), this.#link("changed.read"));
    return undefined;
  }

  // Loaded when it is wanted; who cannot load it shares nothing.
  async #offerSharing(thanks) {
    const { title, language } = this.#petition, place = make("div", "sharing");
    const module = await import("./share.js").catch(() => null);
    module?.sharePanel(place, { texts: this.#texts, slug: this.#slug, title, language, level: `h${level(this.#level + 1)}`, base });
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
