"""Several rankings made one, by reciprocal rank fusion (Cormack, Clarke & Büttcher, SIGIR 2009)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from agentic_rag.errors import GraphError
from agentic_rag.interfaces import Retriever
from agentic_rag.types import Hit, Passage

RRF_K = 60


def fuse(rankings: Sequence[Sequence[Hit]], weights: Sequence[float] | None = None, name: str = "fused") -> list[Hit]:
    """Rank passages by sum(weight / (60 + rank)) over the rankings; equal scores keep the order of first appearance.

    A passage is known by its id: one that stands twice in a ranking counts once, at its better rank.
    """
    weights = [1.0] * len(rankings) if weights is None else weights
    if len(weights) != len(rankings) or any(weight < 0 for weight in weights):
        raise GraphError(f"fusion got {len(rankings)} rankings and weights {list(weights)!r}; give one weight >= 0 for each")
    scores: dict[str, float] = {}
    passages: dict[str, Passage] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        unique: dict[str, Passage] = {}
        for hit in ranking:
            unique.setdefault(hit.passage.id, hit.passage)
        passages = {**unique, **passages}
        for rank, passage_id in enumerate(unique, 1):
            scores[passage_id] = scores.get(passage_id, 0.0) + weight / (RRF_K + rank)
    best = sorted(scores, key=lambda passage_id: -scores[passage_id])
    return [Hit(passages[passage_id], rank, scores[passage_id], name) for rank, passage_id in enumerate(best, 1)]


Weigh = Callable[[str, Sequence[Sequence[Hit]]], Sequence[float]]
"""The weights for one query, from what the retrievers found."""


@dataclass(frozen=True)
class Fused:
    """Asks every retriever for `depth` hits and fuses them; `weights`, one for each, may depend on the query."""

    retrievers: Sequence[Retriever]
    weights: Sequence[float] | Weigh | None = None
    depth: int = 50
    name: str = "fused"
    good_at: ClassVar[str] = "most questions: finds passages by their words and by their meaning"

    def search(self, query: str, k: int = 10) -> list[Hit]:
        depth = max(k, self.depth)
        rankings = [retriever.search(query, depth) for retriever in self.retrievers]
        weights = self.weights(query, rankings) if callable(self.weights) else self.weights
        return fuse(rankings, weights, self.name)[: max(0, k)]
