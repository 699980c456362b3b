// The signer's own page: /me#TOKEN. Looking changes nothing; each button says what it does.
import { ask, post, retryAfter } from "./api.js";
import { Form } from "./form.js";
import { offerLink } from "./me-ask.js";
import { openRow, takeLink } from "./own.js";
import { showSubscription } from "./subscription.js";
import { say } from "./words.js";

const find = (id) => document.getElementById(id);
const wanted = new URLSearchParams(location.search).get("petition");
const link = takeLink();
const form = new Form(find("form"));
let facts = null; // what the server says in the clear
let opened = null; // what only this browser can read; null: it cannot

const STANDING = {
  pending: "You have signed, but not confirmed yet: your signature does not count so far.",
  confirmed: "You have signed, and your signature counts.",
  withdrawn: "You have withdrawn your signature. It does not count.",
  invalidated: "Your signature was taken out of the count.",
};
const ERASURE = {
  keep_number: "If your signature counts, the number stays as it is: it says how many people have signed, and says nothing about you.",
  lower_number: "If your signature counts, the number goes down by one: this petition counts only signatures that it can still show to be there.",
};
const LABELS = {
  email: "E-mail address", given_name: "Given name", family_name: "Family name", country: "Country",
  region: "Region", locality: "Town", postal_code: "Postal code", comment: "Comment",
  source: "Came by", referrer: "Invited by", locale: "Language", show_name: "Name shown in public",
  subscribe: "Asked for news", signed_at: "Signed", confirmed_at: "Confirmed",
  text_version: "Version of the text",
};
// What somebody gives without a field of the form; goes back as it was.
const KEPT = ["email", "source", "referrer", "locale", "subscribe"];

function words(value) {
  if (value === true) return "yes";
  if (value === false) return "no";
  return String(value);
}

function failed(answer) {
  find("state").textContent = answer.status === 404 || answer.status === 422
    ? "This link is not valid, or not any more."
    : `This is not possible right now. Please try again in ${retryAfter(answer)} seconds.`;
}

function list(data) {
  find("data").replaceChildren(...Object.entries(data).filter(([name, value]) => LABELS[name] && value !== null)
    .flatMap(([name, value]) => {
      const term = document.createElement("dt"), text = document.createElement("dd");
      term.textContent = LABELS[name];
      text.textContent = words(value);
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
  form.build(fields, "en");
  form.fill(opened);
  const asked = [...fields.map(({ name }) => name), ...KEPT, "show_name"];
  find("dropped").hidden = Object.keys(opened).every((name) => asked.includes(name));
}

async function show() {
  const answer = await post("/me", { token: link.token });
  if (!answer.ok) {
    failed(answer);
    return answer;
  }
  const { sealed: _sealed, bound: _bound, ...clear } = answer.body;
  facts = clear;
  opened = openRow(answer.body, link.key);
  const data = { ...facts, ...opened };
  find("state").textContent = "";
  find("standing").textContent = STANDING[facts.state];
  find("number").textContent = ERASURE[facts.erasure];
  find("closed").hidden = opened !== null;
  find("again").href = `/me?petition=${facts.petition}`;
  find("withdraw").disabled = ["withdrawn", "invalidated"].includes(facts.state);
  list(data);
  offerDownload(data);
  await offerCorrection();
  if (facts.state !== "invalidated") await showSubscription(link.token, facts, opened);
  find("held").hidden = false;
  return answer;
}

function correction() {
  const kept = Object.fromEntries(KEPT.filter((name) => name in opened).map((name) => [name, opened[name]]));
  return { ...form.values(), ...kept, token: link.token, text_version: facts.text_version };
}

function refused(answer) {
  const wait = retryAfter(answer);
  if (answer.status === 422) {
    form.summary(say("wrong"));
    form.showErrors(answer.body?.errors ?? []);
  } else if (answer.status === 404) {
    form.summary("This link is not valid any more. Nothing was saved.");
  } else if (answer.status === 0) {
    form.summary(say("no_network"));
  } else {
    form.summary(say("unavailable", wait));
  }
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
  find("held").hidden = true;
  find("data").replaceChildren();
  find("fields").replaceChildren();
  find("download").removeAttribute("href");
  opened = null;
  find("state").textContent = "Everything is erased.";
  return answer;
});

if (link.token) show();
else offerLink(wanted);
