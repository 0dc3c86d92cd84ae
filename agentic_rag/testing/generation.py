"""How the double does a behaviour: tokens at their pace, the reply cut where it must be, and the bodies that say so."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from agentic_rag.testing.behaviours import Behaviour
from agentic_rag.testing.connections import Closed, Connection, HangUp
from agentic_rag.testing.doubles import WordEncoder
from agentic_rag.testing.scheduling import TICK
from agentic_rag.testing.wire import OllamaModel, OllamaRequest, Refused, count_tokens, timestamp

WINDOWS = 10
"""A reply ends after so many windows, whatever `num_predict` says."""
READING = 0.1
"""The part of a call's seconds that goes by before its first token."""
ENDLESS_PACE = 0.001


class Answer(NamedTuple):
    """The last thing that is written to a client, once its slot is free again."""

    body: dict[str, Any]
    outcome: str
    streamed: bool = False


@dataclass
class Exchange:
    """A request and what became of it. Times are those of `time.monotonic`."""

    request: OllamaRequest
    arrived: float
    dispatched: float | None = None
    """When it got a slot; `None` where it needed or got none."""
    ended: float | None = None
    outcome: str = "under way"
    """"stop", "length", "load", "unload", "done" without a reason, "error", "hung up", "client left" or "closed"."""
    status: int | None = None
    behaviour: Behaviour | None = None
    prompt_tokens: int = 0
    kept_tokens: int = 0

    @property
    def client_left(self) -> bool:
        return self.outcome == "client left"

    @property
    def waited(self) -> float:
        """Seconds from arrival to a slot, so far or in the end."""
        return (self.dispatched or self.ended or time.monotonic()) - self.arrived

    def end(self, outcome: str, status: int | None = None) -> None:
        self.outcome, self.status, self.ended = outcome, status, time.monotonic()


@dataclass(frozen=True)
class Generation:
    """One call that runs: what is asked, what the script says to it, and the limits that the model keeps."""

    connection: Connection
    exchange: Exchange
    model: OllamaModel
    behaviour: Behaviour
    num_ctx: int
    num_predict: int
    seconds: float
    load_seconds: float

    def run(self) -> Answer:
        """Reply as the behaviour says. Streams all but the end; raises `Refused` or `HangUp` where that is how it ends."""
        self.begin()
        begun = time.monotonic()
        said, complete = self._say(begun + READING * self.seconds)
        if complete and self.behaviour.ending == "error":
            raise Refused(500, self.behaviour.error)
        stream = self.exchange.request.stream
        reason = "stop" if complete else "length"
        body = self._part([] if stream else said) | {"done": True, "done_reason": reason} | self._metrics(len(said), begun)
        if complete and self.behaviour.ending == "close":
            raise HangUp(json.dumps(body).encode() if said and not stream else b"")
        return Answer(body, reason, stream)

    def embed(self) -> Answer:
        """Vectors whose directions are words, so that texts with the same words are near; the script can only make it fail."""
        self.begin()
        if self.behaviour.ending == "close":
            raise HangUp
        if self.behaviour.ending == "error":
            raise Refused(500, self.behaviour.error)
        wait_until(self.connection, time.monotonic() + self.seconds)
        request, metrics = self.exchange.request, self._metrics(0, time.monotonic())
        metrics = {name: metrics[name] for name in ("total_duration", "load_duration", "prompt_eval_count")}
        encoded = WordEncoder(self.model.embedding_length).encode(request.inputs).tolist() if request.inputs else []
        vectors = [_shortened(vector, request.body.get("dimensions") or 0) for vector in encoded]
        return Answer({"model": request.model, "embeddings": vectors} | metrics, "done")

    def begin(self) -> None:
        """Stall, and fail, where the script says so."""
        wait_until(self.connection, time.monotonic() + self.behaviour.stall)
        if self.behaviour.status != 200:
            raise Refused(self.behaviour.status, self.behaviour.error)

    def _say(self, begun: float) -> tuple[list[tuple[str, str]], bool]:
        """The tokens that were said, and whether that is all of them rather than what a limit left."""
        pieces, pace = self._paced()
        said: list[tuple[str, str]] = []
        wait_until(self.connection, begun)
        for piece in pieces:
            if self.behaviour.ending != "done" and len(said) == self.behaviour.tokens:
                break
            if len(said) == self._limit():
                return said, False
            wait_until(self.connection, begun + pace * (len(said) + 1))
            said.append(piece)
            if self.exchange.request.stream:
                self.connection.send_line(self._part([piece]) | {"done": False})
        return said, True

    def _limit(self) -> int:
        most = WINDOWS * self.num_ctx
        return min(self.num_predict, most) if self.num_predict > 0 else most

    def _paced(self) -> tuple[Iterable[tuple[str, str]], float]:
        request, pace = self.exchange.request, self.behaviour.pace
        thinks = "thinking" in self.model.capabilities and request.think is not False
        pieces = self.behaviour.pieces(request, thinks)
        if self.behaviour.endless:
            return pieces, ENDLESS_PACE if pace is None else pace
        all_of_them = list(islice(pieces, self._limit() + 1))
        share = (1 - READING) * self.seconds / max(1, min(len(all_of_them), self._limit()))
        return all_of_them, share if pace is None else pace

    def _part(self, pieces: list[tuple[str, str]]) -> dict[str, Any]:
        thinking, content = ("".join(side) for side in zip(*pieces, strict=True)) if pieces else ("", "")
        thought = {"thinking": thinking} if thinking else {}
        return reply_body(self.exchange.request, content, thought)

    def _metrics(self, said: int, begun: float) -> dict[str, int]:
        now = time.monotonic()
        read = min(READING * self.seconds, now - begun)
        return {
            "total_duration": _nanoseconds(now - self.exchange.arrived),
            "load_duration": _nanoseconds(self.load_seconds),
            "prompt_eval_count": self.exchange.kept_tokens,
            "prompt_eval_duration": _nanoseconds(read),
            "eval_count": said,
            "eval_duration": _nanoseconds(now - begun - read),
        }


def reply_body(request: OllamaRequest, content: str, thought: dict[str, str] | None = None) -> dict[str, Any]:
    """A chat or generate reply, or a part of one, without its end."""
    said: dict[str, Any]
    if request.endpoint == "/api/chat":
        said = {"message": {"role": "assistant", "content": content} | (thought or {})}
    else:
        said = {"response": content} | (thought or {})
    return {"model": request.model, "created_at": timestamp()} | said


def kept_inputs(request: OllamaRequest, num_ctx: int) -> tuple[int, int]:
    """How many tokens the texts of an embed have, and how many are read: each text is cut to the window."""
    counts = [count_tokens(text) for text in request.inputs]
    if request.body.get("truncate") is False and max(counts, default=0) > num_ctx:
        raise Refused(400, "the input length exceeds the context length")
    return sum(counts), sum(min(count, num_ctx) for count in counts)


def wait_until(connection: Connection, moment: float) -> None:
    """Sleep, unless the double is closed or the client leaves."""
    while (left := moment - time.monotonic()) > 0:
        if connection.server.closed.wait(min(left, TICK)):
            raise Closed
        connection.check()


def _nanoseconds(seconds: float) -> int:
    return max(1, round(seconds * 1e9))


def _shortened(vector: list[float], dimensions: int) -> list[float]:
    if not 0 < dimensions < len(vector):
        return vector
    norm = max(math.hypot(*vector[:dimensions]), 1e-12)
    return [value / norm for value in vector[:dimensions]]
