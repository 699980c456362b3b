// The signer's own page: /me#TOKEN. Looking changes nothing; each button says what it does.
import { ask, post, retryAfter, sayFailure } from "./api.js";
import { Form } from "./form.js";
import { speak } from "./i18n.js";
import { offerLink } from "./me-ask.js";
import { openRow, takeLink } from "./own.js";
import { showSubscription } from "./subscription.js";

const find = (id) => /** @type {any} */ (document.getElementById(id));
const wanted = new URLSearchParams(location.search).get("petition");
const link = takeLink();
const texts = await speak("me.title");
const form = new Form(find("form"), { texts, titled: true });
let later = 0; // the timer of the next try
let facts = null; // what the server says in the clear
let opened = null; // what only this browser can read; null: it cannot

const LABELS = ["email", "given_name", "family_name", "country", "region", "locality", "postal_code", "comment"];
const OWN_LABELS = ["source", "referrer", "locale", "show_name", "subscribe", "signed_at", "confirmed_at", "text_version"];
// What somebody gives without a field of the form; goes back as it was.
const KEPT = ["email", "source", "referrer", "locale", "subscribe"];

function words(name, value) {
  if (typeof value === "boolean") return texts.say(value ? "me.yes" : "me.no");
  if (name === "country") return new Intl.DisplayNames([texts.language], { type: "region" }).of(value) ?? value;
  return name.endsWith("_at") ? texts.date(value) : String(value);
}

const isBad = ({ status }) => status === 404 || status === 422;

function failed(answer) {
  find("state").textContent = isBad(answer) ? texts.say("link.bad") : sayFailure(texts, answer);
  find("state").scrollIntoView({ block: "nearest" }); // the buttons are far below
}

function list(data) {
  const label = (name) => (LABELS.includes(name) ? `field.${name}` : OWN_LABELS.includes(name) ? `given.${name}` : null);
  find("data").replaceChildren(...Object.entries(data).filter(([name, value]) => label(name) && value !== null)
    .flatMap(([name, value]) => {
      const term = document.createElement("dt"), text = document.createElement("dd");
      term.textContent = texts.say(label(name));
      text.textContent = words(name, value);
      text.dir = "auto";
      return [term, text];
    }));
}

function offerDownload(data) {
  const text = JSON.stringify(data, null, 2);
  find("download").href = `data:application/json;charset=utf-8,${encodeURIComponent(text)}`;
}

// The same fields as where it was signed, but for the address.
async function offerCorrection() {
  const petition = opened && facts.state !== "invalidated" && await ask(`/petitions/${facts.petition}`);
  find("correct").hidden = !petition?.ok;
  if (!petition?.ok) return;
  const fields = petition.body.fields.filter(({ name }) => name !== "email");
  form.build(fields);
  form.fill(opened);
  const asked = [...fields.map(({ name }) => name), ...KEPT, "show_name"];
  find("dropped").hidden = Object.keys(opened).every((name) => asked.includes(name));
}

async function show() {
  clearTimeout(later);
  const answer = await post("/me", { token: link.token });
  if (!answer.ok) {
    failed(answer);
    // The link is not in the address any more, so who reloads the page has lost it.
    if (!isBad(answer)) later = setTimeout(show, retryAfter(answer) * 1000);
    return answer;
  }
  const { sealed: _sealed, bound: _bound, ...clear } = answer.body;
  facts = clear;
  opened = openRow(answer.body, link.key);
  const data = { ...facts, ...opened };
  find("state").textContent = "";
  find("standing").textContent = texts.say(`standing.${facts.state}`);
  find("number").textContent = texts.say(`erasure.${facts.erasure}`);
  find("closed").hidden = opened !== null;
  find("again").href = `/me?petition=${facts.petition}`;
  find("withdraw").disabled = ["withdrawn", "invalidated"].includes(facts.state);
  list(data);
  offerDownload(data);
  await offerCorrection();
  if (facts.state !== "invalidated") await showSubscription(link.token, facts, opened, texts);
  find("held").hidden = false;
  return answer;
}

function correction() {
  const kept = Object.fromEntries(KEPT.filter((name) => name in opened).map((name) => [name, opened[name]]));
  return { ...form.values(), ...kept, token: link.token, text_version: facts.text_version };
}

function refused(answer) {
  if (answer.status === 422) form.showErrors(answer.body?.errors ?? []);
  else form.tell(answer.status === 404 ? texts.say("me.unsaved") : sayFailure(texts, answer));
}

async function correct(event) {
  event.preventDefault();
  if (find("save").disabled) return;
  form.clearErrors();
  find("saved").hidden = true;
  find("save").disabled = true;
  const answer = await post(`/petitions/${facts.petition}/corrections`, correction());
  if (answer.ok) {
    await show();
    find("saved").hidden = false;
    find("saved").focus();
  } else {
    refused(answer);
  }
  find("save").disabled = false;
}

find("form").addEventListener("submit", correct);

find("withdraw").addEventListener("click", async () => {
  const answer = await post("/withdrawals", { token: link.token });
  await (answer.ok ? show() : failed(answer));
});

find("sure").addEventListener("change", () => { find("erase").disabled = !find("sure").checked; });

find("erase").addEventListener("click", async () => {
  const answer = await post("/erasures", { token: link.token });
  if (!answer.ok) return failed(answer);
  clearTimeout(later);
  find("held").hidden = true;
  find("data").replaceChildren();
  find("fields").replaceChildren();
  find("download").removeAttribute("href");
  opened = null;
  find("state").textContent = texts.say("me.erased");
  find("state").tabIndex = -1;
  find("state").focus();
  return answer;
});

if (link.token) show();
else offerLink(wanted, texts);
