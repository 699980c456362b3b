// What comes after signing: the mailbox, and the friends.
import { post, sayFailure } from "./api.js";
import { make } from "./make.js";
import { sharePanel } from "./share.js";

function button(text, onclick, className = "quiet") {
  const made = make("button", { type: "button", className, textContent: text });
  made.addEventListener("click", onclick);
  return made;
}

// The answer is the same for everybody, so the words are too.
function resend({ texts, slug, email }) {
  const said = make("p", { role: "status" });
  const made = button(texts.say("thanks.resend"), async () => {
    made.disabled = true;
    const answer = await post(`/petitions/${slug}/confirmation-requests`, { email });
    said.textContent = answer.status === 202 ? texts.say("thanks.resent") : sayFailure(texts, answer);
    made.disabled = answer.status === 202;
  });
  return [make("p", { textContent: texts.say("thanks.nothing") }), make("p", {}, made), said];
}

function mailbox(options) {
  const { texts, email, again } = options;
  // Where the line is too short, it ends before the sign.
  const address = make("bdi", { className: "strong address" }, ...email.split(/(?=@)/).flatMap((part) => [make("wbr"), part]));
  return [
    make("p", {}, ...texts.parts("thanks.sent", { address })),
    make("p", {}, button(texts.say("thanks.wrong"), () => again("email", false))),
    ...resend(options),
  ];
}

/** `again(field, empty)`: back to the form.
 * @param {HTMLElement} place
 * @param {{texts: any, slug: string, petition: any, email: string, confirms: boolean, again: Function}} options */
export function thank(place, options) {
  const { texts, slug, petition, confirms, again } = options;
  const title = make("h2", { textContent: texts.say(confirms ? "thanks.confirm" : "thanks.counted") });
  const share = make("div", { className: "sharing" });
  place.replaceChildren(title, ...(confirms ? mailbox(options) : []), share,
    make("p", {}, button(texts.say("thanks.add"), () => again("given_name", true))));
  place.hidden = false;
  place.focus();
  sharePanel(share, { texts, slug, title: petition.title, language: petition.language });
}
