"""Search by single words in context: late interaction (Khattab & Zaharia 2020, arXiv 2004.12832)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from agentic_rag.interfaces import Retriever
from agentic_rag.store import Store, Where
from agentic_rag.types import Hit


@dataclass(frozen=True)
class Late:
    """The cosine of each token of the query to the nearest token vector of a passage, summed.

    Ranks the `depth` best hits of `first` anew; without `first` it compares everything in the store, exactly, which takes time
    in proportion. `where` filters on metadata. A store without token vectors is refused with a `StoreError`.
    """

    store: Store
    first: Retriever | None = None
    depth: int = 50
    where: Where = field(default_factory=dict)
    name: str = "late"
    good_at: ClassVar[str] = "single terms and their synonyms, in lists and long passages"

    def __post_init__(self) -> None:
        _ = self.store.token_encoder

    def search(self, query: str, k: int = 10) -> list[Hit]:
        found = self.store.late(query, k, self.where, self._candidates(query, max(k, self.depth)))
        return [Hit(passage, rank, score, self.name) for rank, (passage, score) in enumerate(found, 1)]

    def _candidates(self, query: str, depth: int) -> list[str] | None:
        return None if self.first is None else [hit.passage.id for hit in self.first.search(query, depth)]
