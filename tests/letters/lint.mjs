// Letters as mail programs know them: lint.mjs FILE.html... by two programs that are not ours, html-validate (is it HTML?) and
// doiuse-email (what do mail programs make of it, by the data of caniemail.com, which come with it). Exit 1: something is wrong.
import { readFileSync } from "node:fs";

const modules = new URL("../../build/node/node_modules/", import.meta.url);
const { doIUseEmail } = await import(new URL("@jsx-email/doiuse-email/dist/index.mjs", modules).href);
const { HtmlValidate } = await import(new URL("html-validate/dist/es/index.js", modules).href);
const rules = JSON.parse(readFileSync(new URL("../../deploy/dev/node/htmlvalidate-letter.json", import.meta.url), "utf8"));

// What some mail program leaves out, and why the letter stands without it. Whatever else one leaves out is a fault.
const GOES_WITHOUT = {
  "@media": "the bright colours, which stand at each element, stay",
  "<body> element": "the outermost table has the same ground",
  "<code> element": "its words look as those around it",
  "<bdi> element": "what it holds is the only text of its paragraph",
  "aria-hidden attribute": "the preview is read aloud, once",
  "border-radius": "corners are square",
  "display:none": "only where it also falls to opacity: what it hides is a pixel high, in the colour of the ground",
  "lang attribute": "what reads aloud guesses the language",
  "mailto: links": "who reads there shares by another way",
  opacity: "what it hides is not shown, see display:none",
  overflow: "likewise",
  "role attribute": "what reads aloud tells of tables",
  "text-decoration": "the button's words are underlined",
  "white-space": "what is set in columns keeps its lines and is scrolled",
  "word-break": "a word that is longer than a line makes the letter as wide",
  "width attribute": "the style has the same width",
};

const validator = new HtmlValidate(rules);
const faults = [];
for (const file of process.argv.slice(2)) {
  const html = readFileSync(file, "utf8");
  const found = doIUseEmail(html, { emailClients: ["*"] });
  for (const said of found.errors ?? []) {
    const [, feature, program] = /^`(.*)` is not supported by `(.*)`$/.exec(said) ?? [null, said, ""];
    if (!(feature in GOES_WITHOUT)) faults.push(`${file}: ${program} has no ${feature}`);
  }
  const report = await validator.validateString(html, file);
  for (const { messages } of report.results) {
    for (const { line, column, message, ruleId } of messages) faults.push(`${file}:${line}:${column}: ${message} (${ruleId})`);
  }
}
for (const fault of new Set(faults)) console.log(fault);
process.exit(faults.length > 0 ? 1 : 0);
