"""What several commands share: their options, opening a store, building the graph, printing JSON, failing a gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentic_rag.types import Budget

if TYPE_CHECKING:
    from agentic_rag.cli.roles import Casting
    from agentic_rag.graph import Graph
    from agentic_rag.store import Store

StoreOption = Annotated[
    str, typer.Option("--store", "-s", help="A folder, or http(s)://HOST:PORT/COLLECTION of a Qdrant server.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
GraphOption = Annotated[Path | None, typer.Option(help="A Python file with build(store, ...); default: the adaptive graph.")]
ModelOption = Annotated[
    str | None,
    typer.Option(
        help="Who does all five roles: ollama:NAME[@URL], openai:NAME@URL, specialists[:FOLDER], FILE.py:NAME or MODULE:NAME; or "
        "two of these as 'SMALL > LARGE', where the second is asked when the first fails, finds nothing or is not sure."
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
    list[str] | None,
    typer.Option(
        help="Filter on metadata: KEY=VALUE (several of one key are alternatives), KEY>=NUMBER, KEY<=NUMBER; repeatable."
    ),
]
CallsOption = Annotated[int | None, typer.Option(min=1, help=f"Budget of a question: role calls; default {Budget().calls}.")]
SecondsOption = Annotated[
    float | None, typer.Option(min=0.01, help=f"Budget of a question: wall time; default {Budget().seconds:g}.")
]
ConfidenceOption = Annotated[float | None, typer.Option(min=0, max=1, help="Answer only when at least this confident.")]

GATED = ["em", "f1", "recall@10", "all_gold@10", "citation_precision", "citation_recall", "calls"]
"""What `no worse` is about where no metric is named: not seconds, which are those of a machine and of its other work, nor
coverage, of which neither more nor less is better."""


def open_store(location: str, encoder: Path | None) -> Store:
    from agentic_rag.encoder import MiniLM
    from agentic_rag.store import Store

    return Store.open(location, MiniLM(encoder))


def build_graph(path: Path | None, store: Store, casting: Casting, where: list[str], paths: int | None) -> Graph:
    from agentic_rag import adaptive
    from agentic_rag.cli.loading import graph_of, where_of

    options: dict[str, Any] = {"roles": casting(store.encoder)} if casting else {}
    if where:
        options["where"] = where_of(where)
    if paths is not None:
        options["paths"] = paths
    return graph_of(path, store, options) if path else adaptive.build(store, **options)


def budget_of(calls: int | None, seconds: float | None) -> Budget | None:
    """None where nothing is said of it."""
    said = {name: limit for name, limit in (("calls", calls), ("seconds", seconds)) if limit is not None}
    return Budget(**said) if said else None  # type: ignore[arg-type]  # each has its own type


def end(failed: list[str]) -> None:
    """Exit code 1 if a gate was missed, with the reasons."""
    for reason in failed:
        typer.echo(f"failed: {reason}", err=True)
    if failed:
        raise typer.Exit(1)


def print_json(value: object) -> None:
    from agentic_rag.plain import as_plain

    typer.echo(json.dumps(as_plain(value), ensure_ascii=False, indent=2))
