// The form: its fields, what is typed, and what is wrong with it. Works in a page, in a frame and in a custom element: all
// that it knows is the <form> that it is given, with an element of the class `fields` and one of the class `summary` in
// it, and the words (i18n.js).
//
//     const form = new Form(element, { texts, keep: "countersign:slug", titled: true });
//     form.build(petition.fields, { language, wording });
//     const answer = await new Sending({ path, texts, place }).send(form.values()); // of sending.js
import { direction } from "./i18n.js";
import { make } from "./make.js";

const COMMENT_MAX = 500;

// In the order in which they are asked for.
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

// ISO 3166-1 alpha-2, by their first letters; the names are the browser's own.
const codes = ("ADEFGILMOQRSTUWXZ BABDEFGHIJLMNOQRSTVWYZ CACDFGHIKLMNORUVWXYZ DEJKMOZ ECEGHRST FIJKMOR " +
  "GABDEFGHILMNPQRSTUWY HKMNRTU IDELMNOQRST JEMOP KEGHIMNPRWYZ LABCIKRSTUVY MACDEFGHKLMNOPQRSTUVWXYZ " +
  "NACEFGILOPRUZ OM PAEFGHKLMNRSTWY QA REOSUW SABCDEGHIJKLMNORSTVXYZ TCDFGHJKLMNORTVWZ UAGMSYZ VACEGINU " +
  "WFS YET ZAMW")
  .split(" ").flatMap(([first, ...seconds]) => seconds.map((second) => first + second));

function countries(language) {
  // One collator: `localeCompare` would make one for each of two thousand comparisons, a tenth of a second on a phone.
  const names = new Intl.DisplayNames([language], { type: "region" }), { compare } = new Intl.Collator(language);
  return codes.map((code) => ({ code, name: names.of(code) ?? code })).sort((a, b) => compare(a.name, b.name));
}

export class Form {
  #form;
  #texts;
  #keep;
  #title;
  #prefix;
  #level;
  #list = () => {}; // puts the countries into their list: when there is time, or somebody begins

  /** `keep`: the name under which sessionStorage keeps what is typed; without, nothing is kept. `titled`: errors are
   * told in the page's title. `prefix`: of ids, which are one page's. `level`: of the heading above errors.
   * @param {HTMLFormElement} form @param {{texts: any, keep?: string, titled?: boolean, prefix?: string, level?: number}} options */
  constructor(form, { texts, keep = null, titled = false, prefix = "", level = 3 }) {
    this.#form = form;
    this.#texts = texts;
    this.#keep = keep;
    this.#title = titled ? document.title : null;
    this.#prefix = prefix;
    this.#level = level;
    form.noValidate = true;
    if (keep) form.addEventListener("input", () => this.store());
    for (const event of ["focusin", "pointerdown"]) form.addEventListener(event, () => this.#list());
    form.addEventListener("change", ({ target }) => {
      if (/** @type {any} */ (target).name === "email") this.#suggest();
    });
  }

  /** `fields`: as the petition has them. `wording`: what somebody agrees to who ticks the box for news; without it
   * there is no box. `hints`: more words below a field, by its name. `values`: what is filled in where nobody has typed.
   * `shows`: whether there is a box for who wants their name shown.
   * @param {{name: string, required: boolean}[]} fields
   * @param {{language?: string, wording?: {text: string}|null, hints?: Object<string, string>, values?: Object<string, string>,
   *   shows?: boolean}} more */
  build(fields, { language = this.#texts.language, wording = null, hints = {}, values = {}, shows = true } = {}) {
    const place = ({ name }) => (order.includes(name) ? order.indexOf(name) : order.length);
    const made = [...fields].sort((a, b) => place(a) - place(b)).map((field) => this.#field(field, language, hints));
    if (shows) made.push(this.#choice("show_name", this.#texts.say("field.show_name")));
    this.#fields().replaceChildren(...made);
    if (wording) this.offer(wording);
    this.fill(values);
    if (this.#keep) this.#restore();
  }

  /** The box for news, which may come later than the rest. */
  offer(wording) {
    if (!wording?.text || this.#input("subscribe")) return;
    const { language, text } = wording; // the petition's
    this.#fields().append(this.#choice("subscribe", make("bdi", { lang: language, dir: direction(language), textContent: text })));
  }

  /** Only what was filled in: an empty optional field is not sent. */
  values() {
    const values = {};
    for (const input of this.#inputs()) {
      if (input.type === "checkbox") values[input.name] = input.checked;
      else if (input.value.trim() !== "" || input.required) values[input.name] = input.value;
    }
    // The second half of the code is what people write, and what browsers fill in.
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

  /** What can be seen here already; the server has the last word. */
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

  /** Tells each beside its field and all of them above, in the same words; the summary takes the focus. */
  showErrors(errors) {
    const list = make("ul");
    for (const error of errors) {
      const input = this.#input(error.pointer?.slice(1));
      const text = this.sayError(error);
      if (input) this.#mark(input, text);
      list.append(make("li", {}, input ? this.#linkTo(input, text) : text));
    }
    this.#summary(make(`h${this.#level}`, { textContent: this.#texts.say("errors.title", { n: errors.length }) }), list);
  }

  /** The server's verdicts in its own words, which are English; in other languages by their code. */
  sayError({ pointer = "", code, detail }) {
    const name = pointer.slice(1), key = `error.${code}`, label = `field.${name}`;
    const ours = this.#texts.has(key) ? this.#texts.say(key) : null, readsTheirs = /^en\b/i.test(this.#texts.language);
    return this.#texts.plain("error.line", {
      field: this.#texts.has(label) ? this.#texts.say(label) : name,
      fault: (readsTheirs ? detail ?? ours : ours ?? detail) ?? this.#texts.say("error.wrong_type"),
    });
  }

  /** Something that is no single field's fault. */
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

  /** After the page's own title has changed. */
  retitle() {
    if (this.#title !== null) this.#title = document.title;
  }

  focus(name) {
    this.#input(name)?.focus();
  }

  /** Nothing of what was typed is kept any more. */
  forget() {
    try {
      sessionStorage.removeItem(this.#keep);
    } catch {
      // Without storage there is nothing to forget.
    }
  }

  reset() {
    this.forget();
    this.clearErrors();
    this.#form.reset();
    this.#by("suggest-email")?.replaceChildren();
  }

  #by(id) {
    return /** @type {any} */ (this.#form.querySelector(`#${CSS.escape(this.#prefix + id)}`));
  }

  #fields() {
    return this.#form.querySelector(".fields, #fields");
  }

  /** @returns {any[]} */
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
      // Safari has no idle time.
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
    const box = make("input", { type: "checkbox", id: this.#id(`field-${name}`), name });
    box.setAttribute("aria-describedby", this.#id(`wrong-${name}`));
    return make("div", { className: "field choice" }, this.#wrong(name), box, make("label", { htmlFor: box.id }, words));
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
    const summary = /** @type {HTMLElement} */ (this.#form.querySelector(".summary"));
    summary.replaceChildren(...nodes);
    if (this.#title !== null) document.title = this.#texts.plain("title.error", { title: this.#title });
    summary.focus();
  }

  // Without a network there is no advice.
  #suggest() {
    const input = this.#input("email"), line = this.#by("suggest-email");
    line?.replaceChildren();
    if (line) import("./mailhosts.js").then(({ offer }) => offer(input, { line, texts: this.#texts, taken: () => this.store() }), () => {});
  }

  // For this tab only: what somebody types may be nobody else's business on this computer. What somebody agrees to is
  // said anew each time. What was emptied stays so.
  store() {
    if (!this.#keep) return;
    const typed = Object.fromEntries(this.#inputs().filter(({ type }) => type !== "checkbox").map(({ name, value }) => [name, value]));
    try {
      sessionStorage.setItem(this.#keep, JSON.stringify(typed));
    } catch {
      // Without storage the form still works.
    }
  }

  #restore() {
    try {
      this.fill(JSON.parse(sessionStorage.getItem(this.#keep)) ?? {});
    } catch {
      // Nothing was kept that can be read.
    }
  }
}
