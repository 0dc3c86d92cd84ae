"""Models behind an OpenAI-compatible endpoint: llama.cpp, vLLM, LM Studio, or a provider.

Servers differ in what they can do. What one refuses is left out of all later calls: token probabilities, then the schema of the
reply (JSON mode takes its place), then JSON mode.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agentic_rag.budget import describe
from agentic_rag.errors import BusyError, ContextError, MissingExtraError, ModelError
from agentic_rag.models.counting import Estimate
from agentic_rag.models.served import Part, Served
from agentic_rag.models.slots import Slots

if TYPE_CHECKING:
    import openai

CONTEXT = 8192
"""Tokens of context that are assumed where the server does not say."""
SLOTS = 8
"""Calls at once; such servers batch them."""
AGAIN = frozenset({408, 409, 429, 500, 502, 503, 504})
REFUSED = frozenset({400, 404, 422, 501})
"""Statuses with which servers refuse a parameter."""
NO_KEY = "none"
"""What is sent to servers that ask for no key."""
LENGTHS = ("max_model_len", "context_length", "n_ctx", "n_ctx_train")
"""How servers call the context of a model in their list."""
TOO_LONG = ("context_length", "context length", "context size", "context window", "exceed_context")


@dataclass(frozen=True)
class OpenAIServer:
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


@dataclass
class Abilities:
    """What a server has not refused yet."""

    logprobs: bool = True
    formats: list[str] = field(default_factory=lambda: ["json_schema", "json_object", ""])

    def parameters(self, schema: Mapping[str, Any] | None) -> dict[str, Any]:
        asked: dict[str, Any] = {"logprobs": True} if self.logprobs else {}
        if schema and self.formats[0] == "json_schema":
            described = {"name": "reply", "schema": dict(schema), "strict": True}
            return asked | {"response_format": {"type": "json_schema", "json_schema": described}}
        return asked | ({"response_format": {"type": "json_object"}} if schema and self.formats[0] else {})

    def without(self, sent: Mapping[str, Any]) -> bool:
        """Give up the first of what was sent with a call that was refused; False if nothing is left to give up."""
        if sent.get("logprobs"):
            self.logprobs = False
        elif "response_format" in sent:
            self.formats = [name for name in self.formats if name != sent["response_format"]["type"]]
        else:
            return False
        return True


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
        known = [self.about[name] for name in LENGTHS if isinstance(self.about.get(name), int)]
        return known[0] if known else CONTEXT

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """What the server lists of the model."""
        with self._explained():
            listed = list(self.server.client.models.list(timeout=self._seconds()))
        named = [one for one in listed if one.id == self.name]
        if listed and not named:
            raise ModelError(
                f"{self.server.url} has no model {self.name!r}; it has {', '.join(repr(one.id) for one in listed[:8])}"
            )
        found: Mapping[str, Any] = named[0].model_dump() if named else {}
        return {**found, **(found.get("meta") or {})}

    def _parts(self, prompt: str, schema: Mapping[str, Any] | None, tokens: int, seconds: float) -> Generator[Part, None, None]:
        with closing(self._opened(prompt, schema, tokens, seconds)) as chunks:
            finish = ""
            for chunk in chunks:
                choice, usage = (chunk.choices or [None])[0], chunk.usage
                finish = (choice and choice.finish_reason) or finish
                logprobs = [token.logprob for token in (choice and choice.logprobs and choice.logprobs.content) or ()]
                counted = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
                yield Part((choice and choice.delta.content) or "", logprobs, bool(usage and finish), finish or "stop", *counted)
            if finish:
                yield Part(done=True, finish=finish)
        raise ValueError("the last part did not come")

    def _opened(self, prompt: str, schema: Mapping[str, Any] | None, tokens: int, seconds: float) -> Any:
        """The stream of the answer, asked for with what the server can do."""
        import openai

        while True:
            sent = self.abilities.parameters(schema)
            try:
                return self.server.client.chat.completions.create(
                    model=self.name,
                    messages=[{"role": "user", "content": prompt}],
                    stream=True,
                    stream_options={"include_usage": True},
                    max_tokens=tokens,
                    temperature=self.temperature,
                    timeout=seconds,
                    **sent,
                )
            except openai.APIStatusError as error:
                if error.status_code not in REFUSED or too_long(error) or not self.abilities.without(sent):
                    raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        import httpx
        import openai

        try:
            yield
        except openai.APIStatusError as error:
            raise self._refusal(error) from error
        except (openai.APITimeoutError, httpx.TimeoutException) as error:
            raise TimeoutError(f"{self.model!r} at {self.server.url} did not answer in time") from error
        except openai.APIConnectionError as error:
            raise BusyError(f"no server answers at {self.server.url}; is it running, and does the address end in /v1?") from error
        except (openai.APIError, httpx.TransportError, ValueError) as error:
            raise BusyError(f"the answer of {self.model!r} at {self.server.url} broke off: {describe(error)}") from error

    def _refusal(self, error: openai.APIStatusError) -> ModelError:
        said = f"{self.model!r} at {self.server.url} refused: {error.message}"
        if too_long(error):
            return ContextError(said)
        if error.status_code in (401, 403):
            return ModelError(f"{said}; put a key that it accepts into OPENAI_API_KEY")
        return BusyError(said) if error.status_code in AGAIN else ModelError(said)


def too_long(error: openai.APIStatusError) -> bool:
    """Whether a refusal is about the length of the prompt."""
    return any(word in f"{error.message} {error.code}".lower() for word in TOO_LONG)
