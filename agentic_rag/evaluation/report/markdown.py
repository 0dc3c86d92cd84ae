"""The report as GitHub Markdown, for a README."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from agentic_rag.evaluation.report import table as rows
from agentic_rag.evaluation.report.view import RunView


def headline(runs: Sequence[RunView], metrics: Sequence[str] | None = None) -> str:
    """Metrics by run: the mean with its 95% interval."""
    return _dressed(rows.headline(runs, metrics))


def breakdown(runs: Sequence[RunView], by: str, metrics: Sequence[str] | None = None) -> str:
    """The same for each group of a dimension ("route", "type", "hops")."""
    return _dressed(rows.breakdown(runs, by, metrics))


def overview(runs: Sequence[RunView], metrics: Sequence[str] | None = None) -> str:
    """Runs by metric: a line a run."""
    return _dressed(rows.overview(runs, metrics))


def _dressed(plain: rows.Table) -> str:
    sides = [":---" if at < plain.named else "---:" for at in range(len(plain.heading))]
    return "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in [plain.heading, sides, *plain.rows])


def _cell(text: str) -> str:
    """Text on one line that neither ends the cell nor is read as markup."""
    plain = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*|~]|(?<![^\W_])_|_(?![^\W_])|\[(?![-\d]))", r"\\\1", plain)
