"use strict";

// Elements. All data is other people's text: it becomes text nodes and attributes here, never markup.

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "g", "path", "line", "rect", "text", "polyline", "polygon"]);
const ABSENT = "–";

function element(tag, attributes = {}, ...children) {
  const node = DRAWN.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") Object.entries(value).forEach(([key, setting]) => node.style.setProperty(key, setting));
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Text in whatever script and direction it was written. */
const foreign = (tag, text, attributes = {}) => element(tag, { dir: "auto", ...attributes }, String(text));

/** Three decimals for shares and seconds, fewer for what is large or stands with something large. */
function number(value, among = 0) {
  if (value === null || value === undefined) return ABSENT;
  const size = Math.max(Math.abs(value), among);
  const digits = size < 10 ? 3 : size < 1000 ? 1 : 0;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−");
}

const count = (value) => value.toLocaleString("en");
const percent = (value) => (value === null ? ABSENT : `${(value * 100).toFixed(1)}%`);
const counted = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

// An estimate is [mean, low, high, n].
const known = (estimate) => Boolean(estimate) && estimate[3] > 0 && estimate[0] !== null;
const largest = (estimate) => Math.max(...estimate.slice(0, 3).map(Math.abs));
const mean = (estimate) => (known(estimate) ? number(estimate[0], largest(estimate)) : ABSENT);
const range = (estimate) =>
  known(estimate) ? `[${number(estimate[1], largest(estimate))}, ${number(estimate[2], largest(estimate))}]` : "";
const written = (estimate) => `${mean(estimate)} ${range(estimate)}`.trim();

/** A table in a box that scrolls by itself. A cell is text or a node; `named` columns come first, the others are numbers. */
function table(caption, heading, rows, { named = 1, hidden = false, name = "" } = {}) {
  const side = (at) => (at < named ? null : "number");
  const line = (cells, head) =>
    cells.map((cell, at) => {
      const header = head || at === 0;
      return element(header ? "th" : "td", { class: side(at), scope: header ? (head ? "col" : "row") : null }, cell);
    });
  const body = rows.map((cells) => (cells instanceof Node ? cells : element("tr", {}, line(cells, false))));
  const whole = element(
    "table",
    { class: name },
    element("caption", { class: hidden ? "unseen" : null }, caption),
    element("thead", {}, element("tr", {}, line(heading, true))),
    element("tbody", {}, body),
  );
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, whole);
}

/** Something that can be opened; `make` is called when it first is. */
function folded(summary, make, attributes = {}) {
  const whole = element("details", attributes, element("summary", {}, summary));
  whole.addEventListener("toggle", () => whole.open && whole.append(...[make()].flat()), { once: true });
  return whole;
}

/** A labelled choice: `options` are [value, text] pairs. */
function choice(label, options, chosen, onchange) {
  const select = element("select", { onchange: (event) => onchange(event.target.value) });
  select.append(...options.map(([value, text]) => element("option", { value, selected: value === chosen }, text)));
  return element("label", { class: "choice" }, element("span", {}, label), select);
}

const swatch = (run) =>
  element("svg", { class: `swatch run-${run % COLOURS}`, viewBox: "-7 -7 14 14", "aria-hidden": "true" }, marker(run, 0, 0));

function legend(names) {
  return element(
    "ul",
    { class: "legend" },
    names.map((name, run) => element("li", {}, swatch(run), foreign("span", name))),
  );
}

/** A titled part of the page that the contents name. */
function section(id, title, intro, ...children) {
  const heading = element("h2", { id: `${id}-title` }, title);
  return element(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    heading,
    intro && element("p", { class: "intro" }, intro),
    children,
  );
}

/** Shows the `data-tip` of whatever is under the pointer. */
function tips(tip) {
  const hide = () => (tip.hidden = true);
  document.addEventListener("pointermove", (event) => {
    const over = event.target instanceof Element && event.target.closest("[data-tip]");
    if (!over) return hide();
    tip.textContent = over.dataset.tip;
    tip.hidden = false;
    tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${Math.max(8, Math.min(event.clientY + 16, innerHeight - tip.offsetHeight - 8))}px`;
  });
  document.addEventListener("scroll", hide, { passive: true });
}
