"""Forms of words, and how a part of a question is asked on its own."""

from __future__ import annotations

import pytest

from agentic_rag.grammar import base
from agentic_rag.phrasing import asked


@pytest.mark.parametrize(
    ("past", "verb"),
    [
        ("discovered", "discover"),
        ("toured", "tour"),
        ("aired", "air"),
        ("stored", "store"),
        ("shared", "share"),
        ("authored", "author"),
        ("named", "name"),
        ("added", "add"),
        ("starred", "star"),
        ("married", "marry"),
        ("chose", "choose"),
        ("competed", "compete"),
    ],
)
def test_what_follows_did(past: str, verb: str) -> None:
    assert base(past) == verb


@pytest.mark.parametrize(
    ("description", "question"),
    [
        ("the river that flows under Saltgate", "Which river flows under Saltgate?"),
        ("the university attended by Ada Fern's wife", "What is the university attended by Ada Fern's wife?"),
        ("the novel written by the author of Blue Boats", "What is the novel written by the author of Blue Boats?"),
        ("the film starring Bud Spencer", "What is the film starring Bud Spencer?"),
        ("the actress married to Tom Cruise", "Who was the actress married to Tom Cruise?"),
        ("the hitman hired by a bank", "Who was the hitman hired by a bank?"),
        ("the director of the film produced by Ada Fern", "Who was the director of the film produced by Ada Fern?"),
    ],
)
def test_a_description_is_asked_for_as_what_it_is(description: str, question: str) -> None:
    assert asked(description) == question
