"""The default graph: one fused retriever for simple questions, subagents that follow several paths for complex ones."""

from __future__ import annotations

from langgraph.types import Checkpointer

from agentic_rag.graph import Graph, build_graph
from agentic_rag.interfaces import Roles
from agentic_rag.joins import Join
from agentic_rag.paths import FollowUp, lacking, named, telling
from agentic_rag.retrievers import BM25, Dense, Fused, Links
from agentic_rag.specialists import specialists
from agentic_rag.steps.verify import CONFIDENCE
from agentic_rag.store import Store, Where
from agentic_rag.subagent import Subagent

PATHS = 2
"""More find little more (`eval/README.md`)."""


def build(
    store: Store,
    roles: Roles | None = None,
    *,
    where: Where | None = None,
    paths: int = PATHS,
    join: Join | None = None,
    threshold: float = 0.5,
    confidence: float = CONFIDENCE,
    checkpointer: Checkpointer = None,
) -> Graph:
    """The adaptive graph over `store`, with the specialists unless given other roles. `where` filters on metadata.

    A complex question is also asked as a whole, and `paths` of the passages that it finds first are followed at once (0: it is
    not asked as a whole); `join` says when the paths are merged.
    """
    roles = roles or specialists(store.encoder)
    words, meaning, links = BM25(store, where or {}), Dense(store, where or {}), Links(store, where or {})
    both, all_three = Fused([words, meaning]), Fused([words, meaning, links])
    chains = Subagent(
        "chains",
        "questions whose evidence is spread over several passages: follows what it finds to what that leads to",
        all_three,
        roles.grader,
        roles.reader,
        k=20,
        enough=None,
        paths=paths,
        width=10,
        follow_ups=[FollowUp(links, named, 2.0), FollowUp(words, lacking), FollowUp(meaning, telling)],
        join=join or Join(),
    )
    subagents = [
        Subagent(
            "hybrid", "most questions: finds passages by their words and by their meaning", both, roles.grader, roles.reader
        ),
        Subagent("words", "names, numbers, dates and exact terms", words, roles.grader, roles.reader),
        Subagent(
            "meaning", "descriptions and paraphrases that share few words with the text", meaning, roles.grader, roles.reader
        ),
    ]
    return build_graph(
        roles,
        both,
        [*subagents, chains] if paths else subagents,
        whole=chains.name if paths else "",
        threshold=threshold,
        confidence=confidence,
        checkpointer=checkpointer,
    )
