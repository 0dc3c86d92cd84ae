"""What all models on servers have in common: slots, retries, the deadline, the truth about the context, counted tokens."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from typing import Any, Literal

from agentic_rag.budget import current_call
from agentic_rag.errors import ContextError
from agentic_rag.models.counting import Estimate, fewest
from agentic_rag.models.replies import without_thinking
from agentic_rag.models.slots import Slots, with_retries
from agentic_rag.text import without_login
from agentic_rag.types import Reply

BLANK = 40
"""White space in a row after which a reply is taken to be over: a grammar for JSON allows it without end."""
LONGEST_PAUSE = 4.0
"""Seconds before a call is tried again, at most."""


@dataclass(frozen=True, slots=True)
class Part:
    """What came in: a piece of text, and with the last piece what the server counted. `logprobs` has one number per token."""

    text: str = ""
    logprobs: list[float] = field(default_factory=list)
    done: bool = False
    finish: str = "stop"
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass
class Written:
    """A reply as it comes in. `seconds` is how long that may take from the dispatch, which is now."""

    seconds: float
    text: str = ""
    parts: int = 0
    last: Part = field(default_factory=Part)
    logprob: float | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def add(self, part: Part) -> bool:
        """Whether no more is wanted: the reply is whole, or goes on with nothing but white space."""
        if self.elapsed > self.seconds:
            raise TimeoutError(f"the reply was not whole within {self.seconds:.1f} s")
        self.text += part.text
        self.parts, self.last = self.parts + bool(part.text), part
        if part.logprobs:
            self.logprob = (self.logprob or 0.0) + sum(part.logprobs)
        return part.done or len(self.text) - len(self.text.rstrip()) >= BLANK


class Server:
    """Where models are. A user's name and password in the address are sent to the server and shown to nobody."""

    url: str
    slots: Slots

    def __str__(self) -> str:
        return without_login(self.url)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={str(self)!r}, slots={self.slots!r})"


class Served(ABC):
    """A model on a server. Its family says how it is asked (`_parts`) and what its errors mean (`_explained`)."""

    slots: Slots
    count: Estimate
    timeout: float
    tries: int

    @property
    @abstractmethod
    def model(self) -> str: ...

    @property
    @abstractmethod
    def context(self) -> int: ...

    @abstractmethod
    def _parts(self, prompt: str, schema: Mapping[str, Any] | None, tokens: int, seconds: float) -> Generator[Part, None, None]:
        """One user message, and what comes back; closing it hangs up, so that the server stops."""

    @abstractmethod
    def _explained(self) -> AbstractContextManager[None]:
        """What can go wrong on the way, as the errors of this package."""

    def generate(self, prompt: str, schema: Mapping[str, Any] | None = None, *, tokens: int = 256) -> Reply:
        """Raises the last error if all tries fail."""
        asked = self.count(prompt)
        if asked + tokens > self.context:
            raise ContextError(
                f"a prompt of about {asked} tokens and {tokens} for the reply are more than the {self.context} of {self.model!r}"
                "; shorten the prompt, or give the model a larger context"
            )
        return with_retries(lambda: self._attempt(prompt, schema, tokens), self.tries, LONGEST_PAUSE)

    def _attempt(self, prompt: str, schema: Mapping[str, Any] | None, tokens: int) -> Reply:
        with self.slots.one():
            written = Written(self._seconds())
            try:
                with self._explained(), closing(self._parts(prompt, schema, tokens, written.seconds)) as parts:
                    while not written.add(next(parts)):
                        pass
            except BaseException:
                if written.parts:
                    current_call().read_and_wrote(self.count(prompt), written.parts)
                raise
        return self._checked(prompt, written)

    def _checked(self, prompt: str, written: Written) -> Reply:
        """The reply with its tokens, by estimate where the server does not count them, if the server read the whole prompt."""
        read, made = written.last.input_tokens, written.last.output_tokens or written.parts
        counted = read or self.count(prompt)
        current_call().read_and_wrote(counted, made)
        if read >= self.context or 0 < read < fewest(prompt):
            told = f"{self.model!r} with a context of {self.context} read {read} tokens of at least {fewest(prompt)}"
            raise ContextError(f"the prompt was cut, so the reply is not used: {told}")
        self.count.learn(prompt, read)
        finish: Literal["stop", "length"] = "length" if written.last.finish == "length" else "stop"
        return Reply(without_thinking(written.text), finish, counted, made, written.elapsed, written.logprob)

    def _seconds(self) -> float:
        """How long a call that is sent now may take."""
        left = current_call().seconds_left
        return self.timeout if left is None else min(self.timeout, left)
