"""Search by words: names, numbers, exact terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from agentic_rag.store import Store, Where
from agentic_rag.types import Hit


@dataclass(frozen=True)
class BM25:
    """Rank-bm25's scores from the store's word statistics; `where` filters on metadata."""

    store: Store
    where: Where = field(default_factory=dict)
    name: str = "bm25"
    good_at: ClassVar[str] = "names, numbers, dates and exact terms"

    def search(self, query: str, k: int = 10) -> list[Hit]:
        found = self.store.matching(query, k, self.where)
        return [Hit(passage, rank, score, self.name) for rank, (passage, score) in enumerate(found, 1)]


@dataclass(frozen=True)
class Covered:
    """Weights of a fusion whose first retriever searches by words: it counts by the share of the query's words that it found.

    Where the passages say it in other words, what shares the rest of the query's words is found by chance.
    """

    store: Store

    def __call__(self, query: str, rankings: Sequence[Sequence[Hit]]) -> list[float]:
        words, *others = rankings
        share = self.store.lexical.covered(query, words[0].passage.id) if words else 0.0
        return [share, *(1.0 for _ in others)]
