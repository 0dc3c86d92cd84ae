"""Search by the meaning of single sentences and single items of lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from agentic_rag.errors import StoreError
from agentic_rag.store import Store, Where
from agentic_rag.types import Hit


@dataclass(frozen=True)
class Parts:
    """Cosine similarity of the query to the nearest part of a passage, where one vector of the whole would drown it.

    One vector for each passage cannot tell which of many things it names (Weller et al. 2025, arXiv 2508.21038). The whole store
    is compared, which takes time in proportion. `where` filters on metadata. A store without vectors of parts is refused.
    """

    store: Store
    where: Where = field(default_factory=dict)
    name: str = "parts"
    good_at: ClassVar[str] = "one item of a long list, or one sentence of a long passage"

    def __post_init__(self) -> None:
        if not self.store.manifest.parts:
            raise StoreError(f"{self.store!r} has no vectors of parts; index into a new store with --parts")

    def search(self, query: str, k: int = 10) -> list[Hit]:
        [vector] = self.store.encoder.encode([query])
        found = self.store.nearest_part(vector, k, self.where)
        return [Hit(passage, rank, score, self.name) for rank, (passage, score) in enumerate(found, 1)]
