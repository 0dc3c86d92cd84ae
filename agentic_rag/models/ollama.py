"""Models that an Ollama server runs, through its native API.

Its traps, and what is done about them: a prompt longer than `num_ctx` is cut without a word (so `num_ctx` is always sent, and a
prompt that fills it is an error), JSON mode may never stop writing white space (so `num_predict` is always sent, and a stream of
white space is ended), thinking models put their reasoning first (so it is switched off, and stripped where it comes anyway).
"""

from __future__ import annotations

import weakref
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

from agentic_rag.budget import describe
from agentic_rag.errors import BusyError, ModelError
from agentic_rag.models.counting import Estimate
from agentic_rag.models.served import Part, Served, Server
from agentic_rag.models.slots import Slots

if TYPE_CHECKING:
    import ollama

PORT = 11434
LOCAL = f"http://127.0.0.1:{PORT}"
CONTEXT = 8192
"""Tokens of context that are asked for: what fits into memory beside a small model."""
NOT_FOUND = 404
AGAIN = frozenset({-1, 408, 429, 500, 502, 503, 504})
"""Statuses after which the same call may succeed; -1 is what the client makes of an error in mid-stream."""


@dataclass(frozen=True, repr=False)
class OllamaServer(Server):
    """One server; models on it share its slots. `slots` is its OLLAMA_NUM_PARALLEL, which it does not tell."""

    url: str = LOCAL
    slots: Slots = field(default_factory=lambda: Slots(1))

    def client(self, seconds: float | None = None) -> ollama.Client:
        """One that waits at most so long for each part of an answer; all share their connections."""
        import ollama

        parts = urlsplit(self.url)
        login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None  # the client drops both
        return ollama.Client(host=self.url, timeout=seconds, transport=self._transport, auth=login)

    @cached_property
    def _transport(self) -> Any:
        import httpx

        transport = httpx.HTTPTransport()
        weakref.finalize(self, transport.close)
        return transport


@dataclass(frozen=True)
class OllamaModel(Served):
    """`name` as `ollama list` shows it. `timeout` seconds run from the dispatch of a call; `keep_alive` as Ollama takes it.

    `num_ctx` is the context to ask for: another one than the last call's makes the server load the model again.
    """

    name: str
    server: OllamaServer = field(default_factory=OllamaServer)
    num_ctx: int = CONTEXT
    timeout: float = 120.0
    tries: int = 3
    keep_alive: str | float = "10m"
    temperature: float = 0.0
    count: Estimate = field(default_factory=Estimate, repr=False, compare=False)

    @property
    def model(self) -> str:
        return f"ollama:{self.name}"

    @property
    def slots(self) -> Slots:  # type: ignore[override]
        return self.server.slots

    @cached_property
    def context(self) -> int:
        """`num_ctx`, or what the model was trained for if that is less."""
        told = [value for name, value in (self.about.get("model_info") or {}).items() if name.endswith(".context_length")]
        return min([self.num_ctx, *(length for length in told if isinstance(length, int) and length > 0)])

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """What the server says of the model: `model_info`, `details`, `capabilities`."""
        with self._explained():
            shown: Mapping[str, Any] = self.server.client(self._seconds()).show(self.name).model_dump(by_alias=True)
            return shown

    @cached_property
    def digest(self) -> str:
        """Of the exact weights and settings that go by the name."""
        with self._explained():
            listed = self.server.client(self._seconds()).list().models
        return next((one.digest or "" for one in listed if one.model in (self.name, f"{self.name}:latest")), "")

    def _parts(self, prompt: str, schema: Mapping[str, Any] | None, tokens: int, seconds: float) -> Generator[Part, None, None]:
        replies = self.server.client(seconds).chat(
            model=self.name,
            messages=[{"role": "user", "content": prompt}],
            stream=True,
            think=False,
            logprobs=True,
            format=dict(schema) if schema else None,
            options={"num_ctx": self.context, "num_predict": tokens, "temperature": self.temperature},
            keep_alive=self.keep_alive,
        )
        with closing(cast("Generator[Any, None, None]", replies)):
            for reply in replies:
                logprobs = [token.logprob for token in reply.logprobs or ()]
                counted = reply.done_reason or "stop", reply.prompt_eval_count or 0, reply.eval_count or 0
                yield Part(reply.message.content or "", logprobs, bool(reply.done), *counted)
        raise ValueError("the last part did not come")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        import httpx
        import ollama

        try:
            yield
        except ollama.ResponseError as error:
            raise self._refusal(error) from error
        except httpx.TimeoutException as error:
            raise TimeoutError(f"{self.model!r} at {self.server} did not answer in time") from error
        except (ConnectionError, httpx.ConnectError) as error:
            raise BusyError(f"no Ollama server answers at {self.server}; start one with `ollama serve`") from error
        except (httpx.TransportError, ValueError, TypeError, AttributeError) as error:
            raise BusyError(f"the answer of {self.model!r} at {self.server} broke off: {describe(error)}") from error

    def _refusal(self, error: ollama.ResponseError) -> ModelError:
        if error.status_code == NOT_FOUND:
            return ModelError(f"{self.server} has no model {self.name!r}; get it with `ollama pull {self.name}`")
        kind = BusyError if error.status_code in AGAIN else ModelError
        return kind(f"{self.model!r} at {self.server} refused: {error.error}")
