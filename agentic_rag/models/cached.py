"""Replies that are remembered on disk, so that an evaluation can be repeated without asking again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agentic_rag.budget import current_call
from agentic_rag.errors import ModelError
from agentic_rag.models.counting import Estimate
from agentic_rag.models.wrapper import Wrapper
from agentic_rag.types import Reply

WAIT = 30.0
"""Seconds to wait for another process that writes."""


@dataclass(frozen=True)
class Cached(Wrapper):
    """A `Model` that asks `of` only what it has not been asked before: same model, prompt, schema and number of tokens.

    A changed model is asked again: its exact weights are part of what is remembered, or the server's address where that does not
    tell them. Several threads and processes may share a file. A cache that cannot be written is no reason to lose a reply: it is
    said, once a call.
    """

    file: Path
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def generate(self, prompt: str, schema: Mapping[str, Any] | None = None, *, tokens: int = 256) -> Reply:
        """Tokens of a remembered reply are counted as those of a new one, so that a repeated run has the same usage."""
        key = self._key(prompt, schema, tokens)
        if known := self._known(key):
            current_call().read_and_wrote(known.input_tokens, known.output_tokens)
            count = getattr(self.innermost, "count", None)
            if isinstance(count, Estimate) and known.input_tokens != count(prompt):  # equal: no server counted it
                count.learn(prompt, known.input_tokens)  # as the reply did when it was new, so that later prompts are the same
            return known
        reply = self.of.generate(prompt, schema, tokens=tokens)
        try:
            with self._lock, closing(self._opened()) as cache, cache:
                cache.execute("INSERT OR REPLACE INTO replies VALUES (?, ?)", (key, json.dumps(asdict(reply))))
        except (sqlite3.Error, OSError) as error:
            current_call().notes.append(f"a reply could not be kept in {str(self.file)!r}: {error}")
        return reply

    def check(self) -> None:
        """Raises `ModelError` if the file is something else, before anything is asked."""
        self._known("")

    def _key(self, prompt: str, schema: Mapping[str, Any] | None, tokens: int) -> str:
        model = self.innermost
        weights = getattr(model, "digest", "") or getattr(getattr(model, "server", None), "url", "")
        settings = [model.model, weights, model.context, getattr(model, "temperature", None), tokens]
        return hashlib.sha256(json.dumps([*settings, prompt, schema], sort_keys=True).encode("utf-8", "replace")).hexdigest()

    def _known(self, key: str) -> Reply | None:
        try:
            if not self.file.exists():
                return None
            with self._lock, closing(self._opened()) as cache:
                found = cache.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        except (sqlite3.OperationalError, OSError) as error:
            current_call().notes.append(f"the cache {str(self.file)!r} could not be read: {error}")
            return None
        except sqlite3.DatabaseError as error:
            raise ModelError(
                f"{str(self.file)!r} is not a cache of replies ({error}); give another file, or delete it"
            ) from error
        return Reply(**json.loads(found[0])) if found else None

    def _opened(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        cache = sqlite3.connect(self.file, timeout=WAIT)
        try:
            self._write_ahead(cache)
            cache.execute("CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL)")
        except sqlite3.Error:
            cache.close()
            raise
        return cache

    def _write_ahead(self, cache: sqlite3.Connection) -> None:
        """SQLite does not wait by itself where two processes switch a new file to its write-ahead log at once."""
        until = time.monotonic() + WAIT
        while True:
            try:
                cache.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.01)
            else:
                return
