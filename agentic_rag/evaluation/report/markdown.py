"""The report as GitHub Markdown, for a README."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from agentic_rag.evaluation.report import table as rows
from agentic_rag.evaluation.report.view import RunView


def tables(runs: Sequence[RunView], *, by: Sequence[str] = (), metrics: Sequence[str] | None = None) -> str:
    """A line a run with the mean of each metric and its 95% interval; then a table for each dimension in `by`."""
    found = [rows.overview(runs, metrics), *(rows.breakdown(runs, dimension, metrics) for dimension in by)]
    return "\n".join(map(_dressed, found))


def _dressed(plain: rows.Table) -> str:
    sides = [":---" if at < plain.named else "---:" for at in range(len(plain.heading))]
    return "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in [plain.heading, sides, *plain.rows])


def _cell(text: str) -> str:
    """Text on one line that neither ends the cell nor is read as markup."""
    plain = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*|~]|(?<![^\W_])_|_(?![^\W_])|\[(?![-\d]))", r"\\\1", plain)
