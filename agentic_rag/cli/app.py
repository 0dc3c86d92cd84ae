"""The commands. Each imports what it needs when it runs; results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from agentic_rag.cli.roles import Casting
    from agentic_rag.graph import Graph
    from agentic_rag.store import Store

app = typer.Typer(
    name="agentic-rag",
    help="Agentic retrieval-augmented generation on small models: grounded, cited answers from your own documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StoreOption = Annotated[
    str, typer.Option("--store", "-s", help="A folder, or http(s)://HOST:PORT/COLLECTION of a Qdrant server.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
GraphOption = Annotated[Path | None, typer.Option(help="A Python file with build(store, ...); default: the adaptive graph.")]
ModelOption = Annotated[
    str | None,
    typer.Option(
        help="Who does all five roles: ollama:NAME[@URL], openai:NAME@URL, specialists[:FOLDER], FILE.py:NAME or MODULE:NAME; or "
        "two of these as 'SMALL > LARGE', where the second is asked when the first fails."
    ),
]
CacheOption = Annotated[
    Path | None, typer.Option(help="Remember the replies of generative models in this file.", rich_help_panel="Roles")
]
LogOption = Annotated[
    Path | None,
    typer.Option(help="Write what generative models were asked and said to this file, as JSON lines.", rich_help_panel="Roles"),
]
EvidenceOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Tokens of passages that a generative reader is shown, the sentences that tell most; default 800, 0 shows all.",
        rich_help_panel="Roles",
    ),
]
RoleOption = Annotated[str | None, typer.Option(help="Who does this role instead.", rich_help_panel="Roles")]
EncoderOption = Annotated[Path | None, typer.Option(help="A folder with another sentence-transformers model of MiniLM's shape.")]
PathsOption = Annotated[
    int | None,
    typer.Option(
        min=0, max=16, help="Follow so many passages at once for a complex question; 0: only its sub-questions are asked."
    ),
]
WhereOption = Annotated[
    list[str] | None, typer.Option(help="Filter on metadata: KEY=VALUE, KEY>=NUMBER, KEY<=NUMBER; repeatable.")
]


@app.callback()
def _main(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks; may stand anywhere on the line.")] = False,
) -> None:
    """Options of all commands."""


@app.command()
def index(
    paths: Annotated[
        list[Path], typer.Argument(help="Files or folders; corpus.jsonl[.gz] in the native format; or another store.")
    ],
    store: StoreOption,
    tokens: Annotated[int, typer.Option(min=16, max=256, help="Capacity of a passage, in tokens of the encoder.")] = 200,
    overlap: Annotated[int, typer.Option(min=0, help="Tokens that neighbouring passages share.")] = 32,
    late: Annotated[
        bool | None,
        typer.Option(
            "--late/--no-late",
            help="Keep token vectors for the retriever `late`, thirty times the others' size. Default: as the store was made.",
            show_default=False,
        ),
    ] = None,
    parts: Annotated[
        bool | None,
        typer.Option(
            "--parts/--no-parts",
            help="Keep vectors of sentences and items of lists for the retriever `parts`. Default: as the store was made.",
            show_default=False,
        ),
    ] = None,
    encoder: EncoderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make or update a store from documents. Only what is new or changed is embedded; a killed run goes on where it was."""
    from agentic_rag.cli.indexing import run_index

    report = run_index(paths, store, tokens, overlap, encoder, late, parts)
    if as_json:
        _print_json(report)
    else:
        typer.echo(report.sentence())


@app.command()
def search(
    query: str,
    store: StoreOption,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    retriever: Annotated[
        str, typer.Option(help="dense, bm25, links, fused, late or parts (in a store made with --late or --parts).")
    ] = "fused",
    where: WhereOption = None,
    encoder: EncoderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find passages, without answering."""
    from agentic_rag.cli.loading import retriever_of, where_of
    from agentic_rag.cli.show import show_hits

    with _open(store, encoder) as opened:
        hits = retriever_of(retriever, opened, where_of(where or [])).search(query, k)
    if as_json:
        _print_json(hits)
    else:
        show_hits(hits)


@app.command()
def ask(
    question: str,
    store: StoreOption,
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
    confidence: Annotated[float | None, typer.Option(min=0, max=1, help="Answer only when at least this confident.")] = None,
    calls: Annotated[int | None, typer.Option(min=1, help="Budget: role calls.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0.01, help="Budget: wall time.")] = None,
    where: WhereOption = None,
    encoder: EncoderOption = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show the whole way: plan, queries, hits, quotes, seconds, calls.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from a store, with quotes, or say why not."""
    from agentic_rag import graph as graphs
    from agentic_rag.cli.roles import Casting
    from agentic_rag.cli.show import Steps, show_result
    from agentic_rag.types import Budget

    default = Budget()
    budget = Budget(calls=calls or default.calls, seconds=seconds or default.seconds)
    roles = {"router": router, "planner": planner, "grader": grader, "reader": reader, "verifier": verifier}
    casting = Casting.of(model, cache, log, evidence, **roles)
    with _open(store, encoder) as opened:
        built = _build(graph, opened, casting, where or [], paths)
        with Steps(detailed=trace) as steps:
            result = graphs.ask(built, question, budget=budget, confidence=confidence, on_step=steps)
    if casting.models.log:
        casting.models.log.ended(result)
    if as_json:
        _print_json(result)
    else:
        show_result(result)


@app.command(name="eval")
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
    confidence: Annotated[float | None, typer.Option(min=0, max=1, help="Answer only when at least this confident.")] = None,
    store: Annotated[Path | None, typer.Option("--store", "-s", help="Where the passages are indexed; default: a cache.")] = None,
    encoder: EncoderOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask a fixed sample of so many questions.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Questions asked at once.")] = 1,
    seed: Annotated[int, typer.Option(help="Written to the run; tells re-runs apart.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The run, as JSON lines; an unfinished one goes on.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Break down by route, type or hops; repeatable.")] = None,
    gate: Annotated[list[str] | None, typer.Option(help="Fail (exit code 1) unless e.g. 'f1>=0.6'; repeatable.")] = None,
    no_worse_than: Annotated[Path | None, typer.Option(help="Fail (exit code 1) if a metric is worse than in this run.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report to look at.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the tables for a README.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many calls and about how long, from a few questions.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a graph over a QA set: a record per question, and means with 95% intervals."""
    import tempfile

    from agentic_rag.cli import evaluating
    from agentic_rag.cli.roles import Casting

    roles = {"router": router, "planner": planner, "grader": grader, "reader": reader, "verifier": verifier}
    casting = Casting.of(model, cache, log, evidence, **roles)
    parts = (
        suite,
        corpus,
        questions,
        qrels,
        format_,
        setting,
        graph,
        casting,
        paths,
        confidence,
        store,
        encoder,
        limit,
        workers,
        seed,
    )
    wanted = evaluating.Wanted(*parts)  # type: ignore[arg-type]  # the suite says which settings there are
    if dry_run:
        _print_json(evaluating.run_forecast(wanted))
        return
    file = out or Path(tempfile.mkdtemp(prefix="agentic-rag-run-")) / "run.jsonl"
    asked, run = evaluating.run_eval(wanted, file)
    typer.echo(f"run: {file}", err=True)
    view = evaluating.view_of(run)
    evaluating.write_reports([view], html, markdown)
    if as_json:
        _print_json(evaluating.told(view))
    else:
        evaluating.show_runs([view], [*asked.metrics, "calls", "seconds_p50", "seconds_p95"], by or [])
    _end(evaluating.failures(run, gate or [], no_worse_than))


@app.command()
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

    shown = list(named(metric or ALL))
    views = [evaluating.view_of(read_run(run)) for run in runs]
    evaluating.write_reports(views, html, markdown)
    if as_json:
        _print_json([evaluating.told(view) for view in views])
    else:
        evaluating.show_runs(views, shown, by or [])


@app.command()
def compare(
    run: Annotated[Path, typer.Argument(help="The run.")],
    baseline: Annotated[Path, typer.Argument(help="The run that it is compared with, question by question.")],
    metric: Annotated[list[str] | None, typer.Option(help="Only these metrics, fewer means stronger tests; repeatable.")] = None,
    examples: Annotated[int, typer.Option(min=0, help="How many questions that were won and lost to show.")] = 3,
    no_worse: Annotated[bool, typer.Option("--no-worse", help="Fail (exit code 1) if a metric is worse.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs: paired differences with intervals, p-values, wins and losses."""
    from agentic_rag.cli import evaluating
    from agentic_rag.evaluation.comparison import no_worse_than

    ours, theirs, found = evaluating.compared(run, baseline, metric or evaluating.COMPARED)
    if as_json:
        _print_json(found)
    else:
        evaluating.show_comparison(ours, theirs, found, examples)
    _end(no_worse_than(found) if no_worse else [])


@app.command()
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
        _print_json(rows)
    else:
        evaluating.show_controls(rows)


@app.command()
def train(
    role: Annotated[str, typer.Argument(help="router, planner, grader, reader or verifier.")],
    data: Annotated[Path, typer.Option(help="The folder with the training files; README, 'Train your own'.")],
    out: Annotated[Path, typer.Option(help="Where adapter and card are written; an unfinished run there goes on.")],
    epochs: Annotated[float | None, typer.Option(min=0.001, help="How often the data is read; default: the recipe's.")] = None,
    rank: Annotated[int | None, typer.Option(min=0, help="Of the adapter; 0 trains the whole base.")] = None,
    rate: Annotated[float | None, typer.Option(min=0, help="Highest learning rate.")] = None,
    batch: Annotated[int | None, typer.Option(min=512, help="Tokens of a batch.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of examples, order and first weights.")] = None,
    start: Annotated[Path | None, typer.Option(help="An adapter of the same rank to begin with.")] = None,
    average: Annotated[
        list[Path] | None, typer.Option(help="Average the weights with those of this adapter in the end; repeatable.")
    ] = None,
    stores: Annotated[
        Path | None, typer.Option(help="A folder with stores of the dev sets, for dev figures of retrieval.")
    ] = None,
    reader: Annotated[Path | None, typer.Option(help="A trained reader, for dev figures of planner and verifier.")] = None,
    grader: Annotated[Path | None, typer.Option(help="A trained grader, for dev figures of the planner.")] = None,
    own: Annotated[
        Path | None, typer.Option(help="A reader trained for a short time, from whose answers the verifier learns.")
    ] = None,
    judge: Annotated[bool, typer.Option("--judge", help="Train nothing: measure the adapter in --out again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many examples and tokens an epoch has.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a specialist: LoRA on the embedded encoder, with a card of its dev figures. Needs the extra `train`."""
    from agentic_rag.cli.training import order_of, run_train, show_card
    from agentic_rag.training import recipes

    changes = {"epochs": epochs, "rank": rank, "rate": rate, "batch": batch, "seed": seed}
    order = order_of(
        role, data, out, changes, start=start, average=average or [], stores=stores, reader=reader, grader=grader, own=own
    )
    if dry_run:
        _print_json(recipes.outlook(order))
        return
    card = recipes.judge(order) if judge else run_train(order)
    if as_json:
        _print_json(card)
    else:
        show_card(card)


@app.command()
def draw(graph: GraphOption = None) -> None:
    """Print a graph's drawing in Mermaid."""
    from agentic_rag import adaptive
    from agentic_rag.baselines import training_free
    from agentic_rag.cli.loading import blank_store, graph_of

    with blank_store() as store:
        # whoever does the roles, the drawing is the same, and these need no torch
        built = graph_of(graph, store, {}) if graph else adaptive.build(store, training_free(store.encoder))
        typer.echo(built.get_graph().draw_mermaid(with_styles=False), nl=False)


@app.command()
def demo(trace: Annotated[bool, typer.Option(help="Show the whole way of each question.")] = True) -> None:
    """Index the bundled corpus, ask three questions, and show the whole way."""
    import tempfile

    from agentic_rag import adaptive
    from agentic_rag import graph as graphs
    from agentic_rag.cli.show import Steps, show_question, show_result
    from agentic_rag.demo import SHOWN, demo_questions, demo_store

    questions = {row["id"]: row for row in demo_questions()}
    with tempfile.TemporaryDirectory() as folder, demo_store(folder) as store:
        built = adaptive.build(store)
        typer.echo(f"{len(store)} passages about Drevanny, an island that does not exist.", err=True)
        for number in SHOWN:
            show_question(questions[number]["question"])
            with Steps(detailed=trace) as steps:
                result = graphs.ask(built, questions[number]["question"], on_step=steps)
            show_result(result)


@app.command()
def doctor(
    model: Annotated[
        str | None, typer.Option(help="Try a generative model in all five roles: ollama:NAME[@URL] or openai:NAME@URL.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Time to try the model.")] = 120.0,
    as_json: JsonOption = False,
) -> None:
    """Say what works on this machine and what does not, with the cure."""
    from agentic_rag.cli.doctor import checks, checks_of_model
    from agentic_rag.cli.show import show_checks

    found = checks_of_model(model, seconds) if model else checks()
    if as_json:
        _print_json(found)
    else:
        show_checks(found)
    raise typer.Exit(0 if all(check.ok for check in found if check.needed) else 1)


def _open(location: str, encoder: Path | None) -> Store:
    from agentic_rag.encoder import MiniLM
    from agentic_rag.store import Store

    return Store.open(location, MiniLM(encoder))


def _build(path: Path | None, store: Store, casting: Casting, where: list[str], paths: int | None) -> Graph:
    from agentic_rag import adaptive
    from agentic_rag.cli.loading import graph_of, where_of

    options: dict[str, Any] = {"roles": casting(store.encoder)} if casting else {}
    if where:
        options["where"] = where_of(where)
    if paths is not None:
        options["paths"] = paths
    return graph_of(path, store, options) if path else adaptive.build(store, **options)


def _end(failed: list[str]) -> None:
    """Exit code 1 if a gate was missed, with the reasons."""
    for reason in failed:
        typer.echo(f"failed: {reason}", err=True)
    if failed:
        raise typer.Exit(1)


def _print_json(value: object) -> None:
    from agentic_rag.plain import as_plain

    typer.echo(json.dumps(as_plain(value), ensure_ascii=False, indent=2))
