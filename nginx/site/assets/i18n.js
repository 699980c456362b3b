// What pages say, in the reader's language: /lang/CODE.json, one file a language. A text is a string, or, where
// it depends on a number, an object of the plural forms of Intl.PluralRules. `{name}` stands for a value.

const FALLBACK = "en";
const RIGHT_TO_LEFT = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"]; // as in src/core/language.c
const LONGEST_S = 30; // between two tries to read a file
const files = new Map(); // address: promise of the file; null: there is none; undefined: it did not come

const base = (language) => language.toLowerCase().split("-")[0];

/** Which way a language is read. What is written in it may begin with a name that is read the other way.
 * @param {string} language */
export function direction(language) {
  return RIGHT_TO_LEFT.includes(base(language)) ? "rtl" : "ltr";
}

/** @param {string} code @param {string} folder */
function file(code, folder) {
  const address = new URL(`../${folder}/${code}.json`, import.meta.url).href;
  if (!files.has(address)) {
    files.set(address, fetch(address)
      .then((answer) => (answer.status === 404 ? null : answer.ok ? answer.json() : undefined))
      .catch(() => undefined)
      .then((texts) => {
        if (texts === undefined) files.delete(address); // it may come next time
        return texts;
      }));
  }
  return files.get(address);
}

/** The words of one language. */
export class Texts {
  #texts;
  #plurals;
  #numbers;
  #dates = new Map(); // formats by their style: to make one takes longer than to use it a hundred times

  /** @param {string} language BCP 47; @param {object} texts the file's */
  constructor(language, texts) {
    this.language = language;
    this.dir = direction(language);
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
    if (!this.#dates.has(key)) this.#dates.set(key, new Intl.DateTimeFormat(this.language, /** @type {any} */ (style)));
    return this.#dates.get(key).format(new Date(value));
  }

  /** The text, with numbers as the language writes them. `n` chooses the plural form. */
  say(key, values = {}) {
    return this.#pattern(key, values).replace(/\{(\w+)\}/g, (all, name) => this.#value(values, name, all));
  }

  /** The same without marks around the values, for titles and for values that are words of ours; marks that a text has itself stay. */
  plain(key, values = {}) {
    return this.#pattern(key, values).replace(/\{(\w+)\}/g, (all, name) => (
      typeof values[name] === "number" ? this.number(values[name]) : values[name] ?? all));
  }

  /** The same as a list of strings and nodes, where a value is a node. */
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

  // What somebody typed keeps its own direction and turns nothing beside it round.
  #value(values, name, otherwise) {
    const value = values[name];
    if (value === undefined) return otherwise;
    return typeof value === "number" ? this.number(value) : `\u2068${value}\u2069`;
  }
}

/** What the reader understands, best first: `?lang=`, then the browser's. */
export function wanted() {
  const asked = new URLSearchParams(location.search).get("lang");
  return [...(asked ? [asked] : []), ...navigator.languages];
}

// The words as far as they can be read now; null: one of the files did not come.
async function find(languages, folder) {
  for (const language of [...languages.slice(0, 3), FALLBACK]) {
    if (!/^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(language)) continue;
    const texts = await file(base(language), folder), rest = texts?.$partial ? await file(FALLBACK, folder) : {};
    if (texts === undefined || rest === undefined) return null;
    // A translation that has just begun says so, and English stands in for the rest.
    if (texts) return new Texts(language, { ...rest, ...texts });
  }
  return new Texts(FALLBACK, {});
}

/** The first of these languages that there is a file for; English where there is none. Without words nothing can be said, so it asks
 * until they come. `folder`: `words` has what the widget says, and no more.
 * @param {string[]} languages @param {"lang"|"words"} folder @returns {Promise<Texts>} */
export async function load(languages, folder = "lang") {
  for (let wait_s = 1; ; wait_s = Math.min(2 * wait_s, LONGEST_S)) {
    const texts = await find(languages, folder);
    if (texts) return texts;
    await new Promise((resolve) => { setTimeout(resolve, wait_s * 1000); });
  }
}

/** Puts the words where `data-text` names them, and where `data-label` names those of an aria-label.
 * @param {ParentNode} root @param {Texts} texts */
export function put(root, texts) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-text]"))) {
    element.textContent = texts.say(element.dataset.text);
  }
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-label]"))) {
    element.ariaLabel = texts.say(element.dataset.label);
  }
}

/** A page in the reader's language: words, `lang`, `dir`, title. @returns {Promise<Texts>} */
export async function speak(title) {
  const texts = await load(wanted());
  document.documentElement.lang = texts.language;
  document.documentElement.dir = texts.dir;
  document.title = texts.say(title);
  put(document, texts);
  return texts;
}
