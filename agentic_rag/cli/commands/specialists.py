"""Models of your own: `train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agentic_rag.cli.shared import JsonOption, print_json


def train(
    role: Annotated[str, typer.Argument(help="router, planner, grader, reader or verifier.")],
    data: Annotated[Path, typer.Option(help="The folder with the training files; README, 'The specialists, and your own'.")],
    out: Annotated[Path, typer.Option(help="Where adapter and card are written; an unfinished run there goes on.")],
    epochs: Annotated[
        float | None, typer.Option(min=0, help="How often the data is read, 0 to only average; default: the recipe's.")
    ] = None,
    rank: Annotated[int | None, typer.Option(min=0, help="Of the adapter; 0 trains the layers themselves.")] = None,
    rate: Annotated[float | None, typer.Option(min=0, help="Highest learning rate.")] = None,
    batch: Annotated[int | None, typer.Option(min=512, help="Tokens of a batch.")] = None,
    descents: Annotated[
        int | None, typer.Option(min=1, help="How often the rate comes down; the weights at the ends are averaged.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of examples, order and first weights.")] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            help="An adapter of the same rank to begin with; a role's name is the one that ships, 'base' none at all; "
            "default: the recipe's, which is reader for grader and verifier, else base."
        ),
    ] = None,
    average: Annotated[
        list[str] | None,
        typer.Option(
            help="FOLDER[=SHARE]: average the weights with those of this adapter in the end, maybe another role's; repeatable."
        ),
    ] = None,
    stores: Annotated[
        Path | None, typer.Option(help="A folder with stores of the dev sets, for figures and calibration of grader and planner.")
    ] = None,
    reader: Annotated[
        Path | None,
        typer.Option(help="The reader that a verifier learns to check, and by which plans are judged; default: ours."),
    ] = None,
    grader: Annotated[Path | None, typer.Option(help="The grader by which plans are judged; default: ours.")] = None,
    judge: Annotated[bool, typer.Option("--judge", help="Train nothing: measure the adapter in --out again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what an epoch has, but for what a reader answers.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a specialist: LoRA on the embedded encoder, with a card of its dev figures. Needs the extra `train`."""
    from agentic_rag.cli.training import order_of, run_train, show_card
    from agentic_rag.training import recipes

    changes = {"epochs": epochs, "rank": rank, "rate": rate, "batch": batch, "descents": descents, "seed": seed}
    order = order_of(role, data, out, changes, start=start, average=average or [], stores=stores, reader=reader, grader=grader)
    if dry_run:
        print_json(recipes.outlook(order))
        return
    card = recipes.judge(order) if judge else run_train(order)
    if as_json:
        print_json(card)
    else:
        show_card(card)
