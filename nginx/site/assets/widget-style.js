// How the widget looks. Sheets are made by script, which a page's policy for styles does not stop. What can be set
// is in README.md: custom properties that begin with --countersign-, and parts.

const tokens = `
  --c-text: var(--countersign-text, inherit);
  --c-quiet: var(--countersign-quiet, color-mix(in srgb, currentColor 72%, transparent));
  --c-line: var(--countersign-line, color-mix(in srgb, currentColor 45%, transparent));
  --c-accent: var(--countersign-accent, #14532d);
  --c-accent-text: var(--countersign-accent-text, #fff);
  --c-wrong: var(--countersign-wrong, #b42318);
  --c-ground: var(--countersign-ground, transparent);
  --c-radius: var(--countersign-radius, .375rem);
  --c-space: var(--countersign-space, 1rem);`;

// Inside: the number, and what is said around the form.
const inside = `
:host { display: block; container-type: inline-size; max-inline-size: 42rem; margin-block-end: var(--c-space); ${tokens}
  color: var(--c-text); background: var(--c-ground); font: var(--countersign-font, inherit); line-height: 1.5;
  padding: var(--countersign-padding, 0); border-radius: var(--c-radius); overflow-wrap: break-word; }
:host([hidden]), [hidden] { display: none !important; }
p, .title { margin: 0 0 calc(var(--c-space) / 2); }
.title { font-size: 1.375em; line-height: 1.25; text-wrap: balance; }
a { color: var(--c-accent); }
.count { font-size: 2em; font-weight: 700; line-height: 1.1; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.goal, .note, .more { color: var(--c-quiet); }
.note, .more { font-size: .9375em; }
.line { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: .5em; margin: 0 0 .25rem; }
.goal { margin-inline-start: auto; }
progress { display: block; appearance: none; width: 100%; height: .625rem; margin: 0 0 var(--c-space); border: 0; border-radius: 1rem;
  overflow: hidden; background: color-mix(in srgb, currentColor 15%, transparent); color: inherit; }
progress::-webkit-progress-bar { background: transparent; }
progress::-webkit-progress-value { background: var(--c-accent); border-radius: 1rem; transition: inline-size .4s; }
progress::-moz-progress-bar { background: var(--c-accent); border-radius: 1rem; }
.thanks { border: 2px solid var(--c-accent); border-radius: var(--c-radius); padding: var(--c-space); }
.thanks:focus { outline: none; }
.sharing > :first-child { margin: var(--c-space) 0 0; font-size: 1em; }
.sharing ul { display: flex; flex-wrap: wrap; gap: .5em 1em; align-items: center; margin: 0; padding: 0; list-style: none; }
.sharing a { display: inline-block; padding: .25em 0; }
.sharing button { font: inherit; color: inherit; background: transparent; cursor: pointer; min-height: 2.75rem; padding: .25rem .75rem;
  border: 1px solid var(--c-line); border-radius: var(--c-radius); }
:focus-visible { outline: 3px solid var(--c-accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { progress::-webkit-progress-value { transition: none; } }
@media (forced-colors: active) { progress { border: 1px solid CanvasText; } progress::-webkit-progress-value { background: Highlight; } }`;

// Outside: the form, which lies in the page so that browsers can fill it in.
const own = "countersign-petition > form";
const outside = `
${own} { margin: 0; overflow-wrap: break-word; ${tokens} }
${own} > *, ${own} .field > * { box-sizing: border-box; }
${own} .field { margin: 0 0 var(--c-space); }
${own} .field p { margin: 0; }
${own} label { display: block; font-weight: 600; }
${own} .optional, ${own} .hint { color: var(--c-quiet); font-weight: 400; font-size: .9375em; }
${own} :is(input:not([type=checkbox]), select, textarea) { display: block; width: 100%; min-height: 2.75rem; margin: .25rem 0 0; padding: .5rem .625rem;
  font: inherit; font-size: max(1em, 16px); color: inherit; background: var(--countersign-field, transparent);
  border: 1px solid var(--c-line); border-radius: var(--c-radius); }
${own}[dir=rtl] [type=email] { text-align: right; }
${own} option { color: #1b1b1f; background: #fff; }
${own} .choice { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: .625rem; }
${own} .choice .wrong { grid-column: 1 / -1; }
${own} .choice label { font-weight: 400; }
${own} input[type=checkbox] { width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--c-accent); }
${own} [aria-invalid=true]:not([type=checkbox]) { border: 2px solid var(--c-wrong); }
${own} .wrong { color: var(--c-wrong); font-size: .9375em; }
${own} .summary:not(:empty) { border: 2px solid var(--c-wrong); border-radius: var(--c-radius); padding: .75rem; margin: 0 0 var(--c-space); }
${own} .summary > * { margin: 0; font-size: 1em; }
${own} .summary a { color: var(--c-wrong); }
${own} :is(button, .quiet) { font: inherit; font-weight: 600; cursor: pointer; min-height: 2.75rem; border-radius: var(--c-radius); }
${own} button[type=submit] { width: 100%; padding: .75rem 1.5rem; border: 0; color: var(--c-accent-text); background: var(--c-accent); }
${own} .quiet { padding: .25rem .75rem; border: 1px solid var(--c-line); color: inherit; background: transparent; }
${own} button:disabled { opacity: .6; cursor: default; }
${own} .uses { margin: 0 0 .75rem; font-size: .9375em; color: var(--c-quiet); }
${own} .uses a { color: var(--c-accent); }
${own} :focus-visible { outline: 3px solid var(--c-accent); outline-offset: 2px; }
${own} .waits:not(:empty) { margin-top: var(--c-space); }
@media (forced-colors: active) { ${own} button { border: 1px solid ButtonText; } }`;

function sheet(text) {
  try {
    const made = new CSSStyleSheet();
    made.replaceSync(text);
    return made;
  } catch {
    return null; // an old browser: the page's own styles are left
  }
}

const sheets = { inside: sheet(inside), outside: sheet(outside) };

export function adopt(root, which) {
  const made = sheets[which];
  if (made && !root.adoptedStyleSheets.includes(made)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, made];
}
