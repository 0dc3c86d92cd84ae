"""Ablation: every question is complex, so the router decides nothing and the plan and its subagents do all the work."""

from agentic_rag import adaptive
from agentic_rag.graph import Graph
from agentic_rag.interfaces import Roles
from agentic_rag.steps.verify import CONFIDENCE
from agentic_rag.store import Store, Where


def build(store: Store, roles: Roles | None = None, *, where: Where | None = None, confidence: float = CONFIDENCE) -> Graph:
    return adaptive.build(store, roles, where=where, threshold=0.0, confidence=confidence)
