"""Paths: from a passage that was found on to what it leads to. Each begins at another passage and sees nothing of the others.

A path asks several retrievers, each in its own way, for what the question still lacks, and grades what comes on the pair: the
passage it began at and the one that may follow (the beam of multi-hop dense retrieval, Xiong et al. 2021, arXiv 2009.12756).
Isolated paths and one merge that sees all evidence follow native parallel thinking (Wen et al. 2025, arXiv 2509.04475).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from agentic_rag.budget import SEARCH, Meter, describe, model_name
from agentic_rag.interfaces import Grader, Retriever, are_grades, are_hits
from agentic_rag.retrievers.fused import fuse
from agentic_rag.text import content_words
from agentic_rag.types import Hit, Passage

Query = Callable[[str, Passage], str]


def naming(question: str, passage: Passage) -> str:
    """The question and the title of what was found: short enough for any search engine."""
    return f"{question} {passage.title}".strip()


def telling(question: str, passage: Passage) -> str:
    """The question and all that was found: for search by meaning."""
    return f"{question} {passage.content}"


def lacking(question: str, passage: Passage) -> str:
    """What was found, and the words of the question that it lacks: for search by words."""
    told = set(content_words(passage.content))
    return " ".join([passage.text, *(word for word in content_words(question) if word not in told)])


def named(_question: str, passage: Passage) -> str:
    """What was found alone: for search by the names in it."""
    return passage.text


@dataclass(frozen=True)
class FollowUp:
    """How a path goes on: a retriever, what it is asked, and what its ranking weighs in the fusion."""

    retriever: Retriever
    query: Query = naming
    weight: float = 1.0


@dataclass(frozen=True)
class Beside:
    """Grades passages read beside another one: by the grader's own `beside`, else by asking it with that passage told."""

    grader: Grader

    @property
    def model(self) -> str:
        return model_name(self.grader)

    def __call__(self, question: str, bridge: Passage, passages: Sequence[Passage]) -> list[float]:
        own = getattr(self.grader, "beside", None)
        return own(question, bridge, passages) if own else self.grader(f"{question} (Known: {bridge.content})", passages)


@dataclass(frozen=True)
class Path:
    """All that one path sees: the question, and the hit that it goes on from. `width` passages are graded."""

    question: str
    start: Hit
    follow_ups: Sequence[FollowUp]
    grader: Grader
    width: int

    def __call__(self, meter: Meter) -> tuple[list[Hit], list[str]]:
        """What it found, best first as the retrievers have it, and its queries; a hit's grade is that of the whole chain."""
        bridge, asked = self.start.passage, list(self._asked(meter))
        queries, weights = [query for _, query in asked], [follow_up.weight for follow_up, _ in asked]
        rankings = [
            meter.attempt(SEARCH, follow_up.retriever.search, query, self.width + 1, default=list[Hit](), accept=are_hits)
            for follow_up, query in asked
        ]
        found = [hit for hit in fuse(rankings, weights) if hit.passage.id != bridge.id][: self.width]
        if not found:
            return [], queries
        passages = [hit.passage for hit in found]
        grades = meter.attempt(
            "grader", Beside(self.grader), self.question, bridge, passages, default=list[float](), accept=are_grades
        )
        if len(grades) != len(found):
            return [replace(hit, via=bridge.id) for hit in found], queries
        chain = 1.0 if self.start.grade is None else self.start.grade
        return [hit.graded(chain * grade, bridge.id) for hit, grade in zip(found, grades, strict=True)], queries

    def _asked(self, meter: Meter) -> Iterator[tuple[FollowUp, str]]:
        """The follow-ups with their queries; one that makes none is noted, and the others go on."""
        for follow_up in self.follow_ups:
            try:
                yield follow_up, follow_up.query(self.question, self.start.passage)
            except Exception as error:  # noqa: BLE001  a query of the user's own may fail in any way
                meter.notes.append(f"the path from {self.start.passage.id!r} has no query: {describe(error)}")
