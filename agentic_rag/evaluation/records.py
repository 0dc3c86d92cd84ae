"""The values of evaluation: a question with its gold, the record of one asked question, and a run of many.

A run is a file of JSON lines: a header, then one record per question. It can be scored again without asking anything again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a QA set. `answers` are alternatives; `gold` are the passages that hold the answer; `candidates` are the
    passages that the set offers with this question (HotpotQA's "distractor" setting), gold ones included.
    """

    id: str
    question: str
    answers: list[str] = field(default_factory=list)
    type: str = ""
    hops: int = 1
    gold: list[str] = field(default_factory=list)
    answerable: bool = True
    candidates: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Record:
    """One question as it was answered.

    `result` is the result object as JSON has it (`agentic_rag.types.Result`: answer, abstained, confidence, citations, claims,
    route, sub_questions, contexts, usage, budget, seconds, ...), None if asking failed, and then `error` says why.
    `stages` are passage ids by how far they came: retrieved (everything found), graded (the ten best by grade), read (shown to
    a reader), cited. `plan` is the plan as JSON, {} if there was none; `events` are what the state machine decided, in order
    (`agentic_rag.evaluation.events`).
    """

    question: Question
    result: dict[str, Any] | None
    stages: dict[str, list[str]] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    events: list[str] = field(default_factory=list)

    @property
    def answer(self) -> str | None:
        """The answer that was given; None for an abstention and for a failure."""
        return self.result["answer"] if self.result else None

    @property
    def route(self) -> str:
        """The way that was taken: simple, complex, escalated, failed, or none where a graph has no router."""
        if self.result is None:
            return "failed"
        route = self.result.get("route") or {"label": "none", "escalated": False}
        return "escalated" if route["escalated"] else str(route["label"])

    @property
    def abstained(self) -> bool:
        """An honest "I do not know"; a failure is not one."""
        return bool(self.result and self.result["abstained"])


@dataclass(frozen=True, slots=True)
class Header:
    """The frozen configuration of a run: what must be equal for two runs to be comparable, and what tells them apart.

    `confidence` and `budget` are None where the graph's own hold, and in runs from before they were recorded.
    """

    suite: str
    setting: str
    data_hash: str
    questions: int
    graph: str
    graph_hash: str
    config_hash: str
    store: dict[str, Any]
    models: dict[str, str]
    seed: int
    package: str
    machine: str
    commit: str
    confidence: float | None = None
    budget: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands in its file, records in the order of the suite."""

    header: Header
    records: list[Record]
