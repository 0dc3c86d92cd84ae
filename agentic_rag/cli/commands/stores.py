"""Documents in, passages out: `index` and `search`."""

from __future__ import annotations

from typing import Annotated

import typer

from agentic_rag.cli.shared import EncoderOption, JsonOption, StoreOption, WhereOption, open_store, print_json


def index(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files or folders (two of one name, like a/docs and b/docs, share ids: give the folder above them); "
            "corpus.jsonl[.gz] in the native format; or a store to copy, its folder or URL."
        ),
    ],
    store: StoreOption,
    tokens: Annotated[
        int, typer.Option(min=16, max=256, help="Capacity of a passage, in tokens of the encoder, the same at every run.")
    ] = 200,
    overlap: Annotated[int, typer.Option(min=0, help="Tokens that neighbouring passages share, the same at every run.")] = 32,
    late: Annotated[
        bool | None,
        typer.Option(
            "--late/--no-late",
            help="Keep token vectors for the retriever `late`, thirty to fifty times the others' size. "
            "Default: as the store was made.",
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
        print_json(report)
    else:
        typer.echo(report.sentence())


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
    from agentic_rag.state import clean_question

    asked = clean_question(query)
    with open_store(store, encoder) as opened:
        hits = retriever_of(retriever, opened, where_of(where or [])).search(asked, k)
    if as_json:
        print_json(hits)
    else:
        show_hits(hits)
