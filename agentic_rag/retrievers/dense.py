"""Search by meaning: the query's vector against the passages' vectors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from agentic_rag.store import Store, Where
from agentic_rag.types import Hit


@dataclass(frozen=True)
class Dense:
    """Cosine similarity of the store's encoder; `where` filters on metadata."""

    store: Store
    where: Where = field(default_factory=dict)
    name: str = "dense"
    good_at: ClassVar[str] = "descriptions and paraphrases that share few words with the text"

    def search(self, query: str, k: int = 10) -> list[Hit]:
        [vector] = self.store.encoder.encode([query])
        found = self.store.nearest(vector, k, self.where)
        return [Hit(passage, rank, score, self.name) for rank, (passage, score) in enumerate(found, 1)]
