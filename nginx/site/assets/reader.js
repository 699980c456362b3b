// Who comes by the button of a letter to the list. What stood behind the # was made for one reader and shows their initials
// alone: who else has got the letter learns no more, and is asked whether it is them (include/core/pass.h). Nothing is
// sent before the click. What the petition wants and the letter does not know, a name too, is asked for here, since the
// mailbox is proven all the same.
import { make } from "./make.js";
import { Sending } from "./sending.js";

const NAMES = ["given_name", "family_name"];

function initials(pass) {
  try {
    const bytes = Uint8Array.from(atob(pass.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    return [...new TextDecoder().decode(bytes.slice(2, 2 + bytes[1]))].map((letter) => `${letter}.`).join(" ");
  } catch {
    return "";
  }
}

/** Those of the fields that are missing or wrong; null: it is something else. */
function missing({ status, body }, fields) {
  const errors = status === 422 ? body?.errors ?? [] : [];
  const names = fields.filter((name) => errors.some(({ pointer }) => pointer === `/${name}`));
  return names.length > 0 && names.length === errors.length ? names : null;
}

/** `Form`: of form.js, which the page has. `fields`: what has to be asked for. `judged(answer)`: what became of the click;
 * `other()`: it is somebody else.
 * @param {HTMLElement} before
 * @param {{texts: any, Form: any, path: string, pass: string, fields: {name: string, required: boolean}[], value: Function,
 *   judged: Function, other: Function}} options */
export function offer(before, { texts, Form, path, pass, fields, value, judged, other }) {
  const name = initials(pass);
  const no = make("button", { type: "button", className: "quiet", textContent: texts.say("reader.no") });
  const waiting = make("div", { className: "waiting" });
  const element = make("form", {}, make("div", { className: "summary", role: "alert", tabIndex: -1 }),
    make("div", { className: "fields" }), make("p", {}, make("button", { textContent: texts.say("reader.yes") })));
  const box = make("div", { id: "reader", tabIndex: -1 },
    make("p", { className: "strong", textContent: name ? texts.say("reader.you", { initials: name }) : texts.say("reader.unnamed") }),
    make("p", { className: "hint", textContent: texts.say("reader.why") }),
    element, waiting, make("p", {}, no));
  const form = new Form(element, { texts, prefix: "reader-" });
  const sending = new Sending({ path: `${path}/letter-signatures`, texts, place: waiting });
  const asked = [...fields];
  if (asked.length > 0) form.build(asked, { shows: false });
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (box.inert) return;
    form.clearErrors();
    const typed = form.values();
    box.inert = true;
    const answer = await sending.send({ ...value(), ...typed, token: pass });
    box.inert = false;
    const names = answer && missing(answer, [...new Set([...NAMES, ...Object.keys(typed)])]);
    const unknown = names?.filter((field) => !(field in typed)) ?? [];
    if (unknown.length > 0) {
      asked.push(...unknown.map((field) => ({ name: field, required: true })));
      form.build(asked, { shows: false, values: typed });
      form.focus(unknown[0]);
    } else if (names) {
      form.showErrors(answer.body.errors);
    } else if (answer) {
      judged(answer, box);
    }
  });
  no.addEventListener("click", () => {
    box.remove();
    other();
  });
  before.before(box);
  return box;
}
