"""The state machine: which steps a question takes, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from island import BRIDGE, CHAIN, COMPLEX, PAIR, SIMPLE, make

from agentic_rag.graph import ask
from agentic_rag.odds import agreed
from agentic_rag.steps.synthesize import surest
from agentic_rag.testing import PASSAGES, Listed, Scripted, quoting, steps_taken
from agentic_rag.types import Budget, Citation, Claim, Complexity, Draft, Hit, Passage, Plan, Reading, SubQuestion

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


def test_which_of_two_is_so_rests_on_what_is_said_of_it_alone() -> None:
    result = ask(make(COMPLEX, WHICH, reader=Judges("Loomgate")), "Which is made of stone, Saltgate Bridge or Loomgate Bridge?")
    assert result.answer == "Loomgate Bridge"
    assert [(claim.question, claim.answer) for claim in result.claims] == [("Is Loomgate Bridge made of stone?", "yes")]


@pytest.mark.parametrize(("said", "answer"), [("no", "no"), ("yes", None)])
def test_of_two_things_that_should_both_be_so_one_no_is_enough_and_one_yes_is_not(said: str, answer: str | None) -> None:
    def judge(question: str, passages: Sequence[Passage]) -> Reading:
        return Reading(said, 0.9, [Citation.of(passages[0], 0, 5)]) if question.startswith("Is Saltgate") else Reading()

    result = ask(make(COMPLEX, replace(WHICH, combine="both"), reader=judge), "Are Saltgate and Loomgate Bridge made of stone?")
    assert (result.answer, len(result.claims)) == (answer, bool(answer))


def test_a_no_that_is_sure_is_not_weakened_by_another_one() -> None:
    def judge(question: str, passages: Sequence[Passage]) -> Reading:
        return Reading("no", 0.9 if question.startswith("Is Saltgate") else 0.1, [Citation.of(passages[0], 0, 5)])

    result = ask(make(COMPLEX, replace(WHICH, combine="both"), reader=judge), "Are Saltgate and Loomgate Bridge made of stone?")
    assert (result.answer, [claim.question for claim in result.claims]) == ("no", ["Is Saltgate Bridge made of stone?"])


def test_the_answer_to_the_question_itself_is_not_put_in_for_a_step_on_the_way() -> None:
    def reader(question: str, passages: Sequence[Passage]) -> Reading:
        asked.append(question)
        return quoting("1748")(question, passages) if question == BRIDGE else Reading()

    asked: list[str] = []
    lines = ["Who designed Saltgate Bridge?", "Who was the mother of #1?", "When was #2 born?"]
    chain = Plan([SubQuestion(number, text, "words") for number, text in enumerate(lines, 1)], "last")
    assert ask(make(COMPLEX, chain, reader=reader), BRIDGE).answer == "1748"
    assert "When was 1748 born?" not in asked


def test_a_simple_question_that_fails_escalates_once_and_keeps_what_it_had() -> None:
    graph = make(SIMPLE, CHAIN)
    assert steps_taken(graph, BRIDGE)[:5] == ["route", "retrieve", "synthesize", "verify", "plan"]
    result = ask(graph, BRIDGE)
    assert (result.answer, result.route and result.route.escalated) == ("1748", True)


@pytest.mark.parametrize("later", [Reading(), RuntimeError("boom")])
def test_what_was_found_before_an_escalation_is_not_lost_where_the_plan_finds_nothing(later: object) -> None:
    def once(question: str, passages: Sequence[Passage]) -> object:
        asked.append(question)
        if len(asked) == 1:
            return quoting("1748", 0.3)(question, passages)
        if isinstance(later, Exception):
            raise later
        return later

    asked: list[str] = []
    result = ask(make(SIMPLE, CHAIN, reader=Scripted(once), verifier=Scripted(0.5)), BRIDGE, confidence=0.0)
    assert (result.answer, result.route and result.route.escalated) == ("1748", True)
    assert result.confidence == pytest.approx(0.3)
    asked.clear()
    kept = ask(make(SIMPLE, CHAIN, reader=Scripted(once), verifier=Scripted(0.5)), BRIDGE)
    assert (kept.answer, kept.reason.partition(";")[0]) == (None, "the best answer has confidence 0.30, below 0.35")


@pytest.mark.parametrize(("confidence", "answer"), [(0.04, "1748"), (0.2, "1748"), (0.4, None)])
def test_what_was_judged_before_an_escalation_is_given_where_the_plan_finds_less(confidence: float, answer: str | None) -> None:
    def less_each_time(question: str, passages: Sequence[Passage]) -> Reading:
        asked.append(question)
        return quoting("1748", 0.3)(question, passages) if len(asked) == 1 else quoting("Ashmarrow", 0.05)(question, passages)

    asked: list[str] = []
    graph = make(SIMPLE, CHAIN, reader=Scripted(less_each_time), verifier=Scripted(0.5))
    assert ask(graph, BRIDGE, confidence=confidence).answer == answer


def test_an_answer_that_the_verifier_rejected_is_not_given_where_it_cannot_be_asked_again() -> None:
    def once(question: str, passages: Sequence[Passage]) -> Reading:
        asked.append(question)
        return quoting("1748", 0.95)(question, passages) if len(asked) == 1 else Reading()

    def down(claim: Claim, _passages: Sequence[Passage]) -> float:
        checked.append(claim)
        if len(checked) > 1:
            raise RuntimeError("no verifier today")
        return 0.05

    asked, checked = list[str](), list[Claim]()
    result = ask(make(SIMPLE, CHAIN, reader=Scripted(once), verifier=Scripted(down)), BRIDGE)
    assert (result.answer, len(checked), result.claims[0].support) == (None, 2, 0.05)


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
