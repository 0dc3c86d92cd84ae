// Who ran, and how well. `data` is what `payload.py` made; `browse(filters)` shows questions.

const MEANING = {
  em: "exact match",
  f1: "word overlap",
  "recall@": "gold among the first k",
  "all_gold@": "all gold among the first k",
  "ndcg@": "gold, discounted by rank",
  mrr: "one over the first gold rank",
  citation_precision: "cited that is gold",
  citation_recall: "gold that is cited",
  supported: "claims with support",
  coverage: "questions answered",
  selective_accuracy: "where answered",
  "s@": "a wrong answer costs t/(1−t)",
  ece: "calibration error",
  aurc: "area under risk–coverage",
  complex: "took the complex path",
  escalated: "after the simple path",
  rounds: "waves of subagents",
  calls: "role calls",
  tokens: "read and written",
  seconds: "of wall time",
  seconds_p50: "half took less",
  seconds_p95: "19 of 20 took less",
  failed: "raised an error",
};
const KINDS = [
  ["Answers", /^(em|f1)$/],
  ["Confidence", /^(coverage|selective|s@|ece|aurc)/],
  ["Citations", /^(citation|supported)/],
  ["Retrieval", /^(recall|all_gold|ndcg|mrr)/],
  ["Route and cost", /^(complex|escalated|rounds|calls|tokens|seconds|failed)/],
  ["Others", /./],
];
const SIGNS = { correct: "✓", wrong: "✗", abstained: "○", failed: "!", unjudged: "?" };
const FIELDS = [
  "suite",
  "setting",
  "questions",
  "data_hash",
  "graph",
  "graph_hash",
  "config_hash",
  "confidence",
  "budget",
  "models",
  "store",
  "seed",
  "package",
  "commit",
  "machine",
];

const names = (data) => data.runs.map((run) => run.label);
const dressed = (estimate) => [element("b", {}, mean(estimate)), " ", element("small", {}, range(estimate))];
const breakable = (name) => name.split(/(?<=_)/).flatMap((piece, at) => (at ? [element("wbr"), piece] : [piece]));
const meaning = (metric) => MEANING[metric] || MEANING[metric.replace(/@.*/, "@")] || "";
const first = (wanted, there) => wanted.find((metric) => there.includes(metric)) || there[0];
const asked = (run) => Object.values(run.outcomes).reduce((sum, each) => sum + each, 0);
const unique = (values) => [...new Set(values)];
const plain = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? ""));
const lines = (value) =>
  value !== null && typeof value === "object"
    ? Object.entries(value)
        .map(([key, part]) => `${key}: ${plain(part)}`)
        .join("\n")
    : plain(value);

function heading(data) {
  const suites = unique(data.runs.map((run) => run.header.suite)).join(", ") || "no runs";
  const every = (field) =>
    unique(data.runs.map((run) => plain(run.header[field]).slice(0, 60)))
      .filter(Boolean)
      .join(", ");
  const facts = [counted(data.questions.length, "question"), counted(data.runs.length, "run")];
  for (const [name, field] of Object.entries({ setting: "setting", data: "data_hash", machine: "machine" })) {
    if (every(field)) facts.push(`${name}: ${every(field)}`);
  }
  return [
    element("p", { class: "eyebrow" }, "Evaluation"),
    foreign("h1", suites),
    element("p", { class: "facts" }, facts.join(" · ")),
  ];
}

function overview(data, browse) {
  const different = ["suite", "setting", "data_hash"].filter(
    (field) => unique(data.runs.map((run) => plain(run.header[field]))).length > 1,
  );
  const warning = `These runs differ in ${different.join(" and ").replace("_", " ")}: their numbers cannot be compared.`;
  return section(
    "overview",
    "Overview",
    null,
    different.length > 0 && element("p", { class: "warning", role: "note" }, warning),
    element(
      "div",
      { class: "cards" },
      data.runs.map((run, at) => card(run, at, data, browse)),
    ),
    metricTable(data),
    data.runs.length > 1 && changes(data, browse),
    folded("Configuration of the runs", () => configuration(data), { class: "panel" }),
  );
}

function card(run, at, data, browse) {
  const wanted =
    data.runs.length === 1
      ? ["em", "f1", "coverage", "selective_accuracy", "citation_recall", "seconds_p50"]
      : ["em", "f1", "seconds_p50"];
  const figures = unique([...wanted, ...data.metrics])
    .filter((metric) => known(run.summary[metric]))
    .slice(0, wanted.length)
    .map((metric) =>
      element(
        "div",
        {},
        element("dt", {}, metric),
        element("dd", {}, mean(run.summary[metric]), element("small", {}, range(run.summary[metric]))),
      ),
    );
  const { graph, graph_hash: hash, commit } = run.header;
  const origin = [graph, hash && `graph ${hash.slice(0, 12)}`, commit && `commit ${commit.slice(0, 12)}`]
    .filter(Boolean)
    .join(" · ");
  return element(
    "article",
    { class: `card run-${at % COLOURS}` },
    element("h3", {}, swatch(at), foreign("span", run.label)),
    foreign("p", origin, { class: "origin" }),
    element("dl", { class: "figures" }, figures),
    outcomes(run, at, browse),
  );
}

/** How the questions ended, as a bar and as buttons that show those questions. */
function outcomes(run, at, browse) {
  const present = Object.entries(run.outcomes).filter(([outcome, n]) => n > 0 || outcome !== "unjudged");
  const part = ([outcome, n]) => {
    const piece = element("span", { class: `piece ${outcome}`, "data-tip": `${n} ${outcome}, ${percent(n / asked(run))}` });
    piece.style.setProperty("flex-grow", n);
    return n > 0 && piece;
  };
  const button = ([outcome, n]) =>
    element(
      "button",
      { type: "button", class: "count", onclick: () => browse({ run: at, outcome }) },
      badge(outcome, false),
      element("b", {}, count(n)),
      ` ${outcome}`,
    );
  return [
    element("div", { class: "stack", "aria-hidden": "true" }, present.map(part)),
    element("div", { class: "counts" }, present.map(button)),
  ];
}

const badge = (outcome, spelled = true) =>
  element(
    "span",
    { class: `badge ${outcome}`, "aria-hidden": spelled ? null : "true" },
    SIGNS[outcome],
    spelled && ` ${outcome}`,
  );

function metricTable(data) {
  const rows = [];
  const left = new Set(data.metrics);
  for (const [kind, pattern] of KINDS) {
    const metrics = data.metrics.filter((metric) => left.has(metric) && pattern.test(metric));
    metrics.forEach((metric) => left.delete(metric));
    if (metrics.length)
      rows.push(element("tr", { class: "kind" }, element("th", { scope: "rowgroup", colspan: data.runs.length + 3 }, kind)));
    rows.push(...metrics.map((metric) => metricRow(data, metric)));
  }
  const heads = data.runs.map((run, at) => element("span", {}, swatch(at), foreign("span", run.label)));
  const whole = table("Metrics: mean and 95% interval", ["metric", ...heads, "n", "intervals"], rows, { name: "metrics" });
  whole.querySelectorAll("thead th").forEach((head, at, all) => at === all.length - 1 && head.classList.remove("number"));
  return whole;
}

function metricRow(data, metric) {
  const estimates = data.runs.map((run) => run.summary[metric]);
  const n = unique(estimates.filter(known).map((estimate) => count(estimate[3]))).join(" / ");
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, breakable(metric), " ", element("small", {}, meaning(metric))),
    estimates.map((estimate) => element("td", { class: "number" }, dressed(estimate))),
    element("td", { class: "number" }, n),
    element("td", {}, forest(estimates, extent(estimates.filter(known)))),
  );
}

function configuration(data) {
  const rows = FIELDS.map((field) => {
    const values = data.runs.map((run) => plain(run.header[field]));
    const differs = unique(values).length > 1;
    const cells = data.runs.map((run) => element("td", {}, foreign("span", lines(run.header[field]), { class: "code" })));
    return element(
      "tr",
      { class: differs ? "differs" : null },
      element("th", { scope: "row" }, field.replace("_", " "), differs && element("small", {}, "differs")),
      cells,
    );
  });
  return table("Configuration", ["", ...names(data)], rows, { named: 1 + data.runs.length, hidden: true, name: "configuration" });
}

/** The runs against the first, question by question: every number shows its questions. */
function changes(data, browse) {
  const rows = data.runs.slice(1).map((run, index) => {
    const counts = { both: 0, gained: 0, lost: 0, neither: 0 };
    data.questions.forEach((_, at) => {
      const change = changeOf(data.answers[0][at], data.answers[index + 1][at]);
      if (change) counts[change] += 1;
    });
    const cell = (change) =>
      element(
        "button",
        { type: "button", class: "link", onclick: () => browse({ run: index + 1, against: 0, change }) },
        count(counts[change]),
      );
    return [element("span", {}, swatch(index + 1), foreign("span", run.label)), ...Object.keys(counts).map(cell)];
  });
  const heading = ["run", "both right", "only this one right", `only ${data.runs[0].label} right`, "neither right"];
  return table(`Question by question against ${data.runs[0].label}`, heading, rows);
}

/** What became of a question from one run to another; null if either was not asked it or cannot be judged. */
function changeOf(there, here) {
  if (!there || !here || there.right === null || here.right === null) return null;
  return here.right ? (there.right ? "both" : "gained") : there.right ? "lost" : "neither";
}
