"""Doubles of the parts of a graph: an encoder, a retriever and roles that need no model."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agentic_rag.testing.corpus import PASSAGES
from agentic_rag.text import content_words
from agentic_rag.types import Citation, Hit, Passage, Reading


class WordEncoder:
    """An `Encoder` without a model: each word is a direction, so texts are similar in so far as they share words."""

    fingerprint = "words-256"

    def __init__(self, dimension: int = 256) -> None:
        self.dimension = dimension

    def __repr__(self) -> str:
        return f"WordEncoder({self.dimension})"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in content_words(text) or ["?"]:
                vectors[row, self._direction(word)] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Each word that counts is a token."""
        directions = np.eye(self.dimension, dtype=np.float32)
        return [directions[[self._direction(word) for word in content_words(text)]] for text in texts]

    def _direction(self, word: str) -> int:
        return int(hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest(), 16) % self.dimension


class Listed:
    """A `Retriever` over a list: passages that share the most words with the query first."""

    def __init__(self, passages: Sequence[Passage] = PASSAGES, name: str = "listed") -> None:
        self.passages, self.name = list(passages), name

    def __repr__(self) -> str:
        return f"Listed({len(self.passages)} passages)"

    def search(self, query: str, k: int = 10) -> list[Hit]:
        wanted = Counter(content_words(query))
        scores = [sum((wanted & Counter(content_words(passage.content))).values()) for passage in self.passages]
        best = sorted((row for row, score in enumerate(scores) if score), key=lambda row: -scores[row])[:k]
        return [Hit(self.passages[row], rank, float(scores[row]), self.name) for rank, row in enumerate(best, 1)]


class Scripted:
    """Any role by a script: returns `replies` in turn, the last one for ever; an exception is raised, a function is called.

    `calls` keeps the arguments of every call. Safe to share between threads.
    """

    def __init__(self, *replies: object, name: str = "scripted") -> None:
        if not replies:
            raise ValueError("Scripted() has no replies; give at least one")
        self.replies, self.model = replies, name
        self.calls: list[tuple[Any, ...]] = []
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Scripted({self.model})"

    def __call__(self, *args: Any) -> Any:
        with self._lock:
            reply = self.replies[min(len(self.calls), len(self.replies) - 1)]
            self.calls.append(args)
        if isinstance(reply, BaseException):
            raise reply
        return reply(*args) if callable(reply) else reply


def quoting(answer: str, confidence: float = 0.9) -> Callable[[str, Sequence[Passage]], Reading]:
    """A reader that finds `answer` wherever it stands, and nothing where it does not."""

    def read(_question: str, passages: Sequence[Passage]) -> Reading:
        for passage in passages:
            if (start := passage.text.find(answer)) >= 0:
                return Reading(answer, confidence, [Citation.of(passage, start, start + len(answer))])
        return Reading()

    return read


def steps_taken(graph: Any, question: str, **inputs: Any) -> list[str]:
    """The names of the steps that a graph takes for a question, in order; parallel ones in order of completion."""
    thread = {"configurable": {"thread_id": "steps-taken"}}
    return [step for update in graph.stream({"question": question, **inputs}, thread, stream_mode="updates") for step in update]
