// Tables as CSV (RFC 4180) that spreadsheets open without running anything in it.

const quoted = (value) => {
  const text = String(value ?? "");
  // A cell that begins so is taken for a formula; a number is one.
  const safe = typeof value !== "number" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};

export function csv(rows) {
  return rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

export function download(name, rows) {
  // The mark tells spreadsheets that it is UTF-8.
  const url = URL.createObjectURL(new Blob(["\ufeff", csv(rows)], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
