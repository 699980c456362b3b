// What the link of a letter carries, and what it opens: /me#TOKEN and then the key of the own row.
// The token goes to the server, the key never does.
import { hchacha, open } from "./xchacha.js";

const TOKEN = 46, KEY = 32, NONCE = 24;

// As in src/core/envelope.c.
const FIELDS = {
  1: "email", 2: "given_name", 3: "family_name", 4: "country", 5: "region", 6: "locality",
  7: "postal_code", 8: "comment", 9: "source", 10: "referrer", 11: "locale",
};
const FLAGS = { 12: "show_name", 13: "subscribe" };

function decode(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

// Takes the link's secret out of the address bar and the history. Another link to the same page is the
// same document to a browser: it is loaded anew. `stays`, for pages that show nothing of the person: the tab keeps the token
// beside the address, for who reloads the page or comes back to it, and for a phone that has dropped the tab.
export function takeLink({ stays = false } = {}) {
  const secret = location.hash.slice(1) || (history.state?.token ?? "");
  window.addEventListener("hashchange", () => location.reload());
  history.replaceState(stays ? { token: secret.slice(0, TOKEN) } : null, "", location.pathname + location.search);
  return { token: secret.slice(0, TOKEN), key: secret.slice(TOKEN) };
}

function fields(plain) {
  const out = {};
  const end = plain.lastIndexOf(0x80);
  for (let at = 0; at + 3 <= end;) {
    const length = plain[at + 1] * 256 + plain[at + 2];
    const value = plain.slice(at + 3, at + 3 + length);
    if (plain[at] in FIELDS) out[FIELDS[plain[at]]] = new TextDecoder().decode(value);
    if (plain[at] in FLAGS) out[FLAGS[plain[at]]] = value[0] === 1;
    at += 3 + length;
  }
  return out;
}

// {email, given_name, ...} out of the answer of /me, or null where the link's key does not open it.
export function openRow(answer, key) {
  try {
    const own = decode(key), sealed = decode(answer.sealed);
    if (own.length !== KEY || (sealed[0] !== 2 && sealed[0] !== 3)) return null;
    const nonce = sealed.slice(1, 1 + NONCE);
    const mask = hchacha(own, nonce.slice(0, 16)); // as in src/core/seal_row.h
    const rowKey = sealed.slice(1 + NONCE, 1 + NONCE + KEY).map((byte, i) => byte ^ mask[i]);
    const plain = open(rowKey, nonce, sealed.slice(1 + NONCE + KEY), decode(answer.bound));
    return plain && fields(plain);
  } catch {
    return null;
  }
}
