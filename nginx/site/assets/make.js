// An element of the page, its properties and what is in it.
/** @param {string} name @param {object} properties @param {(string|Node)[]} children @returns {any} */
export function make(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
