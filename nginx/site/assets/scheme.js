// Light or dark, against what the browser prefers: what the styles say for the dark then holds on every screen, or on none.
// So the colours stand in theme.css alone.

/** @type {any[]|null} */
let rules = null;

/** @param {string|null} name "light" or "dark"; anything else leaves it to the browser */
export function choose(name) {
  if (name !== "light" && name !== "dark") return;
  // An extension's are not for us to read.
  const ours = [...document.styleSheets].filter((sheet) => sheet.href?.startsWith(`${location.origin}/`));
  rules ??= ours.flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule instanceof CSSMediaRule && rule.media.mediaText.includes("prefers-color-scheme: dark"));
  for (const rule of rules) rule.media.mediaText = name === "dark" ? "screen" : "not all";
  document.documentElement.style.colorScheme = name;
  document.documentElement.dataset.theme = name;
}
