"""The simple path: one retriever, one query."""

from __future__ import annotations

from dataclasses import dataclass

from agentic_rag.budget import SEARCH, Meter
from agentic_rag.interfaces import Grader, Retriever, are_hits
from agentic_rag.state import State, metered
from agentic_rag.subagent import graded
from agentic_rag.types import Hit


@dataclass(frozen=True)
class Retrieve:
    """Searches for `k` passages with the question as the query, best grade first."""

    retriever: Retriever
    grader: Grader
    k: int = 10

    def __call__(self, state: State) -> State:
        return metered("retrieve", state, self._retrieve)

    def _retrieve(self, state: State, meter: Meter) -> State:
        search = self.retriever.search
        hits = meter.attempt(SEARCH, search, state["question"], self.k, default=list[Hit](), accept=are_hits)
        return {"hits": graded(hits, state["question"], self.grader, meter, reserve=1)}
