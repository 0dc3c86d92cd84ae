"""Ways to find passages. A retriever is anything with `search(query, k) -> list[Hit]`."""

from agentic_rag.retrievers.bm25 import BM25, Covered
from agentic_rag.retrievers.dates import Dated
from agentic_rag.retrievers.dense import Dense
from agentic_rag.retrievers.fused import Fused, fuse
from agentic_rag.retrievers.langchain import FromLangChain
from agentic_rag.retrievers.late import Late
from agentic_rag.retrievers.links import Links
from agentic_rag.retrievers.parts import Parts
from agentic_rag.retrievers.sql import SQL
from agentic_rag.retrievers.web import WebSearch

__all__ = ["BM25", "SQL", "Covered", "Dated", "Dense", "FromLangChain", "Fused", "Late", "Links", "Parts", "WebSearch", "fuse"]
