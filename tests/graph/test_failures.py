"""What happens when parts fail, budgets run out, or nothing sensible is asked."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from island import BRIDGE, CHAIN, COMPLEX, PAIR, READER, SIMPLE, Knows, make

from agentic_rag.errors import GraphError, QuestionError
from agentic_rag.graph import MOST_AT_ONCE, ask, build_graph
from agentic_rag.interfaces import Roles
from agentic_rag.testing import Listed, Scripted
from agentic_rag.types import Budget, Citation, Complexity, Finding, Hit, Plan, Reading, SubQuestion


class Broken:
    """A retriever that raises."""

    def search(self, query: str, k: int) -> list[Hit]:
        raise ConnectionError("the index is on fire")


class Odd:
    """A retriever whose hits have no passage."""

    def search(self, query: str, k: int) -> list[Hit]:
        return [Hit(None, 1, 1.0, "odd")]  # type: ignore[arg-type]


class Hanging:
    """A retriever that does not come back before it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def search(self, query: str, k: int) -> list[Hit]:
        self.released.wait(30)
        return []


def test_one_raising_subagent_leaves_the_others() -> None:
    result = ask(make(COMPLEX, Plan([]), words=Broken(), reader=Knows(pie="smoked char")), "What is Ollun pie made with?")
    assert [(sub.subagent, sub.status) for sub in result.sub_questions] == [("words", "failed"), ("meaning", "answered")]
    assert result.answer == "smoked char"
    assert "retriever failed: ConnectionError: the index is on fire" in result.reason


def test_when_all_subagents_raise_the_run_abstains_and_says_so() -> None:
    result = ask(make(COMPLEX, PAIR, words=Broken(), meaning=Broken()), "Which is longer?")
    assert (result.abstained, [sub.status for sub in result.sub_questions]) == (True, ["failed", "failed"])
    assert result.reason.startswith("no passage was found; subagent 'words' failed")


@pytest.mark.parametrize(
    ("error", "told"), [(KeyError("lost"), "KeyError: 'lost'"), (TimeoutError("its server"), "TimeoutError: its server")]
)
def test_a_subagent_that_raises_outside_its_parts_is_a_finding_too(error: Exception, told: str) -> None:
    class Raising:
        name, description = "words", "broken"

        def __call__(self, *_: object) -> None:
            raise error

    roles = Roles(Scripted(COMPLEX), Scripted(Plan([])), Scripted([]), READER, Scripted(0.9))
    result = ask(build_graph(roles, Listed(), [Raising()]), BRIDGE)  # type: ignore[list-item]
    assert [(sub.status, sub.error) for sub in result.sub_questions] == [("failed", told)]
    assert result.budget.exhausted == []


@pytest.mark.parametrize("reply", [None, Finding(SubQuestion(7, "Which?", "words"), "empty")])
def test_a_subagent_that_brings_back_something_else_is_asked_once(reply: object) -> None:
    class Odd:
        name, description = "words", "odd"

        def __call__(self, *_: object) -> object:
            return reply

    roles = Roles(Scripted(COMPLEX), Scripted(Plan([])), Scripted([]), READER, Scripted(0.9))
    result = ask(build_graph(roles, Listed(), [Odd()]), BRIDGE)  # type: ignore[list-item]
    assert [(sub.text, sub.status) for sub in result.sub_questions] == [(BRIDGE, "empty" if reply else "failed")]


def test_one_hanging_subagent_is_left_behind_at_the_deadline() -> None:
    hanging = Hanging()
    started = time.monotonic()
    result = ask(
        make(COMPLEX, Plan([]), words=hanging, reader=Knows(pie="smoked char")), "What is Ollun pie?", budget=Budget(seconds=2)
    )
    hanging.released.set()
    assert time.monotonic() - started < 10
    assert [(sub.subagent, sub.status) for sub in result.sub_questions] == [("words", "timed_out"), ("meaning", "answered")]
    assert (result.answer, result.budget.exhausted) == ("smoked char", ["seconds"])


def test_a_hanging_retriever_on_the_simple_path_is_an_abstention_in_time() -> None:
    hanging = Hanging()
    result = ask(make(retriever=hanging), "What is Ollun pie?", budget=Budget(seconds=1))
    hanging.released.set()
    assert (result.abstained, result.budget.exhausted) == (True, ["seconds"])
    assert "retriever timed out" in result.reason


@pytest.mark.parametrize(
    ("plan", "note"),
    [
        (Plan([]), "the plan was empty"),
        (Plan([SubQuestion(1, "  ", "words")]), "the plan was empty"),
        (Plan([SubQuestion(1, "What is #2?", "words"), SubQuestion(2, "What is #1?", "words")]), "the plan had a cycle"),
        (Plan([SubQuestion(1, "What is #1?", "words")]), "the plan had a cycle"),
        (Plan([SubQuestion(1, "What is #7?", "words")]), "the plan referred to #7"),
        (Plan([SubQuestion(1, "What?", "words"), SubQuestion(1, "Who?", "words")]), "the plan used a number twice"),
        (Plan([SubQuestion(0, "What?", "words"), SubQuestion(1, "Who?", "words")]), "the plan used the number 0, and lines"),
        (Plan([SubQuestion("a", "What?", "words"), SubQuestion(1, "Who?", "words")]), "the plan used the number 'a'"),  # type: ignore[arg-type]
        (ValueError("no plan today"), "planner failed: ValueError: no plan today"),
        ("not a plan", "planner gave 'not a plan'"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_asks_every_subagent_the_question(plan: object, note: str) -> None:
    result = ask(make(COMPLEX, plan), "What is Ollun pie made with?")
    assert [(sub.subagent, sub.text) for sub in result.sub_questions] == [
        ("words", "What is Ollun pie made with?"),
        ("meaning", "What is Ollun pie made with?"),
    ]
    assert result.answer == "smoked char"
    assert note in result.reason


def test_an_unknown_subagent_is_replaced_by_the_preferred_one() -> None:
    result = ask(make(COMPLEX, Plan([SubQuestion(1, "What is Ollun pie made with?", "web")])), "What is Ollun pie made with?")
    assert [(sub.subagent, sub.status) for sub in result.sub_questions] == [("words", "answered")]
    assert "unknown subagent 'web' (there are words, meaning)" in result.reason


def test_of_a_hundred_sub_questions_the_first_eight_are_asked() -> None:
    plan = Plan([SubQuestion(number, f"What is Ollun pie number {number}?", "words") for number in range(1, 101)])
    result = ask(make(COMPLEX, plan), "What is Ollun pie made with?")
    assert len(result.sub_questions) == 8
    assert "the plan had 100 sub-questions, the first 8 were kept" in result.reason


@pytest.mark.parametrize("complexity", [SIMPLE, COMPLEX])
def test_a_budget_of_one_call_is_kept_for_the_reader(complexity: Complexity) -> None:
    result = ask(make(complexity, PAIR), "What is Ollun pie made with?", budget=Budget(calls=1))
    assert (result.budget.spent.calls, "calls" in result.budget.exhausted) == (1, True)
    assert (result.answer, result.claims[0].support) == ("smoked char", None)
    assert "no verifier: the budget of calls is exhausted" in result.reason


def test_a_budget_of_one_round_stops_before_the_second_wave() -> None:
    result = ask(make(COMPLEX, CHAIN), BRIDGE, budget=Budget(rounds=1))
    assert [sub.status for sub in result.sub_questions] == ["answered", "skipped"]
    assert (result.budget.spent.rounds, result.budget.exhausted) == (1, ["rounds"])


@pytest.mark.parametrize("calls", [3, 4, 5])
def test_few_calls_are_kept_for_the_answer_and_the_search_is_made_without(calls: int) -> None:
    result = ask(make(COMPLEX, Plan([])), "What is Ollun pie made with?", budget=Budget(calls=calls))
    assert result.answer == "smoked char"


@pytest.mark.parametrize(("plan", "whole"), [(Plan([]), ""), (Plan([]), "meaning"), (CHAIN, "meaning")])
def test_a_number_sign_in_the_question_is_a_word_of_the_users(plan: Plan, whole: str) -> None:
    question = "Is the #1 pie, or #40, Ollun pie?"
    result = ask(make(COMPLEX, plan, whole=whole), question)
    assert ("smoked char", question) in [(sub.answer, sub.text) for sub in result.sub_questions]


def test_what_a_subagent_found_before_its_reader_hung_is_kept() -> None:
    released = threading.Event()
    for _ in range(3):
        graph = make(COMPLEX, Plan([]), reader=lambda *_: released.wait(20))
        result = ask(graph, "What is Ollun pie made with?", budget=Budget(seconds=1))
        assert result.abstained
        assert result.contexts
    released.set()


def test_of_a_wave_all_branches_run_at_once() -> None:
    slow = Scripted(lambda *_: time.sleep(0.4) or Reading())
    plan = Plan([SubQuestion(number, f"Which bridge is number {number}?", "words") for number in range(1, 9)])
    graph = make(COMPLEX, plan, reader=slow)
    result = ask(graph, BRIDGE, budget=Budget(seconds=2.5))
    assert [sub.status for sub in result.sub_questions] == ["empty"] * 8
    assert graph.config == {"max_concurrency": MOST_AT_ONCE}


@pytest.mark.parametrize("calls", range(1, 14))
def test_no_run_makes_more_calls_than_it_may_and_all_are_counted(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    for kind in (Scripted, Knows):
        monkeypatch.setattr(kind, "__call__", lambda part, *args, of=kind.__call__: made.append(part) or of(part, *args))
    for complexity, plan in [(SIMPLE, CHAIN), (COMPLEX, PAIR), (COMPLEX, CHAIN), (COMPLEX, Plan([]))]:
        made.clear()
        result = ask(make(complexity, plan, verifier=Scripted(0.4)), BRIDGE, budget=Budget(calls=calls))
        assert len(made) == result.budget.spent.calls <= calls


def test_an_empty_index_is_an_abstention() -> None:
    empty = Listed([])
    for complexity in (SIMPLE, COMPLEX):
        result = ask(make(complexity, CHAIN, words=empty, meaning=empty, retriever=empty), BRIDGE)
        assert (result.answer, result.reason) == (None, "no passage was found")


@pytest.mark.parametrize("question", ["", "   ", "\x00\x07\n", "x" * 100_000])
def test_a_question_that_cannot_be_asked_is_one_sentence(question: str) -> None:
    with pytest.raises(QuestionError, match=r"the question (is empty|has 100,000 characters)"):
        ask(make(), question)
    with pytest.raises(QuestionError):
        make().invoke({"question": question})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"budget": {"money": 3}}, "give an object with any of calls, tokens, seconds, rounds"),
        ({"budget": "much"}, "give an object with any of calls, tokens, seconds, rounds"),
        ({"budget": {"calls": "3"}}, "the budget has '3' calls; give a number of at least 0, or None"),
        ({"budget": Budget(seconds=float("nan"))}, "the budget has nan seconds"),
        ({"confidence": 75}, "the confidence asked for is 75; give a number between 0 and 1"),
        ({"confidence": "high"}, "the confidence asked for is 'high'"),
    ],
)
def test_a_limit_that_is_none_is_one_sentence(given: Any, sentence: str) -> None:
    with pytest.raises(GraphError, match=sentence):
        make().invoke({"question": "What is Ollun pie?", **given})
    with pytest.raises(GraphError, match=sentence):
        ask(make(), "What is Ollun pie?", **given)


def test_endless_seconds_are_no_limit() -> None:
    for seconds in (float("inf"), 1e15):
        assert ask(make(), "What is Ollun pie?", budget=Budget(seconds=seconds)).answer == "smoked char"


def test_control_characters_are_taken_out_of_a_question() -> None:
    result = ask(make(), "What is\x00 Ollun\x1b pie\tmade with?")
    assert (result.question, result.answer) == ("What is Ollun pie made with?", "smoked char")


@pytest.mark.parametrize(
    ("role", "reply", "note"),
    [
        ("complexity", Complexity(float("nan")), "router gave Complexity(score=nan"),
        ("complexity", Complexity(7.0), "router gave Complexity(score=7.0"),
        ("complexity", None, "router gave None"),
        ("complexity", RuntimeError("boom"), "router failed: RuntimeError: boom"),
        ("reader", Scripted(RuntimeError("boom")), "reader failed: RuntimeError: boom"),
        ("reader", Scripted(None), "reader gave None"),
        ("reader", Scripted(Reading(1748, 0.9)), "reader gave Reading(answer=1748"),  # type: ignore[arg-type]
        ("reader", Scripted(Reading("1748", 0.9, None)), "reader gave Reading(answer='1748'"),  # type: ignore[arg-type]
        ("reader", Scripted(Reading("1748", 0.9, others=None)), "reader gave Reading(answer='1748'"),  # type: ignore[arg-type]
        ("reader", Scripted(Reading("1748", 0.9, others=["x"])), "reader gave Reading(answer='1748'"),  # type: ignore[list-item]
        ("reader", Scripted(Reading("1748", 0.9, [Citation("pie", "0", 5, "x")])), "reader gave"),  # type: ignore[arg-type]
        ("retriever", Odd(), "retriever gave [Hit(passage=None"),
        ("verifier", Scripted(RuntimeError("boom")), "verifier failed: RuntimeError: boom"),
        ("verifier", Scripted("yes"), "verifier gave 'yes'"),
    ],
)
def test_a_role_that_misbehaves_never_raises(role: str, reply: Any, note: str) -> None:
    result = ask(make(**{role: reply}), "What is Ollun pie made with?")
    assert note in result.reason


@pytest.mark.parametrize(
    "citation", [Citation("pie", 0, 5, "Salty"), Citation("nowhere", 0, 5, "Ollun"), Citation("pie", 3, 3, "")]
)
def test_a_quote_that_does_not_stand_in_its_passage_is_never_shown(citation: Citation) -> None:
    result = ask(make(reader=Scripted(Reading("char", 0.9, [citation]))), "What is Ollun pie made with?")
    assert (result.answer, result.citations, [claim.citations for claim in result.claims]) == (None, [], [[]])
    assert "does not stand in passage" in result.reason
