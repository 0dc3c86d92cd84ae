"""The table of commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from agentic_rag.cli.commands import answers, runs, specialists, stores

app = typer.Typer(
    name="agentic-rag",
    help="Agentic retrieval-augmented generation on small models: grounded, cited answers from your own documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _main(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks; may stand anywhere on the line.")] = False,
) -> None:
    """Options of all commands."""


COMMANDS: dict[str, Callable[..., None]] = {
    "index": stores.index,
    "search": stores.search,
    "ask": answers.ask,
    "eval": runs.evaluate,
    "report": runs.report,
    "compare": runs.compare,
    "routing": runs.routing,
    "train": specialists.train,
    "draw": answers.draw,
    "demo": answers.demo,
    "doctor": answers.doctor,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
