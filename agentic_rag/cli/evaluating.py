"""`agentic-rag eval`, `compare` and `routing`: from words on the command line to runs, tables and reports."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from agentic_rag import adaptive
from agentic_rag.cli.indexing import SHOWN_SKIPPED
from agentic_rag.cli.loading import builder_of, calling, module_of
from agentic_rag.cli.roles import Casting
from agentic_rag.cli.shared import GATED
from agentic_rag.corpus import Corpus, Skipped
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation import metrics as measures
from agentic_rag.evaluation.comparison import (
    Comparison,
    Gate,
    check_questions,
    check_setting,
    compare,
    failed_gates,
    no_worse_than,
    parse_gate,
)
from agentic_rag.evaluation.controls import Control, controls
from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.log import begun, read_run
from agentic_rag.evaluation.metrics import ALL, METRICS, Metric
from agentic_rag.evaluation.records import Record, Run
from agentic_rag.evaluation.report import markdown, terminal
from agentic_rag.evaluation.report.behaviour import variety
from agentic_rag.evaluation.report.page import page
from agentic_rag.evaluation.report.view import Interval, RunView
from agentic_rag.evaluation.running import Candidate, Forecast, OnRecord, forecast, run_suite
from agentic_rag.evaluation.statistics import By, Estimate, summarize
from agentic_rag.evaluation.suite import Setting, Suite, suite_of
from agentic_rag.store import Store, Where
from agentic_rag.store.engine import digest
from agentic_rag.text import without_login
from agentic_rag.types import Budget

DIMENSIONS: tuple[By, ...] = ("route", "type", "hops")
COMPARED = [*GATED, "coverage", "seconds"]

plain = partial(Console, highlight=False, markup=False, emoji=False)  # questions and answers are other people's text
err, out = plain(stderr=True), plain()


@dataclass(frozen=True)
class Wanted:
    """What was typed after `agentic-rag eval`."""

    suite: Path | None
    corpus: Path | None
    questions: Path | None
    qrels: Path | None
    format: str | None
    setting: Setting | None
    graph: Path | None
    casting: Casting
    paths: int | None
    confidence: float | None
    budget: Budget | None
    store: str | None
    encoder: Path | None
    limit: int | None
    workers: int
    seed: int


def suite_wanted(wanted: Wanted, encoder: MiniLM) -> Suite:
    files = {"--corpus": wanted.corpus, "--qrels": wanted.qrels, "--format": wanted.format}
    if (wanted.suite is None) == (wanted.questions is None):
        raise EvaluationError("eval takes a SUITE.py, or --questions with --corpus; see eval/suites/ for examples")
    if wanted.suite is not None:
        if ignored := [name for name, given in files.items() if given]:
            raise EvaluationError(f"{ignored[0]} goes with --questions; a SUITE.py brings all its data, leave {ignored[0]} out")
        suite = calling(f"suite() in {str(wanted.suite)!r}", _function(wanted.suite, "suite"))
        if not isinstance(suite, Suite):
            raise EvaluationError(f"suite() in {str(wanted.suite)!r} returned {type(suite).__name__}; return a Suite")
        suite = replace(suite, setting=wanted.setting) if wanted.setting else suite
    else:
        assert wanted.questions is not None
        options: dict[str, Any] = {"qrels": wanted.qrels, "format_": wanted.format, "setting": wanted.setting or "corpus"}
        suite = suite_of(wanted.questions, wanted.corpus, tokenizer=encoder.tokenizer, **options)
    return suite.limited(wanted.limit)


def candidate_wanted(wanted: Wanted, encoder: MiniLM) -> Candidate:
    """The graph as a candidate; its source names it in the header, and decides whether a run may be resumed.

    Roles are made once, and a graph file is run once, because a setting other than "corpus" builds a graph for every question.
    Raises `GraphError` for a file that builds none.
    """
    options: dict[str, Any] = {"roles": wanted.casting(encoder)} if wanted.casting or not wanted.graph else {}
    options |= {"paths": wanted.paths} if wanted.paths is not None else {}
    own = builder_of(wanted.graph) if wanted.graph else None

    def build(store: Store, where: Where) -> Any:
        extra: dict[str, Any] = {**options, **({"where": where} if where else {})}
        return own(store, extra) if own else adaptive.build(store, **extra)

    source = wanted.graph.read_text(encoding="utf-8") if wanted.graph else inspect.getsource(adaptive)
    name = wanted.graph.stem if wanted.graph else "adaptive"
    models = {"roles": str(wanted.casting)}
    return Candidate(name, build, source, models, wanted.budget, wanted.confidence)


def store_of(suite: Suite, wanted: Wanted, encoder: MiniLM) -> Store:
    """The store of a suite: where `--store` says, else in this user's cache, one for each content of a corpus."""
    found = suite.passages()
    passages = list(found)
    if wanted.questions and not passages:
        if not wanted.store:
            raise EvaluationError(f"{str(wanted.questions)!r} brings no passages; give a store that holds them with --store")
        return Store.open(wanted.store, encoder)
    show_skipped(found.skipped if isinstance(found, Corpus) else [])
    key = digest("\n".join([encoder.fingerprint, *(f"{one.id} {digest(one.content)}" for one in passages)]))
    location = wanted.store or str(user_cache_path("agentic_rag") / "stores" / f"{suite.name}-{key}")
    err.print(f"store: {without_login(location)}", soft_wrap=True)
    return replace(suite, passages=lambda: passages).store(location, encoder)


def show_skipped(skipped: Sequence[Skipped]) -> None:
    for one in skipped[:SHOWN_SKIPPED]:
        err.print(f"skipped {one}", soft_wrap=True)
    if len(skipped) > SHOWN_SKIPPED:
        err.print(f"skipped {len(skipped) - SHOWN_SKIPPED} more; agentic-rag index --json lists all")


def run_eval(wanted: Wanted, file: Path, baseline: Run | None = None) -> tuple[Suite, Run]:
    """Ask what `file` has not yet; raises `EvaluationError` first if it could not be held against `baseline`."""
    encoder, before = MiniLM(wanted.encoder), begun(file)
    suite = suite_wanted(wanted, encoder)
    if baseline:
        check_setting(suite.setting, baseline)
        check_questions(suite.questions, baseline)
    candidate = candidate_wanted(wanted, encoder)
    finished = before.records if before else []
    with store_of(suite, wanted, encoder) as store, running_score(len(suite.questions), finished) as on_record:
        check_graph(candidate, suite, store)
        log = wanted.casting.models.log

        def noted(record: Record) -> None:
            on_record(record)
            if log and record.result:
                log.ended(record.result)

        run = run_suite(suite, candidate, store, file, workers=wanted.workers, seed=wanted.seed, on_record=noted)
    return suite, run


def run_forecast(wanted: Wanted) -> Forecast:
    encoder = MiniLM(wanted.encoder)
    suite, candidate = suite_wanted(wanted, encoder), candidate_wanted(wanted, encoder)
    with store_of(suite, wanted, encoder) as store:
        check_graph(candidate, suite, store)
        return forecast(suite, candidate, store, wanted.workers)


def check_graph(candidate: Candidate, suite: Suite, store: Store) -> None:
    """Raises `GraphError` where each question has passages of its own and the graph cannot be told them, before any is asked."""
    if where := suite.where(suite.questions[0]):
        candidate.build(store, where)


@contextmanager
def running_score(total: int, finished: Sequence[Record]) -> Iterator[OnRecord]:
    """A bar with the mean EM and F1 so far and the remaining time, on a terminal; it starts where the run was cut off."""
    judged = {name: [METRICS[name](record) for record in finished] for name in ("em", "f1")}
    scores = {name: [value for value in values if value is not None] for name, values in judged.items()}
    columns = [TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[score]}"), TimeRemainingColumn()]
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("asking", total=total, completed=len(finished), score="")

        def on_record(record: Record) -> None:
            for name, values in scores.items():
                if (value := METRICS[name](record)) is not None:
                    values.append(value)
            score = "  ".join(f"{name} {sum(values) / len(values):.3f}" for name, values in scores.items() if values)
            bar.update(task, advance=1, score=score)

        yield on_record


def view_of(run: Run) -> RunView:
    """A run with all its numbers, scored now."""
    scores = {record.question.id: {name: metric(record) for name, metric in METRICS.items()} for record in run.records}
    breakdowns = {str(by): summarize(run, by=by) for by in DIMENSIONS}
    return RunView(run.header, run.records, scores, summarize(run)["all"], breakdowns)


def told(view: RunView, shown: Collection[str] = ALL) -> dict[str, Any]:
    """A run as its summary on disk, in the metrics `shown`: everything but the records."""

    def chosen(estimates: Mapping[str, Interval]) -> dict[str, Interval]:
        return {name: estimate for name, estimate in estimates.items() if name in shown}

    groups = {by: {group: chosen(found) for group, found in each.items()} for by, each in view.breakdowns.items()}
    about = {"header": view.header, "failed": view.failed, "variety": variety(view)}
    return {**about, "summary": chosen(view.summary), "breakdowns": groups}


@dataclass(frozen=True)
class Reports:
    """How runs are shown: broken down `by` what, and in which files besides the terminal."""

    by: Sequence[str] = ()
    html: Path | None = None
    markdown: Path | None = None

    def __post_init__(self) -> None:
        if unknown := [name for name in self.by if name not in DIMENSIONS]:
            raise EvaluationError(f"runs cannot be broken down by {unknown[0]!r}; there are {', '.join(DIMENSIONS)}")
        check_writable(self.html, self.markdown)

    def show(self, views: Sequence[RunView], metrics: Sequence[str], *, on_terminal: bool) -> None:
        shown = [name for name in dict.fromkeys(metrics) if any(name in view.summary for view in views)]
        if self.html:
            _write(self.html, page(views))
        if self.markdown:
            _write(self.markdown, markdown.tables(views, by=self.by, metrics=shown))
        if on_terminal:
            terminal.show(views, by=self.by, metrics=shown, console=out)


def check_writable(*files: Path | None) -> None:
    """Raises `EvaluationError` where there is no folder for a file, before hours of work are lost for want of one."""
    for file in files:
        if file and (file.is_dir() or not file.parent.is_dir()):
            raise EvaluationError(f"{str(file)!r} cannot be written; give a file in a folder that exists")


@dataclass(frozen=True)
class Demands:
    """What a run must reach, and the run than which it must be no worse."""

    gates: Sequence[Gate]
    baseline: Run | None

    @classmethod
    def of(cls, gates: Sequence[str], baseline: Path | None) -> Demands:
        return cls([parse_gate(gate) for gate in gates], read_run(baseline) if baseline else None)

    def missed(self, run: Run) -> list[str]:
        """Why a run does not pass, a sentence each."""
        summary = summarize(run, measures.named(gate.metric for gate in self.gates))["all"]
        worse = no_worse_than(compare(run, self.baseline, _compared(GATED))) if self.baseline else []
        return [*failed_gates(summary, self.gates), *worse]


def compared(run: Path, baseline: Path, names: Sequence[str]) -> tuple[Run, Run, Comparison]:
    ours, theirs = read_run(run), read_run(baseline)
    return ours, theirs, compare(ours, theirs, _compared(names))


def show_comparison(ours: Run, theirs: Run, found: Comparison, examples: int) -> None:
    names = [ours.header.graph, theirs.header.graph]
    if names[0] == names[1]:
        names = ["run", "baseline"]
    title = f"{ours.header.graph} against {theirs.header.graph}, {ours.header.suite}, n={found.n}"
    shown = [Column(name, overflow="fold") for name in names]
    numbers = [Column("difference [95%]", min_width=10), "p", "p (Holm)", "won", "lost"]
    layout = {"box": box.SIMPLE_HEAD, "padding": (0, 1, 0, 0), "pad_edge": False}
    table = Table(Column("metric", no_wrap=True), *shown, *numbers, title=title, **layout)  # type: ignore[arg-type]  # rich's own
    for one in found.differences.values():
        interval = f"{one.difference.mean:+.4g} [{one.difference.low:+.4g}, {one.difference.high:+.4g}]"
        row = [one.metric, f"{one.run:.4g}", f"{one.baseline:.4g}", interval, f"{one.p:.3f}", f"{one.p_holm:.3f}"]
        table.add_row(*row, str(one.wins), str(one.losses))
    out.print(table)
    for what, missing in zip(names, (found.only_run, found.only_baseline), strict=True):
        if missing:
            out.print(f"only in {what}, and not counted: {len(missing)} questions, first {missing[0]}")
    _show_examples(ours, theirs, found, examples)


def show_controls(rows: Sequence[Control]) -> None:
    names = list(rows[0].estimates)
    table = Table(Column("router", no_wrap=True), "complex", *names)
    for row in rows:
        table.add_row(row.name, f"{row.share:.1%}", *(_interval(row.estimates.get(name)) for name in names))
    out.print(table)


def routing_rows(simple: Path, complex_: Path, adaptive_run: Path, again: Path | None) -> list[Control]:
    return controls(read_run(simple), read_run(complex_), read_run(adaptive_run), read_run(again) if again else None)


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    err.print(f"report: {file}", soft_wrap=True)


def _show_examples(ours: Run, theirs: Run, found: Comparison, count: int) -> None:
    by_id = [{record.question.id: record for record in run.records} for run in (ours, theirs)]
    changed = found.differences.get("em")
    for what, ids in (("won", changed.won), ("lost", changed.lost)) if changed and count else ():
        for question_id in ids[:count]:
            mine, other = (records[question_id] for records in by_id)
            out.print(
                f"{what}: {mine.question.question}  gold {mine.question.answers[:1]}  {mine.answer!r} (was {other.answer!r})"
            )


def _compared(names: Sequence[str]) -> dict[str, Metric]:
    found = measures.named(names)
    if whole := [name for name, metric in found.items() if not isinstance(metric, Metric)]:
        paired = ", ".join(name for name in ALL if name in METRICS)
        raise EvaluationError(f"{whole[0]!r} is a number of a whole run and cannot be paired by question; there are {paired}")
    return {name: metric for name, metric in found.items() if isinstance(metric, Metric)}


def _interval(estimate: Estimate | None) -> str:
    return f"{estimate.mean:.3g} [{estimate.low:.3g}, {estimate.high:.3g}]" if estimate else "-"


def _function(path: Path, name: str) -> Any:
    found = getattr(module_of(path), name, None)
    if not callable(found):
        raise EvaluationError(f"the suite file {str(path)!r} has no function {name}(); see eval/suites/ for examples")
    return found
