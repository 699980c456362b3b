// The signer's own page: /me#TOKEN. Looking changes nothing; each button says what it does.
import { post, retryAfter } from "./api.js";
import { openRow, takeLink } from "./own.js";

const find = (id) => document.getElementById(id);
const link = takeLink();

const STANDING = {
  pending: "You have signed, but not confirmed yet: your signature does not count so far.",
  confirmed: "You have signed, and your signature counts.",
  withdrawn: "You have withdrawn your signature. It does not count.",
};
const LABELS = {
  email: "E-mail address", given_name: "Given name", family_name: "Family name", country: "Country",
  region: "Region", locality: "Town", postal_code: "Postal code", comment: "Comment",
  source: "Came by", referrer: "Invited by", locale: "Language", show_name: "Name shown in public",
  subscribe: "News by e-mail", signed_at: "Signed", confirmed_at: "Confirmed",
  text_version: "Version of the text",
};

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

async function show() {
  const answer = await post("/me", { token: link.token });
  if (!answer.ok) return failed(answer);
  const { sealed: _sealed, bound: _bound, ...facts } = answer.body;
  const opened = openRow(answer.body, link.key);
  const data = { ...facts, ...opened };
  find("state").textContent = "";
  find("standing").textContent = STANDING[facts.state];
  find("closed").hidden = opened !== null;
  find("withdraw").disabled = facts.state === "withdrawn";
  list(data);
  offerDownload(data);
  find("held").hidden = false;
  return answer;
}

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
  find("download").removeAttribute("href");
  find("state").textContent = "Everything is erased.";
  return answer;
});

if (link.token) show();
else find("state").textContent = "The link is not complete. Please open it from your letter once more.";
