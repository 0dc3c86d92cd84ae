"""Questions with known answers: `eval`, `report`, `compare` and `routing`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agentic_rag.cli.shared import (
    GATED,
    CacheOption,
    CallsOption,
    ConfidenceOption,
    EncoderOption,
    EvidenceOption,
    GraphOption,
    JsonOption,
    LogOption,
    ModelOption,
    PathsOption,
    RoleOption,
    SecondsOption,
    budget_of,
    end,
    print_json,
)

NO_WORSE = (
    f"Fail (exit code 1) if a metric is worse, by its own 95% interval, uncorrected for there being several: {', '.join(GATED)}, "
    "or those that --metric names."
)


def evaluate(
    suite: Annotated[Path | None, typer.Argument(help="A Python file with suite(); or give --questions and --corpus.")] = None,
    corpus: Annotated[Path | None, typer.Option(help="corpus.jsonl[.gz], or documents.")] = None,
    questions: Annotated[Path | None, typer.Option(help="Questions in the native format, or a published data set.")] = None,
    qrels: Annotated[
        Path | None, typer.Option(help="TSV with query_id, doc_id, grade, where the questions have no gold.")
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="Of a published data set, where it cannot be recognised.")
    ] = None,
    setting: Annotated[str | None, typer.Option(help="corpus, candidates or gold: what may be searched.")] = None,
    graph: GraphOption = None,
    model: ModelOption = None,
    router: RoleOption = None,
    planner: RoleOption = None,
    grader: RoleOption = None,
    reader: RoleOption = None,
    verifier: RoleOption = None,
    evidence: EvidenceOption = None,
    cache: CacheOption = None,
    log: LogOption = None,
    paths: PathsOption = None,
    confidence: ConfidenceOption = None,
    calls: CallsOption = None,
    seconds: SecondsOption = None,
    store: Annotated[
        str | None, typer.Option("--store", "-s", help="Where the passages are indexed, a folder or URL; default: a cache.")
    ] = None,
    encoder: EncoderOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask a fixed sample of so many questions.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Questions asked at once.")] = 1,
    seed: Annotated[int, typer.Option(help="Written to the run; tells re-runs apart.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The run, as JSON lines; an unfinished one goes on.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Break down by route, type or hops; repeatable.")] = None,
    gate: Annotated[list[str] | None, typer.Option(help="Fail (exit code 1) unless e.g. 'f1>=0.6'; repeatable.")] = None,
    no_worse_than: Annotated[
        Path | None,
        typer.Option(
            help=f"Fail (exit code 1) if any of {', '.join(GATED)} is worse than in this run: by the 95% interval of each "
            "metric, uncorrected for there being several."
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report to look at.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the tables for a README.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Make the store, and say how many calls and about how long, from a few questions.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a graph over a QA set: a record per question, and means with 95% intervals."""
    import tempfile

    from agentic_rag.cli import evaluating
    from agentic_rag.cli.roles import Casting

    roles = {"router": router, "planner": planner, "grader": grader, "reader": reader, "verifier": verifier}
    casting = Casting.of(model, cache, log, evidence, **roles)
    wanted = evaluating.Wanted(
        suite=suite,
        corpus=corpus,
        questions=questions,
        qrels=qrels,
        format=format_,
        setting=setting,  # type: ignore[arg-type]  # the suite says which there are
        graph=graph,
        casting=casting,
        paths=paths,
        confidence=confidence,
        budget=budget_of(calls, seconds),
        store=store,
        encoder=encoder,
        limit=limit,
        workers=workers,
        seed=seed,
    )
    reports, demands = evaluating.Reports(by or [], html, markdown), evaluating.Demands.of(gate or [], no_worse_than)
    evaluating.check_writable(out)
    if dry_run:
        print_json(evaluating.run_forecast(wanted))
        return
    file = out or Path(tempfile.mkdtemp(prefix="agentic-rag-run-")) / "run.jsonl"
    typer.echo(f"run: {file}", err=True)
    asked, run = evaluating.run_eval(wanted, file, demands.baseline)
    view = evaluating.view_of(run)
    reports.show([view], [*asked.metrics, "calls", "seconds_p50", "seconds_p95"], on_terminal=not as_json)
    if as_json:
        print_json(evaluating.told(view))
    end(demands.missed(run))


def report(
    runs: Annotated[list[Path], typer.Argument(help="Runs, side by side.")],
    by: Annotated[list[str] | None, typer.Option(help="Break down by route, type or hops; repeatable.")] = None,
    metric: Annotated[list[str] | None, typer.Option(help="Only these metrics; repeatable.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report to look at.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the tables for a README.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Score runs again, without asking anything, and show them."""
    from agentic_rag.cli import evaluating
    from agentic_rag.evaluation.log import read_run
    from agentic_rag.evaluation.metrics import ALL, named

    shown, reports = list(named(metric or ALL)), evaluating.Reports(by or [], html, markdown)
    views = [evaluating.view_of(read_run(run)) for run in runs]
    reports.show(views, shown, on_terminal=not as_json)
    if as_json:
        print_json([evaluating.told(view, shown) for view in views])


def compare(
    run: Annotated[Path, typer.Argument(help="The run.")],
    baseline: Annotated[Path, typer.Argument(help="The run that it is compared with, question by question.")],
    metric: Annotated[list[str] | None, typer.Option(help="Only these metrics, fewer means stronger tests; repeatable.")] = None,
    examples: Annotated[int, typer.Option(min=0, help="How many questions that were won and lost to show.")] = 3,
    no_worse: Annotated[bool, typer.Option("--no-worse", help=NO_WORSE)] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs: paired differences with intervals, p-values, wins and losses."""
    from agentic_rag.cli import evaluating
    from agentic_rag.evaluation.comparison import check_directed, no_worse_than

    if no_worse:
        check_directed(metric or GATED)
    ours, theirs, found = evaluating.compared(run, baseline, metric or evaluating.COMPARED)
    if as_json:
        print_json(found)
    else:
        evaluating.show_comparison(ours, theirs, found, examples)
    unjudged = [f"{name} applies to no question of both runs" for name in metric or [] if name not in found.differences]
    end([*unjudged, *no_worse_than(found, metric or GATED)] if no_worse else [])


def routing(
    always_simple: Annotated[Path, typer.Argument(help="A run of graphs/single.py.")],
    always_complex: Annotated[Path, typer.Argument(help="A run of graphs/fan_out.py.")],
    adaptive: Annotated[Path, typer.Argument(help="A run of the graph whose routing is judged.")],
    again: Annotated[Path | None, typer.Option(help="A second run of graphs/single.py, the control of the oracle.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a router against always-simple, always-complex, chance, question length, and the oracle with its control."""
    from agentic_rag.cli import evaluating

    rows = evaluating.routing_rows(always_simple, always_complex, adaptive, again)
    if as_json:
        print_json(rows)
    else:
        evaluating.show_controls(rows)
