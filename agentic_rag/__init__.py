"""Agentic retrieval-augmented generation on small language models.

Simple questions go to one retriever, complex ones to retriever subagents; every claim of an answer is tied to a quoted span, or
the run says that it does not know. Start with `ask` and `adaptive.build`; every part is replaceable (`agentic_rag.interfaces`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from agentic_rag.errors import AgenticRAGError
    from agentic_rag.graph import ask, build_graph
    from agentic_rag.interfaces import Roles
    from agentic_rag.state import State
    from agentic_rag.store import Store
    from agentic_rag.subagent import Subagent
    from agentic_rag.types import Budget, Citation, Claim, Finding, Hit, Passage, Reading, Result, SubQuestion, Usage

__all__ = [
    "AgenticRAGError",
    "Budget",
    "Citation",
    "Claim",
    "Finding",
    "Hit",
    "Passage",
    "Reading",
    "Result",
    "Roles",
    "State",
    "Store",
    "SubQuestion",
    "Subagent",
    "Usage",
    "ask",
    "build_graph",
]

_HOME = {
    "AgenticRAGError": "errors",
    "Roles": "interfaces",
    "State": "state",
    "Store": "store",
    "Subagent": "subagent",
    "ask": "graph",
    "build_graph": "graph",
}


def __getattr__(name: str) -> Any:
    """Public names are imported on first use, so that importing the package costs next to nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'agentic_rag' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"agentic_rag.{_HOME.get(name, 'types')}"), name)
