"""Baseline: retrieve once, read, verify. Also an example of a topology of one's own: plain LangGraph, our steps."""

import math

from langgraph.graph import END, START, StateGraph

from agentic_rag.adaptive import hybrid
from agentic_rag.graph import Graph
from agentic_rag.interfaces import Roles
from agentic_rag.specialists import specialists
from agentic_rag.state import State
from agentic_rag.steps import Retrieve, Route, Synthesize, Verify
from agentic_rag.steps.verify import CONFIDENCE
from agentic_rag.store import Store, Where


def build(store: Store, roles: Roles | None = None, *, where: Where | None = None, confidence: float = CONFIDENCE) -> Graph:
    roles = roles or specialists(store.encoder)
    graph = StateGraph(State)
    graph.add_node("route", Route(roles.router, threshold=math.inf))
    graph.add_node("retrieve", Retrieve(hybrid(store, where), roles.grader))
    graph.add_node("synthesize", Synthesize(roles.reader, roles.grader))
    graph.add_node("verify", Verify(roles.verifier, confidence=confidence, escalates=False))
    graph.add_edge(START, "route")
    graph.add_edge("route", "retrieve")
    graph.add_edge("retrieve", "synthesize")
    graph.add_edge("synthesize", "verify")
    graph.add_edge("verify", END)
    return graph.compile()
