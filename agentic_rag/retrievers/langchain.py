"""Any LangChain retriever as one of ours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agentic_rag.plain import as_plain
from agentic_rag.store.engine import digest
from agentic_rag.types import Hit, Passage

if TYPE_CHECKING:
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever


@dataclass(frozen=True)
class FromLangChain:
    """Wraps a `BaseRetriever`, which returns documents best first and without scores: the score here is 1 / rank.

    A document's passage id is its `id`, else `metadata["id"]`, else a hash of its text, which is also added to the ids of texts
    that were not the first one found by that id; its title is `metadata["title"]`. Metadata become values that JSON has.
    """

    retriever: BaseRetriever
    name: str = "langchain"
    _first: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def search(self, query: str, k: int = 10) -> list[Hit]:
        passages: dict[str, Passage] = {}
        for found in map(_passage, self.retriever.invoke(query)):
            known, hashed = self._first, digest(found.text)
            passage = found if known.setdefault(found.id, hashed) == hashed else replace(found, id=f"{found.id}#{hashed}")
            passages.setdefault(passage.id, passage)
        return [Hit(passage, rank, 1 / rank, self.name) for rank, passage in enumerate(list(passages.values())[: max(0, k)], 1)]


def _passage(document: Document) -> Passage:
    known = document.id or document.metadata.get("id")
    name = str(known) if known else digest(document.page_content)
    return Passage(name, document.page_content, str(document.metadata.get("title") or ""), as_plain(document.metadata))
