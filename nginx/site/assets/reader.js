// Who comes by the button of a letter to the list. What stood behind the # was made for one reader and shows their initials
// alone: who else has got the letter learns no more, and is asked whether it is them (include/core/pass.h). Nothing is
// sent before the click.
import { make } from "./make.js";
import { Sending } from "./sending.js";

function initials(pass) {
  try {
    const bytes = Uint8Array.from(atob(pass.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    return [...new TextDecoder().decode(bytes.slice(2, 2 + bytes[1]))].map((letter) => `${letter}.`).join(" ");
  } catch {
    return "";
  }
}

function button(textContent, className) {
  return make("button", { type: "button", className, textContent });
}

/** `judged(answer)`: what became of the click; `other()`: it is somebody else.
 * @param {HTMLElement} before
 * @param {{texts: any, path: string, pass: string, value: Function, judged: Function, other: Function}} options */
export function offer(before, { texts, path, pass, value, judged, other }) {
  const name = initials(pass);
  const yes = button(texts.say("reader.yes"), "");
  const no = button(texts.say("reader.no"), "quiet");
  const waiting = make("div", { className: "waiting" });
  const box = make("div", { id: "reader", tabIndex: -1 },
    make("p", { className: "strong", textContent: name ? texts.say("reader.you", { initials: name }) : texts.say("reader.unnamed") }),
    make("p", { className: "hint", textContent: texts.say("reader.why") }),
    make("p", {}, yes), waiting, make("p", {}, no));
  const sending = new Sending({ path: `${path}/letter-signatures`, texts, place: waiting });
  yes.addEventListener("click", async () => {
    if (box.inert) return;
    box.inert = true;
    const answer = await sending.send({ ...value(), token: pass });
    box.inert = false;
    if (answer) judged(answer, box);
  });
  no.addEventListener("click", () => {
    box.remove();
    other();
  });
  before.before(box);
  return box;
}
