"""The architecture on one page.

START -> route -.simple.-> retrieve -----------------------> synthesize -> verify -.answer or abstain.-> END
               -.complex.-> plan -.-> delegate (x N) -> gather -.->   ^       |
                             ^            ^               |           |       |
                             |            '---next wave---'-----------'       |
                             '-------------------escalate (once)--------------'
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any, cast

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Checkpointer, Overwrite

from agentic_rag.budget import run_named
from agentic_rag.errors import GraphError
from agentic_rag.interfaces import Retriever, Roles
from agentic_rag.state import State, clean_question, limits_of, result
from agentic_rag.steps import Delegate, Gather, Plan, Retrieve, Route, Synthesize, Verify, next_wave
from agentic_rag.steps.route import chosen
from agentic_rag.steps.verify import CONFIDENCE, outcome
from agentic_rag.subagent import Subagent
from agentic_rag.types import Budget, Result

MOST_AT_ONCE = 32
"""Branches of one wave that run at the same time; LangGraph's own limit is four more than there are processors."""
INTERRUPT = "__interrupt__"
"""What LangGraph calls the update of a run that waits for somebody."""
Graph = CompiledStateGraph[State, None, State, State]
OnStep = Callable[[str, State], None]


def build_graph(
    roles: Roles,
    retriever: Retriever,
    subagents: Sequence[Subagent],
    *,
    whole: str = "",
    threshold: float = 0.5,
    confidence: float = CONFIDENCE,
    checkpointer: Checkpointer = None,
) -> Graph:
    """The adaptive graph: simple questions to `retriever`, complex ones to `subagents`, the preferred one first.

    `whole` names the subagent that is asked a complex question itself, beside the plan's sub-questions. `threshold` is the
    router's score from which a question is complex, `confidence` what an answer must reach.
    """
    by_name = {subagent.name: subagent for subagent in subagents}
    if not subagents or len(by_name) < len(subagents):
        raise GraphError(f"the subagents are named {[subagent.name for subagent in subagents]}; give at least one, no name twice")
    if whole and whole not in by_name:
        raise GraphError(f"no subagent is named {whole!r} (there are {', '.join(by_name)}); give one of them, or none")
    graph = StateGraph(State)
    graph.add_node("route", Route(roles.router, threshold))
    graph.add_node("retrieve", Retrieve(retriever, roles.grader))
    graph.add_node("plan", Plan(roles.planner, {name: subagent.description for name, subagent in by_name.items()}, whole))
    graph.add_node("delegate", Delegate(by_name))
    graph.add_node("gather", Gather())
    graph.add_node("synthesize", Synthesize(roles.reader, roles.grader))
    graph.add_node("verify", Verify(roles.verifier, confidence=confidence))

    graph.add_edge(START, "route")
    graph.add_conditional_edges("route", chosen, ["retrieve", "plan"])
    graph.add_edge("retrieve", "synthesize")
    graph.add_conditional_edges("plan", next_wave, ["delegate", "synthesize"])
    graph.add_edge("delegate", "gather")
    graph.add_conditional_edges("gather", next_wave, ["delegate", "synthesize"])
    graph.add_edge("synthesize", "verify")
    graph.add_conditional_edges("verify", outcome, ["plan", END])
    compiled = graph.compile(checkpointer=checkpointer)
    compiled.config = {"max_concurrency": MOST_AT_ONCE}
    return compiled


def ask(
    graph: Graph,
    question: str,
    *,
    budget: Budget | None = None,
    confidence: float | None = None,
    on_step: OnStep | None = None,
    thread_id: str | None = None,
) -> Result:
    """Ask one question. `on_step` is called with each step's name and what it wrote, as it happens.

    `thread_id` names the run for a checkpointer; a run of the same question within the same limits that was cut off is taken up
    again where it was.
    Raises `QuestionError`, and `GraphError` where budget or confidence are none.
    """
    trace_id = thread_id or uuid.uuid4().hex
    config: Any = {"configurable": {"thread_id": trace_id}, "recursion_limit": 200, "max_concurrency": MOST_AT_ONCE}
    given: Any = {"budget": budget, "confidence": confidence}
    inputs: Any = {"question": clean_question(question), **limits_of(given)}
    last = graph.get_state(config) if graph.checkpointer else None
    unfinished = bool(last and last.next and all(last.values.get(name) == value for name, value in inputs.items()))
    state: State = {}
    with run_named(trace_id):
        for mode, update in graph.stream(None if unfinished else inputs, config, stream_mode=["updates", "values"]):
            if mode == "values":
                state = cast("State", update)
            elif on_step:
                for step, written in cast("dict[str, Any]", update).items():
                    if step != INTERRUPT:
                        on_step(step, plainly(written or {}))
    return result(state, trace_id=trace_id, config_hash=config_hash(graph))


def plainly(written: dict[str, Any]) -> State:
    """What a step wrote, without LangGraph's own wrappers."""
    return cast("State", {key: value.value if isinstance(value, Overwrite) else value for key, value in written.items()})


def config_hash(graph: Graph) -> str:
    """Names the configuration of a graph: equal for graphs of equal steps, parts and store contents."""
    steps = [f"{name}={getattr(node.runnable, 'func', node.runnable)!r}" for name, node in sorted(graph.builder.nodes.items())]
    lines = [re.sub(r" at 0x[0-9a-f]+", "", step) for step in steps] + [str(edge) for edge in sorted(graph.builder.edges)]
    lines += sorted(
        f"{node}: {name} -> {branch.ends}" for node, by_name in graph.builder.branches.items() for name, branch in by_name.items()
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
