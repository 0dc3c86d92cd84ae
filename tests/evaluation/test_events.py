"""What the state machine decided, told so that equal behaviour is equal text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langgraph.graph import START, StateGraph

from agentic_rag.evaluation.events import events
from agentic_rag.evaluation.log import read_run
from agentic_rag.evaluation.records import Question, Record
from agentic_rag.evaluation.running import Candidate, run_suite
from agentic_rag.evaluation.suite import Suite
from agentic_rag.graph import Graph, ask, build_graph
from agentic_rag.interfaces import Roles
from agentic_rag.state import State
from agentic_rag.store import Store
from agentic_rag.subagent import Subagent
from agentic_rag.testing import PASSAGES, Listed, Scripted, quoting
from agentic_rag.types import Budget, Complexity, Hit, Passage, Plan, Reading, SubQuestion

BRIDGE = "When was the architect of Saltgate Bridge born?"
LONGER = "Which is longer, Saltgate Bridge or Loomgate Bridge?"
SIMPLE, COMPLEX = Complexity(0.1), Complexity(0.9)
CHAIN = Plan([SubQuestion(1, "Who designed Saltgate Bridge?", "words"), SubQuestion(2, "When was #1 born?", "words")], "last")
PAIR = Plan(
    [
        SubQuestion(1, "How long is Saltgate Bridge?", "words", "Saltgate Bridge"),
        SubQuestion(2, "How long is Loomgate Bridge?", "meaning", "Loomgate Bridge"),
    ],
    "highest",
)
QUOTES = {
    "pie": "smoked char",
    "designed": "Maren Tolquist",
    "Tolquist": "1748",
    "long is S": "212 metres",
    "long is L": "96 metres",
}


class Broken:
    """A retriever that raises."""

    def search(self, query: str, k: int) -> list[Hit]:
        raise ConnectionError("the index is on fire")


def reads(question: str, passages: Sequence[Passage]) -> Reading:
    quote = next((quote for words, quote in QUOTES.items() if words in question), "nowhere")
    return quoting(quote)(question, passages)


def make(complexity: Complexity, plan: Plan = CHAIN, *, verifier: float = 0.9, words: Any = None, whole: str = "") -> Graph:
    grader, reader = Scripted(lambda _question, passages: [0.5] * len(passages)), Scripted(reads)
    subagents = [
        Subagent("words", "names and numbers", words or Listed(), grader, reader),
        Subagent("meaning", "paraphrases", Listed(), grader, reader),
    ]
    roles = Roles(Scripted(complexity), Scripted(plan), grader, reader, Scripted(verifier))
    return build_graph(roles, Listed(), subagents, whole=whole)


def updates(graph: Graph, question: str, budget: Budget | None = None) -> list[State]:
    seen: list[State] = []
    ask(graph, question, budget=budget, on_step=lambda _step, written: seen.append(written))
    return seen


def told(graph: Graph, question: str, budget: Budget | None = None) -> list[str]:
    return events(updates(graph, question, budget))


def asked(store: Store, tmp_path: Path, build: Any) -> Record:
    suite = Suite("island", [Question("bridge", BRIDGE, ["1748"])], lambda: PASSAGES)
    [record] = run_suite(suite, Candidate("made", build), store, tmp_path / "run.jsonl").records
    return record


def test_a_simple_question_is_retrieved_and_read() -> None:
    assert told(make(SIMPLE), "What is Ollun pie made with?") == ["simple", "retrieve", "read", "answer"]


def test_a_chain_is_planned_and_asked_in_waves() -> None:
    assert told(make(COMPLEX), BRIDGE) == ["complex", "plan last 2", "wave answered", "wave answered", "chain", "answer"]


def test_the_question_itself_beside_its_plan_is_named_and_not_counted() -> None:
    assert told(make(COMPLEX, whole="meaning"), BRIDGE) == [
        "complex",
        "plan last 2 + whole",
        "wave answered, empty+followed",
        "wave answered",
        "chain",
        "answer",
    ]


def test_one_behaviour_is_one_sequence_in_whatever_order_the_branches_finish() -> None:
    route, plan, first, second, *rest = updates(make(COMPLEX, PAIR, words=Broken()), LONGER)
    assert [first["findings"][0].status, second["findings"][0].status] in (["answered", "failed"], ["failed", "answered"])
    sequence = events([route, plan, first, second, *rest])
    assert sequence[2] == "wave answered, failed"
    assert events([route, plan, second, first, *rest]) == sequence


def test_two_values_are_compared() -> None:
    assert told(make(COMPLEX, PAIR), LONGER) == ["complex", "plan highest 2", "wave answered, answered", "compared", "answer"]


def test_an_escalated_question_goes_on_with_its_plan() -> None:
    assert told(make(SIMPLE), BRIDGE) == [
        "simple",
        "retrieve",
        "nothing",
        "escalate",
        "plan last 2",
        "wave answered",
        "wave answered",
        "chain",
        "answer",
    ]


def test_an_answer_that_is_not_supported_ends_in_an_abstention() -> None:
    assert told(make(COMPLEX, verifier=0.1), BRIDGE)[-2:] == ["chain", "abstain"]


def test_a_failed_subagent_is_part_of_its_wave() -> None:
    assert told(make(COMPLEX, words=Broken()), BRIDGE) == [
        "complex",
        "plan last 2",
        "wave failed",
        "wave failed",
        "nothing",
        "abstain",
    ]


def test_what_the_budget_does_not_allow_is_a_skipped_wave() -> None:
    sequence = told(make(COMPLEX), BRIDGE, Budget(rounds=1))
    assert sequence[1:4] == ["plan last 2", "wave answered", "wave skipped"]


def test_a_step_is_known_by_whatever_name_its_graph_has_for_it() -> None:
    steps = {name: node.runnable.func for name, node in make(SIMPLE).builder.nodes.items()}
    graph = StateGraph(State).add_sequence(
        [("begin", steps["route"]), ("look", steps["retrieve"]), ("write", steps["synthesize"])]
    )
    assert told(graph.add_edge(START, "begin").compile(), "What is Ollun pie made with?") == ["simple", "retrieve", "read"]


def test_a_record_has_its_events_and_keeps_them_in_its_file(store: Store, tmp_path: Path) -> None:
    record = asked(store, tmp_path, lambda _store, _where: make(COMPLEX))
    assert record.events == ["complex", "plan last 2", "wave answered", "wave answered", "chain", "answer"]
    assert read_run(tmp_path / "run.jsonl").records == [record]


def test_a_run_that_an_error_ends_says_what_came_before(store: Store, tmp_path: Path) -> None:
    def breaks(_state: State) -> State:
        raise MemoryError("too many bridges")

    def build(_store: Store, _where: Any) -> Graph:
        graph = make(COMPLEX).builder
        graph.nodes.pop("verify")
        return graph.add_node("verify", breaks).compile()

    assert asked(store, tmp_path, build).events[-2:] == ["chain", "failed"]


def test_a_run_from_before_there_were_events_is_read(store: Store, tmp_path: Path) -> None:
    asked(store, tmp_path, lambda _store, _where: make(COMPLEX))
    header, line = (tmp_path / "run.jsonl").read_text().splitlines()
    row = json.loads(line)
    del row["events"]
    (tmp_path / "old.jsonl").write_text(f"{header}\n{json.dumps(row)}\n")
    [record] = read_run(tmp_path / "old.jsonl").records
    assert (record.answer, record.events) == ("1748", [])
