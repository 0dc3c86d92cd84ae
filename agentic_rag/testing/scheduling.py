"""Who may run: the slots of the double, the queue before them, and the models in its memory."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agentic_rag.testing.wire import OllamaModel, Refused

BUSY = "server busy, please try again.  maximum pending requests exceeded"
KEEP_ALIVE = 300.0
"""Seconds that a model stays loaded when nobody says."""
TICK = 0.02
"""Seconds between two looks at whether the client is still there."""


@dataclass
class Loaded:
    """A model in memory. Times are those of `time.monotonic`."""

    num_ctx: int
    ready_at: float
    keep_alive: float = KEEP_ALIVE
    expires_at: float = math.inf
    users: int = 0

    def expires_in(self) -> float:
        return self.keep_alive if self.users else self.expires_at - time.monotonic()


class Scheduler:
    """Lets at most `slots` calls run, the others in order of arrival; refuses who would be the one after `queue` that wait."""

    def __init__(self, slots: int, queue: int, load_seconds: float) -> None:
        self.slots, self.queue, self.load_seconds = slots, queue, load_seconds
        self.running = 0
        self._waiting: deque[object] = deque()
        self._memory: dict[str, Loaded] = {}
        self._changed = threading.Condition()

    @contextmanager
    def slot(self, check: Callable[[], None]) -> Iterator[float]:
        """Hold a slot; yields since when. `check` is called while waiting, and raises when waiting has become pointless."""
        since = self._wait_for_turn(check)
        try:
            yield since
        finally:
            with self._changed:
                self.running -= 1
                self._changed.notify_all()

    def _wait_for_turn(self, check: Callable[[], None]) -> float:
        ticket = object()
        with self._changed:
            if self.running + len(self._waiting) >= self.slots + self.queue:
                raise Refused(503, BUSY)
            self._waiting.append(ticket)
            try:
                while self._waiting[0] is not ticket or self.running >= self.slots:
                    self._changed.wait(TICK)
                    check()
                self.running += 1
                return time.monotonic()
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    @contextmanager
    def model(self, model: OllamaModel, num_ctx: int, keep_alive: float | None) -> Iterator[float]:
        """Use a model; yields when it is loaded. It loads again for another `num_ctx`, and stays for `keep_alive` afterwards."""
        with self._changed:
            loaded = self._alive().get(model.full_name)
            if loaded is None or loaded.num_ctx != num_ctx:
                users = loaded.users if loaded else 0
                loaded = Loaded(num_ctx, time.monotonic() + self.load_seconds, users=users)
                self._memory[model.full_name] = loaded
            loaded.users += 1
            loaded.keep_alive = loaded.keep_alive if keep_alive is None else keep_alive
        try:
            yield loaded.ready_at
        finally:
            with self._changed:
                loaded = self._memory.get(model.full_name, loaded)
                loaded.users -= 1
                loaded.expires_at = time.monotonic() + loaded.keep_alive

    def unload(self, model: OllamaModel) -> None:
        with self._changed:
            if loaded := self._alive().get(model.full_name):
                loaded.keep_alive, loaded.expires_at = 0.0, time.monotonic()

    def loaded(self) -> dict[str, Loaded]:
        """The models in memory, by their full name."""
        with self._changed:
            return dict(self._alive())

    def _alive(self) -> dict[str, Loaded]:
        now = time.monotonic()
        self._memory = {name: loaded for name, loaded in self._memory.items() if loaded.users or now < loaded.expires_at}
        return self._memory
