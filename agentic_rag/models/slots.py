"""How many calls a server works on at once, and how often a call is tried again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from agentic_rag.budget import current_call
from agentic_rag.errors import BusyError

T = TypeVar("T")


class Slots:
    """As many calls at once as a server works on; the others wait here, where waiting costs them nothing of their own time."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._free = threading.BoundedSemaphore(most)

    def __repr__(self) -> str:
        return f"Slots({self.most})"

    @contextmanager
    def one(self) -> Iterator[None]:
        """Raises `TimeoutError` if none is free before the call's deadline."""
        left = current_call().seconds_left
        if not self._free.acquire(timeout=None if left is None else min(left, threading.TIMEOUT_MAX)):
            raise TimeoutError(f"no slot of the server's {self.most} was free before the deadline")
        try:
            yield
        finally:
            self._free.release()


def with_retries(attempt: Callable[[], T], tries: int, longest: float) -> T:
    """The result of `attempt`, which is repeated after a `BusyError`, with longer and longer pauses, never past the deadline."""

    def pause_allowed(pause: float) -> None:
        left = current_call().seconds_left
        if left is not None and pause >= left:
            raise TimeoutError("the deadline left no time to try again")
        threading.Event().wait(pause)

    retrying = Retrying(
        retry=retry_if_exception_type(BusyError),
        stop=stop_after_attempt(tries),
        wait=wait_random_exponential(multiplier=longest / 8, max=longest),
        sleep=pause_allowed,
        reraise=True,
    )
    return retrying(attempt)
