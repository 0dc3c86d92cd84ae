"""A double of an Ollama server: the real protocol over real HTTP, with replies that a script decides.

    with OllamaDouble(models=["small"], script=[Behaviour.fails(503), Behaviour.says("42")]) as server:
        client = ollama.Client(host=server.url)

It keeps what a client can trip over: prompts are cut in silence, models load, calls queue, streams break. It does not generate:
without a script it fills the JSON schema of a request with the simplest valid values. Each exchange is on record.

Where it is simpler than a real server: its slots are shared by all models, and who waits for one counts towards the queue; tools,
images, `context`, `stop` and log-probabilities are ignored; a window that fills up while the model replies stops nothing.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from agentic_rag.budget import describe
from agentic_rag.testing.behaviours import Behaviour, Script, decider, faults
from agentic_rag.testing.connections import ClientLeft, Closed, Connection, HangUp, Listener
from agentic_rag.testing.generation import Answer, Exchange, Generation, kept_inputs, reply_body, wait_until
from agentic_rag.testing.scheduling import TICK, Scheduler
from agentic_rag.testing.schemas import fill_schema
from agentic_rag.testing.wire import (
    STRUCTS,
    OllamaModel,
    OllamaRequest,
    Overflow,
    Refused,
    count_tokens,
    full_name,
    kept_prompt,
    option,
    timestamp,
)

__all__ = ["Behaviour", "Exchange", "OllamaDouble", "OllamaModel", "OllamaRequest", "count_tokens", "faults", "fill_schema"]

NUM_KEEP = 4


class OllamaDouble:
    """A server at `url`, on a free port of this machine, from its construction until it is closed.

    `script` says what to do with each chat, generate and embed that has a slot: a `Behaviour` for all of them, a list that is
    gone through call by call and whose last one stays, a function of the `OllamaRequest`, or `None` for the default reply.

    `slots` are OLLAMA_NUM_PARALLEL, `queue` OLLAMA_MAX_QUEUE, `num_ctx` OLLAMA_CONTEXT_LENGTH; a call takes `seconds`, and
    `load_seconds` more where its model is not in memory. A prompt that does not fit is cut in silence: to about half of the
    window, as by servers since they run llama-server; with `overflow` "window" to all of it, as before; "error" refuses it.
    """

    def __init__(
        self,
        models: Sequence[str | OllamaModel] = ("small",),
        script: Script = None,
        *,
        num_ctx: int = 4096,
        slots: int = 4,
        queue: int = 512,
        seconds: float = 0.0,
        load_seconds: float = 0.0,
        overflow: Overflow = "half",
        version: str = "0.34.0",
    ) -> None:
        known = [OllamaModel(model) if isinstance(model, str) else model for model in models]
        self.models = {model.full_name: model for model in known}
        self.num_ctx, self.seconds, self.overflow, self.version = num_ctx, seconds, overflow, version
        self._decide = decider(script)
        self._scheduler = Scheduler(slots, queue, load_seconds)
        self._exchanges: list[Exchange] = []
        self._lock = threading.Lock()
        self._listener = Listener(self._answer)
        self.url = "http://127.0.0.1:{1}".format(*self._listener.server_address)

    def __repr__(self) -> str:
        return f"OllamaDouble({self.url}, {', '.join(self.models)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop at once, whatever is under way; may be called more than once."""
        self._listener.stop()

    def kill(self) -> None:
        """What clients see when the process dies: their connections drop, and new ones are refused. The record stays."""
        self.close()

    @property
    def exchanges(self) -> list[Exchange]:
        """Every request so far, in order of arrival. One that a client has the whole reply to has ended."""
        with self._lock:
            return list(self._exchanges)

    def settle(self, seconds: float = 5.0) -> list[Exchange]:
        """The exchanges, once all have ended; for what a client did not wait for."""
        deadline = time.monotonic() + seconds
        while waiting := [exchange for exchange in self.exchanges if exchange.ended is None]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(waiting)} requests are still under way after {seconds} s: {waiting[0].request!r:.200}")
            time.sleep(TICK / 4)
        return self.exchanges

    def _answer(self, connection: Connection, raw: bytes) -> None:
        path = connection.path.partition("?")[0]
        exchange = Exchange(OllamaRequest(path, {}), time.monotonic())
        with self._lock:
            self._exchanges.append(exchange)
        try:
            answer = self._handle(connection, exchange, raw)
            exchange.end(answer.outcome, 200)
            connection.send_last(answer.body, streamed=answer.streamed)
        except Refused as refusal:
            exchange.end("error", 200 if connection.streaming else refusal.status)
            connection.refuse(refusal.status, refusal.message)
        except HangUp as cut:
            exchange.end("hung up")
            if cut.body:
                connection.send_whole(200, cut.body, share=0.5)
            raise
        except ClientLeft:
            exchange.end("client left")
            raise
        except Closed:
            exchange.end("closed")
            raise
        except Exception as error:  # noqa: BLE001  a script may raise anything, and its test sees it as an error of the server
            exchange.end("error", 500)
            connection.refuse(500, f"the double or its script failed: {describe(error)}")

    def _handle(self, connection: Connection, exchange: Exchange, raw: bytes) -> Answer:
        path, method = exchange.request.endpoint, connection.command
        looked_up = {"/": None, "/api/version": self._version, "/api/tags": self._tags, "/api/ps": self._ps}
        if path not in looked_up.keys() | STRUCTS.keys():
            raise Refused(404, "404 page not found")
        if method not in ({"GET", "HEAD"} if path in looked_up else {"POST"}):
            raise Refused(405, "405 method not allowed")
        if path in looked_up:
            look = looked_up[path]
            return Answer(look() if look else {}, "done")
        exchange.request = OllamaRequest(path, _decoded(path, raw))
        exchange.request.check()
        model = self._model(exchange.request)
        return Answer(model.shown(), "done") if path == "/api/show" else self._infer(connection, exchange, model)

    def _version(self) -> dict[str, Any]:
        return {"version": self.version}

    def _tags(self) -> dict[str, Any]:
        return {"models": [model.listed() | {"modified_at": "2025-01-01T00:00:00Z"} for model in self.models.values()]}

    def _ps(self) -> dict[str, Any]:
        entries = []
        for name, loaded in self._scheduler.loaded().items():
            model = self.models[name]
            memory = {"size_vram": model.size, "context_length": loaded.num_ctx, "expires_at": timestamp(loaded.expires_in())}
            entries.append(model.listed() | memory)
        return {"models": entries}

    def _model(self, request: OllamaRequest) -> OllamaModel:
        if model := self.models.get(full_name(request.model)):
            return model
        if request.endpoint == "/api/embed":
            raise Refused(404, f'model "{request.model}" not found, try pulling it first')
        raise Refused(404, f"model '{request.model}' not found")

    def _infer(self, connection: Connection, exchange: Exchange, model: OllamaModel) -> Answer:
        """Wait for a slot and for the model, then do what the script says; the answer is written when both are free again."""
        request = exchange.request
        if request.endpoint != "/api/embed":
            if not request.messages and request.keep_alive == 0:
                self._scheduler.unload(model)
                return _without_reply(request, "unload")
            _check_capabilities(request, model)
        asked = option("num_ctx", self.num_ctx, model.parameters, request.options)
        num_ctx = max(4, min(asked, model.context_length))
        memory = self._scheduler.model(model, num_ctx, request.keep_alive)
        with self._scheduler.slot(connection.check) as exchange.dispatched, memory as ready_at:
            wait_until(connection, ready_at)
            return self._run(connection, exchange, model, num_ctx)

    def _run(self, connection: Connection, exchange: Exchange, model: OllamaModel, num_ctx: int) -> Answer:
        request, load_seconds = exchange.request, time.monotonic() - (exchange.dispatched or 0)
        num_predict = option("num_predict", -1, model.parameters, request.options)
        num_keep = option("num_keep", NUM_KEEP, model.parameters, request.options)
        embeds = request.endpoint == "/api/embed"
        if not embeds and not request.messages:
            return _without_reply(request, "load")
        kept = kept_inputs(request, num_ctx) if embeds else kept_prompt(request, num_ctx, num_keep, self.overflow)
        exchange.prompt_tokens, exchange.kept_tokens = kept
        exchange.behaviour = behaviour = self._decide(request)
        seconds = self.seconds if behaviour.seconds is None else behaviour.seconds
        call = Generation(connection, exchange, model, behaviour, num_ctx, num_predict, seconds, load_seconds)
        return call.embed() if embeds else call.run()


def _without_reply(request: OllamaRequest, reason: str) -> Answer:
    return Answer(reply_body(request, "") | {"done": True, "done_reason": reason}, reason)


def _check_capabilities(request: OllamaRequest, model: OllamaModel) -> None:
    if request.think and "thinking" not in model.capabilities:
        raise Refused(400, f'"{request.model}" does not support thinking')
    if "completion" not in model.capabilities:
        raise Refused(400, f'"{request.model}" does not support {request.endpoint.removeprefix("/api/")}')
    if request.format is not None and request.format != "json" and not isinstance(request.format, dict):
        wrong = json.dumps(json.dumps(request.format))
        raise Refused(400, f'invalid format: {wrong}; expected "json" or a valid JSON Schema object')


def _decoded(path: str, raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise Refused(400, "missing request body")
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Refused(400, f"invalid JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused(400, f"json: cannot unmarshal {type(body).__name__} into Go value of type api.{STRUCTS[path]}")
    return body
