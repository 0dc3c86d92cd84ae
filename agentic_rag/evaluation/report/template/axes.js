// Charts: SVG at the width there is, so that text keeps its size. Each is named for screen readers and has its numbers in a table.

const COLOURS = 6;
const DASHES = ["", "7 4", "2 4", "9 4 2 4", "12 5", "4 2"];
const MARKERS = ["circle", "square", "triangle", "diamond", "flipped", "cross"];
const SHAPES = {
  circle: "M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0Z",
  square: "M-4.5-4.5h9v9h-9Z",
  triangle: "M0-5.5L5.5 4.5h-11Z",
  diamond: "M0-6L6 0L0 6L-6 0Z",
  flipped: "M0 5.5L5.5-4.5h-11Z",
  cross: "M-2-5.5h4v3.5h3.5v4h-3.5v3.5h-4v-3.5h-3.5v-4h3.5Z",
};

const marker = (run, x, y, attributes = {}) =>
  element("path", { class: "mark", d: SHAPES[MARKERS[run % MARKERS.length]], transform: `translate(${x} ${y})`, ...attributes });

function figure(title, label, rows, height, draw, { names = null, note = "", caption = title } = {}) {
  const holder = element("div", { class: "chart", role: "img", "aria-label": label });
  let drawn = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width && width !== drawn) holder.replaceChildren(draw((drawn = width), height));
  }).observe(holder);
  holder.style.setProperty("min-height", `${height}px`);
  return element(
    "figure",
    {},
    element("figcaption", {}, title),
    names && names.length > 1 && legend(names),
    holder,
    note && element("p", { class: "note" }, note),
    folded("The numbers", () => table(caption, rows[0], rows.slice(1), { hidden: true })),
  );
}

const scale =
  ([from, to], [start, end]) =>
  (value) =>
    start + ((value - from) / (to - from || 1)) * (end - start);

/** About `wanted` round numbers within a range. */
function ticks([low, high], wanted) {
  const rough = (high - low || 1) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, at) =>
    Number(((first + at) * step).toPrecision(10)),
  );
}

const short = (value) =>
  Math.abs(value) >= 10000 ? `${value / 1000}k` : value.toLocaleString("en", { maximumFractionDigits: 4 });

/** Shares have a scale of their own; other numbers start at nought and end above the largest. */
function extent(estimates) {
  const found = estimates.filter(known);
  const low = Math.min(0, ...found.map(([middle, least]) => Math.min(middle, least)));
  const high = Math.max(...found.map(([middle, , most]) => Math.max(middle, most)), 0);
  return [low, high > 0.4 && high <= 1 ? 1 : high > 0 ? high * 1.04 : low < 0 ? 0 : 1];
}

function around(estimates) {
  const ends = estimates.flatMap((estimate) => estimate.slice(0, 3));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = Math.max((high - low) * 0.12, 0.02);
  return [low >= 0 ? Math.max(0, low - room) : low - room, low >= 0 && high <= 1 ? Math.min(1.004, high + room) : high + room];
}

/** An empty plane with its axes: `x` and `y` turn values into places. */
function plane(width, height, across, up, { xName = "", yName = "", format = short, margin = {} } = {}) {
  const { left = 48, right = 14, top = 12, bottom = 40 } = margin;
  const x = scale(across, [left, width - right]);
  const y = scale(up, [height - bottom, top]);
  const grid = [
    ...ticks(up, Math.max(2, Math.round((height - top - bottom) / 50))).map((value) => [
      element("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }),
      element("text", { x: left - 7, y: y(value) + 4, "text-anchor": "end" }, format(value)),
    ]),
    ...ticks(across, Math.max(2, Math.round((width - left - right) / 80))).map((value) => [
      element("line", { class: "grid", x1: x(value), x2: x(value), y1: top, y2: height - bottom }),
      element("text", { x: x(value), y: height - bottom + 17, "text-anchor": "middle" }, format(value)),
    ]),
  ];
  const names = [
    element("text", { class: "axis", x: (left + width - right) / 2, y: height - bottom + 35, "text-anchor": "middle" }, xName),
    element(
      "text",
      { class: "axis", transform: `translate(12 ${(top + height - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" },
      yName,
    ),
  ];
  const svg = element("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, grid, names);
  return { svg, x, y, left, right: width - right, top, bottom: height - bottom };
}
