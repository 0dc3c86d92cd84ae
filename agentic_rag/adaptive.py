"""The default graph: one fused retriever for simple questions, three subagents for complex ones."""

from __future__ import annotations

from langgraph.types import Checkpointer

from agentic_rag.graph import Graph, build_graph
from agentic_rag.interfaces import Roles
from agentic_rag.retrievers import BM25, Dense, Fused
from agentic_rag.specialists import specialists
from agentic_rag.steps.verify import CONFIDENCE
from agentic_rag.store import Store, Where
from agentic_rag.subagent import Subagent


def build(
    store: Store,
    roles: Roles | None = None,
    *,
    where: Where | None = None,
    threshold: float = 0.5,
    confidence: float = CONFIDENCE,
    checkpointer: Checkpointer = None,
) -> Graph:
    """The adaptive graph over `store`, with the specialists unless given other roles. `where` filters on metadata."""
    roles = roles or specialists(store.encoder)
    words, meaning = BM25(store, where or {}), Dense(store, where or {})
    both = Fused([words, meaning])
    subagents = [
        Subagent(
            "hybrid", "most questions: finds passages by their words and by their meaning", both, roles.grader, roles.reader
        ),
        Subagent("words", "names, numbers, dates and exact terms", words, roles.grader, roles.reader),
        Subagent(
            "meaning", "descriptions and paraphrases that share few words with the text", meaning, roles.grader, roles.reader
        ),
    ]
    return build_graph(roles, both, subagents, threshold=threshold, confidence=confidence, checkpointer=checkpointer)
