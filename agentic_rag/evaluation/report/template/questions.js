// The browser of questions: filters, a list in pages, and one question with all that every run did with it.

const PAGE = 50;
const ORDERS = {
  suite: ["Order of the suite", null],
  unsure: ["Least confident first", (answer) => answer.confidence ?? 2],
  sure: ["Most confident first", (answer) => -(answer.confidence ?? -1)],
  slow: ["Slowest first", (answer) => -(answer.seconds ?? 0)],
};
const CHANGES = {
  differ: "the outcome differs",
  gained: "right here, not there",
  lost: "right there, not here",
  both: "both right",
  neither: "neither right",
};
const NO_FILTERS = {
  run: 0,
  outcome: "",
  path: "",
  type: "",
  hops: "",
  lost: "",
  sequence: "",
  shape: "",
  against: null,
  change: "",
  text: "",
  order: "suite",
};

function questions(data) {
  const state = { ...NO_FILTERS, page: 0, chosen: null, found: [] };
  const parts = {
    filters: element("div", { class: "controls" }),
    outcomes: element("div", { class: "outcomes", role: "group", "aria-label": "Outcome" }),
    status: element("p", { class: "status", role: "status" }),
    list: element("ul", { class: "list", "aria-label": "Questions" }),
    pages: element("div", { class: "pages" }),
    detail: element("article", { id: "question", class: "detail", tabindex: -1, "aria-label": "Question" }),
  };
  const texts = data.questions.map((question, at) =>
    [question.id, question.question, ...question.answers, ...data.answers.map((answers) => answers[at]?.answer || "")]
      .join("\n")
      .toLowerCase(),
  );
  const search = element("input", {
    type: "search",
    "aria-label": "Search",
    placeholder: "Search questions, answers, ids",
    oninput: (event) => refine({ text: event.target.value }),
  });

  function refine(change) {
    Object.assign(state, change, { page: 0 });
    state.found = matching(data, state, texts);
    if (Object.keys(change).join() !== "text") fill();
    show();
  }

  function fill() {
    search.value = state.text;
    parts.filters.replaceChildren(...controls(data, state, refine), reset());
  }

  const reset = () =>
    element("button", { type: "button", class: "quiet", onclick: () => refine({ ...NO_FILTERS, run: state.run }) }, "Reset");

  function show() {
    parts.outcomes.replaceChildren(...outcomeButtons(data, state, texts, refine));
    parts.status.textContent = `${count(state.found.length)} of ${counted(data.questions.length, "question")}`;
    const page = state.found.slice(state.page * PAGE, (state.page + 1) * PAGE);
    parts.list.replaceChildren(...page.map((at) => item(data, at, at === state.chosen, () => choose(at))));
    parts.list.scrollTop = 0;
    parts.pages.replaceChildren(...pager(state, (page) => show(Object.assign(state, { page }))));
  }

  function choose(at, { record = true } = {}) {
    state.chosen = at;
    const page = Math.floor(Math.max(0, state.found.indexOf(at)) / PAGE);
    if (page !== state.page) show((state.page = page));
    parts.detail.replaceChildren(...detail(data, at));
    parts.list
      .querySelectorAll("button")
      .forEach((button) => button.setAttribute("aria-current", String(Number(button.value) === at)));
    if (record) history.replaceState(null, "", `#q=${encodeURIComponent(data.questions[at].id)}`);
    if (record && matchMedia("(max-width: 900px)").matches) parts.detail.scrollIntoView({ block: "start" });
  }

  parts.list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !state.found.length) return;
    event.preventDefault();
    const place = Math.min(state.found.length - 1, Math.max(0, state.found.indexOf(Number(event.target.value)) + step));
    choose(state.found[place]);
    parts.list.querySelector('[aria-current="true"]').focus();
  });

  refine({});
  const at = data.questions.findIndex((question) => location.hash === `#q=${encodeURIComponent(question.id)}`);
  if (at >= 0 || state.found.length) choose(at >= 0 ? at : state.found[0], { record: false });
  const left = element("div", { class: "finder" }, parts.status, parts.list, parts.pages);
  const node = section(
    "questions",
    "Questions",
    null,
    element("div", { class: "seek" }, parts.outcomes, search),
    parts.filters,
    element("div", { class: "browser" }, left, parts.detail),
  );
  const browse = (filters) => {
    refine({ ...NO_FILTERS, ...filters });
    if (state.found.length) choose(state.found[0], { record: false });
    node.scrollIntoView({ block: "start" });
  };
  return { node, browse, reveal: () => parts.list.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "center" }) };
}

function matching(data, state, texts, { anyOutcome = false } = {}) {
  const wanted = state.text.trim().toLowerCase();
  const answers = data.answers[state.run] || [];
  const found = data.questions.flatMap((question, at) => {
    const answer = answers[at];
    const fits =
      answer &&
      (anyOutcome || !state.outcome || answer.outcome === state.outcome) &&
      (!state.path || answer.path === state.path) &&
      (!state.type || question.type === state.type) &&
      (!state.hops || String(question.hops) === state.hops) &&
      (!state.lost || answer.lost === state.lost) &&
      (!state.sequence || answer.sequence === state.sequence) &&
      (!state.shape || answer.shape === state.shape) &&
      (!state.change || changed(data, state, at)) &&
      (!wanted || texts[at].includes(wanted));
    return fits ? [at] : [];
  });
  const [, key] = ORDERS[state.order];
  return key ? found.sort((one, other) => key(answers[one]) - key(answers[other])) : found;
}

function changed(data, { run, against, change }, at) {
  const here = data.answers[run][at];
  const others = against === null ? data.answers.filter((_, other) => other !== run) : [data.answers[against]];
  return others.some((answers) =>
    change === "differ" ? answers[at] && answers[at].outcome !== here.outcome : changeOf(answers[at], here) === change,
  );
}

function controls(data, state, refine) {
  const answers = (data.answers[state.run] || []).filter(Boolean);
  const several = data.runs.length > 1;
  const select = (label, key, values, name = (value) => value) => {
    const chosen = state[key] && !values.some((value) => String(value) === state[key]) ? [state[key]] : [];
    const options = unique([...values, ...chosen])
      .filter((value) => value !== "")
      .sort((one, other) => String(one).localeCompare(String(other), "en", { numeric: true }));
    return (
      (options.length > 1 || state[key]) &&
      choice(label, [["", "all"], ...options.map((value) => [String(value), name(value)])], state[key], (value) =>
        refine({ [key]: value }),
      )
    );
  };
  const runs = names(data).map((name, at) => [String(at), name]);
  const others = [["", "any other run"], ...runs.filter(([at]) => at !== String(state.run))];
  return [
    several &&
      choice("Run", runs, String(state.run), (value) => refine({ run: Number(value), against: null, path: "", sequence: "", shape: "" })),
    select(
      "Type",
      "type",
      data.questions.map((question) => question.type),
    ),
    select(
      "Hops",
      "hops",
      data.questions.map((question) => question.hops),
    ),
    select(
      "Route",
      "path",
      answers.map((answer) => answer.path),
    ),
    select(
      "Gold first lost",
      "lost",
      answers.map((answer) => answer.lost),
      (stage) => `not ${stage}`,
    ),
    select(
      "Sequence",
      "sequence",
      answers.map((answer) => answer.sequence),
    ),
    select(
      "Plan",
      "shape",
      answers.map((answer) => answer.shape),
    ),
    several && choice("Compared", [["", "all"], ...Object.entries(CHANGES)], state.change, (change) => refine({ change })),
    several &&
      state.change &&
      choice("with", others, state.against === null ? "" : String(state.against), (value) =>
        refine({ against: value === "" ? null : Number(value) }),
      ),
    choice(
      "Order",
      Object.entries(ORDERS).map(([key, [name]]) => [key, name]),
      state.order,
      (order) => refine({ order }),
    ),
  ].filter(Boolean);
}

function outcomeButtons(data, state, texts, refine) {
  const found = matching(data, { ...state, order: "suite" }, texts, { anyOutcome: true });
  const number = (outcome) => found.filter((at) => data.answers[state.run][at].outcome === outcome).length;
  const button = (outcome, n) =>
    element(
      "button",
      {
        type: "button",
        class: `chip ${outcome}`,
        "aria-pressed": String(state.outcome === outcome),
        onclick: () => refine({ outcome }),
      },
      outcome ? [element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[outcome]), outcome] : "all",
      element("b", {}, count(n)),
    );
  const shown = data.outcomes.filter((outcome) => outcome !== "unjudged" || number(outcome));
  return [button("", found.length), ...shown.map((outcome) => button(outcome, number(outcome)))];
}

function item(data, at, chosen, onclick) {
  const question = data.questions[at];
  const ends = data.answers.map((answers) => answers[at]?.outcome);
  const signs = ends.map((outcome, run) =>
    element(
      "span",
      { class: `badge ${outcome || "absent"}`, title: `${data.runs[run].label}: ${outcome || "not asked"}` },
      SIGNS[outcome] || ABSENT,
    ),
  );
  const about = [question.id, question.type, counted(question.hops, "hop")].filter(Boolean).join(" · ");
  return element(
    "li",
    {},
    element(
      "button",
      { type: "button", value: at, "aria-current": String(chosen), onclick },
      element("span", { class: "signs" }, signs),
      element("span", { class: "line" }, foreign("span", question.question, { class: "text" }), foreign("small", about)),
    ),
  );
}

function pager(state, turn) {
  const last = Math.max(0, Math.ceil(state.found.length / PAGE) - 1);
  if (!last) return [];
  const to = (name, page, label) =>
    element(
      "button",
      { type: "button", class: "quiet", disabled: page < 0 || page > last, "aria-label": label, onclick: () => turn(page) },
      name,
    );
  return [
    to("‹", state.page - 1, "Previous page"),
    element("span", {}, `page ${state.page + 1} of ${last + 1}`),
    to("›", state.page + 1, "Next page"),
  ];
}
