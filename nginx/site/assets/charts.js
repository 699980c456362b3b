// Charts as SVG, with a table of the same for who cannot see them.

const SVG = "http://www.w3.org/2000/svg";
const WIDE = 640, HIGH = 220, LEFT = 8, RIGHT = 632, TOP = 14, FOOT = 190;
const TICKS = 5; // at most, below a line

function svg(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// `heads`: two; `rows`: pairs of texts.
export function table(caption, heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col", textContent: text })));
  const lines = rows.map(([first, ...rest]) => element("tr", {},
    element("th", { scope: "row", textContent: first }), ...rest.map((text) => element("td", { textContent: text }))));
  return element("table", {}, element("caption", { textContent: caption }), element("thead", {}, head), element("tbody", {}, ...lines));
}

const round = (n) => Math.round(n * 10) / 10;

function bars(points, y) {
  const step = (RIGHT - LEFT) / points.length, wide = Math.min(48, Math.max(1, step * 0.8));
  return points.map(({ value }, i) => svg("rect",
    { x: round(LEFT + (i + 0.5) * step - wide / 2), y: y(value), width: round(wide), height: round(FOOT - y(value)), class: "bar" }));
}

function line(points, y) {
  const from = points[0].at_ms, span = points.at(-1).at_ms - from || 1;
  const path = points.map(({ at_ms, value }) => `${round(LEFT + ((at_ms - from) / span) * (RIGHT - LEFT))},${y(value)}`).join(" ");
  return [svg("polygon", { points: `${LEFT},${FOOT} ${path} ${RIGHT},${FOOT}`, class: "area" }), svg("polyline", { points: path, class: "line" })];
}

// Times below: the first, the last, and some between; a few bars have theirs each.
function ticks(points, say_time, as_bars) {
  const last = Math.min(TICKS, points.length) - 1, each = as_bars && points.length <= TICKS;
  return Array.from({ length: last + 1 }, (_, i) => {
    const part = last ? i / last : 0, at = each ? (i + 0.5) / points.length : part, place = { 0: "start", 1: "end" }[at] ?? "middle";
    return svg("text", { x: round(LEFT + at * (RIGHT - LEFT)), y: HIGH - 8, "text-anchor": place, class: i % 2 ? "minor" : "tick" },
      say_time(points[Math.round(part * (points.length - 1))].at_ms));
  });
}

// `points`: {at_ms, value} in order, one at least. `say_time`, `say_number` give texts. `as_bars`: a bar each, not a
// line. `least`: what a line's foot stands for; without, the least value.
export function timeline(points, { label, say_time, say_number, as_bars = false, least = null }) {
  const values = points.map(({ value }) => value);
  const low = as_bars ? 0 : least ?? Math.min(...values), top = Math.max(...values, low + 1);
  const y = (value) => round(FOOT - ((value - low) / (top - low)) * (FOOT - TOP));
  const scale = [[top, TOP], [low, FOOT]].flatMap(([value, at]) => [
    svg("line", { x1: LEFT, x2: RIGHT, y1: at, y2: at, class: "rule" }),
    svg("text", { x: LEFT, y: at - 4, class: "scale" }, say_number(value)),
  ]);
  return svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": label, class: "chart" },
    ...scale, ...(as_bars ? bars(points, y) : line(points, y)), ...ticks(points, say_time, as_bars));
}

// `parts`: {name, value}, the largest first.
export function barList(parts, { say_number }) {
  const most = Math.max(...parts.map(({ value }) => value), 1);
  return element("ul", { className: "bars" }, ...parts.map(({ name, value }) => {
    const bar = svg("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true", class: "share" },
      svg("rect", { x: 0, y: 0, width: 100, height: 6, class: "ground" }),
      svg("rect", { x: 0, y: 0, width: round((value / most) * 100), height: 6, class: "bar" }));
    return element("li", {}, element("span", { className: "name", textContent: name }),
      element("span", { className: "value", textContent: say_number(value) }), bar);
  }));
}
