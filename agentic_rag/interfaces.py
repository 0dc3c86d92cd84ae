"""The whole extension surface: a user can replace any part by any object that fits one of these. Nobody must inherit.

The five roles are callables, so a plain function will do. Whatever they are made of must be safe to call from several threads:
LangGraph runs the branches of a fan-out in threads. A model reports its tokens to `budget.current_call()`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from agentic_rag.types import Citation, Claim, Combine, Complexity, Hit, Passage, Plan, Reading, Reply, SubQuestion


class Retriever(Protocol):
    """Finds passages. Best first, at most `k`, ranks from 1, no passage twice, the same answer every time.

    In a graph a passage is known by its id, so two sources must not give one id to different passages.
    """

    def search(self, query: str, k: int) -> list[Hit]: ...


class Encoder(Protocol):
    """Turns texts into unit vectors of `dimension`, float32, one row per text. `fingerprint` names the exact model."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@runtime_checkable
class TokenEncoder(Protocol):
    """What an `Encoder` also does where there is late interaction: of each text one unit vector per token, one row each.

    The rows are of the encoder's `dimension`, float32, in the order of the tokens; a text without tokens has no rows.
    """

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]: ...


class Router(Protocol):
    """How complex is this question? The graph, not the router, owns the threshold."""

    def __call__(self, question: str, /) -> Complexity: ...


class Planner(Protocol):
    """Which sub-questions, in which order, for which subagent? `subagents` maps each name to what it is good at."""

    def __call__(self, question: str, subagents: Mapping[str, str], /) -> Plan: ...


class Grader(Protocol):
    """Does each passage help to answer the question? One number in [0, 1] per passage, in the same order."""

    def __call__(self, question: str, passages: Sequence[Passage], /) -> list[float]: ...


class PairGrader(Protocol):
    """Does each passage help to answer the question, read beside the one passage that leads to it? As a `Grader` does.

    A grader that has a method `beside` of this kind is asked by it; any other is asked with the leading passage told.
    """

    def __call__(self, question: str, leading: Passage, passages: Sequence[Passage], /) -> list[float]: ...


class SentenceGrader(Protocol):
    """How much does each sentence help to answer the question? Of each passage one number for each of its `text.sentences`.

    The passages come best first. Only which number is larger counts, among all sentences of all passages.
    """

    def __call__(self, question: str, passages: Sequence[Passage], /) -> list[list[float]]: ...


class Reader(Protocol):
    """What is the answer, and which exact spans of these passages say so? `Reading()` when they do not say."""

    def __call__(self, question: str, passages: Sequence[Passage], /) -> Reading: ...


class Verifier(Protocol):
    """Do these passages, taken together, support this claim? In [0, 1]."""

    def __call__(self, claim: Claim, passages: Sequence[Passage], /) -> float: ...


class Model(Protocol):
    """Writes text. `model` names it in usage; prompt and reply together may have `context` tokens.

    `count` says how many tokens a text has, rather too many than too few. `generate` writes at most `tokens` tokens, which are
    JSON of `schema` where one is given and the server can enforce it; it raises `ModelError`, or `TimeoutError` when the time of
    the call is up (`budget.current_call`), to which it reports its tokens.
    """

    @property
    def model(self) -> str: ...
    @property
    def context(self) -> int: ...
    def count(self, text: str) -> int: ...
    def generate(self, prompt: str, schema: Mapping[str, Any] | None = None, *, tokens: int = 256) -> Reply: ...


def are_hits(reply: object) -> bool:
    """Is this what a retriever may give? The functions like it say the same of the roles' replies."""
    hits: Any = reply
    return _all(Hit, reply) and _all(Passage, [hit.passage for hit in hits])


def is_complexity(reply: object) -> bool:
    return isinstance(reply, Complexity) and is_support(reply.score)


def is_plan(reply: object) -> bool:
    plan: Any = reply
    return (
        isinstance(reply, Plan)
        and plan.combine in get_args(Combine)
        and _all(SubQuestion, plan.sub_questions)
        and _all(str, [line.text for line in plan.sub_questions])
        and _all(str, plan.notes)
    )


def are_grades(reply: object) -> bool:
    return isinstance(reply, list) and all(map(is_support, reply))


def is_reading(reply: object) -> bool:
    reading: Any = reply
    return (
        isinstance(reply, Reading)
        and is_support(reading.confidence)
        and isinstance(reading.answer, str | None)
        and _all(Citation, reading.citations)
        and _all(int, [offset for citation in reading.citations for offset in (citation.start, citation.end)])
        and isinstance(reading.others, list)
        and all(map(is_reading, reading.others))
    )


def _all(kind: type, several: object) -> bool:
    return isinstance(several, list) and all(isinstance(one, kind) for one in several)


def is_support(reply: object) -> bool:
    return isinstance(reply, int | float | np.floating) and bool(0 <= reply <= 1)


@dataclass(frozen=True)
class Roles:
    """The five roles of one graph, each possibly of its own making."""

    router: Router
    planner: Planner
    grader: Grader
    reader: Reader
    verifier: Verifier
