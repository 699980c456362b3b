// Links that hand a petition on. Nothing is asked of anybody until somebody follows one.

// `t` is the title, `u` the address, both as a part of an address.
const ways = {
  "E-mail": (t, u) => `mailto:?subject=${t}&body=${t}%0A${u}`,
  WhatsApp: (t, u) => `https://wa.me/?text=${t}%20${u}`,
  Telegram: (t, u) => `https://t.me/share/url?url=${u}&text=${t}`,
  Facebook: (t, u) => `https://www.facebook.com/sharer/sharer.php?u=${u}`,
  X: (t, u) => `https://x.com/intent/post?text=${t}&url=${u}`,
};

function item(child) {
  const made = document.createElement("li");
  made.append(child);
  return made;
}

function copyButton(address) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy the link";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(address);
    button.textContent = "Copied";
  });
  return button;
}

// List items.
export function shareLinks(address, title) {
  const made = Object.entries(ways).map(([name, to]) => {
    const link = document.createElement("a");
    link.href = to(encodeURIComponent(title), encodeURIComponent(address));
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.textContent = name;
    return item(link);
  });
  if (navigator.clipboard) made.push(item(copyButton(address)));
  return made;
}
