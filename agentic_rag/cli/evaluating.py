"""`agentic-rag eval`, `compare` and `routing`: from words on the command line to runs, tables and reports."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from agentic_rag import adaptive
from agentic_rag.cli.loading import calling, graph_of, module_of
from agentic_rag.cli.roles import Casting
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation import metrics as measures
from agentic_rag.evaluation.comparison import Comparison, compare, failed_gates, no_worse_than, parse_gate
from agentic_rag.evaluation.controls import Control, controls
from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.log import read_run
from agentic_rag.evaluation.metrics import ALL, METRICS, Metric
from agentic_rag.evaluation.records import Record, Run
from agentic_rag.evaluation.report import markdown, terminal
from agentic_rag.evaluation.report.behaviour import variety
from agentic_rag.evaluation.report.page import page
from agentic_rag.evaluation.report.view import RunView
from agentic_rag.evaluation.running import Candidate, Forecast, OnRecord, forecast, run_suite
from agentic_rag.evaluation.statistics import By, Estimate, summarize
from agentic_rag.evaluation.suite import Setting, Suite, suite_of
from agentic_rag.store import Store, Where
from agentic_rag.store.engine import digest

DIMENSIONS: tuple[By, ...] = ("route", "type", "hops")
COMPARED = ["em", "f1", "recall@10", "all_gold@10", "citation_precision", "citation_recall", "coverage", "calls", "seconds"]

err, out = Console(stderr=True, highlight=False), Console(highlight=False)


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
    store: Path | None
    encoder: Path | None
    limit: int | None
    workers: int
    seed: int


def suite_wanted(wanted: Wanted) -> Suite:
    if (wanted.suite is None) == (wanted.questions is None):
        raise EvaluationError("eval takes a SUITE.py, or --questions with --corpus; see eval/suites/ for examples")
    if wanted.suite is not None:
        suite = calling(f"suite() in {str(wanted.suite)!r}", _function(wanted.suite, "suite"))
        if not isinstance(suite, Suite):
            raise EvaluationError(f"suite() in {str(wanted.suite)!r} returned {type(suite).__name__}; return a Suite")
        suite = replace(suite, setting=wanted.setting) if wanted.setting else suite
    else:
        assert wanted.questions is not None
        options: dict[str, Any] = {"qrels": wanted.qrels, "format_": wanted.format, "setting": wanted.setting or "corpus"}
        suite = suite_of(wanted.questions, wanted.corpus, **options)
    return suite.limited(wanted.limit)


def candidate_wanted(wanted: Wanted, encoder: MiniLM) -> Candidate:
    """The graph as a candidate; its source names it in the header, and decides whether a run may be resumed."""
    options: dict[str, Any] = {"roles": wanted.casting(encoder)} if wanted.casting else {}
    options |= {"paths": wanted.paths} if wanted.paths is not None else {}

    def build(store: Store, where: Where) -> Any:
        extra: dict[str, Any] = {**options, **({"where": where} if where else {})}
        return graph_of(wanted.graph, store, extra) if wanted.graph else adaptive.build(store, **extra)

    source = wanted.graph.read_text(encoding="utf-8") if wanted.graph and wanted.graph.is_file() else inspect.getsource(adaptive)
    name = wanted.graph.stem if wanted.graph else "adaptive"
    models = {"roles": str(wanted.casting)}
    return Candidate(name, build, source, models, confidence=wanted.confidence)


def store_of(suite: Suite, wanted: Wanted, encoder: MiniLM) -> Store:
    """The store of a suite: where `--store` says, else in this user's cache under the name of the suite and of its files."""
    key = digest(f"{suite.name} {wanted.corpus and wanted.corpus.resolve()} {encoder.fingerprint}")
    folder = wanted.store or user_cache_path("agentic_rag") / "stores" / f"{suite.name}-{key}"
    err.print(f"store: {folder}")
    return suite.store(folder, encoder)


def run_eval(wanted: Wanted, file: Path) -> tuple[Suite, Run]:
    encoder, suite = MiniLM(wanted.encoder), suite_wanted(wanted)
    candidate = candidate_wanted(wanted, encoder)
    with store_of(suite, wanted, encoder) as store, running_score(len(suite.questions)) as on_record:
        log = wanted.casting.models.log

        def noted(record: Record) -> None:
            on_record(record)
            if log and record.result:
                log.ended(record.result)

        run = run_suite(suite, candidate, store, file, workers=wanted.workers, seed=wanted.seed, on_record=noted)
    return suite, run


def run_forecast(wanted: Wanted) -> Forecast:
    encoder, suite = MiniLM(wanted.encoder), suite_wanted(wanted)
    with store_of(suite, wanted, encoder) as store:
        return forecast(suite, candidate_wanted(wanted, encoder), store, wanted.workers)


@contextmanager
def running_score(total: int) -> Iterator[OnRecord]:
    """A bar with the mean EM and F1 so far and the remaining time, on a terminal."""
    scores: dict[str, list[float]] = {"em": [], "f1": []}
    columns = [TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[score]}"), TimeRemainingColumn()]
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("asking", total=total, score="")

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


def told(view: RunView) -> dict[str, Any]:
    """A run as its summary on disk: everything but the records."""
    about = {"header": view.header, "failed": view.failed, "variety": variety(view)}
    return {**about, "summary": view.summary, "breakdowns": view.breakdowns}


def show_runs(views: Sequence[RunView], shown: Sequence[str], by: Sequence[str]) -> None:
    terminal.show(views, by=by, metrics=[name for name in shown if any(name in view.summary for view in views)], console=out)


def write_reports(views: Sequence[RunView], html: Path | None, text: Path | None) -> None:
    for path, content in ((html, page), (text, markdown.overview)):
        if path:
            path.write_text(content(views), encoding="utf-8")
            err.print(f"report: {path}")


def failures(run: Run, gates: Collection[str], baseline: Path | None) -> list[str]:
    """Why a run does not pass, a sentence each."""
    summary = summarize(run, measures.named(parse_gate(gate).metric for gate in gates))["all"] if gates else {}
    missed = failed_gates(summary, [parse_gate(gate) for gate in gates])
    if baseline:
        missed += no_worse_than(compare(run, read_run(baseline), _compared(COMPARED)))
    return missed


def compared(run: Path, baseline: Path, names: Sequence[str]) -> tuple[Run, Run, Comparison]:
    ours, theirs = read_run(run), read_run(baseline)
    return ours, theirs, compare(ours, theirs, _compared(names))


def show_comparison(ours: Run, theirs: Run, found: Comparison, examples: int) -> None:
    title = f"{ours.header.graph} against {theirs.header.graph}, {ours.header.suite}, n={found.n}"
    table = Table(
        "metric", ours.header.graph, theirs.header.graph, "difference [95%]", "p", "p (Holm)", "won", "lost", title=title
    )
    for one in found.differences.values():
        interval = f"{one.difference.mean:+.4g} [{one.difference.low:+.4g}, {one.difference.high:+.4g}]"
        row = [one.metric, f"{one.run:.4g}", f"{one.baseline:.4g}", interval, f"{one.p:.3f}", f"{one.p_holm:.3f}"]
        table.add_row(*row, str(one.wins), str(one.losses))
    out.print(table)
    for what, missing in ((ours.header.graph, found.only_run), (theirs.header.graph, found.only_baseline)):
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
