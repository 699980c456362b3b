// The form: built from the petition's list of fields, kept while somebody types, errors beside the
// fields that they are about.
import { countries } from "./countries.js";
import { say, sayError } from "./words.js";

const kinds = {
  email: { type: "email", autocomplete: "email", max: 254 },
  given_name: { type: "text", autocomplete: "given-name", max: 100 },
  family_name: { type: "text", autocomplete: "family-name", max: 100 },
  country: { type: "country", autocomplete: "country" },
  region: { type: "text", autocomplete: "off", max: 6 },
  postal_code: { type: "text", autocomplete: "postal-code", max: 20 },
  locality: { type: "text", autocomplete: "address-level2", max: 100 },
  comment: { type: "textarea", autocomplete: "off", max: 500 },
};

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function countrySelect(language) {
  const select = element("select");
  select.append(element("option", { value: "", textContent: say("choose") }));
  for (const { code, name } of countries(language)) {
    select.append(element("option", { value: code, textContent: name }));
  }
  return select;
}

function control(name, required, language) {
  const kind = kinds[name] ?? { type: "text", autocomplete: "off" };
  let made;
  if (kind.type === "country") made = countrySelect(language);
  else if (kind.type === "textarea") made = element("textarea", { rows: 4 });
  else made = element("input", { type: kind.type });
  Object.assign(made, { id: `field-${name}`, name, required, autocomplete: kind.autocomplete });
  if (kind.max) made.maxLength = kind.max;
  made.setAttribute("aria-describedby", `wrong-${name}`);
  return made;
}

function wrongLine(name) {
  return element("p", { id: `wrong-${name}`, className: "wrong" });
}

function field({ name, required }, language) {
  const label = element("label", { htmlFor: `field-${name}`, textContent: say(name) ?? name });
  if (!required) label.append(" ", element("span", { className: "hint", textContent: `(${say("optional")})` }));
  return element("div", { className: "field" }, label, control(name, required, language), wrongLine(name));
}

function choice(name, words) {
  const box = element("input", { type: "checkbox", id: `field-${name}`, name });
  box.setAttribute("aria-describedby", `wrong-${name}`);
  const label = element("label", { htmlFor: box.id, textContent: words });
  return element("div", { className: "field choice" }, box, " ", label, wrongLine(name));
}

export class Form {
  #form;
  #store;

  // `slug`: what is typed is kept under it; without, nothing is.
  constructor(form, slug = null) {
    this.#form = form;
    this.#store = slug && `countersign:${slug}`;
    if (slug) form.addEventListener("input", () => this.#keep());
  }

  // `wording`: what somebody agrees to who ticks the box for news, as the worker keeps it; without it there is no box.
  build(fields, language, wording) {
    const made = fields.map((one) => field(one, language));
    made.push(choice("show_name", say("show_name")));
    if (wording?.text) made.push(choice("subscribe", wording.text));
    this.#form.querySelector("#fields").replaceChildren(...made);
    if (this.#store) this.#restore();
  }

  // Only what was filled in: an empty optional field is not sent.
  values() {
    const values = {};
    for (const input of this.#inputs()) {
      if (input.type === "checkbox") values[input.name] = input.checked;
      else if (input.value.trim() !== "" || input.required) values[input.name] = input.value;
    }
    return values;
  }

  fill(values) {
    for (const input of this.#inputs()) {
      if (!Object.hasOwn(values, input.name)) continue;
      if (input.type === "checkbox") input.checked = values[input.name] === true;
      else input.value = String(values[input.name]);
    }
  }

  clearErrors() {
    for (const input of this.#inputs()) {
      input.removeAttribute("aria-invalid");
      this.#form.querySelector(`#wrong-${input.name}`).textContent = "";
    }
    this.summary("");
  }

  // True if at least one error found its field.
  showErrors(errors) {
    let first = null;
    for (const error of errors) {
      const name = error.pointer?.slice(1);
      const input = this.#inputs().find((one) => one.name === name);
      if (!input) continue;
      input.setAttribute("aria-invalid", "true");
      this.#form.querySelector(`#wrong-${name}`).textContent = sayError(error);
      first ??= input;
    }
    first?.focus();
    return first !== null;
  }

  summary(text) {
    this.#form.querySelector(".summary").textContent = text;
  }

  forget() {
    sessionStorage.removeItem(this.#store);
    this.#form.reset();
  }

  #inputs() {
    return [...this.#form.querySelectorAll("input, select, textarea")];
  }

  // For this tab only: what somebody types may be nobody else's business on this computer.
  #keep() {
    try {
      sessionStorage.setItem(this.#store, JSON.stringify(this.values()));
    } catch {
      // Without storage the form still works.
    }
  }

  #restore() {
    try {
      this.fill(JSON.parse(sessionStorage.getItem(this.#store)) ?? {});
    } catch {
      // Nothing was kept that can be read.
    }
  }
}
