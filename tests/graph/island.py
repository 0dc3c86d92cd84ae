"""A graph of doubles about the island of the package's own passages, and plans for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentic_rag.graph import Graph, build_graph
from agentic_rag.interfaces import Roles
from agentic_rag.subagent import Subagent
from agentic_rag.testing import Listed, Scripted, quoting
from agentic_rag.types import Complexity, Passage, Plan, Reading, SubQuestion

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
