"""The report on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentic_rag.evaluation.report import table as rows
from agentic_rag.evaluation.report.view import RunView


def show(
    runs: Sequence[RunView], *, by: Sequence[str] = (), metrics: Sequence[str] | None = None, console: Console | None = None
) -> None:
    """The headline table, and a table for each dimension in `by` ("route", "type", "hops")."""
    console = console or Console(highlight=False)
    console.print(headline(runs, metrics))
    for dimension in by:
        console.print(breakdown(runs, dimension, metrics))


def headline(runs: Sequence[RunView], metrics: Sequence[str] | None = None) -> Table:
    """Metrics by run: the mean with its 95% interval."""
    return _dressed(rows.headline(runs, metrics))


def breakdown(runs: Sequence[RunView], by: str, metrics: Sequence[str] | None = None) -> Table:
    """The same for each group of a dimension."""
    return _dressed(rows.breakdown(runs, by, metrics))


def _dressed(plain: rows.Table) -> Table:
    dressed = Table(title=Text(plain.title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for at, name in enumerate(plain.heading):
        dressed.add_column(Text(name), justify="left" if at < plain.named else "right", no_wrap=at < plain.named, overflow="fold")
    for at, row in enumerate(plain.rows):
        if at and at in plain.rules:
            dressed.add_section()
        dressed.add_row(*(_cell(text) for text in row))
    return dressed


def _cell(text: str) -> Text:
    """The mean stands out, its interval does not."""
    mean, bracket, rest = text.partition(" [")
    return Text.assemble(mean, (bracket + rest, "dim"))
