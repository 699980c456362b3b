// What the page itself says. The letter's own words come with the petition.

const words = {
  en: {
    loading: "Loading…",
    to: "To:",
    signatures: "signatures",
    goal: "of {n}",
    trailing: "This number may be a little behind.",
    asks: "What we ask for",
    sign_title: "Add your name",
    sign: "Sign",
    signing: "Signing…",
    privacy: "What happens to my data",
    own: "You have signed? See, correct or take back what you gave",
    optional: "optional",
    email: "E-mail address",
    given_name: "Given name",
    family_name: "Family name",
    country: "Country",
    region: "Region (code, such as US-CA)",
    postal_code: "Postal code",
    locality: "Town",
    comment: "Why I sign",
    show_name: "Show my name, town and comment in public",
    choose: "Choose…",
    thanks_email: "Thank you. If all is well, a letter is on its way: open the link in it to confirm.",
    thanks_none: "Thank you. Your name is on the letter.",
    closed: "This petition is closed. Thank you to all who signed.",
    withdrawn: "This petition was withdrawn.",
    not_found: "There is no such petition.",
    unavailable: "This is not possible right now. What you typed is kept; please try again in {n} seconds.",
    limited: "Too many signatures came from your network just now. Please try again in {n} seconds.",
    no_network: "There is no connection. What you typed is kept; please try again.",
    changed: "The text of the letter has changed. Please read it again, and sign if you agree.",
    wrong: "Please look at these fields again:",
    failed: "That did not work ({n}).",
    errors: {
      required: "This is needed.",
      wrong_type: "This cannot be used.",
      empty: "This is empty.",
      too_long: "This is too long.",
      invalid_characters: "This holds characters that cannot be used here.",
      contains_url: "Please leave web addresses out.",
      invalid_email: "This is not an e-mail address that can be written to.",
      unknown_country: "This country is not known.",
      unknown_region: "This region is not one of the country above.",
      invalid_format: "This does not have the right form.",
      out_of_range: "This is out of range.",
      unknown_field: "This is not asked for here.",
    },
  },
  es: {
    loading: "Cargando…",
    to: "Para:",
    signatures: "firmas",
    goal: "de {n}",
    trailing: "Este número puede ir un poco atrasado.",
    asks: "Lo que pedimos",
    sign_title: "Añada su nombre",
    sign: "Firmar",
    signing: "Firmando…",
    privacy: "Qué pasa con mis datos",
    own: "¿Ya firmó? Vea, corrija o retire lo que nos dio",
    optional: "opcional",
    email: "Correo electrónico",
    given_name: "Nombre",
    family_name: "Apellidos",
    country: "País",
    region: "Región (código, como ES-MD)",
    postal_code: "Código postal",
    locality: "Localidad",
    comment: "Por qué firmo",
    show_name: "Mostrar en público mi nombre, localidad y comentario",
    choose: "Elija…",
    thanks_email: "Gracias. Si todo está bien, le llegará una carta: abra su enlace para confirmar.",
    thanks_none: "Gracias. Su nombre está en la carta.",
    closed: "Esta petición está cerrada. Gracias a quienes firmaron.",
    withdrawn: "Esta petición fue retirada.",
    not_found: "No existe esa petición.",
    unavailable: "Ahora no es posible. Lo escrito se conserva; inténtelo en {n} segundos.",
    limited: "Han llegado demasiadas firmas desde su red. Inténtelo en {n} segundos.",
    no_network: "No hay conexión. Lo escrito se conserva; inténtelo de nuevo.",
    changed: "El texto de la carta ha cambiado. Léalo de nuevo y firme si está de acuerdo.",
    wrong: "Revise estos campos:",
    failed: "No ha funcionado ({n}).",
    errors: {
      required: "Es necesario.",
      wrong_type: "No se puede usar.",
      empty: "Está vacío.",
      too_long: "Es demasiado largo.",
      invalid_characters: "Contiene caracteres que aquí no se pueden usar.",
      contains_url: "No incluya direcciones web.",
      invalid_email: "No es una dirección a la que se pueda escribir.",
      unknown_country: "No se conoce ese país.",
      unknown_region: "Esa región no es del país elegido.",
      invalid_format: "No tiene la forma correcta.",
      out_of_range: "Está fuera de los límites.",
      unknown_field: "Aquí no se pide.",
    },
  },
};

let spoken = words.en;

export function speak(language) {
  spoken = words[language.split("-")[0]] ?? words.en;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = spoken[element.dataset.word];
  }
}

export function say(word, n) {
  return n === undefined ? spoken[word] : spoken[word].replace("{n}", n);
}

export function sayError(error) {
  return spoken.errors[error.code] ?? error.detail ?? spoken.errors.wrong_type;
}
