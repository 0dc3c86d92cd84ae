"""How well a model does the five roles' replies on this machine: valid ones, tokens a second, seconds a call."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from agentic_rag.budget import Call, within
from agentic_rag.errors import ModelError
from agentic_rag.interfaces import Model
from agentic_rag.models.replies import json_in
from agentic_rag.prompted.asking import Request
from agentic_rag.prompted.grader import BATCH, PromptedGrader
from agentic_rag.prompted.planner import PromptedPlanner
from agentic_rag.prompted.reader import PromptedReader
from agentic_rag.prompted.router import PromptedRouter
from agentic_rag.prompted.verifier import PromptedVerifier
from agentic_rag.types import Claim, Passage, Reply

ROUNDS = 5
SUBAGENTS = {"words": "names, numbers and exact terms", "meaning": "descriptions and paraphrases"}
SIMPLE_PATH = {"router": 1, "grader": 2, "reader": 1, "verifier": 1}
"""Calls of a role that a simple question takes: ten passages are two prompts for the grader."""


@dataclass(frozen=True)
class Probed:
    """What came of one role: replies that were valid at once, tokens that were written, and the seconds that all of it took."""

    role: str
    asked: int
    valid: int
    tokens: int
    seconds: float
    trouble: str = ""

    @property
    def seconds_each(self) -> float:
        return self.seconds / self.asked if self.asked else 0.0


def probe(model: Model, passages: Sequence[Passage], seconds: float = 120.0) -> Iterator[Probed]:
    """Each role in turn, `ROUNDS` times or as far as its part of the time allows; only first replies count."""
    shown = list(passages[:BATCH])
    end = time.monotonic() + seconds
    for role in ("router", "planner", "grader", "reader", "verifier"):
        yield _probed(role, model, shown, time.monotonic() + seconds / 5, end)


def seconds_a_question(found: Sequence[Probed]) -> float:
    """About what a simple question takes with this model in all roles, one call after the other."""
    return sum(one.seconds_each * SIMPLE_PATH.get(one.role, 0) for one in found)


def _probed(role: str, model: Model, passages: list[Passage], until: float, end: float) -> Probed:
    asked, valid, tokens, started, trouble = 0, 0, 0, time.monotonic(), ""
    while asked < ROUNDS and (asked == 0 or time.monotonic() < until):
        try:
            request = _request(role, model, passages, asked)
            ask = partial(model.generate, request.prompt, request.schema, tokens=request.tokens)
            reply = within(max(0.0, end - time.monotonic()), ask, call=Call(end))
        except (ModelError, TimeoutError) as error:
            trouble, asked = str(error) or "no reply in time", asked + 1
            continue
        asked, valid, tokens = asked + 1, valid + _is_valid(request, reply), tokens + reply.output_tokens
    return Probed(role, asked, valid, tokens, time.monotonic() - started, trouble)


def _request(role: str, model: Model, passages: list[Passage], number: int) -> Request[Any]:
    """Another question each time, so that no server answers from memory."""
    about = passages[number % len(passages)]
    question = f"What is said of {about.title or about.id}?"
    made: dict[str, Request[Any]] = {
        "router": PromptedRouter(model).request(question),
        "planner": PromptedPlanner(model).request(question, SUBAGENTS),
        "grader": PromptedGrader(model).request(question, passages),
        "reader": PromptedReader(model).request(question, passages),
        "verifier": PromptedVerifier(model).request(Claim(question, about.text[:60], []), passages),
    }
    return made[role]


def _is_valid(request: Request[Any], reply: Reply) -> bool:
    try:
        request.parsed(json_in(reply.text), reply)
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    return True
