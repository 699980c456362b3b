// Links in letters end here: /c#TOKEN and then the key of the own row, for the link to the own page.
import { ask, post } from "./api.js";
import { onClick } from "./click.js";
import { takeLink } from "./own.js";
import { shareLinks } from "./share.js";

const { token, key } = takeLink();
const find = (id) => document.getElementById(id);

async function after(answer) {
  const slug = answer.body.petition;
  const page = `${location.origin}/p/${slug}`;
  find("petition").href = page;
  find("own").href = `/me#${token}${key}`;
  find("after").hidden = false;
  const petition = await ask(`/petitions/${slug}`);
  find("share").replaceChildren(...shareLinks(`${page}?source=share`, petition.body?.title ?? ""));
}

onClick("confirm", token !== "", () => post("/confirmations", { token }),
  "Thank you. Your signature is confirmed.", after);
