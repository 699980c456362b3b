// A new version of the letter: put in the place of the old one, and what is different in it.
import { make } from "./make.js";

const at = (id) => /** @type {any} */ (document.getElementById(id));

function items(texts) {
  return (texts ?? []).map((textContent) => make("li", { textContent }));
}

// The only mark-up that is made here: *emphasis*. All else is text.
function paragraph(text) {
  const emphasized = /^\*([^*\n]+)\*$/;
  return make("p", {}, ...text.split(/(\*[^*\n]+\*)/).map((part) => {
    const found = emphasized.exec(part);
    return found ? make("em", { textContent: found[1] }) : part;
  }));
}

const blocks = (petition) => petition.letter.split(/\n{2,}/).map((text) => text.trim()).filter(Boolean);

function showLetter(petition) {
  at("title").textContent = petition.title;
  if (at("addressee")) at("addressee").textContent = petition.addressee;
  at("letter").replaceChildren(...[petition.salutation, ...blocks(petition)].filter(Boolean).map(paragraph));
  at("asks")?.replaceChildren(...items(petition.asks));
}

/** @returns {Promise<Document|null>} the page as it is now */
function freshPage() {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("GET", location.pathname + location.search);
    request.setRequestHeader("Cache-Control", "no-cache");
    request.responseType = "document";
    request.onload = () => resolve(request.status === 200 ? request.responseXML : null);
    request.onerror = () => resolve(null);
    request.send();
  });
}

// The server's own copy of the page may be a second or two old.
async function freshLetter(version) {
  for (let tries = 0; tries < 5; tries += 1) {
    const page = await freshPage();
    if (page?.getElementById("main")?.dataset.textVersion === version) return page;
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
  return null;
}

/** The letter of the newest version in place of the one that is shown: as the server lays it out, or else as text. */
export async function renew(petition) {
  const version = String(petition.text_version);
  const page = await freshLetter(version);
  document.title = petition.title;
  if (!page) {
    showLetter(petition);
    return;
  }
  for (const id of ["title", "addressee", "letter", "asks", "tags", "tag-line"]) {
    const fresh = page.getElementById(id);
    if (fresh && at(id)) at(id).replaceChildren(...document.importNode(fresh, true).childNodes);
  }
  at("main").dataset.textVersion = version;
}

const lines = (petition) => [petition.title, petition.addressee, petition.salutation, ...blocks(petition), ...petition.asks].filter(Boolean);

// Lines of one list that are not in the longest common part of both, in their order: {old, text}.
function differences(a, b) {
  const common = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const found = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) i += 1, j += 1;
    else if (j === b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) found.push({ old: true, text: a[i++] });
    else found.push({ old: false, text: b[j++] });
  }
  return found;
}

/** What is gone and what is new, a line each. */
export function changes(old, petition, texts) {
  return differences(lines(old), lines(petition)).map(({ old: gone, text }) => make("p", {},
    make("span", { className: "label", textContent: texts.say(gone ? "changed.old" : "changed.new") }), " ",
    make(gone ? "del" : "ins", { textContent: text })));
}

/** A panel that says what is gone and what is new; it takes the focus. */
export function showChanges(old, petition, { texts, before }) {
  at("changed")?.remove();
  const title = make("h3", { id: "changed-title", textContent: texts.say("changed.title") });
  const panel = make("section", { id: "changed", className: "changed", tabIndex: -1 }, title, make("p", { textContent: texts.say("changed.text") }));
  panel.setAttribute("aria-labelledby", "changed-title");
  panel.append(...changes(old, petition, texts), make("p", {}, make("a", { href: "#title", textContent: texts.say("changed.read") })));
  before.before(panel);
  panel.focus();
}
