// The parts of the page above the questions. `data` is what `payload.py` made; `browse(filters)` shows questions.

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
const FIELDS = ["suite", "setting", "questions", "data_hash", "graph", "graph_hash", "config_hash", "models", "store", "seed", "package", "commit", "machine"];

const names = (data) => data.runs.map((run) => run.label);
const dressed = (estimate) => [element("b", {}, mean(estimate)), " ", element("small", {}, range(estimate))];
const breakable = (name) => name.split(/(?<=_)/).flatMap((piece, at) => (at ? [element("wbr"), piece] : [piece]));
const meaning = (metric) => MEANING[metric] || MEANING[metric.replace(/@.*/, "@")] || "";
const first = (wanted, there) => wanted.find((metric) => there.includes(metric)) || there[0];
const asked = (run) => Object.values(run.outcomes).reduce((sum, each) => sum + each, 0);
const unique = (values) => [...new Set(values)];
const plain = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? ""));

function heading(data) {
  const suites = unique(data.runs.map((run) => run.header.suite)).join(", ") || "no runs";
  const settings = unique(data.runs.map((run) => run.header.setting)).filter(Boolean).join(", ");
  const facts = [counted(data.questions.length, "question"), counted(data.runs.length, "run"), settings && `setting: ${settings}`];
  return [element("p", { class: "eyebrow" }, "Evaluation"), foreign("h1", suites), element("p", { class: "facts" }, facts.filter(Boolean).join(" · "))];
}

function overview(data, browse) {
  const different = ["suite", "setting", "data_hash"].filter((field) => unique(data.runs.map((run) => plain(run.header[field]))).length > 1);
  const warning = `These runs differ in ${different.join(" and ").replace("_", " ")}: their numbers are not of the same questions.`;
  return section(
    "overview",
    "Overview",
    null,
    different.length > 0 && element("p", { class: "warning", role: "note" }, warning),
    element("div", { class: "cards" }, data.runs.map((run, at) => card(run, at, data, browse))),
    metricTable(data),
    data.runs.length > 1 && changes(data, browse),
    folded("Configuration of the runs", () => configuration(data), { class: "panel" }),
  );
}

function card(run, at, data, browse) {
  const wanted = data.runs.length === 1 ? ["em", "f1", "coverage", "selective_accuracy", "citation_recall", "seconds_p50"] : ["em", "f1", "seconds_p50"];
  const figures = unique([...wanted, ...data.metrics]).filter((metric) => known(run.summary[metric])).slice(0, wanted.length).map((metric) =>
    element("div", {}, element("dt", {}, metric), element("dd", {}, mean(run.summary[metric]), element("small", {}, range(run.summary[metric])))),
  );
  const { graph, graph_hash: hash, commit } = run.header;
  const origin = [graph, hash && `graph ${hash.slice(0, 12)}`, commit && `commit ${commit.slice(0, 12)}`].filter(Boolean).join(" · ");
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
    element("button", { type: "button", class: "count", onclick: () => browse({ run: at, outcome }) }, badge(outcome, false), element("b", {}, count(n)), ` ${outcome}`);
  return [element("div", { class: "stack", "aria-hidden": "true" }, present.map(part)), element("div", { class: "counts" }, present.map(button))];
}

const badge = (outcome, spelled = true) =>
  element("span", { class: `badge ${outcome}`, "aria-hidden": spelled ? null : "true" }, SIGNS[outcome], spelled && ` ${outcome}`);

function metricTable(data) {
  const rows = [];
  const left = new Set(data.metrics);
  for (const [kind, pattern] of KINDS) {
    const metrics = data.metrics.filter((metric) => left.has(metric) && pattern.test(metric));
    metrics.forEach((metric) => left.delete(metric));
    if (metrics.length) rows.push(element("tr", { class: "kind" }, element("th", { scope: "rowgroup", colspan: data.runs.length + 3 }, kind)));
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
    const cells = values.map((value) => element("td", {}, foreign("span", value, { class: "code" })));
    return element("tr", { class: differs ? "differs" : null }, element("th", { scope: "row" }, field.replace("_", " "), differs && element("small", {}, "differs")), cells);
  });
  return table("Configuration", ["", ...names(data)], rows, { named: 1 + data.runs.length, hidden: true });
}

/** The runs against the first, question by question: every number shows its questions. */
function changes(data, browse) {
  const rows = data.runs.slice(1).map((run, index) => {
    const counts = { both: 0, gained: 0, lost: 0, neither: 0 };
    data.questions.forEach((_, at) => {
      const change = changeOf(data.answers[0][at], data.answers[index + 1][at]);
      if (change) counts[change] += 1;
    });
    const cell = (change) => element("button", { type: "button", class: "link", onclick: () => browse({ run: index + 1, against: 0, change }) }, count(counts[change]));
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

function costs(data) {
  const numeric = data.metrics.filter((metric) => data.runs.some((run) => known(run.summary[metric])));
  if (!numeric.length) return null;
  const dimensions = unique(data.runs.flatMap((run) => Object.keys(run.breakdowns)));
  const chosen = { y: first(["f1", "em"], numeric), cost: first(["calls", "tokens"], numeric), late: first(["seconds", "seconds_p50"], numeric), by: "" };
  if (data.runs.length === 1 && dimensions.includes("route")) chosen.by = "route";
  const body = element("div", { class: "two" });
  const options = numeric.map((metric) => [metric, metric]);
  const set = (key) => (value) => {
    chosen[key] = value;
    body.replaceChildren(tradeOff(data, chosen.cost, chosen.y, chosen.by), tradeOff(data, chosen.late, chosen.y, chosen.by));
  };
  set("by")(chosen.by);
  const controls = [
    choice("Up", options, chosen.y, set("y")),
    choice("Across, left", options, chosen.cost, set("cost")),
    choice("Across, right", options, chosen.late, set("late")),
    dimensions.length > 0 && choice("Groups", [["", "none"], ...dimensions.map((by) => [by, `by ${by}`])], chosen.by, set("by")),
  ];
  return section("cost", "Quality, cost and time", "Whiskers are 95% intervals. Up and to the left is better, where the number upward is one of quality.", element("div", { class: "controls" }, controls), body);
}

function tradeOff(data, across, up, by) {
  const points = data.runs.flatMap((run, at) => {
    const groups = Object.entries(run.breakdowns[by] || {}).map(([group, estimates]) => ({ group, estimates, hollow: true }));
    return [...groups, { group: "", estimates: run.summary, hollow: false }].map(({ group, estimates, hollow }) => {
      const name = !group ? run.label : data.runs.length > 1 ? `${run.label}: ${group}` : group;
      const [x, y] = [estimates[across], estimates[up]];
      return { run: at, hollow, name, x, y, tip: `${name}\n${up} ${written(y)}\n${across} ${written(x)}` };
    });
  });
  const shown = points.filter((point) => known(point.x) && known(point.y));
  const rows = [["run", across, up], ...shown.map((point) => [point.name, written(point.x), written(point.y)])];
  const label = shown.map((point) => `${point.name}: ${up} ${mean(point.y)} at ${across} ${mean(point.x)}`).join("; ");
  if (!shown.length) return element("p", { class: "empty" }, `No run has both ${up} and ${across}.`);
  return figure(`${up} against ${across}`, label, rows, 320, scatter(shown, { xName: across, yName: up }));
}

function confidence(data) {
  if (!data.runs.some((run) => run.reliability.length)) return null;
  const diagrams = data.runs.map((run, at) => {
    const rows = run.reliability.map((bin) => [`${number(bin.low)} to ${number(bin.high)}`, number(bin.confidence), written(bin.accuracy), count(bin.accuracy[3])]);
    const title = [swatch(at), foreign("span", run.label), element("span", { class: "aside" }, `ECE ${number(run.ece)}`)];
    const label = `Reliability of ${run.label}: expected calibration error ${number(run.ece)}`;
    const heading = ["confidence", "mean", "accuracy", "answers"];
    return figure(element("span", {}, title), label, [heading, ...rows], 340, reliability(run.reliability, at));
  });
  const risks = data.runs.flatMap((run) => thinned(run.risk).map((point) => [run.label, number(point.confidence), percent(point.coverage), written(point.risk)]));
  const label = data.runs.map((run) => run.risk.length && `${run.label}: risk ${percent(run.risk.at(-1).risk[0])} at coverage ${percent(run.risk.at(-1).coverage)}`);
  const curve = figure("Risk against coverage", label.filter(Boolean).join("; "), [["run", "confidence from", "coverage", "risk"], ...risks], 340, riskLines(data.runs), { names: names(data) });
  return section(
    "confidence",
    "Confidence",
    "Can confidence be believed? On the dashed line answers are right as often as they claim. The curve shows what is gained by answering only the most confident ones.",
    data.runs.length === 1 ? element("div", { class: "two" }, diagrams, curve) : [element("div", { class: "three" }, diagrams), curve],
  );
}

const thinned = (points) => points.filter((_, at) => at === points.length - 1 || at % Math.ceil(points.length / 20) === 0);

function groups(data) {
  const dimensions = unique(data.runs.flatMap((run) => Object.keys(run.breakdowns)));
  if (!dimensions.length) return null;
  const metrics = data.metrics;
  const chosen = { by: first(["type", "route"], dimensions), metric: first(["f1", "em"], metrics) };
  const body = element("div", {});
  const set = (key) => (value) => {
    chosen[key] = value;
    body.replaceChildren(groupBars(data, chosen.by, chosen.metric));
  };
  set("by")(chosen.by);
  const controls = [
    choice("Group by", dimensions.map((by) => [by, by]), chosen.by, set("by")),
    choice("Metric", metrics.map((metric) => [metric, metric]), chosen.metric, set("metric")),
  ];
  return section("groups", "Types, routes and hops", null, element("div", { class: "controls" }, controls), body);
}

function groupBars(data, by, metric) {
  const found = unique(data.runs.flatMap((run) => Object.keys(run.breakdowns[by] || {})));
  const rows = found.map((group) => {
    const estimates = data.runs.map((run) => run.breakdowns[by]?.[group]?.[metric]);
    return { name: group || "none", n: Math.max(0, ...estimates.filter(known).map((estimate) => estimate[3])), estimates };
  });
  const table = [[by, "questions", ...names(data)], ...rows.map((row) => [row.name, count(row.n), ...row.estimates.map(written)])];
  const label = rows.map((row) => `${row.name}: ${row.estimates.map(mean).join(", ")}`).join("; ");
  const domain = extent(rows.flatMap((row) => row.estimates));
  const height = rows.length * (data.runs.length * 18 + 22) + 26;
  return figure(`${metric} by ${by}`, label, table, height, bars(rows, domain), { names: names(data) });
}

function retrieval(data, browse) {
  const runs = data.runs.filter((run) => run.funnel.length);
  if (!runs.length) return null;
  const stages = runs[0].funnel.map((stage) => stage.name);
  const rows = data.runs.flatMap((run) =>
    run.funnel.map((stage) => [run.label, stage.name, stage.passages ? written(stage.passages) : ABSENT, written(stage.questions)]),
  );
  const label = runs.map((run) => `${run.label}: ${run.funnel.map((stage) => `${stage.name} ${mean(stage.passages || stage.questions)}`).join(", ")}`).join("; ");
  const heading = ["run", "stage", "gold passages", "questions with all of them"];
  const note = "A bar is the share of gold passages that came this far, the line across it the share of questions for which all of them did. “Answered” is the share of these questions with the right answer.";
  const chart = figure("How far the gold passages come", label, [heading, ...rows], 330, funnel(data.runs, stages), { names: names(data), note });
  return section("retrieval", "From retrieved to answered", null, element("div", { class: "two wide" }, chart, losses(data, browse)));
}

/** Where questions first lose a gold passage. */
function losses(data, browse) {
  const rows = data.stages.map((stage, at) => {
    const before = at ? `${data.stages[at - 1]}, not ${stage}` : `not ${stage}`;
    const cells = data.answers.map((answers, run) => {
      const n = answers.filter((answer) => answer && answer.lost === stage).length;
      return element("button", { type: "button", class: "link", onclick: () => browse({ run, lost: stage }) }, count(n));
    });
    return [before, ...cells];
  });
  return element("div", {}, table("Questions by where their first gold passage is lost", ["gold passage", ...names(data)], rows));
}

function plans(data, browse) {
  if (!data.runs.some((run) => run.plans.length)) return null;
  const planners = data.runs.map((_, run) => run).filter((run) => data.runs[run].plans.length);
  const found = planners.map((run) => new Map(data.runs[run].plans.map((plan) => [plan.shape, plan])));
  const total = (shape) => found.reduce((sum, plans) => sum + (plans.get(shape)?.n || 0), 0);
  const shapes = unique(found.flatMap((plans) => [...plans.keys()])).sort((one, other) => total(other) - total(one)).slice(0, 12);
  const cells = (plan, run) => {
    if (!plan) return [ABSENT, "", ""];
    const questions = element("button", { type: "button", class: "link", onclick: () => browse({ run, shape: plan.shape }) }, count(plan.n));
    return [questions, dressed(plan.right), number(plan.seconds)];
  };
  const rows = shapes.map((shape) => [foreign("span", shape), ...found.flatMap((plans, at) => cells(plans.get(shape), planners[at]))]);
  const heads = planners.flatMap((run) => [element("span", {}, swatch(run), foreign("span", data.runs[run].label)), "right", "seconds"]);
  const intro = "The subagents of a plan, wave by wave, and how their answers are combined: how many questions had it, the share answered rightly, and mean seconds. The twelve most frequent.";
  return section("plans", "Plans", intro, table("Plans", ["plan", ...heads], rows, { hidden: true, name: "plans" }));
}
