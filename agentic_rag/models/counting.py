"""How many tokens a text has, where only the server's own counts of whole prompts are known."""

from __future__ import annotations

import re
import threading

DENSEST = 0.4
"""Tokens per UTF-8 byte that are assumed before the first count: English has about .25, many other languages less."""
MARGIN = 1.1
TEMPLATE = 64
"""Tokens that a chat template may add."""
PIECE = re.compile(r"[^\W\d_]+|\d{1,3}|[^\w\s]+|_+")
"""What hardly any tokenizer joins with what stands beside it: words, three digits, signs."""
SURE = 0.8
"""Fewer tokens than this share of its pieces no text has."""


def fewest(text: str) -> int:
    """So many tokens a text has at least."""
    return int(SURE * sum(1 for _ in PIECE.finditer(text)))


class Estimate:
    """Tokens per byte as the densest prompt had them that a server has counted, with a margin.

    Safe for threads. Starts high, so that the first prompts are rather too short than too long.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rate: float | None = None

    def __call__(self, text: str) -> int:
        rate = DENSEST if self._rate is None else MARGIN * self._rate
        return max(int(len(text.encode("utf-8", "replace")) * rate) + 1, fewest(text))

    def learn(self, text: str, tokens: int) -> None:
        """The server counted so many tokens, template included."""
        size = len(text.encode("utf-8", "replace"))
        if size < 400 or tokens <= TEMPLATE:
            return
        with self._lock:
            self._rate = max(self._rate or 0.0, tokens / size)
