"""Models behind an OpenAI-compatible endpoint: llama.cpp, vLLM, LM Studio, or a provider.

Servers differ in what they can do. What one refuses, and answers without, is left out of all later calls: token probabilities,
then the schema of the reply (as OpenAI takes it, then as llama.cpp's Python server does), then JSON mode.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agentic_rag.budget import describe
from agentic_rag.errors import BusyError, ContextError, MissingExtraError, ModelError
from agentic_rag.models.counting import Estimate
from agentic_rag.models.served import Part, Served, Server
from agentic_rag.models.slots import Slots

if TYPE_CHECKING:
    import openai

CONTEXT = 8192
"""Tokens of context that are assumed where the server does not say."""
SLOTS = 8
"""Calls at once; such servers batch them."""
AGAIN = frozenset({408, 409, 429, 500, 502, 503, 504})
REFUSED = frozenset({400, 404, 422, 501})
"""Statuses with which servers refuse a parameter; llama.cpp's Python server does it with 500 and the parameter's name."""
NO_KEY = "none"
"""What is sent to servers that ask for no key."""
LENGTHS = ("max_model_len", "context_length", "n_ctx", "n_ctx_train")
"""How servers call the context of a model in their list."""
TOO_LONG = ("context_length", "context length", "context size", "context window", "exceed_context")


@dataclass(frozen=True, repr=False)
class OpenAIServer(Server):
    """One endpoint, the part of its address that ends in `/v1`; models on it share its slots. The key is in OPENAI_API_KEY."""

    url: str
    slots: Slots = field(default_factory=lambda: Slots(SLOTS))

    @cached_property
    def client(self) -> openai.OpenAI:
        try:
            import openai
        except ModuleNotFoundError as error:
            raise MissingExtraError("an OpenAI-compatible model", "openai") from error
        client = openai.OpenAI(base_url=self.url, api_key=os.environ.get("OPENAI_API_KEY") or NO_KEY, max_retries=0)
        weakref.finalize(self, client.close)
        return client


STREAMED: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
FORMATS = ("json_schema", "schema", "json_object")
"""Ways to ask for JSON, the strictest first: a schema as OpenAI takes it, one beside JSON mode as llama.cpp does, JSON mode."""


@dataclass
class Abilities:
    """What a server has not refused yet."""

    logprobs: bool = True
    formats: tuple[str, ...] = FORMATS

    def parameters(self, schema: Mapping[str, Any] | None) -> dict[str, Any]:
        asked: dict[str, Any] = {"logprobs": True} if self.logprobs else {}
        if schema and self.formats:
            asked["response_format"] = response_format(self.formats[0], dict(schema))
        return asked

    def without(self, sent: Mapping[str, Any], said: str) -> bool:
        """Give up what a refusal names, else the first of what was sent; False if nothing is left to give up."""
        named = "response_format" in sent and "response_format" in said
        if sent.get("logprobs") and not named:
            self.logprobs = False
        elif "response_format" in sent:
            self.formats = self.formats[1:]
        else:
            return False
        return True


def response_format(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """How a reply's schema is asked for."""
    if name == "json_schema":
        return {"type": name, name: {"name": "reply", "schema": schema, "strict": True}}
    return {"type": "json_object"} | ({"schema": schema} if name == "schema" else {})


@dataclass(frozen=True)
class OpenAIModel(Served):
    """`name` as the server lists it. `timeout` seconds run from the dispatch of a call.

    `context` is asked of the server, unless `num_ctx` says it.
    """

    name: str
    server: OpenAIServer
    num_ctx: int | None = None
    timeout: float = 120.0
    tries: int = 3
    temperature: float = 0.0
    count: Estimate = field(default_factory=Estimate, repr=False, compare=False)
    abilities: Abilities = field(default_factory=Abilities, repr=False, compare=False)

    @property
    def model(self) -> str:
        return f"openai:{self.name}"

    @property
    def slots(self) -> Slots:  # type: ignore[override]
        return self.server.slots

    @cached_property
    def context(self) -> int:
        if self.num_ctx:
            return self.num_ctx
        known = [length for name in LENGTHS if isinstance(length := self.about.get(name), int) and length > 0]
        return known[0] if known else CONTEXT

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """What the server lists of the model."""
        with self._explained():
            listed = {one.id: one.model_dump() for one in self.server.client.models.list(timeout=self._seconds())}
            found: Mapping[str, Any] = listed.get(self.name, {})
            told = {**found, **(found.get("meta") or {})}
        if listed and not found:
            raise ModelError(f"{self.server} has no model {self.name!r}; it has {', '.join(map(repr, list(listed)[:8]))}")
        return told

    def _parts(self, prompt: str, schema: Mapping[str, Any] | None, tokens: int, seconds: float) -> Generator[Part, None, None]:
        finish, begun, started = "", False, time.monotonic()
        with closing(self._opened(prompt, schema, seconds, max_tokens=tokens, **STREAMED)) as chunks:
            for chunk in chunks:
                begun = True
                yield (part := part_of(chunk, finish))
                finish = part.finish
        if not begun:  # llama.cpp's Python server says what is wrong only where it need not stream
            if (left := seconds - (time.monotonic() - started)) <= 0:
                raise TimeoutError(f"{self.model!r} at {self.server} did not answer in time")
            yield whole(self._opened(prompt, schema, left, max_tokens=tokens))
        elif finish:
            yield Part(done=True, finish=finish)
        else:
            raise ValueError("the last part did not come")

    def _opened(self, prompt: str, schema: Mapping[str, Any] | None, seconds: float, **parameters: Any) -> Any:
        """The answer, asked for with what the server can do; what it refused is given up once it answers without."""
        import openai

        tries = 0 if parameters.get("stream") else 2  # a server that broke off has closed the connection that would be used again
        create: Any = self.server.client.with_options(max_retries=tries).chat.completions.create
        messages = [{"role": "user", "content": prompt}]
        left = replace(self.abilities)
        while True:
            sent = left.parameters(schema)
            try:
                answer = create(
                    model=self.name, messages=messages, temperature=self.temperature, timeout=seconds, **parameters, **sent
                )
            except openai.APIStatusError as error:
                refused = error.status_code in REFUSED or names_parameter(error)
                if not refused or too_long(error) or not left.without(sent, error.message):
                    raise
            else:
                self.abilities.logprobs &= left.logprobs
                self.abilities.formats = min(self.abilities.formats, left.formats, key=len)
                return answer

    @contextmanager
    def _explained(self) -> Iterator[None]:
        import httpx
        import openai

        try:
            yield
        except openai.APIStatusError as error:
            raise self._refusal(error) from error
        except (openai.APITimeoutError, httpx.TimeoutException) as error:
            raise TimeoutError(f"{self.model!r} at {self.server} did not answer in time") from error
        except openai.APIConnectionError as error:
            raise BusyError(f"no server answers at {self.server}; is it running, and does the address end in /v1?") from error
        except (openai.APIError, httpx.TransportError, ValueError, TypeError, AttributeError) as error:
            raise BusyError(f"the answer of {self.model!r} at {self.server} broke off: {describe(error)}") from error

    def _refusal(self, error: openai.APIStatusError) -> ModelError:
        said = f"{self.model!r} at {self.server} refused: {error.message}"
        if too_long(error):
            return ContextError(said)
        if error.status_code in (401, 403):
            return ModelError(f"{said}; put a key that it accepts into OPENAI_API_KEY")
        return BusyError(said) if error.status_code in AGAIN else ModelError(said)


def part_of(chunk: Any, finish: str) -> Part:
    """A piece of a streamed answer; `finish` is what an earlier one said of its end."""
    choice, usage = (chunk.choices or [None])[0], chunk.usage
    finish = (choice and choice.finish_reason) or finish
    return Part((choice and choice.delta.content) or "", logprobs_of(choice), bool(usage and finish), finish, *counted(usage))


def whole(answer: Any) -> Part:
    """An answer that was not streamed."""
    [choice], usage = answer.choices, answer.usage
    return Part(choice.message.content or "", logprobs_of(choice), True, choice.finish_reason or "stop", *counted(usage))


def counted(usage: Any) -> tuple[int, int]:
    """The tokens of a prompt and of its reply; 0 where the server does not say."""
    return (int(usage.prompt_tokens or 0), int(usage.completion_tokens or 0)) if usage else (0, 0)


def logprobs_of(choice: Any) -> list[float]:
    return [token.logprob for token in (choice and choice.logprobs and choice.logprobs.content) or ()]


def names_parameter(error: openai.APIStatusError) -> bool:
    """Whether a failure is about something that was asked for."""
    return any(word in error.message for word in ("response_format", "logprobs"))


def too_long(error: openai.APIStatusError) -> bool:
    """Whether a refusal is about the length of the prompt."""
    return any(word in f"{error.message} {error.code}".lower() for word in TOO_LONG)
