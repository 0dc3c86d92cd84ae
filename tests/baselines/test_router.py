from __future__ import annotations

import pytest

from agentic_rag.interfaces import Roles


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who designed Brook Mill?", "single"),
        ("how many people live in brookton", "single"),
        ("What was the name of Ada Penrose's wife?", "single"),
        ("In which year was the architect of Brook Mill born?", "bridge"),
        ("Where did Brook Mill's designer study?", "bridge"),
        ("Which is longer, Brook Mill or Low Mill?", "comparison"),
        ("Are Ada Penrose and Ivo Lark both architects?", "yesno"),
    ],
)
def test_the_type_follows_from_the_grammar_of_the_question(roles: Roles, question: str, kind: str) -> None:
    complexity = roles.router(question)
    assert complexity.type == kind
    assert (complexity.score >= 0.5) == (kind != "single")


def test_a_longer_chain_is_more_complex(roles: Roles) -> None:
    short = roles.router("Where was the architect of Brook Mill born?")
    long = roles.router("Where was the father of the architect of Brook Mill born?")
    assert 0.5 < short.score < long.score < 1
