"""Parallel work joined: when all of it is back, when enough of it is, or when its time is up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar

from agentic_rag.errors import GraphError

T = TypeVar("T")


@dataclass(frozen=True)
class Join:
    """Waits for all, or for the first `quorum` to finish (1: the first alone), but no longer than `seconds`.

    What is not waited for is left behind in a daemon thread, and its result is lost; a path of a subagent calls nothing more.
    """

    quorum: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if (self.quorum is not None and self.quorum < 1) or (self.seconds is not None and self.seconds < 0):
            raise GraphError(f"{self!r} would wait for nothing; give a quorum of at least 1 and no negative seconds")

    def __call__(self, works: Sequence[Callable[[], T]], seconds: float | None = None) -> list[T | None]:
        """The results in the order of `works`, None for what was not waited for; the caller's own limit counts too.

        A single work without a limit is done in the caller's thread.
        """
        limits = [limit for limit in (self.seconds, seconds) if limit is not None]
        needed = min(self.quorum or len(works), len(works))
        if len(works) == 1 and not limits:
            return [works[0]()]
        results: list[T | None] = [None] * len(works)
        for at, result in gathered(works, needed, min(limits, default=None)):
            results[at] = result
        return results


def gathered(works: Sequence[Callable[[], T]], needed: int, seconds: float | None) -> list[tuple[int, T]]:
    """The first `needed` results that come, each with its place; what a work raises is raised."""
    finished: SimpleQueue[tuple[int, Future[T]]] = SimpleQueue()

    def run(at: int, work: Callable[[], T]) -> None:
        outcome: Future[T] = Future()
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001  handed to the caller, who is waiting for it
            outcome.set_exception(error)
        finished.put((at, outcome))

    for at, work in enumerate(works):
        threading.Thread(target=copy_context().run, args=(run, at, work), daemon=True, name="agentic-rag-path").start()
    deadline = None if seconds is None else time.monotonic() + min(seconds, threading.TIMEOUT_MAX / 2)
    results: list[tuple[int, T]] = []
    while len(results) < needed:
        try:
            at, outcome = finished.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
        except Empty:
            break
        results.append((at, outcome.result()))
    return results
