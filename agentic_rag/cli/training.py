"""`agentic-rag train`: an order, a progress bar, and the card of what came of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from agentic_rag.specialists import ROLES, SHIPPED
from agentic_rag.training import loop
from agentic_rag.training.data import TrainingError
from agentic_rag.training.recipes import BASE, Order, train

err, out = Console(stderr=True, highlight=False), Console(highlight=False)
LOGGED_EVERY = 100
"""Steps between lines where the progress is not shown on a terminal."""


def order_of(
    role: str,
    data: Path,
    folder: Path,
    changes: Mapping[str, Any],
    *,
    start: Path | None,
    average: Sequence[str],
    stores: Path | None,
    reader: Path | None,
    grader: Path | None,
) -> Order:
    words = ["agentic-rag", *(word for word in sys.argv[1:] if word not in ("--json", "--judge"))]
    start, reader, grader = (one and adapter_at(str(one)) for one in (start, reader, grader))
    return Order(role, data, folder, changes, start, dict(map(shared, average)), stores, reader, grader, " ".join(words))


def adapter_at(word: str) -> Path:
    """A folder, or the adapter of that role that ships; "base" is none at all."""
    return SHIPPED / word if word in (*ROLES, BASE.name) and not Path(word).is_dir() else Path(word)


def shared(spec: str) -> tuple[Path, float]:
    """FOLDER=SHARE, or a folder whose weights count once; or a role, see `adapter_at`."""
    folder, sign, share = (spec, "", "") if Path(spec).is_dir() else spec.rpartition("=")
    folder = folder if sign else spec
    try:
        counted = float(share) if sign else 1.0
    except ValueError:
        counted = 0.0
    if not 0 < counted < inf:
        raise TrainingError(
            f"--average {spec!r} has no positive number behind '='; give FOLDER or FOLDER=SHARE, e.g. mine/reader=0.5"
        )
    return adapter_at(folder), counted


def run_train(order: Order) -> dict[str, Any]:
    columns = [TextColumn("training"), BarColumn(), TextColumn("{task.fields[state]}"), TimeRemainingColumn()]
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("training", total=None, state="making examples")

        def show(now: loop.Progress) -> None:
            speed, dev = now.tokens / max(now.seconds, 1e-9), "" if now.dev is None else f"  dev {now.dev:.3f}"
            state = f"step {now.step}/{now.steps}  epoch {now.epoch:.2f}  loss {now.loss:.3f}{dev}  {speed:,.0f} tokens/s"
            bar.update(task, completed=now.step, total=now.steps, state=state)
            if not err.is_terminal and (now.step % LOGGED_EVERY == 0 or now.step == now.steps):
                err.print(state)

        return train(order, on_progress=show)


def show_card(card: Mapping[str, Any]) -> None:
    trained = card["trained"]
    out.print(f"{card['role']}: {trained['examples']:,} examples, {trained['tokens']:,} tokens, {trained['seconds']:,.0f} s")
    table = Table("dev figure", "mean", "95%", "n")
    for name, found in card["figures"].items():
        table.add_row(name, f"{found['mean']:.3f}", f"[{found['low']:.3f}, {found['high']:.3f}]", str(found["n"]))
    out.print(table)
