"""The state machine: which steps a question takes, and what happens when parts fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from agentic_rag.errors import GraphError, QuestionError
from agentic_rag.graph import Graph, ask, build_graph, config_hash
from agentic_rag.interfaces import Roles
from agentic_rag.odds import agreed
from agentic_rag.steps.synthesize import surest
from agentic_rag.subagent import Subagent
from agentic_rag.testing import PASSAGES, Listed, Scripted, quoting, steps_taken
from agentic_rag.types import Budget, Citation, Claim, Complexity, Draft, Hit, Passage, Plan, Reading, SubQuestion

BRIDGE = "When was the architect of Saltgate Bridge born?"
SIMPLE, COMPLEX = Complexity(0.1, "single"), Complexity(0.9, "bridge")
CHAIN = Plan([SubQuestion(1, "Who designed Saltgate Bridge?", "words"), SubQuestion(2, "When was #1 born?", "words")], "last")
PAIR = Plan(
    [
        SubQuestion(1, "How long is Saltgate Bridge?", "words", "Saltgate Bridge"),
        SubQuestion(2, "How long is Loomgate Bridge?", "meaning", "Loomgate Bridge"),
    ],
    "highest",
)
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


class Knows:
    """A reader that knows which quote answers which question."""

    model = "knows"

    def __init__(self, **answers: str) -> None:
        self.answers = {key.replace("_", " "): answer for key, answer in answers.items()}

    def __repr__(self) -> str:
        return "Knows()"

    def __call__(self, question: str, passages: Sequence[Passage]) -> Reading:
        known = [answer for key, answer in self.answers.items() if key.lower() in question.lower()]
        return quoting(known[0])(question, passages) if known else Reading()


READER = Knows(
    designed_Saltgate="Maren Tolquist",
    Tolquist="1748",
    long_is_Saltgate="212 metres",
    long_is_Loomgate="96 metres",
    pie="smoked char",
)


class Broken:
    """A retriever that raises."""

    def search(self, query: str, k: int) -> list[Hit]:
        raise ConnectionError("the index is on fire")


class Hanging:
    """A retriever that does not come back before it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def search(self, query: str, k: int) -> list[Hit]:
        self.released.wait(30)
        return []


def make(
    complexity: object = SIMPLE,
    plan: object = Plan([]),
    *,
    reader: Any = READER,
    verifier: Any = None,
    words: Any = None,
    meaning: Any = None,
    retriever: Any = None,
    **options: Any,
) -> Graph:
    grader = Scripted(lambda _question, passages: [0.5] * len(passages))
    roles = Roles(Scripted(complexity), Scripted(plan), grader, reader, verifier or Scripted(0.9))
    subagents = [
        Subagent("words", "names and numbers", words or Listed(), grader, reader),
        Subagent("meaning", "paraphrases", meaning or Listed(), grader, reader),
    ]
    return build_graph(roles, retriever or Listed(), subagents, **options)


WHICH = Plan(
    [
        SubQuestion(1, "Is Saltgate Bridge made of stone?", "words", "Saltgate Bridge"),
        SubQuestion(2, "Is Loomgate Bridge made of stone?", "meaning", "Loomgate Bridge"),
    ],
    "highest",
)


class Judges:
    """Says yes of one thing and no of all others."""

    model = "judges"

    def __init__(self, true: str) -> None:
        self.true = true

    def __call__(self, question: str, passages: Sequence[Passage]) -> Reading:
        return Reading("yes" if self.true in question else "no", 0.9, [Citation.of(passages[0], 0, 5)])


def test_which_of_two_is_so_rests_on_what_is_said_of_it_alone() -> None:
    result = ask(make(COMPLEX, WHICH, reader=Judges("Loomgate")), "Which is made of stone, Saltgate Bridge or Loomgate Bridge?")
    assert result.answer == "Loomgate Bridge"
    assert [(claim.question, claim.answer) for claim in result.claims] == [("Is Loomgate Bridge made of stone?", "yes")]


def test_a_simple_question_takes_one_retrieval() -> None:
    assert steps_taken(make(), "What is Ollun pie made with?") == ["route", "retrieve", "synthesize", "verify"]


def test_a_simple_answer_is_quoted() -> None:
    result = ask(make(), "What is Ollun pie made with?")
    [citation] = result.citations
    assert (result.answer, citation.passage_id, citation.quote) == ("smoked char", "pie", "smoked char")
    assert PASSAGES[3].text[citation.start : citation.end] == citation.quote
    assert (result.abstained, result.reason, result.route and result.route.label) == (False, "", "simple")


def test_a_chain_takes_two_waves_and_fills_in_what_was_found() -> None:
    graph = make(COMPLEX, CHAIN)
    assert steps_taken(graph, BRIDGE) == ["route", "plan", "delegate", "gather", "delegate", "gather", "synthesize", "verify"]
    result = ask(graph, BRIDGE)
    assert result.answer == "1748"
    assert [sub.text for sub in result.sub_questions] == ["Who designed Saltgate Bridge?", "When was Maren Tolquist born?"]
    assert [citation.quote for citation in result.citations] == ["Maren Tolquist", "1748"]
    assert result.budget.spent.rounds == 2


def test_a_follow_up_query_keeps_the_original_question() -> None:
    queries: list[str] = []

    class Listening(Listed):
        def search(self, query: str, k: int = 10) -> list[Hit]:
            queries.append(query)
            return super().search(query, k)

    ask(make(COMPLEX, CHAIN, words=Listening()), BRIDGE)
    assert queries == ["Who designed Saltgate Bridge?", f"{BRIDGE} When was Maren Tolquist born?"]


def test_a_comparison_is_one_wave_and_is_decided_from_the_two_values() -> None:
    graph = make(COMPLEX, PAIR)
    assert steps_taken(graph, "Which bridge is longer?") == [
        "route",
        "plan",
        "delegate",
        "delegate",
        "gather",
        "synthesize",
        "verify",
    ]
    result = ask(graph, "Which is longer, Saltgate Bridge or Loomgate Bridge?")
    assert (result.answer, [claim.answer for claim in result.claims]) == ("Saltgate Bridge", ["212 metres", "96 metres"])


def test_a_simple_question_that_fails_escalates_once_and_keeps_what_it_had() -> None:
    graph = make(SIMPLE, CHAIN)
    assert steps_taken(graph, BRIDGE)[:5] == ["route", "retrieve", "synthesize", "verify", "plan"]
    result = ask(graph, BRIDGE)
    assert (result.answer, result.route and result.route.escalated) == ("1748", True)


def test_an_answer_that_is_not_supported_is_not_given() -> None:
    result = ask(make(COMPLEX, CHAIN, verifier=Scripted(0.2)), BRIDGE)
    assert (result.answer, result.abstained, result.citations) == (None, True, [])
    assert "is not supported by what it cites (0.20 < 0.30)" in result.reason


def test_the_confidence_of_the_run_decides_whether_to_answer() -> None:
    graph = make(COMPLEX, CHAIN, confidence=0.8)
    assert ask(graph, BRIDGE).answer == "1748"
    assert ask(graph, BRIDGE, confidence=0.999).reason == "the best answer has confidence 0.99, below 1.00"


def test_a_run_that_wants_every_answer_gets_the_weak_ones_too_and_still_looks_twice() -> None:
    doubted = make(SIMPLE, CHAIN, verifier=Scripted(0.2))
    assert ask(doubted, BRIDGE).abstained
    result = ask(doubted, BRIDGE, confidence=0.0)
    assert (result.answer, result.route and result.route.escalated) == ("1748", True)
    assert result.confidence == pytest.approx(0.9 * 0.2 / (0.9 * 0.2 + 0.1 * 0.8))


def test_reader_and_verifier_together_are_as_sure_as_two_judges_who_saw_different_things() -> None:
    assert agreed(0.8, 0.5) == pytest.approx(0.8)
    assert agreed(0.8, 0.8) == pytest.approx(16 / 17)
    assert agreed(0.8, 0.2) == pytest.approx(0.5)
    assert (agreed(1.0, 0.0), agreed(0.0, 0.3), agreed(1.0, 0.3)) == (0.5, 0.0, 1.0)


@pytest.mark.parametrize(
    ("supports", "answer", "checked"),
    [
        ({"1748": 0.2, "Ashmarrow": 0.9}, "Ashmarrow", ["1748", "Ashmarrow", "architect"]),
        ({"1748": 0.8, "Ashmarrow": 0.8}, "1748", ["1748", "Ashmarrow", "architect"]),
        ({"1748": 0.9, "Ashmarrow": 1.0}, "1748", ["1748"]),
        ({"1748": 0.4, "Ashmarrow": ValueError("odd")}, "1748", ["1748", "Ashmarrow", "architect"]),
    ],
)
def test_of_the_answers_that_a_reader_offers_the_best_supported_one_is_given(
    supports: dict[str, Any], answer: str, checked: list[str]
) -> None:
    asked = list[str]()

    def reader(question: str, passages: Sequence[Passage]) -> Reading:
        rivals = [quoting(one)(question, passages) for one in ("1748", "Ashmarrow", "architect")]
        sure = [replace(one, confidence=0.6 - place / 10) for place, one in enumerate(rivals)]
        return replace(sure[0], others=sure[1:])

    def verifier(claim: Claim, _passages: Sequence[Passage]) -> float:
        asked.append(claim.answer)
        said = supports.get(claim.answer, 0.3)
        if isinstance(said, Exception):
            raise said
        return float(said)

    result = ask(make(reader=Scripted(reader), verifier=Scripted(verifier)), "When was she born?", confidence=0.0)
    assert (result.answer, asked[:3]) == (answer, checked)


def test_the_surest_draft_has_what_else_was_answered_for_rivals_each_once() -> None:
    def draft(answer: str | None, confidence: float, *others: Draft) -> Draft:
        return Draft(answer, confidence, others=list(others))

    chain, reading = draft("1748", 0.4, draft("Ashmarrow", 0.1)), draft("architect", 0.6, draft("ashmarrow", 0.3))
    best = surest([chain, draft(None, 0.9), reading, draft("Architect", 0.5)])
    assert (best.answer, best.confidence) == ("architect", 0.6)
    assert [(one.answer, one.confidence) for one in best.others] == [("1748", 0.4), ("ashmarrow", 0.3)]
    assert surest([draft(None, 0.2)]).answer is None


def test_what_a_subagent_answers_to_the_whole_question_is_given_if_it_is_better_supported() -> None:
    asked = list[str]()

    def reader(question: str, passages: Sequence[Passage]) -> Reading:
        asked.append(question)
        return (quoting("Ashmarrow", 0.5) if len(asked) == 1 else quoting("1748", 0.6))(question, passages)

    def verifier(claim: Claim, _passages: Sequence[Passage]) -> float:
        return 0.9 if claim.answer == "Ashmarrow" else 0.4

    plan = Plan([SubQuestion(1, "When was she born?", "words")], "read")
    result = ask(make(Complexity(0.9), plan, reader=reader, verifier=Scripted(verifier)), "When was she born?", confidence=0.0)
    assert (result.answer, len(asked)) == ("Ashmarrow", 2)


def test_rivals_do_not_take_the_calls_that_an_escalation_needs() -> None:
    def reader(question: str, passages: Sequence[Passage]) -> Reading:
        first, other = (quoting(one)(question, passages) for one in ("1748", "Ashmarrow"))
        return replace(first, others=[other])

    graph = make(reader=Scripted(reader), verifier=Scripted(0.2))
    result = ask(graph, "When was she born?", budget=Budget(calls=8))
    assert result.route is not None
    assert result.route.escalated


def test_the_threshold_belongs_to_the_graph() -> None:
    assert "plan" not in steps_taken(make(Complexity(0.6), CHAIN, threshold=0.7), "What is Ollun pie made with?")
    assert "retrieve" not in steps_taken(make(Complexity(0.6), CHAIN, threshold=0.6), "What is Ollun pie made with?")


def test_the_drawing_is_the_one_in_the_design() -> None:
    assert make().get_graph().draw_mermaid(with_styles=False) == DRAWING


def test_one_raising_subagent_leaves_the_others() -> None:
    result = ask(make(COMPLEX, Plan([]), words=Broken(), reader=Knows(pie="smoked char")), "What is Ollun pie made with?")
    assert [(sub.subagent, sub.status) for sub in result.sub_questions] == [("words", "failed"), ("meaning", "answered")]
    assert result.answer == "smoked char"
    assert "retriever failed: ConnectionError: the index is on fire" in result.reason


def test_when_all_subagents_raise_the_run_abstains_and_says_so() -> None:
    result = ask(make(COMPLEX, PAIR, words=Broken(), meaning=Broken()), "Which is longer?")
    assert (result.abstained, [sub.status for sub in result.sub_questions]) == (True, ["failed", "failed"])
    assert result.reason.startswith("no passage was found; subagent 'words' failed")


def test_a_subagent_that_raises_outside_its_parts_is_a_finding_too() -> None:
    class Raising:
        name, description = "words", "broken"

        def __call__(self, *_: object) -> None:
            raise KeyError("lost")

    roles = Roles(Scripted(COMPLEX), Scripted(Plan([])), Scripted([]), READER, Scripted(0.9))
    result = ask(build_graph(roles, Listed(), [Raising()]), BRIDGE)  # type: ignore[list-item]
    assert [(sub.status, sub.error) for sub in result.sub_questions] == [("failed", "KeyError: 'lost'")]


def test_one_hanging_subagent_is_left_behind_at_the_deadline() -> None:
    hanging = Hanging()
    started = time.monotonic()
    result = ask(
        make(COMPLEX, Plan([]), words=hanging, reader=Knows(pie="smoked char")), "What is Ollun pie?", budget=Budget(seconds=2)
    )
    hanging.released.set()
    assert time.monotonic() - started < 4
    assert [(sub.subagent, sub.status) for sub in result.sub_questions] == [("words", "timed_out"), ("meaning", "answered")]
    assert (result.answer, result.budget.exhausted) == ("smoked char", ["seconds"])


def test_a_hanging_retriever_on_the_simple_path_is_an_abstention_in_time() -> None:
    hanging = Hanging()
    result = ask(make(retriever=hanging), "What is Ollun pie?", budget=Budget(seconds=0.3))
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


@pytest.mark.parametrize("calls", range(1, 14))
def test_no_run_spends_more_calls_than_it_may(calls: int) -> None:
    for complexity, plan in [(SIMPLE, CHAIN), (COMPLEX, PAIR), (COMPLEX, CHAIN), (COMPLEX, Plan([]))]:
        result = ask(make(complexity, plan, verifier=Scripted(0.4)), BRIDGE, budget=Budget(calls=calls))
        assert result.budget.spent.calls <= calls


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


@pytest.mark.parametrize("budget", [{"money": 3}, "much", 7])
def test_a_budget_that_is_none_is_one_sentence(budget: Any) -> None:
    with pytest.raises(GraphError, match=r"give an object with any of calls, tokens, seconds, rounds"):
        make().invoke({"question": "What is Ollun pie?", "budget": budget})


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
    assert (result.answer, result.citations) == (None, [])
    assert "does not stand in passage" in result.reason


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


def test_subagents_need_names_of_their_own() -> None:
    roles = Roles(Scripted(SIMPLE), Scripted(CHAIN), Scripted([]), READER, Scripted(0.9))
    twin = Subagent("words", "twin", Listed(), roles.grader, READER)
    for subagents in ([], [twin, twin]):
        with pytest.raises(GraphError, match="give at least one, no name twice"):
            build_graph(roles, Listed(), subagents)


def test_the_hash_names_the_configuration() -> None:
    assert config_hash(make()) == config_hash(make())
    assert config_hash(make()) != config_hash(make(threshold=0.7))


def test_streaming_and_async_work_as_in_any_langgraph_graph() -> None:
    import asyncio

    state = asyncio.run(make().ainvoke({"question": "What is Ollun pie made with?"}))
    assert state["draft"].answer == "smoked char"
