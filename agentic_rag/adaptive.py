"""The default graph: one fused retriever for simple questions, subagents that follow several paths for complex ones."""

from __future__ import annotations

from collections.abc import Sequence

from langgraph.types import Checkpointer

from agentic_rag.graph import Graph, build_graph
from agentic_rag.interfaces import Retriever, Roles
from agentic_rag.joins import Join
from agentic_rag.paths import FollowUp, lacking, named, telling
from agentic_rag.retrievers import BM25, Covered, Dense, Fused, Late, Links, Parts
from agentic_rag.specialists import specialists
from agentic_rag.steps.verify import CONFIDENCE
from agentic_rag.store import Store, Where
from agentic_rag.subagent import Subagent

PATHS = 2
"""Where the grader grades pairs; one that would have to be asked once more for each path is not, unless paths are asked for."""
CHAINS = "chains"
"""The subagent that is asked a complex question itself."""
WEIGHTS = {"bridge": (1.0, 1.0, 1.0), "comparison": (1.0, 0.25, 1.0), "intersection": (1.0, 0.25, 0.5)}
"""Of words, meaning and links by type of question, learned from training questions by `eval/fusion.py`."""


def build(
    store: Store,
    roles: Roles | None = None,
    *,
    where: Where | None = None,
    paths: int | None = None,
    join: Join | None = None,
    more: Sequence[Subagent] = (),
    threshold: float = 0.5,
    confidence: float = CONFIDENCE,
    checkpointer: Checkpointer = None,
) -> Graph:
    """The adaptive graph over `store`, with the specialists unless given other roles. `where` filters on metadata.

    A complex question is also asked as a whole, and `paths` of the passages that it finds first are followed at once (0: it is
    not asked as a whole; by default `PATHS` if the grader can grade a passage `beside` another, else 0); `join` says when the
    paths are merged. `more` are subagents of your own, which a planner may ask too.
    """
    roles = roles or specialists(store.encoder)
    paths = (PATHS if hasattr(roles.grader, "beside") else 0) if paths is None else paths
    team = [*subagents(store, roles, where=where, paths=paths, join=join), *more]
    whole = CHAINS if paths else ""
    return build_graph(
        roles, hybrid(store, where), team, whole=whole, threshold=threshold, confidence=confidence, checkpointer=checkpointer
    )


def hybrid(store: Store, where: Where | None = None) -> Fused:
    """By words and by meaning, as finely as the store can: by parts, by tokens (late interaction), else by whole passages."""
    words, dense = BM25(store, where or {}), Dense(store, where or {})
    if store.manifest.parts:
        return Fused([words, Parts(store, where or {})], Covered(store))
    late = store.manifest.pooling > 0
    return Fused([words, Late(store, Fused([words, dense]), where=where or {}) if late else dense])


def subagents(
    store: Store, roles: Roles, *, where: Where | None = None, paths: int = PATHS, join: Join | None = None
) -> list[Subagent]:
    """Those of the adaptive graph, the preferred one first, the one that follows paths last; each says what it is good at."""
    both, dense, links = hybrid(store, where), Dense(store, where or {}), Links(store, where or {})
    words, meaning = both.retrievers
    everything = [words, meaning, links]
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
        follow_ups=[FollowUp(links, named, 2.0), FollowUp(words, lacking), FollowUp(dense, telling)],
        join=join or Join(),
        by_type={kind: Fused(everything, weights) for kind, weights in WEIGHTS.items()},
    )

    def alone(name: str, good_at: str, retriever: Retriever) -> Subagent:
        return Subagent(name, good_at, retriever, roles.grader, roles.reader, k=8)

    team = [
        alone("hybrid", Fused.good_at, both),
        alone("words", BM25.good_at, words),
        alone("meaning", Dense.good_at, meaning),
        alone("names", Links.good_at, links),
    ]
    return [*team, chains] if paths else team
