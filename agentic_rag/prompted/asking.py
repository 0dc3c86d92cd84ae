"""How a role gets a typed value out of a model that may write anything.

A ladder: the reply under a JSON schema; once more, told what was wrong with the first, where there is room for that; a question
that a single word answers; who stands in (a specialist, a rule); `ReplyError`, which has the raw reply. Every step down is noted,
and the budget bounds them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from agentic_rag.budget import current_call, model_name
from agentic_rag.errors import ContextError, ModelError
from agentic_rag.interfaces import Model
from agentic_rag.models.replies import json_in
from agentic_rag.types import Reply

T = TypeVar("T")
WORD_TOKENS = 12
"""Tokens for the reply to a question that one word answers."""


class ReplyError(ModelError):
    """No reply of a model could be used; `raw` is the last one."""

    def __init__(self, role: str, model: str, why: str, raw: str) -> None:
        super().__init__(f"the {role} could not use any reply of {model!r}: {why}; the last one was {raw!r:.120}")
        self.raw = raw


@dataclass(frozen=True)
class Request(Generic[T]):
    """What a role asks: a prompt, the schema of the reply, and how the reply is read.

    `parsed` makes the value of the reply's JSON and raises `ValueError` with what is wrong with it. `word` is a prompt that one
    word answers, and `worded` makes the value of that word, or None of a word that is no answer.
    """

    prompt: str
    schema: Mapping[str, Any]
    parsed: Callable[[Any, Reply], T]
    tokens: int = 256
    word: str = ""
    worded: Callable[[str], T | None] = lambda _: None


def answered(role: str, model: Model, request: Callable[..., Request[T]], instead: Callable[..., T] | None, *args: object) -> T:
    """The value of `request(*args)`, from as high on the ladder as possible; `instead(*args)` is the last rung."""
    try:
        return _from_model(role, model, request(*args))
    except (ModelError, TimeoutError) as error:
        left = current_call().seconds_left
        if instead is None or (left is not None and left <= 0):
            raise
        current_call().notes.append(f"{role}: {model_name(instead)!r} stood in, because {error}")
        return instead(*args)


def _from_model(role: str, model: Model, request: Request[T]) -> T:
    prompt, why, raw = request.prompt, "", ""
    for _ in range(2):
        try:
            reply = model.generate(prompt, request.schema, tokens=request.tokens)
        except ContextError:
            if not why:
                raise
            break
        try:
            return request.parsed(json_in(reply.text), reply)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            why, raw = str(error) or type(error).__name__, reply.text
            prompt = again(request.prompt, raw, why)
    if request.word:
        raw = model.generate(request.word, tokens=WORD_TOKENS).text
        if (value := request.worded(raw.lower())) is not None:
            current_call().notes.append(f"{role}: asked for one word, because {why}")
            return value
    raise ReplyError(role, model.model, why, raw)


def again(prompt: str, raw: str, why: str) -> str:
    return f"{prompt}\n\nYour last reply could not be used: {why:.200}. It began: {raw:.200}\nReply again, with the JSON only."
