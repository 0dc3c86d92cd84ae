"""Killed and resumed: the same answer, and no finished subagent runs again."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver

from agentic_rag.errors import GraphError
from agentic_rag.graph import Graph, ask, build_graph
from agentic_rag.interfaces import Roles
from agentic_rag.plain import as_plain
from agentic_rag.state import serializer
from agentic_rag.subagent import Subagent
from agentic_rag.testing import PASSAGES, Listed, Scripted, quoting
from agentic_rag.types import Budget, Complexity, Hit, Plan, Route, SubQuestion

QUESTION = "What is Ollun pie made with?"

KILLED = """
import os, signal, sqlite3, sys, time
from pathlib import Path
from langgraph.checkpoint.sqlite import SqliteSaver
from agentic_rag.graph import ask, build_graph
from agentic_rag.interfaces import Roles
from agentic_rag.state import serializer
from agentic_rag.subagent import Subagent
from agentic_rag.testing import Listed, Scripted, quoting
from agentic_rag.types import Complexity, Plan, SubQuestion

folder, dies_in = Path(sys.argv[1]), sys.argv[2]

class Logged(Listed):
    def search(self, query, k=10):
        with (folder / "log.txt").open("a") as log:
            log.write(self.name + "\\n")
        if self.name == dies_in:
            time.sleep(1.5)
            os.kill(os.getpid(), signal.SIGKILL)
        return super().search(query, k)

def verifier(claim, passages):
    if dies_in == "verifier":
        time.sleep(1.5)
        os.kill(os.getpid(), signal.SIGKILL)
    return 0.9

grader, reader = Scripted(lambda _, passages: [0.5] * len(passages)), Scripted(quoting("smoked char"))
plan = Plan([SubQuestion(1, "What is Ollun pie made with?", "first"), SubQuestion(2, "What is in Ollun pie?", "second")])
roles = Roles(Scripted(Complexity(0.9)), Scripted(plan), grader, reader, verifier)
subagents = [Subagent(name, name, Logged(name=name), grader, reader) for name in ("first", "second")]
saver = SqliteSaver(sqlite3.connect(folder / "runs.sqlite", check_same_thread=False), serde=serializer())
graph = build_graph(roles, Listed(), subagents, checkpointer=saver)
print(ask(graph, "What is Ollun pie made with?", thread_id="run-1").answer)
"""


def run(folder: Path, dies_in: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", KILLED, str(folder), dies_in], capture_output=True, text=True, timeout=120
    )


def test_any_number_may_be_the_score_of_a_hit() -> None:
    hit = Hit(PASSAGES[0], np.int64(1), np.float32(0.5), "theirs")  # type: ignore[arg-type]
    kept = serializer().loads_typed(serializer().dumps_typed(hit))
    assert (kept, type(kept.rank), type(kept.score)) == (hit, int, float)


@pytest.mark.parametrize(
    ("dies_in", "after_the_kill", "in_all"),
    [
        ("verifier", ["first", "second"], ["first", "second"]),
        ("second", ["first", "second"], ["first", "second", "second"]),
    ],
)
def test_a_killed_run_goes_on_without_repeating_what_was_finished(
    tmp_path: Path, dies_in: str, after_the_kill: list[str], in_all: list[str]
) -> None:
    log = tmp_path / "log.txt"
    assert run(tmp_path, dies_in).returncode == -signal.SIGKILL
    assert sorted(log.read_text().split()) == after_the_kill
    resumed = run(tmp_path, "nowhere")
    assert (resumed.stdout.strip(), resumed.stderr) == ("smoked char", "")
    assert sorted(log.read_text().split()) == in_all


def make(**options: object) -> Graph:
    grader, reader = Scripted(lambda _question, passages: [0.5] * len(passages)), Scripted(quoting("smoked char"))
    plan = Plan([SubQuestion(1, QUESTION, "words"), SubQuestion(2, "Is #1 tasty?", "words")])
    roles = Roles(Scripted(Complexity(0.9, "bridge")), Scripted(plan), grader, reader, Scripted(0.9))
    return build_graph(roles, Listed(), [Subagent("words", "names", Listed(), grader, reader)], **options)  # type: ignore[arg-type]


def test_state_comes_back_from_a_checkpoint_as_it_went_in(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "runs.sqlite", check_same_thread=False) as connection:
        graph = make(checkpointer=SqliteSaver(connection, serde=serializer()))
        result = ask(graph, QUESTION, thread_id="t", budget=Budget(calls=20))
        saved = graph.get_state({"configurable": {"thread_id": "t"}}).values
    assert saved["route"] == Route("complex", 0.9, "bridge")
    assert (saved["budget"], saved["draft"].claims, saved["usage"]) == (Budget(calls=20), result.claims, result.usage)
    assert [finding.sub_question.text for finding in saved["findings"]] == [QUESTION, "Is smoked char tasty?"]


def test_a_second_question_on_the_same_thread_starts_from_nothing() -> None:
    graph = make(checkpointer=InMemorySaver(serde=serializer()))
    first = ask(graph, QUESTION, thread_id="t", budget=Budget(calls=20), confidence=0.99)
    second = ask(graph, "How long is Loomgate Bridge?", thread_id="t")
    assert (second.budget.spent.calls, len(second.sub_questions)) == (first.budget.spent.calls, 2)
    assert (second.budget.limit, first.abstained, second.abstained) == (Budget(), True, False)


def cut_off(**limits: float) -> Graph:
    """A graph on whose thread "t" the question was planned, and no more."""
    graph = make(checkpointer=InMemorySaver(serde=serializer()))

    def kill(step: str, _written: object) -> None:
        if step == "plan":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(graph, QUESTION, thread_id="t", on_step=kill, **limits)
    return graph


def test_another_question_on_the_thread_of_a_run_that_was_cut_off_is_asked_itself() -> None:
    graph = cut_off()
    result = ask(graph, "How long is Loomgate Bridge?", thread_id="t")
    assert result.question == "How long is Loomgate Bridge?"
    assert {sub.text for sub in result.sub_questions} >= {"Is smoked char tasty?"}


def test_other_limits_are_those_of_a_run_of_their_own() -> None:
    graph = cut_off(confidence=0.0)
    result = ask(graph, QUESTION, thread_id="t", confidence=0.999, budget=Budget(calls=20))
    assert (result.abstained, result.budget.limit.calls) == (True, 20)


def test_a_budget_that_is_none_leaves_its_thread_as_it_was() -> None:
    graph = make(checkpointer=InMemorySaver(serde=serializer()))
    with pytest.raises(GraphError):
        ask(graph, QUESTION, thread_id="t", budget={"money": 3})  # type: ignore[arg-type]
    assert ask(graph, QUESTION, thread_id="t").answer == "smoked char"


def test_numbers_of_numpy_come_back_from_a_checkpoint_too() -> None:
    single = np.float32(0.5)
    roles = Roles(
        Scripted(Complexity(single)),  # type: ignore[arg-type]
        Scripted(Plan([])),
        Scripted(lambda _question, passages: [single] * len(passages)),
        Scripted(lambda question, passages: replace(quoting("smoked char")(question, passages), confidence=np.float32(0.9))),
        Scripted(single),
    )
    graph = build_graph(
        roles,
        Listed(),
        [Subagent("words", "names", Listed(), roles.grader, roles.reader)],
        checkpointer=InMemorySaver(serde=serializer()),
    )
    result = ask(graph, QUESTION, thread_id="t")
    assert result.answer == "smoked char"
    assert as_plain(result)["contexts"][0]["grade"] == 0.5
