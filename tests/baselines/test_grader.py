from __future__ import annotations

from agentic_rag.interfaces import Roles
from agentic_rag.types import Passage


def test_what_shares_more_with_the_question_scores_higher(roles: Roles, passages: list[Passage]) -> None:
    mill, ada, fair = roles.grader("Who designed Brook Mill?", passages)
    assert mill > ada >= fair >= 0


def test_no_passages_have_no_grades(roles: Roles) -> None:
    assert roles.grader("Who designed Brook Mill?", []) == []
