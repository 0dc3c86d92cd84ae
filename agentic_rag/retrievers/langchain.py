"""Any LangChain retriever as one of ours."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentic_rag.types import Hit, Passage

if TYPE_CHECKING:
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever


@dataclass(frozen=True)
class FromLangChain:
    """Wraps a `BaseRetriever`, which returns documents best first and without scores: the score here is 1 / rank.

    A document's passage id is its `id`, else `metadata["id"]`, else a hash of its text; its title is `metadata["title"]`.
    """

    retriever: BaseRetriever
    name: str = "langchain"

    def search(self, query: str, k: int = 10) -> list[Hit]:
        passages = {passage.id: passage for passage in map(_passage, self.retriever.invoke(query))}
        return [Hit(passage, rank, 1 / rank, self.name) for rank, passage in enumerate(list(passages.values())[: max(0, k)], 1)]


def _passage(document: Document) -> Passage:
    known = document.id or document.metadata.get("id")
    name = str(known) if known else hashlib.sha256(document.page_content.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Passage(name, document.page_content, str(document.metadata.get("title") or ""), dict(document.metadata))
