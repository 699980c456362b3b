// The form in a frame: /embed/{slug}?lang=es&source=partner&theme=dark&accent=0a7d3c. The page around it greets, and is
// told heights and events from then on: it and nobody else, since who may frame this is in the answer's policy.
import { choose } from "./scheme.js";

const query = new URLSearchParams(location.search);
const widget = document.querySelector("countersign-petition");
const root = document.documentElement;

for (const [name, as] of [["lang", "language"], ["source", "source"], ["referrer", "referrer"]]) {
  if (query.has(name)) widget.setAttribute(as, query.get(name));
}
choose(query.get("theme"));
for (const name of ["accent", "accent-text"]) {
  if (/^[0-9a-f]{6}$/i.test(query.get(name) ?? "")) root.style.setProperty(`--countersign-${name}`, `#${query.get(name)}`);
}

let around = null; // the origin of the page around this

function tell(type, more) {
  if (around) parent.postMessage({ type, ...more }, around);
}

const tellHeight = () => tell("countersign-height", { height: Math.ceil(document.querySelector("main").getBoundingClientRect().height) });

addEventListener("message", ({ source, origin, data }) => {
  if (source !== parent || parent === window || data?.type !== "countersign-hello" || origin === "null") return;
  around = origin;
  tellHeight();
});
new ResizeObserver(tellHeight).observe(document.querySelector("main"));
for (const type of ["countersign-signed", "countersign-count"]) {
  addEventListener(type, (event) => tell(type, { detail: /** @type {CustomEvent} */ (event).detail }));
}

// Its attributes are set by now.
const script = "/widget.js";
import(script);
