"""Search by names: the passages that are about what a text names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from agentic_rag.store import Store, Where
from agentic_rag.types import Hit


@dataclass(frozen=True)
class Links:
    """Passages whose title stands in the query, which may be a question or a whole passage; `where` filters on metadata.

    A passage that was found leads on like this to those that it names, without a model and without a graph of entities.
    """

    store: Store
    where: Where = field(default_factory=dict)
    name: str = "links"
    good_at: ClassVar[str] = "what is said of a person, a place or a work that the question names"

    def search(self, query: str, k: int = 10) -> list[Hit]:
        found = self.store.titled(query, k, self.where)
        return [Hit(passage, rank, score, self.name) for rank, (passage, score) in enumerate(found, 1)]
