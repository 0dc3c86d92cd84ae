"""What every report is made of: a run, its scores and its estimates, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import PurePath
from typing import Literal, Protocol

from agentic_rag.evaluation.records import Header, Record

Outcome = Literal["correct", "wrong", "abstained", "failed", "unjudged"]
OUTCOMES: list[Outcome] = ["correct", "wrong", "abstained", "failed", "unjudged"]
RIGHT = "em"
"""The metric that says whether an answer is right: 1 or not."""

LONGEST = 40
TELLING = ["suite", "setting", "confidence", "seed", "graph_hash", "config_hash", "package", "commit", "machine"]
"""Fields of a header that tell runs of one graph apart, the most readable first."""


class Interval(Protocol):
    """A mean over `n` questions with its 95% interval."""

    @property
    def mean(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def n(self) -> int: ...


Estimates = Mapping[str, Interval]
Scores = Mapping[str, Mapping[str, float | None]]
Breakdowns = Mapping[str, Mapping[str, Estimates]]


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its numbers: `scores` by question id and metric, `summary` by metric, `breakdowns` by dimension ("route",
    "type", "hops"), group and metric. A None score means that the metric does not apply to the question.
    """

    header: Header
    records: Sequence[Record]
    scores: Scores
    summary: Estimates
    breakdowns: Breakdowns = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return sum(record.result is None for record in self.records)

    @property
    def abstained(self) -> int:
        return sum(record.abstained for record in self.records)

    def right(self, record: Record) -> bool | None:
        """Whether a question was dealt with rightly: an abstention can be. None if nobody knows."""
        score = self.scores.get(record.question.id, {}).get(RIGHT)
        return None if score is None else score >= 1

    def outcome(self, record: Record) -> Outcome:
        if record.result is None:
            return "failed"
        if record.abstained:
            return "abstained"
        right = self.right(record)
        return "unjudged" if right is None else "correct" if right else "wrong"


def labels(runs: Sequence[RunView]) -> list[str]:
    """A short name for each run: its graph, and where graphs are the same, what tells the runs apart."""
    names = [PurePath(run.header.graph).stem[:LONGEST] or "run" for run in runs]
    headers = [asdict(run.header) for run in runs]
    for name in {name for name in names if names.count(name) > 1}:
        alike = [at for at, other in enumerate(names) if other == name]
        for at, mark in zip(alike, _marks([headers[at] for at in alike]), strict=True):
            names[at] = f"{name} ({mark})"
    return names


def _marks(headers: list[dict[str, object]]) -> list[str]:
    for key in TELLING:
        values = [str(header[key])[:16] for header in headers]
        if len(set(values)) == len(values):
            return [f"{key.replace('_', ' ')} {value}" for value in values]
    return [str(number) for number in range(1, len(headers) + 1)]


def metrics_of(runs: Sequence[RunView]) -> list[str]:
    """Every metric that a run was summarised by, in the order of the first that has it."""
    return list(dict.fromkeys(metric for run in runs for metric in run.summary))
