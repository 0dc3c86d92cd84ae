"""Passages with their vectors and word statistics, on disk or on a Qdrant server."""

from agentic_rag.store.changes import IndexReport
from agentic_rag.store.engine import Where
from agentic_rag.store.store import Store

__all__ = ["IndexReport", "Store", "Where"]
