// The parts of the page between the overview and the questions, each null if there is nothing to show.

function costs(data) {
  const numeric = data.metrics.filter((metric) => data.runs.some((run) => known(run.summary[metric])));
  if (!numeric.length) return null;
  const dimensions = unique(data.runs.flatMap((run) => Object.keys(run.breakdowns)));
  const chosen = {
    y: first(["f1", "em"], numeric),
    cost: first(["calls", "tokens"], numeric),
    late: first(["seconds", "seconds_p50", "calls"], numeric),
    by: "",
  };
  if (data.runs.length === 1 && dimensions.includes("route")) chosen.by = "route";
  const body = element("div", { class: "two" });
  const options = numeric.map((metric) => [metric, metric]);
  const set = (key) => (value) => {
    chosen[key] = value;
    body.replaceChildren(tradeOff(data, chosen.cost, chosen.y, chosen.by), tradeOff(data, chosen.late, chosen.y, chosen.by));
  };
  set("by")(chosen.by);
  const controls = [
    choice("Quality", options, chosen.y, set("y")),
    choice("Cost", options, chosen.cost, set("cost")),
    choice("Time", options, chosen.late, set("late")),
    dimensions.length > 0 && choice("Groups", [["", "none"], ...dimensions.map((by) => [by, `by ${by}`])], chosen.by, set("by")),
  ];
  return section(
    "cost",
    "Quality, cost and time",
    "Better and cheaper is up and to the left. Whiskers are 95% intervals.",
    element("div", { class: "controls" }, controls),
    body,
  );
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
    const rows = run.reliability.map((bin) => [
      `${number(bin.low)} to ${number(bin.high)}`,
      number(bin.confidence),
      written(bin.accuracy),
      count(bin.accuracy[3]),
    ]);
    const title = [swatch(at), foreign("span", run.label), element("span", { class: "aside" }, `ECE ${mean(run.summary.ece)}`)];
    const label = `Reliability of ${run.label}: expected calibration error ${mean(run.summary.ece)}`;
    const heading = ["confidence", "mean", "accuracy", "answers"];
    const caption = `Reliability of ${run.label}`;
    return figure(element("span", {}, title), label, [heading, ...rows], 340, reliability(run.reliability, at), { caption });
  });
  const risks = data.runs.flatMap((run) =>
    thinned(run.risk).map((point) => [run.label, number(point.confidence), number(point.coverage), written(point.risk)]),
  );
  const label = data.runs.map(
    (run) =>
      run.risk.length && `${run.label}: risk ${mean(run.risk.at(-1).risk)} at coverage ${number(run.risk.at(-1).coverage)}`,
  );
  const curve = figure(
    "Risk against coverage",
    label.filter(Boolean).join("; "),
    [["run", "confidence from", "coverage", "risk"], ...risks],
    340,
    riskLines(data.runs),
    { names: names(data) },
  );
  return section(
    "confidence",
    "Confidence",
    "Can confidence be believed? On the dashed line answers are right as often as they claim. The curve shows what is gained by answering only the most confident ones.",
    data.runs.length === 1
      ? element("div", { class: "two" }, diagrams, curve)
      : [element("div", { class: "three" }, diagrams), curve],
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
    choice(
      "Group by",
      dimensions.map((by) => [by, by]),
      chosen.by,
      set("by"),
    ),
    choice(
      "Metric",
      metrics.map((metric) => [metric, metric]),
      chosen.metric,
      set("metric"),
    ),
  ];
  return section("groups", "Types, routes and hops", null, element("div", { class: "controls" }, controls), body);
}

function groupBars(data, by, metric) {
  const found = unique(data.runs.flatMap((run) => Object.keys(run.breakdowns[by] || {})));
  const rows = found.map((group) => {
    const every = data.runs.map((run) => run.breakdowns[by]?.[group] ?? {});
    const n = Math.max(0, ...every.flatMap(Object.values).map((estimate) => estimate[3]));
    return { name: group || "none", n, estimates: every.map((each) => each[metric]) };
  });
  const table = [
    [by, "questions", ...names(data)],
    ...rows.map((row) => [row.name, count(row.n), ...row.estimates.map(written)]),
  ];
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
    run.funnel.map((stage) => [
      run.label,
      stage.name,
      stage.passages ? written(stage.passages) : ABSENT,
      written(stage.questions),
    ]),
  );
  const label = runs
    .map(
      (run) =>
        `${run.label}: ${run.funnel.map((stage) => `${stage.name} ${mean(stage.passages || stage.questions)}`).join(", ")}`,
    )
    .join("; ");
  const heading = ["run", "stage", "gold passages", "questions with all of them"];
  const note =
    "A bar is the share of gold passages that came this far, the line across it the share of questions for which all of them did. “Answered” is the share of these questions with the right answer.";
  const chart = figure("How far the gold passages come", label, [heading, ...rows], 330, funnel(data.runs, stages), {
    names: names(data),
    note,
  });
  return section(
    "retrieval",
    "From retrieved to answered",
    null,
    element("div", { class: "two wide" }, chart, losses(data, browse)),
  );
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

const COLUMNS = "How many questions went so, the share answered rightly, and mean seconds. The twelve most frequent, then the others.";

function sequences(data, browse) {
  if (!data.sequences.length) return null;
  const told = data.runs
    .filter((run) => run.variety.questions)
    .map(({ label, variety: { questions, sequences, bits } }) => {
      const found = `${counted(sequences, "different sequence")} in ${counted(questions, "question")}, ${bits.toFixed(2)} bits`;
      return data.runs.length > 1 ? `${label}: ${found}` : found;
    });
  const [title, intro] = ["What the planner did", `What was decided for a question, in order. ${COLUMNS}`];
  const rows = frequencies(data, browse, title, "sequence", data.sequences);
  return section("sequences", title, intro, foreign("p", `${told.join("; ")}.`, { class: "variety" }), rows);
}

function plans(data, browse) {
  if (!data.plans.length) return null;
  const intro = `The subagents of a plan, wave by wave, and how their answers are combined. ${COLUMNS}`;
  return section("plans", "Plans", intro, frequencies(data, browse, "Plans", "shape", data.plans));
}

/** A row for each name, and of each run that has any how often it was so; `key` is the filter that shows those questions. */
function frequencies(data, browse, caption, key, rows) {
  const runs = data.runs.map((_, run) => run).filter((run) => rows.some((row) => row.runs[run]));
  const link = (run, name, n) =>
    element("button", { type: "button", class: "link", onclick: () => browse({ run, [key]: name }) }, count(n));
  const cells = (name, run, ended) =>
    ended
      ? [name === "others" ? count(ended.n) : link(run, name, ended.n), dressed(ended.right), number(ended.seconds)]
      : [ABSENT, "", ""];
  const heads = (run) => [element("span", {}, swatch(run), foreign("span", data.runs[run].label)), "right", "seconds"];
  const body = rows.map(({ name, runs: ended }) => [
    foreign("span", name),
    ...runs.flatMap((run) => cells(name, run, ended[run])),
  ]);
  const heading = [key === "shape" ? "plan" : key, ...runs.flatMap(heads)];
  return table(caption, heading, body, { hidden: true, name: "frequencies" });
}
