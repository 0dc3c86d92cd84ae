from __future__ import annotations

from agentic_rag.interfaces import Roles
from agentic_rag.types import Claim, Passage


def support(roles: Roles, passages: list[Passage], question: str, answer: str) -> float:
    return roles.verifier(Claim(question, answer, []), passages)


def test_a_claim_that_a_sentence_makes_is_supported(roles: Roles, passages: list[Passage]) -> None:
    assert support(roles, passages, "Who designed Brook Mill?", "Ada Penrose") > 0.5


def test_an_answer_that_is_in_no_passage_is_not_supported(roles: Roles, passages: list[Passage]) -> None:
    assert support(roles, passages, "Who designed Brook Mill?", "Ivo Lark") <= 0.3


def test_a_name_that_is_in_no_passage_takes_support_away(roles: Roles, passages: list[Passage]) -> None:
    assert support(roles, passages, "Who designed Zirkel Lodge?", "Ada Penrose") < 0.5


def test_a_number_that_is_in_no_passage_takes_support_away(roles: Roles, passages: list[Passage]) -> None:
    asked, other = ("How many people came to the Fair in 1950?", "How many people came to the Fair in 1971?")
    assert support(roles, passages, other, "1,200") < support(roles, passages, asked, "1,200")


def test_the_same_length_in_another_unit_counts_as_present(roles: Roles, passages: list[Passage]) -> None:
    assert support(roles, passages, "How long is Brook Mill?", "0.142 km") > 0.3


def test_without_passages_or_answer_there_is_no_support(roles: Roles, passages: list[Passage]) -> None:
    assert support(roles, [], "Who designed Brook Mill?", "Ada Penrose") == 0.0
    assert support(roles, passages, "Who designed Brook Mill?", " ") == 0.0
