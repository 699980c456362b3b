// Words of the pages for organisers: /lang/desk/CODE.json, beside those that everybody needs.
import { load, Texts, wanted } from "./i18n.js";

async function file(code) {
  try {
    const answer = await fetch(`/lang/desk/${code}.json`, { credentials: "omit" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// Puts these pages' own words where `data-desk` names them. `texts`: as everywhere; `word(key, values)`: of their own.
export async function begin(title) {
  const texts = await load(wanted());
  const code = texts.language.toLowerCase().split("-")[0];
  const own = await file(code);
  const desk = new Texts(own ? texts.language : "en", own ?? await file("en") ?? {});
  document.documentElement.lang = texts.language;
  document.documentElement.dir = texts.dir;
  const word = (key, values) => desk.say(key, values);
  document.title = word(title);
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-desk]"))) element.textContent = word(element.dataset.desk);
  return { texts, word };
}
