"""What a retriever works out once and keeps until what it comes from changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """One value and the state that it belongs to. Of several threads one makes it, and the others wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: tuple[object, T] | None = None

    def get(self, state: object, make: Callable[[], T]) -> T:
        with self._lock:
            if self._held is None or self._held[0] != state:
                self._held = (state, make())
            return self._held[1]
