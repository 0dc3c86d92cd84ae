"""A generative model without a server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agentic_rag.budget import current_call
from agentic_rag.errors import ContextError
from agentic_rag.types import Reply


class ScriptedModel:
    """A `Model` that writes what it is told to: replies in turn (the last one again and again), or what a function of the prompt
    says. An exception among them is raised. A token is a word.

    `asked` has the prompts, `schemas` their schemas.
    """

    def __init__(self, replies: Iterable[str | Reply | Exception] | Callable[[str], str | Reply], context: int = 4096) -> None:
        self.model, self.context = "scripted", context
        self.asked: list[str] = []
        self.schemas: list[Mapping[str, Any] | None] = []
        self._replies = replies if callable(replies) else list(replies)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"ScriptedModel({len(self.asked)} asked)"

    def count(self, text: str) -> int:
        return len(text.split())

    def generate(self, prompt: str, schema: Mapping[str, Any] | None = None, *, tokens: int = 256) -> Reply:
        if self.count(prompt) + tokens > self.context:
            raise ContextError(f"{self.count(prompt)} words and {tokens} are more than {self.context}")
        with self._lock:
            self.asked.append(prompt)
            self.schemas.append(schema)
            number = len(self.asked)
        said = self._replies(prompt) if callable(self._replies) else self._replies[min(number, len(self._replies)) - 1]
        if isinstance(said, Exception):
            raise said
        reply = said if isinstance(said, Reply) else Reply(said, "stop", self.count(prompt), self.count(said))
        current_call().read_and_wrote(reply.input_tokens, reply.output_tokens)
        return reply
