// What is drawn into a figure: each function takes its data and gives one that draws at a width and height.

/** Points with an interval both ways: {run, name, x, y} with estimates. A group of a run is a hollow mark. */
function scatter(points, names) {
  return (width, height) => {
    const [from, to] = extent(points.map((point) => point.x));
    const at = plane(width, height, [from, to + (to - from) * 0.14], around(points.map((point) => point.y)), names);
    const places = points.map((point) => [at.x(point.x[0]), at.y(point.y[0])]);
    const lines = points.flatMap(({ x: [, left, right], y: [, low, high] }, index) => {
      const [x, y] = places[index];
      return [
        [at.x(left), y - 1, at.x(right), y + 1],
        [x - 1, at.y(high), x + 1, at.y(low)],
      ];
    });
    const texts = placed(
      places,
      points.map((point) => point.name),
      lines,
      at,
    );
    points.forEach((point, index) => {
      const [x, y] = places[index];
      at.svg.append(
        element(
          "g",
          { class: `run-${point.run % COLOURS} ${point.hollow ? "hollow" : ""}`, "data-tip": point.tip },
          element("line", { class: "whisker", x1: at.x(point.x[1]), x2: at.x(point.x[2]), y1: y, y2: y }),
          element("line", { class: "whisker", x1: x, x2: x, y1: at.y(point.y[1]), y2: at.y(point.y[2]) }),
          marker(point.run, x, y),
          element("text", { class: "label", ...texts[index] }, point.name),
        ),
      );
    });
    return at.svg;
  };
}

/** Where the labels of points go so that they cover neither each other, nor a mark, nor a whisker: the first free of some places. */
function placed(places, names, whiskers, { left, right, top, bottom }) {
  const taken = [...places.map(([x, y]) => [x - 6, y - 6, x + 6, y + 6]), ...whiskers];
  const clash = (box) =>
    box[0] < left ||
    box[2] > right ||
    box[1] < top ||
    box[3] > bottom ||
    taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
  return places.map(([x, y], index) => {
    const wide = [...names[index]].length * 7;
    const spots = [-7, 16, -21, 30, -35].flatMap((dy) => [
      [8, dy, "start"],
      [-8, dy, "end"],
    ]);
    const boxes = spots.map(([dx, dy, anchor]) => {
      const from = x + dx - (anchor === "end" ? wide : 0);
      return [from, y + dy - 10, from + wide, y + dy + 3];
    });
    const free = Math.max(
      0,
      boxes.findIndex((box) => !clash(box)),
    );
    taken.push(boxes[free]);
    const [dx, dy, anchor] = spots[free];
    return { x: x + dx, y: y + dy, "text-anchor": anchor };
  });
}

/** Accuracy by bin of confidence against the diagonal, and below it how many answers each bin has. */
function reliability(bins, run) {
  return (width, height) => {
    const strip = 46;
    const at = plane(width, height - strip, [0, 1], [0, 1], { xName: "confidence", yName: "accuracy" });
    const most = Math.max(...bins.map((bin) => bin.accuracy[3]));
    const tall = scale([0, most], [0, strip - 18]);
    at.svg.setAttribute("height", height);
    at.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    at.svg.append(element("line", { class: "ideal", x1: at.x(0), y1: at.y(0), x2: at.x(1), y2: at.y(1) }));
    for (const bin of bins) {
      const [right, low, high, n] = bin.accuracy;
      const [from, to, middle] = [at.x(bin.low) + 1, at.x(bin.high) - 1, at.x(bin.confidence)];
      const tip = `confidence ${number(bin.low)} to ${number(bin.high)}, ${number(bin.confidence)} on average\n${written(bin.accuracy)} right\n${counted(n, "answer")}`;
      at.svg.append(
        element(
          "g",
          { class: `run-${run % COLOURS}`, "data-tip": tip },
          element("rect", { class: "bar faint", x: from, width: to - from, y: at.y(right), height: at.bottom - at.y(right) }),
          element("line", { class: "whisker", x1: middle, x2: middle, y1: at.y(low), y2: at.y(high) }),
          marker(run, middle, at.y(right)),
          element("rect", { class: "bar", x: from, width: to - from, y: height - tall(n), height: tall(n) }),
          element("text", { x: (from + to) / 2, y: height - tall(n) - 4, "text-anchor": "middle" }, count(n)),
        ),
      );
    }
    return at.svg;
  };
}

/** Risk against coverage, a line a run; its interval at the end, and behind the line where there are few runs. */
function riskLines(runs) {
  return (width, height) => {
    const most = Math.max(
      0.1,
      ...runs.flatMap((run) => run.risk.map((point, at) => point.risk[at === run.risk.length - 1 ? 2 : 0])),
    );
    const at = plane(width, height, [0, 1], [0, Math.min(1, most * 1.1)], {
      xName: "coverage: share of questions answered",
      yName: "risk: share of answers wrong",
    });
    runs.forEach(({ risk }, run) => {
      if (!risk.length) return;
      const path = (points) => points.map(([x, y]) => `${at.x(x)},${Math.max(at.top, at.y(y))}`).join(" ");
      const edge = (which) => risk.map((point) => [point.coverage, point.risk[which]]);
      const last = risk.at(-1);
      const end = at.x(last.coverage);
      at.svg.append(
        element(
          "g",
          { class: `run-${run % COLOURS}` },
          runs.length < 3 && element("polygon", { class: "band", points: path([...edge(1), ...edge(2).reverse()]) }),
          element("line", { class: "whisker", x1: end, x2: end, y1: at.y(last.risk[1]), y2: at.y(last.risk[2]) }),
          element("polyline", { class: "curve", points: path(edge(0)), "stroke-dasharray": DASHES[run % DASHES.length] }),
          risk.map((point) =>
            element("rect", {
              class: "target",
              x: at.x(point.coverage) - 3,
              y: at.top,
              width: 6,
              height: at.bottom - at.top,
              "data-tip": riskTip(runs[run], point),
            }),
          ),
          marker(run, end, at.y(last.risk[0])),
        ),
      );
    });
    return at.svg;
  };
}

const riskTip = (run, point) =>
  `${run.label}: confidence ${number(point.confidence)} and above\ncoverage ${number(point.coverage)}, risk ${written(point.risk)}`;

/** Horizontal bars: `groups` are {name, n, estimates}, an estimate a run. */
function bars(groups, domain) {
  return (width) => {
    const [left, right, thick] = [Math.min(150, width * 0.3), width > 640 ? 160 : 56, 18];
    const x = Object.assign(scale(domain, [left, width - right]), { right: width - right, roomy: right > 100 });
    const tall = groups.map(({ estimates }) => estimates.length * thick + 22);
    const height = tall.reduce((sum, each) => sum + each, 26);
    const svg = element("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    for (const value of ticks(domain, Math.max(2, Math.round((width - left - right) / 80)))) {
      svg.append(element("line", { class: "grid", x1: x(value), x2: x(value), y1: 0, y2: height - 24 }));
      svg.append(element("text", { x: x(value), y: height - 8, "text-anchor": "middle" }, short(value)));
    }
    groups.forEach((group, index) => {
      const top = tall.slice(0, index).reduce((sum, each) => sum + each, 0) + 10;
      const middle = top + (group.estimates.length * thick) / 2;
      svg.append(element("text", { class: "label", x: 0, y: middle }, clipped(group.name, left)));
      svg.append(element("text", { x: 0, y: middle + 15 }, counted(group.n, "question")));
      group.estimates.forEach((estimate, run) => svg.append(bar(estimate, run, top + run * thick, x, thick)));
    });
    return svg;
  };
}

const clipped = (name, width) => (name.length * 7 > width ? `${name.slice(0, Math.floor(width / 7) - 1)}…` : name);

function bar(estimate, run, y, x, thick) {
  if (!known(estimate)) return element("text", { x: x(0) + 4, y: y + 13 }, ABSENT);
  const [middle, low, high] = estimate;
  const [start, end] = [Math.min(x(0), x(middle)), Math.max(x(0), x(middle))];
  return element(
    "g",
    { class: `run-${run % COLOURS}`, "data-tip": `${written(estimate)}, n = ${count(estimate[3])}` },
    element("rect", { class: "bar", x: start, width: end - start, y: y + 2, height: thick - 4 }),
    element("line", { class: "whisker over", x1: x(low), x2: x(high), y1: y + thick / 2, y2: y + thick / 2 }),
    element("text", { class: "label", x: x.right + 8, y: y + 13 }, mean(estimate)),
    x.roomy && element("text", { x: x.right + 12 + 8 * mean(estimate).length, y: y + 13 }, range(estimate)),
  );
}

/** How far gold passages come: a column a stage, a bar a run; a line across a bar is the share of questions with all of them. */
function funnel(runs, stages) {
  return (width, height) => {
    const [left, top, bottom] = [40, 22, 40];
    const y = scale([0, 1], [height - bottom, top]);
    const column = (width - left) / stages.length;
    const thick = Math.min(56, (column * 0.72) / runs.length);
    const svg = element("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    for (const value of ticks([0, 1], 5)) {
      svg.append(element("line", { class: "grid", x1: left, x2: width, y1: y(value), y2: y(value) }));
      svg.append(element("text", { x: left - 7, y: y(value) + 4, "text-anchor": "end" }, short(value)));
    }
    stages.forEach((stage, index) => {
      const middle = left + column * (index + 0.5);
      svg.append(element("text", { class: "label", x: middle, y: height - bottom + 18, "text-anchor": "middle" }, stage));
      runs.forEach((run, place) => {
        const from = middle + (place - runs.length / 2) * thick;
        if (run.funnel.length) svg.append(stageBar(run, place, run.funnel[index], from, thick, y));
      });
    });
    return svg;
  };
}

function stageBar(run, place, stage, from, thick, y) {
  const tall = stage.passages || stage.questions;
  const tip = [
    stage.passages && `${written(stage.passages)} of ${counted(stage.passages[3], "gold passage")}`,
    `${written(stage.questions)} of ${counted(stage.questions[3], "question")}${stage.passages ? ", all gold passages" : ", right answers"}`,
  ];
  const across = { x1: from + 1, x2: from + thick - 1, y1: y(stage.questions[0]), y2: y(stage.questions[0]) };
  return element(
    "g",
    { class: `run-${place % COLOURS}`, "data-tip": [run.label, ...tip.filter(Boolean)].join("\n") },
    element("rect", { class: "bar", x: from + 1, width: thick - 2, y: y(tall[0]), height: y(0) - y(tall[0]) }),
    element("line", { class: "whisker over", x1: from + thick / 2, x2: from + thick / 2, y1: y(tall[1]), y2: y(tall[2]) }),
    stage.passages && element("line", { class: "all", ...across }),
    thick > 28 &&
      element(
        "text",
        { class: "label", x: from + thick / 2, y: y(tall[2]) - 6, "text-anchor": "middle" },
        tall[0].toFixed(thick > 40 ? 3 : 2),
      ),
  );
}

/** The intervals of one metric beneath each other, on one scale: for a cell of a table. */
function forest(estimates, domain) {
  const [width, step] = [estimates.length > 2 ? 130 : 170, 12];
  const x = scale(domain, [6, width - 6]);
  const height = estimates.length * step + 3;
  return element(
    "svg",
    { class: "forest", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    element("line", { class: "grid", x1: x(0), x2: x(0), y1: 0, y2: height }),
    element("line", { class: "grid", x1: x(domain[1]), x2: x(domain[1]), y1: 0, y2: height }),
    estimates.map((estimate, run) => {
      if (!known(estimate)) return null;
      const y = run * step + step / 2 + 1.5;
      const whisker = element("line", { class: "whisker", x1: x(estimate[1]), x2: x(estimate[2]), y1: y, y2: y });
      return element("g", { class: `run-${run % COLOURS} small` }, whisker, marker(run, x(estimate[0]), y));
    }),
  );
}
