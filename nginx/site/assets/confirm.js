// Links in letters end here: /c#TOKEN. (Older letters have the key of the own row behind it.)
import { ask, post } from "./api.js";
import { onClick } from "./click.js";
import { speak } from "./i18n.js";
import { takeLink } from "./own.js";

const { token, key } = takeLink({ stays: true });
const find = (id) => /** @type {any} */ (document.getElementById(id));
const texts = await speak("confirm.title");

async function after(answer) {
  const slug = answer.body.petition;
  find("petition").href = `/p/${slug}`;
  find("own").href = `/me#${token}${key}`;
  find("after").hidden = false;
  const [{ sharePanel }, petition] = await Promise.all([import("./share.js"), ask(`/petitions/${slug}`)]);
  sharePanel(find("sharing"), { texts, slug, title: petition.body?.title ?? "", level: "h2" });
}

onClick("confirm", { texts, ready: token !== "", send: () => post("/confirmations", { token }), done: "confirm.done", after });
