"""The headline table as rows of text, which `terminal` and `markdown` dress; and how numbers are written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agentic_rag.evaluation.report.behaviour import Variety, variety
from agentic_rag.evaluation.report.view import Interval, RunView, labels, metrics_of

ABSENT = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading; the first `named` columns are names, the others numbers. `rules` are rows that a line goes above."""

    title: str
    heading: list[str]
    rows: list[list[str]]
    named: int = 1
    rules: frozenset[int] = frozenset()


def number(value: float, among: float = 0.0) -> str:
    """Three decimals for shares and seconds, fewer for what is large or stands with something large."""
    if not math.isfinite(value):
        return ABSENT
    size = max(abs(value), abs(among))
    decimals = 3 if size < 10 else 1 if size < 1000 else 0
    return f"{value:,.{decimals}f}"


def interval(estimate: Interval | None) -> str:
    """`0.700 [0.612, 0.788]`."""
    if estimate is None or not estimate.n or not math.isfinite(estimate.mean):
        return ABSENT
    largest = max(estimate.mean, estimate.low, estimate.high, key=abs)
    mean, low, high = (number(value, largest) for value in (estimate.mean, estimate.low, estimate.high))
    return f"{mean} [{low}, {high}]"


def headline(runs: Sequence[RunView], metrics: Sequence[str] | None = None) -> Table:
    """A line a metric, a column a run; below, how many questions there were, how many failed and were abstained from, and
    in how many different sequences of events they went, with their entropy.
    """
    chosen = metrics_of(runs) if metrics is None else list(metrics)
    rows = [[metric, *(interval(run.summary.get(metric)) for run in runs)] for metric in chosen]
    counts = [
        ["questions", *(f"{len(run.records):,}" for run in runs)],
        ["failed", *(f"{run.failed:,}" for run in runs)],
        ["abstained", *(f"{run.abstained:,}" for run in runs)],
    ]
    varieties = [variety(run) for run in runs]
    if any(each.questions for each in varieties):
        counts.append(["sequences", *(_variety(each) for each in varieties)])
    return Table(_title(runs), ["metric", *labels(runs)], rows + counts, rules=frozenset({len(rows)}))


def breakdown(runs: Sequence[RunView], by: str, metrics: Sequence[str] | None = None) -> Table:
    """A line a group and metric, a column a run."""
    chosen = metrics_of(runs) if metrics is None else list(metrics)
    groups = list(dict.fromkeys(group for run in runs for group in run.breakdowns.get(by, {})))
    rows: list[list[str]] = []
    rules = []
    for group in groups:
        found = [run.breakdowns.get(by, {}).get(group, {}) for run in runs]
        there = [metric for metric in chosen if any(metric in each for each in found)]
        lines = [[metric, *(interval(each.get(metric)) for each in found)] for metric in there]
        rules.append(len(rows))
        rows += [[(str(group) or ABSENT) if at == 0 else "", *line] for at, line in enumerate(lines)]
    return Table(f"by {by}", [by, "metric", *labels(runs)], rows, named=2, rules=frozenset(rules))


def overview(runs: Sequence[RunView], metrics: Sequence[str] | None = None) -> Table:
    """A line a run, a column a metric: runs over many suites in one table."""
    chosen = metrics_of(runs) if metrics is None else list(metrics)
    names = [[run.header.suite, name] for run, name in zip(runs, labels(runs), strict=True)]
    rows = [
        [*name, f"{len(run.records):,}", f"{run.failed:,}", *(interval(run.summary.get(metric)) for metric in chosen)]
        for name, run in zip(names, runs, strict=True)
    ]
    return Table(_title(runs), ["suite", "run", "questions", "failed", *chosen], rows, named=2)


def _variety(found: Variety) -> str:
    return f"{found.sequences:,}, {found.bits:.2f} bits" if found.questions else ABSENT


def _title(runs: Sequence[RunView]) -> str:
    return ", ".join(dict.fromkeys(run.header.suite for run in runs))
