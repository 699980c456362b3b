// The own page without a link: asks for one by address. /me?petition=SLUG
import { askPetitions, post, retryAfter, sayFailure } from "./api.js";
import { Form } from "./form.js";

const find = (id) => /** @type {any} */ (document.getElementById(id));
let form = null, texts = null;

function option(slug, title) {
  return Object.assign(document.createElement("option"), { value: slug, textContent: title });
}

async function known(state) {
  for (;;) {
    const answer = await askPetitions(state);
    if (answer.ok) return answer.body.petitions;
    find("state").textContent = sayFailure(texts, answer);
    await new Promise((resolve) => { setTimeout(resolve, retryAfter(answer) * 1000); });
  }
}

// `wanted`: a slug, chosen whether or not it is in the lists (one that was withdrawn is not).
async function fillPetitions(wanted) {
  const all = (await Promise.all(["open", "closed"].map(known))).flat();
  if (wanted && !all.some((petition) => petition.slug === wanted)) all.unshift({ slug: wanted, title: wanted });
  const select = find("field-petition");
  select.replaceChildren(...all.map((petition) => option(petition.slug, petition.title)));
  if (wanted) select.value = wanted;
}

function refused(answer) {
  if (answer.status === 422) form.showErrors(answer.body?.errors ?? []);
  else if (answer.status === 404) form.showErrors([{ pointer: "/petition", code: "not_found" }]);
  else form.tell(sayFailure(texts, answer));
}

async function send(event) {
  event.preventDefault();
  form.clearErrors();
  const errors = form.check();
  if (errors.length) return form.showErrors(errors);
  find("ask-send").disabled = true;
  const { petition = "", email } = form.values();
  const answer = await post(`/petitions/${encodeURIComponent(petition)}/page-requests`, { email });
  find("ask-send").disabled = false;
  if (answer.status !== 202) return refused(answer);
  find("ask-form").hidden = true;
  find("asked").hidden = false;
  find("asked").focus();
  return answer;
}

export async function offerLink(wanted, words) {
  texts = words;
  form = new Form(find("ask-form"), { texts, titled: true });
  find("ask-form").addEventListener("submit", send);
  await fillPetitions(wanted);
  find("state").textContent = "";
  find("ask").hidden = false;
}
