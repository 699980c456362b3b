// Did you mean …? A slip in the domain of an address.
import { make } from "./make.js";

// Where most people have their mailbox, and what is too near to one of those to be a slip of it.
const hosts = ("gmail.com googlemail.com yahoo.com yahoo.es yahoo.fr yahoo.de yahoo.co.uk hotmail.com hotmail.es hotmail.fr hotmail.de " +
  "hotmail.co.uk outlook.com outlook.es outlook.fr outlook.de live.com icloud.com me.com aol.com msn.com gmx.de gmx.net gmx.com web.de " +
  "t-online.de freenet.de posteo.de mailbox.org orange.fr wanadoo.fr free.fr laposte.net sfr.fr walla.com walla.co.il proton.me " +
  "protonmail.com").split(" ");
const neighbours = "mail.com email.com ymail.com mac.com gmx.at gmx.ch live.de live.fr".split(" ");

// Letters that have to be added, left out, changed or swapped to make one of the other.
function distance(a, b) {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}

/** What somebody may have meant who typed this address, or null. */
export function suggest(address) {
  const at = address.lastIndexOf("@");
  const host = address.slice(at + 1).trim().toLowerCase();
  if (at < 1 || host.length < 4 || hosts.includes(host) || neighbours.includes(host)) return null;
  const near = hosts.map((known) => ({ known, far: distance(host, known) })).sort((a, b) => a.far - b.far)[0];
  const sameEnd = host.split(".").slice(1).join() === near.known.split(".").slice(1).join();
  const most = sameEnd && near.known.length > 8 ? 2 : 1;
  return near.far <= most ? `${address.slice(0, at).trim()}@${near.known}` : null;
}

/** Asks in `line` whether that was meant; `taken` is called when it was. */
export function offer(input, { line, texts, taken }) {
  const better = suggest(input.value);
  if (!better) return;
  const take = make("button", { type: "button", className: "quiet", textContent: texts.say("mail.take") });
  take.addEventListener("click", () => {
    input.value = better;
    line.replaceChildren();
    input.focus();
    taken();
  });
  line.replaceChildren(...texts.parts("mail.suggest", { address: make("bdi", { className: "strong", textContent: better }) }), " ", take);
}
