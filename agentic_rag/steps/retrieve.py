"""The simple path: one retriever, one query."""

from __future__ import annotations

from dataclasses import dataclass

from agentic_rag.budget import SEARCH, Meter
from agentic_rag.interfaces import Grader, Retriever
from agentic_rag.state import State, metered
from agentic_rag.subagent import graded
from agentic_rag.types import Hit


@dataclass(frozen=True)
class Retrieve:
    """Searches for `k` passages with the question as the query, best grade first."""

    retriever: Retriever
    grader: Grader
    k: int = 10

    @metered
    def __call__(self, state: State, meter: Meter) -> State:
        hits = meter.attempt(SEARCH, self.retriever.search, state["question"], self.k, default=list[Hit]())
        return {"hits": graded(hits, state["question"], self.grader, meter, reserve=1)}
