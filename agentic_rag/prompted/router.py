"""The router: one word, simple or complex."""

from __future__ import annotations

from dataclasses import dataclass

from agentic_rag.interfaces import Model, Router
from agentic_rag.prompted.asking import Request, answered
from agentic_rag.prompted.labels import SAID, choice, label, sureness, word
from agentic_rag.prompted.shown import cut
from agentic_rag.types import Complexity

LABELS = ("simple", "complex")


def prompt(question: str) -> str:
    return (
        "Is this question simple or complex?\n"
        "simple: one passage about one thing can answer it.\n"
        "complex: it needs facts about several things, one found with the help of another, or a comparison or a count.\n\n"
        f"Question: {cut(question)}\n\n"
        'Reply with JSON: {"label": "simple"} or {"label": "complex"}.'
    )


@dataclass(frozen=True)
class PromptedRouter:
    """The score is the probability of "complex", by the model's own token probabilities where the server gives them."""

    by: Model
    instead: Router | None = None

    @property
    def model(self) -> str:
        return self.by.model

    def __call__(self, question: str, /) -> Complexity:
        return answered("router", self.by, self.request, self.instead, question)

    def request(self, question: str) -> Request[Complexity]:
        return Request(
            prompt(question),
            choice("label", LABELS),
            lambda value, reply: scored(label(value, "label", LABELS), sureness(reply)),
            tokens=24,
            word=f"Question: {cut(question)}\n\nIs this question simple or complex? Reply with one word.",
            worded=lambda said: scored(found, SAID) if (found := word(said, LABELS)) else None,
        )


def scored(label: str, sure: float) -> Complexity:
    return Complexity(sure if label == "complex" else 1 - sure)
