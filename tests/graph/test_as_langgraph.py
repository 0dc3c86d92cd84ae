"""The graph as any LangGraph graph: drawn, streamed, run from several threads, named by its configuration."""

from __future__ import annotations

import threading

import pytest
from island import BRIDGE, CHAIN, READER, SIMPLE, make
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt

from agentic_rag.errors import GraphError
from agentic_rag.graph import ask, build_graph, config_hash
from agentic_rag.interfaces import Roles
from agentic_rag.state import State, serializer
from agentic_rag.subagent import Subagent
from agentic_rag.testing import Listed, Scripted
from agentic_rag.types import Complexity

DRAWING = """\
graph TD;
	__start__ --> route;
	delegate --> gather;
	gather -.-> delegate;
	gather -.-> synthesize;
	plan -.-> delegate;
	plan -.-> synthesize;
	retrieve --> synthesize;
	route -.-> plan;
	route -.-> retrieve;
	synthesize --> verify;
	verify -.-> __end__;
	verify -.-> plan;
"""


def test_the_drawing_is_the_one_in_the_design() -> None:
    assert make().get_graph().draw_mermaid(with_styles=False) == DRAWING


def test_two_threads_get_the_answers_that_one_gets() -> None:
    graph = make(Complexity(0.9), CHAIN)
    questions = [BRIDGE, "What is Ollun pie made with?"] * 100
    expected = [ask(graph, question).answer for question in questions[:2]] * 100
    answers: list[str | None] = [None] * len(questions)

    def work(first: int) -> None:
        for number in range(first, len(questions), 2):
            answers[number] = ask(graph, questions[number]).answer

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == expected


def test_a_graph_of_ones_own_may_wait_for_somebody() -> None:
    def approved(_state: State) -> State:
        interrupt("May it be asked?")
        return {}

    steps: list[str] = []
    graph = StateGraph(State).add_node("greet", lambda _state: {"notes": ["hello"]}).add_node("approved", approved)
    waiting = graph.add_edge(START, "greet").add_edge("greet", "approved").compile(checkpointer=InMemorySaver(serde=serializer()))
    result = ask(waiting, BRIDGE, thread_id="t", on_step=lambda step, _written: steps.append(step))  # type: ignore[arg-type]
    assert (result.answer, steps) == (None, ["greet"])


def test_subagents_need_names_of_their_own() -> None:
    roles = Roles(Scripted(SIMPLE), Scripted(CHAIN), Scripted([]), READER, Scripted(0.9))
    twin = Subagent("words", "twin", Listed(), roles.grader, READER)
    for subagents in ([], [twin, twin]):
        with pytest.raises(GraphError, match="give at least one, no name twice"):
            build_graph(roles, Listed(), subagents)


def test_the_hash_names_the_configuration() -> None:
    assert config_hash(make()) == config_hash(make())
    assert config_hash(make()) != config_hash(make(threshold=0.7))
    ends = []
    for end in ("a", "b"):
        graph = StateGraph(State)
        for name in ("start", "a", "b"):
            graph.add_node(name, Scripted({}))
        graph.add_edge(START, "start")
        graph.add_conditional_edges("start", Scripted(end), [end])
        ends.append(config_hash(graph.compile()))
    assert ends[0] != ends[1]


def test_streaming_and_async_work_as_in_any_langgraph_graph() -> None:
    import asyncio

    state = asyncio.run(make().ainvoke({"question": "What is Ollun pie made with?"}))
    assert state["draft"].answer == "smoked char"
