"""Search by words: names, numbers, exact terms."""

from __future__ import annotations

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
