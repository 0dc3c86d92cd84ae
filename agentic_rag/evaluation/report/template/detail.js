// One question: what was asked, and side by side what every run did with it.

function detail(data, at) {
  const question = data.questions[at];
  const tags = [question.id, question.type, counted(question.hops, "hop"), !question.answerable && "unanswerable"].filter(
    Boolean,
  );
  const gold = question.answers.length
    ? question.answers.map((answer) => foreign("li", answer))
    : [element("li", { class: "none" }, question.answerable ? "none is known" : "none: the right answer is “I do not know”")];
  return [
    element(
      "p",
      { class: "tags" },
      tags.map((name) => tag(name)),
    ),
    foreign("h3", question.question),
    element("div", { class: "gold" }, element("h4", {}, "Gold answers"), element("ul", {}, gold)),
    element(
      "div",
      { class: "answers" },
      data.runs.map((run, index) => answered(data, run, index, question, data.answers[index][at])),
    ),
  ];
}

function answered(data, run, index, question, answer) {
  const head = [swatch(index), foreign("span", run.label)];
  if (!answer)
    return element(
      "section",
      { class: "answer" },
      element("h4", { class: "name" }, head),
      element("p", { class: "none" }, "Not asked in this run."),
    );
  const facts = [badge(answer.outcome), answer.outcome === "abstained" && answer.right && tag("rightly")];
  return element(
    "section",
    { class: `answer run-${index % COLOURS}`, "aria-label": run.label },
    element("h4", { class: "name" }, head, facts),
    said(answer),
    answer.outcome !== "failed" && sureness(data, answer),
    part("Quotes", quotes(data.titles[index], answer)),
    part("Claims", claims(answer)),
    part("Route", route(answer)),
    part("Events", answer.sequence && foreign("p", answer.sequence)),
    part("Plan", plan(answer)),
    part("Sub-questions", subQuestions(answer)),
    part("Gold passages", goldPassages(data, data.titles[index], answer)),
    contexts(data.titles[index], answer),
    spending(answer),
    scores(data, answer),
  );
}

const part = (title, body) => body && element("div", { class: "part" }, element("h5", {}, title), body);

function said(answer) {
  if (answer.outcome === "failed")
    return [
      element("p", { class: "given none" }, "Failed"),
      foreign("pre", answer.error || "no reason was recorded", { class: "reason" }),
    ];
  const given =
    answer.answer === null
      ? element("p", { class: "given none" }, "I do not know")
      : foreign("p", answer.answer, { class: "given" });
  return [given, answer.reason && foreign("p", answer.reason, { class: "reason" })];
}

function sureness(data, answer) {
  const fill = element("span", { class: "fill" });
  fill.style.setProperty("width", `${Math.max(0, Math.min(1, answer.confidence ?? 0)) * 100}%`);
  const shown = scored(data, answer).filter(([metric]) => metric === "em" || metric === "f1");
  const facts = [
    ["confidence", number(answer.confidence)],
    ...shown,
    ["seconds", number(answer.seconds)],
    ["calls", answer.spent.calls ?? ABSENT],
  ];
  return [
    element("div", { class: "meter", "aria-hidden": "true" }, fill),
    element(
      "dl",
      { class: "facts" },
      facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, String(value)))),
    ),
  ];
}

const title = (titles, id) => foreign("cite", Object.hasOwn(titles, id) ? titles[id] : id, { title: id });
const tag = (name, kind = "tag") => [" ", foreign("span", name, { class: kind })];
const star = (answer, id) => Object.hasOwn(answer.gold, id) && tag("gold", "tag star");

function quotes(titles, answer) {
  if (!answer.quotes.length) return null;
  const line = (quote, at) =>
    element(
      "li",
      { class: at < answer.cited ? null : "unused" },
      foreign("q", quote.text),
      element("span", { class: "source" }, title(titles, quote.passage), star(answer, quote.passage)),
    );
  return element("ol", { class: "quotes" }, answer.quotes.map(line));
}

function claims(answer) {
  const line = (claim) => {
    const sources = claim.citations.length ? `quote ${claim.citations.map((at) => at + 1).join(", ")}` : "no quote";
    const support = claim.support === null ? "not verified" : `support ${number(claim.support)}`;
    return element(
      "li",
      {},
      foreign("span", claim.question),
      " → ",
      foreign("b", claim.answer),
      element("small", {}, `${support}, ${sources}`),
    );
  };
  return answer.claims.length > 0 && element("ul", { class: "lines" }, answer.claims.map(line));
}

function route(answer) {
  if (!answer.route) return null;
  const { label, score, type, escalated } = answer.route;
  return foreign(
    "p",
    [`${label}, score ${number(score)}`, type && `type ${type}`, escalated && "escalated"].filter(Boolean).join(", "),
  );
}

function plan(answer) {
  const lines = answer.plan.sub_questions || [];
  if (!lines.length) return null;
  const notes = (answer.plan.notes || []).map((note) => foreign("p", note, { class: "reason" }));
  const items = lines.map((line) => element("li", { value: line.id }, foreign("span", line.text), tag(line.subagent)));
  return [
    element("ol", { class: "plan" }, items),
    element("p", {}, "combined by ", foreign("b", answer.plan.combine || "read")),
    notes,
  ];
}

function subQuestions(answer) {
  if (!answer.sub_questions?.length) return null;
  const line = (sub) => {
    const outcome = element(
      "small",
      {},
      foreign("span", sub.subagent),
      ", ",
      element("span", { class: `state ${sub.status}` }, sub.status.replace("_", " ")),
    );
    return element("li", {}, foreign("span", sub.text), " → ", foreign("b", sub.answer ?? (sub.error || ABSENT)), outcome);
  };
  return element("ol", { class: "lines" }, answer.sub_questions.map(line));
}

function goldPassages(data, titles, answer) {
  const gold = Object.keys(answer.gold);
  if (!gold.length) return null;
  const tick = (id, stage) => {
    const there = answer.gold[id].includes(stage);
    return element("span", { class: there ? "yes" : "no" }, there ? "✓ " : "✗ not ", stage);
  };
  const line = (id) =>
    element(
      "li",
      {},
      title(titles, id),
      element(
        "small",
        { class: "ticks" },
        data.stages.map((stage) => tick(id, stage)),
      ),
    );
  return element("ul", { class: "lines" }, gold.map(line));
}

function contexts(titles, answer) {
  if (!answer.contexts.length) return null;
  const quoted = new Set(answer.quotes.slice(0, answer.cited).map((quote) => quote.passage));
  const line = (id) =>
    element(
      "li",
      {},
      title(titles, id),
      star(answer, id),
      answer.read.includes(id) && tag("read"),
      quoted.has(id) && tag("cited"),
    );
  return folded(counted(answer.contexts.length, "passage") + " found", () =>
    element("ol", { class: "contexts" }, answer.contexts.map(line)),
  );
}

function spending(answer) {
  if (!answer.usage?.length) return null;
  const rows = answer.usage.map(([role, model, calls, read, written, seconds]) => [
    foreign("span", role),
    foreign("span", model),
    ...[calls, read, written].map(count),
    number(seconds),
  ]);
  const over =
    answer.exhausted.length > 0 && element("p", { class: "reason" }, `Budget exhausted: ${answer.exhausted.join(", ")}`);
  const summary = `Usage: ${counted(answer.spent.calls ?? 0, "call")}, ${counted(answer.spent.tokens ?? 0, "token")}, ${counted(answer.spent.rounds ?? 0, "round")}`;
  return [
    over,
    folded(summary, () =>
      table("Usage", ["role", "model", "calls", "tokens in", "tokens out", "seconds"], rows, {
        named: 2,
        hidden: true,
        name: "small",
      }),
    ),
  ];
}

function scores(data, answer) {
  const there = scored(data, answer);
  return (
    there.length > 0 && folded("All scores", () => table("Scores", ["metric", "score"], there, { hidden: true, name: "small" }))
  );
}

function scored(data, answer) {
  return data.scored
    .map((metric, at) => [metric, answer.scores[at]])
    .filter(([, score]) => score !== null)
    .map(([metric, score]) => [metric, number(score)]);
}
