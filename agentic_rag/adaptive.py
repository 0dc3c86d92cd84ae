"""The default graph: one fused retriever for simple questions, subagents that follow several paths for complex ones."""

from __future__ import annotations

from langgraph.types import Checkpointer

from agentic_rag.graph import Graph, build_graph
from agentic_rag.interfaces import Retriever, Roles
from agentic_rag.joins import Join
from agentic_rag.paths import FollowUp, lacking, named, telling
from agentic_rag.retrievers import BM25, Dense, Fused, Links
from agentic_rag.specialists import specialists
from agentic_rag.steps.verify import CONFIDENCE
from agentic_rag.store import Store, Where
from agentic_rag.subagent import Subagent

PATHS = 2
"""More find little more (`eval/README.md`)."""
CHAINS = "chains"
"""The subagent that is asked a complex question itself."""
WEIGHTS = {"bridge": (1.0, 1.0, 0.5), "comparison": (0.5, 0.25, 1.0), "intersection": (1.0, 0.25, 0.5)}
"""Of words, meaning and links by type of question, learned from training questions by `eval/fusion.py`."""


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
    team = subagents(store, roles, where=where, paths=paths, join=join)
    both = Fused([BM25(store, where or {}), Dense(store, where or {})])
    whole = CHAINS if paths else ""
    return build_graph(roles, both, team, whole=whole, threshold=threshold, confidence=confidence, checkpointer=checkpointer)


def subagents(
    store: Store, roles: Roles, *, where: Where | None = None, paths: int = PATHS, join: Join | None = None
) -> list[Subagent]:
    """Those of the adaptive graph, the preferred one first, the one that follows paths last."""
    words, meaning, links = BM25(store, where or {}), Dense(store, where or {}), Links(store, where or {})
    everything: list[Retriever] = [words, meaning, links]

    def subagent(name: str, description: str, retriever: Retriever) -> Subagent:
        return Subagent(name, description, retriever, roles.grader, roles.reader)

    chains = Subagent(
        CHAINS,
        "questions whose evidence is spread over several passages: follows what it finds to what that leads to",
        Fused(everything),
        roles.grader,
        roles.reader,
        k=15,
        enough=None,
        paths=paths,
        width=8,
        follow_ups=[FollowUp(links, named, 2.0), FollowUp(words, lacking), FollowUp(meaning, telling)],
        join=join or Join(),
        by_type={kind: Fused(everything, weights) for kind, weights in WEIGHTS.items()},
    )
    team = [
        subagent("hybrid", "most questions: finds passages by their words and by their meaning", Fused([words, meaning])),
        subagent("words", "names, numbers, dates and exact terms", words),
        subagent("meaning", "descriptions and paraphrases that share few words with the text", meaning),
        subagent("names", "what is said of a person, place or work that the question names", Fused([links, words])),
    ]
    return [*team, chains] if paths else team
