// Handing a petition on. Nothing is asked of anybody until somebody follows a link. Each browser has a name of its own
// for each petition, made of chance, so that who shares learns how many came by them, and nobody learns who they are.
import { ask } from "./api.js";
import { make } from "./make.js";

const SOON_S = 11, SELDOM_S = 300; // between two looks at how many came

// `t` is the title, `u` the address, both as a part of an address.
const ways = {
  WhatsApp: (t, u) => `https://wa.me/?text=${t}%20${u}`,
  Telegram: (t, u) => `https://t.me/share/url?url=${u}&text=${t}`,
  Facebook: (_, u) => `https://www.facebook.com/sharer/sharer.php?u=${u}`,
  X: (t, u) => `https://x.com/intent/post?text=${t}&url=${u}`,
  "": (t, u) => `mailto:?subject=${t}&body=${t}%0D%0A${u}`,
};

// Without storage a new name each time: nobody is counted twice or wrongly.
function ownName(slug) {
  const key = `countersign:sharer:${slug}`;
  try {
    const kept = localStorage.getItem(key);
    if (/^[a-z0-9]{16}$/.test(kept ?? "")) return kept;
  } catch {
    // Not allowed here.
  }
  const made = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => "abcdefghjkmnpqrstuvwxyz23456789"[byte % 31]).join("");
  try {
    localStorage.setItem(key, made);
  } catch {
    // Not allowed here.
  }
  return made;
}

function address({ slug, language, name, base }, source) {
  const url = new URL(`/p/${slug}`, base || location.origin);
  if (language) url.searchParams.set("lang", language);
  url.searchParams.set("source", source);
  url.searchParams.set("referrer", name);
  return url.href;
}

function deviceButton(petition, texts) {
  const button = make("button", { type: "button", textContent: texts.say("share.device") });
  button.addEventListener("click", () => {
    navigator.share({ title: petition.title, url: address(petition, "share") }).catch(() => {}); // somebody thought better of it
  });
  return button;
}

// Copies, or, where a page may not, shows what to copy.
function copyButton(petition, texts) {
  const link = address(petition, "link");
  const button = make("button", { type: "button", className: "quiet", textContent: texts.say("share.copy") });
  const said = make("span", { role: "status" });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link);
      said.textContent = texts.say("share.copied");
    } catch {
      const shown = make("input", { type: "text", readOnly: true, value: link, ariaLabel: texts.say("share.address") });
      said.replaceChildren(shown);
      shown.select();
    }
  });
  return make("span", { className: "copy" }, button, " ", said);
}

function links(petition, texts) {
  return Object.entries(ways).map(([name, to]) => {
    const source = name === "" ? "email" : name.toLowerCase();
    const href = to(encodeURIComponent(petition.title), encodeURIComponent(address(petition, source)));
    return make("a", { href, target: "_blank", rel: "noopener noreferrer", textContent: name || texts.say("share.email") });
  });
}

async function brought({ slug, name, base }, texts, place) {
  const answer = await ask(`/petitions/${slug}/referrals/${name}`, { base });
  const said = answer.ok && answer.body.count > 0 ? texts.say("share.thanks", { n: answer.body.count }) : "";
  if (said && said !== place.textContent) place.textContent = said;
}

// How many came: asked for ever less often, and when somebody comes back from where they handed it on.
function tellBrought(petition, texts, place) {
  let pause_s = SOON_S, timer = 0;
  const look = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    await brought(petition, texts, place);
    clearTimeout(timer);
    timer = setTimeout(next, pause_s * 1000);
    pause_s = Math.min(pause_s * 2, SELDOM_S);
  };
  const next = () => {
    if (place.isConnected) look();
    else document.removeEventListener("visibilitychange", back);
  };
  const back = () => {
    pause_s = SOON_S;
    next();
  };
  document.addEventListener("visibilitychange", back);
  look();
}

/** For who has been offered to share in this tab, and comes back to the petition.
 * @param {HTMLElement} place @param {{texts: any, slug: string}} options */
export function showBrought(place, { texts, slug }) {
  tellBrought({ slug, name: ownName(slug), base: "" }, texts, place);
}

// In this tab alone: nobody else at this computer learns that somebody signed.
function remember({ slug, base }) {
  try {
    if (!base) sessionStorage.setItem(`countersign:shares:${slug}`, "yes");
  } catch {
    // Not allowed here.
  }
}

// A frame may have it and not be let.
function deviceShares(petition) {
  const url = address(petition, "share");
  return navigator.canShare ? navigator.canShare({ url }) : "share" in navigator;
}

/** `level`: of the heading; `base`: our origin, on pages of others.
 * @param {HTMLElement} place
 * @param {{texts: any, slug: string, title: string, language?: string, level?: string, base?: string}} options */
export function sharePanel(place, { texts, slug, title, language, level = "h3", base = "" }) {
  const petition = { slug, title, language, base, name: ownName(slug) };
  const thanks = make("p", { className: "strong", role: "status" });
  const ends = [...links(petition, texts), copyButton(petition, texts)];
  if (deviceShares(petition)) ends.unshift(deviceButton(petition, texts));
  place.replaceChildren(make(level, { textContent: texts.say("share.title") }), make("p", { textContent: texts.say("share.text") }),
    make("ul", { id: "share", className: "share" }, ...ends.map((end) => make("li", {}, end))), thanks);
  remember(petition);
  tellBrought(petition, texts, thanks);
}
