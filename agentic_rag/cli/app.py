"""The commands. Each imports what it needs when it runs; results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
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
    str | None, typer.Option(help="Where the five roles come from: FILE.py:NAME or MODULE:NAME of a function.")
]
EncoderOption = Annotated[Path | None, typer.Option(help="A folder with another sentence-transformers model of MiniLM's shape.")]
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
    encoder: EncoderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make or update a store from documents. Only what is new or changed is embedded; a killed run goes on where it was."""
    from agentic_rag.cli.indexing import run_index

    report = run_index(paths, store, tokens, overlap, encoder)
    if as_json:
        _print_json(report)
    else:
        typer.echo(report.sentence())


@app.command()
def search(
    query: str,
    store: StoreOption,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    retriever: Annotated[str, typer.Option(help="dense, bm25 or fused.")] = "fused",
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
    from agentic_rag.cli.show import Steps, show_result
    from agentic_rag.types import Budget

    default = Budget()
    budget = Budget(calls=calls or default.calls, seconds=seconds or default.seconds)
    with _open(store, encoder) as opened:
        built = _build(graph, opened, model, where or [])
        with Steps(detailed=trace) as steps:
            result = graphs.ask(built, question, budget=budget, confidence=confidence, on_step=steps)
    if as_json:
        _print_json(result)
    else:
        show_result(result)


@app.command()
def draw(graph: GraphOption = None) -> None:
    """Print a graph's drawing in Mermaid."""
    from agentic_rag.cli.loading import blank_store

    with blank_store() as store:
        typer.echo(_build(graph, store, None, []).get_graph().draw_mermaid(with_styles=False), nl=False)


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
def doctor(as_json: JsonOption = False) -> None:
    """Say what works on this machine and what does not, with the cure."""
    from agentic_rag.cli.doctor import checks
    from agentic_rag.cli.show import show_checks

    found = checks()
    if as_json:
        _print_json(found)
    else:
        show_checks(found)
    raise typer.Exit(0 if all(check.ok for check in found if check.needed) else 1)


def _open(location: str, encoder: Path | None) -> Store:
    from agentic_rag.encoder import MiniLM
    from agentic_rag.store import Store

    return Store.open(location, MiniLM(encoder))


def _build(path: Path | None, store: Store, model: str | None, where: list[str]) -> Graph:
    from agentic_rag import adaptive
    from agentic_rag.cli.loading import graph_of, roles_of, where_of

    options: dict[str, Any] = {"roles": roles_of(model, store.encoder)} if model else {}
    if where:
        options["where"] = where_of(where)
    return graph_of(path, store, options) if path else adaptive.build(store, **options)


def _print_json(value: object) -> None:
    from agentic_rag.cli.show import as_plain

    typer.echo(json.dumps(as_plain(value), ensure_ascii=False, indent=2))
